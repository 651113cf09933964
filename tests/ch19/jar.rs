//! Cookies: what servers have asked to be told again, and whom it concerns.

use super::scripted::{headers, url};
use ch19::Jar;
use std::time::{Duration, SystemTime};

/// Some time in 2026.
fn now() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_780_000_000)
}

fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

/// A jar that has seen these cookies, each from a URL.
fn jar(cookies: &[(&str, &str)]) -> Jar {
    let mut jar = Jar::default();
    for (from, set) in cookies {
        jar.store(&url(from), &headers(&[("Set-Cookie", set)]), now());
    }
    jar
}

/// What is told to a URL.
fn told(jar: &Jar, to: &str) -> Option<String> {
    jar.cookies_for(&url(to), now())
}

#[track_caller]
fn assert_told(from: &str, set: &str, to: &str, expected: Option<&str>) {
    assert_eq!(told(&jar(&[(from, set)]), to).as_deref(), expected, "{set:?} of {from} to {to}");
}

#[test]
fn what_was_set_is_told_again() {
    for (set, told) in [
        ("a=b", "a=b"),
        ("a=b; HttpOnly; SameSite=Lax; Unknown=x", "a=b"),
        (" a = b ; x", "a=b"),
        ("a=", "a="),
        ("a=b=c", "a=b=c"),
        ("a=\"b\"", "a=\"b\""),
        ("a=%20%3B", "a=%20%3B"),
        ("a=ä", "a=ä"),
        ("a=b, c=d", "a=b, c=d"),
    ] {
        assert_told("http://test/", set, "http://test/", Some(told));
    }
    assert_eq!(told(&Jar::default(), "http://test/"), None);
}

#[test]
fn an_answer_may_set_several() {
    let mut jar = Jar::default();
    let fields = [("Set-Cookie", "a=1"), ("X", "y=9"), ("set-cookie", "b=2"), ("Set-Cookie", "=")];
    jar.store(&url("http://test/"), &headers(&fields), now());
    assert_eq!(told(&jar, "http://test/").as_deref(), Some("a=1; b=2"));
}

// Whom it concerns

#[test]
fn without_a_domain_it_is_for_its_host_alone() {
    for (to, is_told) in [
        ("http://www.test.org/", true),
        ("http://WWW.test.org:81/", true),
        ("http://test.org/", false),
        ("http://a.www.test.org/", false),
        ("http://awww.test.org/", false),
        ("http://other.org/", false),
    ] {
        assert_told("http://www.test.org/", "a=b", to, is_told.then_some("a=b"));
    }
}

#[test]
fn with_a_domain_it_is_for_all_below_it() {
    for domain in ["test.org", ".test.org", "TEST.org"] {
        for (to, is_told) in [
            ("http://test.org/", true),
            ("http://www.test.org/", true),
            ("http://a.b.test.org/", true),
            ("http://atest.org/", false),
            ("http://test.org.evil/", false),
            ("http://org/", false),
        ] {
            let set = format!("a=b; Domain={domain}");
            assert_told("http://www.test.org/", &set, to, is_told.then_some("a=b"));
            assert_told("http://test.org/", &set, to, is_told.then_some("a=b"));
        }
    }
}

#[test]
fn nobody_sets_cookies_for_others() {
    for (from, domain) in [
        ("http://test.org/", "other.org"),
        ("http://test.org/", "www.test.org"),
        ("http://atest.org/", "test.org"),
        ("http://test.org/", "org"),
        ("http://test.org/", ".org"),
        ("http://test.org./", "org."),
        ("http://test.org./", "test.org"),
        ("http://test.org/", "test.org."),
        ("http://a.localhost/", "localhost"),
        ("http://127.0.0.1/", "0.0.1"),
        ("http://127.0.0.1/", "1"),
        ("http://127.0.0.1/", "127.0.0.2"),
        ("http://[::1]/", "1]"),
    ] {
        let jar = jar(&[(from, &format!("a=b; Domain={domain}"))]);
        let itself = format!("http://{}/", domain.trim_matches(['.', ']']));
        let other = format!("http://other.{}/", domain.trim_start_matches('.'));
        let urls = [from, &itself, &other].map(|to| to.parse().ok());
        for to in urls.into_iter().flatten() {
            assert_eq!(jar.cookies_for(&to, now()), None, "{domain} of {from} to {to}");
        }
    }
}

#[test]
fn a_domain_without_a_name_is_none() {
    for to in ["http://www.test.org/", "http://a.www.test.org/", "http://other.org/"] {
        let expected = (to == "http://www.test.org/").then_some("a=b");
        assert_told("http://www.test.org/", "a=b; Domain=", to, expected);
    }
}

#[test]
fn a_host_without_a_dot_may_name_itself() {
    for host in ["localhost", "org", "org."] {
        let (from, set) = (format!("http://{host}/"), format!("a=b; Domain={host}"));
        assert_told(&from, &set, &from, Some("a=b"));
        // It does not speak for all below it.
        assert_told(&from, &set, &format!("http://test.{host}/"), None);
    }
}

#[test]
fn an_address_has_no_names_below_it() {
    for (from, domain) in [("http://127.0.0.1/", "127.0.0.1"), ("http://[::1]/", "[::1]")] {
        for set in ["a=b".to_owned(), format!("a=b; Domain={domain}")] {
            assert_told(from, &set, from, Some("a=b"));
            assert_told(from, &set, "http://1.127.0.0.1.test/", None);
            assert_told(from, &set, "http://127.0.0.2/", None);
        }
    }
}

#[test]
fn the_path_says_which_pages() {
    for (from, set, to, is_told) in [
        ("/", "a=b", "/x/y", true),
        ("/docs", "a=b", "/", true),
        ("/docs/", "a=b", "/", false),
        ("/docs/page", "a=b", "/docs", true),
        ("/docs/page", "a=b", "/docs/", true),
        ("/docs/page", "a=b", "/docs/other/x", true),
        ("/docs/page", "a=b", "/docsother", false),
        ("/docs/page?x=/a/b", "a=b", "/docs", true),
        ("/docs/page", "a=b; Path=/", "/", true),
        ("/docs/page", "a=b; Path=/other", "/other", true),
        ("/docs/page", "a=b; Path=/other", "/other/x", true),
        ("/docs/page", "a=b; Path=/other", "/others", false),
        ("/docs/page", "a=b; Path=/other", "/docs/page", false),
        ("/docs/page", "a=b; Path=/other/", "/other", false),
        ("/docs/page", "a=b; Path=/other/", "/other/x", true),
        ("/docs/page", "a=b; Path=other", "/docs", true),
        ("/docs/page", "a=b; Path=", "/docs", true),
        ("/docs/page", "a=b; Path=/Docs", "/docs", false),
    ] {
        let [from, to] = [from, to].map(|path| format!("http://test{path}"));
        assert_told(&from, set, &to, is_told.then_some("a=b"));
    }
}

// How long

#[test]
fn a_cookie_is_over_when_it_says() {
    for (set, lasts) in [
        ("Max-Age=100", Some(100)),
        ("max-age=100", Some(100)),
        ("Expires=Thu, 28 May 2026 20:28:20 GMT", Some(1_780_000_100 - 1_780_000_000)),
        ("Max-Age=100; Expires=Thu, 01 Jan 1970 00:00:00 GMT", Some(100)),
        ("Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=100", Some(100)),
        ("Max-Age=0; Expires=Fri, 28 May 2027 20:28:20 GMT", Some(0)),
        ("Max-Age=0", Some(0)),
        ("Max-Age=-1", Some(0)),
        ("Max-Age=-9223372036854775808", Some(0)),
        ("Expires=Thu, 28 May 2026 20:26:39 GMT", Some(0)),
        // What is no time is none.
        ("Max-Age=x", None),
        ("Max-Age=\"100\"", None),
        ("Expires=tomorrow", None),
        ("Expires=0", None),
    ] {
        let jar = jar(&[("http://test/", &format!("a=b; {set}"))]);
        let at = |time| jar.cookies_for(&url("http://test/"), now() + time);
        match lasts {
            Some(0) => assert_eq!(at(Duration::ZERO), None, "{set}"),
            Some(time) => {
                assert!(at(Duration::from_secs(time) - Duration::from_nanos(1)).is_some(), "{set}");
                assert_eq!(at(Duration::from_secs(time)), None, "{set}");
            }
            None => assert!(at(seconds(100 * 365 * 24 * 3600)).is_some(), "{set}"),
        }
    }
}

#[test]
fn no_cookie_is_kept_longer_than_the_clock_can_hold() {
    for age in ["9223372036854775807", "99999999999999999999999", "31536000"] {
        let jar = jar(&[("http://test/", &format!("a=b; Max-Age={age}"))]);
        assert_eq!(told(&jar, "http://test/").as_deref(), Some("a=b"), "{age}");
    }
}

#[test]
fn a_cookie_takes_the_place_of_the_same_one() {
    let from = "http://www.test.org/x/y";
    for (again, expected) in [
        ("a=2", "a=2"),
        ("A=2", "a=1; A=2"),
        ("a=2; Path=/x", "a=2"),
        ("a=2; Path=/", "a=1; a=2"),
        ("a=2; Domain=test.org", "a=1; a=2"),
        ("b=2", "a=1; b=2"),
    ] {
        let jar = jar(&[(from, "a=1"), (from, again)]);
        assert_eq!(told(&jar, from).as_deref(), Some(expected), "{again}");
    }
}

#[test]
fn a_server_takes_a_cookie_back() {
    for back in ["a=; Max-Age=0", "a=x; Expires=Thu, 01 Jan 1970 00:00:00 GMT", "a=; Max-Age=-5"] {
        let from = "http://test/";
        let jar = jar(&[(from, "a=1"), (from, "b=2"), (from, back)]);
        assert_eq!(told(&jar, from).as_deref(), Some("b=2"), "{back}");
    }
    // Nobody else can, and not another one.
    let kept = jar(&[("http://test/", "a=1"), ("http://other/", "a=; Max-Age=0")]);
    assert_eq!(told(&kept, "http://test/").as_deref(), Some("a=1"));
    let kept = jar(&[("http://test/", "a=1"), ("http://test/", "a=; Max-Age=0; Path=/x")]);
    assert_eq!(told(&kept, "http://test/").as_deref(), Some("a=1"));
}

#[test]
fn the_longest_path_comes_first_and_of_these_the_oldest() {
    let from = "http://test/a/b/c";
    let jar = jar(&[
        (from, "z=1; Path=/"),
        (from, "y=2; Path=/a"),
        (from, "x=3; Path=/a/b"),
        (from, "a=4; Path=/"),
        (from, "w=5; Path=/a/b"),
    ]);
    assert_eq!(told(&jar, from).as_deref(), Some("x=3; w=5; y=2; z=1; a=4"));
}

// Limits and refusals

#[test]
fn what_is_refused_is_not_kept() {
    for set in [
        "a=b; Secure",
        "__Secure-a=b",
        "__Host-a=b; Path=/",
        "a",
        "=b",
        "",
        ";",
        "a\tb=c",
        "a=b\tc",
        &format!("a={}", "x".repeat(4095)),
    ] {
        assert_told("http://test/", set, "http://test/", None);
    }
    let mut jar = Jar::default();
    let mut fields = ch19::Headers::default();
    fields.add("Set-Cookie", b"a=\xff").unwrap();
    jar.store(&url("http://test/"), &fields, now());
    assert_eq!(told(&jar, "http://test/"), None);
    let longest = format!("a={}", "x".repeat(4094));
    assert_told("http://test/", &longest, "http://test/", Some(&longest));
}

#[test]
fn of_one_host_a_number_is_kept_and_then_the_oldest_is_forgotten() {
    let mut jar = jar(&[("http://other/", "o=0")]);
    let set = |jar: &mut Jar, number: usize| {
        let cookie = format!("n{number}=x");
        jar.store(&url("http://test/"), &headers(&[("Set-Cookie", &cookie)]), now());
    };
    (0..50).for_each(|number| set(&mut jar, number));
    let names = |jar: &Jar| {
        let told = told(jar, "http://test/").unwrap();
        told.split("; ").map(|pair| pair.trim_end_matches("=x").to_owned()).collect::<Vec<_>>()
    };
    let numbered = |numbers: std::ops::Range<usize>| {
        numbers.map(|number| format!("n{number}")).collect::<Vec<_>>()
    };
    assert_eq!(names(&jar), numbered(0..50));
    // The same one again is no more than before.
    set(&mut jar, 49);
    assert_eq!(names(&jar), numbered(0..50));
    set(&mut jar, 50);
    assert_eq!(names(&jar), numbered(1..51));
    // What is taken back, known or not, takes no place.
    let back = headers(&[("Set-Cookie", "unknown=; Max-Age=0")]);
    jar.store(&url("http://test/"), &back, now());
    assert_eq!(names(&jar), numbered(1..51));
    // It is nobody else's concern.
    assert_eq!(told(&jar, "http://other/").as_deref(), Some("o=0"));
}

#[test]
fn what_is_over_makes_room() {
    let from = url("http://test/");
    let mut jar = Jar::default();
    jar.store(&from, &headers(&[("Set-Cookie", "first=x")]), now());
    for number in 0..49 {
        let cookie = format!("n{number}=x; Max-Age=10");
        jar.store(&from, &headers(&[("Set-Cookie", &cookie)]), now());
    }
    let later = now() + seconds(10);
    jar.store(&from, &headers(&[("Set-Cookie", "last=x")]), later);
    assert_eq!(jar.cookies_for(&from, later).as_deref(), Some("first=x; last=x"));
}

#[test]
fn in_all_a_number_is_kept_and_then_the_oldest_is_forgotten() {
    let mut jar = Jar::default();
    for number in 0..3000 {
        let from = url(&format!("http://host{}/", number / 50));
        jar.store(&from, &headers(&[("Set-Cookie", &format!("n{number}=x"))]), now());
    }
    let has = |jar: &Jar, host: usize, name: &str| {
        told(jar, &format!("http://host{host}/")).is_some_and(|told| told.contains(name))
    };
    assert!(has(&jar, 0, "n0=x"));
    jar.store(&url("http://new/"), &headers(&[("Set-Cookie", "a=b")]), now());
    assert!(!has(&jar, 0, "n0=x") && has(&jar, 0, "n1=x"));
    assert!((0..60).all(|host| has(&jar, host, &format!("n{}=x", host * 50 + 1))));
    assert_eq!(told(&jar, "http://new/").as_deref(), Some("a=b"));
}
