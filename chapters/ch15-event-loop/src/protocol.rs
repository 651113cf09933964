use crate::Transport;
use std::io;

/// What happens on a connection: what a chapter's `on_connect` was, told from the other side.
///
/// `on_connect` asked for bytes, and waited. A protocol is *given* them, whenever some have come,
/// and must not wait for anything: while one of these functions runs, nobody else is served.
/// What it has to remember until the next call it keeps in itself, since there is no stack that
/// would.
pub trait Protocol {
    /// The connection is there.
    fn connection_made(&mut self, _transport: &Transport) {}

    /// These bytes have come. How they were cut on the way means nothing.
    fn data_received(&mut self, transport: &Transport, data: &[u8]);

    /// The client has said that it sends nothing more. It may still read.
    fn eof_received(&mut self, transport: &Transport) {
        transport.lose_connection();
    }

    /// All that was written is with the kernel: a chance to write more.
    fn drained(&mut self, _transport: &Transport) {}

    /// The [deadline](Transport::set_deadline) has passed; there is none now.
    fn timed_out(&mut self, transport: &Transport) {
        transport.abort();
    }

    /// Somebody has called [`Waker::wake`](crate::Waker::wake), once or more often.
    fn woken(&mut self, _transport: &Transport) {}

    /// The connection is gone; nothing comes after this. With an error if it broke, and
    /// without one if both sides were done with it.
    fn connection_lost(&mut self, _transport: &Transport, _error: Option<io::Error>) {}
}
