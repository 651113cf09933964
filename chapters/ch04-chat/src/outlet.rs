use std::io::{self, Write};

/// Where the lines for one member of a room go.
pub trait Outlet {
    /// Takes one line. An outlet that fails is dropped by the room: it will not
    /// be asked again.
    fn deliver(&mut self, line: &[u8]) -> io::Result<()>;
}

/// Step one: the line is written to the member's connection, now.
///
/// The room holds its lock meanwhile, and a member who does not read makes the
/// write wait. Nobody else is heard until it returns: this freezes the room.
pub struct Direct<W>(pub W);

impl<W: Write> Outlet for Direct<W> {
    fn deliver(&mut self, line: &[u8]) -> io::Result<()> {
        self.0.write_all(line)
    }
}
