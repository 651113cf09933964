//! nginx and haproxy as proxies, with settings of ours. They find the socket on which they listen
//! as their standard input.

use crate::gateways::peers::{find, put};
use launch::ProcessGroup;
use std::net::{SocketAddr, TcpListener};
use std::os::fd::OwnedFd;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A server that runs until this is dropped.
pub struct Peer {
    pub address: SocketAddr,
    _group: ProcessGroup,
}

/// Starts `command` with the socket `listener` as its standard input.
fn start(mut command: Command, listener: TcpListener) -> Peer {
    let address = listener.local_addr().unwrap();
    command.stdin(Stdio::from(OwnedFd::from(listener)));
    command.stdout(Stdio::null()).stderr(Stdio::null());
    Peer { address, _group: ProcessGroup::start(&mut command).unwrap() }
}

fn free() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

/// nginx, if it is there, with the settings that `settings` makes of its address. Paths in them are
/// relative to `folder`.
pub fn nginx(folder: &Path, settings: impl FnOnce(SocketAddr) -> String) -> Option<Peer> {
    let program = find("nginx")?;
    let (listener, address) = free();
    // As root, it would want to change into a user who may not exist.
    let is_root = folder.metadata().unwrap().uid() == 0;
    let user = if is_root { "user root;\n" } else { "" };
    let file = folder.join(format!("nginx-{}.conf", address.port()));
    put(&file, user.to_owned() + &settings(address));
    let mut command = Command::new(program);
    command.arg("-p").arg(folder).args(["-e", "stderr", "-c"]).arg(file);
    // So an nginx tells the next one where its sockets are.
    command.env("NGINX", "0;");
    Some(start(command, listener))
}

/// haproxy, if it is there, with the settings that `settings` makes of what stands behind `bind`.
pub fn haproxy(folder: &Path, settings: impl FnOnce(&str) -> String) -> Option<Peer> {
    let program = find("haproxy")?;
    let (listener, address) = free();
    let file = folder.join(format!("haproxy-{}.cfg", address.port()));
    put(&file, settings("fd@0"));
    let mut command = Command::new(program);
    command.arg("-db").arg("-f").arg(file);
    Some(start(command, listener))
}

/// A file of settings as the chapter has it, with other addresses in the place of its own.
///
/// # Panics
///
/// If one of them is not in it.
pub fn settings(name: &str, addresses: &[(&str, String)]) -> String {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../chapters/ch20-proxy/config");
    let text = std::fs::read_to_string(folder.join(name)).unwrap();
    addresses.iter().fold(text, |text, (from, to)| {
        assert!(text.contains(&format!(" {from}")), "{name} has no {from}");
        // The first lines tell a reader what to type.
        let (about, rest) = text.split_once("\n\n").unwrap();
        format!("{about}\n\n{}", rest.replace(from, to))
    })
}

/// The first number with dots in what a program says of its version.
pub fn version(program: &str, argument: &str) -> Option<String> {
    let output = Command::new(find(program)?).arg(argument).output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said).into_owned();
    let mut numbers = said.split(|c: char| !(c.is_ascii_digit() || c == '.'));
    let number = numbers.find(|number| number.contains('.')).unwrap_or("?").to_owned();
    Some(format!("{program} {number}"))
}
