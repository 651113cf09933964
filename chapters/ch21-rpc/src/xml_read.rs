use crate::{Fault, MAX_DEPTH, Value, parse_xml};
use chrono::NaiveDateTime;
use data_encoding::BASE64;
use roxmltree::{Document, Node};
use std::collections::BTreeMap;
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
    let Value::Struct(mut fields) = value else { return Err(request("a fault is a struct")) };
    match (fields.remove("faultCode"), fields.remove("faultString")) {
        (Some(Value::Int(code)), Some(Value::Text(text))) => {
            let code = i32::try_from(code).map_err(|_| request("a faultCode is too large"))?;
            Ok(Fault { code, text })
        }
        _ => Err(request("a fault has a faultCode and a faultString")),
    }
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
    expect(node, "value")?;
    let depth = depth.checked_sub(1).ok_or_else(|| request("the values are nested too deeply"))?;
    let Some(typed) = node.children().find(Node::is_element) else {
        return text_of(node).map(Value::Text);
    };
    let [_] = elements(node)?[..] else { return Err(request("a value has one type")) };
    let name = typed.tag_name().name();
    match name {
        "string" => text_of(typed).map(Value::Text),
        "int" | "i1" | "i2" | "i4" | "i8" => number(typed).map(Value::Int),
        "double" => match number(typed)? {
            double if f64::is_finite(double) => Ok(Value::Double(double)),
            _ => Err(wrong(typed)),
        },
        "boolean" => match text_of(typed)?.trim() {
            "0" => Ok(Value::Bool(false)),
            "1" => Ok(Value::Bool(true)),
            _ => Err(wrong(typed)),
        },
        "dateTime.iso8601" => time(typed).map(Value::Time),
        "base64" => {
            let mut digits = text_of(typed)?;
            digits.retain(|char| !char.is_ascii_whitespace());
            BASE64.decode(digits.as_bytes()).map(Value::Bytes).map_err(|_| wrong(typed))
        }
        "nil" => match text_of(typed)?.trim() {
            "" => Ok(Value::Nil),
            _ => Err(wrong(typed)),
        },
        "array" => {
            let [data] = elements(typed)?[..] else { return Err(wrong(typed)) };
            expect(data, "data")?;
            let values = elements(data)?.into_iter().map(|value| read_value(value, depth));
            values.collect::<Result<_, _>>().map(Value::Array)
        }
        "struct" => read_struct(typed, depth),
        _ => Err(unknown(typed)),
    }
}

fn read_struct(node: Node<'_, '_>, depth: usize) -> Result<Value, Fault> {
    let mut fields = BTreeMap::new();
    for member in elements(node)? {
        expect(member, "member")?;
        let [name, value] = elements(member)?[..] else { return Err(wrong(member)) };
        expect(name, "name")?;
        let name = text_of(name)?;
        // Of two values for one name, two programs may take different ones.
        if fields.insert(name, read_value(value, depth)?).is_some() {
            return Err(request("a struct has two members of one name"));
        }
    }
    Ok(Value::Struct(fields))
}

/// A number. Some write zeros before it, or a plus.
fn number<T: FromStr>(node: Node<'_, '_>) -> Result<T, Fault> {
    let text = text_of(node)?;
    let text = text.trim();
    // `parse` alone would take `inf` and `NaN`.
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte));
    text.parse().ok().filter(|_| is_plain).ok_or_else(|| wrong(node))
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
    match node.children().find(Node::is_element) {
        Some(child) => Err(unknown(child)),
        // Comments cut it.
        None => {
            Ok(node.children().filter(Node::is_text).filter_map(|child| child.text()).collect())
        }
    }
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
