use crate::log;
use std::fmt::Display;
use std::net::SocketAddr;

/// Logs one line about a client; `-` stands for one without an address, such
/// as a scripted connection in a test.
pub fn log_request(peer: Option<SocketAddr>, what: impl Display) {
    let peer = peer.map_or("-".to_owned(), |address| address.to_string());
    log(format_args!("{peer} {}", escape_controls(&what.to_string())));
}

/// `text` with its control characters escaped: whatever a client sends, it
/// cannot begin a log line of its own or move the cursor of who reads it.
pub fn escape_controls(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for char in text.chars() {
        match char.is_control() {
            true => escaped.extend(char.escape_default()),
            false => escaped.push(char),
        }
    }
    escaped
}
