//! What fields of a request say: Depth, Destination, Timeout, conditions.

use ch22::{
    Depth, HttpError, LONGEST_LOCK, Request, RequestHead, Resource, Validators, conditions_hold,
    destination, http_date, lock_timeout,
};
use chrono::{DateTime, TimeDelta, Utc};
use std::fs;

/// A request with these fields, each with its line end.
fn with(fields: &str) -> Request {
    let head = format!("COPY /dav/a HTTP/1.1\r\nHost: our.site:8022\r\n{fields}\r\n");
    RequestHead::parse(head.as_bytes(), None).unwrap().expect("a whole head").request
}

// Depth

#[test]
fn a_depth_is_0_1_or_infinity_and_without_the_field_infinity() {
    assert_eq!(Depth::of(&with("")), Ok(Depth::Infinity));
    for (value, depth) in [
        ("0", Depth::Zero),
        ("1", Depth::One),
        ("infinity", Depth::Infinity),
        ("Infinity", Depth::Infinity),
        ("INFINITY", Depth::Infinity),
        ("  1 \t", Depth::One),
    ] {
        assert_eq!(Depth::of(&with(&format!("Depth: {value}\r\n"))), Ok(depth), "{value}");
        assert_eq!(Depth::of(&with(&format!("dePTH: {value}\r\n"))), Ok(depth), "{value}");
    }
}

#[test]
fn another_depth_is_400() {
    for value in
        ["", "2", "-1", "00", "01", "1.0", "+1", "infinite", "infinity,", "0, 1", "1 1", "\u{e4}"]
    {
        let request = with(&format!("Depth: {value}\r\n"));
        assert_eq!(Depth::of(&request), Err(HttpError(400)), "{value}");
    }
}

// Destination

fn leads_to(value: &str) -> Result<String, u16> {
    let request = with(&format!("Destination: {value}\r\n"));
    destination(&request, "/dav").map(str::to_owned).map_err(|HttpError(status)| status)
}

#[test]
fn a_destination_is_what_is_behind_the_prefix_still_encoded() {
    for (value, rest) in [
        ("/dav/b", "/b"),
        ("/dav/b/", "/b/"),
        ("/dav/", "/"),
        ("/dav", ""),
        ("/dav/a%20b%2f%23/%C3%A4", "/a%20b%2f%23/%C3%A4"),
        ("/dav/../x", "/../x"),
        ("/dav//x", "//x"),
        ("/dav/a://b", "/a://b"),
        ("/dav/http://other.site/b", "/http://other.site/b"),
        ("/dav/\u{e4}", "/\u{e4}"),
        ("http://our.site:8022/dav/b", "/b"),
        ("https://our.site:8022/dav/b", "/b"),
        ("http://OUR.Site:8022/dav/b", "/b"),
        ("http://our.site:8022/dav", ""),
    ] {
        assert_eq!(leads_to(value).as_deref(), Ok(rest), "{value}");
    }
}

#[test]
fn a_destination_that_cannot_be_understood_or_none_is_400() {
    assert_eq!(destination(&with(""), "/dav"), Err(HttpError(400)));
    for value in [
        "",
        "dav/b",
        "b",
        "*",
        "/dav/b?c",
        "/dav/b#c",
        "/dav/b?",
        "/dav/b#",
        "/other?",
        "http://our.site:8022",
        "http://our.site:8022?/dav/b",
        "http://our.site:8022/dav/b#c",
        "ftp://our.site:8022/dav/b",
        "http:/dav/b",
        "our.site:8022/dav/b",
        "://our.site:8022/dav/b",
    ] {
        let wanted = if value == "http://our.site:8022?/dav/b" { 502 } else { 400 };
        assert_eq!(leads_to(value), Err(wanted), "{value}");
    }
    // No text at all.
    let mut request = with("");
    request.headers.add("Destination", b"/dav/\xff").unwrap();
    assert_eq!(destination(&request, "/dav"), Err(HttpError(400)));
}

#[test]
fn a_destination_on_another_server_is_502() {
    for value in [
        "http://other.site/dav/b",
        "http://our.site/dav/b",
        "http://our.site:8023/dav/b",
        "http://our.site:80220/dav/b",
        "http://our.site:8022.other.site/dav/b",
        "http://our.site:8022@other.site/dav/b",
        "http://other.site@our.site:8022/dav/b",
        "http:///dav/b",
        "http://other.site",
        "https://other.site/b?c",
    ] {
        assert_eq!(leads_to(value), Err(502), "{value}");
    }
}

#[test]
fn a_destination_outside_of_the_prefix_is_403() {
    for value in [
        "/",
        "/b",
        "/da",
        "/davb",
        "/dav%2fb",
        "/Dav/b",
        "/b/dav/b",
        "//dav/b",
        "http://our.site:8022/",
        "http://our.site:8022/b",
        "http://our.site:8022/davb",
        "http://our.site:8022//dav/b",
    ] {
        assert_eq!(leads_to(value), Err(403), "{value}");
    }
}

#[test]
fn every_path_is_below_no_prefix() {
    for path in ["/", "/b", "//b", "/a/b/"] {
        let request = with(&format!("Destination: http://our.site:8022{path}\r\n"));
        assert_eq!(destination(&request, ""), Ok(path));
    }
}

#[test]
fn a_port_that_goes_without_saying_may_be_said() {
    let told = |host: &str, value: &str| {
        let fields = format!("Host: {host}\r\nDestination: {value}\r\n");
        let head = format!("MOVE /dav/a HTTP/1.1\r\n{fields}\r\n");
        let head = RequestHead::parse(head.as_bytes(), None).unwrap().expect("a whole head");
        destination(&head.request, "/dav").map(str::to_owned).map_err(|error| error.0)
    };
    for host in ["our.site", "our.site:80", "our.site:443"] {
        for value in
            ["http://our.site/dav/b", "http://our.site:80/dav/b", "https://our.site:443/dav/b"]
        {
            assert_eq!(told(host, value).as_deref(), Ok("/b"), "{host} {value}");
        }
        assert_eq!(told(host, "http://our.site:8080/dav/b"), Err(502));
        assert_eq!(told(host, "http://our.site:/dav/b"), Err(502));
    }
    assert_eq!(told("[::1]:80", "http://[::1]/dav/b").as_deref(), Ok("/b"));
    assert_eq!(told("[::1]:8022", "http://[::1]:8022/dav/b").as_deref(), Ok("/b"));
    assert_eq!(told("[::1]:8022", "http://[::1]/dav/b"), Err(502));
}

// Timeout

#[test]
fn a_lock_is_given_for_as_long_as_is_wished_and_an_hour_at_most() {
    assert_eq!(LONGEST_LOCK, 3600);
    assert_eq!(lock_timeout(&with("")), 3600);
    for (value, seconds) in [
        ("Second-1", 1),
        ("Second-60", 60),
        ("Second-3599", 3599),
        ("Second-3600", 3600),
        ("Second-3601", 3600),
        ("Second-4100000000", 3600),
        ("Second-99999999999999999999999", 3600),
        ("Second-007", 7),
        ("Infinite", 3600),
        // One that is over as soon as it is given would be none.
        ("Second-0", 1),
        // The first that can be understood counts.
        ("Infinite, Second-60", 3600),
        ("Second-60, Infinite", 60),
        ("Second-60,Second-70", 60),
        ("Extend, Second-60", 60),
        ("Second-, Second-60", 60),
        (" ,\t Second-x ,  Second-60  , Second-70", 60),
    ] {
        assert_eq!(lock_timeout(&with(&format!("Timeout: {value}\r\n"))), seconds, "{value}");
    }
}

#[test]
fn a_wish_that_cannot_be_understood_is_as_good_as_none() {
    for value in [
        "",
        ",",
        "60",
        "Second",
        "Second-",
        "Second--1",
        "Second-+1",
        "Second-1.5",
        "Second- 1",
        "Second-0x1",
        "Second-\u{663}",
        "Minute-1",
        "xSecond-1",
    ] {
        assert_eq!(lock_timeout(&with(&format!("Timeout: {value}\r\n"))), 3600, "{value}");
    }
    let mut request = with("");
    request.headers.add("Timeout", b"Second-1\xff").unwrap();
    assert_eq!(lock_timeout(&request), 3600);
}

// Conditions

/// What a request with these fields is told: 200 if nothing is against it.
fn judged(fields: &str, there: &Resource, now: DateTime<Utc>) -> u16 {
    match conditions_hold(&with(fields).headers, there, now) {
        Ok(()) => 200,
        Err(error) => error.downcast_ref::<HttpError>().expect("a status").0,
    }
}

#[test]
fn what_is_there_is_changed_by_who_knows_its_tag() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a");
    fs::write(&path, "one").unwrap();
    let found = fs::metadata(&path).unwrap();
    // The file's date is settled by then.
    let now = Utc::now() + TimeDelta::hours(1);
    let tag = format!("\"{}\"", Validators::of(&found, now).etag.unwrap());
    let there = Resource::File(found);
    for (fields, status) in [
        (String::new(), 200),
        (format!("If-Match: {tag}\r\n"), 200),
        (format!("If-Match: \"other\", {tag}\r\n"), 200),
        ("If-Match: *\r\n".to_owned(), 200),
        ("If-Match: \"other\"\r\n".to_owned(), 412),
        ("If-Match:\r\n".to_owned(), 412),
        // A weak one tells of what it means, and not of its bytes.
        (format!("If-Match: W/{tag}\r\n"), 412),
        (format!("If-None-Match: {tag}\r\n"), 412),
        (format!("If-None-Match: W/{tag}\r\n"), 412),
        ("If-None-Match: *\r\n".to_owned(), 412),
        ("If-None-Match: \"other\"\r\n".to_owned(), 200),
        (format!("If-Match: {tag}\r\nIf-None-Match: {tag}\r\n"), 412),
    ] {
        assert_eq!(judged(&fields, &there, now), status, "{fields}");
    }
}

#[test]
fn what_is_there_is_changed_if_it_has_not_changed_since() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a");
    fs::write(&path, "one").unwrap();
    let found = fs::metadata(&path).unwrap();
    let now = Utc::now() + TimeDelta::hours(1);
    let changed = Validators::of(&found, now).changed.unwrap();
    let date = |seconds| http_date(changed + TimeDelta::seconds(seconds));
    let there = Resource::File(found);
    let unmodified = |seconds| format!("If-Unmodified-Since: {}\r\n", date(seconds));
    assert_eq!(judged(&unmodified(0), &there, now), 200);
    assert_eq!(judged(&unmodified(1), &there, now), 200);
    assert_eq!(judged(&unmodified(-1), &there, now), 412);
    // In the second of its last change it may change again.
    assert_eq!(judged(&unmodified(0), &there, changed), 412);
    // This one is for readers.
    for seconds in [-1, 0, 1] {
        let fields = format!("If-Modified-Since: {}\r\n", date(seconds));
        assert_eq!(judged(&fields, &there, now), 200);
        assert_eq!(judged(&fields.replace("If-M", "if-m"), &there, now), 200);
        assert_eq!(judged(&(fields + "If-Match: \"other\"\r\n"), &there, now), 412);
    }
    // A tag that is asked for counts, and the date does not.
    assert_eq!(judged(&(unmodified(-1) + "If-Match: *\r\n"), &there, now), 200);
}

#[test]
fn a_folder_is_there_too() {
    let folder = tempfile::tempdir().unwrap();
    let there = Resource::Folder(fs::metadata(folder.path()).unwrap());
    let now = Utc::now();
    assert_eq!(judged("If-Match: *\r\n", &there, now), 200);
    assert_eq!(judged("If-Match: \"other\"\r\n", &there, now), 412);
    assert_eq!(judged("If-None-Match: *\r\n", &there, now), 412);
}

#[test]
fn what_is_not_there_matches_nothing() {
    for there in [Resource::Missing, Resource::Hidden] {
        for (fields, status) in [
            ("", 200),
            ("If-Match: *\r\n", 412),
            ("If-Match: \"a\"\r\n", 412),
            ("if-match:\r\n", 412),
            ("If-None-Match: *\r\n", 200),
            ("If-None-Match: \"a\"\r\n", 200),
            ("If-Unmodified-Since: Thu, 01 Jan 1970 00:00:00 GMT\r\n", 200),
            ("If-Modified-Since: Thu, 01 Jan 1970 00:00:00 GMT\r\n", 200),
        ] {
            assert_eq!(judged(fields, &there, Utc::now()), status, "{fields}");
        }
    }
}
