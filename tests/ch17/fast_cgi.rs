//! Applications that are asked by FastCGI.

use super::application_server::{Asked, Conn, answer, at, end, records, serving};
use super::requests::{
    Any, ask, body, chunk, client, fields, get, get_with, last, last_post, live,
};
use super::requests::{post, redirect, reply, status, told};
use super::stacks::{stacked, stacks};
use ch17::{Address, Application, FastCgi, Kind, MAX_COMPLAINTS, gateway, pieces_of};
use mock::{Ending, Events, Seed, alone, assert_bytes, patience};
use std::fs;
use std::io::{self, Cursor, ErrorKind, Read};
use std::net::{Ipv4Addr, TcpListener};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// Short enough for a test to wait for it.
const SHORT: Duration = Duration::from_millis(400);

const PAGE: &[u8] = b"Content-Type: text/plain\r\n\r\nthe page";

/// Answers each request with a page, as long as some come.
fn pages(_: usize, mut conn: Conn) {
    while conn.asked().is_some() {
        conn.answer(PAGE);
    }
}

/// What an application server is asked on its first connection, and the answer is `output`.
fn asked(visit: impl FnOnce(FastCgi)) -> Asked {
    let (sender, receiver) = mpsc::channel();
    let sender = Mutex::new(sender);
    let serve = |_, mut conn: Conn| {
        while let Some(asked) = conn.asked() {
            sender.lock().unwrap().send(asked).unwrap();
            conn.answer(PAGE);
        }
    };
    serving(serve, visit);
    receiver.recv().expect("it was asked")
}

/// What a client gets if the application does this on each connection, and how often it is tried.
#[track_caller]
fn outcome(serve: impl Fn(Conn) + Sync + Send) -> anyhow::Result<Vec<u8>> {
    let mut outcome = None;
    let count = serving(
        |_, conn| serve(conn),
        |application| {
            outcome = Some(ask(&application, &get("/")).map(body));
        },
    );
    assert_eq!(count, 1, "it is asked once");
    outcome.unwrap()
}

// The request

#[test]
fn a_request_is_these_bytes() {
    let asked = asked(|application| {
        ask(&application, &told("GET /a?b HTTP/1.0\r\n\r\n")).unwrap();
    });
    let params: &[u8] = b"\x0e\x03REQUEST_METHODGET\x0b\x00SCRIPT_NAME\x09\x02PATH_INFO/a\
        \x0c\x01QUERY_STRINGb\x0b\x04REQUEST_URI/a?b\x0b\x09SERVER_NAME192.0.2.1\
        \x0b\x04SERVER_PORT8017\x0f\x08SERVER_PROTOCOLHTTP/1.0\x0f\x0cSERVER_SOFTWAREOwnHands/0.1\
        \x11\x07GATEWAY_INTERFACECGI/1.1\x0f\x03REDIRECT_STATUS200";
    let params = [b"\x01\x04\x00\x01\x00\xd8\x00\x00", params].concat();
    let expected: [&[u8]; 4] = [
        b"\x01\x01\x00\x01\x00\x08\x00\x00\x00\x01\x01\x00\x00\x00\x00\x00",
        &params,
        b"\x01\x04\x00\x01\x00\x00\x00\x00",
        b"\x01\x05\x00\x01\x00\x00\x00\x00",
    ];
    assert_bytes!(asked.bytes, expected.concat());
}

#[test]
fn an_application_is_told_of_the_clients_fields() {
    let asked = asked(|application| {
        let fields = "Authorization: Basic QTpC\r\nProxy: x\r\nX_Y: 1\r\nCookie: a\r\nCookie: b\r\n\
            Content-Encoding: gzip\r\nContent-Length: 7";
        ask(&application, &get_with("/", fields)).unwrap();
    });
    let value = |name| asked.variable(name).unwrap_or("none".into());
    // Nobody else sees it.
    assert_eq!(value("HTTP_AUTHORIZATION"), "Basic QTpC");
    assert_eq!(value("HTTP_COOKIE"), "a; b");
    assert_eq!(value("HTTP_CONTENT_ENCODING"), "gzip");
    assert_eq!((value("HTTP_PROXY"), value("HTTP_X_Y")), ("none".into(), "none".into()));
    assert_eq!(value("CONTENT_LENGTH"), "none", "nothing came");
}

#[test]
fn a_body_is_sent_whole_with_its_length_however_it_came() {
    let large = Seed::new().bytes(200_000);
    for content in [b"x".as_slice(), b"the \0body", &large] {
        let chunked = get_with("/", "Transfer-Encoding: chunked");
        let sent = asked(|application| {
            application.answer(&chunked, &mut Cursor::new(content)).unwrap();
        });
        assert_eq!(sent.variable("CONTENT_LENGTH"), Some(content.len().to_string()));
        assert!(sent.body == content);
    }
}

#[test]
fn a_body_that_is_too_long_is_413_and_nobody_is_asked() {
    let count = serving(pages, |mut application| {
        application.max_body = 3;
        let outcome = application.answer(&post("/"), &mut Cursor::new("four"));
        assert_eq!(status(outcome), 413);
    });
    assert_eq!(count, 0);
    serving(pages, |mut application| {
        application.max_body = 3;
        application.answer(&post("/"), &mut Cursor::new("thr")).unwrap();
    });
}

#[test]
fn files_below_a_folder_are_told_by_their_names() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().canonicalize().unwrap();
    fs::write(root.join("menu.php"), "").unwrap();
    let (sender, receiver) = mpsc::channel();
    let sender = Mutex::new(sender);
    let serve = |_, mut conn: Conn| {
        while let Some(asked) = conn.asked() {
            sender.lock().unwrap().send(asked).unwrap();
            conn.answer(PAGE);
        }
    };
    let address = Mutex::new(None);
    let count = mock_address(serve, &address, || {
        let mut application =
            FastCgi::below(&root, address.lock().unwrap().take().unwrap()).keep(4);
        application.silence = patience();
        for target in ["/nothing.php", "/", "/../menu.php", "/a%2fb"] {
            assert_eq!(status(ask(&application, &get(target))), 404, "{target}");
        }
        ask(&application, &get("/menu.php/7?a")).unwrap();
    });
    assert_eq!(count, 1, "who is not there is not asked for");
    let asked = receiver.recv().unwrap();
    let value = |name| asked.variable(name).unwrap();
    assert_eq!(value("SCRIPT_FILENAME"), root.join("menu.php").display().to_string());
    assert_eq!((value("SCRIPT_NAME"), value("PATH_INFO")), ("/menu.php".into(), "/7".into()));
    assert_eq!(value("PATH_TRANSLATED"), root.join("7").display().to_string());
}

/// The same as [`serving`] for who wants the address and no more.
fn mock_address(
    serve: impl Fn(usize, Conn) + Sync + Send,
    address: &Mutex<Option<Address>>,
    visit: impl FnOnce(),
) -> usize {
    let count = AtomicUsize::new(0);
    let accept = |incoming: mock::Incoming| {
        for stream in incoming {
            serve(count.fetch_add(1, Ordering::Relaxed) + 1, Conn::new(stream.unwrap()));
        }
    };
    mock::Live::run(accept, |live| {
        *address.lock().unwrap() = Some(Address::Tcp(live.addr().to_string()));
        visit();
    });
    count.into_inner()
}

#[test]
fn a_path_that_could_be_misunderstood_is_404_for_one_application_too() {
    let count = serving(pages, |application| {
        for target in ["/a%2fb", "/../a", "/%00"] {
            assert_eq!(status(ask(&application, &get(target))), 404, "{target}");
        }
    });
    assert_eq!(count, 0);
}

// The answer

/// An answer with all that may be in one: an error message, padding, a reserved byte, numbers that
/// nobody reads; in pieces.
fn odd_answer() -> Vec<u8> {
    [
        records(Kind::Stderr, b"watch out\n"),
        b"\x01\x06\x00\x01\x00\x09\x03\xffStatus: 4???".to_vec(),
        records(Kind::Stdout, b"04\nContent-Type: a/b\n\nthe "),
        records(Kind::Stderr, b""),
        records(Kind::Stdout, b"\0body\xff"),
        vec![1, 3, 0, 1, 0, 8, 2, 0, 0, 0, 0, 0, 0, 0xaa, 0xbb, 0xcc, 0, 0],
    ]
    .concat()
}

/// The client has taken the pieces of the first part before the second is sent.
#[test]
fn an_answer_is_read_however_it_is_cut() {
    let bytes = odd_answer();
    let answers = AtomicUsize::new(0);
    let serve = |_, mut conn: Conn| {
        while conn.asked().is_some() {
            let cut = answers.fetch_add(1, Ordering::Relaxed);
            match cut < bytes.len() {
                true => {
                    conn.send(&bytes[..cut]);
                    thread::yield_now();
                    conn.send(&bytes[cut..]);
                }
                false => bytes.iter().for_each(|&byte| conn.send([byte])),
            }
        }
    };
    let count = serving(serve, |application| {
        for cut in 0..=bytes.len() {
            let response = ask(&application, &get("/")).unwrap();
            assert_eq!(response.status, 404, "cut at {cut}");
            assert_eq!(fields(&response, "Content-Type"), ["a/b"]);
            assert_bytes!(body(response), b"the \0body\xff");
        }
    });
    assert_eq!(count, 1, "all of it was read each time");
}

#[test]
fn an_answer_may_end_without_an_empty_record_before() {
    let bytes = [records(Kind::Stdout, PAGE), end(0, 0)].concat();
    let serve = |_, mut conn: Conn| {
        while conn.asked().is_some() {
            conn.send(&bytes);
        }
    };
    let count = serving(serve, |application| {
        for _ in 0..2 {
            assert_bytes!(body(ask(&application, &get("/")).unwrap()), "the page");
        }
    });
    assert_eq!(count, 1);
}

#[test]
fn an_answer_is_any_bytes_and_any_length() {
    let mut seed = Seed::new();
    let content = seed.bytes(3_000_000);
    let output = [b"Content-Type: a/b\n\n".as_slice(), &content].concat();
    let received = outcome(|mut conn| {
        conn.asked().unwrap();
        conn.answer(&output);
        conn.ending();
    });
    assert!(received.unwrap() == content);
}

#[test]
fn a_head_names_its_length_and_means_it() {
    let with_length = |length| format!("Content-Type: a/b\nContent-Length: {length}\n\nthe body");
    for (length, expected) in [(8, Some("the body")), (3, Some("the")), (9, None)] {
        let output = with_length(length);
        serving(
            |_, mut conn| {
                while conn.asked().is_some() {
                    conn.answer(&output);
                }
            },
            |application| {
                let response = ask(&application, &get("/")).unwrap();
                let pieces: io::Result<Vec<_>> = pieces_of(response.body).collect();
                let pieces = pieces.map(|pieces| pieces.concat()).map_err(|error| error.kind());
                let expected = expected.ok_or(ErrorKind::UnexpectedEof);
                assert_eq!(pieces, expected.map(|text| text.as_bytes().to_vec()));
            },
        );
    }
}

#[test]
fn where_no_body_is_sent_the_application_is_heard_to_its_end() {
    for (method, head) in [("HEAD", "Content-Type: a/b\n\n"), ("GET", "Status: 204\n\n")] {
        let events = Events::new();
        let theirs = events.clone();
        let serve = move |_, mut conn: Conn| {
            while conn.asked().is_some() {
                conn.write(head);
                conn.write("nobody gets this");
                theirs.log("still at work");
                conn.end();
            }
        };
        let count = serving(serve, |application| {
            let mut environ = get("/");
            environ.set("REQUEST_METHOD", method);
            for _ in 0..2 {
                assert_bytes!(body(ask(&application, &environ).unwrap()), "");
                assert!(!events.list().is_empty());
            }
        });
        assert_eq!(count, 1, "the connection is kept");
    }
}

#[test]
fn a_place_on_this_server_is_a_local_redirect_and_others_are_the_clients() {
    let outputs =
        ["Location: /menu\n\n", "Location: http://a/\n\n", "Status: 201\nLocation: /a\n\n"];
    let serve = |_, mut conn: Conn| {
        while let Some(asked) = conn.asked() {
            let number: usize = asked.variable("QUERY_STRING").unwrap().parse().unwrap();
            conn.answer(outputs[number]);
        }
    };
    let count = serving(serve, |application| {
        assert_eq!(redirect(ask(&application, &get("/?0"))), "/menu");
        let response = ask(&application, &get("/?1")).unwrap();
        assert_eq!(
            (response.status, fields(&response, "Location").concat()),
            (302, "http://a/".into())
        );
        assert_bytes!(body(response), "");
        let response = ask(&application, &get("/?2")).unwrap();
        assert_eq!((response.status, fields(&response, "Location").concat()), (201, "/a".into()));
        body(response);
    });
    assert_eq!(count, 1);
}

// Streams

#[test]
fn a_piece_arrives_before_the_next_one_is_written_through_all_middleware() {
    for (name, stack) in stacks().into_iter().rev().take(2) {
        for is_zipped in [false, true] {
            let (sender, pieces) = mpsc::channel::<&str>();
            let pieces = Mutex::new(pieces);
            let serve = |_, mut conn: Conn| {
                while conn.asked().is_some() {
                    conn.write("Content-Type: text/plain\n\n");
                    for piece in pieces.lock().unwrap().iter() {
                        conn.write(piece);
                    }
                    conn.end();
                }
            };
            serving(serve, |application| {
                let stack = stacked(application, &stack);
                live(stack, |live| {
                    let request = match is_zipped {
                        true => last("/").replace("Host", "Accept-Encoding: gzip\r\nHost"),
                        false => last("/"),
                    };
                    let mut client = client(live, request);
                    let mut unzip = flate2::write::GzDecoder::new(Vec::new());
                    sender.send("first").unwrap();
                    let head = client.read_until("\r\n\r\n");
                    assert!(head.starts_with(b"HTTP/1.1 200 OK"), "{name}");
                    for (piece, next) in [("first", Some("second")), ("second", None)] {
                        let mut got = chunk(&mut client);
                        if is_zipped {
                            io::Write::write_all(&mut unzip, &got).unwrap();
                            io::Write::flush(&mut unzip).unwrap();
                            got = std::mem::take(unzip.get_mut());
                        }
                        assert_bytes!(got, piece);
                        if let Some(next) = next {
                            sender.send(next).unwrap();
                        }
                    }
                    drop(sender);
                    assert!(client.read_to_end().0.ends_with(b"0\r\n\r\n"));
                });
            });
        }
    }
}

/// It answers before it has read: more than the sockets hold, in both directions.
#[test]
fn an_application_may_write_before_it_reads_a_large_body() {
    let content = Seed::new().bytes(8_000_000);
    let serve = |_, mut conn: Conn| {
        while conn.head().is_some() {
            let output = [b"Content-Type: a/b\n\n".as_slice(), &content].concat();
            conn.write(output);
            assert!(conn.body() == content);
            conn.write("read");
            conn.end();
        }
    };
    serving(serve, |application| {
        let response = application.answer(&post("/"), &mut Cursor::new(&content)).unwrap();
        let mut received = 0;
        let mut end = Vec::new();
        for piece in pieces_of(response.body) {
            end = piece.unwrap();
            received += end.len();
        }
        assert_eq!(received, content.len() + 4);
        assert!(end.ends_with(b"read"));
    });
}

#[test]
fn an_application_need_not_read_a_large_body() {
    let content = vec![b'x'; 8_000_000];
    let events = Events::new();
    let theirs = events.clone();
    let serve = move |number, mut conn: Conn| {
        conn.head().unwrap();
        conn.answer(PAGE);
        theirs.wait_for(&format!("taken {number}"));
        conn.ending();
        theirs.log(format!("closed {number}"));
    };
    let count = serving(serve, |application| {
        for number in 1..=2 {
            let response = application.answer(&post("/"), &mut Cursor::new(&content)).unwrap();
            assert_bytes!(body(response), "the page");
            events.log(format!("taken {number}"));
            // The connection is not kept: what is left of the body would be the next request.
            events.wait_for(&format!("closed {number}"));
        }
    });
    assert_eq!(count, 2);
}

// What goes wrong

#[test]
fn an_answer_that_is_none_is_502() {
    let page = || records(Kind::Stdout, PAGE);
    let answers: [(&str, Vec<u8>); 12] = [
        ("nothing", Vec::new()),
        ("half a head", records(Kind::Stdout, b"Content-Type: a/b\n")),
        ("half a record", page()[..10].to_vec()),
        ("HTTP", b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n".to_vec()),
        ("another version", b"\x02\x06\x00\x01\x00\x00\x00\x00".to_vec()),
        ("another request", b"\x01\x06\x00\x02\x00\x00\x00\x00".to_vec()),
        ("no request", b"\x01\x0b\x00\x00\x00\x08\x00\x00\xc8\0\0\0\0\0\0\0".to_vec()),
        ("an unknown type", b"\x01\xc8\x00\x01\x00\x00\x00\x00".to_vec()),
        ("no output", end(0, 0)),
        ("no head", answer(b"hello\n\n")),
        ("a short end", b"\x01\x03\x00\x01\x00\x04\x00\x00\0\0\0\0".to_vec()),
        ("an endless head", records(Kind::Stdout, &[b'x'; 20_000])),
    ];
    for (what, bytes) in answers {
        let error = outcome(|mut conn| {
            conn.asked().unwrap();
            conn.send(&bytes);
            conn.finish();
            // Nothing more is wanted on this connection.
            conn.ending();
        });
        assert_eq!(status_of(error), 502, "{what}");
    }
    for refusal in [1, 3, 4] {
        let error = outcome(|mut conn| {
            conn.asked().unwrap();
            conn.send(end(0, refusal));
            conn.ending();
        });
        assert_eq!(status_of(error), 502, "{refusal}");
    }
}

#[track_caller]
fn status_of(outcome: anyhow::Result<Vec<u8>>) -> u16 {
    let error = outcome.expect_err("it answers");
    error.downcast::<ch17::HttpError>().expect("a status").0
}

#[test]
fn a_reset_is_502() {
    let error = outcome(|mut conn| {
        conn.asked().unwrap();
        conn.reset();
    });
    assert_eq!(status_of(error), 502);
}

#[test]
fn an_application_that_is_overloaded_is_503() {
    let error = outcome(|mut conn| {
        conn.asked().unwrap();
        conn.send(end(0, 2));
        conn.ending();
    });
    assert_eq!(status_of(error), 503);
}

#[test]
fn nobody_who_listens_is_502() {
    // The port was ours a moment ago.
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    assert_eq!(status(ask(&at(address.to_string()), &get("/"))), 502);
    for address in ["", "nonsense", "localhost:port", "unix:/nowhere/at/all"] {
        let application = FastCgi::one(Address::parse(address));
        assert_eq!(status(ask(&application, &get("/"))), 502, "{address}");
    }
}

#[test]
fn an_application_that_says_nothing_is_504() {
    let silent = |before: Vec<u8>| {
        let serve = move |_, mut conn: Conn| {
            conn.asked().unwrap();
            conn.send(&before);
            conn.ending();
        };
        serving(serve, |mut application| {
            application.silence = SHORT;
            assert_eq!(status(ask(&application, &get("/"))), 504);
        });
    };
    thread::scope(|scope| {
        for before in [
            Vec::new(),
            records(Kind::Stdout, b"Content-Type: a/b\n"),
            records(Kind::Stdout, PAGE)[..20].to_vec(),
            records(Kind::Stderr, b"I am thinking\n"),
        ] {
            scope.spawn(|| silent(before));
        }
    });
}

#[test]
fn who_only_complains_says_nothing() {
    let serve = |_, mut conn: Conn| {
        conn.asked().unwrap();
        let complaint = records(Kind::Stderr, b"I am thinking\n");
        while io::Write::write_all(&mut &conn.stream, &complaint).is_ok() {}
    };
    serving(serve, |mut application| {
        application.silence = SHORT;
        assert_eq!(status(ask(&application, &get("/"))), 504);
    });
}

#[test]
fn an_application_that_falls_silent_behind_its_head_cuts_the_connection() {
    let serve = |_, mut conn: Conn| {
        conn.asked().unwrap();
        conn.write(PAGE);
        conn.ending();
    };
    serving(serve, |mut application| {
        application.silence = SHORT;
        live(application, |live| {
            let (bytes, _) = client(live, last("/")).read_to_end();
            assert!(bytes.ends_with(b"\r\n\r\n8\r\nthe page\r\n"), "{}", bytes.escape_ascii());
        });
    });
}

#[test]
fn an_answer_that_breaks_off_behind_its_head_cuts_the_connection() {
    let rests: [&[u8]; 4] = [b"", b"\x01\x06\x00\x01", b"\x01\x06\x00\x02\0\0\0\0", b"garbage!"];
    for rest in rests {
        let serve = |_, mut conn: Conn| {
            conn.asked().unwrap();
            conn.write(PAGE);
            conn.send(rest);
            conn.finish();
            conn.ending();
        };
        serving(serve, |application| {
            live(application, |live| {
                let (bytes, _) = client(live, last("/")).read_to_end();
                assert!(bytes.ends_with(b"\r\n\r\n8\r\nthe page\r\n"), "{}", bytes.escape_ascii());
            });
        });
    }
}

/// A HEAD is answered all the same, and once.
#[test]
fn an_application_that_falls_silent_where_nobody_listens_is_not_waited_for_again() {
    for breaks_off in [false, true] {
        let serve = move |_, mut conn: Conn| {
            conn.asked().unwrap();
            conn.write("Content-Type: a/b\n\n");
            if breaks_off {
                conn.finish();
            }
            conn.ending();
        };
        serving(serve, |mut application| {
            application.silence = SHORT;
            let mut environ = get("/");
            environ.set("REQUEST_METHOD", "HEAD");
            assert_eq!(ask(&application, &environ).unwrap().status, 200);
        });
    }
}

#[test]
fn nobody_who_waits_for_the_rest_is_told_to_the_application() {
    let (sender, endings) = mpsc::channel();
    let sender = Mutex::new(sender);
    let serve = |_, mut conn: Conn| {
        conn.asked().unwrap();
        conn.write(PAGE);
        sender.lock().unwrap().send(conn.ending()).unwrap();
    };
    serving(serve, |application| {
        drop(ask(&application, &get("/")).unwrap());
        assert_eq!(endings.recv_timeout(patience()), Ok(Ending::Closed));
    });
}

// Connections that are kept

#[test]
fn a_connection_serves_one_request_after_the_other() {
    let serve = |_, mut conn: Conn| {
        while let Some(asked) = conn.asked() {
            assert!(asked.is_to_be_kept);
            conn.answer(PAGE);
        }
    };
    let count = serving(serve, |application| {
        for _ in 0..5 {
            assert_bytes!(body(ask(&application, &get("/")).unwrap()), "the page");
        }
    });
    assert_eq!(count, 1);
}

#[test]
fn none_is_kept_if_none_is_wanted() {
    let serve = |_, mut conn: Conn| {
        while let Some(asked) = conn.asked() {
            assert!(!asked.is_to_be_kept);
            conn.answer(PAGE);
        }
    };
    let count = serving(serve, |application| {
        let mut application = application.keep(0);
        application.silence = patience();
        for _ in 0..3 {
            assert_bytes!(body(ask(&application, &get("/")).unwrap()), "the page");
        }
    });
    assert_eq!(count, 3);
}

/// More would occupy processes that others wait for.
#[test]
fn so_many_are_kept_with_those_that_are_in_use() {
    let events = Events::new();
    let theirs = events.clone();
    let serve = move |number, mut conn: Conn| {
        while conn.asked().is_some() {
            conn.answer(PAGE);
        }
        theirs.log(format!("closed {number}"));
    };
    let count = serving(serve, |application| {
        let application = application.keep(2);
        let ask = || ask(&application, &get("/")).unwrap();
        let [first, second, third] = [ask(), ask(), ask()];
        // Two others are in use, one other, none.
        body(first);
        events.wait_for("closed 1");
        body(second);
        body(third);
        assert_eq!(events.list(), ["closed 1"]);
        let again = [ask(), ask()];
        assert_eq!(events.list(), ["closed 1"]);
        again.into_iter().for_each(|response| drop(body(response)));
    });
    assert_eq!(count, 3, "the two that were kept have served the others");
}

#[test]
fn a_connection_with_more_on_it_than_an_answer_is_not_kept() {
    for more in [b"\x01".as_slice(), &answer(b"Content-Type: a/b\n\nof nobody")] {
        let serve = |_, mut conn: Conn| {
            while conn.asked().is_some() {
                conn.send([&answer(PAGE), more].concat());
            }
        };
        let count = serving(serve, |application| {
            for _ in 0..3 {
                assert_bytes!(body(ask(&application, &get("/")).unwrap()), "the page");
            }
        });
        assert_eq!(count, 3);
    }
}

#[test]
fn a_connection_that_was_closed_meanwhile_is_not_used() {
    for resets in [false, true] {
        let events = Events::new();
        let theirs = events.clone();
        let serve = move |number, mut conn: Conn| {
            conn.asked().unwrap();
            conn.answer(PAGE);
            // The answer has been taken when the other side is told to look.
            theirs.wait_for(&format!("taken {number}"));
            match resets {
                true => conn.reset(),
                false => drop(conn),
            }
            theirs.log(format!("closed {number}"));
        };
        let count = serving(serve, |application| {
            for number in 1..=3 {
                let environ = post("/");
                let response = application.answer(&environ, &mut Cursor::new("a body")).unwrap();
                assert_bytes!(body(response), "the page");
                events.log(format!("taken {number}"));
                events.wait_for(&format!("closed {number}"));
            }
        });
        assert_eq!(count, 3);
    }
}

/// Answers the first request on the first connection, and hangs up at the second one. Others are
/// answered if `recovers`.
fn hangs_up(recovers: bool, resets: bool) -> impl Fn(usize, Conn) + Sync + Send {
    move |number, mut conn: Conn| {
        let mut requests = 0;
        while conn.asked().is_some() {
            requests += 1;
            if (number, requests) != (1, 1) && !(recovers && number > 1) {
                if resets {
                    conn.reset();
                }
                return;
            }
            conn.answer(PAGE);
        }
    }
}

#[test]
fn who_may_be_repeated_is_sent_once_more_if_a_kept_connection_breaks() {
    for (recovers, resets) in [(true, false), (true, true), (false, false)] {
        for method in ["GET", "HEAD"] {
            let count = serving(hangs_up(recovers, resets), |application| {
                body(ask(&application, &get("/")).unwrap());
                let mut environ = get("/");
                environ.set("REQUEST_METHOD", method);
                let outcome = ask(&application, &environ);
                match recovers {
                    true => assert_eq!(outcome.unwrap().status, 200),
                    false => assert_eq!(status(outcome), 502, "once is enough"),
                }
            });
            assert_eq!(count, 2);
        }
    }
}

#[test]
fn who_must_not_be_repeated_is_not_sent_again() {
    for (method, content) in [("POST", ""), ("POST", "body"), ("GET", "body"), ("DELETE", "")] {
        let count = serving(hangs_up(true, false), |application| {
            body(ask(&application, &get("/")).unwrap());
            let mut environ = get("/");
            environ.set("REQUEST_METHOD", method);
            let outcome = application.answer(&environ, &mut Cursor::new(content));
            assert_eq!(status(outcome), 502, "{method} {content}");
        });
        assert_eq!(count, 1);
    }
}

/// Its first connection is a new one: that it is closed is an answer.
#[test]
fn a_new_connection_that_breaks_is_not_tried_again() {
    let count = serving(
        |_, mut conn| drop(conn.asked()),
        |application| {
            assert_eq!(status(ask(&application, &get("/"))), 502);
        },
    );
    assert_eq!(count, 1);
}

#[test]
fn who_says_nothing_on_a_kept_connection_is_not_asked_again() {
    let serve = |_, mut conn: Conn| {
        conn.asked().unwrap();
        conn.answer(PAGE);
        conn.ending();
    };
    let count = serving(serve, |mut application| {
        body(ask(&application, &get("/")).unwrap());
        application.silence = SHORT;
        assert_eq!(status(ask(&application, &get("/"))), 504);
    });
    assert_eq!(count, 1);
}

#[test]
fn an_answer_that_went_wrong_leaves_no_connection_behind() {
    let serve = |number, mut conn: Conn| {
        conn.asked().unwrap();
        match number {
            1 => conn.answer("no head\n\n"),
            _ => conn.answer(PAGE),
        }
        conn.ending();
    };
    let count = serving(serve, |application| {
        assert_eq!(status(ask(&application, &get("/"))), 502);
        body(ask(&application, &get("/")).unwrap());
    });
    assert_eq!(count, 2);
}

// So many at once

#[test]
fn so_many_wait_at_once_and_the_next_is_503() {
    let count = serving(pages, |application| {
        let application = application.at_once(2);
        let ask = || ask(&application, &get("/"));
        let (first, second) = (ask().unwrap(), ask().unwrap());
        assert_eq!(status(ask()), 503);
        assert_eq!(status(application.answer(&post("/"), &mut Cursor::new("a body"))), 503);
        body(first);
        let third = ask().unwrap();
        assert_eq!(status(ask()), 503);
        // It is given back by who does not want the rest, too.
        drop((second, third));
        body(ask().unwrap());
    });
    assert_eq!(count, 3);
}

#[test]
fn who_went_wrong_waits_no_longer() {
    let serve = |_, mut conn: Conn| {
        conn.asked().unwrap();
        conn.send("garbage!");
    };
    serving(serve, |application| {
        let application = application.at_once(1);
        for _ in 0..3 {
            assert_eq!(status(ask(&application, &get("/"))), 502);
        }
    });
}

/// Whether a body came whole is found out before somebody else has to wait for it.
#[test]
fn a_client_that_is_slow_to_send_its_body_takes_no_turn() {
    /// Asks for something else while it is read.
    struct Slow<'a>(&'a FastCgi, usize);
    impl Read for Slow<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            body(ask(self.0, &get("/")).unwrap());
            self.1 += 1;
            buffer[0] = b'x';
            Ok((self.1 < 4).into())
        }
    }
    serving(pages, |application| {
        let application = application.at_once(1);
        let response = application.answer(&post("/"), &mut Slow(&application, 0)).unwrap();
        assert_bytes!(body(response), "the page");
    });
}

#[test]
fn many_at_once_have_each_their_own_answer() {
    let serve = |_, mut conn: Conn| {
        while let Some(asked) = conn.asked() {
            let query = asked.variable("QUERY_STRING").unwrap();
            conn.answer(format!("Content-Type: a/b\n\n{query} {}", asked.body.len()));
        }
    };
    serving(serve, |application| {
        live(application, |live| {
            thread::scope(|scope| {
                for number in 0..8 {
                    scope.spawn(move || {
                        for length in [0, 1, 70_000] {
                            let request = last_post(&format!("/?{number}"), &vec![b'x'; length]);
                            assert_eq!(reply(live, request).text(), format!("{number} {length}"));
                        }
                    });
                }
            });
        });
    });
}

// The log

#[test]
fn what_an_application_complains_about_is_logged() {
    let test = "what_an_application_complains_about_is_logged";
    let log = alone(module_path!(), test, &[], || {
        let serve = |_, mut conn: Conn| {
            conn.asked().unwrap();
            conn.send(records(Kind::Stderr, b"first\nsec"));
            conn.send(records(Kind::Stdout, PAGE));
            conn.send(records(Kind::Stderr, b"ond\x1b[31m\n\nno end"));
            conn.send([records(Kind::Stdout, b""), end(7, 0)].concat());
            conn.asked().unwrap();
            // Lines that take just as much as is logged, and then more.
            for _ in 0..100 {
                conn.send(records(Kind::Stderr, &[&[b'x'; 1023], b"\n".as_slice()].concat()));
            }
            conn.answer(PAGE);
            conn.asked().unwrap();
            conn.send(end(0, 2));
        };
        serving(serve, |application| {
            let _: Vec<_> = (0..2).map(|_| body(ask(&application, &get("/")).unwrap())).collect();
            assert_eq!(status(ask(&application, &get("/"))), 503);
        });
    });
    let Some(log) = log else { return };
    let lines: Vec<_> = log
        .lines()
        .filter(|line| line.starts_with("127.0.0.1:"))
        .map(|line| line.split_once(": ").expect("a name").1)
        .collect();
    assert_eq!(lines[..3], ["first", "second\\u{1b}[31m", "no end"], "{log}");
    assert_eq!(lines[3], "exit code 7");
    let long = lines[4..].iter().take_while(|line| **line == "x".repeat(1023)).count();
    assert_eq!(long, MAX_COMPLAINTS / 1024);
    assert_eq!(
        lines[4 + long..],
        ["it complains about more than is logged", "it is overloaded"],
        "{log}"
    );
}

#[test]
fn what_went_wrong_is_logged_with_the_name_of_the_application() {
    let test = "what_went_wrong_is_logged_with_the_name_of_the_application";
    let log = alone(module_path!(), test, &[], || {
        let bytes: [&[u8]; 3] =
            [b"garbage!", b"\x01\x06\x00\x02\x00\x00\x00\x00", b"\x01\xc8\x00\x01\x00\x00\x00\x00"];
        let serve = |number: usize, mut conn: Conn| {
            conn.asked().unwrap();
            conn.send(bytes[number - 1]);
        };
        serving(serve, |application| {
            for _ in 0..3 {
                assert_eq!(status(ask(&application, &get("/"))), 502);
            }
        });
        let application = FastCgi::one(Address::parse("unix:/nowhere/at/all"));
        assert_eq!(status(ask(&application, &get("/"))), 502);
    });
    let Some(log) = log else { return };
    for told in ["version 103 of FastCGI", "it answers request 2", "a record of type 200"] {
        let lines =
            log.lines().filter(|line| line.starts_with("127.0.0.1:") && line.contains(told));
        assert_eq!(lines.count(), 1, "{told}: {log}");
    }
    assert!(log.contains("unix:/nowhere/at/all: cannot connect to unix:/nowhere/at/all"), "{log}");
}

// Addresses

#[test]
fn an_address_is_a_host_and_a_port_or_a_path() {
    for (text, address) in [
        ("127.0.0.1:9000", Address::Tcp("127.0.0.1:9000".into())),
        ("[::1]:9000", Address::Tcp("[::1]:9000".into())),
        ("unix:/run/php.sock", Address::Unix("/run/php.sock".into())),
        ("unix:relative.sock", Address::Unix("relative.sock".into())),
    ] {
        assert_eq!(Address::parse(text), address);
        assert_eq!(address.to_string(), text);
    }
}

/// A gateway may be given any application, and this is one.
#[test]
fn a_server_hands_a_request_over() {
    serving(
        |_, mut conn| {
            while let Some(asked) = conn.asked() {
                let said = [b"Content-Type: text/plain\n\n".as_slice(), &asked.body].concat();
                conn.answer(said);
            }
        },
        |application| {
            let application = Arc::new(application);
            let shared = Any::new({
                let application = Arc::clone(&application);
                move |environ: &ch17::Environ, input: &mut dyn Read| {
                    application.answer(environ, input)
                }
            });
            let _ = gateway(super::requests::ADDRESS, shared.clone());
            live(shared, |live| {
                let request = "POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\
                    Expect: 100-continue\r\nConnection: close\r\n\r\n";
                let mut client = client(live, request);
                client.read_until("100 Continue\r\n\r\n");
                client.send("3\r\nabc\r\n0\r\n\r\n");
                let (bytes, _) = client.read_to_end();
                assert!(bytes.ends_with(b"3\r\nabc\r\n0\r\n\r\n"), "{}", bytes.escape_ascii());
            });
        },
    );
}
