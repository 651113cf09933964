//! A page, a picture and a mirror, each registered in a line.

use ch08::{HttpServer, PICTURE, Response, and, method, path, prefix};
use program::Program;
use std::net::TcpListener;
use std::process::ExitCode;

const PROGRAM: Program = Program {
    name: "ch08",
    about: "A page at /, a picture, a greeting below /hello, and a mirror for every POST.",
    port: 8008,
    try_it: "open http://{address}/ or try `curl -i -d 'who is there?' http://{address}/`",
    options: &[],
};

const PAGE: &str = "<!DOCTYPE html>\n<title>Chapter 8</title>\n\
    <h1>Hi there!</h1>\n<img src=\"/picture.png\" alt=\"two computers on one server\">\n";

fn main() -> ExitCode {
    PROGRAM.run(|arguments| {
        let listener = arguments.announce(TcpListener::bind(&arguments.address))?;
        let mut server = HttpServer::default();
        server.register(method("POST"), |request| Ok(Response::text(request.body.clone())));
        server.register(and(method("GET"), path("/")), |_| Ok(Response::html(PAGE)));
        server.register(and(method("GET"), path("/picture.png")), |_| {
            Ok(Response::new(200).content_type("image/png").body(PICTURE))
        });
        server.register(prefix("/hello"), |request| Ok(Response::text(format!("{request}\n"))));
        server.serve(listener.incoming());
        Ok(())
    })
}
