//! Routes that show the extensions.

use anyhow::{Context, Result, bail};
use ch18::{App, Call, Response, post};
use ch21::{Arguments, Batch, CallError, Fault, Idempotency, Value, from_json, to_json};
use serde_json::Value as Json;
use std::io;
use std::time::{Duration, Instant};

/// Adds the routes to a site.
pub fn add_to(app: &mut App) -> Result<()> {
    app.route("/once", post(once))?;
    app.route("/batch", post(batch))
}

/// What is answered by a memory of two keys for a minute. The body has lines such as `0 begin KEY
/// NAME ARGUMENT` and `2500 finish KEY RESULT`, with the milliseconds since the beginning; each
/// `begin` is answered.
fn once(call: &mut Call<'_>) -> Result<Response> {
    let begin = Instant::now();
    let mut memory = Idempotency::new(Duration::from_secs(60), 2);
    let mut said = String::new();
    for line in io::read_to_string(call.input())?.lines() {
        let words: Vec<_> = line.split(' ').collect();
        let [time, what, key, rest @ ..] = &words[..] else { bail!("a time, a word and a key") };
        let now = begin + Duration::from_millis(time.parse()?);
        match (*what, rest) {
            ("begin", [name, argument]) => {
                let arguments = Arguments::InOrder(vec![(*argument).into()]);
                said += &match memory.begin(key, name, &arguments, now) {
                    None => "make it\n".to_owned(),
                    Some(outcome) => shown(outcome.map_err(CallError::Fault)),
                };
            }
            ("finish", ["fault", code]) => {
                memory.finish(key, Err(Fault::new(code.parse()?, "it has failed")), now);
            }
            ("finish", [result]) => memory.finish(key, Ok((*result).into()), now),
            _ => bail!("what is {line}?"),
        }
    }
    Ok(Response::text(said))
}

/// What becomes of a batch. The body has lines such as `call NAME ARGUMENTS` and `notify NAME
/// ARGUMENTS`, whose arguments are JSON; what follows a line `answer` is what the server says. What
/// is sent is shown, and what came of each call.
fn batch(call: &mut Call<'_>) -> Result<Response> {
    let text = io::read_to_string(call.input())?;
    let (calls, answer) = text.split_once("answer\n").context("an answer is wanted")?;
    let (mut batch, mut said) = (Batch::default(), String::new());
    for line in calls.lines() {
        let mut words = line.splitn(3, ' ');
        let mut word = || words.next().context("a word, a name and arguments");
        let (what, name, arguments) = (word()?, word()?, word()?);
        let Value::Array(arguments) = from_json(serde_json::from_str(arguments)?)? else {
            bail!("arguments are a list");
        };
        match what {
            "call" => said += &format!("place {}\n", batch.call(name, &arguments)),
            "notify" => batch.notify(name, &arguments),
            other => bail!("what is {other}?"),
        }
    }
    let sent = serde_json::from_str(&batch.encode().unwrap_or_default())?;
    let Json::Array(sent) = sent else { bail!("a batch is an array") };
    for call in sent {
        said += &format!("{} {} {}\n", call["id"], call["method"], call["params"]);
    }
    match batch.results(answer.as_bytes()) {
        Ok(results) => results.into_iter().for_each(|result| said += &shown(result)),
        Err(error) => said += &format!("all: {}", shown(Err(error))),
    }
    Ok(Response::text(said))
}

/// A line that says which kind of outcome it is.
fn shown(outcome: Result<Value, CallError>) -> String {
    match outcome {
        Ok(value) => format!("{}\n", to_json(&value)),
        Err(CallError::Fault(fault)) => format!("fault {}\n", fault.code),
        Err(_) => "no answer\n".to_owned(),
    }
}
