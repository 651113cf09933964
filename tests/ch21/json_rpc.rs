//! What is answered to JSON-RPC 2.0.

use ch21::{Fault, Kind, MAX_BATCH, Procedure, Procedures, Value, answer_json};
use mock::Seed;
use serde_json::{Value as Json, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The procedures of the specification's examples, and one that counts how often it is called.
fn procedures() -> (Procedures, Arc<AtomicUsize>) {
    let int = |value: &Value| match value {
        Value::Int(number) => *number,
        other => panic!("{other:?}"),
    };
    let mut procedures = Procedures::default();
    let subtract = move |values: Vec<Value>| Ok(Value::Int(int(&values[0]) - int(&values[1])));
    procedures.add(
        "subtract",
        Procedure::new("", Kind::Int, subtract)
            .takes("minuend", Kind::Int)
            .takes("subtrahend", Kind::Int),
    );
    let sum = move |values: Vec<Value>| Ok(Value::Int(values.iter().map(int).sum()));
    let three = |procedure: Procedure| {
        ["a", "b", "c"]
            .into_iter()
            .fold(procedure, |procedure, name| procedure.takes(name, Kind::Int))
    };
    procedures.add("sum", three(Procedure::new("", Kind::Int, sum)));
    let get_data = |_| Ok(vec!["hello".into(), 5.into()].into());
    procedures.add("get_data", Procedure::new("", Kind::Array, get_data));
    let counter = Arc::new(AtomicUsize::new(0));
    let add = |name: &str, procedures: &mut Procedures| {
        let counter = Arc::clone(&counter);
        let count =
            move |_: Vec<Value>| Ok(Value::Int(counter.fetch_add(1, Ordering::Relaxed) as i64 + 1));
        procedures.add(name, Procedure::new("", Kind::Int, count));
    };
    add("count", &mut procedures);
    (procedures, counter)
}

fn answer(text: impl AsRef<[u8]>) -> Option<Json> {
    answer_json(&procedures().0, text.as_ref())
}

/// An answer that is a fault with this number; what it says is ours.
fn fault(code: i32, id: Json) -> Json {
    json!({"jsonrpc": "2.0", "error": {"code": code, "message": "..."}, "id": id})
}

/// The same with the texts left out, of which there must be one.
fn without_texts(mut answer: Json) -> Json {
    let hide = |answer: &mut Json| {
        if let Some(message) = answer.pointer_mut("/error/message") {
            assert!(message.as_str().is_some_and(|text| !text.is_empty()), "{message}");
            *message = "...".into();
        }
    };
    match &mut answer {
        Json::Array(answers) => answers.iter_mut().for_each(hide),
        one => hide(one),
    }
    answer
}

#[track_caller]
fn is_answered(call: impl AsRef<[u8]>, expected: impl Into<Option<Json>>) {
    let call = call.as_ref();
    let answered = answer(call).map(without_texts);
    assert_eq!(answered, expected.into(), "{}", call.escape_ascii());
}

// Section 7 of the specification

#[test]
fn the_examples_of_the_specification_with_positional_and_named_parameters() {
    for (params, id, result) in [
        ("[42, 23]", 1, 19),
        ("[23, 42]", 2, -19),
        (r#"{"subtrahend": 23, "minuend": 42}"#, 3, 19),
        (r#"{"minuend": 42, "subtrahend": 23}"#, 4, 19),
    ] {
        is_answered(
            format!(
                r#"{{"jsonrpc": "2.0", "method": "subtract", "params": {params}, "id": {id}}}"#
            ),
            json!({"jsonrpc": "2.0", "result": result, "id": id}),
        );
    }
}

#[test]
fn the_examples_of_the_specification_of_notifications() {
    is_answered(r#"{"jsonrpc": "2.0", "method": "update", "params": [1,2,3,4,5]}"#, None);
    is_answered(r#"{"jsonrpc": "2.0", "method": "foobar"}"#, None);
}

#[test]
fn the_examples_of_the_specification_of_faults() {
    is_answered(
        r#"{"jsonrpc": "2.0", "method": "foobar", "id": "1"}"#,
        fault(Fault::METHOD, json!("1")),
    );
    is_answered(
        r#"{"jsonrpc": "2.0", "method": "foobar, "params": "bar", "baz]"#,
        fault(Fault::PARSE, Json::Null),
    );
    is_answered(
        r#"{"jsonrpc": "2.0", "method": 1, "params": "bar"}"#,
        fault(Fault::REQUEST, Json::Null),
    );
    is_answered(
        r#"[ {"jsonrpc": "2.0", "method": "sum", "params": [1,2,4], "id": "1"},
             {"jsonrpc": "2.0", "method" ]"#,
        fault(Fault::PARSE, Json::Null),
    );
    is_answered("[]", fault(Fault::REQUEST, Json::Null));
    is_answered("[1]", json!([fault(Fault::REQUEST, Json::Null)]));
    is_answered("[1,2,3]", json!([(); 3].map(|()| fault(Fault::REQUEST, Json::Null))));
}

#[test]
fn the_examples_of_the_specification_of_batches() {
    is_answered(
        r#"[
            {"jsonrpc": "2.0", "method": "sum", "params": [1,2,4], "id": "1"},
            {"jsonrpc": "2.0", "method": "notify_hello", "params": [7]},
            {"jsonrpc": "2.0", "method": "subtract", "params": [42,23], "id": "2"},
            {"foo": "boo"},
            {"jsonrpc": "2.0", "method": "foo.get", "params": {"name": "myself"}, "id": "5"},
            {"jsonrpc": "2.0", "method": "get_data", "id": "9"}
        ]"#,
        json!([
            {"jsonrpc": "2.0", "result": 7, "id": "1"},
            {"jsonrpc": "2.0", "result": 19, "id": "2"},
            fault(Fault::REQUEST, Json::Null),
            fault(Fault::METHOD, json!("5")),
            {"jsonrpc": "2.0", "result": ["hello", 5], "id": "9"},
        ]),
    );
    is_answered(
        r#"[
            {"jsonrpc": "2.0", "method": "notify_sum", "params": [1,2,4]},
            {"jsonrpc": "2.0", "method": "notify_hello", "params": [7]}
        ]"#,
        None,
    );
}

// The rest

#[test]
fn what_is_no_json_is_a_fault_without_an_id() {
    for text in
        ["", " ", "soup", "{", "{}x", "{\"id\": 1,}", "{'id': 1}", "\u{feff}{}", "[1", "1e999"]
    {
        is_answered(text, fault(Fault::PARSE, Json::Null));
    }
    is_answered(b"\"\xff\"", fault(Fault::PARSE, Json::Null));
    // It is nested too deeply for whoever reads it.
    is_answered("[".repeat(100_000), fault(Fault::PARSE, Json::Null));
}

#[test]
fn an_id_comes_back_as_it_was() {
    for id in ["1", "-1", "0", "1.5", "\"a\"", "\"\"", "null", "18446744073709551615", "\"1\""] {
        let json: Json = serde_json::from_str(id).unwrap();
        is_answered(
            format!(r#"{{"jsonrpc": "2.0", "method": "sum", "params": [1, 2, 3], "id": {id}}}"#),
            json!({"jsonrpc": "2.0", "result": 6, "id": json}),
        );
        is_answered(
            format!(r#"{{"jsonrpc": "2.0", "method": "sum", "params": [1, 2], "id": {id}}}"#),
            fault(Fault::PARAMS, json.clone()),
        );
        is_answered(format!(r#"{{"jsonrpc": "2.0", "id": {id}}}"#), fault(Fault::REQUEST, json));
    }
}

#[test]
fn what_can_be_no_id_is_a_fault_without_one() {
    let (procedures, counter) = procedures();
    for id in ["true", "[]", "{}", "[1]", "{\"a\": 1}"] {
        let call = format!(r#"{{"jsonrpc": "2.0", "method": "count", "id": {id}}}"#);
        let answer = answer_json(&procedures, call.as_bytes()).map(without_texts);
        assert_eq!(answer, Some(fault(Fault::REQUEST, Json::Null)), "{id}");
    }
    assert_eq!(counter.load(Ordering::Relaxed), 0);
}

#[test]
fn what_is_no_call_is_a_fault() {
    for call in ["1", "null", "\"count\"", "true", "{}"] {
        is_answered(call, fault(Fault::REQUEST, Json::Null));
    }
    for members in [
        r#""method": "count""#,
        r#""jsonrpc": 2.0, "method": "count""#,
        r#""jsonrpc": "1.0", "method": "count""#,
        r#""jsonrpc": "2.0""#,
        r#""jsonrpc": "2.0", "method": 1"#,
        r#""jsonrpc": "2.0", "method": null"#,
        r#""jsonrpc": "2.0", "method": "count", "params": 1"#,
        r#""jsonrpc": "2.0", "method": "count", "params": "x""#,
        r#""jsonrpc": "2.0", "method": "count", "params": null"#,
    ] {
        is_answered(format!("{{{members}, \"id\": 7}}"), fault(Fault::REQUEST, json!(7)));
        is_answered(format!("{{{members}}}"), fault(Fault::REQUEST, Json::Null));
    }
}

#[test]
fn what_else_a_call_has_is_passed_over() {
    is_answered(
        r#"{"jsonrpc": "2.0", "method": "get_data", "id": 7, "meta": {"a": [1]}}"#,
        json!({"jsonrpc": "2.0", "result": ["hello", 5], "id": 7}),
    );
}

#[test]
fn a_notification_is_carried_out_and_nobody_is_told() {
    let (procedures, counter) = procedures();
    let call = r#"{"jsonrpc": "2.0", "method": "count", "params": []}"#;
    for count in 1..=3 {
        assert_eq!(answer_json(&procedures, call.as_bytes()), None);
        assert_eq!(counter.load(Ordering::Relaxed), count);
    }
    // With an id of null it is none.
    let call = r#"{"jsonrpc": "2.0", "method": "count", "id": null}"#;
    let expected = json!({"jsonrpc": "2.0", "result": 4, "id": null});
    assert_eq!(answer_json(&procedures, call.as_bytes()), Some(expected));
}

#[test]
fn a_notification_that_fails_is_not_answered_either() {
    let deep = format!("[{}{}]", "[".repeat(40), "]".repeat(40));
    for params in ["[1]", "{\"a\": 1}", "[18446744073709551615]", &deep] {
        let call = format!(r#"{{"jsonrpc": "2.0", "method": "count", "params": {params}"#);
        is_answered(format!("{call}}}"), None);
        is_answered(format!("[{call}}}]"), None);
        is_answered(format!("{call}, \"id\": 7}}"), fault(Fault::PARAMS, json!(7)));
    }
}

#[test]
fn a_batch_is_answered_in_its_order() {
    let (procedures, counter) = procedures();
    let mut seed = Seed::new();
    let ids: Vec<_> = seed.words(5);
    let calls = ids.iter().map(|id| json!({"jsonrpc": "2.0", "method": "count", "id": id}));
    let calls = Json::Array(calls.collect()).to_string();
    let expected =
        ids.iter().zip(1..).map(|(id, count)| json!({"jsonrpc": "2.0", "result": count, "id": id}));
    let expected = Json::Array(expected.collect());
    assert_eq!(answer_json(&procedures, calls.as_bytes()), Some(expected));
    assert_eq!(counter.load(Ordering::Relaxed), 5);
}

#[test]
fn a_batch_of_one_is_answered_by_a_batch_of_one() {
    is_answered(
        r#"[{"jsonrpc": "2.0", "method": "get_data", "id": 1}]"#,
        json!([{"jsonrpc": "2.0", "result": ["hello", 5], "id": 1}]),
    );
}

#[test]
fn a_batch_in_a_batch_is_no_call() {
    is_answered(
        r#"[[{"jsonrpc": "2.0", "method": "get_data", "id": 1}]]"#,
        json!([fault(Fault::REQUEST, Json::Null)]),
    );
}

#[test]
fn of_a_batch_that_is_too_large_nothing_is_called() {
    assert_eq!(MAX_BATCH, 100);
    let (procedures, counter) = procedures();
    let batch = |count| {
        let call = r#"{"jsonrpc": "2.0", "method": "count"}"#;
        let calls = vec![call; count].join(",");
        answer_json(&procedures, format!("[{calls}]").as_bytes()).map(without_texts)
    };
    assert_eq!(batch(MAX_BATCH + 1), Some(fault(Fault::REQUEST, Json::Null)));
    assert_eq!(counter.load(Ordering::Relaxed), 0);
    assert_eq!(batch(MAX_BATCH), None);
    assert_eq!(counter.load(Ordering::Relaxed), MAX_BATCH);
}

/// A hundred of a hundred calls would be ten thousand in one request.
#[test]
fn of_a_batch_with_a_multicall_in_it_nothing_is_called() {
    let (procedures, counter) = procedures();
    let one = json!({ "jsonrpc": "2.0", "method": "count", "id": 1 });
    let calls = json!([{ "methodName": "count", "params": [] }]);
    let multicall = json!({ "jsonrpc": "2.0", "method": "system.multicall", "params": [calls] });
    for batch in [json!([one, multicall]), json!([multicall])] {
        let answer = answer_json(&procedures, batch.to_string().as_bytes()).map(without_texts);
        assert_eq!(answer, Some(fault(Fault::REQUEST, Json::Null)));
    }
    assert_eq!(counter.load(Ordering::Relaxed), 0);
    // Alone it is a call like any other.
    assert_eq!(answer_json(&procedures, multicall.to_string().as_bytes()), None);
    assert_eq!(counter.load(Ordering::Relaxed), 1);
}
