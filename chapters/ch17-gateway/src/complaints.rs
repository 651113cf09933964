use crate::{escape_controls, log};

/// How much of what a program complains about gets into the log, in bytes.
pub const MAX_COMPLAINTS: usize = 16 * 1024;

/// What a program writes to its standard error, on its way to the log: line by line, each with the
/// program's name, [`MAX_COMPLAINTS`] at most.
pub(crate) struct Complaints {
    /// Who complains.
    name: String,
    /// A line that is not complete yet.
    line: Vec<u8>,
    /// How much will be logged.
    left: usize,
}

impl Complaints {
    pub fn of(name: &str) -> Self {
        Self { name: name.to_owned(), line: Vec::new(), left: MAX_COMPLAINTS }
    }

    pub fn add(&mut self, bytes: &[u8]) {
        for &byte in &bytes[..bytes.len().min(self.left)] {
            match byte {
                b'\n' => self.flush(),
                _ => self.line.push(byte),
            }
        }
        if bytes.len() > self.left && self.left > 0 {
            self.flush();
            self.log("it complains about more than is logged");
        }
        self.left = self.left.saturating_sub(bytes.len());
    }

    /// Logs a last line that had no end.
    pub fn flush(&mut self) {
        if !self.line.is_empty() {
            self.log(&String::from_utf8_lossy(&self.line));
            self.line.clear();
        }
    }

    pub fn log(&self, line: &str) {
        log(format_args!("{}: {}", escape_controls(&self.name), escape_controls(line)));
    }
}
