//! The last page of the course: all that was built, in one arrangement, as a user starts it.
//!
//! A program that is not installed is named, and nothing is tested with it.
#![cfg(unix)]

use crate::gateways::peers::find;
use course_tests::binaries::{PATIENCE, Server, command};
use mock::{Reply, TcpClient, assert_bytes};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::ffi::OsStr;
use std::fs::{self, Permissions};
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;
use std::time::Instant;
use std::{env, iter, mem};
use tempfile::TempDir;

/// How many workers of the site there are in two groups, and with them the keeper of files.
const WORKERS: usize = 4;
const ALL: usize = WORKERS + 1;

struct Together {
    server: Server,
    address: SocketAddr,
    folder: TempDir,
    /// What it has said that nobody has waited for yet.
    said: Vec<String>,
}

impl Together {
    /// Starts it, and waits until all of its processes are ready.
    fn start(options: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self::start_in(folder, options, &env::var_os("PATH").unwrap_or_default())
    }

    /// The same in `folder`, with programs of others that are found on `path`.
    fn start_in(folder: TempDir, options: &[&str], path: &OsStr) -> Self {
        let files = folder.path().join("files");
        let all = ["127.0.0.1:0", "--workers", "2", "--directory", files.to_str().unwrap()];
        let mut command = command("together", &[&all, options].concat());
        command.env("PATH", path);
        let server = Server::spawn(command);
        let address = server.address.parse().unwrap();
        let mut together = Self { server, address, folder, said: Vec::new() };
        together.wait_for(ALL, "is ready");
        together
    }

    /// Waits until it has said so many lines that end so. Returns the processes that they name.
    ///
    /// Of two groups of workers one may have been exchanged before the other one is ready: what is
    /// said of other things meanwhile can still be waited for.
    fn wait_for(&mut self, count: usize, end: &str) -> Vec<i32> {
        let mut found = Vec::new();
        let mut earlier = mem::take(&mut self.said).into_iter();
        while found.len() < count {
            let line = earlier.next().unwrap_or_else(|| self.server.running.error_line());
            if line.ends_with(end) {
                let number = line.strip_prefix("worker ").and_then(|rest| rest.split(' ').next());
                found.push(number.unwrap_or_default().parse().unwrap());
            } else {
                self.said.push(line);
            }
        }
        self.said.extend(earlier);
        found
    }

    fn ask(&self, request: &str) -> Reply {
        ask(self.address, request)
    }
}

/// The answer to one request on a connection of its own.
fn ask(address: SocketAddr, request: &str) -> Reply {
    let mut client = TcpClient::connect(address);
    client.send(request);
    let (bytes, _) = client.read_to_end();
    Reply::parse(bytes)
}

fn request(method: &str, target: &str, fields: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "{method} {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{fields}\
         Content-Length: {length}\r\n\r\n{body}"
    )
}

fn get(target: &str) -> String {
    request("GET", target, "", "")
}

const LOCK: &str = "<D:lockinfo xmlns:D='DAV:'><D:lockscope><D:exclusive/></D:lockscope>\
                    <D:locktype><D:write/></D:locktype></D:lockinfo>";

#[test]
fn every_path_leads_to_who_answers_it() {
    let together = Together::start(&[]);
    assert!(together.ask(&get("/")).text().contains("<h1>All together</h1>"));
    assert_eq!(
        together.ask(&get("/style.css")).header("Content-Type"),
        Some("text/css; charset=utf-8")
    );
    assert!(together.ask(&get("/hello?name=Ann")).text().contains("Ann"));
    let environment = together.ask(&get("/cgi-bin/environment"));
    assert!(environment.text().contains("GATEWAY_INTERFACE=CGI/1.1"), "{}", environment.text());
    // What the client has asked is what a script knows of the server.
    let port = format!("SERVER_PORT={}\n", together.address.port());
    assert!(environment.text().contains(&port), "{}", environment.text());
    assert_eq!(together.ask(&request("PUT", "/files/a", "", "soup")).status, 201);
    assert_bytes!(together.ask(&get("/files/a")).body, b"soup");
    assert_bytes!(fs::read(together.folder.path().join("files/a")).unwrap(), b"soup");
    assert_eq!(
        together.ask(&request("MOVE", "/files/a", "Destination: /files/b\r\n", "")).status,
        201
    );
    assert!(together.ask(&get("/files/")).text().contains(">b</a>"));
    for nothing in ["/filesa", "/nothing", "/php/nothing.php", "/files/../Cargo.toml"] {
        assert_eq!(together.ask(&get(nothing)).status, 404, "{nothing}");
    }
    let php = together.ask(&get("/php/hello.php"));
    match together.said.iter().any(|line| line.contains("php-fpm is not installed")) {
        true => assert_eq!(php.status, 404),
        false => assert!(php.text().contains("Hello from PHP"), "{}", php.text()),
    }
}

/// php-fpm is ready some time after it was started: here half a second.
#[test]
fn nobody_asks_php_before_it_listens() {
    let Some(php) = find("php-fpm*") else { return };
    let folder = tempfile::tempdir().unwrap();
    let slow = folder.path().join("php-fpm");
    fs::write(&slow, format!("#!/bin/sh\nsleep 0.5\nexec {} \"$@\"\n", php.display())).unwrap();
    fs::set_permissions(&slow, Permissions::from_mode(0o755)).unwrap();
    let others = env::var_os("PATH").unwrap_or_default();
    let path = iter::once(folder.path().to_owned()).chain(env::split_paths(&others));
    let path = env::join_paths(path).unwrap();
    let together = Together::start_in(folder, &[], &path);
    let php = together.ask(&get("/php/hello.php"));
    assert!(php.text().contains("Hello from PHP"), "{}", php.text());
}

#[test]
fn who_has_state_stays_when_the_others_are_exchanged() {
    let mut together = Together::start(&[]);
    let locked = together.ask(&request("LOCK", "/files/a", "", LOCK));
    assert_eq!(locked.status, 201);
    let token = locked.header("Lock-Token").unwrap().to_owned();
    kill(Pid::from_raw(together.server.running.id() as i32), Signal::SIGHUP).unwrap();
    let new = together.wait_for(WORKERS, "is ready");
    together.wait_for(WORKERS, "has left");
    assert_eq!(together.ask(&request("PUT", "/files/a", "", "mine")).status, 423);
    // One that is killed is replaced. Meanwhile its paths are for the others.
    kill(Pid::from_raw(new[0]), Signal::SIGKILL).unwrap();
    assert_eq!(together.ask(&get("/")).status, 200);
    together.wait_for(1, "is ready");
    let with_token = format!("If: ({token})\r\n");
    assert_eq!(together.ask(&request("PUT", "/files/a", &with_token, "mine")).status, 204);
}

#[test]
fn who_keeps_the_files_is_replaced_too_and_has_lost_nothing() {
    let mut together = Together::start(&[]);
    assert_eq!(together.ask(&request("LOCK", "/files/a", "", LOCK)).status, 201);
    assert_eq!(together.ask(&request("PUT", "/files/b", "", "soup")).status, 201);
    end(child_of(together.server.running.id(), "--keep"));
    together.wait_for(1, "is ready");
    assert_bytes!(together.ask(&get("/files/b")).body, b"soup");
    assert_eq!(together.ask(&request("PUT", "/files/a", "", "mine")).status, 423);
}

/// The process that `parent` has started with a word in its command line that ends so.
fn child_of(parent: u32, end: &str) -> u32 {
    let output = Command::new("ps").args(["-A", "-o", "pid=,ppid=,args="]).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let mut lines = text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
    let parent = parent.to_string();
    let is_it = |words: &Vec<&str>| words[1] == parent && words.iter().any(|w| w.ends_with(end));
    lines.find(is_it).unwrap_or_else(|| panic!("{end}: {text}"))[0].parse().unwrap()
}

fn end(process: u32) {
    kill(Pid::from_raw(process as i32), Signal::SIGKILL).unwrap();
}

/// Waits until nobody can connect there.
fn wait_until_closed(address: SocketAddr, name: &str) {
    let deadline = Instant::now() + PATIENCE;
    while TcpClient::try_connect(address).is_ok() {
        assert!(Instant::now() < deadline, "{name} is still there");
    }
}

/// Starts it with each of those that can be in front, and with its address.
fn with_each_in_front(work: impl Fn(&str, Together, SocketAddr)) {
    for name in ["haproxy", "nginx"] {
        if find(name).is_none() {
            continue;
        }
        let mut together = Together::start(&["--front", name]);
        let front = loop {
            let told = together.said.iter().find_map(|line| {
                let address = line.strip_prefix("in front of it: http://")?.strip_suffix('/')?;
                address.parse::<SocketAddr>().ok()
            });
            match told {
                Some(address) => break address,
                None => together.said.push(together.server.running.error_line()),
            }
        };
        work(name, together, front);
    }
}

#[test]
fn in_front_writers_are_asked_who_they_are_and_readers_are_not() {
    with_each_in_front(|name, _together, front| {
        let put = |fields: &str| request("PUT", "/files/a%20b", fields, "soup");
        let refused = ask(front, &put(""));
        assert_eq!(refused.status, 401, "{name}");
        let challenge = refused.header("WWW-Authenticate").unwrap_or_default();
        assert!(challenge.to_ascii_lowercase().starts_with("basic realm="), "{name}: {challenge}");
        let wrong = "Authorization: Basic Y29vazpzdGV3\r\n"; // cook:stew
        assert_eq!(ask(front, &put(wrong)).status, 401, "{name}");
        let other_letters = "Authorization: basic y29vazpzb3vw\r\n";
        assert_eq!(ask(front, &put(other_letters)).status, 401, "{name}");
        for spelled in [
            "/files/a",
            "/files",
            "/files/../a",
            "/a/../files/a",
            "//files/a",
            "/./files/a",
            "/%66iles/a",
            "/FILES/a",
            "/",
        ] {
            let status = ask(front, &request("DELETE", spelled, "", "")).status;
            assert_eq!(status, 401, "{name}: {spelled}");
        }
        assert_eq!(ask(front, &request("INVENTED", "/files/a", "", "")).status, 401, "{name}");
        let right = "Authorization: Basic Y29vazpzb3Vw\r\n"; // cook:soup
        assert_eq!(ask(front, &put(right)).status, 201, "{name}");
        let to = format!("{right}Destination: http://localhost/files/c\r\n");
        assert_eq!(ask(front, &request("MOVE", "/files/a%20b", &to, "")).status, 201, "{name}");
        assert_bytes!(ask(front, &get("/files/c")).body, b"soup");
        let listed = ask(front, &request("PROPFIND", "/files/", "Depth: 1\r\n", ""));
        assert!(listed.status == 207 && listed.text().contains("/files/c"), "{name}");
        // Nobody behind it sees the password.
        let seen = ask(front, &request("GET", "/cgi-bin/environment", right, ""));
        assert!(!seen.text().contains("Y29vazpzb3Vw"), "{name}: {}", seen.text());
    });
}

#[test]
fn what_stands_in_front_does_not_outlive_who_has_started_it() {
    with_each_in_front(|name, together, front| {
        assert_eq!(ask(front, &get("/")).status, 200, "{name}");
        // However that ends.
        end(together.server.running.id());
        wait_until_closed(front, name);
    });
}

#[test]
fn when_what_stands_in_front_ends_that_is_said_and_nobody_waits_there() {
    with_each_in_front(|name, together, front| {
        assert_eq!(ask(front, &get("/")).status, 200, "{name}");
        let config = if name == "haproxy" { "/haproxy.cfg" } else { "/nginx.conf" };
        let guard = child_of(together.server.running.id(), config);
        end(child_of(guard, config));
        while !together.server.running.error_line().ends_with(&format!("{name} has ended")) {}
        wait_until_closed(front, name);
        // Who comes to the balancer is served.
        assert_eq!(together.ask(&get("/")).status, 200, "{name}");
    });
}
