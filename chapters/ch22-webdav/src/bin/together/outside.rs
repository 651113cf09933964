//! Programs that others have written, and that are started with configurations of ours.

use anyhow::{Context, Result, bail};
use ch18::ProcessGroup;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

const CONFIG: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/config");

/// php-fpm, which ends with us, and the socket in `folder` at which it listens; `None` if it is not
/// installed.
pub fn php(folder: &Path) -> Result<Option<(ProcessGroup, PathBuf)>> {
    // Debian has the version in the name.
    let Some(program) = ["php-fpm", "php-fpm8.4", "php-fpm8.2"].into_iter().find_map(find) else {
        return Ok(None);
    };
    let socket = folder.join("php.sock");
    let config = folder.join("php-fpm.conf");
    let text = format!(
        "[global]\nerror_log = /dev/stderr\ndaemonize = no\n\
         [www]\nlisten = {}\npm = static\npm.max_children = 4\n",
        socket.display()
    );
    fs::write(&config, text)?;
    let mut command = Command::new(program);
    // -n: no php.ini of the system; -R: as whom it is started, even if that is root.
    command.args(["-n", "-R", "-y"]).arg(&config);
    let group = ProcessGroup::start(&mut command).context("cannot start php-fpm")?;
    Ok(Some((group, socket)))
}

/// haproxy or nginx in front of `balancer`, which ends with us, and its address.
///
/// It finds its listening socket as its standard input, as a program that takes over from another
/// one of its kind. So clients may connect before it has begun: they wait.
pub fn front(
    name: &str,
    folder: &Path,
    balancer: SocketAddr,
) -> Result<(ProcessGroup, SocketAddr)> {
    let file = match name {
        "haproxy" => "haproxy.cfg",
        "nginx" => "nginx.conf",
        _ => bail!("--front is haproxy or nginx, and not {name}"),
    };
    let program = find(name).with_context(|| format!("{name} is not installed"))?;
    let listener =
        TcpListener::bind("127.0.0.1:8222").or_else(|_| TcpListener::bind("127.0.0.1:0"));
    let listener = listener?;
    let address = listener.local_addr()?;
    let text = fs::read_to_string(Path::new(CONFIG).join(file))?
        .replace("127.0.0.1:8122", &balancer.to_string())
        .replace("bind 127.0.0.1:8222", "bind fd@0")
        .replace("127.0.0.1:8222", &address.to_string());
    let config = folder.join(file);
    fs::write(&config, text)?;
    let mut command = Command::new(program);
    match name {
        "haproxy" => command.arg("-db").arg("-f").arg(&config),
        _ => command
            .env("NGINX", "0;")
            .arg("-p")
            .arg(folder)
            .args(["-e", "stderr", "-c"])
            .arg(&config),
    };
    let group = ProcessGroup::start_with_listener(&mut command, listener);
    Ok((group.with_context(|| format!("cannot start {name}"))?, address))
}

/// Where a program is.
fn find(name: &str) -> Option<PathBuf> {
    let folders = env::var_os("PATH").unwrap_or_default();
    // Servers are where only root looks, on Debian.
    let more = ["/usr/sbin", "/usr/local/sbin"].map(PathBuf::from);
    let mut places = env::split_paths(&folders).chain(more).map(|folder| folder.join(name));
    places.find(|place| place.is_file())
}
