use crate::wire::from_notation;
use mock::Reply;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::fmt;
use toml::Value;

/// One raw request, and what any right answer to it must satisfy.
#[derive(Clone, Debug, Default)]
pub struct Case {
    /// The file that it stands in, without its ending: `request-line`.
    pub subject: String,
    /// A sentence: `a request line of two words is refused`.
    pub name: String,
    /// Where that is written, or the reason in words.
    pub why: String,
    /// What the client sends: one piece a write, one piece a read.
    pub pieces: Vec<Vec<u8>>,
    /// Before it sends the piece of this index, the client waits until so many messages have
    /// come, interim ones (1xx) among them.
    pub awaits: BTreeMap<usize, usize>,
    /// What the client does when all is sent.
    pub then: Then,
    /// A second client has connected before, and says nothing.
    pub spare: bool,
    /// What another client sends after this one; then it is the answer to that
    /// one which is judged.
    pub next: Option<Vec<u8>>,
    /// Whether it is to be right however its bytes are cut into two reads.
    pub every_split: bool,
    /// A target whose entity tag stands for `{tag}` in what is sent. Nobody knows it
    /// beforehand: see [`with_tag`](Case::with_tag).
    pub tag_of: Option<String>,
    /// Whether it is about files, so that the server must have the site of
    /// [`Site`](crate::chapters::Site).
    pub site: bool,
    /// Whether it makes sense on Unix alone.
    pub unix: bool,
    /// The answers that are right. Any of them will do.
    pub expect: Vec<Answer>,
    /// For a conversation of several messages: for each answer, in their order, those that are
    /// right. Then `expect` is empty, and a 100 comes only where it is expected.
    pub answers: Vec<Vec<Answer>>,
    /// Whether the server keeps the connection after the last answer. If so, the client sends
    /// [`LAST`], and that is answered as well. If not, [`LAST`] would be there to be read, and is
    /// not answered; over TCP the connection ends without it.
    pub kept: Option<bool>,
}

/// The last request of a conversation, which tells whether the connection was kept.
pub const LAST: &[u8] = b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

/// What the client does when all is sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Then {
    /// Keeps the connection open, and reads: what a browser does.
    #[default]
    Stay,
    /// The same, but only the server's deadline can end it.
    Wait,
    /// Says that nothing more will come, and reads.
    HalfClose,
    /// Closes without reading anything.
    Leave,
    /// Throws the connection away: the server's next read or write fails.
    Reset,
}

/// An answer that is right. What is not mentioned does not matter.
///
/// Besides, every answer must be well-formed, with a `Content-Length` (if any)
/// that is the length of the body, and the connection must end by a close and
/// not by a reset.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// None at all: the server closes without a byte.
    #[serde(default)]
    pub silent: bool,
    /// Whether it answers a HEAD request; a single answer need not say so.
    #[serde(default)]
    pub head: bool,
    /// The statuses that are right.
    #[serde(default, deserialize_with = "one_or_many")]
    pub status: Vec<u16>,
    /// Whether a `100 Continue` comes before it.
    #[serde(default)]
    pub told_to_go_on: Option<bool>,
    /// The whole body.
    #[serde(default)]
    pub body: Option<Bytes>,
    /// What the body has in it.
    #[serde(default)]
    pub contains: Option<Bytes>,
    /// What stands nowhere in the answer, head or body.
    #[serde(default)]
    pub lacks: Option<Bytes>,
    /// What is known of its header fields, by name.
    #[serde(default)]
    pub header: BTreeMap<String, Field>,
}

/// What is known of a header field.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum Field {
    /// Whether it is there.
    Present(bool),
    /// Its value.
    Value(String),
}

/// Bytes in the corpus's notation: see [`from_notation`].
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Bytes(pub Vec<u8>);

impl TryFrom<String> for Bytes {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        from_notation(&text).map(Self)
    }
}

/// A case as it stands in a file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Written {
    pub(super) name: String,
    why: String,
    #[serde(default, deserialize_with = "one_or_many")]
    send: Vec<Value>,
    #[serde(default)]
    then: Then,
    #[serde(default)]
    spare: bool,
    next: Option<Bytes>,
    #[serde(default)]
    every_split: bool,
    tag_of: Option<String>,
    #[serde(default)]
    unix: bool,
    expect: Option<Value>,
    #[serde(default)]
    answers: Vec<Value>,
    kept: Option<bool>,
}

impl Written {
    /// The case, in a file about `subject` with these defaults.
    pub(super) fn into_case(
        self,
        subject: &str,
        site: bool,
        expect: Option<&Value>,
    ) -> Result<Case, String> {
        let answers = self.answers.iter().map(right_answers).collect::<Result<Vec<_>, _>>()?;
        let expect = match self.expect.as_ref().or(expect) {
            _ if !answers.is_empty() => Vec::new(),
            expect => right_answers(expect.ok_or("nothing is expected")?)?,
        };
        if answers.is_empty() && self.kept.is_some() {
            return Err("only of a conversation it can be told whether it is kept".to_owned());
        }
        if answers.iter().flatten().any(|any| any.silent) {
            return Err("in a conversation an answer that does not come is not listed".to_owned());
        }
        let (mut pieces, mut awaits) = (Vec::new(), BTreeMap::new());
        for value in self.send {
            match value {
                Value::String(text) => pieces.push(from_notation(&text)?),
                Value::Integer(count) => {
                    let count = usize::try_from(count).map_err(|error| error.to_string())?;
                    awaits.insert(pieces.len(), count);
                }
                other => return Err(format!("{other} is nothing to send or to wait for")),
            }
        }
        if self.why.is_empty() {
            return Err("it does not say why".to_owned());
        }
        let nobody_reads = matches!(self.then, Then::Leave | Then::Reset);
        if nobody_reads != self.next.is_some() {
            return Err("who does not read the answer needs a `next` client".to_owned());
        }
        Ok(Case {
            subject: subject.to_owned(),
            name: self.name,
            why: self.why,
            pieces,
            awaits,
            then: self.then,
            spare: self.spare,
            next: self.next.map(|Bytes(bytes)| bytes),
            every_split: self.every_split,
            tag_of: self.tag_of,
            site,
            unix: self.unix,
            expect,
            answers,
            kept: self.kept,
        })
    }
}

/// One answer, or several of which any will do.
fn right_answers(value: &Value) -> Result<Vec<Answer>, String> {
    let right: Vec<Answer> = one_or_many(value.clone()).map_err(|error| error.to_string())?;
    match right.is_empty() || right.iter().any(|any| any.status.is_empty() != any.silent) {
        true => Err("each answer that is expected has a status, or is silent".to_owned()),
        false => Ok(right),
    }
}

/// `x` as well as `[x, y]`. Not an untagged enum, whose errors say nothing.
fn one_or_many<'de, T, D>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    T: DeserializeOwned,
    D: serde::Deserializer<'de>,
{
    let values = match Value::deserialize(deserializer)? {
        Value::Array(values) => values,
        value => vec![value],
    };
    let typed = values.into_iter().map(|value| value.try_into());
    typed.collect::<Result<_, toml::de::Error>>().map_err(serde::de::Error::custom)
}

impl Case {
    /// Whether it makes sense on this system.
    pub fn applies(&self) -> bool {
        !self.unix || cfg!(unix)
    }

    /// The case for a server that answers as `ask` does, with the tag that it gives to the
    /// target of which the case needs it. For a server that gives none it is `"none"`.
    pub fn with_tag(mut self, ask: impl FnOnce(&str) -> Vec<u8>) -> Self {
        let Some(target) = self.tag_of.take() else { return self };
        let request = format!("HEAD {target} HTTP/1.1\r\nHost: localhost\r\n\r\n");
        let reply = Reply::try_parse(ask(&request), true).ok();
        let tag = reply.as_ref().and_then(|reply| reply.header("ETag")).unwrap_or("\"none\"");
        for piece in &mut self.pieces {
            let text = String::from_utf8_lossy(piece).replace("{tag}", tag);
            *piece = text.into_bytes();
        }
        self
    }

    /// Whether it has several messages, or asks whether the connection is kept.
    pub fn is_conversation(&self) -> bool {
        !self.answers.is_empty()
    }

    /// How many messages the client gets before it sends [`LAST`], interim ones among them.
    pub(super) fn messages(&self) -> usize {
        let told = |right: &&Vec<Answer>| right.iter().any(|any| any.told_to_go_on == Some(true));
        self.answers.len() + self.answers.iter().filter(told).count()
    }

    /// What is expected, a line for each answer that is right.
    pub fn expected(&self) -> Vec<String> {
        let joined = |right: &Vec<Answer>| {
            right.iter().map(ToString::to_string).collect::<Vec<_>>().join(", or ")
        };
        if !self.is_conversation() {
            return self.expect.iter().map(ToString::to_string).collect();
        }
        let mut all = self.answers.iter().map(joined).collect::<Vec<_>>().join("; then ");
        match self.kept {
            Some(true) => all += "; then one more, because the connection is kept",
            Some(false) => all += "; then nothing, because the connection is closed",
            None => {}
        }
        vec![all]
    }

    /// Whether a server that has no deadline, or serves one client after the
    /// other, would keep us waiting for ever.
    pub fn waits(&self) -> bool {
        self.then == Then::Wait || self.spare
    }

    /// The bytes of the request whose answer is judged.
    pub fn request(&self) -> Vec<u8> {
        self.next.clone().unwrap_or_else(|| self.pieces.concat())
    }
}

impl fmt::Display for Answer {
    /// What is expected, in one line: `status 400 or 404, Allow: GET, HEAD`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.silent {
            return f.write_str("closed without a byte");
        }
        let statuses: Vec<String> = self.status.iter().map(u16::to_string).collect();
        write!(f, "status {}", statuses.join(" or "))?;
        match self.told_to_go_on {
            Some(true) => f.write_str(", behind a 100")?,
            Some(false) => f.write_str(", without a 100")?,
            None => {}
        }
        for (name, field) in &self.header {
            match field {
                Field::Present(true) => write!(f, ", with {name}")?,
                Field::Present(false) => write!(f, ", without {name}")?,
                Field::Value(value) => write!(f, ", {name}: {value}")?,
            }
        }
        let parts =
            [("the body", &self.body), ("in the body", &self.contains), ("nowhere", &self.lacks)];
        for (what, bytes) in parts {
            if let Some(bytes) = bytes {
                write!(f, ", {what}: {bytes}")?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`", super::to_notation(&self.0))
    }
}
