use crate::{Request, Response, percent_decode};
use anyhow::Result;

/// A value that stands for no text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotText;

/// The value of the parameter `name` in `query`, decoded.
///
/// A query is what an HTML form sends: parameters with a `&` between them. A parameter is a
/// name, and behind the first `=` in it the value, which may have more of them; without any
/// `=` the value is empty. Names and values are decoded after they were taken apart, each once:
/// a `+` is a space, a `%` with two digits is a byte ([`percent_decode`]), and the bytes are
/// UTF-8.
///
/// - `Ok(None)` if there is no such parameter. A name that cannot be decoded is not `name`.
/// - `Err(NotText)` if its value has a `%` without two digits, or bytes that are no UTF-8.
/// - If it is there more than once, the first one counts, and no other is looked at.
pub fn parameter(query: &str, name: &str) -> Result<Option<String>, NotText> {
    for parameter in query.split('&') {
        // Here every `&` and `=` is still the sender's separator; what `%26` and `%3D` stand
        // for comes to light afterwards, and separates nothing.
        let (given, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        if decode(given).as_deref() == Ok(name) {
            return decode(value).map(Some);
        }
    }
    Ok(None)
}

/// The text that a name or a value of a form stands for.
fn decode(text: &str) -> Result<String, NotText> {
    // `+` first: a plus sign that was sent as `%2B` is none of a form's spaces.
    let bytes = percent_decode(&text.replace('+', " ")).ok_or(NotText)?;
    String::from_utf8(bytes).map_err(|_| NotText)
}

/// Greets who is named in the query: `/hello?name=Ada`.
///
/// The answer is 200 with HTML: `<h1>Hello, Ada!</h1>` and a line feed, nothing more. If the
/// parameter `name` is missing or empty, the name is `stranger`. In the name, `&` is written
/// `&amp;`, `<` is `&lt;`, `>` is `&gt;`, `"` is `&quot;` and `'` is `&#39;`, so that it is text
/// whatever it has in it.
///
/// If the parameter is no text, the answer is 400 in plain text; say in it what you like. `hello`
/// never returns an error.
pub fn hello(request: &Request) -> Result<Response> {
    let query = request.query.as_deref().unwrap_or("");
    let name = match parameter(query, "name") {
        Ok(Some(name)) if !name.is_empty() => name,
        Ok(_) => "stranger".to_owned(),
        Err(NotText) => return Ok(Response::new(400).body("the name is no text\n")),
    };
    Ok(Response::html(format!("<h1>Hello, {}!</h1>\n", escape_html(&name))))
}

/// `text` with the five characters that mean something in HTML written as references.
fn escape_html(text: &str) -> String {
    // `&` first, or the ones that the others bring would be escaped again.
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}
