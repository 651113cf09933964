//! Right, and written differently: XML has other prefixes and lines, what went well has words in
//! its answer and is 200 where nothing else is promised, and a folder tells of itself last.

pub use chapter::*;

pub use own::dav;

mod own {
    use anyhow::Result;
    use chapter::{Dav, Request, RequestBody, Response, Store, pieces_of};
    use std::sync::Arc;

    /// The chapter's, by another door.
    pub fn dav(
        url_prefix: &str,
        store: Store,
    ) -> (
        impl Fn(&Request) -> bool + use<>,
        impl Fn(&Request, &mut RequestBody<'_>) -> Result<Response> + use<>,
    ) {
        let prefix = url_prefix.trim_end_matches('/').to_owned();
        let dav = Arc::new(Dav::new(url_prefix, store));
        let pattern = move |request: &Request| {
            let rest = request.path.strip_prefix(prefix.as_str());
            rest.is_some_and(|rest| rest.starts_with('/'))
        };
        (pattern, move |request: &Request, body: &mut RequestBody<'_>| {
            let answer = dav.answer(request, body)?;
            match answer.status {
                204 => {
                    let headers = answer.headers;
                    let mut words = Response::text("done\n");
                    words.headers = headers;
                    Ok(words)
                }
                _ if answer.content_type.starts_with("application/xml") => rewritten(answer),
                _ => Ok(answer),
            }
        })
    }

    /// The same document in other words.
    fn rewritten(answer: Response) -> Result<Response> {
        let mut bytes = Vec::new();
        for piece in pieces_of(answer.body) {
            bytes.extend(piece?);
        }
        let mut text = String::from_utf8(bytes)?;
        for (from, to) in [
            ("<D:", "\n <dav:"),
            ("</D:", "</dav:"),
            ("xmlns:D=", "xmlns:dav="),
            ("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n", "<?xml version='1.0'?>"),
        ] {
            text = text.replace(from, to);
        }
        // The first thing that is told of comes last.
        let begin = text.find("\n <dav:response>");
        if let Some(begin) = begin
            && let Some(length) = text[begin..].find("</dav:response>\n")
        {
            let end = begin + length + "</dav:response>\n".len();
            let first = text[begin..end].to_owned();
            text.replace_range(begin..end, "");
            let close = text.find("</dav:multistatus>").unwrap_or(text.len());
            text.insert_str(close, &first);
        }
        let (status, headers) = (answer.status, answer.headers);
        let mut response = Response::text(text).content_type("text/xml").status(status);
        response.headers = headers;
        Ok(response)
    }
}
