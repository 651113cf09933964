//! What chapter 18 promises.

#[path = "ch18/origin.rs"]
mod origin;

use ch18::Router;

#[test]
fn a_capture_is_found_by_its_name() {
    let mut router = Router::default();
    router.add("/hello/{name}", 1).unwrap();
    let path = ["hello", "Ann"].map(str::to_owned);
    assert_eq!(router.find(&path).unwrap().captures, [("name", "Ann".to_owned())]);
}
