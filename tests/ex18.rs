//! What the extensions of chapter 18 promise.

mod multipart {
    use anyhow::Result;
    use ch18::{HttpError, MAX_PART_HEAD, MAX_PARTS, MAX_PIECE, Multipart, Part};
    use mock::{Gate, MockConnection, Script, Seed, assert_bytes, for_every_split};
    use std::io::{self, ErrorKind, Read};
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    fn content_type(boundary: &str) -> String {
        format!("multipart/form-data; boundary={boundary}")
    }

    fn part(name: &str, file_name: Option<&str>, content_type: Option<&str>) -> Part {
        let [file_name, content_type] = [file_name, content_type].map(|of| of.map(str::to_owned));
        Part { name: name.to_owned(), file_name, content_type }
    }

    /// A form with the boundary `b`.
    fn form<R: Read>(input: R) -> Multipart<R> {
        Multipart::new(&content_type("b"), input).unwrap()
    }

    /// What is left of the content of a part.
    fn content(form: &mut Multipart<impl Read>) -> Result<Vec<u8>> {
        let mut content = Vec::new();
        while let Some(piece) = form.next_piece()? {
            assert!(!piece.is_empty(), "a piece without a byte");
            content.extend(piece);
        }
        Ok(content)
    }

    /// All parts with what is in them.
    fn all(mut form: Multipart<impl Read>) -> Result<Vec<(Part, Vec<u8>)>> {
        let mut parts = Vec::new();
        assert_eq!(form.next_piece()?, None, "a piece of no part");
        while let Some(part) = form.next_part()? {
            parts.push((part, content(&mut form)?));
            assert_eq!(form.next_piece()?, None, "a piece behind the last");
        }
        assert_eq!((form.next_part()?, form.next_piece()?), (None, None));
        Ok(parts)
    }

    #[track_caller]
    fn status<T: std::fmt::Debug>(outcome: Result<T>) -> u16 {
        let error = outcome.expect_err("it is not well");
        error.downcast::<HttpError>().expect("a status").0
    }

    /// A part with nothing but a name, and its content.
    fn named(name: &str, content: &str) -> (Part, Vec<u8>) {
        (part(name, None, None), content.into())
    }

    /// So many bytes of content, in as many pieces as they come.
    fn some(form: &mut Multipart<impl Read>, length: usize) -> Vec<u8> {
        let mut content = Vec::new();
        while content.len() < length {
            content.extend(form.next_piece().unwrap().expect("there is more"));
        }
        content
    }

    /// The same for every split, of a form with the boundary `b`.
    #[track_caller]
    fn assert_status(body: &str, expected: u16) {
        for_every_split(body, |input: Script| {
            let (conn, _peer) = MockConnection::pair(input);
            assert_eq!(status(all(form(conn))), expected, "{body:?}");
        });
    }

    /// A part with the boundary `b` and nothing but a name.
    fn field(name: &str, content: &str) -> String {
        format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{content}\r\n")
    }

    /// The only part of a form whose `Content-Disposition` has this value.
    fn disposed(value: &str) -> Result<Part> {
        let body = format!("--b\r\nContent-Disposition: {value}\r\n\r\nsoup\r\n--b--\r\n");
        let [(part, content)] = &all(form(body.as_bytes()))?[..] else { panic!("it is one part") };
        assert_bytes!(content, "soup");
        Ok(part.clone())
    }

    #[test]
    fn parts_are_read_however_they_are_cut() {
        let mut seed = Seed::new();
        let (boundary, words) = (format!("----{}", seed.word()), seed.words(5));
        let [first, second, file, kind, text] = &words[..] else { panic!("five of them") };
        let bytes = [&seed.bytes(20)[..], b"\r\n--\r\n\r\n\0\xff\r"].concat();
        let body = [
            format!(
                "--{boundary}\r\nContent-Disposition: form-data; name=\"{first}\"\r\n\r\n{text}\r\n\
                 --{boundary}\r\nContent-Disposition: form-data; name=\"{second}\"; filename=\"{file}\"\r\n\
                 Content-Type: image/{kind}\r\n\r\n"
            )
            .as_bytes(),
            &bytes,
            format!("\r\n--{boundary}--\r\n").as_bytes(),
        ]
        .concat();
        let right =
            [named(first, text), (part(second, Some(file), Some(&format!("image/{kind}"))), bytes)];
        for_every_split(&body, |input| {
            let (conn, _peer) = MockConnection::pair(input);
            let form = Multipart::new(&content_type(&boundary), conn).unwrap();
            assert_eq!(all(form).unwrap(), right);
        });
    }

    #[test]
    fn what_only_begins_like_a_boundary_is_content() {
        let boundary = "a--a";
        let delimiter = format!("\r\n--{boundary}");
        let mut contents =
            vec![format!("--{boundary}x--{boundary}--"), format!("\n--{boundary}\n")];
        for length in 0..delimiter.len() {
            let begun = &delimiter[..length];
            // Alone; twice; in front of another byte; and so that the true one begins in it.
            contents.extend([
                begun.to_owned(),
                begun.repeat(2),
                format!("{begun}x"),
                begun[length / 2..].into(),
            ]);
        }
        for content in contents {
            let head = format!("--{boundary}\r\nContent-Disposition: form-data; name=f\r\n\r\n");
            let content = format!("x{content}");
            assert!(!content.contains(&delimiter));
            let body = format!("{head}{content}{delimiter}--");
            for_every_split(&body, |input| {
                let (conn, _peer) = MockConnection::pair(input);
                let form = Multipart::new(&content_type(boundary), conn).unwrap();
                assert_eq!(all(form).unwrap(), [named("f", &content)]);
            });
        }
    }

    #[test]
    fn a_part_may_be_empty_and_so_may_a_form() {
        let body =
            format!("{}--b\r\nContent-Disposition: form-data; name=z\r\n\r\n--b--", field("a", ""));
        for_every_split(&body, |input| {
            let (conn, _peer) = MockConnection::pair(input);
            assert_eq!(all(form(conn)).unwrap(), [named("a", ""), named("z", "")]);
        });
        for_every_split("--b--\r\n", |input| {
            let (conn, _peer) = MockConnection::pair(input);
            assert!(all(form(conn)).unwrap().is_empty());
        });
    }

    #[test]
    fn what_stands_before_the_first_boundary_and_behind_the_last_is_nobodys() {
        let field = field("a", "soup");
        for before in ["", "\r\n", "x\r\n", "\r\n\r\n", "--\r\n", "--c\r\n--\r\n--\r\n", " --b\r\n"]
        {
            for behind in ["", "\r\n", " \t\r\n--b\r\n", "\r\nbread\r\n--b--", "x"] {
                for_every_split(format!("{before}{field}--b--{behind}"), |input| {
                    let (conn, _peer) = MockConnection::pair(input);
                    assert_eq!(all(form(conn)).unwrap(), [named("a", "soup")]);
                });
            }
        }
    }

    #[test]
    fn a_boundary_may_have_spaces_behind_it() {
        for spaces in [" ", "\t", "  \t "] {
            let body = format!("{}--b--{spaces}\r\n", field("a", "soup") + &field("z", "bread"));
            let body = body.replace("--b\r\n", &format!("--b{spaces}\r\n"));
            for_every_split(&body, |input| {
                let (conn, _peer) = MockConnection::pair(input);
                assert_eq!(all(form(conn)).unwrap(), [named("a", "soup"), named("z", "bread")]);
            });
        }
    }

    #[test]
    fn behind_a_boundary_the_line_ends_or_two_hyphens_come() {
        for behind in ["x", "b", "-", "\n", "\r", " x", "- -", " --", "\r\r\n", "\0"] {
            let body = format!("{}--b{behind}\r\n", field("a", "soup"));
            assert_status(&body, 400);
            let first = field("a", "soup").replace("--b", &format!("--b{behind}"));
            assert_status(&format!("{first}--b--\r\n"), 400);
        }
    }

    #[test]
    fn a_boundary_is_found_in_the_type() {
        let long = "x".repeat(70);
        for (written, boundary) in [
            ("boundary=b", "b"),
            ("boundary=\"b\"", "b"),
            ("BOUNDARY=b", "b"),
            ("charset=utf-8;boundary=b;", "b"),
            ("a=\"; boundary=c\"; \t boundary=b \t; z=1", "b"),
            ("boundary=\"a b:=?\"", "a b:=?"),
            ("boundary='()+_,-./=?", "'()+_,-./=?"),
            (&*format!("boundary={long}"), &*long),
        ] {
            for kind in ["multipart/form-data", "Multipart/Form-Data", "multipart/form-data "] {
                let body = field("a", "soup").replace("--b", &format!("--{boundary}"));
                let body = format!("{body}--{boundary}--");
                let form = Multipart::new(&format!("{kind};{written}"), body.as_bytes()).unwrap();
                assert_eq!(all(form).unwrap(), [named("a", "soup")], "{written}");
            }
        }
    }

    #[test]
    fn another_type_is_415_and_without_a_good_boundary_it_is_400() {
        let long = format!("; boundary={}", "x".repeat(71));
        for (content_type, expected) in [
            ("", 415),
            ("application/x-www-form-urlencoded", 415),
            ("multipart/mixed; boundary=b", 415),
            ("multipart/form-data2; boundary=b", 415),
            ("text/plain; a=multipart/form-data; boundary=b", 415),
            ("multipart/form-data", 400),
            ("multipart/form-data;", 400),
            ("multipart/form-data; boundary", 400),
            ("multipart/form-data; boundary=", 400),
            ("multipart/form-data; boundary=\"\"", 400),
            ("multipart/form-data; boundary=\"b", 400),
            ("multipart/form-data; boundary=\"b \"", 400),
            ("multipart/form-data; boundary=a b", 400),
            ("multipart/form-data; boundary=\"b\"b", 400),
            ("multipart/form-data; boundary=a; boundary=b", 400),
            ("multipart/form-data; boundary=\"a\\\"b\"", 400),
            ("multipart/form-data; boundary=\"a%0D%0Ab\"", 400),
            ("multipart/form-data; boundary=ä", 400),
            (&*format!("multipart/form-data{long}"), 400),
        ] {
            let outcome = Multipart::new(content_type, io::empty());
            assert_eq!(outcome.map(drop), Err(HttpError(expected)), "{content_type}");
        }
    }

    #[test]
    fn names_are_what_was_typed_however_browsers_and_others_write_them() {
        for (written, name) in [
            // By the HTML standard, three characters are escaped, and no others.
            (r#""say %22soup%22""#, r#"say "soup""#),
            ("\"two%0D%0Alines%0d%0a\"", "two\r\nlines\r\n"),
            (r#""100%, %41 %2 %""#, "100%, %41 %2 %"),
            (r#""C:\fakepath\new.txt""#, r"C:\fakepath\new.txt"),
            // Others do it as in e-mail.
            (r#""say \"soup\"""#, r#"say "soup""#),
            (r#""a\\b\\\\""#, r"a\b\\"),
            (r#""a; filename=b""#, "a; filename=b"),
            (r#""ä €😀""#, "ä €😀"),
            ("\"\"", ""),
            ("\" a \"", " a "),
            ("a.b-c=d", "a.b-c=d"),
        ] {
            let named = disposed(&format!("form-data; name={written}")).unwrap();
            assert_eq!(named, part(name, None, None), "{written}");
            let file = disposed(&format!("form-data; filename={written}; name=f")).unwrap();
            assert_eq!(file, part("f", Some(name), None), "{written}");
        }
    }

    #[test]
    fn a_head_is_read_whatever_its_case_and_what_else_is_in_it() {
        for value in [
            "form-data;name=a",
            "Form-Data ; \tNAME=a ;",
            "form-data; name=\"a\" \t; size=7; x=\"\"",
            "form-data; filename*=UTF-8''b.txt; name=a",
            "form-data; xname=b; name=a; name*=c",
        ] {
            assert_eq!(disposed(value).unwrap(), part("a", None, None), "{value}");
        }
        let body = "--b\r\n\
            CONTENT-type:\t text/plain; charset=\"x\" \r\n\
            X-Other: form-data; name=b\r\n\
            Content-Transfer-Encoding: 8bit\r\n\
            content-DISPOSITION:form-data; name=a; filename=\"\"\r\n\
            X-Other:\r\n\r\nsoup\r\n--b--\r\n";
        for_every_split(body, |input| {
            let (conn, _peer) = MockConnection::pair(input);
            let right = part("a", Some(""), Some("text/plain; charset=\"x\""));
            assert_eq!(all(form(conn)).unwrap(), [(right, b"soup".to_vec())]);
        });
        let strange =
            b"--b\r\nContent-Disposition: form-data; name=\"\xff\xc3\xa4\"\r\n\r\n\r\n--b--";
        assert_eq!(all(form(&strange[..])).unwrap(), [named("\u{fffd}ä", "")]);
    }

    #[test]
    fn a_malformed_head_is_400() {
        for value in [
            "",
            "form-data",
            "form-data;",
            "form-data; filename=a",
            "attachment; name=a",
            "form-data name=a",
            "form-data2; name=a",
            "; name=a",
            "form-data; name",
            "form-data; name=",
            "form-data; name=a b",
            "form-data; name=a\"b\"",
            "form-data; name=\"a",
            "form-data; name=\"a\\\"",
            "form-data; name=\"a\"b",
            "form-data; name=\"a\" filename=b",
            "form-data; name=a; name=a",
            "form-data; name=a; NAME=b",
            "form-data; name=a; filename=b; filename=b",
            "form-data; name=a; x=1; x=1",
            "form-data; name=a;; filename=b",
            "form-data; name=a; =b",
            "form-data; name=a; b c=d",
            "form-data; name=\"a\nb\"",
            "form-data; name=\"a\rb\"",
            "form-data; name=\"a\0b\"",
        ] {
            assert_eq!(status(disposed(value)), 400, "{value:?}");
        }
        let disposition = "Content-Disposition: form-data; name=a";
        for head in [
            "".to_owned(),
            "Content-Type: text/plain\r\n".to_owned(),
            format!("{disposition}\r\n{disposition}\r\n"),
            format!("{disposition}\r\nContent-Type: a/b\r\ncontent-type: a/b\r\n"),
            format!("{disposition}\r\nno colon\r\n"),
            format!("{disposition}\r\n: no name\r\n"),
            format!("{disposition}\r\nX Y: z\r\n"),
            format!("{disposition}\r\nX : z\r\n"),
            // Nobody folds lines any more.
            format!("{disposition};\r\n filename=b\r\n"),
            format!("{disposition}\r\n filename: b\r\n"),
            format!("{disposition}\r\nX: y\nZ: z\r\n"),
            format!("{disposition}\n"),
        ] {
            assert_status(&format!("--b\r\n{head}\r\nsoup\r\n--b--\r\n"), 400);
        }
    }

    #[test]
    fn a_form_that_breaks_off_is_400_wherever_that_happens() {
        let body = field("a", "soup") + &field("z", "") + "--b--";
        for end in 0..body.len() {
            let outcome = all(form(&body.as_bytes()[..end]));
            assert_eq!(status(outcome), 400, "{:?}", &body[..end]);
            let mut skipped = form(&body.as_bytes()[..end]);
            let outcome = loop {
                match skipped.next_part() {
                    Ok(Some(_)) => {}
                    outcome => break outcome,
                }
            };
            assert_eq!(status(outcome), 400, "{:?}", &body[..end]);
        }
        assert_eq!(all(form(body.as_bytes())).unwrap().len(), 2);
    }

    #[test]
    fn an_error_of_the_connection_is_handed_on() {
        let body = field("a", "soup") + "--b--";
        for end in 0..body.len() {
            let input = Script::new().bytes(&body[..end]).fail(ErrorKind::ConnectionReset);
            let (conn, _peer) = MockConnection::pair(input);
            let error = all(form(conn)).unwrap_err();
            let error = error.downcast::<io::Error>().expect("that of the connection");
            assert_eq!(error.kind(), ErrorKind::ConnectionReset);
        }
    }

    #[test]
    fn what_was_not_read_of_a_part_is_passed_over() {
        let mut seed = Seed::new();
        let long = seed.word().repeat(10_000);
        let body = field("a", &long) + &field("b", &long) + &field("c", "soup") + "--b--";
        let mut form = form(body.as_bytes());
        assert_eq!(form.next_part().unwrap(), Some(part("a", None, None)));
        assert_eq!(form.next_part().unwrap(), Some(part("b", None, None)));
        let first = form.next_piece().unwrap().expect("it has content");
        assert!(long.as_bytes().starts_with(&first));
        assert_eq!(form.next_part().unwrap(), Some(part("c", None, None)));
        assert_bytes!(content(&mut form).unwrap(), "soup");
        assert_eq!(form.next_part().unwrap(), None);
    }

    #[test]
    fn a_piece_is_given_out_before_the_next_one_is_waited_for() {
        let (second, third) = (Gate::new(), Gate::new());
        let input = Script::new()
            .bytes(field("a", "soup").strip_suffix("\r\n").unwrap())
            .wait(&second)
            // This may be the beginning of a boundary.
            .bytes("bread\r\n--")
            .wait(&third)
            .bytes("salt\r\n--b--");
        let (conn, _peer) = MockConnection::pair(input);
        let mut form = form(conn);
        form.next_part().unwrap();
        assert_bytes!(some(&mut form, 4), "soup");
        second.open();
        assert_bytes!(some(&mut form, 5), "bread");
        third.open();
        assert_bytes!(content(&mut form).unwrap(), "\r\n--salt");
    }

    #[test]
    fn behind_the_last_boundary_nothing_is_read() {
        let body = field("a", "soup") + "--b--";
        let cut = Script::new().bytes(body).fail(ErrorKind::TimedOut);
        let (conn, _peer) = MockConnection::pair(cut);
        let mut form = form(conn);
        form.next_part().unwrap();
        assert_bytes!(content(&mut form).unwrap(), "soup");
        assert_eq!(form.next_part().unwrap(), None);
        assert_eq!((form.next_part().unwrap(), form.next_piece().unwrap()), (None, None));
    }

    /// Gives out some bytes, then one byte so many times, and counts.
    struct Long {
        head: Vec<u8>,
        byte: u8,
        left: usize,
        read: Arc<AtomicUsize>,
    }

    impl Read for Long {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let count = if self.head.is_empty() {
                let count = buffer.len().min(self.left);
                buffer[..count].fill(self.byte);
                self.left -= count;
                count
            } else {
                let count = buffer.len().min(self.head.len());
                buffer[..count].copy_from_slice(&self.head[..count]);
                self.head.drain(..count);
                count
            };
            self.read.fetch_add(count, Ordering::Relaxed);
            Ok(count)
        }
    }

    #[test]
    fn however_long_a_file_is_only_a_little_of_it_is_held() {
        // Each of them may be the beginning of a boundary, or may not.
        for byte in [b'x', b'\r', b'\n', b'-'] {
            let head = field("a", "").strip_suffix("\r\n").unwrap().as_bytes().to_vec();
            let (before, read) = (head.len(), Arc::default());
            let long = Long { head, byte, left: 1_000_000, read: Arc::clone(&read) };
            let mut form = form(long);
            form.next_part().unwrap();
            let mut given = 0;
            let outcome = loop {
                match form.next_piece() {
                    Ok(Some(piece)) => {
                        assert!(piece.len() <= MAX_PIECE, "a piece of {}", piece.len());
                        assert!(piece.iter().all(|one| *one == byte));
                        given += piece.len();
                        let held = read.load(Ordering::Relaxed) - before - given;
                        assert!(held <= MAX_PIECE, "{held} bytes are held");
                    }
                    outcome => break outcome,
                }
            };
            assert_eq!(status(outcome), 400);
            assert!(given > 990_000, "{given}");
        }
    }

    #[test]
    fn what_is_more_than_a_limit_is_413() {
        let parts = |count| field("a", "").repeat(count) + "--b--";
        assert_eq!(all(form(parts(MAX_PARTS).as_bytes())).unwrap().len(), MAX_PARTS);
        assert_eq!(status(all(form(parts(MAX_PARTS + 1).as_bytes()))), 413);

        let start = "\r\nContent-Disposition: form-data; name=a\r\nX: ";
        let padded = |length: usize| {
            let padding = "x".repeat(length - start.len() - 4);
            format!("--b{start}{padding}\r\n\r\nsoup\r\n--b--")
        };
        assert_eq!(all(form(padded(MAX_PART_HEAD).as_bytes())).unwrap().len(), 1);
        assert_eq!(status(all(form(padded(MAX_PART_HEAD + 1).as_bytes()))), 413);
        let spaces = format!("--b{}\r\nX: y\r\n\r\n", " ".repeat(MAX_PART_HEAD));
        assert_eq!(status(all(form(spaces.as_bytes()))), 413);
        // Nobody waits for the end of such a head.
        for head in [b"--b\r\nX: ".to_vec(), b"--b".to_vec()] {
            let read = Arc::default();
            let endless = Long { head, byte: b' ', left: 1_000_000, read: Arc::clone(&read) };
            assert_eq!(status(form(endless).next_part()), 413);
            let read = read.load(Ordering::Relaxed);
            assert!(read <= MAX_PART_HEAD + MAX_PIECE, "{read} bytes were read");
        }
    }

    #[test]
    fn a_text_may_be_so_long_and_no_longer() {
        let mut seed = Seed::new();
        let text = seed.word().repeat(2_000);
        let body = field("a", &text) + &field("z", "ä") + "--b--";
        let mut exact = form(body.as_bytes());
        exact.next_part().unwrap();
        assert_eq!(exact.text(text.len()).unwrap(), text);
        exact.next_part().unwrap();
        assert_eq!(exact.text(2).unwrap(), "ä");
        let mut less = form(body.as_bytes());
        less.next_part().unwrap();
        assert_eq!(status(less.text(text.len() - 1)), 413);
        let mut strange =
            form(&b"--b\r\nContent-Disposition: form-data; name=a\r\n\r\n\xff\r\n--b--"[..]);
        strange.next_part().unwrap();
        assert_eq!(strange.text(9).unwrap(), "\u{fffd}");
        // A text without end is not read to its end.
        let (read, head) = (Arc::default(), field("a", "").into_bytes());
        let mut endless = form(Long { head, byte: b'x', left: 1_000_000, read: Arc::clone(&read) });
        endless.next_part().unwrap();
        assert_eq!(status(endless.text(1000)), 413);
        let read = read.load(Ordering::Relaxed);
        assert!(read <= 3 * MAX_PIECE, "{read} bytes were read");
    }
}

mod single_flight {
    use ch18::{Cache, Lru, single_flight};
    use mock::{Events, Gate, Seed, patience};
    use std::collections::BTreeMap;
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
    use std::sync::mpsc::{self, Receiver};
    use std::sync::{Arc, Mutex, OnceLock};
    use std::thread;

    /// What somebody was told: a value, an error, or `None` if it panicked.
    type Told = Option<Result<String, String>>;

    type Ask = Arc<dyn Fn(&String) -> Result<String, String> + Send + Sync>;

    /// A cache that logs each look: `look 1`, `look 2`, ….
    struct Watched {
        values: Lru<String, String>,
        looks: Events,
    }

    impl Watched {
        fn new(room: usize, looks: &Events) -> Self {
            Self { values: Lru::new(room), looks: looks.clone() }
        }
    }

    impl Cache<String, String> for Watched {
        fn look_up(&mut self, key: &String) -> Option<String> {
            let found = self.values.look_up(key);
            self.looks.log(format!("look {}", self.looks.list().len() + 1));
            found
        }

        fn keep(&mut self, key: String, value: String) {
            self.values.keep(key, value);
        }
    }

    /// So many threads that ask for `key`; each sends what it was told.
    fn asked(ask: &Ask, key: &str, count: usize) -> Receiver<Told> {
        let (sender, receiver) = mpsc::channel();
        for _ in 0..count {
            let (ask, key, sender) = (Arc::clone(ask), key.to_owned(), sender.clone());
            thread::spawn(move || {
                let told = catch_unwind(AssertUnwindSafe(|| ask(&key))).ok();
                let _ = sender.send(told);
            });
        }
        receiver
    }

    /// What so many of them were told.
    #[track_caller]
    fn told(receiver: &Receiver<Told>, count: usize) -> Vec<Told> {
        (0..count)
            .map(|number| {
                let told = receiver.recv_timeout(patience());
                told.unwrap_or_else(|_| panic!("{number} of {count} were told something"))
            })
            .collect()
    }

    /// What somebody is told who asks alone.
    #[track_caller]
    fn told_alone(ask: &Ask, key: &str) -> Told {
        told(&asked(ask, key, 1), 1).remove(0)
    }

    fn value(text: &str) -> Told {
        Some(Ok(text.to_owned()))
    }

    /// Asks for `key` from so many threads, and lets `make` go on when all of them have looked
    /// into the cache. Returns what they were told, and how often it was made.
    fn at_once(
        room: usize,
        key: &str,
        count: usize,
        make: fn(usize, &String) -> Result<String, String>,
    ) -> (Vec<Told>, Ask, Arc<AtomicUsize>) {
        let (looks, gate, made) = (Events::new(), Gate::new(), Arc::new(AtomicUsize::new(0)));
        let (door, counter) = (gate.clone(), Arc::clone(&made));
        let ask: Ask = Arc::new(single_flight(Watched::new(room, &looks), move |key: &String| {
            let number = counter.fetch_add(1, Ordering::SeqCst) + 1;
            door.wait();
            make(number, key)
        }));
        let receiver = asked(&ask, key, count);
        looks.wait_for(&format!("look {count}"));
        gate.open();
        (told(&receiver, count), ask, made)
    }

    fn numbered(number: usize, key: &String) -> Result<String, String> {
        Ok(format!("{key} {number}"))
    }

    #[test]
    fn whoever_asks_while_it_is_made_has_the_same_and_it_is_made_once() {
        let key = Seed::new().word();
        let (told, ask, made) = at_once(9, &key, 8, numbered);
        let first = Some(Ok(format!("{key} 1")));
        assert_eq!(told, vec![first.clone(); 8]);
        assert_eq!(made.load(Ordering::SeqCst), 1);
        // And it is kept.
        assert_eq!(told_alone(&ask, &key), first);
        assert_eq!(made.load(Ordering::SeqCst), 1);
    }

    #[test]
    fn who_has_waited_has_the_value_although_the_cache_does_not_keep_it() {
        let key = Seed::new().word();
        let (told, ask, made) = at_once(0, &key, 8, numbered);
        assert_eq!(told, vec![Some(Ok(format!("{key} 1"))); 8]);
        assert_eq!(made.load(Ordering::SeqCst), 1);
        // Who comes later has it made anew.
        for number in [2, 3] {
            assert_eq!(told_alone(&ask, &key), Some(Ok(format!("{key} {number}"))));
        }
    }

    #[test]
    fn an_error_reaches_all_who_waited_and_is_not_kept() {
        let key = Seed::new().word();
        let (told, ask, made) = at_once(9, &key, 8, |number, key| match number {
            3.. => Ok(format!("{key} {number}")),
            _ => Err(format!("no {key}, {number} times")),
        });
        assert_eq!(told, vec![Some(Err(format!("no {key}, 1 times"))); 8]);
        assert_eq!(made.load(Ordering::SeqCst), 1);
        assert_eq!(told_alone(&ask, &key), Some(Err(format!("no {key}, 2 times"))));
        for _ in 0..2 {
            assert_eq!(told_alone(&ask, &key), Some(Ok(format!("{key} 3"))));
        }
    }

    #[test]
    fn if_it_panics_the_others_are_woken_and_one_of_them_makes_it() {
        for others in [1, 7] {
            let key = Seed::new().word();
            let (told, _, made) = at_once(9, &key, 1 + others, |number, key| {
                assert_ne!(number, 1, "the first one panics");
                // Whoever does not wait for this one has time to make it too.
                (0..1000).for_each(|_| thread::yield_now());
                numbered(number, key)
            });
            let mut right = BTreeMap::from([(None, 1), (Some(Ok(format!("{key} 2"))), others)]);
            for one in told {
                *right.get_mut(&one).unwrap_or_else(|| panic!("somebody was told {one:?}")) -= 1;
            }
            assert!(right.values().all(|left| *left == 0), "{right:?}");
            assert_eq!(made.load(Ordering::SeqCst), 2);
        }
    }

    #[test]
    fn if_it_always_panics_everybody_has_a_panic_of_their_own() {
        let (told, ask, made) = at_once(9, "soup", 5, |number, key| {
            assert!(number > 5, "there is none yet");
            numbered(number, key)
        });
        assert_eq!(told, vec![None; 5]);
        assert_eq!(made.load(Ordering::SeqCst), 5);
        assert_eq!(told_alone(&ask, "soup"), value("soup 6"));
    }

    /// A cache that panics the first time that it should keep something.
    struct Fragile(Watched, AtomicBool);

    impl Cache<String, String> for Fragile {
        fn look_up(&mut self, key: &String) -> Option<String> {
            self.0.look_up(key)
        }

        fn keep(&mut self, key: String, value: String) {
            assert!(self.1.swap(true, Ordering::SeqCst), "once");
            self.0.keep(key, value);
        }
    }

    #[test]
    fn if_the_cache_panics_the_others_are_woken_and_one_of_them_makes_it() {
        let (looks, gate, made) = (Events::new(), Gate::new(), Arc::new(AtomicUsize::new(0)));
        let (door, counter) = (gate.clone(), Arc::clone(&made));
        let cache = Fragile(Watched::new(9, &looks), AtomicBool::new(false));
        let ask: Ask = Arc::new(single_flight(cache, move |key: &String| {
            door.wait();
            numbered(counter.fetch_add(1, Ordering::SeqCst) + 1, key)
        }));
        let receiver = asked(&ask, "soup", 4);
        looks.wait_for("look 4");
        gate.open();
        let told = told(&receiver, 4);
        assert_eq!(told.iter().filter(|told| told.is_none()).count(), 1);
        assert_eq!(told.iter().filter(|told| **told == value("soup 2")).count(), 3);
        assert_eq!(told_alone(&ask, "soup"), value("soup 2"));
    }

    #[test]
    fn nobody_waits_for_what_is_made_for_another_key() {
        let mut seed = Seed::new();
        let keys = seed.words(4);
        let (gate, begun, looks) = (Gate::new(), Events::new(), Events::new());
        let (door, events, slow) = (gate.clone(), begun.clone(), keys[0].clone());
        let ask: Ask = Arc::new(single_flight(Watched::new(9, &looks), move |key: &String| {
            events.log(key.as_str());
            if *key == slow {
                door.wait();
            }
            numbered(0, key)
        }));
        assert_eq!(told_alone(&ask, &keys[1]), Some(Ok(format!("{} 0", keys[1]))));
        let waits = asked(&ask, &keys[0], 2);
        begun.wait_for(&keys[0]);
        // What is kept already, and what is not: told while the slow one is at work.
        for key in &keys[1..] {
            let receiver = asked(&ask, key, 3);
            assert_eq!(told(&receiver, 3), vec![Some(Ok(format!("{key} 0"))); 3]);
        }
        assert!(waits.try_recv().is_err());
        gate.open();
        assert_eq!(told(&waits, 2), vec![Some(Ok(format!("{} 0", keys[0]))); 2]);
        let mut made = begun.list();
        made.sort();
        let mut right = keys;
        right.sort();
        assert_eq!(made, right);
    }

    #[test]
    fn a_function_may_ask_for_other_keys_itself() {
        let asks: Arc<OnceLock<Ask>> = Arc::default();
        let (made, itself) = (Arc::new(Mutex::new(Vec::new())), Arc::clone(&asks));
        let log = Arc::clone(&made);
        let ask: Ask = Arc::new(single_flight(Lru::new(9), move |key: &String| {
            log.lock().unwrap().push(key.len());
            match key.strip_prefix('x') {
                Some(shorter) => Ok(format!("{}+", itself.get().unwrap()(&shorter.to_owned())?)),
                None => Ok("0".to_owned()),
            }
        }));
        assert!(asks.set(Arc::clone(&ask)).is_ok());
        assert_eq!(told_alone(&ask, "xxx"), value("0+++"));
        assert_eq!(told_alone(&ask, "xx"), value("0++"));
        assert_eq!(*made.lock().unwrap(), [3, 2, 1, 0]);
    }
}
