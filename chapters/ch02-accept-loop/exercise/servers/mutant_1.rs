//! Broken: the first conversation that fails, by a visitor's reset for example, ends the loop.

pub use chapter::*;

use std::io;
use std::thread;

pub fn serve<C>(
    incoming: impl IntoIterator<Item = io::Result<C>>,
    on_connect: impl Fn(C) -> io::Result<()>,
) {
    if let Err(error) = serve_all(incoming, on_connect) {
        log(format_args!("the server broke off: {error}"));
    }
}

fn serve_all<C>(
    incoming: impl IntoIterator<Item = io::Result<C>>,
    on_connect: impl Fn(C) -> io::Result<()>,
) -> io::Result<()> {
    for conn in accepted(incoming, thread::sleep) {
        on_connect(conn)?;
    }
    Ok(())
}
