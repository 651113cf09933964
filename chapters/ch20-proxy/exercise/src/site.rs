//! The proxy of the program, and the servers behind it.

use anyhow::{Context, Result, bail};
use ch16::{HttpServer as Backend, Request, Response};
use ch20::{
    BackgroundLog, Executor, Health, HealthRules, HttpServer, HttpSite, Mio, Pool, Upstream,
    UpstreamSettings,
};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

/// What the program answers itself, and passes on to nobody.
const OWN: [&str; 3] = ["/health", "/proxy-header", "/budget"];

/// Serves the clients of `listener`, until a stop of `server` is requested: what is not for
/// `server` goes on to backends of these weights, which are called 1, 2 and so on.
pub fn serve(
    mut server: HttpServer,
    listener: TcpListener,
    weights: &[u32],
    settings: UpstreamSettings,
) -> Result<()> {
    server.register(ch20::path("/health"), health);
    let backends = (1..=weights.len()).map(backend).collect::<Vec<_>>();
    let stops: Vec<_> = backends.iter().map(|backend| backend.stop.clone()).collect();
    let mut addresses = Vec::new();
    let mut listeners = Vec::new();
    for weight in weights {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("no free port")?;
        addresses.push((listener.local_addr()?, *weight));
        listeners.push(listener);
    }
    thread::scope(|scope| {
        for (backend, listener) in backends.into_iter().zip(listeners) {
            scope.spawn(move || backend.serve(listener));
        }
        let outcome = pass_on(server, listener, &addresses, settings);
        stops.iter().for_each(|stop| stop.request());
        outcome
    })
}

fn pass_on(
    server: HttpServer,
    listener: TcpListener,
    backends: &[(SocketAddr, u32)],
    settings: UpstreamSettings,
) -> Result<()> {
    let _written_at_the_end = BackgroundLog::start()?;
    let pool = Pool::detached(server.limits.workers, server.limits.queue)?;
    let mut executor = Executor::new(Mio::new()?);
    let handle = executor.handle().clone();
    let site = HttpSite::new(Arc::new(server), Arc::new(pool), &handle);
    let is_for_others = |request: &Request| !OWN.contains(&&*request.path);
    site.register_upstream(is_for_others, Upstream::new(backends, settings));
    let listener = handle.listen(listener)?;
    executor.run(async move { site.serve(listener).await })
}

/// A server that says who it is, or what it was told.
fn backend(number: usize) -> Backend {
    let mut backend = Backend::default();
    // The proxy and its backends end together.
    backend.limits.stop_time = Duration::ZERO;
    backend.register(ch16::path("/"), |_| Ok(Response::text("Hi there!\n")));
    backend.register(ch16::path("/who"), move |_| Ok(Response::text(format!("{number}\n"))));
    backend.register(ch16::path("/told"), |request| {
        let said = request.headers.iter().filter(|(name, _)| !name.eq_ignore_ascii_case("Via"));
        let lines =
            said.map(|(name, value)| format!("{name}: {}\n", String::from_utf8_lossy(value)));
        let mut lines: Vec<_> = lines.collect();
        lines.sort();
        Ok(Response::text(lines.concat()))
    });
    backend
}

/// What is known of a backend, when that happens which the body says: lines such as `2000 failed`,
/// with the milliseconds since the beginning.
fn health(request: &Request) -> Result<Response> {
    let (mut health, begin) = (Health::default(), Instant::now());
    let mut rules = HealthRules::default();
    let mut said = String::new();
    for line in str::from_utf8(&request.body)?.lines() {
        let (time, what) = line.split_once(' ').context("a time and a word")?;
        let now = begin + Duration::from_millis(time.parse()?);
        let changes = match what {
            "checks" => {
                rules.check = Some("/".to_owned());
                false
            }
            "waits" => false,
            "chosen" => {
                health.chosen(now, &rules);
                false
            }
            "answered" => health.answered(&rules),
            "failed" => health.failed(now, &rules),
            "checked" => health.checked(&rules),
            other => bail!("what is {other}?"),
        };
        let is = |it, yes: &'static str, no: &'static str| if it { yes } else { no };
        said += is(changes, "now ", "");
        said += is(health.is_down(), "down, ", "up, ");
        said += is(health.is_available(now, &rules), "asked\n", "not asked\n");
    }
    Ok(Response::text(said))
}
