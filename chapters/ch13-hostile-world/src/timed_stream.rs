use crate::{Limits, Permit, SLOWEST_RATE};
use std::io::{self, ErrorKind, Read, Write};
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

/// A connection on which no request and no answer is waited for without end.
///
/// A timeout for each read would not do: a client that sends one byte every
/// nine seconds never meets a timeout of ten. So there is a time for a whole request, and
/// one for a whole answer; each byte that comes or is taken buys the time in which the slowest
/// client would have sent or taken it. The clock runs while we wait for the client, and not
/// while we read a file or make the next piece. When no time is left, reads and writes fail with
/// [`TimedOut`](ErrorKind::TimedOut).
///
/// Between an answer and the next request a client may be silent, for `idle_time`, as long as
/// nobody else needs its permit. If somebody does, the connection is at its end.
pub struct TimedStream<'a> {
    permit: &'a Permit<'a>,
    limits: Limits,
    reading: Wait,
    writing: Wait,
    /// Whether an answer was sent to its end, and nothing was read since.
    is_idle: bool,
}

/// What we have waited for in one direction.
#[derive(Default)]
struct Wait {
    /// How long.
    waited: Duration,
    /// How many bytes came of it.
    bytes: u64,
}

impl<'a> TimedStream<'a> {
    /// The first request is waited for from now on.
    ///
    /// From now on, too, what is written is sent at once. Else the kernel would hold back a last
    /// small piece of an answer until the client has confirmed the one before, which it has no
    /// reason to do at once (Nagle's algorithm, RFC 9293 section 3.7.4); up to chapter 11 the
    /// end of the connection pushed it out.
    pub fn new(permit: &'a Permit<'a>, limits: &Limits) -> Self {
        // It fails on a connection that is broken, and so will the first read.
        let _ = permit.stream().set_nodelay(true);
        Self {
            permit,
            limits: limits.clone(),
            reading: Wait::default(),
            writing: Wait::default(),
            is_idle: false,
        }
    }
}

impl Read for TimedStream<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.is_idle && !self.permit.mark_idle() {
            return Ok(0);
        }
        let patience = match self.is_idle {
            true => more_than_none(self.limits.idle_time)?,
            false => self.reading.left(self.limits.request_time, 0)?,
        };
        let since = Instant::now();
        let mut stream = self.permit.stream();
        let read = stream.set_read_timeout(Some(patience)).and_then(|()| stream.read(buffer));
        if !self.permit.mark_busy() {
            // Another one has got the permit. If something has come meanwhile, nobody has looked at
            // it, so that the client may safely ask again.
            return Ok(0);
        }
        let count = read.map_err(say_timed_out)?;
        self.reading.add(since, count);
        if self.is_idle {
            // The next request begins with this byte, and its answer will follow.
            self.is_idle = false;
            self.reading = Wait { waited: Duration::ZERO, bytes: count as u64 };
            self.writing = Wait::default();
        }
        Ok(count)
    }
}

impl Write for TimedStream<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let piece = &bytes[..bytes.len().min(PIECE)];
        let since = Instant::now();
        let write_by = since + self.writing.left(self.limits.response_time, piece.len())?;
        // A client that takes nothing at all is not waited for until then.
        let stalled_by = since + self.limits.response_time;
        loop {
            let left = write_by.min(stalled_by).saturating_duration_since(Instant::now());
            let patience = more_than_none(left)?;
            self.permit.stream().set_write_timeout(Some(patience.min(LOOK)))?;
            match self.permit.stream().write(piece) {
                // Not a byte was taken: look whether there is time to try again.
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Err(error) => return Err(error),
                Ok(count) => {
                    self.writing.add(since, count);
                    return Ok(count);
                }
            }
        }
    }

    /// Says that the answer is complete: what is read next is another request. (A write alone
    /// does not say so; it may be a `100 Continue`, and the rest of the same request follows.)
    fn flush(&mut self) -> io::Result<()> {
        self.is_idle = true;
        self.permit.stream().flush()
    }
}

impl Wait {
    /// What is left of `granted` and of the time that was bought; `more` bytes are bought with
    /// already.
    fn left(&self, granted: Duration, more: usize) -> io::Result<Duration> {
        let bought = Duration::from_secs((self.bytes + more as u64) / SLOWEST_RATE);
        more_than_none((granted + bought).saturating_sub(self.waited))
    }

    fn add(&mut self, since: Instant, count: usize) {
        self.waited += since.elapsed();
        self.bytes += count as u64;
    }
}

/// `left`, unless it is none: as a timeout that would mean no timeout.
fn more_than_none(left: Duration) -> io::Result<Duration> {
    match left {
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
