//! Right, and written differently: documents have a line for each element, other names for the same
//! types, and characters that stand there as their numbers; a multicall is made one call after the
//! other outside of the procedures; and of JSON it is asked first what is wrong with it.

pub use chapter::*;

pub use own_json::answer_json;
pub use own_rpc::rpc;
pub use own_xml::{write_call, write_response};

mod own_xml {
    use chapter::{Fault, Value};
    use data_encoding::BASE64;
    use std::slice;

    const FIRST: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>";

    pub fn write_call(name: &str, arguments: &[Value]) -> Result<String, Fault> {
        // It knows what cannot be written.
        chapter::write_call(name, arguments)?;
        let name = vec![format!("<methodName>{}</methodName>", escaped(name))];
        let parts = [name, params(arguments)].concat();
        Ok(document(within("methodCall", parts)))
    }

    pub fn write_response(outcome: &Result<Value, Fault>) -> String {
        let part = match outcome {
            Ok(result) => {
                let result = slice::from_ref(result);
                chapter::write_call("a", result).map(|_| params(result))
            }
            Err(Fault { code, text }) => {
                let (code, text) = (i64::from(*code).into(), text.as_str().into());
                let fault = Value::of_fields([("faultCode", code), ("faultString", text)]);
                chapter::write_call("a", slice::from_ref(&fault))
                    .map(|_| within("fault", value(&fault)))
            }
        };
        match part {
            Ok(part) => document(within("methodResponse", part)),
            Err(_) => chapter::write_response(outcome),
        }
    }

    fn document(lines: Vec<String>) -> String {
        lines.iter().fold(FIRST.to_owned(), |text, line| text + "\n" + line) + "\n"
    }

    fn within(name: &str, mut lines: Vec<String>) -> Vec<String> {
        lines.insert(0, format!("<{name}>"));
        lines.push(format!("</{name}>"));
        lines
    }

    fn params(values: &[Value]) -> Vec<String> {
        within("params", values.iter().flat_map(|one| within("param", value(one))).collect())
    }

    fn value(one: &Value) -> Vec<String> {
        let line = |name: &str, text: String| vec![format!("<{name}>{text}</{name}>")];
        let inner = match one {
            Value::Nil => vec!["<nil></nil>".to_owned()],
            Value::Bool(answer) => line("boolean", u8::from(*answer).to_string()),
            Value::Int(number) if i32::try_from(*number).is_ok() => line("i4", number.to_string()),
            Value::Int(number) => line("i8", number.to_string()),
            Value::Double(number) => line("double", number.to_string()),
            Value::Text(text) => line("string", escaped(text)),
            Value::Time(time) => {
                line("dateTime.iso8601", time.format("%Y%m%dT%H:%M:%S").to_string())
            }
            Value::Bytes(bytes) => {
                let digits = BASE64.encode(bytes).into_bytes();
                let lines =
                    digits.chunks(60).map(|line| String::from_utf8_lossy(line).into_owned());
                within("base64", lines.collect())
            }
            Value::Array(values) => {
                within("array", within("data", values.iter().flat_map(value).collect()))
            }
            Value::Struct(fields) => {
                let member = |(name, one): (&String, &Value)| {
                    let name = line("name", escaped(name));
                    within("member", [name, value(one)].concat())
                };
                within("struct", fields.iter().flat_map(member).collect())
            }
        };
        within("value", inner)
    }

    fn escaped(text: &str) -> String {
        let one = |char: char| match char {
            '&' | '<' | '>' | '"' | '\r' | '\u{7f}'.. => format!("&#x{:x};", u32::from(char)),
            _ => char.to_string(),
        };
        text.chars().map(one).collect()
    }
}

mod own_json {
    use super::own_rpc;
    use chapter::{Arguments, Fault, MAX_BATCH, Procedures, Value, from_json, to_json};
    use serde_json::{Value as Json, json};

    pub fn answer_json(procedures: &Procedures, bytes: &[u8]) -> Option<Json> {
        let Ok(json) = serde_json::from_slice::<Json>(bytes) else {
            return Some(failed(None, &Fault::new(Fault::PARSE, "what is that?")));
        };
        let Json::Array(calls) = json else { return one(procedures, &json) };
        let is_bundle = |call: &Json| call["method"] == "system.multicall";
        if calls.is_empty() || calls.len() > MAX_BATCH || calls.iter().any(is_bundle) {
            return Some(failed(None, &Fault::new(Fault::REQUEST, "too few, or too many")));
        }
        let mut answers = Vec::new();
        for call in &calls {
            answers.extend(one(procedures, call));
        }
        if answers.is_empty() { None } else { Some(answers.into()) }
    }

    fn one(procedures: &Procedures, call: &Json) -> Option<Json> {
        let id = call.get("id");
        let is_sound = |id: &Json| id.is_null() || id.is_string() || id.is_number();
        let params = match call.get("params").cloned().map(from_json) {
            None => Ok(Arguments::InOrder(Vec::new())),
            Some(Ok(Value::Array(values))) => Ok(Arguments::InOrder(values)),
            Some(Ok(Value::Struct(fields))) => Ok(Arguments::ByName(fields)),
            Some(Ok(_)) => Err(Fault::new(Fault::REQUEST, "params hold no others")),
            Some(Err(fault)) => Err(fault),
        };
        let is_call = call["jsonrpc"] == "2.0" && id.is_none_or(is_sound);
        let (name, arguments) = match (call["method"].as_str(), params) {
            (Some(name), Ok(arguments)) if is_call => (name, arguments),
            // A mistake of the arguments alone: it is a call, and may be a notification.
            (Some(_), Err(fault)) if is_call && fault.code == Fault::PARAMS => {
                return id.map(|id| failed(Some(id), &fault));
            }
            (Some(_), Err(fault)) if is_call => return Some(failed(id, &fault)),
            _ => {
                let fault = Fault::new(Fault::REQUEST, "that is no call");
                return Some(failed(id.filter(|id| is_sound(id)), &fault));
            }
        };
        let outcome = own_rpc::make(procedures, name, arguments);
        let id = id?;
        Some(match outcome {
            Ok(value) => json!({ "id": id, "result": to_json(&value), "jsonrpc": "2.0" }),
            Err(fault) => failed(Some(id), &fault),
        })
    }

    fn failed(id: Option<&Json>, Fault { code, text }: &Fault) -> Json {
        json!({ "id": id, "error": { "message": text, "code": code }, "jsonrpc": "2.0" })
    }
}

mod own_rpc {
    use super::{answer_json, write_response};
    use anyhow::Result;
    use ch18::{Call, Response};
    use chapter::{
        Arguments, Fault, HttpError, MAX_CALL, MAX_CALLS, Methods, Procedures, Value,
        documentation, get, read_call,
    };
    use std::io::Read;
    use std::sync::Arc;

    pub fn rpc(procedures: Procedures) -> Methods {
        let shared = Arc::new(procedures);
        let procedures = Arc::clone(&shared);
        get(move |call| Ok(documentation(&shared, call.environ.text("REQUEST_URI"))))
            .post(move |call| answer(&procedures, call))
    }

    fn answer(procedures: &Procedures, call: &mut Call<'_>) -> Result<Response> {
        let kind = call.header("Content-Type").unwrap_or_default().to_ascii_lowercase();
        let is = |name: &str| kind.split(';').next().is_some_and(|kind| kind.trim() == name);
        let is_xml = is("text/xml") || is("application/xml");
        if !is_xml && !is("application/json") && !is("application/json-rpc") {
            return Err(HttpError(415).into());
        }
        let mut bytes = Vec::new();
        call.input().take(MAX_CALL + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > MAX_CALL {
            return Err(HttpError(413).into());
        }
        if !is_xml {
            let Some(answer) = answer_json(procedures, &bytes) else {
                return Ok(Response::new(204));
            };
            return Ok(Response::text(format!("{answer:#}\n")).content_type("application/json"));
        }
        let outcome = read_call(&bytes)
            .and_then(|call| make(procedures, &call.name, Arguments::InOrder(call.arguments)));
        Ok(Response::text(write_response(&outcome)).content_type("text/xml; charset=utf-8"))
    }

    /// Makes a call; the calls of a multicall one by one.
    pub fn make(procedures: &Procedures, name: &str, arguments: Arguments) -> Result<Value, Fault> {
        let calls = match &arguments {
            Arguments::InOrder(values) if name == "system.multicall" => match &values[..] {
                [Value::Array(calls)] if calls.len() <= MAX_CALLS => calls,
                _ => return procedures.call(name, arguments),
            },
            _ => return procedures.call(name, arguments),
        };
        let mut results = Vec::new();
        for call in calls {
            // One alone.
            let one = Arguments::InOrder(vec![vec![call.clone()].into()]);
            match procedures.call(name, one)? {
                Value::Array(result) => results.extend(result),
                other => return Ok(other),
            }
        }
        Ok(results.into())
    }
}
