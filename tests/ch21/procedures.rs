//! Functions that are called by their names.

use super::values::{any, code};
use anyhow::{anyhow, bail};
use ch21::{Arguments, Fault, Kind, MAX_CALLS, Procedure, Procedures, Value};
use mock::Seed;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// `echo` returns the list of what it is given: a text and a double.
fn echo() -> Procedures {
    let mut procedures = Procedures::default();
    procedures.add(
        "echo",
        Procedure::new("What it is given.", Kind::Array, |values| Ok(values.into()))
            .takes("word", Kind::Text)
            .takes("number", Kind::Double),
    );
    procedures
}

/// Whatever fails is called by its name.
fn failing() -> Procedures {
    let mut procedures = Procedures::default();
    let mut add = |name, function: fn(Vec<Value>) -> anyhow::Result<Value>| {
        procedures.add(name, Procedure::new("", Kind::Any, function));
    };
    add("fault", |_| Err(Fault::new(7, "no soup").into()));
    add("fault.of.ours", |_| Err(Fault::params("no such soup").into()));
    add("told", |_| Err(anyhow!(Fault::new(8, "no bread")).context("in the kitchen")));
    add("error", |_| bail!("the key is under the mat"));
    add("panic", |_| panic!("the key is under the stone"));
    add("fine", |_| Ok("fine".into()));
    procedures
}

fn call(procedures: &Procedures, name: &str, values: &[Value]) -> Result<Value, Fault> {
    procedures.call(name, Arguments::InOrder(values.to_vec()))
}

fn by_name<const N: usize>(
    procedures: &Procedures,
    fields: [(&str, Value); N],
) -> Result<Value, Fault> {
    let fields = fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    procedures.call("echo", Arguments::ByName(fields))
}

// Arguments

#[test]
fn arguments_are_given_in_order_or_by_name() {
    let procedures = echo();
    let given = Ok(vec!["a".into(), Value::Double(0.5)].into());
    assert_eq!(call(&procedures, "echo", &["a".into(), Value::Double(0.5)]), given);
    assert_eq!(by_name(&procedures, [("number", Value::Double(0.5)), ("word", "a".into())]), given);
}

#[test]
fn too_few_and_too_many_arguments_are_a_fault() {
    let procedures = echo();
    for count in [0, 1, 3, 50] {
        let fault = call(&procedures, "echo", &vec!["a".into(); count]).unwrap_err();
        let text = format!("2 arguments are wanted, and not {count}");
        assert_eq!(fault, Fault::new(Fault::PARAMS, text));
    }
}

#[test]
fn a_name_that_is_missing_or_unknown_is_a_fault_that_names_it() {
    let procedures = echo();
    let number = || ("number", Value::Double(0.5));
    for (outcome, name) in [
        (by_name(&procedures, []), "word"),
        (by_name(&procedures, [number()]), "word"),
        (by_name(&procedures, [("word", "a".into())]), "number"),
        (by_name(&procedures, [("word", "a".into()), number(), ("soup", Value::Nil)]), "soup"),
        (by_name(&procedures, [("Word", "a".into()), number()]), "word"),
    ] {
        let fault = outcome.unwrap_err();
        assert_eq!(fault.code, Fault::PARAMS);
        assert!(fault.text.contains(name), "{fault}");
    }
}

#[test]
fn an_argument_of_another_kind_is_a_fault_that_names_it() {
    let procedures = echo();
    let half = Value::Double(0.5);
    for (values, name, kinds) in [
        ([1.into(), half.clone()], "word: ", ["string", "int"]),
        ([Value::Nil, half], "word: ", ["string", "nil"]),
        (["a".into(), "b".into()], "number: ", ["double", "string"]),
    ] {
        let fault = call(&procedures, "echo", &values).unwrap_err();
        assert_eq!(fault.code, Fault::PARAMS);
        assert!(fault.text.starts_with(name), "{fault}");
        kinds.iter().for_each(|kind| assert!(fault.text.contains(kind), "{fault}"));
    }
}

#[test]
fn a_procedure_sees_doubles_where_it_takes_them() {
    let procedures = echo();
    let given = Ok(vec!["a".into(), Value::Double(7.0)].into());
    assert_eq!(call(&procedures, "echo", &["a".into(), 7.into()]), given);
    let too_large = call(&procedures, "echo", &["a".into(), ((1 << 53) + 1).into()]);
    assert_eq!(code(too_large), Fault::PARAMS);
}

#[test]
fn with_wrong_arguments_a_procedure_is_not_called() {
    let counter = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&counter);
    let mut procedures = Procedures::default();
    let count = move |_| {
        counted.fetch_add(1, Ordering::Relaxed);
        Ok(Value::Nil)
    };
    procedures.add("count", Procedure::new("", Kind::Nil, count).takes("a", Kind::Int));
    for values in [&[][..], &["a".into()], &[1.into(), 1.into()]] {
        assert_eq!(code(call(&procedures, "count", values)), Fault::PARAMS);
    }
    assert_eq!(counter.load(Ordering::Relaxed), 0);
    assert_eq!(call(&procedures, "count", &[1.into()]), Ok(Value::Nil));
    assert_eq!(counter.load(Ordering::Relaxed), 1);
}

#[test]
fn any_value_is_any() {
    let mut procedures = Procedures::default();
    let same = |mut values: Vec<Value>| Ok(values.remove(0));
    procedures.add("same", Procedure::new("", Kind::Any, same).takes("a", Kind::Any));
    let mut seed = Seed::new();
    for _ in 0..50 {
        let value = any(&mut seed, 3);
        assert_eq!(call(&procedures, "same", std::slice::from_ref(&value)), Ok(value));
    }
}

// Faults

#[test]
fn a_fault_is_told_as_it_is() {
    let procedures = failing();
    assert_eq!(call(&procedures, "fault", &[]), Err(Fault::new(7, "no soup")));
    assert_eq!(call(&procedures, "fault.of.ours", &[]), Err(Fault::params("no such soup")));
    assert_eq!(call(&procedures, "told", &[]), Err(Fault::new(8, "no bread")));
}

#[test]
fn an_error_or_a_panic_is_nobodys_business() {
    let procedures = failing();
    let failed = Fault::new(Fault::INTERNAL, "the procedure has failed");
    assert_eq!(call(&procedures, "error", &[]), Err(failed.clone()));
    assert_eq!(call(&procedures, "panic", &[]), Err(failed));
    assert_eq!(call(&procedures, "fine", &[]), Ok("fine".into()));
}

#[test]
fn what_is_not_told_is_logged_and_what_is_told_is_not() {
    let test = "what_is_not_told_is_logged_and_what_is_told_is_not";
    let Some(log) = mock::alone(module_path!(), test, &[], || {
        for name in ["fault", "error", "panic", "no.such"] {
            call(&failing(), name, &[]).unwrap_err();
        }
    }) else {
        return;
    };
    for line in ["error\n", "the key is under the mat", "panic\n", "the key is under the stone"] {
        assert!(log.contains(line), "{line} is not in: {log}");
    }
    for line in ["no soup", "no.such"] {
        assert!(!log.contains(line), "{line} is in: {log}");
    }
}

#[test]
fn an_unknown_name_is_a_fault() {
    for name in ["", "ECHO", "echo ", "system.echo"] {
        assert_eq!(code(call(&echo(), name, &[])), Fault::METHOD, "{name}");
    }
}

#[test]
fn a_procedure_takes_the_place_of_another_one_of_its_name() {
    let mut procedures = failing();
    procedures.add("fault", Procedure::new("", Kind::Int, |_| Ok(7.into())));
    assert_eq!(call(&procedures, "fault", &[]), Ok(7.into()));
}

// What procedures tell of themselves

const SYSTEM: [&str; 4] =
    ["system.listMethods", "system.methodHelp", "system.methodSignature", "system.multicall"];

#[test]
fn all_procedures_are_listed_in_the_order_of_their_names() {
    let procedures = echo();
    let names = ["echo"].into_iter().chain(SYSTEM);
    let listed = names.clone().map(Value::from).collect::<Vec<_>>();
    assert_eq!(call(&procedures, "system.listMethods", &[]), Ok(listed.into()));
    assert!(procedures.iter().map(|(name, _)| name).eq(names));
    let (_, procedure) = procedures.iter().next().unwrap();
    assert_eq!(procedure.help, "What it is given.");
    assert_eq!(procedure.parameters, [("word", Kind::Text), ("number", Kind::Double)]);
    assert_eq!(procedure.returns, Kind::Array);
}

#[test]
fn a_procedure_tells_what_it_is_for_and_what_it_takes() {
    let procedures = echo();
    let of = |what: &str, name: &str| call(&procedures, what, &[name.into()]);
    assert_eq!(of("system.methodHelp", "echo"), Ok("What it is given.".into()));
    let list = |names: &[&str]| {
        let names: Vec<Value> = names.iter().map(|name| (*name).into()).collect();
        Ok(vec![names.into()].into())
    };
    assert_eq!(of("system.methodSignature", "echo"), list(&["array", "string", "double"]));
    for (name, signature) in SYSTEM.into_iter().zip([
        &["array"][..],
        &["string", "string"],
        &["array", "string"],
        &["array", "array"],
    ]) {
        assert_eq!(of("system.methodSignature", name), list(signature));
        assert!(matches!(of("system.methodHelp", name), Ok(Value::Text(help)) if !help.is_empty()));
    }
    for what in ["system.methodHelp", "system.methodSignature"] {
        assert_eq!(code(of(what, "none")), Fault::METHOD);
        assert_eq!(code(call(&procedures, what, &[])), Fault::PARAMS);
        assert_eq!(code(call(&procedures, what, &[1.into()])), Fault::PARAMS);
    }
    assert_eq!(code(call(&procedures, "system.listMethods", &["x".into()])), Fault::PARAMS);
}

// Several at once

fn one_of_many(name: &str, values: &[Value]) -> Value {
    Value::of_fields([("methodName", name.into()), ("params", values.to_vec().into())])
}

fn many(procedures: &Procedures, calls: Vec<Value>) -> Result<Vec<Value>, Fault> {
    match call(procedures, "system.multicall", &[calls.into()])? {
        Value::Array(results) => Ok(results),
        other => panic!("{other:?}"),
    }
}

fn as_struct(code: i32, text: &str) -> Value {
    Value::of_fields([("faultCode", i64::from(code).into()), ("faultString", text.into())])
}

#[test]
fn a_multicall_returns_results_and_faults_in_the_order_of_its_calls() {
    let procedures = failing();
    let calls = ["fine", "fault", "panic", "none", "fine"].map(|name| one_of_many(name, &[]));
    let fine = || Value::Array(vec!["fine".into()]);
    let expected = [
        fine(),
        as_struct(7, "no soup"),
        as_struct(Fault::INTERNAL, "the procedure has failed"),
        as_struct(Fault::METHOD, "there is no procedure none"),
        fine(),
    ];
    assert_eq!(many(&procedures, calls.to_vec()).unwrap(), expected);
    assert_eq!(many(&procedures, vec![]), Ok(vec![]));
}

#[test]
fn a_multicall_gives_arguments() {
    let calls = vec![one_of_many("echo", &["a".into(), 7.into()])];
    let result = Value::from(vec!["a".into(), Value::Double(7.0)]);
    assert_eq!(many(&echo(), calls), Ok(vec![vec![result].into()]));
}

/// Each of them could hold as many again.
#[test]
fn no_multicall_is_in_a_multicall() {
    let inner = one_of_many("system.multicall", &[vec![].into()]);
    let results = many(&failing(), vec![inner, one_of_many("fine", &[])]).unwrap();
    assert_eq!(results[0], as_struct(Fault::PARAMS, "no multicall in a multicall"));
    assert_eq!(results[1], vec!["fine".into()].into());
}

#[test]
fn what_is_no_call_of_many_is_a_fault_in_its_place() {
    let params = || Value::Array(vec![]);
    for wrong in [
        "fine".into(),
        Value::Nil,
        params(),
        Value::of_fields([("methodName", "fine".into())]),
        Value::of_fields([("params", params())]),
        Value::of_fields([("methodName", "fine".into()), ("params", Value::of_fields([]))]),
        Value::of_fields([("methodName", 1.into()), ("params", params())]),
    ] {
        let results = many(&failing(), vec![wrong, one_of_many("fine", &[])]).unwrap();
        let Value::Struct(fault) = &results[0] else { panic!("{results:?}") };
        assert_eq!(fault["faultCode"], i64::from(Fault::PARAMS).into());
        assert_eq!(results[1], vec!["fine".into()].into());
    }
    assert_eq!(code(call(&failing(), "system.multicall", &["fine".into()])), Fault::PARAMS);
}

#[test]
fn a_multicall_has_so_many_calls_and_no_more() {
    assert_eq!(MAX_CALLS, 100);
    let calls = |count| many(&failing(), vec![one_of_many("fine", &[]); count]);
    assert_eq!(calls(MAX_CALLS).unwrap().len(), MAX_CALLS);
    assert_eq!(code(calls(MAX_CALLS + 1)), Fault::PARAMS);
}
