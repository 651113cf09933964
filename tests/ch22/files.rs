//! PUT, DELETE and MKCOL.

use super::site::{EXCLUSIVE, Site, assert_refusal, limited, request, shown};
use mock::{MockConnection, Script, Seed, assert_bytes};
use std::fs;
use std::thread;
use std::time::Instant;

#[test]
fn what_was_put_is_there_with_a_tag_and_a_second_put_takes_its_place() {
    let site = Site::new();
    let content = Seed::new().bytes(70_000);
    let made = site.expect(201, "PUT /a", "", &content);
    assert_bytes!(fs::read(site.path("a")).unwrap(), content);
    let got = site.expect(200, "GET /a", "", "");
    assert_bytes!(got.body, content);
    assert_eq!(made.header("ETag"), got.header("ETag"));
    assert!(made.body.is_empty());

    let changed = site.expect(204, "PUT /a", "", "two");
    assert_eq!(changed.header("ETag"), Some(&*site.etag("/a")));
    assert_ne!(changed.header("ETag"), made.header("ETag"));
    assert_eq!(site.tree(), "a=two");
    site.expect(204, "PUT /a", "", "");
    assert_eq!((site.tree().as_str(), site.spare().len()), ("a=", 0));
}

#[test]
fn a_body_in_chunks_is_put_as_well() {
    let site = Site::new();
    let body = "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n";
    site.expect(201, "PUT /a", "Transfer-Encoding: chunked\r\n", body);
    assert_eq!(site.tree(), "a=abcde");
}

#[test]
fn a_put_that_is_cut_anywhere_leaves_the_old_file_and_nothing_else() {
    let site = Site::with(&[("a", "old")]);
    let chunked = "4\r\nnew \r\n2\r\none\r\n0\r\n\r\n";
    for whole in [
        request("PUT /a", "", "new one"),
        request("PUT /a", "Transfer-Encoding: chunked\r\n", chunked),
        request("PUT /b", "", "new one"),
    ] {
        for end in 0..whole.len() {
            site.raw(&whole[..end]);
            assert_eq!(site.tree(), "a=old", "cut at {end}");
            assert_eq!(site.spare(), [""; 0], "cut at {end}");
        }
    }
    // Nor does one whose connection is reset, or whose chunks are none.
    for script in [
        Script::from(&request("PUT /a", "Content-Length: 9\r\n", "")[..]).bytes("new").reset(),
        Script::from(&request("PUT /a", "Transfer-Encoding: chunked\r\n", "2\r\nne\r\nx")[..]),
    ] {
        let (mut conn, _peer) = MockConnection::pair(script);
        let mut server = ch22::HttpServer::default();
        let dav = site.dav().clone();
        server.register_reading(|_| true, move |request, body| dav.answer(request, body));
        let _ = server.on_connect(&mut conn, None);
        assert_eq!((site.tree().as_str(), site.spare().len()), ("a=old", 0));
    }
}

/// Whoever reads while somebody writes gets the one or the other, and never a mixture.
#[test]
fn a_reader_that_has_begun_reads_the_old_file_to_its_end() {
    let site = Site::with(&[("a", &"old".repeat(100_000))]);
    let mut open = fs::File::open(site.path("a")).unwrap();
    site.expect(204, "PUT /a", "", "new");
    let mut text = String::new();
    std::io::Read::read_to_string(&mut open, &mut text).unwrap();
    assert!(text == "old".repeat(100_000));
}

#[test]
fn a_file_that_is_put_is_checked_before_its_body_is_asked_for() {
    let site = Site::with(&[("a", "old"), ("folder/", "")]);
    let token = site.lock("/locked", "", EXCLUSIVE);
    for (line, fields, status) in [
        ("PUT /a", "If-None-Match: *\r\n", "412 Precondition Failed"),
        ("PUT /b", "If-Match: *\r\n", "412 Precondition Failed"),
        ("PUT /a", "Content-Range: bytes 0-2/3\r\n", "400 Bad Request"),
        ("PUT /locked", "", "423 Locked"),
        ("PUT /none/b", "", "409 Conflict"),
        ("PUT /folder", "", "405 Method Not Allowed"),
        ("PUT /a/", "", "405 Method Not Allowed"),
        ("PUT /nul", "", "403 Forbidden"),
        ("PUT /a", "If: nonsense\r\n", "400 Bad Request"),
    ] {
        let fields = format!("Expect: 100-continue\r\nContent-Length: 3\r\n{fields}");
        let answer = String::from_utf8(site.raw(request(line, &fields, ""))).unwrap();
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}\r\n")), "{line}: {answer}");
    }
    let fields = format!("Expect: 100-continue\r\n{}", shown(&token));
    let answer = site.raw(request("PUT /locked", &fields, "new"));
    let answer = String::from_utf8_lossy(&answer).into_owned();
    // The body had come already, so nobody waits for being told to send it.
    assert!(answer.contains("HTTP/1.1 204 No Content\r\n"), "{answer}");
    assert_eq!(site.tree(), "a=old\nfolder/\nlocked=new");
}

/// What was allowed when the body began to come need not be any more when it is there.
#[test]
fn what_has_changed_while_the_body_came_is_looked_at_again() {
    for (meanwhile, fields, status, tree) in [
        ("PUT /a", "If-None-Match: *\r\n", 412, "a="),
        ("LOCK /a", "", 423, "a="),
        ("MKCOL /a", "", 405, "a/"),
    ] {
        let site = Site::new();
        let dav = site.dav().clone();
        let mut server = ch22::HttpServer::default();
        let (line, info) = meanwhile.split_once(' ').unwrap();
        let body = if line == "LOCK" { EXCLUSIVE } else { "" };
        // The rest of the body comes when the other one is through.
        let gate = mock::Gate::new();
        let script = Script::new()
            .bytes(request("PUT /a", &format!("Content-Length: 6\r\n{fields}"), ""))
            .bytes("new")
            .wait(&gate)
            .bytes("one");
        server.register_reading(|_| true, move |request, body| dav.answer(request, body));
        let (mut conn, peer) = MockConnection::pair(script);
        thread::scope(|scope| {
            let put = scope.spawn(|| server.on_connect(&mut conn, None));
            // The spare file is there as soon as the body is read.
            let started = Instant::now();
            while site.spare().is_empty() {
                assert!(started.elapsed() < mock::patience(), "the body is not read");
                thread::yield_now();
            }
            let outcome = site.ask(&format!("{line} {info}"), "", body);
            assert!(outcome.status < 300, "{meanwhile}: {}", outcome.status);
            gate.open();
            put.join().unwrap().unwrap();
        });
        let answer = String::from_utf8(peer.sent()).unwrap();
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{meanwhile}: {answer}");
        assert_eq!((site.tree().as_str(), site.spare().len()), (tree, 0), "{meanwhile}");
    }
}

/// Two who have read the same and want to change it: the attack of chapter 21, and its end.
#[test]
fn of_two_who_change_what_they_have_read_one_is_told() {
    let site = Site::with(&[("list", "soup")]);
    let tag = site.etag("/list");
    let field = format!("If-Match: {tag}\r\n");
    site.expect(204, "PUT /list", &field, "soup, bread");
    site.expect(412, "PUT /list", &field, "soup, tea");
    assert_eq!(site.tree(), "list=soup, bread");
    site.expect(204, "PUT /list", &format!("If-Match: {}\r\n", site.etag("/list")), "all");
}

#[test]
fn conditions_are_kept_by_every_method_that_changes_something() {
    let site = Site::with(&[("a", "old"), ("folder/b", "")]);
    let tag = site.etag("/a");
    let patch = super::site::set("<x xmlns=\"\"/>");
    for (line, body) in [
        ("PUT /a", "new"),
        ("DELETE /a", ""),
        ("PROPPATCH /a", &patch),
        ("LOCK /a", EXCLUSIVE),
        ("COPY /a", ""),
        ("MOVE /a", ""),
    ] {
        let to = "Destination: /c\r\n";
        for field in [
            "If-Match: \"other\"\r\n".to_owned(),
            format!("If-None-Match: {tag}\r\n"),
            "If-None-Match: *\r\n".to_owned(),
            "If-Unmodified-Since: Sun, 06 Nov 1994 08:49:37 GMT\r\n".to_owned(),
            "If: ([\"other\"])\r\n".to_owned(),
            format!("If: (Not [{tag}])\r\n"),
        ] {
            site.expect(412, line, &format!("{to}{field}"), body);
        }
    }
    for line in ["PUT /c", "MKCOL /c", "DELETE /c"] {
        let status = if line == "DELETE /c" { 404 } else { 412 };
        site.expect(status, line, "If-Match: *\r\n", "");
    }
    site.expect(412, "LOCK /c", "If-Match: *\r\n", EXCLUSIVE);
    assert_eq!(site.tree(), "a=old\nfolder/\nfolder/b=");
    assert_eq!(site.store().state().len(), 0);
    // Those that hold.
    site.expect(207, "PROPPATCH /a", &format!("If-Match: {tag}\r\nIf: ([{tag}])\r\n"), patch);
    site.expect(204, "PUT /a", &format!("If-Match: \"x\", {tag}\r\n"), "new");
    site.expect(201, "PUT /c", "If-None-Match: *\r\n", "c");
    site.expect(201, "MKCOL /d", "If-None-Match: *\r\n", "");
    // What is not there has no date, and a folder no tag.
    site.expect(
        201,
        "PUT /e",
        "If-Unmodified-Since: Sun, 06 Nov 1994 08:49:37 GMT\r\n\
         If-Modified-Since: Sun, 06 Nov 2044 08:49:37 GMT\r\n",
        "",
    );
    site.expect(204, "DELETE /folder", "If: (Not [\"x\"])\r\n", "");
    assert_eq!(site.tree(), "a=new\nc=c\nd/\ne=");
}

#[test]
fn a_folder_is_made_in_one_that_is_there() {
    let site = Site::with(&[("a", "")]);
    site.expect(201, "MKCOL /one/", "", "");
    site.expect(201, "MKCOL /one/two", "", "");
    site.expect(201, "PUT /one/two/f", "", "");
    assert_eq!(site.tree(), "a=\none/\none/two/\none/two/f=");
    for (line, status) in [
        ("MKCOL /one", 405),
        ("MKCOL /one/", 405),
        ("MKCOL /a", 405),
        ("MKCOL /a/b", 409),
        ("MKCOL /none/b", 409),
        ("MKCOL /", 405),
        ("PUT /", 405),
        ("PUT /a/b", 409),
        ("PUT /none/b", 409),
        ("PUT /one", 405),
        ("PUT /one/", 405),
        ("PUT /new/", 405),
    ] {
        site.expect(status, line, "", "");
    }
    let reply = site.expect(405, "PUT /one", "", "");
    let methods = "OPTIONS, GET, HEAD, DELETE, PROPFIND, PROPPATCH, COPY, MOVE, LOCK, UNLOCK";
    assert_eq!(reply.header("Allow"), Some(methods));
    site.expect(415, "MKCOL /new", "", "<mkcol/>");
    site.expect(415, "MKCOL /new", "Transfer-Encoding: chunked\r\n", "1\r\nx\r\n0\r\n\r\n");
    site.expect(201, "MKCOL /new", "Transfer-Encoding: chunked\r\n", "0\r\n\r\n");
    assert_eq!(site.tree(), "a=\nnew/\none/\none/two/\none/two/f=");
}

#[test]
fn what_is_deleted_is_gone_with_all_below_it() {
    let site = Site::with(&[("a", "1"), ("d/e/f/g", "2"), ("d/h", "3"), ("dd", "4")]);
    site.set("/d/h", "color", "red");
    site.set("/dd", "color", "blue");
    site.expect(204, "DELETE /a", "", "");
    site.expect(404, "DELETE /a", "", "");
    site.expect(404, "DELETE /dd/", "", "");
    site.expect(204, "DELETE /d", "Depth: infinity\r\n", "");
    assert_eq!((site.tree().as_str(), site.spare().len()), ("dd=4", 0));
    // What comes there later is another thing.
    site.write("d/h", "");
    assert_eq!(site.property("/d/h", "color"), None);
    assert_eq!(site.property("/dd", "color").as_deref(), Some("blue"));
    for (line, fields, status) in [
        ("DELETE /", "", 403),
        ("DELETE /d", "Depth: 0\r\n", 400),
        ("DELETE /d", "Depth: 1\r\n", 400),
        ("DELETE /d", "Depth: 2\r\n", 400),
        ("DELETE /none", "", 404),
        ("DELETE /none/none", "", 404),
    ] {
        site.expect(status, line, fields, "");
    }
    site.expect(204, "DELETE /d/", "", "");
    assert_eq!(site.tree(), "dd=4");
}

/// A chain of folders that is deeper than the program may have files open, and longer than a path.
#[cfg(unix)]
#[test]
fn however_deep_folders_are_nested_they_go() {
    limited(module_path!(), "however_deep_folders_are_nested_they_go", "ulimit -n 64", || {
        let mut site = Site::new();
        let chain = |letter: &str| vec![letter.repeat(30); 100].join("/");
        let (a, b) = ("a".repeat(30), "b".repeat(30));
        fs::create_dir_all(site.path(&chain("a"))).unwrap();
        fs::create_dir_all(site.path(&chain("b"))).unwrap();
        site.expect(201, &format!("COPY /{b}"), "Destination: /copy\r\n", "");
        assert!(site.path(&chain("b").replacen(&b, "copy", 1)).is_dir());
        let to = format!("Destination: /{}/b\r\n", chain("a"));
        site.expect(201, &format!("MOVE /{b}"), &to, "");
        // Of such a one there can be no copy.
        site.expect(403, &format!("COPY /{a}"), "Destination: /c\r\n", "");
        site.expect(204, "DELETE /copy", "", "");
        assert_eq!(site.spare(), [""; 0]);
        // As if it had been ended in the middle.
        fs::rename(site.path(&a), site.beside().join("spare/left")).unwrap();
        site.restart();
        assert_eq!((site.tree().as_str(), site.spare().len()), ("", 0));
    });
}

#[test]
fn what_leads_out_of_the_folder_is_neither_read_nor_written() {
    let site = Site::with(&[("a", "a"), ("d/b", "b")]);
    let outside = site.root.with_file_name("outside");
    fs::create_dir(&outside).unwrap();
    fs::write(outside.join("secret"), "secret").unwrap();
    for (target, link) in [
        ("../outside/secret", "file"),
        ("../outside", "folder"),
        ("../outside/new", "dangling"),
        ("loop", "loop"),
        ("../files.dav/journal", "journal"),
    ] {
        if mock::symlink(target, site.path(link)).is_err() {
            return;
        }
    }
    let before = site.tree();
    for name in ["file", "folder", "dangling", "loop", "journal"] {
        for (method, fields, body, status) in [
            ("GET", "", "", 404),
            ("PROPFIND", "Depth: 0\r\n", "", 404),
            ("PROPPATCH", "", &*super::site::set("<x xmlns=\"\"/>"), 404),
            ("PUT", "", "new", 403),
            ("MKCOL", "", "", 403),
            ("LOCK", "", EXCLUSIVE, 403),
            ("DELETE", "", "", 404),
            ("COPY", "Destination: /c\r\n", "", 404),
            ("MOVE", "Destination: /c\r\n", "", 404),
            ("UNLOCK", "Lock-Token: <x>\r\n", "", 404),
        ] {
            site.expect(status, &format!("{method} /{name}"), fields, body);
        }
        let field = format!("Destination: /{name}\r\n");
        site.expect(403, "COPY /a", &field, "");
        site.expect(403, "MOVE /a", &field, "");
    }
    for (method, status) in [("GET", 404), ("PUT", 409), ("MKCOL", 409), ("DELETE", 404)] {
        site.expect(status, &format!("{method} /folder/secret"), "", "");
        site.expect(status, &format!("{method} /folder/new"), "", "");
    }
    site.expect(409, "COPY /a", "Destination: /folder/new\r\n", "");
    let found = site.expect(207, "PROPFIND /", "Depth: 1\r\n", "");
    assert_eq!(found.text().matches("<D:response>").count(), 3, "{}", found.text());
    let options = site.expect(200, "OPTIONS /file", "", "");
    assert_eq!(options.header("Allow"), Some("OPTIONS"));
    assert_eq!(site.tree(), before);
    assert_eq!(fs::read_dir(&outside).unwrap().count(), 1);
    assert_eq!(fs::read(outside.join("secret")).unwrap(), b"secret");
}

#[cfg(unix)]
#[test]
fn a_named_pipe_is_hidden_and_a_folder_with_one_is_copied_without_it() {
    let site = Site::with(&[("d/b", "b")]);
    mock::named_pipe(site.path("d/pipe")).unwrap();
    site.expect(404, "GET /d/pipe", "", "");
    site.expect(403, "PUT /d/pipe", "", "");
    let found = site.expect(207, "PROPFIND /d", "Depth: 1\r\n", "");
    assert!(!found.text().contains("pipe"), "{}", found.text());
    site.expect(201, "COPY /d", "Destination: /c\r\n", "");
    assert_eq!(site.tree(), "c/\nc/b=b\nd/\nd/b=b\nd/pipe?");
    site.expect(204, "DELETE /d", "", "");
    assert_eq!(site.tree(), "c/\nc/b=b");
}

#[test]
fn names_that_no_file_can_have_everywhere_are_404_for_readers_and_403_for_writers() {
    let site = Site::with(&[("a", "a")]);
    for name in ["nul", "COM1.txt", "a%3Ab", "a%5Cb", "x%2Fy", "..", "%2e%2e", "a.", "x//y", "%00"]
    {
        for (method, status) in [("GET", 404), ("DELETE", 404), ("PROPFIND", 404), ("MOVE", 404)] {
            let fields = "Depth: infinity\r\nDestination: /b\r\n";
            site.expect(status, &format!("{method} /{name}"), fields, "");
        }
        for (method, body) in [("PUT", "x"), ("MKCOL", ""), ("LOCK", EXCLUSIVE)] {
            site.expect(403, &format!("{method} /{name}"), "", body);
        }
        site.expect(403, "COPY /a", &format!("Destination: /{name}\r\n"), "");
    }
    // Too long for the file system, which alone knows.
    #[cfg(unix)]
    site.expect(403, &format!("PUT /{}", "x".repeat(256)), "", "x");
    assert_eq!((site.tree().as_str(), site.spare().len()), ("a=a", 0));
}

#[test]
fn a_name_may_have_any_letters() {
    let site = Site::with(&[]);
    for (target, name) in
        [("/%C3%A4%20%26%3C%3E", "ä &<>"), ("/100%25", "100%"), ("/a'b", "a'b"), ("/%23%3F", "#?")]
    {
        // Of these Windows has no `<>?`.
        if cfg!(windows) && name.contains(['<', '?']) {
            continue;
        }
        site.expect(201, &format!("PUT {target}"), "", name);
        assert_eq!(fs::read(site.path(name)).unwrap(), name.as_bytes());
        let to = format!("Destination: http://a.example{target}2\r\n");
        site.expect(201, &format!("COPY {target}"), &to, "");
        let found = site.expect(207, &format!("PROPFIND {target}2"), "Depth: 0\r\n", "");
        let href = format!("<D:href>{}2</D:href>", ch22::escape_html(target));
        assert!(found.text().contains(&href), "{}", found.text());
        site.expect(204, &format!("DELETE {target}"), "", "");
        site.expect(204, &format!("DELETE {target}2"), "", "");
    }
    assert_eq!(site.tree(), "");
}

#[cfg(unix)]
#[test]
fn a_file_keeps_its_permissions_but_is_never_run_as_its_owner() {
    use std::os::unix::fs::PermissionsExt;
    let site = Site::with(&[("a", "a")]);
    let mode = |name: &str| fs::metadata(site.path(name)).unwrap().permissions().mode() & 0o7777;
    for (before, after) in [(0o640, 0o640), (0o755, 0o755), (0o444, 0o444), (0o6755, 0o755)] {
        fs::set_permissions(site.path("a"), fs::Permissions::from_mode(before)).unwrap();
        site.expect(204, "PUT /a", "", "b");
        assert_eq!(mode("a"), after, "{before:o}");
    }
    // A new one is like those of other programs, as far as the user lets them.
    fs::write(site.path("other"), "").unwrap();
    site.expect(201, "PUT /new", "", "");
    assert_eq!(mode("new"), mode("other"));
}

/// It is not written into, as the link may be somebody else's way to a file.
#[test]
fn a_link_to_a_file_inside_is_read_and_replaced_by_what_is_put() {
    let site = Site::with(&[("a", "a"), ("d/b", "b")]);
    if mock::symlink("a", site.path("link")).is_err() {
        return;
    }
    mock::symlink("d", site.path("folder")).unwrap();
    assert_bytes!(site.expect(200, "GET /link", "", "").body, b"a");
    site.expect(204, "PUT /link", "", "new");
    assert_eq!(site.tree(), "a=a\nd/\nd/b=b\nfolder>d\nlink=new");
    // By whatever way: it is the same thing.
    site.lock("/d/b", "", EXCLUSIVE);
    assert!(site.is_locked("/folder/b"));
    site.expect(204, "DELETE /folder", "", "");
    assert_eq!(site.tree(), "a=a\nd/\nd/b=b\nlink=new");
}

#[test]
fn methods_are_answered_where_they_are_for_what_is_there() {
    let site = Site::with(&[("a", "a"), ("d/", "")]);
    let all =
        "OPTIONS, GET, HEAD, PUT, DELETE, PROPFIND, PROPPATCH, MKCOL, COPY, MOVE, LOCK, UNLOCK";
    for (target, allow) in [
        ("/a", all.replace("MKCOL, ", "")),
        ("/d/", all.replace("MKCOL, ", "").replace("PUT, ", "")),
        ("/none", "OPTIONS, PUT, MKCOL, LOCK".into()),
        ("/none/none", "OPTIONS, PUT, MKCOL, LOCK".into()),
    ] {
        let reply = site.expect(200, &format!("OPTIONS {target}"), "", "");
        assert_eq!(reply.header("DAV"), Some("1, 2"));
        assert_eq!(reply.header("MS-Author-Via"), Some("DAV"));
        assert_eq!(reply.header("Allow"), Some(&*allow), "{target}");
        let reply = site.expect(405, &format!("POST {target}"), "", "");
        assert_eq!(reply.header("Allow"), Some(&*allow), "{target}");
    }
    for method in ["TRACE", "REPORT", "SEARCH", "put"] {
        site.expect(501, &format!("{method} /a"), "", "");
    }
    assert_eq!(ch22::ALLOW, all);
}

#[test]
fn a_prefix_is_kept_to() {
    for prefix in ["/dav", "/dav/"] {
        let site = Site::at(prefix);
        site.expect(201, "MKCOL /dav/d", "", "");
        site.expect(201, "PUT /dav/d/a", "", "a");
        site.expect(404, "PUT /davd", "", "a");
        site.expect(404, "PUT /d/b", "", "a");
        site.expect(403, "DELETE /dav", "", "");
        site.expect(403, "DELETE /dav/", "", "");
        site.expect(405, "MKCOL /dav", "", "");
        site.expect(200, "OPTIONS /dav", "", "");
        for (to, status) in [
            ("/dav/b", 201),
            ("http://a.example/dav/c", 201),
            ("/b", 403),
            ("/davb", 403),
            ("http://a.example/b", 403),
            ("/dav", 403),
            ("/dav/../b", 403),
        ] {
            site.expect(status, "COPY /dav/d/a", &format!("Destination: {to}\r\n"), "");
        }
        assert_eq!(site.tree(), "b=a\nc=a\nd/\nd/a=a");
        let found = site.expect(207, "PROPFIND /dav", "Depth: 1\r\n", "");
        for href in ["/dav/", "/dav/b", "/dav/c", "/dav/d/"] {
            assert!(found.text().contains(&format!("<D:href>{href}</D:href>")), "{href}");
        }
        let token = site.lock("/dav/d", "", EXCLUSIVE);
        let reply = site.expect(423, "PUT /dav/d/a", "", "");
        assert_refusal(
            &reply,
            "<D:lock-token-submitted><D:href>/dav/d</D:href></D:lock-token-submitted>",
        );
        let tagged = format!("If: <http://a.example/dav/d> (<{token}>)\r\n");
        site.expect(204, "PUT /dav/d/a", &tagged, "");
        // An address that is not ours holds nothing.
        site.expect(412, "PUT /dav/d/a", &format!("If: </d> (<{token}>)\r\n"), "");
    }
}

/// Many at once, each in its own place and all in the same one.
#[test]
fn writers_at_the_same_time_do_not_disturb_each_other() {
    let site = Site::new();
    thread::scope(|scope| {
        for number in 0..4 {
            let site = &site;
            scope.spawn(move || {
                for round in 0..10 {
                    let own = format!("{number}-{round};").repeat(2000);
                    let status = site.status("PUT /same", "", &own);
                    assert!(matches!(status, 201 | 204), "{status}");
                    site.expect(201, &format!("PUT /{number}-{round}"), "", &own);
                    let read = site.expect(200, "GET /same", "", "").body;
                    let piece = &read[..4];
                    assert!(read.chunks(4).all(|other| other == piece), "a mixture");
                }
            });
        }
    });
    assert_eq!(fs::read_dir(&site.root).unwrap().count(), 41);
    assert_eq!(site.spare(), [""; 0]);
}

/// `If-None-Match: *` is asked for by many, and one of them makes it.
#[test]
fn of_those_who_want_to_make_the_same_new_file_one_does() {
    let site = Site::new();
    for round in 0..5 {
        let made: usize = thread::scope(|scope| {
            let writers: Vec<_> = (0..4)
                .map(|_| {
                    let line = format!("PUT /{round}");
                    let site = &site;
                    scope.spawn(move || site.status(&line, "If-None-Match: *\r\n", "x"))
                })
                .collect();
            writers
                .into_iter()
                .map(|writer| match writer.join().unwrap() {
                    201 => 1,
                    412 => 0,
                    other => panic!("{other}"),
                })
                .sum()
        });
        assert_eq!(made, 1);
    }
}

/// An address stands in XML, whatever the prefix is.
#[test]
fn addresses_are_escaped() {
    let site = Site::at("/a&b'");
    site.expect(201, "PUT /a&b'/c", "", "");
    let token = site.lock("/a&b'/c", "", EXCLUSIVE);
    let reply = site.expect(423, "PUT /a&b'/c", "", "");
    let href = "/a&amp;b&#39;/c";
    let inner = format!("<D:href>{href}</D:href>");
    assert_refusal(&reply, &format!("<D:lock-token-submitted>{inner}</D:lock-token-submitted>"));
    for (target, depth) in [("/a&b'/c", 0), ("/a&b'", 1)] {
        let depth = format!("Depth: {depth}\r\n");
        let found = site.expect(207, &format!("PROPFIND {target}"), &depth, "");
        // As its address, and as that of what is locked.
        assert_eq!(found.text().matches(&inner).count(), 2, "{}", found.text());
    }
    site.expect(204, "PUT /a&b'/c", &shown(&token), "");
}
