use crate::{Environ, Response, percent_decode};
use anyhow::Result;
use std::io::Read;

/// The application of this chapter: it greets whoever `name` says, `/hello?name=Ann`.
///
/// It finds the name and makes the page by itself, as every application must that has nothing but
/// the interface. And it trusts the name: chapter 17 says what comes of that.
pub fn hello(environ: &Environ, _input: &mut dyn Read) -> Result<Response> {
    let mut fields = environ.text("QUERY_STRING").split('&');
    let name = fields.find_map(|field| field.strip_prefix("name=")).unwrap_or("stranger");
    let name = percent_decode(&name.replace('+', " ")).unwrap_or_default();
    let name = String::from_utf8_lossy(&name);
    Ok(Response::html(format!("<!DOCTYPE html>\n<title>Hello</title>\n<h1>Hello, {name}!</h1>\n")))
}
