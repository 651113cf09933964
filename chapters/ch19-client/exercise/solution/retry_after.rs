use crate::{Clock, FetchError, Request, Response, Session, parse_date};
use chrono::{DateTime, Utc};
use std::time::Duration;

/// The shortest wait, whatever the server says.
const SHORTEST: Duration = Duration::from_secs(1);

/// Sends `request` by `session`, and sends it again, with its redirects, each time when the answer
/// is that this was not the moment, and says when to come back.
///
/// That is an answer with the status 429 or 503 (RFC 6585 section 4, RFC 9110 section 15.6.4) and
/// a field `Retry-After` (RFC 9110 section 10.2.3):
///
/// | `Retry-After` | how long is waited |
/// |---|---|
/// | digits | so many seconds |
/// | a date, in one of the three ways of [`parse_date`] | from the answer's `Date` until then; if it has none, or another thing in its place, from [`Clock::now`] |
/// | anything else, or nothing | not at all: the answer is returned as it is |
///
/// It is a second at least: a server that says 0 would be asked without end. What may not be done
/// twice is not sent again (RFC 9110 section 9.2.2): its answer is returned as it is.
///
/// For all of that, waits too, there is one deadline: what `session.limits.time` is at the call, as
/// `clock` counts it. Each time the session is granted what is left of it. An answer after which
/// nothing would be left is returned at once. Afterwards `session.limits.time` is what it was.
///
/// The body of an answer that is not returned is passed over before the wait, as
/// [`Session::send`] does it with that of a redirect: its connection can be used again.
pub fn send_patiently(
    session: &mut Session,
    request: Request,
    clock: &impl Clock,
) -> Result<Response, FetchError> {
    let granted = session.limits.time;
    let outcome = send_within(granted, session, request, clock);
    session.limits.time = granted;
    outcome
}

fn send_within(
    granted: Duration,
    session: &mut Session,
    request: Request,
    clock: &impl Clock,
) -> Result<Response, FetchError> {
    let begun = clock.instant();
    let left = || granted.saturating_sub(clock.instant() - begun);
    loop {
        session.limits.time = left();
        let response = session.send(request.clone())?;
        match wait_after(&response, clock.now()) {
            Some(wait) if request.is_idempotent() && wait < left() => {
                response.pass_over();
                clock.sleep(wait);
            }
            _ => return Ok(response),
        }
    }
}

/// How long is waited after this answer; `None` if it does not say.
fn wait_after(response: &Response, now: DateTime<Utc>) -> Option<Duration> {
    if !matches!(response.status, 429 | 503) {
        return None;
    }
    let text = response.headers.get_text("Retry-After")?;
    let wait = match text.bytes().all(|byte| byte.is_ascii_digit()) {
        // More seconds than there are numbers for are too many as well.
        true => Duration::from_secs(text.parse().ok()?),
        false => {
            let date = |text| parse_date(text, now);
            let since = response.headers.get_text("Date").and_then(date).unwrap_or(now);
            // Nothing if that is over already.
            (date(text)? - since).to_std().unwrap_or_default()
        }
    };
    Some(wait.max(SHORTEST))
}
