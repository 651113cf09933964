//! Broken: a connection is served once more when it has been served. (`serve` itself cannot do
//! that: it gives the connection away.)

pub use chapter::*;

use std::io::{self, Read, Write};

pub fn greet_and_echo(mut conn: impl Read + Write) -> io::Result<()> {
    let _ = converse(&mut conn);
    converse(&mut conn)
}

fn converse(mut conn: impl Read + Write) -> io::Result<()> {
    greet(&mut conn)?;
    echo(conn)?;
    Ok(())
}
