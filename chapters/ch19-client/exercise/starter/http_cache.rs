use crate::{FetchError, Headers, Lru, Request, Session};
use std::time::Instant;
use url::Url;

/// An answer with all of its body.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// Three digits.
    pub status: u16,
    /// The header fields.
    pub headers: Headers,
    /// The body.
    pub body: Vec<u8>,
}

/// A cache of one client, a private one (RFC 9111), that holds so many answers.
///
/// It stands in front of a session. What is *fresh* is not asked for again. What is not, is asked
/// for in such a way that the server can say: it is still the same.
///
/// | what | which |
/// |---|---|
/// | requests it is for | GET, without fields of their own and without a body |
/// | answers it keeps (section 3) | 200, not behind a redirect, without `no-store` in `Cache-Control` and without a field `Vary`; and only if it can be of use: it is fresh for a time, or has an `ETag` |
/// | how long these are fresh (section 4.2) | so many seconds as `max-age` says (digits, else it does not count), less those of a field `Age`, if it has digits; at the end of that time it is not fresh any more. With `no-cache` never |
/// | whom they are for (section 4) | whoever asks for the same URL. A part of the page, behind a `#`, is no part of it |
///
/// `Cache-Control` is a list with commas, which may come in several fields, and the words in it may
/// be in letters of either case (section 5.2).
pub struct HttpCache {
    kept: Lru<Url, StoredAnswer>,
}

struct StoredAnswer {
    answer: Answer,
    // What else must be known of it?
}

impl HttpCache {
    /// Room for `room` answers. With one more, the one that was not asked for the longest is
    /// forgotten.
    pub fn new(room: usize) -> Self {
        Self { kept: Lru::new(room) }
    }

    /// The answer to `request` at `now`: a kept one, or what `session` fetches. An error of the
    /// session changes nothing of what is kept.
    ///
    /// What is not fresh and has an `ETag` is asked for with `If-None-Match` and that tag, byte for
    /// byte. If the server says 304, the kept answer is still right (section 4.3.4): it is
    /// returned, with its status and its body, and the 304's fields are added, each in the place of
    /// those that have its name; but the `Content-Length` is the old one (section 3.2). It is kept
    /// as if it had come now. A 304 behind a redirect speaks of another page: the request is sent
    /// once more, without the tag.
    ///
    /// Any other answer takes the place of the kept one. If it is none that is kept, there is none
    /// any more; but one of 500 or more says nothing of the page, and what was kept stays.
    ///
    /// All other requests are sent as they are, and nothing of their answers is kept. After one
    /// that may have changed something, whose answer is below 400, nothing is kept of its URL any
    /// more (section 4.4); GET, HEAD, OPTIONS and TRACE change nothing.
    pub fn send(
        &mut self,
        session: &Session,
        request: Request,
        now: Instant,
    ) -> Result<Answer, FetchError> {
        todo!("is it for you? is it there and fresh? and if not, what is asked, and what is kept?")
    }
}
