use crate::{Fault, MAX_DEPTH, Value, parse_xml};
use chrono::NaiveDateTime;
use roxmltree::{Document, Node};
use std::str::FromStr;

/// A call.
#[derive(Clone, Debug, PartialEq)]
pub struct MethodCall {
    /// The name of the procedure.
    pub name: String,
    /// What it is given.
    pub arguments: Vec<Value>,
}

/// Reads a call (`methodCall`), as others write it.
///
/// | what | how it is read |
/// |---|---|
/// | a value without a type | text, with its whitespace |
/// | a number with zeros before it, or a plus | a number |
/// | `i1`, `i2`, `i8`, `ex:i8`, `nil`, `ex:nil` | as their names say |
/// | base64 in lines | their bytes |
/// | a date with dashes, or with a `Z` | the same without |
/// | what [costs too much](parse_xml), as a document type (`DOCTYPE`) | refused |
/// | anything that the specification does not have | refused |
pub fn read_call(bytes: &[u8]) -> Result<MethodCall, Fault> {
    let text = decode(bytes)?;
    let document = parse(&text)?;
    let call = document.root_element();
    expect(call, "methodCall")?;
    let mut parts = elements(call)?.into_iter();
    let name = parts.next().ok_or_else(|| request("a call without methodName"))?;
    expect(name, "methodName")?;
    let name = text_of(name)?.trim().to_owned();
    if name.is_empty() {
        return Err(request("the name of the procedure is empty"));
    }
    let arguments = parts.next().map(read_params).transpose()?.unwrap_or_default();
    match parts.next() {
        Some(other) => Err(unknown(other)),
        None => Ok(MethodCall { name, arguments }),
    }
}

/// Reads an answer (`methodResponse`): a value, or a fault. The outer error says why it is
/// neither.
pub fn read_response(bytes: &[u8]) -> Result<Result<Value, Fault>, Fault> {
    let text = decode(bytes)?;
    let document = parse(&text)?;
    let response = document.root_element();
    expect(response, "methodResponse")?;
    let [part] = elements(response)?[..] else {
        return Err(request("an answer is one value or one fault"));
    };
    if part.tag_name().name() == "fault" {
        return read_fault(the_value(part)?).map(Err);
    }
    match <[Value; 1]>::try_from(read_params(part)?) {
        Ok([value]) => Ok(Ok(value)),
        Err(_) => Err(request("an answer has one value")),
    }
}

fn read_fault(value: Value) -> Result<Fault, Fault> {
    todo!("a struct of two members: which, and of which kinds?")
}

/// The text of a document. XML is UTF-8 unless it says something else in its first line, and of all
/// else we know one encoding, which some old clients use.
fn decode(bytes: &[u8]) -> Result<String, Fault> {
    let first = &bytes[..bytes.len().min(100)];
    let first = String::from_utf8_lossy(first).to_ascii_lowercase();
    let declaration = first.split("?>").next().unwrap_or_default();
    if declaration.contains("encoding=\"iso-8859-1\"")
        || declaration.contains("encoding='iso-8859-1'")
    {
        return Ok(bytes.iter().copied().map(char::from).collect());
    }
    let text = str::from_utf8(bytes).map_err(|error| Fault::new(Fault::PARSE, error))?;
    Ok(text.to_owned())
}

fn parse(text: &str) -> Result<Document<'_>, Fault> {
    parse_xml(text).map_err(|error| Fault::new(Fault::PARSE, error))
}

fn read_params(params: Node<'_, '_>) -> Result<Vec<Value>, Fault> {
    expect(params, "params")?;
    let param = |param: Node<'_, '_>| {
        expect(param, "param")?;
        the_value(param)
    };
    elements(params)?.into_iter().map(param).collect()
}

/// The one value in an element.
fn the_value(node: Node<'_, '_>) -> Result<Value, Fault> {
    match elements(node)?[..] {
        [value] => read_value(value, MAX_DEPTH),
        _ => Err(request(&format!("{} has one value", node.tag_name().name()))),
    }
}

fn read_value(node: Node<'_, '_>, depth: usize) -> Result<Value, Fault> {
    todo!("is it typed? by what? and how deep may what is in it go?")
}

fn read_struct(node: Node<'_, '_>, depth: usize) -> Result<Value, Fault> {
    todo!("each member has a name and a value: what if there are two of one name?")
}

/// A number. Some write zeros before it, or a plus.
fn number<T: FromStr>(node: Node<'_, '_>) -> Result<T, Fault> {
    todo!("which bytes has a number, and which of them does `parse` not know?")
}

fn time(node: Node<'_, '_>) -> Result<NaiveDateTime, Fault> {
    let text = text_of(node)?;
    let text = text.trim();
    let text = text.strip_suffix('Z').unwrap_or(text);
    let read = |format| {
        let time = NaiveDateTime::parse_from_str(text, format).ok()?;
        // That alone would take whitespace before each number, and a year with a sign.
        let is_plain = text.starts_with(|char: char| char.is_ascii_digit());
        (is_plain && time.format(format).to_string() == text).then_some(time)
    };
    ["%Y%m%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%S"].into_iter().find_map(read).ok_or_else(|| wrong(node))
}

/// The elements in an element that has nothing else in it but whitespace and comments.
fn elements<'a, 'input>(node: Node<'a, 'input>) -> Result<Vec<Node<'a, 'input>>, Fault> {
    let is_text = |child: &Node<'_, '_>| {
        child.is_text() && child.text().is_some_and(|text| !text.trim_ascii().is_empty())
    };
    if node.children().any(|child| is_text(&child)) {
        return Err(request(&format!("text in {}", node.tag_name().name())));
    }
    Ok(node.children().filter(Node::is_element).collect())
}

/// The text of an element that has no others in it.
fn text_of(node: Node<'_, '_>) -> Result<String, Fault> {
    todo!("what may stand in it besides text, and what may not?")
}

fn expect(node: Node<'_, '_>, name: &str) -> Result<(), Fault> {
    match node.tag_name().name() == name {
        true => Ok(()),
        false => Err(request(&format!("{} in the place of {name}", node.tag_name().name()))),
    }
}

fn request(text: &str) -> Fault {
    Fault::new(Fault::REQUEST, text)
}

fn unknown(node: Node<'_, '_>) -> Fault {
    request(&format!("{} does not belong there", node.tag_name().name()))
}

fn wrong(node: Node<'_, '_>) -> Fault {
    request(&format!("this is no {}", node.tag_name().name()))
}
