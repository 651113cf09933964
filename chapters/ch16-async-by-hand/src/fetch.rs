use crate::{Handle, System};
use std::io;
use std::net::SocketAddr;

/// Asks the server at `address` for `path`, and returns what it answers, head and body.
///
/// It speaks HTTP/1.0, whose answers end with the connection. Neither the time that this takes nor
/// the length of the answer has a bound: it is for servers that one trusts.
pub async fn fetch<S: System>(
    handle: &Handle<S>,
    address: SocketAddr,
    path: &str,
) -> io::Result<Vec<u8>> {
    let stream = handle.connect(address).await?;
    let request = format!("GET {path} HTTP/1.0\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    while stream.read(&mut answer).await? > 0 {}
    Ok(answer)
}
