//! Ten slow pages, fetched by one worker and by ten.

use anyhow::{Context, Result};
use ch14::Pool;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

const PAGES: u32 = 10;

fn main() -> Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    thread::spawn(move || serve_slowly(listener));
    fetch_all(1, address)?;
    fetch_all(10, address)
}

/// A thread for each client; the last page is ready first.
fn serve_slowly(listener: TcpListener) {
    for conn in listener.incoming().flatten() {
        thread::spawn(move || answer_slowly(conn));
    }
}

/// Page N takes (11 - N) twentieths of a second.
fn answer_slowly(mut conn: TcpStream) -> Result<()> {
    let mut request = String::new();
    BufReader::new(&conn).read_line(&mut request)?;
    let number = request.trim_start_matches("GET /").split(' ').next().unwrap_or_default();
    thread::sleep(Duration::from_millis(50) * (PAGES + 1 - number.parse::<u32>()?));
    write!(conn, "HTTP/1.0 200 OK\r\n\r\nThis is page {number}.\n")?;
    Ok(())
}

/// Fetches all pages, and prints each as soon as it is there.
fn fetch_all(workers: usize, address: SocketAddr) -> Result<()> {
    println!("{workers} worker(s):");
    let begun = Instant::now();
    thread::scope(|scope| {
        let pool = Pool::new(scope, workers, PAGES as usize)?;
        let (done, pages) = mpsc::channel();
        for number in 1..=PAGES {
            let done = done.clone();
            pool.submit(move || done.send(fetch(address, number)));
        }
        // Each job has a sender of its own; when the last is dropped, the pages end.
        drop(done);
        for page in pages {
            print!("  {}", page?);
        }
        anyhow::Ok(())
    })?;
    println!("  {:.2} s", begun.elapsed().as_secs_f64());
    Ok(())
}

fn fetch(address: SocketAddr, number: u32) -> Result<String> {
    let mut conn = TcpStream::connect(address)?;
    write!(conn, "GET /{number} HTTP/1.0\r\n\r\n")?;
    let mut reply = String::new();
    conn.read_to_string(&mut reply)?;
    let (_, body) = reply.split_once("\r\n\r\n").context("no answer")?;
    Ok(body.to_owned())
}
