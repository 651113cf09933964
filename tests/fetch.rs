//! Chapter 19's programs, as a user starts them.

use course_tests::binaries::{Ended, Running, Server, command};
use mock::{Live, assert_bytes};
use std::fs;
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::sync::Mutex;
use tempfile::TempDir;
#[cfg(target_os = "linux")]
use {
    socket2::{Domain, Socket, Type},
    std::net::{Ipv4Addr, SocketAddr},
    std::time::Duration,
};

/// Runs `fetch` without input to its end.
fn fetch(arguments: &[&str]) -> Ended {
    let mut running = Running::start(command("fetch", arguments));
    running.end_input();
    running.wait()
}

#[track_caller]
fn assert_fails(ended: &Ended, code: i32, why: &str) {
    assert_eq!(ended.code, code, "{}", ended.errors);
    assert!(ended.errors.starts_with("fetch: "), "{}", ended.errors);
    assert!(ended.errors.contains(why), "{}", ended.errors);
}

/// A server that gives these answers, one to each client, and closes; and what each asked.
fn scripted<R>(answers: &[String], body: impl FnOnce(&str) -> R) -> (R, Vec<String>) {
    let asked = Mutex::new(Vec::new());
    let outcome = Live::run(
        |incoming| {
            for (conn, answer) in incoming.zip(answers) {
                let mut conn = conn.unwrap();
                asked.lock().unwrap().push(head(&mut conn));
                // A client may go in the middle.
                let _ = conn.write_all(answer.as_bytes());
            }
        },
        |live| body(&format!("http://{}/file", live.addr())),
    );
    (outcome, asked.into_inner().unwrap())
}

/// What is sent until the head of a request is complete.
fn head(conn: &mut TcpStream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        conn.read_exact(&mut byte).unwrap();
        head.extend(byte);
    }
    String::from_utf8(head).unwrap()
}

fn ok(body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 200 OK\r\nETag: \"one\"\r\nContent-Length: {length}\r\n\r\n{body}")
}

/// A server with all that clients are tried on.
fn trial() -> Server {
    Server::start("ch19", &["--delay", "0"])
}

fn text_of(path: &Path) -> &str {
    path.to_str().expect("a temporary folder's name is text")
}

fn folder() -> TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<_> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

// Arguments

#[test]
fn wrong_arguments_are_answered_with_a_sentence() {
    for (arguments, why) in [
        (&[][..], "there is no URL"),
        (&["--no-such-option"], "--no-such-option"),
        (&["--output"], "--output"),
        (&["--output", "x", "http://a/", "http://b/"], "--output is for one URL"),
        (&["--threads", "0", "http://a/"], "0 is not a number"),
        (&["--time", "0", "http://a/"], "0 is not a number"),
        (&["--time", "31536001", "http://a/"], "31536001 is not a number"),
        (&["--header", "x", "http://a/"], "there is no : in \"x\""),
        (&["--form", "x", "http://a/"], "there is no = in \"x\""),
        (&["--data", "x", "--json", "1", "http://a/"], "one body"),
        (&["--data", "x", "--form", "a=b", "http://a/"], "one body"),
        (&["--from", "no-such-file"], "cannot read no-such-file"),
    ] {
        let ended = fetch(arguments);
        assert_fails(&ended, 2, why);
        assert!(ended.output.is_empty() && ended.errors.contains("--help"), "{}", ended.errors);
    }
}

#[test]
fn help_is_printed() {
    for word in ["--help", "-h"] {
        let ended = fetch(&[word]);
        assert_eq!((ended.code, &*ended.errors), (0, ""));
        let help = String::from_utf8(ended.output).unwrap();
        assert!(help.starts_with("fetch: ") && help.contains("--no-redirects"), "{help}");
    }
}

#[test]
fn help_that_nobody_reads_is_not_a_failure() {
    let (reader, writer) = io::pipe().unwrap();
    drop(reader);
    let mut command = command("fetch", &["--help"]);
    command.stdout(writer);
    let ended = Running::start(command).wait();
    assert_eq!((ended.code, &*ended.errors), (0, ""));
}

// Printing

#[test]
fn what_a_url_names_is_printed() {
    let (ended, asked) = scripted(&[ok("hello\0")], |url| fetch(&[url]));
    assert_eq!((ended.code, &*ended.errors), (0, ""));
    assert_bytes!(ended.output, "hello\0");
    assert!(asked[0].starts_with("GET /file HTTP/1.1\r\n"), "{}", asked[0]);
    // Without its scheme, as people type it.
    let (ended, _) = scripted(&[ok("hello")], |url| fetch(&[url.trim_start_matches("http://")]));
    assert_bytes!(ended.output, "hello");
    // `://` may stand in it all the same.
    let (ended, asked) = scripted(&[ok("hello")], |url| {
        fetch(&[&format!("{}?to=http://other/", url.trim_start_matches("http://"))])
    });
    assert_bytes!(ended.output, "hello");
    assert!(asked[0].starts_with("GET /file?to=http://other/ "), "{}", asked[0]);
}

#[test]
fn what_is_not_there_is_printed_and_is_a_failure() {
    let answer = "HTTP/1.1 404 Not Found\r\nContent-Length: 5\r\n\r\nsorry".to_owned();
    let (ended, _) = scripted(&[answer], |url| fetch(&[url]));
    assert_fails(&ended, 1, "/file: 404 Not Found");
    assert_bytes!(ended.output, "sorry");
}

#[test]
fn one_that_fails_does_not_keep_the_others_waiting() {
    let answers = [ok("one"), String::new(), ok("two")];
    let (ended, _) = scripted(&answers, |url| fetch(&[url, url, url]));
    assert_fails(&ended, 1, "without an answer");
    assert_eq!(ended.errors.lines().count(), 1, "{}", ended.errors);
    assert_bytes!(ended.output, "onetwo");
}

#[test]
fn what_is_cut_off_is_a_failure() {
    let answer = ok("hello").replace("Content-Length: 5", "Content-Length: 9");
    let (ended, _) = scripted(&[answer], |url| fetch(&[url]));
    assert_fails(&ended, 1, "ends in the middle, after 5 bytes");
    assert_bytes!(ended.output, "hello");
}

#[test]
fn what_cannot_be_asked_is_a_failure() {
    for (arguments, why) in [
        (&["https://test/"][..], "TLS"),
        (&["--json", "{", "http://test/"], "no JSON"),
        (&["--method", "G T", "http://127.0.0.1:1/"], "cannot be asked"),
        (&["--header", "X Y: z", "http://127.0.0.1:1/"], "not a header name"),
    ] {
        assert_fails(&fetch(arguments), 1, why);
    }
}

#[test]
fn options_say_what_is_sent() {
    let trial = trial();
    let echo = format!("http://{}/echo", trial.address);
    for (arguments, expected) in [
        (&[][..], &["\"method\": \"GET\"", "\"body\": \"\""][..]),
        (&["--method", "PUT"], &["\"method\": \"PUT\""]),
        (&["--data", "a b"], &["\"method\": \"POST\"", "\"body\": \"a b\""]),
        (
            &["--form", "a=b c", "--form", "d=e=f"],
            &["\"body\": \"a=b+c&d=e%3Df\"", "application/x-www-form-urlencoded"],
        ),
        (&["--json", "[1, 2]"], &["\"body\": \"[1,2]\"", "application/json"]),
        (&["--method", "PUT", "--data", "x"], &["\"method\": \"PUT\"", "\"body\": \"x\""]),
        (&["--header", "X-Own: a:b", "--header", "X-More:c"], &["\"a:b\"", "\"X-More\""]),
    ] {
        let ended = fetch(&[arguments, &[&echo]].concat());
        let told = String::from_utf8(ended.output).unwrap();
        assert_eq!((ended.code, &*ended.errors), (0, ""), "{arguments:?}");
        expected.iter().for_each(|part| assert!(told.contains(part), "{part} in {told}"));
    }
}

#[test]
fn redirects_are_followed_unless_they_are_what_is_asked_for() {
    let trial = trial();
    let url = format!("http://{}/redirect/3", trial.address);
    assert_bytes!(fetch(&[&url]).output, "arrived\n");
    let ended = fetch(&["--no-redirects", &url]);
    assert_eq!(ended.code, 0);
    assert_bytes!(ended.output, "go to /redirect/2\n");
    assert_fails(&fetch(&[&format!("http://{}/redirect/21", trial.address)]), 1, "21 times");
}

#[test]
fn the_head_is_shown_if_it_is_wanted() {
    let (ended, _) = scripted(&[ok("hello")], |url| fetch(&["--head", url]));
    assert_bytes!(ended.output, "200 OK\nETag: \"one\"\nContent-Length: 5\n\nhello");
}

#[test]
fn urls_may_come_from_a_file_or_from_standard_input() {
    let trial = trial();
    let list = format!("\n  {0}/page/1  \n\nhttp://{0}/page/2\r\n", trial.address);
    let mut running = Running::start(command("fetch", &["--from", "-"]));
    running.send(&list);
    running.end_input();
    assert_bytes!(running.wait().output, "this is page 1\nthis is page 2\n");
    let folder = folder();
    let file = folder.path().join("list");
    fs::write(&file, list).unwrap();
    let first = format!("{}/page/0", trial.address);
    let ended = fetch(&[&first, "--from", text_of(&file)]);
    assert_bytes!(ended.output, "this is page 0\nthis is page 1\nthis is page 2\n");
}

#[test]
fn whoever_has_seen_enough_is_not_told_that_it_failed() {
    let (ended, _) = scripted(&[ok(&"x".repeat(1_000_000))], |url| {
        let (reader, writer) = io::pipe().unwrap();
        let mut command = command("fetch", &[url, "http://127.0.0.1:1/"]);
        command.stdout(writer);
        let running = Running::start(command);
        drop(reader);
        running.wait()
    });
    assert_eq!((ended.code, &*ended.errors), (1, ""));
}

#[test]
fn the_time_is_that_of_the_whole() {
    let ended = Live::run(
        |incoming| {
            incoming
                .map(Result::unwrap)
                .for_each(|mut conn| while let Ok(1..) = conn.read(&mut [0; 1000]) {})
        },
        |live| fetch(&["--time", "1", &format!("{}", live.addr())]),
    );
    assert_fails(&ended, 1, "the time was over before the answer began");
}

/// Without `--time`, 64 KiB would buy four seconds more.
#[test]
fn whoever_says_how_long_does_not_wait_longer_for_much() {
    let much = "x".repeat(64 * 1024);
    let ended = Live::run(
        |incoming| {
            for conn in incoming {
                let mut conn = conn.unwrap();
                head(&mut conn);
                let whole = ok(&format!("{much}end"));
                conn.write_all(&whole.as_bytes()[..whole.len() - 3]).unwrap();
                // The client goes.
                let _ = conn.read(&mut [0]);
            }
        },
        |live| fetch(&["--time", "1", &format!("{}", live.addr())]),
    );
    assert_fails(&ended, 1, "the time was over after 65536 bytes of the body");
    assert_bytes!(ended.output, much);
}

/// A server that accepts nobody: a connection to it never comes about.
#[cfg(target_os = "linux")]
#[test]
fn whoever_is_never_let_in_waits_no_longer_either() {
    let server = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    server.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into()).unwrap();
    server.listen(0).unwrap();
    let address = server.local_addr().unwrap().as_socket().unwrap();
    let wait = Duration::from_millis(200);
    // Those who fill its queue: the first that finds no room in it is the sign.
    let queue: Vec<_> =
        (0..9).map_while(|_| TcpStream::connect_timeout(&address, wait).ok()).collect();
    assert!(queue.len() < 9, "it has room for everybody");
    let url = format!("http://{address}/");
    let ended = fetch(&["--time", "1", &url]);
    assert_fails(&ended, 1, "the time was over before there was a connection");
}

// Saving

#[test]
fn a_download_is_gone_on_with() {
    let folder = folder();
    let file = folder.path().join("file");
    let part = "HTTP/1.1 206 Partial Content\r\nETag: \"one\"\r\nContent-Range: bytes 3-9/10\r\n\
                Content-Length: 7\r\n\r\n3456789";
    let cut = ok("0123456789").replace("3456789", "");
    let answers = [cut, part.to_owned()];
    let (ended, asked) =
        scripted(&answers, |url| [(); 2].map(|()| fetch(&["--output", text_of(&file), url])));
    let [first, second] = ended;
    assert_fails(&first, 1, "3 bytes are in ");
    assert_eq!((second.code, &*second.errors, &*second.output), (0, "", &b""[..]));
    assert!(asked[1].contains("\r\nRange: bytes=3-\r\nIf-Range: \"one\"\r\n"), "{}", asked[1]);
    assert_bytes!(fs::read(file).unwrap(), "0123456789");
    assert_eq!(names(folder.path()), ["file"]);
}

#[test]
fn an_error_leaves_the_file_as_it_was() {
    let folder = folder();
    let file = folder.path().join("file");
    fs::write(&file, "old").unwrap();
    let answer = "HTTP/1.1 500 No\r\nContent-Length: 5\r\n\r\nsorry".to_owned();
    let (ended, _) = scripted(&[answer], |url| fetch(&["--output", text_of(&file), url]));
    assert_fails(&ended, 1, "500 No");
    assert_bytes!(fs::read(file).unwrap(), "old");
    assert_eq!(names(folder.path()), ["file"]);
}

#[test]
fn several_are_saved_under_their_names() {
    let trial = trial();
    let folder = folder();
    let to = folder.path().join("new");
    let urls = (0..9).map(|number| format!("{}/page/{number}?x=/y", trial.address));
    let urls: Vec<_> = urls.chain([format!("{}/", trial.address)]).collect();
    let options = ["--threads", "3", "--directory", text_of(&to)];
    let arguments: Vec<_> = options.into_iter().chain(urls.iter().map(|url| &**url)).collect();
    let ended = fetch(&arguments);
    assert_eq!((ended.code, &*ended.errors, &*ended.output), (0, "", &b""[..]));
    let expected: Vec<_> =
        (0..9).map(|number| number.to_string()).chain(["index.html".to_owned()]).collect();
    assert_eq!(names(&to), expected);
    for number in 0..9 {
        let file = fs::read(to.join(number.to_string())).unwrap();
        assert_bytes!(file, format!("this is page {number}\n"));
    }
}

/// One would take the place of the other.
#[test]
fn two_of_the_same_name_are_refused_before_anything_is_fetched() {
    let folder = folder();
    let to = folder.path().join("new");
    for (first, second, name) in
        [("a/x", "b/x", "x"), ("", "a/", "index.html"), ("x:y", "x_y", "x_y")]
    {
        let urls = [first, second].map(|path| format!("http://127.0.0.1:1/{path}"));
        let ended = fetch(&["--directory", text_of(&to), &urls[0], &urls[1]]);
        assert_fails(&ended, 1, &format!("two of them would be saved as {name}"));
    }
    assert!(!to.exists());
}

#[test]
fn of_several_one_may_fail() {
    let trial = trial();
    let folder = folder();
    let urls = ["page/1", "status/404", "page/2"].map(|path| format!("{}/{path}", trial.address));
    let arguments = ["--directory", text_of(folder.path()), &urls[0], &urls[1], &urls[2]];
    let ended = fetch(&arguments);
    assert_fails(&ended, 1, "/status/404: 404 Not Found");
    assert_eq!(ended.errors.lines().count(), 1, "{}", ended.errors);
    assert_eq!(names(folder.path()), ["1", "2"]);
}

/// No name leads out of the folder.
#[test]
fn a_name_is_a_name() {
    let trial = trial();
    let folder = folder();
    for (path, name) in [
        ("page/%2e%2e%2fevil", "%2e%2e%2fevil"),
        ("page/..%5Cevil", "..%5Cevil"),
        ("page/c:x", "c_x"),
        ("files/..", "index.html"),
    ] {
        let to = tempfile::tempdir_in(folder.path()).unwrap();
        let url = format!("{}/{path}", trial.address);
        fetch(&["--directory", text_of(to.path()), &url]);
        let found = names(to.path());
        assert!(found.is_empty() || found == [name], "{path}: {found:?}");
    }
    assert!(!folder.path().join("evil").exists());
}

// A terminal

#[cfg(unix)]
mod terminal {
    use super::{folder, ok, scripted, text_of, trial};
    use course_tests::binaries::{Running, command};
    use nix::pty::openpty;
    use std::fs::File;
    use std::io::Read;

    /// Runs `fetch` with a terminal for its errors, and returns what stands there in the end.
    fn shown(arguments: &[&str]) -> String {
        let pty = openpty(None, None).expect("a pseudo-terminal");
        let mut command = command("fetch", arguments);
        command.stderr(pty.slave);
        // And with the command our own end of the terminal is gone.
        assert_eq!(Running::start(command).wait().code, 0);
        let (mut shown, mut piece) = (Vec::new(), [0; 1000]);
        let mut terminal = File::from(pty.master);
        // Where nobody writes any more, Linux has an error and others an end.
        while let Ok(count @ 1..) = terminal.read(&mut piece) {
            shown.extend_from_slice(&piece[..count]);
        }
        String::from_utf8(shown).expect("text")
    }

    #[test]
    fn whoever_looks_sees_a_bar() {
        let folder = folder();
        let file = folder.path().join("file");
        let (shown, _) =
            scripted(&[ok("0123456789")], |url| shown(&["--output", text_of(&file), url]));
        let line = shown.rsplit("\r\x1b[K").next().unwrap();
        let expected = "100 % [########################] 10 B of 10 B, ";
        assert!(line.starts_with(expected) && line.ends_with(" left\r\n"), "{shown:?}");
    }

    #[test]
    fn whoever_wants_quiet_has_it() {
        let folder = folder();
        let file = folder.path().join("file");
        let (shown, _) = scripted(&[ok("0123456789")], |url| {
            shown(&["--quiet", "--output", text_of(&file), url])
        });
        assert_eq!(shown, "");
    }

    #[test]
    fn files_are_counted() {
        let trial = trial();
        let folder = folder();
        let urls = ["page/1", "page/2"].map(|path| format!("{}/{path}", trial.address));
        let shown = shown(&["--directory", text_of(folder.path()), &urls[0], &urls[1]]);
        assert_eq!(shown, "\r\x1b[K1 of 2 files\r\x1b[K2 of 2 files\r\n");
    }
}

// The others

#[test]
fn five_ways_prints_its_table() {
    let trial = trial();
    let options = [&*trial.address, "--pages", "8", "--rounds", "1"];
    let mut running = Running::start(command("five-ways", &options));
    running.end_input();
    let ended = running.wait();
    assert_eq!((ended.code, &*ended.errors), (0, ""));
    let table = String::from_utf8(ended.output).unwrap();
    let mut lines = table.lines();
    let title = format!("8 pages of {}, the median of 1 rounds", trial.address);
    assert_eq!(lines.next(), Some(&*title));
    let heads: Vec<_> = lines.next().unwrap().split_whitespace().collect();
    assert_eq!(heads, ["time", "processor"]);
    let mut longest = 0;
    for way in [
        "a connection for each",
        "a session",
        "4 threads",
        "16 threads",
        "64 threads",
        "event loop, 64 at once",
        "futures, 64 at once",
    ] {
        let line = lines.next().unwrap_or_else(|| panic!("no {way} in {table}"));
        let rest = line.strip_prefix(way).unwrap_or_else(|| panic!("{line}"));
        let words: Vec<_> = rest.split_whitespace().collect();
        let [time, "s", processor, "s", bar] = words[..] else { panic!("{line}") };
        assert!(time.parse::<f64>().is_ok() && processor.parse::<f64>().is_ok(), "{line}");
        assert!((1..=40).contains(&bar.len()) && bar.bytes().all(|mark| mark == b'#'), "{line}");
        longest = longest.max(bar.len());
    }
    assert_eq!((longest, lines.next()), (40, None));
}

#[test]
fn five_ways_takes_no_other_pages_for_the_right_ones() {
    let hostile = Server::start("hostile-server", &[]);
    let mut running = Running::start(command("five-ways", &[&*hostile.address, "--pages", "2"]));
    running.end_input();
    let ended = running.wait();
    assert_eq!(ended.code, 1);
    assert!(ended.errors.contains("is it `ch19`?"), "{}", ended.errors);
    for option in ["--pages", "--rounds"] {
        let mut running = Running::start(command("five-ways", &[option, "0"]));
        running.end_input();
        let ended = running.wait();
        assert!(ended.code != 0 && ended.errors.contains(option), "{}", ended.errors);
    }
}

#[test]
fn the_hostile_server_lists_what_it_does_and_does_it() {
    let hostile = Server::start("hostile-server", &[]);
    let list = String::from_utf8(fetch(&[&hostile.address]).output).unwrap();
    assert!(list.contains("/circle") && list.contains("/endless-head"), "{list}");
    let circle = format!("http://{}/circle", hostile.address);
    assert_fails(&fetch(&[&circle]), 1, &format!("redirected in a circle: {circle} {circle}"));
    assert_bytes!(fetch(&[&format!("{}/long", hostile.address)]).output, "12345");
}
