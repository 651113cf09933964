//! What the extensions of chapter 11 promise.

use ch11::{
    Headers, HttpServer, Listing, Message, Next, Parsed, Saved, ask_for_the_rest, encode, parse,
    prefers_gzip, serve_compressed, serve_static,
};
use mock::{MockClient, MockConnection, Reply, Seed, assert_bytes, for_every_split, symlink};
use std::fs::{self, OpenOptions};
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};
use tempfile::TempDir;

/// A folder with a root in it; it is removed when this is dropped.
struct Site {
    folder: TempDir,
    root: PathBuf,
}

impl Site {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("www");
        fs::create_dir(&root).unwrap();
        Self { folder, root }
    }

    /// Writes a file below the root, changed long ago.
    fn put(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.root.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        let file = OpenOptions::new().write(true).open(path).unwrap();
        file.set_modified(UNIX_EPOCH + Duration::from_secs(784_111_777)).unwrap();
    }
}

fn client_of(server: &HttpServer) -> MockClient<impl Fn(MockConnection)> {
    MockClient::new(|mut conn| server.on_connect(&mut conn, None).unwrap())
}

fn headers_of(fields: &[(&str, &str)]) -> Headers {
    let mut headers = Headers::default();
    for (name, value) in fields {
        headers.add(name, value).unwrap();
    }
    headers
}

mod compressed {
    use super::*;

    fn prefers(value: &str) -> bool {
        prefers_gzip(&headers_of(&[("Accept-Encoding", value)]))
    }

    #[test]
    fn who_names_gzip_likes_it() {
        for value in [
            "gzip",
            "GZip",
            "x-gzip",
            "gzip, deflate, br",
            "deflate,gzip",
            " br ,\tgzip\t, zstd",
            ",,gzip,",
            "gzip;q=1",
            "gzip;q=0.001",
            "gzip; q=0.5",
            "gzip ;\tQ=1.000",
            "gzip;q=1.",
            "*",
            "br, *;q=0.1",
        ] {
            assert!(prefers(value), "{value}");
        }
    }

    #[test]
    fn who_does_not_name_it_or_forbids_it_does_not() {
        assert!(!prefers_gzip(&Headers::default()));
        for value in [
            "",
            ",",
            "br",
            "identity",
            "gzipped",
            "g zip",
            "gzip;q=0",
            "gzip;q=0.",
            "gzip;q=0.000",
            "gzip;q=0, *",
            "*;q=0",
            "br, *;q=0",
            "deflate, x-gzip;q=0",
        ] {
            assert!(!prefers(value), "{value}");
        }
    }

    #[test]
    fn the_one_that_weighs_more_is_preferred() {
        for (value, expected) in [
            ("gzip;q=0.5, identity;q=0.6", false),
            ("gzip;q=0.6, identity;q=0.5", true),
            ("identity, gzip", true),
            ("gzip;q=0.999, identity", false),
            // The star stands for what is not in the list, for identity too.
            ("gzip;q=0.5, *", false),
            ("gzip;q=0.5, *;q=0.5", true),
            ("identity;q=0.5, *", true),
            ("identity;q=0.5, *;q=0.4", false),
            // The first one counts.
            ("gzip;q=0, gzip;q=1", false),
            ("gzip;q=1, gzip;q=0", true),
            ("x-gzip;q=0, gzip", false),
        ] {
            assert_eq!(prefers(value), expected, "{value}");
        }
        let two = headers_of(&[("Accept-Encoding", "br"), ("accept-encoding", "gzip;q=0.5")]);
        assert!(prefers_gzip(&two));
    }

    #[test]
    fn an_item_whose_weight_is_none_is_passed_over() {
        for weight in [
            "",
            "q",
            "q=",
            "q=2",
            "q=1.001",
            "q=0.1234",
            "q=-1",
            "q=+1",
            "q=.5",
            "q=1e0",
            "q=00",
            "q=\u{661}",
            "level=1",
            "q=1;a",
            "q = 1",
            "q=0.5 5",
        ] {
            assert!(!prefers(&format!("gzip;{weight}")), "{weight}");
            assert!(prefers(&format!("gzip;{weight}, gzip")), "{weight}");
            assert!(!prefers(&format!("gzip;{weight}, *;q=0")), "{weight}");
        }
    }

    /// A site with a style sheet, its neighbour, and a server for them.
    fn site_and_server(plain: &[u8], gzip: &[u8], prefix: &str) -> (Site, HttpServer) {
        let site = Site::new();
        site.put("style.css", plain);
        site.put("style.css.gz", gzip);
        site.put("alone.txt", "alone");
        site.put("only.txt.gz", "only");
        site.put("notes/index.html", "notes");
        site.put("notes/index.html.gz", "never");
        site.put("notes.gz", "a file whose neighbour is a folder");
        let mut server = HttpServer::default();
        let (pattern, handler) = serve_compressed(prefix, &site.root, Listing::Hidden);
        server.register(pattern, handler);
        (site, server)
    }

    fn ask(server: &HttpServer, method: &str, target: &str, fields: &[(&str, &str)]) -> Reply {
        let client = client_of(server);
        let request = client.request(method, target);
        fields.iter().fold(request, |request, (name, value)| request.header(name, value)).send()
    }

    const GZIP: (&str, &str) = ("Accept-Encoding", "gzip");

    #[test]
    fn who_likes_it_gets_the_neighbour_with_the_type_of_the_file() {
        let mut seed = Seed::new();
        let (plain, gzip) = (seed.bytes(40), seed.bytes(20));
        for prefix in ["/", "/static", "/static/"] {
            let (_site, server) = site_and_server(&plain, &gzip, prefix);
            let target = format!("{}/style.css", prefix.trim_end_matches('/'));
            let reply = ask(&server, "GET", &target, &[GZIP]);
            assert_eq!(reply.status, 200);
            assert_bytes!(reply.body, gzip);
            assert_eq!(reply.header("Content-Encoding"), Some("gzip"));
            assert_eq!(reply.header("Content-Type"), Some("text/css; charset=utf-8"));
            let head = ask(&server, "HEAD", &target, &[GZIP]);
            assert_eq!(head.header("Content-Encoding"), Some("gzip"));
            assert_eq!(head.header("Content-Length"), Some("20"));
        }
    }

    #[test]
    fn who_does_not_gets_the_file() {
        let mut seed = Seed::new();
        let (plain, gzip) = (seed.bytes(40), seed.bytes(20));
        let (_site, server) = site_and_server(&plain, &gzip, "/");
        for fields in [&[][..], &[("Accept-Encoding", "br")], &[("Accept-Encoding", "gzip;q=0")]] {
            let reply = ask(&server, "GET", "/style.css", fields);
            assert_bytes!(reply.body, plain);
            assert_eq!(reply.header("Content-Encoding"), None);
            assert_eq!(reply.header("Content-Type"), Some("text/css; charset=utf-8"));
        }
    }

    #[test]
    fn both_answers_tell_caches_what_has_decided() {
        let (_site, server) = site_and_server(b"plain", b"gzip!", "/");
        for fields in [&[][..], &[GZIP], &[GZIP, ("If-None-Match", "*")], &[("If-None-Match", "*")]]
        {
            let reply = ask(&server, "GET", "/style.css", fields);
            assert_eq!(reply.header("Vary"), Some("Accept-Encoding"), "{fields:?}");
        }
    }

    #[test]
    fn the_two_are_two_versions() {
        let (_site, server) = site_and_server(b"same length", b"length same", "/");
        let tag = |fields: &[(&str, &str)]| {
            ask(&server, "GET", "/style.css", fields).header("ETag").unwrap().to_owned()
        };
        let (plain, gzip) = (tag(&[]), tag(&[GZIP]));
        assert_eq!(tag(&[GZIP]), gzip);
        if cfg!(unix) {
            assert_ne!(plain, gzip);
        }
        let unchanged = ask(&server, "GET", "/style.css", &[GZIP, ("If-None-Match", &gzip)]);
        assert_eq!((unchanged.status, unchanged.header("Content-Encoding")), (304, None));
        assert_eq!(unchanged.header("ETag"), Some(&*gzip));
    }

    #[test]
    fn a_part_is_one_of_the_compressed_bytes() {
        let (_site, server) = site_and_server(b"0123456789", b"abcdef", "/");
        let reply = ask(&server, "GET", "/style.css", &[GZIP, ("Range", "bytes=2-3")]);
        assert_eq!((reply.status, reply.text()), (206, "cd"));
        assert_eq!(reply.header("Content-Range"), Some("bytes 2-3/6"));
        assert_eq!(reply.header("Content-Encoding"), Some("gzip"));
        let none = ask(&server, "GET", "/style.css", &[GZIP, ("Range", "bytes=6-")]);
        assert_eq!((none.status, none.header("Content-Range")), (416, Some("bytes */6")));
        assert_eq!(none.header("Content-Encoding"), None);
        assert_eq!(none.header("Vary"), Some("Accept-Encoding"));
    }

    #[test]
    fn everything_else_is_answered_as_before() {
        let (site, server) = site_and_server(b"plain", b"gzip!", "/");
        let mut before = HttpServer::default();
        let (pattern, handler) = serve_static("/", &site.root, Listing::Hidden);
        before.register(pattern, handler);
        for (method, target) in [
            ("GET", "/alone.txt"),
            ("GET", "/only.txt"),
            ("GET", "/only.txt.gz"),
            ("GET", "/style.css.gz"),
            ("GET", "/style.css/"),
            ("GET", "/notes"),
            ("GET", "/notes/"),
            ("GET", "/"),
            ("GET", "/nothing"),
            ("GET", "/../style.css"),
            ("GET", "/%00"),
            ("POST", "/style.css"),
            ("BREW", "/style.css"),
        ] {
            let reply = ask(&server, method, target, &[GZIP]);
            let expected = ask(&before, method, target, &[GZIP]);
            assert_eq!((reply.status, &reply.body), (expected.status, &expected.body), "{target}");
            for name in ["Content-Encoding", "Vary", "Content-Type", "Location", "Allow", "ETag"] {
                assert_eq!(
                    reply.header(name),
                    expected.header(name),
                    "{name} of {method} {target}"
                );
            }
        }
    }

    #[test]
    fn a_neighbour_outside_of_the_root_is_none() {
        let (site, server) = site_and_server(b"plain", b"gzip!", "/");
        let secret = site.folder.path().join("secret.gz");
        fs::write(&secret, "secret").unwrap();
        if symlink(&secret, site.root.join("alone.txt.gz")).is_err() {
            return; // here that is for administrators
        }
        let reply = ask(&server, "GET", "/alone.txt", &[GZIP]);
        assert_eq!((reply.text(), reply.header("Vary")), ("alone", None));
    }

    #[test]
    fn it_is_compressed_however_its_request_is_cut() {
        let (_site, server) = site_and_server(b"plain", b"gzip!", "/");
        let request = "GET /style.css HTTP/1.0\r\nAccept-Encoding: br, gzip;q=0.5\r\n\r\n";
        for_every_split(request, |input| {
            assert_bytes!(Reply::parse(client_of(&server).raw_script(input)).body, b"gzip!");
        });
    }
}

mod resume {
    use super::*;
    use ch11::{StartLine, Version, judge_answer};

    fn saved(length: u64, etag: Option<&str>) -> Saved {
        Saved { length, etag: etag.map(str::to_owned) }
    }

    fn answer(status: u16, fields: &[(&str, &str)]) -> Message {
        let start = StartLine::Response { version: Version::Http10, status, reason: String::new() };
        Message { start, headers: headers_of(fields), body: Vec::new() }
    }

    #[test]
    fn the_rest_is_asked_for_of_one_version() {
        let mut seed = Seed::new();
        let length = seed.number(1..=1_000_000) as u64;
        let tag = format!("\"{}\"", seed.word());
        let headers = ask_for_the_rest(&saved(length, Some(&tag)));
        assert_eq!(headers.get_text("Range"), Some(&*format!("bytes={length}-")));
        assert_eq!(headers.get_text("If-Range"), Some(&*tag));
        assert_eq!(headers.len(), 2);
    }

    #[test]
    fn without_a_strong_tag_or_a_first_byte_all_is_asked_for() {
        for (length, tag) in
            [(5, None), (5, Some("W/\"weak\"")), (0, Some("\"strong\"")), (0, None)]
        {
            assert!(ask_for_the_rest(&saved(length, tag)).is_empty(), "{length} {tag:?}");
        }
    }

    #[test]
    fn the_part_that_was_asked_for_is_appended() {
        for (length, part) in [
            (4, "bytes 4-9/10"),
            (9, "bytes 9-9/10"),
            (4, "Bytes 4-9/10"),
            (4, "bytes 4-9/*"),
            (4, "bytes 004-09/0010"),
            (4, "bytes 4-18446744073709551614/18446744073709551615"),
        ] {
            let part = ("Content-Range", part);
            for fields in [&[part][..], &[part, ("ETag", "\"a\"")]] {
                let next = judge_answer(&saved(length, Some("\"a\"")), &answer(206, fields));
                assert_eq!(next, Next::Append, "{fields:?}");
            }
        }
    }

    #[test]
    fn another_part_or_one_of_another_version_is_not() {
        for part in [
            "bytes 0-9/10",
            "bytes 3-9/10",
            "bytes 5-9/10",
            "bytes 4-8/10",
            "bytes 4-10/10",
            "bytes 4-3/4",
            "bytes 4-3/*",
            "bytes */10",
            "bytes 4-9",
            "bytes 4/10",
            "bytes=4-9/10",
            "lines 4-9/10",
            "bytes +4-9/10",
            "bytes 4-9/+10",
            "bytes 4 - 9/10",
            "bytes 4-9/10/10",
            "bytes -9/10",
            "bytes 4-/10",
            "bytes 4-9/",
            "bytes 4-18446744073709551615/18446744073709551616",
            "bytes 4-18446744073709551615/0",
            "",
        ] {
            let next =
                judge_answer(&saved(4, Some("\"a\"")), &answer(206, &[("Content-Range", part)]));
            assert_eq!(next, Next::AskForAll, "{part}");
        }
        let part = ("Content-Range", "bytes 4-9/10");
        for fields in [
            &[part, ("ETag", "\"b\"")][..],
            &[part, ("ETag", "W/\"a\"")],
            &[part, part],
            &[],
            &[("Content-Type", "multipart/byteranges; boundary=x")],
        ] {
            let next = judge_answer(&saved(4, Some("\"a\"")), &answer(206, fields));
            assert_eq!(next, Next::AskForAll, "{fields:?}");
        }
        // Nothing says that it is the same version.
        let tagged = answer(206, &[part, ("ETag", "\"a\"")]);
        assert_eq!(judge_answer(&saved(4, None), &tagged), Next::AskForAll);
    }

    #[test]
    fn a_whole_answer_takes_the_place_of_what_is_saved() {
        for fields in [&[][..], &[("ETag", "\"b\"")], &[("Content-Range", "bytes 4-9/10")]] {
            let next = judge_answer(&saved(4, Some("\"a\"")), &answer(200, fields));
            assert_eq!(next, Next::StartOver, "{fields:?}");
        }
    }

    #[test]
    fn who_has_all_is_told_so_by_a_416() {
        for (part, next) in [
            ("bytes */10", Next::Done),
            ("BYTES */10", Next::Done),
            ("bytes */9", Next::AskForAll),
            ("bytes */11", Next::AskForAll),
            ("bytes */*", Next::AskForAll),
            ("bytes 4-9/10", Next::AskForAll),
            ("bytes */", Next::AskForAll),
        ] {
            let answer = answer(416, &[("Content-Range", part)]);
            assert_eq!(judge_answer(&saved(10, Some("\"a\"")), &answer), next, "{part}");
        }
        assert_eq!(judge_answer(&saved(10, None), &answer(416, &[])), Next::AskForAll);
    }

    #[test]
    fn with_any_other_answer_nothing_is_done() {
        let part = ("Content-Range", "bytes 4-9/10");
        for status in [100, 204, 301, 304, 404, 412, 500, 503] {
            let next = judge_answer(&saved(4, Some("\"a\"")), &answer(status, &[part]));
            assert_eq!(next, Next::AskForAll, "{status}");
        }
        let request = parse(b"GET / HTTP/1.0\r\n\r\n").unwrap();
        let Parsed::Complete(request, _) = request else { panic!("a request") };
        assert_eq!(judge_answer(&saved(4, Some("\"a\"")), &request), Next::AskForAll);
    }

    /// Takes up a download of `/large.bin` from a server on `root`, and returns what is then
    /// on the disk.
    fn take_up(root: &Path, mut disk: Vec<u8>, etag: Option<String>) -> Vec<u8> {
        let mut server = HttpServer::default();
        let (pattern, handler) = serve_static("/", root, Listing::Hidden);
        server.register(pattern, handler);
        let client = client_of(&server);
        let saved = Saved { length: disk.len() as u64, etag };
        let start = StartLine::Request {
            method: "GET".to_owned(),
            target: "/large.bin".to_owned(),
            version: Version::Http10,
        };
        let headers = ask_for_the_rest(&saved);
        let request = Message { start, headers, body: Vec::new() };
        let bytes = client.raw(encode(&request).unwrap());
        let Ok(Parsed::Complete(answer, _)) = parse(&bytes) else { panic!("an answer") };
        match judge_answer(&saved, &answer) {
            Next::Append => disk.extend(&answer.body),
            Next::StartOver => disk = answer.body,
            Next::Done => {}
            Next::AskForAll => panic!("nothing of use"),
        }
        disk
    }

    #[test]
    fn a_download_that_broke_off_anywhere_is_whole_in_the_end() {
        let site = Site::new();
        let content = Seed::new().bytes(1000);
        site.put("large.bin", &content);
        let mut server = HttpServer::default();
        let (pattern, handler) = serve_static("/", &site.root, Listing::Hidden);
        server.register(pattern, handler);
        let tag = client_of(&server).get("/large.bin").header("ETag").map(str::to_owned);
        for length in 0..=content.len() {
            let disk = take_up(&site.root, content[..length].to_vec(), tag.clone());
            assert_bytes!(disk, content, "broken off at {length}");
        }
        // It has changed, and what is saved is of no use.
        let other = Seed::new().bytes(999);
        site.put("large.bin", &other);
        for length in [0, 1, 500, 998, 999, 1000] {
            assert_bytes!(take_up(&site.root, content[..length].to_vec(), tag.clone()), other);
        }
    }
}
