//! What the program answers for which the chapter's client is enough.

use super::scripted::ScriptedServer;
use anyhow::{Context, Result};
use ch18::{Form, HttpServer};
use ch19::{Deadline, FetchError, Request, Session};
use serde::Deserialize;
use std::time::Duration;

/// What a client is to ask, and what it is answered, as JSON.
#[derive(Deserialize)]
pub struct Play {
    /// The requests, one after the other, by one client.
    pub requests: Vec<Asked>,
    /// The answers, byte for byte.
    answers: Vec<String>,
}

/// A request.
#[derive(Deserialize)]
pub struct Asked {
    /// When, in seconds after the beginning, if that means anything.
    #[serde(default)]
    pub at: u64,
    method: String,
    url: String,
    #[serde(default)]
    fields: Vec<(String, String)>,
    #[serde(default)]
    body: String,
}

impl Play {
    /// What the body of a request says.
    pub fn of(request: &ch18::Request) -> Result<Self> {
        serde_json::from_slice(&request.body).context("this is no play")
    }

    /// Who gives the answers.
    pub fn server(&self) -> ScriptedServer {
        ScriptedServer::new(self.answers.iter().map(String::as_str))
    }
}

impl Asked {
    /// What the client sends.
    pub fn request(&self) -> Result<Request> {
        let mut request = Request::new(&self.method, &self.url)?.body(self.body.as_str());
        for (name, value) in &self.fields {
            request = request.header(name, value)?;
        }
        Ok(request)
    }
}

/// Adds the routes to a server.
pub fn add_to(server: &mut HttpServer) {
    server.register(ch18::path("/"), |_| {
        let answer = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nHi there!\n";
        let session = Session::default().connecting_by(ScriptedServer::new([answer]));
        Ok(ch18::Response::text(session.get("http://one.test/")?.text()?))
    });
    server.register(ch18::path("/asked"), |request| {
        let play = Play::of(request)?;
        let server = play.server();
        let session = Session::default().connecting_by(server.clone());
        let mut said = String::new();
        for asked in &play.requests {
            let answer = session.send(asked.request()?);
            let answer = answer.and_then(|answer| Ok((answer.status, answer.bytes()?)));
            said += &outcome(answer);
        }
        Ok(ch18::Response::text(said + &requests(&server)))
    });
    server.register(ch18::path("/deadline"), deadline);
}

/// What came of a request.
pub fn outcome(answer: Result<(u16, Vec<u8>), FetchError>) -> String {
    match answer {
        Ok((status, body)) => format!("{status} {}\n", String::from_utf8_lossy(&body)),
        Err(error) => format!("no answer: {error}\n"),
    }
}

/// What the server was asked: of each request the first line, the fields that concern who asks and
/// what is known already, and the body.
pub fn requests(server: &ScriptedServer) -> String {
    const SHOWN: [&str; 4] = ["host", "authorization", "cookie", "if-none-match"];
    let mut said = String::new();
    for request in server.requests() {
        let (head, body) = request.split_once("\r\n\r\n").unwrap_or((&request, ""));
        let mut lines = head.lines();
        said += &format!("{}\n", lines.next().unwrap_or_default());
        let mut fields: Vec<_> = lines.filter_map(|line| line.split_once(": ")).collect();
        fields.retain(|(name, _)| SHOWN.contains(&&*name.to_ascii_lowercase()));
        fields.sort();
        for (name, value) in fields {
            said += &format!("  {name}: {value}\n");
        }
        if !body.is_empty() {
            said += &format!("  {body}\n");
        }
    }
    said
}

/// How many hours are left of `time` hours if `bytes` have come, of which `rate` buy a second.
fn deadline(request: &ch18::Request) -> Result<ch18::Response> {
    let query = Form::parse(request.query.as_deref().unwrap_or_default())?;
    let number = |name| -> Result<u64> { Ok(query.need(name)?.parse()?) };
    let hour = 3600;
    let rate = Some(number("rate")?);
    let mut deadline = Deadline::within(Duration::from_secs(number("time")? * hour)).or_at(rate);
    deadline.receive(usize::try_from(number("bytes")?)?);
    // A moment has gone already.
    let left = (deadline.left().as_secs() + hour / 2) / hour;
    Ok(ch18::Response::text(format!("{left} hours\n")))
}
