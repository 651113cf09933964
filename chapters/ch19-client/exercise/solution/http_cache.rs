use crate::{FetchError, Headers, Lru, Request, Session};
use std::time::{Duration, Instant};
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

#[derive(Clone)]
struct StoredAnswer {
    answer: Answer,
    since: Instant,
    fresh_for: Duration,
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
        let mut url = request.url.clone();
        url.set_fragment(None);
        let is_plain = request.headers.iter().next().is_none() && request.body.is_empty();
        if request.method != "GET" || !is_plain {
            let is_safe = matches!(&*request.method, "GET" | "HEAD" | "OPTIONS" | "TRACE");
            let (answer, _) = fetch(session, request)?;
            if !is_safe && answer.status < 400 {
                self.kept.remove(&url);
            }
            return Ok(answer);
        }
        let kept = self.kept.get(&url).cloned();
        if let Some(kept) = &kept
            && now.duration_since(kept.since) < kept.fresh_for
        {
            return Ok(kept.answer.clone());
        }
        let (answer, is_elsewhere) = match kept {
            Some(kept) if kept.answer.headers.contains("ETag") => {
                validate(session, request, kept.answer)?
            }
            _ => fetch(session, request)?,
        };
        let fresh_for = fresh_for(&answer.headers);
        let is_of_use = !fresh_for.is_zero() || answer.headers.contains("ETag");
        let may_be_kept = !answer.headers.contains("Vary")
            && !directives(&answer.headers).any(|(name, _)| name == "no-store");
        if answer.status == 200 && !is_elsewhere && is_of_use && may_be_kept {
            self.kept.insert(url, StoredAnswer { answer: answer.clone(), since: now, fresh_for });
        } else if answer.status < 500 {
            self.kept.remove(&url);
        }
        Ok(answer)
    }
}

/// Asks whether `old` is still right; and whether a redirect led to the answer.
fn validate(
    session: &Session,
    request: Request,
    old: Answer,
) -> Result<(Answer, bool), FetchError> {
    let mut asked = request.clone();
    if let Some(tag) = old.headers.get("ETag") {
        add(&mut asked.headers, "If-None-Match", tag)?;
    }
    match fetch(session, asked)? {
        (answer, true) if answer.status == 304 => fetch(session, request),
        (answer, false) if answer.status == 304 => Ok((updated(old, &answer.headers)?, false)),
        other => Ok(other),
    }
}

/// `old` with the fields of a 304.
fn updated(old: Answer, new: &Headers) -> Result<Answer, FetchError> {
    let is_new = |name: &str| new.contains(name) && !is_length(name);
    let mut headers = Headers::default();
    for (name, value) in old.headers.iter().filter(|(name, _)| !is_new(name)) {
        add(&mut headers, name, value)?;
    }
    for (name, value) in new.iter().filter(|(name, _)| !is_length(name)) {
        add(&mut headers, name, value)?;
    }
    Ok(Answer { headers, ..old })
}

fn is_length(name: &str) -> bool {
    name.eq_ignore_ascii_case("Content-Length")
}

fn add(headers: &mut Headers, name: &str, value: &[u8]) -> Result<(), FetchError> {
    // It came in a head, so it can be sent in one.
    headers.add(name, value).map_err(|error| FetchError::Request(error.to_string()))
}

/// What is answered, and whether a redirect led there.
fn fetch(session: &Session, request: Request) -> Result<(Answer, bool), FetchError> {
    let response = session.send(request)?;
    let (status, headers) = (response.status, response.headers.clone());
    let is_elsewhere = !response.history.is_empty();
    Ok((Answer { status, headers, body: response.bytes()? }, is_elsewhere))
}

fn fresh_for(headers: &Headers) -> Duration {
    if directives(headers).any(|(name, _)| name == "no-cache") {
        return Duration::ZERO;
    }
    let age = headers.get_text("Age").and_then(digits).unwrap_or(0);
    let max_age = directives(headers).find(|(name, _)| name == "max-age");
    let max_age = max_age.and_then(|(_, value)| digits(&value)).unwrap_or(0);
    Duration::from_secs(max_age.saturating_sub(age))
}

/// The words of `Cache-Control` in small letters, and what stands behind their `=`.
fn directives(headers: &Headers) -> impl Iterator<Item = (String, String)> {
    let fields = headers.get_all("Cache-Control").map(|value| String::from_utf8_lossy(value));
    let all = fields.collect::<Vec<_>>().join(",").to_ascii_lowercase();
    let words = all.split(',').map(|word| {
        let (name, value) = word.split_once('=').unwrap_or((word, ""));
        (name.trim().to_owned(), value.trim().to_owned())
    });
    words.collect::<Vec<_>>().into_iter()
}

/// A number that is written in digits and nothing else.
fn digits(text: &str) -> Option<u64> {
    text.parse().ok().filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()))
}
