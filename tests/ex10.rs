//! What the extensions of chapter 10 promise.

use ch10::{
    HttpError, HttpServer, Request, hidden, serve_static, serve_with_redirects, with_slash,
};
use mock::{MockClient, MockConnection, Reply, Seed, assert_bytes, for_every_split, symlink};
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// A folder with a root in it; it is removed when this is dropped.
struct Site {
    folder: TempDir,
    root: PathBuf,
}

impl Site {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("www");
        fs::create_dir(&root).unwrap();
        Self { folder, root }
    }

    /// Writes a file below the root.
    fn put(&self, name: &str, content: &str) {
        let file = self.root.join(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, content).unwrap();
    }
}

fn client_of(server: &HttpServer) -> MockClient<impl Fn(MockConnection)> {
    MockClient::new(|mut conn| server.on_connect(&mut conn, None).unwrap())
}

fn request(method: &str, target: &str) -> Request {
    let (mut conn, _peer) = MockConnection::pair(format!("{method} {target} HTTP/1.0\r\n\r\n"));
    ch10::read_request(&mut conn, &mut Vec::new(), None).unwrap().unwrap()
}

mod redirect {
    use super::*;

    /// Bytes that stay as they are in a path, besides letters and digits.
    const STAY: &str = "-._~!$&'()*+,;=:@%";

    fn server_of(prefix: &str, root: &Path) -> HttpServer {
        let mut server = HttpServer::default();
        let (pattern, handler) = serve_with_redirects(prefix, root);
        server.register(pattern, handler);
        server
    }

    #[track_caller]
    fn assert_moved(reply: &Reply, location: &str, target: &str) {
        let (status, body) = (reply.status, reply.body.escape_ascii());
        assert_eq!(status, 301, "the status for {target}, with the body {body}");
        let told = reply.header("Location").unwrap_or_default();
        assert_bytes!(told, location, "the Location for {target}");
    }

    #[track_caller]
    fn assert_not_moved(reply: &Reply, status: u16, target: &str) {
        assert_eq!(reply.status, status, "the status for {target}");
        assert_eq!(reply.header("Location"), None, "the Location for {target}");
    }

    #[track_caller]
    fn assert_leads(path: &str, query: Option<&str>, expected: &str) {
        let location = with_slash(path, query);
        let location = location.unwrap_or_else(|| panic!("no Location for {path:?}"));
        assert_bytes!(location, expected, "the Location for {path:?} and the query {query:?}");
    }

    // with_slash

    #[test]
    fn the_slash_stands_behind_the_path_and_before_the_query() {
        let words = Seed::new().words(2);
        let (a, b) = (&words[0], &words[1]);
        assert_leads(&format!("/{a}"), None, &format!("/{a}/"));
        assert_leads(&format!("/{b}/{a}.d"), None, &format!("/{b}/{a}.d/"));
        assert_leads(&format!("/{a}"), Some("day=monday"), &format!("/{a}/?day=monday"));
        assert_leads(&format!("/{a}"), Some(""), &format!("/{a}/?"));
        assert_leads(&format!("/{b}"), Some(&format!("{a}/?{a}")), &format!("/{b}/?{a}/?{a}"));
    }

    #[test]
    fn what_is_encoded_stays_as_it_came() {
        let word = Seed::new().word();
        for escape in ["%20", "%2f", "%2F", "%C3%a9", "%25", "%252e", "%3f", "%23", "%61"] {
            let (path, query) = (format!("/{escape}{word}"), format!("{word}{escape}"));
            assert_leads(&path, Some(&query), &format!("{path}/?{query}"));
        }
    }

    #[test]
    fn what_may_stand_in_an_address_stays() {
        let mut seed = Seed::new();
        let path = format!("/{}{STAY}/{}", seed.word().to_uppercase(), seed.number(0..=999));
        let query = format!("{STAY}/?{}", seed.word());
        assert_leads(&path, Some(&query), &format!("{path}/?{query}"));
    }

    #[test]
    fn what_may_not_stand_in_an_address_is_encoded() {
        let word = Seed::new().word();
        for byte in (0..128).map(|byte: u8| char::from(byte)) {
            if byte.is_ascii_alphanumeric() || STAY.contains(byte) || byte == '/' {
                continue;
            }
            let escape = format!("%{:02X}", u32::from(byte));
            assert_leads(&format!("/{word}{byte}a"), None, &format!("/{word}{escape}a/"));
            if byte != '?' {
                let query = format!("{byte}{word}");
                assert_leads("/a", Some(&query), &format!("/a/?{escape}{word}"));
            }
        }
        let query = Some("\u{1f372}");
        assert_leads("/caf\u{e9}", query, "/caf%C3%A9/?%F0%9F%8D%B2");
        assert_leads("/a\r\nSet-Cookie: b", None, "/a%0D%0ASet-Cookie:%20b/");
    }

    #[test]
    fn no_location_leads_to_another_host() {
        let host = format!("{}.example", Seed::new().word());
        for path in [
            format!("//{host}"),
            format!("///{host}"),
            format!("//{host}/a"),
            format!("http://{host}"),
            host.clone(),
            "//".to_owned(),
            "*".to_owned(),
            String::new(),
        ] {
            assert_eq!(with_slash(&path, None), None, "{path:?}");
            assert_eq!(with_slash(&path, Some("a")), None, "{path:?}");
        }
        // For a browser a backslash is a slash, and a tab is nothing.
        assert_leads(&format!("/\\{host}"), None, &format!("/%5C{host}/"));
        assert_leads(&format!("/\t/{host}"), None, &format!("/%09/{host}/"));
    }

    #[test]
    fn a_path_that_has_its_slash_leads_nowhere() {
        let word = Seed::new().word();
        for path in ["/".to_owned(), format!("/{word}/"), format!("/a/{word}//")] {
            assert_eq!(with_slash(&path, None), None, "{path:?}");
            assert_eq!(with_slash(&path, Some("a=b")), None, "{path:?}");
        }
    }

    // The pair

    #[test]
    fn a_folder_without_its_slash_is_moved_to_the_name_with_it() {
        let words = Seed::new().words(2);
        let (notes, bare) = (&words[0], &words[1]);
        let site = Site::new();
        site.put(&format!("{notes}/index.html"), "<h1>Notes</h1>\n");
        site.put(&format!("{notes}/{bare}/a.txt"), "a\n");
        for (prefix, at) in [("/", ""), ("", ""), ("/static", "/static"), ("/a/b/", "/a/b")] {
            let server = server_of(prefix, &site.root);
            for path in [format!("{at}/{notes}"), format!("{at}/{notes}/{bare}")] {
                for query in ["", "?", "?day=monday", "?a=/../b?"] {
                    let (target, location) = (format!("{path}{query}"), format!("{path}/{query}"));
                    assert_moved(&client_of(&server).get(&target), &location, &target);
                    assert_moved(&client_of(&server).head(&target), &location, &target);
                }
            }
        }
    }

    #[test]
    fn a_folder_is_moved_however_its_request_is_cut() {
        let word = Seed::new().word();
        let site = Site::new();
        site.put(&format!("{word}/a.txt"), "a\n");
        let server = server_of("/", &site.root);
        let bytes = format!("GET /{word}?a=b HTTP/1.1\r\nHost: a\r\n\r\n");
        for_every_split(bytes, |input| {
            let reply = Reply::parse(client_of(&server).raw_script(input));
            assert_moved(&reply, &format!("/{word}/?a=b"), &word);
        });
    }

    #[test]
    fn a_folder_is_found_under_its_encoded_name() {
        let word = Seed::new().word();
        let site = Site::new();
        for name in ["my notes", "caf\u{e9}", "100%", "%41", "a+b"] {
            site.put(&format!("{name} {word}/a.txt"), "a\n");
        }
        let server = server_of("/static", &site.root);
        for name in
            ["my%20notes", "%6dy%20notes", "caf%C3%A9", "caf%c3%a9", "100%25", "%2541", "a+b"]
        {
            let target = format!("/static/{name}%20{word}");
            assert_moved(&client_of(&server).get(&target), &format!("{target}/"), &target);
        }
        // Some clients send what must be encoded.
        site.put(&format!("[{word}/a.txt"), "a\n");
        let target = format!("/static/[{word}?\"");
        let location = format!("/static/%5B{word}/?%22");
        assert_moved(&client_of(&server).get(&target), &location, &target);
    }

    #[test]
    fn the_prefix_without_its_slash_is_moved_too() {
        let word = Seed::new().word();
        let site = Site::new();
        site.put("index.html", "<h1>Home</h1>\n");
        for prefix in [format!("/{word}"), format!("/{word}/"), format!("/a/{word}")] {
            let at = prefix.trim_end_matches('/');
            let reply = client_of(&server_of(&prefix, &site.root)).get(at);
            assert_moved(&reply, &format!("{at}/"), at);
            let (pattern, _) = serve_with_redirects(&prefix, &site.root);
            for target in [at.to_owned(), format!("{at}?a"), format!("{at}/"), format!("{at}/b")] {
                assert!(pattern(&request("GET", &target)), "{target} must match {prefix}");
            }
            for target in [format!("{at}s"), format!("{at}../a"), "/".to_owned(), "/a".to_owned()] {
                assert!(!pattern(&request("GET", &target)), "{target} must not match {prefix}");
            }
        }
    }

    #[test]
    fn everything_else_is_answered_as_before() {
        let word = Seed::new().word();
        let site = Site::new();
        site.put("index.html", "<h1>Home</h1>\n");
        site.put(&format!("{word}/index.html"), "<h1>Notes</h1>\n");
        site.put(&format!("{word}/a.txt"), "a\n");
        site.put("no-index/a.txt", "a\n");
        let server = server_of("/static", &site.root);
        for (path, content) in [
            (String::new(), "<h1>Home</h1>\n"),
            (format!("{word}/"), "<h1>Notes</h1>\n"),
            (format!("{word}/a.txt"), "a\n"),
        ] {
            let target = format!("/static/{path}");
            let reply = client_of(&server).get(&target);
            assert_not_moved(&reply, 200, &target);
            assert_bytes!(reply.body, content, "{target}");
        }
        for path in
            ["nothing", "nothing/", "no-index/", "index.html/", "no-index/a.txt/b", "no-index%2f"]
        {
            let target = format!("/static/{path}");
            assert_not_moved(&client_of(&server).get(&target), 404, &target);
        }
        // Not below the prefix, and so nobody's.
        let target = format!("/{word}");
        assert_not_moved(&client_of(&server).get(&target), 404, &target);
        for (method, status) in [("POST", 405), ("DELETE", 405), ("get", 501)] {
            let target = format!("/static/{word}");
            let reply = client_of(&server).request(method, &target).body("soup").send();
            assert_not_moved(&reply, status, &target);
        }
    }

    #[test]
    fn no_request_is_redirected_to_another_host() {
        let host = format!("{}.example", Seed::new().word());
        let site = Site::new();
        site.put(&format!("{host}/a.txt"), "a\n");
        let server = server_of("/", &site.root);
        for target in [
            format!("//{host}"),
            format!("///{host}"),
            format!("//{host}/."),
            format!("/.//{host}"),
            format!("/%2f{host}"),
            format!("/%2F%2F{host}"),
            format!("/\\{host}"),
            format!("/%5c{host}"),
            format!("/%09/{host}"),
            format!("http://localhost//{host}"),
        ] {
            assert_not_moved(&client_of(&server).get(&target), 404, &target);
        }
        // What the client says about our name is not repeated.
        let target = format!("http://{host}/{host}");
        let location = format!("/{host}/");
        let client = client_of(&server);
        assert_moved(&client.get(&target), &location, &target);
        let reply = client.request("GET", &format!("/{host}")).header("Host", &host).send();
        assert_moved(&reply, &location, "another Host");
    }

    #[test]
    fn a_folder_outside_of_the_root_is_not_told_of() {
        let word = Seed::new().word();
        let site = Site::new();
        site.put(&format!("{word}/a.txt"), "a\n");
        for beside in [word.clone(), format!("www{word}"), format!("www-{word}")] {
            fs::create_dir(site.folder.path().join(beside)).unwrap();
        }
        // Where links are not allowed there is nothing of these names, which is 404 as well.
        let outside = site.folder.path();
        let _ = symlink(outside.join(&word), site.root.join("out"));
        let _ = symlink(outside.join(format!("www-{word}")), site.root.join("beside"));
        let _ = symlink(outside, site.root.join("up"));
        let server = server_of("/static", &site.root);
        for path in [
            "/out".to_owned(),
            "/beside".to_owned(),
            "/up".to_owned(),
            format!("/up/{word}"),
            word.clone(),
            format!("-{word}"),
            format!("../{word}"),
            format!("/../{word}"),
            format!("/../www-{word}"),
            format!("/%2e%2e/{word}"),
            format!("/..%2f{word}"),
            format!("/..%5c{word}"),
            format!("/%252e%252e/{word}"),
            "/..".to_owned(),
            "/.".to_owned(),
            // Inside, but not under a name that is served.
            format!("/{word}/../{word}"),
            format!("/./{word}"),
            format!("/{word}/."),
        ] {
            let target = format!("/static{path}");
            assert_not_moved(&client_of(&server).get(&target), 404, &target);
        }
    }

    #[test]
    fn a_link_to_a_folder_inside_is_a_folder() {
        let word = Seed::new().word();
        let site = Site::new();
        site.put("some-notes/a.txt", "a\n");
        if symlink("some-notes", site.root.join(&word)).is_err() {
            // Where links are not allowed, any folder will do.
            site.put(&format!("{word}/a.txt"), "a\n");
        }
        let server = server_of("/", &site.root);
        let target = format!("/{word}");
        assert_moved(&client_of(&server).get(&target), &format!("/{word}/"), &target);
    }
}

mod hidden {
    use super::*;

    fn is_hidden(path: &str) -> bool {
        hidden(&request("GET", path))
    }

    /// A server that hides what is to be hidden.
    fn server_of(site: &Site) -> HttpServer {
        let mut server = HttpServer::default();
        server.register(hidden, |_| Err(HttpError(404))?);
        for prefix in ["/static", "/"] {
            let (pattern, handler) = serve_static(prefix, &site.root);
            server.register(pattern, handler);
        }
        server
    }

    /// `text` with each byte encoded.
    fn encoded(text: &str) -> String {
        text.bytes().map(|byte| format!("%{byte:02x}")).collect()
    }

    #[test]
    fn a_name_that_begins_with_a_dot_is_hidden_wherever_it_stands() {
        let words = Seed::new().words(3);
        let [a, b, c] = &words[..] else { unreachable!("three words") };
        for path in [
            format!("/.{a}"),
            format!("/.{a}/"),
            format!("/.{a}?{b}"),
            format!("/.{a}/{b}/{c}.txt"),
            format!("/{b}/.{a}"),
            format!("/{b}/.{a}.txt"),
            format!("/{b}/.{a}/"),
            format!("/{b}/.{a}/{c}"),
            format!("/{b}/{c}/..{a}"),
            format!("/{b}//.{a}"),
            format!("/{b}/.{a}/../{c}"),
            format!("http://localhost/.{a}"),
        ] {
            assert!(is_hidden(&path), "{path} must be hidden");
        }
    }

    #[test]
    fn a_dot_that_does_not_begin_a_name_hides_nothing() {
        let words = Seed::new().words(2);
        let (a, b) = (&words[0], &words[1]);
        for path in [
            "/".to_owned(),
            format!("/{a}"),
            format!("/{a}.txt"),
            format!("/{a}.d/{b}.tar.gz"),
            format!("/{a}./{b}..{b}"),
            format!("/{a}%2e{b}/"),
            format!("/{a}/~{b}"),
            format!("/%20.{a}"),
            // One name, with a slash in it, since the path is split before it is decoded.
            format!("/{b}%2f.{a}"),
            format!("http://.{b}.example/{a}"),
        ] {
            assert!(!is_hidden(&path), "{path} must not be hidden");
        }
    }

    #[test]
    fn the_query_does_not_count() {
        let word = Seed::new().word();
        for query in
            [format!(".{word}"), format!("/.{word}"), format!("a=/.{word}/&b"), "/.".into()]
        {
            assert!(
                !is_hidden(&format!("/{word}.txt?{query}")),
                "{query} is a query and hides nothing"
            );
            assert!(is_hidden(&format!("/.{word}?{query}")), "/.{word}?{query} must be hidden");
        }
    }

    #[test]
    fn an_encoded_dot_is_a_dot() {
        let words = Seed::new().words(2);
        let (a, b) = (&words[0], &words[1]);
        for dot in ["%2e", "%2E"] {
            for path in [
                format!("/{dot}{a}"),
                format!("/{b}/{dot}{a}/"),
                format!("/{b}/{dot}{a}/{b}"),
                format!("/{b}/{dot}{}", encoded(a)),
                format!("/{}/{dot}{a}.txt", encoded(b)),
                format!("/.{}", encoded(a)),
            ] {
                assert!(is_hidden(&path), "{path} must be hidden");
            }
        }
    }

    #[test]
    fn a_dot_that_is_encoded_twice_is_none() {
        let words = Seed::new().words(2);
        let (a, b) = (&words[0], &words[1]);
        for path in [
            format!("/%252e{a}"),
            format!("/%252E{a}/"),
            format!("/{b}/%252e{a}/{b}"),
            format!("/%25252e{a}"),
            format!("/%{}{a}", encoded("2e").replacen('%', "25", 1)),
        ] {
            assert!(
                !is_hidden(&path),
                "{path} must not be hidden: it has a percent sign, and no dot"
            );
        }
    }

    #[test]
    fn what_is_well_known_is_meant_to_be_found() {
        let word = Seed::new().word();
        for name in [".well-known", "%2ewell-known", "%2Ewell%2dknown", &encoded(".well-known")] {
            for behind in
                ["/", &format!("/{word}"), &format!("/{word}/a.txt"), &format!("/{word}?a")]
            {
                let path = format!("/{name}{behind}");
                assert!(!is_hidden(&path), "{path} must not be hidden");
            }
        }
    }

    #[test]
    fn at_any_other_place_or_in_any_other_spelling_it_is_hidden() {
        let word = Seed::new().word();
        for path in [
            format!("/{word}/.well-known/a.txt"),
            format!("/{word}/.well-known"),
            format!("/.well-known/.{word}"),
            format!("/.well-known/%2e{word}/a.txt"),
            format!("/.well-known/{word}/.{word}"),
            format!("/.well-known/.well-known/{word}"),
            format!("/.well-known{word}/a.txt"),
            format!("/.{word}/.well-known/a.txt"),
            format!("/.{word}-well-known/a.txt"),
            format!("/.Well-Known/{word}"),
            format!("/.well-know/{word}"),
            format!("//.well-known/{word}"),
            format!("/..well-known/{word}"),
        ] {
            assert!(is_hidden(&path), "{path} must be hidden");
        }
    }

    #[test]
    fn a_server_finds_no_hidden_file_and_all_others() {
        let words = Seed::new().words(3);
        let [name, folder, secret] = &words[..] else { unreachable!("three words") };
        let site = Site::new();
        for hidden in [format!(".{name}"), format!(".{name}.d/a.txt"), format!("{folder}/.{name}")]
        {
            site.put(&hidden, secret);
        }
        site.put(&format!(".{folder}/index.html"), secret);
        site.put(&format!("{folder}/a.b.txt"), "a\n");
        site.put(".well-known/security.txt", "Contact: ada\n");
        site.put(&format!("%2e{name}"), "percent\n");
        let server = server_of(&site);
        for prefix in ["", "/static"] {
            for path in [
                format!("/.{name}"),
                format!("/%2e{name}"),
                format!("/.{name}.d/a.txt"),
                format!("/{folder}/.{name}"),
                format!("/{folder}/%2E{}", encoded(name)),
                format!("/.{folder}/"),
            ] {
                let target = format!("{prefix}{path}");
                let reply = client_of(&server).get(&target);
                assert_eq!(reply.status, 404, "the status for {target}");
                assert!(!reply.text().contains(secret.as_str()), "{target} gave it away");
                assert_eq!(client_of(&server).head(&target).status, 404, "HEAD {target}");
            }
            for (path, content) in
                [(format!("/{folder}/a.b.txt"), "a\n"), (format!("/%252e{name}"), "percent\n")]
            {
                let target = format!("{prefix}{path}");
                assert_bytes!(client_of(&server).get(&target).body, content, "{target}");
            }
        }
        let reply = client_of(&server).get("/.well-known/security.txt");
        assert_bytes!(reply.body, "Contact: ada\n");
        let reply = client_of(&server).get("/static/.well-known/security.txt");
        assert_eq!(reply.status, 404, "it is well-known below / alone");
    }

    #[test]
    fn what_is_no_name_at_all_is_not_found_as_before() {
        let site = Site::new();
        let server = server_of(&site);
        let word = Seed::new().word();
        for path in
            ["/.", "/..", "/%", "/.%zz", "/%2", "/%ff", "/.%ff", "/...", "/a/..", "/%00", "//"]
        {
            for target in [path.to_owned(), format!("{path}/{word}"), format!("/{word}{path}")] {
                let reply = client_of(&server).get(&target);
                assert_eq!(reply.status, 404, "the status for {target}");
            }
        }
    }
}
