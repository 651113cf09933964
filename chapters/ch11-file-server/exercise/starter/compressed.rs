use crate::{Headers, Listing, Request, Response};
use anyhow::Result;
use std::path::Path;

/// Whether who sends these fields would rather have a file compressed by gzip than as it is
/// (RFC 9110 section 12.5.3).
///
/// `Accept-Encoding` is a list of codings with weights, as in `gzip;q=0.5, *;q=0`. It may go on
/// in another field of its name. Around a comma, and around a `;`, there may be spaces and tabs.
/// The weight is `q=`, a digit 0 or 1, and perhaps a point and up to three digits more, and it
/// is at most 1; without it, it is 1. Neither a coding nor the `q` has a case. An item whose
/// weight is anything else is passed over. Of the same coding twice, the first one counts.
///
/// `x-gzip` is another name of `gzip`. `identity` is the file as it is. What is not in the list
/// has the weight of `*`, and if that is not there, 0. The file is wanted compressed if gzip
/// weighs more than 0 and no less than `identity`. Without the field it is not.
pub fn prefers_gzip(headers: &Headers) -> bool {
    todo!("a weight for gzip and one for identity, in thousandths; then compare")
}

/// What [`serve_static`](crate::serve_static) gives, but for files beside which there is one
/// with `.gz` behind its name, such as `style.css` and `style.css.gz`.
///
/// Both must be files below `root`. Then a GET or a HEAD of `style.css` is answered with the
/// bytes of `style.css.gz` if the client [prefers gzip](prefers_gzip), by
/// [`file_response`](crate::file_response): so it has conditions and ranges, and the tag of the
/// compressed file. Its `Content-Type` is that of `style.css`. 200 and 206 say
/// `Content-Encoding: gzip`; a 304 and a 416 do not.
///
/// Whichever of the two it is, `Vary: Accept-Encoding` tells caches that this field has decided
/// (in every answer that is no error of the handler). Files that have no such neighbour are
/// answered as before, and so are folders, whose paths end with a slash, and all other requests.
///
/// Your tools: [`resolve`](crate::resolve), [`open_below`](crate::open_below),
/// [`content_type`](crate::content_type) and the closures of `serve_static`.
pub fn serve_compressed(
    url_prefix: &str,
    root: &Path,
    listing: Listing,
) -> (impl Fn(&Request) -> bool + use<>, impl Fn(&Request) -> Result<Response> + use<>) {
    let pattern = |request: &Request| -> bool { todo!("that of `serve_static`") };
    let handler = |request: &Request| -> Result<Response> {
        todo!("is there a file with a neighbour? if not, the handler of `serve_static`")
    };
    (pattern, handler)
}
