//! The programs of the course, built once in a test run and started as a user
//! starts them.

use launch::{Build, Chapter, Programs, Which};
pub use launch::{Ended, PATIENCE, Running};
use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::OnceLock;

/// The folder of the whole course.
fn course() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

/// The chapters of the course.
///
/// # Panics
///
/// If their list cannot be read.
pub fn chapters() -> Vec<Chapter> {
    launch::chapters(course()).unwrap_or_else(|error| panic!("{error:#}"))
}

/// The file of the program `name`. All programs are built before the first one is
/// asked for, in the profile in which the tests are built.
///
/// # Panics
///
/// If it does not compile, or no package has it.
pub fn binary(name: &str) -> &'static Path {
    static BUILT: OnceLock<Programs> = OnceLock::new();
    let built = BUILT.get_or_init(|| {
        // A chapter that does not compile does not hide the others.
        let build = Build { release: !cfg!(debug_assertions), keep_going: true, target: None };
        Programs::build(course(), Which::All, build).expect("cargo can be started")
    });
    built.path(name).unwrap_or_else(|error| panic!("{error}"))
}

/// How to start the program `name`, with its input and both outputs piped.
pub fn command(name: &str, arguments: &[impl AsRef<OsStr>]) -> Command {
    let mut command = Command::new(binary(name));
    command.args(arguments);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// A server program on a free port.
pub struct Server {
    /// The program.
    pub running: Running,
    /// Where it listens, as it said.
    pub address: String,
    /// The second line that it printed: how to talk to it.
    pub try_it: String,
}

impl Server {
    /// Starts the server `name` and reads the two lines that it prints.
    ///
    /// # Panics
    ///
    /// If it does not say where it listens.
    pub fn start(name: &str, options: &[&str]) -> Server {
        Server::spawn(command(name, &[&["127.0.0.1:0"], options].concat()))
    }

    /// Starts a server from what was made by [`command`] and perhaps changed.
    ///
    /// # Panics
    ///
    /// If it does not say where it listens.
    pub fn spawn(command: Command) -> Server {
        let running = Running::start(command);
        let address = running.address().to_string();
        let try_it = running.line();
        Server { running, address, try_it }
    }
}
