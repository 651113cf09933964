use crate::backend::Backend;
use crate::check::check;
use crate::{Balance, Candidate, Handle, HealthRules, Method, Request, System};
use std::cell::{Cell, RefCell};
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

/// How requests are passed on.
#[derive(Clone, Debug)]
pub struct UpstreamSettings {
    /// Which backend gets which request.
    pub method: Method,
    /// When a backend is no longer asked.
    pub health: HealthRules,
    /// Whether backends see the client's own `Host`. Else they see their own address there.
    pub keep_host: bool,
    /// Whether those who connect to us are proxies themselves, and are believed when they say for
    /// whom they ask.
    pub behind_proxy: bool,
    /// How many backends are tried for one request.
    pub attempts: usize,
    /// How long connecting may take.
    pub connect_time: Duration,
    /// How long a backend may be silent: before its answer, and in the middle of it.
    pub answer_time: Duration,
    /// How many connections to one backend are kept while nobody uses them.
    pub idle_connections: usize,
    /// How long such a connection is kept. It should be shorter than the backend's own patience:
    /// the one that closes first cannot be surprised by the other.
    pub idle_time: Duration,
}

impl Default for UpstreamSettings {
    /// Round robin; the client's `Host`, and what it says about others not believed; 3 attempts,
    /// 3 seconds to connect and 30 to answer; 64 idle connections for 4 seconds, since this
    /// course's servers close theirs after 5.
    fn default() -> Self {
        Self {
            method: Method::RoundRobin,
            health: HealthRules::default(),
            keep_host: true,
            behind_proxy: false,
            attempts: 3,
            connect_time: Duration::from_secs(3),
            answer_time: Duration::from_secs(30),
            idle_connections: 64,
            idle_time: Duration::from_secs(4),
        }
    }
}

/// Servers of which each can answer the same requests. All clones are the same ones.
pub struct Upstream<S: System>(Rc<Shared<S>>);

struct Shared<S: System> {
    settings: UpstreamSettings,
    backends: Vec<Backend<S>>,
    balance: RefCell<Balance>,
    is_watched: Cell<bool>,
}

impl<S: System> Upstream<S> {
    /// Servers at these addresses, each with its weight, which is at least 1.
    pub fn new(backends: &[(SocketAddr, u32)], settings: UpstreamSettings) -> Self {
        let backends = backends.iter().map(|&(address, weight)| Backend::new(address, weight));
        let backends = backends.collect();
        let balance = RefCell::new(Balance::new(settings.method));
        Self(Rc::new(Shared { settings, backends, balance, is_watched: Cell::new(false) }))
    }

    pub(crate) fn settings(&self) -> &UpstreamSettings {
        &self.0.settings
    }

    /// One that may be asked and was not `tried`; `None` if there is none.
    pub(crate) fn pick(
        &self,
        request: &Request,
        tried: &[SocketAddr],
        handle: &Handle<S>,
    ) -> Option<&Backend<S>> {
        let Shared { settings, backends, balance, .. } = &*self.0;
        let now = handle.clock().now();
        let candidate = |backend: &Backend<S>| Candidate {
            address: backend.address,
            weight: backend.weight,
            active: backend.active(),
            is_available: !tried.contains(&backend.address)
                && backend.is_available(now, &settings.health),
        };
        let candidates: Vec<_> = backends.iter().map(candidate).collect();
        let client = request.peer.map(|peer| peer.ip());
        let place = balance.borrow_mut().pick(&candidates, client)?;
        Some(&backends[place])
    }

    /// Starts a task for each backend, which checks it and closes connections that were idle for
    /// too long; once, under however many patterns this one stands.
    pub(crate) fn watch(&self, handle: &Handle<S>)
    where
        S: 'static,
    {
        if self.0.is_watched.replace(true) {
            return;
        }
        for place in 0..self.0.backends.len() {
            let (upstream, handle) = (self.clone(), handle.clone());
            handle.clone().spawn(async move {
                let Shared { settings, backends, .. } = &*upstream.0;
                let (backend, rules) = (&backends[place], &settings.health);
                loop {
                    handle.clock().sleep(rules.interval).await;
                    backend.close_idle(handle.clock().now(), settings.idle_time);
                    if let Some(target) = &rules.check {
                        check(backend, target, &handle, rules).await;
                    }
                }
            });
        }
    }
}

impl<S: System> Clone for Upstream<S> {
    fn clone(&self) -> Self {
        Self(Rc::clone(&self.0))
    }
}
