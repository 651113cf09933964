//! Programs that others have written, and that are started with configurations of ours.

use anyhow::{Context, Result, bail};
use ch18::{GRACE, ProcessGroup, log};
use rustix::process::Signal;
use std::io::{self, Read};
use std::net::{Shutdown, SocketAddr, TcpListener};
use std::os::fd::{AsFd, IntoRawFd, OwnedFd};
use std::os::unix::net::{UnixListener, UnixStream};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::{env, fs, thread};

/// The name of the socket of php-fpm, which is beside its configuration.
const PHP_SOCKET: &str = "php.sock";

const CONFIG: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/config");

/// A program that ends when this is dropped; and if this process is killed, too.
///
/// It knows nothing of us. So between us and it there is a process of our own, its guard, who is
/// told to leave as a worker is: by the end of a file.
pub struct Guarded {
    control: UnixStream,
    guard: Child,
}

impl Guarded {
    /// Starts a guard, who starts the program that `config` is for; its standard input is `input`.
    fn start(config: &Path, input: Stdio) -> Result<Self> {
        let (control, theirs) = UnixStream::pair()?;
        let program = env::current_exe().context("cannot tell where this program is")?;
        let guard = Command::new(program)
            .arg("--guard")
            .arg(config)
            .stdin(input)
            .stdout(Stdio::from(OwnedFd::from(theirs)))
            .process_group(0)
            .spawn()?;
        Ok(Self { control, guard })
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        // If it has ended, both fail, and that is as well.
        let _ = self.control.shutdown(Shutdown::Write);
        let _ = self.guard.wait();
    }
}

/// What a guard does: starts the program that `config` is for, and ends it when it is to leave or
/// nobody is there any more. If the program ends by itself, that is said, and the guard ends too:
/// so its socket closes, and nobody waits there in vain.
pub fn guard(config: &Path) -> Result<()> {
    let mut control = UnixStream::from(io::stdout().as_fd().try_clone_to_owned()?);
    let mut command = command(config)?;
    let program = ProcessGroup::start(command.stdout(Stdio::null()))?;
    let is_to_leave = Arc::new(AtomicBool::new(false));
    let told = Arc::clone(&is_to_leave);
    thread::Builder::new().spawn(move || {
        // Nothing else is ever said. An error is an end, too.
        let _ = control.read_exact(&mut [0]);
        told.store(true, Ordering::Relaxed);
        ProcessGroup::signal_all(Signal::TERM);
        thread::sleep(GRACE);
        ProcessGroup::signal_all(Signal::KILL);
    })?;
    program.wait_for_leader()?;
    if !is_to_leave.load(Ordering::Relaxed) {
        log(format_args!("{} has ended", command.get_program().display()));
    }
    Ok(())
}

/// php-fpm, and the socket in `folder` at which it listens; `None` if it is not installed.
///
/// It is given its listening socket, so clients may connect before it has begun: they wait.
pub fn php(folder: &Path) -> Result<Option<(Guarded, PathBuf)>> {
    if find("php-fpm").is_none() {
        return Ok(None);
    }
    let socket = folder.join(PHP_SOCKET);
    let config = folder.join("php-fpm.conf");
    let text = format!(
        "[global]\ndaemonize = no\n\
         [www]\nlisten = {}\npm = static\npm.max_children = 4\n",
        socket.display()
    );
    fs::write(&config, text)?;
    let listener = UnixListener::bind(&socket)?;
    let php = Guarded::start(&config, OwnedFd::from(listener).into())?;
    Ok(Some((php, socket)))
}

/// The configuration of what can be put in front. An error if there is no such program.
pub fn check_front(name: &str) -> Result<&'static str> {
    let file = match name {
        "haproxy" => "haproxy.cfg",
        "nginx" => "nginx.conf",
        _ => bail!("--front is haproxy or nginx, and not {name}"),
    };
    find(name).with_context(|| format!("{name} is not installed"))?;
    Ok(file)
}

/// haproxy or nginx in front of `balancer`, and its address.
///
/// It finds its listening socket as its standard input, as a program that takes over from another
/// one of its kind.
pub fn front(name: &str, folder: &Path, balancer: SocketAddr) -> Result<(Guarded, SocketAddr)> {
    let file = check_front(name)?;
    let listener =
        TcpListener::bind("127.0.0.1:8222").or_else(|_| TcpListener::bind("127.0.0.1:0"))?;
    let address = listener.local_addr()?;
    let text = fs::read_to_string(Path::new(CONFIG).join(file))?
        .replace("127.0.0.1:8122", &balancer.to_string())
        .replace("bind 127.0.0.1:8222", "bind fd@0")
        .replace("127.0.0.1:8222", &address.to_string());
    let config = folder.join(file);
    fs::write(&config, text)?;
    Ok((Guarded::start(&config, OwnedFd::from(listener).into())?, address))
}

/// How the program that `config` is for is started so that it stays in the foreground.
fn command(config: &Path) -> Result<Command> {
    let (name, arguments): (_, &[&str]) = match config.file_name().and_then(|name| name.to_str()) {
        // -n: no php.ini of the system; -R: as whom it is started, even if that is root; -O: its
        // log goes where ours goes.
        Some("php-fpm.conf") => ("php-fpm", &["-n", "-R", "-O", "-y"]),
        Some("haproxy.cfg") => ("haproxy", &["-db", "-f"]),
        Some("nginx.conf") => ("nginx", &["-e", "stderr", "-c"]),
        _ => bail!("{} is the configuration of nothing that we know", config.display()),
    };
    let mut command = Command::new(find(name).with_context(|| format!("{name} is not installed"))?);
    // So an nginx, or a php-fpm, tells the next one where its sockets are.
    if name == "nginx" {
        command.env("NGINX", "0;").arg("-p").arg(config.parent().context("it is in no folder")?);
    }
    if name == "php-fpm" {
        // It closes its standard input. Another number of the same socket stays open.
        let number = rustix::io::dup(io::stdin())?.into_raw_fd();
        let socket = config.with_file_name(PHP_SOCKET);
        command.env("FPM_SOCKETS", format!("{}={number}", socket.display()));
    }
    command.args(arguments).arg(config);
    Ok(command)
}

/// Where a program is. Some systems have the version in the name of php-fpm: `php-fpm8.2`.
fn find(name: &str) -> Option<PathBuf> {
    let folders = env::var_os("PATH").unwrap_or_default();
    // Servers are where only root looks, on Debian.
    let more = ["/usr/sbin", "/usr/local/sbin"].map(PathBuf::from);
    let is_meant = |place: &PathBuf| {
        let own = place.file_name().unwrap_or_default().to_string_lossy();
        let version = own.strip_prefix(name);
        let is_version = |rest: &str| rest.bytes().all(|byte| b"0123456789.".contains(&byte));
        place.is_file() && version.is_some_and(is_version)
    };
    env::split_paths(&folders).chain(more).find_map(|folder| {
        let entries = fs::read_dir(folder).ok()?.flatten();
        entries.map(|entry| entry.path()).find(is_meant)
    })
}
