//! Broken: the loop stops after the third visitor.

pub use chapter::*;

use std::io;
use std::thread;

pub fn serve<C>(
    incoming: impl IntoIterator<Item = io::Result<C>>,
    on_connect: impl Fn(C) -> io::Result<()>,
) {
    for conn in accepted(incoming, thread::sleep).take(3) {
        if let Err(error) = on_connect(conn) {
            log(format_args!("a conversation broke off: {error}"));
        }
    }
}
