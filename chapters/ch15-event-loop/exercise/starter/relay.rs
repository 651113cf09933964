use crate::{Protocol, Transport};
use std::io;

/// The two ends of a relay: what comes at one is sent at the other, as it came.
///
/// Who sends faster than the other takes is paused as soon as `enough` bytes or more are unsent
/// there, and resumed when none is. So a relay keeps in each direction less than `enough` bytes and
/// what is read at once, however much there is to send.
///
/// Who comes first is paused until the other is there. When one of them has said all, or is gone,
/// or never comes, the other gets what was sent to it before, and its connection is closed.
pub fn relay(enough: usize) -> (RelayEnd, RelayEnd) {
    (RelayEnd { enough }, RelayEnd { enough })
}

/// One end of a [`relay`].
pub struct RelayEnd {
    enough: usize,
    // Here is something missing: how does it find the other?
}

impl Protocol for RelayEnd {
    fn connection_made(&mut self, transport: &Transport) {
        todo!("is the other there already, or is it gone already?")
    }

    fn data_received(&mut self, transport: &Transport, data: &[u8]) {
        todo!("to the other, and how much does that leave unsent there?")
    }

    // And what else does a relay have to hear? What it does not write, `Protocol` does for it.

    fn connection_lost(&mut self, transport: &Transport, error: Option<io::Error>) {
        todo!("what becomes of the other?")
    }
}
