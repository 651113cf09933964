use crate::conversations::Conversation;
use crate::wire::{Answer, Bytes, Corpus, Field};
use mock::Seed;

/// The requests of the corpus that show a list of patterns at work, and what it answers.
const CASES: [&str; 11] = [
    "HEAD is answered like GET without the body",
    "HEAD for what does not exist is 404 without a body",
    "get in lower case is not GET",
    "DELETE does not pretend to have removed anything",
    "two addresses may have two answers",
    "a picture is found at its address",
    "a moved address says where it is now",
    "an absolute target's path is what counts",
    "a body in three pieces is one body",
    "an answer of 404 says when",
    "a handler that panicked does no harm to the next client",
];

pub(super) fn conversations(task: &str, corpus: &Corpus, seed: &mut Seed) -> Vec<Conversation> {
    let words = seed.words(3);
    let [one, two, three] = &words[..] else { unreachable!("three words") };
    match task {
        "build" => {
            let body = [one.as_bytes(), &seed.bytes(100), b"\r\n\r\n"].concat();
            let head = format!(
                "POST /moved?{two} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {}\r\n\r\n",
                body.len()
            );
            let page = format!("You asked for /hello/{one}.\n");
            let length = page.len().to_string();
            let place = format!("/{one}%41/{three}");
            let mut conversations = vec![
                asks(
                    "a page knows under which address it was asked for",
                    &[],
                    vec![get(&format!("/hello/{one}?{two}"))],
                    vec![answer(200, &page, &[("Server", "OwnHands/0.1")])],
                ),
                asks(
                    "what is posted comes back, though a later pattern matches too",
                    &[],
                    vec![head.into_bytes(), body.clone()],
                    vec![answer(200, &body, &[])],
                ),
                asks(
                    "HEAD of a page has the page's length and no body",
                    &[],
                    vec![format!("HEAD /hello/{one} HTTP/1.0\r\n\r\n").into_bytes()],
                    vec![answer(200, "", &[("Content-Length", &length)])],
                ),
                asks(
                    "an address is decoded once",
                    &[],
                    vec![get(&format!("/moved?{}", escape(&place)))],
                    vec![answer(302, "", &[("Location", &place)])],
                ),
            ];
            let cases = corpus.cases.iter().filter(|case| CASES.contains(&&*case.name));
            conversations.extend(cases.map(|case| Conversation::of_case(case, &[])));
            conversations
        }
        "hello" => {
            let query = format!("{three}={two}&name={one}+%3c%26{}&name={three}", escape(two));
            let greeting = format!("<h1>Hello, {one} &lt;&amp;{two}!</h1>\n");
            let html = ("Content-Type", "text/html; charset=utf-8");
            vec![
                asks(
                    "who is named in the query is greeted, and a name is no HTML",
                    &["--hello"],
                    vec![get(&format!("/hello?{query}"))],
                    vec![answer(200, greeting, &[html])],
                ),
                asks(
                    "a name that is no text is a bad request",
                    &["--hello"],
                    vec![get(&format!("/hello?name={one}%c3{two}"))],
                    vec![Answer { status: vec![400], ..Answer::default() }],
                ),
            ]
        }
        "method_table" => {
            let method = seed.pick(&["PUT", "PATCH", "OPTIONS"]);
            let (known, unknown) = (format!("{method} /{one}"), format!("DELETE /{one}"));
            let arguments = ["--table", &format!("{known},GET /{one},DELETE /{two}")];
            let allows = in_any_order([method, "GET", "HEAD"]);
            let refusals = allows.iter().map(|allow| Answer {
                status: vec![405],
                header: fields(&[("Allow", allow)]),
                ..Answer::default()
            });
            vec![
                asks(
                    "a method that the path does not have is 405, with those that it has",
                    &arguments,
                    vec![format!("{unknown} HTTP/1.0\r\n\r\n").into_bytes()],
                    refusals.collect(),
                ),
                asks(
                    "a method that the path has is answered",
                    &arguments,
                    vec![format!("{known} HTTP/1.0\r\n\r\n").into_bytes()],
                    vec![answer(200, format!("{known}\n"), &[])],
                ),
            ]
        }
        _ => Vec::new(),
    }
}

/// A conversation of one request, of which any of these answers is right. It is written as a
/// case of the corpus, since an answer has a date in it and cannot be compared byte by byte.
fn asks(name: &str, arguments: &[&str], pieces: Vec<Vec<u8>>, expect: Vec<Answer>) -> Conversation {
    Conversation::of_request(name, arguments, pieces, expect)
}

fn get(target: &str) -> Vec<u8> {
    format!("GET {target} HTTP/1.1\r\nHost: localhost\r\n\r\n").into_bytes()
}

fn answer(status: u16, body: impl AsRef<[u8]>, header: &[(&str, &str)]) -> Answer {
    let (status, body) = (vec![status], Some(Bytes(body.as_ref().to_vec())));
    Answer { status, body, header: fields(header), ..Answer::default() }
}

fn fields(header: &[(&str, &str)]) -> std::collections::BTreeMap<String, Field> {
    let field = |&(name, value): &(&str, &str)| (name.to_owned(), Field::Value(value.to_owned()));
    header.iter().map(field).collect()
}

/// Every byte as an escape.
fn escape(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02x}")).collect()
}

/// The lists that have these three in any order.
fn in_any_order([a, b, c]: [&str; 3]) -> Vec<String> {
    let orders = [[a, b, c], [a, c, b], [b, a, c], [b, c, a], [c, a, b], [c, b, a]];
    orders.iter().map(|order| order.join(", ")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conversations::expected::corpus;

    #[test]
    fn the_corpus_has_every_case_that_is_named_here() {
        let corpus = corpus();
        for name in CASES {
            assert!(corpus.cases.iter().any(|case| case.name == name), "there is no case {name:?}");
        }
    }
}
