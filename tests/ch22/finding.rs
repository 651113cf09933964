//! PROPFIND and PROPPATCH.

use super::site::{EXCLUSIVE, SHARED, Site, XML, assert_refusal, prop, request, set};
use ch22::{
    Change, HttpServer, MAX_COUNT, MAX_NAMES, MAX_PROPERTIES, MAX_XML, Properties, PropertyName,
};
use chrono::{DateTime, Utc};
use mock::{Gate, MockConnection, Reply, assert_bytes};
use std::fs::{self, File};
use std::thread;
use std::time::{Duration, SystemTime};

const SUPPORTED: &str = "<D:supportedlock><D:lockentry><D:lockscope><D:exclusive/></D:lockscope>\
                         <D:locktype><D:write/></D:locktype></D:lockentry><D:lockentry>\
                         <D:lockscope><D:shared/></D:lockscope><D:locktype><D:write/></D:locktype>\
                         </D:lockentry></D:supportedlock>";

/// A document of answers.
fn answers(responses: &[String]) -> String {
    format!("{XML}<D:multistatus xmlns:D=\"DAV:\">\n{}</D:multistatus>\n", responses.concat())
}

/// One of them: an address, and what has which status.
fn response(href: &str, outcomes: &[(&str, &str)]) -> String {
    let outcomes = outcomes.iter().map(|(status, properties)| {
        format!(
            "<D:propstat><D:prop>{properties}</D:prop><D:status>HTTP/1.1 {status}</D:status>\
             </D:propstat>"
        )
    });
    let outcomes: String = outcomes.collect();
    format!("<D:response><D:href>{href}</D:href>{outcomes}</D:response>\n")
}

/// When a file was made, as it is shown.
fn made(site: &Site, name: &str) -> String {
    match fs::metadata(site.path(name)).unwrap().created() {
        Ok(made) => {
            let made = DateTime::<Utc>::from(made).format("%Y-%m-%dT%H:%M:%SZ");
            format!("<D:creationdate>{made}</D:creationdate>")
        }
        Err(_) => String::new(),
    }
}

/// Sets the time of the last change of a file: Sun, 06 Nov 1994 08:49:37 GMT.
fn change_long_ago(site: &Site, name: &str) {
    let time = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777);
    File::open(site.path(name)).unwrap().set_modified(time).unwrap();
}

const CHANGED: &str = "<D:getlastmodified>Sun, 06 Nov 1994 08:49:37 GMT</D:getlastmodified>";

/// What is said of a file of three bytes when all is asked for.
fn all_of_file(site: &Site, name: &str) -> String {
    format!(
        "{}<D:getcontentlength>3</D:getcontentlength>\
         <D:getcontenttype>text/plain; charset=utf-8</D:getcontenttype>\
         <D:getetag>{}</D:getetag>{CHANGED}<D:lockdiscovery/><D:resourcetype/>{SUPPORTED}",
        made(site, name),
        site.etag(&format!("/{name}")),
    )
}

fn all_of_folder(site: &Site, name: &str) -> String {
    format!(
        "{}{CHANGED}<D:lockdiscovery/><D:resourcetype><D:collection/></D:resourcetype>{SUPPORTED}",
        made(site, name),
    )
}

#[track_caller]
fn find(site: &Site, target: &str, depth: &str, body: &str) -> String {
    let reply =
        site.expect(207, &format!("PROPFIND {target}"), &format!("Depth: {depth}\r\n"), body);
    assert_eq!(reply.header("Content-Type"), Some("application/xml; charset=utf-8"));
    roxmltree::Document::parse(reply.text()).unwrap();
    reply.text().to_owned()
}

/// The lines in order: in which one a folder is read nobody knows.
fn sorted(text: &str) -> Vec<&str> {
    let mut lines: Vec<_> = text.lines().collect();
    lines.sort();
    lines
}

#[test]
fn all_that_is_known_of_a_file_is_told_if_nothing_is_asked_for() {
    let site = Site::with(&[("a.txt", "abc")]);
    change_long_ago(&site, "a.txt");
    let all = "<D:propfind xmlns:D=\"DAV:\"><D:allprop/></D:propfind>";
    let expected = answers(&[response("/a.txt", &[("200 OK", &all_of_file(&site, "a.txt"))])]);
    for (depth, body) in [("0", ""), ("0", all), ("1", all), ("infinity", all), ("Infinity", "")] {
        assert_bytes!(find(&site, "/a.txt", depth, body), expected);
    }
    // No depth is the same as infinity.
    assert_bytes!(site.expect(207, "PROPFIND /a.txt", "", "").body, expected);

    site.set("/a.txt", "color", "red");
    let dead = "<color xmlns=\"\" xmlns:D=\"DAV:\">red</color>";
    let found = format!("{}{dead}", all_of_file(&site, "a.txt"));
    let more = "<D:propfind xmlns:D=\"DAV:\"><D:allprop/><D:include><D:getetag/><color/><x/>\
                </D:include></D:propfind>";
    let expected = answers(&[response("/a.txt", &[("200 OK", &found), ("404 Not Found", "<x/>")])]);
    assert_bytes!(find(&site, "/a.txt", "0", more), expected);
}

#[test]
fn the_names_of_all_are_told_without_values() {
    let site = Site::with(&[("a.txt", "abc"), ("d/", "")]);
    site.set("/a.txt", "color", "red");
    let names = "<D:propfind xmlns:D=\"DAV:\"><D:propname/></D:propfind>";
    let date = if made(&site, "d").is_empty() { "" } else { "<D:creationdate/>" };
    let of_file = format!(
        "{date}<D:getcontentlength/><D:getcontenttype/><D:getetag/><D:getlastmodified/>\
         <D:lockdiscovery/><D:resourcetype/><D:supportedlock/><color/>"
    );
    let of_folder =
        format!("{date}<D:getlastmodified/><D:lockdiscovery/><D:resourcetype/><D:supportedlock/>");
    let expected = answers(&[response("/a.txt", &[("200 OK", &of_file)])]);
    assert_bytes!(find(&site, "/a.txt", "0", names), expected);
    let expected = answers(&[response("/d/", &[("200 OK", &of_folder)])]);
    assert_bytes!(find(&site, "/d", "0", names), expected);
}

#[test]
fn what_is_asked_for_is_told_in_that_order_and_what_is_not_there_is_named() {
    let site = Site::with(&[("a.txt", "abc"), ("d/", "")]);
    site.set("/a.txt", "color", "red");
    let names = prop(
        "<x:y xmlns:x=\"urn:&amp;x\"/><color/><D:getcontentlength/><color/><D:other/><lonely/>\
         <D:resourcetype>text</D:resourcetype><getetag/>",
    );
    let length = "<D:getcontentlength>3</D:getcontentlength>";
    let color = "<color xmlns=\"\" xmlns:D=\"DAV:\">red</color>";
    let other = "<X:y xmlns:X=\"urn:&amp;x\"/>";
    let expected = answers(&[response(
        "/a.txt",
        &[
            ("200 OK", &format!("{color}{length}<D:resourcetype/>")),
            ("404 Not Found", &format!("{other}<D:other/><lonely/><getetag/>")),
        ],
    )]);
    assert_bytes!(find(&site, "/a.txt", "0", &names), expected);
    let expected = answers(&[response(
        "/d/",
        &[
            ("200 OK", "<D:resourcetype><D:collection/></D:resourcetype>"),
            (
                "404 Not Found",
                &format!("{other}<color/><D:getcontentlength/><D:other/><lonely/><getetag/>"),
            ),
        ],
    )]);
    assert_bytes!(find(&site, "/d/", "0", &names), expected);
    // Nothing is asked for, and nothing told.
    let expected = answers(&[response("/d/", &[("200 OK", "")])]);
    assert_bytes!(find(&site, "/d/", "0", &prop("")), expected);
}

#[test]
fn with_depth_1_what_is_in_a_folder_is_told_too() {
    let site = Site::with(&[("d/a.txt", "abc"), ("d/b.txt", "xyz"), ("d/e/f", ""), ("g", "")]);
    for name in ["d/a.txt", "d/b.txt", "d/e", "d"] {
        change_long_ago(&site, name);
    }
    let of = |href: &str, all: String| response(href, &[("200 OK", &all)]);
    let all = [
        of("/d/", all_of_folder(&site, "d")),
        of("/d/a.txt", all_of_file(&site, "d/a.txt")),
        of("/d/b.txt", all_of_file(&site, "d/b.txt")),
        of("/d/e/", all_of_folder(&site, "d/e")),
    ];
    for target in ["/d", "/d/"] {
        let found = find(&site, target, "1", "");
        assert_eq!(sorted(&found), sorted(&answers(&all)));
        // The folder comes first.
        assert!(found.starts_with(answers(&all[..1]).strip_suffix("</D:multistatus>\n").unwrap()));
        assert!(found.ends_with("</D:multistatus>\n"));
        assert_bytes!(find(&site, target, "0", ""), answers(&all[..1]));
    }
    assert_eq!(find(&site, "/", "1", "").matches("<D:response>").count(), 3);
    assert!(find(&site, "/d/e/", "1", "").contains("<D:href>/d/e/f</D:href>"));
}

#[test]
fn all_that_is_below_a_folder_is_not_told() {
    let site = Site::with(&[("d/a", "")]);
    for (target, fields) in
        [("/d", "Depth: infinity\r\n"), ("/", "Depth: infinity\r\n"), ("/d", "")]
    {
        let reply = site.expect(403, &format!("PROPFIND {target}"), fields, "");
        assert_refusal(&reply, "<D:propfind-finite-depth/>");
    }
    site.expect(400, "PROPFIND /d", "Depth: 2\r\n", "");
    site.expect(400, "PROPFIND /d", "Depth: \r\n", "");
    site.expect(404, "PROPFIND /none", "Depth: 0\r\n", "");
    site.expect(404, "PROPFIND /d/a/", "Depth: 0\r\n", "");
}

/// What is in a folder is looked up while the answer is sent.
#[test]
fn an_answer_begins_before_the_folder_was_read_to_its_end() {
    const FILES: usize = 400;
    let site = Site::with(&[("d/", "")]);
    for number in 0..FILES {
        site.write(&format!("d/{number}"), "abc");
    }
    let dav = site.dav().clone();
    let mut server = HttpServer::default();
    server.register_reading(|_| true, move |request, body| dav.answer(request, body));
    let gate = Gate::new();
    let (conn, peer) = MockConnection::pair(request("PROPFIND /d", "Depth: 1\r\n", ""));
    let mut conn = conn.block_writes(10_000, &gate);
    thread::scope(|scope| {
        scope.spawn(|| server.on_connect(&mut conn, None).unwrap());
        peer.wait_sent(10_000);
        for number in 0..FILES {
            fs::remove_file(site.path(&format!("d/{number}"))).unwrap();
        }
        gate.open();
    });
    let sent = peer.sent();
    let (reply, _) = Reply::try_parse_first(&sent, false, true).unwrap().unwrap();
    roxmltree::Document::parse(reply.text()).unwrap();
    let told = reply.text().matches("<D:response>").count();
    // Those of a piece or two, and not all: the others had gone when it came to them.
    assert!((10..200).contains(&told), "{told}");
    assert_eq!(reply.header("Transfer-Encoding"), Some("chunked"));
}

#[test]
fn a_client_that_leaves_in_the_middle_of_an_answer_is_no_harm() {
    let site = Site::with(&[("d/", "")]);
    for number in 0..100 {
        site.write(&format!("d/{number}"), "abc");
    }
    let dav = site.dav().clone();
    let mut server = HttpServer::default();
    server.register_reading(|_| true, move |request, body| dav.answer(request, body));
    let (conn, _peer) = MockConnection::pair(request("PROPFIND /d", "Depth: 1\r\n", ""));
    let mut conn = conn.fail_writes_after(10_000, std::io::ErrorKind::ConnectionReset);
    server.on_connect(&mut conn, None).unwrap_err();
    site.expect(204, "DELETE /d", "", "");
}

/// Names that a request cannot say, and what is not for readers, are passed over.
#[cfg(unix)]
#[test]
fn what_no_request_can_ask_for_is_not_told() {
    let site = Site::with(&[("a", ""), ("nul", ""), ("a:b", ""), ("end.", ""), ("%41 <&>", "")]);
    let found = find(&site, "/", "1", &prop("<D:resourcetype/>"));
    let response = |href: &str| response(href, &[("200 OK", "<D:resourcetype/>")]);
    let folder = super::finding::response(
        "/",
        &[("200 OK", "<D:resourcetype><D:collection/></D:resourcetype>")],
    );
    let all = answers(&[folder, response("/a"), response("/%2541%20%3C%26%3E")]);
    assert_eq!(sorted(&found), sorted(&all));
}

#[test]
fn what_is_found_by_way_of_a_link_has_its_own_properties() {
    let site = Site::with(&[("d/a", "abc")]);
    if mock::symlink("d", site.path("way")).is_err() {
        return;
    }
    site.set("/d/a", "color", "red");
    site.set("/way/a", "size", "big");
    site.lock("/way/a", "", EXCLUSIVE);
    let names = prop("<color/><size/><D:lockdiscovery/>");
    let found = find(&site, "/way/", "1", &names);
    let root = "<D:lockroot><D:href>/d/a</D:href></D:lockroot>";
    for part in [">red</color>", ">big</size>", root, "<D:href>/way/a</D:href>"] {
        assert!(found.contains(part), "{part} {found}");
    }
}

#[test]
fn documents_of_a_stranger_are_refused_and_cost_little() {
    let site = Site::with(&[("a", "")]);
    let find = |inner: &str| format!("<D:propfind xmlns:D=\"DAV:\">{inner}</D:propfind>");
    let lots = "<!DOCTYPE x [<!ENTITY a \"lol\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;&a;\">\
                <!ENTITY c \"&b;&b;&b;&b;&b;&b;&b;&b;\">]>";
    let file = "<!DOCTYPE x [<!ENTITY a SYSTEM \"file:///etc/hostname\">]>";
    let space = " ".repeat(MAX_XML as usize);
    let documents: Vec<(Vec<u8>, u16)> = vec![
        (b" ".to_vec(), 400),
        (b"\xff".to_vec(), 400),
        (b"propfind".to_vec(), 400),
        (b"<propfind/>".to_vec(), 400),
        (b"<D:propfind xmlns:D=\"DAV\"><D:allprop/></D:propfind>".to_vec(), 400),
        (find("").into(), 400),
        (find("<allprop/>").into(), 400),
        (find("<D:allprop/><D:propname/>").into(), 400),
        (find("<D:prop/><D:propname/>").into(), 400),
        (find("<D:prop/><D:allprop/>").into(), 400),
        (find("<D:prop><x:y/></D:prop>").into(), 400),
        (find("<D:prop><x:y xmlns:x=\"\"/></D:prop>").into(), 400),
        (find("<D:allprop/>").replace("</D:propfind>", "").into(), 400),
        (format!("{lots}{}", find("<D:prop><x>&c;</x></D:prop>")).into(), 400),
        (format!("{file}{}", find("<D:prop><x>&a;</x></D:prop>")).into(), 400),
        (find(&"<D:prop>".repeat(10_000)).into(), 400),
        (
            find(&format!("{}{}", "<D:x>".repeat(5000), "</D:x>".repeat(5000))).into(),
            400, // neither all, nor names, nor these
        ),
        (find("<D:allprop/><D:new-fashioned/>").into(), 207),
        (format!("\u{feff}{XML}{}<!-- -->", find("<D:propname/>")).into(), 207),
        (space[find("<D:allprop/>").len()..].to_owned().into_bytes(), 400),
        ((find("<D:allprop/>") + &space[find("<D:allprop/>").len()..]).into(), 207),
        ((find("<D:allprop/>") + &space[find("<D:allprop/>").len() - 1..]).into(), 413),
        (space.repeat(4).into(), 413),
        (find(&format!("<D:prop>{}</D:prop>", "<x/>".repeat(MAX_NAMES))).into(), 207),
        (find(&format!("<D:prop>{}</D:prop>", "<x/>".repeat(MAX_NAMES + 1))).into(), 400),
        (find(&format!("<D:allprop/><D:include>{}</D:include>", "<x/>".repeat(501))).into(), 400),
    ];
    for (document, status) in documents {
        let reply = site.ask("PROPFIND /a", "Depth: 0\r\n", &document);
        let start = String::from_utf8_lossy(&document[..document.len().min(300)]).into_owned();
        assert_eq!(reply.status, status, "{start}");
        assert!(reply.body.len() < 10_000, "{start}");
    }
}

/// Else a page of names would be answered with five hundred times all locks.
#[test]
fn what_is_asked_for_twice_is_told_once() {
    let site = Site::with(&[("a", "")]);
    let owner = format!("<D:owner>{}</D:owner></D:lockinfo>", "x".repeat(1900));
    for _ in 0..64 {
        site.lock("/a", "", &SHARED.replace("</D:lockinfo>", &owner));
    }
    let once = find(&site, "/a", "0", &prop("<D:lockdiscovery/><D:getetag/>"));
    let often = find(&site, "/a", "0", &prop(&"<D:lockdiscovery/><D:getetag/>".repeat(250)));
    assert_eq!(often, once);
    assert_eq!(once.matches("<D:activelock>").count(), 64);
}

#[test]
fn properties_are_set_and_removed_in_order() {
    let site = Site::with(&[("a", ""), ("d/", "")]);
    let both = "<D:propertyupdate xmlns:D=\"DAV:\" xmlns:x=\"urn:x\"><D:set><D:prop><one>1</one>\
                <x:two/></D:prop></D:set><D:remove><D:prop><one/><three/></D:prop></D:remove>\
                <D:set><D:prop><four>4</four></D:prop></D:set></D:propertyupdate>";
    let reply = site.expect(207, "PROPPATCH /a", "", both);
    assert_eq!(reply.header("Content-Type"), Some("application/xml; charset=utf-8"));
    let outcome = "<one/><X:two xmlns:X=\"urn:x\"/><one/><three/><four/>";
    assert_bytes!(reply.body, answers(&[response("/a", &[("200 OK", outcome)])]));
    let names = prop("<one/><x:two xmlns:x=\"urn:x\"/><three/><four/>");
    let found = "<x:two xmlns:D=\"DAV:\" xmlns:x=\"urn:x\"/>\
                 <four xmlns:D=\"DAV:\" xmlns:x=\"urn:x\">4</four>";
    let expected = response("/a", &[("200 OK", found), ("404 Not Found", "<one/><three/>")]);
    let seen = find(&site, "/a", "0", &names);
    assert_bytes!(seen, answers(&[expected]));
    // A folder has them with a slash behind its name or without.
    site.set("/d", "of", "d");
    assert_eq!(site.property("/d/", "of").as_deref(), Some("d"));
    site.set("/", "of", "root");
    assert_eq!(site.property("/", "of").as_deref(), Some("root"));
    assert_eq!(site.property("/a", "of"), None);
    site.expect(404, "PROPPATCH /none", "", both);
    site.expect(404, "PROPPATCH /a/", "", both);
}

#[test]
fn a_value_is_given_back_as_it_was_sent() {
    let mut site = Site::with(&[("a", "")]);
    let value = "<x:v xmlns:x=\"urn:x\" a='1' x:b=\"&lt;&quot;&#10;\">t &amp; <![CDATA[<&]]>\
                 <!-- c --><?p i?><y xmlns=\"urn:y\"><x:z/></y>\r\n\t\u{1f980}</x:v>";
    let body = format!(
        "<D:propertyupdate xmlns:D=\"DAV:\" xml:lang=\"de\"><D:set><D:prop>{value}</D:prop></D:set>\
         </D:propertyupdate>"
    );
    site.expect(207, "PROPPATCH /a", "", body);
    for _ in 0..2 {
        let found = find(&site, "/a", "0", &prop("<x:v xmlns:x=\"urn:x\"/>"));
        let (_, inner) = value.split_once('>').unwrap();
        assert!(found.contains(&format!(">{inner}")), "{found}");
        let document = roxmltree::Document::parse(&found).unwrap();
        let node = document.descendants().find(|node| node.has_tag_name(("urn:x", "v"))).unwrap();
        assert_eq!(node.attribute("a"), Some("1"));
        assert_eq!(node.attribute(("urn:x", "b")), Some("<\"\n"));
        let xml = "http://www.w3.org/XML/1998/namespace";
        assert_eq!(node.attribute((xml, "lang")), Some("de"));
        site.restart();
    }
}

#[test]
fn live_properties_cannot_be_set_and_then_nothing_is() {
    let site = Site::with(&[("a", "abc")]);
    for name in ch22::LIVE {
        for body in [
            set(&format!("<one>1</one><D:{name}>x</D:{name}><two/>")),
            set("<one>1</one>").replace(
                "</D:propertyupdate>",
                &format!(
                    "<D:remove><D:prop><D:{name}/><two/></D:prop></D:remove></D:propertyupdate>"
                ),
            ),
        ] {
            let reply = site.expect(207, "PROPPATCH /a", "", body);
            let expected = [
                ("403 Forbidden", &*format!("<D:{name}/>")),
                ("424 Failed Dependency", "<one/><two/>"),
            ];
            assert_bytes!(reply.body, answers(&[response("/a", &expected)]));
        }
    }
    assert_eq!(site.store().state().len(), 0);
    // Of the same name in another namespace, and what we do not know in this one, is dead.
    site.expect(
        207,
        "PROPPATCH /a",
        "",
        set("<getetag>x</getetag><D:displayname>x</D:displayname>"),
    );
    let found = find(&site, "/a", "0", &prop("<getetag/><D:displayname/><D:getetag/>"));
    assert!(!found.contains("404 Not Found"), "{found}");
}

#[test]
fn the_properties_of_a_file_have_so_much_room() {
    let site = Site::with(&[("a", ""), ("b", "")]);
    let room = || site.store().state().properties.room();
    // So long that name and value fill it.
    let of = |name: &str, total: usize| {
        let empty = format!("<{name} xmlns:D=\"DAV:\"></{name}>").len() + name.len();
        format!("<{name}>{}</{name}>", "x".repeat(total - empty))
    };
    let half = MAX_PROPERTIES / 2;
    let ok = |body: String| {
        let text = site.expect(207, "PROPPATCH /a", "", body).text().to_owned();
        let words = ["200 OK", "507 Insufficient Storage"];
        let [ok, full] = words.map(|word| text.contains(&format!("HTTP/1.1 {word}")));
        assert!(ok != full, "{text}");
        ok
    };
    assert!(ok(set(&of("one", half))));
    assert!(!ok(set(&(of("two", 200) + &of("three", half - 199)))));
    assert_eq!(room(), half);
    assert!(ok(set(&of("two", half))));
    assert_eq!(room(), MAX_PROPERTIES);
    let reply = site.expect(207, "PROPPATCH /a", "", set("<three/><four/>"));
    let expected = response("/a", &[("507 Insufficient Storage", "<three/><four/>")]);
    assert_bytes!(reply.body, answers(&[expected]));
    // Another file has room of its own, and what makes it less is always possible.
    site.set("/b", "of", "b");
    let short = "<three xmlns:D=\"DAV:\"/>three".len();
    assert!(ok(set(&of("one", half + 1 - short))));
    assert!(!ok(set("<three/>")));
    assert!(ok(set(&of("one", half - short))));
    assert!(ok(set("<three/>")));
    site.expect(413, "PROPPATCH /a", "", set(&of("one", MAX_PROPERTIES + 100)));
    assert_eq!(room(), MAX_PROPERTIES + "<of xmlns=\"\" xmlns:D=\"DAV:\">b</of>of".len());
}

#[test]
fn all_properties_together_have_so_much_room() {
    if super::site::is_judged() {
        return; // it takes long
    }
    let site = Site::with(&[("a", "")]);
    let left = 100;
    {
        let name = PropertyName { namespace: String::new(), name: "x".into() };
        let mut writer = site.store().writer().unwrap();
        let value = "x".repeat(8 * 1024 * 1024 - 1);
        for number in 0..8 {
            let key = format!("none/{number}");
            let value = value[usize::from(number == 0) * left..].to_owned();
            writer.make(Change::Patch { key, update: vec![(name.clone(), Some(value))] }).unwrap();
        }
    }
    let full = |body: String| {
        site.expect(207, "PROPPATCH /a", "", body).text().contains("507 Insufficient Storage")
    };
    let value = |length: usize| "x".repeat(length - "<a xmlns:D=\"DAV:\"></a>a".len());
    assert!(full(set(&format!("<a>{}</a>", value(left + 1)))));
    assert!(!full(set(&format!("<a>{}</a>", value(left)))));
    assert!(full(set("<b/>")));
    assert!(!full(set("<a>y</a>")));
    assert!(!full(set("<b/>")));
}

/// A short one takes more room than its text has bytes.
#[test]
fn of_the_shortest_properties_there_are_so_many_at_most() {
    if super::site::is_judged() {
        return; // it takes long
    }
    let name = |number: usize| PropertyName { namespace: String::new(), name: number.to_string() };
    let some = |from, to| -> Vec<_> {
        (from..to).map(|number| (name(number), Some("x".to_owned()))).collect()
    };
    let mut properties = Properties::default();
    properties.patch("a", &some(0, MAX_COUNT - 10));
    assert!(properties.has_room("b", &some(0, 10)));
    assert!(!properties.has_room("b", &some(0, 11)));
    assert!(!properties.has_room_for_copy("a"));
    properties.patch("b", &some(0, 5));
    assert!(properties.has_room_for_copy("b"));
    assert!(properties.has_room("b", &some(4, 10)));
    assert!(!properties.has_room("b", &some(4, 11)));
    properties.patch("c", &some(0, 1));
    assert!(!properties.has_room_for_copy("b"));
    assert!(properties.has_room_for_copy("c"));
    properties.remove("a");
    assert!(properties.has_room_for_copy("b"));
    assert!(properties.has_room("c", &some(0, 1000)));
}

#[test]
fn a_document_that_patches_nothing_is_refused() {
    let site = Site::with(&[("a", "")]);
    let update =
        |inner: &str| format!("<D:propertyupdate xmlns:D=\"DAV:\">{inner}</D:propertyupdate>");
    for (body, status) in [
        (String::new(), 400),
        (update(""), 400),
        (update("<D:set/>"), 400),
        (update("<D:set><D:prop/></D:set>"), 400),
        (update("<D:unset><D:prop><x/></D:prop></D:unset>"), 400),
        (update("<D:set><D:prop><x:y xmlns:x=\"\"/></D:prop></D:set>"), 400),
        (set("<x/>").replace("propertyupdate", "propfind"), 400),
        (set(&" ".repeat(MAX_XML as usize)), 413),
    ] {
        site.expect(status, "PROPPATCH /a", "", body);
    }
    assert_eq!(site.store().state().len(), 0);
}

/// Whatever names clients give to properties, the answers are documents that everybody can read.
#[test]
fn answers_are_well_formed_whatever_properties_there_are() {
    let site = Site::with(&[("a", "")]);
    // No other prefix could stand for its namespace.
    site.expect(400, "PROPPATCH /a", "", set("<xml:foo>1</xml:foo>"));
    for property in [
        "<x:y xmlns:x=\"http://www.w3.org/XML/1998/namespace#\"/>",
        "<D:activelock/>",
        "<X:Y xmlns:X=\"urn:x?a&amp;b\"/>",
        "<D:z D:w=\"1\" xmlns:X='&apos;'/>",
        "<\u{e9}/>",
        "<y xmlns=\"urn:y\" xmlns:D=\"urn:d\"><D:z/></y>",
        "<y xmlns=\"\" xml:lang=\"\" xml:space=\"preserve\"/>",
    ] {
        let find = |inner: &str| format!("<D:propfind xmlns:D=\"DAV:\">{inner}</D:propfind>");
        let these = find(&format!("<D:prop>{property}</D:prop>"));
        for (method, body) in [
            ("PROPFIND", these.clone()),
            ("PROPPATCH", set(property)),
            ("PROPFIND", these),
            ("PROPFIND", find("<D:allprop/>")),
            ("PROPFIND", find("<D:propname/>")),
        ] {
            let reply = site.expect(207, &format!("{method} /a"), "Depth: 0\r\n", body);
            if let Err(error) = roxmltree::Document::parse(reply.text()) {
                panic!("{method} {property}: {error}: {}", reply.text());
            }
        }
    }
}
