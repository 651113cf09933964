use crate::HttpServer;
use std::collections::VecDeque;
use std::io::{self, ErrorKind, Read, Write};

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
    /// What is still to come. No step in it is without bytes, so that whether the client is
    /// gone can be told by its first.
    steps: VecDeque<Step>,
    count_read: usize,
    written: Vec<u8>,
}

impl Scripted {
    /// A client that takes these steps, and when there are no more, sends no more.
    pub fn new(steps: impl IntoIterator<Item = Step>) -> Self {
        let steps = steps.into_iter().filter(|step| *step != Step::Bytes(Vec::new())).collect();
        Self { steps, count_read: 0, written: Vec::new() }
    }

    /// How many bytes were read until now.
    pub fn count_read(&self) -> usize {
        self.count_read
    }

    /// All bytes that were written until now, in their order.
    pub fn written(&self) -> &[u8] {
        &self.written
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
        let piece = match self.steps.front_mut() {
            None => return Ok(0),
            Some(Step::Reset) => return Err(ErrorKind::ConnectionReset.into()),
            Some(Step::Bytes(piece)) => piece,
        };
        let count = piece.len().min(buffer.len());
        buffer[..count].copy_from_slice(&piece[..count]);
        piece.drain(..count);
        // At once, and not with the next read: a write may come before that.
        if piece.is_empty() {
            self.steps.pop_front();
        }
        self.count_read += count;
        Ok(count)
    }
}

impl Write for Scripted {
    /// Takes all of `bytes` and keeps them. But when the client is gone (see `read`), every
    /// write fails with `ConnectionReset`, and nothing is kept.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.steps.front() == Some(&Step::Reset) {
            return Err(ErrorKind::ConnectionReset.into());
        }
        self.written.extend_from_slice(bytes);
        Ok(bytes.len())
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
    match server.on_connect(client, None) {
        Ok(()) if client.written().is_empty() => "left without an answer".to_owned(),
        Ok(()) => format!("answered with {} bytes", client.written().len()),
        Err(error) if error.kind() == ErrorKind::ConnectionReset => {
            format!("reset after {} bytes", client.count_read())
        }
        Err(error) => error.to_string(),
    }
}
