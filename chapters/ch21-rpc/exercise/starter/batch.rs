use crate::{CallError, Value};

/// Calls of JSON-RPC 2.0 that are sent as one: a client's part of a batch.
///
/// Nothing here sends anything. [`encode`](Self::encode) says what is to be sent, and
/// [`results`](Self::results) is given what came back.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    // What must it know until it is sent, and what until the answers are there?
}

impl Batch {
    /// Adds a call, and returns the place in which its result will be: 0 for the first one.
    pub fn call(&mut self, name: &str, arguments: &[Value]) -> usize {
        todo!("which id has it, and where will its result be?")
    }

    /// Adds a call of which nobody wants to hear anything. It has no id, and no result.
    pub fn notify(&mut self, name: &str, arguments: &[Value]) {
        todo!("what has a notification not?")
    }

    /// What is sent: an array of all calls in their order, also if it is only one. `None` if there
    /// are none: an empty array would be a fault.
    pub fn encode(&self) -> Option<String> {
        todo!("one text for all of them")
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
        todo!("what is it altogether? then, answer by answer: whose is it?")
    }
}
