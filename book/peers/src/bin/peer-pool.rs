//! Four threads that take connections from one queue, in the manner of the Rust Book's last
//! chapter: what many build first. It looks at no request, has no deadline and no limit, and four
//! silent clients stop it for good.

use anyhow::{Result, anyhow};
use program::Program;
use std::io::{self, BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::process::ExitCode;
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

const PROGRAM: Program = Program {
    name: "peer-pool",
    about: "Answers each connection once, with the same page, in one of four threads.",
    port: 8022,
    try_it: "try `curl -i http://{address}/page`",
    options: &[],
};

const WORKERS: usize = 4;

const PAGE: &str = "Hi there!\n";

type Job = Box<dyn FnOnce() + Send>;

fn main() -> ExitCode {
    PROGRAM.run(|arguments| {
        let listener = arguments.announce(TcpListener::bind(&arguments.address))?;
        serve(&listener)
    })
}

fn serve(listener: &TcpListener) -> Result<()> {
    let (sender, jobs) = mpsc::channel::<Job>();
    let jobs = Arc::new(Mutex::new(jobs));
    for _ in 0..WORKERS {
        let jobs = Arc::clone(&jobs);
        thread::Builder::new().spawn(move || {
            while let Some(job) = next(&jobs) {
                job();
            }
        })?;
    }
    for conn in listener.incoming() {
        let conn = conn?;
        // Whoever breaks off harms only themselves.
        let job = Box::new(move || drop(answer(&conn)));
        sender.send(job).map_err(|_| anyhow!("all workers are gone"))?;
    }
    Ok(())
}

/// Waits for a job. The lock is held while it waits, and not during the job.
fn next(jobs: &Mutex<Receiver<Job>>) -> Option<Job> {
    jobs.lock().unwrap_or_else(PoisonError::into_inner).recv().ok()
}

fn answer(mut conn: &TcpStream) -> io::Result<()> {
    let mut reader = BufReader::new(conn);
    let mut line = String::new();
    while line != "\r\n" {
        line.clear();
        if reader.read_line(&mut line)? == 0 {
            return Ok(());
        }
    }
    let length = PAGE.len();
    conn.write_all(format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{PAGE}").as_bytes())
}
