//! A test in a process of its own.

use mock::{alone, full_name};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::{env, process};

#[test]
fn it_has_its_own_process_environment_and_log() {
    let test = "it_has_its_own_process_environment_and_log";
    let log = alone(module_path!(), test, &[("MOCK_ALONE_SAYS", "hello")], || {
        eprintln!("{} in {}", env::var("MOCK_ALONE_SAYS").unwrap(), process::id());
    });
    let Some(log) = log else { return };
    assert!(log.starts_with("hello in "), "{log}");
    assert!(!log.contains(&process::id().to_string()), "{log}");
    assert!(env::var_os("MOCK_ALONE_SAYS").is_none());
}

#[test]
fn what_fails_there_fails_here() {
    let test = "what_fails_there_fails_here";
    let run = || alone(module_path!(), test, &[], || panic!("no soup today"));
    if env::var_os("MOCK_ALONE").is_some() {
        run();
        return;
    }
    let panic = catch_unwind(AssertUnwindSafe(run)).unwrap_err();
    let sentence = panic.downcast_ref::<String>().unwrap();
    assert!(sentence.contains("no soup today"), "{sentence}");
}

#[test]
#[should_panic(expected = "in a process of its own, there_is_no_such_test")]
fn a_test_that_does_not_exist_is_no_success() {
    alone(module_path!(), "there_is_no_such_test", &[], || {});
}

#[test]
fn a_test_is_named_by_its_module_and_not_by_its_program() {
    assert_eq!(full_name("ch09", "soup"), "soup");
    assert_eq!(full_name("promises::promises", "soup"), "promises::soup");
    assert_eq!(full_name("promises::extensions::record", "soup"), "extensions::record::soup");
}
