//! Your tests of chapter 10's server. All of them pass on the chapter's own, and for each
//! broken one there is a test that fails.
//!
//! `ch10` is one of the servers; which one, your tests cannot see. Look at `resolve`,
//! `open_below` and `serve_static` in chapter 10's section "Build". Files for a test go into
//! the folder of a `tempfile::tempdir()`; a link is made by `mock::symlink(target, link)`,
//! which is an error where the system does not allow it.

use ch10::{HttpError, open_below, resolve};
use mock::symlink;
use std::fs;
use std::path::Path;

#[test]
fn a_name_is_decoded_once() {
    let root = Path::new("www");
    assert_eq!(resolve("%2541.txt", root), Ok(root.join("%41.txt")));
    assert_eq!(resolve("%252e%252e/a%2Bb", root), Ok(root.join("%2e%2e").join("a+b")));
}

#[test]
fn what_does_not_lie_below_the_root_is_not_found() {
    let folder = tempfile::tempdir().unwrap();
    let (root, beside) = (folder.path().join("www"), folder.path().join("www-private"));
    for place in [&root, &beside] {
        fs::create_dir(place).unwrap();
        fs::write(place.join("a.txt"), "a\n").unwrap();
    }
    assert!(open_below(&root, &root.join("a.txt")).is_ok());
    // Where links are not allowed there is no `link.txt`, which is not found either.
    let _ = symlink(beside.join("a.txt"), root.join("link.txt"));
    for outside in ["link.txt", "../www-private/a.txt"].map(|name| root.join(name)) {
        let error = open_below(&root, &outside).expect_err("a file outside of the root");
        assert_eq!(error.downcast_ref(), Some(&HttpError(404)));
    }
}
