//! Programs that we start, and that always end: each is a process group of its
//! own, so that nothing that it started survives it.

use anyhow::{Context, Result};
use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::sync::{LazyLock, Mutex, MutexGuard, Once, PoisonError};

static RUNNING: LazyLock<Mutex<HashSet<u32>>> = LazyLock::new(Mutex::default);

fn running() -> MutexGuard<'static, HashSet<u32>> {
    RUNNING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A program with everything that it started. All of it is ended when this is
/// dropped, and by Ctrl-C if [`end_all_on_ctrl_c`] was called.
#[derive(Debug)]
pub struct ProcessGroup(Child);

impl ProcessGroup {
    /// Starts `command` as a group of its own.
    pub fn start(command: &mut Command) -> Result<Self> {
        #[cfg(unix)]
        {
            use std::os::unix::process::CommandExt;
            command.process_group(0);
        }
        // The lock is held meanwhile, so that a Ctrl-C cannot come in between.
        let mut running = running();
        let child = command
            .spawn()
            .with_context(|| format!("cannot start {}", command.get_program().to_string_lossy()))?;
        running.insert(child.id());
        Ok(Self(child))
    }

    /// The program itself.
    pub fn child(&mut self) -> &mut Child {
        &mut self.0
    }

    /// Its process id, which is the group's id too.
    pub fn id(&self) -> u32 {
        self.0.id()
    }
}

impl Drop for ProcessGroup {
    fn drop(&mut self) {
        let id = self.0.id();
        // First the end, then the wait: until it was waited for, no other
        // process can get this id.
        end(id);
        let _ = self.0.kill();
        let _ = self.0.wait();
        running().remove(&id);
    }
}

/// A folder for what is not yet, or no longer, of use. It is removed when this is
/// dropped, and by Ctrl-C as well.
#[derive(Debug)]
pub struct ScratchFolder(PathBuf);

static SCRATCHES: LazyLock<Mutex<HashSet<PathBuf>>> = LazyLock::new(Mutex::default);

fn scratches() -> MutexGuard<'static, HashSet<PathBuf>> {
    SCRATCHES.lock().unwrap_or_else(PoisonError::into_inner)
}

impl ScratchFolder {
    /// The folder `path`; it is for the caller to make it. What an earlier program
    /// has left there is removed.
    pub fn new(path: PathBuf) -> Self {
        let _ = fs::remove_dir_all(&path);
        scratches().insert(path.clone());
        Self(path)
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for ScratchFolder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
        scratches().remove(&self.0);
    }
}

/// Ends all groups that are running now. Whoever waits for one finds that it has ended.
pub fn end_all() {
    for id in running().iter() {
        end(*id);
    }
}

/// From now on Ctrl-C (and being told to terminate) ends all groups, then this
/// program.
pub fn end_all_on_ctrl_c() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let handler = || {
            end_all();
            crate::system::screen::end_raw_mode();
            for folder in scratches().iter() {
                let _ = fs::remove_dir_all(folder);
            }
            // 128 + SIGINT, as shells have it.
            std::process::exit(130);
        };
        if let Err(error) = ctrlc::set_handler(handler) {
            eprintln!("workbook: Ctrl-C will not end what was started: {error}");
        }
    });
}

#[cfg(unix)]
fn end(id: u32) {
    use nix::sys::signal::{Signal, killpg};
    use nix::unistd::Pid;
    // It fails if the group is gone already, which is what we want.
    let _ = killpg(Pid::from_raw(id as i32), Signal::SIGKILL);
}

#[cfg(not(unix))]
fn end(id: u32) {
    let mut command = Command::new("taskkill");
    let _ = command.args(["/T", "/F", "/PID", &id.to_string()]).output();
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::io::{BufRead, BufReader, Read};
    use std::process::Stdio;

    #[test]
    fn a_program_ends_with_everything_that_it_started() {
        // The inner shell and its `sleep` hold the pipe open until they die.
        let mut command = Command::new("sh");
        command.args(["-c", "sh -c 'echo ready; sleep 600; true' | cat; true"]);
        let mut group = ProcessGroup::start(command.stdout(Stdio::piped())).unwrap();
        let mut output = BufReader::new(group.child().stdout.take().unwrap());
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        assert_eq!(line, "ready\n");
        drop(group);
        // The end of the pipe means that nobody is left who could write to it.
        assert_eq!(output.read_to_end(&mut Vec::new()).unwrap(), 0);
    }
}
