//! Broken: the blanks between the colon and the value are a part of the value.

#[path = "../../src/answer.rs"]
mod answer;
#[path = "../../src/body_length.rs"]
mod body_length;
#[path = "../../src/encode.rs"]
mod encode;
#[path = "../../src/grammar.rs"]
pub(crate) mod grammar;
#[path = "../../src/server.rs"]
mod http_server;
#[path = "../../src/message.rs"]
mod message;
#[path = "../../src/parse.rs"]
mod parser;
#[path = "../../src/read_message.rs"]
mod read_message;

pub use answer::{answer, error_message};
pub use body_length::{MAX_BODY, body_length};
pub use chapter::*;
pub use encode::{InvalidStartLine, encode};
pub use http_server::HttpServer;
pub use message::{FieldFault, Message, StartLine, Version};
pub use parser::{
    MAX_FIELDS, MAX_HEAD, MAX_METHOD, MAX_TARGET, ParseError, Parsed, expects_continue, parse,
};
pub use read_message::{ReadError, method_of, read_message};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Headers(Vec<(String, Vec<u8>)>);

impl Headers {
    pub fn add(&mut self, name: &str, value: impl AsRef<[u8]>) -> Result<(), InvalidHeader> {
        let value = value.as_ref();
        // What may be added is what the chapter's list takes; at the end it leaves out the
        // blanks, and so do we.
        let mut checked = chapter::Headers::default();
        checked.add(name, value)?;
        let blank = |byte: &&u8| matches!(byte, b' ' | b'\t');
        let in_front = value.iter().take_while(blank).count();
        let mut kept = value[..in_front].to_vec();
        kept.extend(checked.get(name).unwrap_or_default());
        self.0.push((name.to_owned(), kept));
        Ok(())
    }

    pub fn get(&self, name: &str) -> Option<&[u8]> {
        self.get_all(name).next()
    }

    pub fn get_text(&self, name: &str) -> Option<&str> {
        self.get(name).and_then(|value| std::str::from_utf8(value).ok())
    }

    pub fn get_all(&self, name: &str) -> impl Iterator<Item = &[u8]> {
        self.iter()
            .filter(move |(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    }

    pub fn contains(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    pub fn iter(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_slice()))
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// As the chapter's, whatever blanks are in front of the host: else there would be none.
pub fn check_host(headers: &Headers, version: Version) -> Result<(), FieldFault> {
    let mut hosts = chapter::Headers::default();
    for host in headers.get_all("Host") {
        // Without the blanks it may be added, as it was before.
        let _ = hosts.add("Host", host);
    }
    let version = match version {
        Version::Http10 => chapter::Version::Http10,
        Version::Http11 => chapter::Version::Http11,
    };
    chapter::check_host(&hosts, version).map_err(|chapter::FieldFault { status, field, reason }| {
        FieldFault { status, field, reason }
    })
}
