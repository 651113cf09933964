use crate::conversations::Conversation;
use crate::conversations::Step::{Expect, Judge, Send};
use crate::wire::{Answer, Bytes, Corpus, Field};
use mock::Seed;
use serde_json::Value;

/// The requests of the wire corpus that the build task must answer.
const CASES: [&str; 12] = [
    "a plain GET is answered",
    "a request line of two words is refused",
    "an address that does not exist is not found",
    "POST is given to its handler with its body",
    "HEAD of a handler that fails is 500 without a body",
    "an answer of 400 has a length and a type and says that it closes",
    "what is refused is not repeated as HTML",
    "a line break in a redirect does not become a header",
    "a handler that fails is answered with 500, and its reasons are not told",
    "a handler that panics is answered with 500, and its reasons are not told",
    "an answer of 500 has a length and a type and says that it closes",
    "a handler that panicked does no harm to the next client",
];

/// The same about files, which the careless handler gives out.
const CASES_ABOUT_FILES: [&str; 1] = ["a file is served"];

pub(super) fn conversations(task: &str, corpus: &Corpus, seed: &mut Seed) -> Vec<Conversation> {
    match task {
        "build" => {
            let mut all = build(seed);
            let chosen = |names: &'static [&str], arguments: &'static [&str]| {
                let cases = corpus.cases.iter().filter(|case| names.contains(&&*case.name));
                cases.map(move |case| Conversation::of_case(case, arguments))
            };
            // What a stranger sees: the corpus knows no debug mode.
            all.extend(chosen(&CASES, &["--no-debug"]));
            all.extend(chosen(&CASES_ABOUT_FILES, &["--no-debug", "--directory", "{site}"]));
            all
        }
        "json_page" => json_page(seed),
        "retry_after" => retry_after(seed),
        _ => Vec::new(),
    }
}

fn build(seed: &mut Seed) -> Vec<Conversation> {
    let words = seed.words(4);
    let (status, title) = seed.pick(&[
        (403, "403 Forbidden"),
        (404, "404 Not Found"),
        (409, "409 Conflict"),
        (410, "410 Gone"),
        (418, "418 I"), // the apostrophe may be escaped, and need not be
        (429, "429 Too Many Requests"),
    ]);
    let html = || ("Content-Type", "text/html; charset=utf-8");
    vec![
        asks(
            "a status that was raised deep inside is answered with its page",
            &[],
            &get(&format!("/status?{status}")),
            Answer { contains: Some(bytes(title)), ..answer(status, &[html()]) },
        ),
        asks(
            "a request stands on the page and is not taken for HTML",
            &["--no-debug"],
            &get(&format!("/<{}>?a='b'&c", words[0])),
            Answer {
                contains: Some(bytes(&format!("GET /&lt;{}&gt;?a=&#39;b&#39;&amp;c", words[0]))),
                ..answer(404, &[html()])
            },
        ),
        asks(
            "in debug mode the causes of a failure are told",
            &[],
            &get(&format!("/menu?{}", words[1])),
            Answer {
                contains: Some(bytes(&format!("\nthe price of the {}\n  because: ", words[1]))),
                ..answer(500, &[html()])
            },
        ),
        asks(
            "in debug mode a panic tells what it says",
            &[],
            &get(&format!("/panic?{}", words[2])),
            Answer {
                contains: Some(bytes(&format!(": no {} today", words[2]))),
                ..answer(500, &[html()])
            },
        ),
    ]
}

fn json_page(seed: &mut Seed) -> Vec<Conversation> {
    let (one, two) = (seed.word(), seed.word());
    let accept = "Accept: text/html;q=0.5, Application/JSON\r\n";
    vec![
        asks(
            "who asks for JSON gets it, and a cache is told",
            &["--json", "--no-debug"],
            &format!("GET /{one} HTTP/1.0\r\n{accept}\r\n"),
            Answer {
                contains: Some(bytes(&one)),
                ..answer(404, &[("Content-Type", "application/json"), ("Vary", "Accept")])
            },
        ),
        Conversation::new(
            "the traceback is a string of JSON, with its quotation marks and lines",
            &["--json"],
            vec![
                Send("ada", format!("GET /menu?{two}\"\\ HTTP/1.0\r\n{accept}\r\n").into()),
                Expect("ada", b"HTTP/1.0 500 Internal Server Error\r\n".to_vec()),
                Judge("ada", tells_a_story),
            ],
        ),
    ]
}

/// Judges what follows the status line of the answer to `GET /menu?dish"\`.
fn tells_a_story(rest: &[u8]) -> Result<(), String> {
    let end = rest.windows(4).position(|window| window == b"\r\n\r\n");
    let body = &rest[end.ok_or("there is no blank line behind the header fields")? + 4..];
    let page: Value =
        serde_json::from_slice(body).map_err(|error| format!("the page is no JSON: {error}"))?;
    let text = |name: &str| {
        let text = page.get(name).and_then(Value::as_str);
        text.ok_or_else(|| format!("the page has no string {name:?}"))
    };
    let (request, traceback) = (text("request")?, text("traceback")?);
    let dish = request.strip_prefix("GET /menu?").and_then(|rest| rest.strip_suffix(" HTTP/1.0"));
    let dish = dish.ok_or_else(|| format!("the request is not {request:?}"))?;
    let causes = format!("\nthe price of the {dish}\n  because: invalid digit found in string");
    match page.get("status").and_then(Value::as_u64) {
        Some(500) if traceback.ends_with(&causes) => Ok(()),
        Some(500) => Err(format!("the traceback does not end with {causes:?}")),
        status => Err(format!("the status is not {status:?}")),
    }
}

fn retry_after(seed: &mut Seed) -> Vec<Conversation> {
    let seconds = seed.number(1..=100_000).to_string();
    vec![asks(
        "who comes at a bad time is told when to come back",
        &["--busy", &seconds],
        &get("/busy"),
        Answer {
            contains: Some(bytes(&format!("come back in {seconds} s"))),
            ..answer(503, &[("Retry-After", &seconds)])
        },
    )]
}

fn get(target: &str) -> String {
    format!("GET {target} HTTP/1.0\r\n\r\n")
}

/// A request, and its answer.
fn asks(name: &str, arguments: &[&str], request: &str, expected: Answer) -> Conversation {
    Conversation::of_request(name, arguments, vec![request.as_bytes().to_vec()], vec![expected])
}

fn answer(status: u16, header: &[(&str, &str)]) -> Answer {
    let header =
        header.iter().map(|&(name, value)| (name.to_owned(), Field::Value(value.to_owned())));
    Answer { status: vec![status], header: header.collect(), ..Answer::default() }
}

fn bytes(text: &str) -> Bytes {
    Bytes(text.as_bytes().to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conversations::expected::assert_expected;

    #[test]
    fn the_cases_of_chapter_9s_exercise_exist_and_are_passed_by_the_chapter() {
        assert_expected(CASES.iter().chain(&CASES_ABOUT_FILES).copied(), "ch09");
    }
}
