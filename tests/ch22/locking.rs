//! LOCK and UNLOCK.

use super::site::{EXCLUSIVE, SHARED, Site, XML, assert_refusal, prop, set, shown};
use ch22::{Change, Depth, Entry, LONGEST_LOCK, Lock, MAX_LOCKS, MAX_SHARED, Scope};
use mock::{Reply, assert_bytes};
use std::fs;
use std::thread;

/// What is shown of a lock.
fn active(scope: &str, depth: &str, owner: &str, left: u32, token: &str, root: &str) -> String {
    format!(
        "<D:activelock><D:locktype><D:write/></D:locktype><D:lockscope><D:{scope}/></D:lockscope>\
         <D:depth>{depth}</D:depth>{owner}<D:timeout>Second-{left}</D:timeout>\
         <D:locktoken><D:href>{token}</D:href></D:locktoken>\
         <D:lockroot><D:href>{root}</D:href></D:lockroot></D:activelock>"
    )
}

#[track_caller]
fn assert_shows(reply: &Reply, lock: &str) {
    assert_eq!(reply.header("Content-Type"), Some("application/xml; charset=utf-8"));
    let expected = format!(
        "{XML}<D:prop xmlns:D=\"DAV:\"><D:lockdiscovery>{lock}</D:lockdiscovery></D:prop>\n"
    );
    assert_bytes!(&reply.body, expected.as_bytes());
}

fn token_of(reply: &Reply) -> String {
    reply.header("Lock-Token").unwrap().trim_matches(['<', '>']).to_owned()
}

fn submitted(key: &str) -> String {
    format!("<D:lock-token-submitted><D:href>{key}</D:href></D:lock-token-submitted>")
}

fn conflict(key: &str) -> String {
    format!("<D:no-conflicting-lock><D:href>{key}</D:href></D:no-conflicting-lock>")
}

#[test]
fn a_lock_is_shown_to_who_gets_it_and_to_everybody_who_asks() {
    let site = Site::with(&[("a", ""), ("d/b", "")]);
    let owner = "<D:owner><D:href>http://a.example/?a&amp;b</D:href></D:owner>";
    let shown_owner =
        "<D:owner xmlns:D=\"DAV:\"><D:href>http://a.example/?a&amp;b</D:href></D:owner>";
    let info = EXCLUSIVE.replace("</D:lockinfo>", &format!("{owner}</D:lockinfo>"));
    let reply = site.expect(200, "LOCK /a", "Depth: 0\r\nTimeout: Second-100\r\n", info);
    let token = token_of(&reply);
    assert!(token.starts_with("urn:uuid:") && token.len() == 45, "{token}");
    assert_shows(&reply, &active("exclusive", "0", shown_owner, 100, &token, "/a"));

    let reply = site.expect(200, "LOCK /d/", "", SHARED);
    let other = token_of(&reply);
    assert_ne!(other, token);
    let lock = active("shared", "infinity", "", LONGEST_LOCK, &other, "/d");
    assert_shows(&reply, &lock);
    site.pass(40);
    for (target, lock) in [
        ("/a", active("exclusive", "0", shown_owner, 60, &token, "/a")),
        ("/d", lock.replace("Second-3600", "Second-3560")),
        ("/d/b", lock.replace("Second-3600", "Second-3560")),
        ("/", String::new()),
    ] {
        let body = prop("<D:lockdiscovery/>");
        let found = site.expect(207, &format!("PROPFIND {target}"), "Depth: 0\r\n", body);
        let element = match &*lock {
            "" => "<D:lockdiscovery/>".to_owned(),
            lock => format!("<D:lockdiscovery>{lock}</D:lockdiscovery>"),
        };
        assert!(found.text().contains(&format!("<D:prop>{element}</D:prop>")), "{}", found.text());
    }
}

#[test]
fn times_are_granted_up_to_an_hour() {
    let site = Site::with(&[("a", "")]);
    for (timeout, seconds) in [
        ("", 3600),
        ("Timeout: Infinite\r\n", 3600),
        ("Timeout: Second-4100000000\r\n", 3600),
        ("Timeout: Second-99999999999999999999\r\n", 3600),
        ("Timeout: Second-3601\r\n", 3600),
        ("Timeout: Second-60\r\n", 60),
        ("Timeout: Second-0\r\n", 1),
        ("Timeout: Extend, Second-60\r\n", 60),
        ("Timeout: nonsense\r\n", 3600),
    ] {
        let reply = site.expect(200, "LOCK /a", timeout, EXCLUSIVE);
        let text = format!("<D:timeout>Second-{seconds}</D:timeout>");
        assert!(reply.text().contains(&text), "{timeout}: {}", reply.text());
        site.pass(seconds - 1);
        assert!(site.is_locked("/a"));
        site.pass(1);
        assert!(!site.is_locked("/a"));
    }
    assert_eq!(site.tree(), "a=");
}

/// What is asked of a locked file, and the answer without the token and with it.
#[test]
fn a_locked_file_is_read_by_all_and_changed_by_who_has_the_token() {
    let patch = set("<x/>");
    for (line, fields, body, without, with) in [
        ("GET /d/a", "", "", 200, 200),
        ("HEAD /d/a", "", "", 200, 200),
        ("OPTIONS /d/a", "", "", 200, 200),
        ("PROPFIND /d/a", "Depth: 0\r\n", "", 207, 207),
        ("COPY /d/a", "Destination: /c\r\n", "", 201, 201),
        ("PUT /d/a", "", "new", 423, 204),
        ("PROPPATCH /d/a", "", &*patch, 423, 207),
        ("DELETE /d/a", "", "", 423, 204),
        ("MOVE /d/a", "Destination: /c\r\n", "", 423, 201),
        ("MOVE /b", "Destination: /d/a\r\n", "", 423, 204),
        ("COPY /b", "Destination: /d/a\r\n", "", 423, 204),
        ("DELETE /d", "", "", 423, 204),
        ("MOVE /d", "Destination: /c\r\n", "", 423, 201),
        ("COPY /e", "Destination: /d\r\n", "", 423, 204),
        ("MOVE /e", "Destination: /d\r\n", "", 423, 204),
        ("LOCK /d/a", "", EXCLUSIVE, 423, 423),
        ("LOCK /d/a", "", SHARED, 423, 423),
        ("LOCK /d", "", EXCLUSIVE, 423, 423),
        // Beside it, and what it is in, is free.
        ("PUT /d/other", "", "", 201, 201),
        ("PROPPATCH /d", "", &patch, 207, 207),
        ("LOCK /d", "Depth: 0\r\n", EXCLUSIVE, 200, 200),
    ] {
        let with_token = [false, true];
        for has_token in with_token {
            let site = Site::with(&[("d/a", "old"), ("b", "b"), ("e/f", "")]);
            let before = site.tree();
            let token = site.lock("/d/a", "", EXCLUSIVE);
            let status = if has_token { with } else { without };
            let field = match has_token {
                true => format!("{fields}If: </d/a> (<{token}>)\r\n"),
                false => fields.to_owned(),
            };
            let reply = site.expect(status, line, &field, body);
            if status == 423 {
                let inner =
                    if line.starts_with("LOCK") { conflict("/d/a") } else { submitted("/d/a") };
                assert_refusal(&reply, &inner);
                assert_eq!(site.tree(), before, "{line}");
                assert_eq!(site.spare(), [""; 0], "{line}");
            }
        }
    }
}

#[test]
fn a_folder_that_is_locked_alone_keeps_its_list_of_names() {
    let patch = set("<x/>");
    for (line, fields, body, without) in [
        ("PUT /d/new", "", "", 423),
        ("MKCOL /d/new", "", "", 423),
        ("LOCK /d/new", "", EXCLUSIVE, 423),
        ("DELETE /d/a", "", "", 423),
        ("MOVE /d/a", "Destination: /c\r\n", "", 423),
        ("MOVE /b", "Destination: /d/new\r\n", "", 423),
        ("COPY /b", "Destination: /d/new\r\n", "", 423),
        ("COPY /b", "Destination: /d/a\r\n", "", 423),
        ("PROPPATCH /d", "", &*patch, 423),
        ("DELETE /d", "", "", 423),
        ("MOVE /d", "Destination: /c\r\n", "", 423),
        // What is in them is not locked.
        ("PUT /d/a", "", "", 204),
        ("PROPPATCH /d/a", "", &patch, 207),
        ("PROPPATCH /d/e", "", &patch, 207),
        ("LOCK /d/a", "", EXCLUSIVE, 200),
        ("LOCK /d/e", "", EXCLUSIVE, 200),
        ("PUT /d/e/new", "", "", 201),
        ("DELETE /d/e/f", "", "", 204),
        ("COPY /d/a", "Destination: /c\r\n", "", 201),
        ("COPY /d", "Destination: /c\r\n", "", 201),
    ] {
        let site = Site::with(&[("d/a", "old"), ("b", "b"), ("d/e/f", "")]);
        let before = site.tree();
        let token = site.lock("/d", "Depth: 0\r\n", EXCLUSIVE);
        let reply = site.expect(without, line, fields, body);
        if without == 423 {
            assert_refusal(&reply, &submitted("/d"));
            assert_eq!(site.tree(), before, "{line}");
            let field = format!("{fields}If: </d> (<{token}>)\r\n");
            let status = site.status(line, &field, body);
            assert!((200..300).contains(&status), "{line}: {status}");
        }
    }
}

#[test]
fn a_lock_of_a_folder_holds_for_all_that_is_below_and_all_that_comes_there() {
    let site = Site::with(&[("d/e/f", ""), ("b", ""), ("de", "")]);
    let token = site.lock("/d", "Depth: infinity\r\n", EXCLUSIVE);
    for (line, fields) in [
        ("PUT /d/e/f", ""),
        ("PUT /d/e/new", ""),
        ("DELETE /d/e/f", ""),
        ("DELETE /d/e", ""),
        ("MKCOL /d/e/new", ""),
        ("COPY /b", "Destination: /d/e/f\r\n"),
        ("MOVE /b", "Destination: /d/e/new\r\n"),
    ] {
        assert_refusal(&site.expect(423, line, fields, ""), &submitted("/d"));
    }
    for target in ["/d/e/f", "/d/e", "/d"] {
        let reply = site.expect(423, &format!("LOCK {target}"), "", EXCLUSIVE);
        assert_refusal(&reply, &conflict("/d"));
    }
    assert_refusal(&site.expect(423, "LOCK /d/new", "", SHARED), &conflict("/d"));
    assert!(!site.is_locked("/de"));
    // In any list it is the lock of what is below, too.
    site.expect(201, "PUT /d/e/new", &shown(&token), "");
    site.expect(204, "PUT /d/e/f", &format!("If: </d/e> (<{token}>)\r\n"), "");
    site.expect(201, "MOVE /b", &format!("Destination: /d/b\r\nIf: </d> (<{token}>)\r\n"), "");
    assert!(site.is_locked("/d/b"));
    site.expect(201, "MOVE /d/b", &format!("Destination: /b\r\n{}", shown(&token)), "");
    assert!(!site.is_locked("/b"));
    // By the address of something below it can be ended.
    site.expect(204, "UNLOCK /d/e/f", &format!("Lock-Token: <{token}>\r\n"), "");
    assert!(!site.is_locked("/d/e/f"));
}

#[test]
fn a_lock_below_is_against_one_of_a_folder() {
    let site = Site::with(&[("d/e/f", ""), ("d/g", "")]);
    let f = site.lock("/d/e/f", "", SHARED);
    assert_refusal(&site.expect(423, "LOCK /d", "", EXCLUSIVE), &conflict("/d/e/f"));
    // Of what does not hold for all that is below, and of what both share, there may be two.
    site.lock("/d", "Depth: 0\r\n", EXCLUSIVE);
    assert_refusal(&site.expect(423, "LOCK /d", "", SHARED), &conflict("/d"));
    site.lock("/d/e", "", SHARED);
    assert_refusal(&site.expect(423, "LOCK /d/e", "Depth: 0\r\n", EXCLUSIVE), &conflict("/d/e"));
    assert!(site.is_locked("/d/e/f") && !site.is_locked("/d/g"));
    // Who shares a thing need not have the token of another who does, wherever that one stands.
    site.expect(204, "PUT /d/e/f", &shown(&f), "");
}

#[test]
fn of_those_who_share_each_may_write_and_each_unlocks_for_himself() {
    let site = Site::with(&[("a", "")]);
    let [one, two] = [(); 2].map(|()| site.lock("/a", "", SHARED));
    site.expect(423, "LOCK /a", "", EXCLUSIVE);
    site.expect(423, "PUT /a", "", "");
    for token in [&one, &two] {
        site.expect(204, "PUT /a", &shown(token), "");
    }
    site.expect(204, "UNLOCK /a", &format!("Lock-Token: <{one}>\r\n"), "");
    site.expect(412, "PUT /a", &shown(&one), "");
    site.expect(423, "PUT /a", &format!("If: (Not <{one}>)\r\n"), "");
    site.expect(204, "PUT /a", &shown(&two), "");
    site.expect(204, "UNLOCK /a", &format!("Lock-Token: <{two}>\r\n"), "");
    assert!(!site.is_locked("/a"));
    site.lock("/a", "", EXCLUSIVE);
}

#[test]
fn a_name_can_be_taken_before_there_is_something() {
    let site = Site::with(&[("d/", ""), ("a", "")]);
    let reply = site.expect(201, "LOCK /d/new", "", EXCLUSIVE);
    let token = token_of(&reply);
    assert_shows(&reply, &active("exclusive", "infinity", "", 3600, &token, "/d/new"));
    assert_eq!(site.tree(), "a=\nd/\nd/new=");
    site.expect(423, "PUT /d/new", "", "");
    site.expect(405, "MKCOL /d/new", &shown(&token), "");
    site.expect(204, "PUT /d/new", &shown(&token), "new");
    for (target, fields, status) in [
        ("/d/folder/", "", 409),
        ("/none/new", "", 409),
        ("/a/new", "", 409),
        ("/nul", "", 403),
        ("/x", "If-Match: *\r\n", 412),
        ("/x", "If: ([\"x\"])\r\n", 412),
        ("/x", "Depth: 1\r\n", 400),
        ("/x", "Depth: y\r\n", 400),
    ] {
        site.expect(status, &format!("LOCK {target}"), fields, EXCLUSIVE);
    }
    site.expect(201, "LOCK /y", "If-None-Match: *\r\n", EXCLUSIVE);
    site.expect(412, "LOCK /a", "If-None-Match: *\r\n", EXCLUSIVE);
    assert_eq!((site.tree().as_str(), site.spare().len()), ("a=\nd/\nd/new=new\ny=", 0));
}

#[test]
fn a_lock_is_given_for_longer_to_who_shows_its_token() {
    let mut site = Site::with(&[("d/a", ""), ("b", "")]);
    let token = site.lock("/d", "Timeout: Second-100\r\n", EXCLUSIVE);
    site.pass(90);
    let reply = site.expect(200, "LOCK /d", &shown(&token), "");
    assert_shows(&reply, &active("exclusive", "infinity", "", 100, &token, "/d"));
    assert_eq!(reply.header("Lock-Token"), None);
    site.pass(90);
    // By the address of something for which it holds, and for another time.
    let field = format!("{}Timeout: Second-50\r\n", shown(&token));
    let reply = site.expect(200, "LOCK /d/a", &field, "");
    assert_shows(&reply, &active("exclusive", "infinity", "", 50, &token, "/d"));
    site.restart();
    site.pass(40);
    site.expect(200, "LOCK /d", &shown(&token), "");
    site.pass(49);
    assert!(site.is_locked("/d/a"));
    for (line, field, status) in [
        ("LOCK /d", String::new(), 412),
        ("LOCK /d", shown("urn:uuid:other"), 412),
        ("LOCK /b", shown(&token), 412),
        ("LOCK /b", format!("If: </d> (<{token}>)\r\n"), 412),
        ("LOCK /none", shown(&token), 404),
        ("LOCK /d", "If: nonsense\r\n".into(), 400),
        ("LOCK /d/a", format!("{}If-Match: \"x\"\r\n", shown(&token)), 412),
    ] {
        site.expect(status, line, &field, "");
    }
    site.pass(1);
    // What has ended is not begun again.
    site.expect(412, "LOCK /d", &shown(&token), "");
    assert!(!site.is_locked("/d/a"));
}

#[test]
fn of_two_tokens_that_are_shown_the_one_that_holds_there_is_given_for_longer() {
    let site = Site::with(&[("d/a", "")]);
    let d = site.lock("/d", "Depth: 0\r\nTimeout: Second-10\r\n", EXCLUSIVE);
    let a = site.lock("/d/a", "Timeout: Second-10\r\n", EXCLUSIVE);
    site.pass(5);
    let reply = site.expect(200, "LOCK /d/a", &format!("If: </d> (<{d}>) </d/a> (<{a}>)\r\n"), "");
    assert_shows(&reply, &active("exclusive", "infinity", "", 10, &a, "/d/a"));
    site.pass(5);
    assert!(site.is_locked("/d/a"));
    site.expect(204, "DELETE /d/a", &shown(&a), "");
}

#[test]
fn a_lock_ends_when_its_token_is_named() {
    let site = Site::with(&[("a", ""), ("b", ""), ("d/c", "")]);
    let token = site.lock("/a", "", EXCLUSIVE);
    for (line, field, status) in [
        ("UNLOCK /a", String::new(), 400),
        ("UNLOCK /a", format!("Lock-Token: {token}\r\n"), 400),
        ("UNLOCK /a", format!("Lock-Token: <{token}\r\n"), 400),
        ("UNLOCK /none", format!("Lock-Token: <{token}>\r\n"), 404),
        ("UNLOCK /a", format!("Lock-Token: <{token}>\r\nIf: ([\"x\"])\r\n"), 412),
        ("UNLOCK /a", format!("Lock-Token: <{token}>\r\nIf: x\r\n"), 400),
    ] {
        site.expect(status, line, &field, "");
    }
    for (line, token) in
        [("UNLOCK /b", &*token), ("UNLOCK /a", "urn:uuid:other"), ("UNLOCK /", &token)]
    {
        let reply = site.expect(409, line, &format!("Lock-Token: <{token}>\r\n"), "");
        assert_refusal(&reply, "<D:lock-token-matches-request-uri/>");
    }
    assert!(site.is_locked("/a"));
    let field = format!("Lock-Token: <{token}>\r\n");
    site.expect(204, "UNLOCK /a", &field, "");
    assert!(!site.is_locked("/a"));
    site.expect(409, "UNLOCK /a", &field, "");
}

#[test]
fn what_a_request_is_if_is_judged_before_it_is_done() {
    let site = Site::with(&[("a", ""), ("b", ""), ("d/c", "")]);
    let token = site.lock("/a", "", EXCLUSIVE);
    let (a, b) = (site.etag("/a"), site.etag("/b"));
    let fields: Vec<(String, u16)> = vec![
        (format!("(<{token}> [{a}])"), 204),
        (format!("([{a}] <{token}>)"), 204),
        (format!("(<{token}> [{b}])"), 412),
        (format!("(<{token}> Not [{b}])"), 204),
        (format!("(<{token}> [{b}]) ([{a}])"), 204),
        ("(Not <DAV:no-lock>)".into(), 423),
        (format!("(Not <{token}>)"), 412),
        (format!("(Not <{token}>) (Not <DAV:no-lock>)"), 204),
        (format!("(<DAV:no-lock> <{token}>)"), 412),
        (format!("</b> (<{token}>)"), 412),
        (format!("</a> (<{token}>)"), 204),
        (format!("<http://a.example/a> (<{token}>)"), 204),
        (format!("<http://b.example/a> (<{token}>)"), 412),
        (format!("<http://b.example/a> (Not <{token}>)"), 204),
        (format!("<http://b.example/a> (Not [{a}] Not <{token}>)"), 204),
        (format!("</b> ([{b}]) (Not <{token}>)"), 204),
        (format!("</b> ([{b}])"), 423),
        (format!("</b> ([{a}]) </a> (<{token}>)"), 204),
        (format!("</d> ([{a}]) </none/x> ([{a}] <{token}>)"), 412),
        ("</d> (Not [\"x\"])".into(), 423),
        (format!("([W/{a}] <{token}>)"), 412),
        (format!("<{token}>"), 400),
        ("()".into(), 400),
        (String::new(), 400),
        ("(<x>".into(), 400),
        (format!("(<{token}>) </b> (<{token}>)"), 400),
        (format!("(<{token}>)\r\nIf: (<{token}>)"), 400),
        ("(<\u{e4}>)".into(), 412),
    ];
    for (field, status) in fields {
        let content = site.expect(200, "GET /a", "", "").body;
        // With the same tag each time.
        let line = "PROPPATCH /a";
        let status = if status == 204 { 207 } else { status };
        site.expect(status, line, &format!("If: {field}\r\n"), set("<x/>"));
        assert_bytes!(site.expect(200, "GET /a", "", "").body, content);
    }
    // A field that is no text cannot be understood.
    let mut bytes = super::site::request("PUT /b", "If: (<?>)\r\n", "");
    let place = bytes.iter().position(|byte| *byte == b'?').unwrap();
    bytes[place] = 0xff;
    assert!(site.raw(bytes).starts_with(b"HTTP/1.1 400 "));
}

#[test]
fn a_document_that_is_no_lock_is_refused() {
    let site = Site::with(&[("a", "")]);
    let with_owner =
        |owner: &str| EXCLUSIVE.replace("</D:lockinfo>", &format!("{owner}</D:lockinfo>"));
    let both = "<D:exclusive/><D:shared/>";
    for (body, status) in [
        (" ".to_owned(), 400),
        ("<lockinfo/>".into(), 400),
        (EXCLUSIVE.replace("DAV:", "dav:"), 400),
        (EXCLUSIVE.replace("write", "read"), 400),
        (EXCLUSIVE.replace("exclusive", "both"), 400),
        (EXCLUSIVE.replace("<D:exclusive/>", both), 400),
        (EXCLUSIVE.replace("<D:exclusive/>", ""), 400),
        (format!("<!DOCTYPE x>{EXCLUSIVE}"), 400),
        (with_owner(&format!("<D:owner>{}</D:owner>", "x".repeat(2100))), 413),
        (with_owner("<D:owner><x:y/></D:owner>"), 400),
        (" ".repeat(ch22::MAX_XML as usize + 1), 413),
    ] {
        site.expect(status, "LOCK /a", "", body);
    }
    assert!(!site.is_locked("/a"));
    site.lock("/a", "", &with_owner("<D:owner>me</D:owner><D:other/>"));
}

#[test]
fn so_many_may_share_a_thing_and_what_is_below() {
    let site = Site::with(&[("d/e/f", ""), ("d/g", "")]);
    for _ in 0..MAX_SHARED - 1 {
        site.lock("/d/e/f", "", SHARED);
    }
    site.lock("/d", "Depth: 0\r\n", SHARED);
    let last = site.lock("/d/e", "", SHARED);
    for target in ["/d/e/f", "/d/e", "/d"] {
        site.expect(507, &format!("LOCK {target}"), "", SHARED);
    }
    site.expect(507, "LOCK /d/e/f", "Depth: 0\r\n", SHARED);
    site.lock("/d/g", "", SHARED);
    site.lock("/d/e", "Depth: 0\r\n", SHARED);
    site.expect(204, "UNLOCK /d/e", &format!("Lock-Token: <{last}>\r\n"), "");
    site.lock("/d", "", SHARED);
    site.expect(507, "LOCK /d/e/f", "", SHARED);
    // Those of a folder count for what has none of its own.
    for _ in 0..MAX_SHARED - 2 {
        site.lock("/d/g", "", SHARED);
    }
    site.expect(507, "LOCK /d/g", "Depth: 0\r\n", SHARED);
    site.pass(3600);
    for _ in 0..MAX_SHARED {
        site.lock("/d", "", SHARED);
    }
    site.expect(507, "LOCK /d/e/f", "Depth: 0\r\n", SHARED);
    site.expect(507, "LOCK /d/new", "", SHARED);
    site.lock("/", "Depth: 0\r\n", SHARED);
}

#[test]
fn so_many_locks_there_are_and_those_that_have_ended_are_forgotten() {
    let mut site = Site::with(&[("a", ""), ("b", "")]);
    let ends = (site.dav().clock)().timestamp() + 100;
    site.stop();
    let lines = (0..MAX_LOCKS - 1).map(|number| {
        let entry = Entry::Changed(Change::Lock(Lock {
            token: format!("urn:{number}"),
            key: format!("none/{number}"),
            depth: Depth::Zero,
            scope: Scope::Exclusive,
            owner: None,
            seconds: 100,
            ends,
        }));
        serde_json::to_string(&entry).unwrap() + "\n"
    });
    fs::write(site.beside().join("journal"), lines.collect::<String>()).unwrap();
    site.restart();
    let token = site.lock("/a", "", EXCLUSIVE);
    site.expect(507, "LOCK /b", "", EXCLUSIVE);
    site.expect(507, "LOCK /new", "", EXCLUSIVE);
    site.expect(200, "LOCK /a", &shown(&token), "");
    assert_eq!(site.tree(), "a=\nb=");
    site.pass(100);
    assert_eq!(site.store().state().locks.iter().count(), MAX_LOCKS);
    site.lock("/b", "", EXCLUSIVE);
    assert_eq!(site.store().state().locks.iter().count(), 2);
}

/// One of them gets it.
#[test]
fn of_those_who_lock_at_the_same_time_one_has_it() {
    let site = Site::with(&[("a", "")]);
    for _ in 0..5 {
        let tokens: Vec<_> = thread::scope(|scope| {
            let clients: Vec<_> =
                (0..4).map(|_| scope.spawn(|| site.ask("LOCK /a", "", EXCLUSIVE))).collect();
            clients
                .into_iter()
                .filter_map(|client| {
                    let reply = client.join().unwrap();
                    match reply.status {
                        200 => Some(token_of(&reply)),
                        423 => None,
                        other => panic!("{other}"),
                    }
                })
                .collect()
        });
        let [token] = &tokens[..] else { panic!("{tokens:?}") };
        site.expect(204, "UNLOCK /a", &format!("Lock-Token: <{token}>\r\n"), "");
    }
}

/// Who makes it again makes another thing.
#[test]
fn a_lock_is_gone_with_what_it_was_on() {
    let site = Site::with(&[("d/a", ""), ("b", "")]);
    let token = site.lock("/d/a", "", EXCLUSIVE);
    site.expect(204, "DELETE /d", &format!("If: </d/a> (<{token}>)\r\n"), "");
    site.write("d/a", "");
    assert!(!site.is_locked("/d/a"));
    site.expect(412, "PUT /d/a", &shown(&token), "");
    assert_eq!(site.store().state().len(), 0);
}

/// What is in the folder has its own keys, of which a lock with that of the link knows nothing.
#[test]
fn a_link_to_a_folder_is_not_locked_and_one_to_a_file_is() {
    let site = Site::with(&[("d/a", "soup")]);
    if mock::symlink("d", site.path("way")).is_err() {
        return; // Windows wants a right for it that not everybody has
    }
    mock::symlink("d/a", site.path("file")).unwrap();
    for target in ["LOCK /way", "LOCK /way/"] {
        site.expect(403, target, "", EXCLUSIVE);
    }
    site.expect(204, "PUT /d/a", "", "stew");
    site.expect(200, "LOCK /file", "", EXCLUSIVE);
    site.expect(423, "PUT /file", "", "cake");
    // By way of the link, the folder's own lock holds.
    site.expect(200, "LOCK /d/", "", EXCLUSIVE);
    site.expect(423, "PUT /way/a", "", "cake");
}
