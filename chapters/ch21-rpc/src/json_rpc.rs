use crate::{Arguments, Fault, Procedures, Value, from_json, to_json};
use serde_json::{Map, Value as Json, json};

/// How many calls may come in one batch.
pub const MAX_BATCH: usize = 100;

/// Answers a call of JSON-RPC 2.0, or a batch of them; `None` if all of it was notifications,
/// which nobody answers.
///
/// | what came | answer |
/// |---|---|
/// | no JSON | fault -32700, with the id null |
/// | no call, or an empty batch | fault -32600; with its id if it has one that can be understood |
/// | a call without id (a notification) | nothing, not even if it fails |
/// | a batch | the answers of those that have one, in the order of the calls |
/// | more than [`MAX_BATCH`] | fault -32600 for all of it, and none of them is called |
/// | one with a `system.multicall` in it | the same: each could hold as many calls again |
pub fn answer_json(procedures: &Procedures, bytes: &[u8]) -> Option<Json> {
    let fault = |code, text: &str| Some(reply(Json::Null, Err(Fault::new(code, text))));
    match serde_json::from_slice(bytes) {
        Err(error) => fault(Fault::PARSE, &error.to_string()),
        Ok(Json::Array(calls)) if calls.is_empty() => fault(Fault::REQUEST, "an empty batch"),
        Ok(Json::Array(calls)) if calls.len() > MAX_BATCH => {
            fault(Fault::REQUEST, "too many calls in one batch")
        }
        Ok(Json::Array(calls)) if calls.iter().any(|call| call["method"] == "system.multicall") => {
            fault(Fault::REQUEST, "no multicall in a batch")
        }
        Ok(Json::Array(calls)) => {
            let answers: Vec<_> =
                calls.into_iter().filter_map(|call| answer_one(procedures, call)).collect();
            (!answers.is_empty()).then_some(Json::Array(answers))
        }
        Ok(call) => answer_one(procedures, call),
    }
}

fn answer_one(procedures: &Procedures, call: Json) -> Option<Json> {
    let Json::Object(mut call) = call else {
        let fault = Fault::new(Fault::REQUEST, "a call is an object");
        return Some(reply(Json::Null, Err(fault)));
    };
    let id = call.remove("id");
    // What can be no id cannot be sent back as one either.
    let id_is_right = matches!(id, None | Some(Json::Null | Json::String(_) | Json::Number(_)));
    let understood = match id_is_right {
        true => understand(call),
        false => Err(Fault::new(Fault::REQUEST, "the id is text, a number, or null")),
    };
    match (understood, id) {
        // It is a notification that fails: no procedure can be given such values.
        (Err(fault), None) if fault.code == Fault::PARAMS => None,
        // Who made such a mistake does not know that it has sent a notification.
        (Err(fault), id) => Some(reply(id.filter(|_| id_is_right).unwrap_or_default(), Err(fault))),
        (Ok((name, arguments)), Some(id)) => Some(reply(id, procedures.call(&name, arguments))),
        (Ok((name, arguments)), None) => {
            let _ = procedures.call(&name, arguments);
            None
        }
    }
}

fn understand(mut call: Map<String, Json>) -> Result<(String, Arguments), Fault> {
    let fault = |text| Fault::new(Fault::REQUEST, text);
    if call.remove("jsonrpc") != Some("2.0".into()) {
        return Err(fault("jsonrpc is \"2.0\""));
    }
    let Some(Json::String(name)) = call.remove("method") else {
        return Err(fault("the method is text"));
    };
    let arguments = match call.remove("params").map(from_json).transpose()? {
        None => Arguments::InOrder(Vec::new()),
        Some(Value::Array(values)) => Arguments::InOrder(values),
        Some(Value::Struct(fields)) => Arguments::ByName(fields),
        Some(_) => return Err(fault("the params are an array or an object")),
    };
    Ok((name, arguments))
}

fn reply(id: Json, outcome: Result<Value, Fault>) -> Json {
    match outcome {
        Ok(value) => json!({ "jsonrpc": "2.0", "result": to_json(&value), "id": id }),
        Err(Fault { code, text }) => {
            json!({ "jsonrpc": "2.0", "error": { "code": code, "message": text }, "id": id })
        }
    }
}
