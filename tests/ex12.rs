//! What the extensions of chapter 12 promise.

use ch12::{
    Adler32, Body, HttpError, HttpServer, Incoming, RequestBody, Response, answer_at_most,
    encode_chunk, path, receive_checked,
};
use mock::{MockConnection, Script, Seed, assert_bytes, for_every_split};
use std::io::{self, ErrorKind, Read, Write};

mod checked {
    use super::*;

    fn sum_of(bytes: &[u8]) -> u32 {
        let mut adler = Adler32::default();
        adler.add(bytes);
        adler.sum()
    }

    /// Computed by zlib.
    #[test]
    fn the_sum_is_that_of_rfc_1950() {
        for (bytes, sum) in [
            (&b""[..], 1),
            (b"\0", 0x0001_0001),
            (b"a", 0x0062_0062),
            (b"Wikipedia", 0x11e6_0398),
            (&[0xff; 300], 0xb90f_2ae4),
            (&[0xff; 5552], 0xf18f_9b8c),
            (&[0; 65_521], 0x0000_0001),
            (&[1; 65_520], 0xfff0_0000),
        ] {
            assert_eq!(sum_of(bytes), sum, "of {} bytes: {:08x}", bytes.len(), sum_of(bytes));
        }
    }

    #[test]
    fn a_sum_does_not_depend_on_pieces() {
        let bytes = Seed::new().bytes(300);
        let whole = sum_of(&bytes);
        for cut in 0..=bytes.len() {
            let mut adler = Adler32::default();
            adler.add(&bytes[..cut]);
            adler.add(&bytes[cut..]);
            assert_eq!(adler.sum(), whole, "cut at {cut}");
        }
    }

    /// A request with this body in two chunks, these fields in its head, and these trailers.
    fn upload(fields: &str, body: &[u8], trailers: &str) -> Vec<u8> {
        let head = format!("Host: a\r\nTransfer-Encoding: chunked\r\n{fields}");
        let mut request = format!("PUT / HTTP/1.1\r\n{head}\r\n").into_bytes();
        let (first, second) = body.split_at(body.len() / 3);
        encode_chunk(first, &mut request);
        encode_chunk(second, &mut request);
        request.extend(format!("0\r\n{trailers}\r\n").as_bytes());
        request
    }

    fn receive(script: impl Into<Script>, to: &mut impl Write) -> anyhow::Result<u64> {
        let (mut conn, _peer) = MockConnection::pair(script);
        let mut incoming = Incoming::new(&mut conn);
        let head = incoming.read_head(None).unwrap().unwrap();
        receive_checked(&mut RequestBody::new(&mut incoming, &head), to)
    }

    #[test]
    fn what_has_its_sum_is_written_whatever_pieces_it_comes_in() {
        let body = Seed::new().bytes(60);
        let sum = sum_of(&body);
        for field in
            [format!("Adler-32: {sum:08x}\r\n"), format!("X: y\r\nadler-32:\t{sum:08X} \r\n")]
        {
            for_every_split(upload("", &body, &field), |script| {
                let mut to = Vec::new();
                assert_eq!(receive(script, &mut to).unwrap(), 60);
                assert_bytes!(to, body);
            });
        }
        let mut to = Vec::new();
        let nothing = upload("", b"", "Adler-32: 00000001\r\n");
        assert_eq!(receive(nothing, &mut to).unwrap(), 0);
        assert_bytes!(to, b"");
    }

    #[track_caller]
    fn assert_refused(request: impl Into<Script>) {
        let error = receive(request, &mut io::sink()).expect_err("it is not checked");
        assert_eq!(error.downcast_ref(), Some(&HttpError(400)), "{error:#}");
    }

    #[test]
    fn what_has_another_sum_or_none_is_refused() {
        let mut seed = Seed::new();
        let body = seed.bytes(60);
        let sum = sum_of(&body);
        let right = format!("Adler-32: {sum:08x}\r\n");
        for bit in 0..32 {
            assert_refused(upload("", &body, &format!("Adler-32: {:08x}\r\n", sum ^ (1 << bit))));
        }
        let mut other = body.clone();
        let at = seed.number(0..=59);
        other[at] ^= 1;
        assert_refused(upload("", &other, &right));
        for trailers in [
            String::new(),
            "Adler-32:\r\n".to_owned(),
            format!("Adler-32: 0{sum:08x}\r\n"),
            format!("Adler-32: 0x{sum:08x}\r\n"),
            format!("Adler-32: {sum}\r\n"),
            format!("Adler-32: \"{sum:08x}\"\r\n"),
            format!("Adler32: {sum:08x}\r\n"),
            format!("Adler-32: {sum:08x}, {sum:08x}\r\n"),
            format!("{right}{right}"),
            format!("{right}Adler-32: 00000001\r\n"),
        ] {
            assert_refused(upload("", &body, &trailers));
        }
        // The form counts, and not the number: this sum begins with a zero.
        assert_eq!(sum_of(b"a"), 0x0062_0062);
        for value in ["620062", "+0620062", "+620062"] {
            assert_refused(upload("", b"a", &format!("Adler-32: {value}\r\n")));
        }
    }

    #[test]
    fn what_stands_in_the_head_does_not_count() {
        let body = Seed::new().bytes(60);
        let right = format!("Adler-32: {:08x}\r\n", sum_of(&body));
        assert_refused(upload(&right, &body, ""));
        receive(upload("Adler-32: 00000000\r\n", &body, &right), &mut io::sink()).unwrap();
        let head = format!("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 60\r\n{right}\r\n");
        assert_refused([head.as_bytes(), &body].concat());
    }

    #[test]
    fn errors_of_both_sides_are_returned_as_they_are() {
        let kind = |error: anyhow::Error| error.downcast::<io::Error>().unwrap().kind();
        let whole = upload("", b"abc", "Adler-32: 024d0127\r\n");
        assert_eq!(receive(&whole, &mut io::sink()).unwrap(), 3);
        // Nothing goes into no room.
        let mut full: &mut [u8] = &mut [];
        assert_eq!(kind(receive(&whole, &mut full).unwrap_err()), ErrorKind::WriteZero);
        let cut = whole.len() - 3;
        let error = receive(&whole[..cut], &mut io::sink()).unwrap_err();
        assert_eq!(kind(error), ErrorKind::UnexpectedEof);
    }

    /// A client that sends a mebibyte of zeros, in a chunk that would be longer.
    struct Endless(io::Cursor<Vec<u8>>, usize);

    impl Read for Endless {
        fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
            match self.0.read(out)? {
                0 => {
                    let count = out.len().min(self.1);
                    self.1 -= count;
                    out[..count].fill(0);
                    Ok(count)
                }
                count => Ok(count),
            }
        }
    }

    impl Write for Endless {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// Takes so many bytes, and then no more.
    struct Disk(usize);

    impl Write for Disk {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let count = bytes.len().min(self.0);
            self.0 -= count;
            Ok(count)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn what_has_come_is_written_before_the_rest_comes() {
        let head = "PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
        let begin = format!("{head}7fffffffffffffff\r\n");
        let mut conn = Endless(io::Cursor::new(begin.into_bytes()), 1024 * 1024);
        let mut incoming = Incoming::new(&mut conn);
        let head = incoming.read_head(None).unwrap().unwrap();
        let mut body = RequestBody::new(&mut incoming, &head);
        // Who reads all of it first never comes to write.
        let mut limited = Disk(Seed::new().number(1..=200_000));
        let error = receive_checked(&mut body, &mut limited).unwrap_err();
        assert_eq!(error.downcast::<io::Error>().unwrap().kind(), ErrorKind::WriteZero);
        assert_eq!(limited.0, 0);
    }
}

mod at_most {
    use super::*;

    /// A server that says which request it was asked.
    fn server() -> HttpServer {
        let mut server = HttpServer::default();
        server.register(
            |request| request.path.starts_with("/is/"),
            |request| {
                let body = String::from_utf8_lossy(&request.body);
                Ok(Response::text(format!("{} {} {body}\n", request.method, request.path)))
            },
        );
        server.register(path("/close"), |_| {
            Ok(Response::text("bye\n").header("Connection", "close")?)
        });
        server.register(path("/pieces"), |_| {
            let pieces = [Ok(b"soup".to_vec())];
            Ok(Response::new(200).stream(Body::Pieces(Box::new(pieces.into_iter()))))
        });
        server
    }

    fn talk(most: u64, script: impl Into<Script>) -> (String, anyhow::Result<()>) {
        let (mut conn, peer) = MockConnection::pair(script);
        let result = answer_at_most(&server(), &mut conn, None, most);
        (String::from_utf8(peer.sent()).unwrap(), result)
    }

    fn get(target: &str, fields: &str) -> String {
        format!("GET {target} HTTP/1.1\r\nHost: a\r\n{fields}\r\n")
    }

    const ASKS: &str = "Connection: keep-alive\r\n";

    /// Of each answer: the status, `Connection`, `Keep-Alive`, and the body's first line.
    #[track_caller]
    fn answers(sent: &str) -> Vec<[&str; 4]> {
        let mut all = Vec::new();
        let mut rest = sent;
        while !rest.is_empty() {
            let (head, behind) = rest.split_once("\r\n\r\n").expect("the end of a head");
            let field = |name: &str| {
                let mut fields = head.split("\r\n").filter_map(|line| line.strip_prefix(name));
                let value = fields.next().unwrap_or_default();
                assert_eq!(fields.next(), None, "{name} twice");
                value
            };
            let length: usize = field("Content-Length: ").parse().unwrap();
            let (body, behind) = behind.split_at(length);
            let status = head.strip_prefix("HTTP/1.1 ").expect("a status line");
            all.push([
                status.split(' ').next().unwrap(),
                field("Connection: "),
                field("Keep-Alive: "),
                body.lines().next().unwrap_or_default(),
            ]);
            rest = behind;
        }
        all
    }

    #[test]
    fn the_last_answer_says_close_and_nothing_behind_it_is_answered() {
        let mut seed = Seed::new();
        let word = seed.word();
        for most in 1..=4 {
            let more = seed.number(0..=3);
            let one = get(&format!("/is/{word}"), "");
            let (sent, result) = talk(most as u64, one.repeat(most + more));
            result.unwrap();
            let body = format!("GET /is/{word} ");
            let mut expected = vec![["200", "", "", &*body]; most];
            expected[most - 1][1] = "close";
            assert_eq!(answers(&sent), expected);
        }
    }

    #[test]
    fn behind_the_last_answer_nothing_is_read() {
        let request = get("/is/a", "");
        let script = Script::from(&*request).bytes(&request).bytes(&request);
        let (mut conn, peer) = MockConnection::pair(script);
        answer_at_most(&server(), &mut conn, None, 2).unwrap();
        assert_eq!(peer.reads(), 2);
    }

    #[test]
    fn requests_are_answered_in_order_however_they_are_cut() {
        let words = Seed::new().words(3);
        let [first, second, third] = [0, 1, 2].map(|at| format!("/is/{}", words[at]));
        let head = format!("POST {second} HTTP/1.1\r\nHost: a\r\n");
        let requests = [
            get(&first, ""),
            format!("{head}Content-Length: 3\r\n\r\nabc"),
            format!("{head}Transfer-Encoding: chunked\r\n\r\n2\r\nde\r\n1\r\nf\r\n0\r\n\r\n"),
            get(&third, ""),
        ];
        for_every_split(requests.concat(), |script| {
            let (sent, result) = talk(9, script);
            result.unwrap();
            let bodies: Vec<_> = answers(&sent).iter().map(|answer| answer[3].to_owned()).collect();
            let expected = [
                format!("GET {first} "),
                format!("POST {second} abc"),
                format!("POST {second} def"),
                format!("GET {third} "),
            ];
            assert_eq!(bodies, expected);
        });
    }

    #[test]
    fn who_asks_is_told_for_how_long_and_how_often() {
        let mut seed = Seed::new();
        let most = seed.number(3..=9);
        let (mut conn, peer) = MockConnection::pair(get("/is/a", ASKS).repeat(most));
        let mut server = server();
        let idle = seed.number(1..=600);
        server.limits.idle_time = std::time::Duration::from_millis(idle as u64 * 1000 + 999);
        answer_at_most(&server, &mut conn, None, most as u64).unwrap();
        let sent = String::from_utf8(peer.sent()).unwrap();
        let told: Vec<_> = answers(&sent).iter().map(|answer| answer[2].to_owned()).collect();
        let mut expected: Vec<_> =
            (1..most).rev().map(|left| format!("timeout={idle}, max={left}")).collect();
        expected.push(String::new());
        assert_eq!(told, expected);
    }

    #[test]
    fn nobody_else_is_told() {
        let told = "timeout=5, max=8";
        for (version, fields, connection, keep_alive) in [
            ("1.1", "", "", ""),
            ("1.1", "Connection: TE\r\n", "", ""),
            ("1.1", "Connection: Keep-Alive\r\n", "", told),
            ("1.1", "Connection: TE, keep-alive\r\n", "", told),
            ("1.1", "Connection: TE\r\nConnection: keep-alive\r\n", "", told),
            ("1.1", "Connection: keep-alive, close\r\n", "close", ""),
            ("1.1", "Connection: close\r\n", "close", ""),
            ("1.0", "", "close", ""),
            ("1.0", "Connection: keep-alive\r\n", "keep-alive", told),
            ("1.1", "Keep-Alive: timeout=5\r\n", "", ""),
        ] {
            let request = format!("GET /is/a HTTP/{version}\r\nHost: a\r\n{fields}\r\n");
            let (sent, result) = talk(9, request);
            result.unwrap();
            assert_eq!(
                answers(&sent),
                [["200", connection, keep_alive, "GET /is/a "]],
                "{version} {fields}"
            );
        }
        let (sent, result) = talk(9, get("/close", ASKS).repeat(2));
        result.unwrap();
        assert_eq!(answers(&sent), [["200", "close", "", "bye"]]);
        // For who knows no chunks, a body of unknown length ends with the connection.
        let old = "GET /pieces HTTP/1.0\r\nConnection: keep-alive\r\n\r\n";
        let (sent, result) = talk(9, old.repeat(2));
        result.unwrap();
        assert!(sent.contains("\r\nConnection: close\r\n"), "{sent}");
        assert!(!sent.contains("Keep-Alive"), "{sent}");
        let (sent, result) = talk(9, old.replace("GET", "HEAD").repeat(2));
        result.unwrap();
        assert!(sent.contains("\r\nKeep-Alive: timeout=5, max=8\r\n"), "{sent}");
    }

    #[test]
    fn what_a_handler_cannot_answer_does_not_end_the_connection() {
        let (sent, result) = talk(9, get("/nothing", "") + &get("/is/a", ""));
        result.unwrap();
        let statuses: Vec<_> = answers(&sent).iter().map(|answer| answer[0].to_owned()).collect();
        assert_eq!(statuses, ["404", "200"]);
    }

    #[test]
    fn a_request_that_cannot_be_read_is_told_why_and_is_the_last() {
        let head = "POST /is/a HTTP/1.1\r\nHost: a\r\n";
        let chunked = format!("{head}Transfer-Encoding: chunked\r\n\r\n");
        // What is wrong with a chunk, a learner says in words of their own.
        let place = format!(" at byte {}", chunked.len());
        for (broken, status, why, place) in [
            ("GET / HTTP/1.1\r\n\r\n".to_owned(), "400", "no Host at byte 18", ""),
            ("GET / HTTP/1.1\r\nHos".to_owned(), "400", "the message ends at byte 19", ""),
            (format!("{chunked}x"), "400", "", place.as_str()),
            (format!("{head}Transfer-Encoding: gzip, chunked\r\n\r\n"), "501", "", ""),
            (format!("{head}Content-Length: 1048577\r\n\r\n"), "413", "", ""),
        ] {
            let (sent, result) = talk(9, get("/is/a", ASKS) + &broken);
            result.unwrap();
            let answers = answers(&sent);
            assert_eq!(answers.len(), 2, "{broken:?}");
            assert_eq!(answers[1][..3], [status, "close", ""], "{broken:?}");
            let told = &answers[1][3];
            assert!(told.starts_with(why) && told.contains(place), "{told:?}");
        }
    }

    #[test]
    fn head_gets_no_body_though_it_cannot_be_read() {
        for broken in [
            "HEAD / HTTP/1.1\r\n\r\n".to_owned(),
            "HEAD /is/a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nx".to_owned(),
        ] {
            let (sent, result) = talk(9, broken);
            result.unwrap();
            assert!(sent.starts_with("HTTP/1.1 400 "), "{sent}");
            assert!(sent.ends_with("\r\n\r\n"), "{sent}");
        }
        let head = get("/is/a", "").replace("GET", "HEAD");
        let (sent, result) = talk(9, head + &get("/close", ""));
        result.unwrap();
        assert_eq!(sent.matches("HTTP/1.1 200 OK\r\n").count(), 2);
        assert!(!sent.contains("HEAD"), "{sent}");
    }

    #[test]
    fn who_is_silent_is_told_so_only_in_the_middle() {
        let late = |text: &str| talk(9, Script::from(text).fail(ErrorKind::TimedOut));
        let (sent, result) = late(&get("/is/a", ""));
        result.unwrap();
        assert_eq!(answers(&sent).len(), 1);
        let body = "POST /is/a HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n";
        for (text, before) in [
            (String::new(), 0),
            (get("/is/a", "") + "GET", 1),
            (body.to_owned(), 0),
            (get("/is/a", "") + body, 1),
        ] {
            let (sent, result) = late(&text);
            result.unwrap();
            let answers = answers(&sent);
            assert_eq!(answers.len(), before + 1, "{text:?}");
            assert_eq!(answers[before][..2], ["408", "close"]);
        }
        let (sent, result) = talk(9, "");
        result.unwrap();
        assert_eq!(sent, "");
    }

    #[test]
    fn where_nobody_is_there_it_is_an_error() {
        let (sent, result) = talk(9, Script::from(get("/is/a", "") + "GET").reset());
        assert!(result.is_err());
        assert_eq!(answers(&sent).len(), 1);
        let (conn, peer) = MockConnection::pair(get("/is/a", "").repeat(2));
        let mut conn = conn.fail_writes_after(10, ErrorKind::BrokenPipe);
        assert!(answer_at_most(&server(), &mut conn, None, 9).is_err());
        assert_eq!(peer.sent().len(), 10);
    }
}
