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
    /// Whether there was more.
    is_cut: bool,
}

impl Complaints {
    pub fn of(name: &str) -> Self {
        Self { name: name.to_owned(), line: Vec::new(), left: MAX_COMPLAINTS, is_cut: false }
    }

    pub fn add(&mut self, bytes: &[u8]) {
        let (logged, rest) = bytes.split_at(bytes.len().min(self.left));
        self.left -= logged.len();
        for &byte in logged {
            match byte {
                b'\n' => self.flush(),
                _ => self.line.push(byte),
            }
        }
        if !rest.is_empty() && !self.is_cut {
            self.is_cut = true;
            self.flush();
            self.log("it complains about more than is logged");
        }
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
