use crate::conversations::Conversation;
use crate::conversations::Step::{Connect, Judge, Leave, Send};
use crate::wire::{Case, Corpus, Then};
use mock::{Reply, Seed};

/// The program serves the files of the site under `/`.
const SITE: [&str; 2] = ["--directory", "{site}"];

/// Requests of the wire corpus, by name, that the build task is judged by.
const CASES: [&str; 3] = [
    "a file is served",
    "every byte of a file is served as it is",
    "HEAD of a file has its length and nothing of it",
];

/// Who asks, and wants nothing more.
const WHO: &[u8] = b"GET /who HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

/// The same, and more may follow.
const KEPT: &[u8] = b"GET /who HTTP/1.1\r\nHost: localhost\r\n\r\n";

pub(super) fn conversations(task: &str, corpus: &Corpus, seed: &mut Seed) -> Vec<Conversation> {
    match task {
        "build" => {
            let cases = corpus.cases.iter().filter(|case| CASES.contains(&&*case.name));
            let mut all = vec![who_keeps_a_worker_leaves(seed), who_waits_is_served(seed)];
            // Who has sent all and stays is closed when it was idle for long, and whoever checks
            // has less time than that.
            let ending = cases.map(|case| Case { then: Then::HalfClose, ..case.clone() });
            all.extend(ending.map(|case| Conversation::of_case(&case, &SITE)));
            all
        }
        "deadline" => deadlines(seed),
        "elastic" => vec![workers(seed)],
        _ => Vec::new(),
    }
}

const CLIENTS: [&str; 8] = ["ada", "bob", "dan", "zoe", "eve", "ida", "joe", "leo"];

/// As many clients as there are workers ask and stay, and as many others come and ask.
fn who_keeps_a_worker_leaves(seed: &mut Seed) -> Conversation {
    let workers = seed.number(1..=4);
    let (stay, ask) = CLIENTS[..2 * workers].split_at(workers);
    // Nobody who asks is done before all who stayed have left: else one worker could serve them
    // all, and the others need not leave.
    let (begin, end) = WHO.split_at(seed.number(1..=WHO.len() - 1));
    let mut steps: Vec<_> = stay.iter().map(|name| Send(name, KEPT.to_vec())).collect();
    steps.extend(ask.iter().map(|name| Send(name, begin.to_vec())));
    steps.extend(stay.iter().flat_map(|name| [Judge(name, is_told_who), Leave(name)]));
    steps.extend(ask.iter().map(|name| Send(name, end.to_vec())));
    steps.extend(ask.iter().map(|name| Judge(name, is_told_who)));
    let name = "who has its answer leaves when others wait for a worker";
    Conversation::new(name, &["--workers", &workers.to_string()], steps)
}

/// Somebody has a worker and says nothing for a while; the others wait for as long.
fn who_waits_is_served(seed: &mut Seed) -> Conversation {
    let waiting = &CLIENTS[1..=seed.number(2..=6)];
    let mut steps = vec![Connect("ada")];
    steps.extend(waiting.iter().map(|name| Send(name, WHO.to_vec())));
    steps.push(Send("ada", WHO.to_vec()));
    steps.push(Judge("ada", is_told_who));
    steps.extend(waiting.iter().map(|name| Judge(name, is_told_who)));
    let queue = waiting.len().to_string();
    let name = "who waits for a worker is served in the end";
    Conversation::new(name, &["--workers", "1", "--queue", &queue], steps)
}

fn is_told_who(answer: &[u8]) -> Result<(), String> {
    let reply = Reply::try_parse(answer, false)?;
    match (reply.status, &reply.body[..]) {
        (200, b"127.0.0.1\n") => Ok(()),
        (status, _) => Err(format!("the answer is {status}, or tells another address")),
    }
}

/// One who comes in time, and one who is late however fast it is.
fn deadlines(seed: &mut Seed) -> Vec<Conversation> {
    let workers = seed.number(1..=3).to_string();
    let patient = ["--deadline", "60000", "--workers", &workers];
    let hasty = ["--deadline", "0", "--workers", &workers];
    let steps = vec![Send("ada", WHO.to_vec()), Judge("ada", is_told_who)];
    let in_time = Conversation::new("who has not waited long is served", &patient, steps);
    let steps = vec![
        Connect("ada"),
        Judge("ada", |answer| {
            let reply = Reply::try_parse(answer, false)?;
            match (reply.status, reply.header("Retry-After")) {
                (503, Some("1")) => Ok(()),
                (status, after) => Err(format!("the answer is {status}, Retry-After: {after:?}")),
            }
        }),
    ];
    vec![in_time, Conversation::new("who has waited too long is told 503", &hasty, steps)]
}

/// Some clients keep a worker each, and one asks how many there are.
fn workers(seed: &mut Seed) -> Conversation {
    let busy = seed.number(1..=6);
    let request = b"GET /workers HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    let mut steps: Vec<_> = CLIENTS[..busy].iter().map(|name| Connect(name)).collect();
    steps.extend([Send("max", request.to_vec()), Judge("max", JUDGES[busy])]);
    let name = "a worker is made for whoever finds all busy";
    Conversation::new(name, &["--elastic", "7"], steps)
}

type Verdict = fn(&[u8]) -> Result<(), String>;

/// What is wrong with an answer that tells of so many workers besides one's own.
const JUDGES: [Verdict; 7] = [
    tells_of::<1>,
    tells_of::<2>,
    tells_of::<3>,
    tells_of::<4>,
    tells_of::<5>,
    tells_of::<6>,
    tells_of::<7>,
];

fn tells_of<const WORKERS: usize>(answer: &[u8]) -> Result<(), String> {
    let body = Reply::try_parse(answer, false)?.body;
    match body == format!("{WORKERS}\n").into_bytes() {
        true => Ok(()),
        false => Err(format!("there are not {WORKERS} workers")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chapters::Site;
    use crate::conversations::expected::{assert_expected, corpus};
    use ch14::{HttpServer, Limits, Listing, Response, path, serve_static};
    use mock::Live;
    use std::time::Duration;

    #[test]
    fn chapter_14_is_expected_to_pass_each_case_that_is_named() {
        assert_expected(CASES, "ch14");
    }

    /// What is wrong with a conversation when the chapter's own server holds it, with what its
    /// program would make of the arguments.
    fn fault(one: &Conversation, patience: Duration) -> Option<String> {
        let mut server = HttpServer::default();
        // Whoever has the last answer and stays is waited for, which nothing here is about.
        server.limits.drain_time = Duration::from_millis(50);
        let site = Site::new().unwrap();
        for option in one.arguments.chunks(2) {
            let value = || option[1].parse().unwrap();
            match option[0].as_str() {
                "--workers" => server.limits.workers = value(),
                "--queue" => server.limits.queue = value(),
                "--directory" => {
                    let (pattern, files) = serve_static("/", &site.root(), Listing::Shown);
                    server.register_reading(pattern, move |request, _| files(request));
                }
                _ => {}
            }
        }
        server.register(path("/who"), |request| {
            let peer = request.peer.map(|peer| peer.ip().to_string());
            Ok(Response::text(peer.unwrap_or_default() + "\n"))
        });
        Live::run(|incoming| server.serve(incoming), |live| one.hold(live.addr(), patience).fault)
    }

    #[test]
    fn chapter_14_holds_its_conversations_and_not_those_of_the_extensions() {
        // Nobody waits until an idle client is closed.
        let (long, short) = (Limits::default().idle_time / 2, Duration::from_millis(300));
        for _ in 0..5 {
            let build = conversations("build", corpus(), &mut Seed::new());
            assert_eq!(build.iter().filter(|one| one.wants_site()).count(), CASES.len());
            for one in &build {
                assert_eq!(fault(one, long), None, "{}", one.name);
            }
        }
        let [in_time, late] = &deadlines(&mut Seed::new())[..] else { panic!("two of them") };
        // Whoever never says 503 passes this one.
        assert_eq!(fault(in_time, long), None, "{}", in_time.name);
        assert!(fault(late, short).is_some(), "{}", late.name);
        let workers = workers(&mut Seed::new());
        assert!(fault(&workers, short).is_some(), "{}", workers.name);
    }
}
