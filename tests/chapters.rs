//! The HTTP chapters, each with what the wire corpus needs from a server, and the
//! corpus run on them.

mod app;
mod gateway;
mod handlers;
mod server;
mod site;

use crate::binaries;
use crate::wire::{Case, Corpus, Outcome, Results, Then, Transport, Verdict, sentence};
pub use handlers::{Registers, register_common, register_files};
use mock::{Live, MockConnection, PATIENCE};
pub use server::{BRIEF, HASTY, Server};
pub use site::Site;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{LazyLock, Mutex};
use std::thread;
use std::time::Duration;

/// The names of the chapters that the corpus is run on: all that have an HTTP server of their own,
/// from chapter 5 on. Chapter 19 is about clients; chapters 21 and 22 have the servers of 18 and 13.
pub static CHAPTERS: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
    let chapters = binaries::chapters().into_iter();
    let http = chapters.filter(|chapter| {
        chapter.number() >= 5 && !["ch19", "ch21", "ch22"].contains(&&*chapter.id)
    });
    http.map(|chapter| &*chapter.id.leak()).collect()
});

/// The servers of one chapter.
pub struct Chapter {
    /// Its name: `ch05`.
    pub name: &'static str,
    /// With handlers.
    handlers: Box<dyn Server>,
    /// The same with a short deadline.
    hasty: Box<dyn Server>,
    /// The same, with time for a client between one request and the next. (The others do not
    /// wait long for a next request, and so a case with one need not either.)
    patient: Box<dyn Server>,
    /// With the files of a [`Site`].
    files: Box<dyn Server>,
}

impl Chapter {
    /// One that is none: a server which is to pass what the chapters pass. The four are as they are
    /// named in this struct.
    pub fn of(name: &'static str, servers: [Box<dyn Server>; 4]) -> Self {
        let [handlers, hasty, patient, files] = servers;
        Self { name, handlers, hasty, patient, files }
    }

    /// All chapters; files come from `site`.
    pub fn all(site: &Site) -> Vec<Self> {
        CHAPTERS.iter().map(|name| server::chapter(name, site)).collect()
    }

    /// Plays a case, over each transport until one fails.
    ///
    /// What fails without a socket is not tried with one: a chapter without a
    /// deadline would keep us waiting.
    pub fn play(&self, case: &Case) -> Verdict {
        let server = match case {
            case if case.site => &self.files,
            case if case.then == Then::Wait => &self.hasty,
            case if case.is_conversation() => &self.patient,
            _ => &self.handlers,
        };
        let case = &case.clone().with_tag(|request| {
            let (conn, peer) = MockConnection::pair(request);
            server.on_connect(conn);
            peer.wait_closed();
            peer.sent()
        });
        for transport in case.mock_transports() {
            let verdict = case.over_mock(|conn| server.on_connect(conn), transport);
            if !verdict.passed() {
                return verdict;
            }
        }
        // Where we would wait in vain, not for long.
        let patience = match case.waits() && !server.has_deadlines() {
            true => Duration::from_secs(1),
            false => PATIENCE,
        };
        let mut played = None;
        let run = || {
            let body = |live: &Live| played = Some(case.over_tcp(live.addr(), patience));
            Live::run(|incoming| server.serve(incoming), body);
        };
        // Chapter 8 hears of a handler's panic when all its threads have ended.
        // By then the clients have been served, and that is what counts.
        let outcome = catch_unwind(AssertUnwindSafe(run));
        played.unwrap_or_else(|| {
            let panic = outcome.expect_err("a verdict or a panic");
            Verdict {
                transport: Transport::Tcp,
                events: Vec::new(),
                expected: case.expected(),
                faults: vec![format!("a panic: {}", sentence(&*panic))],
            }
        })
    }
}

/// Plays all cases whose name contains `words`, on all chapters.
///
/// The chapters log to standard error, many thousand lines in all: whoever does
/// not want them calls this in another process. (The program `matrix` does so.)
pub fn play_all(corpus: &Corpus, words: &str) -> Results {
    let site = Site::new().expect("a temporary folder with the files of the site");
    play(corpus, words, &Chapter::all(&site))
}

/// The same on these.
pub fn play(corpus: &Corpus, words: &str, chapters: &[Chapter]) -> Results {
    let cases = corpus.cases.iter().filter(|case| case.applies() && case.name.contains(words));
    let mut jobs: Vec<_> =
        cases.flat_map(|case| chapters.iter().map(move |ch| (case, ch))).collect();
    let place = |job: &(&Case, &Chapter)| {
        let case = corpus.cases.iter().position(|case| case.name == job.0.name);
        (case, job.1.name)
    };
    // Those who wait begin, so that the others are played meanwhile.
    jobs.sort_by_key(|job| !job.0.waits());
    let next = AtomicUsize::new(0);
    let outcomes = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| {
                while let Some(job) = jobs.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let (case, chapter) = job;
                    let verdict = chapter.play(case);
                    let outcome = Outcome {
                        case: case.name.clone(),
                        chapter: chapter.name.to_owned(),
                        passed: verdict.passed(),
                        report: verdict.to_string(),
                    };
                    outcomes.lock().expect("no thread panics with it").push((place(job), outcome));
                }
            });
        }
    });
    let mut outcomes = outcomes.into_inner().expect("no thread has panicked with it");
    outcomes.sort_by_key(|(place, _)| *place);
    Results(outcomes.into_iter().map(|(_, outcome)| outcome).collect())
}
