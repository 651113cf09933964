use crate::{Clock, FetchError, Request, Response, Session};
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
/// | a date, in one of the three ways of [`parse_date`](crate::parse_date) | from the answer's `Date` until then; if it has none, or another thing in its place, from [`Clock::now`] |
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
    todo!("is that all? if not, how long is waited, and how much time is left for the next time?")
}
