use crate::{Limits, SLOWEST_RATE};
use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

/// How much is handed to the kernel at once, in bytes: a piece of a body, and a head before
/// it, in one go.
const PIECE: usize = 2 * crate::PIECE as usize;

/// How long one send may wait before it returns with what was taken until then.
///
/// On Windows it waits for as long as there is time: what a send that timed out has
/// taken is unknown there, so nothing can be sent after it.
const LOOK: Duration = match cfg!(windows) {
    true => Duration::MAX,
    false => Duration::from_millis(100),
};

/// A connection on which everything must be read by one moment, and everything
/// written by another.
///
/// A timeout for each read would not do: a client that sends one byte every
/// nine seconds never meets a timeout of ten. So the time that is left until
/// the deadline becomes the timeout of the next read. When nothing is left,
/// reads and writes fail with [`TimedOut`](ErrorKind::TimedOut).
///
/// How long an answer will be, nobody has to say: each byte that is taken buys the time in
/// which the slowest reader would have taken it. The clock runs while we wait for the
/// client, and not while we read a file or make the next piece.
pub struct TimedStream<'a> {
    stream: &'a TcpStream,
    read_by: Instant,
    response_time: Duration,
    /// How many bytes were taken until now.
    taken: u64,
    /// How long we have waited for that.
    waited: Duration,
}

impl<'a> TimedStream<'a> {
    /// The time for reading starts now, the time for writing with the first
    /// write.
    pub fn new(stream: &'a TcpStream, limits: &Limits) -> Self {
        Self {
            stream,
            read_by: Instant::now() + limits.request_time,
            response_time: limits.response_time,
            taken: 0,
            waited: Duration::ZERO,
        }
    }
}

impl Read for TimedStream<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        // What was written before a read was not the answer, which has its own time:
        // chapter 7 tells some clients to go on.
        self.taken = 0;
        self.waited = Duration::ZERO;
        self.stream.set_read_timeout(Some(time_left(self.read_by)?))?;
        self.stream.read(buffer).map_err(say_timed_out)
    }
}

impl Write for TimedStream<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let piece = &bytes[..bytes.len().min(PIECE)];
        let length = self.taken + piece.len() as u64;
        let bought = self.response_time + Duration::from_secs(length / SLOWEST_RATE);
        let since = Instant::now();
        let write_by = since + bought.saturating_sub(self.waited);
        // A client that takes nothing at all is not waited for until then.
        let stalled_by = since + self.response_time;
        loop {
            let patience = time_left(write_by.min(stalled_by))?;
            self.stream.set_write_timeout(Some(patience.min(LOOK)))?;
            match self.stream.write(piece) {
                // Not a byte was taken: look whether there is time to try again.
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Err(error) => return Err(error),
                Ok(count) => {
                    self.taken += count as u64;
                    self.waited += since.elapsed();
                    return Ok(count);
                }
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}

/// The time until `deadline`, which is more than none.
fn time_left(deadline: Instant) -> io::Result<Duration> {
    match deadline.saturating_duration_since(Instant::now()) {
        Duration::ZERO => Err(ErrorKind::TimedOut.into()),
        left => Ok(left),
    }
}

/// Unix says `WouldBlock` where Windows says `TimedOut`; we say `TimedOut`.
fn say_timed_out(error: io::Error) -> io::Error {
    match error.kind() {
        ErrorKind::WouldBlock => ErrorKind::TimedOut.into(),
        _ => error,
    }
}
