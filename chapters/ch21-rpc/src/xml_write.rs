use crate::{Fault, MAX_DEPTH, Value};
use chrono::Datelike;
use data_encoding::BASE64;
use std::fmt::Display;

/// Writes a call.
///
/// A text that XML cannot hold (most control characters), a number that is infinite, a year that
/// has not four digits, or values that are nested deeper than [`MAX_DEPTH`] are a fault.
pub fn write_call(name: &str, arguments: &[Value]) -> Result<String, Fault> {
    let mut out = begin("methodCall");
    element(&mut out, "methodName", &escape(name)?);
    write_params(&mut out, arguments)?;
    Ok(out + "</methodCall>\n")
}

/// Writes an answer. If it cannot be written, for the reasons above, that is the answer.
pub fn write_response(outcome: &Result<Value, Fault>) -> String {
    let written = match outcome {
        Ok(value) => {
            let mut out = begin("methodResponse");
            write_params(&mut out, std::slice::from_ref(value))
                .map(|()| out + "</methodResponse>\n")
        }
        Err(fault) => write_fault(fault),
    };
    let not_written = |error: Fault| {
        // Its text is one of ours.
        write_fault(&Fault::new(Fault::INTERNAL, error.text)).unwrap_or_default()
    };
    written.unwrap_or_else(not_written)
}

fn write_fault(fault: &Fault) -> Result<String, Fault> {
    let mut out = begin("methodResponse") + "<fault>";
    let fields = [
        ("faultCode", Value::Int(fault.code.into())),
        ("faultString", Value::Text(fault.text.clone())),
    ];
    write_value(&mut out, &Value::of_fields(fields), MAX_DEPTH)?;
    Ok(out + "</fault></methodResponse>\n")
}

fn begin(root: &str) -> String {
    format!("<?xml version=\"1.0\"?>\n<{root}>")
}

fn write_params(out: &mut String, values: &[Value]) -> Result<(), Fault> {
    out.push_str("<params>");
    for value in values {
        out.push_str("<param>");
        write_value(out, value, MAX_DEPTH)?;
        out.push_str("</param>");
    }
    out.push_str("</params>");
    Ok(())
}

/// Each value with its type, also where it could be left out: some take an untyped one for
/// something else.
fn write_value(out: &mut String, value: &Value, depth: usize) -> Result<(), Fault> {
    let Some(depth) = depth.checked_sub(1) else {
        return Err(Fault::params("the values are nested too deeply"));
    };
    out.push_str("<value>");
    match value {
        Value::Nil => out.push_str("<nil/>"),
        Value::Bool(answer) => element(out, "boolean", &u8::from(*answer)),
        // The specification has 32 bits. What is larger is an extension that not all know.
        Value::Int(number) if i32::try_from(*number).is_ok() => element(out, "int", number),
        Value::Int(number) => element(out, "i8", number),
        // Rust writes neither an exponent nor more digits than it needs, as the specification
        // wants it.
        Value::Double(number) if number.is_finite() => element(out, "double", number),
        Value::Double(_) => return Err(Fault::params("a number that is none, or infinite")),
        Value::Text(text) => element(out, "string", &escape(text)?),
        Value::Time(time) if !(0..=9999).contains(&time.year()) => {
            return Err(Fault::params("a year that has not four digits"));
        }
        Value::Time(time) => element(out, "dateTime.iso8601", &time.format("%Y%m%dT%H:%M:%S")),
        Value::Bytes(bytes) => element(out, "base64", &BASE64.encode(bytes)),
        Value::Array(values) => {
            out.push_str("<array><data>");
            values.iter().try_for_each(|value| write_value(out, value, depth))?;
            out.push_str("</data></array>");
        }
        Value::Struct(fields) => {
            out.push_str("<struct>");
            for (name, value) in fields {
                out.push_str("<member>");
                element(out, "name", &escape(name)?);
                write_value(out, value, depth)?;
                out.push_str("</member>");
            }
            out.push_str("</struct>");
        }
    }
    out.push_str("</value>");
    Ok(())
}

fn element(out: &mut String, name: &str, content: &impl Display) {
    out.push_str(&format!("<{name}>{content}</{name}>"));
}

/// Text as it stands in XML 1.0.
fn escape(text: &str) -> Result<String, Fault> {
    let mut escaped = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            // Whoever reads XML makes a line feed of it, if it stands there as it is (XML 1.0
            // section 2.11).
            '\r' => escaped.push_str("&#13;"),
            '\t' | '\n' => escaped.push(char),
            // What no document may hold, however it is written (section 2.2).
            '\0'..' ' | '\u{fffe}' | '\u{ffff}' => {
                return Err(Fault::params("a character that XML cannot hold"));
            }
            _ => escaped.push(char),
        }
    }
    Ok(escaped)
}
