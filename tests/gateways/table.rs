//! What each gateway passes on of one and the same request: the table of chapter 17.

use super::peers::{
    Ours, SECRET, apache, ask_raw, fcgiwrap, find, folder, install, nginx, put, python, request,
    script,
};
use ch17::{Address, FastCgi, Mounts};
use course_tests::binaries::{Server, command};
use course_tests::tables::{Column, compare};
use mock::Reply;
use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

/// Where the page finds it.
const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../book/measured/gateways.md");

/// The scripts of the chapter.
const SCRIPTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../chapters/ch17-gateway/scripts");

/// What is asked for, and with what.
const TARGET: &str = "/cgi-bin/env/%41//b?x=%41";
const FIELDS: &str = "X-A: 1\r\nX-A: 2\r\nX_Y: 3\r\nProxy: p.example\r\n\
    Authorization: Basic YTpi\r\nCookie: a=1\r\nCookie: b=2\r\n";

/// Variables, and what one would expect. `PORT` is the server's, `…` the folder that has `cgi-bin`.
const VARIABLES: [(&str, &str); 21] = [
    ("GATEWAY_INTERFACE", "CGI/1.1"),
    ("REQUEST_METHOD", "GET"),
    ("SCRIPT_NAME", "/cgi-bin/env"),
    ("PATH_INFO", "/A//b"),
    ("PATH_TRANSLATED", "…/A//b"),
    ("QUERY_STRING", "x=%41"),
    ("REQUEST_URI", TARGET),
    ("SCRIPT_FILENAME", "…/cgi-bin/env"),
    ("SERVER_NAME", "a.example"),
    ("SERVER_PORT", "PORT"),
    ("SERVER_PROTOCOL", "HTTP/1.1"),
    ("REMOTE_ADDR", "127.0.0.1"),
    ("CONTENT_LENGTH", ""),
    ("REMOTE_USER", ""),
    ("HTTP_HOST", "a.example"),
    ("HTTP_CONNECTION", ""),
    ("HTTP_X_A", "1, 2"),
    ("HTTP_X_Y", ""),
    ("HTTP_PROXY", ""),
    ("HTTP_AUTHORIZATION", ""),
    ("HTTP_COOKIE", "a=1; b=2"),
];

/// What a shell adds, and how we know the server's own environment.
const OF_THE_SHELL: [&str; 6] = ["PWD", "OLDPWD", "SHLVL", "_", "PATH", "LC_CTYPE"];

type Variables = BTreeMap<String, String>;

/// A head and what follows it, however its lines end.
fn split(bytes: &[u8]) -> (&[u8], &[u8]) {
    let ends = [&b"\r\n\r\n"[..], b"\n\n"].into_iter().filter_map(|end| {
        let at = bytes.windows(end.len()).position(|window| window == end)?;
        Some(at + end.len())
    });
    bytes.split_at(ends.min().unwrap_or(bytes.len()))
}

/// What the script printed, as far as it came.
fn variables(bytes: &[u8]) -> Variables {
    let text = String::from_utf8_lossy(split(bytes).1);
    let lines = text.lines().filter_map(|line| line.split_once('='));
    lines.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// What the script that prints its environment is told. It does not read its input, and Apache's
/// mod_cgid may lose the answer of such a script: then it is asked again.
fn told(address: SocketAddr, request: &[u8]) -> Variables {
    let mut answers = (0..20).map(|_| variables(&ask_raw(address, request)));
    answers.find(|told| told.contains_key("SERVER_SOFTWARE")).expect("one answer arrives")
}

/// The status of an answer, and whether it is one by RFC 9112.
fn outcome(bytes: &[u8]) -> String {
    let status = bytes.get(9..12).unwrap_or(b"nothing");
    let is_answer = matches!(Reply::try_parse_first(bytes, false, true), Ok(Some(_)));
    let malformed = if is_answer { "" } else { ", malformed" };
    format!("{}{malformed}", String::from_utf8_lossy(status))
}

/// The value of a variable as a cell shows it.
fn cell(value: Option<&str>, expected: &str) -> String {
    match value {
        None => "–".to_owned(),
        Some("") => "empty".to_owned(),
        Some(value) if value == expected => "✓".to_owned(),
        Some(value) => format!("`{value}`"),
    }
}

/// Asks the server at `address`, which has the scripts of `root` below `/cgi-bin`.
fn observe(name: &str, address: SocketAddr, root: &Path) -> Column {
    let get = |target: &str| ask_raw(address, request("GET", target, "", ""));
    let mut cells = Vec::new();
    let mut add = |row: &str, cell: &str| cells.push((row.to_owned(), cell.to_owned()));

    let asked = told(address, &request("GET", TARGET, FIELDS, ""));
    for (name, expected) in VARIABLES {
        let row = match expected {
            "" => format!("`{name}`"),
            _ => format!("`{name}` = `{expected}`"),
        };
        let value = asked.get(name).map(|value| match name {
            "SERVER_PORT" => value.replace(&address.port().to_string(), "PORT"),
            _ => value.replace(root.to_str().unwrap(), "…"),
        });
        add(&row, &cell(value.as_deref(), expected));
    }
    let posted = request("POST", TARGET, "Content-Type: text/plain\r\n", "hello");
    let posted = told(address, &posted);
    let value = |from: &Variables, name: &str| cell(from.get(name).map(String::as_str), "");
    for name in ["CONTENT_TYPE", "CONTENT_LENGTH", "HTTP_CONTENT_TYPE", "HTTP_CONTENT_LENGTH"] {
        add(&format!("POST of `hello`: `{name}`"), &value(&posted, name));
    }
    let mut chunks = request("POST", TARGET, "Transfer-Encoding: chunked\r\n", "");
    chunks.extend(b"5\r\nhello\r\n0\r\n\r\n");
    let chunked = told(address, &chunks);
    for name in ["CONTENT_LENGTH", "HTTP_TRANSFER_ENCODING"] {
        add(&format!("the same in chunks: `{name}`"), &value(&chunked, name));
    }
    // It leaves all but one byte. So that one has come, and the rest with it, when the script ends.
    let left = ask_raw(address, request("POST", "/cgi-bin/leaves", "", "hello"));
    let (head, body) = split(&left);
    let has_chunks = String::from_utf8_lossy(head).contains("Transfer-Encoding: chunked");
    let is_whole = if has_chunks { body.ends_with(b"0\r\n\r\n") } else { !body.is_empty() };
    let row = "POST to a script that does not read all of it: the answer is";
    add(row, if is_whole { "complete" } else { "cut off" });
    let own = match (asked.contains_key(SECRET.0), asked.contains_key("PATH")) {
        (true, _) => "all of it",
        (false, true) => "`PATH`",
        (false, false) => "nothing",
    };
    add("of the environment of who starts the script", own);
    let body = String::from_utf8_lossy(split(&get("/cgi-bin/arguments?a+b")).1).into_owned();
    let arguments = body.lines().find(|line| line.contains("arguments")).unwrap_or("nothing");
    add("`?a+b` gives the script", arguments);
    let head = ask_raw(address, request("HEAD", "/cgi-bin/arguments", "", ""));
    add(
        "HEAD is answered",
        if split(&head).1.is_empty() { "without a body" } else { "with a body" },
    );
    for (row, target) in [
        ("a script that says `Status: 418`", "teapot"),
        ("that says `Location: /cgi-bin/arguments`", "moved"),
        ("that says what is no head", "headless"),
        ("that says nothing, and fails", "fails"),
        ("that says all, and fails", "fails-late"),
        ("that is not there", "none"),
        ("that is not executable", "text"),
        ("that is a folder", "folder"),
    ] {
        add(row, &outcome(&get(&format!("/cgi-bin/{target}"))));
    }
    let is_known = |name: &str| {
        let of_the_server = env::var_os(name).is_some() || name == SECRET.0;
        let in_the_table = VARIABLES.iter().any(|(known, _)| *known == name);
        of_the_server || in_the_table || OF_THE_SHELL.contains(&name)
    };
    let besides = asked.keys().filter(|name| !is_known(name)).count();
    add("so many other variables", &besides.to_string());
    // `Apache/2.4.71 (Debian)`, `SimpleHTTP/0.6 Python/3.11.2`
    let software = asked.get("SERVER_SOFTWARE").cloned().unwrap_or_default();
    let software =
        software.split(" (").next().and_then(|name| name.split(' ').next_back()).unwrap_or("");
    Column { head: name.replace("VERSION", software), cells }
}

/// `fcgiwrap 1.1.0`, by a line of its help.
fn version_of_fcgiwrap() -> String {
    let help = Command::new(find("fcgiwrap").unwrap()).arg("-h").output().unwrap();
    let help = String::from_utf8_lossy(&help.stdout).into_owned();
    let line = help.lines().find(|line| line.starts_with("fcgiwrap version "));
    line.unwrap_or("fcgiwrap").replace(" version ", " ")
}

/// All gateways that there are here.
fn columns() -> Vec<Column> {
    let folder = folder();
    let root = folder.path();
    let programs = root.join("cgi-bin");
    for (name, here) in [("environment", "env"), ("teapot", "teapot")] {
        install(&Path::new(SCRIPTS).join(name), &programs.join(here));
    }
    let head = "#!/bin/sh\nprintf 'Content-Type: text/plain\\n\\n'\n";
    script(&programs.join("arguments"), &format!("{head}echo \"$# arguments\"\n"));
    let reads_one = "dd bs=1 count=1 >/dev/null 2>&1";
    let leaves = head.replace("printf", &format!("{reads_one}\nprintf"));
    script(&programs.join("leaves"), &format!("{leaves}echo hello\n"));
    script(&programs.join("moved"), "#!/bin/sh\nprintf 'Location: /cgi-bin/arguments\\n\\n'\n");
    script(&programs.join("headless"), "#!/bin/sh\necho hello\n");
    script(&programs.join("fails"), "#!/bin/sh\nexit 3\n");
    script(&programs.join("fails-late"), &format!("{head}echo hello\nexit 3\n"));
    put(&programs.join("text"), "just a text\n");
    fs::create_dir(programs.join("folder")).unwrap();
    let mut columns = Vec::new();

    let mut ours = command("ch17", &["--scripts", programs.to_str().unwrap(), "127.0.0.1:0"]);
    ours.env(SECRET.0, SECRET.1);
    let ours = Server::spawn(ours);
    columns.push(observe("ch17, CGI", ours.address.parse().unwrap(), root));
    let socket = root.join("socket");
    if let Some(_fcgiwrap) = fcgiwrap(&socket) {
        let wrap = version_of_fcgiwrap();
        let application = FastCgi::below(&programs, Address::Unix(socket.clone())).keep(1);
        let ours = Ours::serve(Mounts::default().mount("/cgi-bin", application));
        columns.push(observe(&format!("ch17, FastCGI, {wrap}"), ours.address, root));
        drop(ours);
        if let Some((_nginx, address)) = nginx(root, &socket) {
            columns.push(observe(&format!("VERSION, {wrap}"), address, root));
        }
    }
    if let Some(apache) = apache("cgid", root) {
        columns.push(observe("VERSION, mod_cgid", apache.address, root));
    }
    if let Some(python) = python(root) {
        columns.push(observe("VERSION", python.address, root));
    }
    columns
}

#[test]
fn the_table_of_the_page_shows_what_each_gateway_passes() {
    compare(&columns(), 5, FILE);
}
