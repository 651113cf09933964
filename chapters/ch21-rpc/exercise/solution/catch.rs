//! Your tests of chapter 21's procedures. All of them pass on the chapter's own, and for each
//! broken one there is a test that fails.
//!
//! `ch21` is one of the servers; which one, your tests cannot see. Look at what the section "Build"
//! of chapter 21 promises of batches, of several calls in one, and of values as others write them.
//! No network is needed: `post` gives a call to a site that has `sample.add`, `sample.divide` and
//! `sample.echo` at one path, and says what is answered. For XML there are `write_call` and
//! `read_response`, for JSON `serde_json`.

use ch21::{App, Application, Environ, Procedures, RequestHead, add_samples, pieces_of, rpc};
use ch21::{Value, read_response, write_call};
use serde_json::{Value as Json, json};

/// What is answered: the status, and the body.
fn post(content_type: &str, body: &str) -> (u16, Vec<u8>) {
    let mut procedures = Procedures::default();
    add_samples(&mut procedures);
    let mut app = App::default();
    app.route("/rpc", rpc(procedures)).unwrap();
    let length = body.len();
    let head = format!(
        "POST /rpc HTTP/1.1\r\nHost: localhost\r\nContent-Type: {content_type}\r\n\
         Content-Length: {length}\r\n\r\n"
    );
    let head = RequestHead::parse(head.as_bytes(), None).unwrap().expect("a whole head");
    let environ = Environ::of(&head.request, ([127, 0, 0, 1], 8021).into()).unwrap();
    let answer = app.answer(&environ, &mut body.as_bytes()).unwrap();
    let pieces = pieces_of(answer.body).map(|piece| piece.unwrap());
    (answer.status, pieces.collect::<Vec<_>>().concat())
}

#[test]
fn a_procedure_adds_two_numbers() {
    let call = write_call("sample.add", &[Value::Int(2), Value::Int(3)]).unwrap();
    let (status, answer) = post("text/xml", &call);
    assert_eq!((status, read_response(&answer)), (200, Ok(Ok(Value::Int(5)))));
}

#[test]
fn a_call_without_id_is_not_answered_though_it_fails() {
    let add = r#"{"jsonrpc": "2.0", "method": "sample.add", "params": [2, 3]}"#;
    let divide = r#"{"jsonrpc": "2.0", "method": "sample.divide", "params": [2, 0]}"#;
    for calls in [add.to_owned(), divide.to_owned(), format!("[{add}, {divide}]")] {
        let (status, answer) = post("application/json", &calls);
        assert_eq!((status, answer.len()), (204, 0), "{calls}");
    }
    let call = r#"{"jsonrpc": "2.0", "method": "sample.add", "params": [4, 5], "id": "a"}"#;
    let (_, answer) = post("application/json", &format!("[{add}, {call}, {divide}]"));
    let answer: Json = serde_json::from_slice(&answer).unwrap();
    assert_eq!(answer, json!([{ "jsonrpc": "2.0", "result": 9, "id": "a" }]));
}

/// A call in a multicall.
fn one(a: i64, b: i64) -> Value {
    let params = vec![Value::Int(a), Value::Int(b)].into();
    Value::of_fields([("methodName", "sample.divide".into()), ("params", params)])
}

#[test]
fn a_call_that_fails_keeps_no_other_from_being_made() {
    let calls = vec![one(8, 2), one(1, 0), one(9, 3)];
    let call = write_call("system.multicall", &[calls.into()]).unwrap();
    let (_, answer) = post("text/xml", &call);
    let Ok(Ok(Value::Array(results))) = read_response(&answer) else { panic!("no results") };
    assert_eq!(results.len(), 3);
    assert_eq!(results[0], Value::Array(vec![Value::Int(4)]));
    let Value::Struct(fault) = &results[1] else { panic!("no fault") };
    assert_eq!(fault.get("faultCode"), Some(&Value::Int(1)));
    assert_eq!(results[2], Value::Array(vec![Value::Int(3)]));
}

#[test]
fn text_keeps_its_spaces_whether_it_has_a_type_or_not() {
    for value in ["<string> a\n </string>", " a\n "] {
        let call = format!(
            "<methodCall><methodName>sample.echo</methodName>\
             <params><param><value>{value}</value></param></params></methodCall>"
        );
        let (_, answer) = post("text/xml", &call);
        assert_eq!(read_response(&answer), Ok(Ok(" a\n ".into())), "{value}");
    }
}
