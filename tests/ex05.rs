//! What the extensions of chapter 5 promise.

use ch05::{Head, PICTURE, PIXEL, answer, hello, mirror, serve};
use mock::{Ending, Live, MockConnection, Reply, Script, Seed, assert_bytes, for_every_split};
use std::io::ErrorKind;

mod mirror {
    use super::*;

    /// What a client hears that sends `input`.
    fn heard(input: impl Into<Script>) -> Reply {
        let (conn, peer) = MockConnection::pair(input);
        mirror(conn).unwrap();
        assert!(peer.is_closed());
        Reply::parse(peer.sent())
    }

    /// A head with everything in it that a server might want to put in order.
    fn untidy_head(seed: &mut Seed) -> String {
        let word = seed.words(6);
        format!(
            "GET /{}?a=%20{} HTTP/1.1\r\n\
             Host: {}\r\n\
             x-LOWER-and-UPPER:{}\r\n\
             X-Padded: \t two  words \t\r\n\
             X-Nothing:\r\n\
             x-lower-and-upper: gr\u{fc}\u{df} {}\r\n\
             {}: :\r\n",
            word[0], word[1], word[2], word[3], word[4], word[5]
        )
    }

    #[test]
    fn the_head_comes_back_as_it_came_however_it_is_cut() {
        let head = untidy_head(&mut Seed::new());
        for_every_split(format!("{head}\r\n"), |input| assert_bytes!(heard(input).body, head));
    }

    #[test]
    fn a_first_line_may_be_all_there_is() {
        let line = format!("GET /{} HTTP/1.0\r\n", Seed::new().word());
        for_every_split(format!("{line}\r\n"), |input| assert_bytes!(heard(input).body, line));
    }

    #[test]
    fn the_answer_is_plain_text_and_says_who_answers_and_how_long_it_is() {
        let head = untidy_head(&mut Seed::new());
        let reply = heard(format!("{head}\r\n"));
        assert_eq!((reply.version, reply.status, reply.reason.as_str()), (0, 200, "OK"));
        assert_eq!(reply.header("Server"), Some("OwnHands/0.1"));
        assert_eq!(reply.header("Content-Type"), Some("text/plain; charset=utf-8"));
        // Of bytes: some of its letters have two.
        assert_eq!(reply.header("Content-Length"), Some(head.len().to_string().as_str()));
        assert_eq!(reply.header("Connection"), Some("close"));
    }

    #[test]
    fn bytes_that_are_no_text_come_back_too() {
        let mut bytes = Seed::new().bytes(60);
        bytes.retain(|byte| !b"\r\n".contains(byte));
        let head = [b"GET / HTTP/1.1\r\nX: \xff\xc3(\0", &bytes[..], b"\r\n"].concat();
        for_every_split([&head[..], b"\r\n"].concat(), |input| {
            assert_bytes!(heard(input).body, head);
        });
    }

    #[test]
    fn what_makes_no_sense_comes_back_too() {
        let mut seed = Seed::new();
        let (one, two) = (seed.word(), seed.word());
        for head in [format!("{one}\r\n"), format!("{one}  {two}\r\n{two}\r\n{one}: \n{two}\r\n")] {
            assert_bytes!(heard(format!("{head}\r\n")).body, head);
        }
    }

    #[test]
    fn what_comes_after_the_blank_line_does_not_come_back() {
        let body = Seed::new().word();
        let head = format!("POST / HTTP/1.1\r\nContent-Length: {}\r\n", body.len());
        for_every_split(format!("{head}\r\n{body}\r\n\r\n"), |input| {
            assert_bytes!(heard(input).body, head);
        });
    }

    #[test]
    fn a_long_head_comes_back_whole() {
        let mut seed = Seed::new();
        let mut head = "GET / HTTP/1.1\r\n".to_owned();
        for number in 0..seed.number(90..=99) {
            head += &format!("X-{number}: {}\r\n", seed.word().repeat(12));
        }
        let input = format!("{head}\r\n").into_bytes();
        for length in [100, 1023, 1024, 1025, input.len()] {
            let pieces: Vec<Vec<u8>> = input.chunks(length).map(<[u8]>::to_vec).collect();
            assert_bytes!(heard(pieces).body, head, "in pieces of {length}");
        }
    }

    #[test]
    fn the_answer_is_whole_though_writes_are_short_and_interrupted() {
        let head = untidy_head(&mut Seed::new());
        for at_most in [1, 7, 100] {
            let (conn, peer) = MockConnection::pair(format!("{head}\r\n"));
            mirror(conn.short_writes(at_most).interrupt_writes()).unwrap();
            assert_bytes!(Reply::parse(peer.sent()).body, head);
        }
    }

    #[test]
    fn nothing_is_read_behind_the_blank_line() {
        // Whoever reads on meets the reset.
        let head = untidy_head(&mut Seed::new());
        assert_bytes!(heard(Script::new().bytes(format!("{head}\r\n")).reset()).body, head);
    }

    #[test]
    fn who_leaves_before_the_blank_line_hears_nothing() {
        let (conn, peer) = MockConnection::pair("");
        mirror(conn).unwrap();
        assert_bytes!(peer.sent(), b"", "who has not sent a byte");

        let head = untidy_head(&mut Seed::new()) + "\r";
        for length in 1..=head.len() {
            let (conn, peer) = MockConnection::pair(&head.as_bytes()[..length]);
            let error = mirror(conn).expect_err("who leaves in the middle is an error");
            assert_eq!(error.kind(), ErrorKind::UnexpectedEof, "after {length} bytes");
            assert_bytes!(peer.sent(), b"", "after {length} bytes");
        }
    }

    #[test]
    fn an_answer_that_is_not_taken_is_an_error() {
        let bytes = Seed::new().number(0..=120);
        let (conn, peer) = MockConnection::pair("GET / HTTP/1.1\r\nHost: mock\r\n\r\n");
        let error = mirror(conn.fail_writes_after(bytes, ErrorKind::BrokenPipe)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::BrokenPipe);
        assert_eq!(peer.sent().len(), bytes);

        let (conn, peer) = MockConnection::pair("GET / HTTP/1.1\r\nHost: mock\r\n\r\n");
        assert!(mirror(conn.take_nothing_after(bytes)).is_err());
        assert_eq!(peer.sent().len(), bytes);
    }

    #[test]
    fn clients_over_tcp_see_themselves() {
        let mut seed = Seed::new();
        Live::run(
            |incoming| serve(incoming, mirror),
            |live| {
                for word in seed.words(3) {
                    let head = format!("GET /{word} HTTP/1.1\r\nHost: {}\r\n", live.addr());
                    let mut client = live.connect();
                    client.send(format!("{head}\r\n"));
                    let (bytes, ending) = client.read_to_end();
                    assert_eq!(ending, Ending::Closed);
                    assert_bytes!(Reply::parse(bytes).body, head);
                }
            },
        );
    }
}

mod pixel {
    use super::*;

    /// The answer to a request for `target`, read by a parser that is not ours.
    fn answer_to(method: &str, target: &str) -> Reply {
        let (method, target) = (method.to_owned(), target.to_owned());
        let protocol = "HTTP/1.1".to_owned();
        Reply::parse(answer(&Head { method, target, protocol, headers: Vec::new() }))
    }

    /// Takes so many bytes off the front.
    fn take<'a>(gif: &mut &'a [u8], count: usize, what: &str) -> &'a [u8] {
        assert!(count <= gif.len(), "it ends where {what} should be");
        let (taken, rest) = gif.split_at(count);
        *gif = rest;
        taken
    }

    /// Takes a number of two bytes.
    fn two_bytes(gif: &mut &[u8], what: &str) -> usize {
        let bytes = take(gif, 2, what);
        usize::from(bytes[0]) | usize::from(bytes[1]) << 8
    }

    /// Takes a table of colours, if these flags say that there is one; how many there are.
    fn colours(gif: &mut &[u8], flags: u8) -> usize {
        if flags & 0x80 == 0 {
            return 0;
        }
        let count = 2 << (flags & 0x07);
        take(gif, 3 * count, "the table of colours");
        count
    }

    /// Blocks with their lengths before them, up to one of length 0.
    fn blocks(gif: &mut &[u8], what: &str) -> Vec<u8> {
        let mut all = Vec::new();
        loop {
            let length = take(gif, 1, what)[0];
            if length == 0 {
                return all;
            }
            all.extend(take(gif, length.into(), what));
        }
    }

    /// What a browser makes of a GIF. Which colours are in it does not matter.
    #[test]
    fn the_bytes_are_a_picture_of_one_transparent_pixel() {
        let mut gif = &PIXEL[..];
        assert_bytes!(take(&mut gif, 6, "GIF89a"), b"GIF89a", "the first bytes");
        let screen = (two_bytes(&mut gif, "the width"), two_bytes(&mut gif, "the height"));
        assert_eq!(screen, (1, 1), "width and height of the screen");
        let flags = take(&mut gif, 3, "the rest of the screen")[0];
        let table = colours(&mut gif, flags);

        let mut transparent = None;
        let mut pixel = None;
        loop {
            match take(&mut gif, 1, "the last byte, 0x3b,")[0] {
                0x21 if take(&mut gif, 1, "what the block is about")[0] == 0xf9 => {
                    let block = blocks(&mut gif, "the block about transparency");
                    assert_eq!(block.len(), 4, "bytes in the block about transparency");
                    transparent = (block[0] & 0x01 != 0).then_some(usize::from(block[3]));
                }
                0x21 => drop(blocks(&mut gif, "a block")),
                0x2c => {
                    let place = [(); 4].map(|()| two_bytes(&mut gif, "the picture's place"));
                    assert_eq!(place, [0, 0, 1, 1], "left, top, width and height of the picture");
                    let flags = take(&mut gif, 1, "the picture's last byte")[0];
                    let own = colours(&mut gif, flags);
                    let known = if own > 0 { own } else { table };
                    pixel = Some(pixel_in(&mut gif));
                    assert!(pixel < Some(known), "colour {pixel:?} is none of {known}");
                }
                0x3b => break,
                other => panic!("{other:#04x} stands where 0x21, 0x2c or 0x3b should be"),
            }
        }
        assert_bytes!(gif, b"", "behind the last byte");
        assert!(pixel.is_some(), "there is no picture");
        assert_eq!(transparent, pixel, "the transparent colour (left) and the pixel's (right)");
    }

    /// The colour of the only pixel: three codes, `begin`, colour and `end`.
    fn pixel_in(gif: &mut &[u8]) -> usize {
        let bits_of_a_colour = take(gif, 1, "the pixel")[0];
        assert!((2..=8).contains(&bits_of_a_colour), "the pixel's first byte is 2");
        let data = blocks(gif, "the pixel");
        let begin = 1 << bits_of_a_colour;
        let width = usize::from(bits_of_a_colour) + 1;
        let bit =
            |index: usize| data.get(index / 8).is_some_and(|byte| byte >> (index % 8) & 1 == 1);
        let code = |first: usize| (0..width).map(|n| usize::from(bit(first + n)) << n).sum();
        let codes: [usize; 3] = [code(0), code(width), code(2 * width)];
        let [first, colour, last] = codes;
        assert!(
            first == begin && colour < begin && last == begin + 1,
            "the pixel is {codes:?}, and should be {begin}, a colour, {}",
            begin + 1
        );
        colour
    }

    #[test]
    fn the_pixel_is_at_its_address_for_every_method() {
        for method in ["GET", "POST", &Seed::new().word().to_uppercase()] {
            assert_bytes!(answer_to(method, "/pixel.gif").body, PIXEL, "to {method}");
        }
    }

    #[test]
    fn the_answer_says_what_it_is_and_how_long() {
        let reply = answer_to("GET", "/pixel.gif");
        assert_eq!((reply.version, reply.status, reply.reason.as_str()), (0, 200, "OK"));
        assert_eq!(reply.header("Server"), Some("OwnHands/0.1"));
        assert_eq!(reply.header("Content-Type"), Some("image/gif"));
        assert_eq!(reply.header("Content-Length"), Some("43"));
        assert_eq!(reply.header("Connection"), Some("close"));
    }

    #[test]
    fn the_pixel_is_at_no_other_address_and_what_was_there_is_there() {
        let word = Seed::new().word();
        for target in [
            "/",
            "/pixel",
            "/pixel.gif/",
            "pixel.gif",
            &format!("/{word}"),
            &format!("/{word}.gif"),
            &format!("/{word}/pixel.gif"),
        ] {
            assert_bytes!(answer_to("GET", target).body, b"Hi there!\n", "at {target}");
        }
        assert_bytes!(answer_to("GET", "/picture.png").body, PICTURE);
        assert_bytes!(answer_to("GET", "/pixel.gif").body, PIXEL);
    }

    #[test]
    fn a_browser_gets_the_pixel_however_the_request_is_cut() {
        let host = Seed::new().word();
        let request = format!("GET /pixel.gif HTTP/1.1\r\nHost: {host}\r\nAccept: image/*\r\n\r\n");
        for_every_split(request, |input| {
            let (conn, peer) = MockConnection::pair(input);
            hello(conn.short_writes(20)).unwrap();
            assert_bytes!(Reply::parse(peer.sent()).body, PIXEL);
        });
    }
}
