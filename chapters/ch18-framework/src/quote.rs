use anyhow::{Context, Result, ensure};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// How long a read or a write may take.
const PATIENCE: Duration = Duration::from_secs(1);

/// The longest answer that is read, in bytes.
const MAX_ANSWER: u64 = 64 * 1024;

/// Asks the server at `address`, which is `HOST:PORT`, for a sentence: the first line of what it
/// answers to `GET /`.
///
/// This is the smallest client that there is. It is careful with each read, and not with all of
/// them together: chapter 18 says what comes of that. Each read and each write may take a second;
/// connecting, as long as the system lets it. More than 64 KiB of an answer are not read.
///
/// It is an error if that time is over, if nobody listens, if what comes is no UTF-8 or has no
/// head, or if its status is not 200.
pub fn fetch_quote(address: &str) -> Result<String> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    // To a request of HTTP/1.0 the answer ends with the connection.
    write!(stream, "GET / HTTP/1.0\r\nHost: {address}\r\n\r\n")?;
    let mut answer = String::new();
    stream.take(MAX_ANSWER).read_to_string(&mut answer)?;
    let (head, body) = answer.split_once("\r\n\r\n").context("the answer has no head")?;
    ensure!(head.split(' ').nth(1) == Some("200"), "the answer is no 200");
    Ok(body.lines().next().unwrap_or_default().to_owned())
}
