//! Chapter 22 with clients of others: litmus, cadaver, rclone, curl, and webdavclient3 and webdav4
//! of Python; on its own, behind chapter 20's proxy and behind nginx, and killed while it is used.
//!
//! A program that is not installed is named, and its test passes.
#![cfg(unix)]

use crate::gateways::peers::{ask, find, folder, request};
use crate::proxies::peers::{Peer, nginx};
use course_tests::binaries::{Running, Server, command};
use mock::{Reply, TcpClient};
use serde_json::Value;
use std::env;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc::{self, Sender};
use std::thread;
use tempfile::TempDir;

/// Names that are not the same when they are encoded, and what is in the files called so.
const NAMES: [&str; 6] =
    ["two words.txt", "Grüße.txt", "50% off.txt", "a+b.txt", "no#1.txt", "why?.txt"];

/// The program, with a folder of its own. It is killed when this is dropped, by a signal of which
/// no program is told.
struct Ours {
    folder: TempDir,
    server: Server,
    address: SocketAddr,
}

impl Ours {
    fn start() -> Self {
        Self::start_in(folder(), "127.0.0.1:0")
    }

    fn start_in(folder: TempDir, address: &str) -> Self {
        let mut program = command("ch22", &[address, "--directory"]);
        program.arg(folder.path().join("files"));
        let server = Server::spawn(program);
        let address = server.address.parse().unwrap();
        Self { folder, server, address }
    }

    /// Killed, and started again with what there is, where it was.
    fn killed_and_started(self) -> Self {
        let Self { folder, server, address } = self;
        drop(server);
        Self::start_in(folder, &address.to_string())
    }

    fn files(&self) -> PathBuf {
        self.folder.path().join("files")
    }

    fn ask(&self, method: &str, target: &str, fields: &str, body: &str) -> u16 {
        ask(self.address, request(method, target, fields, body)).status
    }

    /// The names in a folder, in order.
    fn names(&self, of: &str) -> Vec<String> {
        let entries = fs::read_dir(self.files().join(of)).unwrap();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[track_caller]
    fn assert_text(&self, file: &str, text: &str) {
        assert_eq!(fs::read_to_string(self.files().join(file)).unwrap(), text, "{file}");
    }
}

fn url(address: SocketAddr) -> String {
    format!("http://{address}/")
}

/// A folder for what a client needs: it has no other home.
fn home() -> TempDir {
    let home = folder();
    for name in NAMES {
        fs::create_dir_all(home.path().join("files")).unwrap();
        fs::write(home.path().join("files").join(name), name).unwrap();
    }
    home
}

/// A client, if it is installed.
fn client(program: &str, home: &TempDir) -> Option<Command> {
    Some(at_home(Command::new(find(program)?), home))
}

fn at_home(mut command: Command, home: &TempDir) -> Command {
    command.current_dir(home.path()).env("HOME", home.path()).env("LC_ALL", "C.UTF-8");
    command.env("XDG_CACHE_HOME", home.path()).env_remove("XDG_CONFIG_HOME");
    command.env_remove("http_proxy").env("no_proxy", "127.0.0.1");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// The exit code of a client, and what it says to this input.
#[track_caller]
fn outcome(command: Command, input: &str) -> (i32, String) {
    let mut running = Running::start(command);
    running.send(input);
    running.end_input();
    let ended = running.wait();
    (ended.code, String::from_utf8_lossy(&ended.output).into_owned() + &ended.errors)
}

/// What a client says to this input, if it is content.
#[track_caller]
fn run(command: Command, input: &str) -> String {
    let what = format!("{command:?}");
    let (code, said) = outcome(command, input);
    assert_eq!(code, 0, "{what}: {said}");
    said
}

// litmus

/// How many tests each part of litmus 0.13 has.
const LITMUS: [(&str, usize); 5] =
    [("basic", 16), ("copymove", 13), ("props", 30), ("locks", 41), ("http", 4)];

/// Runs a part of litmus, which has nothing against us.
#[track_caller]
fn litmus(part: (&str, usize), url: &str) {
    let home = folder();
    let Some(mut command) = client("litmus", &home) else { return };
    command.env("TESTS", part.0).arg(url);
    let said = run(command, "");
    assert!(!said.contains("WARNING") && !said.contains("FAIL"), "{said}");
    let all = format!("of {} tests run: {} passed, 0 failed.", part.1, part.1);
    let version = Command::new(find("litmus").unwrap()).arg("--version").output().unwrap();
    if version.stdout == b"litmus 0.13\n" {
        assert!(said.contains(&all), "{said}");
    }
}

#[test]
fn litmus_has_nothing_against_us() {
    let ours = Ours::start();
    for part in LITMUS {
        litmus(part, &url(ours.address));
    }
}

const LOCK: &str = "<?xml version=\"1.0\"?><lockinfo xmlns=\"DAV:\"><lockscope><exclusive/>\
                    </lockscope><locktype><write/></locktype></lockinfo>";

/// After each part it is killed and started again. A lock that somebody else has lasts.
#[test]
fn litmus_has_nothing_against_us_when_we_are_killed_between_its_parts() {
    let mut ours = Ours::start();
    let given = ask(ours.address, request("LOCK", "/held.txt", "Timeout: Second-3600\r\n", LOCK));
    assert_eq!(given.status, 201);
    let token = given.header("Lock-Token").unwrap().to_owned();
    let shown = format!("If: ({token})\r\n");
    for part in LITMUS {
        litmus(part, &url(ours.address));
        ours = ours.killed_and_started();
        assert_eq!(ours.ask("PUT", "/held.txt", "", "somebody else"), 423);
        assert_eq!(ours.ask("DELETE", "/held.txt", "", ""), 423);
        assert_eq!(ours.ask("PUT", "/held.txt", &shown, part.0), 204);
        ours.assert_text("held.txt", part.0);
    }
    // For longer, and it is the same one.
    let fields = format!("{shown}Timeout: Second-60\r\n");
    assert_eq!(ours.ask("LOCK", "/held.txt", &fields, ""), 200);
    ours = ours.killed_and_started();
    assert_eq!(ours.ask("PUT", "/held.txt", "", "somebody else"), 423);
    assert_eq!(ours.ask("UNLOCK", "/held.txt", &format!("Lock-Token: {token}\r\n"), ""), 204);
    ours = ours.killed_and_started();
    assert_eq!(ours.ask("PUT", "/held.txt", "", "somebody else"), 204);
}

/// Who writes and moves until nobody answers: what he was told of each of his files.
///
/// A file has its second name if he was told that it was moved; else it has one of the two.
fn writes_until_nobody_answers(address: SocketAddr, name: &str, told: &Sender<(String, bool)>) {
    let ask = |request: Vec<u8>| {
        let mut client = TcpClient::try_connect(address).ok()?;
        client.try_send(request).ok()?;
        let (bytes, _) = client.read_to_end();
        Reply::try_parse_first(&bytes, false, true).ok()?.map(|(reply, _)| reply.status)
    };
    for number in 0..10_000 {
        let target = format!("{name}-{number}");
        // A long one, so that there is something to be cut.
        let body = target.repeat(LONG);
        if ask(request("PUT", &format!("/{target}"), "", body)) != Some(201) {
            return;
        }
        let to = format!("Destination: /{target}-moved\r\n");
        let moved = ask(request("MOVE", &format!("/{target}"), &to, ""));
        assert!(matches!(moved, Some(201) | None), "{moved:?}");
        if told.send((target, moved.is_some())).is_err() || moved.is_none() {
            return;
        }
    }
}

/// How often a file's name is in it.
const LONG: usize = 10_000;

/// Several clients write and move as fast as they can, and in the middle of it the program is
/// killed: three times, each time with what was left of the time before.
#[test]
fn what_clients_were_told_is_so_after_the_program_was_killed() {
    let mut ours = Ours::start();
    for round in 0..3 {
        let (tell, tidings) = mpsc::channel();
        let clients: Vec<_> = (0..4)
            .map(|number| {
                let (tell, address) = (tell.clone(), ours.address);
                let name = format!("{round}-{number}");
                thread::spawn(move || writes_until_nobody_answers(address, &name, &tell))
            })
            .collect();
        drop(tell);
        let mut told: Vec<_> = tidings.iter().take(30).collect();
        let Ours { folder, server, .. } = ours;
        drop(server);
        // Before it is there again: else they would go on.
        clients.into_iter().for_each(|client| client.join().unwrap());
        ours = Ours::start_in(folder, "127.0.0.1:0");
        told.extend(tidings.try_iter());
        assert!(told.len() >= 30);
        for (target, was_moved) in told {
            let places = [target.clone(), format!("{target}-moved")];
            let there = places.map(|name| ours.files().join(name).is_file());
            let expected: &[_] =
                if was_moved { &[[false, true]] } else { &[[true, false], [false, true]] };
            assert!(expected.contains(&there), "{target}: {there:?}");
        }
        // Whatever has a name is whole, told of or not.
        for name in ours.names("") {
            let target = name.trim_end_matches("-moved");
            assert_eq!(
                ours.files().join(&name).metadata().unwrap().len(),
                (target.len() * LONG) as u64
            );
        }
        assert!(ours.names("../files.dav/spare").is_empty());
    }
}

// cadaver

/// What is typed, and what it must have said to it.
#[track_caller]
fn cadaver(address: SocketAddr, typed: &str) -> Option<String> {
    let home = home();
    let mut command = client("cadaver", &home)?;
    command.arg(url(address));
    Some(run(command, &(typed.to_owned() + "quit\n")))
}

/// Puts all files into `/new`, and moves, copies, locks, describes and deletes some of them.
#[track_caller]
fn cadaver_works(ours: &Ours, address: SocketAddr) {
    let mut typed = "mkcol new\ncd new\n".to_owned();
    for name in NAMES {
        typed += &format!("put \"files/{name}\" \"{name}\"\n");
    }
    typed += "mkcol \"a folder\"\nmove \"two words.txt\" \"a folder/three words.txt\"\n\
              copy \"50% off.txt\" \"no#1.txt\"\nlock a+b.txt\nput files/Grüße.txt a+b.txt\n\
              discover a+b.txt\nunlock a+b.txt\npropset a+b.txt color red\npropget a+b.txt color\n\
              get why?.txt back.txt\nls\nls \"a folder\"\ndelete Grüße.txt\n";
    let Some(said) = cadaver(address, &typed) else { return };
    assert!(!said.contains("failed") && !said.contains("Failed"), "{said}");
    for wanted in ["Scope: exclusive", "Value of color is: red", "three words.txt", "why?.txt"] {
        assert!(said.contains(wanted), "{wanted}: {said}");
    }
    assert_eq!(ours.names("new"), ["50% off.txt", "a folder", "a+b.txt", "no#1.txt", "why?.txt"]);
    assert_eq!(ours.names("new/a folder"), ["three words.txt"]);
    ours.assert_text("new/a folder/three words.txt", "two words.txt");
    ours.assert_text("new/no#1.txt", "50% off.txt");
    ours.assert_text("new/a+b.txt", "Grüße.txt");
    let said = cadaver(address, "rmcol new\nls\n").unwrap();
    assert!(!said.contains("failed") && ours.names("").is_empty(), "{said}");
}

#[test]
fn cadaver_makes_moves_locks_and_deletes() {
    let ours = Ours::start();
    cadaver_works(&ours, ours.address);
}

/// It writes a value into its XML as it was typed. Of cadaver 0.24; another one may do better.
#[test]
fn a_property_with_an_ampersand_is_no_xml_if_cadaver_sends_it() {
    let ours = Ours::start();
    fs::write(ours.files().join("a.txt"), "a").unwrap();
    let typed = "propset a.txt color \"red & blue\"\npropset a.txt color \"red &amp; blue\"\n\
                 propget a.txt color\n";
    let Some(said) = cadaver(ours.address, typed) else { return };
    assert!(said.contains("failed:\n400 Bad Request\n"), "{said}");
    assert!(said.contains("Value of color is: red & blue\n"), "{said}");
}

/// It has a lock, and does not notice that the server was another process in between.
#[test]
fn a_lock_of_cadaver_lasts_when_we_are_killed() {
    let ours = Ours::start();
    let home = home();
    let Some(mut command) = client("cadaver", &home) else { return };
    command.arg(url(ours.address));
    let mut running = Running::start(command);
    running.send("put files/a+b.txt a.txt\nlock a.txt\n");
    while !running.line().starts_with("Locking `a.txt': succeeded") {}
    let ours = ours.killed_and_started();
    assert_eq!(ours.ask("PUT", "/a.txt", "", "somebody else"), 423);
    running.send("put files/Grüße.txt a.txt\nunlock a.txt\nquit\n");
    running.end_input();
    let ended = running.wait();
    let said = String::from_utf8_lossy(&ended.output);
    assert!(ended.code == 0 && !said.contains("failed"), "{said} {}", ended.errors);
    ours.assert_text("a.txt", "Grüße.txt");
    assert_eq!(ours.ask("PUT", "/a.txt", "", "somebody else"), 204);
}

// rclone

struct Rclone<'a> {
    home: &'a TempDir,
    address: SocketAddr,
}

impl Rclone<'_> {
    /// It with these words; `ours:` is the server.
    fn command(&self, words: &[&str]) -> Command {
        let mut command = client("rclone", self.home).unwrap();
        command.env("RCLONE_CONFIG", "/dev/null").env("RCLONE_CONFIG_OURS_TYPE", "webdav");
        command.env("RCLONE_CONFIG_OURS_URL", url(self.address));
        command.env("RCLONE_CONFIG_OURS_VENDOR", "other").args(words);
        // What fails is not tried again.
        command.args(["--retries", "1", "--low-level-retries", "1"]);
        command
    }

    #[track_caller]
    fn run(&self, words: &[&str]) -> String {
        run(self.command(words), "")
    }
}

#[track_caller]
fn rclone_works(ours: &Ours, address: SocketAddr) {
    let home = home();
    if find("rclone").is_none() {
        return;
    }
    let rclone = Rclone { home: &home, address };
    let mut sorted = NAMES;
    sorted.sort_unstable();
    rclone.run(&["copy", "files", "ours:new/in"]);
    assert_eq!(ours.names("new/in"), sorted);
    let said = rclone.run(&["check", "--download", "files", "ours:new/in"]);
    assert!(said.contains("6 matching files"), "{said}");
    let listed: Vec<Value> =
        serde_json::from_str(&rclone.run(&["lsjson", "-R", "ours:new"])).unwrap();
    let listed = listed.iter().map(|one| (one["Path"].as_str().unwrap(), &one["Size"]));
    let mut listed: Vec<_> = listed.map(|(path, size)| (path, size.as_i64().unwrap())).collect();
    listed.sort_unstable();
    let paths: Vec<_> = sorted.iter().map(|name| format!("in/{name}")).collect();
    let mut wanted = vec![("in", -1)];
    wanted.extend(paths.iter().zip(sorted).map(|(path, name)| (&**path, name.len() as i64)));
    assert_eq!(listed, wanted);

    rclone.run(&["move", "ours:new/in", "ours:new/out ä"]);
    assert_eq!(ours.names("new/out ä"), sorted);
    rclone.run(&["moveto", "ours:new/out ä/a+b.txt", "ours:new/out ä/50% #?+.txt"]);
    let to = "ours:new/out ä/no#1.txt";
    // Not over what is there: below.
    rclone.run(&["deletefile", to]);
    rclone.run(&["copyto", "ours:new/out ä/why?.txt", to]);
    ours.assert_text("new/out ä/50% #?+.txt", "a+b.txt");
    ours.assert_text("new/out ä/no#1.txt", "why?.txt");
    assert_eq!(rclone.run(&["cat", "ours:new/out ä/50% #?+.txt"]), "a+b.txt");

    // A folder becomes like another one.
    fs::write(home.path().join("files/larger.txt"), "larger").unwrap();
    fs::remove_file(home.path().join("files/Grüße.txt")).unwrap();
    rclone.run(&["sync", "files", "ours:new/out ä", "--ignore-times"]);
    let wanted = ["50% off.txt", "a+b.txt", "larger.txt", "no#1.txt", "two words.txt", "why?.txt"];
    assert_eq!(ours.names("new/out ä"), wanted);
    ours.assert_text("new/out ä/no#1.txt", "no#1.txt");
    rclone.run(&["delete", "ours:new/out ä"]);
    assert!(ours.names("new/out ä").is_empty());
    rclone.run(&["purge", "ours:new"]);
    assert!(ours.names("").is_empty());
}

#[test]
fn rclone_copies_checks_moves_synchronizes_lists_and_deletes() {
    let ours = Ours::start();
    rclone_works(&ours, ours.address);
}

/// Who has copied a file to another name expects it there. rclone 1.60.1 takes two files of one
/// length for the same, since it knows no times of ours; and for a copy on the server it sends
/// `Overwrite: F`, whatever is there.
#[test]
fn rclone_copies_over_no_other_file_of_the_same_server() {
    let ours = Ours::start();
    let home = home();
    if find("rclone").is_none() {
        return;
    }
    let rclone = Rclone { home: &home, address: ours.address };
    if !rclone.run(&["version"]).contains("v1.60.1") {
        return;
    }
    rclone.run(&["copy", "files", "ours:"]);
    rclone.run(&["copyto", "ours:why?.txt", "ours:no#1.txt"]);
    ours.assert_text("no#1.txt", "no#1.txt");
    let (code, said) = outcome(rclone.command(&["copyto", "ours:why?.txt", "ours:a+b.txt"]), "");
    assert!(code == 1 && said.contains("412 Precondition Failed"), "{code}: {said}");
    ours.assert_text("a+b.txt", "a+b.txt");
    // To move it is something else: what is there is deleted before.
    rclone.run(&["moveto", "ours:why?.txt", "ours:a+b.txt"]);
    ours.assert_text("a+b.txt", "why?.txt");
}

// Python

/// A Python that has both clients: `python3`, or the one that `WEBDAV_PYTHON` names.
fn python_with_clients() -> Option<PathBuf> {
    let named = env::var_os("WEBDAV_PYTHON").map(PathBuf::from);
    let python = named.or_else(crate::gateways::peers::find_python)?;
    let mut look = Command::new(&python);
    look.args(["-c", "import webdav3.client, webdav4.client"]).stderr(Stdio::null());
    if !look.status().is_ok_and(|status| status.success()) {
        eprintln!("{} has no webdavclient3 and webdav4: they are not tested", python.display());
        return None;
    }
    Some(python)
}

/// Runs a script with the URL of the server, and the folder where the files are.
#[track_caller]
fn python_works(name: &str, ours: &Ours, address: SocketAddr) {
    let Some(python) = python_with_clients() else { return };
    let home = home();
    let mut command = at_home(Command::new(python), &home);
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/dav_clients"));
    command.arg(folder.join(name)).arg(url(address)).arg(home.path().join("files"));
    assert_eq!(run(command, ""), "");
    assert!(ours.names("").is_empty(), "{:?}", ours.names(""));
}

#[test]
fn webdavclient3_makes_moves_locks_and_deletes() {
    let ours = Ours::start();
    python_works("by_webdavclient3.py", &ours, ours.address);
}

#[test]
fn webdav4_makes_moves_and_deletes() {
    let ours = Ours::start();
    python_works("by_webdav4.py", &ours, ours.address);
}

// curl

/// The status of an answer to curl.
#[track_caller]
fn curl(home: &TempDir, words: &[&str]) -> String {
    let mut command = client("curl", home).unwrap();
    command.args(["-q", "-sS", "-o", "answer", "-D", "head", "-w", "%{http_code}"]).args(words);
    run(command, "piped")
}

#[track_caller]
fn curl_works(ours: &Ours, address: SocketAddr) {
    let home = home();
    if find("curl").is_none() {
        return;
    }
    let url = |target: &str| format!("{}{target}", url(address));
    let saved = |name: &str| fs::read_to_string(home.path().join(name)).unwrap();
    let curl = |words: &[&str]| curl(&home, words);
    assert_eq!(curl(&["-X", "MKCOL", &url("new/")]), "201");
    assert_eq!(curl(&["-X", "MKCOL", &url("new/")]), "405");
    let encoded = ["two%20words", "Gr%C3%BC%C3%9Fe", "50%25%20off", "a+b", "no%231", "why%3F"];
    for (name, encoded) in NAMES.iter().zip(encoded) {
        let target = url(&format!("new/{encoded}.txt"));
        let file = format!("files/{name}");
        assert_eq!(curl(&["-T", &file, &target]), "201");
        // Only if nobody else has changed it since it was read.
        assert_eq!(curl(&["--etag-save", "tag", &target]), "200");
        assert_eq!(saved("answer"), *name);
        let condition = format!("If-Match: {}", saved("tag").trim());
        assert_eq!(curl(&["-T", &file, "-H", &condition, &target]), "204");
        assert_eq!(curl(&["-T", &file, "-H", &condition, &target]), "412");
        ours.assert_text(&format!("new/{name}"), name);
    }
    // In chunks: curl does not know how much will come. And what it announces by Expect.
    assert_eq!(curl(&["-T", "-", &url("new/piped")]), "201");
    ours.assert_text("new/piped", "piped");
    fs::write(home.path().join("large"), "x".repeat(3_000_000)).unwrap();
    let target = url("new/large");
    assert_eq!(curl(&["-H", "Expect: 100-continue", "-T", "large", &target]), "201");
    assert_eq!(ours.files().join("new/large").metadata().unwrap().len(), 3_000_000);

    let to = format!("Destination: {}", url("new/%C3%A4%23.txt"));
    assert_eq!(curl(&["-X", "MOVE", "-H", &to, &url("new/why%3f.txt")]), "201");
    ours.assert_text("new/ä#.txt", "why?.txt");
    let only_new = ["-X", "COPY", "-H", &to, "-H", "Overwrite: F", &url("new/a%2bb.txt")];
    assert_eq!(curl(&only_new), "412");
    assert_eq!(curl(&["-X", "COPY", "-H", &to, &url("new/a%2Bb.txt")]), "204");
    ours.assert_text("new/ä#.txt", "a+b.txt");
    assert_eq!(curl(&["-X", "PROPFIND", "-H", "Depth: 1", &url("new/")]), "207");
    for href in ["two%20words.txt", "Gr%C3%BC%C3%9Fe.txt", "50%25%20off.txt", "no%231.txt"] {
        let href = format!("<D:href>/new/{href}</D:href>");
        assert!(saved("answer").contains(&href), "{href}: {}", saved("answer"));
    }
    assert_eq!(curl(&["-X", "LOCK", "-d", LOCK, &url("new/piped")]), "200");
    let head = saved("head");
    let token = head.lines().find_map(|line| line.strip_prefix("Lock-Token: ")).unwrap();
    assert_eq!(curl(&["-X", "DELETE", &url("new/")]), "423");
    let shown = format!("If: </new/piped> ({token})");
    assert_eq!(curl(&["-X", "DELETE", "-H", &shown, &url("new/")]), "204");
    assert!(ours.names("").is_empty());
}

#[test]
fn curl_makes_moves_locks_and_deletes() {
    let ours = Ours::start();
    curl_works(&ours, ours.address);
}

// Behind proxies

/// nginx with these lines beside the one that says where it leads to.
fn nginx_in_front(folder: &Path, of: &Ours, lines: &str) -> Option<Peer> {
    nginx(folder, |address| {
        format!(
            "daemon off;\nworker_processes 1;\npid nginx.pid;\nevents {{}}\nhttp {{\n\
             access_log off;\nclient_body_temp_path body;\nproxy_temp_path proxy;\n\
             fastcgi_temp_path f;\nuwsgi_temp_path u;\nscgi_temp_path s;\n\
             server {{ listen {address}; location / {{ proxy_pass http://{};\n{lines} }} }} }}\n",
            of.address
        )
    })
}

/// The line that makes it right: whoever asks says where something is to go to, and the server
/// must know the same name of itself as he does.
const HOST: &str = "proxy_set_header Host $http_host;";

#[track_caller]
fn all_clients_work(ours: &Ours, address: SocketAddr) {
    cadaver_works(ours, address);
    rclone_works(ours, address);
    curl_works(ours, address);
    python_works("by_webdavclient3.py", ours, address);
    python_works("by_webdav4.py", ours, address);
    for part in LITMUS {
        litmus(part, &url(address));
    }
}

#[test]
fn clients_work_behind_our_own_proxy() {
    let ours = Ours::start();
    let proxy = Server::start("ch20", &["--to", &ours.address.to_string()]);
    all_clients_work(&ours, proxy.address.parse().unwrap());
}

#[test]
fn clients_work_behind_nginx_if_it_passes_on_which_host_was_asked_for() {
    let ours = Ours::start();
    let folder = folder();
    // And bodies as long as we take them.
    let lines = HOST.to_owned() + "client_max_body_size 0;";
    let Some(nginx) = nginx_in_front(folder.path(), &ours, &lines) else { return };
    all_clients_work(&ours, nginx.address);
}

/// What is answered to a MOVE of `/a` to `to`, by who is asked for as `host`.
fn move_by(address: SocketAddr, ours: &Ours, host: &str, to: &str) -> u16 {
    fs::write(ours.files().join("a"), "a").unwrap();
    ask(
        address,
        format!(
            "MOVE /a HTTP/1.1\r\nHost: {host}\r\nDestination: {to}\r\nConnection: close\r\n\r\n"
        ),
    )
    .status
}

/// Where nginx ends TLS, addresses say https, and perhaps a port that we never hear of.
#[test]
fn which_destination_is_understood_behind_a_proxy_depends_on_the_host_that_it_passes_on() {
    let ours = Ours::start();
    let mut folders = Vec::new();
    let mut through = |lines| {
        let folder = folder();
        let nginx = nginx_in_front(folder.path(), &ours, lines);
        folders.push(folder);
        nginx
    };
    let Some(without) = through("") else { return };
    let (asked, name) = (through(HOST).unwrap(), through("proxy_set_header Host $host;").unwrap());
    let moved = |nginx: &Peer, host: &str, to: &str| {
        let status = move_by(nginx.address, &ours, host, to);
        let _ = fs::remove_file(ours.files().join("b"));
        status
    };
    for (host, to, expected) in [
        // Without a line, we are told our own address as it stands behind `proxy_pass`.
        ("a.example", "http://a.example/b", [502, 201, 201]),
        ("a.example", "https://a.example/b", [502, 201, 201]),
        ("a.example", "https://a.example:443/b", [502, 201, 201]),
        ("a.example:8443", "https://a.example:8443/b", [502, 201, 502]), // `$host` has no port
        ("a.example", "https://b.example/b", [502; 3]),
        ("a.example:8443", "/b", [201; 3]),
    ] {
        let seen = [&without, &asked, &name].map(|nginx| moved(nginx, host, to));
        assert_eq!(seen, expected, "{host} {to}");
    }
    // Our own proxy passes it on, if it is not told otherwise.
    for (options, expected) in [(&[][..], 201), (&["--own-host"], 502)] {
        let to = ours.address.to_string();
        let proxy = Server::start("ch20", &[&["--to", &to], options].concat());
        let address = proxy.address.parse().unwrap();
        let status = move_by(address, &ours, "a.example:8443", "https://a.example:8443/b");
        assert_eq!(status, expected);
        let _ = fs::remove_file(ours.files().join("b"));
    }
}
