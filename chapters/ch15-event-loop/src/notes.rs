use crate::{Protocol, Transport, log};
use ch04::LineBuffer;
use std::cell::RefCell;
use std::io::Write;
use std::rc::Rc;

/// A factory: it makes the protocols, and has what they share, a file of notes.
///
/// ```text
/// 127.0.0.1:50412: buy soup
/// ```
pub struct Notes<W>(Rc<RefCell<W>>);

impl<W: Write> Notes<W> {
    /// Notes go to `file`, whatever client they come from.
    pub fn new(file: W) -> Self {
        Self(Rc::new(RefCell::new(file)))
    }

    /// Takes the notes of one client.
    pub fn protocol(&self) -> NoteTaker<W> {
        NoteTaker { notes: Rc::clone(&self.0), lines: LineBuffer::default() }
    }
}

/// Writes each line that comes into the [`Notes`], and says so.
pub struct NoteTaker<W> {
    notes: Rc<RefCell<W>>,
    lines: LineBuffer,
}

impl<W: Write> Protocol for NoteTaker<W> {
    fn data_received(&mut self, transport: &Transport, data: &[u8]) {
        self.lines.push(data);
        loop {
            match self.lines.next_line() {
                Ok(Some(line)) => {
                    let peer = transport.peer().map_or("?".to_owned(), |peer| peer.to_string());
                    let note = [format!("{peer}: ").as_bytes(), &line].concat();
                    // A file has no answer to "would it wait?"; it is short, and we wait.
                    match self.notes.borrow_mut().write_all(&note) {
                        Ok(()) => transport.write(b"noted\n"),
                        Err(error) => {
                            log(format_args!("a note is lost: {error}"));
                            transport.write(b"not noted\n");
                        }
                    }
                }
                Ok(None) => return,
                Err(_) => {
                    transport.write(b"that line is too long\n");
                    return transport.lose_connection();
                }
            }
        }
    }
}
