//! What chapter 16 promises of its server, seen again on tokio. Nobody sleeps: the time passes
//! when nobody has anything to do, and what is measured here is exact.

use ch16::{Request, Response, Stop, path};
use mock::{Gate, Reply};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::{Builder, LocalOptions};
use tokio::task::{JoinSet, spawn_local, yield_now};
use tokio::time::{Instant, sleep};
use tokio_server::{HttpServer, HttpSite};

/// How much of an answer the way to the client holds.
const WAY: usize = 8 * 1024;

/// Runs `body` in a runtime whose clock stands still while anybody has something to do.
fn run(body: impl AsyncFnOnce()) {
    let mut builder = Builder::new_current_thread();
    let runtime = builder.enable_all().start_paused(true).build_local(LocalOptions::default());
    runtime.unwrap().block_on(body());
}

struct Site {
    site: HttpSite,
    stop: Stop,
    clients: JoinSet<()>,
}

impl Site {
    fn new(change: impl FnOnce(&mut HttpServer)) -> Self {
        let mut server = HttpServer::default();
        server.register(path("/"), |_| Ok(Response::text("Hi there!\n")));
        server.register(path("/large"), |_| Ok(Response::text(vec![b'x'; 20 * WAY])));
        change(&mut server);
        let stop = server.stop.clone();
        Self { site: HttpSite::new(Arc::new(server)), stop, clients: JoinSet::new() }
    }

    /// A client that has sent `bytes`.
    async fn client(&mut self, bytes: impl AsRef<[u8]>) -> DuplexStream {
        let (conn, mut client) = duplex(WAY);
        let site = self.site.clone();
        self.clients.spawn_local(async move { site.on_connect(conn, None).await });
        client.write_all(bytes.as_ref()).await.unwrap();
        client
    }
}

fn get(target: &str, fields: &str) -> String {
    format!("GET {target} HTTP/1.1\r\nHost: a\r\n{fields}\r\n")
}

fn last(target: &str) -> String {
    get(target, "Connection: close\r\n")
}

/// The answers up to the end of the connection, status and text.
async fn rest(client: &mut DuplexStream) -> Vec<(u16, String)> {
    let mut bytes = Vec::new();
    client.read_to_end(&mut bytes).await.unwrap();
    let mut rest = &bytes[..];
    let mut all = Vec::new();
    while !rest.is_empty() {
        let (reply, length) = Reply::try_parse_first(rest, false, true).unwrap().unwrap();
        all.push((reply.status, reply.text().to_owned()));
        rest = &rest[length..];
    }
    all
}

/// The next answer, of a connection that stays.
async fn next(client: &mut DuplexStream) -> Reply {
    let mut bytes = Vec::new();
    loop {
        assert_ne!(client.read_buf(&mut bytes).await.unwrap(), 0, "{}", bytes.escape_ascii());
        if let Some((reply, length)) = Reply::try_parse_first(&bytes, false, true).unwrap() {
            assert_eq!(length, bytes.len());
            return reply;
        }
    }
}

fn hi() -> (u16, String) {
    (200, "Hi there!\n".to_owned())
}

#[test]
fn pipelined_requests_are_answered_in_their_order_however_they_are_cut() {
    let requests = [get("/", ""), get("/nowhere", ""), last("/")].concat();
    for at in 1..requests.len() {
        run(async || {
            let mut site = Site::new(|_| {});
            let mut client = site.client(&requests[..at]).await;
            yield_now().await;
            client.write_all(&requests.as_bytes()[at..]).await.unwrap();
            let statuses: Vec<_> = rest(&mut client).await.into_iter().map(|one| one.0).collect();
            assert_eq!(statuses, [200, 404, 200], "cut at {at}");
        });
    }
}

#[test]
fn a_connection_that_is_kept_is_closed_when_it_was_idle_for_long_enough() {
    run(async || {
        let mut site = Site::new(|_| {});
        let mut client = site.client(get("/", "")).await;
        for _ in 0..3 {
            assert_eq!(next(&mut client).await.text(), "Hi there!\n");
            sleep(Duration::from_secs(4)).await;
            client.write_all(get("/", "").as_bytes()).await.unwrap();
        }
        assert_eq!(next(&mut client).await.status, 200);
        let begin = Instant::now();
        assert_eq!(rest(&mut client).await, []);
        // tokio's timers are good to a millisecond, and never early.
        assert_eq!(begin.elapsed().as_millis() / 10, 500);
    });
}

#[test]
fn who_does_not_finish_a_request_is_told_408_and_who_takes_no_answer_is_given_up() {
    run(async || {
        let mut site = Site::new(|_| {});
        let begin = Instant::now();
        let mut slow = site.client("GET / HT").await;
        let mut deaf = site.client(get("/large", "")).await;
        assert_eq!(rest(&mut slow).await[0].0, 408);
        assert_eq!(begin.elapsed().as_millis() / 10, 1000);
        while site.clients.join_next().await.is_some() {}
        assert!(begin.elapsed() < Duration::from_secs(12), "{:?}", begin.elapsed());
        let mut taken = Vec::new();
        deaf.read_to_end(&mut taken).await.unwrap();
        assert_eq!(taken.len(), WAY);
    });
}

#[test]
fn handlers_that_wait_in_tasks_wait_side_by_side_and_occupy_no_worker() {
    run(async || {
        let mut site = Site::new(|server| (server.limits.workers, server.limits.queue) = (1, 0));
        site.site.register_async(path("/second"), async |_: &Request| {
            sleep(Duration::from_secs(1)).await;
            Ok(Response::text("after a second\n"))
        });
        let begin = Instant::now();
        let mut clients = Vec::new();
        for _ in 0..100 {
            clients.push(site.client(last("/second")).await);
        }
        for client in &mut clients {
            assert_eq!(rest(client).await, [(200, "after a second\n".to_owned())]);
        }
        assert_eq!(begin.elapsed().as_millis() / 10, 100);
    });
}

#[test]
fn when_all_places_for_what_waits_are_taken_the_next_is_told_503() {
    run(async || {
        let gate = Gate::new();
        let mut site = Site::new(|server| {
            let gate = gate.clone();
            server.register_waiting(path("/gate"), move |_| {
                gate.wait();
                Ok(Response::text("through the gate\n"))
            });
            (server.limits.workers, server.limits.queue) = (1, 1);
        });
        let mut waiting = [site.client(last("/gate")).await, site.client(last("/gate")).await];
        let mut refused = site.client(last("/gate")).await;
        assert_eq!(rest(&mut refused).await, [(503, String::new())]);
        // As long as they wait, others are answered.
        assert_eq!(rest(&mut site.client(last("/")).await).await, [hi()]);
        gate.open();
        for waiting in &mut waiting {
            assert_eq!(rest(waiting).await, [(200, "through the gate\n".to_owned())]);
        }
        // And the places are free again.
        let mut later = site.client(last("/gate")).await;
        assert_eq!(rest(&mut later).await[0].0, 200);
    });
}

/// Whatever a task holds goes when it is aborted: the future of the handler, and the permit.
#[test]
fn a_task_that_is_aborted_leaves_nothing_behind() {
    run(async || {
        let mut site = Site::new(|server| server.limits.connections = 1);
        let held = Rc::new(());
        let of_handler = Rc::clone(&held);
        site.site.register_async(path("/never"), async move |_: &Request| {
            let _held = Rc::clone(&of_handler);
            std::future::pending().await
        });
        let mut never = site.client(get("/never", "")).await;
        while Rc::strong_count(&held) < 3 {
            yield_now().await;
        }
        let mut refused = site.client(last("/")).await;
        assert_eq!(rest(&mut refused).await, [(503, String::new())]);
        site.clients.abort_all();
        while site.clients.join_next().await.is_some() {}
        assert_eq!(Rc::strong_count(&held), 2);
        assert_eq!(rest(&mut never).await, []);
        assert_eq!(rest(&mut site.client(last("/")).await).await, [hi()]);
    });
}

#[test]
fn who_has_asked_for_nothing_for_the_longest_time_makes_way() {
    run(async || {
        let mut site = Site::new(|server| server.limits.connections = 2);
        let mut idle = site.client(get("/", "")).await;
        assert_eq!(next(&mut idle).await.status, 200);
        let begin = Instant::now();
        let mut busy = site.client("GET / HT").await;
        assert_eq!(rest(&mut site.client(last("/")).await).await, [hi()]);
        assert_eq!(rest(&mut idle).await, []);
        busy.write_all(b"TP/1.0\r\n\r\n").await.unwrap();
        assert_eq!(rest(&mut busy).await, [hi()]);
        assert_eq!(begin.elapsed(), Duration::ZERO);
    });
}

#[test]
fn at_a_stop_who_is_idle_is_closed_who_has_not_asked_may_for_a_second_and_the_rest_until_the_end() {
    run(async || {
        let mut site = Site::new(|_| {});
        let mut idle = site.client(get("/", "")).await;
        assert_eq!(next(&mut idle).await.status, 200);
        let mut new = site.client("").await;
        let mut silent = site.client("").await;
        let mut begun = site.client("GET / HTTP/1.1\r\n").await;
        let mut slow = site.client(get("/large", "")).await;
        yield_now().await;
        site.stop.request();
        let begin = Instant::now();
        let Site { site, clients, .. } = site;
        let closed = spawn_local(async move {
            site.close(clients).await;
            begin.elapsed()
        });
        assert_eq!(rest(&mut idle).await, []);
        assert_eq!(begin.elapsed(), Duration::ZERO);
        new.write_all(get("/", "").as_bytes()).await.unwrap();
        assert_eq!(rest(&mut new).await, [hi()]);
        begun.write_all(b"Host: a\r\n\r\n").await.unwrap();
        assert_eq!(rest(&mut begun).await, [hi()]);
        assert_eq!(begin.elapsed(), Duration::ZERO);
        assert_eq!(rest(&mut silent).await, []);
        assert_eq!(begin.elapsed().as_millis() / 10, 100);
        // It takes a little, each second, and is not done in time.
        while !closed.is_finished() {
            let mut some = [0; 100];
            slow.read_exact(&mut some).await.unwrap();
            sleep(Duration::from_secs(1)).await;
        }
        assert_eq!(closed.await.unwrap().as_millis() / 10, 1000);
    });
}

/// Over sockets, by `serve`. What the client sends behind the answer must not cost it that.
#[test]
fn who_is_told_while_it_sends_a_body_may_send_on() {
    let Site { site, stop, .. } = Site::new(|_| {});
    let runtime = HttpServer::default().runtime().unwrap();
    runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let served = spawn_local(async move { site.serve(listener).await });
        let mut client = TcpStream::connect(address).await.unwrap();
        let head = "POST /nowhere HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n";
        client.write_all(head.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        client.read_to_end(&mut answer).await.unwrap();
        assert_eq!(Reply::parse(&answer).status, 404);
        for _ in 0..10 {
            client.write_all(&[b'x'; 1000]).await.unwrap();
            yield_now().await;
        }
        drop(client);
        stop.request();
        served.await.unwrap();
    });
}

/// As soon as it says where it listens, it has heard of Ctrl-C.
#[cfg(unix)]
#[test]
fn the_program_stops_at_ctrl_c() {
    use launch::Running;
    use nix::sys::signal::{Signal, kill};
    use nix::unistd::Pid;
    use std::process::{Command, Stdio};

    for _ in 0..10 {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tokio-server"));
        command.args(["127.0.0.1:0", "--directory", env!("CARGO_MANIFEST_DIR")]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let running = Running::start(command);
        running.address();
        kill(Pid::from_raw(running.id().cast_signed()), Signal::SIGINT).unwrap();
        let ended = running.wait();
        assert_eq!(ended.code, 0, "{}", ended.errors);
        assert!(ended.errors.starts_with("stopping: "), "{}", ended.errors);
    }
}
