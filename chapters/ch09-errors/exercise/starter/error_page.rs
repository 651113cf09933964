use crate::{Request, Response, Traceback};

/// What an error page is made of.
#[derive(Clone, Copy, Debug)]
pub struct Failure<'a> {
    /// From 400 to 599.
    pub status: u16,
    /// The request; `None` if it could not be read.
    pub request: Option<&'a Request>,
    /// Something about the status that the client may know; may be empty.
    pub detail: &'a str,
    /// The story, in debug mode alone: it shows code, paths and perhaps
    /// secrets.
    pub traceback: Option<&'a Traceback>,
}

/// The error page of a server that has no other.
///
/// It is HTML, has the failure's status, and shows
///
/// - the status, a space and the [`reason`](crate::reason) phrase: `404 Not Found`;
/// - the request, if there is one, as its one line: `GET /menu HTTP/1.1`;
/// - the detail;
/// - if the status is 404, the poem [`NOT_FOUND`](crate::NOT_FOUND);
/// - if there is a traceback, all of its text (`traceback.to_string()`), in a `<pre>` that
///   keeps its lines, and `traceback.whole` unless that is empty.
///
/// Request, detail and both texts of the traceback are escaped by
/// [`escape_html`](crate::escape_html). Apart from that the page may look as you like.
pub fn error_page(failure: &Failure<'_>) -> Response {
    todo!("format a page, and give it to Response::html")
}
