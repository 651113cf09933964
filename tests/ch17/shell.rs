//! Scripts that a test talks with through named pipes.

use ch17::Cgi;
use mock::{Events, patience};
use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::mpsc;
use std::thread;
use tempfile::TempDir;

/// Short enough for a test to wait for it; a program must begin in it on a busy machine, too.
pub const SHORT: std::time::Duration = std::time::Duration::from_millis(1000);

/// The folder of the scripts that belong to these tests.
pub fn scripts() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/ch17/scripts").canonicalize().unwrap()
}

/// What answers by doing what `script` says.
///
/// The script is not written to a file: while another thread starts a program, a file that was
/// just written may count as open for writing, and cannot be started.
pub fn cgi(script: &str) -> Cgi {
    let mut cgi = Cgi::one(&scripts().join("evaluate")).variable("SCRIPT", script);
    cgi.silence = patience();
    cgi
}

/// What the shell does with `script`.
pub fn shell(script: &str) -> Command {
    let mut command = Command::new("/bin/sh");
    command.args(["-c", script]);
    command
}

/// Two named pipes: what a script tells, and where it waits until it may go on.
///
/// A script begins with [`OPEN`](Self::open), and then says `echo hello >&3` and `read go <&4`.
pub struct Pipes {
    _folder: TempDir,
    tell: PathBuf,
    go: PathBuf,
    /// The lines that came, and `END` when all have closed the pipe, or have ended.
    pub told: Events,
}

impl Pipes {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let [tell, go] = ["tell", "go"].map(|name| folder.path().join(name));
        [&tell, &go].into_iter().for_each(|path| mock::named_pipe(path).unwrap());
        let (told, path) = (Events::new(), tell.clone());
        let events = told.clone();
        // It waits until somebody opens the pipe for writing.
        thread::spawn(move || {
            let lines = BufReader::new(File::open(path).unwrap()).lines();
            lines.for_each(|line| events.log(line.unwrap()));
            events.log("END");
        });
        Self { _folder: folder, tell, go, told }
    }

    /// Opens the pipe, so that whoever is started inherits it.
    pub fn open(&self) -> String {
        format!("exec 3>'{}'\n", self.tell.display())
    }

    /// Where the pipe is that is told.
    pub fn path(&self) -> &Path {
        &self.tell
    }

    /// Waits until the test lets it go on.
    pub fn wait(&self) -> String {
        format!("read go <'{}'\n", self.go.display())
    }

    /// Lets a script go on that waits, or will.
    #[track_caller]
    pub fn go(&self) {
        let path = self.go.clone();
        in_time(move || fs::write(path, "go\n").unwrap());
    }

    /// Waits until all have gone who had the pipe open.
    #[track_caller]
    pub fn wait_for_end(&self) {
        self.told.wait_for("END");
    }
}

/// What `work` returns, which must not take for ever.
#[track_caller]
pub fn in_time<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || sender.send(work()));
    receiver.recv_timeout(patience()).expect("it should have come back by now")
}
