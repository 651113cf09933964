use std::fmt;

/// Answers with a status, from however deep in a handler:
///
/// ```
/// use ch09::{HttpError, Request, Response};
///
/// fn handler(request: &Request) -> anyhow::Result<Response> {
///     if request.query.is_none() {
///         Err(HttpError(400))?;
///     }
///     Ok(Response::text("Thank you."))
/// }
/// ```
///
/// A status that is not an error's (400 to 599) is answered as 500: something
/// is wrong with the handler that raised it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HttpError(
    /// The status, from 400 to 599.
    pub u16,
);

impl fmt::Display for HttpError {
    /// The number, a space and the reason phrase that [`reason`](crate::reason) knows:
    /// `418 I'm a teapot`. Of a number without a phrase nothing follows the space.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        todo!("write {} and its reason", self.0)
    }
}

// With this, `?` takes an `HttpError` wherever an `anyhow::Error` is returned.
impl std::error::Error for HttpError {}
