//! A test in a process of its own.

use std::env;
use std::process::Command;

/// The whole name of a test, by which its program can be told to run it.
///
/// `module` is the test's `module_path!()`. The file of a chapter's tests is a program in one
/// package and a module of a program in another.
pub fn full_name(module: &str, test: &str) -> String {
    match module.split_once("::") {
        Some((_program, module)) => format!("{module}::{test}"),
        None => test.to_owned(),
    }
}

/// Runs `work` in a process of its own in which `test`, which calls this, is the only test, and
/// returns what that process wrote to standard error; `None` in that process itself.
///
/// For what a process has only one of: its log, its environment (`vars` is added to ours).
///
/// ```no_run
/// # fn visit_a_server() {}
/// #[test]
/// fn a_visit_is_logged() {
///     let Some(log) = mock::alone(module_path!(), "a_visit_is_logged", &[], || {
///         visit_a_server();
///     }) else {
///         return;
///     };
///     assert!(log.contains("200"), "{log}");
/// }
/// ```
///
/// # Panics
///
/// If `work` does, or if there is no such test.
#[track_caller]
pub fn alone(
    module: &str,
    test: &str,
    vars: &[(&str, &str)],
    work: impl FnOnce(),
) -> Option<String> {
    const MARK: &str = "MOCK_ALONE";
    if env::var_os(MARK).is_some() {
        work();
        return None;
    }
    let output = Command::new(env::current_exe().expect("the program of this test"))
        .args(["--exact", &full_name(module, test), "--nocapture"])
        .env(MARK, "1")
        // It would write over the transcript of this process.
        .env_remove("MOCK_TRANSCRIPT")
        .env_remove("RUST_BACKTRACE")
        .envs(vars.iter().copied())
        .output()
        .expect("the program of this test can be started");
    let said = String::from_utf8_lossy(&output.stdout);
    let log = String::from_utf8_lossy(&output.stderr).into_owned();
    // Quoted, so that nobody takes the other process's summary for that of this one.
    let quoted = || -> String {
        said.lines().chain(log.lines()).map(|line| format!("    {line}\n")).collect()
    };
    assert!(
        output.status.success() && said.contains("1 passed"),
        "in a process of its own, {test}: {}\n{}",
        output.status,
        quoted(),
    );
    Some(log)
}
