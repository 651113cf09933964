use crate::{Protocol, Transport};
use std::cell::RefCell;
use std::io;
use std::rc::Rc;

/// The two ends of a relay: what comes at one is sent at the other, as it came.
///
/// Who sends faster than the other takes is paused as soon as `enough` bytes or more are unsent
/// there, and resumed when none is. So a relay keeps in each direction less than `enough` bytes and
/// what is read at once, however much there is to send.
///
/// Who comes first is paused until the other is there. When one of them has said all, or is gone,
/// or never comes, the other gets what was sent to it before, and its connection is closed.
pub fn relay(enough: usize) -> (RelayEnd, RelayEnd) {
    let ends = Rc::default();
    (RelayEnd { ends: Rc::clone(&ends), side: 0, enough }, RelayEnd { ends, side: 1, enough })
}

/// One end of a [`relay`].
pub struct RelayEnd {
    ends: Rc<RefCell<Ends>>,
    /// Which of the two this is.
    side: usize,
    enough: usize,
}

/// What the two ends share.
#[derive(Default)]
struct Ends {
    transports: [Option<Transport>; 2],
    /// Whether one of them is at its end.
    is_over: bool,
}

impl RelayEnd {
    /// The other one, if it is there.
    fn other(&self) -> Option<Transport> {
        self.ends.borrow().transports[1 - self.side].clone()
    }

    /// Lets both come to their end.
    fn close(&mut self) {
        let mut ends = self.ends.borrow_mut();
        ends.is_over = true;
        ends.transports.iter().flatten().for_each(Transport::lose_connection);
    }
}

impl Protocol for RelayEnd {
    fn connection_made(&mut self, transport: &Transport) {
        self.ends.borrow_mut().transports[self.side] = Some(transport.clone());
        match self.other() {
            _ if self.ends.borrow().is_over => transport.lose_connection(),
            Some(other) => other.resume_reading(),
            None => transport.pause_reading(),
        }
    }

    fn data_received(&mut self, transport: &Transport, data: &[u8]) {
        let Some(other) = self.other() else { return };
        other.write(data);
        if other.unsent() >= self.enough {
            transport.pause_reading();
        }
    }

    fn eof_received(&mut self, _: &Transport) {
        self.close();
    }

    fn drained(&mut self, _: &Transport) {
        if let Some(other) = self.other() {
            other.resume_reading();
        }
    }

    fn connection_lost(&mut self, _: &Transport, _: Option<io::Error>) {
        self.close();
    }
}
