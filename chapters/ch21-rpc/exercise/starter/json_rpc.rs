use crate::{Arguments, Fault, Procedures, Value, to_json};
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
    todo!("is it JSON? one call, or a batch? and what if nobody wants an answer?")
}

fn answer_one(procedures: &Procedures, call: Json) -> Option<Json> {
    todo!("what is its id, can it be understood, and is it a notification?")
}

fn understand(mut call: Map<String, Json>) -> Result<(String, Arguments), Fault> {
    todo!("which three members has a call, and of which kinds?")
}

fn reply(id: Json, outcome: Result<Value, Fault>) -> Json {
    match outcome {
        Ok(value) => json!({ "jsonrpc": "2.0", "result": to_json(&value), "id": id }),
        Err(Fault { code, text }) => {
            json!({ "jsonrpc": "2.0", "error": { "code": code, "message": text }, "id": id })
        }
    }
}
