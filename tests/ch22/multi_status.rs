//! The document of a 207, and the properties in it.

use ch22::{
    DAV, LIVE, MultiStatus, PropertyName, Validators, content_type, http_date, live_property,
};
use chrono::{DateTime, TimeDelta, Utc};
use roxmltree::Document;
use std::fs;

const BEGIN: &str =
    "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<D:multistatus xmlns:D=\"DAV:\">\n";

fn taken(answer: &mut MultiStatus) -> String {
    String::from_utf8(answer.take()).unwrap()
}

#[test]
fn it_is_written_piece_by_piece() {
    let mut answer = MultiStatus::begin();
    assert_eq!((answer.len(), answer.is_empty()), (BEGIN.len(), false));
    assert_eq!(taken(&mut answer), BEGIN);
    assert_eq!((answer.len(), answer.is_empty()), (0, true));
    assert_eq!(answer.take(), b"");
    answer.add("/a", &[(200, "<D:x/>".to_owned())]);
    let length = answer.len();
    assert!(!answer.is_empty());
    let one = "<D:response><D:href>/a</D:href><D:propstat><D:prop><D:x/></D:prop>\
               <D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response>\n";
    assert_eq!((length, &*taken(&mut answer)), (one.len(), one));
    answer.end();
    assert_eq!(taken(&mut answer), "</D:multistatus>\n");
}

#[test]
fn each_status_has_its_properties_and_one_there_must_be() {
    let empty = String::new;
    let stat = |properties: &str, status: &str| {
        format!(
            "<D:propstat><D:prop>{properties}</D:prop><D:status>HTTP/1.1 {status}</D:status>\
             </D:propstat>"
        )
    };
    let (a, b) = ("<D:a/>".to_owned(), "<b/>".to_owned());
    for (outcomes, expected) in [
        (vec![(200, a.clone()), (404, b.clone())], stat(&a, "200 OK") + &stat(&b, "404 Not Found")),
        (vec![(200, a.clone()), (404, empty())], stat(&a, "200 OK")),
        (vec![(200, empty()), (404, empty())], stat("", "200 OK")),
        (vec![(200, empty()), (404, b.clone())], stat("", "200 OK") + &stat(&b, "404 Not Found")),
        (
            vec![(403, a.clone()), (424, b.clone())],
            stat(&a, "403 Forbidden") + &stat(&b, "424 Failed Dependency"),
        ),
        (vec![(507, a.clone())], stat(&a, "507 Insufficient Storage")),
        (vec![], empty()),
    ] {
        let mut answer = MultiStatus::begin();
        answer.add("/a%20b/&amp;", &outcomes);
        answer.end();
        let response = format!("<D:response><D:href>/a%20b/&amp;</D:href>{expected}</D:response>");
        assert_eq!(taken(&mut answer), format!("{BEGIN}{response}\n</D:multistatus>\n"));
    }
}

// The elements

fn in_namespace(namespace: &str, name: &str) -> PropertyName {
    PropertyName { namespace: namespace.to_owned(), name: name.to_owned() }
}

#[test]
fn an_element_has_the_prefix_d_or_none_or_says_what_its_prefix_stands_for() {
    for (namespace, empty, with) in [
        (DAV, "<D:a/>", "<D:a><b/></D:a>"),
        ("", "<a/>", "<a><b/></a>"),
        ("ns:", "<X:a xmlns:X=\"ns:\"/>", "<X:a xmlns:X=\"ns:\"><b/></X:a>"),
        (
            "\"<&'>",
            "<X:a xmlns:X=\"&quot;&lt;&amp;&#39;&gt;\"/>",
            "<X:a xmlns:X=\"&quot;&lt;&amp;&#39;&gt;\"><b/></X:a>",
        ),
    ] {
        let name = in_namespace(namespace, "a");
        assert_eq!(name.element(""), empty);
        assert_eq!(name.element("<b/>"), with);
    }
    assert_eq!(DAV, "DAV:");
    assert_eq!(PropertyName::dav("a"), in_namespace("DAV:", "a"));
}

/// A name that a client may ask for is read as the same name by whoever gets the answer.
#[test]
fn an_element_is_read_as_the_name_that_it_is() {
    for namespace in [
        DAV,
        "",
        "ns:",
        "'&",
        "&amp;",
        "\u{e4}\u{20ac}\u{1f35e}",
        "X",
        "D",
        "http://www.w3.org/XML/1998/namespace/",
    ] {
        for name in ["a", "\u{e4}", "_", "a-b.c1", "D", "X"] {
            let name = in_namespace(namespace, name);
            for inner in ["", "<D:b/>", "text"] {
                let text = format!("<D:prop xmlns:D=\"DAV:\">{}</D:prop>", name.element(inner));
                let document = Document::parse(&text).unwrap_or_else(|why| panic!("{why}: {text}"));
                let element = document.root_element().first_child().unwrap();
                assert_eq!(PropertyName::of(element), name, "{text}");
                assert_eq!(element.has_children(), !inner.is_empty());
            }
        }
    }
}

// The live properties

#[test]
fn a_file_has_all_live_properties_that_say_what_is_so() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.html");
    fs::write(&path, "12345").unwrap();
    let metadata = fs::metadata(&path).unwrap();
    // Just now changed: it has a date all the same.
    let now = Utc::now();
    let of = |name: &str| live_property(name, &path, &metadata, "<D:activelock/>", now);
    let validators = Validators::of(&metadata, now);
    assert_eq!(of("getcontentlength").as_deref(), Some("5"));
    assert_eq!(of("getcontenttype").as_deref(), Some(content_type(&path)));
    assert!(of("getcontenttype").unwrap().starts_with("text/html"));
    assert_eq!(of("getetag"), validators.etag.map(|etag| format!("\"{etag}\"")));
    assert!(of("getetag").is_some());
    assert_eq!(of("getlastmodified"), validators.changed.map(http_date));
    assert_eq!(of("lockdiscovery").as_deref(), Some("<D:activelock/>"));
    assert_eq!(of("resourcetype").as_deref(), Some(""));
    let entry = |scope: &str| {
        format!(
            "<D:lockentry><D:lockscope><D:{scope}/></D:lockscope><D:locktype><D:write/>\
             </D:locktype></D:lockentry>"
        )
    };
    assert_eq!(of("supportedlock"), Some(entry("exclusive") + &entry("shared")));
    let made = metadata.created().ok().map(DateTime::<Utc>::from);
    let expected = made.map(|made| made.to_rfc3339_opts(chrono::SecondsFormat::Secs, true));
    assert_eq!(of("creationdate"), expected);
    let all = LIVE.iter().filter(|name| of(name).is_some()).count();
    assert_eq!(all, LIVE.len() - usize::from(made.is_none()));
    for name in ["", "displayname", "getcontentlanguage", "GetETag", "getetag "] {
        assert_eq!(of(name), None, "{name}");
    }
}

#[test]
fn a_folder_has_no_length_no_type_and_no_tag() {
    let folder = tempfile::tempdir().unwrap();
    let metadata = fs::metadata(folder.path()).unwrap();
    let now = Utc::now() + TimeDelta::hours(1);
    let of = |name: &str| live_property(name, folder.path(), &metadata, "", now);
    for name in ["getcontentlength", "getcontenttype", "getetag"] {
        assert_eq!(of(name), None);
    }
    assert_eq!(of("resourcetype").as_deref(), Some("<D:collection/>"));
    assert_eq!(of("lockdiscovery").as_deref(), Some(""));
    assert_eq!(of("getlastmodified"), Validators::of(&metadata, now).changed.map(http_date));
    assert!(of("getlastmodified").is_some() && of("supportedlock").is_some());
    assert_eq!(of("creationdate").is_some(), metadata.created().is_ok());
}

#[test]
fn the_names_of_live_properties_are_those_of_rfc_4918_in_order() {
    assert!(LIVE.is_sorted());
    assert_eq!(
        LIVE.join(" "),
        "creationdate getcontentlength getcontenttype getetag getlastmodified lockdiscovery \
         resourcetype supportedlock"
    );
}
