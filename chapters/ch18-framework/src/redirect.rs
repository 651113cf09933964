use crate::Response;
use anyhow::Result;

/// Sends a client that has posted something to the page that shows what came of it (303, RFC 9110
/// section 15.4.4): it asks by GET, and who reloads that page posts nothing again.
pub fn see_other(path: &str) -> Result<Response> {
    Ok(Response::new(303).header("Location", path)?)
}
