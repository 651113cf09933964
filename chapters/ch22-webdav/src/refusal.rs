use crate::{Response, reason};
use anyhow::Result;
use std::fmt;

/// What is not done, with a condition of RFC 4918 (section 16) that says why, which programs
/// understand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The status.
    pub status: u16,
    /// The name of the condition: `lock-token-submitted`.
    pub condition: &'static str,
    /// The address of what stands in the way, escaped for XML.
    pub href: Option<String>,
}

impl Refusal {
    /// The answer that says so.
    pub fn response(&self) -> Result<Response> {
        let condition = self.condition;
        let inner = match &self.href {
            Some(href) => format!("<D:{condition}><D:href>{href}</D:href></D:{condition}>"),
            None => format!("<D:{condition}/>"),
        };
        let text = format!("{XML}<D:error xmlns:D=\"DAV:\">{inner}</D:error>\n");
        Ok(Response::text(text).content_type(XML_TYPE).status(self.status))
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}", self.status, reason(self.status), self.condition)
    }
}

impl std::error::Error for Refusal {}

/// The first line of a document.
pub(crate) const XML: &str = "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n";

/// The type of the documents that we write.
pub(crate) const XML_TYPE: &str = "application/xml; charset=utf-8";
