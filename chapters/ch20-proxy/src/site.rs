use crate::client::Client;
use crate::connections::{Connections, SERVICE_UNAVAILABLE, State};
use crate::{
    CaughtPanic, Either, Handle, HttpServer, Limits, Listener, Pool, Request, Response, Sender,
    Stream, System, Upstream, catch_panic, log, log_request, oneshot, select,
};
use anyhow::Result;
use std::cell::{Cell, RefCell};
use std::future::{self, poll_fn};
use std::net::SocketAddr;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Poll, Waker};

// Boxes, because every handler and every future has a type of its own, and a list has but one. The
// future may keep the request for as long as it waits.
pub(crate) type Handler = Rc<dyn for<'a> Fn(&'a Request) -> Answer<'a>>;
pub(crate) type Answer<'a> = Pin<Box<dyn Future<Output = Result<Response>> + 'a>>;
type Pattern = Box<dyn Fn(&Request) -> bool>;

/// Who answers.
pub(crate) enum Route<S: System> {
    /// A handler.
    Handler(Handler),
    /// One of several servers.
    Upstream(Upstream<S>),
}

/// A server among tasks: what all its connections share.
pub struct HttpSite<S: System>(Rc<Shared<S>>);

pub(crate) struct Shared<S: System> {
    pub server: Arc<HttpServer>,
    pub pool: Arc<Pool<'static>>,
    pub handle: Handle<S>,
    routes: RefCell<Vec<(Pattern, Route<S>)>>,
    connections: RefCell<Connections>,
    /// How many clients there are, with those who were refused.
    clients: Cell<usize>,
    /// Who waits until there are none.
    waits_for_none: Cell<Option<Waker>>,
}

/// A client is there; when this is dropped, it is gone.
pub(crate) struct Permit<S: System> {
    site: Rc<Shared<S>>,
    /// Its number in the table; `None` if it was refused.
    number: Option<u64>,
}

impl<S: System> HttpSite<S> {
    /// `server` among the tasks of `handle`. What must wait goes to `pool`.
    pub fn new(server: Arc<HttpServer>, pool: Arc<Pool<'static>>, handle: &Handle<S>) -> Self {
        Self(Rc::new(Shared {
            connections: RefCell::new(Connections::new(&server.limits)),
            server,
            pool,
            routes: RefCell::default(),
            handle: handle.clone(),
            clients: Cell::new(0),
            waits_for_none: Cell::new(None),
        }))
    }

    /// Lets `handler` answer what `pattern` matches, before any handler of the server is asked.
    ///
    /// It may wait for whatever can be awaited, and occupies no worker meanwhile; many of them
    /// wait side by side. It gets the request when its body is there, up to
    /// [`MAX_BODY`](crate::MAX_BODY). Between two waits it must not take long, as in
    /// [`register`](HttpServer::register).
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
        self.0.routes.borrow_mut().push((Box::new(pattern), Route::Handler(handler)));
    }

    /// Passes on what `pattern` matches, head and body as they come, to one of the servers of
    /// `upstream`, and its answer back.
    ///
    /// If none can be asked, the client is told 503; 502 if one gave no answer that can be
    /// understood, and 504 if it gave none in time.
    pub fn register_upstream(
        &self,
        pattern: impl Fn(&Request) -> bool + 'static,
        upstream: Upstream<S>,
    ) {
        self.0.routes.borrow_mut().push((Box::new(pattern), Route::Upstream(upstream)));
    }

    /// Takes the clients that come to `listener`, each in a task of its own, until a stop is
    /// requested; then [`close`](Self::close)s.
    pub async fn serve(&self, listener: Listener<S>)
    where
        S: 'static,
    {
        let Shared { server, handle, routes, .. } = &*self.0;
        for (_, route) in &*routes.borrow() {
            if let Route::Upstream(upstream) = route {
                upstream.watch(handle);
            }
        }
        // In this order: however many clients come, a stop is seen.
        while let Either::Second(stream) = select(server.stop.requested(), listener.client()).await
        {
            let site = self.clone();
            // It is counted before its task begins: a stop may come in between.
            let permit = Permit::new(&self.0);
            handle.spawn(async move { site.converse(stream, permit).await });
        }
        drop(listener);
        self.close().await;
    }

    /// Serves one client, to its end or to that of our patience.
    pub async fn on_connect(&self, stream: Stream<S>) {
        self.converse(stream, Permit::new(&self.0)).await;
    }

    async fn converse(&self, stream: Stream<S>, mut permit: Permit<S>) {
        let peer = stream.peer();
        let (abort, aborted) = oneshot();
        if let Err(reason) = permit.admit(peer, abort) {
            log_request(peer, format_args!("503: {reason}"));
            // In a box, or the task of each client would have room for it.
            return Box::pin(self.refuse(stream)).await;
        }
        // Who must make way is dropped wherever it waits, with all that it has. In a box: each
        // function that it is handed to would else have room for it once more.
        let conversation = Box::pin(Client::new(permit, stream).converse());
        if let Either::Second(Err(error)) = select(aborted, conversation).await {
            log_request(peer, format_args!("{error:#}"));
        }
    }

    async fn refuse(&self, stream: Stream<S>) {
        let Limits { response_time, drain_time, .. } = self.0.server.limits;
        let told = stream.write_all(SERVICE_UNAVAILABLE);
        if let Some(Ok(())) = self.0.handle.clock().timeout(response_time, told).await {
            stream.close_within(drain_time).await;
        }
    }

    /// Lets the clients come to their end: who is idle is closed now, who has not asked yet has
    /// [`drain_time`](Limits::drain_time) to do so, and all that are not done after
    /// [`stop_time`](Limits::stop_time) are closed then. Ends with the last one.
    pub async fn close(&self) {
        let Shared { server, handle, connections, .. } = &*self.0;
        let close = |is_meant: fn(State) -> bool| connections.borrow_mut().close(is_meant);
        close(|state| matches!(state, State::Idle(_)));
        let begin = handle.clock().now();
        let patience = async {
            let Limits { drain_time, stop_time, .. } = server.limits;
            handle.clock().sleep_until(begin + drain_time.min(stop_time)).await;
            close(|state| matches!(state, State::New(_)));
            handle.clock().sleep_until(begin + stop_time).await;
            let left = close(|state| !matches!(state, State::Done(_)));
            if left > 0 {
                log(format_args!("closed before they were done: {left}"));
            }
            // They are gone when they have been dropped.
            future::pending::<()>().await;
        };
        select(self.all_are_gone(), patience).await;
    }

    async fn all_are_gone(&self) {
        poll_fn(|context| {
            self.0.waits_for_none.set(Some(context.waker().clone()));
            match self.0.clients.get() {
                0 => Poll::Ready(()),
                _ => Poll::Pending,
            }
        })
        .await;
    }
}

impl<S: System> Clone for HttpSite<S> {
    fn clone(&self) -> Self {
        Self(Rc::clone(&self.0))
    }
}

impl<S: System> Shared<S> {
    /// Asks the patterns, each once. One of them may panic.
    pub fn find(&self, request: &Request) -> Result<Option<Route<S>>, CaughtPanic> {
        let routes = self.routes.borrow();
        let found = catch_panic(|| routes.iter().find(|(pattern, _)| pattern(request)));
        found.map(|found| found.map(|(_, route)| route.clone()))
    }
}

impl<S: System> Clone for Route<S> {
    fn clone(&self) -> Self {
        match self {
            Self::Handler(handler) => Self::Handler(Rc::clone(handler)),
            Self::Upstream(upstream) => Self::Upstream(upstream.clone()),
        }
    }
}

impl<S: System> Permit<S> {
    fn new(site: &Rc<Shared<S>>) -> Self {
        site.clients.set(site.clients.get() + 1);
        Self { site: Rc::clone(site), number: None }
    }

    fn admit(&mut self, peer: Option<SocketAddr>, abort: Sender<()>) -> Result<(), &'static str> {
        let now = self.site.handle.clock().now();
        let mut connections = self.site.connections.borrow_mut();
        self.number = Some(connections.admit(peer, now, || abort.send(()))?);
        Ok(())
    }

    pub fn site(&self) -> &Shared<S> {
        &self.site
    }

    /// Notes what the client does now.
    pub fn mark(&self, state: State) {
        if let Some(number) = self.number {
            self.site.connections.borrow_mut().mark(number, state);
        }
    }
}

impl<S: System> Drop for Permit<S> {
    fn drop(&mut self) {
        if let Some(number) = self.number {
            self.site.connections.borrow_mut().remove(number);
        }
        let clients = self.site.clients.get() - 1;
        self.site.clients.set(clients);
        if clients == 0
            && let Some(waker) = self.site.waits_for_none.take()
        {
            waker.wake();
        }
    }
}
