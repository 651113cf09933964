//! The servers that are measured: the chapters', and those of others.

use crate::bench::scenarios::Resource;
use anyhow::{Context, Result, ensure};
use launch::{ProcessGroup, Programs, Server, installed, listening_on};
use std::ffi::OsString;
use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use workbook::course::chapters::Chapter;
use workbook::course::checkout::Checkout;
use workbook::system::ports::closed_port;
use workbook::system::process::ScratchFolder;

/// How long a server may take to start.
const START: Duration = Duration::from_secs(10);

/// The page that is in memory, here as in the packages `bench-server` and `peers`.
const PAGE: &str = "Hi there!\n";

/// The greeting, and where it is.
const HELLO: (&str, &str) = ("/hello/Ann", "Hello, Ann!\n");

/// How many bytes the file has.
const FILE: usize = 100 * 1024;

/// How many bytes the huge one has.
const HUGE: u64 = 50_000_000;

/// The package with the chapters' servers as they are measured from chapter 10 on.
pub const BENCH_SERVER: &str = "bench-server";

/// The package with those that others' crates make.
pub const PEERS: &str = "peers";

/// The package with chapter 16's server on tokio.
pub const TOKIO_SERVER: &str = "tokio-server";

/// A server that can be measured.
#[derive(Debug)]
pub struct MeasuredServer {
    /// `ch06`, `nginx`, …
    pub name: String,
    /// Whether it keeps connections.
    pub keeps: bool,
    /// Its answers: what stands behind GET, and the body.
    answers: Vec<(Resource, &'static str, Vec<u8>)>,
    start_method: StartMethod,
}

/// How it is started.
#[derive(Debug)]
enum StartMethod {
    /// By this command; it prints a line in which the function finds where it listens.
    Printing(Vec<OsString>, fn(&str) -> Option<SocketAddr>),
    /// By this program, with a configuration that is written in the folder.
    Nginx(&'static str, PathBuf),
}

/// A server that runs; it ends when this is dropped.
#[derive(Debug)]
pub struct Running {
    /// Where it listens.
    pub address: SocketAddr,
    /// Its process.
    pub id: u32,
    _guard: Guard,
}

/// What ends a server when it is dropped.
#[derive(Debug)]
#[expect(dead_code, reason = "held until the end, and not looked at")]
enum Guard {
    Server(Server),
    Group(ProcessGroup, ScratchFolder),
}

/// The folder that file servers serve; it goes when this is dropped.
#[derive(Debug)]
pub struct Site {
    folder: ScratchFolder,
    picture: Vec<u8>,
    file: Vec<u8>,
}

impl Site {
    /// Lays it in the target folder, with the picture of chapter 10's sample.
    pub fn new(checkout: &Checkout, sample: &Path) -> Result<Self> {
        let name = format!("bench-{}", std::process::id());
        let folder = ScratchFolder::new(checkout.target.join(name));
        let picture = fs::read(sample.join("picture.png")).context("no picture")?;
        let file: Vec<_> = (0..FILE).map(|index| (index % 251) as u8).collect();
        let write = || {
            fs::create_dir_all(folder.path())?;
            fs::write(folder.path().join("picture.png"), &picture)?;
            fs::write(folder.path().join("file.bin"), &file)?;
            fs::File::create(folder.path().join("huge.bin"))?.set_len(HUGE)
        };
        write().context("cannot write the files that are served")?;
        Ok(Self { folder, picture, file })
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn picture(&self) -> (Resource, &'static str, Vec<u8>) {
        (Resource::Picture, "/picture.png", self.picture.clone())
    }

    fn files(&self) -> [(Resource, &'static str, Vec<u8>); 3] {
        let huge = (Resource::Huge, "/huge.bin", Vec::new());
        [self.picture(), (Resource::File, "/file.bin", self.file.clone()), huge]
    }
}

fn page() -> (Resource, &'static str, Vec<u8>) {
    (Resource::Page, "/page", PAGE.into())
}

fn hello() -> (Resource, &'static str, Vec<u8>) {
    (Resource::Hello, HELLO.0, HELLO.1.into())
}

/// Whether a chapter has a server of its own that speaks HTTP: from the fifth on, but the
/// nineteenth is about clients, and the twentieth about a proxy. For these there are the benches
/// `clients` and `proxies` in `tests/benches`.
pub fn has_one(chapter: &Chapter) -> bool {
    chapter.number() >= 5 && !["ch19", "ch20", "ch21", "ch22"].contains(&&*chapter.id)
}

/// A chapter's server.
pub fn chapter(
    checkout: &Checkout,
    programs: &Programs,
    chapter: &Chapter,
    site: &Site,
) -> Result<MeasuredServer> {
    let (program, mut answers) = match chapter.number() {
        // It has no picture. Its page is as small.
        9 => {
            let page = checkout.chapter(chapter).join("site/index.html");
            let page = fs::read(page).context("chapter 9 has no page")?;
            (&chapter.id, vec![(Resource::Picture, "/index.html", page)])
        }
        ..9 => (&chapter.id, vec![site.picture()]),
        _ => (&BENCH_SERVER.to_owned(), site.files().to_vec()),
    };
    let mut command = vec![programs.path(program)?.into(), "127.0.0.1:0".into()];
    if program == BENCH_SERVER {
        command.extend(["--chapter".into(), chapter.id.clone().into()]);
        command.extend(["--directory".into(), site.path().into()]);
        answers.push(page());
    }
    if chapter.id == "ch18" {
        answers.push(hello());
    }
    let start_method = StartMethod::Printing(command, listening_on);
    Ok(MeasuredServer {
        name: chapter.id.clone(),
        keeps: chapter.number() >= 12,
        answers,
        start_method,
    })
}

/// The servers of the packages [`PEERS`] and [`TOKIO_SERVER`].
pub fn peers(programs: &Programs, site: &Site) -> Result<Vec<MeasuredServer>> {
    let peer = |name: &str, serves_files: bool, keeps: bool| -> Result<MeasuredServer> {
        let mut command =
            vec![programs.path(&format!("peer-{name}"))?.into(), "127.0.0.1:0".into()];
        let mut answers = vec![page()];
        if serves_files {
            command.extend(["--directory".into(), site.path().into()]);
            let [_, file, _] = site.files();
            answers.push(file);
        }
        let start_method = StartMethod::Printing(command, listening_on);
        Ok(MeasuredServer { name: name.to_owned(), keeps, answers, start_method })
    };
    let mut axum = peer("axum", false, true)?;
    axum.answers = vec![hello()];
    Ok(vec![
        peer("raw", false, true)?,
        peer("pool", false, false)?,
        peer("hyper", true, true)?,
        peer("tiny-http", true, true)?,
        peer("tokio", true, true)?,
        axum,
    ])
}

/// Python's own file server, if there is a Python.
pub fn python(site: &Site) -> Option<MeasuredServer> {
    let program = ["python3", "python"].into_iter().find(|name| installed(name))?;
    let words = "-u -m http.server --bind 127.0.0.1 --protocol HTTP/1.1 0 --directory";
    let mut command = vec![program.into()];
    command.extend(words.split(' ').map(OsString::from));
    command.push(site.path().into());
    let start_method = StartMethod::Printing(command, |line| {
        let port = line.split_once(" port ")?.1.split(' ').next()?.parse().ok()?;
        Some(SocketAddr::from((Ipv4Addr::LOCALHOST, port)))
    });
    let name = "python http.server".to_owned();
    Some(MeasuredServer { name, keeps: true, answers: site.files().to_vec(), start_method })
}

/// nginx, if it is installed.
pub fn nginx(site: &Site) -> Option<MeasuredServer> {
    // Debian keeps it where only root looks.
    let places = ["nginx", "/usr/sbin/nginx"];
    let program = places.into_iter().find(|name| installed(name) || Path::new(name).is_file())?;
    let mut answers = site.files().to_vec();
    answers.push(page());
    let start_method = StartMethod::Nginx(program, site.path().to_owned());
    Some(MeasuredServer { name: "nginx".to_owned(), keeps: true, answers, start_method })
}

impl MeasuredServer {
    /// What it is asked for to get this, and what it must answer; `None` if it does not have it.
    pub fn answer(&self, resource: Resource) -> Option<(&'static str, &[u8])> {
        let (_, target, body) = self.answers.iter().find(|(what, ..)| *what == resource)?;
        Some((target, body))
    }

    /// Starts it, through `wrapper`, if that is not empty: a program with the arguments behind
    /// which another one is named. What it logs is thrown away, but written.
    pub fn start(&self, wrapper: &[OsString]) -> Result<Running> {
        let start = || match &self.start_method {
            StartMethod::Printing(words, announced) => {
                let mut command = command(wrapper, words);
                command.stderr(Stdio::null());
                let server = Server::start(command, announced, START)?;
                Ok(Running {
                    address: server.address,
                    id: server.id(),
                    _guard: Guard::Server(server),
                })
            }
            StartMethod::Nginx(program, site) => start_nginx(program, site, wrapper),
        };
        start().with_context(|| format!("cannot start {}", self.name))
    }
}

fn command(wrapper: &[OsString], words: &[OsString]) -> Command {
    let mut words = wrapper.iter().chain(words);
    let mut command = Command::new(words.next().map_or("".as_ref(), |program| &**program));
    command.args(words);
    command
}

/// nginx in one process. What matters for speed is set as Debian's configuration has it.
fn start_nginx(program: &str, site: &Path, wrapper: &[OsString]) -> Result<Running> {
    let port = closed_port()?;
    let folder = ScratchFolder::new(site.with_extension(format!("nginx-{port}")));
    fs::create_dir_all(folder.path()).context("cannot make a folder for nginx")?;
    let place = folder.path().display();
    // The chapters' logs go there too.
    let nowhere = if cfg!(windows) { "NUL" } else { "/dev/null" };
    let conf = format!(
        "daemon off; master_process off; pid \"{place}/pid\"; error_log \"{place}/error.log\";\n\
         events {{ worker_connections 30000; }}\n\
         http {{\n  access_log {nowhere}; sendfile on; tcp_nopush on;\n  \
         client_body_temp_path \"{place}/a\";\n  \
         proxy_temp_path \"{place}/b\"; fastcgi_temp_path \"{place}/c\";\n  \
         uwsgi_temp_path \"{place}/d\"; scgi_temp_path \"{place}/e\";\n  \
         server {{\n    listen 127.0.0.1:{port}; root \"{}\";\n    \
         location = /page {{ default_type text/plain; return 200 \"Hi there!\\n\"; }}\n  }}\n}}\n",
        site.display()
    );
    fs::write(folder.path().join("nginx.conf"), conf).context("cannot write nginx.conf")?;
    let words = [
        program.into(),
        "-e".into(),
        folder.path().join("error.log").into(),
        "-p".into(),
        folder.path().into(),
        "-c".into(),
        folder.path().join("nginx.conf").into(),
    ];
    let mut command = command(wrapper, &words);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let group = ProcessGroup::start(&mut command)?;
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    // It says nothing when it is ready: try until it is.
    let deadline = Instant::now() + START;
    while TcpStream::connect_timeout(&address, START).is_err() {
        ensure!(Instant::now() < deadline, "nginx did not start");
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(Running { address, id: group.id(), _guard: Guard::Group(group, folder) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_chapter_from_the_tenth_on_can_be_measured() {
        let course = Checkout::find().unwrap().course().unwrap();
        let program = include_str!("../../../bench-server/src/main.rs");
        let chapters = course.chapters.iter().filter(|chapter| has_one(chapter));
        for chapter in chapters.filter(|chapter| chapter.number() >= 10) {
            let line = format!("\"{}\" => serve", chapter.id);
            assert!(program.contains(&line), "book/bench-server has no line for {}", chapter.id);
        }
    }

    #[test]
    fn a_command_is_started_through_what_stands_before_it() {
        let words = ["ch12", "127.0.0.1:0"].map(OsString::from);
        let alone = command(&[], &words);
        assert_eq!((alone.get_program(), alone.get_args().count()), ("ch12".as_ref(), 1));
        let wrapped = command(&["taskset".into(), "0".into()], &words);
        let arguments: Vec<_> = wrapped.get_args().collect();
        assert_eq!(wrapped.get_program(), "taskset");
        assert_eq!(arguments, ["0", "ch12", "127.0.0.1:0"]);
    }
}
