use crate::{HttpError, Response, log, reason};
use anyhow::Result;

/// The answer of an application, whatever came of it: an [`HttpError`] is its status, any other
/// error is 500, and is logged.
pub(crate) fn answered(outcome: Result<Response>) -> Response {
    outcome.unwrap_or_else(|error| {
        let status = error.downcast_ref().map_or(500, |&HttpError(status)| status);
        if status == 500 {
            log(format_args!("{error:#}"));
        }
        Response::text(format!("{}\n", reason(status))).status(status)
    })
}
