use super::{Chapter, Site, app, gateway, handlers};
use crate::event_loop::LoopServer;
use crate::proxy_server::ProxyServer;
use crate::task_server::TaskServer;
use mock::{Incoming, MockConnection};
use std::sync::Arc;
use std::time::Duration;

/// The deadline of a hasty server. It serves those who wait for it and no others.
pub const HASTY: Duration = Duration::from_millis(200);

/// How long a server waits for a next request of which the case knows nothing. More than a
/// thousand cases wait for that, so it is short.
pub const BRIEF: Duration = Duration::from_millis(20);

/// What all chapters can do, whatever they call it.
pub trait Server: Send + Sync {
    /// Serves one connection; what it returns is of no interest to the client.
    fn on_connect(&self, conn: MockConnection);
    /// Serves connections until they end.
    fn serve(&self, incoming: Incoming);
    /// Whether it comes to an end with everybody, and lets nobody wait for others.
    fn has_deadlines(&self) -> bool {
        true
    }
}

/// Chapter 5 has functions, and no deadlines.
struct Ch05;

impl Server for Ch05 {
    fn on_connect(&self, conn: MockConnection) {
        let _ = ch05::hello(conn);
    }

    fn serve(&self, incoming: Incoming) {
        ch05::serve(incoming, ch05::hello);
    }

    fn has_deadlines(&self) -> bool {
        false
    }
}

macro_rules! impl_server {
    ($($server:ty),*) => {$(
        impl Server for $server {
            fn on_connect(&self, mut conn: MockConnection) {
                let _ = <$server>::on_connect(self, &mut conn, None);
            }

            fn serve(&self, incoming: Incoming) {
                // Some can say that they could not begin.
                #[allow(clippy::let_unit_value)]
                let _ = <$server>::serve(self, incoming);
            }
        }
    )*};
}

// Chapter 10 has the server of chapter 9.
impl_server!(
    ch06::HttpServer,
    ch07::HttpServer,
    ch08::HttpServer,
    ch09::HttpServer,
    ch11::HttpServer,
    ch12::HttpServer,
    ch13::HttpServer,
    ch14::HttpServer
);

/// The chapter `name`, with a server that has `$handlers`, the same in a hurry,
/// and one that has `$files`.
macro_rules! chapter {
    ($name:expr, $server:ty, $handlers:expr, $files:expr) => {{
        let with = |registered: Vec<handlers::Pair<_>>, hasty: bool| {
            let mut server = <$server>::default();
            if hasty {
                server.limits.request_time = HASTY;
            }
            for (pattern, handler) in registered {
                server.register(pattern, handler);
            }
            Box::new(server)
        };
        let (handlers, hasty) = (with($handlers, false), with($handlers, true));
        let (patient, files) = (with($handlers, false), with($files, false));
        Chapter { name: $name, handlers, hasty, patient, files }
    }};
}

/// From chapter 12 on a server waits for a next request, and has handlers that read bodies
/// themselves. Some have `$limits` of their own besides, and are `$run` in another way. `$kind` has
/// the functions that register handlers.
macro_rules! since_ch12 {
    ($name:expr, $site:expr, $server:ty) => {
        since_ch12!($name, $site, $server, handlers, Default::default(), |server| server)
    };
    ($name:expr, $site:expr, $server:ty, $limits:expr, $run:expr) => {
        since_ch12!($name, $site, $server, handlers, $limits, $run)
    };
    ($name:expr, $site:expr, $server:ty, $kind:ident, $limits:expr, $run:expr) => {{
        let server = |register: &dyn Fn(&mut $server)| {
            let mut server = <$server>::default();
            server.limits = $limits;
            register(&mut server);
            server
        };
        let run = |server| Box::new($run(server));
        let mut patient = server(&|server| $kind::register_common(server));
        // Longer than any client waits for the end: who should be closed and is not, is seen.
        patient.limits.idle_time = Duration::from_secs(60);
        let mut handlers = server(&|server| $kind::register_common(server));
        handlers.limits.idle_time = BRIEF;
        let mut hasty = server(&|server| $kind::register_common(server));
        hasty.limits.request_time = HASTY;
        hasty.limits.idle_time = HASTY;
        let mut files = server(&|server| $kind::register_files(server, $site));
        files.limits.idle_time = BRIEF;
        let [handlers, hasty, patient, files] = [handlers, hasty, patient, files].map(run);
        Chapter { name: $name, handlers, hasty, patient, files }
    }};
}

// Chapter 15 has a loop.
impl Server for LoopServer {
    fn on_connect(&self, conn: MockConnection) {
        Self::on_connect(self, conn);
    }

    fn serve(&self, incoming: Incoming) {
        Self::serve(self, incoming);
    }
}

// Chapter 16 has an executor.
impl Server for TaskServer {
    fn on_connect(&self, conn: MockConnection) {
        Self::on_connect(self, conn);
    }

    fn serve(&self, incoming: Incoming) {
        Self::serve(self, incoming);
    }
}

// Chapter 20 has an executor, and a server behind it.
impl Server for ProxyServer {
    fn on_connect(&self, conn: MockConnection) {
        Self::on_connect(self, conn);
    }

    fn serve(&self, incoming: Incoming) {
        Self::serve(self, incoming);
    }
}

/// The servers of one chapter.
pub(super) fn chapter(name: &'static str, site: &Site) -> Chapter {
    use handlers::{careless, common, common_in_ch11, listed, served};
    match name {
        "ch05" => {
            let [handlers, hasty, patient, files] = [(); 4].map(|()| Box::new(Ch05) as _);
            Chapter { name, handlers, hasty, patient, files }
        }
        "ch06" => fixed(name, ch06::HttpServer::default, |server| &mut server.limits),
        "ch07" => fixed(name, ch07::HttpServer::default, |server| &mut server.limits),
        // No files yet: the handlers answer.
        "ch08" => chapter!(name, ch08::HttpServer, common(), common()),
        "ch09" => chapter!(name, ch09::HttpServer, common(), careless(site)),
        "ch10" => chapter!(name, ch10::HttpServer, common(), served(site)),
        "ch11" => chapter!(name, ch11::HttpServer, common_in_ch11(), listed(site)),
        "ch12" => since_ch12!(name, site, ch12::HttpServer),
        "ch13" => since_ch12!(name, site, ch13::HttpServer),
        // No case has more clients, and each case that is played over TCP makes them all.
        "ch14" => since_ch12!(
            name,
            site,
            ch14::HttpServer,
            ch14::Limits { workers: 4, ..Default::default() },
            |server| server
        ),
        "ch15" => since_ch12!(
            name,
            site,
            ch15::HttpServer,
            ch15::Limits { workers: 4, ..Default::default() },
            LoopServer::new
        ),
        "ch16" => since_ch12!(
            name,
            site,
            ch16::HttpServer,
            ch16::Limits { workers: 4, ..Default::default() },
            TaskServer::new
        ),
        // Chapter 13's server, which does not know what it serves.
        "ch17" => {
            since_ch12!(name, site, ch17::HttpServer, gateway, Default::default(), |server| server)
        }
        // The same, and what it serves is a site with one route.
        "ch18" => {
            since_ch12!(name, site, ch18::HttpServer, app, Default::default(), |server| server)
        }
        "ch19" => {
            since_ch12!(name, site, ch19::HttpServer, app, Default::default(), |server| server)
        }
        // Its proxy, in front of chapter 18's site.
        "ch20" => proxy(name, site),
        "ch21" => {
            since_ch12!(name, site, ch21::HttpServer, app, Default::default(), |server| server)
        }
        "ch22" => {
            since_ch12!(name, site, ch22::HttpServer, app, Default::default(), |server| server)
        }
        _ => {
            panic!("tests/chapters/server.rs does not know the server of {name}: add a line there")
        }
    }
}

/// Proxies, and behind them servers that are patient, and have what chapter 18's have.
fn proxy(name: &'static str, site: &Site) -> Chapter {
    let origin = |register: &dyn Fn(&mut ch18::HttpServer)| {
        let mut server = ch18::HttpServer::default();
        server.limits.idle_time = Duration::from_secs(60);
        register(&mut server);
        Arc::new(server)
    };
    let common = origin(&|server| app::register_common(server));
    let files = origin(&|server| app::register_files(server, site));
    let proxy = |origin: &Arc<ch18::HttpServer>, idle_time, request_time: Option<Duration>| {
        let mut limits = ch20::Limits { workers: 4, idle_time, ..Default::default() };
        limits.request_time = request_time.unwrap_or(limits.request_time);
        Box::new(ProxyServer::new(limits, Arc::clone(origin)))
    };
    Chapter {
        name,
        handlers: proxy(&common, BRIEF, None),
        hasty: proxy(&common, HASTY, Some(HASTY)),
        patient: proxy(&common, Duration::from_secs(60), None),
        files: proxy(&files, BRIEF, None),
    }
}

/// A chapter whose answers are fixed.
fn fixed<S: Server + 'static>(
    name: &'static str,
    new: fn() -> S,
    limits: fn(&mut S) -> &mut ch06::Limits,
) -> Chapter {
    let mut hasty = new();
    limits(&mut hasty).request_time = HASTY;
    let [handlers, patient, files] = [(); 3].map(|()| Box::new(new()) as _);
    Chapter { name, handlers, hasty: Box::new(hasty), patient, files }
}
