//! The applications of the program: those of the chapter, and some that show what yours does.

use anyhow::Result;
use ch17::{
    Application, Body, Environ, HttpError, LocalRedirect, Mounts, Response, append_params,
    compressed, hello, script_reply, timed,
};
use std::io::{self, Read};
use std::thread;
use std::time::Duration;

/// All of them.
pub fn site() -> impl Application {
    Mounts::default()
        .mount("/hello", timed(hello))
        .mount("/numbers", compressed(numbers))
        .mount("/count", count)
        .mount("/script", script)
        .mount("/params", params)
        .mount("/again", again)
        .mount("/", root)
}

/// Ten numbers, one every tenth of a second: each is sent when it is there.
fn numbers(_: &Environ, _: &mut dyn Read) -> Result<Response> {
    let numbers = (1..=10).map(|number| {
        thread::sleep(Duration::from_millis(100));
        Ok(format!("{number}\n").into_bytes())
    });
    Ok(Response::new(200).stream(Body::Pieces(Box::new(numbers))))
}

/// How many bytes were sent.
fn count(_: &Environ, input: &mut dyn Read) -> Result<Response> {
    let count = io::copy(input, &mut io::sink())?;
    Ok(Response::text(format!("{count} bytes\n")))
}

/// What was sent, as if a script had written it.
fn script(environ: &Environ, input: &mut dyn Read) -> Result<Response> {
    let mut written = Vec::new();
    input.read_to_end(&mut written)?;
    let blocks: Vec<_> = written.chunks(7).map(|block| Ok(block.to_vec())).collect();
    script_reply(blocks.into_iter(), environ.text("REQUEST_METHOD"))
}

/// The variables whose names begin with what the query says, as FastCGI sends them.
fn params(environ: &Environ, _: &mut dyn Read) -> Result<Response> {
    let wanted = environ.text("QUERY_STRING");
    let mut records = Vec::new();
    append_params(&mut records, 1, environ.iter().filter(|(name, _)| name.starts_with(wanted)))?;
    Ok(Response::new(200).content_type("application/octet-stream").body(records))
}

/// The answer is where the rest of the path says.
fn again(environ: &Environ, _: &mut dyn Read) -> Result<Response> {
    let (path, query) = (environ.text("PATH_INFO"), environ.text("QUERY_STRING"));
    Err(LocalRedirect(format!("{path}?{query}")).into())
}

fn root(environ: &Environ, _: &mut dyn Read) -> Result<Response> {
    match environ.text("PATH_INFO") {
        "/" => Ok(Response::text("Hi there!\n")),
        _ => Err(HttpError(404).into()),
    }
}
