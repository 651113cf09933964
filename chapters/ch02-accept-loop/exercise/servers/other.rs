//! Right too: the errors of accept are sorted by what they are not, the greeting takes two
//! writes, and the echo is a copy.

pub use chapter::*;

use std::io::{self, ErrorKind, Read, Write};
use std::iter;
use std::thread;
use std::time::Duration;

pub fn accepted<C>(
    incoming: impl IntoIterator<Item = io::Result<C>>,
    mut pause: impl FnMut(Duration),
) -> impl Iterator<Item = C> {
    let mut incoming = incoming.into_iter();
    iter::from_fn(move || {
        loop {
            let error = match incoming.next()? {
                Ok(conn) => return Some(conn),
                Err(error) => error,
            };
            log(format_args!("nobody could be let in: {error:?}"));
            match error.kind() {
                ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted => {}
                ErrorKind::Interrupted => {}
                _ => pause(PAUSE),
            }
        }
    })
}

pub fn serve<C>(
    incoming: impl IntoIterator<Item = io::Result<C>>,
    on_connect: impl Fn(C) -> io::Result<()>,
) {
    accepted(incoming, thread::sleep).for_each(|conn| {
        on_connect(conn).unwrap_or_else(|error| log(format_args!("lost a client: {error:?}")));
    });
}

pub fn greet(mut conn: impl Write) -> io::Result<()> {
    conn.write_all(b"Thank you ")?;
    conn.write_all(b"for connecting\n")?;
    conn.flush()
}

pub fn greet_and_echo(mut conn: impl Read + Write) -> io::Result<()> {
    greet(&mut conn)?;
    let mut buffer = [0; 50];
    loop {
        match conn.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(count) => conn.write_all(&buffer[..count])?,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}
