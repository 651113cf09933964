//! Chapter 19 with programs of others at the other end, nginx, Python and httpbin, and with our own
//! servers; and beside other clients, who ask a server that no client should trust.
//!
//! A program that is not installed is named, and its test passes.
#![cfg(unix)]

mod faults;
mod httpbin;

use crate::gateways::peers::{folder, nginx_with, put, python, script};
use ch19::{Connector, Deadline, FetchError, Origin, Request, Session, Tcp, Wire, download};
use course_tests::binaries::{Server, chapters, command};
use mock::{Seed, TcpClient, assert_bytes};
use std::fs;
use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Counts the connections that are made.
#[derive(Clone, Default)]
struct Counted(Arc<AtomicUsize>);

impl Counted {
    fn session(&self) -> Session {
        Session::default().connecting_by(self.clone())
    }

    fn count(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

impl Connector for Counted {
    fn connect(&self, origin: &Origin, deadline: &Deadline) -> Result<Box<dyn Wire>, FetchError> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Tcp.connect(origin, deadline)
    }
}

/// Asks with `method` and returns the text of the answer.
fn say(session: &Session, method: &str, address: SocketAddr, path: &str, body: &str) -> String {
    let request = Request::new(method, &format!("http://{address}{path}")).unwrap();
    session.send(request.body(body)).unwrap().text().unwrap()
}

// nginx

/// Which connection it is, how many requests it has brought, and what was asked.
const SAY: &str = r#"return 200 "$connection_requests $request_method $content_length\n";"#;

#[test]
fn nginx_is_asked_on_one_connection_until_it_closes_it() {
    let folder = folder();
    let settings = format!("keepalive_timeout 300ms; location / {{ {SAY} }}");
    let Some((_nginx, address)) = nginx_with(folder.path(), &settings) else { return };
    let counted = Counted::default();
    let session = counted.session();
    for number in 1..=3 {
        assert_eq!(say(&session, "GET", address, "/", ""), format!("{number} GET \n"));
    }
    assert_eq!(counted.count(), 1);
    // nginx lets both of them wait for as long, and the second one came later.
    let mut other = TcpClient::connect(address);
    other.send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    other.read_to_end();
    // A POST is not sent twice: that the connection is closed must be noticed before.
    assert_eq!(say(&session, "POST", address, "/", "four"), "1 POST 4\n");
    assert_eq!(counted.count(), 2);
}

#[test]
fn redirects_of_nginx_are_followed_as_all_clients_do() {
    let folder = folder();
    let statuses = [301, 302, 303, 307, 308];
    let location = |status| format!("location /{status} {{ return {status} /end; }}\n");
    let settings = statuses.map(location).concat() + &format!("location /end {{ {SAY} }}");
    let Some((_nginx, address)) = nginx_with(folder.path(), &settings) else { return };
    let session = Session::default();
    let methods = statuses.map(|status| {
        ["POST", "PUT", "GET"].map(|method| {
            let body = if method == "GET" { "" } else { "four" };
            let said = say(&session, method, address, &format!("/{status}"), body);
            said.split_once(' ').unwrap().1.trim_end().to_owned()
        })
    });
    let kept = ["POST 4", "PUT 4", "GET"];
    let moved = ["GET", "PUT 4", "GET"];
    assert_eq!(methods, [moved, moved, ["GET"; 3], kept, kept]);
}

#[test]
fn what_nginx_sends_of_a_large_file_is_the_file_and_an_interrupted_one_is_gone_on_with() {
    let folder = folder();
    let mut large = Seed::new().bytes(6_000_000);
    let file = folder.path().join("large.txt");
    put(&file, &large);
    // Nobody has asked for gzip.
    let settings = "gzip on; gzip_types *; gzip_min_length 1;";
    let Some((_nginx, address)) = nginx_with(folder.path(), settings) else { return };
    let url = format!("http://{address}/large.txt");
    let session = Session::default();
    let answer = session.get(&url).unwrap();
    assert_eq!(answer.headers.get("Content-Encoding"), None);
    assert_bytes!(answer.bytes().unwrap(), large);

    let to = folder.path().join("copy");
    let fetch = |most: u64| fetch_some(&session, &url, &to, most);
    for number in 1..=3 {
        assert_eq!(fetch(number * 1_000_000), None, "it was interrupted");
        assert!(!to.exists());
    }
    let resumed_at = fetch(u64::MAX).expect("all of it");
    assert!(resumed_at > 3_000_000, "{resumed_at}");
    assert_bytes!(fs::read(&to).unwrap(), large);

    // Another version of it: nothing of the old one stays.
    assert_eq!(fetch(1_000_000), None);
    large.rotate_left(1);
    large.truncate(5_000_000);
    put(&file, &large);
    assert_eq!(fetch(u64::MAX), Some(0));
    assert_bytes!(fs::read(&to).unwrap(), large);
    assert_eq!(fs::read_dir(folder.path()).unwrap().filter(is_unfinished).count(), 0);
}

fn is_unfinished(entry: &std::io::Result<fs::DirEntry>) -> bool {
    entry.as_ref().unwrap().file_name().to_string_lossy().contains(".part")
}

/// Downloads until more than `most` bytes are there, and then breaks off; if it comes to the end,
/// returns where it has gone on.
fn fetch_some(session: &Session, url: &str, to: &Path, most: u64) -> Option<u64> {
    let request = Request::get(url).unwrap();
    let mut report = |progress: &ch19::Progress| {
        if progress.bytes > most {
            resume_unwind(Box::new("enough"));
        }
    };
    let outcome = catch_unwind(AssertUnwindSafe(|| download(session, request, to, &mut report)));
    Some(outcome.ok()?.unwrap().resumed_at)
}

// Python

#[test]
fn python_sends_files_and_what_has_no_length() {
    let folder = folder();
    let content = Seed::new().bytes(100_000);
    put(&folder.path().join("file.bin"), &content);
    let text = "#!/bin/sh\nprintf 'Content-Type: text/plain\\r\\n\\r\\nno length\\n'\n";
    script(&folder.path().join("cgi-bin/hello"), text);
    let Some(server) = python(folder.path()) else { return };
    let counted = Counted::default();
    let session = counted.session();
    let url = |path: &str| format!("http://{}{path}", server.address);
    let file = session.get(&url("/file.bin")).unwrap();
    assert_eq!((file.status, file.length()), (200, Some(100_000)));
    assert_bytes!(file.bytes().unwrap(), content);
    let script = session.get(&url("/cgi-bin/hello")).unwrap();
    assert_eq!((script.status, script.length()), (200, None));
    assert_bytes!(script.bytes().unwrap(), b"no length\n");
    assert_eq!(session.get(&url("/none")).unwrap().status, 404);
    assert_eq!(counted.count(), 3, "HTTP/1.0 keeps nothing");
}

// Our own

#[test]
fn every_server_of_the_course_is_asked_and_keeps_the_connection_from_chapter_12_on() {
    for chapter in chapters().iter().filter(|chapter| chapter.number() >= 6) {
        let folder = tempfile::tempdir().unwrap();
        let mut command = command(&chapter.id, &["127.0.0.1:0"]);
        command.current_dir(folder.path());
        let server = Server::spawn(command);
        let counted = Counted::default();
        let session = counted.session();
        let url = format!("http://{}/", server.address);
        let [first, second] = [(); 2].map(|()| {
            let answer = session.get(&url).unwrap();
            (answer.status, answer.bytes().unwrap())
        });
        let status = match &*chapter.id {
            "ch09" => 500, // it is careless with a folder
            "ch17" => 404, // it has no page there
            "ch20" => 502, // there is nobody behind it
            _ => 200,
        };
        assert_eq!([first.0, second.0], [status; 2], "{}", chapter.id);
        assert!(!first.1.is_empty() && !second.1.is_empty(), "{}", chapter.id);
        let connections = if chapter.number() < 12 { 2 } else { 1 };
        assert_eq!(counted.count(), connections, "{}", chapter.id);
    }
}
