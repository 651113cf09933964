use crate::{Protocol, Transport};

/// Sends back whatever comes: chapter 1's `echo`, which was a loop, and is now one line.
///
/// A client that does not read is not read either, which is the loop's doing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Echo;

impl Protocol for Echo {
    fn data_received(&mut self, transport: &Transport, data: &[u8]) {
        transport.write(data);
    }
}
