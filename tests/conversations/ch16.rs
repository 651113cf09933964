use super::ch15::{echoes, files, who_says_nothing_disturbs_nobody};
use crate::conversations::Conversation;
use crate::conversations::Step::{Expect, Send};
use crate::wire::Corpus;
use mock::Seed;

pub(super) fn conversations(task: &str, corpus: &Corpus, seed: &mut Seed) -> Vec<Conversation> {
    match task {
        "build" => {
            let mut all = vec![who_says_nothing_disturbs_nobody(seed), echoes("--echo", seed)];
            all.extend(files(corpus));
            all
        }
        "semaphore" => stove(seed),
        "race" => kitchens(seed),
        _ => Vec::new(),
    }
}

/// A line for each of the dishes, which take so many milliseconds.
fn orders<'a>(dishes: impl IntoIterator<Item = (usize, &'a String)>) -> String {
    dishes.into_iter().map(|(time, dish)| format!("{time} {dish}\n")).collect()
}

/// A stove with one place, and one with two.
fn stove(seed: &mut Seed) -> Vec<Conversation> {
    let words = seed.words(4);
    let [soup, bread, cake, tea] = &words[..] else { unreachable!("they are four") };
    let [long, short] = [300, 100].map(|time| time + seed.number(0..=20));
    let one_by_one = vec![
        Send("ada", orders([(short, soup), (0, bread), (0, cake)]).into_bytes()),
        Expect("ada", format!("{soup}\n{bread}\n{cake}\n").into_bytes()),
    ];
    let two_at_once = vec![
        Send("ada", orders([(long, soup), (short, bread), (0, cake), (0, tea)]).into_bytes()),
        Expect("ada", format!("{bread}\n{cake}\n{tea}\n{soup}\n").into_bytes()),
    ];
    let forgotten = orders([(short, soup), (0, bread)]) + "forget\n" + &orders([(0, cake)]);
    let forgotten = vec![
        Send("ada", forgotten.into_bytes()),
        Expect("ada", format!("{soup}\n{cake}\n").into_bytes()),
    ];
    vec![
        Conversation::new(
            "one place is for one dish after the other",
            &["--places", "1"],
            one_by_one,
        ),
        Conversation::new("two places are for two dishes", &["--places", "2"], two_at_once),
        Conversation::new("what is forgotten takes no place", &["--places", "1"], forgotten),
    ]
}

/// Two try the same, and the second begins 100 milliseconds later.
fn kitchens(seed: &mut Seed) -> Vec<Conversation> {
    let words = seed.words(6);
    let [soup, bread, cake, tea, rice, fish] = &words[..] else { unreachable!("they are six") };
    let mut steps = Vec::new();
    for (order, first) in [
        (format!("500 {soup} 100 {bread}"), bread),
        (format!("250 {cake} 300 {tea}"), cake),
        (format!("20 - 100 {rice}"), rice),
        (format!("300 {fish} 20 -"), fish),
        ("20 - 20 -".to_owned(), &"nothing".to_owned()),
    ] {
        steps.push(Send("ada", format!("{order}\n").into_bytes()));
        steps.push(Expect("ada", format!("{first}\n").into_bytes()));
    }
    vec![Conversation::new("what is done first is served", &["--race", "100"], steps)]
}

#[cfg(test)]
mod tests {
    use super::super::ch15::CASES;
    use super::*;
    use crate::conversations::expected::{assert_expected, assert_holds_its_own};
    use ch16::{Executor, HttpServer, Mio, Response, echo, path, select};
    use std::net::TcpListener;
    use std::thread;
    use std::time::Duration;

    #[test]
    fn chapter_16_is_expected_to_pass_each_case_that_is_named() {
        assert_expected(CASES, "ch16");
    }

    /// What is wrong with a conversation when the chapter's own server holds it, with what its
    /// programs would make of the arguments.
    fn fault(one: &Conversation, patience: Duration) -> Option<String> {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let mut server = HttpServer::default();
        server.register(path("/who"), |request| {
            let peer = request.peer.map(|peer| peer.ip().to_string());
            Ok(Response::text(peer.unwrap_or_default() + "\n"))
        });
        let stop = server.stop.clone();
        let echoes = one.arguments == ["--echo"];
        thread::scope(|scope| {
            let its = stop.clone();
            scope.spawn(move || match echoes {
                true => {
                    let mut executor = Executor::new(Mio::new().unwrap());
                    let handle = executor.handle().clone();
                    let listener = handle.listen(listener).unwrap();
                    let accept_all = async move {
                        while let Ok(stream) = listener.accept().await {
                            handle.spawn(echo(stream));
                        }
                    };
                    let until_stop = async move { select(its.requested(), accept_all).await };
                    executor.run(until_stop).map(drop)
                }
                false => server.serve(listener),
            });
            let fault = one.hold(address, patience).fault;
            stop.request();
            fault
        })
    }

    #[test]
    fn chapter_16_holds_its_conversations_and_not_those_of_the_extensions() {
        let short = Duration::from_millis(300);
        assert_holds_its_own("ch16", |one| !one.wants_site(), ["semaphore", "race"], short, fault);
    }
}
