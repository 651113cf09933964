//! What is registered with the servers from chapter 8 on. Requests are chapter 8's, and so are
//! responses up to chapter 10; chapter 11 has responses of its own.

use super::Site;
use anyhow::{Result, anyhow};
use ch08::{PICTURE, Request, Response, and, method, path, percent_decode, prefix};

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

/// What [`common`] has, for a chapter with responses of its own, which `from` makes.
pub(super) fn common_with<R: 'static>(from: fn(Response) -> R) -> Vec<Pair<R>> {
    let with_its_response =
        |(pattern, handler): Pair| pair(pattern, move |request| Ok(from(handler(request)?)));
    common().into_iter().map(with_its_response).collect()
}

pub(super) fn in_ch11(response: Response) -> ch11::Response {
    let Response { status, content_type, headers, body } = response;
    ch11::Response { status, content_type, headers, body: body.into() }
}

pub(super) fn in_ch12(response: Response) -> ch12::Response {
    let Response { status, content_type, headers, body } = response;
    ch12::Response { status, content_type, headers, body: body.into() }
}

/// The site, given out by chapter 11: the root with listings, the other folder without.
pub(super) fn listed(site: &Site) -> Vec<Pair<ch11::Response>> {
    let assets = ch11::serve_static("/static", &site.assets(), ch11::Listing::Hidden);
    let root = ch11::serve_static("/", &site.root(), ch11::Listing::Shown);
    vec![pair(assets.0, assets.1), pair(root.0, root.1)]
}

/// The same, given out by chapter 12.
pub(super) fn listed_in_ch12(site: &Site) -> Vec<Pair<ch12::Response>> {
    let assets = ch12::serve_static("/static", &site.assets(), ch12::Listing::Hidden);
    let root = ch12::serve_static("/", &site.root(), ch12::Listing::Shown);
    vec![pair(assets.0, assets.1), pair(root.0, root.1)]
}
