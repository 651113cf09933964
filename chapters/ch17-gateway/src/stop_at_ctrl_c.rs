#[cfg(unix)]
use crate::ProcessGroup;
use crate::{HttpServer, log};
use anyhow::{Context, Result};
use std::net::SocketAddr;
use std::time::Duration;
use std::{process, thread};

/// Lets Ctrl-C stop `server`, which listens at `address`: those who are being served may finish,
/// within its [`stop_time`](crate::Limits::stop_time). Then programs that they wait for are told to
/// end. Ctrl-C again ends all at once.
pub fn stop_at_ctrl_c(server: &HttpServer, address: SocketAddr) -> Result<()> {
    let (stop, stop_time) = (server.stop.clone(), server.limits.stop_time);
    ctrlc::set_handler(move || {
        if stop.is_requested() {
            #[cfg(unix)]
            ProcessGroup::signal_all(rustix::process::Signal::KILL);
            process::exit(130); // as a program ends that does not listen at all
        }
        log("stopping: whoever is being served may finish; Ctrl-C again ends all");
        stop.request(address);
        thread::spawn(move || {
            // The server counts from when it has seen the stop, which is a little later. Their
            // programs end when the connections are closed, and not just before.
            thread::sleep(stop_time + Duration::from_secs(1));
            #[cfg(unix)]
            ProcessGroup::signal_all(rustix::process::Signal::TERM);
        });
    })
    .context("cannot listen for Ctrl-C")
}
