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
}

#[test]
fn a_file_of_which_half_comes_is_not_there_and_the_one_before_it_still_is() {
    let site = Site::new();
    assert_ne!(site.ask_cut("PUT", "/a", "", "soup and bread", 6).0, 201);
    assert_eq!(site.ask("GET", "/a", "", "").0, 404);
    assert_eq!(site.ask("PUT", "/a", "", "soup").0, 201);
    for come in [0, 3, 13] {
        site.ask_cut("PUT", "/a", "", "bread, cheese!", come);
        assert_eq!(std::fs::read(site.root.join("a")).unwrap(), b"soup", "{come} bytes");
    }
}

#[test]
fn a_lock_of_a_folder_holds_for_all_that_is_below() {
    let site = Site::new();
    for path in ["/b", "/b/c"] {
        assert_eq!(site.ask("MKCOL", path, "", "").0, 201);
    }
    assert_eq!(site.ask("PUT", "/b/a", "", "soup").0, 201);
    let wish = "<lockinfo xmlns='DAV:'><lockscope><exclusive/></lockscope>\
                <locktype><write/></locktype></lockinfo>";
    let (status, answer) = site.ask("LOCK", "/b", "Depth: infinity\r\n", wish);
    assert_eq!(status, 200);
    for path in ["/b/a", "/b/new", "/b/c/new"] {
        assert_eq!(site.ask("PUT", path, "", "bread").0, 423, "{path}");
    }
    assert_eq!(site.ask("GET", "/b/a", "", ""), (200, "soup".to_owned()));
    let begin = answer.find("urn:uuid:").unwrap();
    let token = &answer[begin..begin + answer[begin..].find('<').unwrap()];
    let shown = format!("If: (<{token}>)\r\n");
    for path in ["/b/a", "/b/new", "/b/c/new"] {
        let (status, _) = site.ask("PUT", path, &shown, "bread");
        assert!((200..300).contains(&status), "{path}: {status}");
    }
}

#[test]
fn properties_go_along_when_something_is_moved() {
    let site = Site::new();
    assert_eq!(site.ask("MKCOL", "/b", "", "").0, 201);
    assert_eq!(site.ask("PUT", "/b/a", "", "soup").0, 201);
    let patch = "<propertyupdate xmlns='DAV:'><set><prop><cook xmlns='urn:x'>me</cook></prop></set>\
                 </propertyupdate>";
    assert_eq!(site.ask("PROPPATCH", "/b/a", "", patch).0, 207);
    let find = "<propfind xmlns='DAV:'><prop><cook xmlns='urn:x'/></prop></propfind>";
    let moves = [("/b/a", "/b/c", "/b/c"), ("/b", "/d", "/d/c")];
    for (from, to, path) in moves {
        let (status, _) = site.ask("MOVE", from, &format!("Destination: {to}\r\n"), "");
        assert_eq!(status, 201);
        let (_, answer) = site.ask("PROPFIND", path, "Depth: 0\r\n", find);
        assert!(answer.contains(">me</"), "{path}: {answer}");
    }
}
