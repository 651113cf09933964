use crate::{NOT_FOUND, Request, Response, Traceback, escape_html, reason};

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
pub fn error_page(failure: &Failure<'_>) -> Response {
    let Failure { status, request, detail, traceback } = failure;
    let title = format!("{status} {}", reason(*status));
    let mut page = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n\
         <title>{title}</title>\n<h1>{title}</h1>\n"
    );
    if let Some(request) = request {
        page += &format!("<p><code>{}</code></p>\n", escape_html(&request.to_string()));
    }
    if !detail.is_empty() {
        page += &format!("<p>{}</p>\n", escape_html(detail));
    }
    if *status == 404 {
        page += &format!("<pre>{NOT_FOUND}</pre>\n");
    }
    if let Some(traceback) = traceback {
        page += &format!("<pre>{}</pre>\n", escape_html(&traceback.to_string()));
        if !traceback.whole.is_empty() {
            page += &format!(
                "<details><summary>The whole backtrace</summary>\n<pre>{}</pre></details>\n",
                escape_html(&traceback.whole)
            );
        }
    }
    Response::html(page).status(*status)
}
