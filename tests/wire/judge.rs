use crate::wire::{Answer, Bytes, Case, Field, to_notation};
use mock::Reply;
use std::time::Duration;

/// How a client's connection ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// The server closed.
    Closed,
    /// The server threw the connection away.
    Reset,
    /// The server had done neither when the client's patience was at its end.
    Open(Duration),
    /// Something else, in words.
    Broken(String),
}

/// What is wrong with `received`, which is all that the server sent until the
/// connection ended: nothing if it is one of the answers that `case` expects.
pub fn judge(case: &Case, received: &[u8], end: &End) -> Vec<String> {
    let mut faults = Vec::new();
    match end {
        End::Closed => {}
        End::Reset => faults.push("the connection was reset, not closed".to_owned()),
        End::Open(time) => faults.push(format!("the connection was still open after {time:?}")),
        End::Broken(how) => faults.push(how.clone()),
    }
    if case.is_conversation() {
        faults.extend(judge_conversation(case, received));
        return faults;
    }
    let wrong: Vec<_> = case.expect.iter().map(|any| compare(any, case, received)).collect();
    // If none is right, it would have to be the last one.
    if !wrong.iter().any(Vec::is_empty) {
        faults.extend(wrong.into_iter().next_back().unwrap_or_default());
    }
    faults
}

/// In what `received` differs from `expected`.
fn compare(expected: &Answer, case: &Case, received: &[u8]) -> Vec<String> {
    match (expected.silent, received) {
        (true, []) => return Vec::new(),
        (true, _) => return vec!["the server said something".to_owned()],
        (false, []) => return vec!["the server said nothing".to_owned()],
        (false, _) => {}
    }
    let (told_to_go_on, received) = match received.strip_prefix(CONTINUE) {
        Some(answer) => (true, answer),
        None => (false, received),
    };
    let reply = match Reply::try_parse(received, is_head(&case.request())) {
        Ok(reply) => reply,
        Err(why) => return vec![format!("the answer is not well-formed: {why}")],
    };
    compare_reply(expected, told_to_go_on, &reply, received)
}

/// What is wrong with the first answer that is wrong, or with what follows the last one.
fn judge_conversation(case: &Case, received: &[u8]) -> Vec<String> {
    let last = case.kept.filter(|&kept| kept).map(|_| {
        let body = Some(Bytes(b"Hi there!\n".to_vec()));
        vec![Answer { status: vec![200], body, ..Answer::default() }]
    });
    let mut rest = received;
    for (index, right) in case.answers.iter().chain(&last).enumerate() {
        let of = |what: String| format!("answer {}: {what}", index + 1);
        let next = next_answer(rest, right[0].head, true);
        let (told_to_go_on, reply, length) = match next {
            Ok(Some(answer)) => answer,
            Ok(None) if rest.is_empty() => return vec![of("there is none".to_owned())],
            Ok(None) => return vec![of(format!("`{}` is not all of it", to_notation(rest)))],
            Err(why) => return vec![of(format!("it is not well-formed: {why}"))],
        };
        let bytes = &rest[..length];
        let wrong = right.iter().map(|any| {
            let told = Some(any.told_to_go_on.unwrap_or(false));
            let any = Answer { told_to_go_on: told, ..any.clone() };
            compare_reply(&any, told_to_go_on, &reply, bytes)
        });
        let wrong: Vec<_> = wrong.collect();
        if !wrong.iter().any(Vec::is_empty) {
            return wrong.into_iter().next_back().unwrap_or_default().into_iter().map(of).collect();
        }
        rest = &rest[length..];
    }
    match rest {
        [] => Vec::new(),
        more => vec![format!("more came than that: `{}`", to_notation(more))],
    }
}

/// The next answer in `received`: whether a 100 comes before it, itself, and how many bytes that
/// is in all; `None` if it is not complete.
fn next_answer(
    received: &[u8],
    head_only: bool,
    at_end: bool,
) -> Result<Option<(bool, Reply, usize)>, String> {
    let (told_to_go_on, answer) = match received.strip_prefix(CONTINUE) {
        Some(answer) => (true, answer),
        None => (false, received),
    };
    let first = Reply::try_parse_first(answer, head_only, at_end)?;
    let before = received.len() - answer.len();
    Ok(first.map(|(reply, length)| (told_to_go_on, reply, before + length)))
}

/// How many messages of a conversation have come whole, interim ones among them.
///
/// What is malformed counts as one: nobody waits for its end.
pub(super) fn messages_in(mut received: &[u8], heads: &[bool]) -> usize {
    let mut count = 0;
    for &head in heads {
        match next_answer(received, head, false) {
            Ok(Some((told, _, length))) => {
                count += 1 + usize::from(told);
                received = &received[length..];
            }
            Ok(None) => return count + usize::from(received.starts_with(CONTINUE)),
            Err(_) => return usize::MAX,
        }
    }
    count
}

/// It is no answer yet (RFC 9110 section 15.2).
const CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";

/// In what an answer, which came as `received`, differs from `expected`.
fn compare_reply(
    expected: &Answer,
    told_to_go_on: bool,
    reply: &Reply,
    received: &[u8],
) -> Vec<String> {
    let mut faults = Vec::new();
    if expected.told_to_go_on.is_some_and(|expected| expected != told_to_go_on) {
        faults.push(format!("a 100 before the answer: {told_to_go_on}"));
    }
    if !expected.status.contains(&reply.status) {
        faults.push(format!("the status is {}", reply.status));
    }
    if expected.body.as_ref().is_some_and(|body| body.0 != reply.body) {
        faults.push(format!("the body is `{}`", to_notation(&reply.body)));
    }
    if let Some(part) = &expected.contains
        && !contains(&reply.body, &part.0)
    {
        faults.push(format!("{part} is not in the body"));
    }
    if let Some(part) = &expected.lacks
        && contains(received, &part.0)
    {
        faults.push(format!("{part} is in the answer"));
    }
    for (name, field) in &expected.header {
        let values: Vec<String> = reply
            .headers
            .iter()
            .filter(|(given, _)| given.eq_ignore_ascii_case(name))
            .map(|(_, value)| to_notation(value))
            .collect();
        match field {
            Field::Present(true) if values.is_empty() => faults.push(format!("no {name}")),
            Field::Present(false) if !values.is_empty() => {
                faults.push(format!("there is a field {name}"));
            }
            Field::Value(value) if values != [value.as_str()] => match values.is_empty() {
                true => faults.push(format!("no {name}")),
                false => faults.push(format!("{name} is {}", values.join(" and "))),
            },
            _ => {}
        }
    }
    faults
}

/// Whether the answer to this request has no body, whatever it says.
fn is_head(request: &[u8]) -> bool {
    request.strip_prefix(b"\r\n").unwrap_or(request).starts_with(b"HEAD ")
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    part.is_empty() || bytes.windows(part.len()).any(|window| window == part)
}
