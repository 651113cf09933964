//! The HTTP chapters, each with what the wire corpus needs from a server, and the
//! corpus run on them.

mod app;
mod gateway;
mod handlers;
mod server;
mod site;

use crate::binaries;
use crate::wire::{Case, Corpus, Cuts, Outcome, Results, Then, Transport, Verdict, sentence};
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
/// from chapter 5 on. Chapter 19 is about clients; chapters 21 and 22 have the servers of 18 and
/// 13.
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

    /// The one of its servers that `case` is for.
    fn server(&self, case: &Case) -> &dyn Server {
        match case {
            case if case.site => &*self.files,
            case if case.then == Then::Wait => &*self.hasty,
            case if case.is_conversation() => &*self.patient,
            _ => &*self.handlers,
        }
    }

    /// Plays cases, which are all for the same one of its servers, each over every transport until
    /// one fails. A verdict for each: the first one that is a failure, or the last one.
    ///
    /// What fails without a socket is not tried with one: a chapter without a
    /// deadline would keep us waiting. The others have one server on one port, one after the other;
    /// a case that fails there is played alone, and that is what counts.
    fn play(&self, cases: &[&Case], cuts: Cuts) -> Vec<Verdict> {
        let server = self.server(cases[0]);
        let tag = |request: &str| {
            let (conn, peer) = MockConnection::pair(request);
            server.on_connect(conn);
            peer.wait_closed();
            peer.sent()
        };
        let tagged: Vec<_> = cases.iter().map(|&case| case.clone().with_tag(tag)).collect();
        let without_socket = |case: &Case| {
            case.mock_transports(cuts).into_iter().find_map(|transport| {
                let verdict = case.over_mock(|conn| server.on_connect(conn), transport);
                (!verdict.passed()).then_some(verdict)
            })
        };
        let mut verdicts: Vec<_> = tagged.iter().map(without_socket).collect();
        let run = || {
            let body = |live: &Live| {
                let left =
                    tagged.iter().zip(&mut verdicts).filter(|(_, verdict)| verdict.is_none());
                for (case, verdict) in left {
                    // Where we would wait in vain, not for long.
                    let patience = match case.waits() && !server.has_deadlines() {
                        true => Duration::from_secs(1),
                        false => PATIENCE,
                    };
                    *verdict = Some(case.over_tcp(live.addr(), patience));
                }
            };
            Live::run(|incoming| server.serve(incoming), body);
        };
        // Chapter 8 hears of a handler's panic when all its threads have ended.
        // By then the clients have been served, and that is what counts.
        let outcome = catch_unwind(AssertUnwindSafe(run));
        let verdicts = cases.iter().zip(verdicts).map(|(&case, verdict)| match verdict {
            Some(verdict) if verdict.passed() || verdict.transport != Transport::Tcp => verdict,
            _ if cases.len() > 1 => self.play(&[case], cuts).remove(0),
            Some(verdict) => verdict,
            None => {
                let panic = outcome.as_ref().expect_err("a verdict or a panic");
                Verdict {
                    transport: Transport::Tcp,
                    events: Vec::new(),
                    expected: case.expected(),
                    faults: vec![format!("a panic: {}", sentence(&**panic))],
                }
            }
        });
        verdicts.collect()
    }
}

/// So many cases are played on one server over TCP, one after the other.
///
/// With a server for each, tens of thousands of ports would be taken within a minute, and most of
/// the time would go into looking for one that is free.
const ON_ONE_SERVER: usize = 16;

/// What is played, and what is told of it.
#[derive(Clone, Copy)]
pub struct Manner<'a> {
    /// The cases whose name contains this are played.
    pub words: &'a str,
    /// Where those are cut that are to be right at every split.
    pub cuts: Cuts,
    /// Of which case, on which chapter, passed or not, there is a report. Most of the time would go
    /// into those that nobody reads.
    pub tell: &'a (dyn Fn(&str, &str, bool) -> bool + Sync),
}

/// Plays cases on all chapters.
///
/// The chapters log to standard error, many thousand lines in all: whoever does
/// not want them calls this in another process. (The program `matrix` does so.)
pub fn play_all(corpus: &Corpus, manner: Manner) -> Results {
    let site = Site::new().expect("a temporary folder with the files of the site");
    play(corpus, &Chapter::all(&site), manner)
}

/// The same on these.
pub fn play(corpus: &Corpus, chapters: &[Chapter], manner: Manner) -> Results {
    let Manner { words, cuts, tell } = manner;
    let named = |case: &Case| case.applies() && case.name.contains(words);
    let cases: Vec<_> = corpus.cases.iter().enumerate().filter(|(_, case)| named(case)).collect();
    // Those who wait begin, each alone, so that the others are played meanwhile.
    let (waiting, mut others): (Vec<_>, Vec<_>) =
        cases.into_iter().partition(|(_, case)| case.waits());
    let kind = |(_, case): &(usize, &Case)| (case.site, case.is_conversation());
    others.sort_by_key(kind);
    let alike = others.chunk_by(|a, b| kind(a) == kind(b));
    let groups = waiting.chunks(1).chain(alike.flat_map(|alike| alike.chunks(ON_ONE_SERVER)));
    let of_all = |group| chapters.iter().enumerate().map(move |chapter| (group, chapter));
    let jobs: Vec<_> = groups.flat_map(of_all).collect();
    let next = AtomicUsize::new(0);
    let outcomes = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..32 {
            scope.spawn(|| {
                while let Some((group, (column, chapter))) =
                    jobs.get(next.fetch_add(1, Ordering::Relaxed))
                {
                    let cases: Vec<_> = group.iter().map(|(_, case)| *case).collect();
                    for ((row, case), verdict) in group.iter().zip(chapter.play(&cases, cuts)) {
                        let outcome = Outcome {
                            case: case.name.clone(),
                            chapter: chapter.name.to_owned(),
                            passed: verdict.passed(),
                            report: match tell(&case.name, chapter.name, verdict.passed()) {
                                true => verdict.to_string(),
                                false => String::new(),
                            },
                        };
                        let mut outcomes = outcomes.lock().expect("no thread panics with it");
                        outcomes.push(((row, column), outcome));
                    }
                }
            });
        }
    });
    let mut outcomes = outcomes.into_inner().expect("no thread has panicked with it");
    outcomes.sort_by_key(|(place, _)| *place);
    Results(outcomes.into_iter().map(|(_, outcome)| outcome).collect())
}
