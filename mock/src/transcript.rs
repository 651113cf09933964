//! What was done and what came back, for whoever shows a failure.
//!
//! If the environment has `MOCK_TRANSCRIPT=FILE`, everything that the connections and
//! clients of this process do is written there, a line each: a kind, a sentence and bytes
//! in hexadecimal, with a tab between them.
//!
//! | kind | what it is |
//! |---|---|
//! | `sent` | bytes on their way to the server |
//! | `came` | bytes that the server wrote |
//! | `note` | something else that happened |
//! | `expected`, `actual` | what `assert_bytes!` compared, when it failed |
//!
//! It is made for processes in which one test runs.

use std::env;
use std::fmt::Display;
use std::fs::File;
use std::io::{Seek, SeekFrom, Write};
use std::sync::{Mutex, OnceLock, PoisonError};

/// So many lines are written: a server that never stops is to fill no disk.
const MOST: usize = 4000;

/// Of longer bytes, so many are written.
const MOST_BYTES: usize = 16 * 1024;

struct Transcript {
    file: File,
    lines: usize,
}

fn transcript() -> Option<&'static Mutex<Transcript>> {
    static TRANSCRIPT: OnceLock<Option<Mutex<Transcript>>> = OnceLock::new();
    let open = || {
        let file = File::create(env::var_os("MOCK_TRANSCRIPT")?).ok()?;
        Some(Mutex::new(Transcript { file, lines: 0 }))
    };
    TRANSCRIPT.get_or_init(open).as_ref()
}

/// Forgets what was written: a new attempt begins.
pub(crate) fn begin(what: impl Display) {
    if let Some(transcript) = transcript() {
        let mut transcript = transcript.lock().unwrap_or_else(PoisonError::into_inner);
        transcript.lines = 0;
        // A transcript that cannot be written is no reason for a test to fail.
        let _ = transcript.file.set_len(0);
        let _ = transcript.file.seek(SeekFrom::Start(0));
    }
    note(what);
}

/// Bytes that go to the server.
pub(crate) fn sent(bytes: &[u8], what: impl Display) {
    write("sent", what, bytes);
}

/// Bytes that come from the server.
pub(crate) fn came(bytes: &[u8], what: impl Display) {
    write("came", what, bytes);
}

/// Something that happened.
pub(crate) fn note(what: impl Display) {
    write("note", what, b"");
}

/// What was compared and is not the same.
pub(crate) fn differ(actual: &[u8], expected: &[u8]) {
    write("expected", "", expected);
    write("actual", "", actual);
}

// There are tests that send a thousand bytes a thousand times, and this is debug code: it is
// written so that it takes a small part of their time.
fn write(kind: &str, what: impl Display, bytes: &[u8]) {
    let Some(transcript) = transcript() else { return };
    let mut what = what.to_string();
    for separator in ['\t', '\n', '\r'] {
        if what.contains(separator) {
            what = what.replace(separator, " ");
        }
    }
    let mut line = format!("{kind}\t{what}\t").into_bytes();
    push_hex(&mut line, &bytes[..bytes.len().min(MOST_BYTES)]);
    line.push(b'\n');
    let mut transcript = transcript.lock().unwrap_or_else(PoisonError::into_inner);
    transcript.lines += 1;
    if transcript.lines < MOST || kind == "expected" || kind == "actual" {
        let _ = transcript.file.write_all(&line);
    }
}

/// Appends two digits for each byte.
fn push_hex(line: &mut Vec<u8>, bytes: &[u8]) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut end = line.len();
    line.resize(end + 2 * bytes.len(), 0);
    for &byte in bytes {
        line[end] = DIGITS[usize::from(byte >> 4)];
        line[end + 1] = DIGITS[usize::from(byte & 15)];
        end += 2;
    }
}
