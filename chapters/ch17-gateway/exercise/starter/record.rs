//! The records of FastCGI: what goes over the socket, in both directions (FastCGI 1.0 section 3.3).

use anyhow::{Context, Result};

/// The most that one record holds, in bytes.
pub const MAX_CONTENT: usize = 65535;

/// Length of the head of a record, in bytes.
const HEAD: usize = 8;

/// A type of record (section 8).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Kind {
    /// To the application: a request begins.
    BeginRequest = 1,
    /// To the application: nobody waits for the answer any more.
    AbortRequest = 2,
    /// From it: the answer is complete.
    EndRequest = 3,
    /// To it: variables. An empty one is the last.
    Params = 4,
    /// To it: the body. An empty one is the last.
    Stdin = 5,
    /// From it: head and body of the answer. An empty one is the last, or `EndRequest` is.
    Stdout = 6,
    /// From it: what belongs in the log.
    Stderr = 7,
}

/// A record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Its type: a [`Kind`] as a number, or one that is not known here.
    pub kind: u8,
    /// The request that it belongs to; 0 is the connection itself.
    pub request: u16,
    /// What it holds, [`MAX_CONTENT`] bytes at most.
    pub content: Vec<u8>,
}

impl Record {
    /// Reads a record from the start of `bytes`, and tells how many of them it is; `None` if it is
    /// not all there. A version other than 1 is an error: this is no FastCGI.
    pub fn parse(bytes: &[u8]) -> Result<Option<(Self, usize)>> {
        // The head: version, type, request (two bytes), length of the content (two), that of the
        // padding, and one byte that is reserved. In each pair the higher byte comes first.
        todo!("is the head there? and the content behind it, and the padding behind that?")
    }
}

/// Appends `content` in as many records as it needs; if there is none, an empty one.
pub fn append_records(out: &mut Vec<u8>, kind: Kind, request: u16, content: &[u8]) {
    todo!("as many as needed, and one if there is nothing")
}

fn append_record(out: &mut Vec<u8>, kind: Kind, request: u16, content: &[u8]) {
    todo!("a head with version 1 and no padding, and the content")
}

/// Appends the variables of a request in `Params` records, with the empty one that ends them.
///
/// A pair is never cut in two: the specification allows it, and php-fpm 8.2 resets the connection.
/// One that does not fit into a record is an error.
pub fn append_params<'a>(
    out: &mut Vec<u8>,
    request: u16,
    variables: impl IntoIterator<Item = (&'a str, &'a [u8])>,
) -> Result<()> {
    todo!("pair by pair: does the next one still fit into the record that is being filled?")
}

/// A length below 128 is a byte, any other is four with the first bit set (section 3.4).
fn append_length(out: &mut Vec<u8>, length: usize) {
    todo!("one byte or four?")
}

/// The variables in the contents of all `Params` records of a request, one behind the other.
pub fn parse_params(mut bytes: &[u8]) -> Result<Vec<(String, Vec<u8>)>> {
    todo!("two lengths, a name, a value; and the next pair")
}

fn take_length(bytes: &mut &[u8]) -> Result<usize> {
    todo!("one byte or four?")
}

fn take<'a>(bytes: &mut &'a [u8], count: usize) -> Result<&'a [u8]> {
    let (taken, rest) = bytes.split_at_checked(count).context("a pair is cut off")?;
    *bytes = rest;
    Ok(taken)
}
