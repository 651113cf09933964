//! All that was built, under load for ten minutes: the workers are exchanged every ten seconds, and
//! one of them is killed every fifteen. What was asked, what was lost, and the memory.
//!
//! ```text
//! cargo bench -p course-tests --bench together 2>/dev/null
//! ```
//!
//! `SECONDS` in the environment says how long it takes. With `BLESS` there the table is written
//! into the book. A request is lost if there is no whole answer, or another one than must be.
//!
//! An answer that breaks off was begun by a worker that is no more, and nobody on the way can ask
//! for it anew: the beginning has been passed on. Whoever has asked can, if it was a GET (RFC 9110
//! section 9.2.2), and these clients do so, once. How often that was, the table tells.
#![cfg_attr(not(target_os = "linux"), allow(unused))]

use launch::{Build, Programs, Server, Which, listening_on};
use mock::{Reply, TcpClient};
use std::fs::{self, File};
use std::io::{self, Read};
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use std::{env, process, thread};

/// How long it takes if nobody says something else.
const TIME: Duration = Duration::from_secs(600);

/// How often the workers are exchanged, and how often one of them is killed.
const RELOAD: Duration = Duration::from_secs(10);
const KILL: Duration = Duration::from_secs(15);

/// How long all processes need to be there and warm.
const SETTLE: Duration = Duration::from_secs(5);

/// How many requests go over one connection.
const REQUESTS: usize = 50;

const PATIENCE: Duration = Duration::from_secs(30);
const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../book/measured");

/// What is asked for, how often it was, how often an answer broke off and was asked for again, and
/// how often there was no right one.
struct Kind {
    name: &'static str,
    asked: AtomicUsize,
    again: AtomicUsize,
    lost: AtomicUsize,
}

impl Kind {
    const fn new(name: &'static str) -> Self {
        let [asked, again, lost] = [const { AtomicUsize::new(0) }; 3];
        Self { name, asked, again, lost }
    }

    fn count(&self, outcome: Result<(), String>, faults: &Mutex<Vec<String>>) {
        self.asked.fetch_add(1, Ordering::Relaxed);
        if let Err(why) = outcome {
            self.lost.fetch_add(1, Ordering::Relaxed);
            faults.lock().expect("no panic").push(format!("{}: {why}", self.name));
        }
    }
}

static PAGE: Kind = Kind::new("a file of a worker");
static FUNCTION: Kind = Kind::new("a function behind the gateway");
static SCRIPT: Kind = Kind::new("a script (CGI)");
static PHP: Kind = Kind::new("a script in php-fpm (FastCGI)");
static WRITE: Kind = Kind::new("files: PUT, MOVE, DELETE");
static READ: Kind = Kind::new("files: GET, PROPFIND");

#[cfg(not(target_os = "linux"))]
fn main() {
    println!("nothing is measured here: memory and children are read as Linux tells them");
}

#[cfg(target_os = "linux")]
fn main() {
    use nix::sys::signal::{Signal, kill};
    use nix::unistd::Pid;
    let course = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    let release = Build { release: true, ..Build::default() };
    let programs =
        Programs::build(course, Which::Of(&["ch22"]), release).expect("the programs compile");
    let folder = tempfile::tempdir().expect("a folder");
    let log = folder.path().join("log");
    let mut command = Command::new(programs.path("together").expect("it is built"));
    command.args(["127.0.0.1:0", "--front", "haproxy", "--directory"]);
    command.arg(folder.path().join("files")).stderr(File::create(&log).expect("a log"));
    let server = Server::start(command, listening_on, PATIENCE).expect("it starts");
    let front = until(&log, |text| {
        text.lines().find_map(|line| {
            line.strip_prefix("in front of it: http://")?.strip_suffix('/')?.parse().ok()
        })
    });
    until(&log, |text| (text.matches("is ready").count() >= 5).then_some(()));
    let has_php = !fs::read_to_string(&log).expect("a log").contains("not installed");

    let time = env::var("SECONDS").ok().and_then(|text| text.parse().ok());
    let time = time.map_or(TIME, Duration::from_secs);
    let (is_over, faults) = (AtomicBool::new(false), Mutex::new(Vec::new()));
    let (mut reloads, mut kills) = (0, 0);
    let begin = Instant::now();
    let mut memory = Vec::new();
    thread::scope(|scope| {
        let (is_over, faults) = (&is_over, &faults);
        let get = |kind: &'static Kind, target: &'static str, part: &'static str| {
            scope.spawn(move || {
                let mut client = Client::new(front);
                while !is_over.load(Ordering::Relaxed) {
                    let outcome = client.get(kind, target);
                    let outcome = outcome.and_then(|reply| match reply.text().contains(part) {
                        true => Ok(()),
                        false => Err(format!("another page: {}", reply.text())),
                    });
                    kind.count(outcome, faults);
                }
            });
        };
        get(&PAGE, "/", "All together");
        get(&PAGE, "/", "All together");
        get(&FUNCTION, "/hello?name=Ann", "Ann");
        get(&SCRIPT, "/cgi-bin/environment", "GATEWAY_INTERFACE=CGI/1.1");
        if has_php {
            get(&PHP, "/php/hello.php", "Hello from PHP");
        }
        for number in 0..3 {
            scope.spawn(move || write_files(front, number, is_over, faults));
        }
        let (mut next_reload, mut next_kill) = (RELOAD, KILL);
        // When all are warm, and at the end.
        thread::sleep(SETTLE.min(time / 2));
        memory.push(memory_of(server.id()));
        while begin.elapsed() < time {
            thread::sleep(Duration::from_millis(100));
            // At the end all are there: memory is compared with that of the beginning.
            let is_last = begin.elapsed() + SETTLE > time;
            if begin.elapsed() > next_reload && !is_last {
                next_reload += RELOAD;
                let id = i32::try_from(server.id()).expect("a number of a process");
                kill(Pid::from_raw(id), Signal::SIGHUP).expect("it runs");
                reloads += 1;
            }
            if begin.elapsed() > next_kill && !is_last {
                next_kill += KILL;
                let workers = children(server.id(), "--work");
                if let Some(&worker) = workers.get(kills % workers.len().max(1)) {
                    // It may have left a moment ago.
                    kills += usize::from(kill(Pid::from_raw(worker), Signal::SIGKILL).is_ok());
                }
            }
        }
        memory.push(memory_of(server.id()));
        is_over.store(true, Ordering::Relaxed);
    });
    let mut table = String::from(
        "| what | asked | broke off, and asked again | lost |\n| --- | --: | --: | --: |\n",
    );
    let kinds = [&PAGE, &FUNCTION, &SCRIPT, &PHP, &WRITE, &READ];
    let mut sums = [0; 3];
    for kind in kinds {
        let counts =
            [&kind.asked, &kind.again, &kind.lost].map(|count| count.load(Ordering::Relaxed));
        let [asked, again, lost] = counts;
        table += &format!("| {} | {asked} | {again} | {lost} |\n", kind.name);
        sums = std::array::from_fn(|index| sums[index] + counts[index]);
    }
    let [asked, again, lost] = sums;
    table += &format!("| **all** | **{asked}** | **{again}** | **{lost}** |\n\n");
    table += &format!(
        "{} seconds, {reloads} reloads, {kills} workers killed; the balancer, the workers and the \
         keeper of files together had {:.1} MB after 5 seconds and {:.1} MB at the end.\n",
        time.as_secs(),
        memory[0],
        memory[1]
    );
    println!("{table}");
    for fault in faults.into_inner().expect("no panic").iter().take(20) {
        println!("{fault}");
    }
    if env::var_os("BLESS").is_some() {
        fs::write(Path::new(FOLDER).join("together.md"), &table).expect("the table can be written");
    }
    drop(server);
    process::exit(i32::from(lost > 0));
}

/// Writes files, reads them, moves them and removes them, over and over.
fn write_files(
    front: SocketAddr,
    number: usize,
    is_over: &AtomicBool,
    faults: &Mutex<Vec<String>>,
) {
    let mut client = Client::new(front);
    let own = format!("/files/client-{number}");
    let made = client.ask(&request("MKCOL", &own, WRITER, ""), &[201]);
    WRITE.count(made.map(drop), faults);
    for round in 0.. {
        if is_over.load(Ordering::Relaxed) {
            return;
        }
        let (one, other) = (format!("{own}/one"), format!("{own}/other"));
        let text = format!("{number} {round} ").repeat(1 + round % 200);
        let put = client.ask(&request("PUT", &one, WRITER, &text), &[201, 204]);
        WRITE.count(put.map(drop), faults);
        let to = format!("{WRITER}Destination: {other}\r\n");
        let moved = client.ask(&request("MOVE", &one, &to, ""), &[201, 204]);
        WRITE.count(moved.map(drop), faults);
        let got = client.get(&READ, &other);
        let got = got.and_then(|reply| match reply.body == text.as_bytes() {
            true => Ok(()),
            false => Err("another text".to_owned()),
        });
        READ.count(got, faults);
        let find = request("PROPFIND", &format!("{own}/"), "Depth: 1\r\n", "");
        let found = client.ask(&find, &[207]);
        READ.count(found.map(drop), faults);
        if round % 5 == 0 {
            let gone = client.ask(&request("DELETE", &other, WRITER, ""), &[204]);
            WRITE.count(gone.map(drop), faults);
        }
    }
}

/// cook, whose password is soup.
const WRITER: &str = "Authorization: Basic Y29vazpzb3Vw\r\n";

fn request(method: &str, target: &str, fields: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "{method} {target} HTTP/1.1\r\nHost: localhost\r\n{fields}Content-Length: {length}\r\n\r\n\
         {body}"
    )
}

/// Asks over a connection, and after some requests over the next one: it is always the client that
/// closes, so that no close of the server crosses with a request.
struct Client {
    address: SocketAddr,
    connection: Option<(TcpClient, usize)>,
    /// Whether the last answer began, and did not end.
    has_broken_off: bool,
}

impl Client {
    fn new(address: SocketAddr) -> Self {
        Self { address, connection: None, has_broken_off: false }
    }

    /// The answer, if it is whole and has one of these statuses.
    fn ask(&mut self, request: &str, wanted: &[u16]) -> Result<Reply, String> {
        let reply = self.try_ask(request).map_err(|error| error.to_string());
        match &reply {
            Ok(reply) if !wanted.contains(&reply.status) => {
                let line = request.lines().next().unwrap_or_default();
                return Err(format!("{line}: {} {}", reply.status, reply.text()));
            }
            Ok(_) => {}
            Err(_) => self.connection = None,
        }
        reply
    }

    /// The answer to a GET. If the first one breaks off, that is counted, and it is asked for
    /// again.
    fn get(&mut self, kind: &Kind, target: &str) -> Result<Reply, String> {
        let request = request("GET", target, "", "");
        let first = self.ask(&request, &[200]);
        if !self.has_broken_off {
            return first;
        }
        kind.again.fetch_add(1, Ordering::Relaxed);
        self.ask(&request, &[200])
    }

    fn try_ask(&mut self, request: &str) -> io::Result<Reply> {
        self.has_broken_off = false;
        let (mut client, used) = match self.connection.take() {
            Some(connection) => connection,
            None => (TcpClient::try_connect(self.address)?, 0),
        };
        client.try_send(request)?;
        let mut received = Vec::new();
        loop {
            let parsed = Reply::try_parse_first(&received, false, false);
            if let Some((reply, _)) = parsed.map_err(io::Error::other)? {
                let closes = reply.header("Connection").is_some_and(|value| value == "close");
                if used + 1 < REQUESTS && !closes {
                    self.connection = Some((client, used + 1));
                }
                return Ok(reply);
            }
            let mut buffer = [0; 16 * 1024];
            match client.stream().read(&mut buffer) {
                Ok(count) if count > 0 => received.extend(&buffer[..count]),
                broken => {
                    self.has_broken_off = !received.is_empty();
                    return Err(broken.err().unwrap_or(io::ErrorKind::UnexpectedEof.into()));
                }
            }
        }
    }
}

/// Waits until the log says something.
fn until<T>(log: &Path, look: impl Fn(&str) -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let text = fs::read_to_string(log).expect("a log");
        if let Some(found) = look(&text) {
            return found;
        }
        assert!(Instant::now() < deadline, "{text}");
        thread::sleep(Duration::from_millis(20));
    }
}

/// The processes that `parent` has started with this option.
fn children(parent: u32, option: &str) -> Vec<i32> {
    let processes = fs::read_dir("/proc").expect("Linux").flatten();
    let numbers = processes.filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok());
    let is_child = |id: &i32| {
        let read = |name| fs::read_to_string(format!("/proc/{id}/{name}")).unwrap_or_default();
        let has_parent = read("status")
            .lines()
            .any(|line| line.split_whitespace().eq(["PPid:", &parent.to_string()]));
        has_parent && read("cmdline").split('\0').any(|word| word == option)
    };
    numbers.filter(is_child).collect()
}

/// How many megabytes of real memory it has, with its workers and the keeper of files.
fn memory_of(id: u32) -> f64 {
    let own = i32::try_from(id).expect("a number of a process");
    let all = [vec![own], children(id, "--work"), children(id, "--keep")].concat();
    let memory = all.iter().map(|id| {
        let status = fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let word = line.and_then(|line| line.split_whitespace().next());
        word.and_then(|word| word.parse::<f64>().ok()).unwrap_or(0.0)
    });
    memory.sum::<f64>() * 1024.0 / 1e6
}
