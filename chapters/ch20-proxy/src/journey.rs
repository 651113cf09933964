use crate::passed_body::PassedBody;
use crate::progress::Progress;
use crate::{Clock, Exchange, FetchError, MAX_HEAD, ReadError, Stage, Stream, System};
use std::cell::Cell;
use std::future;
use std::io;
use std::time::{Duration, Instant};

/// A request on its way from a client to a backend, and the bytes that come back.
pub(crate) struct Journey<'a, S: System> {
    clock: &'a Clock,
    client: &'a Stream<S>,
    backend: &'a Stream<S>,
    /// How long the backend may be silent.
    answer_time: Duration,
    /// When something went on last, in either direction.
    last: Cell<Instant>,
    /// Whether it is the client that is waited for: for more of its body.
    waits_for_client: Cell<bool>,
    /// Whether the backend has all of the request.
    is_sent: Cell<bool>,
}

impl<'a, S: System> Journey<'a, S> {
    pub fn new(
        clock: &'a Clock,
        client: &'a Stream<S>,
        backend: &'a Stream<S>,
        answer_time: Duration,
    ) -> Self {
        let (last, is_sent) = (Cell::new(clock.now()), Cell::new(false));
        let waits_for_client = Cell::new(false);
        Self { clock, client, backend, answer_time, last, waits_for_client, is_sent }
    }

    /// Whether the backend has all of the request.
    pub fn is_sent(&self) -> bool {
        self.is_sent.get()
    }

    /// The backend is not silent: it is we who have something to do.
    pub fn goes_on(&self) {
        self.last.set(self.clock.now());
    }

    /// Sends a request to the backend: its `head`, and its `body` as that comes from the client.
    /// What the client sends behind it stays in `received`.
    ///
    /// This ends when the client fails, and never else. A backend that takes no more may have
    /// answered before.
    pub async fn send(
        &self,
        head: Vec<u8>,
        mut body: PassedBody,
        received: &mut Vec<u8>,
        reading: &mut Progress,
        request_time: Duration,
    ) -> ReadError {
        *reading = Progress { since: self.clock.now(), bytes: 0 };
        let mut out = head;
        loop {
            if let Err(fault) = body.take(received, &mut out) {
                return ReadError::Malformed(fault);
            }
            let begin = self.clock.now();
            if self.backend.write_all(&out).await.is_err() {
                return future::pending().await;
            }
            self.goes_on();
            // As long as the backend took, the client was not read, and could not be late.
            reading.since += self.clock.now() - begin;
            out.clear();
            if body.is_over() {
                break;
            }
            // Not before the backend has taken what was there: a fast client waits for a slow
            // backend, and nothing piles up here.
            let read = self.client.read(received);
            self.waits_for_client.set(true);
            let read = self.clock.timeout_at(reading.deadline(request_time), read).await;
            self.waits_for_client.set(false);
            match read {
                Some(Ok(0)) => return ReadError::CutOff(received.len()),
                Some(Ok(count)) => reading.bytes += count as u64,
                Some(Err(error)) => return ReadError::Broken(error),
                None => return ReadError::TooLate,
            }
        }
        self.is_sent.set(true);
        ReadError::Broken(self.client_breaks(received).await)
    }

    /// Waits until the client is gone, so that no backend works for nobody. One that has only said
    /// that it will send nothing more (a half-closed connection) still waits for its answer.
    async fn client_breaks(&self, received: &mut Vec<u8>) -> io::Error {
        while received.len() < MAX_HEAD {
            match self.client.read(received).await {
                Ok(0) => break,
                Ok(_) => {}
                Err(error) => return error,
            }
        }
        future::pending().await
    }

    /// Waits until more of the answer has come, or its end, and hands it to `exchange`.
    pub async fn receive(&self, exchange: &mut Exchange) -> Result<(), FetchError> {
        loop {
            let silent_until = self.last.get() + self.answer_time;
            let read = self.backend.read(exchange.received());
            match self.clock.timeout_at(silent_until, read).await {
                Some(Ok(0)) => exchange.receive_end(),
                Some(Ok(_)) => {}
                // Of what has begun to answer, it is known that it had the request.
                Some(Err(_)) if exchange.has_begun() => {
                    return Err(FetchError::CutOff(exchange.delivered()));
                }
                Some(Err(error)) => return Err(FetchError::Broken(error)),
                // It has nothing to answer yet; and how long that lasts, `send` sees to.
                None if self.waits_for_client.get() => {
                    self.goes_on();
                    continue;
                }
                // It was still being sent something.
                None if self.last.get() + self.answer_time > self.clock.now() => continue,
                None if exchange.delivered() > 0 => {
                    return Err(FetchError::Deadline(Stage::Body(exchange.delivered())));
                }
                None => return Err(FetchError::Deadline(Stage::Head)),
            }
            self.goes_on();
            return Ok(());
        }
    }
}
