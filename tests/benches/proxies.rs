//! Chapter 20's proxy beside nginx and haproxy, each with one thread, in front of the same server;
//! and its master with four workers beside nginx's. What is not installed is named and left out.
//!
//! ```text
//! cargo bench -p course-tests --bench proxies 2>/dev/null
//! ```
//!
//! All of them keep their connections to the server, add the same five fields to a request, and
//! write a line about each into a file. They are measured in turn, round by round, so that what
//! slows the machine down slows all of them. `ROUNDS` in the environment says how many rounds there
//! are. With `BLESS` there the tables are written into the book.
#![cfg_attr(not(target_os = "linux"), allow(unused))]

use launch::{Build, ProcessGroup, Programs, Server, Which, listening_on};
use mock::{Reply, TcpClient};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Read;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use std::{env, thread};
use tempfile::TempDir;

/// How many rounds there are by default, and how long each proxy is asked in each, in seconds.
const ROUNDS: usize = 5;
const TIME: u32 = 2;

/// How many bytes the large answer has.
const LARGE: usize = 10_000_000;

/// How many clients stay and say nothing, when memory is measured.
const IDLE: usize = 1_000;

/// How many connections the workers share, and how many clients make them.
const CONNECTIONS: usize = 10_000;
const CLIENTS: usize = 8;

/// How often the workers are exchanged while they are asked.
const RELOADS: usize = 10;

/// How long each generation of them is asked, at least and at most.
const LEAST: Duration = Duration::from_millis(500);
const MOST: Duration = Duration::from_secs(5);

/// How long a program may take to do what it is told.
const PATIENCE: Duration = Duration::from_secs(30);

/// Where the page finds the tables.
const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../book/measured");

/// A proxy, or the server itself, and what was measured.
struct Proxy {
    name: &'static str,
    address: SocketAddr,
    group: Option<ProcessGroup>,
    server: Option<Server>,
    page: Vec<Load>,
    large: Vec<Load>,
}

/// What came of one round.
struct Load {
    /// How many requests a second were answered.
    rate: f64,
    /// How many seconds of a processor the proxy took for each.
    processor: f64,
}

#[cfg(not(target_os = "linux"))]
fn main() {
    println!("nothing is measured here: what a process has used is read as Linux tells it");
}

#[cfg(target_os = "linux")]
fn main() {
    let course = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    let release = Build { release: true, ..Build::default() };
    let packages = Which::Of(&["ch20", "bench-server"]);
    let programs = Programs::build(course, packages, release).expect("the programs compile");
    let program = |name: &str| Command::new(programs.path(name).expect("it is built"));
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("large.bin"), vec![b'x'; LARGE]).expect("a file");
    proxies(&folder, &program);
    masters(&folder, &program);
}

/// Measures the proxies, if there is who asks them.
#[cfg(target_os = "linux")]
fn proxies(folder: &TempDir, program: &dyn Fn(&str) -> Command) {
    let Some(wrk) = find("wrk") else { return };
    let mut origin = program("bench-server");
    origin.args(["127.0.0.1:0", "--chapter", "ch16", "--directory"]).arg(folder.path());
    let origin = start(origin, folder, "origin");
    let address = origin.address;
    let mut ours = program("ch20");
    ours.args(["127.0.0.1:0", "--to", &address.to_string()]);
    let ours = start(ours, folder, "ch20");
    let mut all = vec![
        Proxy::new("none", origin.address, None, Some(origin)),
        Proxy::new("ours", ours.address, None, Some(ours)),
    ];
    all.extend(nginx(folder, "nginx", |port| nginx_proxy(folder.path(), port, address)));
    all.extend(haproxy(folder, address));
    let empty: Vec<_> = all.iter().map(|proxy| proxy.memory()).collect();

    let rounds = env::var("ROUNDS").ok().and_then(|text| text.parse().ok()).unwrap_or(ROUNDS);
    for _ in 0..rounds.max(1) {
        for proxy in &mut all {
            proxy.page.push(proxy.load(&wrk, "/page", 32));
            proxy.large.push(proxy.load(&wrk, "/large.bin", 4));
        }
    }
    let mut table = String::from(
        "| proxy | requests a second | processor for each | 10 MB answers | processor for each | \
         memory | with 1,000 idle clients |\n\
         | --- | --: | --: | --: | --: | --: | --: |\n",
    );
    for (proxy, empty) in all.iter_mut().zip(empty) {
        let [(rate, processor), (large, large_processor)] =
            [&proxy.page, &proxy.large].map(|loads| medians(loads));
        let idle = with_idle_clients(proxy);
        let megabytes = large * LARGE as f64 / 1e6;
        table += &format!(
            "| {} | {rate:.0} | {:.1} µs | {megabytes:.0} MB/s | {:.1} ms | {empty:.1} MB | {idle:.1} MB |\n",
            proxy.name,
            processor * 1e6,
            large_processor * 1e3,
        );
    }
    println!("the median of {rounds} rounds\n\n{table}");
    record("proxies.md", &table);
}

/// Compares how workers share what comes, and whether anything is lost when they are exchanged.
#[cfg(target_os = "linux")]
fn masters(folder: &TempDir, program: &dyn Fn(&str) -> Command) {
    let mut ours = program("prefork");
    ours.args(["127.0.0.1:0", "--workers", "4"]);
    let ours = start(ours, folder, "prefork");
    let theirs = nginx(folder, "nginx-workers", |port| {
        format!(
            "daemon off; worker_processes 4; events {{ worker_connections 4096; }}\n\
             http {{ access_log off; server {{ listen 127.0.0.1:{port};\n\
             location / {{ return 200 \"worker $pid was asked\\n\"; }} }} }}\n"
        )
    });
    let mut all = vec![Proxy::new("ours", ours.address, None, Some(ours))];
    all.extend(theirs.map(|theirs| Proxy { name: "nginx", ..theirs }));
    let mut table = String::from(
        "| four workers | of 10,000 connections each had | in 10 reloads were asked | of that lost |\n\
         | --- | --- | --: | --: |\n",
    );
    for master in &all {
        let shares = shares(master.address);
        let shares: Vec<_> = shares.iter().map(ToString::to_string).collect();
        let (asked, lost) = reloads(master);
        table += &format!("| {} | {} | {asked} | {lost} |\n", master.name, shares.join(", "));
    }
    println!("{table}");
    record("masters.md", &table);
}

fn record(name: &str, table: &str) {
    if env::var_os("BLESS").is_some() {
        fs::write(Path::new(FOLDER).join(name), table).expect("the table can be written");
    }
}

/// Where the program is; if there is none, that is said.
fn find(name: &str) -> Option<PathBuf> {
    let found = launch::find(name);
    if found.is_none() {
        println!("{name} is not installed: nothing is measured with it\n");
    }
    found
}

/// Starts a program of the course, whose log goes into a file.
fn start(mut command: Command, folder: &TempDir, name: &str) -> Server {
    command.stderr(log_file(folder, name));
    Server::start(command, listening_on, PATIENCE).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn log_file(folder: &TempDir, name: &str) -> File {
    File::create(folder.path().join(format!("{name}.log"))).expect("a file for the log")
}

/// A port of which nobody knows.
fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    listener.local_addr().expect("an address").port()
}

/// nginx with a configuration for a port, if it is installed.
fn nginx(
    folder: &TempDir,
    name: &'static str,
    configuration: impl FnOnce(u16) -> String,
) -> Option<Proxy> {
    let program = find("nginx")?;
    let port = free_port();
    let place = folder.path().join(name);
    fs::create_dir_all(&place).expect("a folder");
    let shown = place.display();
    let whole = format!("pid {shown}/pid; error_log {shown}/error.log;\n{}", configuration(port));
    fs::write(place.join("nginx.conf"), whole).expect("a configuration");
    let mut command = Command::new(program);
    command.arg("-e").arg(place.join("error.log")).arg("-p").arg(&place);
    command.arg("-c").arg(place.join("nginx.conf"));
    started(command, name, port, folder)
}

/// One process, which passes on what it is asked.
fn nginx_proxy(folder: &Path, port: u16, origin: SocketAddr) -> String {
    let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map(|name| format!("{name}_temp_path {}/nginx-{name};\n", folder.display()));
    format!(
        "daemon off; master_process off; events {{ worker_connections 8192; }}\n\
         http {{ access_log {}/nginx-access.log; {}\n\
         upstream origin {{ server {origin}; keepalive 64; keepalive_requests 1000000; }}\n\
         server {{ listen 127.0.0.1:{port}; keepalive_requests 1000000;\n\
         location / {{ proxy_pass http://origin; proxy_http_version 1.1;\n\
         proxy_set_header Connection \"\"; proxy_set_header Host $http_host;\n\
         proxy_set_header X-Forwarded-For $remote_addr;\n\
         proxy_set_header X-Forwarded-Host $http_host;\n\
         proxy_set_header X-Forwarded-Proto $scheme;\n\
         proxy_set_header Forwarded 'for=$remote_addr;host=\"$http_host\";proto=$scheme';\n\
         proxy_set_header Via '1.1 nginx'; }} }} }}\n",
        folder.display(),
        temporary.concat(),
    )
}

/// haproxy, with one thread, if it is installed.
fn haproxy(folder: &TempDir, origin: SocketAddr) -> Option<Proxy> {
    let program = find("haproxy")?;
    let port = free_port();
    let configuration = format!(
        "global\n  nbthread 1\n  maxconn 8000\n  log stdout format raw local0\n\
         defaults\n  mode http\n  log global\n  option httplog\n  timeout connect 3s\n  \
         timeout client 60s\n  timeout server 30s\n\
         frontend clients\n  bind 127.0.0.1:{port}\n  \
         http-request set-header X-Forwarded-For %[src]\n  \
         http-request set-header X-Forwarded-Host %[req.hdr(host)]\n  \
         http-request set-header X-Forwarded-Proto http\n  \
         http-request set-header Forwarded 'for=%[src];host=\"%[req.hdr(host)]\";proto=http'\n  \
         http-request set-header Via '1.1 haproxy'\n  default_backend servers\n\
         backend servers\n  http-reuse always\n  server origin {origin}\n"
    );
    let place = folder.path().join("haproxy.cfg");
    fs::write(&place, configuration).expect("a configuration");
    let mut command = Command::new(program);
    command.arg("-db").arg("-f").arg(place);
    started(command, "haproxy", port, folder)
}

/// A program that says nothing when it is ready: it is tried until it is.
fn started(mut command: Command, name: &'static str, port: u16, folder: &TempDir) -> Option<Proxy> {
    let log = log_file(folder, name);
    command.stdin(Stdio::null()).stdout(log.try_clone().expect("the same file")).stderr(log);
    let group = ProcessGroup::start(&mut command).expect("it starts");
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let deadline = Instant::now() + PATIENCE;
    while TcpStream::connect(address).is_err() {
        let said = || fs::read_to_string(folder.path().join(format!("{name}.log")));
        assert!(Instant::now() < deadline, "{name} did not start: {:?}", said());
        thread::sleep(Duration::from_millis(20));
    }
    Some(Proxy::new(name, address, Some(group), None))
}

impl Proxy {
    fn new(
        name: &'static str,
        address: SocketAddr,
        group: Option<ProcessGroup>,
        server: Option<Server>,
    ) -> Self {
        Self { name, address, group, server, page: Vec::new(), large: Vec::new() }
    }

    fn id(&self) -> u32 {
        let server = || self.server.as_ref().expect("a process").id();
        self.group.as_ref().map_or_else(server, ProcessGroup::id)
    }

    /// How many seconds of a processor it has used.
    #[cfg(target_os = "linux")]
    fn processor_time(&self) -> f64 {
        use nix::time::{clock_getcpuclockid, clock_gettime};
        use nix::unistd::Pid;
        let id = Pid::from_raw(i32::try_from(self.id()).expect("a number of a process"));
        let time = clock_getcpuclockid(id).and_then(clock_gettime).expect("it runs");
        Duration::from(time).as_secs_f64()
    }

    /// How many megabytes of real memory it has.
    fn memory(&self) -> f64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.id())).expect("it runs");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("a line");
        let kilobytes = line.split_whitespace().next().and_then(|text| text.parse::<f64>().ok());
        kilobytes.expect("a number") * 1024.0 / 1e6
    }

    /// Has it asked for `target` for a while, on so many connections.
    #[cfg(target_os = "linux")]
    fn load(&self, wrk: &Path, target: &str, connections: u32) -> Load {
        let before = self.processor_time();
        let mut command = Command::new(wrk);
        command.args(["-t1", &format!("-c{connections}"), &format!("-d{TIME}s")]);
        let output = command.arg(format!("http://{}{target}", self.address)).output();
        let output = output.expect("wrk can be started");
        let text = String::from_utf8_lossy(&output.stdout);
        let wrong = text.contains("Non-2xx") || text.contains("Socket errors");
        assert!(output.status.success() && !wrong, "{}: {text}", self.name);
        let number = |line: Option<&str>| {
            let word = line.and_then(|line| line.split_whitespace().find(|word| !word.is_empty()));
            word.and_then(|word| word.parse::<f64>().ok()).unwrap_or_else(|| panic!("{text}"))
        };
        let rate = number(text.lines().find_map(|line| line.strip_prefix("Requests/sec:")));
        let count = number(text.lines().find(|line| line.contains(" requests in ")));
        Load { rate, processor: (self.processor_time() - before) / count.max(1.0) }
    }
}

/// The middle rate, and the middle time.
fn medians(loads: &[Load]) -> (f64, f64) {
    let middle = |number: fn(&Load) -> f64| {
        let mut numbers: Vec<_> = loads.iter().map(number).collect();
        numbers.sort_by(f64::total_cmp);
        numbers[numbers.len() / 2]
    };
    (middle(|load| load.rate), middle(|load| load.processor))
}

/// How many megabytes it has while clients stay that have asked once.
fn with_idle_clients(proxy: &Proxy) -> f64 {
    let clients: Vec<_> = (0..IDLE)
        .map(|_| {
            let mut client = TcpClient::connect(proxy.address);
            assert_eq!(ask(&mut client, "GET /page HTTP/1.1\r\nHost: x\r\n\r\n").status, 200);
            client
        })
        .collect();
    let memory = proxy.memory();
    drop(clients);
    memory
}

/// The answer to a request, on a connection that stays.
fn ask(client: &mut TcpClient, request: &str) -> Reply {
    client.send(request);
    client.read_reply().expect("an answer")
}

/// Which worker has answered on a new connection; `None` if there was no answer.
fn worker(address: SocketAddr) -> Option<u32> {
    let mut client = TcpClient::try_connect(address).ok()?;
    client.try_send("GET / HTTP/1.0\r\n\r\n").ok()?;
    let mut received = Vec::new();
    client.stream().read_to_end(&mut received).ok()?;
    let reply = Reply::try_parse(received, false).ok()?;
    let id = reply.text().strip_prefix("worker ")?.split(' ').next()?.parse().ok()?;
    (reply.status == 200).then_some(id)
}

/// How many connections each worker had, most first.
fn shares(address: SocketAddr) -> Vec<usize> {
    let shares = Mutex::new(BTreeMap::<u32, usize>::new());
    thread::scope(|scope| {
        for _ in 0..CLIENTS {
            scope.spawn(|| {
                for _ in 0..CONNECTIONS / CLIENTS {
                    let worker = worker(address).expect("an answer");
                    *shares.lock().expect("no panic").entry(worker).or_default() += 1;
                }
            });
        }
    });
    let mut shares: Vec<_> = shares.into_inner().expect("no panic").into_values().collect();
    shares.sort_by_key(|share| std::cmp::Reverse(*share));
    shares
}

/// Has the workers exchanged while they are asked: how many requests there were, and how many of
/// them had no answer.
#[cfg(target_os = "linux")]
fn reloads(master: &Proxy) -> (usize, usize) {
    use nix::sys::signal::{Signal, kill};
    use nix::unistd::Pid;
    let (asked, lost) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let (seen, is_over) = (Mutex::new(BTreeMap::<u32, usize>::new()), AtomicBool::new(false));
    let address = master.address;
    thread::scope(|scope| {
        for _ in 0..CLIENTS {
            scope.spawn(|| {
                while !is_over.load(Ordering::Relaxed) {
                    asked.fetch_add(1, Ordering::Relaxed);
                    match worker(address) {
                        Some(id) => *seen.lock().expect("no panic").entry(id).or_default() += 1,
                        None => drop(lost.fetch_add(1, Ordering::Relaxed)),
                    }
                }
            });
        }
        let master = Pid::from_raw(i32::try_from(master.id()).expect("a number of a process"));
        for _ in 0..RELOADS {
            let before = seen.lock().expect("no panic").len();
            kill(master, Signal::SIGHUP).expect("the master runs");
            let since = Instant::now();
            // Until all four new ones have answered, or one of them was left out by chance.
            let is_done = || seen.lock().expect("no panic").len() >= before + 4;
            while since.elapsed() < LEAST || !is_done() && since.elapsed() < MOST {
                thread::sleep(Duration::from_millis(10));
            }
        }
        is_over.store(true, Ordering::Relaxed);
    });
    (asked.into_inner(), lost.into_inner())
}
