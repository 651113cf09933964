//! Clients, and servers that follow scripts.

#[allow(dead_code)] // Chapter 19's tests use the rest.
#[path = "../ch19/scripted.rs"]
mod scripted;

use ch21::{CallError, Fault, FetchError, JsonRpc, Value, XmlRpc, write_call, write_response};
use mock::{Script, assert_bytes};
use scripted::{Servers, answer, answers, asked, lead, ok};
use serde_json::{Value as Json, json};

const URL: &str = "http://test/rpc";

fn servers(all: &[String]) -> Servers {
    Servers::new([answers(all)])
}

/// The bodies of what was sent to a server, each behind its head.
fn bodies(servers: &Servers, number: usize) -> Vec<String> {
    let sent = servers.peer(number).sent();
    let mut rest = &sent[..];
    let mut bodies = Vec::new();
    while !rest.is_empty() {
        let end = rest.windows(4).position(|four| four == b"\r\n\r\n").unwrap() + 4;
        let head = std::str::from_utf8(&rest[..end]).unwrap();
        let line = head.lines().find_map(|line| line.strip_prefix("Content-Length: "));
        let length: usize = line.unwrap().parse().unwrap();
        bodies.push(String::from_utf8(rest[end..end + length].to_vec()).unwrap());
        rest = &rest[end + length..];
    }
    bodies
}

fn head(servers: &Servers) -> String {
    let sent = String::from_utf8(servers.peer(0).sent()).unwrap();
    sent.split("\r\n\r\n").next().unwrap().to_owned()
}

/// What a client of XML-RPC makes of an answer.
fn xml(reply: String) -> Result<Value, CallError> {
    XmlRpc::new(servers(&[reply]).session(), URL).call("x", &[])
}

/// What a client of JSON-RPC makes of an answer to its first call.
fn json(reply: String) -> Result<Value, CallError> {
    JsonRpc::new(servers(&[reply]).session(), URL).call("x", &[])
}

fn in_json(body: &Json) -> Result<Value, CallError> {
    json(ok(&body.to_string()))
}

/// Why it is no answer.
#[track_caller]
fn no_answer(outcome: Result<Value, CallError>) -> String {
    match outcome {
        Err(CallError::Answer(why)) if !why.is_empty() => why,
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn fault(outcome: Result<Value, CallError>) -> Fault {
    match outcome {
        Err(CallError::Fault(fault)) => fault,
        other => panic!("{other:?}"),
    }
}

// XML-RPC

#[test]
fn a_call_in_xml_is_a_post_and_its_answer_the_result() {
    let servers = servers(&[ok(&write_response(&Ok(5.into())))]);
    let client = XmlRpc::new(servers.session(), URL);
    assert_eq!(client.call("sample.add", &[2.into(), 3.into()]).unwrap(), 5.into());
    let head = head(&servers);
    assert!(head.starts_with("POST /rpc HTTP/1.1\r\n"), "{head}");
    assert!(head.contains("\r\nContent-Type: text/xml"), "{head}");
    assert_bytes!(
        bodies(&servers, 0).concat(),
        write_call("sample.add", &[2.into(), 3.into()]).unwrap()
    );
}

#[test]
fn calls_go_over_one_connection() {
    let replies = [1, 2, 3].map(|number: i64| ok(&write_response(&Ok(number.into()))));
    let servers = servers(&replies);
    let client = XmlRpc::new(servers.session(), URL);
    for number in 1..=3 {
        assert_eq!(client.call("x", &[]).unwrap(), number.into());
    }
    assert_eq!((servers.connects(), bodies(&servers, 0).len()), (1, 3));
}

#[test]
fn a_fault_in_xml_is_told() {
    let no_soup = Fault::new(7, "no soup");
    assert_eq!(fault(xml(ok(&write_response(&Err(no_soup.clone()))))), no_soup);
}

#[test]
fn what_is_no_answer_in_xml_is_an_error() {
    let good = write_response(&Ok(5.into()));
    for body in [
        "",
        "soup",
        "<html/>",
        &good[..good.len() - 2],
        &write_call("x", &[]).unwrap(),
        "<methodResponse><params/></methodResponse>",
        "<!DOCTYPE html><html></html>",
    ] {
        no_answer(xml(ok(body)));
    }
    // As from a server that takes calls for notifications.
    no_answer(xml("HTTP/1.1 204 No Content\r\n\r\n".to_owned()));
}

#[test]
fn what_cannot_be_written_is_not_sent() {
    let servers = Servers::default();
    let client = XmlRpc::new(servers.session(), URL);
    for value in [Value::Double(f64::NAN), "\0".into()] {
        assert_eq!(fault(client.call("x", &[value])).code, Fault::PARAMS);
    }
    assert_eq!(servers.connects(), 0);
}

// HTTP

#[test]
fn a_status_is_no_answer_to_a_call() {
    let body = write_response(&Ok(5.into()));
    let good = json!({"jsonrpc": "2.0", "result": 5, "id": 1}).to_string();
    for status in [201, 202, 206, 400, 404, 415, 500, 502] {
        let line = format!("{status} Status");
        for outcome in [xml(answer(&line, "", &body)), json(answer(&line, "", &good))] {
            let error = outcome.unwrap_err();
            assert!(matches!(error, CallError::Status(is) if is == status), "{error:?}");
            assert!(error.to_string().contains(&status.to_string()), "{error}");
        }
    }
}

#[test]
fn a_call_is_not_sent_again_on_a_connection_that_died() {
    let first = ok(&write_response(&Ok(1.into())));
    // It takes the second call, and closes.
    let dying = asked(asked(Script::new(), 1).bytes(&first), 2);
    let servers = Servers::new([dying, answers([&first])]);
    let client = XmlRpc::new(servers.session(), URL);
    assert_eq!(client.call("x", &[]).unwrap(), 1.into());
    let error = client.call("x", &[]).unwrap_err();
    assert!(matches!(error, CallError::Fetch(FetchError::NoAnswer)), "{error:?}");
    assert_eq!(servers.connects(), 1);
    assert_eq!(bodies(&servers, 0).len(), 2);
    // The next one is another call.
    assert_eq!(client.call("x", &[]).unwrap(), 1.into());
}

#[test]
fn a_server_that_is_not_there_is_an_error() {
    let servers = Servers::default();
    let error = XmlRpc::new(servers.session(), URL).call("x", &[]).unwrap_err();
    assert!(matches!(error, CallError::Fetch(FetchError::Connect(..))), "{error:?}");
    let error = JsonRpc::new(servers.session(), "no url").notify("x", &[]).unwrap_err();
    assert!(matches!(error, CallError::Fetch(_)), "{error:?}");
}

#[test]
fn a_call_that_is_led_elsewhere_stays_a_call_if_it_may() {
    let reply = ok(&write_response(&Ok(1.into())));
    let servers = servers(&[lead(308, "/other"), reply]);
    let client = XmlRpc::new(servers.session(), URL);
    assert_eq!(client.call("x", &[]).unwrap(), 1.into());
    assert_eq!(servers.asked(0), ["POST /rpc", "POST /other"]);
}

// JSON-RPC

#[test]
fn a_call_in_json_has_an_id_and_its_answer_has_it_too() {
    let reply = |id: i64| ok(&json!({"jsonrpc": "2.0", "result": [id], "id": id}).to_string());
    let servers = servers(&[reply(1), reply(2)]);
    let client = JsonRpc::new(servers.session(), URL);
    for id in 1..=2_i64 {
        assert_eq!(
            client.call("sample", &["a".into(), id.into()]).unwrap(),
            vec![id.into()].into()
        );
    }
    assert!(head(&servers).contains("\r\nContent-Type: application/json"));
    let sent: Vec<Json> =
        bodies(&servers, 0).iter().map(|body| serde_json::from_str(body).unwrap()).collect();
    let call = |id| json!({"jsonrpc": "2.0", "method": "sample", "params": ["a", id], "id": id});
    assert_eq!(sent, [call(1), call(2)]);
    assert_eq!(servers.connects(), 1);
}

#[test]
fn a_result_may_be_null() {
    assert_eq!(in_json(&json!({"jsonrpc": "2.0", "result": null, "id": 1})).unwrap(), Value::Nil);
}

#[test]
fn an_answer_to_another_call_is_an_error() {
    for id in [json!(2), json!("1"), json!(null), json!(1.5), json!([1])] {
        let body = json!({"jsonrpc": "2.0", "result": 5, "id": id});
        no_answer(in_json(&body));
    }
    no_answer(in_json(&json!({"jsonrpc": "2.0", "result": 5})));
    let error = json!({"code": 7, "message": "no soup"});
    no_answer(in_json(&json!({"jsonrpc": "2.0", "error": error, "id": 2})));
}

#[test]
fn a_fault_in_json_is_told() {
    let error = json!({"code": 7, "message": "no soup", "data": [1]});
    let no_soup = Fault::new(7, "no soup");
    // Whoever did not understand the call does not know its id.
    for id in [json!(1), json!(null)] {
        let body = json!({"jsonrpc": "2.0", "error": error, "id": id});
        assert_eq!(fault(in_json(&body)), no_soup);
    }
    assert_eq!(fault(in_json(&json!({"jsonrpc": "2.0", "error": error}))), no_soup);
}

#[test]
fn both_a_result_and_an_error_or_neither_is_no_answer() {
    let error = json!({"code": 7, "message": "no soup"});
    no_answer(in_json(&json!({"jsonrpc": "2.0", "result": 5, "error": error, "id": 1})));
    no_answer(in_json(&json!({"jsonrpc": "2.0", "result": 5, "error": null, "id": 1})));
    no_answer(in_json(&json!({"jsonrpc": "2.0", "id": 1})));
}

#[test]
fn an_error_without_its_number_or_its_text_is_no_answer() {
    for error in [
        json!({"code": 7}),
        json!({"message": "no soup"}),
        json!({"code": "7", "message": "no soup"}),
        json!({"code": 2_147_483_648_i64, "message": "no soup"}),
        json!({"code": 7.5, "message": "no soup"}),
        json!({"code": 7, "message": null}),
        json!("no soup"),
        json!(null),
    ] {
        no_answer(in_json(&json!({"jsonrpc": "2.0", "error": error, "id": 1})));
    }
}

#[test]
fn what_is_no_answer_in_json_is_an_error() {
    for body in ["", "soup", "{", "[]", "null", "7", "{}"] {
        no_answer(json(ok(body)));
    }
    let good = json!({"jsonrpc": "2.0", "result": 5, "id": 1});
    no_answer(in_json(&json!([good])));
    no_answer(in_json(&json!({"result": 5, "id": 1})));
    no_answer(in_json(&json!({"jsonrpc": "1.0", "result": 5, "id": 1})));
    no_answer(in_json(&json!({"jsonrpc": 2.0, "result": 5, "id": 1})));
    no_answer(in_json(&json!({"jsonrpc": "2.0", "result": u64::MAX, "id": 1})));
    no_answer(json("HTTP/1.1 204 No Content\r\n\r\n".to_owned()));
}

#[test]
fn a_notification_has_no_id_and_no_answer() {
    for reply in ["HTTP/1.1 204 No Content\r\n\r\n".to_owned(), ok("")] {
        let servers = servers(&[reply]);
        let client = JsonRpc::new(servers.session(), URL);
        client.notify("x", &[1.into()]).unwrap();
        let sent: Json = serde_json::from_str(&bodies(&servers, 0)[0]).unwrap();
        assert_eq!(sent, json!({"jsonrpc": "2.0", "method": "x", "params": [1]}));
    }
    let servers = servers(&[answer("500 No", "", "")]);
    let error = JsonRpc::new(servers.session(), URL).notify("x", &[]).unwrap_err();
    assert!(matches!(error, CallError::Status(500)), "{error:?}");
}

#[test]
fn errors_say_what_they_are() {
    for (error, said) in [
        (CallError::Status(500), "the call was answered with status 500"),
        (CallError::Answer("soup".into()), "this is no answer to the call: soup"),
        (CallError::Fault(Fault::new(7, "no soup")), "no soup (7)"),
    ] {
        assert_eq!(error.to_string(), said);
    }
}
