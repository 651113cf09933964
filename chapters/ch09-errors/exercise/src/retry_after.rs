use crate::{Failure, Request, Response};
use anyhow::Result;
use std::fmt;

/// An error that says: 503, and come back in so many seconds.
///
/// Like [`HttpError`](crate::HttpError), it can be raised from however deep in a handler:
/// `Err(RetryAfter(30))?`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryAfter(
    /// The seconds.
    pub u32,
);

impl fmt::Display for RetryAfter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "come back in {} s", self.0)
    }
}

impl std::error::Error for RetryAfter {}

/// A handler around `handler`: it knows what a [`RetryAfter`] is.
///
/// If `handler` returns an error with a `RetryAfter` in it, below any number of contexts or as
/// one of them, the answer is what `page` makes of a [`Failure`]: 503, the request, the
/// `RetryAfter` as text for the detail, and no traceback. The answer has the status 503
/// whatever `page` says, and besides the page's own header fields one `Retry-After` with the
/// seconds in digits (RFC 9110 section 10.2.3): `Retry-After: 30`.
///
/// Everything else goes through as it is: a response, any other error, and a panic.
pub fn with_retry_after(
    page: impl Fn(&Failure<'_>) -> Response + Send + Sync + 'static,
    handler: impl Fn(&Request) -> Result<Response> + Send + Sync + 'static,
) -> impl Fn(&Request) -> Result<Response> + Send + Sync + 'static {
    move |request: &Request| -> Result<Response> {
        todo!("call the handler; which of its errors become an answer?")
    }
}
