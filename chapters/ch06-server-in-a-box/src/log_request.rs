use crate::log;
use std::fmt::Display;
use std::net::SocketAddr;

/// Logs one line about a visitor; `-` stands for one without an address, such
/// as a scripted connection in a test.
///
/// Control characters in the line are escaped: a visitor must not be able to
/// write log lines of their own.
pub fn log_request(peer: Option<SocketAddr>, what: impl Display) {
    let peer = peer.map_or("-".to_owned(), |address| address.to_string());
    let what = what.to_string();
    let printable = |char: char| match char.is_control() {
        true => char.escape_default().collect(),
        false => String::from(char),
    };
    log(format_args!("{peer} {}", what.chars().map(printable).collect::<String>()));
}
