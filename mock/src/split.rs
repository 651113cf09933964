//! All the ways in which a network may deliver the same bytes.

use std::io::ErrorKind;
use std::thread;

use crate::bytes::excerpt;
use crate::{Script, transcript};

/// Runs `test` over `bytes` in every way in which reads may deliver them: whole,
/// cut in two at every place, byte by byte, and in halves with an interrupted
/// read between them.
///
/// TCP carries a stream of bytes and does not keep together what was written
/// together. Code that is right for every split is right on every network.
///
/// ```
/// use mock::{MockConnection, assert_bytes, for_every_split};
/// use std::io::{BufRead, BufReader};
///
/// for_every_split("done\r\n", |input| {
///     let (conn, _peer) = MockConnection::pair(input);
///     let mut line = String::new();
///     BufReader::new(conn).read_line(&mut line).unwrap();
///     assert_bytes!(line, "done\r\n");
/// });
/// ```
///
/// If `test` panics, a line on standard error says for which split.
pub fn for_every_split(bytes: impl AsRef<[u8]>, mut test: impl FnMut(Script)) {
    let bytes = bytes.as_ref();
    run(&mut test, "whole", Script::from(bytes));
    for cut in 1..bytes.len() {
        let (first, second) = bytes.split_at(cut);
        let name = format!("{} | {}", excerpt(first), excerpt(second));
        run(&mut test, &name, Script::new().bytes(first).bytes(second));
    }
    let byte_by_byte = bytes.chunks(1).fold(Script::new(), Script::bytes);
    run(&mut test, "byte by byte", byte_by_byte);

    let (first, second) = bytes.split_at(bytes.len() / 2);
    let interrupted = Script::new().bytes(first).fail(ErrorKind::Interrupted).bytes(second);
    run(&mut test, "with an interrupted read between its halves", interrupted);
}

fn run(test: &mut impl FnMut(Script), name: &str, input: Script) {
    let _named = Named(name);
    transcript::begin(format_args!("the input comes {name}"));
    test(input);
}

/// Says its name when it is dropped by a panic.
struct Named<'a>(&'a str);

impl Drop for Named<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            eprintln!("this was for_every_split, with the input {}", self.0);
        }
    }
}
