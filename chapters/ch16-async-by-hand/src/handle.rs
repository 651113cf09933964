use crate::executor::Spawner;
use crate::reactor::Reactor;
use crate::source::Source;
use crate::{Clock, Listener, Receiver, Stream, System};
use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::rc::Rc;

/// An executor and its reactor, for those who run in it. All clones are the same one.
pub struct Handle<S: System> {
    reactor: Rc<Reactor<S>>,
    spawner: Spawner,
}

impl<S: System> Handle<S> {
    pub(crate) fn new(reactor: Rc<Reactor<S>>, spawner: Spawner) -> Self {
        Self { reactor, spawner }
    }

    pub(crate) fn reactor(&self) -> &Rc<Reactor<S>> {
        &self.reactor
    }

    pub(crate) fn spawner(&self) -> &Spawner {
        &self.spawner
    }

    /// Lets `future` run as a task of its own, beside the others. What it returns can be awaited,
    /// and need not be; it is `None` if the task panicked, which is told of in the log and ends
    /// that task alone.
    pub fn spawn<T: 'static>(&self, future: impl Future<Output = T> + 'static) -> Receiver<T> {
        self.spawner.spawn(future)
    }

    /// The time, and those who wait for it.
    pub fn clock(&self) -> &Clock {
        &self.reactor.clock
    }

    /// A listener for tasks.
    pub fn listen(&self, listener: TcpListener) -> io::Result<Listener<S>> {
        let (listener, source) =
            Source::new(&self.reactor, |system, token| system.listen(token, listener))?;
        Ok(Listener::new(listener, source))
    }

    /// Connects to `address`, and waits until that is done.
    pub async fn connect(&self, address: SocketAddr) -> io::Result<Stream<S>> {
        let stream = self.reactor.system.borrow().connect(address)?;
        let stream = self.watch(stream, Some(address))?;
        stream.connected().await?;
        Ok(stream)
    }

    /// A connection that somebody else has accepted.
    pub fn adopt(&self, stream: TcpStream) -> io::Result<Stream<S>> {
        let peer = stream.peer_addr().ok();
        let stream = self.reactor.system.borrow().adopt(stream)?;
        self.stream(stream, peer)
    }

    /// The same for a connection of the system.
    pub fn stream(&self, stream: S::Stream, peer: Option<SocketAddr>) -> io::Result<Stream<S>> {
        let stream = self.watch(stream, peer)?;
        // What cannot be written yet will be told.
        stream.assume_writable();
        Ok(stream)
    }

    fn watch(&self, mut stream: S::Stream, peer: Option<SocketAddr>) -> io::Result<Stream<S>> {
        let watch = |system: &mut S, token| system.watch(token, &mut stream);
        let ((), source) = Source::new(&self.reactor, watch)?;
        Ok(Stream::new(stream, source, peer))
    }
}

impl<S: System> Clone for Handle<S> {
    fn clone(&self) -> Self {
        Self { reactor: Rc::clone(&self.reactor), spawner: self.spawner.clone() }
    }
}
