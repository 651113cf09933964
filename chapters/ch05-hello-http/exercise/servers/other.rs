//! Right too: it looks at each byte once, has its header fields in another order and in lower
//! case, and sends head and body apart.

pub use chapter::*;

use std::io::{self, BufRead, BufReader, ErrorKind, Read, Write};

pub fn read_head(conn: &mut impl Read) -> io::Result<Option<Vec<u8>>> {
    let mut conn = BufReader::with_capacity(100, conn);
    let mut received = Vec::new();
    // How much of the blank line has just been seen.
    let mut seen = 0;
    loop {
        let bytes = match conn.fill_buf() {
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            bytes => bytes?,
        };
        let count = bytes.len();
        if count == 0 && received.is_empty() {
            return Ok(None);
        }
        if count == 0 {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        for &byte in bytes {
            received.push(byte);
            seen = match (byte, seen) {
                (b'\r', 0 | 2) | (b'\n', 1 | 3) => seen + 1,
                (b'\r', _) => 1,
                _ => 0,
            };
            if seen == 4 {
                received.truncate(received.len() - 4);
                return Ok(Some(received));
            }
        }
        conn.consume(count);
    }
}

pub fn answer(head: &Head) -> Vec<u8> {
    let (head, body) = head_and_body(head);
    [head.as_bytes(), body].concat()
}

pub fn hello(mut conn: impl Read + Write) -> io::Result<()> {
    match read_head(&mut conn)? {
        None => Ok(()),
        Some(bytes) => {
            let head = Head::parse(&bytes)?;
            let (head, body) = head_and_body(&head);
            conn.write_all(head.as_bytes())?;
            conn.write_all(body)
        }
    }
}

fn head_and_body(head: &Head) -> (String, &'static [u8]) {
    let (content_type, body) = if head.target == "/picture.png" {
        ("image/png", PICTURE)
    } else {
        ("text/plain; charset=utf-8", &b"Hi there!\n"[..])
    };
    let mut lines = String::from("HTTP/1.0 200 OK\r\nconnection:close\r\n");
    lines += &format!("content-length:{}\r\ncontent-type:{content_type}\r\n", body.len());
    (lines + "server: OwnHands/0.1\r\n\r\n", body)
}
