use crate::{Headers, Message};

/// A download that broke off.
#[derive(Clone, Debug, PartialEq)]
pub struct Saved {
    /// How many bytes are on the disk.
    pub length: u64,
    /// The `ETag` that came with them, with its quotes, and its `W/` if it has one.
    pub etag: Option<String>,
}

/// What is to be done with an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Its body comes behind what is saved.
    Append,
    /// Its body takes the place of what is saved.
    StartOver,
    /// Nothing: all was saved before.
    Done,
    /// Ask again, without a range: nothing in this answer is of use.
    AskForAll,
}

/// The header fields of a request for what is still missing.
///
/// That is the `Range` from the first missing byte to the end, and an `If-Range` with the tag,
/// so that a file that has changed meanwhile comes whole. Without a tag, and with a weak one, no
/// part can be asked for, since nobody could tell whether it fits; nor is there anything to be
/// taken up if nothing is saved. Then there are no fields.
pub fn ask_for_the_rest(saved: &Saved) -> Headers {
    todo!("two fields, or none")
}

/// What is to be done with the answer to [that request](ask_for_the_rest).
///
/// | status | |
/// |---|---|
/// | 200 | `StartOver`: the file is another one, or the server knows no ranges |
/// | 206 | `Append`, if it is the part that was asked for |
/// | 416 | `Done`, if its `Content-Range` is `bytes */LENGTH`, and so much is saved |
/// | all others | `AskForAll` |
///
/// A 206 is the part that was asked for if there is one `Content-Range`, of the form
/// `bytes FIRST-LAST/LENGTH`, where `FIRST` is the number of bytes that are saved, and `LAST` is
/// the last byte of all. (`LENGTH` may be `*`, "not known"; then `LAST` may be any that is not
/// less than `FIRST`.) And its `ETag` must be the one that is saved, if it has any. Everything
/// else is `AskForAll`, and so is any other 416. The unit has no case; numbers are digits and
/// nothing else, and fit into 64 bits. A response that is none is `AskForAll` too.
pub fn judge_answer(saved: &Saved, answer: &Message) -> Next {
    todo!("the status first, and then the numbers in `Content-Range`")
}
