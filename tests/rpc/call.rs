//! The program `call`, as a user starts it.

use ch21::{Fault, Value, read_call, write_response};
use course_tests::binaries::{Ended, Running, Server, command};
use mock::{Live, assert_bytes};
use serde_json::{Value as Json, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::sync::Mutex;

/// Runs `call` to its end.
fn call(words: &[&str]) -> Ended {
    let mut running = Running::start(command("call", words));
    running.end_input();
    running.wait()
}

/// A server that gives `answer` to each call, and what it was sent.
fn scripted<R>(answer: &str, body: impl FnOnce(&str) -> R) -> (R, Vec<Vec<u8>>) {
    let asked = Mutex::new(Vec::new());
    let outcome = Live::run(
        |incoming| {
            for conn in incoming {
                let mut conn = BufReader::new(conn.unwrap());
                let (mut line, mut length) = (String::new(), 0);
                while line != "\r\n" {
                    line.clear();
                    conn.read_line(&mut line).unwrap();
                    if let Some(value) = line.strip_prefix("Content-Length: ") {
                        length = value.trim_end().parse().unwrap();
                    }
                }
                let mut body = vec![0; length];
                conn.read_exact(&mut body).unwrap();
                asked.lock().unwrap().push(body);
                // The client may have gone.
                let _ = conn.get_mut().write_all(answer.as_bytes());
            }
        },
        |live| body(&format!("http://{}/rpc", live.addr())),
    );
    (outcome, asked.into_inner().unwrap())
}

fn ok(body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}")
}

#[track_caller]
fn assert_fails(ended: &Ended, code: i32, why: &str) {
    assert_eq!((ended.code, ended.output.len()), (code, 0), "{}", ended.errors);
    assert!(ended.errors.starts_with("call: ") && ended.errors.contains(why), "{}", ended.errors);
}

#[test]
fn wrong_words_are_answered_with_a_sentence() {
    for (words, why) in [
        (&[][..], "a URL and the name of a procedure are wanted"),
        (&["http://a/"], "a URL and the name of a procedure are wanted"),
        (&["--no-such-option", "http://a/", "x"], "--no-such-option"),
        (&["--time", "x", "http://a/", "y"], "x"),
        (&["--notify", "http://a/", "x"], "--notify is for JSON-RPC"),
    ] {
        let ended = call(words);
        assert_fails(&ended, 2, why);
        assert!(ended.errors.contains("--help"), "{}", ended.errors);
    }
}

#[test]
fn help_is_printed() {
    for word in ["--help", "-h"] {
        let ended = call(&[word]);
        assert_eq!((ended.code, &*ended.errors), (0, ""));
        let help = String::from_utf8(ended.output).unwrap();
        assert!(help.starts_with("call: ") && help.contains("--notify"), "{help}");
    }
}

#[test]
fn words_are_json_or_else_text() {
    let words =
        ["2", "-1", "true", "null", "0.5", "[1, \"a\"]", "{\"a\": 1}", "\"2\"", "soup", "", "[1"];
    let values = [
        2.into(),
        (-1).into(),
        true.into(),
        Value::Nil,
        Value::Double(0.5),
        vec![1.into(), "a".into()].into(),
        Value::of_fields([("a", 1.into())]),
        "2".into(),
        "soup".into(),
        "".into(),
        "[1".into(),
    ];
    let (ended, asked) = scripted(&ok(&write_response(&Ok(7.into()))), |url| {
        call(&[&[url, "soup.cook"], &words[..]].concat())
    });
    assert_eq!((ended.code, &*ended.errors), (0, ""));
    assert_bytes!(ended.output, "7\n");
    let sent = read_call(&asked[0]).unwrap();
    assert_eq!((&*sent.name, &sent.arguments[..]), ("soup.cook", &values[..]));
    // Options are behind the procedure no more.
    let answer = ok(&write_response(&Ok(7.into())));
    let (_, asked) = scripted(&answer, |url| call(&[url, "x", "--json", "--", "-h"]));
    assert_eq!(
        read_call(&asked[0]).unwrap().arguments,
        ["--json".into(), "--".into(), "-h".into()]
    );
}

#[test]
fn json_and_notifications_are_sent_if_they_are_asked_for() {
    let answer = ok(&json!({"jsonrpc": "2.0", "result": {"a": [1]}, "id": 1}).to_string());
    let (ended, asked) = scripted(&answer, |url| call(&["--json", url, "x", "2"]));
    assert_eq!((ended.code, &*ended.errors), (0, ""));
    assert_bytes!(ended.output, "{\n  \"a\": [\n    1\n  ]\n}\n");
    let sent: Json = serde_json::from_slice(&asked[0]).unwrap();
    assert_eq!(sent, json!({"jsonrpc": "2.0", "method": "x", "params": [2], "id": 1}));

    let answer = "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n";
    let (ended, asked) = scripted(answer, |url| call(&["--json", "--notify", url, "x"]));
    assert_eq!((ended.code, &*ended.errors, &*ended.output), (0, "", &b""[..]));
    let sent: Json = serde_json::from_slice(&asked[0]).unwrap();
    assert_eq!(sent, json!({"jsonrpc": "2.0", "method": "x", "params": []}));
}

#[test]
fn what_fails_is_told_in_a_sentence() {
    let fault = ok(&write_response(&Err(Fault::new(7, "no soup"))));
    let (ended, _) = scripted(&fault, |url| call(&[url, "x"]));
    assert_fails(&ended, 1, "no soup (7)");
    let (ended, _) = scripted(&ok("soup"), |url| call(&[url, "x"]));
    assert_fails(&ended, 1, "this is no answer to the call");
    let answer = "HTTP/1.1 500 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    let (ended, _) = scripted(answer, |url| call(&[url, "x"]));
    assert_fails(&ended, 1, "the call was answered with status 500");
    let (ended, asked) = scripted("", |url| call(&[url, "x"]));
    assert_fails(&ended, 1, "without an answer");
    assert_eq!(asked.len(), 1);
    assert_fails(&call(&["https://test/", "x"]), 1, "TLS");
    let large = "18446744073709551615";
    assert_fails(&call(&["http://127.0.0.1:1/", "x", large]), 1, large);
}

#[test]
fn the_time_is_that_of_the_whole() {
    let ended = Live::run(
        |incoming| {
            incoming
                .map(Result::unwrap)
                .for_each(|mut conn| while let Ok(1..) = conn.read(&mut [0; 1000]) {})
        },
        |live| call(&["--time", "1", &format!("http://{}/", live.addr()), "x"]),
    );
    assert_fails(&ended, 1, "the time was over before the answer began");
}

#[test]
fn the_chapters_program_is_called_by_it() {
    let server = Server::start("ch21", &[] as &[&str]);
    let url = format!("http://{}/rpc", server.address);
    assert_bytes!(call(&[&url, "orders.add", "soup"]).output, "1\n");
    assert_bytes!(call(&["--json", &url, "orders.add", "bread"]).output, "2\n");
    assert_bytes!(call(&["--json", "--notify", &url, "orders.change", "1", "tea"]).output, "");
    assert_bytes!(call(&[&url, "orders.list"]).output, "[\n  \"tea\",\n  \"bread\"\n]\n");
    assert_fails(&call(&[&url, "orders.change", "7", "tea"]), 1, "there is no such order (3)");
}
