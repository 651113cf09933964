use std::io::{self, Read, Write};

/// Greets the client with the line `Thank you for connecting\n`, and hangs up.
///
/// Reads nothing. An error of a write is returned.
pub fn greet(mut conn: impl Write) -> io::Result<()> {
    todo!("all of the line")
}

/// Greets the client as [`greet`] does, before anything is read, and then sends back every
/// byte until it stops sending. Any error ends the conversation and is returned.
///
/// Your tool: [`echo`](crate::echo) of chapter 1.
pub fn greet_and_echo(mut conn: impl Read + Write) -> io::Result<()> {
    todo!("`greet` and `echo` each want a connection, and there is one: lend it")
}
