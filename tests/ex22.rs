//! What the extensions of chapter 22 promise.

use ch22::{Incoming, Request, RequestBody, Response, pieces_of};
use mock::MockConnection;

/// What a handler answers to a request, and what it has sent while it read the body.
fn ask(
    request: impl AsRef<[u8]>,
    handler: impl FnOnce(&Request, &mut RequestBody<'_>) -> anyhow::Result<Response>,
) -> (Response, Vec<u8>) {
    let (mut conn, peer) = MockConnection::pair(request.as_ref());
    let mut incoming = Incoming::new(&mut conn);
    let head = incoming.read_head(None).unwrap().unwrap();
    let mut body = RequestBody::new(&mut incoming, &head);
    let response = handler(&head.request, &mut body).unwrap();
    (response, peer.sent())
}

fn text_of(response: Response) -> String {
    let pieces = pieces_of(response.body).map(|piece| piece.unwrap());
    String::from_utf8(pieces.collect::<Vec<_>>().concat()).unwrap()
}

mod password {
    use super::*;
    use ch22::{Users, is_same, with_password};
    use data_encoding::BASE64;
    use mock::{Seed, assert_bytes};
    use std::cell::Cell;
    use std::io::Read;
    use std::ops::BitXor;

    /// A byte that says when it is looked at.
    struct Watched<'a>(u8, &'a Cell<usize>);

    impl BitXor<u8> for Watched<'_> {
        type Output = u8;

        fn bitxor(self, other: u8) -> u8 {
            self.1.set(self.1.get() + 1);
            self.0 ^ other
        }
    }

    /// Users of whom each has a name and a password.
    fn users(pairs: &[(&str, &str)]) -> Users {
        let mut users = Users::new("files").unwrap();
        pairs.iter().for_each(|(name, password)| users.add(name, password).unwrap());
        users
    }

    fn basic(pair: impl AsRef<[u8]>) -> String {
        format!("Authorization: Basic {}\r\n", BASE64.encode(pair.as_ref()))
    }

    fn get(fields: &str) -> String {
        format!("GET / HTTP/1.1\r\nHost: a\r\n{fields}\r\n")
    }

    /// Whether somebody who sends these fields is let in; the other answer is 401, and no error.
    fn lets_in(users: &Users, fields: impl AsRef<[u8]>) -> bool {
        let mut request = b"GET / HTTP/1.1\r\nHost: a\r\n".to_vec();
        request.extend(fields.as_ref());
        request.extend(b"\r\n");
        let handler = with_password(users.clone(), |_, _| Ok(Response::text("in")));
        let (response, _) = ask(request, handler);
        assert!([200, 401].contains(&response.status), "{}", response.status);
        response.status == 200
    }

    #[test]
    fn what_is_the_same_is_the_same() {
        let mut seed = Seed::new();
        for length in [0, 1, 2, 31, 1000] {
            let secret = seed.bytes(length);
            assert!(is_same(secret.iter().copied(), &secret), "{length} bytes");
        }
    }

    #[test]
    fn one_bit_makes_a_difference_and_so_does_a_byte_too_few_or_too_many() {
        let secret = Seed::new().bytes(20);
        for place in 0..20 {
            for bit in 0..8 {
                let mut given = secret.clone();
                given[place] ^= 1 << bit;
                assert!(!is_same(given, &secret), "bit {bit} of byte {place}");
            }
            assert!(!is_same(secret[..place].to_vec(), &secret), "{place} bytes");
        }
        // Two differences do not make none.
        for bits in [[1, 1], [128, 128], [255, 255]] {
            assert!(!is_same([secret[0] ^ bits[0], secret[1] ^ bits[1]], &secret[..2]));
        }
        for more in [0, 1, b' ', 255] {
            let longer = [&secret[..], &[more]].concat();
            assert!(!is_same(longer.iter().copied(), &secret), "{more}");
            assert!(!is_same(secret.iter().copied(), &longer), "{more}");
        }
        assert!(!is_same([0_u8; 256], &[]));
        assert!(!is_same([0_u8; 0], &[0; 256]));
    }

    #[test]
    fn each_byte_that_was_given_is_compared_once_wherever_they_differ() {
        let mut seed = Seed::new();
        let secret = seed.bytes(24);
        let mut guesses = vec![secret.clone(), secret[..7].to_vec(), vec![], seed.bytes(24)];
        for place in [0, 1, 12, 23] {
            let mut guess = secret.clone();
            guess[place] ^= 1;
            guesses.push(guess);
        }
        guesses.push([secret.clone(), seed.bytes(40)].concat());
        for guess in guesses {
            for secret in [&secret[..], &secret[..1], &[]] {
                let (looks, taken) = (Cell::new(0), Cell::new(0));
                let given = guess.iter().map(|&byte| {
                    taken.set(taken.get() + 1);
                    Watched(byte, &looks)
                });
                assert_eq!(is_same(given, secret), guess == secret);
                let length = guess.len();
                assert_eq!((taken.get(), looks.get()), (length, length), "{guess:?} {secret:?}");
            }
        }
    }

    #[test]
    fn who_has_a_name_and_its_password_is_let_in() {
        let words = Seed::new().words(6);
        let [a, b, c, d, e, f] = &words[..] else { unreachable!("six were asked for") };
        let known = users(&[(a, b), (c, d), (e, f)]);
        for (name, password) in [(a, b), (c, d), (e, f)] {
            assert!(lets_in(&known, basic(format!("{name}:{password}"))), "{name}");
        }
        let refused = [
            format!("{a}:{d}"),
            format!("{c}:{b}"),
            format!("{b}:{a}"),
            format!("{a}:"),
            format!(":{b}"),
            format!("{a}:{b}:"),
            format!("{a}:{b} "),
            format!(" {a}:{b}"),
            format!("{a}:{b}\0"),
            format!("{a}:{}", b.to_uppercase()),
            format!("{}:{b}", a.to_uppercase()),
            format!("{a}{b}"),
            a.clone(),
            ":".to_owned(),
            String::new(),
        ];
        for pair in refused {
            assert!(!lets_in(&known, basic(&pair)), "{pair:?}");
        }
    }

    #[test]
    fn nobody_is_let_in_who_says_nothing_or_where_nobody_is_known() {
        assert!(!lets_in(&users(&[("a", "b")]), ""));
        for pair in ["a:b", ":", ""] {
            assert!(!lets_in(&users(&[]), basic(pair)), "{pair:?}");
        }
    }

    #[test]
    fn a_password_may_have_colons_and_may_be_empty() {
        let known = users(&[("a", "b:c::"), ("d", ""), ("", "e")]);
        for pair in ["a:b:c::", "d:", ":e"] {
            assert!(lets_in(&known, basic(pair)), "{pair:?}");
        }
        for pair in ["a:b", "a:b:c", "a:b:c:", "d::", "d", "::e", "e", ""] {
            assert!(!lets_in(&known, basic(pair)), "{pair:?}");
        }
    }

    #[test]
    fn names_and_passwords_are_utf_8() {
        let known = users(&[("zo\u{eb}", "\u{1f511} \u{e9}")]);
        assert!(lets_in(&known, basic("zo\u{eb}:\u{1f511} \u{e9}")));
        // The same in ISO 8859-1, and what is no text at all.
        assert!(!lets_in(&known, basic(b"zo\xeb:\xe9")));
        assert!(!lets_in(&known, basic([0xff, b':', 0xfe])));
    }

    #[test]
    fn the_scheme_is_written_in_whatever_case_with_spaces_behind_it() {
        let known = users(&[("a", "b")]);
        for value in ["Basic YTpi", "basic YTpi", "BASIC YTpi", "bAsIc   YTpi", "Basic YTpi  "] {
            assert!(lets_in(&known, format!("Authorization: {value}\r\n")), "{value:?}");
        }
    }

    #[test]
    fn what_is_malformed_is_from_nobody_and_never_an_error() {
        let known = users(&[("a", "b"), ("", "")]);
        // `YTpi` is `a:b`, and `Og==` a colon alone.
        let malformed: &[&[u8]] = &[
            b"",
            b"Basic",
            b"Basic ",
            b"Basi",
            b"YTpi",
            b"BasicYTpi",
            b"Basic, YTpi",
            b"Basic\xa0YTpi",
            b"Bearer YTpi",
            b"Digest username=\"a\"",
            b"Basic YTpi YTpi",
            b"Basic YTpi,",
            b"Basic YTp",
            b"Basic YTpi=",
            b"Basic YTpi====",
            b"Basic YT-i",
            b"Basic YT pi",
            b"Basic YWI=",
            b"Basic Og",
            b"Basic Oh==",
            b"Basic \"YTpi\"",
            b"Basic a:b",
            b"Basic \xff\xfe",
            b"\xff\xfe\xfd\xfc\xfb YTpi",
            "Basi\u{e7} YTpi".as_bytes(),
        ];
        for value in malformed {
            let fields = [b"Authorization: ", *value, b"\r\n"].concat();
            assert!(!lets_in(&known, fields), "{}", value.escape_ascii());
        }
        let long = basic("a".repeat(3000));
        assert!(!lets_in(&known, long));
        // Of two, who knows which one counts for others?
        assert!(!lets_in(&known, basic("a:b") + &basic("a:b")));
        assert!(!lets_in(&known, basic("c:d") + &basic("a:b")));
    }

    #[test]
    fn others_are_told_how_to_say_who_they_are() {
        let realm = Seed::new().word();
        let quoted = format!("{realm} \\\"no\\\"\\\\");
        for (realm, said) in [(&realm, &realm), (&format!("{realm} \"no\"\\"), &quoted)] {
            let users = Users::new(realm).unwrap();
            let right = format!("Basic realm=\"{said}\", charset=\"UTF-8\"");
            assert_bytes!(users.challenge(), right);
            let handler = with_password(users, |_, _| panic!("nobody is known"));
            let (response, _) = ask(get(""), handler);
            assert_eq!(response.status, 401);
            let told: Vec<_> = response.headers.get_all("WWW-Authenticate").collect();
            assert_eq!(told, [right.as_bytes()]);
        }
        for realm in ["a\r\nb", "a\tb", "a\u{7f}", "\u{e9}"] {
            assert!(Users::new(realm).is_err(), "{realm:?}");
        }
    }

    #[test]
    fn some_names_and_passwords_nobody_can_have() {
        let mut known = users(&[("a", "b")]);
        for (name, password) in
            [("c:d", "e"), (":", ""), ("c\n", "d"), ("c", "d\0"), ("c", "\u{7f}"), ("c\t", "")]
        {
            assert!(known.add(name, password).is_err(), "{name:?} {password:?}");
        }
        // Whose password is it?
        assert!(known.add("a", "c").is_err());
        assert!(known.add("a", "b").is_err());
        assert!(lets_in(&known, basic("a:b")));
        assert!(!lets_in(&known, basic("a:c")));
        known.add("A", "c").unwrap();
        assert!(lets_in(&known, basic("A:c")));
    }

    #[test]
    fn who_is_not_let_in_is_told_so_before_the_body_is_read_whatever_the_method() {
        let methods = ["PUT", "POST", "DELETE", "OPTIONS", "HEAD", "PROPFIND", "LOCK", "BREW"];
        for method in methods {
            // The body never comes: whoever reads it is told to go on first, and then fails.
            let request = format!(
                "{method} / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n\
                 Content-Length: 9\r\n\r\n"
            );
            let handler = with_password(users(&[("a", "b")]), |_, _| panic!("it was called"));
            let (response, sent) = ask(&request, handler);
            assert_eq!((response.status, sent.len()), (401, 0), "{method}");
        }
    }

    #[test]
    fn who_is_let_in_is_answered_by_the_handler_which_has_the_request_and_its_body() {
        let body = Seed::new().word();
        let (fields, length) = (basic("a:b"), body.len());
        let request =
            format!("PUT /x HTTP/1.1\r\nHost: a\r\n{fields}Content-Length: {length}\r\n\r\n{body}");
        let handler = with_password(users(&[("a", "b")]), |request, body| {
            let mut said = format!("{} {} ", request.method, request.path);
            body.read_to_string(&mut said)?;
            Ok(Response::text(said).status(203).header("X", "y")?)
        });
        let (response, _) = ask(&request, handler);
        assert_eq!((response.status, response.headers.get("X")), (203, Some(&b"y"[..])));
        assert_eq!(response.headers.get("WWW-Authenticate"), None);
        assert_bytes!(text_of(response), format!("PUT /x {body}"));
        // Its errors are its own.
        let handler = with_password(users(&[("a", "b")]), |_, _| anyhow::bail!("no"));
        let (mut conn, _peer) = MockConnection::pair(get(&fields).as_bytes());
        let mut incoming = Incoming::new(&mut conn);
        let head = incoming.read_head(None).unwrap().unwrap();
        let outcome = handler(&head.request, &mut RequestBody::new(&mut incoming, &head));
        assert_eq!(outcome.unwrap_err().to_string(), "no");
    }
}

mod quota {
    use super::*;
    use ch22::{Account, Dav, Quota, Store};
    use mock::{Seed, assert_bytes};
    use std::fs;
    use std::path::PathBuf;
    use std::sync::Arc;
    use tempfile::TempDir;

    fn names() -> [&'static str; 2] {
        ["quota-available-bytes", "quota-used-bytes"]
    }

    /// A folder with files of these lengths.
    fn folder(files: &[(&str, usize)]) -> TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, length) in files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, vec![b'x'; *length]).unwrap();
        }
        folder
    }

    /// A folder to write to, in which there may be so many bytes.
    struct Scene {
        _above: TempDir,
        root: PathBuf,
        dav: Arc<Dav>,
    }

    impl Scene {
        fn new(limit: u64) -> Self {
            let above = folder(&[]);
            let root = above.path().join("files");
            let mut dav = Dav::new("/", Store::open(&root).unwrap());
            dav.account = Some(Box::new(Quota::new(&dav.store.root, limit).unwrap()));
            Self { _above: above, root, dav: Arc::new(dav) }
        }

        fn ask(&self, method: &str, path: &str, fields: &str, body: &str) -> (u16, String) {
            let length = body.len();
            let request = format!(
                "{method} {path} HTTP/1.1\r\nHost: a\r\n{fields}\
                 Content-Length: {length}\r\n\r\n{body}"
            );
            let (response, _) = ask(request, |request, body| self.dav.answer(request, body));
            (response.status, text_of(response))
        }

        fn put(&self, path: &str, length: usize) -> u16 {
            self.ask("PUT", path, "", &"x".repeat(length)).0
        }

        /// What it says of itself: what is available, and what is used.
        fn says(&self) -> (u64, u64) {
            let account = self.dav.account.as_ref().unwrap();
            let number = |name| account.property(name).unwrap().parse().unwrap();
            (number(names()[0]), number(names()[1]))
        }

        /// The files that wait for a place, or have none any more.
        fn spare(&self) -> usize {
            let spare = self.root.with_file_name("files.dav").join("spare");
            fs::read_dir(spare).unwrap().count()
        }
    }

    #[test]
    fn files_that_are_there_count_with_all_that_are_below() {
        let mut seed = Seed::new();
        let [a, b, c] = [seed.number(1..=99), seed.number(1..=99), seed.number(1..=99)];
        let folder = folder(&[("a", a), ("b/b", b), ("b/c/d/c", c), ("b/empty", 0)]);
        fs::create_dir(folder.path().join("nothing")).unwrap();
        let quota = Quota::new(folder.path(), 1000).unwrap();
        let sum = (a + b + c) as u64;
        assert_eq!((quota.used(), quota.available()), (sum, 1000 - sum));
        let full = Quota::new(folder.path(), sum).unwrap();
        assert_eq!((full.used(), full.available()), (sum, 0));
        let none = Quota::new(&folder.path().join("nothing"), 7).unwrap();
        assert_eq!((none.used(), none.available()), (0, 7));
        assert!(Quota::new(&folder.path().join("missing"), 7).is_err());
    }

    #[test]
    fn if_there_is_too_much_already_nothing_is_available() {
        let folder = folder(&[("a", 50)]);
        let quota = Quota::new(folder.path(), 20).unwrap();
        assert_eq!((quota.used(), quota.available(), quota.room(0)), (50, 0, 0));
        // As large as before, it makes nothing worse.
        assert_eq!((quota.room(10), quota.room(45), quota.room(50)), (10, 45, 50));
        quota.exchanged(50, 5);
        assert_eq!((quota.used(), quota.available(), quota.room(0)), (5, 15, 15));
    }

    #[test]
    fn its_properties_are_two_numbers_in_digits() {
        let folder = folder(&[("a", 40)]);
        let quota = Quota::new(folder.path(), 100).unwrap();
        let mut known = quota.names().to_vec();
        known.sort();
        assert_eq!(known, names());
        let told = names().map(|name| quota.property(name));
        assert_eq!(told, [Some("60".to_owned()), Some("40".to_owned())]);
        for other in ["quota", "getetag", "", "Quota-Used-Bytes"] {
            assert_eq!(quota.property(other), None, "{other:?}");
        }
    }

    #[test]
    fn there_is_room_for_what_is_available_and_what_becomes_free() {
        let folder = folder(&[("a", 40)]);
        let quota = Quota::new(folder.path(), 100).unwrap();
        assert_eq!([0, 1, 40].map(|old| quota.room(old)), [60, 61, 100]);
        // More than is known of cannot become free.
        assert_eq!(quota.room(41), 100);
        let all = Quota::new(folder.path(), u64::MAX).unwrap();
        assert_eq!((all.available(), all.room(40)), (u64::MAX - 40, u64::MAX));
    }

    #[test]
    fn it_knows_what_is_used_after_whatever_was_exchanged() {
        let mut seed = Seed::new();
        let folder = folder(&[]);
        for _ in 0..20 {
            let limit = seed.number(1..=1000) as u64;
            let quota = Quota::new(folder.path(), limit).unwrap();
            let mut files = [0_u64; 4];
            for _ in 0..100 {
                let (which, new) = (seed.number(0..=3), seed.number(0..=400) as u64);
                let (old, used) = (files[which], files.iter().sum::<u64>());
                assert_eq!((quota.used(), quota.available()), (used, limit - used));
                assert_eq!(quota.room(old), limit - (used - old));
                if new <= quota.room(old) {
                    quota.exchanged(old, new);
                    files[which] = new;
                }
            }
        }
        let quota = Quota::new(folder.path(), 10).unwrap();
        quota.exchanged(3, 0);
        assert_eq!((quota.used(), quota.available()), (0, 10));
        quota.exchanged(3, 4);
        assert_eq!((quota.used(), quota.available()), (4, 6));
    }

    #[test]
    fn many_may_tell_it_at_once() {
        let folder = folder(&[]);
        let quota = Quota::new(folder.path(), 1_000_000).unwrap();
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| (0..1000).for_each(|_| quota.exchanged(0, 3)));
                scope.spawn(|| (0..1000).for_each(|_| quota.exchanged(0, 0)));
            }
        });
        assert_eq!(quota.used(), 24_000);
    }

    #[cfg(unix)]
    mod unix {
        use super::*;
        use std::os::unix::fs::symlink;

        #[test]
        fn links_are_not_followed() {
            let (folder, outside) = (folder(&[("a", 40)]), folder(&[("large", 1000)]));
            let to = |from: &str| folder.path().join(from);
            symlink(outside.path(), to("away")).unwrap();
            symlink(outside.path().join("large"), to("file")).unwrap();
            symlink(folder.path(), to("circle")).unwrap();
            symlink("a", to("again")).unwrap();
            symlink("nowhere", to("broken")).unwrap();
            assert_eq!(Quota::new(folder.path(), 100).unwrap().used(), 40);
        }
    }

    #[test]
    fn a_file_is_as_large_as_there_is_room_and_no_larger() {
        let scene = Scene::new(100);
        assert_eq!(scene.put("/a", 60), 201);
        assert_eq!(scene.says(), (40, 60));
        assert_eq!(scene.put("/b", 41), 507);
        assert!(!scene.root.join("b").exists());
        assert_eq!(scene.says(), (40, 60));
        assert_eq!(scene.put("/b", 40), 201);
        assert_eq!((scene.says(), scene.spare()), ((0, 100), 0));
        assert_eq!(scene.put("/c", 1), 507);
        assert_eq!(scene.put("/c", 0), 201);
    }

    #[test]
    fn what_is_too_much_is_told_so_in_words_that_programs_understand() {
        let scene = Scene::new(10);
        let (status, body) = scene.ask("PUT", "/a", "", &"x".repeat(11));
        assert_eq!(status, 507);
        let right = "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n\
                     <D:error xmlns:D=\"DAV:\"><D:quota-not-exceeded/></D:error>\n";
        assert_bytes!(body, right);
    }

    #[test]
    fn what_says_that_it_will_be_too_much_is_not_read() {
        let scene = Scene::new(10);
        let request = "PUT /a HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n\
                       Content-Length: 11\r\n\r\n";
        let (response, sent) = ask(request, |request, body| scene.dav.answer(request, body));
        assert_eq!((response.status, sent.len()), (507, 0));
    }

    #[test]
    fn what_does_not_say_how_much_it_will_be_is_read_no_further_than_there_is_room() {
        let scene = Scene::new(1000);
        let chunk = format!("3e8\r\n{}\r\n", "x".repeat(1000));
        let head = "PUT /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
        // It has no end: who reads on fails.
        let request = format!("{head}{chunk}1\r\ny\r\n");
        let (response, _) = ask(request, |request, body| scene.dav.answer(request, body));
        assert_eq!((response.status, scene.says(), scene.spare()), (507, (1000, 0), 0));
        assert!(!scene.root.join("a").exists());
        let request = format!("{head}{chunk}0\r\n\r\n");
        let (response, _) = ask(request, |request, body| scene.dav.answer(request, body));
        assert_eq!((response.status, scene.says()), (201, (0, 1000)));
    }

    #[test]
    fn what_takes_the_place_of_a_file_has_its_room_too() {
        let scene = Scene::new(100);
        assert_eq!((scene.put("/a", 70), scene.put("/b", 10)), (201, 201));
        assert_eq!(scene.put("/a", 91), 507);
        assert_eq!(fs::read(scene.root.join("a")).unwrap().len(), 70);
        assert_eq!((scene.put("/a", 90), scene.says()), (204, (0, 100)));
        assert_eq!((scene.put("/a", 5), scene.says()), (204, (85, 15)));
    }

    #[test]
    fn folders_tell_of_it_to_whom_asks_by_name_and_files_do_not() {
        let scene = Scene::new(100);
        assert_eq!((scene.put("/a", 60), scene.ask("MKCOL", "/b", "", "").0), (201, 201));
        let wanted = "<propfind xmlns=\"DAV:\"><prop><quota-used-bytes/><quota-available-bytes/>\
                      </prop></propfind>";
        let has = "<D:prop><D:quota-used-bytes>60</D:quota-used-bytes>\
                   <D:quota-available-bytes>40</D:quota-available-bytes></D:prop>\
                   <D:status>HTTP/1.1 200 OK</D:status>";
        let has_not = "<D:prop><D:quota-used-bytes/><D:quota-available-bytes/></D:prop>\
                       <D:status>HTTP/1.1 404 Not Found</D:status>";
        for (path, right, count) in [("/", has, 1), ("/b", has, 1), ("/a", has_not, 1)] {
            let (status, body) = scene.ask("PROPFIND", path, "Depth: 0\r\n", wanted);
            assert_eq!((status, body.matches(right).count()), (207, count), "{path}: {body}");
        }
        let (_, body) = scene.ask("PROPFIND", "/", "Depth: 1\r\n", wanted);
        assert_eq!((body.matches(has).count(), body.matches(has_not).count()), (2, 1), "{body}");
        // Who asks for everything is not told: on other servers it may be costly to know.
        for all in ["", "<propfind xmlns=\"DAV:\"><allprop/></propfind>"] {
            let (status, body) = scene.ask("PROPFIND", "/", "Depth: 0\r\n", all);
            assert_eq!((status, body.contains("quota")), (207, false), "{body}");
        }
    }

    #[test]
    fn nobody_sets_them() {
        let scene = Scene::new(100);
        let wish = "<propertyupdate xmlns=\"DAV:\"><set><prop><quota-available-bytes>1000000\
                    </quota-available-bytes></prop></set></propertyupdate>";
        let (status, body) = scene.ask("PROPPATCH", "/", "", wish);
        let right = "<D:prop><D:quota-available-bytes/></D:prop>\
                     <D:status>HTTP/1.1 403 Forbidden</D:status>";
        assert_eq!((status, body.matches(right).count()), (207, 1), "{body}");
        assert_eq!(scene.says(), (100, 0));
    }

    #[test]
    fn what_is_removed_gives_its_room_back_with_all_that_was_below() {
        let scene = Scene::new(100);
        assert_eq!(scene.ask("MKCOL", "/b", "", "").0, 201);
        assert_eq!(
            (scene.put("/b/a", 30), scene.put("/b/c", 20), scene.put("/d", 7)),
            (201, 201, 201)
        );
        assert_eq!(scene.says(), (43, 57));
        assert_eq!((scene.ask("DELETE", "/b/a", "", "").0, scene.says()), (204, (73, 27)));
        assert_eq!((scene.ask("DELETE", "/b", "", "").0, scene.says()), (204, (93, 7)));
    }

    #[test]
    fn a_copy_needs_room_and_what_is_moved_needs_none() {
        let scene = Scene::new(100);
        assert_eq!(scene.ask("MKCOL", "/b", "", "").0, 201);
        assert_eq!((scene.put("/b/a", 30), scene.put("/b/c", 10)), (201, 201));
        let to = |path: &str| format!("Destination: {path}\r\n");
        assert_eq!((scene.ask("COPY", "/b", &to("/d"), "").0, scene.says()), (201, (20, 80)));
        assert_eq!((scene.ask("COPY", "/b", &to("/e"), "").0, scene.says()), (507, (20, 80)));
        assert_eq!((scene.root.join("e").exists(), scene.spare()), (false, 0));
        assert_eq!((scene.ask("COPY", "/b/a", &to("/e"), "").0, scene.says()), (507, (20, 80)));
        // In the place of what is as large, it has room.
        assert_eq!((scene.ask("COPY", "/b", &to("/d"), "").0, scene.says()), (204, (20, 80)));
        assert_eq!((scene.ask("MOVE", "/b", &to("/e"), "").0, scene.says()), (201, (20, 80)));
        // And what was there is gone.
        assert_eq!((scene.ask("MOVE", "/e/a", &to("/d/c"), "").0, scene.says()), (204, (30, 70)));
        assert_eq!((scene.ask("MOVE", "/e", &to("/d"), "").0, scene.says()), (204, (90, 10)));
    }
}
