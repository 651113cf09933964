//! Broken: it does not say how long its answer is.

#[path = "../../src/hello.rs"]
mod hello;

pub use chapter::*;
pub use hello::hello;

pub fn answer(head: &Head) -> Vec<u8> {
    match head.target.as_str() {
        "/picture.png" => ok("image/png", PICTURE),
        _ => ok("text/plain; charset=utf-8", b"Hi there!\n"),
    }
}

fn ok(content_type: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "HTTP/1.0 200 OK\r\n\
         Server: OwnHands/0.1\r\n\
         Content-Type: {content_type}\r\n\
         Connection: close\r\n\
         \r\n"
    );
    [head.as_bytes(), body].concat()
}
