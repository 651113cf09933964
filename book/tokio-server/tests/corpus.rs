//! The wire corpus on the server on tokio: over scripts, in a time that passes when nothing else
//! happens, and over sockets.

use anyhow::Result;
use ch16::{Request, RequestBody, Response};
use course_tests::chapters::{
    BRIEF, CHAPTERS, Chapter, HASTY, Manner, Registers, Server, Site, play, register_common,
    register_files,
};
use course_tests::wire::{Corpus, Cuts, FOLDER, Matrix, Outcome};
use mock::{Incoming, MockConnection};
use std::io::{self, ErrorKind, Read, Write};
use std::path::Path;
use std::pin::Pin;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;
use std::{env, thread};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::runtime::{Builder, LocalOptions};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_server::{HttpServer, HttpSite};

struct OnTokio(Arc<HttpServer>);

impl Server for OnTokio {
    fn on_connect(&self, conn: MockConnection) {
        let mut builder = Builder::new_current_thread();
        let runtime = builder.enable_all().start_paused(true).build_local(LocalOptions::default());
        let conn = Scripted { conn, waits_for_answer: None };
        runtime.unwrap().block_on(HttpSite::new(Arc::clone(&self.0)).on_connect(conn, None));
    }

    fn serve(&self, incoming: Incoming) {
        let (sender, mut receiver) = mpsc::unbounded_channel();
        thread::scope(|scope| {
            scope.spawn(move || {
                self.0.runtime().unwrap().block_on(async {
                    let (site, mut clients) = (HttpSite::new(Arc::clone(&self.0)), JoinSet::new());
                    while let Some(conn) = receiver.recv().await {
                        let (site, conn) = (site.clone(), TcpStream::from_std(conn).unwrap());
                        conn.set_nodelay(true).unwrap();
                        clients.spawn_local(async move { site.on_connect(conn, None).await });
                    }
                    site.close(clients).await;
                });
            });
            for conn in incoming.flatten() {
                conn.set_nonblocking(true).unwrap();
                sender.send(conn).unwrap();
            }
            drop(sender);
        });
    }
}

/// A connection that says what a script says.
struct Scripted {
    conn: MockConnection,
    /// Who is woken when something is said to it, if it waits for that.
    waits_for_answer: Option<Waker>,
}

impl AsyncRead for Scripted {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.waits_for_answer.is_none() {
            match self.conn.read(buffer.initialize_unfilled()) {
                // These two no socket of a loop says: that it is to be asked again, and that the
                // script has nothing to say before something is said to it.
                Err(error) if error.kind() == ErrorKind::Interrupted => {
                    context.waker().wake_by_ref();
                    return Poll::Pending;
                }
                Err(error) if error.kind() == ErrorKind::TimedOut => {}
                outcome => return Poll::Ready(outcome.map(|count| buffer.advance(count))),
            }
        }
        self.waits_for_answer = Some(context.waker().clone());
        Poll::Pending
    }
}

impl AsyncWrite for Scripted {
    fn poll_write(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.waits_for_answer.take().into_iter().for_each(Waker::wake);
        Poll::Ready(self.conn.write(bytes))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

/// The server, for those who register with any chapter's.
struct Registering(HttpServer);

impl Registers for Registering {
    fn register(
        &mut self,
        pattern: impl Fn(&Request) -> bool + Send + Sync + 'static,
        handler: impl Fn(&Request) -> Result<Response> + Send + Sync + 'static,
    ) {
        self.0.register(pattern, handler);
    }

    fn register_reading(
        &mut self,
        pattern: impl Fn(&Request) -> bool + Send + Sync + 'static,
        handler: impl Fn(&Request, &mut RequestBody<'_>) -> Result<Response> + Send + Sync + 'static,
    ) {
        self.0.register_reading(pattern, handler);
    }
}

/// The same four servers as the chapters have, each with this request time and idle time.
fn servers(site: &Site) -> [Box<dyn Server>; 4] {
    let usual = HttpServer::default().limits.request_time;
    let times = [(usual, BRIEF), (HASTY, HASTY), (usual, Duration::from_secs(60)), (usual, BRIEF)];
    let mut index = 0;
    times.map(|(request_time, idle_time)| {
        let mut server = Registering(HttpServer::default());
        server.0.limits.request_time = request_time;
        server.0.limits.idle_time = idle_time;
        server.0.limits.workers = 4;
        match index {
            3 => register_files(&mut server, site),
            _ => register_common(&mut server),
        }
        index += 1;
        Box::new(OnTokio(Arc::new(server.0))) as _
    })
}

/// In another process, whose log nobody hears: there are thousands of lines.
#[test]
fn every_case_that_chapter_16_passes_is_passed() {
    const INSIDE: &str = "CORPUS_ON_TOKIO";
    if env::var_os(INSIDE).is_none() {
        let mut command = Command::new(env::current_exe().unwrap());
        command.args(["--exact", "every_case_that_chapter_16_passes_is_passed", "--nocapture"]);
        let output = command.env(INSIDE, "yes").stderr(Stdio::null()).output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{text}");
        return;
    }
    let mut corpus = Corpus::load(Path::new(FOLDER)).unwrap();
    let site = Site::new().unwrap();
    let matrix = Matrix::load(&Path::new(FOLDER).join("matrix.toml"), &corpus, &CHAPTERS).unwrap();
    // What later chapters can do is not asked.
    corpus.cases.retain(|case| matrix.expects(&case.name, "ch16"));
    let manner = Manner { words: "", cuts: Cuts::Unlike, tell: &|_, _, passed| !passed };
    let results = play(&corpus, &[Chapter::of("tokio", servers(&site))], manner);
    let is_failure = |outcome: &&Outcome| !outcome.passed;
    for Outcome { case, report, .. } in results.0.iter().filter(is_failure) {
        println!("{case}\n{report}");
    }
    println!("{} of {} cases are passed", results.total("tokio"), results.0.len());
    assert!(!results.0.is_empty() && results.total("tokio") == results.0.len());
}
