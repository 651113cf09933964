use crate::echo;
use std::io::{self, Read, Write};

/// Greets the client and hangs up.
pub fn greet(mut conn: impl Write) -> io::Result<()> {
    conn.write_all(b"Thank you for connecting\n")
}

/// Greets the client, then sends back every byte until it stops sending.
///
/// While one client thinks about what to send, nobody else is served: the
/// wait has no bound in this chapter. Chapter 3 gives each client a thread.
pub fn greet_and_echo(mut conn: impl Read + Write) -> io::Result<()> {
    greet(&mut conn)?;
    echo(conn)?;
    Ok(())
}
