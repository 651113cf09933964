//! What chapter 10 promises.

use ch10::{
    HttpError, HttpServer, INDEX, Response, content_type, open_below, path, read_whole, resolve,
    serve_static, status_of,
};
use mock::{
    Ending, Live, MockClient, MockConnection, Reply, assert_bytes, for_every_split, patience,
};
use std::fs::{self, File};
use std::io::{self, Cursor, ErrorKind, Read, Write, repeat};
use std::ops::Range;
use std::path::{Component, Path, PathBuf};
use std::sync::{Mutex, mpsc};
use std::thread;
use tempfile::TempDir;

/// What nobody may ever read.
const SECRET: &str = "the recipe of the soup\n";

/// A folder with a root to be served and secrets around it; it is removed when
/// this is dropped.
struct Site {
    folder: TempDir,
    root: PathBuf,
}

impl Site {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("www");
        let site = Self { folder, root };
        site.put("index.html", "<h1>Home</h1>\n");
        site.put("a.txt", "a\n");
        site.put("notes/index.html", "<h1>Notes</h1>\n");
        site.put("notes/b.txt", "b\n");
        // Whose names begin as the root's.
        for outside in ["secret.txt", "wwwsecret.txt", "www-private/secret.txt"] {
            site.put_beside(outside, SECRET);
        }
        site
    }

    /// Writes a file below the root.
    fn put(&self, name: &str, content: impl AsRef<[u8]>) {
        self.put_beside(&format!("www/{name}"), content);
    }

    /// Writes a file beside the root.
    fn put_beside(&self, name: &str, content: impl AsRef<[u8]>) {
        let file = self.folder.path().join(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, content).unwrap();
    }

    /// A server that has the root at `/static`.
    fn server(&self) -> HttpServer {
        server_of(&[("/static", &self.root)])
    }

    /// The reply to a GET below `/static/`.
    #[track_caller]
    fn get(&self, path: &str) -> Reply {
        client_of(&self.server()).get(&format!("/static/{path}"))
    }
}

/// A server with these prefixes and roots.
fn server_of(aliases: &[(&str, &Path)]) -> HttpServer {
    let mut server = HttpServer::default();
    for (url_prefix, root) in aliases {
        let (pattern, handler) = serve_static(url_prefix, root);
        server.register(pattern, handler);
    }
    server
}

fn client_of(server: &HttpServer) -> MockClient<impl Fn(MockConnection)> {
    MockClient::new(|mut conn| server.on_connect(&mut conn, None).unwrap())
}

#[track_caller]
fn assert_not_found(reply: &Reply, target: &str) {
    assert_eq!(reply.status, 404, "{target}: {}", reply.body.escape_ascii());
    assert!(!reply.text().contains(SECRET.trim()), "{target} gave it away");
}

// resolve

/// Segments that are no name in the folder they are used in, on some system.
fn evil_segments() -> impl Iterator<Item = &'static str> {
    [
        // The folder itself, the one above, and what Windows takes for them.
        ". .. ... .... %2e %2e%2e %2E%2E %2e%2E .%2e %2e. ..%20 ..%20. %20 .%20 %20.",
        "a.txt. a.txt%2e a.txt%20 a.txt.%20 a.txt...",
        // A separator that was hidden from the split.
        "%2f %2F ..%2f ..%2Fsecret.txt %2e%2e%2fsecret.txt ..%2f..%2f a%2fb notes%2fb.txt",
        "%2fetc%2fpasswd %2f%2fhost%2fshare",
        // The separator of Windows.
        r"\ %5c %5C ..\ ..\secret.txt ..%5csecret.txt %2e%2e%5csecret.txt notes\b.txt",
        r"notes%5cb.txt \Windows \\host\share %5c%5chost%5cshare %5c%5c%3f%5cC%3a%5c",
        // Its drives and streams.
        "C: c%3a C:a.txt C:%5cWindows C%3A%2FWindows a.txt::$DATA a.txt%3a%3a$DATA a.txt:b :",
        // Its devices, which are in every folder.
        "NUL nul.txt COM1 com9.html lpt1. CON con.tar.gz AUX%20 aux%20.txt PRN CONIN$ %4eUL",
        "com1 COM2.txt Com3 COM4 COM5 COM6 COM7 COM8 LPT1 LPT2 LPT3 LPT4 LPT5 LPT6 LPT7 lpt8 LPT9",
        "conout$ CONOUT$.txt nul%20 COM%c2%b9 com%c2%b2.txt COM%C2%B3 LPT%c2%b9 LPT%c2%b2 lpt%c2%b3",
        // What macOS finds behind a file, as if that were a folder.
        "..namedfork ..NamedFork %2e%2enamedfork a.txt/..namedfork/rsrc a.txt/..namedfork/data",
        // A NUL, at which C ends a name.
        "%00 a.txt%00 a.txt%00.html ..%00 %00..",
        // Not UTF-8: overlong dots and slashes, half a pair, no letter at all.
        "%c0%ae%c0%ae ..%c0%af %e0%80%ae%e0%80%ae %f0%80%80%ae %ed%a0%80 %ff",
        // A percent sign without its digits.
        "% %2 a.txt% %zz %u002e",
    ]
    .into_iter()
    .flat_map(str::split_whitespace)
}

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/www"))
}

#[test]
fn a_path_is_resolved_name_by_name() {
    for (path, names) in [
        ("a.txt", &["a.txt"][..]),
        ("notes/b.txt", &["notes", "b.txt"]),
        ("a/b/c/d", &["a", "b", "c", "d"]),
        ("a..b", &["a..b"]),
        ("a.b.c", &["a.b.c"]),
        ("~", &["~"]),
        ("-rf", &["-rf"]),
        ("a+b", &["a+b"]),
        ("$HOME", &["$HOME"]),
        // Almost a device, or almost a fork.
        ("come.html", &["come.html"]),
        ("comb.png", &["comb.png"]),
        ("lpta.txt", &["lpta.txt"]),
        ("com/lpt/com", &["com", "lpt", "com"]),
        ("com0.txt/LPT0", &["com0.txt", "LPT0"]),
        ("com10/com11.txt", &["com10", "com11.txt"]),
        ("com\u{2074}/lpt\u{661}", &["com\u{2074}", "lpt\u{661}"]),
        ("a.com1/nul1/xcon", &["a.com1", "nul1", "xcon"]),
        ("console/conin/prnt/auxx", &["console", "conin", "prnt", "auxx"]),
        ("..namedforks/namedfork/._a", &["..namedforks", "namedfork", "._a"]),
    ] {
        let expected = names.iter().fold(root().to_owned(), |folder, name| folder.join(name));
        assert_eq!(resolve(path, root()), Ok(expected), "{path}");
    }
}

#[test]
fn a_name_is_decoded_once_and_after_the_split() {
    for (path, name) in [
        ("my%20house.txt", "my house.txt"),
        ("%61.txt", "a.txt"),
        ("caf%C3%A9.txt", "caf\u{e9}.txt"),
        ("caf\u{e9}.txt", "caf\u{e9}.txt"),
        ("a%2Bb", "a+b"),
        ("100%25", "100%"),
        ("what%3f", "what?"),
        // Names with a percent sign in it, and nothing worse.
        ("%2561", "%61"),
        ("%252e%252e", "%2e%2e"),
        ("%252fetc", "%2fetc"),
        ("%25252e", "%252e"),
        ("%2500", "%00"),
    ] {
        assert_eq!(resolve(path, root()), Ok(root().join(name)), "{path}");
        let below = resolve(&format!("notes/{path}"), root());
        assert_eq!(below, Ok(root().join("notes").join(name)), "{path}");
    }
}

#[test]
fn a_path_that_ends_in_a_slash_is_the_index_of_the_folder() {
    assert_eq!(INDEX, "index.html");
    assert_eq!(resolve("", root()), Ok(root().join("index.html")));
    assert_eq!(resolve("notes/", root()), Ok(root().join("notes").join("index.html")));
    assert_eq!(resolve("my%20a/b/", root()), Ok(root().join("my a").join("b").join("index.html")));
}

#[test]
fn what_is_no_name_is_refused_wherever_it_stands() {
    for evil in evil_segments() {
        for path in [
            evil.to_owned(),
            format!("{evil}/"),
            format!("{evil}/a.txt"),
            format!("{evil}/{evil}/secret.txt"),
            format!("notes/{evil}"),
            format!("notes/{evil}/"),
            format!("notes/{evil}/a.txt"),
        ] {
            assert_eq!(resolve(&path, root()), Err(HttpError(404)), "{path}");
        }
    }
    // These cannot come in a request, but there are other callers.
    for path in ["\0", "a\0b", "a ", " ", "notes/ ", ".. /a"] {
        assert_eq!(resolve(path, root()), Err(HttpError(404)), "{path:?}");
    }
}

#[test]
fn an_empty_name_is_refused_but_at_the_end() {
    for path in ["/", "//", "/a.txt", "//a.txt", "/etc/passwd", "//host/share/a", "a.txt//"] {
        assert_eq!(resolve(path, root()), Err(HttpError(404)), "{path}");
    }
    for path in ["notes//", "notes//b.txt", "notes///", "notes/b.txt//"] {
        assert_eq!(resolve(path, root()), Err(HttpError(404)), "{path}");
    }
}

/// Every path of up to four of these pieces: 22,620 of them.
#[test]
fn whatever_is_asked_for_is_a_name_below_the_root() {
    let pieces = ["..", ".", "/", "\\", "%2e", "%2F", "%5c", "%00", "%25", "2e", "a", ":"];
    let mut paths = vec![String::new()];
    let mut longest = paths.clone();
    for _ in 0..4 {
        let longer = |path: &String| pieces.map(|piece| format!("{path}{piece}"));
        longest = longest.iter().flat_map(longer).collect();
        paths.extend(longest.iter().cloned());
    }
    let mut resolved = 0;
    for path in &paths {
        let Ok(file) = resolve(path, root()) else { continue };
        let below = file.strip_prefix(root()).expect(path);
        for component in below.components() {
            let Component::Normal(name) = component else { panic!("{path:?} is {file:?}") };
            let name = name.to_str().unwrap();
            assert!(!name.contains(['/', '\\', ':', '\0']), "{path:?} is {file:?}");
            assert!(!name.ends_with(['.', ' ']), "{path:?} is {file:?}");
        }
        // As many names as there were segments: none was swallowed.
        assert_eq!(below.components().count(), path.split('/').count(), "{path:?} is {file:?}");
        resolved += 1;
    }
    assert!(resolved > 100, "{resolved} of {}", paths.len());
}

// open_below

#[track_caller]
fn status_of_error(root: &Path, file: &Path) -> Option<HttpError> {
    open_below(root, file).unwrap_err().downcast_ref().copied()
}

#[test]
fn a_file_below_the_root_is_opened() {
    let site = Site::new();
    for (name, expected) in [("a.txt", "a\n"), ("notes/b.txt", "b\n")] {
        let mut content = String::new();
        let mut file = open_below(&site.root, &site.root.join(name)).unwrap();
        file.read_to_string(&mut content).unwrap();
        assert_eq!(content, expected);
    }
}

#[test]
fn a_file_outside_of_the_root_is_not_found_however_its_name_begins() {
    let site = Site::new();
    for name in ["secret.txt", "wwwsecret.txt", "www-private/secret.txt", "www/../secret.txt"] {
        let file = site.folder.path().join(name);
        assert!(file.exists());
        assert_eq!(status_of_error(&site.root, &file), Some(HttpError(404)), "{name}");
    }
}

#[test]
fn what_is_no_file_is_not_found() {
    let site = Site::new();
    for name in ["", "notes", "notes/", "nothing.txt", "nothing/a.txt", "a.txt/index.html"] {
        let file = site.root.join(name);
        assert_eq!(status_of_error(&site.root, &file), Some(HttpError(404)), "{name}");
    }
}

#[test]
fn a_root_that_is_not_there_is_an_error_of_ours() {
    let site = Site::new();
    let nowhere = site.folder.path().join("nowhere");
    assert_eq!(status_of_error(&nowhere, &nowhere.join("a.txt")), None);

    let server = server_of(&[("/static", &nowhere)]);
    for path in ["", "a.txt", "notes/"] {
        let reply = client_of(&server).get(&format!("/static/{path}"));
        assert_eq!(reply.status, 500);
        assert!(!reply.text().contains("nowhere"), "{}", reply.text());
    }
    // What is refused for its name alone is refused in any case.
    assert_eq!(client_of(&server).get("/static/../a.txt").status, 404);
}

// What errors mean

#[test]
fn each_error_of_the_file_system_has_its_status() {
    for (kind, status) in [
        (ErrorKind::PermissionDenied, Some(403)),
        (ErrorKind::NotFound, Some(404)),
        (ErrorKind::NotADirectory, Some(404)),
        (ErrorKind::InvalidInput, Some(404)),
        (ErrorKind::InvalidFilename, Some(404)),
        (ErrorKind::OutOfMemory, Some(503)),
        // These are ours: a disk that cannot be read is no file that is not there.
        (ErrorKind::Other, None),
        (ErrorKind::InvalidData, None),
        (ErrorKind::UnexpectedEof, None),
        (ErrorKind::TimedOut, None),
    ] {
        let error = status_of(kind.into());
        assert_eq!(error.downcast_ref(), status.map(HttpError).as_ref(), "{kind:?}");
        if status.is_none() {
            assert_eq!(error.downcast::<io::Error>().unwrap().kind(), kind);
        }
    }
}

/// Numbers of errors that have no stable name: a circle of links, and no descriptor left.
#[test]
fn errors_without_a_name_have_their_status_by_the_number_of_the_system() {
    let (circle, no_descriptor): (i32, &[i32]) = match std::env::consts::OS {
        "windows" => (1921, &[4]),
        "linux" => (40, &[23, 24]),
        "macos" => (62, &[23, 24]),
        _ => return, // not known to us
    };
    let status = |number| status_of(io::Error::from_raw_os_error(number)).downcast_ref().copied();
    assert_eq!(status(circle), Some(HttpError(404)));
    for &number in no_descriptor {
        assert_eq!(status(number), Some(HttpError(503)), "{number}");
    }
}

// How much is read

#[test]
fn a_file_is_read_as_long_as_it_was_when_it_was_opened() {
    for content in [&b""[..], b"a", &[7; 100_000]] {
        let length = content.len() as u64;
        assert_bytes!(read_whole(content, length).unwrap(), content);
        // What was added since is not read: it may never end.
        let mut growing = Cursor::new([content, b"more"].concat());
        assert_bytes!(read_whole(&mut growing, length).unwrap(), content);
        assert_eq!(growing.position(), length);
        assert_eq!(read_whole(repeat(7), length).unwrap().len(), content.len());
        // A part of it does not pass for the whole.
        assert!(read_whole(content, length + 1).is_err());
        // It lies in memory once, without room to spare.
        assert_eq!(read_whole(content, length).unwrap().capacity(), content.len());
    }
}

#[test]
fn a_file_for_which_there_is_no_memory_is_an_error_and_is_not_read() {
    struct NeverRead;
    impl Read for NeverRead {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            panic!("it is read, although there is no room for it")
        }
    }
    for length in [u64::MAX, u64::MAX / 2, 1 << 63] {
        let error = read_whole(NeverRead, length).unwrap_err();
        // No status of its own: a server answers 500, and its log says why.
        assert_eq!(error.downcast_ref::<HttpError>(), None);
        assert!(error.to_string().contains(&length.to_string()), "{error}");
    }
}

#[test]
fn an_error_of_a_read_is_passed_on() {
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(ErrorKind::InvalidData.into())
        }
    }
    let error = read_whole(Broken, 5).unwrap_err();
    assert_eq!(error.downcast::<io::Error>().unwrap().kind(), ErrorKind::InvalidData);
}

// Files over HTTP

#[test]
fn a_file_is_given_byte_by_byte() {
    let site = Site::new();
    let every_byte: Vec<u8> = (0..=255).collect();
    for (name, content) in [
        ("every.bin", &every_byte[..]),
        ("empty.txt", b""),
        ("lines.txt", b"\r\n\n\r\r\n\r\n"),
        ("not-utf-8.txt", b"\xff\xfe\0caf\xe9"),
        ("no-extension", b"#!"),
    ] {
        site.put(name, content);
        let reply = site.get(name);
        assert_eq!((reply.status, reply.reason.as_str()), (200, "OK"), "{name}");
        let length = content.len().to_string();
        assert_eq!(reply.header("Content-Length"), Some(length.as_str()), "{name}");
        assert_bytes!(reply.body, content, "{name}");
    }
}

#[test]
fn a_type_goes_by_the_ending_of_the_name() {
    for (name, expected) in [
        ("index.html", "text/html; charset=utf-8"),
        ("INDEX.HTM", "text/html; charset=utf-8"),
        ("a.css", "text/css; charset=utf-8"),
        ("a.csv", "text/csv; charset=utf-8"),
        ("a.mp3", "audio/mpeg"),
        ("a.ogg", "audio/ogg"),
        ("a.ttf", "font/ttf"),
        ("a.wav", "audio/wav"),
        ("a.webm", "video/webm"),
        ("a.woff", "font/woff"),
        ("a.xml", "application/xml"),
        ("a.zip", "application/zip"),
        ("a.js", "text/javascript; charset=utf-8"),
        ("a.mjs", "text/javascript; charset=utf-8"),
        ("a.json", "application/json"),
        ("a.txt", "text/plain; charset=utf-8"),
        ("a.md", "text/plain; charset=utf-8"),
        ("a.png", "image/png"),
        ("a.jpg", "image/jpeg"),
        ("a.JPEG", "image/jpeg"),
        ("a.gif", "image/gif"),
        ("a.svg", "image/svg+xml"),
        ("favicon.ico", "image/x-icon"),
        ("a.webp", "image/webp"),
        ("a.pdf", "application/pdf"),
        ("a.wasm", "application/wasm"),
        ("a.woff2", "font/woff2"),
        ("a.mp4", "video/mp4"),
        ("a.b.c.png", "image/png"),
        ("png.txt", "text/plain; charset=utf-8"),
        // What nobody knows is saved and not interpreted.
        ("a.html.bak", "application/octet-stream"),
        ("a.html~", "application/octet-stream"),
        ("html", "application/octet-stream"),
        (".html", "application/octet-stream"),
        ("a.", "application/octet-stream"),
        ("a.\u{e9}", "application/octet-stream"),
    ] {
        assert_eq!(content_type(Path::new(name)), expected, "{name}");
        assert_eq!(content_type(&root().join("a.png").join(name)), expected, "{name}");
    }
    let site = Site::new();
    for name in ["a.png", "a.wasm", "a.unheard-of"] {
        site.put(name, "?");
        assert_eq!(site.get(name).header("Content-Type"), Some(content_type(Path::new(name))));
    }
    assert_eq!(site.get("").header("Content-Type"), Some("text/html; charset=utf-8"));
}

#[test]
fn a_folder_is_its_index_if_it_has_one() {
    let site = Site::new();
    site.put("bare/a.txt", "a\n");
    assert_eq!(site.get("").text(), "<h1>Home</h1>\n");
    assert_eq!(site.get("index.html").text(), "<h1>Home</h1>\n");
    assert_eq!(site.get("notes/").text(), "<h1>Notes</h1>\n");
    assert_not_found(&site.get("bare/"), "a folder without an index");
    assert_not_found(&site.get("a.txt/"), "a file with a slash");
    // An index that is a folder itself is no page.
    site.put("odd/index.html/a.txt", "a\n");
    assert_not_found(&site.get("odd/"), "an index that is a folder");
}

/// It is not there, or the client is sent to the name with the slash.
#[test]
fn a_folder_without_its_slash_is_no_page() {
    let site = Site::new();
    site.put("bare/a.txt", "a\n");
    for folder in ["notes", "bare", "nothing"] {
        let reply = site.get(folder);
        assert!([301, 302, 303, 307, 308, 404].contains(&reply.status), "{}", reply.status);
        if let Some(location) = reply.header("Location") {
            assert!(location.ends_with(&format!("/{folder}/")), "{location}");
        }
        assert!(!reply.text().contains("<h1>Notes"), "{}", reply.text());
    }
}

#[test]
fn a_name_may_have_spaces_and_foreign_letters() {
    let site = Site::new();
    for (name, paths) in [
        ("my house.txt", &["my%20house.txt", "%6dy%20house%2Etxt"][..]),
        ("caf\u{e9}.txt", &["caf%C3%A9.txt", "caf%c3%a9.txt"]),
        ("\u{1f372}.txt", &["%F0%9F%8D%B2.txt"]),
        ("a+b.txt", &["a+b.txt", "a%2Bb.txt", "a%2bb.txt"]),
        ("100%.txt", &["100%25.txt"]),
        ("%41.txt", &["%2541.txt"]),
        ("a&b=c;d,e'(f)!.txt", &["a&b=c;d,e'(f)!.txt", "a%26b%3Dc%3Bd%2Ce%27%28f%29%21.txt"]),
        ("#1.txt", &["%231.txt"]),
    ] {
        site.put(name, name);
        site.put(&format!("in {name}/{name}"), name);
        for path in paths {
            assert_eq!(site.get(path).text(), name, "{path}");
            assert_eq!(site.get(&format!("in%20{path}/{path}")).text(), name, "{path}");
        }
    }
    // A plus is a space in a form, and a plus in a path.
    assert_not_found(&site.get("my+house.txt"), "my+house.txt");
    assert_not_found(&site.get("A.txt%2f"), "A.txt%2f");
}

#[test]
fn the_query_does_not_count() {
    let site = Site::new();
    for query in ["", "day=monday", "/../../secret.txt", "../secret.txt", "%00", "a?b"] {
        assert_eq!(site.get(&format!("a.txt?{query}")).text(), "a\n");
        assert_eq!(site.get(&format!("?{query}")).text(), "<h1>Home</h1>\n");
        assert_not_found(&site.get(&format!("nothing?{query}")), query);
    }
    // An encoded question mark is part of the name.
    assert_not_found(&site.get("a.txt%3fday=monday"), "a.txt%3fday=monday");
}

#[test]
fn head_is_answered_like_get_but_for_its_body() {
    let site = Site::new();
    site.put("large.bin", vec![7; 100_000]);
    let server = site.server();
    assert_eq!(client_of(&server).get("/static/a.txt").status, 200);
    for path in ["a.txt", "", "notes/", "large.bin", "nothing.txt", "../secret.txt"] {
        let target = format!("/static/{path}");
        let (get, head) = (client_of(&server).get(&target), client_of(&server).head(&target));
        assert_eq!((head.status, head.body.len()), (get.status, 0), "{path}");
        assert_eq!(head.header("Content-Type"), get.header("Content-Type"), "{path}");
        if get.status == 200 {
            let length = get.body.len().to_string();
            assert_eq!(head.header("Content-Length"), Some(length.as_str()), "{path}");
        }
    }
}

/// A file may be larger than the memory (`programs.rs` has one), and its length is known
/// without reading it.
#[test]
fn head_reads_nothing_of_a_file() {
    let site = Site::new();
    let (_, handler) = serve_static("/static", &site.root);
    let response = handler(&request("HEAD", "/static/a.txt")).unwrap();
    assert_bytes!(response.body, b"");
    assert_eq!(response.headers.get_text("Content-Length"), Some("2"));
}

#[test]
fn a_file_can_be_read_and_nothing_else() {
    let site = Site::new();
    let server = site.server();
    for method in ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"] {
        // Whatever the path: also where there is nothing, and where nobody may go.
        for path in ["a.txt", "", "notes/", "nothing.txt", "nothing/", "../secret.txt", "%zz"] {
            let client = client_of(&server);
            let reply = client.request(method, &format!("/static/{path}")).body("soup").send();
            assert_eq!(reply.status, 405, "{method} {path}");
            let allow = reply.header("Allow").expect("what is allowed");
            let mut allowed: Vec<_> = allow.split(',').map(str::trim).collect();
            allowed.sort_unstable();
            assert_eq!(allowed, ["GET", "HEAD"], "{method}");
            assert_ne!(reply.text(), "a\n", "{method}");
        }
    }
    for method in ["TRACE", "get", "Head", "BREW"] {
        for path in ["a.txt", "", "notes/", "nowhere"] {
            let reply = client_of(&server).request(method, &format!("/static/{path}")).send();
            assert_eq!(reply.status, 501, "{method}");
        }
    }
    assert_eq!(site.get("a.txt").text(), "a\n");
}

#[test]
fn a_file_that_is_not_there_is_not_found_and_its_root_is_not_told() {
    let site = Site::new();
    let mut server = site.server();
    for debug in [false, true] {
        server.debug = debug;
        let long = "x".repeat(300);
        for path in ["nothing.txt", "nothing/", "nothing/a.txt", "a.txt/b.txt", "a", &long] {
            let reply = client_of(&server).get(&format!("/static/{path}"));
            assert_not_found(&reply, path);
            let folder = site.folder.path().display().to_string();
            assert!(!reply.text().contains(&folder), "{}", reply.text());
        }
    }
}

// Traversal

/// Each of these leads to a secret if one step is missing.
fn ways_out(site: &Site) -> Vec<String> {
    let secret = site.folder.path().join("secret.txt").display().to_string();
    // Whoever keeps temporary files in a folder with a space in its name.
    let secret = secret.replace(' ', "%20");
    let encoded = secret.replace('/', "%2f").replace('\\', "%5c").replace(':', "%3a");
    let mut ways: Vec<String> = [
        "/../secret.txt",
        "/../../secret.txt",
        "/notes/../../secret.txt",
        "/notes/../../www-private/secret.txt",
        "/nothing/../../secret.txt",
        "/..//secret.txt",
        "//../secret.txt",
        "/./../secret.txt",
        "/../www/a.txt",
        // These would stay inside. They are refused like the others.
        "/notes/../a.txt",
        "/./a.txt",
        // The prefix without its slash, followed by the rest of another name.
        "../secret.txt",
        "..%2fsecret.txt",
        "..\\secret.txt",
        "%2e%2e/secret.txt",
        "secret.txt",
        "-private/secret.txt",
        "/../wwwsecret.txt",
    ]
    .map(str::to_owned)
    .to_vec();
    ways.extend([format!("/{secret}"), format!("//{secret}"), format!("/{encoded}")]);
    ways.extend([format!("/..{secret}"), secret, encoded]);
    let dots = ".. %2e%2e %2E%2e .%2e %2e. %252e%252e %25252e%25252e %c0%ae%c0%ae \
                %e0%80%ae%e0%80%ae ..%00 ..; ..%20 ... .... ..%ff";
    let slashes = ["/", "%2f", "%2F", "\\", "%5c", "%252f", "%255c", "%c0%af", "//", "/./"];
    for dot in dots.split_whitespace() {
        for slash in slashes {
            ways.push(format!("/{dot}{slash}secret.txt"));
            ways.push(format!("/notes/{dot}{slash}{dot}{slash}secret.txt"));
            ways.push(format!("/notes{slash}{dot}{slash}{dot}{slash}secret.txt"));
            ways.push(format!("/a.txt{slash}{dot}{slash}{dot}{slash}secret.txt"));
        }
    }
    for evil in evil_segments() {
        ways.extend([format!("/{evil}"), format!("/notes/{evil}/secret.txt")]);
    }
    ways
}

#[test]
fn no_spelling_leads_out_of_the_root() {
    let site = Site::new();
    let server = site.server();
    for way in ways_out(&site) {
        for host in ["", "http://localhost"] {
            let target = format!("{host}/static{way}");
            assert_not_found(&client_of(&server).get(&target), &target);
        }
    }
}

#[test]
fn no_spelling_leads_out_of_a_root_that_is_all_there_is() {
    let site = Site::new();
    for prefix in ["/", ""] {
        let server = server_of(&[(prefix, &site.root)]);
        assert_eq!(client_of(&server).get("/a.txt").text(), "a\n");
        assert_eq!(client_of(&server).get("/notes/").text(), "<h1>Notes</h1>\n");
        for way in ways_out(&site).iter().filter(|way| way.starts_with('/')) {
            assert_not_found(&client_of(&server).get(way), way);
        }
    }
}

#[test]
fn the_names_that_are_dangerous_elsewhere_are_refused_here_too() {
    let site = Site::new();
    // On some systems such files can be made.
    for name in ["a.txt.", "a.txt ", "C:", "a.txt:b", "..\\secret.txt", "\\", "...", "notes\\b.txt"]
    {
        let _ = fs::write(site.root.join(name), SECRET);
    }
    for path in
        ["a.txt.", "a.txt%20", "C:", "a.txt:b", "..\\secret.txt", "%5c", "...", "notes%5cb.txt"]
    {
        assert_not_found(&site.get(path), path);
    }
}

// Links and other things that are no files

#[cfg(unix)]
mod unix {
    use super::*;
    use mock::named_pipe;
    use std::fs::Permissions;
    use std::os::unix::fs::{PermissionsExt, symlink};
    use std::os::unix::net::UnixListener;

    #[test]
    fn a_link_that_leads_out_is_not_found() {
        let site = Site::new();
        let outside = site.folder.path();
        for (name, target) in [
            ("relative.txt", PathBuf::from("../secret.txt")),
            ("absolute.txt", outside.join("secret.txt")),
            ("sibling.txt", outside.join("www-private/secret.txt")),
            ("similar.txt", outside.join("wwwsecret.txt")),
            ("folder", outside.to_owned()),
            ("private", outside.join("www-private")),
            ("chain.txt", PathBuf::from("relative.txt")),
            ("system.txt", PathBuf::from("/etc/passwd")),
            ("notes/deep.txt", PathBuf::from("../../secret.txt")),
            ("out", PathBuf::from("..")),
        ] {
            symlink(target, site.root.join(name)).unwrap();
        }
        fs::create_dir(site.root.join("bare")).unwrap();
        symlink("../../secret.txt", site.root.join("bare/index.html")).unwrap();
        for path in [
            "relative.txt",
            "absolute.txt",
            "sibling.txt",
            "similar.txt",
            "folder/secret.txt",
            "folder/www-private/secret.txt",
            "private/secret.txt",
            "chain.txt",
            "system.txt",
            "notes/deep.txt",
            "out/secret.txt",
            "bare/",
        ] {
            assert!(site.root.join(path).exists(), "the test itself is wrong about {path}");
            assert_not_found(&site.get(path), path);
        }
    }

    #[test]
    fn a_link_that_stays_inside_is_followed() {
        let site = Site::new();
        for (name, target) in [
            ("link.txt", PathBuf::from("notes/b.txt")),
            ("absolute.txt", site.root.join("notes/b.txt")),
            ("chain.txt", PathBuf::from("link.txt")),
            ("folder", PathBuf::from("notes")),
            // It leads out, and back in.
            ("detour", PathBuf::from("../www/notes")),
        ] {
            symlink(target, site.root.join(name)).unwrap();
        }
        for path in ["link.txt", "absolute.txt", "chain.txt", "folder/b.txt", "detour/b.txt"] {
            assert_eq!(site.get(path).text(), "b\n", "{path}");
        }
        assert_eq!(site.get("folder/").text(), "<h1>Notes</h1>\n");
    }

    #[test]
    fn a_link_to_nothing_or_to_itself_is_not_found() {
        let site = Site::new();
        for (link, target) in
            [("dangling", "nothing"), ("circle", "circle"), ("there", "back"), ("back", "there")]
        {
            symlink(target, site.root.join(link)).unwrap();
            for path in [link.to_owned(), format!("{link}/"), format!("{link}/a.txt")] {
                assert_not_found(&site.get(&path), &path);
            }
        }
    }

    #[test]
    fn a_name_that_is_too_long_and_a_path_through_a_file_are_not_found() {
        let site = Site::new();
        let (name, path) = ("a".repeat(256), "a/".repeat(3000));
        for file in [name, path, "a.txt/a.txt".to_owned(), "a.txt/a/b/c".to_owned()] {
            let file = site.root.join(file);
            assert_eq!(status_of_error(&site.root, &file), Some(HttpError(404)), "{file:?}");
        }
    }

    #[test]
    fn the_root_itself_may_be_a_link_or_have_dots_in_it() {
        let site = Site::new();
        let link = site.folder.path().join("link");
        symlink("www", &link).unwrap();
        for root in [link, site.root.join("../www"), site.root.join("./notes/..")] {
            let server = server_of(&[("/static", &root)]);
            assert_eq!(client_of(&server).get("/static/a.txt").text(), "a\n");
            assert_eq!(client_of(&server).get("/static/notes/").text(), "<h1>Notes</h1>\n");
            assert_not_found(&client_of(&server).get("/static/../secret.txt"), "../secret.txt");
            for way in ways_out(&site) {
                assert_not_found(&client_of(&server).get(&format!("/static{way}")), &way);
            }
        }
    }

    /// Who opens a named pipe waits until somebody writes to it.
    #[test]
    fn a_named_pipe_is_not_found_and_nobody_waits_for_it() {
        let site = Site::new();
        fs::create_dir(site.root.join("bare")).unwrap();
        for name in ["pipe.txt", "bare/index.html"] {
            named_pipe(site.root.join(name)).unwrap();
        }
        symlink("pipe.txt", site.root.join("link.txt")).unwrap();
        let server = site.server();
        let (answer, answered) = mpsc::channel();
        // Left behind if it hangs: it ends with the process.
        thread::spawn(move || {
            for path in ["pipe.txt", "bare/", "link.txt"] {
                let reply = client_of(&server).get(&format!("/static/{path}"));
                answer.send(reply).unwrap();
            }
        });
        for path in ["pipe.txt", "bare/", "link.txt"] {
            let reply = answered.recv_timeout(patience()).expect("an answer, and no waiting");
            assert_not_found(&reply, path);
        }
    }

    #[test]
    fn a_socket_or_a_device_is_not_found() {
        let site = Site::new();
        let _socket = UnixListener::bind(site.root.join("socket")).unwrap();
        assert_not_found(&site.get("socket"), "socket");
        // No link: all of the devices are the root's.
        let server = server_of(&[("/dev", Path::new("/dev"))]);
        assert_not_found(&client_of(&server).get("/dev/null"), "null");
        assert_not_found(&client_of(&server).get("/dev/zero"), "zero");
    }

    /// For a superuser there are no unreadable files, and nothing to forbid.
    #[test]
    fn a_file_that_may_not_be_read_is_forbidden() {
        let site = Site::new();
        site.put("closed/a.txt", "a\n");
        let (file, folder) = (site.root.join("a.txt"), site.root.join("closed"));
        fs::set_permissions(&file, Permissions::from_mode(0o000)).unwrap();
        fs::set_permissions(&folder, Permissions::from_mode(0o000)).unwrap();
        let is_superuser = File::open(&file).is_ok();
        let (of_file, in_folder) = (site.get("a.txt"), site.get("closed/a.txt"));
        fs::set_permissions(&folder, Permissions::from_mode(0o700)).unwrap();
        for reply in [of_file, in_folder] {
            match is_superuser {
                true => assert_eq!((reply.status, reply.text()), (200, "a\n")),
                false => {
                    assert_eq!((reply.status, reply.reason.as_str()), (403, "Forbidden"));
                    let folder = site.folder.path().display().to_string();
                    assert!(!reply.text().contains(&folder), "{}", reply.text());
                }
            }
        }
    }
}

// Patterns and aliases

fn request(method: &str, target: &str) -> ch10::Request {
    let input = format!("{method} {target} HTTP/1.0\r\n\r\n");
    let (mut conn, _peer) = MockConnection::pair(input);
    ch10::read_request(&mut conn, &mut Vec::new(), None).unwrap().unwrap()
}

#[test]
fn a_pattern_matches_what_is_below_its_prefix() {
    let site = Site::new();
    for prefix in ["/static", "/static/"] {
        let (pattern, _) = serve_static(prefix, &site.root);
        for target in ["/static/", "/static/a.txt", "/static/../a", "/static/?a", "/static//"] {
            assert!(pattern(&request("GET", target)), "{target}");
            assert!(pattern(&request("POST", target)), "{target}");
        }
        for target in ["/", "/staticfoo", "/static../secret", "/Static/", "/a/static/", "//static/"]
        {
            assert!(!pattern(&request("GET", target)), "{target}");
        }
    }
    for prefix in ["/", ""] {
        let (pattern, _) = serve_static(prefix, &site.root);
        for target in ["/", "/a.txt", "//", "/static/a"] {
            assert!(pattern(&request("GET", target)), "{target}");
        }
        assert!(!pattern(&request("OPTIONS", "*")));
    }
}

#[test]
fn pattern_and_handler_can_be_called_without_a_server() {
    let site = Site::new();
    let (pattern, handler) = {
        // They keep what they were made of.
        let (prefix, root) = ("/static".to_owned(), site.root.clone());
        serve_static(&prefix, &root)
    };
    let asked = request("GET", "/static/notes/b.txt");
    assert!(pattern(&asked));
    let response = handler(&asked).unwrap();
    assert_eq!(response.status, 200);
    assert_bytes!(response.body, b"b\n");
    for target in ["/static/nothing", "/static/../secret.txt", "/elsewhere/a.txt"] {
        let error = handler(&request("GET", target)).unwrap_err();
        assert_eq!(error.downcast_ref(), Some(&HttpError(404)), "{target}");
    }
}

#[test]
fn several_aliases_are_served_at_once() {
    let site = Site::new();
    site.put_beside("pictures/a.txt", "picture\n");
    let pictures = site.folder.path().join("pictures");
    let mut server = HttpServer::default();
    for (prefix, root) in [
        ("/www/pictures", pictures.as_path()),
        ("/www", &site.root),
        ("/again/", &site.root),
        ("/my/notes", &site.root.join("notes")),
    ] {
        let (pattern, handler) = serve_static(prefix, root);
        server.register(pattern, handler);
    }
    server.register(path("/www-private/"), |_| Ok(Response::text("private\n")));
    let client = client_of(&server);
    for (target, content) in [
        ("/www/pictures/a.txt", "picture\n"),
        ("/www/a.txt", "a\n"),
        ("/again/a.txt", "a\n"),
        ("/again/", "<h1>Home</h1>\n"),
        ("/my/notes/b.txt", "b\n"),
        ("/my/notes/", "<h1>Notes</h1>\n"),
        ("/www-private/", "private\n"),
    ] {
        assert_eq!(client.get(target).text(), content, "{target}");
    }
    for target in ["/", "/my/", "/www/pictures/b.txt", "/my/notes/a.txt", "/my/notes/../a.txt"] {
        assert_not_found(&client.get(target), target);
    }
}

#[test]
fn the_first_alias_that_matches_decides_even_if_it_has_no_such_file() {
    let site = Site::new();
    let notes = site.root.join("notes");
    let server = server_of(&[("/", &site.root), ("/deep", &notes)]);
    assert_not_found(&client_of(&server).get("/deep/b.txt"), "/deep/b.txt");
    let server = server_of(&[("/deep", &notes), ("/", &site.root)]);
    assert_eq!(client_of(&server).get("/deep/b.txt").text(), "b\n");
    assert_eq!(client_of(&server).get("/notes/b.txt").text(), "b\n");
}

// However it comes and goes

#[test]
fn a_file_is_given_however_the_request_is_cut() {
    let site = Site::new();
    let server = site.server();
    for_every_split("GET /static/notes/%62.txt?a HTTP/1.1\r\nHost: a\r\n\r\n", |input| {
        assert_bytes!(Reply::parse(client_of(&server).raw_script(input)).body, b"b\n");
    });
    for_every_split("GET /static/%2e%2e/secret.txt HTTP/1.1\r\nHost: a\r\n\r\n", |input| {
        assert_not_found(&Reply::parse(client_of(&server).raw_script(input)), "secret.txt");
    });
}

/// A client that notes at which places in memory the bytes lie that it is offered.
struct Places {
    request: Cursor<&'static [u8]>,
    offered: Vec<Range<usize>>,
}

impl Read for Places {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.request.read(buffer)
    }
}

impl Write for Places {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let place = bytes.as_ptr_range();
        self.offered.push(place.start.addr()..place.end.addr());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A second one for a moment would be twice the memory.
#[test]
fn a_body_is_sent_from_where_it_was_made_and_no_copy_of_it() {
    let (place, places) = mpsc::channel();
    let mut server = HttpServer::default();
    let place = Mutex::new(place);
    server.register(path("/"), move |_| {
        let body = vec![b'x'; 100_000];
        let at = body.as_ptr_range();
        place.lock().unwrap().send(at.start.addr()..at.end.addr()).unwrap();
        Ok(Response::text(body))
    });
    let request = Cursor::new(&b"GET / HTTP/1.0\r\n\r\n"[..]);
    let mut conn = Places { request, offered: Vec::new() };
    server.on_connect(&mut conn, None).unwrap();
    let made = places.recv().unwrap();
    assert!(conn.offered.contains(&made), "{made:?} is not among {:?}", conn.offered);
}

#[test]
fn a_file_is_whole_though_writes_are_short_and_interrupted() {
    let site = Site::new();
    let content: Vec<u8> = (0..=255).cycle().take(10_000).collect();
    site.put("every.bin", &content);
    let server = site.server();
    for at_most in [1, 7, 1000] {
        let (conn, peer) = MockConnection::pair("GET /static/every.bin HTTP/1.0\r\n\r\n");
        let mut conn = conn.short_writes(at_most).interrupt_writes();
        server.on_connect(&mut conn, None).unwrap();
        assert_bytes!(Reply::parse(peer.sent()).body, content);
    }
}

#[test]
fn a_large_file_over_tcp_comes_whole_to_all_who_ask_for_it() {
    let site = Site::new();
    // A pattern that is not a whole number of buffers long.
    let content: Vec<u8> = (0..=250).cycle().take(5_000_000).collect();
    site.put("large.bin", &content);
    let server = site.server();
    Live::run(
        |incoming| server.serve(incoming),
        |live| {
            let mut clients = [live.connect(), live.connect(), live.connect()];
            for client in &mut clients {
                client.send("GET /static/large.bin HTTP/1.0\r\n\r\n");
            }
            for client in &mut clients {
                let (bytes, ending) = client.read_to_end();
                assert_eq!(ending, Ending::Closed);
                assert_bytes!(Reply::parse(bytes).body, content);
            }
        },
    );
}

#[test]
fn over_tcp_too_the_root_is_not_left_and_the_server_lives() {
    let site = Site::new();
    let server = site.server();
    Live::run(
        |incoming| server.serve(incoming),
        |live| {
            for (path, status) in [
                ("/static/a.txt", 200),
                ("/static/../secret.txt", 404),
                ("/static/%2e%2e/secret.txt", 404),
                ("/static/..%2fsecret.txt", 404),
                ("/static../secret.txt", 404),
                ("/static/%00", 404),
                ("/static/", 200),
            ] {
                let mut client = live.connect();
                client.send(format!("GET {path} HTTP/1.0\r\n\r\n"));
                let (bytes, ending) = client.read_to_end();
                let reply = Reply::parse(bytes);
                assert_eq!((reply.status, ending), (status, Ending::Closed), "{path}");
                assert!(!reply.text().contains(SECRET.trim()), "{path} gave it away");
            }
        },
    );
}
