//! What clients make of each answer of `hostile-server`: the table of chapter 19.

use crate::gateways::peers::{find, find_python};
use ch19::{HOSTILE, misbehave};
use course_tests::binaries::binary;
use course_tests::tables::{Column, compare, recorded};
use launch::ProcessGroup;
use mock::PATIENCE;
use std::io::{self, Read};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

/// Where the page finds it.
const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../book/measured/client-faults.md");

/// How long a client may take: twice as long as it was told to.
const TIME: Duration = Duration::from_secs(2);

/// The cell of a client that takes longer.
const RUNS: &str = "still running after 2 s";

/// How many clients run side by side.
const AT_ONCE: usize = 24;

/// Python's own client. It reads in pieces, since there may be no end.
const URLLIB: &str = r#"
import sys, urllib.request
try:
    with urllib.request.urlopen(sys.argv[1], timeout=1) as answer:
        while piece := answer.read(65536):
            sys.stdout.buffer.write(piece)
except Exception as error:
    sys.exit(" ".join(f"{type(error).__name__}: {error}".split()))
"#;

/// A client, called as somebody would who wants to wait for a second.
struct Client {
    head: String,
    program: PathBuf,
    arguments: &'static [&'static str],
}

/// All that there are here.
fn clients() -> Vec<Client> {
    let mut clients = vec![Client {
        head: "fetch".to_owned(),
        program: binary("fetch").to_owned(),
        arguments: &["--time", "1"],
    }];
    let mut add = |name: &str, program: Option<PathBuf>, arguments| {
        if let Some(program) = program {
            clients.push(Client {
                head: format!("{name} {}", version(&program)),
                program,
                arguments,
            });
        }
    };
    add("curl", find("curl"), &["-q", "-sS", "-L", "--max-time", "1"][..]);
    add("wget", find("wget"), &["--no-config", "-nv", "--timeout=1", "--tries=1", "-O", "-"]);
    add("urllib", find_python(), &["-c", URLLIB]);
    clients
}

/// The first number with a dot in what the program says of itself: `7.88.1`.
fn version(program: &Path) -> String {
    let said = Command::new(program).arg("--version").output().unwrap().stdout;
    let said = String::from_utf8_lossy(&said).into_owned();
    let mut words = said.split_whitespace();
    let is_version =
        |word: &&str| word.contains('.') && word.starts_with(|c: char| c.is_ascii_digit());
    words.find(is_version).unwrap_or("of an unknown version").to_owned()
}

/// The hostile server, which ends with the test.
fn serve() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let stream = stream.unwrap();
            // It fails when the client has had enough.
            thread::spawn(move || misbehave(&stream));
        }
    });
    address
}

/// What `client` makes of `url`, as a cell. It is ended if it does not end. `wait` is how long it
/// is waited for.
fn outcome(client: &Client, url: &str, wait: Duration) -> String {
    let mut command = Command::new(&client.program);
    command.args(client.arguments).arg(url);
    command.env("LC_ALL", "C.UTF-8").env_remove("http_proxy").env("no_proxy", "127.0.0.1");
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut group = ProcessGroup::start(&mut command).unwrap();
    let mut output = group.child().stdout.take().unwrap();
    let said = launch::lines(group.child().stderr.take().unwrap(), 64 * 1024).unwrap();
    let (ends, end) = channel();
    // What comes is counted and thrown away.
    thread::spawn(move || ends.send(io::copy(&mut output.by_ref(), &mut io::sink()).unwrap()));
    let Ok(count) = end.recv_timeout(wait) else { return RUNS.to_owned() };
    // A program closes its output with its last breath.
    let status = group.child().wait().unwrap();
    let last = said.iter().filter(|line| !line.is_empty()).last();
    match status.success() {
        true if count == 1 => "taken, 1 byte".to_owned(),
        true => format!("taken, {count} bytes"),
        false => match last {
            Some(line) => format!("error: {}", sentence(&line, url)),
            None => "error, and nothing is said".to_owned(),
        },
    }
}

/// What a client says, without its name, the time of day and the server's port. How far it came
/// when the time was over is another number each time.
fn sentence(line: &str, url: &str) -> String {
    let server = url.rsplit_once('/').unwrap().0;
    let mut text = line.to_owned();
    for start in ["fetch: ", "curl: "] {
        text = text.strip_prefix(start).unwrap_or(&text).to_owned();
    }
    text = text.replace(&format!("{url}: "), "").replace(server, "").replace('|', "/");
    // `2026-11-29 20:00:00 ERROR`
    if let Some((date, rest)) = text.split_once(' ')
        && date.split('-').count() == 3
        && let Some((_, rest)) = rest.split_once(' ')
    {
        text = rest.to_owned();
    }
    if ["the time was over", "timed out"].iter().any(|time| text.contains(time)) {
        let words = text.split(' ').map(|word| match word.parse::<u64>() {
            Ok(_) => "N",
            Err(_) => word,
        });
        text = words.collect::<Vec<_>>().join(" ");
    }
    text
}

#[test]
fn the_table_of_the_page_shows_what_clients_make_of_each_answer() {
    let (address, clients) = (serve(), clients());
    let found: Vec<_> = clients.iter().map(|_| Mutex::new(vec![None; HOSTILE.len()])).collect();
    let all = (0..HOSTILE.len()).flat_map(|row| (0..clients.len()).map(move |one| (row, one)));
    let work = Mutex::new(all);
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                loop {
                    let Some((row, one)) = work.lock().unwrap().next() else { break };
                    let (path, label) = HOSTILE[row];
                    let client = &clients[one];
                    // On a busy machine, who ends may take longer.
                    let ends = recorded(FILE, &client.head, label).is_some_and(|cell| cell != RUNS);
                    let wait = if ends { PATIENCE } else { TIME };
                    let cell = outcome(client, &format!("http://{address}{path}"), wait);
                    found[one].lock().unwrap()[row] = Some(cell);
                }
            });
        }
    });
    let columns = clients.iter().zip(found).map(|(client, cells)| {
        let labels = HOSTILE.iter().map(|(_, label)| (*label).to_owned());
        let cells = cells.into_inner().unwrap().into_iter().map(Option::unwrap);
        Column { head: client.head.clone(), cells: labels.zip(cells).collect() }
    });
    compare(&columns.collect::<Vec<_>>(), 4, FILE);
}
