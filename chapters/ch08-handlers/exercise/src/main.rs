//! Chapter 8's program, with your code in it.

use anyhow::{Result, anyhow, bail};
use ch08::{
    HttpServer, MethodTable, PICTURE, Request, Response, and, hello, method, path, percent_decode,
    prefix,
};
use program::{Arguments, Program};
use std::net::TcpListener;
use std::process::ExitCode;

const PROGRAM: Program = Program {
    name: "ex08",
    about: "A greeting at /, a picture, what was asked for below /hello, and a mirror for every \
            POST.",
    port: 8008,
    try_it: "open http://{address}/ or try `curl -i -d 'who is there?' http://{address}/`",
    options: &[
        ("--hello", "greet at /hello?name=NAME"),
        ("--table LIST", "a table of methods, as in \"GET /menu, PUT /menu\""),
    ],
};

fn main() -> ExitCode {
    PROGRAM.run(|arguments| {
        let listener = arguments.announce(TcpListener::bind(&arguments.address))?;
        let mut server = HttpServer::default();
        extensions(&mut server, arguments)?;
        pages(&mut server);
        server.serve(listener.incoming());
        Ok(())
    })
}

/// The first pattern that matches answers, so what an option asks for comes first.
fn extensions(server: &mut HttpServer, arguments: &Arguments) -> Result<()> {
    if let Some(list) = arguments.value("--table") {
        let (pattern, handler) = table(&list.to_string_lossy())?.into_pair();
        server.register(pattern, handler);
    }
    if arguments.has("--hello") {
        server.register(and(method("GET"), path("/hello")), hello);
    }
    Ok(())
}

/// A table in which each handler tells what it was registered for.
fn table(list: &str) -> Result<MethodTable> {
    let mut table = MethodTable::default();
    for entry in list.split(',').map(str::trim) {
        let Some((method, path)) = entry.split_once(' ') else {
            bail!("{entry:?} is not a method and a path, as in \"GET /menu\"");
        };
        let answer = format!("{entry}\n");
        table.register(method, path, move |_| Ok(Response::text(answer.clone())));
    }
    Ok(table)
}

fn pages(server: &mut HttpServer) {
    server.register(method("POST"), |request| Ok(Response::text(request.body.clone())));
    server.register(and(method("GET"), path("/")), |_| Ok(Response::text("Hi there!\n")));
    server.register(and(method("GET"), path("/picture.png")), |_| {
        Ok(Response::new(200).content_type("image/png").body(PICTURE))
    });
    server.register(and(method("GET"), prefix("/hello")), |request| {
        Ok(Response::text(format!("You asked for {}.\n", request.path)))
    });
    server.register(path("/moved"), moved);
    server.register(path("/fails"), |_| Err(anyhow!("the soup is off")));
    server.register(path("/panics"), |_| panic!("the soup is off"));
}

/// Sends the client to the address in the query.
fn moved(request: &Request) -> Result<Response> {
    let to = request.query.as_deref().and_then(percent_decode).unwrap_or_default();
    Ok(Response::new(302).header("Location", to)?)
}
