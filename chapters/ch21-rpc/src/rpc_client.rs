use crate::{
    Fault, FetchError, Request, Session, Value, from_json, read_response, to_json, write_call,
};
use serde_json::{Value as Json, json};
use std::fmt;
use std::sync::atomic::{AtomicI64, Ordering};

/// Calls procedures of a server by XML-RPC.
pub struct XmlRpc {
    session: Session,
    url: String,
}

/// Calls procedures of a server by JSON-RPC 2.0.
pub struct JsonRpc {
    session: Session,
    url: String,
    /// The id of the next call.
    next: AtomicI64,
}

/// Why a call has no result.
#[derive(Debug)]
pub enum CallError {
    /// There is no answer. Whether the procedure was called, nobody knows: a call is a POST, and
    /// not sent again.
    Fetch(FetchError),
    /// The answer has this status, and is about HTTP and not about the call.
    Status(u16),
    /// What came back is no answer to this call.
    Answer(String),
    /// The server says why there is none, or the call could not be written.
    Fault(Fault),
}

impl XmlRpc {
    /// A client of what is called at `url`.
    pub fn new(session: Session, url: &str) -> Self {
        Self { session, url: url.to_owned() }
    }

    /// Calls a procedure, and waits for its result.
    pub fn call(&self, name: &str, arguments: &[Value]) -> Result<Value, CallError> {
        let call = write_call(name, arguments).map_err(CallError::Fault)?;
        let bytes = post(&self.session, &self.url, "text/xml", call)?;
        let answer = read_response(&bytes).map_err(|fault| CallError::Answer(fault.text))?;
        answer.map_err(CallError::Fault)
    }
}

impl JsonRpc {
    /// A client of what is called at `url`.
    pub fn new(session: Session, url: &str) -> Self {
        Self { session, url: url.to_owned(), next: AtomicI64::new(1) }
    }

    /// Calls a procedure, and waits for its result.
    pub fn call(&self, name: &str, arguments: &[Value]) -> Result<Value, CallError> {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        let call = json!({ "jsonrpc": "2.0", "method": name, "params": list(arguments), "id": id });
        let bytes = post(&self.session, &self.url, "application/json", call.to_string())?;
        let wrong = |what: &str| CallError::Answer(what.to_owned());
        let answer: Json =
            serde_json::from_slice(&bytes).map_err(|error| CallError::Answer(error.to_string()))?;
        let Json::Object(mut answer) = answer else { return Err(wrong("it is no object")) };
        if answer.remove("jsonrpc") != Some("2.0".into()) {
            return Err(wrong("it is not JSON-RPC 2.0"));
        }
        let given = answer.remove("id").unwrap_or_default();
        match (answer.remove("result"), answer.remove("error")) {
            // What could not be understood at all has a fault without an id.
            (result, _) if given != id && (result.is_some() || !given.is_null()) => {
                Err(wrong("it has the id of another call"))
            }
            (Some(result), None) => {
                from_json(result).map_err(|fault| CallError::Answer(fault.text))
            }
            (None, Some(error)) => match fault(&error) {
                Some(fault) => Err(CallError::Fault(fault)),
                None => Err(wrong("its error has no code and message")),
            },
            _ => Err(wrong("it has not one of result and error")),
        }
    }

    /// Calls a procedure of which nobody wants to hear anything: not even whether it failed.
    pub fn notify(&self, name: &str, arguments: &[Value]) -> Result<(), CallError> {
        let call = json!({ "jsonrpc": "2.0", "method": name, "params": list(arguments) });
        post(&self.session, &self.url, "application/json", call.to_string()).map(drop)
    }
}

fn list(arguments: &[Value]) -> Json {
    arguments.iter().map(to_json).collect()
}

fn fault(error: &Json) -> Option<Fault> {
    let code = i32::try_from(error["code"].as_i64()?).ok()?;
    Some(Fault::new(code, error["message"].as_str()?))
}

fn post(session: &Session, url: &str, kind: &str, call: String) -> Result<Vec<u8>, CallError> {
    let request = Request::post(url).map_err(CallError::Fetch)?;
    let request = request
        .header("Content-Type", kind)
        .map_err(|error| CallError::Fetch(FetchError::Request(error.to_string())))?;
    let response = session.send(request.body(call)).map_err(CallError::Fetch)?;
    match response.status {
        200 | 204 => response.bytes().map_err(CallError::Fetch),
        status => Err(CallError::Status(status)),
    }
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fetch(error) => write!(f, "{error}"),
            Self::Status(status) => write!(f, "the call was answered with status {status}"),
            Self::Answer(what) => write!(f, "this is no answer to the call: {what}"),
            Self::Fault(fault) => write!(f, "{fault}"),
        }
    }
}

impl std::error::Error for CallError {}
