//! Chapter 22's program beside Apache's `mod_dav_fs`, if that is installed: a long listing, and
//! small files written and read.
//!
//! ```text
//! cargo bench -p course-tests --bench dav 2>/dev/null
//! ```
//!
//! Both have a folder of their own with the same files, keep their connections, and write a line
//! about each request into a file. They are measured in turn, round by round, so that what slows
//! the machine down slows both. What we have taken is on the disk when we say so; Apache leaves
//! that to the system. `ROUNDS` in the environment says how many rounds there are. With `BLESS`
//! there the table is written into the book.
#![cfg_attr(not(target_os = "linux"), allow(unused))]

use launch::{Build, ProcessGroup, Programs, Server, Which, listening_on};
use mock::{Reply, TcpClient};
use std::fs::{self, File};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, thread};
use tempfile::TempDir;

/// How many rounds there are by default.
const ROUNDS: usize = 5;

/// How many files are in the folder that is listed, how long each is, and how often it is listed in
/// each round.
const FILES: usize = 10_000;
const LENGTH: usize = 1_000;
const LISTINGS: usize = 3;

/// How many clients write and read at once, and how many files each in a round.
const CLIENTS: usize = 4;
const WRITTEN: usize = 250;

/// How long a program may take to do what it is told.
const PATIENCE: Duration = Duration::from_secs(30);

/// Where the page finds the table.
const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../book/measured");

/// What a client asks for that shows a folder.
const THREE: &str = "<?xml version=\"1.0\" encoding=\"utf-8\"?><propfind xmlns=\"DAV:\"><prop>\
                     <getcontentlength/><getlastmodified/><resourcetype/></prop></propfind>";

/// A server, and what was measured.
struct Dav {
    name: &'static str,
    address: SocketAddr,
    /// The process that answers.
    id: u32,
    /// How long each listing took in seconds, and how many seconds of a processor.
    all: Vec<(f64, f64)>,
    three: Vec<(f64, f64)>,
    /// How many files were written and read in a second.
    puts: Vec<f64>,
    gets: Vec<f64>,
    _server: Option<Server>,
    _group: Option<ProcessGroup>,
}

#[cfg(not(target_os = "linux"))]
fn main() {
    println!("nothing is measured here: what a process has used is read as Linux tells it");
}

#[cfg(target_os = "linux")]
fn main() {
    let course = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    let release = Build { release: true, ..Build::default() };
    let programs =
        Programs::build(course, Which::Of(&["ch22"]), release).expect("the program compiles");
    let folder = tempfile::tempdir().expect("a folder");
    let mut program = Command::new(programs.path("ch22").expect("it is built"));
    program.args(["127.0.0.1:0", "--directory"]).arg(files(&folder, "ours"));
    program.stderr(log_file(&folder, "ours.log"));
    let ours = Server::start(program, listening_on, PATIENCE);
    let ours = ours.unwrap_or_else(|error| panic!("ch22: {error}"));
    let mut all = vec![Dav::new("ours", ours.address, ours.id(), Some(ours), None)];
    all.extend(apache(&folder));

    let rounds = env::var("ROUNDS").ok().and_then(|text| text.parse().ok()).unwrap_or(ROUNDS);
    for round in 0..rounds.max(1) {
        for _ in 0..LISTINGS {
            for server in &mut all {
                server.all.push(server.list(""));
            }
            for server in &mut all {
                server.three.push(server.list(THREE));
            }
        }
        for server in &mut all {
            server.puts.push(server.at_once("PUT", round));
        }
        for server in &mut all {
            server.gets.push(server.at_once("GET", round));
        }
    }
    let both = |pairs: &[(f64, f64)]| {
        (middle(pairs.iter().map(|pair| pair.0)), middle(pairs.iter().map(|pair| pair.1)))
    };
    let mut table = String::from(
        "| server | all of 10,000 files | processor | three properties of each | processor | \
         files written a second | files read a second | memory at most |\n\
         | --- | --: | --: | --: | --: | --: | --: | --: |\n",
    );
    for server in &all {
        let (all, three) = (both(&server.all), both(&server.three));
        let [puts, gets] = [&server.puts, &server.gets].map(|rates| middle(rates.iter().copied()));
        table += &format!(
            "| {} | {:.3} s | {:.3} s | {:.3} s | {:.3} s | {puts:.0} | {gets:.0} | {:.1} MB |\n",
            server.name,
            all.0,
            all.1,
            three.0,
            three.1,
            server.most_memory(),
        );
    }
    println!("the median of {rounds} rounds\n\n{table}");
    if env::var_os("BLESS").is_some() {
        fs::write(Path::new(FOLDER).join("dav.md"), table).expect("the table can be written");
    }
}

/// A folder with what is listed and read.
fn files(folder: &TempDir, name: &str) -> PathBuf {
    let files = folder.path().join(name);
    let listed = files.join("listed");
    fs::create_dir_all(&listed).expect("a folder");
    fs::create_dir(files.join("written")).expect("a folder");
    for number in 0..FILES {
        fs::write(listed.join(format!("file {number}.txt")), vec![b'x'; LENGTH]).expect("a file");
    }
    files
}

fn log_file(folder: &TempDir, name: &str) -> File {
    File::create(folder.path().join(name)).expect("a file for the log")
}

/// Apache with one process that answers, if it is installed.
#[cfg(target_os = "linux")]
fn apache(folder: &TempDir) -> Option<Dav> {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};

    let places = ["/usr/sbin/apache2", "/usr/sbin/httpd"].map(Path::new);
    let modules = ["/usr/lib/apache2/modules", "/usr/lib64/httpd/modules"].map(Path::new);
    let program = places.into_iter().find(|place| place.is_file());
    let modules = modules.into_iter().find(|place| place.join("mod_dav_fs.so").is_file());
    let (Some(program), Some(modules)) = (program, modules) else {
        println!("apache2 with mod_dav_fs is not installed: nothing is measured with it\n");
        return None;
    };
    let files = files(folder, "theirs");
    let state = folder.path().join("state");
    fs::create_dir(&state).expect("a folder");
    let mut settings = String::new();
    // As root it becomes nobody, who must be able to write.
    if folder.path().metadata().expect("it is there").uid() == 0 {
        settings += "User #65534\nGroup #65534\n";
        fs::set_permissions(folder.path(), PermissionsExt::from_mode(0o755)).expect("our folder");
        let places = [&files, &files.join("listed"), &files.join("written"), &state];
        for place in places {
            chown(place, Some(65534), Some(65534)).expect("we are root");
        }
    }
    for name in ["mpm_event", "authz_core", "mime", "dav", "dav_fs"] {
        let file = modules.join(format!("mod_{name}.so"));
        settings += &format!("LoadModule {name}_module {}\n", file.display());
    }
    // Nobody holds the port until it is taken.
    let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    let address = free.local_addr().expect("an address");
    drop(free);
    settings += &format!(
        "ServerName localhost\nServerRoot {folder}\nListen {address}\nPidFile {folder}/pid\n\
         ErrorLog {folder}/theirs.log\nCustomLog {folder}/access.log combined\n\
         LogFormat '%h %l %u %t \"%r\" %>s %b \"%{{Referer}}i\" \"%{{User-agent}}i\"' combined\n\
         ServerLimit 1\nStartServers 1\nThreadsPerChild 64\nMaxRequestWorkers 64\n\
         MaxKeepAliveRequests 0\nTypesConfig /etc/mime.types\nDocumentRoot {files}\n\
         DavLockDB {folder}/state/locks\n\
         <Directory {files}>\nDav On\nRequire all granted\n</Directory>\n",
        folder = folder.path().display(),
        files = files.display(),
    );
    let place = folder.path().join("apache.conf");
    fs::write(&place, settings).expect("a configuration");
    let mut command = Command::new(program);
    command.arg("-DFOREGROUND").arg("-f").arg(place);
    let log = log_file(folder, "apache.log");
    command.stdin(Stdio::null()).stdout(log.try_clone().expect("the same file")).stderr(log);
    let group = ProcessGroup::start(&mut command).expect("it starts");
    let deadline = Instant::now() + PATIENCE;
    let children = format!("/proc/{0}/task/{0}/children", group.id());
    loop {
        let children = fs::read_to_string(&children).unwrap_or_default();
        let mut ids = children.split_whitespace().filter_map(|id| id.parse().ok());
        if let (Ok(_), Some(id)) = (TcpStream::connect(address), ids.next()) {
            return Some(Dav::new("Apache, mod_dav_fs", address, id, None, Some(group)));
        }
        let said =
            || ["apache.log", "theirs.log"].map(|n| fs::read_to_string(folder.path().join(n)));
        assert!(Instant::now() < deadline, "apache2 did not start: {:?}", said());
        thread::sleep(Duration::from_millis(20));
    }
}

impl Dav {
    fn new(
        name: &'static str,
        address: SocketAddr,
        id: u32,
        server: Option<Server>,
        group: Option<ProcessGroup>,
    ) -> Self {
        let (all, three, puts, gets) = Default::default();
        Self { name, address, id, all, three, puts, gets, _server: server, _group: group }
    }

    /// How many seconds of a processor it has used.
    #[cfg(target_os = "linux")]
    fn processor_time(&self) -> f64 {
        use nix::time::{clock_getcpuclockid, clock_gettime};
        use nix::unistd::Pid;
        let id = Pid::from_raw(i32::try_from(self.id).expect("a number of a process"));
        let time = clock_getcpuclockid(id).and_then(clock_gettime).expect("it runs");
        Duration::from(time).as_secs_f64()
    }

    /// How many megabytes of real memory it had at most.
    fn most_memory(&self) -> f64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.id)).expect("it runs");
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("a line");
        let kilobytes = line.split_whitespace().next().and_then(|text| text.parse::<f64>().ok());
        kilobytes.expect("a number") * 1024.0 / 1e6
    }

    /// Has it list the folder, and looks whether all of it is there.
    #[cfg(target_os = "linux")]
    fn list(&self, body: &str) -> (f64, f64) {
        let mut client = TcpClient::connect(self.address);
        let (since, before) = (Instant::now(), self.processor_time());
        client.send(format!(
            "PROPFIND /listed/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nDepth: 1\r\n\
             Content-Length: {}\r\n\r\n{body}",
            body.len()
        ));
        let (bytes, _) = client.read_to_end();
        let outcome = (since.elapsed().as_secs_f64(), self.processor_time() - before);
        let reply = Reply::parse(bytes);
        let count = reply.text().matches("<D:response").count();
        assert_eq!((reply.status, count), (207, FILES + 1), "{}", self.name);
        outcome
    }

    /// How many files all clients write or read in a second.
    fn at_once(&self, method: &str, round: usize) -> f64 {
        let (name, address, since) = (self.name, self.address, Instant::now());
        thread::scope(|scope| {
            for number in 0..CLIENTS {
                scope.spawn(move || {
                    let mut client = TcpClient::connect(address);
                    for file in 0..WRITTEN {
                        let target = format!("/written/{round}-{number}-{file}.txt");
                        let (body, expected) = match method {
                            "PUT" => ("x".repeat(LENGTH), 201),
                            _ => (String::new(), 200),
                        };
                        let reply = ask(
                            &mut client,
                            &format!(
                                "{method} {target} HTTP/1.1\r\nHost: localhost\r\n\
                                 Content-Length: {}\r\n\r\n{body}",
                                body.len()
                            ),
                        );
                        assert_eq!(reply.status, expected, "{name}: {target}");
                        // Some close after so many requests, and say so.
                        if reply.header("Connection") == Some("close") {
                            client = TcpClient::connect(address);
                        }
                    }
                });
            }
        });
        (CLIENTS * WRITTEN) as f64 / since.elapsed().as_secs_f64()
    }
}

/// The answer to a request, on a connection that stays.
fn ask(client: &mut TcpClient, request: &str) -> Reply {
    client.send(request);
    client.read_reply().expect("an answer")
}

fn middle(numbers: impl Iterator<Item = f64>) -> f64 {
    let mut numbers: Vec<_> = numbers.collect();
    numbers.sort_by(f64::total_cmp);
    numbers[numbers.len() / 2]
}
