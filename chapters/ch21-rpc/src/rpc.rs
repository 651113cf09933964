use crate::{
    Arguments, Fault, HttpError, Methods, Procedures, answer_json, documentation, get, read_call,
    write_response,
};
use anyhow::Result;
use ch18::{Call, Response};
use std::io::Read;
use std::sync::Arc;

/// The longest call, in bytes.
pub const MAX_CALL: u64 = 1024 * 1024;

/// What a path answers behind which `procedures` can be called: to POST the results, and to GET a
/// page that says what there is.
///
/// Which language a call is in, its `Content-Type` says:
///
/// | type | language | answer |
/// |---|---|---|
/// | `text/xml`, `application/xml` | XML-RPC | a value or a fault, 200 |
/// | `application/json`, `application/json-rpc` | JSON-RPC 2.0 | the same; 204 to notifications |
/// | another one, or none | | 415 |
///
/// A call that is longer than [`MAX_CALL`] is 413. One that cannot be understood is a fault, and so
/// 200, too: the HTTP part of it went well.
pub fn rpc(procedures: Procedures) -> Methods {
    let procedures = Arc::new(procedures);
    let described = Arc::clone(&procedures);
    get(move |call| Ok(documentation(&described, call.environ.text("REQUEST_URI"))))
        .post(move |call| answer(&procedures, call))
}

fn answer(procedures: &Procedures, call: &mut Call<'_>) -> Result<Response> {
    let content_type = call.header("Content-Type").unwrap_or_default();
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    match essence.to_ascii_lowercase().as_str() {
        "text/xml" | "application/xml" => {
            let outcome = call_in_xml(procedures, &read(call)?);
            Ok(Response::text(write_response(&outcome)).content_type("text/xml"))
        }
        // The second is what some clients have from a draft of 2008.
        "application/json" | "application/json-rpc" => {
            match answer_json(procedures, &read(call)?) {
                Some(answer) => {
                    Ok(Response::text(answer.to_string()).content_type("application/json"))
                }
                None => Ok(Response::new(204)),
            }
        }
        _ => Err(HttpError(415).into()),
    }
}

fn call_in_xml(procedures: &Procedures, bytes: &[u8]) -> Result<crate::Value, Fault> {
    let call = read_call(bytes)?;
    procedures.call(&call.name, Arguments::InOrder(call.arguments))
}

fn read(call: &mut Call<'_>) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    call.input().take(MAX_CALL + 1).read_to_end(&mut bytes)?;
    match bytes.len() as u64 > MAX_CALL {
        true => Err(HttpError(413).into()),
        false => Ok(bytes),
    }
}
