use crate::conversations::Conversation;
use crate::conversations::Step::{Connect, Expect, ExpectEnd, Finish, Judge, Leave, Send};
use crate::wire::{Case, Corpus, Then};
use mock::{Reply, Seed};

/// The program serves the files of the site under `/`.
const SITE: [&str; 2] = ["--directory", "{site}"];

/// Requests of the wire corpus, by name, that the build task is judged by.
pub(super) const CASES: [&str; 3] = [
    "a file is served",
    "every byte of a file is served as it is",
    "HEAD of a file has its length and nothing of it",
];

/// Who asks, and wants nothing more.
const WHO: &[u8] = b"GET /who HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

const CLIENTS: [&str; 8] = ["ada", "bob", "dan", "zoe", "eve", "ida", "joe", "leo"];

pub(super) fn conversations(task: &str, corpus: &Corpus, seed: &mut Seed) -> Vec<Conversation> {
    match task {
        "build" => {
            let mut all = vec![who_says_nothing_disturbs_nobody(seed), echoes("--poll", seed)];
            all.extend(files(corpus));
            all
        }
        "wheel" => kitchen(seed),
        "relay" => vec![relayed(seed), large(seed)],
        _ => Vec::new(),
    }
}

/// What is asked for files. Who has sent all and stays would be closed only when it was idle for
/// long, and whoever checks has less time than that.
pub(super) fn files(corpus: &Corpus) -> impl Iterator<Item = Conversation> {
    let cases = corpus.cases.iter().filter(|case| CASES.contains(&&*case.name));
    let ending = cases.map(|case| Case { then: Then::HalfClose, ..case.clone() });
    ending.map(|case| Conversation::of_case(&case, &SITE))
}

/// Some say nothing, or not all of it, and somebody asks.
pub(super) fn who_says_nothing_disturbs_nobody(seed: &mut Seed) -> Conversation {
    let (silent, ask) = CLIENTS.split_at(seed.number(1..=7));
    let begun = &WHO[..seed.number(1..=WHO.len() - 1)];
    let mut steps = vec![Send(silent[0], begun.to_vec())];
    steps.extend(silent[1..].iter().map(|name| Connect(name)));
    steps.extend(ask.iter().map(|name| Send(name, WHO.to_vec())));
    steps.extend(ask.iter().map(|name| Judge(name, is_told_who)));
    steps.push(Send(silent[0], WHO[begun.len()..].to_vec()));
    steps.push(Judge(silent[0], is_told_who));
    Conversation::new("who says nothing disturbs nobody", &[], steps)
}

fn is_told_who(answer: &[u8]) -> Result<(), String> {
    let reply = Reply::try_parse(answer, false)?;
    match (reply.status, &reply.body[..]) {
        (200, b"127.0.0.1\n") => Ok(()),
        (status, _) => Err(format!("the answer is {status}, or tells another address")),
    }
}

/// Each client hears what it says, in turns, and the end after its own.
pub(super) fn echoes(option: &str, seed: &mut Seed) -> Conversation {
    let names = &CLIENTS[..seed.number(2..=8)];
    let mut steps = vec![Connect(names[0])];
    for _ in 0..3 {
        let said: Vec<_> = names.iter().map(|&name| (name, seed.bytes(50))).collect();
        steps.extend(said.iter().map(|(name, bytes)| Send(name, bytes.clone())));
        steps.extend(said.into_iter().map(|(name, bytes)| Expect(name, bytes)));
    }
    steps.push(Leave(names[0]));
    for name in &names[1..] {
        let bytes = seed.bytes(5000);
        steps.extend([Send(name, bytes.clone()), Finish(name), ExpectEnd(name, bytes)]);
    }
    Conversation::new("each client hears what it says", &[option], steps)
}

/// Dishes are served when they are done, to whoever has ordered them, unless they are forgotten.
fn kitchen(seed: &mut Seed) -> Vec<Conversation> {
    let [soup, bread, cake] = [0; 3].map(|_| seed.word());
    let times = [300, 100, 200].map(|time| time + seed.number(0..=30));
    let orders = format!("{} {soup}\n{} {bread}\n{} {cake}\n", times[0], times[1], times[2]);
    let served = format!("{bread}\n{cake}\n{soup}\n");
    let order = vec![
        Send("bob", format!("{} {soup}\n", times[1]).into_bytes()),
        Send("ada", orders.into_bytes()),
        Expect("ada", served.into_bytes()),
        Expect("bob", format!("{soup}\n").into_bytes()),
    ];
    let orders = format!("{} {soup}\n{} {bread}\nforget\n", times[2], times[1]);
    let forget = vec![
        Send("ada", orders.into_bytes()),
        Expect("ada", format!("{soup}\n").into_bytes()),
        Send("ada", format!("0 {cake}\n").into_bytes()),
        Expect("ada", format!("{cake}\n").into_bytes()),
    ];
    let options = ["--kitchen"];
    vec![
        Conversation::new("what takes less time is served first", &options, order),
        Conversation::new("what is forgotten is not served", &options, forget),
    ]
}

/// An echo behind a relay.
fn relayed(seed: &mut Seed) -> Conversation {
    let mut steps = Vec::new();
    for _ in 0..3 {
        for name in ["ada", "bob"] {
            let bytes = seed.bytes(100);
            steps.extend([Send(name, bytes.clone()), Expect(name, bytes)]);
        }
    }
    steps.push(Leave("bob"));
    steps.extend([Finish("ada"), ExpectEnd("ada", Vec::new())]);
    Conversation::new("what is said comes back through the relay", &["--relay", "echo"], steps)
}

/// More than is read at once.
fn large(seed: &mut Seed) -> Conversation {
    let bytes = seed.bytes(200_000);
    let steps = vec![Send("ada", bytes.clone()), Expect("ada", bytes)];
    Conversation::new("much comes back through the relay", &["--relay", "echo"], steps)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conversations::expected::{assert_expected, assert_holds_its_own};
    use ch15::{HttpServer, Response, echo_by_poll, path};
    use mock::TcpClient;
    use std::net::TcpListener;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::thread;
    use std::time::Duration;

    #[test]
    fn chapter_15_is_expected_to_pass_each_case_that_is_named() {
        assert_expected(CASES, "ch15");
    }

    /// What is wrong with a conversation when the chapter's own server holds it, with what its
    /// program would make of the arguments.
    fn fault(one: &Conversation, patience: Duration) -> Option<String> {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        if one.arguments == ["--poll"] {
            return fault_of_echo(one, &listener, patience);
        }
        let mut server = HttpServer::default();
        server.register(path("/who"), |request| {
            let peer = request.peer.map(|peer| peer.ip().to_string());
            Ok(Response::text(peer.unwrap_or_default() + "\n"))
        });
        let stop = server.stop.clone();
        thread::scope(|scope| {
            scope.spawn(|| server.serve(listener));
            let fault = one.hold(address, patience).fault;
            stop.request();
            fault
        })
    }

    fn fault_of_echo(
        one: &Conversation,
        listener: &TcpListener,
        patience: Duration,
    ) -> Option<String> {
        let is_over = AtomicBool::new(false);
        thread::scope(|scope| {
            scope.spawn(|| echo_by_poll(listener, || is_over.load(Ordering::SeqCst)));
            let address = listener.local_addr().unwrap();
            let fault = one.hold(address, patience).fault;
            is_over.store(true, Ordering::SeqCst);
            // Else it would wait until somebody comes.
            drop(TcpClient::connect(address));
            fault
        })
    }

    #[test]
    fn chapter_15_holds_its_conversations_and_not_those_of_the_extensions() {
        let short = Duration::from_millis(300);
        assert_holds_its_own("ch15", |one| !one.wants_site(), ["wheel", "relay"], short, fault);
    }
}
