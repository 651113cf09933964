//! Chapter 7's program, with your code in it.

use anyhow::Result;
use ch07::{
    Headers, HttpServer, Message, StartLine, TimedStream, Version, encode, join_repeated,
    read_message, read_response, serve,
};
use program::{Arguments, Program};
use std::io::Write;
use std::net::TcpListener;
use std::process::ExitCode;

const PROGRAM: Program = Program {
    name: "ex07",
    about: "Chapter 6's answers, and a status for every request that is malformed.",
    port: 8007,
    try_it: "open http://{address}/ or try `curl -i http://{address}/`",
    options: &[
        ("--join", "send back the header fields of each request, joined"),
        ("--response METHOD", "read what comes as the response to METHOD, and say what it is"),
    ],
};

fn main() -> ExitCode {
    PROGRAM.run(|arguments| {
        let listener = arguments.announce(TcpListener::bind(&arguments.address))?;
        run(listener, arguments);
        Ok(())
    })
}

fn run(listener: TcpListener, arguments: &Arguments) {
    let (server, incoming) = (HttpServer::default(), listener.incoming());
    if arguments.has("--join") {
        serve(incoming, &server.limits, |conn, _| join(conn));
    } else if let Some(method) = arguments.value("--response") {
        let method = method.to_string_lossy();
        serve(incoming, &server.limits, |conn, _| tell_response(conn, &method));
    } else {
        server.serve(incoming);
    }
}

/// Answers a request with its own header fields, in lines.
fn join(conn: &mut TimedStream) -> Result<()> {
    let Some(request) = read_message(conn, &mut Vec::new())? else { return Ok(()) };
    let mut body = Vec::new();
    for (name, value) in join_repeated(&request.headers).iter() {
        body.extend([name.as_bytes(), b": ", value, b"\n"].concat());
    }
    let mut headers = Headers::default();
    headers.add("Content-Type", "text/plain")?;
    headers.add("Content-Length", body.len().to_string())?;
    headers.add("Connection", "close")?;
    let reason = "OK".to_owned();
    let start = StartLine::Response { version: Version::Http10, status: 200, reason };
    conn.write_all(&encode(&Message { start, headers, body })?)?;
    Ok(())
}

/// Tells a client that sends a response what was understood: its first line, how long its body
/// is, and the body.
fn tell_response(conn: &mut TimedStream, method: &str) -> Result<()> {
    let told = match read_response(conn, method) {
        Ok(None) => b"nothing\n".to_vec(),
        Ok(Some(Message { start, body, .. })) => {
            let lines = format!("{start}\n{} bytes\n", body.len());
            [lines.as_bytes(), &body].concat()
        }
        Err(error) => match error.status() {
            Some(status) => format!("refused with {status}\n").into_bytes(),
            None => return Err(error.into()),
        },
    };
    conn.write_all(&told)?;
    Ok(())
}
