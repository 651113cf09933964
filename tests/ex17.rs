//! What the extensions of chapter 17 promise.

use anyhow::Result;
use ch17::{Application, Body, Environ, HttpError, Response};
use mock::{Events, Gate, MockConnection, Script, Seed, assert_bytes, for_every_split};
use std::io::{self, ErrorKind, Read};

/// What is asked for, and how much of a body came, as text.
fn told(environ: &Environ, input: &mut dyn Read) -> Result<Response> {
    let mut body = Vec::new();
    input.read_to_end(&mut body)?;
    let mut text = Vec::new();
    for (name, value) in environ.iter() {
        text.extend([name.as_bytes(), b"=", value, b"\n"].concat());
    }
    text.extend(body);
    Ok(Response::text(text))
}

/// The answer is never right.
fn fails_with(error: fn() -> anyhow::Error) -> impl Application {
    move |_: &Environ, _: &mut dyn Read| Err(error())
}

/// A body of these pieces, each of which is logged when it is taken.
fn pieces(of: &[Vec<u8>], events: &Events) -> Body {
    let (of, events) = (of.to_vec(), events.clone());
    Body::Pieces(Box::new(of.into_iter().map(move |piece| {
        events.log(format!("{} bytes are taken", piece.len()));
        Ok(piece)
    })))
}

/// A body that fails behind its first piece.
fn failing() -> Body {
    Body::Pieces(Box::new([Ok(b"a part".to_vec()), Err(ErrorKind::Other.into())].into_iter()))
}

mod responder {
    use super::*;
    use ch17::{Address, FastCgi, MAX_CONTENT, MAX_PARAMS, pieces_of, respond};
    use mock::{Incoming, Live, patience};

    // Types of records, by section 8 of the specification.
    const BEGIN: u8 = 1;
    const ABORT: u8 = 2;
    const END: u8 = 3;
    const PARAMS: u8 = 4;
    const STDIN: u8 = 5;
    const STDOUT: u8 = 6;
    const DATA: u8 = 8;
    const GET_VALUES: u8 = 9;
    const UNKNOWN: u8 = 11;

    const KEEP: u8 = 1;

    fn record(kind: u8, request: u16, content: impl AsRef<[u8]>) -> Vec<u8> {
        padded(kind, request, content, 0)
    }

    /// A record with so many bytes behind its content that mean nothing.
    fn padded(kind: u8, request: u16, content: impl AsRef<[u8]>, padding: u8) -> Vec<u8> {
        let content = content.as_ref();
        let ([id1, id0], [length1, length0]) =
            (request.to_be_bytes(), (content.len() as u16).to_be_bytes());
        let mut record = vec![1, kind, id1, id0, length1, length0, padding, 0];
        record.extend(content);
        record.resize(record.len() + usize::from(padding), b'?');
        record
    }

    fn begin(request: u16, flags: u8) -> Vec<u8> {
        record(BEGIN, request, [0, 1, flags, 0, 0, 0, 0, 0])
    }

    fn end(request: u16, status: u8) -> Vec<u8> {
        record(END, request, [0, 0, 0, 0, status, 0, 0, 0])
    }

    fn pairs(of: &[(&str, &[u8])]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for (name, value) in of {
            for length in [name.len(), value.len()] {
                match length {
                    0..128 => bytes.push(length as u8),
                    _ => bytes.extend((length as u32 | 1 << 31).to_be_bytes()),
                }
            }
            bytes.extend(name.as_bytes());
            bytes.extend(*value);
        }
        bytes
    }

    /// Variables in two records, and that these are all.
    fn params(request: u16, of: &[(&str, &[u8])]) -> Vec<u8> {
        let bytes = pairs(of);
        let (first, second) = bytes.split_at(bytes.len() / 2);
        let records = [first, second].into_iter().filter(|content| !content.is_empty());
        let records: Vec<_> = records.map(|content| record(PARAMS, request, content)).collect();
        [records.concat(), record(PARAMS, request, "")].concat()
    }

    /// A body, and that this is all.
    fn stdin(request: u16, body: impl AsRef<[u8]>) -> Vec<u8> {
        [record(STDIN, request, body), record(STDIN, request, "")].concat()
    }

    /// All of a request without a body.
    fn get(request: u16, flags: u8, of: &[(&str, &[u8])]) -> Vec<u8> {
        [begin(request, flags), params(request, of), record(STDIN, request, "")].concat()
    }

    /// All of an answer with a text, which is one piece.
    fn text(request: u16, text: impl AsRef<[u8]>) -> Vec<u8> {
        let text = text.as_ref();
        let head = format!(
            "Status: 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: {}\r\n\r\n",
            text.len()
        );
        answer(request, &[[head.as_bytes(), text].concat()])
    }

    /// All of an answer of these pieces.
    fn answer(request: u16, pieces: &[Vec<u8>]) -> Vec<u8> {
        let pieces: Vec<_> = pieces.iter().map(|piece| record(STDOUT, request, piece)).collect();
        [pieces.concat(), record(STDOUT, request, ""), end(request, 0)].concat()
    }

    /// What is said, and what came of it.
    fn talk(application: impl Application, input: impl Into<Script>) -> (Vec<u8>, Result<()>) {
        let (conn, peer) = MockConnection::pair(input);
        let outcome = respond(&application, conn.short_writes(1000));
        (peer.sent(), outcome)
    }

    /// What is said where nothing goes wrong.
    #[track_caller]
    fn said(application: impl Application, input: impl Into<Script>) -> Vec<u8> {
        let (said, outcome) = talk(application, input);
        assert!(outcome.is_ok(), "{outcome:?}");
        said
    }

    #[test]
    fn a_request_is_answered_however_it_is_cut() {
        let mut seed = Seed::new();
        let (request, name, body) = (seed.number(1..=65535) as u16, seed.word(), seed.bytes(20));
        let value = vec![b'x'; seed.number(128..=200)];
        let variables: [(&str, &[u8]); 4] = [
            ("REQUEST_METHOD", b"POST"),
            ("CONTENT_LENGTH", b"20"),
            (&name, &value),
            ("HTTP_X_EMPTY", b""),
        ];
        let mut heard = [begin(request, 0), params(request, &variables)].concat();
        for piece in body.chunks(7) {
            heard.extend(padded(STDIN, request, piece, 5));
        }
        heard.extend(padded(STDIN, request, "", 3));
        let value = String::from_utf8_lossy(&value);
        let told_of =
            format!("REQUEST_METHOD=POST\nCONTENT_LENGTH=20\n{name}={value}\nHTTP_X_EMPTY=\n");
        let right = text(request, [told_of.as_bytes(), &body].concat());
        for_every_split(&heard, |input| assert_bytes!(said(told, input), &right));
    }

    #[test]
    fn each_piece_of_the_answer_is_sent_in_a_record_when_it_is_there() {
        let mut seed = Seed::new();
        let parts: Vec<_> = (0..4).map(|_| seed.word().into_bytes()).collect();
        let events = Events::new();
        let (conn, peer) = MockConnection::pair(get(7, 0, &[]));
        let (of, log, seen) = (parts.clone(), events.clone(), peer.clone());
        let application = move |_: &Environ, _: &mut dyn Read| {
            let (log, seen) = (log.clone(), seen.clone());
            Ok(Response::new(200).stream(Body::Pieces(Box::new(of.clone().into_iter().map(
                move |piece| {
                    log.log(format!("{} bytes are sent", seen.sent().len()));
                    Ok(piece)
                },
            )))))
        };
        respond(&application, conn).unwrap();
        let mut pieces = parts;
        let head = b"Status: 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n";
        pieces[0] = [head, &pieces[0][..]].concat();
        assert_bytes!(peer.sent(), answer(7, &pieces));
        let mut sent = 0;
        for (event, piece) in events.list().iter().zip(&pieces) {
            assert_eq!(event, &format!("{sent} bytes are sent"));
            sent += record(STDOUT, 7, piece).len();
        }
    }

    #[test]
    fn a_piece_that_is_longer_than_a_record_goes_in_several_and_an_empty_one_in_none() {
        let mut seed = Seed::new();
        let length = MAX_CONTENT + seed.number(1..=1000);
        let long = seed.bytes(length);
        let of = [b"a".to_vec(), Vec::new(), long.clone(), b"z".to_vec()];
        let application = move |_: &Environ, _: &mut dyn Read| {
            Ok(Response::new(204).stream(pieces(&of, &Events::new())))
        };
        let said = said(application, get(1, 0, &[]));
        let head = b"Status: 204 No Content\r\nContent-Type: text/plain; charset=utf-8\r\n\r\na";
        let (first, second) = long.split_at(MAX_CONTENT);
        let parts = [&head[..], first, second, b"z"].map(<[u8]>::to_vec);
        assert_bytes!(said, answer(1, &parts));
    }

    #[test]
    fn the_application_is_asked_before_the_body_is_there_and_reads_it_while_it_comes() {
        let (asked, halfway) = (Gate::new(), Gate::new());
        let input = Script::new()
            .bytes([begin(1, 0), params(1, &[])].concat())
            .wait(&asked)
            .bytes(record(STDIN, 1, "soup"))
            .wait(&halfway)
            .bytes(stdin(1, "bread"));
        let application = move |_: &Environ, input: &mut dyn Read| {
            asked.open();
            let mut first = [0; 4];
            input.read_exact(&mut first)?;
            halfway.open();
            let mut rest = Vec::new();
            input.read_to_end(&mut rest)?;
            Ok(Response::text([&first[..], b" and ", &rest].concat()))
        };
        assert_bytes!(said(application, input), text(1, "soup and bread"));
    }

    #[test]
    fn what_the_application_has_left_of_the_body_is_read_before_the_answer_is_sent() {
        // This one reads nothing before it has sent all.
        let input = Script::new()
            .bytes([begin(1, KEEP), params(1, &[("CONTENT_LENGTH", b"9")])].concat())
            .bytes(record(STDIN, 1, "soup"))
            .once(<[u8]>::is_empty)
            .bytes(stdin(1, "bread"))
            .bytes(get(2, 0, &[]));
        for takes in [0, 2, 4] {
            let application = move |_: &Environ, input: &mut dyn Read| {
                input.read_exact(&mut vec![0; takes])?;
                Ok(Response::text("enough"))
            };
            let application = move |environ: &Environ, input: &mut dyn Read| match environ
                .get("CONTENT_LENGTH")
            {
                Some(_) => application(environ, input),
                None => Ok(Response::text("next")),
            };
            let right = [text(1, "enough"), text(2, "next")].concat();
            assert_bytes!(said(application, input.clone()), right);
        }
    }

    #[test]
    fn a_body_that_ends_before_it_is_complete_is_not_taken_for_a_whole_one() {
        let mut seed = Seed::new();
        let length = seed.number(5..=100_000);
        let heard = [
            begin(1, 0),
            params(1, &[("CONTENT_LENGTH", length.to_string().as_bytes())]),
            stdin(1, "soup"),
        ]
        .concat();
        let application = |_: &Environ, input: &mut dyn Read| {
            let mut body = Vec::new();
            let error = input.read_to_end(&mut body).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::UnexpectedEof);
            Ok(Response::text(body))
        };
        assert_bytes!(said(application, heard), text(1, "soup"));
    }

    #[test]
    fn requests_on_a_kept_connection_are_answered_one_after_the_other() {
        let mut seed = Seed::new();
        let names = seed.words(3);
        let of = |name: &str| pairs(&[("N", name.as_bytes())]);
        let mut heard = Vec::new();
        let mut right = Vec::new();
        // The same number may come again.
        for (request, flags, name) in [(1, KEEP, 0), (258, KEEP, 1), (1, 0, 2)] {
            let name = &names[name];
            heard.extend([begin(request, flags), record(PARAMS, request, of(name))].concat());
            heard.extend([record(PARAMS, request, ""), stdin(request, "?")].concat());
            right.extend(text(request, format!("N={name}\n?")));
        }
        // Nobody has wished to be heard any longer.
        let behind = get(2, 0, &[]);
        for_every_split([&heard[..], &behind[..1]].concat(), |input| {
            assert_bytes!(said(told, input), &right);
        });
        assert_bytes!(said(told, [heard, behind].concat()), &right);
    }

    #[test]
    fn a_connection_that_is_kept_ends_when_the_web_server_closes_it() {
        assert_bytes!(said(told, ""), "");
        assert_bytes!(said(told, get(5, KEEP, &[])), text(5, ""));
    }

    #[test]
    fn another_request_while_one_is_answered_is_refused_and_the_one_is_answered() {
        // At every place between two records of the first one.
        let first = [
            begin(1, KEEP),
            record(PARAMS, 1, pairs(&[("A", b"b")])),
            record(PARAMS, 1, ""),
            record(STDIN, 1, "soup"),
            record(STDIN, 1, ""),
        ];
        for place in 1..first.len() {
            let second = [begin(2, 0), params(2, &[("A", b"c")]), stdin(2, "bread")].concat();
            let heard = [first[..place].concat(), second, first[place..].concat()].concat();
            // It may come again.
            let heard = [heard, get(2, 0, &[("A", b"d")])].concat();
            let right = [end(2, 1), text(1, "A=b\nsoup"), text(2, "A=d\n")].concat();
            assert_bytes!(said(told, heard), right, "behind {place} records");
        }
    }

    #[test]
    fn a_request_in_another_role_is_refused_and_the_connection_goes_on() {
        for role in [0, 2, 3, 257] {
            let [role1, role0] = u16::to_be_bytes(role);
            let heard = [
                record(BEGIN, 3, [role1, role0, KEEP, 0, 0, 0, 0, 0]),
                params(3, &[("A", b"b")]),
                stdin(3, "soup"),
                get(4, 0, &[]),
            ];
            assert_bytes!(said(told, heard.concat()), [end(3, 3), text(4, "")].concat());
        }
        let filter = record(BEGIN, 3, [0, 3, 0, 0, 0, 0, 0, 0]);
        assert_bytes!(said(told, [filter, get(4, 0, &[])].concat()), end(3, 3));
    }

    #[test]
    fn what_concerns_the_connection_is_answered_at_any_time() {
        let request = [
            begin(1, KEEP),
            record(PARAMS, 1, pairs(&[("A", b"b")])),
            record(PARAMS, 1, ""),
            record(STDIN, 1, "soup"),
            record(STDIN, 1, ""),
        ];
        for place in 0..=request.len() {
            for kind in [GET_VALUES, 200] {
                let asked = record(kind, 0, pairs(&[("FCGI_MPXS_CONNS", b"")]));
                let heard = [request[..place].concat(), asked, request[place..].concat()].concat();
                let told_so = record(UNKNOWN, 0, [kind, 0, 0, 0, 0, 0, 0, 0]);
                let right = match place {
                    5 => [text(1, "A=b\nsoup"), told_so],
                    _ => [told_so, text(1, "A=b\nsoup")],
                };
                assert_bytes!(said(told, heard), right.concat(), "behind {place} records");
            }
        }
    }

    #[test]
    fn what_concerns_no_request_that_is_there_is_passed_over() {
        let strange = [record(STDIN, 9, "salt"), record(ABORT, 9, ""), params(9, &[("X", b"y")])];
        let strange = [strange.concat(), record(DATA, 9, "salt"), record(200, 9, "salt")].concat();
        let request = [
            begin(1, KEEP),
            params(1, &[("A", b"b")]),
            record(STDIN, 1, "soup"),
            record(DATA, 1, "what a filter is sent"),
            record(STDIN, 1, ""),
        ];
        for place in 0..=request.len() {
            let heard = [&request[..place].concat(), &strange, &request[place..].concat()[..]];
            assert_bytes!(said(told, heard.concat()), text(1, "A=b\nsoup"), "{place}");
        }
        // Nor what is late.
        let late = [request.concat(), record(ABORT, 1, ""), get(2, 0, &[])].concat();
        assert_bytes!(said(told, late), [text(1, "A=b\nsoup"), text(2, "")].concat());
    }

    #[test]
    fn who_is_told_that_nobody_waits_any_more_says_nothing_but_that_it_is_over() {
        let abort = record(ABORT, 1, "");
        let next = get(2, 0, &[]);
        let right = [end(1, 0), text(2, "")].concat();
        let head = [begin(1, KEEP), params(1, &[("CONTENT_LENGTH", b"9")])].concat();
        for_every_split([&head, &record(STDIN, 1, "soup"), &abort, &next[..]].concat(), |input| {
            let application = |environ: &Environ, input: &mut dyn Read| {
                if environ.get("CONTENT_LENGTH").is_some() {
                    let mut body = Vec::new();
                    let error = input.read_to_end(&mut body).unwrap_err();
                    assert_eq!(error.kind(), ErrorKind::ConnectionAborted);
                    assert_eq!(input.read(&mut [0]).unwrap_err().kind(), error.kind());
                    assert_bytes!(body, "soup");
                }
                Ok(Response::text(""))
            };
            assert_bytes!(said(application, input), &right);
        });
        // Nobody has read that far.
        let careless = |_: &Environ, _: &mut dyn Read| Ok(Response::text(""));
        let heard = [&head, &record(STDIN, 1, "soup"), &abort, &next[..]].concat();
        assert_bytes!(said(careless, heard), &right);
        // Nobody has been asked yet.
        let asked_once = |environ: &Environ, _: &mut dyn Read| {
            assert_eq!(environ.get("CONTENT_LENGTH"), None, "asked for what nobody waits for");
            Ok(Response::text(""))
        };
        let begun = record(PARAMS, 1, pairs(&[("CONTENT_LENGTH", b"9")]));
        for begun in [Vec::new(), begun] {
            let heard = [begin(1, KEEP), begun, abort.clone(), next.clone()].concat();
            assert_bytes!(said(asked_once, heard), &right);
        }
        // And who does not wish to keep the connection does not keep it.
        assert_bytes!(said(told, [begin(1, 0), abort, next].concat()), end(1, 0));
    }

    #[test]
    fn an_error_is_the_answer_of_its_status_and_the_connection_goes_on() {
        for (error, status) in [
            (fails_with(|| HttpError(404).into()), "404 Not Found"),
            (fails_with(|| anyhow::anyhow!("no soup")), "500 Internal Server Error"),
        ] {
            let heard = [get(1, KEEP, &[]), get(2, 0, &[])].concat();
            let said = String::from_utf8(said(error, heard)).unwrap();
            let right = said.matches(&format!("Status: {status}\r\n")).count();
            assert_eq!((right, said.contains("soup")), (2, false), "{said:?}");
        }
    }

    #[test]
    fn of_a_body_that_fails_behind_its_head_nobody_is_told_that_this_was_all() {
        let application = |_: &Environ, _: &mut dyn Read| Ok(Response::new(200).stream(failing()));
        let (said, outcome) = talk(application, get(1, KEEP, &[]));
        assert!(outcome.is_err());
        let head = b"Status: 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\n\r\na part";
        assert_bytes!(said, record(STDOUT, 1, head));
    }

    #[test]
    fn what_breaks_off_is_an_error_and_nobody_is_told_that_this_was_all() {
        let application = |_: &Environ, input: &mut dyn Read| {
            // It makes the best of it.
            let _ = io::copy(input, &mut io::sink());
            Ok(Response::text("soup"))
        };
        let heard = [begin(1, KEEP), params(1, &[("A", b"b")]), stdin(1, "soup")].concat();
        for cut in 1..heard.len() {
            let (said, outcome) = talk(application, &heard[..cut]);
            assert!(outcome.is_err(), "behind {cut} bytes");
            assert_bytes!(said, "", "behind {cut} bytes");
            let (said, outcome) = talk(application, Script::new().bytes(&heard[..cut]).reset());
            assert!(outcome.is_err(), "a reset behind {cut} bytes");
            assert_bytes!(said, "", "a reset behind {cut} bytes");
        }
        // Nobody takes the answer.
        let (conn, _peer) = MockConnection::pair(heard);
        let conn = conn.fail_writes_after(10, ErrorKind::BrokenPipe);
        assert!(respond(&application, conn).is_err());
    }

    #[test]
    fn what_is_no_fastcgi_is_an_error() {
        let application = |_: &Environ, _: &mut dyn Read| -> Result<Response> {
            panic!("nobody has asked for anything")
        };
        let variables = |bytes: &[u8]| {
            let end = [record(PARAMS, 1, ""), record(STDIN, 1, "")];
            [begin(1, 0), record(PARAMS, 1, bytes), end.concat()].concat()
        };
        for heard in [
            b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".to_vec(),
            [begin(1, 0), vec![2, PARAMS, 0, 1, 0, 0, 0, 0]].concat(),
            record(BEGIN, 1, [0]),
            // The body is there before the variables are.
            [begin(1, 0), stdin(1, "soup"), params(1, &[])].concat(),
            variables(&pairs(&[("NAME", b"value")])[..9]),
            variables(b"\x01\0\xff"),
            variables(b"\x80"),
        ] {
            let (said, outcome) = talk(application, &heard[..]);
            assert!(outcome.is_err(), "{}", heard.escape_ascii());
            assert_bytes!(said, "");
        }
    }

    #[test]
    fn so_many_bytes_of_variables_are_taken_and_no_more() {
        // A variable without name and value is two bytes.
        let heard = |count: usize| {
            let records = vec![0; count];
            let records = records.chunks(10_000).map(|piece| record(PARAMS, 1, piece));
            let records = records.collect::<Vec<_>>().concat();
            [begin(1, 0), records, record(PARAMS, 1, ""), record(STDIN, 1, "")].concat()
        };
        let application = |_: &Environ, _: &mut dyn Read| Ok(Response::text("soup"));
        assert_bytes!(said(application, heard(MAX_PARAMS)), text(1, "soup"));
        let (said, outcome) = talk(application, heard(MAX_PARAMS + 2));
        assert!(outcome.is_err());
        assert_bytes!(said, "");
    }

    /// What was sent.
    fn echo(_: &Environ, input: &mut dyn Read) -> Result<Response> {
        let mut body = Vec::new();
        input.read_to_end(&mut body)?;
        Ok(Response::text(body))
    }

    #[test]
    fn the_other_side_of_this_chapter_has_its_answers() {
        let mut seed = Seed::new();
        let bodies = [0, 9, 70_000, 300_000].map(|length| seed.bytes(length));
        // One connection after the other; the other side keeps one or not, as it likes.
        let serve = |incoming: Incoming| {
            for conn in incoming {
                let _ = respond(&echo, conn.unwrap());
            }
        };
        Live::run(serve, |live| {
            let mut there = FastCgi::one(Address::Tcp(live.addr().to_string())).keep(1);
            there.silence = patience();
            for body in &bodies {
                let mut environ = Environ::default();
                environ.set("REQUEST_METHOD", "POST");
                let response = there.answer(&environ, &mut &body[..]).unwrap();
                assert_eq!(response.status, 200);
                let mut came = Vec::new();
                pieces_of(response.body).for_each(|piece| came.extend(piece.unwrap()));
                assert_bytes!(came, body);
            }
        });
    }
}

mod uwsgi {
    use super::*;
    use ch17::{read_packet, uwsgi};
    use mock::Reply;
    use std::io::Write;
    use std::sync::mpsc;

    /// The four bytes at the beginning, and `pairs`.
    fn packet_of(pairs: &[u8]) -> Vec<u8> {
        let [length0, length1] = (pairs.len() as u16).to_le_bytes();
        [&[0, length0, length1, 0], pairs].concat()
    }

    fn pairs(of: &[(&str, &[u8])]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for text in of.iter().flat_map(|(name, value)| [name.as_bytes(), value]) {
            bytes.extend((text.len() as u16).to_le_bytes());
            bytes.extend(text);
        }
        bytes
    }

    fn packet(of: &[(&str, &[u8])]) -> Vec<u8> {
        packet_of(&pairs(of))
    }

    fn environ(of: &[(&str, &[u8])]) -> Environ {
        let mut environ = Environ::default();
        of.iter().for_each(|&(name, value)| environ.set(name, value));
        environ
    }

    fn talk(application: impl Application, input: impl Into<Script>) -> (Vec<u8>, Result<()>) {
        let (conn, peer) = MockConnection::pair(input);
        let outcome = uwsgi(&application, conn.short_writes(1000));
        (peer.sent(), outcome)
    }

    /// The answer where nothing goes wrong.
    #[track_caller]
    fn reply(application: impl Application, input: impl Into<Script>) -> Reply {
        let (said, outcome) = talk(application, input);
        assert!(outcome.is_ok(), "{outcome:?}");
        Reply::parse(said)
    }

    #[test]
    fn a_packet_is_read_however_it_is_cut_and_not_a_byte_behind_it() {
        let mut seed = Seed::new();
        let (name, value) = (seed.word().to_uppercase(), seed.bytes(300));
        let of: [(&str, &[u8]); 4] =
            [("REQUEST_METHOD", b"GET"), ("QUERY_STRING", b""), (&name, &value), ("A", b"\xff")];
        let heard = [&packet(&of)[..], b"behind"].concat();
        for_every_split(heard, |input| {
            let (mut conn, _peer) = MockConnection::pair(input);
            assert_eq!(read_packet(&mut conn).unwrap(), environ(&of));
            let mut behind = Vec::new();
            // An interrupted read is repeated here, too.
            conn.read_to_end(&mut behind).unwrap();
            assert_bytes!(behind, "behind");
        });
        assert_eq!(read_packet(&mut &packet(&[])[..]).unwrap(), Environ::default());
    }

    #[test]
    fn a_packet_may_be_as_long_as_its_length_can_say() {
        let value = vec![b'x'; 65535 - 2 - 1 - 2];
        let of: [(&str, &[u8]); 1] = [("A", &value)];
        assert_eq!(read_packet(&mut &packet(&of)[..]).unwrap(), environ(&of));
    }

    #[test]
    fn a_packet_that_breaks_off_is_an_error_and_so_is_one_whose_pairs_do() {
        let mut seed = Seed::new();
        let (name, value) = (seed.word(), seed.bytes(40));
        let of: [(&str, &[u8]); 2] = [(&name, &value), ("A", b"b")];
        let whole = packet(&of);
        for cut in 0..whole.len() {
            assert!(read_packet(&mut &whole[..cut]).is_err(), "{cut} bytes have come");
        }
        let (all, first) = (pairs(&of), pairs(&of[..1]).len());
        for cut in 1..all.len() {
            let heard = [packet_of(&all[..cut]), vec![0; 99]].concat();
            let is_right = read_packet(&mut &heard[..]).is_ok();
            assert_eq!(is_right, cut == first, "the packet has {cut} bytes");
        }
    }

    #[test]
    fn a_packet_for_somebody_else_is_an_error() {
        let mut heard = packet(&[("A", b"b")]);
        for modifier1 in [1, 5, 255] {
            heard[0] = modifier1;
            assert!(read_packet(&mut &heard[..]).is_err(), "modifier1 is {modifier1}");
        }
        // This one says nothing.
        (heard[0], heard[3]) = (0, Seed::new().number(1..=255) as u8);
        assert_eq!(read_packet(&mut &heard[..]).unwrap(), environ(&[("A", b"b")]));
        assert!(read_packet(&mut &packet_of(b"\x01\0\xff\0\0")[..]).is_err());
        assert!(read_packet(&mut &b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"[..]).is_err());
    }

    #[test]
    fn a_request_is_answered_however_it_is_cut() {
        let mut seed = Seed::new();
        let (query, body) = (seed.word(), seed.bytes(30));
        let of: [(&str, &[u8]); 3] = [
            ("REQUEST_METHOD", b"POST"),
            ("QUERY_STRING", query.as_bytes()),
            ("CONTENT_LENGTH", b"30"),
        ];
        let right = format!("REQUEST_METHOD=POST\nQUERY_STRING={query}\nCONTENT_LENGTH=30\n");
        let right = [right.as_bytes(), &body].concat();
        for_every_split([packet(&of), body].concat(), |input| {
            let reply = reply(told, input);
            assert_eq!(reply.status, 200);
            assert_eq!(reply.header("Content-Type"), Some("text/plain; charset=utf-8"));
            assert_bytes!(reply.body, &right);
        });
    }

    #[test]
    fn without_a_length_there_is_no_body() {
        // nginx sends the variable empty where the client has sent none.
        for of in [&[][..], &[("CONTENT_LENGTH", &b""[..])], &[("CONTENT_LENGTH", b"0")]] {
            let application = |_: &Environ, input: &mut dyn Read| {
                assert_eq!(input.read(&mut [0; 9]).unwrap(), 0);
                Ok(Response::text("soup"))
            };
            // It waits for the answer, and would have no more to say.
            let input = Script::new().bytes(packet(of)).once(|said| said.ends_with(b"soup"));
            assert_bytes!(reply(application, input).body, "soup");
        }
        for length in ["a", "-1", "1 ", "18446744073709551616"] {
            let application = |_: &Environ, _: &mut dyn Read| -> Result<Response> {
                panic!("nobody knows where the body ends")
            };
            let (said, outcome) =
                talk(application, packet(&[("CONTENT_LENGTH", length.as_bytes())]));
            assert!(outcome.is_err(), "{length}");
            assert_bytes!(said, "");
        }
    }

    #[test]
    fn the_application_is_asked_before_the_body_is_there_and_reads_it_while_it_comes() {
        let (asked, halfway) = (Gate::new(), Gate::new());
        let input = Script::new()
            .bytes(packet(&[("CONTENT_LENGTH", b"9")]))
            .wait(&asked)
            .bytes("soup")
            .wait(&halfway)
            .bytes("bread, and what is not the body's");
        let application = move |_: &Environ, input: &mut dyn Read| {
            asked.open();
            let mut first = [0; 4];
            input.read_exact(&mut first)?;
            halfway.open();
            let mut rest = Vec::new();
            input.read_to_end(&mut rest)?;
            Ok(Response::text([&first[..], b" and ", &rest].concat()))
        };
        assert_bytes!(reply(application, input).body, "soup and bread");
    }

    #[test]
    fn what_the_application_has_left_of_the_body_is_read_before_the_answer_is_sent() {
        for takes in [0, 2, 4, 9] {
            let input = Script::new()
                .bytes([packet(&[("CONTENT_LENGTH", b"9")]), b"soup".to_vec()].concat())
                .once(<[u8]>::is_empty)
                .bytes("bread")
                // Then this one waits.
                .once(|said| said.ends_with(b"enough"));
            let application = move |_: &Environ, input: &mut dyn Read| {
                input.read_exact(&mut vec![0; takes])?;
                Ok(Response::text("enough"))
            };
            let (mut conn, peer) = MockConnection::pair(input);
            uwsgi(&application, &mut Both(&mut conn)).unwrap();
            assert_bytes!(Reply::parse(peer.sent()).body, "enough");
            assert_eq!(conn.read(&mut [0]).unwrap(), 0, "{takes} were taken");
        }
    }

    /// A connection that is lent.
    struct Both<'a>(&'a mut MockConnection);

    impl Read for Both<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.0.read(buffer)
        }
    }

    impl Write for Both<'_> {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            self.0.flush()
        }
    }

    #[test]
    fn a_body_that_ends_before_it_is_complete_is_not_taken_for_a_whole_one() {
        let length = Seed::new().number(5..=100_000).to_string();
        let heard = [packet(&[("CONTENT_LENGTH", length.as_bytes())]), b"soup".to_vec()].concat();
        let (errors, told) = mpsc::channel();
        let application = move |_: &Environ, input: &mut dyn Read| {
            let mut body = Vec::new();
            let error = input.read_to_end(&mut body).unwrap_err();
            errors.send((body, error.kind())).unwrap();
            Err(error.into())
        };
        // Whether there is anybody who would take an answer, nobody knows.
        let _ = talk(application, heard);
        assert_eq!(told.recv().unwrap(), (b"soup".to_vec(), ErrorKind::UnexpectedEof));
    }

    #[test]
    fn an_answer_of_unknown_length_is_sent_piece_by_piece_and_ends_with_the_connection() {
        let mut seed = Seed::new();
        let parts: Vec<_> = (0..4).map(|_| seed.word().into_bytes()).collect();
        let whole = parts.concat();
        let (conn, peer) = MockConnection::pair(packet(&[("REQUEST_METHOD", b"GET")]));
        let (seen, before) = (peer.clone(), Events::new());
        let log = before.clone();
        let application = move |_: &Environ, _: &mut dyn Read| {
            let (seen, log) = (seen.clone(), log.clone());
            let mut sent = Vec::new();
            let pieces = parts.clone().into_iter().map(move |piece| {
                log.log(format!("{}", seen.sent().ends_with(&sent) && !seen.sent().is_empty()));
                sent.extend(&piece);
                Ok(piece)
            });
            Ok(Response::new(200).stream(Body::Pieces(Box::new(pieces))))
        };
        uwsgi(&application, conn).unwrap();
        assert_eq!(before.list(), ["false", "true", "true", "true"], "was the last one sent?");
        let reply = Reply::parse(peer.sent());
        assert_eq!(
            (reply.header("Transfer-Encoding"), reply.header("Content-Length")),
            (None, None)
        );
        assert_bytes!(reply.body, whole);
    }

    #[test]
    fn an_answer_has_what_its_method_and_status_want() {
        let application = |_: &Environ, _: &mut dyn Read| Ok(Response::text("soup"));
        let (said, outcome) = talk(application, packet(&[("REQUEST_METHOD", b"HEAD")]));
        outcome.unwrap();
        let head = Reply::parse_head_only(&said);
        assert_eq!((head.status, head.header("Content-Length")), (200, Some("4")));
        assert!(said.ends_with(b"\r\n\r\n"));
        let application = |_: &Environ, _: &mut dyn Read| {
            Ok(Response::text("<p>").status(418).header("X-Name", "value")?)
        };
        let reply = reply(application, packet(&[("REQUEST_METHOD", b"GET")]));
        assert_eq!((reply.status, reply.header("X-Name")), (418, Some("value")));
    }

    #[test]
    fn an_error_is_the_answer_of_its_status() {
        for (error, status) in [
            (fails_with(|| HttpError(404).into()), 404),
            (fails_with(|| anyhow::anyhow!("no soup")), 500),
        ] {
            let reply = reply(error, packet(&[("REQUEST_METHOD", b"GET")]));
            assert_eq!((reply.status, reply.text().contains("soup")), (status, false));
        }
        let application = |_: &Environ, _: &mut dyn Read| Ok(Response::new(200).stream(failing()));
        let (_, outcome) = talk(application, packet(&[("REQUEST_METHOD", b"GET")]));
        assert!(outcome.is_err(), "a part is no answer");
    }
}
