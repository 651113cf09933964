use anyhow::{Context, Result};
use rustix::stdio::dup2_stdin;
use std::fs::File;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::{iter, thread};

/// What a worker says when it can take clients.
pub(crate) const READY: u8 = b'R';

/// A process that was started by a [`Master`](crate::Master), and takes clients from the
/// listening socket that all its workers share.
///
/// The socket is its standard input. Its standard output is a channel to the master: there the
/// worker says that it is ready, and there it finds an end of file when it is to leave; or when
/// the master is dead, which comes to the same.
pub struct Worker {
    listener: TcpListener,
    control: UnixStream,
}

impl Worker {
    /// What the master has handed over; an error if there was none.
    pub fn from_master() -> Result<Self> {
        // Descriptors of our own. The standard output stays what it is: the channel ends with this
        // process, and not before.
        let listener = TcpListener::from(io::stdin().as_fd().try_clone_to_owned()?);
        let control = UnixStream::from(io::stdout().as_fd().try_clone_to_owned()?);
        listener.local_addr().context("the standard input is no listening socket")?;
        control.peer_addr().context("the standard output is no channel to a master")?;
        // The socket shall close when nobody accepts any more: whoever comes while the last clients
        // are served would else wait in vain.
        dup2_stdin(File::open("/dev/null")?)?;
        Ok(Self { listener, control })
    }

    /// Tells the master that this worker is ready, and accepts clients until it is to leave;
    /// `on_leave` is called then.
    ///
    /// A client that was accepted is served. So that none is accepted and left, a worker looks
    /// *between* two clients whether it is to leave, and nothing interrupts its `accept`: those who
    /// wait are taken by the others.
    pub fn accept(
        self,
        on_leave: impl FnOnce() + Send + 'static,
    ) -> Result<impl Iterator<Item = io::Result<TcpStream>>> {
        let Self { listener, mut control } = self;
        let leaves = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&leaves);
        control.write_all(&[READY]).context("the master is gone")?;
        thread::Builder::new().spawn(move || {
            // The master says nothing else, so an error is an end, too. (Not `read`, which returns
            // when it was interrupted.)
            let _ = control.read_exact(&mut [0]);
            on_leave();
            told.store(true, Ordering::Relaxed);
        })?;
        Ok(iter::from_fn(move || {
            loop {
                if leaves.load(Ordering::Relaxed) {
                    return None;
                }
                match listener.accept() {
                    // The socket has a timeout, so that we come here and look.
                    Err(error) if is_timeout(&error) => {}
                    accepted => return Some(accepted.map(|(stream, _)| stream)),
                }
            }
        }))
    }
}

fn is_timeout(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut)
}
