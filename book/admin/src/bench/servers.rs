//! The servers that are measured: the chapters', and those of others that are
//! installed.

use anyhow::{Context, Result, ensure};
use launch::{ProcessGroup, Programs, Server, installed, listening_on};
use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use workbook::course::chapters::Chapter;
use workbook::course::checkout::Checkout;
use workbook::system::ports::closed_port;
use workbook::system::process::ScratchFolder;

/// How long a server may take to start.
const START: Duration = Duration::from_secs(10);

/// A server under measurement; it ends when this is dropped.
#[derive(Debug)]
pub struct Measured {
    /// `ch06`, `nginx`, …
    pub name: String,
    /// Where it listens.
    pub address: SocketAddr,
    /// What it is asked for.
    pub target: &'static str,
    /// What it must answer.
    pub body: Vec<u8>,
    _running: Running,
}

/// What ends a server when it is dropped.
#[derive(Debug)]
#[expect(dead_code, reason = "held until the end, and not looked at")]
enum Running {
    Server(Server),
    Group(ProcessGroup, ScratchFolder),
}

/// What every server is asked for: a small picture.
const PICTURE: &str = "/picture.png";

/// Starts the program of a chapter. What it logs is thrown away, but written.
pub fn chapter(
    checkout: &Checkout,
    programs: &Programs,
    chapter: &Chapter,
    picture: &Path,
) -> Result<Measured> {
    let mut command = Command::new(programs.path(&chapter.id)?);
    command.arg("127.0.0.1:0").stderr(Stdio::null());
    // Chapter 9 has no picture. Its page is as small.
    let (target, file) = match chapter.number() {
        9 => ("/index.html", site(checkout, chapter).join("index.html")),
        // From here on a program serves the folder in which it is started, if none is named.
        11.. => {
            command.arg("--directory").arg(picture);
            (PICTURE, picture.join("picture.png"))
        }
        _ => (PICTURE, picture.join("picture.png")),
    };
    start(&chapter.id, command, target, &file, listening_on)
}

/// Starts Python's own file server on `site`, if there is a Python.
pub fn python(site: &Path) -> Option<Result<Measured>> {
    let program = ["python3", "python"].into_iter().find(|name| installed(name))?;
    let mut command = Command::new(program);
    command
        .args(["-u", "-m", "http.server", "--bind", "127.0.0.1", "--directory"])
        .arg(site)
        .arg("0")
        .stderr(Stdio::null());
    let announced = |line: &str| {
        let port = line.split_once(" port ")?.1.split(' ').next()?.parse().ok()?;
        Some(SocketAddr::from((Ipv4Addr::LOCALHOST, port)))
    };
    Some(start("python http.server", command, PICTURE, &site.join("picture.png"), announced))
}

/// Starts nginx on `site`, if it is installed, with a worker for each core.
pub fn nginx(site: &Path, scratch: &Path) -> Option<Result<Measured>> {
    // Debian keeps it where only root looks.
    let places = ["nginx", "/usr/sbin/nginx"];
    let program = places.into_iter().find(|name| installed(name) || Path::new(name).is_file())?;
    Some(start_nginx(program, site, scratch))
}

fn start_nginx(program: &str, site: &Path, scratch: &Path) -> Result<Measured> {
    let folder = ScratchFolder::new(scratch.join(format!("nginx-{}", std::process::id())));
    fs::create_dir_all(folder.path()).context("cannot make a folder for nginx")?;
    let port = closed_port()?;
    let place = folder.path().display();
    let conf = format!(
        "daemon off; worker_processes auto; pid \"{place}/pid\"; error_log \"{place}/error.log\";\n\
         events {{ worker_connections 1024; }}\n\
         http {{\n  access_log \"{place}/access.log\";\n  client_body_temp_path \"{place}/a\";\n  \
         proxy_temp_path \"{place}/b\"; fastcgi_temp_path \"{place}/c\";\n  \
         uwsgi_temp_path \"{place}/d\"; scgi_temp_path \"{place}/e\";\n  \
         server {{ listen 127.0.0.1:{port}; root \"{}\"; }}\n}}\n",
        site.display()
    );
    fs::write(folder.path().join("nginx.conf"), conf).context("cannot write nginx.conf")?;
    let mut command = Command::new(program);
    command.arg("-e").arg(folder.path().join("error.log"));
    command.arg("-p").arg(folder.path()).arg("-c").arg(folder.path().join("nginx.conf"));
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let group = ProcessGroup::start(&mut command)?;
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    // It says nothing when it is ready: try until it is.
    let deadline = Instant::now() + START;
    while TcpStream::connect_timeout(&address, START).is_err() {
        ensure!(Instant::now() < deadline, "nginx did not start");
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(Measured {
        name: "nginx".to_owned(),
        address,
        target: PICTURE,
        body: fs::read(site.join("picture.png")).context("cannot read the picture")?,
        _running: Running::Group(group, folder),
    })
}

/// Starts a server that says in a line where it listens.
fn start(
    name: &str,
    command: Command,
    target: &'static str,
    file: &Path,
    announced: impl Fn(&str) -> Option<SocketAddr>,
) -> Result<Measured> {
    let server = Server::start(command, announced, START).with_context(|| name.to_owned())?;
    Ok(Measured {
        name: name.to_owned(),
        address: server.address,
        target,
        body: fs::read(file).with_context(|| format!("cannot read {}", file.display()))?,
        _running: Running::Server(server),
    })
}

/// The folder that file servers serve: chapter 10's sample.
pub fn site(checkout: &Checkout, chapter: &Chapter) -> std::path::PathBuf {
    checkout.chapter(chapter).join("site")
}
