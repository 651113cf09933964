//! Broken: `Host` and `host` are two names.

#[path = "../../src/answer.rs"]
mod answer;
#[path = "../../src/body_length.rs"]
mod body_length;
#[path = "../../src/encode.rs"]
mod encode;
#[path = "../../src/grammar.rs"]
pub(crate) mod grammar;
#[path = "../../src/host.rs"]
mod host;
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
pub use host::{check_host, is_authority};
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
        // What may be added is what the chapter's list takes, and as it takes it.
        let mut checked = chapter::Headers::default();
        checked.add(name, value)?;
        self.0.extend(checked.iter().map(|(name, value)| (name.to_owned(), value.to_vec())));
        Ok(())
    }

    pub fn get(&self, name: &str) -> Option<&[u8]> {
        self.iter().find(|(known, _)| *known == name).map(|(_, value)| value)
    }

    pub fn get_text(&self, name: &str) -> Option<&str> {
        self.get(name).and_then(|value| std::str::from_utf8(value).ok())
    }

    pub fn get_all(&self, name: &str) -> impl Iterator<Item = &[u8]> {
        self.iter().filter(move |(known, _)| *known == name).map(|(_, value)| value)
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
