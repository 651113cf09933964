use crate::System;
use crate::reactor::Reactor;
use crate::readiness::Readiness;
use std::io;
use std::ops::Deref;
use std::rc::Rc;

/// A socket's place in the reactor. It is given back when this is dropped, which must be after the
/// socket was closed.
pub(crate) struct Source<S: System> {
    pub reactor: Rc<Reactor<S>>,
    readiness: Rc<Readiness>,
    token: usize,
}

impl<S: System> Source<S> {
    /// A place for what `watch` watches under the token that it is given.
    pub fn new<T>(
        reactor: &Rc<Reactor<S>>,
        watch: impl FnOnce(&mut S, usize) -> io::Result<T>,
    ) -> io::Result<(T, Self)> {
        let (token, readiness) = reactor.claim_token();
        let source = Self { reactor: Rc::clone(reactor), readiness, token };
        let watched = watch(&mut reactor.system.borrow_mut(), token)?;
        Ok((watched, source))
    }
}

impl<S: System> Deref for Source<S> {
    type Target = Readiness;

    fn deref(&self) -> &Readiness {
        &self.readiness
    }
}

impl<S: System> Drop for Source<S> {
    fn drop(&mut self) {
        self.reactor.release_token(self.token);
    }
}
