//! Requests, applications to be asked, and what comes back.

use anyhow::Result;
use ch17::{Application, Body, Environ, HttpError, HttpServer, RequestHead, Response, gateway};
use ch17::{LocalRedirect, pieces_of};
use mock::{Live, Reply, TcpClient};
use std::io::{self, Read};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Where the server of these tests says that it listens.
pub const ADDRESS: SocketAddr =
    SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)), 8017);

/// What an application is told of a request with this head, which comes from nobody.
pub fn told(head: &str) -> Environ {
    told_of(head, None)
}

/// The same for a client that has an address.
pub fn told_of(head: &str, peer: Option<SocketAddr>) -> Environ {
    try_told(head, peer).expect("its path can be decoded")
}

pub fn try_told(head: &str, peer: Option<SocketAddr>) -> Result<Environ, HttpError> {
    let head = RequestHead::parse(head.as_bytes(), peer).unwrap().expect("a whole head");
    Environ::of(&head.request, ADDRESS)
}

/// What an application is told of a GET of `target`.
pub fn get(target: &str) -> Environ {
    told(&format!("GET {target} HTTP/1.1\r\nHost: localhost:8017\r\n\r\n"))
}

/// The same with a field.
pub fn get_with(target: &str, field: &str) -> Environ {
    told(&format!("GET {target} HTTP/1.1\r\nHost: localhost:8017\r\n{field}\r\n\r\n"))
}

/// A POST; the body is told apart.
pub fn post(target: &str) -> Environ {
    told(&format!("POST {target} HTTP/1.1\r\nHost: localhost:8017\r\n\r\n"))
}

/// What `application` answers to a request without a body.
pub fn ask(application: &impl Application, environ: &Environ) -> Result<Response> {
    application.answer(environ, &mut io::empty())
}

/// The status of an error.
#[track_caller]
pub fn status(outcome: Result<Response>) -> u16 {
    match outcome {
        Ok(response) => panic!("it answers {}", response.status),
        Err(error) => match error.downcast_ref() {
            Some(&HttpError(status)) => status,
            None => panic!("this has no status: {error:#}"),
        },
    }
}

/// Where an application sends us.
#[track_caller]
pub fn redirect(outcome: Result<Response>) -> String {
    match outcome {
        Ok(response) => panic!("it answers {}", response.status),
        Err(error) => error.downcast::<LocalRedirect>().expect("a redirect").0,
    }
}

/// The body of an answer, whole.
#[track_caller]
pub fn body(response: Response) -> Vec<u8> {
    // None has more pieces. If its end was lost, a test fails and does not hang.
    let pieces = pieces_of(response.body).take(100_000);
    pieces.map(|piece| piece.expect("a piece")).collect::<Vec<_>>().concat()
}

/// All values of a field of an answer, as text.
pub fn fields(response: &Response, name: &str) -> Vec<String> {
    response.headers.get_all(name).map(|value| String::from_utf8_lossy(value).into()).collect()
}

/// An application that says all that it is told, a variable a line, in order, and then the body.
pub fn tell_all(environ: &Environ, input: &mut dyn Read) -> Result<Response> {
    let mut lines = Vec::new();
    for (name, value) in environ.iter() {
        lines.push([name.as_bytes(), b"=", value, b"\n"].concat());
    }
    lines.sort();
    let mut said = lines.concat();
    input.read_to_end(&mut said)?;
    Ok(Response::text(said))
}

/// An application that has others in it, in a box: so that a list may hold several.
#[derive(Clone)]
pub struct Any(Arc<dyn Application>);

impl Any {
    pub fn new(application: impl Application + 'static) -> Self {
        Self(Arc::new(application))
    }
}

impl Application for Any {
    fn answer(&self, environ: &Environ, input: &mut dyn Read) -> Result<Response> {
        self.0.answer(environ, input)
    }
}

/// An application whose body comes in these pieces, and the count of those that were made.
pub fn in_pieces(pieces: &'static [&'static [u8]]) -> (impl Application, Arc<AtomicUsize>) {
    let made = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&made);
    let application = move |_: &Environ, _: &mut dyn Read| {
        let count = Arc::clone(&count);
        let pieces = pieces.iter().map(move |piece| {
            count.fetch_add(1, Ordering::Relaxed);
            Ok(piece.to_vec())
        });
        Ok(Response::new(200).stream(Body::Pieces(Box::new(pieces))))
    };
    (application, made)
}

/// Runs a server of this chapter that has `application` alone.
pub fn live<R>(application: impl Application + 'static, visit: impl FnOnce(&Live) -> R) -> R {
    let mut server = HttpServer::default();
    let answer = gateway(ADDRESS, application);
    server.register_reading(|_| true, move |request, body| answer(request, body));
    Live::run(|incoming| server.serve(incoming), visit)
}

/// Sends a request as the last one on a connection, and returns the client, who may read.
pub fn client(live: &Live, request: impl AsRef<[u8]>) -> TcpClient {
    let mut client = live.connect();
    client.send(request);
    client
}

/// What comes back for a request that asks for the end of the connection.
#[track_caller]
pub fn reply(live: &Live, request: impl AsRef<[u8]>) -> Reply {
    let head_only = request.as_ref().starts_with(b"HEAD ");
    let (bytes, _) = client(live, request).read_to_end();
    let (reply, length) =
        Reply::try_parse_first(&bytes, head_only, true).unwrap().expect("a reply");
    assert_eq!(length, bytes.len(), "more than one answer");
    reply
}

/// A GET of `target`, the last one on its connection.
pub fn last(target: &str) -> String {
    format!("GET {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
}

/// A request with a body, the last one on its connection.
pub fn last_post(target: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let head = format!(
        "POST {target} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {length}\r\n\
         Connection: close\r\n\r\n"
    );
    [head.as_bytes(), body].concat()
}

/// The content of the next chunk of a body.
#[track_caller]
pub fn chunk(client: &mut TcpClient) -> Vec<u8> {
    let size = client.read_until("\r\n");
    let size = std::str::from_utf8(size.trim_ascii()).unwrap();
    let size = usize::from_str_radix(size, 16).expect("the size of a chunk");
    let mut content = client.read_exact(size + 2);
    content.truncate(size);
    content
}
