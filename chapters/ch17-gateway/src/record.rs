//! The records of FastCGI: what goes over the socket, in both directions (FastCGI 1.0 section 3.3).

use anyhow::{Context, Result, ensure};

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
        let &[version, kind, request1, request0, length1, length0, padding, _, ..] = bytes else {
            return Ok(None);
        };
        ensure!(version == 1, "version {version} of FastCGI");
        let end = HEAD + usize::from(u16::from_be_bytes([length1, length0]));
        let whole = end + usize::from(padding);
        if bytes.len() < whole {
            return Ok(None);
        }
        let request = u16::from_be_bytes([request1, request0]);
        Ok(Some((Self { kind, request, content: bytes[HEAD..end].to_vec() }, whole)))
    }
}

/// Appends `content` in as many records as it needs; if there is none, an empty one.
pub fn append_records(out: &mut Vec<u8>, kind: Kind, request: u16, content: &[u8]) {
    if content.is_empty() {
        append_record(out, kind, request, content);
    }
    for piece in content.chunks(MAX_CONTENT) {
        append_record(out, kind, request, piece);
    }
}

fn append_record(out: &mut Vec<u8>, kind: Kind, request: u16, content: &[u8]) {
    let [request1, request0] = request.to_be_bytes();
    // A chunk is no longer than that.
    let [length1, length0] = (content.len() as u16).to_be_bytes();
    // No padding: it is there to please machines of 1996, and nobody may demand it.
    out.extend([1, kind as u8, request1, request0, length1, length0, 0, 0]);
    out.extend(content);
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
    let mut content = Vec::new();
    for (name, value) in variables {
        let before = content.len();
        append_length(&mut content, name.len());
        append_length(&mut content, value.len());
        content.extend(name.as_bytes());
        content.extend(value);
        ensure!(content.len() - before <= MAX_CONTENT, "the variable {name} is too long");
        if content.len() > MAX_CONTENT {
            append_records(out, Kind::Params, request, &content[..before]);
            content.drain(..before);
        }
    }
    if !content.is_empty() {
        append_records(out, Kind::Params, request, &content);
    }
    append_records(out, Kind::Params, request, &[]);
    Ok(())
}

/// A length below 128 is a byte, any other is four with the first bit set (section 3.4).
fn append_length(out: &mut Vec<u8>, length: usize) {
    match u8::try_from(length) {
        Ok(short @ 0..128) => out.push(short),
        // Longer ones are refused when the pair is complete.
        _ => out.extend((length as u32 | 1 << 31).to_be_bytes()),
    }
}

/// The variables in the contents of all `Params` records of a request, one behind the other.
pub fn parse_params(mut bytes: &[u8]) -> Result<Vec<(String, Vec<u8>)>> {
    let mut variables = Vec::new();
    while !bytes.is_empty() {
        let (name, value) = (take_length(&mut bytes)?, take_length(&mut bytes)?);
        let (name, value) = (take(&mut bytes, name)?, take(&mut bytes, value)?);
        variables.push((String::from_utf8(name.to_vec())?, value.to_vec()));
    }
    Ok(variables)
}

fn take_length(bytes: &mut &[u8]) -> Result<usize> {
    let short = take(bytes, 1)?[0];
    if short < 128 {
        return Ok(short.into());
    }
    let rest = take(bytes, 3)?;
    Ok(u32::from_be_bytes([short & 127, rest[0], rest[1], rest[2]]) as usize)
}

fn take<'a>(bytes: &mut &'a [u8], count: usize) -> Result<&'a [u8]> {
    let (taken, rest) = bytes.split_at_checked(count).context("a pair is cut off")?;
    *bytes = rest;
    Ok(taken)
}
