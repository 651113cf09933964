//! An application server that does what a test tells it, record by record.

use ch17::{Address, FastCgi, Kind, Record, append_records, parse_params};
use mock::{Ending, Live, patience};
use socket2::SockRef;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::Mutex;
use std::thread;
use std::time::Duration;

/// A connection that somebody who speaks FastCGI has made.
pub struct Conn {
    pub stream: TcpStream,
    received: Vec<u8>,
    used: usize,
}

/// A request, as an application server sees it.
#[derive(Debug)]
pub struct Asked {
    /// Whether the connection is to be left open.
    pub is_to_be_kept: bool,
    /// All that came, byte by byte.
    pub bytes: Vec<u8>,
    pub variables: Vec<(String, Vec<u8>)>,
    pub body: Vec<u8>,
}

impl Asked {
    /// The value of a variable.
    pub fn variable(&self, name: &str) -> Option<String> {
        let mut values = self.variables.iter().filter(|(known, _)| known == name);
        let value = values.next().map(|(_, value)| String::from_utf8_lossy(value).into_owned());
        assert!(values.next().is_none(), "{name} is there twice");
        value
    }
}

impl Conn {
    pub fn new(stream: TcpStream) -> Self {
        stream.set_read_timeout(Some(patience())).unwrap();
        stream.set_nodelay(true).unwrap();
        Self { stream, received: Vec::new(), used: 0 }
    }

    /// The next record; `None` if the connection ends before it begins.
    pub fn record(&mut self) -> Option<Record> {
        loop {
            if let Some((record, length)) = Record::parse(&self.received[self.used..]).unwrap() {
                self.used += length;
                return Some(record);
            }
            let mut buffer = [0; 65536];
            let count = self.stream.read(&mut buffer).unwrap_or(0);
            if count == 0 {
                return None;
            }
            self.received.extend(&buffer[..count]);
        }
    }

    /// The next request but for its body; `None` if none comes.
    pub fn head(&mut self) -> Option<Asked> {
        self.received.drain(..self.used);
        self.used = 0;
        let begin = self.record()?;
        assert_eq!((begin.kind, begin.request), (Kind::BeginRequest as u8, 1));
        // The role of one who answers; the rest is reserved.
        let &[0, 1, keep @ (0 | 1), 0, 0, 0, 0, 0] = &begin.content[..] else {
            panic!("a request begins with {:?}", begin.content)
        };
        let mut asked = Asked {
            is_to_be_kept: keep == 1,
            bytes: Vec::new(),
            variables: Vec::new(),
            body: Vec::new(),
        };
        loop {
            let record = self.record().expect("all variables");
            assert_eq!((record.kind, record.request), (Kind::Params as u8, 1));
            if record.content.is_empty() {
                break;
            }
            asked.variables.extend(parse_params(&record.content).expect("no pair is cut"));
        }
        asked.bytes = self.received[..self.used].to_vec();
        Some(asked)
    }

    /// The body behind a head.
    pub fn body(&mut self) -> Vec<u8> {
        let mut body = Vec::new();
        loop {
            let record = self.record().expect("all of the body");
            assert_eq!((record.kind, record.request), (Kind::Stdin as u8, 1));
            if record.content.is_empty() {
                return body;
            }
            body.extend(record.content);
        }
    }

    /// The next request; `None` if none comes.
    pub fn asked(&mut self) -> Option<Asked> {
        let mut asked = self.head()?;
        asked.body = self.body();
        asked.bytes = self.received[..self.used].to_vec();
        // Nobody sends more before there is an answer.
        assert_eq!(self.used, self.received.len());
        Some(asked)
    }

    /// Sends bytes; nobody may be there who takes them.
    pub fn send(&mut self, bytes: impl AsRef<[u8]>) {
        let _ = self.stream.write_all(bytes.as_ref());
    }

    /// Sends something to standard output.
    pub fn write(&mut self, output: impl AsRef<[u8]>) {
        self.send(records(Kind::Stdout, output.as_ref()));
    }

    /// Ends the answer.
    pub fn end(&mut self) {
        self.send([records(Kind::Stdout, b""), end(0, 0)].concat());
    }

    /// Sends a whole answer.
    pub fn answer(&mut self, output: impl AsRef<[u8]>) {
        self.send(answer(output.as_ref()));
    }

    /// Waits until the other side hangs up, and how it does.
    pub fn ending(&mut self) -> Ending {
        loop {
            match self.stream.read(&mut [0; 65536]) {
                Ok(0) => return Ending::Closed,
                Ok(_) => {}
                Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => {
                    return Ending::Reset;
                }
                Err(error) => panic!("it does not hang up: {error}"),
            }
        }
    }

    /// Hangs up without a goodbye.
    pub fn reset(self) {
        SockRef::from(&self.stream).set_linger(Some(Duration::ZERO)).unwrap();
    }

    /// Says that nothing more comes from here.
    pub fn finish(&self) {
        self.stream.shutdown(Shutdown::Write).unwrap();
    }
}

/// `content` in records; if it is empty, the record that ends it.
pub fn records(kind: Kind, content: &[u8]) -> Vec<u8> {
    let mut records = Vec::new();
    append_records(&mut records, kind, 1, content);
    records
}

/// The record that ends a request.
pub fn end(code: u32, status: u8) -> Vec<u8> {
    let [a, b, c, d] = code.to_be_bytes();
    vec![1, 3, 0, 1, 0, 8, 0, 0, a, b, c, d, status, 0, 0, 0]
}

/// A whole answer.
pub fn answer(output: &[u8]) -> Vec<u8> {
    [records(Kind::Stdout, output), records(Kind::Stdout, b""), end(0, 0)].concat()
}

/// Runs an application server for as long as `visit` takes. Each connection has a thread, in which
/// `serve` is told which one it is, counted from 1. Returns how many there were.
pub fn serving(serve: impl Fn(usize, Conn) + Sync + Send, visit: impl FnOnce(FastCgi)) -> usize {
    let count = Mutex::new(0);
    let accept = |incoming: mock::Incoming| {
        thread::scope(|scope| {
            for stream in incoming {
                let conn = Conn::new(stream.unwrap());
                let mut count = count.lock().unwrap();
                *count += 1;
                let (number, serve) = (*count, &serve);
                scope.spawn(move || serve(number, conn));
            }
        });
    };
    Live::run(accept, |live| visit(at(live.addr().to_string())));
    count.into_inner().unwrap()
}

/// What asks the application server at `address`, and waits for no longer than a test.
pub fn at(address: String) -> FastCgi {
    let mut application = FastCgi::one(Address::Tcp(address)).keep(4);
    application.silence = patience();
    application
}
