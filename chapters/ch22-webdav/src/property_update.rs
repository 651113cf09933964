use crate::read_xml::{child, is, parse, standing_alone};
use crate::{HttpError, MAX_PROPERTIES, PropertyName};
use roxmltree::Node;

/// What a PROPPATCH does, in order (RFC 4918 section 9.2): a name, and the element that is its new
/// value, or `None` to remove it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PropertyUpdate(pub Vec<(PropertyName, Option<String>)>);

impl PropertyUpdate {
    /// Reads the body of a request. What is no document of the kind, or does nothing, is 400.
    /// Values, and names that are removed, that are longer than [`MAX_PROPERTIES`] together are
    /// 413: each has all namespaces that it may speak of, and so can be much longer than it was in
    /// the document.
    pub fn parse(text: &str) -> Result<Self, HttpError> {
        let document = parse(text, "propertyupdate")?;
        let (mut update, mut room) = (Vec::new(), 0);
        for step in document.root_element().children() {
            let sets = is(step, "set");
            if !sets && !is(step, "remove") {
                continue;
            }
            let prop = child(step, "prop").ok_or(HttpError(400))?;
            for property in prop.children().filter(Node::is_element) {
                let name = PropertyName::of(property);
                let value = sets.then(|| standing_alone(property));
                // The name is in the value, too.
                room += value.as_ref().map_or(name.length(), String::len);
                if room > MAX_PROPERTIES {
                    return Err(HttpError(413));
                }
                update.push((name, value));
            }
        }
        match update.is_empty() {
            true => Err(HttpError(400)),
            false => Ok(Self(update)),
        }
    }
}
