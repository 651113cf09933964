//! A load: so many clients, each asking again as soon as it was answered.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

/// How long one request may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// What to ask, of whom, how often.
#[derive(Clone, Debug)]
pub struct Load {
    /// The server.
    pub address: SocketAddr,
    /// The target of every request.
    pub target: String,
    /// How many clients ask at once.
    pub clients: usize,
    /// How many requests they make together, at most.
    pub requests: usize,
    /// When they stop, if they have not made them all.
    pub time: Duration,
}

/// What came of it.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// How long each good answer took, from connecting to the last byte.
    pub latencies: Vec<Duration>,
    /// How many requests got no good answer.
    pub errors: u64,
    /// How long all of it took.
    pub elapsed: Duration,
}

impl Outcome {
    /// Good answers in a second.
    pub fn rate(&self) -> f64 {
        self.latencies.len() as f64 / self.elapsed.as_secs_f64().max(1e-9)
    }
}

/// Puts the load on the server and waits for its end.
pub fn run(load: &Load) -> Outcome {
    let start = Instant::now();
    let each = load.requests.div_ceil(load.clients);
    let mut outcome = Outcome::default();
    thread::scope(|scope| {
        let work = || {
            let mut own = Outcome::default();
            for _ in 0..each {
                let before = Instant::now();
                if before.duration_since(start) > load.time {
                    break;
                }
                match ask(load.address, &load.target) {
                    Some(()) => own.latencies.push(before.elapsed()),
                    None => own.errors += 1,
                }
            }
            own
        };
        let clients: Vec<_> = (0..load.clients).map(|_| scope.spawn(work)).collect();
        for client in clients {
            match client.join() {
                Ok(own) => {
                    outcome.latencies.extend(own.latencies);
                    outcome.errors += own.errors;
                }
                Err(_) => outcome.errors += 1,
            }
        }
    });
    outcome.elapsed = start.elapsed();
    outcome
}

/// One request on a connection of its own; nothing if it was not answered 200
/// with as many bytes as the answer says.
pub fn ask(address: SocketAddr, target: &str) -> Option<()> {
    let mut conn = TcpStream::connect_timeout(&address, PATIENCE).ok()?;
    conn.set_read_timeout(Some(PATIENCE)).ok()?;
    conn.set_write_timeout(Some(PATIENCE)).ok()?;
    let request = format!("GET {target} HTTP/1.0\r\nHost: {address}\r\n\r\n");
    conn.write_all(request.as_bytes()).ok()?;
    let mut answer = Vec::new();
    conn.read_to_end(&mut answer).ok()?;
    is_good(&answer).then_some(())
}

fn is_good(answer: &[u8]) -> bool {
    let Some(end) = answer.windows(4).position(|window| window == b"\r\n\r\n") else {
        return false;
    };
    let head = String::from_utf8_lossy(&answer[..end]);
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
    });
    let status = head.split(' ').nth(1);
    status == Some("200") && length == Some(answer.len() - end - 4)
}

/// The time that `share` of the sorted `latencies` kept, in microseconds.
pub fn percentile(sorted: &[Duration], share: f64) -> f64 {
    let index = (sorted.len() as f64 * share).ceil() as usize;
    let found = sorted.get(index.saturating_sub(1)).or(sorted.last());
    found.map_or(0.0, |latency| latency.as_secs_f64() * 1e6)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    #[test]
    fn only_a_whole_answer_is_good() {
        assert!(is_good(b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi"));
        assert!(is_good(b"HTTP/1.1 200 OK\r\ncontent-length:2\r\n\r\nhi"));
        for answer in [
            &b"HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nhi"[..],
            b"HTTP/1.0 503 Busy\r\nContent-Length: 2\r\n\r\nhi",
            b"HTTP/1.0 200 OK\r\n\r\nhi",
            b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n",
            b"",
        ] {
            assert!(!is_good(answer), "{}", answer.escape_ascii());
        }
    }

    #[test]
    fn a_percentile_is_a_time_that_was_measured() {
        let ms: Vec<_> = (1..=100).map(Duration::from_millis).collect();
        assert_eq!(percentile(&ms, 0.5), 50_000.0);
        assert_eq!(percentile(&ms, 0.99), 99_000.0);
        assert_eq!(percentile(&ms[..1], 0.99), 1_000.0);
        assert_eq!(percentile(&[], 0.5), 0.0);
    }

    #[test]
    fn every_request_is_counted_as_an_answer_or_an_error() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        thread::scope(|scope| {
            scope.spawn(|| {
                for number in 0..6 {
                    let (mut conn, _) = listener.accept().unwrap();
                    let _ = conn.read(&mut [0; 1024]).unwrap();
                    let length = if number == 3 { 9 } else { 2 };
                    let head = format!("HTTP/1.0 200 OK\r\nContent-Length: {length}\r\n\r\nhi");
                    conn.write_all(head.as_bytes()).unwrap();
                }
            });
            let time = Duration::from_secs(10);
            let load = Load { address, target: "/".to_owned(), clients: 2, requests: 6, time };
            let outcome = run(&load);
            assert_eq!((outcome.latencies.len(), outcome.errors), (5, 1));
            assert!(outcome.rate() > 0.0);
        });
    }
}
