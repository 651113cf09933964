//! What chapter 17 promises.

use ch17::{Application, Environ, hello};
use std::io;

#[test]
fn a_function_is_an_application() {
    let mut environ = Environ::default();
    environ.set("QUERY_STRING", "name=Ann+Lee");
    let response = hello.answer(&environ, &mut io::empty()).unwrap();
    assert_eq!(response.status, 200);
}
