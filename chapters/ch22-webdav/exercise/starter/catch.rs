//! Your tests of chapter 22's server. All of them pass on the chapter's own, and for each
//! broken one there is a test that fails.
//!
//! `ch22` is one of the servers; which one, your tests cannot see. Look at what the section "Build"
//! of chapter 22 promises of a file that comes in parts, of locks that hold for all below, and of
//! what goes along when something is moved. No network is needed: `Site` is a folder with its
//! server, and `ask` says what is answered to a request.

use ch22::{Incoming, Request, RequestBody, Response, Store, dav, pieces_of};
use mock::MockConnection;
use std::path::PathBuf;
use tempfile::TempDir;

type Handler = Box<dyn Fn(&Request, &mut RequestBody<'_>) -> anyhow::Result<Response>>;

/// An empty folder that clients may write to. It is removed with this value.
struct Site {
    _above: TempDir,
    root: PathBuf,
    handler: Handler,
}

impl Site {
    fn new() -> Self {
        let above = tempfile::tempdir().unwrap();
        let root = above.path().join("files");
        let (_, handler) = dav("/", Store::open(&root).unwrap());
        Self { _above: above, root, handler: Box::new(handler) }
    }

    /// What is answered: the status, and the body. It is 0 when the handler returns an error that
    /// has none. Each of `fields` ends with CR LF.
    fn ask(&self, method: &str, path: &str, fields: &str, body: &str) -> (u16, String) {
        self.ask_cut(method, path, fields, body, body.len())
    }

    /// The same, but the client goes away when so many bytes of the body have come.
    fn ask_cut(
        &self,
        method: &str,
        path: &str,
        fields: &str,
        body: &str,
        come: usize,
    ) -> (u16, String) {
        let length = body.len();
        let head = format!("{method} {path} HTTP/1.1\r\nHost: a\r\n{fields}");
        let request = format!("{head}Content-Length: {length}\r\n\r\n{}", &body[..come]);
        let (mut conn, _peer) = MockConnection::pair(request.as_bytes());
        let mut incoming = Incoming::new(&mut conn);
        let head = incoming.read_head(None).unwrap().unwrap();
        let mut body = RequestBody::new(&mut incoming, &head);
        let answer = match (self.handler)(&head.request, &mut body) {
            Ok(answer) => answer,
            Err(error) => {
                let status = error.downcast_ref::<ch22::HttpError>().map_or(0, |error| error.0);
                return (status, String::new());
            }
        };
        let pieces = pieces_of(answer.body).map(|piece| piece.unwrap());
        (answer.status, String::from_utf8(pieces.collect::<Vec<_>>().concat()).unwrap())
    }
}

#[test]
fn what_was_put_is_there() {
    let site = Site::new();
    assert_eq!(site.ask("PUT", "/a", "", "soup").0, 201);
    assert_eq!(site.ask("GET", "/a", "", ""), (200, "soup".to_owned()));
    assert_eq!(std::fs::read(site.root.join("a")).unwrap(), b"soup");
    todo!("this passes on broken ones too: what if half comes? what holds below? what goes along?")
}
