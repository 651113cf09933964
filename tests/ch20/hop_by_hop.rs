//! Which fields go on.

use ch20::{Headers, end_to_end};

/// The names of those fields that go on, with their values.
fn going_on(fields: &[(&str, &str)]) -> Vec<(String, String)> {
    let mut headers = Headers::default();
    for (name, value) in fields {
        headers.add(name, value).unwrap();
    }
    let text = |value: &[u8]| String::from_utf8(value.to_vec()).unwrap();
    end_to_end(&headers).map(|(name, value)| (name.to_owned(), text(value))).collect()
}

#[track_caller]
fn assert_going_on(fields: &[(&str, &str)], expected: &[(&str, &str)]) {
    let expected: Vec<_> =
        expected.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect();
    assert_eq!(going_on(fields), expected);
}

#[test]
fn each_field_that_speaks_of_a_connection_is_left_out_in_whatever_case() {
    for name in [
        "Connection",
        "Keep-Alive",
        "Proxy-Authenticate",
        "Proxy-Authorization",
        "Proxy-Connection",
        "TE",
        "Trailer",
        "Transfer-Encoding",
        "Upgrade",
    ] {
        for name in [name.to_owned(), name.to_lowercase(), name.to_uppercase()] {
            assert_going_on(&[("A", "1"), (&name, "x"), ("B", "2")], &[("A", "1"), ("B", "2")]);
        }
    }
}

#[test]
fn whatever_only_resembles_one_of_them_goes_on() {
    let fields = [
        ("Connections", "a"),
        ("X-Connection", "b"),
        ("Keep", "c"),
        ("Proxy-Status", "d"),
        ("WWW-Authenticate", "e"),
        ("Authorization", "f"),
        ("T", "g"),
        ("TEA", "h"),
        ("Trailers", "i"),
        ("Accept-Encoding", "j"),
        ("Content-Encoding", "k"),
        ("Upgrade-Insecure-Requests", "1"),
        ("Via", "1.1 x"),
        ("Expect", "100-continue"),
    ];
    assert_going_on(&fields, &fields);
}

#[test]
fn what_connection_names_is_left_out_in_whatever_case() {
    let fields = [("connection", "X-A, x-b"), ("x-a", "1"), ("X-B", "2"), ("X-C", "3")];
    assert_going_on(&fields, &[("X-C", "3")]);
    // Before it, behind it, and each time.
    let fields = [("A", "1"), ("Connection", "a"), ("a", "2"), ("B", "3"), ("A", "4")];
    assert_going_on(&fields, &[("B", "3")]);
}

#[test]
fn a_list_may_have_spaces_and_empty_members_and_more_than_one_field() {
    let fields = [
        ("A", "1"),
        ("Connection", ",, \tA ,"),
        ("B", "2"),
        ("Connection", ""),
        ("C", "3"),
        ("Connection", "close,B\t,"),
        ("D", "4"),
    ];
    assert_going_on(&fields, &[("C", "3"), ("D", "4")]);
}

#[test]
fn a_part_of_a_name_is_not_the_name() {
    let fields = [("Connection", "X, X-A-B, -A, X A"), ("X-A", "1"), ("A", "2")];
    assert_going_on(&fields, &[("X-A", "1"), ("A", "2")]);
}

#[test]
fn host_and_content_length_stay_whoever_names_them() {
    let fields = [
        ("Connection", "host, HOST, content-length, Content-Length, x"),
        ("hOST", "a"),
        ("X", "1"),
        ("content-LENGTH", "3"),
    ];
    assert_going_on(&fields, &[("hOST", "a"), ("content-LENGTH", "3")]);
}

#[test]
fn the_rest_keeps_its_order_and_each_of_its_repeated_fields() {
    let fields = [
        ("Set-Cookie", "a=1"),
        ("X", "1"),
        ("set-cookie", "b=2"),
        ("Connection", "close"),
        ("Set-Cookie", "a=1"),
        ("Empty", ""),
    ];
    let expected = [
        ("Set-Cookie", "a=1"),
        ("X", "1"),
        ("set-cookie", "b=2"),
        ("Set-Cookie", "a=1"),
        ("Empty", ""),
    ];
    assert_going_on(&fields, &expected);
    assert_going_on(&[], &[]);
}
