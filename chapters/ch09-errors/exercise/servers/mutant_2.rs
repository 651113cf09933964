//! Broken: what stands on the page is taken for HTML.

#[path = "../../src/server.rs"]
mod http_server;

pub use chapter::*;
pub use http_server::HttpServer;

pub fn error_page(failure: &Failure<'_>) -> Response {
    let Failure { status, request, detail, traceback } = failure;
    let title = format!("{status} {}", reason(*status));
    let mut page = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n\
         <title>{title}</title>\n<h1>{title}</h1>\n"
    );
    if let Some(request) = request {
        page += &format!("<p><code>{request}</code></p>\n");
    }
    if !detail.is_empty() {
        page += &format!("<p>{detail}</p>\n");
    }
    if *status == 404 {
        page += &format!("<pre>{NOT_FOUND}</pre>\n");
    }
    if let Some(traceback) = traceback {
        page += &format!("<pre>{traceback}</pre>\n");
        if !traceback.whole.is_empty() {
            page += &format!(
                "<details><summary>The whole backtrace</summary>\n<pre>{}</pre></details>\n",
                traceback.whole
            );
        }
    }
    Response::html(page).status(*status)
}
