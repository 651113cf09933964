use crate::{CallError, Fault, Value, from_json, to_json};
use serde_json::{Map, Value as Json, json};

/// Calls of JSON-RPC 2.0 that are sent as one: a client's part of a batch.
///
/// Nothing here sends anything. [`encode`](Self::encode) says what is to be sent, and
/// [`results`](Self::results) is given what came back.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    /// All of them, in order, as they are sent.
    calls: Vec<Json>,
    /// How many of them have an id: those are 1, 2, 3, and so on.
    ids: usize,
}

impl Batch {
    /// Adds a call, and returns the place in which its result will be: 0 for the first one.
    pub fn call(&mut self, name: &str, arguments: &[Value]) -> usize {
        let place = self.ids;
        self.ids += 1;
        let (params, id) = (list(arguments), self.ids);
        let call = json!({ "jsonrpc": "2.0", "method": name, "params": params, "id": id });
        self.calls.push(call);
        place
    }

    /// Adds a call of which nobody wants to hear anything. It has no id, and no result.
    pub fn notify(&mut self, name: &str, arguments: &[Value]) {
        let params = list(arguments);
        self.calls.push(json!({ "jsonrpc": "2.0", "method": name, "params": params }));
    }

    /// What is sent: an array of all calls in their order, also if it is only one. `None` if there
    /// are none: an empty array would be a fault.
    pub fn encode(&self) -> Option<String> {
        (!self.calls.is_empty()).then(|| Json::Array(self.calls.clone()).to_string())
    }

    /// What came of each call, in the order in which they were added, whatever the order of the
    /// answers.
    ///
    /// | what came back | what it means |
    /// |---|---|
    /// | an array | answers, each for the call whose id it has |
    /// | nothing, if no call has an id | nothing is wrong: notifications have no answers |
    /// | a fault that stands alone, with the id null or none | this fault, for all of them |
    /// | anything else | [`CallError::Answer`], for all of them |
    ///
    /// And in an array:
    ///
    /// | answer | what it means |
    /// |---|---|
    /// | for each call one | its value or its fault |
    /// | for a call none | [`CallError::Answer`] for this call |
    /// | for a call two or more | the same: which one is right, nobody knows |
    /// | one that is malformed, with the id of a call | the same |
    /// | a fault with the id null | it is passed over: nobody knows which call it is about |
    /// | an id that no call has, or anything else | [`CallError::Answer`], for all of them |
    ///
    /// An id is the number that was sent, and not a text of the same digits.
    pub fn results(self, bytes: &[u8]) -> Result<Vec<Result<Value, CallError>>, CallError> {
        if self.ids == 0 && bytes.is_empty() {
            return Ok(Vec::new());
        }
        let answers = match serde_json::from_slice(bytes) {
            Ok(Json::Array(answers)) => answers,
            Ok(Json::Object(answer)) if answer.get("id").is_none_or(Json::is_null) => {
                return match outcome(answer)? {
                    Err(fault) => Err(CallError::Fault(fault)),
                    Ok(_) => Err(wrong("it has no id")),
                };
            }
            Ok(_) => return Err(wrong("it is not an array")),
            Err(error) => return Err(wrong(&error.to_string())),
        };
        let mut results: Vec<_> = (0..self.ids).map(|_| None).collect();
        for answer in answers {
            let Json::Object(answer) = answer else { return Err(wrong("an answer is an object")) };
            let Some(id) = answer.get("id") else { return Err(wrong("an answer has no id")) };
            if id.is_null() {
                match outcome(answer)? {
                    Err(_) => continue,
                    Ok(_) => return Err(wrong("a result has no id")),
                }
            }
            let place = id.as_u64().and_then(|id| usize::try_from(id).ok()?.checked_sub(1));
            let result = place.and_then(|place| results.get_mut(place));
            let result = result.ok_or_else(|| wrong("an answer has an id that no call has"))?;
            *result = Some(match result {
                None => outcome(answer).and_then(|outcome| outcome.map_err(CallError::Fault)),
                Some(_) => Err(wrong("the call has more than one answer")),
            });
        }
        let given = |result: Option<_>| result.unwrap_or_else(|| Err(wrong("the call has none")));
        Ok(results.into_iter().map(given).collect())
    }
}

fn list(arguments: &[Value]) -> Json {
    arguments.iter().map(to_json).collect()
}

/// The value or the fault in an answer, which has one of them.
fn outcome(mut answer: Map<String, Json>) -> Result<Result<Value, Fault>, CallError> {
    if answer.remove("jsonrpc") != Some("2.0".into()) {
        return Err(wrong("it is not JSON-RPC 2.0"));
    }
    match (answer.remove("result"), answer.remove("error")) {
        (Some(result), None) => from_json(result).map(Ok).map_err(|fault| wrong(&fault.text)),
        (None, Some(error)) => match fault(&error) {
            Some(fault) => Ok(Err(fault)),
            None => Err(wrong("its error has no code and message")),
        },
        _ => Err(wrong("it has not one of result and error")),
    }
}

fn fault(error: &Json) -> Option<Fault> {
    let code = i32::try_from(error["code"].as_i64()?).ok()?;
    Some(Fault::new(code, error["message"].as_str()?))
}

fn wrong(what: &str) -> CallError {
    CallError::Answer(what.to_owned())
}
