//! A peer for the benchmark `load`: four threads that take connections from one
//! queue, and answer every request with the same picture.
//!
//! It is the server that many Rust programmers build first. It looks at no
//! request, has no timeout and no limit, and four silent clients are enough to
//! stop it for good: it shows what a connection costs, not how to serve.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

const WORKERS: usize = 4;

/// No line of a request is longer, in bytes.
const MAX_LINE: u64 = 8 * 1024;

const PICTURE: &[u8] = include_bytes!("../../chapters/ch10-static-files/site/picture.png");

type Job = Box<dyn FnOnce() + Send>;

fn main() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let mut output = io::stdout();
    writeln!(output, "pool: listening on {}", listener.local_addr()?)?;

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
        sender.send(job).map_err(|_| io::Error::other("all workers are gone"))?;
    }
    Ok(())
}

/// Waits for a job. The lock is held while waiting, and not during the job.
fn next(jobs: &Mutex<Receiver<Job>>) -> Option<Job> {
    jobs.lock().unwrap_or_else(PoisonError::into_inner).recv().ok()
}

fn answer(mut conn: &TcpStream) -> io::Result<()> {
    let mut reader = BufReader::new(conn);
    let mut line = Vec::new();
    while line != b"\r\n" {
        line.clear();
        if reader.by_ref().take(MAX_LINE).read_until(b'\n', &mut line)? == 0 {
            return Ok(());
        }
    }
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", PICTURE.len());
    conn.write_all(&[head.as_bytes(), PICTURE].concat())
}
