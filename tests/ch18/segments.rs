//! A path taken apart before it is decoded.

use super::requests::get;
use ch18::{Environ, HttpError, segments};

/// The segments of a target, behind `script`.
fn below(script: &str, target: &str) -> Vec<String> {
    segments(&get(target).below(script).expect("it is below")).unwrap()
}

/// What a server tells that does not pass the target on.
fn without_target(path: impl Into<Vec<u8>>) -> Environ {
    let mut environ = Environ::default();
    environ.set("PATH_INFO", path);
    environ
}

#[test]
fn each_segment_is_decoded_by_itself() {
    for (target, expected) in [
        ("/", &[""][..]),
        ("/hello/a%2fb", &["hello", "a/b"]),
        ("/hello/a%2Fb/", &["hello", "a/b", ""]),
        ("/%2f%2F", &["//"]),
        ("/a%20b+c", &["a b+c"]),
        ("/%c3%a4/ß%3f", &["ä", "ß?"]),
        ("/%252f", &["%2f"]),
        ("/a//b", &["a", "", "b"]),
        ("//a", &["", "a"]),
        ("//", &["", ""]),
        ("/a?b/c%2fd", &["a"]),
        ("/?a", &[""]),
        ("/%00", &["\0"]),
        ("/a/../b/.", &["a", "..", "b", "."]),
        ("http://localhost/a%2fb/c?d", &["a/b", "c"]),
        ("http://localhost", &[""]),
        ("http://localhost//a", &["", "a"]),
        // It has no scheme: this is a path.
        ("/go/http://host/a%2fb", &["go", "http:", "", "host", "a/b"]),
    ] {
        // A target of ASCII alone comes from a client.
        let target = target.replace('ß', "%c3%9f");
        assert_eq!(below("", &target), expected, "{target}");
    }
}

#[test]
fn what_led_to_the_application_is_left_out() {
    for (script, target, expected) in [
        ("/app", "/app/a%2fb", &["a/b"][..]),
        ("/app", "/app/", &[""]),
        ("/app", "/app", &[""]),
        ("/app", "/app?x=/y", &[""]),
        ("/a/b", "/a/b/c/d%2f", &["c", "d/"]),
        ("/a/b", "http://localhost/a/b/c%2fd", &["c/d"]),
        ("/app", "/app//x", &["", "x"]),
        ("/app", "/%61pp/a%2fb", &["a/b"]),
    ] {
        assert_eq!(below(script, target), expected, "{target}");
    }
}

#[test]
fn without_the_target_there_is_the_decoded_path() {
    assert_eq!(
        segments(&without_target("/hello/a/b")),
        Ok(["hello", "a", "b"].map(Into::into).into())
    );
    assert_eq!(segments(&without_target("/")), Ok(vec![String::new()]));
    assert_eq!(segments(&without_target("")), Ok(vec![String::new()]));
    assert_eq!(segments(&Environ::default()), Ok(vec![String::new()]));
    // It is decoded already.
    assert_eq!(segments(&without_target("/%2f")), Ok(vec!["%2f".to_owned()]));
}

/// Of a server that rewrites one of them, the path counts.
#[test]
fn a_target_that_is_another_path_is_not_believed() {
    for (target, script) in [
        ("/index.php?page=menu", ""),
        ("/hello/b", ""),
        ("*", ""),
        ("", ""),
        ("/hello/a", "/x/y/z"),
        ("/%zz", ""),
    ] {
        let mut environ = without_target("/hello/a");
        environ.set("REQUEST_URI", target);
        environ.set("SCRIPT_NAME", script);
        assert_eq!(segments(&environ), Ok(["hello", "a"].map(Into::into).into()), "{target}");
    }
}

#[test]
fn what_is_not_utf_8_is_the_name_of_nothing() {
    for target in ["/%ff", "/a/%c3", "/%ed%a0%80", "/a%2f%ff/b", "/%c3/%a4"] {
        assert_eq!(segments(&get(target)), Err(HttpError(404)), "{target}");
    }
    assert_eq!(segments(&without_target(b"/\xff")), Err(HttpError(404)));
}
