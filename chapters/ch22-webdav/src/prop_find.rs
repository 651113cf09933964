use crate::read_xml::{child, names_in, parse};
use crate::{HttpError, MAX_PROPERTIES, PropertyName};

/// How many properties a client may ask for by their names.
pub const MAX_NAMES: usize = 500;

/// What a PROPFIND asks for (RFC 4918 section 9.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PropFind {
    /// All properties, and these besides.
    All(Vec<PropertyName>),
    /// The names of all.
    Names,
    /// These.
    These(Vec<PropertyName>),
}

impl PropFind {
    /// Reads the body of a request; no body asks for all. What is no document of the kind is 400,
    /// and so are more than [`MAX_NAMES`] names, or names that are longer than [`MAX_PROPERTIES`]
    /// together: each is answered for each file.
    pub fn parse(text: &str) -> Result<Self, HttpError> {
        if text.is_empty() {
            return Ok(Self::All(Vec::new()));
        }
        let document = parse(text, "propfind")?;
        let root = document.root_element();
        let (all, names, these) =
            (child(root, "allprop"), child(root, "propname"), child(root, "prop"));
        let found = match (all, names, these) {
            (Some(_), None, None) => {
                Self::All(child(root, "include").map(names_in).unwrap_or_default())
            }
            (None, Some(_), None) => Self::Names,
            (None, None, Some(these)) => Self::These(names_in(these)),
            _ => return Err(HttpError(400)),
        };
        match &found {
            Self::All(names) | Self::These(names) if is_too_much(names) => Err(HttpError(400)),
            _ => Ok(found),
        }
    }

    /// The same without the names that are there already: no answer is five hundred times as long
    /// because somebody asks for the same so often.
    pub(crate) fn each_once(mut self) -> Self {
        if let Self::All(names) | Self::These(names) = &mut self {
            let mut known = std::collections::BTreeSet::new();
            names.retain(|name| known.insert(name.clone()));
        }
        self
    }
}

fn is_too_much(names: &[PropertyName]) -> bool {
    let length: usize = names.iter().map(PropertyName::length).sum();
    names.len() > MAX_NAMES || length > MAX_PROPERTIES
}
