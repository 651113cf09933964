use crate::{Limits, SLOWEST_RATE};
use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

/// How much is handed to the kernel at once, in bytes.
const PIECE: usize = 64 * 1024;

/// A connection on which everything must be read by one moment, and everything
/// written by another.
///
/// A time-out for each read would not do: a visitor who sends one byte every
/// nine seconds never meets a time-out of ten. So the time that is left until
/// the deadline becomes the time-out of the next read. When nothing is left,
/// reads and writes fail with [`TimedOut`](ErrorKind::TimedOut).
pub struct TimedStream<'a> {
    stream: &'a TcpStream,
    read_by: Instant,
    response_time: Duration,
    write_by: Option<Instant>,
}

impl<'a> TimedStream<'a> {
    /// The time for reading starts now, the time for writing with the first
    /// write.
    pub fn new(stream: &'a TcpStream, limits: &Limits) -> Self {
        Self {
            stream,
            read_by: Instant::now() + limits.request_time,
            response_time: limits.response_time,
            write_by: None,
        }
    }
}

impl Read for TimedStream<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        // What was written before a read was not the answer, which has its own time:
        // chapter 7 tells some clients to go on.
        self.write_by = None;
        self.stream.set_read_timeout(Some(time_left(self.read_by)?))?;
        self.stream.read(buffer).map_err(say_timed_out)
    }
}

impl Write for TimedStream<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // The first write offers the whole answer, so its length is known here.
        let write_by = *self.write_by.get_or_insert_with(|| {
            let for_its_length = Duration::from_secs(bytes.len() as u64 / SLOWEST_RATE);
            Instant::now() + self.response_time + for_its_length
        });
        // Who takes nothing at all is not waited for until then. That is seen at
        // each piece: one write of everything would not return before the end.
        let patience = time_left(write_by)?.min(self.response_time);
        self.stream.set_write_timeout(Some(patience))?;
        let piece = &bytes[..bytes.len().min(PIECE)];
        self.stream.write(piece).map_err(say_timed_out)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}

/// The time until `deadline`, which is more than none.
fn time_left(deadline: Instant) -> io::Result<Duration> {
    match deadline.checked_duration_since(Instant::now()) {
        Some(left) if !left.is_zero() => Ok(left),
        _ => Err(ErrorKind::TimedOut.into()),
    }
}

/// Unix says `WouldBlock` where Windows says `TimedOut`; we say `TimedOut`.
fn say_timed_out(error: io::Error) -> io::Error {
    match error.kind() {
        ErrorKind::WouldBlock => ErrorKind::TimedOut.into(),
        _ => error,
    }
}
