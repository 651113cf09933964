//! A folder to write to, for tests.

use ch22::{Dav, HttpServer, Request, RequestBody, Store, serve_static};
use chrono::{DateTime, TimeDelta, Utc};
use mock::{MockConnection, Reply, assert_bytes};
use std::fs;
use std::path::{Path, PathBuf};
#[cfg(unix)]
#[cfg(unix)]
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, OnceLock};
use tempfile::TempDir;

/// What a LOCK sends that wants the thing for itself.
pub const EXCLUSIVE: &str = "<D:lockinfo xmlns:D=\"DAV:\"><D:lockscope><D:exclusive/></D:lockscope>\
                             <D:locktype><D:write/></D:locktype></D:lockinfo>";

/// And one that shares it.
pub const SHARED: &str = "<D:lockinfo xmlns:D=\"DAV:\"><D:lockscope><D:shared/></D:lockscope>\
                          <D:locktype><D:write/></D:locktype></D:lockinfo>";

/// What begins each document that we write.
pub const XML: &str = "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n";

/// A folder with a server, whose clock stands still until it is set. All of it is removed when this
/// is dropped.
pub struct Site {
    // The order in which they are dropped.
    server: Option<HttpServer>,
    dav: Option<Arc<Dav>>,
    seconds: Arc<AtomicI64>,
    prefix: String,
    /// The folder that is served.
    pub root: PathBuf,
    _folder: TempDir,
}

/// What everything was begun at.
fn begin() -> DateTime<Utc> {
    static BEGIN: OnceLock<DateTime<Utc>> = OnceLock::new();
    *BEGIN.get_or_init(Utc::now)
}

impl Site {
    /// An empty folder, at `/`.
    pub fn new() -> Self {
        Self::at("/")
    }

    /// The same at another prefix.
    pub fn at(prefix: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap().join("files");
        let mut site = Self {
            server: None,
            dav: None,
            seconds: Arc::default(),
            prefix: prefix.into(),
            root,
            _folder: folder,
        };
        site.start();
        site
    }

    /// One with files, each with its content, and folders, whose names end in a slash.
    pub fn with(files: &[(&str, &str)]) -> Self {
        let site = Self::new();
        for (name, content) in files {
            site.write(name, content);
        }
        site
    }

    fn start(&mut self) {
        let mut dav = Dav::new(&self.prefix, Store::open(&self.root).unwrap());
        let (start, seconds) = (begin(), Arc::clone(&self.seconds));
        dav.clock = Box::new(move || start + TimeDelta::seconds(seconds.load(Ordering::SeqCst)));
        let dav = Arc::new(dav);
        let (pattern, _) = serve_static(&self.prefix, &self.root, ch22::Listing::Shown);
        let mut server = HttpServer::default();
        server.register_reading(pattern, {
            let dav = Arc::clone(&dav);
            move |request: &Request, body: &mut RequestBody<'_>| dav.answer(request, body)
        });
        (self.server, self.dav) = (Some(server), Some(dav));
    }

    /// Ends it, without a word to anybody.
    pub fn stop(&mut self) {
        (self.server, self.dav) = (None, None);
    }

    /// Ends it and starts it again on the same folder.
    pub fn restart(&mut self) {
        self.stop();
        self.start();
    }

    pub fn dav(&self) -> &Arc<Dav> {
        self.dav.as_ref().expect("it runs")
    }

    pub fn store(&self) -> &Store {
        &self.dav().store
    }

    /// Lets time pass.
    pub fn pass(&self, seconds: i64) {
        self.seconds.fetch_add(seconds, Ordering::SeqCst);
    }

    /// Where a name in the folder leads to.
    pub fn path(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    /// The folder beside.
    pub fn beside(&self) -> PathBuf {
        self.root.with_file_name("files.dav")
    }

    /// Writes a file by another way than ours, or makes a folder if the name ends in a slash.
    pub fn write(&self, name: &str, content: &str) {
        let path = self.path(name);
        if name.ends_with('/') {
            return fs::create_dir_all(path).unwrap();
        }
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    /// All that is in the folder, a line for each: `a=content`, `folder/`, `link>target`.
    pub fn tree(&self) -> String {
        let mut lines = Vec::new();
        list(&self.root, "", &mut lines);
        lines.sort();
        lines.join("\n")
    }

    /// The names of what is in the spare folder beside.
    pub fn spare(&self) -> Vec<String> {
        let mut lines = Vec::new();
        list(&self.beside().join("spare"), "", &mut lines);
        lines
    }

    /// Everything that comes back for these bytes, after which the client sends no more.
    pub fn raw(&self, bytes: impl AsRef<[u8]>) -> Vec<u8> {
        let (mut conn, peer) = MockConnection::pair(bytes.as_ref());
        let _ = self.server.as_ref().expect("it runs").on_connect(&mut conn, None);
        peer.sent()
    }

    /// Asks, as in `ask("PUT /a", "If-None-Match: *\r\n", "content")`.
    #[track_caller]
    pub fn ask(&self, line: &str, fields: &str, body: impl AsRef<[u8]>) -> Reply {
        let sent = self.raw(request(line, fields, body));
        match Reply::try_parse_first(&sent, line.starts_with("HEAD "), true) {
            Ok(Some((reply, length))) if length == sent.len() => reply,
            other => panic!("{line}: {other:?}: {}", sent.escape_ascii()),
        }
    }

    /// The status of the answer.
    #[track_caller]
    pub fn status(&self, line: &str, fields: &str, body: impl AsRef<[u8]>) -> u16 {
        self.ask(line, fields, body).status
    }

    /// Asks, and expects a status.
    #[track_caller]
    pub fn expect(&self, status: u16, line: &str, fields: &str, body: impl AsRef<[u8]>) -> Reply {
        let reply = self.ask(line, fields, body);
        assert_eq!(reply.status, status, "{line} {fields:?}: {}", reply.body.escape_ascii());
        reply
    }

    /// The tag of a file, as it comes, with its quotes.
    #[track_caller]
    pub fn etag(&self, target: &str) -> String {
        self.expect(200, &format!("HEAD {target}"), "", "").header("ETag").unwrap().to_owned()
    }

    /// Locks something, and returns the token.
    #[track_caller]
    pub fn lock(&self, target: &str, fields: &str, info: &str) -> String {
        let reply = self.ask(&format!("LOCK {target}"), fields, info);
        assert!(matches!(reply.status, 200 | 201), "{target}: {} {}", reply.status, reply.text());
        let token = reply.header("Lock-Token").expect("a token");
        token.strip_prefix('<').unwrap().strip_suffix('>').unwrap().to_owned()
    }

    /// Whether a PUT is let through; the content stays.
    #[track_caller]
    pub fn is_locked(&self, target: &str) -> bool {
        let content = self.expect(200, &format!("GET {target}"), "", "").body;
        match self.status(&format!("PUT {target}"), "", content) {
            204 => false,
            423 => true,
            other => panic!("PUT {target}: {other}"),
        }
    }

    /// Gives something a property, which is one element without a namespace.
    #[track_caller]
    pub fn set(&self, target: &str, name: &str, value: &str) {
        let body = set(&format!("<{name} xmlns=\"\">{value}</{name}>"));
        let reply = self.expect(207, &format!("PROPPATCH {target}"), "", body);
        assert!(reply.text().contains("HTTP/1.1 200 OK"), "{}", reply.text());
    }

    /// The property of this name without a namespace, if there is one.
    #[track_caller]
    pub fn property(&self, target: &str, name: &str) -> Option<String> {
        let body = prop(&format!("<{name} xmlns=\"\"/>"));
        let reply = self.expect(207, &format!("PROPFIND {target}"), "Depth: 0\r\n", body);
        let text = reply.text();
        let (_, rest) = text.split_once(&format!("<D:prop><{name} "))?;
        let (_, rest) = rest.split_once('>').unwrap();
        Some(rest.split_once(&format!("</{name}>")).unwrap().0.to_owned())
    }
}

/// A request as it goes over the wire.
pub fn request(line: &str, fields: &str, body: impl AsRef<[u8]>) -> Vec<u8> {
    let body = body.as_ref();
    let length = match body.len() {
        0 if !line.starts_with("PUT ") => String::new(),
        _ if fields.contains("Transfer-Encoding") || fields.contains("Content-Length") => {
            String::new()
        }
        length => format!("Content-Length: {length}\r\n"),
    };
    let head = format!("{line} HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n");
    [format!("{head}{length}{fields}\r\n").as_bytes(), body].concat()
}

/// The document of a PROPPATCH that sets these properties.
pub fn set(properties: &str) -> String {
    format!(
        "<D:propertyupdate xmlns:D=\"DAV:\"><D:set><D:prop>{properties}</D:prop></D:set>\
         </D:propertyupdate>"
    )
}

/// The document of a PROPFIND that asks for these properties.
pub fn prop(properties: &str) -> String {
    format!("<D:propfind xmlns:D=\"DAV:\"><D:prop>{properties}</D:prop></D:propfind>")
}

/// The field that shows a token.
pub fn shown(token: &str) -> String {
    format!("If: (<{token}>)\r\n")
}

/// The body of an answer whose condition says why something is not done.
#[track_caller]
pub fn assert_refusal(reply: &Reply, inner: &str) {
    let expected = format!("{XML}<D:error xmlns:D=\"DAV:\">{inner}</D:error>\n");
    assert_eq!(reply.header("Content-Type"), Some("application/xml; charset=utf-8"));
    assert_bytes!(&reply.body, expected.as_bytes());
}

/// Whether these are the tests of the exercise. Where they are judged each has two seconds, and
/// none may start another program: what takes longer, or needs one, is for the chapter alone.
pub fn is_judged() -> bool {
    module_path!().starts_with("promises")
}

/// Runs `work` in a process of its own in which `test`, which calls this, is the only test, and for
/// which a shell has set limits. Returns what was logged there; in that process, and where it is
/// judged, nothing.
#[cfg(unix)]
pub fn limited(module: &str, test: &str, limits: &str, work: impl FnOnce()) -> Option<String> {
    const MARK: &str = "COURSE_LIMITED";
    if std::env::var_os(MARK).is_some() {
        work();
        return None;
    }
    if is_judged() {
        return None;
    }
    let mut command = Command::new("sh");
    command
        .args(["-c", &format!("{limits}; exec \"$0\" \"$@\"")])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", &mock::full_name(module, test), "--nocapture"])
        .env(MARK, "1")
        // It would write over the transcript of this process.
        .env_remove("MOCK_TRANSCRIPT")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let output = command.spawn().unwrap().wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.contains("1 passed"), "{said}{errors}");
    Some(errors.into_owned())
}

fn list(folder: &Path, before: &str, lines: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let name = format!("{before}{}", entry.file_name().to_string_lossy());
        let kind = entry.file_type().unwrap();
        if kind.is_symlink() {
            let target = fs::read_link(entry.path()).unwrap();
            lines.push(format!("{name}>{}", target.display()));
        } else if kind.is_dir() {
            lines.push(format!("{name}/"));
            list(&entry.path(), &format!("{name}/"), lines);
        } else if kind.is_file() {
            let content = fs::read(entry.path()).unwrap();
            lines.push(format!("{name}={}", content.escape_ascii()));
        } else {
            lines.push(format!("{name}?"));
        }
    }
}
