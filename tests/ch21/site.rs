//! Requests to a site without a server, and what is answered to them.

use ch18::{App, Application, Environ, RequestHead, pieces_of};
use ch21::{Procedures, rpc};
use std::net::{Ipv4Addr, SocketAddr};

/// A status, the fields, and the body.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub content_type: &'static str,
    pub allow: Option<String>,
    pub body: String,
}

/// These procedures at `/rpc`.
pub fn site(procedures: Procedures) -> App {
    let mut app = App::default();
    app.route("/rpc", rpc(procedures)).unwrap();
    app
}

/// What is answered to a request with this line, these fields, each with its line end, and a body.
pub fn ask(app: &App, line: &str, fields: &str, body: impl AsRef<[u8]>) -> Answer {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 8021));
    let head = format!("{line} HTTP/1.1\r\nHost: localhost:8021\r\n{fields}\r\n");
    let head = RequestHead::parse(head.as_bytes(), None).unwrap().expect("a whole head");
    let environ = Environ::of(&head.request, address).unwrap();
    let response = app.answer(&environ, &mut body.as_ref()).expect("an answer");
    let field = |name| {
        let value = response.headers.get(name)?;
        Some(String::from_utf8_lossy(value).into_owned())
    };
    let allow = field("Allow");
    let content_type = response.content_type;
    let pieces = pieces_of(response.body).map(|piece| piece.expect("a piece"));
    let body = String::from_utf8(pieces.collect::<Vec<_>>().concat()).expect("text");
    Answer { status: response.status, content_type, allow, body }
}

/// The same of a call to `/rpc`.
pub fn post(app: &App, content_type: &str, body: impl AsRef<[u8]>) -> Answer {
    ask(app, "POST /rpc", &format!("Content-Type: {content_type}\r\n"), body)
}
