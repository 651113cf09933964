//! Chapter 18's program: a guest book whose clients, disk and end are what they are.

use course_tests::binaries::{Ended, Running, Server, command};
use mock::{Live, Reply, Seed, TcpClient};
use std::collections::BTreeMap;
use std::fs;
use std::io::{Read, Write};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::mpsc;
use std::thread;
use tempfile::TempDir;

const SITE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../chapters/ch18-framework/site");

fn text_of(path: &Path) -> &str {
    path.to_str().expect("a temporary folder's name is text")
}

/// A guest book whose entries are below `data`.
fn start(data: &Path) -> Server {
    Server::start("ch18", &["--site", SITE, "--data", text_of(data)])
}

/// The same of a program that is to end by itself.
fn run(options: &[&str]) -> Ended {
    let mut running = Running::start(command("ch18", &[&["127.0.0.1:0"], options].concat()));
    running.end_input();
    running.wait()
}

/// A client of a program that may end at any time. It keeps its cookie.
struct Guest {
    address: SocketAddr,
    cookie: String,
}

impl Guest {
    fn new(server: &Server) -> Self {
        Self { address: server.address.parse().unwrap(), cookie: String::new() }
    }

    fn named(server: &Server, name: &str) -> Self {
        let mut guest = Self::new(server);
        let reply = guest.post("/sign-in", &format!("name={name}")).expect("an answer");
        assert_eq!((reply.status, reply.header("Location")), (303, Some("/")));
        guest
    }

    /// What is answered, if it is answered whole.
    fn send(&mut self, line: &str, fields: &str, body: &str) -> Option<Reply> {
        let mut client = TcpClient::try_connect(self.address).ok()?;
        let (cookie, length) = (&self.cookie, body.len());
        client
            .try_send(format!(
                "{line} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nCookie: {cookie}\r\n\
                 Content-Length: {length}\r\n{fields}\r\n{body}"
            ))
            .ok()?;
        let (bytes, _) = client.read_to_end();
        let (reply, _) = Reply::try_parse_first(&bytes, false, false).expect("a reply")?;
        if let Some(set) = reply.header("Set-Cookie") {
            self.cookie = set.split(';').next().expect("there is a first one").to_owned();
        }
        Some(reply)
    }

    fn get(&mut self, target: &str) -> Reply {
        self.send(&format!("GET {target}"), "", "").expect("an answer")
    }

    fn post(&mut self, target: &str, form: &str) -> Option<Reply> {
        let content_type = "Content-Type: application/x-www-form-urlencoded\r\n";
        self.send(&format!("POST {target}"), content_type, form)
    }

    /// Writes an entry of letters; returns where it is, if the client was told.
    fn write(&mut self, entry: &str) -> Option<String> {
        let reply = self.post("/", &format!("text={entry}"))?;
        assert_eq!(reply.status, 303);
        reply.header("Location").map(str::to_owned)
    }
}

/// Entries and where they are.
type Entries = BTreeMap<String, String>;

#[track_caller]
fn assert_all_there(server: &Server, entries: &Entries) {
    let mut guest = Guest::new(server);
    for (location, entry) in entries {
        let reply = guest.get(location);
        assert_eq!(reply.status, 200, "{entry} is not at {location}");
        let page = reply.text();
        assert!(page.contains(&format!("<p>{entry}</p>")), "{entry} is not at {location}: {page}");
    }
}

/// Several clients write as fast as they can, and in the middle of it the program is killed: three
/// times, each time with what was left of the time before.
#[test]
fn every_entry_that_a_client_was_told_of_outlives_the_end_of_the_program() {
    const CLIENTS: usize = 4;
    const TOLD: usize = 40;
    let data = tempfile::tempdir().unwrap();
    let mut told = Entries::new();
    for round in 0..3 {
        let server = start(data.path());
        assert_all_there(&server, &told);
        let (tell, tidings) = mpsc::channel();
        let clients: Vec<_> = (0..CLIENTS)
            .map(|number| {
                let mut guest = Guest::named(&server, &format!("guest{number}"));
                let tell = tell.clone();
                thread::spawn(move || {
                    // Long ones, so that there is something to be cut.
                    for entry in 0..10_000 {
                        let entry = format!("{round}from{number}the{entry}") + &"x".repeat(1500);
                        let Some(location) = guest.write(&entry) else { return };
                        if tell.send((location, entry)).is_err() {
                            return;
                        }
                    }
                })
            })
            .collect();
        drop(tell);
        let before = told.len();
        told.extend(tidings.iter().take(TOLD));
        drop(server); // by a signal that no program is told of
        clients.into_iter().for_each(|client| client.join().unwrap());
        told.extend(tidings.try_iter());
        // No two were told the same place.
        assert!(told.len() >= before + TOLD, "{} and {}", before, told.len());
    }
    let server = start(data.path());
    assert_all_there(&server, &told);
    assert_eq!(Guest::named(&server, "Ann").write("next").map(|_| ()), Some(()));
}

/// A program that may write no longer files than this, in blocks of 512 bytes, as if the disk were
/// full.
#[cfg(target_os = "linux")]
fn start_limited(data: &Path, blocks: usize) -> Server {
    let mut limited = std::process::Command::new("sh");
    // Without the first, the system ends a program that tries.
    let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\"");
    limited.args(["-c", &script]).arg(course_tests::binaries::binary("ch18"));
    limited.args(["127.0.0.1:0", "--site", SITE, "--data", text_of(data)]);
    let pipe = std::process::Stdio::piped;
    limited.stdin(pipe()).stdout(pipe()).stderr(pipe());
    Server::spawn(limited)
}

#[cfg(target_os = "linux")]
#[test]
fn an_entry_that_the_disk_does_not_take_is_a_500_and_the_file_is_as_it_was() {
    let data = tempfile::tempdir().unwrap();
    let file = data.path().join("entries");
    let mut told = Entries::new();
    {
        let server = start_limited(data.path(), 8);
        let mut ann = Guest::named(&server, "Ann");
        let mut write = |length: usize| {
            let entry = format!("{}{}", told.len(), "x".repeat(length));
            let before = fs::read(&file).unwrap();
            let reply = ann.post("/", &format!("text={entry}")).expect("an answer");
            match reply.status {
                303 => told.insert(reply.header("Location").unwrap().to_owned(), entry),
                500 => {
                    assert!(reply.text().contains("<title>500 Internal Server Error</title>"));
                    assert_eq!(fs::read(&file).unwrap(), before);
                    None
                }
                other => panic!("{other}"),
            };
            reply.status
        };
        let mut count = 0;
        while write(300) == 303 {
            count += 1;
            assert!(count < 100, "there is no limit");
        }
        assert!(count > 0);
        // What fits is taken all the same, and stands in a line of its own.
        assert_eq!([write(1), write(300)], [303, 500]);
        assert_all_there(&server, &told);
    }
    let server = start(data.path());
    assert_all_there(&server, &told);
    assert_eq!(fs::read_to_string(&file).unwrap().lines().count(), told.len());
    assert_eq!(
        Guest::named(&server, "Bob").write("more"),
        Some(format!("/entries/{}", told.len()))
    );
}

#[test]
fn two_clients_have_cookies_of_their_own_which_are_good_after_a_restart() {
    let data = tempfile::tempdir().unwrap();
    let mut guests = {
        let server = start(data.path());
        let mut guests = ["Ann", "Bob"].map(|name| Guest::named(&server, name));
        assert_eq!(guests[0].write("first").as_deref(), Some("/entries/0"));
        assert_eq!(guests[1].write("second").as_deref(), Some("/entries/1"));
        guests
    };
    let server = start(data.path());
    for (number, name) in ["Ann", "Bob"].iter().enumerate() {
        let guest = &mut guests[number];
        guest.address = server.address.parse().unwrap();
        assert!(guest.get("/").text().contains(&format!("{name} <button>")));
        assert_eq!(guest.write("third"), Some(format!("/entries/{}", number + 2)));
        let page = guest.get(&format!("/entries/{}", number + 2));
        assert!(page.text().contains(&format!("<footer>{name}, ")), "{}", page.text());
    }
    // Signed out, the browser is told to forget.
    let reply = guests[0].post("/sign-out", "").expect("an answer");
    assert!(reply.header("Set-Cookie").unwrap().contains("Max-Age=0"));
}

#[test]
fn an_entry_that_is_code_comes_back_as_text() {
    let data = tempfile::tempdir().unwrap();
    let server = start(data.path());
    let mut guest = Guest::named(&server, "%3Cb%3EAnn%3C/b%3E");
    let location = guest.write("%3Cscript%3Ealert(1)%3C/script%3E").unwrap();
    for target in ["/", &location] {
        let reply = guest.get(target);
        assert_eq!(reply.header("Content-Type"), Some("text/html; charset=utf-8"));
        let page = reply.text();
        assert!(page.contains("<p>&lt;script&gt;alert(1)&lt;"), "{page}");
        assert!(page.contains("<footer>&lt;b&gt;Ann&lt;"), "{page}");
        assert!(!page.contains("<script") && !page.contains("<b>"), "{page}");
    }
}

#[test]
fn it_says_how_long_everything_took() {
    let data = tempfile::tempdir().unwrap();
    let server = start(data.path());
    let reply = Guest::new(&server).get("/");
    let timings = reply.headers.iter().filter(|(name, _)| name == "Server-Timing");
    let timings = timings.map(|(_, value)| String::from_utf8_lossy(value)).collect::<Vec<_>>();
    let timings = timings.join(", ");
    for name in ["entries", "template", "app"] {
        assert!(timings.contains(&format!("{name};dur=")), "{timings}");
    }
}

#[test]
fn a_sentence_comes_from_the_server_that_it_is_told_of() {
    let answer_all = |incoming: mock::Incoming| {
        for conn in incoming {
            let mut conn = conn.unwrap();
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                let mut byte = [0];
                conn.read_exact(&mut byte).unwrap();
                head.extend(byte);
            }
            conn.write_all(b"HTTP/1.0 200 OK\r\n\r\nSoup is good food.\n").unwrap();
        }
    };
    let start = |quotes: &str| {
        let data = tempfile::tempdir().unwrap();
        let options = ["--site", SITE, "--data", text_of(data.path()), "--quotes", quotes];
        let page = Guest::new(&Server::start("ch18", &options)).get("/").text().to_owned();
        page.contains("<blockquote>Soup is good food.</blockquote>")
    };
    let address = Live::run(answer_all, |live| {
        let address = live.addr().to_string();
        assert!(start(&address));
        address
    });
    // Now nobody listens there.
    assert!(!start(&address));
}

// What it keeps, and what it cannot begin with

#[test]
fn its_secret_is_made_once_and_nobody_else_reads_it() {
    let data = tempfile::tempdir().unwrap();
    let inner = data.path().join("not/there/yet");
    let secrets = [(); 2].map(|()| {
        drop(start(&inner));
        fs::read(inner.join("secret")).unwrap()
    });
    assert!(secrets[0].len() >= 64);
    assert_eq!(secrets[0], secrets[1]);
    // Nothing is left of how it was made.
    let mut names: Vec<_> =
        fs::read_dir(&inner).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["entries", "entries.lock", "secret"]);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(inner.join("secret")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    let other = tempfile::tempdir().unwrap();
    drop(start(other.path()));
    assert_ne!(fs::read(other.path().join("secret")).unwrap(), secrets[0]);
}

#[test]
fn a_second_program_is_told_that_the_book_is_open() {
    let data = tempfile::tempdir().unwrap();
    let options = ["--site", SITE, "--data", text_of(data.path())];
    let server = start(data.path());
    let ended = run(&options);
    assert_eq!((ended.code, &*ended.output), (1, &b""[..]), "{}", ended.errors);
    let file = data.path().join("entries");
    let sentence = format!("ch18: {}: another program has it open\n", file.display());
    assert_eq!(ended.errors, sentence);
    // The first one goes on, and who comes when it was killed is let in.
    assert_eq!(Guest::named(&server, "Ann").write("one").as_deref(), Some("/entries/0"));
    drop(server);
    let server = start(data.path());
    assert_eq!(Guest::named(&server, "Ann").write("two").as_deref(), Some("/entries/1"));
}

/// A copy of the site, of which a template may be broken.
fn copy_of_site() -> TempDir {
    let copy = tempfile::tempdir().unwrap();
    for folder in ["templates", "static"] {
        fs::create_dir(copy.path().join(folder)).unwrap();
        for file in fs::read_dir(Path::new(SITE).join(folder)).unwrap() {
            let file = file.unwrap();
            fs::copy(file.path(), copy.path().join(folder).join(file.file_name())).unwrap();
        }
    }
    copy
}

#[test]
fn what_it_cannot_begin_with_is_said_in_a_line_that_names_the_place() {
    let data = tempfile::tempdir().unwrap();
    let data = text_of(data.path());
    let site = copy_of_site();
    fs::write(site.path().join("templates/entry.html"), "one\n\n{% endif %}").unwrap();
    let bad_entries = tempfile::tempdir().unwrap();
    let file = bad_entries.path().join("entries");
    let good = r#"{"name":"Ann","text":"Hello","at":"2026-11-29 16:35"}"#;
    fs::write(&file, format!("{good}\n{{\"name\":1}}\n{good}\n")).unwrap();
    let bad_secret = tempfile::tempdir().unwrap();
    fs::write(bad_secret.path().join("secret"), "short").unwrap();
    for (options, place) in [
        (["--site", text_of(site.path()), "--data", data], "entry.html:3".to_owned()),
        (["--site", "no-such-folder", "--data", data], "no-such-folder".to_owned()),
        (["--site", SITE, "--data", text_of(bad_entries.path())], format!("{}:2", file.display())),
        (["--site", SITE, "--data", text_of(&file)], file.display().to_string()),
        (["--site", SITE, "--data", text_of(bad_secret.path())], "secret".to_owned()),
    ] {
        let ended = run(&options);
        assert_eq!((ended.code, &*ended.output), (1, &b""[..]), "{}", ended.errors);
        assert!(ended.errors.starts_with("ch18: "), "{}", ended.errors);
        assert!(ended.errors.contains(&place), "{place}: {}", ended.errors);
        assert_eq!(ended.errors.trim_end().lines().count(), 1, "{}", ended.errors);
    }
}

#[test]
fn half_an_entry_at_the_end_is_removed_and_that_is_logged() {
    let data = tempfile::tempdir().unwrap();
    let good = r#"{"name":"Ann","text":"Hello","at":"2026-11-29 16:35"}"#;
    let mut seed = Seed::new();
    let half = seed.number(1..=good.len());
    fs::write(data.path().join("entries"), format!("{good}\n{}", &good[..half])).unwrap();
    let server = start(data.path());
    let line = server.running.error_line();
    assert!(line.contains("entries") && line.contains("half an entry"), "{line}");
    assert_eq!(Guest::named(&server, "Ann").write("next").as_deref(), Some("/entries/1"));
}
