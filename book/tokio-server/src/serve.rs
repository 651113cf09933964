use crate::{HttpServer, HttpSite};
use anyhow::Result;
use ch16::BackgroundLog;
use socket2::SockRef;
use std::io;
use std::sync::Arc;
use tokio::runtime::{Builder, LocalOptions, LocalRuntime};

/// How many clients may wait to be accepted, as in chapter 15.
const BACKLOG: i32 = 4096;

impl HttpServer {
    /// A runtime for it: executor and reactor in this thread, and threads for what must wait.
    pub fn runtime(&self) -> io::Result<LocalRuntime> {
        let mut builder = Builder::new_current_thread();
        builder.enable_all().max_blocking_threads(self.limits.workers);
        builder.build_local(LocalOptions::default())
    }

    /// Serves the clients that come to `listener`, until a stop is requested, and lets those finish
    /// who are being served then.
    pub fn serve(self, runtime: LocalRuntime, listener: std::net::TcpListener) -> Result<()> {
        let _written_at_the_end = BackgroundLog::start()?;
        SockRef::from(&listener).listen(BACKLOG)?;
        // As in mio, who hands over a socket sees to that.
        listener.set_nonblocking(true)?;
        let served = runtime.block_on(async {
            let listener = tokio::net::TcpListener::from_std(listener)?;
            HttpSite::new(Arc::new(self)).serve(listener).await;
            Ok(())
        });
        // Dropped, it would wait for each job of a worker that has begun.
        runtime.shutdown_background();
        served
    }
}
