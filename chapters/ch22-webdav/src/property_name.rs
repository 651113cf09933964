use crate::escape_html;
use roxmltree::Node;
use serde::{Deserialize, Serialize};

/// The namespace of everything that RFC 4918 names.
pub const DAV: &str = "DAV:";

/// The name of a property. Its namespace, mostly an address, keeps two programs from meaning
/// different things by the same word.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PropertyName {
    /// Empty if it has none.
    pub namespace: String,
    /// What stands behind the prefix in XML.
    pub name: String,
}

impl PropertyName {
    /// One of those that RFC 4918 names.
    pub fn dav(name: &str) -> Self {
        Self { namespace: DAV.to_owned(), name: name.to_owned() }
    }

    /// The name of an element.
    pub fn of(node: Node<'_, '_>) -> Self {
        let tag = node.tag_name();
        Self {
            namespace: tag.namespace().unwrap_or_default().to_owned(),
            name: tag.name().to_owned(),
        }
    }

    /// How long it is, in bytes. In XML its namespace is written once for many names.
    pub(crate) fn length(&self) -> usize {
        self.namespace.len() + self.name.len()
    }

    /// An element of this name with `inner` in it, which is XML, for a document in which the prefix
    /// `D` stands for [`DAV`] and nothing stands for no prefix.
    pub fn element(&self, inner: &str) -> String {
        let name = &self.name;
        let (tag, declared) = match self.namespace.as_str() {
            DAV => (format!("D:{name}"), String::new()),
            "" => (name.clone(), String::new()),
            other => (format!("X:{name}"), format!(" xmlns:X=\"{}\"", escape_html(other))),
        };
        match inner {
            "" => format!("<{tag}{declared}/>"),
            inner => format!("<{tag}{declared}>{inner}</{tag}>"),
        }
    }
}
