//! Requests without a server, and what is answered to them.

use ch18::{Application, Environ, RequestHead, Response, pieces_of};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};

/// What an application is told of a request with this line and these fields, each with its line
/// end.
pub fn told(line: &str, fields: &str) -> Environ {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 8018));
    let head = format!("{line} HTTP/1.1\r\nHost: localhost:8018\r\n{fields}\r\n");
    let head = RequestHead::parse(head.as_bytes(), None).unwrap().expect("a whole head");
    Environ::of(&head.request, address).expect("its path can be decoded")
}

pub fn get(target: &str) -> Environ {
    told(&format!("GET {target}"), "")
}

/// A form that is posted; its fields are told apart.
pub fn post(target: &str) -> Environ {
    told(&format!("POST {target}"), "Content-Type: application/x-www-form-urlencoded\r\n")
}

/// What is answered to a request without a body.
#[track_caller]
pub fn ask(application: &impl Application, environ: &Environ) -> Response {
    send(application, environ, "")
}

#[track_caller]
pub fn send(application: &impl Application, environ: &Environ, body: &str) -> Response {
    application.answer(environ, &mut body.as_bytes()).expect("an answer")
}

/// The body of an answer.
#[track_caller]
pub fn text(response: Response) -> String {
    let pieces = pieces_of(response.body).map(|piece| piece.expect("a piece"));
    String::from_utf8(pieces.collect::<Vec<_>>().concat()).expect("text")
}

/// All values of a field of an answer.
pub fn fields<'a>(response: &'a Response, name: &str) -> Vec<&'a str> {
    let values = response.headers.get_all(name);
    values.map(|value| std::str::from_utf8(value).expect("text")).collect()
}

/// Status and `Location`.
pub fn sent_to(response: &Response) -> (u16, Vec<&str>) {
    (response.status, fields(response, "Location"))
}

/// An address where nobody listens: its port is that of a client, and taken.
pub struct Nobody(
    TcpStream,
    #[expect(dead_code, reason = "the client is connected to it")] TcpListener,
);

impl Nobody {
    pub fn new() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let address = listener.local_addr().expect("it has one");
        Self(TcpStream::connect(address).expect("it listens"), listener)
    }

    pub fn address(&self) -> String {
        self.0.local_addr().expect("it has one").to_string()
    }
}
