//! Programs that others have written, and that are started with configurations of ours.

use anyhow::{Context, Result, bail};
use ch18::ProcessGroup;
use std::ffi::OsStr;
use std::io::{self, Read};
use std::net::{Shutdown, SocketAddr, TcpListener};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::{env, fs};

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
    /// Starts a guard, who starts the program `name` with `config`; its standard input is `input`.
    fn start(name: &str, config: &Path, input: Stdio) -> Result<Self> {
        let (control, theirs) = UnixStream::pair()?;
        let program = env::current_exe().context("cannot tell where this program is")?;
        let guard = Command::new(program)
            .args(["--guard", name, "--config"])
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

/// What a guard does: starts a program, and ends it when it is to leave or nobody is there any more.
pub fn guard(name: &OsStr, config: &Path) -> Result<()> {
    let mut control = UnixStream::from(io::stdout().as_fd().try_clone_to_owned()?);
    let mut command = command(&name.to_string_lossy(), config)?;
    let _program = ProcessGroup::start(command.stdout(Stdio::null()))?;
    // Nothing else is ever said. An error is an end, too.
    let _ = control.read_exact(&mut [0]);
    Ok(())
}

/// php-fpm, and the socket in `folder` at which it listens; `None` if it is not installed.
pub fn php(folder: &Path) -> Result<Option<(Guarded, PathBuf)>> {
    if find("php-fpm").is_none() {
        return Ok(None);
    }
    let socket = folder.join("php.sock");
    let config = folder.join("php-fpm.conf");
    let text = format!(
        "[global]\ndaemonize = no\n\
         [www]\nlisten = {}\npm = static\npm.max_children = 4\n",
        socket.display()
    );
    fs::write(&config, text)?;
    Ok(Some((Guarded::start("php-fpm", &config, Stdio::null())?, socket)))
}

/// An error if there is no such program to be put in front.
pub fn check_front(name: &str) -> Result<()> {
    if !["haproxy", "nginx"].contains(&name) {
        bail!("--front is haproxy or nginx, and not {name}");
    }
    find(name).with_context(|| format!("{name} is not installed"))?;
    Ok(())
}

/// haproxy or nginx in front of `balancer`, and its address.
///
/// It finds its listening socket as its standard input, as a program that takes over from another
/// one of its kind. So clients may connect before it has begun: they wait.
pub fn front(name: &str, folder: &Path, balancer: SocketAddr) -> Result<(Guarded, SocketAddr)> {
    let file = if name == "haproxy" { "haproxy.cfg" } else { "nginx.conf" };
    let listener =
        TcpListener::bind("127.0.0.1:8222").or_else(|_| TcpListener::bind("127.0.0.1:0"))?;
    let address = listener.local_addr()?;
    let text = fs::read_to_string(Path::new(CONFIG).join(file))?
        .replace("127.0.0.1:8122", &balancer.to_string())
        .replace("bind 127.0.0.1:8222", "bind fd@0")
        .replace("127.0.0.1:8222", &address.to_string());
    let config = folder.join(file);
    fs::write(&config, text)?;
    Ok((Guarded::start(name, &config, OwnedFd::from(listener).into())?, address))
}

/// How a program is started so that it stays in the foreground.
fn command(name: &str, config: &Path) -> Result<Command> {
    let program = find(name).with_context(|| format!("{name} is not installed"))?;
    let mut command = Command::new(program);
    match name {
        // -n: no php.ini of the system; -R: as whom it is started, even if that is root; -O: its log
        // goes where ours goes.
        "php-fpm" => command.args(["-n", "-R", "-O", "-y"]),
        "haproxy" => command.args(["-db", "-f"]),
        // So an nginx tells the next one where its sockets are.
        _ => command
            .env("NGINX", "0;")
            .arg("-p")
            .arg(config.parent().context("it is in no folder")?)
            .args(["-e", "stderr", "-c"]),
    };
    command.arg(config);
    Ok(command)
}

/// Where a program is. Debian has the version in the name of php-fpm.
fn find(name: &str) -> Option<PathBuf> {
    let folders = env::var_os("PATH").unwrap_or_default();
    // Servers are where only root looks, on Debian.
    let more = ["/usr/sbin", "/usr/local/sbin"].map(PathBuf::from);
    let folders: Vec<_> = env::split_paths(&folders).chain(more).collect();
    let versions: &[&str] = if name == "php-fpm" { &["", "8.4", "8.2"] } else { &[""] };
    versions.iter().find_map(|version| {
        let mut places = folders.iter().map(|folder| folder.join(format!("{name}{version}")));
        places.find(|place| place.is_file())
    })
}
