//! A run: a chapter's server and the five clients, from the first connection to the last answer.

use crate::record::clients::{CLIENTS, Client, Step, is_in_turn, play};
use crate::record::recorder::Recorder;
use crate::record::servers;
use anyhow::{Context, Result, anyhow};
use ch13::Stop;
use std::net::TcpListener;
use std::thread;
use std::time::Duration;
use workbook::pages::trace::event::{Event, EventKind, Operation};

/// How long a run is looked at.
const TIME: Duration = Duration::from_millis(1000);

/// Records a chapter's server with clients that keep to their times.
pub fn record(chapter: &str) -> Result<Vec<Event>> {
    let sleep_until = |recorder: &Recorder, at: Duration| {
        thread::sleep(at.saturating_sub(recorder.elapsed()));
        Ok(())
    };
    let before = |recorder: &Recorder, client: &Client, step: usize| {
        sleep_until(recorder, Duration::from_millis(client.steps[step].0))?;
        // On a busy machine somebody may be late.
        recorder.wait_until("the one before", |events| is_in_turn(events, client, step))
    };
    record_with(chapter, before, |recorder| sleep_until(recorder, TIME))
}

/// Records a chapter's server. `before` returns when it is time for the step of a client that has
/// this number, `at_end` when enough was seen after the last one.
pub fn record_with(
    chapter: &str,
    before: impl Fn(&Recorder, &Client, usize) -> Result<()> + Sync,
    at_end: impl FnOnce(&Recorder) -> Result<()>,
) -> Result<Vec<Event>> {
    let listener = TcpListener::bind("127.0.0.1:0").context("cannot listen on 127.0.0.1")?;
    let address = listener.local_addr()?;
    let recorder = &Recorder::new();
    let stop = &Stop::default();
    thread::scope(|scope| {
        let server = thread::Builder::new().name(servers::lane(chapter).to_owned());
        let server =
            server.spawn_scoped(scope, || servers::serve(chapter, listener, recorder, stop))?;
        let played = play(address, recorder, &|client, step| before(recorder, client, step))
            .and_then(|()| recorder.wait_until("the end of all", all_is_done))
            .and_then(|()| at_end(recorder));
        recorder.close();
        stop.request(address);
        let served = server.join().map_err(|_| anyhow!("the server panicked"))?;
        played.and(served).map(|()| recorder.events())
    })
}

/// Whether the server has answered everybody who asked, and knows that the others have left.
fn all_is_done(events: &[Event]) -> bool {
    CLIENTS.iter().all(|client| {
        let asks = client.steps.iter().any(|(_, step)| matches!(step, Step::Read));
        events.iter().filter(|event| event.client == Some(client.letter)).any(|event| match asks {
            true => event.kind == EventKind::End(Operation::Write),
            false => event.kind == EventKind::End(Operation::Read) && event.detail == "the end",
        })
    })
}
