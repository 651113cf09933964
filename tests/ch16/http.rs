//! HTTP in tasks. What it has in common with chapter 15 is in `since_ch15`.

use super::no_listener;
use super::simulated_system::{Simulated, Turns};
use ch16::{Executor, HttpServer, HttpSite, Pool};
use std::io;
use std::sync::Arc;

/// An executor with a task that serves whoever comes.
pub struct Engine {
    pub executor: Executor<Simulated>,
    pub site: HttpSite<Simulated>,
}

impl Engine {
    pub fn new(system: Simulated, server: Arc<HttpServer>, pool: Arc<Pool<'static>>) -> Self {
        let executor = Executor::new(system);
        let handle = executor.handle();
        let site = HttpSite::new(server, pool, handle);
        let listener = handle.listen(no_listener()).unwrap();
        let theirs = site.clone();
        handle.spawn(async move { theirs.serve(listener).await });
        Self { executor, site }
    }

    /// `serve` does that when a stop was requested.
    pub fn close(&mut self) {}

    pub fn has_ended(&self) -> bool {
        self.executor.tasks() == 0
    }
}

impl Turns for Engine {
    fn turn(&mut self) -> io::Result<()> {
        self.executor.turn()
    }
}
