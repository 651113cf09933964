use crate::{Request, Response};
use anyhow::Result;

/// A value that stands for no text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotText;

/// The value of the parameter `name` in `query`, decoded.
///
/// A query is what an HTML form sends: parameters with a `&` between them. A parameter is a
/// name, and behind the first `=` in it the value, which may have more of them; without any
/// `=` the value is empty. Names and values are decoded after they were taken apart, each once:
/// a `+` is a space, a `%` with two digits is a byte ([`percent_decode`](crate::percent_decode)),
/// and the bytes are UTF-8.
///
/// - `Ok(None)` if there is no such parameter. A name that cannot be decoded is not `name`.
/// - `Err(NotText)` if its value has a `%` without two digits, or bytes that are no UTF-8.
/// - If it is there more than once, the first one counts, and no other is looked at.
pub fn parameter(query: &str, name: &str) -> Result<Option<String>, NotText> {
    todo!("first the `&`, then the `=`, and only then what they have kept apart")
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
    todo!("find the name, make it harmless, greet")
}
