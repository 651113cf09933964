//! A load: many clients in one thread, each of whose answers is looked at byte by byte.
//!
//! It costs little, so that the server is what one waits for, and it uses no more than mio has on
//! all systems.
//!
//! If each request has a connection of its own, the client reads on until the server has
//! closed. So it is the server that closes first and keeps the connection in TIME_WAIT, and the
//! ports of this side are free again at once. A system has some 16,000 to 28,000 of them for each
//! address that is connected to: ask some thousand times.

use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};
use std::fmt;
use std::io::{self, ErrorKind, Read, Write};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// How long a server may take to answer a request.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// The longest head of an answer, in bytes.
const MAX_HEAD: usize = 16 * 1024;

/// What is asked, by how many, and how often.
#[derive(Clone, Copy, Debug)]
pub struct Load<'a> {
    /// Where the server listens.
    pub address: SocketAddr,
    /// The bytes of the request; see [`get`].
    pub request: &'a [u8],
    /// The body of the right answer, whose status is 200.
    pub body: &'a [u8],
    /// How many clients ask at once, each one request after the other.
    pub clients: usize,
    /// Whether a connection is kept until the server says that it will close it. If not, the
    /// request must ask for it to be closed.
    pub kept: bool,
    /// How many requests go out together. More than one only if connections are kept.
    pub pipelined: usize,
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
    /// How long each request that was answered took; sorted. If it has a connection of its own,
    /// from connecting until the server's close; else from when it was sent.
    pub latencies: Vec<Duration>,
    /// How many requests were not answered as they should be.
    pub errors: usize,
    /// What happened to one of these.
    pub first_error: Option<String>,
}

/// The bytes of a GET request for `target` as a browser makes it.
pub fn get(target: &str, address: SocketAddr, kept: bool) -> Vec<u8> {
    let connection = if kept { "keep-alive" } else { "close" };
    format!(
        "GET {target} HTTP/1.1\r\n\
         Host: {address}\r\n\
         User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0\r\n\
         Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\n\
         Accept-Language: en-US,en;q=0.5\r\n\
         Accept-Encoding: gzip, deflate, br, zstd\r\n\
         Referer: http://{address}/\r\n\
         Upgrade-Insecure-Requests: 1\r\n\
         Sec-Fetch-Dest: document\r\n\
         Sec-Fetch-Mode: navigate\r\n\
         Sec-Fetch-Site: same-origin\r\n\
         Priority: u=0, i\r\n\
         Connection: {connection}\r\n\
         \r\n"
    )
    .into_bytes()
}

impl Load<'_> {
    /// Asks, and returns when all requests were made or the time is over.
    ///
    /// It ends [`PATIENCE`] after `time` at the latest, whatever the server does. What goes
    /// wrong with a request is counted in [`Sample::errors`].
    ///
    /// # Errors
    ///
    /// If the system cannot tell which connections are ready.
    pub fn run(&self) -> io::Result<Sample> {
        let begin = Instant::now();
        let mut run = Run {
            load: self,
            poll: Poll::new()?,
            batch: self.request.repeat(self.pipelined),
            left: self.requests,
            until: begin + self.time,
            sample: Sample::default(),
        };
        let mut clients: Vec<_> = (0..self.clients).map(|id| run.connect(Token(id))).collect();
        let mut events = Events::with_capacity(1024);
        let deadline = run.until + PATIENCE;
        while clients.iter().any(Option::is_some) {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                for client in clients.drain(..).flatten() {
                    run.fail(client.asked, &Fault::Broken(ErrorKind::TimedOut.into()));
                }
                break;
            }
            match run.poll.poll(&mut events, Some(left)) {
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                polled => polled?,
            }
            for event in &events {
                let slot = &mut clients[event.token().0];
                let Some(client) = slot else { continue };
                match run.go_on(client) {
                    Ok(true) => continue,
                    Ok(false) => {}
                    Err(fault) => run.fail(client.asked, &fault),
                }
                // The old connection is closed before the new one is opened.
                *slot = None;
                *slot = run.connect(event.token());
            }
            // Only now, so that several requests find the server at work. If each went out at
            // once, a fast server would fall asleep after each, and waking costs it more than
            // answering.
            for event in &events {
                let slot = &mut clients[event.token().0];
                if let Some(client) = slot.as_mut().filter(|client| client.is_connected)
                    && let Err(fault) = run.send(client)
                {
                    run.fail(client.asked, &fault);
                    *slot = None;
                    *slot = run.connect(event.token());
                }
            }
        }
        let mut sample = run.sample;
        sample.elapsed = begin.elapsed();
        sample.latencies.sort_unstable();
        Ok(sample)
    }
}

/// A load that is being put on a server.
struct Run<'a> {
    load: &'a Load<'a>,
    poll: Poll,
    /// The requests that go out together.
    batch: Vec<u8>,
    /// How many requests are still to be made.
    left: usize,
    /// Afterwards none is made.
    until: Instant,
    sample: Sample,
}

/// One client, on one connection.
struct Client {
    stream: TcpStream,
    is_connected: bool,
    /// When it began to connect, or sent what is to be answered.
    begin: Instant,
    /// How many requests are to be answered.
    asked: usize,
    /// How many bytes of these are still to be sent.
    unsent: usize,
    /// What has come and is not a whole answer.
    received: Vec<u8>,
    /// Nothing may come any more but the end.
    ends: bool,
}

impl Run<'_> {
    /// A client that begins to connect; none if no more requests are to be made.
    fn connect(&mut self, token: Token) -> Option<Client> {
        loop {
            let begin = Instant::now();
            let asked = self.take(begin);
            if asked == 0 {
                return None;
            }
            let registry = self.poll.registry();
            let connected = TcpStream::connect(self.load.address).and_then(|mut stream| {
                registry.register(&mut stream, token, Interest::READABLE | Interest::WRITABLE)?;
                Ok(stream)
            });
            let unsent = asked * self.load.request.len();
            match connected {
                Ok(stream) => {
                    let (is_connected, ends, received) = (false, false, Vec::new());
                    return Some(Client {
                        stream,
                        is_connected,
                        begin,
                        asked,
                        unsent,
                        received,
                        ends,
                    });
                }
                Err(error) => self.fail(asked, &Fault::Connect(error)),
            }
        }
    }

    /// Takes as many requests as go out together of those that are left.
    fn take(&mut self, now: Instant) -> usize {
        let count = if now < self.until { self.left.min(self.load.pipelined) } else { 0 };
        self.left -= count;
        count
    }

    fn fail(&mut self, requests: usize, fault: &Fault) {
        self.sample.errors += requests.max(1);
        self.sample.first_error.get_or_insert_with(|| fault.to_string());
    }

    /// Does what can be done without waiting. Returns whether the connection goes on.
    fn go_on(&mut self, client: &mut Client) -> Result<bool, Fault> {
        if !client.is_connected {
            if let Some(error) = client.stream.take_error().map_err(Fault::Connect)? {
                return Err(Fault::Connect(error));
            }
            if client.stream.peer_addr().is_err() {
                return Ok(true); // not yet
            }
            client.stream.set_nodelay(true).map_err(Fault::Broken)?;
            client.is_connected = true;
        }
        let mut buffer = [0; 64 * 1024];
        loop {
            self.send(client)?;
            let count = match client.stream.read(&mut buffer) {
                Ok(0) => return self.end(client).map(|()| false),
                Ok(count) => count,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(true),
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(Fault::Broken(error)),
            };
            client.received.extend_from_slice(&buffer[..count]);
            self.take_answers(client)?;
            if client.asked > 0 || client.ends {
                continue;
            }
            client.asked = self.take(Instant::now());
            if client.asked == 0 {
                return Ok(false);
            }
            client.unsent = client.asked * self.load.request.len();
            // On Unix a short read has taken all, and there will be word of more; on Windows
            // only for who has found nothing.
            if cfg!(unix) && count < buffer.len() {
                return Ok(true);
            }
        }
    }

    /// Sends as much of its requests as the connection takes now.
    fn send(&self, client: &mut Client) -> Result<(), Fault> {
        let batch = &self.batch[..client.asked * self.load.request.len()];
        if self.load.kept && client.unsent == batch.len() {
            client.begin = Instant::now();
        }
        while client.unsent > 0 {
            match client.stream.write(&batch[batch.len() - client.unsent..]) {
                Ok(count) => client.unsent -= count,
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(Fault::Broken(error)),
            }
        }
        Ok(())
    }

    /// Takes the whole answers out of what has come.
    fn take_answers(&mut self, client: &mut Client) -> Result<(), Fault> {
        let mut taken = 0;
        while client.asked > 0 && !client.ends {
            let Some(answer) = answer(&client.received[taken..], self.load.body)? else { break };
            taken += answer.length;
            client.ends = answer.closes || !self.load.kept;
            if self.load.kept {
                self.sample.latencies.push(client.begin.elapsed());
                client.asked -= 1;
            }
        }
        client.received.drain(..taken);
        let is_whole = client.asked == 0 || client.ends;
        if is_whole && !client.received.is_empty() { Err(Fault::WrongAnswer) } else { Ok(()) }
    }

    /// The server has closed the connection.
    fn end(&mut self, client: &Client) -> Result<(), Fault> {
        if !client.ends {
            return Err(Fault::WrongAnswer);
        }
        match self.load.kept {
            // What it has said not to answer is asked again.
            true => self.left += client.asked,
            false => self.sample.latencies.push(client.begin.elapsed()),
        }
        Ok(())
    }
}

/// A whole answer with the status 200 and the right body.
struct Answer {
    length: usize,
    /// Whether it is the last one on its connection.
    closes: bool,
}

/// The answer with which `bytes` begin; `None` if it is not all there.
fn answer(bytes: &[u8], body: &[u8]) -> Result<Option<Answer>, Fault> {
    let mut fields = [httparse::EMPTY_HEADER; 32];
    let mut head = httparse::Response::new(&mut fields);
    let start = match head.parse(bytes) {
        Ok(httparse::Status::Complete(length)) => length,
        Ok(httparse::Status::Partial) if bytes.len() <= MAX_HEAD => return Ok(None),
        _ => return Err(Fault::WrongAnswer),
    };
    let value = |name: &str| {
        let mut fields = head.headers.iter();
        let field = fields.find(|field| field.name.eq_ignore_ascii_case(name))?;
        str::from_utf8(field.value).ok()
    };
    if head.code != Some(200) || value("Content-Length") != Some(&body.len().to_string()) {
        return Err(Fault::WrongAnswer);
    }
    let length = start + body.len();
    let Some(theirs) = bytes.get(start..length) else { return Ok(None) };
    if theirs != body {
        return Err(Fault::WrongAnswer);
    }
    let says =
        |word: &str| value("Connection").is_some_and(|value| value.eq_ignore_ascii_case(word));
    let closes = says("close") || head.version == Some(0) && !says("keep-alive");
    Ok(Some(Answer { length, closes }))
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
    /// The right answers in a second.
    pub fn rate(&self) -> f64 {
        self.latencies.len() as f64 / self.elapsed.as_secs_f64()
    }

    /// The latency in microseconds that `percent` of 100 answered requests kept, which is one of
    /// theirs (the nearest rank); 0 if there are none.
    pub fn latency(&self, percent: f64) -> f64 {
        let rank = (percent / 100.0 * self.latencies.len() as f64).ceil() as usize;
        let latency = self.latencies.get(rank.max(1) - 1);
        latency.map_or(0.0, |time| time.as_secs_f64() * 1e6)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::{IpAddr, Ipv4Addr, Shutdown, TcpListener, TcpStream};
    use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
    use std::thread;

    const RIGHT: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi";
    const LAST: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nconnection: Close\r\n\r\nhi";
    const OLD: &[u8] = b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi";

    /// What a test's server does on each connection.
    type Serve = fn(&mut TcpStream) -> io::Result<()>;

    /// One client, who connects for each request, of which there are two.
    const EACH: Load<'_> = Load {
        address: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 9),
        request: b"?",
        body: b"hi",
        clients: 1,
        kept: false,
        pipelined: 1,
        requests: 2,
        time: Duration::from_secs(60),
    };

    /// Reads so many requests, which are one byte each.
    fn read(conn: &mut TcpStream, requests: usize) -> io::Result<()> {
        conn.read_exact(&mut vec![0; requests])
    }

    /// Loads a server, which takes connections until the load has ended.
    fn put(load: Load<'_>, serve: impl Fn(&mut TcpStream) -> io::Result<()> + Send) -> Sample {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let has_ended = &AtomicBool::new(false);
        thread::scope(|scope| {
            scope.spawn(move || {
                for conn in listener.incoming().take_while(|_| !has_ended.load(Relaxed)) {
                    serve(&mut conn.unwrap()).unwrap();
                }
            });
            let sample = Load { address, ..load }.run().unwrap();
            has_ended.store(true, Relaxed);
            // It wakes the server.
            TcpStream::connect(address).unwrap();
            sample
        })
    }

    fn counts(sample: &Sample) -> (usize, usize) {
        (sample.latencies.len(), sample.errors)
    }

    #[test]
    fn right_answers_are_counted_and_timed() {
        for clients in [1, 3] {
            let sample = put(Load { clients, requests: 20, ..EACH }, |conn| {
                read(conn, 1)?;
                conn.write_all(OLD)
            });
            assert_eq!(counts(&sample), (20, 0), "{:?}", sample.first_error);
            assert!(sample.latencies.is_sorted());
            assert!(sample.latency(99.0) <= sample.elapsed.as_secs_f64() * 1e6);
            assert!(sample.rate() > 0.0);
        }
    }

    #[test]
    fn an_answer_in_pieces_is_an_answer() {
        let sample = put(EACH, |conn| {
            read(conn, 1)?;
            conn.set_nodelay(true)?;
            RIGHT.iter().try_for_each(|byte| conn.write_all(&[*byte]))
        });
        assert_eq!(counts(&sample), (2, 0));
    }

    #[test]
    fn a_kept_connection_carries_requests_until_the_server_says_that_it_closes() {
        for pipelined in [1, 2] {
            let load = Load { kept: true, pipelined, requests: 8, ..EACH };
            // The third answer of each connection is the last. With two requests at a time the
            // fourth has been sent by then, and is asked again.
            let sample = put(load, |conn| {
                for answer in [RIGHT, RIGHT, LAST] {
                    if conn.read(&mut [0])? == 0 {
                        return Ok(());
                    }
                    conn.write_all(answer)?;
                }
                conn.shutdown(Shutdown::Write)?;
                conn.read_to_end(&mut Vec::new()).map(drop)
            });
            assert_eq!(counts(&sample), (8, 0), "{pipelined}: {:?}", sample.first_error);
        }
    }

    #[test]
    fn pipelined_requests_are_sent_before_the_first_is_answered() {
        let load = Load { kept: true, pipelined: 4, requests: 8, ..EACH };
        let sample = put(load, |conn| {
            for _ in 0..2 {
                read(conn, 4)?;
                conn.write_all(&RIGHT.repeat(4))?;
            }
            Ok(())
        });
        assert_eq!(counts(&sample), (8, 0));
    }

    #[test]
    fn other_answers_are_errors() {
        let wrong: [Serve; 6] = [
            |conn| conn.write_all(b"HTTP/1.0 404 Not Found\r\nContent-Length: 2\r\n\r\nhi"),
            |conn| conn.write_all(&RIGHT[..RIGHT.len() - 1]),
            |conn| conn.write_all(b"HTTP/1.0 200 OK\r\n\r\nhi"),
            |conn| conn.write_all(b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nho"),
            |conn| conn.write_all(&vec![b'a'; MAX_HEAD + 1000]),
            |conn| conn.shutdown(Shutdown::Write),
        ];
        for wrong in wrong {
            for kept in [false, true] {
                let sample = put(Load { kept, ..EACH }, |conn| {
                    read(conn, 1)?;
                    wrong(conn)
                });
                assert_eq!(counts(&sample), (0, 2));
                assert_eq!(sample.latency(50.0), 0.0);
                assert!(sample.first_error.unwrap().contains("not the expected answer"));
            }
        }
    }

    #[test]
    fn more_than_the_answer_is_an_error() {
        for kept in [false, true] {
            let sample = put(Load { kept, requests: 1, ..EACH }, |conn| {
                read(conn, 1)?;
                conn.write_all(&[RIGHT, b"!"].concat())
            });
            assert_eq!(sample.errors, 1);
        }
    }

    #[test]
    fn a_server_that_is_not_there_is_an_error_for_each_request() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        drop(listener);
        let sample = Load { address, clients: 2, requests: 5, ..EACH }.run().unwrap();
        assert_eq!(counts(&sample), (0, 5));
    }

    #[test]
    fn when_the_time_is_over_nobody_asks() {
        let sample = Load { time: Duration::ZERO, ..EACH }.run().unwrap();
        assert_eq!(counts(&sample), (0, 0));
    }

    #[test]
    fn a_request_is_as_long_as_a_browsers() {
        let request = get("/page", SocketAddr::from(([127, 0, 0, 1], 8013)), false);
        let mut fields = [httparse::EMPTY_HEADER; 32];
        let mut head = httparse::Request::new(&mut fields);
        assert!(head.parse(&request).unwrap().is_complete());
        assert_eq!((head.path, head.headers.len()), (Some("/page"), 12));
        assert!(request.ends_with(b"\r\nConnection: close\r\n\r\n"));
    }
}
