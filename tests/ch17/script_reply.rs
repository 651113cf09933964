//! Answers made of what a program writes.

use super::requests::fields;
use ch17::{Body, LocalRedirect, Response, pieces_of, script_reply};
use mock::assert_bytes;
use std::io::{self, ErrorKind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

type Blocks = Vec<io::Result<Vec<u8>>>;

/// Blocks that all are there.
fn blocks(blocks: &[&[u8]]) -> Blocks {
    blocks.iter().map(|block| Ok(block.to_vec())).collect()
}

/// What is answered to a GET.
fn reply(blocks: Blocks) -> anyhow::Result<Response> {
    script_reply(blocks.into_iter(), "GET")
}

/// The pieces of a body, and the error that it ends in.
fn pieces(body: Body) -> (Vec<Vec<u8>>, Option<ErrorKind>) {
    let mut pieces = Vec::new();
    for piece in pieces_of(body) {
        match piece {
            Ok(piece) => pieces.push(piece),
            Err(error) => return (pieces, Some(error.kind())),
        }
    }
    (pieces, None)
}

#[track_caller]
fn whole(response: Response) -> Vec<u8> {
    let (pieces, error) = pieces(response.body);
    assert_eq!(error, None);
    pieces.concat()
}

/// Blocks, and the count of those that were taken.
fn counted(blocks: Blocks) -> (impl Iterator<Item = io::Result<Vec<u8>>> + Send, Arc<AtomicUsize>) {
    let taken = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&taken);
    let blocks = blocks.into_iter().inspect(move |_| {
        count.fetch_add(1, Ordering::Relaxed);
    });
    (blocks, taken)
}

const OUTPUT: &[u8] = b"Status: 404 Gone\r\nContent-Type: a/b\nX-A: 1\n\nthe \0body\n\n\xff";

#[test]
fn head_and_body_are_found_however_they_are_cut() {
    let check = |response: Response| {
        assert_eq!(response.status, 404);
        assert_eq!(fields(&response, "Content-Type"), ["a/b"]);
        assert_eq!(response.headers.len(), 2);
        assert_bytes!(whole(response), b"the \0body\n\n\xff");
    };
    for cut in 0..=OUTPUT.len() {
        let (first, second) = OUTPUT.split_at(cut);
        check(reply(blocks(&[first, second])).unwrap());
    }
    check(reply(OUTPUT.chunks(1).map(|byte| Ok(byte.to_vec())).collect()).unwrap());
}

#[test]
fn a_body_is_passed_on_in_the_blocks_that_it_comes_in() {
    let output = blocks(&[b"Content-Type: a/b\n\nfirst", b"second", b"third"]);
    let (output, taken) = counted(output);
    let response = script_reply(output, "GET").unwrap();
    let mut pieces = pieces_of(response.body);
    for (number, expected) in ["first", "second", "third"].iter().enumerate() {
        let piece = pieces.next().unwrap().unwrap();
        assert_bytes!(piece, expected);
        assert_eq!(taken.load(Ordering::Relaxed), number + 1, "none is kept for the next one");
    }
    assert!(pieces.next().is_none());
}

#[test]
fn an_answer_is_there_as_soon_as_its_head_is() {
    let (output, taken) = counted(blocks(&[b"Content-Type: a/b\n", b"\n", b"the body"]));
    let response = script_reply(output, "GET").unwrap();
    assert_eq!(taken.load(Ordering::Relaxed), 2);
    assert_eq!(response.body.length(), None);
    assert_bytes!(whole(response), "the body");
}

#[test]
fn a_body_has_the_length_that_its_head_names() {
    for (length, expected, error) in [
        (8, "the body", None),
        (5, "the b", None),
        (0, "", None),
        (9, "the body", Some(ErrorKind::UnexpectedEof)),
        (u64::MAX, "the body", Some(ErrorKind::UnexpectedEof)),
    ] {
        for body in
            [&[b"the body".as_slice()] as &[&[u8]], &[b"the ", b"bo", b"dy"], &[b"", b"the body"]]
        {
            let head = format!("Content-Type: a/b\nContent-Length: {length}\n\n");
            let mut output = blocks(&[head.as_bytes()]);
            output.extend(blocks(body));
            let response = reply(output).unwrap();
            assert_eq!(fields(&response, "Content-Length"), [] as [&str; 0]);
            let (pieces, its_error) = pieces(response.body);
            assert_bytes!(pieces.concat(), expected);
            assert_eq!(its_error, error, "{length}");
        }
    }
}

/// Who says that it writes three bytes, and writes without end, is heard no longer.
#[test]
fn who_writes_more_than_the_length_is_not_listened_to_without_end() {
    let head = b"Content-Type: a/b\nContent-Length: 3\n\na";
    let taken = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&taken);
    let endless = std::iter::from_fn(move || {
        assert!(count.fetch_add(1, Ordering::Relaxed) < 10_000, "it listens without end");
        Some(Ok(b"bcdef".repeat(200)))
    });
    let response = script_reply(std::iter::once(Ok(head.to_vec())).chain(endless), "GET").unwrap();
    assert_bytes!(whole(response), "abc");
}

#[test]
fn a_block_that_does_not_come_is_the_end_of_the_body() {
    let mut output = blocks(&[b"Content-Type: a/b\n\nfirst"]);
    output.push(Err(ErrorKind::TimedOut.into()));
    let (pieces, error) = pieces(reply(output).unwrap().body);
    assert_eq!((pieces.concat(), error), (b"first".to_vec(), Some(ErrorKind::TimedOut)));
}

#[test]
fn what_is_wrong_with_a_head_is_an_error_that_says_so() {
    for (output, told) in [
        (blocks(&[]), "ended before its head"),
        (blocks(&[b"Content-Type: a/b\n"]), "ended before its head"),
        (blocks(&[b"hello\n\n"]), "not a field: hello"),
        (blocks(&[b"X: 1\n\n"]), "neither Content-Type nor Location nor Status"),
        (blocks(&[&[b'x'; 20_000]]), "no end"),
    ] {
        let error = reply(output).unwrap_err();
        assert!(error.to_string().contains(told), "{error}");
    }
}

#[test]
fn a_block_that_does_not_come_before_the_head_is_the_error() {
    let mut output = blocks(&[b"Content-Type: a/b\n"]);
    output.push(Err(ErrorKind::TimedOut.into()));
    let error = reply(output).unwrap_err().downcast::<io::Error>().unwrap();
    assert_eq!(error.kind(), ErrorKind::TimedOut);
}

#[test]
fn a_local_redirect_is_raised_when_the_program_has_written_all() {
    let (output, taken) = counted(blocks(&[b"Location: /menu\n\n", b"one", b"two"]));
    let error = script_reply(output, "POST").unwrap_err();
    assert_eq!(error.downcast::<LocalRedirect>().unwrap().0, "/menu");
    assert_eq!(taken.load(Ordering::Relaxed), 3);
}

#[test]
fn where_nobody_is_sent_a_body_the_program_may_write_it_all_the_same() {
    for (method, status) in [("HEAD", "200"), ("GET", "204"), ("POST", "304")] {
        let head = format!("Status: {status}\nX-A: 1\nContent-Length: 99\n\n");
        let (output, taken) = counted(blocks(&[head.as_bytes(), b"one", b"two"]));
        let response = script_reply(output, method).unwrap();
        assert_eq!(response.status.to_string(), status);
        assert_eq!(fields(&response, "X-A"), ["1"]);
        assert_eq!(taken.load(Ordering::Relaxed), 3, "{method} {status}");
        assert_eq!(response.body.length(), None, "nobody knows it");
        assert_bytes!(whole(response), "");
    }
}

/// Whoever asks it for a HEAD would have it run for ever, and could leave.
#[test]
fn who_writes_without_end_for_nobody_is_not_listened_to_without_end() {
    for (method, head) in [
        ("HEAD", "Content-Type: a/b\n\n"),
        ("GET", "Status: 204\n\n"),
        ("GET", "Location: /menu\n\n"),
    ] {
        let taken = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&taken);
        let endless = std::iter::from_fn(move || {
            assert!(count.fetch_add(1, Ordering::Relaxed) < 10_000, "it listens without end");
            Some(Ok(vec![b'y'; 1000]))
        });
        let output = std::iter::once(Ok(head.as_bytes().to_vec())).chain(endless);
        assert_eq!(script_reply(output, method).is_err(), head.starts_with("Location"));
        assert!(taken.load(Ordering::Relaxed) > 1000, "a mebibyte is not too much");
    }
}

/// An iterator that has failed may go on to fail, as one does whose program says nothing.
#[test]
fn a_program_that_falls_silent_where_nobody_listens_is_not_waited_for_again() {
    for (method, head) in [
        ("HEAD", "Content-Type: a/b\n\n"),
        ("GET", "Status: 204\n\n"),
        ("GET", "Location: /menu\n\n"),
    ] {
        let failures = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&failures);
        let silent = std::iter::from_fn(move || {
            assert!(count.fetch_add(1, Ordering::Relaxed) < 100, "it waits without end");
            Some(Err(ErrorKind::TimedOut.into()))
        });
        let output = std::iter::once(Ok(head.as_bytes().to_vec())).chain(silent);
        let outcome = script_reply(output, method);
        assert_eq!(outcome.is_err(), head.starts_with("Location"));
        assert_eq!(failures.load(Ordering::Relaxed), 1, "{method} {head}");
    }
}
