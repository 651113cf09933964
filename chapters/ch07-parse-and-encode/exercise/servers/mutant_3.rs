//! Broken: in a head, a line feed alone is the end of a line too.

#[path = "../../src/answer.rs"]
mod answer;
#[path = "../../src/server.rs"]
mod http_server;
#[path = "../../src/read_message.rs"]
mod read_message;

pub use answer::{answer, error_message};
pub use chapter::*;
pub use http_server::HttpServer;
pub use read_message::{ReadError, method_of, read_message};

pub fn parse(input: &[u8]) -> Result<Parsed, ParseError> {
    // The chapter's parser is given each line with the end that it wants.
    let mut strict: Vec<u8> = Vec::with_capacity(input.len());
    let mut added = Vec::new();
    let mut in_head = true;
    for &byte in input {
        if in_head && byte == b'\n' && !strict.ends_with(b"\r") {
            added.push(strict.len());
            strict.push(b'\r');
        }
        strict.push(byte);
        in_head = in_head && !strict.ends_with(b"\r\n\r\n");
    }
    // How many bytes of the input are so many of those that the parser has seen.
    let of_input = |count: usize| count - added.iter().filter(|&&at| at < count).count();
    match chapter::parse(&strict) {
        Ok(Parsed::Complete(message, used)) => Ok(Parsed::Complete(message, of_input(used))),
        Ok(Parsed::Partial { at_least }) => Ok(Parsed::Partial { at_least: of_input(at_least) }),
        Err(error) => Err(ParseError { offset: of_input(error.offset), ..error }),
    }
}
