use crate::read_message;
use std::io::{self, Read, Write};
use std::iter;
use std::thread;
use std::time::{Duration, Instant};

/// How long a client is bothered at most.
const TIME: Duration = Duration::from_secs(60);

/// What [`misbehave`] does, by the path that it is asked for.
pub const HOSTILE: &[(&str, &str)] = &[
    ("/silent", "no answer"),
    ("/closed", "the connection is closed without an answer"),
    ("/garbage", "bytes that are no HTTP"),
    ("/endless-head", "field after field, and no end of the head"),
    ("/endless-line", "a field without an end"),
    ("/continue", "one 100 Continue after the other"),
    ("/dripping", "a body of a thousand bytes, one each tenth of a second"),
    ("/dripping-head", "a head, a byte each tenth of a second"),
    ("/endless", "a body without an end, as fast as it is taken"),
    ("/short", "ten bytes of a thousand that were announced"),
    ("/cut-chunk", "a chunk that breaks off"),
    ("/long", "more bytes than were announced"),
    ("/two-lengths", "two lengths that differ"),
    ("/length-and-chunks", "a length, and chunks all the same"),
    ("/huge-length", "a length of 2⁶⁴"),
    ("/huge-chunk", "a chunk of 2⁶⁴−1 bytes, of which some come"),
    ("/larger-chunk", "a chunk of 2⁶⁴ bytes"),
    ("/circle", "a redirect to itself"),
    ("/farther", "a redirect to another place, and from there to another one"),
];

/// Answers one request in a way that no client should trust. After a minute it gives up.
pub fn misbehave(mut conn: impl Read + Write) -> io::Result<()> {
    let request = read_message(&mut conn, &mut Vec::new()).map_err(io::Error::other)?;
    let path = match request.map(|message| message.start) {
        Some(crate::StartLine::Request { target, .. }) => target,
        _ => return Ok(()),
    };
    let until = Instant::now() + TIME;
    for (pause, piece) in answer(&path) {
        thread::sleep(pause.min(until.saturating_duration_since(Instant::now())));
        if Instant::now() >= until {
            break;
        }
        // It fails when the client has had enough.
        conn.write_all(&piece)?;
    }
    Ok(())
}

/// The pieces of an answer, and how long each is waited for.
type Pieces = Box<dyn Iterator<Item = (Duration, Vec<u8>)>>;

fn answer(path: &str) -> Pieces {
    let head = "HTTP/1.1 200 OK\r\n";
    let ok = |fields: &str| format!("{head}{fields}\r\n\r\n").into_bytes();
    let chunked = "Transfer-Encoding: chunked";
    let tenth = Duration::from_millis(100);
    match path {
        "/silent" => slowly(TIME, b"late".to_vec()),
        "/closed" => at_once([]),
        "/garbage" => at_once([b"\x16\x03\x01 what are you saying?\r\n\r\n".to_vec()]),
        "/endless-head" => endless(head, "X-Filler: one more, and one more, and one more\r\n"),
        "/endless-line" => endless(&format!("{head}X-Filler: "), &"more ".repeat(1000)),
        "/continue" => endless("", "HTTP/1.1 100 Continue\r\n\r\n"),
        "/dripping" => {
            let body = slowly(tenth, b".".repeat(1000));
            Box::new(at_once([ok("Content-Length: 1000")]).chain(body))
        }
        "/dripping-head" => slowly(tenth, ok(&format!("X-Filler: {}", "-".repeat(1000)))),
        "/endless" => {
            let chunk = format!("10000\r\n{}\r\n", "x".repeat(0x10000));
            endless(&format!("{head}{chunked}\r\n\r\n"), &chunk)
        }
        "/short" => at_once([ok("Content-Length: 1000"), b"ten bytes.".to_vec()]),
        "/cut-chunk" => at_once([ok(chunked), b"10\r\nhalf of".to_vec()]),
        "/long" => at_once([ok("Content-Length: 5"), b"12345HTTP/1.1 200 OK\r\n".to_vec()]),
        "/two-lengths" => {
            at_once([ok("Content-Length: 5\r\nContent-Length: 6"), b"123456".to_vec()])
        }
        "/length-and-chunks" => {
            at_once([ok(&format!("Content-Length: 5\r\n{chunked}")), b"0\r\n\r\n".to_vec()])
        }
        "/huge-length" => at_once([ok("Content-Length: 18446744073709551616"), b"x".to_vec()]),
        "/huge-chunk" => {
            endless(&format!("{head}{chunked}\r\n\r\nffffffffffffffff\r\n"), "xxxxxxxx")
        }
        "/larger-chunk" => at_once([ok(chunked), b"10000000000000000\r\nx".to_vec()]),
        "/circle" => at_once([redirect("/circle")]),
        _ => match path.strip_prefix("/farther") {
            Some(rest) => {
                let number: u64 = rest.trim_start_matches('/').parse().unwrap_or(0);
                at_once([redirect(&format!("/farther/{}", number.saturating_add(1)))])
            }
            None => {
                let list = HOSTILE.iter().map(|(path, what)| format!("{path:<20}{what}\n"));
                let list = list.collect::<String>();
                at_once([ok(&format!("Content-Length: {}", list.len())), list.into_bytes()])
            }
        },
    }
}

fn redirect(to: &str) -> Vec<u8> {
    let fields = format!("Location: {to}\r\nContent-Length: 0\r\nConnection: close");
    format!("HTTP/1.1 302 Found\r\n{fields}\r\n\r\n").into_bytes()
}

fn at_once<const N: usize>(pieces: [Vec<u8>; N]) -> Pieces {
    Box::new(pieces.into_iter().map(|piece| (Duration::ZERO, piece)))
}

/// A byte, and a pause before each.
fn slowly(pause: Duration, bytes: Vec<u8>) -> Pieces {
    Box::new(bytes.into_iter().map(move |byte| (pause, vec![byte])))
}

/// The same over and over.
fn endless(first: &str, then: &str) -> Pieces {
    let then = then.as_bytes().to_vec();
    let pieces = iter::once(first.as_bytes().to_vec()).chain(iter::repeat(then));
    Box::new(pieces.map(|piece| (Duration::ZERO, piece)))
}
