use crate::source::Source;
use crate::stream::Stream;
use crate::{PAUSE, System, accepted};
use std::cell::Cell;
use std::future::poll_fn;
use std::task::ready;
use std::{io, iter};

/// A listener for tasks.
pub struct Listener<S: System> {
    socket: S::Listener,
    source: Source<S>,
}

impl<S: System> Listener<S> {
    pub(crate) fn new(socket: S::Listener, source: Source<S>) -> Self {
        Self { socket, source }
    }

    /// Waits for a client.
    ///
    /// After an error there may be more clients who wait; to ask again at once would be busy
    /// waiting if it is for want of descriptors.
    pub async fn accept(&self) -> io::Result<Stream<S>> {
        let reactor = &self.source.reactor;
        let (mut stream, peer) = poll_fn(|context| {
            ready!(reactor.poll_budget(context));
            let accept = || reactor.system.borrow().accept(&self.socket);
            self.source.read.poll(context, accept)
        })
        .await?;
        let ((), source) = Source::new(reactor, |system, token| system.watch(token, &mut stream))?;
        let stream = Stream::new(stream, source, peer);
        stream.assume_writable();
        Ok(stream)
    }

    /// Waits for a client, however often that fails: what goes wrong is logged. If it would go
    /// wrong again at once, it rests for [`PAUSE`] before.
    pub async fn client(&self) -> Stream<S> {
        loop {
            let pauses = Cell::new(false);
            let result = self.accept().await;
            if let Some(stream) = accepted(iter::once(result), |_| pauses.set(true)).next() {
                return stream;
            }
            if pauses.get() {
                self.source.reactor.clock.sleep(PAUSE).await;
            }
        }
    }
}
