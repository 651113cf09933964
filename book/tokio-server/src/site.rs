use crate::client::Client;
use crate::connections::{Connections, SERVICE_UNAVAILABLE, State};
use crate::{
    CaughtPanic, Clock, HttpServer, Limits, PAUSE, Request, Response, Stream, System, accepted,
    catch_panic, log, log_request,
};
use anyhow::Result;
use std::cell::{Cell, RefCell};
use std::iter;
use std::marker::PhantomData;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::Arc;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;
use tokio::select;
use tokio::sync::{Semaphore, oneshot};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout, timeout_at};

pub(crate) type Handler = Rc<dyn for<'a> Fn(&'a Request) -> Answer<'a>>;
pub(crate) type Answer<'a> = Pin<Box<dyn Future<Output = Result<Response>> + 'a>>;
type Pattern = Box<dyn Fn(&Request) -> bool>;

/// A server among tasks: what all its connections share.
#[derive(Clone)]
pub struct HttpSite(Rc<Shared>);

pub(crate) struct Shared {
    pub server: Arc<HttpServer>,
    /// See [`spawn_blocking`](crate::spawn_blocking).
    pub pool: Arc<Semaphore>,
    pub handle: Handle,
    handlers: RefCell<Vec<(Pattern, Handler)>>,
    connections: RefCell<Connections>,
}

/// What is left of ours: who runs in tokio's runtime needs no handle to spawn or to connect.
pub(crate) struct Handle;

/// A client is there; when this is dropped, it is gone. (Who waits for that asks the [`JoinSet`].)
pub(crate) struct Permit<S> {
    site: Rc<Shared>,
    number: Option<u64>,
    _stream: PhantomData<S>,
}

impl HttpSite {
    /// `server` among the tasks of the runtime that will poll it.
    pub fn new(server: Arc<HttpServer>) -> Self {
        let limits = &server.limits;
        Self(Rc::new(Shared {
            pool: Arc::new(Semaphore::new(limits.workers + limits.queue)),
            handle: Handle,
            handlers: RefCell::default(),
            connections: RefCell::new(Connections::new(limits)),
            server,
        }))
    }

    /// Lets `handler` answer what `pattern` matches, before any handler of the server is asked.
    /// It may wait for whatever can be awaited in tokio's runtime.
    pub fn register_async(
        &self,
        pattern: impl Fn(&Request) -> bool + 'static,
        handler: impl AsyncFn(&Request) -> Result<Response> + 'static,
    ) {
        let handler = Rc::new(handler);
        let handler: Handler = Rc::new(move |request| {
            let handler = Rc::clone(&handler);
            Box::pin(async move { handler(request).await })
        });
        self.0.handlers.borrow_mut().push((Box::new(pattern), handler));
    }

    /// Takes the clients that come to `listener`, each in a task of its own, until a stop is
    /// requested; then [`close`](Self::close)s.
    pub async fn serve(&self, listener: TcpListener) {
        let stop = &self.0.server.stop;
        let mut clients = JoinSet::new();
        loop {
            let result = select! {
                // From above, as ours; else it begins with any of them, by chance.
                biased;
                () = stop.requested() => break,
                // It keeps what they returned until somebody asks.
                Some(_) = clients.join_next() => continue,
                result = listener.accept() => result,
            };
            let pauses = Cell::new(false);
            for (conn, peer) in accepted(iter::once(result), |_| pauses.set(true)) {
                // If it fails, the client is gone, and that will be seen.
                let _ = conn.set_nodelay(true);
                let site = self.clone();
                clients.spawn_local(async move { site.on_connect(conn, Some(peer)).await });
            }
            if pauses.get() {
                select! { biased; () = stop.requested() => {} () = sleep(PAUSE) => {} }
            }
        }
        drop(listener);
        self.close(clients).await;
    }

    /// Serves one client, to its end or to that of our patience.
    pub async fn on_connect<S: System>(&self, mut conn: S, peer: Option<SocketAddr>) {
        let (abort, aborted) = oneshot::channel();
        let mut permit = Permit { site: Rc::clone(&self.0), number: None, _stream: PhantomData };
        let close = move || abort.send(()).unwrap_or(());
        let admitted = self.0.connections.borrow_mut().admit(peer, Clock.now(), close);
        match admitted {
            Ok(number) => permit.number = Some(number),
            Err(reason) => {
                log_request(peer, format_args!("503: {reason}"));
                let Limits { response_time, drain_time, .. } = self.0.server.limits;
                let told = timeout(response_time, conn.write_all(SERVICE_UNAVAILABLE)).await;
                if let Ok(Ok(())) = told {
                    Stream::new(conn, peer).close_within(drain_time).await;
                }
                return;
            }
        }
        let conversation = Client::new(permit, Stream::new(conn, peer)).converse();
        // The branch that loses is dropped, with all that it has. So cancelling is as in ours.
        select! {
            biased;
            Ok(()) = aborted => {}
            ended = conversation => if let Err(error) = ended {
                log_request(peer, format_args!("{error:#}"));
            }
        }
    }

    /// Lets `clients` come to their end, as ours does: who is idle is closed now, who has not
    /// asked yet after [`drain_time`](Limits::drain_time), all that are not done after
    /// [`stop_time`](Limits::stop_time).
    pub async fn close(&self, mut clients: JoinSet<()>) {
        let close = |is_meant: fn(State) -> bool| self.0.connections.borrow_mut().close(is_meant);
        let begin = Instant::now();
        let Limits { drain_time, stop_time, .. } = self.0.server.limits;
        let mut all_are_gone = pin!(async { while clients.join_next().await.is_some() {} });
        close(|state| matches!(state, State::Idle(_)));
        // By reference: what is timed out here is awaited on.
        if timeout_at(begin + drain_time.min(stop_time), &mut all_are_gone).await.is_ok() {
            return;
        }
        close(|state| matches!(state, State::New(_)));
        if timeout_at(begin + stop_time, &mut all_are_gone).await.is_ok() {
            return;
        }
        let left = close(|state| !matches!(state, State::Done(_)));
        if left > 0 {
            log(format_args!("closed before they were done: {left}"));
        }
        all_are_gone.await;
    }
}

impl Handle {
    pub fn clock(&self) -> &Clock {
        &Clock
    }
}

impl Shared {
    pub fn find(&self, request: &Request) -> Result<Option<Handler>, CaughtPanic> {
        let handlers = self.handlers.borrow();
        let found = catch_panic(|| handlers.iter().find(|(pattern, _)| pattern(request)));
        found.map(|found| found.map(|(_, handler)| Rc::clone(handler)))
    }
}

impl<S> Permit<S> {
    pub fn site(&self) -> &Shared {
        &self.site
    }

    pub fn mark(&self, state: State) {
        if let Some(number) = self.number {
            self.site.connections.borrow_mut().mark(number, state);
        }
    }
}

impl<S> Drop for Permit<S> {
    fn drop(&mut self) {
        if let Some(number) = self.number {
            self.site.connections.borrow_mut().remove(number);
        }
    }
}
