//! Your tests of chapter 11's server. All of them pass on the chapter's own, and for each
//! broken one there is a test that fails.
//!
//! `ch11` is one of the servers; which one, your tests cannot see. Look at `Body`,
//! `parse_ranges` and `serve_static` in chapter 11's section "Build". Files for a test go into
//! the folder of a `tempfile::tempdir()`; `File::set_modified` says when one was last changed.

use ch11::{Body, HttpServer, Listing, parse_ranges, serve_static};
use mock::{MockClient, MockConnection};
use std::fs::{self, File, OpenOptions};
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

#[test]
fn the_last_byte_is_named_and_not_the_one_behind_it() {
    assert_eq!(parse_ranges("bytes=0-9", 100), Some(vec![std::ops::Range { start: 0, end: 10 }]));
}

#[test]
fn what_is_gone_of_a_file_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.txt");
    fs::write(&path, "0123456789").unwrap();
    let mut body = Body::File(Arc::new(File::open(&path).unwrap()), 0..10);
    OpenOptions::new().write(true).open(&path).unwrap().set_len(5).unwrap();
    assert!(body.next_piece(&mut Vec::new()).is_err());
}

#[test]
fn a_file_that_was_replaced_by_an_older_one_is_given() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.txt");
    fs::write(&path, "0123456789").unwrap();
    let file = OpenOptions::new().write(true).open(&path).unwrap();
    file.set_modified(UNIX_EPOCH + Duration::from_secs(784_111_777)).unwrap();
    let mut server = HttpServer::default();
    let (pattern, handler) = serve_static("/", folder.path(), Listing::Hidden);
    server.register(pattern, handler);
    let client =
        MockClient::new(|mut conn: MockConnection| server.on_connect(&mut conn, None).unwrap());
    for (date, status) in
        [("Sun, 06 Nov 1994 08:49:37 GMT", 304), ("Mon, 07 Nov 1994 08:49:37 GMT", 200)]
    {
        let request = client.request("GET", "/a.txt").header("If-Modified-Since", date);
        assert_eq!(request.send().status, status, "{date}");
    }
}
