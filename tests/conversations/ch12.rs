use crate::conversations::{Conversation, Step};
use crate::wire::{Answer, Bytes, Corpus};
use mock::Seed;

/// What is wrong with the answers.
type Judge = fn(&[u8]) -> Result<(), String>;

pub(super) fn conversations(task: &str, _: &Corpus, seed: &mut Seed) -> Vec<Conversation> {
    match task {
        "build" => vec![counted(seed), broken_chunk(seed), pipelined()],
        "checked" => vec![checked(seed, 0), checked(seed, 1)],
        "at_most" => {
            let judges: [Judge; 3] = [at_most::<1>, at_most::<2>, at_most::<3>];
            let conversation = |(before, judge): (usize, _)| {
                let most = (before + 1).to_string();
                let name = format!("of many requests {most} are answered");
                let steps = vec![
                    Step::Send("ada", get("").repeat(5)),
                    Step::Finish("ada"),
                    Step::Judge("ada", judge),
                ];
                Conversation::new(&name, &["--at-most", &most], steps)
            };
            judges.into_iter().enumerate().map(conversation).collect()
        }
        _ => Vec::new(),
    }
}

fn get(fields: &str) -> Vec<u8> {
    format!("GET /nothing HTTP/1.1\r\nHost: localhost\r\n{fields}\r\n").into_bytes()
}

/// The end of a request to `target`: a chunked body in its pieces, and the trailers.
fn upload(target: &str, chunks: &[Vec<u8>], trailers: &str) -> Vec<Vec<u8>> {
    let head = format!("POST {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n");
    let mut pieces = vec![format!("{head}Transfer-Encoding: chunked\r\n\r\n").into_bytes()];
    for chunk in chunks {
        let mut piece = format!("{:X};of=many\r\n", chunk.len()).into_bytes();
        piece.extend(chunk);
        pieces.push(piece);
        pieces.push(b"\r\n".to_vec());
    }
    pieces.push(format!("0\r\n{trailers}\r\n").into_bytes());
    pieces
}

fn chunks(seed: &mut Seed) -> Vec<Vec<u8>> {
    let count = seed.number(2..=5);
    let mut chunk = || {
        let length = seed.number(1..=300);
        seed.bytes(length)
    };
    std::iter::repeat_with(&mut chunk).take(count).collect()
}

fn said(text: String) -> Answer {
    Answer { status: vec![200], body: Some(Bytes(text.into_bytes())), ..Answer::default() }
}

/// A body in chunks of any length.
fn counted(seed: &mut Seed) -> Conversation {
    let chunks = chunks(seed);
    let expect = said(format!("{} bytes\n", chunks.concat().len()));
    let pieces = upload("/count", &chunks, "");
    Conversation::of_request("a body in chunks is counted", &[], pieces, vec![expect])
}

/// One chunk is longer than it says.
fn broken_chunk(seed: &mut Seed) -> Conversation {
    let mut pieces = upload("/count", &chunks(seed), "");
    pieces[1].extend(seed.word().as_bytes());
    let expect = Answer { status: vec![400], ..Answer::default() };
    Conversation::of_request(
        "a chunk that is longer than its size is refused",
        &[],
        pieces,
        vec![expect],
    )
}

/// Three requests at once, the last of which wants to close.
fn pipelined() -> Conversation {
    let requests = [get(""), get(""), get("Connection: close\r\n"), get("")].concat();
    let steps = vec![Step::Send("ada", requests), Step::Judge("ada", at_most::<3>)];
    Conversation::new("requests that come at once are answered until one says close", &[], steps)
}

/// A body whose sum is as much too large as `fault` says.
fn checked(seed: &mut Seed, fault: u32) -> Conversation {
    let chunks = chunks(seed);
    let body = chunks.concat();
    let (mut lower, mut upper) = (1, 0);
    for &byte in &body {
        lower = (lower + u32::from(byte)) % 65_521;
        upper = (upper + lower) % 65_521;
    }
    let sum = format!("Adler-32: {:08x}\r\n", (upper << 16 | lower).wrapping_add(fault));
    let (name, expect) = match fault {
        0 => (
            "an upload with its sum is taken",
            said(format!("{} bytes, as they were sent\n", body.len())),
        ),
        _ => (
            "an upload with another sum is refused",
            Answer { status: vec![400], ..Answer::default() },
        ),
    };
    Conversation::of_request(name, &[], upload("/checked", &chunks, &sum), vec![expect])
}

/// There are `N` answers, and the last one alone says that it is.
fn at_most<const N: usize>(sent: &[u8]) -> Result<(), String> {
    let text = String::from_utf8_lossy(sent);
    let answers: Vec<&str> = text.split("HTTP/1.1 404 Not Found\r\n").collect();
    if !answers[0].is_empty() || answers.len() != N + 1 {
        return Err(format!("{N} answers with 404 were expected, and not {text}"));
    }
    let closing: Vec<bool> =
        answers[1..].iter().map(|answer| answer.contains("\r\nConnection: close\r\n")).collect();
    match closing.iter().position(|&closes| closes) {
        Some(at) if at == N - 1 => Ok(()),
        _ => Err(format!("the last answer, and no other, says Connection: close, and not {text}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ch12::{HttpServer, Response, path};
    use mock::{Live, patience};
    use std::io;

    /// Chapter 12's program answers these addresses so.
    fn server() -> HttpServer {
        let mut server = HttpServer::default();
        server.register_reading(path("/count"), |_, body| {
            let count = io::copy(body, &mut io::sink())?;
            Ok(Response::text(format!("{count} bytes\n")))
        });
        server
    }

    #[test]
    fn chapter_12_holds_its_conversations_and_not_those_of_the_extensions() {
        let (server, corpus) = (server(), Corpus::default());
        for (task, is_held) in [("build", true), ("checked", false), ("at_most", false)] {
            let all = conversations(task, &corpus, &mut Seed::new());
            let held = all.iter().map(|one| {
                let serve = |incoming| server.serve(incoming);
                let heard = Live::run(serve, |live| one.hold(live.addr(), patience()));
                assert!(!is_held || heard.fault.is_none(), "{}: {:?}", one.name, heard.fault);
                heard.fault.is_none()
            });
            assert_eq!(held.fold(true, |all, one| all & one), is_held, "{task}");
        }
    }
}
