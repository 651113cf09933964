//! Routes that show the extensions.

use anyhow::{Context, Result, bail};
use ch20::{HttpServer, ProxyHeader, Request, Response, RetryBudget, RetryRules};
use std::time::{Duration, Instant};

/// Adds the routes to a server.
pub fn add_to(server: &mut HttpServer) {
    server.register(ch20::path("/proxy-header"), proxy_header);
    server.register(ch20::path("/budget"), budget);
}

/// What a connection says that begins with the body.
fn proxy_header(request: &Request) -> Result<Response> {
    Ok(Response::text(match ProxyHeader::parse(&request.body) {
        Err(_) => "no header\n".to_owned(),
        Ok(None) => "more\n".to_owned(),
        Ok(Some(ProxyHeader { length, addresses: None })) => format!("{length} bytes\n"),
        Ok(Some(ProxyHeader { length, addresses: Some(of) })) => {
            format!("{length} bytes: {} to {}\n", of.source, of.destination)
        }
    }))
}

/// How many of so many may be sent again: the body has lines such as `2000 sent 100` and `2500
/// again 30`, with the milliseconds since the beginning, of which the latter are answered.
fn budget(request: &Request) -> Result<Response> {
    let begin = Instant::now();
    let mut budget = RetryBudget::new(RetryRules::default(), begin);
    let mut said = String::new();
    for line in str::from_utf8(&request.body)?.lines() {
        let words: Vec<_> = line.split(' ').collect();
        let [time, what, count] = words[..] else { bail!("a time, a word and a number") };
        let now = begin + Duration::from_millis(time.parse()?);
        let count: usize = count.parse().context("a number")?;
        match what {
            "sent" => (0..count).for_each(|_| budget.sent(now)),
            "again" => {
                let granted = (0..count).filter(|_| budget.may_resend(now)).count();
                said += &format!("{granted}\n");
            }
            other => bail!("what is {other}?"),
        }
    }
    Ok(Response::text(said))
}
