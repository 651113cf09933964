use crate::{HttpError, LocalRedirect, Response, escape_controls, log};
use anyhow::Result;
use std::io::{self, ErrorKind};

/// How much a program may write that nobody is sent, in bytes: to HEAD, behind a 204, or beyond the
/// length that it named itself. Who writes more may do so for ever, and nobody would notice.
const MAX_UNSENT: usize = 1024 * 1024;

/// Makes an answer of what a program writes: a head, and a body behind it.
///
/// The body is passed on in the blocks that it comes in. If the head names its length, no more than
/// that is passed on, and less is an error: the client sees the connection end early. To a HEAD,
/// and with 204 and 304, nothing is passed on; the program may end nevertheless, unless it writes
/// more than a mebibyte for nobody.
///
/// What is wrong with the head is an error whose text says so, or the error of the block that
/// did not come. A [`LocalRedirect`] is an error, too.
pub fn script_reply(
    mut blocks: impl Iterator<Item = io::Result<Vec<u8>>> + Send + 'static,
    method: &str,
) -> Result<Response> {
    todo!("blocks until the head is there; and then, what is behind it, and what is still to come?")
}

/// What the client is told of a program called `name` that gave no answer: 504 if it said nothing
/// for too long, 503 if it is too busy, or else `status`. The log is told what was wrong. A
/// [`LocalRedirect`] stays what it is.
pub(crate) fn say_fault(error: anyhow::Error, name: &str, status: u16) -> anyhow::Error {
    if error.is::<LocalRedirect>() {
        return error;
    }
    log(escape_controls(&format!("{name}: {error:#}")));
    let status = match error.downcast_ref().map(io::Error::kind) {
        Some(ErrorKind::TimedOut) => 504,
        Some(ErrorKind::ResourceBusy) => 503,
        _ => status,
    };
    HttpError(status).into()
}

/// Lets a program write what nobody is sent: it may have more to do than to write. One that writes
/// more than [`MAX_UNSENT`], or nothing for too long, is not waited for.
fn let_finish(blocks: impl Iterator<Item = io::Result<Vec<u8>>>) {
    let mut left = MAX_UNSENT;
    for block in blocks.map_while(Result::ok) {
        let Some(rest) = left.checked_sub(block.len()) else { return };
        left = rest;
    }
}

/// As many bytes as were promised.
struct Exactly<I> {
    blocks: I,
    left: u64,
}

impl<I: Iterator<Item = io::Result<Vec<u8>>>> Iterator for Exactly<I> {
    type Item = io::Result<Vec<u8>>;

    fn next(&mut self) -> Option<Self::Item> {
        todo!("has it all that was promised? and if the next block is too long, or there is none?")
    }
}
