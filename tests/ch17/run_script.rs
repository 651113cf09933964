//! Applications as programs that a server has started.

use super::requests::tell_all;
use anyhow::{Result, bail};
use ch17::{Application, Body, Environ, HttpError, Response, ScriptHead, run_script, write_reply};
use mock::{MockConnection, Script, assert_bytes, for_every_split};
use std::io::{self, Cursor, ErrorKind, Read, Write};

/// What `application` writes, and what becomes of it.
fn written(
    application: &impl Application,
    variables: &[(&str, &str)],
    input: impl Read,
) -> (String, Result<()>) {
    let variables =
        variables.iter().map(|&(name, value)| (name.to_owned(), value.as_bytes().to_vec()));
    let mut output = Vec::new();
    let outcome = run_script(application, variables, input, &mut output);
    (String::from_utf8(output).unwrap(), outcome)
}

#[test]
fn an_application_answers_as_a_script() {
    let variables = [("REQUEST_METHOD", "POST"), ("CONTENT_LENGTH", "8"), ("PATH_INFO", "/a")];
    for_every_split("the body", |input| {
        let (written, outcome) = written(&tell_all, &variables, MockConnection::pair(input).0);
        outcome.unwrap();
        assert_bytes!(
            written,
            "Status: 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\n\
             Content-Length: 58\r\n\r\n\
             CONTENT_LENGTH=8\nPATH_INFO=/a\nREQUEST_METHOD=POST\nthe body"
        );
    });
}

#[test]
fn no_more_is_read_than_the_length_says() {
    for (length, expected) in [
        (Some("4"), "the "),
        (Some("0"), ""),
        (None, ""),
        (Some(""), ""),
        (Some("100"), "the body"),
    ] {
        let variables: Vec<_> =
            length.map(|length| ("CONTENT_LENGTH", length)).into_iter().collect();
        let mut input = Cursor::new("the body");
        let (written, outcome) = written(&tell_all, &variables, &mut input);
        outcome.unwrap();
        let body = written.rsplit_once('\n').unwrap().1;
        assert_eq!(body, expected, "{length:?}");
        assert_eq!(input.position() as usize, expected.len());
    }
}

/// Behind the body there is no end, but the server, who waits for the answer.
#[test]
fn an_application_that_reads_to_the_end_finds_it_without_one() {
    let input = Script::new().bytes("abc").fail(ErrorKind::TimedOut);
    let (written, outcome) =
        written(&tell_all, &[("CONTENT_LENGTH", "3")], MockConnection::pair(input).0);
    outcome.unwrap();
    assert!(written.ends_with("\nabc"), "{written}");
}

#[test]
fn an_error_is_its_status_and_is_returned() {
    let fails = |environ: &Environ, _: &mut dyn Read| -> Result<Response> {
        match environ.text("WHAT") {
            "404" => Err(HttpError(404).into()),
            _ => bail!("the cook is ill"),
        }
    };
    for (what, line, told) in [
        ("404", "404 Not Found", "404 Not Found"),
        ("", "500 Internal Server Error", "the cook is ill"),
    ] {
        let (written, outcome) = written(&fails, &[("WHAT", what)], io::empty());
        assert_eq!(outcome.unwrap_err().to_string(), told);
        let reason = &line[4..];
        let length = reason.len() + 1;
        assert_bytes!(
            written,
            format!(
                "Status: {line}\r\nContent-Type: text/plain; charset=utf-8\r\n\
                 Content-Length: {length}\r\n\r\n{reason}\n"
            )
        );
    }
}

#[test]
fn variables_are_bytes() {
    let variables = [("A".to_owned(), vec![0xff]), ("A".to_owned(), vec![0xfe])];
    let mut output = Vec::new();
    run_script(&tell_all, variables, io::empty(), &mut output).unwrap();
    assert!(output.ends_with(b"\r\n\r\nA=\xfe\n"), "the last one counts");
}

fn reply(response: Response) -> Vec<u8> {
    let mut output = Vec::new();
    write_reply(response, &mut output).unwrap();
    output
}

#[test]
fn the_fields_of_an_answer_are_written_and_its_own_type_and_length_win() {
    let response = Response::text("abc")
        .status(404)
        .header("X-Bytes", b"\xff")
        .unwrap()
        .header("content-length", "99")
        .unwrap()
        .header("Content-Type", "text/css")
        .unwrap()
        .header("Set-Cookie", "a=1")
        .unwrap()
        .header("Set-Cookie", "b=2")
        .unwrap();
    assert_bytes!(
        reply(response),
        b"Status: 404 Not Found\r\nContent-Length: 3\r\nX-Bytes: \xff\r\n\
          Content-Type: text/css\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\n\r\nabc"
    );
}

#[test]
fn a_body_of_unknown_length_is_written_without_one() {
    let pieces = [b"one".to_vec(), Vec::new(), b"\0two".to_vec()].map(Ok::<_, io::Error>);
    let response = Response::new(200).stream(Body::Pieces(Box::new(pieces.into_iter())));
    assert_bytes!(
        reply(response),
        b"Status: 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\n\r\none\0two"
    );
    let empty = "Status: 204 No Content\r\nContent-Type: text/plain; charset=utf-8\r\n\
        Content-Length: 0\r\n\r\n";
    assert_bytes!(reply(Response::new(204)), empty);
}

#[test]
fn a_piece_is_written_and_flushed_before_the_next_one_is_made() {
    /// Tells what has arrived beyond it.
    struct Output(std::sync::Arc<std::sync::Mutex<(Vec<u8>, Vec<u8>)>>);
    impl Write for Output {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().0.extend(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            let (waiting, arrived) = &mut *self.0.lock().unwrap();
            arrived.append(waiting);
            Ok(())
        }
    }
    let output = Output(Default::default());
    let seen = std::sync::Arc::clone(&output.0);
    let pieces = ["one", "two", "three"].into_iter().enumerate().map(move |(number, piece)| {
        let arrived = seen.lock().unwrap().1.clone();
        match number {
            0 => assert_bytes!(arrived, ""),
            1 => assert!(arrived.ends_with(b"\r\n\r\none")),
            _ => assert!(arrived.ends_with(b"\r\n\r\nonetwo")),
        }
        Ok(piece.as_bytes().to_vec())
    });
    let response = Response::new(200).stream(Body::Pieces(Box::new(pieces)));
    let mut output = output;
    write_reply(response, &mut output).unwrap();
    assert!(output.0.lock().unwrap().1.ends_with(b"\r\n\r\nonetwothree"));
}

#[test]
fn an_answer_that_breaks_off_is_an_error() {
    let pieces = [Ok(b"one".to_vec()), Err(ErrorKind::TimedOut.into())];
    let response = Response::new(200).stream(Body::Pieces(Box::new(pieces.into_iter())));
    let mut output = Vec::new();
    assert!(write_reply(response, &mut output).is_err());
    assert!(output.ends_with(b"one"));
}

#[test]
fn nobody_who_listens_is_an_error() {
    let mut gone = MockConnection::pair("").0.fail_writes_after(10, ErrorKind::BrokenPipe);
    assert!(write_reply(Response::text("abc"), &mut gone).is_err());
}

/// The other side of the interface reads what this one has written.
#[test]
fn what_is_written_is_the_head_of_a_script() {
    let response = Response::text("abc").status(418).header("X-A", "1").unwrap();
    let head = ScriptHead::parse(&reply(response)).unwrap().unwrap();
    assert_eq!((head.status, head.length), (418, Some(3)));
    let fields: Vec<_> = head.headers.iter().collect();
    assert_eq!(fields, [("Content-Type", b"text/plain; charset=utf-8".as_slice()), ("X-A", b"1")]);
}
