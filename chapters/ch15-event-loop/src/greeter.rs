use crate::{Protocol, Transport};
use ch04::LineBuffer;
use std::io::{self, ErrorKind};

/// A client: it says a line, reads what is answered to it, and hangs up.
pub struct Greeter<F> {
    line: String,
    answer: LineBuffer,
    /// Gets the answer, or why there is none.
    then: Option<F>,
}

impl<F: FnOnce(io::Result<Vec<u8>>)> Greeter<F> {
    /// Says `line`, and calls `then` with the line that is answered.
    pub fn new(line: &str, then: F) -> Self {
        Self { line: format!("{line}\n"), answer: LineBuffer::default(), then: Some(then) }
    }

    fn tell(&mut self, outcome: io::Result<Vec<u8>>) {
        if let Some(then) = self.then.take() {
            then(outcome);
        }
    }
}

impl<F: FnOnce(io::Result<Vec<u8>>)> Protocol for Greeter<F> {
    fn connection_made(&mut self, transport: &Transport) {
        transport.write(self.line.as_bytes());
    }

    fn data_received(&mut self, transport: &Transport, data: &[u8]) {
        self.answer.push(data);
        let outcome = match self.answer.next_line() {
            Ok(None) => return,
            Ok(Some(line)) => Ok(line),
            Err(too_long) => Err(io::Error::new(ErrorKind::InvalidData, too_long)),
        };
        self.tell(outcome);
        transport.lose_connection();
    }

    fn connection_lost(&mut self, _: &Transport, error: Option<io::Error>) {
        let error = error.unwrap_or_else(|| ErrorKind::UnexpectedEof.into());
        self.tell(Err(error));
    }
}
