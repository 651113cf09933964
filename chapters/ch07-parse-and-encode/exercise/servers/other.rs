//! Right too: fields are kept with their names in lower case beside them, a length is added up
//! digit by digit, a message is written part by part, faults are told in other words, and the
//! fields of an answer come in another order.

pub(crate) mod grammar;
mod host;
mod message;
mod parse;
mod read_message;
mod server;

pub use chapter::*;
pub use host::{check_host, is_authority};
pub use message::{FieldFault, Message, StartLine, Version};
pub use parse::{
    MAX_FIELDS, MAX_HEAD, MAX_METHOD, MAX_TARGET, ParseError, Parsed, expects_continue,
};
pub use read_message::{ReadError, method_of, read_message};
pub use server::HttpServer;

use grammar::{is_target_byte, is_text_byte, is_token};
use std::fmt;

#[derive(Clone, Debug, PartialEq)]
struct Field {
    name: String,
    lower: String,
    value: Vec<u8>,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Headers {
    fields: Vec<Field>,
}

impl Headers {
    pub fn add(&mut self, name: &str, value: impl AsRef<[u8]>) -> Result<(), InvalidHeader> {
        if !is_token(name.as_bytes()) {
            return Err(InvalidHeader::Name(name.to_owned()));
        }
        let mut value = value.as_ref();
        while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = value {
            value = rest;
        }
        if value.iter().any(|&byte| !is_text_byte(byte)) {
            return Err(InvalidHeader::Value(name.to_owned()));
        }
        let (name, lower) = (name.to_owned(), name.to_ascii_lowercase());
        self.fields.push(Field { name, lower, value: value.to_vec() });
        Ok(())
    }

    pub fn get(&self, name: &str) -> Option<&[u8]> {
        self.get_all(name).next()
    }

    pub fn get_text(&self, name: &str) -> Option<&str> {
        std::str::from_utf8(self.get(name)?).ok()
    }

    pub fn get_all(&self, name: &str) -> impl Iterator<Item = &[u8]> {
        let name = name.to_ascii_lowercase();
        let same = move |field: &&Field| field.lower == name;
        self.fields.iter().filter(same).map(|field| &field.value[..])
    }

    pub fn contains(&self, name: &str) -> bool {
        self.get_all(name).count() > 0
    }

    pub fn iter(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.fields.iter().map(|field| (&field.name[..], &field.value[..]))
    }

    pub fn len(&self) -> usize {
        self.fields.len()
    }

    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }
}

pub fn parse(input: &[u8]) -> Result<Parsed, ParseError> {
    let reason = "this is not how HTTP is spoken";
    parse::parse(input).map_err(|error| ParseError { reason, ..error })
}

pub fn body_length(headers: &Headers) -> Result<usize, FieldFault> {
    let fault = |status, field| Err(FieldFault { status, field, reason: "no length" });
    let lengths: Vec<_> = headers.get_all("Content-Length").collect();
    match (headers.contains("Transfer-Encoding"), lengths.is_empty()) {
        (true, true) => return fault(501, "Transfer-Encoding"),
        (true, false) => return fault(400, "Transfer-Encoding"),
        (false, true) => return Ok(0),
        (false, false) => {}
    }
    let joined = lengths.join(&b","[..]);
    let numbers: Option<Vec<u64>> = joined.split(|&byte| byte == b',').map(number).collect();
    match numbers.as_deref() {
        Some([first, rest @ ..]) if rest.iter().all(|one| one == first) => {
            if *first > MAX_BODY as u64 {
                return fault(413, "Content-Length");
            }
            Ok(*first as usize)
        }
        _ => fault(400, "Content-Length"),
    }
}

/// The number that stands there with whitespace around it, if nothing else does.
fn number(text: &[u8]) -> Option<u64> {
    let digits = text.trim_ascii();
    let add = |number: u64, &digit: &u8| match digit {
        b'0'..=b'9' => number.checked_mul(10)?.checked_add(u64::from(digit - b'0')),
        _ => None,
    };
    if digits.is_empty() { None } else { digits.iter().try_fold(0, add) }
}

#[derive(Clone, Debug, PartialEq)]
pub struct InvalidStartLine(StartLine);

impl fmt::Display for InvalidStartLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no message begins with {:?}", self.0.to_string())
    }
}

impl std::error::Error for InvalidStartLine {}

pub fn encode(message: &Message) -> Result<Vec<u8>, InvalidStartLine> {
    let is_right = match &message.start {
        StartLine::Request { method, target, .. } => {
            is_token(method.as_bytes()) && !target.is_empty() && target.bytes().all(is_target_byte)
        }
        StartLine::Response { status: 100..=999, reason, .. } => reason.bytes().all(is_text_byte),
        StartLine::Response { .. } => false,
    };
    if !is_right {
        return Err(InvalidStartLine(message.start.clone()));
    }
    let line = |(name, value): (&str, &[u8])| [name.as_bytes(), b": ", value, b"\r\n"].concat();
    let start = format!("{}\r\n", message.start).into_bytes();
    let fields: Vec<u8> = message.headers.iter().flat_map(line).collect();
    Ok([&start[..], &fields, b"\r\n", &message.body].concat())
}

pub fn answer(request: &Message) -> Result<Message, InvalidHeader> {
    match &request.start {
        StartLine::Request { target, .. } if target == "/picture.png" => {
            response(200, "image/png", PICTURE)
        }
        StartLine::Request { .. } => response(200, TEXT, b"Hi there!\n"),
        StartLine::Response { .. } => response(400, TEXT, b"I was not asked.\n"),
    }
}

pub fn error_message(status: u16, error: &ReadError) -> Result<Message, InvalidHeader> {
    response(status, TEXT, format!("I did not understand you ({error}).\n").as_bytes())
}

const TEXT: &str = "text/plain; charset=utf-8";

fn response(status: u16, content_type: &str, body: &[u8]) -> Result<Message, InvalidHeader> {
    let mut headers = Headers::default();
    headers.add("connection", "close")?;
    headers.add("content-length", body.len().to_string())?;
    headers.add("content-type", content_type)?;
    headers.add("server", "OwnHands/0.1")?;
    let reason = reason(status).to_owned();
    let start = StartLine::Response { version: Version::Http10, status, reason };
    Ok(Message { start, headers, body: body.to_vec() })
}
