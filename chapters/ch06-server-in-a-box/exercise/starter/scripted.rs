use crate::HttpServer;
use std::io::{self, Read, Write};

/// What a client does next.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// They send these bytes.
    Bytes(Vec<u8>),
    /// They are gone without a goodbye: the connection is reset.
    Reset,
}

/// The server's side of a connection with a client that takes the steps of a script.
///
/// [`on_connect`](HttpServer::on_connect) only borrows it, so that one can ask it afterwards
/// what was read and what was written.
#[derive(Debug)]
pub struct Scripted {
    // What is still to come? And what will be asked afterwards?
}

impl Scripted {
    /// A client that takes these steps, and when there are no more, sends no more.
    pub fn new(steps: impl IntoIterator<Item = Step>) -> Self {
        todo!("keep the steps")
    }

    /// How many bytes were read until now.
    pub fn count_read(&self) -> usize {
        todo!("whoever reads must count")
    }

    /// All bytes that were written until now, in their order.
    pub fn written(&self) -> &[u8] {
        todo!("whoever writes must keep them")
    }
}

impl Read for Scripted {
    /// One read delivers the bytes of one step. If they do not fit into `buffer`, the next
    /// reads deliver the rest of them before the next step. A step without bytes is passed
    /// over. After the last step, every read returns 0.
    ///
    /// As soon as all bytes before a `Reset` have been read, the client is gone: from then on
    /// every read fails with `ConnectionReset`, whatever steps follow.
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        todo!("what is the first step that is left?")
    }
}

impl Write for Scripted {
    /// Takes all of `bytes` and keeps them. But when the client is gone (see `read`), every
    /// write fails with `ConnectionReset`, and nothing is kept.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        todo!("is there still somebody to hear {} bytes?", bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Lets `server` talk to `client`, and says in a line what came of it:
///
/// - `answered with 131 bytes` if all went well, and so many bytes were written
/// - `left without an answer` if all went well, and nothing was written
/// - `reset after 12 bytes` if the conversation ended in a `ConnectionReset`, and so many
///   bytes had been read
/// - of any other error, what the error says of itself (`{error}`)
pub fn rehearse(server: &HttpServer, client: &mut Scripted) -> String {
    todo!("call `on_connect`, and look at what it returns")
}
