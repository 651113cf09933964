//! What a value is, and what it is taken for.

use super::values::{any, code};
use ch21::{Fault, Kind, MAX_DEPTH, Value, read_call, read_response, write_call, write_response};
use chrono::NaiveDate;
use mock::Seed;

fn one_of_each() -> [(Value, Kind, &'static str); 9] {
    let time = NaiveDate::from_ymd_opt(2026, 7, 4).unwrap().and_hms_opt(8, 5, 9).unwrap();
    [
        (Value::Nil, Kind::Nil, "nil"),
        (Value::Bool(true), Kind::Bool, "boolean"),
        (Value::Int(7), Kind::Int, "int"),
        (Value::Double(0.5), Kind::Double, "double"),
        (Value::Text("x".into()), Kind::Text, "string"),
        (Value::Time(time), Kind::Time, "dateTime.iso8601"),
        (Value::Bytes(vec![0]), Kind::Bytes, "base64"),
        (Value::Array(vec![Value::Nil]), Kind::Array, "array"),
        (Value::of_fields([("a", Value::Nil)]), Kind::Struct, "struct"),
    ]
}

#[test]
fn a_value_is_of_its_kind_and_of_no_other() {
    for (value, kind, name) in one_of_each() {
        assert_eq!((value.kind(), kind.to_string()), (kind, name.to_owned()));
        assert_eq!(value.clone().into_kind(Kind::Any), Ok(value.clone()));
        for (_, wanted, wanted_name) in one_of_each() {
            let outcome = value.clone().into_kind(wanted);
            match (kind, wanted) {
                _ if kind == wanted => assert_eq!(outcome, Ok(value.clone())),
                (Kind::Int, Kind::Double) => assert_eq!(outcome, Ok(Value::Double(7.0))),
                _ => {
                    let fault = outcome.unwrap_err();
                    assert_eq!(fault.code, Fault::PARAMS);
                    assert!(fault.text.contains(name) && fault.text.contains(wanted_name));
                }
            }
        }
    }
    assert_eq!(Kind::Any.to_string(), "undef");
}

#[test]
fn a_whole_number_is_a_double_while_it_stays_the_same() {
    let most = 1 << 53;
    for number in [0, 1, -1, most, -most] {
        assert_eq!(Value::Int(number).into_kind(Kind::Double), Ok(Value::Double(number as f64)));
    }
    for number in [most + 1, -most - 1, i64::MAX, i64::MIN] {
        assert_eq!(code(Value::Int(number).into_kind(Kind::Double)), Fault::PARAMS);
    }
}

#[test]
fn values_are_made_of_what_rust_has() {
    assert_eq!(Value::from("a"), Value::Text("a".into()));
    assert_eq!(Value::from("a".to_owned()), Value::Text("a".into()));
    assert_eq!(Value::from(7), Value::Int(7));
    assert_eq!(Value::from(true), Value::Bool(true));
    assert_eq!(Value::from(vec![Value::Nil]), Value::Array(vec![Value::Nil]));
    let fields = [("b".to_owned(), 1.into()), ("a".to_owned(), 2.into())];
    let made = Value::of_fields([("b", 1.into()), ("a", 2.into())]);
    assert_eq!(made, Value::Struct(fields.into_iter().collect()));
}

#[test]
fn a_fault_tells_its_number_too() {
    let fault = Fault::new(7, "no soup");
    assert_eq!(fault.to_string(), "no soup (7)");
    assert_eq!(Fault::params("x"), Fault { code: -32602, text: "x".into() });
    let codes = [Fault::PARSE, Fault::REQUEST, Fault::METHOD, Fault::PARAMS, Fault::INTERNAL];
    assert_eq!(codes, [-32700, -32600, -32601, -32602, -32603]);
    assert_eq!(MAX_DEPTH, 32);
}

#[test]
fn what_is_written_and_read_again_is_the_same() {
    let mut seed = Seed::new();
    for _ in 0..500 {
        let name = format!("{}.{}", seed.word(), seed.word());
        let arguments: Vec<_> = (0..seed.number(0..=3)).map(|_| any(&mut seed, 5)).collect();
        let call = write_call(&name, &arguments).unwrap();
        let read = read_call(call.as_bytes()).unwrap_or_else(|fault| panic!("{fault}: {call}"));
        assert_eq!((read.name, &read.arguments), (name, &arguments), "{call}");
        for argument in arguments {
            let answer = write_response(&Ok(argument.clone()));
            assert_eq!(read_response(answer.as_bytes()), Ok(Ok(argument)), "{answer}");
        }
        let fault =
            Fault::new(seed.number(0..=99_999) as i32 - 50_000, super::values::text(&mut seed));
        let answer = write_response(&Err(fault.clone()));
        assert_eq!(read_response(answer.as_bytes()), Ok(Err(fault)), "{answer}");
    }
}
