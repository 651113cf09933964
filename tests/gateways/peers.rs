//! Programs of others: where they are, how they are started on sockets of ours, and that all of
//! them end. And our own server, for applications that they ask or answer.

use ch17::{Application, HttpServer, ProcessGroup, Stop, gateway};
use launch::NotStarted;
use mock::{Reply, TcpClient};
use std::fs::{self, Permissions};
use std::net::{SocketAddr, TcpListener};
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc::Receiver;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// How long a program may take to say something.
const PATIENCE: Duration = Duration::from_secs(30);

/// A variable in the environment of each server, which is nobody else's business.
pub const SECRET: (&str, &str) = ("SECRET_OF_THE_SERVER", "42");

/// Where the program is, as [`launch::find`] finds it; if there is none, that is said.
pub fn find(name: &str) -> Option<PathBuf> {
    let found = launch::find(name);
    if found.is_none() {
        eprintln!("{name} is not installed: nothing is tested with it");
    }
    found
}

/// A folder that every user of the machine may read: some of these servers change into another.
pub fn folder() -> TempDir {
    tempfile::Builder::new().permissions(Permissions::from_mode(0o755)).tempdir().unwrap()
}

/// Writes a file that every user may read.
pub fn put(path: &Path, content: impl AsRef<[u8]>) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, content).unwrap();
    fs::set_permissions(path, Permissions::from_mode(0o644)).unwrap();
}

/// Copies a file to where it can be executed.
///
/// Another process does it. We start programs in other threads: between `fork` and `exec`, each of
/// them would have the new file open too, and what is open for writing cannot be executed.
pub fn install(from: &Path, to: &Path) {
    fs::create_dir_all(to.parent().unwrap()).unwrap();
    let status = Command::new("install").arg("-m").arg("755").args([from, to]).status().unwrap();
    assert!(status.success(), "{}", to.display());
}

/// Writes an executable script.
pub fn script(path: &Path, text: &str) {
    let source = path.with_extension("source");
    put(&source, text);
    install(&source, path);
    fs::remove_file(source).unwrap();
}

/// Whether we are root, whom these servers ask for another user. The folder is ours.
fn are_we_root(folder: &Path) -> bool {
    folder.metadata().unwrap().uid() == 0
}

/// Our server with one application, on a port of its own, until this is dropped.
pub struct Ours {
    pub address: SocketAddr,
    stop: Stop,
    thread: Option<JoinHandle<()>>,
}

impl Ours {
    pub fn serve(application: impl Application + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let mut server = HttpServer::default();
        server.limits.stop_time = Duration::ZERO;
        let answer = gateway(address, application);
        server.register_reading(|_| true, move |request, body| answer(request, body));
        let stop = server.stop.clone();
        let thread = thread::spawn(move || server.serve(server.stop.accept_from(listener)));
        Self { address, stop, thread: Some(thread) }
    }
}

impl Drop for Ours {
    fn drop(&mut self) {
        self.stop.request(self.address);
        let served = self.thread.take().unwrap().join();
        assert!(served.is_ok() || thread::panicking());
    }
}

/// An application server that finds its socket as its standard input.
pub fn start_on_socket(mut command: Command, listener: impl Into<OwnedFd>) -> ProcessGroup {
    ProcessGroup::start_with_listener(command.env(SECRET.0, SECRET.1), listener).unwrap()
}

/// `fcgiwrap`, which runs CGI scripts for those who ask by FastCGI, with four processes.
pub fn fcgiwrap(socket: &Path) -> Option<ProcessGroup> {
    let mut command = Command::new(find("fcgiwrap")?);
    command.args(["-f", "-c", "4"]);
    Some(start_on_socket(command, UnixListener::bind(socket).unwrap()))
}

/// A server that is told its settings in a file, and says on standard error that it is ready.
pub struct Peer {
    pub address: SocketAddr,
    _server: launch::Server,
}

/// Apache with the module `module` for CGI, and its scripts in `root/cgi-bin`.
///
/// It must be told a port, so it is told one that was free; if somebody was faster, another one.
pub fn apache(module: &str, folder: &Path) -> Option<Peer> {
    let program = find("apache2")?;
    let modules = find(&format!("mod_{module}.so"))?.parent().unwrap().to_owned();
    // What starts processes for many threads is a process of its own.
    let mpm = if module == "cgid" { "mpm_event" } else { "mpm_prefork" };
    let listens = |line: &str, address| line.contains("resuming normal").then_some(address);
    for _ in 0..10 {
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = free.local_addr().unwrap();
        drop(free);
        let mut settings = format!(
            "ServerName localhost\nServerRoot {folder}\nListen {address}\nPidFile {folder}/pid\n\
             ErrorLog /dev/stderr\nDocumentRoot {folder}\nScriptAlias /cgi-bin/ {folder}/cgi-bin/\n\
             StartServers 1\n",
            folder = folder.display(),
        );
        for name in [mpm, "authz_core", "alias", module] {
            let file = modules.join(format!("mod_{name}.so"));
            settings += &format!("LoadModule {name}_module {}\n", file.display());
        }
        if module == "cgid" {
            settings += &format!("ScriptSock {}/cgid\n", folder.display());
        }
        if are_we_root(folder) {
            settings += "User #65534\nGroup #65534\n"; // nobody
        }
        let file = folder.join("apache.conf");
        put(&file, settings);
        let mut command = Command::new(&program);
        command.arg("-DFOREGROUND").arg("-f").arg(file).env(SECRET.0, SECRET.1);
        let started =
            launch::Server::start_with_errors(command, |line| listens(line, address), PATIENCE);
        match started {
            Ok(server) => {
                if module == "cgid" && are_we_root(folder) {
                    wait_until_nobodys(folder);
                }
                return Some(Peer { address, _server: server });
            }
            Err(NotStarted::Silent { said, .. }) if said.concat().contains("in use") => {}
            Err(error) => panic!("apache2: {error}"),
        }
    }
    panic!("apache2 finds no free port");
}

/// Waits until mod_cgid has given its socket, `cgid.` and a number, to the user that asks there.
/// Apache says that it is ready before, and then answers 503 (2.4.71).
fn wait_until_nobodys(folder: &Path) {
    let is_given = || {
        let files = folder.read_dir().into_iter().flatten().flatten();
        let mut sockets = files.filter(|file| file.file_name().as_bytes().starts_with(b"cgid."));
        sockets.any(|socket| socket.metadata().is_ok_and(|socket| socket.uid() != 0))
    };
    let began = Instant::now();
    while !is_given() {
        assert!(began.elapsed() < PATIENCE, "the socket of mod_cgid stays root's");
        thread::yield_now();
    }
}

/// nginx in front of an application server, with scripts in `folder/cgi-bin`.
pub fn nginx(folder: &Path, application: &Path) -> Option<(ProcessGroup, SocketAddr)> {
    let params = Path::new("/etc/nginx/fastcgi_params");
    if !params.is_file() {
        eprintln!("{} is missing: nothing is tested with nginx", params.display());
        return None;
    }
    let locations = format!(
        "location ~ ^/cgi-bin/ {{
             include {params};
             fastcgi_split_path_info ^(/cgi-bin/[^/]+)(.*)$;
             fastcgi_param SCRIPT_NAME $fastcgi_script_name;
             fastcgi_param SCRIPT_FILENAME $document_root$fastcgi_script_name;
             fastcgi_param PATH_INFO $fastcgi_path_info;
             fastcgi_pass unix:{application};
         }}",
        params = params.display(),
        application = application.display(),
    );
    nginx_with(folder, &locations)
}

/// nginx with the files of `folder`, and these settings of its server. It is told of its socket as
/// an nginx that takes over from another one.
pub fn nginx_with(folder: &Path, settings: &str) -> Option<(ProcessGroup, SocketAddr)> {
    let program = find("nginx")?;
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let user = if are_we_root(folder) { "user root;" } else { "" };
    let folder = folder.display();
    let kinds = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
    let temporary = kinds.map(|kind| format!("{kind}_temp_path {folder}/{kind};")).concat();
    let settings = format!(
        "daemon off; {user} worker_processes 1; pid {folder}/pid; error_log stderr; events {{}}
         http {{ access_log off; {temporary}
         server {{ listen {address}; server_name localhost; root {folder}; {settings} }} }}",
    );
    let file = Path::new(&folder.to_string()).join("nginx.conf");
    put(&file, settings);
    let mut command = Command::new(program);
    command.args(["-e", "stderr", "-c"]).arg(file).env("NGINX", "0;").stderr(Stdio::null());
    Some((start_on_socket(command, listener), address))
}

/// The system's Python, if it has one: another may be a script that changes the environment.
pub fn find_python() -> Option<PathBuf> {
    let of_the_system = Path::new("/usr/bin/python3");
    if of_the_system.is_file() { Some(of_the_system.into()) } else { find("python3") }
}

/// Python's `http.server --cgi`, with scripts in `folder/cgi-bin`; it was taken out of Python 3.15.
pub fn python(folder: &Path) -> Option<Peer> {
    let mut command = Command::new(find_python()?);
    command.args(["-u", "-W", "ignore", "-m", "http.server", "--cgi", "--bind", "127.0.0.1"]);
    command.arg("--directory").arg(folder).arg("0").env(SECRET.0, SECRET.1).current_dir(folder);
    let listens = |line: &str| {
        let url = line.split_once("(http://")?.1;
        url.split('/').next()?.parse().ok()
    };
    match launch::Server::start_with_errors(command, listens, PATIENCE) {
        Ok(server) => Some(Peer { address: server.address, _server: server }),
        Err(NotStarted::Silent { said, .. }) if said.concat().contains("--cgi") => {
            eprintln!("this python3 has no http.server --cgi: nothing is tested with it");
            None
        }
        Err(error) => panic!("python3: {error}"),
    }
}

/// php-fpm with four processes, on the socket `fpm` in its folder.
pub struct PhpFpm {
    group: launch::ProcessGroup,
    lines: Receiver<String>,
}

impl PhpFpm {
    pub fn start(folder: &Path) -> Option<Self> {
        let program = find("php-fpm*")?;
        let settings = format!(
            "[global]\n[all]\nlisten = {}/fpm\npm = static\npm.max_children = 4\n\
             user = root\ngroup = root\ncatch_workers_output = yes\n",
            folder.display()
        );
        let file = folder.join("fpm.conf");
        put(&file, settings);
        let mut command = Command::new(program);
        // No settings of this machine, in the foreground, its log on standard error, and allowed
        // to root.
        command.args(["-n", "-F", "-O", "-R", "-y"]).arg(file);
        command.stdin(Stdio::null()).stderr(Stdio::piped());
        let mut group = launch::ProcessGroup::start(&mut command).unwrap();
        let lines = launch::lines(group.child().stderr.take().unwrap(), u64::MAX).unwrap();
        let fpm = Self { group, lines };
        fpm.wait_until_ready();
        Some(fpm)
    }

    fn wait_until_ready(&self) {
        while !self.line().contains("ready to handle connections") {}
    }

    pub fn line(&self) -> String {
        self.lines.recv_timeout(PATIENCE).expect("php-fpm says something")
    }

    /// Tells it to start anew, with other processes and the same socket.
    pub fn reload(&self) {
        use nix::sys::signal::{Signal, kill};
        kill(nix::unistd::Pid::from_raw(self.group.id() as i32), Signal::SIGUSR2).unwrap();
        self.wait_until_ready();
    }
}

/// Sends a request on a connection of its own and returns all that comes.
pub fn ask_raw(address: SocketAddr, request: impl AsRef<[u8]>) -> Vec<u8> {
    let mut client = TcpClient::connect(address);
    client.send(request);
    client.read_to_end().0
}

/// The same, for an answer that is one.
#[track_caller]
pub fn ask(address: SocketAddr, request: impl AsRef<[u8]>) -> Reply {
    let bytes = ask_raw(address, request);
    match Reply::try_parse_first(&bytes, false, true) {
        Ok(Some((reply, length))) if length == bytes.len() => reply,
        other => panic!("{other:?}: {}", bytes.escape_ascii()),
    }
}

/// A request that is the last on its connection.
pub fn request(method: &str, target: &str, fields: &str, body: impl AsRef<[u8]>) -> Vec<u8> {
    let body = body.as_ref();
    let mut request =
        format!("{method} {target} HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n{fields}");
    if !body.is_empty() {
        request += &format!("Content-Length: {}\r\n", body.len());
    }
    [request.as_bytes(), b"\r\n", body].concat()
}

#[track_caller]
pub fn get(address: SocketAddr, target: &str) -> Reply {
    ask(address, request("GET", target, "", ""))
}
