use rustix::io::retry_on_intr;
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// How long a program may take to end, when it has said all or when it was told to.
pub const GRACE: Duration = Duration::from_secs(1);

/// The groups that run, by their names. They outlive this process, unless it ends them.
static RUNNING: Mutex<Vec<Pid>> = Mutex::new(Vec::new());

/// A program that runs, and with it all that it has started and that has not left its process
/// group.
///
/// When this is dropped, all of them are told to end (`SIGTERM`), and after [`GRACE`] they are
/// ended.
#[derive(Debug)]
pub struct ProcessGroup {
    /// The program that the group is named after.
    pub(crate) leader: Child,
    is_over: bool,
    /// Whether the leader did not end by itself.
    pub(crate) was_killed: bool,
}

impl ProcessGroup {
    /// Starts `command` in a group of its own.
    pub fn start(command: &mut Command) -> io::Result<Self> {
        let leader = command.process_group(0).spawn()?;
        running().push(Pid::from_child(&leader));
        Ok(Self { leader, is_over: false, was_killed: false })
    }

    /// Starts an application server that accepts connections from `listener`, which it finds as its
    /// standard input (FastCGI 1.0 section 2.2).
    ///
    /// It is ours until then, so clients may connect before the program has begun: they wait.
    pub fn start_with_listener(
        command: &mut Command,
        listener: impl Into<OwnedFd>,
    ) -> io::Result<Self> {
        Self::start(command.stdin(Stdio::from(listener.into())))
    }

    /// Sends `signal` to everybody in the group.
    pub fn signal(&self, signal: Signal) {
        // It fails if all have gone.
        let _ = kill_process_group(Pid::from_child(&self.leader), signal);
    }

    /// Sends `signal` to everybody in all groups that run: for a process that is about to end.
    pub fn signal_all(signal: Signal) {
        for &pid in running().iter() {
            let _ = kill_process_group(pid, signal);
        }
    }

    /// Lets the leader end by itself until `deadline`, and then ends whoever is left.
    pub fn end(&mut self, deadline: Instant) -> io::Result<ExitStatus> {
        // No call that every Unix has waits for a process and for a time (Linux has one,
        // `pidfd_open`, since 5.3). Most end at this very moment.
        let mut pause = Duration::from_micros(50);
        while !self.has_leader_ended() && Instant::now() < deadline {
            thread::sleep(pause);
            pause *= 2;
        }
        self.was_killed = !self.has_leader_ended();
        self.signal(Signal::KILL);
        self.is_over = true;
        // As long as nobody has waited for the leader, no other group gets this name. So that is
        // the last thing that is done.
        running().retain(|&pid| pid != Pid::from_child(&self.leader));
        self.leader.wait()
    }

    /// Waits until the leader has ended, however long that takes, and leaves the others alone.
    pub fn wait_for_leader(&self) -> io::Result<()> {
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
        let leader = WaitId::Pid(Pid::from_child(&self.leader));
        retry_on_intr(|| waitid(leader.clone(), options))?;
        Ok(())
    }

    /// Asks, and leaves it to be waited for.
    fn has_leader_ended(&self) -> bool {
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        !matches!(waitid(WaitId::Pid(Pid::from_child(&self.leader)), options), Ok(None))
    }
}

// Nothing panics while it is locked.
fn running() -> MutexGuard<'static, Vec<Pid>> {
    RUNNING.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Drop for ProcessGroup {
    fn drop(&mut self) {
        if !self.is_over {
            self.signal(Signal::TERM);
            // Nobody is left who could be told.
            let _ = self.end(Instant::now() + GRACE);
        }
    }
}
