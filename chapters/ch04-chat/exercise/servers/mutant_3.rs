//! Broken: who cannot be reached stays in the room.

#[path = "../../src/converse.rs"]
mod converse;
#[path = "../../src/on_connect.rs"]
mod on_connect;
#[path = "../../src/serve.rs"]
mod serve;

pub use chapter::*;
pub use converse::converse;
pub use on_connect::{on_connect, on_connect_direct};
pub use serve::{serve, serve_direct};

use std::io;

/// The chapter's room, which is never told that a delivery has failed.
pub struct Room<O>(chapter::Room<Patient<O>>);

struct Patient<O> {
    outlet: O,
    failed: bool,
}

impl<O: Outlet> Outlet for Patient<O> {
    fn deliver(&mut self, line: &[u8]) -> io::Result<()> {
        if let Err(error) = self.outlet.deliver(line)
            && !self.failed
        {
            log(format_args!("a member cannot be reached: {error}"));
            self.failed = true;
        }
        Ok(())
    }
}

impl<O: Outlet> Room<O> {
    pub fn new(seats: usize) -> Self {
        Self(chapter::Room::new(seats))
    }

    pub fn join(&self, outlet: O) -> Result<MemberId, O> {
        self.0.join(Patient { outlet, failed: false }).map_err(|patient| patient.outlet)
    }

    pub fn leave(&self, id: MemberId) {
        self.0.leave(id);
    }

    pub fn say(&self, id: MemberId, text: &str) {
        self.0.say(id, text);
    }

    pub fn tell(&self, id: MemberId, line: &str) {
        self.0.tell(id, line);
    }

    pub fn rename(&self, id: MemberId, name: &str) {
        self.0.rename(id, name);
    }
}
