//! The smallest site: chapter 17's greeting, with a route and a template.

use anyhow::{Context, Result};
use ch18::{App, HttpServer, Templates, gateway, get, prefix};
use minijinja::context;
use program::{Arguments, Program};
use std::net::TcpListener;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

const PROGRAM: Program = Program {
    name: "hello-site",
    about: "Greets, at /hello?name=NAME and at /hello/NAME.",
    port: 8118,
    try_it: "try `curl -i http://{address}/hello/Ann`",
    options: &[("--site DIR", "the folder of templates; without it, the chapter's own")],
};

const OWN_SITE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/site");

fn main() -> ExitCode {
    PROGRAM.run(serve)
}

fn serve(arguments: &Arguments) -> Result<()> {
    let site = arguments.value("--site").unwrap_or(OWN_SITE.as_ref());
    let app = hello(Templates::load(&Path::new(site).join("templates"))?)?;
    let mut server = HttpServer::default();
    let listener = TcpListener::bind(&arguments.address);
    if let Ok(listener) = &listener {
        let address = listener.local_addr().context("cannot tell the address")?;
        let answer = gateway(address, app);
        server.register_reading(prefix("/"), move |request, body| answer(request, body));
    }
    server.serve(arguments.announce(listener)?.incoming());
    Ok(())
}

fn hello(templates: Templates) -> Result<App> {
    let in_path = Arc::new(templates);
    let in_query = Arc::clone(&in_path);
    let mut app = App::default();
    app.route(
        "/hello/{name}",
        get(move |call| {
            let name: String = call.capture("name")?;
            in_path.page("hello.html", context! { name })
        }),
    )?;
    app.route(
        "/hello",
        get(move |call| {
            let query = call.query()?;
            let name = query.get("name").unwrap_or("world");
            in_query.page("hello.html", context! { name })
        }),
    )?;
    Ok(app)
}
