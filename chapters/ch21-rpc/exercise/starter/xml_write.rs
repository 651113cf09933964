use crate::{Fault, MAX_DEPTH, Value};
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
    todo!("which element has each kind, and what cannot be written?")
}

fn element(out: &mut String, name: &str, content: &impl Display) {
    out.push_str(&format!("<{name}>{content}</{name}>"));
}

/// Text as it stands in XML 1.0.
fn escape(text: &str) -> Result<String, Fault> {
    todo!("what would be markup, what would be lost, and what may no document hold?")
}
