use crate::conversations::Conversation;
use crate::conversations::Step::{Connect, ExpectEnd, Judge, Send};
use crate::wire::{Answer, Bytes, Case, Corpus, Then};
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

pub(super) fn conversations(task: &str, corpus: &Corpus, seed: &mut Seed) -> Vec<Conversation> {
    match task {
        "build" => {
            let cases = corpus.cases.iter().filter(|case| CASES.contains(&&*case.name));
            let mut all = vec![
                who_waits_longest_goes("--connections", seed),
                who_waits_longest_goes("--per-network", seed),
                a_stop(),
            ];
            // Who has sent all and stays is closed when it was idle for long, and whoever checks
            // has less time than that.
            let ending = cases.map(|case| Case { then: Then::HalfClose, ..case.clone() });
            all.extend(ending.map(|case| Conversation::of_case(&case, &SITE)));
            all
        }
        "limited" => vec![rate(seed)],
        "forwarded" => forwarded(seed),
        _ => Vec::new(),
    }
}

/// All permits are taken by clients that say nothing, and somebody asks.
fn who_waits_longest_goes(option: &str, seed: &mut Seed) -> Conversation {
    let permits = seed.number(2..=4);
    let silent = &["ada", "bob", "dan", "zoe"][..permits];
    let mut steps: Vec<_> = silent.iter().map(|name| Connect(name)).collect();
    steps.extend([
        Send("eve", WHO.to_vec()),
        Judge("eve", is_told_who),
        ExpectEnd("ada", Vec::new()),
        // The second one has its permit still.
        Send("bob", WHO.to_vec()),
        Judge("bob", is_told_who),
    ]);
    let name = format!("who has asked for nothing for the longest time goes ({option})");
    Conversation::new(&name, &[option, &permits.to_string()], steps)
}

fn a_stop() -> Conversation {
    let stop = b"POST /stop HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n";
    let steps = vec![
        Connect("bob"),
        Send("ada", stop.to_vec()),
        Judge("ada", |answer| {
            let reply = Reply::try_parse(answer, false)?;
            match (reply.status, reply.header("Connection")) {
                (200, Some("close")) => Ok(()),
                _ => Err("the answer to a stop does not say that it is the last".to_owned()),
            }
        }),
        ExpectEnd("bob", Vec::new()),
    ];
    Conversation::new("a stop lets everybody come to their end", &["--stoppable"], steps)
}

fn is_told_who(answer: &[u8]) -> Result<(), String> {
    let reply = Reply::try_parse(answer, false)?;
    match (reply.status, &reply.body[..]) {
        (200, b"127.0.0.1\n") => Ok(()),
        (status, _) => Err(format!("the answer is {status}, or tells another address")),
    }
}

/// What is wrong with the answers.
type Rate = fn(&[u8]) -> Result<(), String>;

/// Somebody asks once more than it may in a minute.
fn rate(seed: &mut Seed) -> Conversation {
    let judges: [(usize, Rate); 3] =
        [(1, judge_rate::<1>), (2, judge_rate::<2>), (5, judge_rate::<5>)];
    let (count, judge) = seed.pick(&judges);
    let kept = b"GET /who HTTP/1.1\r\nHost: localhost\r\n\r\n";
    let requests = [&kept.repeat(count)[..], WHO].concat();
    let name = "who asks more often than it may is told 429";
    let steps = vec![Send("ada", requests), Judge("ada", judge)];
    Conversation::new(name, &["--rate", &count.to_string()], steps)
}

/// So many answers, and one that says when to come again.
fn judge_rate<const COUNT: usize>(answers: &[u8]) -> Result<(), String> {
    let text = String::from_utf8_lossy(answers);
    let count = text.matches("HTTP/1.1 200 OK\r\n").count();
    if count != COUNT {
        return Err(format!("{count} requests were answered, and not {COUNT}"));
    }
    let last = text.find("HTTP/1.1 429 ").ok_or("nobody is told 429")?;
    let reply = Reply::try_parse(&answers[last..], false)?;
    let seconds = reply.header("Retry-After").and_then(|value| value.parse::<usize>().ok());
    match seconds {
        Some(seconds) if (1..=60 / COUNT).contains(&seconds) => Ok(()),
        _ => Err("Retry-After does not say when there is a token".to_owned()),
    }
}

fn forwarded(seed: &mut Seed) -> Vec<Conversation> {
    let (client, made_up) = (seed.number(1..=127), seed.number(128..=255));
    let list = format!("198.51.100.{made_up}, 198.51.100.{client}");
    let request = format!(
        "GET /who HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: {list}\r\n\
         Connection: close\r\n\r\n"
    );
    let told = |name: &str, proxy: &str, who: String| {
        let body = Some(Bytes(format!("{who}\n").into_bytes()));
        let expect = Answer { status: vec![200], body, ..Answer::default() };
        let pieces = vec![request.clone().into_bytes()];
        Conversation::of_request(name, &["--behind", proxy], pieces, vec![expect])
    };
    let ours = told(
        "a proxy that is trusted says whom it speaks for",
        "127.0.0.1",
        format!("198.51.100.{client}"),
    );
    let proxy = format!("198.51.100.{client}");
    vec![ours, told("a stranger is not believed", &proxy, "127.0.0.1".to_owned())]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chapters::Site;
    use crate::conversations::expected::{assert_expected, corpus};
    use ch13::{HttpServer, Listing, Response, and, method, path, serve_static};
    use std::net::TcpListener;
    use std::thread;

    #[test]
    fn chapter_13_is_expected_to_pass_each_case_that_is_named() {
        assert_expected(CASES, "ch13");
    }

    /// What is wrong with a conversation when the chapter's own server holds it, with what its
    /// program would make of the arguments.
    fn fault(one: &Conversation) -> Option<String> {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let mut server = HttpServer::default();
        let value = || one.arguments[1].parse().unwrap();
        let site = Site::new().unwrap();
        match one.arguments[0].as_str() {
            "--connections" => server.limits.connections = value(),
            "--per-network" => server.limits.connections_per_network = value(),
            "--directory" => {
                let (pattern, files) = serve_static("/", &site.root(), Listing::Shown);
                server.register_reading(pattern, move |request, _| files(request));
            }
            _ => {}
        }
        server.register(path("/who"), |request| {
            let peer = request.peer.map(|peer| peer.ip().to_string());
            Ok(Response::text(peer.unwrap_or_default() + "\n"))
        });
        let stop = server.stop.clone();
        server.register(and(method("POST"), path("/stop")), move |_| {
            stop.request(address);
            Ok(Response::text("It stops.\n"))
        });
        thread::scope(|scope| {
            let incoming = server.stop.accept_from(listener);
            scope.spawn(|| server.serve(incoming));
            // Nobody waits until an idle client is closed.
            let fault = one.hold(address, server.limits.idle_time / 2).fault;
            server.stop.request(address);
            fault
        })
    }

    #[test]
    fn chapter_13_holds_its_conversations_and_not_those_of_the_extensions() {
        let build = conversations("build", corpus(), &mut Seed::new());
        assert_eq!(build.iter().filter(|one| one.wants_site()).count(), CASES.len());
        for one in &build {
            assert_eq!(fault(one), None, "{}", one.name);
        }
        let rate = &conversations("limited", corpus(), &mut Seed::new())[0];
        assert!(fault(rate).is_some(), "{}", rate.name);
        let [ours, strangers] = &forwarded(&mut Seed::new())[..] else { panic!("two of them") };
        assert!(fault(ours).is_some(), "{}", ours.name);
        // Whoever believes nobody passes this one.
        assert_eq!(fault(strangers), None, "{}", strangers.name);
    }
}
