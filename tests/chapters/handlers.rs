//! What is registered with the servers from chapter 8 on. Requests are chapter 8's, and so are
//! responses up to chapter 10; chapter 11 has responses of its own.

use super::Site;
use anyhow::{Result, anyhow};
use ch08::{PICTURE, Request, Response, and, method, path, percent_decode, prefix};
use ch12::RequestBody;
use std::io::{self, Read};

type Pattern = Box<dyn Fn(&Request) -> bool + Send + Sync>;
/// A pattern and a handler that answers with an `R`.
pub(super) type Pair<R = Response> = (Pattern, Box<dyn Fn(&Request) -> Result<R> + Send + Sync>);

fn pair<R>(
    pattern: impl Fn(&Request) -> bool + Send + Sync + 'static,
    handler: impl Fn(&Request) -> Result<R> + Send + Sync + 'static,
) -> Pair<R> {
    (Box::new(pattern), Box::new(handler))
}

/// What chapters 5 to 7 answer to everything stands at `/` and `/picture.png`;
/// besides, a mirror, a redirect and two ways to fail.
pub(super) fn common() -> Vec<Pair> {
    vec![
        pair(method("POST"), |request| Ok(Response::text(request.body.clone()))),
        pair(and(method("GET"), path("/")), |_| Ok(Response::text("Hi there!\n"))),
        pair(and(method("GET"), path("/picture.png")), |_| {
            Ok(Response::new(200).content_type("image/png").body(PICTURE))
        }),
        pair(and(method("GET"), prefix("/hello")), |request| {
            Ok(Response::text(format!("You asked for {}.\n", request.path)))
        }),
        pair(path("/moved"), |request| {
            let to = request.query.as_deref().and_then(percent_decode);
            Ok(Response::new(302).header("Location", to.unwrap_or_default())?)
        }),
        pair(path("/fails"), |_| Err(anyhow!("the secret soup is off"))),
        pair(path("/panics"), |_| panic!("the secret soup is off")),
    ]
}

/// The site, given out by chapter 9's handler that opens whatever it is told.
pub(super) fn careless(site: &Site) -> Vec<Pair> {
    vec![pair(prefix("/"), ch09::careless_files(&site.root()))]
}

/// The site, given out by chapter 10: two folders under two prefixes.
pub(super) fn served(site: &Site) -> Vec<Pair> {
    let assets = ch10::serve_static("/static", &site.assets());
    let root = ch10::serve_static("/", &site.root());
    vec![pair(assets.0, assets.1), pair(root.0, root.1)]
}

/// What `common` has, for chapter 11.
pub(super) fn common_in_ch11() -> Vec<Pair<ch11::Response>> {
    let with_its_response = |(pattern, handler): Pair| {
        pair(pattern, move |request| {
            let Response { status, content_type, headers, body } = handler(request)?;
            Ok(ch11::Response { status, content_type, headers, body: body.into() })
        })
    };
    common().into_iter().map(with_its_response).collect()
}

/// The site, given out by chapter 11: the root with listings, the other folder without.
pub(super) fn listed(site: &Site) -> Vec<Pair<ch11::Response>> {
    let assets = ch11::serve_static("/static", &site.assets(), ch11::Listing::Hidden);
    let root = ch11::serve_static("/", &site.root(), ch11::Listing::Shown);
    vec![pair(assets.0, assets.1), pair(root.0, root.1)]
}

/// The server of each chapter since the twelfth: another type, with the same functions.
pub trait Registers {
    /// See [`ch12::HttpServer::register`].
    fn register(
        &mut self,
        pattern: impl Fn(&Request) -> bool + Send + Sync + 'static,
        handler: impl Fn(&Request) -> Result<ch12::Response> + Send + Sync + 'static,
    );
    /// See [`ch12::HttpServer::register_reading`].
    fn register_reading(
        &mut self,
        pattern: impl Fn(&Request) -> bool + Send + Sync + 'static,
        handler: impl Fn(&Request, &mut RequestBody<'_>) -> Result<ch12::Response>
        + Send
        + Sync
        + 'static,
    );
    /// The same for a handler that wants bytes alone, wherever they come from.
    fn register_input(
        &mut self,
        pattern: impl Fn(&Request) -> bool + Send + Sync + 'static,
        handler: impl Fn(&Request, &mut dyn Read) -> Result<ch12::Response> + Send + Sync + 'static,
    ) {
        self.register_reading(pattern, move |request, body| handler(request, body));
    }
}

macro_rules! impl_registers {
    ($($server:ty),*) => {$(
        impl Registers for $server {
            fn register(
                &mut self,
                pattern: impl Fn(&Request) -> bool + Send + Sync + 'static,
                handler: impl Fn(&Request) -> Result<ch12::Response> + Send + Sync + 'static,
            ) {
                <$server>::register(self, pattern, handler);
            }

            fn register_reading(
                &mut self,
                pattern: impl Fn(&Request) -> bool + Send + Sync + 'static,
                handler: impl Fn(&Request, &mut RequestBody<'_>) -> Result<ch12::Response>
                + Send
                + Sync
                + 'static,
            ) {
                <$server>::register_reading(self, pattern, handler);
            }
        }
    )*};
}

impl_registers!(
    ch12::HttpServer,
    ch13::HttpServer,
    ch14::HttpServer,
    ch15::HttpServer,
    ch16::HttpServer
);

/// What `common` has, for a server since chapter 12; before it, bodies whose length nobody
/// knows and handlers that read a body themselves, or do not.
pub fn register_common(server: &mut impl Registers) {
    use ch12::{Body, Response};
    server.register(path("/stream"), |_| {
        let pieces = ["one\n", "", "two\n", "three\n"].map(|piece| Ok(piece.as_bytes().to_vec()));
        Ok(Response::new(200).stream(Body::Pieces(Box::new(pieces.into_iter()))))
    });
    server.register(path("/nothing"), |_| Ok(Response::new(204)));
    server.register(path("/same"), |_| Ok(Response::new(304)));
    server.register(path("/last"), |_| {
        Ok(Response::text("The last one.\n").header("Connection", "close")?)
    });
    server.register_input(path("/unread"), |_, _| Ok(Response::text("Not read.\n")));
    server.register_input(path("/some"), |_, body| {
        let mut some = [0; 3];
        body.read_exact(&mut some)?;
        Ok(Response::text(some))
    });
    server.register_input(path("/count"), |_, body| {
        let count = io::copy(body, &mut io::sink())?;
        Ok(Response::text(format!("{count} bytes\n")))
    });
    server.register_reading(path("/trailers"), |_, body| {
        io::copy(body, &mut io::sink())?;
        let mut text = Vec::new();
        for (name, value) in body.trailers().into_iter().flat_map(|trailers| trailers.iter()) {
            text.extend([name.as_bytes(), b": ", value, b"\n"].concat());
        }
        Ok(Response::text(text))
    });
    for (pattern, handler) in common() {
        server.register(pattern, move |request| {
            let ch08::Response { status, content_type, headers, body } = handler(request)?;
            Ok(Response { status, content_type, headers, body: body.into() })
        });
    }
}

/// The site, given out since chapter 12 as by chapter 11.
pub fn register_files(server: &mut impl Registers, site: &Site) {
    let assets = ch12::serve_static("/static", &site.assets(), ch12::Listing::Hidden);
    let root = ch12::serve_static("/", &site.root(), ch12::Listing::Shown);
    for (pattern, files) in [assets, root] {
        server.register(pattern, files);
    }
}
