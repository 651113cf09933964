//! A load generator, and the statistics of what it saw.
//!
//! [`Load::run`] asks a server as often as it is told, and [`Sample`] says how that
//! went. Nothing is printed here: `cargo workbook bench` makes a table of it.
//!
//! Each request has a connection of its own, and the generator reads on until the
//! server has closed. So it is the server that closes first and that keeps the
//! connection in TIME_WAIT; the generator's ports are free again at once. A
//! system has some 16,000 to 28,000 of them for each address that is connected
//! to, and a server that is started again has a new address: start one for each
//! round, and ask it some thousand times.

use std::fmt;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// How long a server may take to answer a request.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// The most clients at once. Each is a thread and a socket, and many systems give
/// a process 256 or 1,024 open files.
pub const MAX_CLIENTS: usize = 200;

/// What is asked, by how many, and how often.
#[derive(Clone, Copy, Debug)]
pub struct Load<'a> {
    /// Where the server listens.
    pub address: SocketAddr,
    /// The bytes of the request; see [`get`].
    pub request: &'a [u8],
    /// The body of the right answer, whose status is 200.
    pub body: &'a [u8],
    /// How many clients ask at once, each one request after the other: at least
    /// one, and at most [`MAX_CLIENTS`].
    pub clients: usize,
    /// How many requests are made, by all clients together.
    pub requests: usize,
    /// When this time has passed, no more requests are made.
    pub time: Duration,
}

/// How one [`Load`] went.
#[derive(Clone, Debug, Default)]
pub struct Sample {
    /// From the first request until the last answer.
    pub elapsed: Duration,
    /// How long each request that was answered took, from connecting until the
    /// server's close; sorted.
    pub latencies: Vec<Duration>,
    /// How many requests were not answered as they should be.
    pub errors: usize,
    /// What happened to one of these.
    pub first_error: Option<String>,
}

/// The bytes of a GET request for `target`, about as long as one of `curl`.
pub fn get(target: &str, address: SocketAddr) -> Vec<u8> {
    format!(
        "GET {target} HTTP/1.1\r\n\
         Host: {address}\r\n\
         User-Agent: load/0.1\r\n\
         Accept: */*\r\n\
         Connection: close\r\n\
         \r\n"
    )
    .into_bytes()
}

impl Load<'_> {
    /// Asks, and returns when all requests were made or the time is over.
    ///
    /// It ends about [`PATIENCE`] after `time` at the latest, whatever the server
    /// does. What goes wrong with a request is counted in [`Sample::errors`].
    ///
    /// # Errors
    ///
    /// If the number of clients is not one that is possible, or the system has no
    /// thread for a client.
    pub fn run(&self) -> io::Result<Sample> {
        if !(1..=MAX_CLIENTS).contains(&self.clients) {
            let sentence = format!("{} clients: 1 to {MAX_CLIENTS} are possible", self.clients);
            return Err(io::Error::new(ErrorKind::InvalidInput, sentence));
        }
        let left = AtomicUsize::new(self.requests);
        let begin = Instant::now();
        thread::scope(|scope| {
            let mut clients = Vec::new();
            for _ in 0..self.clients {
                let client = || self.client(&left, begin + self.time);
                clients.push(thread::Builder::new().spawn_scoped(scope, client)?);
            }
            let mut sample = Sample::default();
            for client in clients {
                let seen = client.join().map_err(|_| io::Error::other("a client panicked"))?;
                sample.add(seen);
            }
            sample.elapsed = begin.elapsed();
            sample.latencies.sort_unstable();
            Ok(sample)
        })
    }

    /// One client, who takes a request of those that are `left`, and another one.
    fn client(&self, left: &AtomicUsize, until: Instant) -> Sample {
        let mut sample = Sample::default();
        let mut reply = Vec::new();
        let minus_one = |left: usize| left.checked_sub(1);
        while Instant::now() < until
            && left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, minus_one).is_ok()
        {
            let begin = Instant::now();
            match self.ask(&mut reply) {
                Ok(()) => sample.latencies.push(begin.elapsed()),
                Err(fault) => {
                    sample.errors += 1;
                    sample.first_error.get_or_insert_with(|| fault.to_string());
                }
            }
        }
        sample
    }

    /// Makes one request on a new connection and reads until the server closes.
    fn ask(&self, reply: &mut Vec<u8>) -> Result<(), Fault> {
        let deadline = Instant::now() + PATIENCE;
        let mut conn =
            TcpStream::connect_timeout(&self.address, PATIENCE).map_err(Fault::Connect)?;
        // Once for the connection, to keep the generator cheap: a server that
        // sends something now and then is stopped by the look at the clock.
        conn.set_read_timeout(Some(PATIENCE)).map_err(Fault::Broken)?;
        conn.set_write_timeout(Some(PATIENCE)).map_err(Fault::Broken)?;
        conn.write_all(self.request).map_err(Fault::Broken)?;

        reply.clear();
        let mut buffer = [0; 16 * 1024];
        loop {
            match conn.read(&mut buffer) {
                Ok(0) => break,
                Ok(count) => reply.extend_from_slice(&buffer[..count]),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(Fault::Broken(error)),
            }
            if reply.len() > self.body.len() + MAX_HEAD {
                return Err(Fault::WrongAnswer);
            }
            if Instant::now() > deadline {
                return Err(Fault::Broken(ErrorKind::TimedOut.into()));
            }
        }
        if is_right(reply, self.body) { Ok(()) } else { Err(Fault::WrongAnswer) }
    }
}

/// The longest head of an answer, in bytes.
const MAX_HEAD: usize = 16 * 1024;

/// Whether an answer has the status 200 and exactly this body.
fn is_right(reply: &[u8], body: &[u8]) -> bool {
    let status = reply.strip_prefix(b"HTTP/1.0 200 ").or(reply.strip_prefix(b"HTTP/1.1 200 "));
    let blank_line = reply.windows(4).position(|four| four == b"\r\n\r\n");
    status.is_some() && blank_line.is_some_and(|at| &reply[at + 4..] == body)
}

/// Why a request was not answered as it should be.
enum Fault {
    Connect(io::Error),
    Broken(io::Error),
    WrongAnswer,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connect(error) => write!(f, "no connection: {error}"),
            Self::Broken(error) => write!(f, "the connection broke: {error}"),
            Self::WrongAnswer => f.write_str("not the expected answer, or not all of it"),
        }
    }
}

impl Sample {
    fn add(&mut self, other: Sample) {
        self.latencies.extend(other.latencies);
        self.errors += other.errors;
        self.first_error = self.first_error.take().or(other.first_error);
    }

    /// How many requests were made, answered or not.
    pub fn requests(&self) -> usize {
        self.latencies.len() + self.errors
    }

    /// The right answers in a second.
    pub fn rate(&self) -> f64 {
        self.latencies.len() as f64 / self.elapsed.as_secs_f64()
    }

    /// The latency that `percent` of 100 answered requests kept; see
    /// [`percentile`].
    pub fn latency(&self, percent: f64) -> Option<Duration> {
        percentile(&self.latencies, percent)
    }
}

/// The smallest of the `sorted` values that at least `percent` of 100 of them do
/// not exceed (the nearest rank); `None` if there are no values.
///
/// ```
/// let sorted: Vec<u32> = (1..=200).collect();
/// assert_eq!(course_tests::load::percentile(&sorted, 50.0), Some(100));
/// assert_eq!(course_tests::load::percentile(&sorted, 99.0), Some(198));
/// ```
pub fn percentile<T: Copy>(sorted: &[T], percent: f64) -> Option<T> {
    let rank = (percent / 100.0 * sorted.len() as f64).ceil() as usize;
    sorted.get(rank.max(1) - 1).copied()
}

/// The middle value, or the mean of the two middle ones; `None` if there are no
/// values.
///
/// ```
/// assert_eq!(course_tests::load::median(&[9.0, 1.0, 2.0]), Some(2.0));
/// assert_eq!(course_tests::load::median(&[9.0, 1.0, 2.0, 4.0]), Some(3.0));
/// ```
pub fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let upper = *sorted.get(sorted.len() / 2)?;
    match sorted.len() % 2 {
        0 => Some((sorted[sorted.len() / 2 - 1] + upper) / 2.0),
        _ => Some(upper),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::{Shutdown, TcpListener};

    /// What a test's server does with each connection, once it has read.
    type Answer = fn(&mut TcpStream) -> io::Result<()>;

    /// Loads a server that makes `served` connections and then ends.
    fn load(answer: Answer, served: usize, clients: usize, time: Duration) -> Sample {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        thread::scope(|scope| {
            scope.spawn(move || {
                for conn in listener.incoming().take(served) {
                    let mut conn = conn.unwrap();
                    let mut received = Vec::new();
                    let mut buffer = [0; 1024];
                    while !received.ends_with(b"\r\n\r\n") {
                        let count = conn.read(&mut buffer).unwrap();
                        received.extend_from_slice(&buffer[..count]);
                    }
                    answer(&mut conn).unwrap();
                }
            });
            let request = &get("/", address);
            Load { address, request, body: b"hi", clients, requests: served, time }.run().unwrap()
        })
    }

    const RIGHT: &[u8] = b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi";
    const LONG: Duration = Duration::from_secs(60);

    #[test]
    fn right_answers_are_counted_and_timed() {
        for clients in [1, 3] {
            let sample = load(|conn| conn.write_all(RIGHT), 20, clients, LONG);
            assert_eq!((sample.latencies.len(), sample.errors), (20, 0));
            assert_eq!((sample.requests(), sample.first_error.as_deref()), (20, None));
            assert!(sample.latencies.is_sorted());
            assert!(sample.latency(99.0).unwrap() <= sample.elapsed);
            assert!(sample.rate() > 0.0);
        }
    }

    #[test]
    fn an_answer_in_pieces_is_an_answer() {
        let pieces: Answer = |conn| RIGHT.iter().try_for_each(|byte| conn.write_all(&[*byte]));
        assert_eq!(load(pieces, 2, 1, LONG).errors, 0);
    }

    #[test]
    fn other_answers_are_errors() {
        let wrong: [Answer; 6] = [
            |conn| conn.write_all(b"HTTP/1.0 404 Not Found\r\nContent-Length: 2\r\n\r\nhi"),
            |conn| conn.write_all(&RIGHT[..RIGHT.len() - 1]),
            |conn| conn.write_all(&[RIGHT, b"!"].concat()),
            |conn| conn.write_all(b"hi"),
            |conn| conn.write_all(&vec![b'a'; MAX_HEAD + 1000]),
            |conn| conn.shutdown(Shutdown::Write),
        ];
        for wrong in wrong {
            let sample = load(wrong, 2, 1, LONG);
            assert_eq!((sample.latencies.len(), sample.errors), (0, 2));
            assert_eq!((sample.latency(50.0), sample.latency(99.0)), (None, None));
            assert!(sample.first_error.unwrap().contains("not the expected answer"));
        }
    }

    #[test]
    fn a_server_that_is_not_there_is_an_error_for_each_request() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        drop(listener);
        let load = Load { address, request: b"", body: b"", clients: 2, requests: 5, time: LONG };
        let sample = load.run().unwrap();
        assert_eq!((sample.latencies.len(), sample.errors), (0, 5));
        assert!(sample.first_error.unwrap().starts_with("no connection: "));
    }

    #[test]
    fn when_the_time_is_over_nobody_asks() {
        let sample = load(|_| Ok(()), 0, 2, Duration::ZERO);
        assert_eq!(sample.requests(), 0);
    }

    #[test]
    fn impossible_numbers_of_clients_are_refused() {
        let address = SocketAddr::from(([127, 0, 0, 1], 9));
        for clients in [0, MAX_CLIENTS + 1] {
            let load = Load { address, request: b"", body: b"", clients, requests: 1, time: LONG };
            assert!(load.run().unwrap_err().to_string().contains("are possible"));
        }
    }

    #[test]
    fn a_percentile_is_one_of_the_values() {
        assert_eq!(percentile::<u32>(&[], 50.0), None);
        for percent in [0.0, 50.0, 99.0, 100.0] {
            assert_eq!(percentile(&[7], percent), Some(7));
        }
        assert_eq!(percentile(&[1, 2, 3], 99.0), Some(3));
        assert_eq!(percentile(&[1, 2, 3, 4], 50.0), Some(2));
        assert_eq!(median(&[]), None);
    }
}
