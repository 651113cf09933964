use anyhow::{Context, Result};
use ch16::{
    Clock, HttpServer, HttpSite, Listing, Request, Response, System, path, prefix, serve_static,
};
use ch18::{Form, HttpError};
use serde_json::{Map, Value, json};
use std::path::Path;
use std::time::Duration;

/// The longest that a page may be waited for.
const LONGEST: Duration = Duration::from_secs(60);

/// What a server has on which clients are tried, and what it is good for.
const PAGES: &str = "\
/page/NUMBER     a small page, after the server's delay
/delay/MS        the same after so many milliseconds
/echo            what was asked, as JSON: method, target, fields, body
/status/NUMBER   an answer with that status
/redirect/COUNT  so many redirects, one behind the other
/see-other       303 to /echo
/same-method     307 to /echo
/lead?to=URL     302 to whatever URL stands there, on another server too
/cookies         the cookies that were sent, as JSON
/cookies/set?NAME=VALUE   sets them, and leads to /cookies
/files/          a folder
";

/// Lets `server` answer what a client is tried on, and serve `directory` below `/files/`.
pub fn register_trial(server: &mut HttpServer, directory: &Path) {
    server.register(path("/"), |_| Ok(Response::text(PAGES)));
    server.register(path("/echo"), |request| json(&echo(request)));
    server.register(prefix("/status/"), |request| {
        let status = last(request).parse().ok().filter(|status| (200..1000).contains(status));
        let status: u16 = status.ok_or(HttpError(404))?;
        Ok(Response::text(format!("{status}\n")).status(status))
    });
    server.register(prefix("/redirect/"), |request| match last(request).parse::<u32>() {
        Ok(0) => Ok(Response::text("arrived\n")),
        Ok(count) => lead(302, &format!("/redirect/{}", count - 1)),
        Err(_) => Err(HttpError(404).into()),
    });
    server.register(path("/see-other"), |_| lead(303, "/echo"));
    server.register(path("/same-method"), |_| lead(307, "/echo"));
    // No server that strangers reach should have this: see the attack of this chapter.
    server.register(path("/lead"), |request| {
        let form = Form::parse(request.query.as_deref().unwrap_or_default())?;
        lead(302, form.get("to").ok_or(HttpError(400))?)
    });
    server.register(path("/cookies"), |request| {
        let cookies = request.headers.get_text("Cookie").unwrap_or_default();
        let pairs = cookies.split("; ").filter_map(|pair| pair.split_once('='));
        json(
            &pairs
                .map(|(name, value)| (name.to_owned(), value.into()))
                .collect::<Map<_, _>>()
                .into(),
        )
    });
    server.register(path("/cookies/set"), |request| {
        let mut response = lead(303, "/cookies")?;
        for (name, value) in Form::parse(request.query.as_deref().unwrap_or_default())?.iter() {
            response = response.header("Set-Cookie", format!("{name}={value}; Path=/"))?;
        }
        Ok(response)
    });
    let (pattern, files) = serve_static("/files/", directory, Listing::Shown);
    server.register_reading(pattern, move |request, _| files(request));
}

/// Lets `site` answer what is waited for, `/page/…` after `delay`.
pub fn register_waiting<S: System + 'static>(site: &HttpSite<S>, clock: &Clock, delay: Duration) {
    let waiting = clock.clone();
    site.register_async(prefix("/page/"), async move |request: &Request| {
        waiting.sleep(delay).await;
        Ok(Response::text(format!("this is page {}\n", last(request))))
    });
    let waiting = clock.clone();
    site.register_async(prefix("/delay/"), async move |request: &Request| {
        let time = last(request).parse().ok().map(Duration::from_millis);
        let time = time.filter(|time| *time <= LONGEST).ok_or(HttpError(404))?;
        waiting.sleep(time).await;
        Ok(Response::text(format!("after {} ms\n", time.as_millis())))
    });
}

/// What stands behind the last slash of the path.
fn last(request: &Request) -> &str {
    request.path.rsplit('/').next().unwrap_or_default()
}

fn lead(status: u16, to: &str) -> Result<Response> {
    Ok(Response::text(format!("go to {to}\n")).status(status).header("Location", to)?)
}

fn echo(request: &Request) -> Value {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let fields = request.headers.iter().map(|(name, value)| json!([name, text(value)]));
    json!({
        "method": request.method,
        "target": request.target,
        "headers": fields.collect::<Vec<_>>(),
        "body": text(&request.body),
    })
}

fn json(value: &Value) -> Result<Response> {
    let text = serde_json::to_string_pretty(value).context("this is no JSON")?;
    Ok(Response::text(text + "\n").content_type("application/json"))
}
