use crate::idle::Idle;
use crate::{
    Connection, Connector, Deadline, FetchError, Headers, Jar, Limits, Origin, Request, Response,
    Tcp, redirect,
};
use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

/// What a client remembers from one request to the next: connections, and cookies.
///
/// Threads may share one.
pub struct Session {
    /// What it grants.
    pub limits: Limits,
    /// Fields that every request has that has none of this name.
    pub headers: Headers,
    connector: Box<dyn Connector>,
    idle: Arc<Idle>,
    jar: Mutex<Jar>,
}

impl Default for Session {
    fn default() -> Self {
        Self::new(Limits::default())
    }
}

impl Session {
    /// One that remembers nothing yet, and connects over TCP.
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            headers: Headers::default(),
            connector: Box::new(Tcp),
            idle: Arc::default(),
            jar: Mutex::default(),
        }
    }

    /// The same, but it connects in another way: to a scripted server, for instance.
    #[must_use]
    pub fn connecting_by(mut self, connector: impl Connector + 'static) -> Self {
        self.connector = Box::new(connector);
        self
    }

    /// Asks for `url` with GET.
    pub fn get(&self, url: &str) -> Result<Response, FetchError> {
        self.send(Request::get(url)?)
    }

    /// Sends a request, follows its redirects, and waits for the head of the answer. For all of
    /// that, and for the body, there is one deadline: [`Limits::time`].
    ///
    /// A status like 404 is an answer, and no error.
    pub fn send(&self, mut request: Request) -> Result<Response, FetchError> {
        for (name, value) in self.headers.iter() {
            if !request.headers.contains(name) {
                let added = request.headers.add(name, value);
                added.map_err(|error| FetchError::Request(error.to_string()))?;
            }
        }
        let deadline = Deadline::within(self.limits.time).or_at(self.limits.slowest_rate);
        let mut history = Vec::new();
        loop {
            let mut response = self.exchange(&request, deadline)?;
            self.jar().store(&request.url, &response.headers, SystemTime::now());
            if self.limits.redirects == 0 {
                return Ok(response);
            }
            let Some(next) = redirect(&request, response.status, &response.headers)? else {
                response.history = history;
                return Ok(response);
            };
            history.push(mem::replace(&mut request, next).url);
            if history.len() > self.limits.redirects {
                history.push(request.url);
                return Err(FetchError::Redirects(history));
            }
            response.pass_over();
        }
    }

    /// One request and its answer.
    ///
    /// A server closes a connection on which nothing was said for long, perhaps at the moment at
    /// which we send on it. Nobody knows then whether it has read the request: what may be done
    /// twice is sent again, once, on a new connection, and nothing else is (RFC 9110
    /// section 9.2.2).
    fn exchange(&self, request: &Request, deadline: Deadline) -> Result<Response, FetchError> {
        let origin = Origin::of(&request.url)?;
        let cookies = self.jar().cookies_for(&request.url, SystemTime::now());
        let bytes = request.encode(cookies.as_deref())?;
        let answer = |connection: Connection, head| {
            let idle = &self.idle;
            Response::new(head, &request.url, connection, idle, origin.clone(), &self.limits)
        };
        if let Some(mut connection) = self.idle.take(&origin, &self.limits) {
            match connection.send(&request.method, &bytes, deadline) {
                Err(error)
                    if error.is_broken() && !connection.has_begun() && request.is_idempotent() => {}
                outcome => return Ok(answer(connection, outcome?)),
            }
        }
        let wire = self.connector.connect(&origin, &deadline)?;
        let mut connection = Connection::new(wire, deadline);
        let head = connection.send(&request.method, &bytes, deadline)?;
        Ok(answer(connection, head))
    }

    // Nothing panics while it is locked.
    fn jar(&self) -> MutexGuard<'_, Jar> {
        self.jar.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
