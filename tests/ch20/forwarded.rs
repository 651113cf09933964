//! What a backend is told of who asks.

use ch20::{Headers, add_forwarded, tells_origin};
use mock::{Seed, assert_bytes};
use std::net::IpAddr;

fn headers(fields: &[(&str, &[u8])]) -> Headers {
    let mut headers = Headers::default();
    for (name, value) in fields {
        headers.add(name, value).unwrap();
    }
    headers
}

fn forwarded(fields: &[(&str, &[u8])], client: Option<&str>, trusted: bool) -> Vec<u8> {
    let client = client.map(|text| text.parse::<IpAddr>().unwrap());
    let mut out = b"before\r\n".to_vec();
    add_forwarded(&headers(fields), client, trusted, &mut out);
    assert!(out.starts_with(b"before\r\n"), "it is appended");
    out.split_off(8)
}

const HOST: (&str, &[u8]) = ("Host", b"own.test:8020");

#[test]
fn each_field_that_tells_of_the_origin_is_known_in_whatever_case() {
    let known =
        ["Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP"];
    for name in known {
        for name in [name.to_owned(), name.to_lowercase(), name.to_uppercase()] {
            assert!(tells_origin(&name), "{name}");
            // CGI makes the same variable of both.
            let other = name.replace('-', "_");
            assert!(tells_origin(&other), "{other}");
        }
    }
    for name in ["Forward", "X-Forwarded", "Host", "Via", "X-Forwarded-For-X", "From", ""] {
        assert!(!tells_origin(name), "{name}");
    }
}

#[test]
fn a_backend_is_told_address_host_and_scheme() {
    assert_bytes!(
        forwarded(&[HOST], Some("192.0.2.7"), false),
        "X-Forwarded-For: 192.0.2.7\r\n\
         X-Forwarded-Host: own.test:8020\r\n\
         X-Forwarded-Proto: http\r\n\
         Forwarded: for=192.0.2.7;host=\"own.test:8020\";proto=http\r\n"
    );
}

#[test]
fn an_address_with_colons_stands_in_brackets_and_quotes_where_a_colon_means_a_port() {
    assert_bytes!(
        forwarded(&[HOST], Some("2001:db8::7"), false),
        "X-Forwarded-For: 2001:db8::7\r\n\
         X-Forwarded-Host: own.test:8020\r\n\
         X-Forwarded-Proto: http\r\n\
         Forwarded: for=\"[2001:db8::7]\";host=\"own.test:8020\";proto=http\r\n"
    );
}

#[test]
fn an_old_address_in_the_form_of_a_new_one_is_told_as_what_it_is() {
    let plain = forwarded(&[HOST], Some("192.0.2.7"), false);
    assert_bytes!(forwarded(&[HOST], Some("::ffff:192.0.2.7"), false), plain);
}

#[test]
fn without_an_address_it_is_unknown_and_without_a_host_the_host_is_empty() {
    assert_bytes!(
        forwarded(&[], None, false),
        "X-Forwarded-For: unknown\r\n\
         X-Forwarded-Host: \r\n\
         X-Forwarded-Proto: http\r\n\
         Forwarded: for=unknown;host=\"\";proto=http\r\n"
    );
}

const SAID: [(&str, &[u8]); 8] = [
    ("X-Forwarded-For", b"203.0.113.1"),
    HOST,
    ("x-forwarded-for", b"203.0.113.2, 203.0.113.3"),
    ("X-Forwarded-Host", b"first.test"),
    ("X-Forwarded-Proto", b"https"),
    ("Forwarded", b"for=203.0.113.1;proto=https"),
    ("X-Real-IP", b"203.0.113.1"),
    ("forwarded", b"for=203.0.113.2, for=203.0.113.3"),
];

#[test]
fn a_stranger_is_not_believed_for_any_of_them() {
    assert_bytes!(
        forwarded(&SAID, Some("192.0.2.7"), false),
        forwarded(&[HOST], Some("192.0.2.7"), false)
    );
}

#[test]
fn what_a_proxy_says_precedes_what_is_seen_and_its_host_and_scheme_count() {
    assert_bytes!(
        forwarded(&SAID, Some("192.0.2.7"), true),
        "X-Forwarded-For: 203.0.113.1, 203.0.113.2, 203.0.113.3, 192.0.2.7\r\n\
         X-Forwarded-Host: first.test\r\n\
         X-Forwarded-Proto: https\r\n\
         Forwarded: for=203.0.113.1;proto=https, for=203.0.113.2, for=203.0.113.3, \
         for=192.0.2.7;host=\"first.test\";proto=https\r\n"
    );
}

#[test]
fn a_proxy_that_says_nothing_is_a_client() {
    assert_bytes!(
        forwarded(&[HOST], Some("192.0.2.7"), true),
        forwarded(&[HOST], Some("192.0.2.7"), false)
    );
}

/// In `Forwarded`, what is inside quotes, and what is between `,` and `;` outside of them.
#[test]
fn what_somebody_else_has_written_ends_neither_quotes_nor_a_member() {
    let host: &[u8] = b"a\";for=10.0.0.1, b\\";
    let scheme: &[u8] = b"https;for=\"10.0.0.2\",\\";
    let fields = [("X-Forwarded-Host", host), ("X-Forwarded-Proto", scheme)];
    let out = forwarded(&fields, Some("192.0.2.7"), true);
    let start = out.windows(11).position(|part| part == b"Forwarded: ").unwrap();
    let last = out.windows(13).rposition(|part| part == b"\r\nForwarded: ").unwrap();
    assert!(start <= last + 2);
    assert_bytes!(
        out[last + 2..],
        "Forwarded: for=192.0.2.7;host=\"afor=10.0.0.1 b\";proto=httpsfor=10.0.0.2\r\n"
    );
    // The same as the client's own Host, which nobody has looked at.
    let out = forwarded(&[("Host", host)], Some("192.0.2.7"), false);
    assert!(out.ends_with(b"for=192.0.2.7;host=\"afor=10.0.0.1 b\";proto=http\r\n"));
}

#[test]
fn whatever_is_written_there_are_four_fields() {
    let mut seed = Seed::new();
    let names = ["X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "Forwarded", "Host"];
    for _ in 0..300 {
        let mut all = Headers::default();
        for _ in 0..seed.number(0..=6) {
            let count = seed.number(0..=20);
            // What a head may not have in a field is an error there, and nobody passes it on.
            let _ = all.add(seed.pick(&names), seed.bytes(count));
        }
        for trusted in [false, true] {
            let mut out = Vec::new();
            add_forwarded(&all, Some([192, 0, 2, 7].into()), trusted, &mut out);
            let lines: Vec<_> = out.split(|&byte| byte == b'\n').collect();
            assert_eq!(lines.len(), 5, "{}", out.escape_ascii());
            for (line, name) in lines.iter().zip(&names[..3]) {
                assert!(line.starts_with(format!("{name}: ").as_bytes()) && line.ends_with(b"\r"));
            }
            assert!(lines[3].starts_with(b"Forwarded: ") && lines[4].is_empty());
            assert_eq!(out.iter().filter(|&&byte| byte == b'\r').count(), 4);
        }
    }
}
