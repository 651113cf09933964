use crate::log;
use std::io::{self, ErrorKind};
use std::time::Duration;

/// How long the loop rests after an error that the next accept would meet
/// again.
pub const PAUSE: Duration = Duration::from_millis(100);

/// The connections among `incoming`; its errors are logged and passed over.
///
/// `pause` (in a program [`std::thread::sleep`]) is called with [`PAUSE`] when
/// an error is not one client's own. Out of file descriptors, for example (each
/// connection is one, and a process may have only so many):
/// `accept` fails at once, again and again, until somebody leaves, and without
/// a pause the loop would burn a whole core to find that out.
pub fn accepted<C>(
    incoming: impl IntoIterator<Item = io::Result<C>>,
    mut pause: impl FnMut(Duration),
) -> impl Iterator<Item = C> {
    incoming.into_iter().filter_map(move |accepted| match accepted {
        Ok(conn) => Some(conn),
        Err(error) => {
            log(format_args!("accept failed: {error}"));
            if !concerns_one_client(&error) {
                pause(PAUSE);
            }
            None
        }
    })
}

/// Whether only the client that was being accepted is lost: it left before
/// we came to it, or a signal came in between.
fn concerns_one_client(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::ConnectionAborted | ErrorKind::ConnectionReset | ErrorKind::Interrupted
    )
}
