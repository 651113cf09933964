//! What JSON has of a value.

use super::values::{code, in_json, nested};
use ch21::{Fault, MAX_DEPTH, Value, from_json, to_json};
use chrono::NaiveDate;
use mock::Seed;
use serde_json::{Value as Json, json};

#[track_caller]
fn parsed(text: &str) -> Result<Value, Fault> {
    from_json(serde_json::from_str(text).unwrap())
}

#[test]
fn what_both_have_comes_back_as_it_was() {
    for (value, json) in [
        (Value::Nil, json!(null)),
        (Value::Bool(true), json!(true)),
        (Value::Int(-7), json!(-7)),
        (Value::Double(0.5), json!(0.5)),
        (Value::Text("a\0\r\n\"".into()), json!("a\0\r\n\"")),
        (Value::Array(vec![1.into(), Value::Nil]), json!([1, null])),
        (Value::of_fields([("b", 1.into()), ("", "x".into())]), json!({"": "x", "b": 1})),
    ] {
        assert_eq!(to_json(&value), json);
        assert_eq!(from_json(json), Ok(value));
    }
    let mut seed = Seed::new();
    for _ in 0..500 {
        let value = in_json(&mut seed, 5);
        let text = to_json(&value).to_string();
        assert_eq!(parsed(&text), Ok(value), "{text}");
    }
}

#[test]
fn dates_and_bytes_become_text_and_do_not_come_back() {
    let time = NaiveDate::from_ymd_opt(2026, 7, 4).unwrap().and_hms_opt(8, 5, 9).unwrap();
    assert_eq!(to_json(&Value::Time(time)), json!("20260704T08:05:09"));
    assert_eq!(to_json(&Value::Bytes(b"\0\xff".to_vec())), json!("AP8="));
    assert_eq!(from_json(json!("AP8=")), Ok("AP8=".into()));
    assert_eq!(from_json(json!("20260704T08:05:09")), Ok("20260704T08:05:09".into()));
}

#[test]
fn a_number_with_a_point_or_an_exponent_is_a_double() {
    for (text, value) in [
        ("7", Value::Int(7)),
        ("-0", Value::Double(-0.0)),
        ("7.0", Value::Double(7.0)),
        ("7e0", Value::Double(7.0)),
        ("1e300", Value::Double(1e300)),
        ("9223372036854775807", Value::Int(i64::MAX)),
        ("-9223372036854775808", Value::Int(i64::MIN)),
    ] {
        assert_eq!(parsed(text), Ok(value), "{text}");
    }
    assert_eq!(to_json(&Value::Double(7.0)).to_string(), "7.0");
}

#[test]
fn a_whole_number_of_64_bits_without_a_sign_is_a_fault_and_never_another_one() {
    for text in ["9223372036854775808", "18446744073709551615"] {
        assert_eq!(code(parsed(text)), Fault::PARAMS, "{text}");
        assert_eq!(code(parsed(&format!("[{{\"a\": {text}}}]"))), Fault::PARAMS);
    }
    // What is larger still is read as a double: a procedure that takes whole numbers refuses it.
    for text in ["18446744073709551616", "-9223372036854775809"] {
        assert!(matches!(parsed(text), Ok(Value::Double(_))), "{text}");
    }
}

#[test]
fn what_is_no_finite_number_is_null_in_json() {
    for number in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        assert_eq!(to_json(&Value::Double(number)), Json::Null);
    }
}

#[test]
fn json_is_nested_so_deep_and_no_deeper() {
    let deep = |levels| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
    assert_eq!(parsed(&deep(MAX_DEPTH)), Ok(nested(MAX_DEPTH)));
    assert_eq!(code(parsed(&deep(MAX_DEPTH + 1))), Fault::PARAMS);
    let deep = |levels| (1..levels).fold(json!(1), |inner, _| json!({ "a": inner }));
    assert!(from_json(deep(MAX_DEPTH)).is_ok());
    assert_eq!(code(from_json(deep(MAX_DEPTH + 1))), Fault::PARAMS);
}
