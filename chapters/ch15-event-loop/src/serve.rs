use crate::{BackgroundLog, HttpServer, HttpSite, Mio, Pool, Reactor};
use anyhow::{Context, Result};
use std::net::TcpListener;
use std::sync::Arc;

impl HttpServer {
    /// Serves the clients that come to `listener`, until a stop is
    /// [requested](crate::Stop::request), and lets those finish who are being served then, within
    /// [`stop_time`](crate::Limits::stop_time).
    ///
    /// What goes wrong with a client is logged in a line and ends that connection alone. What is
    /// logged is written [in the background](BackgroundLog), and was when this returns.
    pub fn serve(self, listener: TcpListener) -> Result<()> {
        let _written_at_the_end = BackgroundLog::start().context("cannot make a thread")?;
        let mut reactor = Reactor::new(Mio::new()?);
        let stop = self.stop.clone();
        stop.set_wake(reactor.wake());
        let workers = self.limits.workers;
        let pool = Pool::detached(workers, self.limits.queue)
            .with_context(|| format!("cannot make {workers} threads"))?;
        let site = HttpSite::new(Arc::new(self), Arc::new(pool), reactor.handle());
        let theirs = site.clone();
        reactor.listen(listener, move |_| theirs.protocol())?;
        while reactor.has_something_to_do() {
            if stop.is_requested() {
                site.close();
            }
            reactor.turn()?;
        }
        Ok(())
    }
}
