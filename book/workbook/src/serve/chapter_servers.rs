//! Which server answers the console: the learner's own if it runs, else the
//! chapter's, started for it.

use crate::course::chapters::Chapter;
use crate::course::checkout::Checkout;
use crate::system::programs::build;
use anyhow::{Context, Result};
use launch::{Server, Which, listening_on};
use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::PathBuf;
use std::process::Command;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How long a server may take until it says where it listens.
const START: Duration = Duration::from_secs(10);

/// How long a connection on this machine may take.
const CONNECT: Duration = Duration::from_secs(2);

/// The servers that were started for the console, by chapter.
#[derive(Debug)]
pub struct Servers {
    started: Mutex<HashMap<String, Server>>,
    own_port: fn(&Chapter) -> u16,
}

impl Default for Servers {
    /// A learner's own servers are looked for on the chapters' ports.
    fn default() -> Self {
        Self::with_own_ports(Chapter::port)
    }
}

/// A connection to a chapter's server.
#[derive(Debug)]
pub struct Connected {
    /// The connection.
    pub conn: TcpStream,
    /// The port it leads to.
    pub port: u16,
    /// Whether the server is the learner's own.
    pub own: bool,
}

impl Servers {
    /// None is started yet; `own_port` tells where a learner's own one would be.
    pub fn with_own_ports(own_port: fn(&Chapter) -> u16) -> Self {
        Self { started: Mutex::default(), own_port }
    }

    /// Connects to a server of `chapter`: to the one on the chapter's port, or
    /// to one that is built and started now.
    pub fn connect(&self, checkout: &Checkout, chapter: &Chapter) -> Result<Connected> {
        // The connection is not tried and thrown away: to chapter 1 the trial
        // would be its only client.
        let port = (self.own_port)(chapter);
        if let Ok(conn) = connect(port) {
            return Ok(Connected { conn, port, own: true });
        }
        let mut servers = self.lock();
        let running = servers.get(&chapter.id).and_then(|server| {
            // It may have ended meanwhile, as chapter 1 does.
            let port = server.address.port();
            Some((connect(port).ok()?, port))
        });
        if let Some((conn, port)) = running {
            return Ok(Connected { conn, port, own: false });
        }
        servers.remove(&chapter.id);
        let server = start(checkout, chapter)?;
        let port = server.address.port();
        servers.insert(chapter.id.clone(), server);
        let conn = connect(port).with_context(|| {
            format!("{} was started, but does not answer on port {port}", chapter.id)
        })?;
        Ok(Connected { conn, port, own: false })
    }

    /// What the started server of `chapter` wrote since it was last asked.
    pub fn log(&self, chapter: &Chapter) -> Vec<String> {
        let servers = self.lock();
        let Some(server) = servers.get(&chapter.id) else { return Vec::new() };
        // What it writes after its answer is on its way: wait for it a little.
        let first = server.lines.recv_timeout(Duration::from_millis(30));
        first.into_iter().chain(server.lines.try_iter()).take(50).collect()
    }

    /// Ends all of them: their code has changed.
    pub fn end_all(&self) {
        self.lock().clear();
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Server>> {
        self.started.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Starts the server of `chapter`.
fn start(checkout: &Checkout, chapter: &Chapter) -> Result<Server> {
    let id = &chapter.id;
    let programs = build(checkout, Which::One(id), false)?;
    let mut command = Command::new(programs.path(id)?);
    let folder = folder_of(checkout, chapter);
    command.arg("127.0.0.1:0").current_dir(folder).env("RUST_LIB_BACKTRACE", "1");
    let server =
        Server::start_with_errors(command, listening_on, START).with_context(|| id.clone())?;
    // How to talk to it, which we know.
    let _ = server.lines.recv_timeout(Duration::from_secs(1));
    Ok(server)
}

/// Where a chapter's server is started: in the chapter's sample if it has one, since from
/// chapter 11 on a file server serves the folder that it is started in. A site with templates is no
/// sample: its server keeps something where it is started, and not beside what is in git.
fn folder_of(checkout: &Checkout, chapter: &Chapter) -> PathBuf {
    let sample = checkout.chapter(chapter).join("site");
    match sample.is_dir() {
        true if sample.join("templates").is_dir() => checkout.target.clone(),
        true => sample,
        false => checkout.root.clone(),
    }
}

fn connect(port: u16) -> std::io::Result<TcpStream> {
    TcpStream::connect_timeout(&SocketAddr::from((Ipv4Addr::LOCALHOST, port)), CONNECT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_started_in_the_sample_of_its_chapter_if_there_is_one() {
        let checkout = Checkout::find().unwrap();
        let course = checkout.course().unwrap();
        let folder = |id| folder_of(&checkout, course.chapter(id).unwrap());
        assert_eq!(folder("ch05"), checkout.root);
        // The console on chapter 11's page asks for it.
        assert!(folder("ch11").join("letters.txt").is_file());
    }
}
