//! Chapter 11's files, as an application.

use super::requests::{fields, get, sent_to, text, told};
use ch18::{Application, Environ, HttpError, Mounts, Response, static_files};
use std::fs;
use std::io;
use tempfile::TempDir;

fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    for name in ["inner", "with index"] {
        fs::create_dir(path.join(name)).unwrap();
    }
    for (name, content) in [
        ("style.css", "body {}\n"),
        ("two words.txt", "0123456789"),
        ("inner/a.txt", "inside"),
        ("with index/index.html", "<p>index"),
    ] {
        fs::write(path.join(name), content).unwrap();
    }
    folder
}

fn site(folder: &TempDir) -> Mounts {
    let inner = Mounts::default().mount("/files", static_files(folder.path()));
    Mounts::default().mount("/static", static_files(folder.path())).mount("/a", inner)
}

/// The answer, or the status of the error.
fn ask(site: &Mounts, environ: &Environ) -> Result<Response, u16> {
    site.answer(environ, &mut io::empty()).map_err(|error| match error.downcast_ref() {
        Some(&HttpError(status)) => status,
        None => panic!("this has no status: {error:#}"),
    })
}

#[test]
fn a_file_is_answered_below_any_prefix() {
    let folder = folder();
    let site = site(&folder);
    for prefix in ["/static", "/a/files", "/%73tatic", "http://localhost/static"] {
        let target = |path: &str| format!("{prefix}{path}");
        let response = ask(&site, &get(&target("/style.css"))).unwrap();
        assert_eq!((response.status, response.content_type), (200, "text/css; charset=utf-8"));
        assert_eq!(text(response), "body {}\n");
        let response = ask(&site, &get(&target("/two%20words.txt?x"))).unwrap();
        assert_eq!(text(response), "0123456789");
        assert_eq!(text(ask(&site, &get(&target("/inner/a.txt"))).unwrap()), "inside");
    }
}

#[test]
fn there_are_no_listings_and_what_is_not_there_is_404() {
    let folder = folder();
    let site = site(&folder);
    for path in ["/", "/inner/", "/none", "/style.css/", "/inner/none", "/Style.css2", "/%ff", "//"]
    {
        assert_eq!(ask(&site, &get(&format!("/static{path}"))).err(), Some(404), "{path}");
    }
}

#[test]
fn nothing_outside_of_the_folder_is_answered() {
    let outer = folder();
    fs::write(outer.path().join("secret.txt"), "secret").unwrap();
    let files = static_files(&outer.path().join("inner"));
    let site = Mounts::default().mount("/static", files);
    for path in [
        "/../secret.txt",
        "/%2e%2e/secret.txt",
        "/..%2fsecret.txt",
        "/%2e%2e%2fsecret.txt",
        "/x/../../secret.txt",
        "//secret.txt",
        "/..%5csecret.txt",
        "/../inner/../secret.txt",
    ] {
        assert!(ask(&site, &get(&format!("/static{path}"))).is_err(), "{path}");
    }
    // Where the target is not passed on, the path is decoded already.
    let mut environ = get("/static/a.txt");
    environ.set("REQUEST_URI", "");
    assert_eq!(text(ask(&site, &environ).unwrap()), "inside");
    environ.set("PATH_INFO", "/static/../secret.txt");
    assert!(ask(&site, &environ).is_err());
}

#[test]
fn an_escaped_slash_is_no_folder() {
    let folder = folder();
    assert!(ask(&site(&folder), &get("/static/inner%2fa.txt")).is_err());
}

#[test]
fn a_folder_without_its_slash_is_sent_to_the_one_with_it() {
    let folder = folder();
    fs::write(folder.path().join("index.html"), "<p>all").unwrap();
    let site = site(&folder);
    for (target, location) in [
        ("/static", "/static/"),
        ("/static?x", "/static/?x"),
        ("/static/with%20index", "/static/with%20index/"),
        ("/a/files", "/a/files/"),
    ] {
        let response = ask(&site, &get(target)).unwrap();
        assert_eq!(sent_to(&response), (301, vec![location]), "{target}");
    }
    assert_eq!(text(ask(&site, &get("/static/")).unwrap()), "<p>all");
    assert_eq!(text(ask(&site, &get("/static/with%20index/")).unwrap()), "<p>index");
}

#[test]
fn fields_of_the_request_reach_the_file() {
    let folder = folder();
    let site = site(&folder);
    let ask = |method: &str, field: &str| {
        ask(&site, &told(&format!("{method} /static/two%20words.txt"), field)).unwrap()
    };
    let part = ask("GET", "Range: bytes=2-4\r\n");
    assert_eq!((part.status, fields(&part, "Content-Range")), (206, vec!["bytes 2-4/10"]));
    assert_eq!(text(part), "234");
    let tag = fields(&ask("GET", ""), "ETag").join("|");
    assert!(!tag.is_empty());
    assert_eq!(ask("GET", &format!("If-None-Match: {tag}\r\n")).status, 304);
    assert_eq!(ask("HEAD", "").status, 200);
    let refused = ask("POST", "");
    assert_eq!((refused.status, fields(&refused, "Allow")), (405, vec!["GET, HEAD"]));
}
