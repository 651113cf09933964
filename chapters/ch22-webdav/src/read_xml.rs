use crate::{DAV, HttpError, PropertyName, RequestBody, escape_html};
use anyhow::Result;
use ch21::parse_xml;
use roxmltree::{Document, Node};
use std::io::Read;

/// The longest document of a client, in bytes.
pub const MAX_XML: u64 = 256 * 1024;

/// Reads a body that is XML, in UTF-8; empty if there is none. A longer one than [`MAX_XML`] is
/// 413, and other bytes are 400.
pub(crate) fn read_text(body: &mut RequestBody<'_>) -> Result<String> {
    let mut bytes = Vec::new();
    body.take(MAX_XML + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_XML {
        return Err(HttpError(413).into());
    }
    Ok(String::from_utf8(bytes).map_err(|_| HttpError(400))?)
}

/// A document whose root is the element `name` of the namespace [`DAV`]; anything else is 400, and
/// so is what [costs too much](parse_xml).
pub(crate) fn parse<'a>(text: &'a str, name: &str) -> Result<Document<'a>, HttpError> {
    let document = parse_xml(text).map_err(|_| HttpError(400))?;
    let is_wrong = |node| declares_wrongly(node) || is_written_wrongly(node);
    if document.descendants().any(is_wrong) || !is(document.root_element(), name) {
        return Err(HttpError(400));
    }
    Ok(document)
}

/// Whether an element has namespaces that the parser lets pass and others do not: what we keep of
/// it stands in the answers to all, who could read nothing of them. They are a prefix that stands
/// for nothing, or `xmlns` as one, or two for no prefix, or one with what no address has in it
/// (Namespaces in XML 1.0, sections 2.1, 3, 5 and 6.3).
fn declares_wrongly(node: Node<'_, '_>) -> bool {
    let source = &node.document().input_text()[node.range()];
    // Those that it has from the elements around it were looked at there.
    if !node.is_element() || !start_tag(source).contains("xmlns") {
        return false;
    }
    let is_in_address =
        |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:/?#@!$&'()*+,;=%".contains(&byte);
    let mut defaults = 0;
    node.namespaces().any(|known| match known.name() {
        _ if !known.uri().bytes().all(is_in_address) => true,
        Some(prefix) => prefix == "xmlns" || known.uri().is_empty(),
        None => {
            defaults += 1;
            defaults > 1
        }
    })
}

/// Whether a colon has nothing before it in a name, or the name of a processing instruction no end:
/// that lets the parser pass, too.
fn is_written_wrongly(node: Node<'_, '_>) -> bool {
    let text = node.document().input_text();
    let source = &text[node.range()];
    if let Some(instruction) = node.pi() {
        let behind = &source["<?".len() + instruction.target.len()..];
        let ends = behind == "?>" || behind.starts_with(|char: char| char.is_ascii_whitespace());
        return !ends || instruction.target.contains(':');
    }
    let end = source.rsplit("</").next().unwrap_or_default();
    node.is_element()
        && (source.starts_with("<:")
            || end.starts_with(':')
            || node.attributes().any(|known| text[known.range()].starts_with(':')))
}

/// Whether this is the element `name` of the namespace [`DAV`].
pub(crate) fn is(node: Node<'_, '_>, name: &str) -> bool {
    node.is_element() && node.has_tag_name((DAV, name))
}

/// The first element `name` of the namespace [`DAV`] in another one. Elements that nobody knows are
/// passed over (RFC 4918 section 17).
pub(crate) fn child<'a, 'input>(node: Node<'a, 'input>, name: &str) -> Option<Node<'a, 'input>> {
    node.children().find(|child| is(*child, name))
}

/// The names of the elements in another one.
pub(crate) fn names_in(node: Node<'_, '_>) -> Vec<PropertyName> {
    node.children().filter(Node::is_element).map(PropertyName::of).collect()
}

/// An element as it can stand in any other document in which nothing stands for no prefix: with the
/// namespaces and the language that it has from those around it.
///
/// What is in it stays as it was written, prefixes included: a value may speak of them (RFC 4918
/// section 4.3).
pub(crate) fn standing_alone(node: Node<'_, '_>) -> String {
    let text = node.document().input_text();
    let source = &text[node.range()];
    let head = start_tag(source);
    let end_of_name = head.find(|char: char| char.is_ascii_whitespace() || "/>".contains(char));
    let name = &head[1..end_of_name.unwrap_or(head.len())];
    let mut tag = format!("<{name}");
    for known in node.namespaces() {
        let uri = escape_html(known.uri());
        match known.name() {
            Some(prefix) => tag += &format!(" xmlns:{prefix}=\"{uri}\""),
            None => tag += &format!(" xmlns=\"{uri}\""),
        }
    }
    let language = ("http://www.w3.org/XML/1998/namespace", "lang");
    let language = node.ancestors().find_map(|outer| outer.attribute_node(language));
    let own = node.attributes().filter(|known| Some(*known) != language);
    for attribute in language.into_iter().chain(own) {
        tag += &format!(" {}", &text[attribute.range()]);
    }
    match head.ends_with("/>") {
        true => tag + "/>",
        false => tag + ">" + &source[head.len()..],
    }
}

/// The first tag of an element. There may be a `>` in the value of an attribute.
fn start_tag(source: &str) -> &str {
    let mut quote = None;
    for (place, char) in source.char_indices() {
        match quote {
            Some(open) if char == open => quote = None,
            Some(_) => {}
            None if char == '"' || char == '\'' => quote = Some(char),
            None if char == '>' => return &source[..=place],
            None => {}
        }
    }
    source
}
