//! A site with a page for people and procedures for programs.

use super::site::{ask, post};
use ch18::App;
use ch21::{Fault, Value, read_response, shop, to_json, write_call};
use serde_json::json;

fn call(app: &App, name: &str, values: &[Value]) -> Result<Value, Fault> {
    let answer = post(app, "text/xml", write_call(name, values).unwrap());
    assert_eq!(answer.status, 200);
    read_response(answer.body.as_bytes()).expect("an answer")
}

fn list(dishes: &[&str]) -> Result<Value, Fault> {
    Ok(dishes.iter().map(|dish| (*dish).into()).collect::<Vec<Value>>().into())
}

#[test]
fn samples_compute() {
    let app = shop().unwrap();
    assert_eq!(call(&app, "sample.add", &[2.into(), 3.into()]), Ok(5.into()));
    assert_eq!(
        call(&app, "sample.add", &[(-2).into(), i64::MAX.into()]),
        Ok((i64::MAX - 2).into())
    );
    assert_eq!(call(&app, "sample.divide", &[7.into(), (-2).into()]), Ok((-3).into()));
    let echo = Value::of_fields([("a", vec![1.into(), Value::Nil].into())]);
    assert_eq!(call(&app, "sample.echo", std::slice::from_ref(&echo)), Ok(echo));
}

#[test]
fn what_cannot_be_computed_is_a_fault() {
    let app = shop().unwrap();
    let fault = |name, a: i64, b: i64| call(&app, name, &[a.into(), b.into()]).unwrap_err().code;
    assert_eq!(fault("sample.add", i64::MAX, 1), Fault::PARAMS);
    assert_eq!(fault("sample.divide", 1, 0), 1);
    assert_eq!(fault("sample.divide", i64::MIN, -1), 1);
}

#[test]
fn orders_are_added_changed_and_listed() {
    let app = shop().unwrap();
    assert_eq!(call(&app, "orders.list", &[]), list(&[]));
    assert_eq!(call(&app, "orders.add", &["soup".into()]), Ok(1.into()));
    assert_eq!(call(&app, "orders.add", &["bread".into()]), Ok(2.into()));
    assert_eq!(call(&app, "orders.list", &[]), list(&["soup", "bread"]));
    assert_eq!(call(&app, "orders.change", &[1.into(), "tea".into()]), Ok("soup".into()));
    assert_eq!(call(&app, "orders.list", &[]), list(&["tea", "bread"]));
}

#[test]
fn an_order_that_is_not_there_is_a_fault() {
    let app = shop().unwrap();
    call(&app, "orders.add", &["soup".into()]).unwrap();
    for number in [0, 2, -1, i64::MIN, i64::MAX] {
        let outcome = call(&app, "orders.change", &[number.into(), "tea".into()]);
        assert_eq!(outcome, Err(Fault::new(3, "there is no such order")), "{number}");
    }
    assert_eq!(call(&app, "orders.list", &[]), list(&["soup"]));
}

#[test]
fn a_dish_that_not_everybody_could_be_told_is_refused() {
    let app = shop().unwrap();
    let longest = "x".repeat(100);
    assert_eq!(call(&app, "orders.add", &[longest.as_str().into()]), Ok(1.into()));
    for dish in ["soup\u{0}", "soup\r\n", "\u{7f}", "\u{85}", &"x".repeat(101)] {
        for (name, number) in [("orders.add", None), ("orders.change", Some(1))] {
            let arguments: Vec<_> =
                number.map(Value::Int).into_iter().chain([dish.into()]).collect();
            let call = json!({
                "jsonrpc": "2.0",
                "method": name,
                "params": arguments.iter().map(to_json).collect::<Vec<_>>(),
                "id": 1,
            });
            let answer = post(&app, "application/json", call.to_string());
            let answer: serde_json::Value = serde_json::from_slice(answer.body.as_bytes()).unwrap();
            assert_eq!(answer["error"]["code"], Fault::PARAMS, "{name} {dish:?}");
        }
    }
    assert_eq!(call(&app, "orders.list", &[]), list(&[&longest]));
}

#[test]
fn there_are_1000_orders_and_no_more() {
    let app = shop().unwrap();
    for number in 1..=1000 {
        assert_eq!(call(&app, "orders.add", &["soup".into()]), Ok(number.into()));
    }
    let full = Err(Fault::new(2, "enough for today"));
    assert_eq!(call(&app, "orders.add", &["soup".into()]), full);
    assert_eq!(call(&app, "orders.change", &[1000.into(), "tea".into()]), Ok("soup".into()));
}

#[test]
fn people_see_what_programs_have_ordered() {
    let app = shop().unwrap();
    call(&app, "orders.add", &["<b>soup</b> & bread".into()]).unwrap();
    let page = ask(&app, "GET /", "", "");
    assert_eq!(page.status, 200);
    assert!(page.content_type.starts_with("text/html"));
    assert!(page.body.contains("<li>&lt;b&gt;soup&lt;/b&gt; &amp; bread</li>"), "{}", page.body);
    assert!(page.body.contains("<a href=\"/rpc\">"));
    assert!(
        ask(&app, "GET /rpc", "", "")
            .body
            .contains("<b>orders.change</b>(number: int, dish: string)")
    );
    assert_eq!(ask(&app, "POST /", "", "").status, 405);
}
