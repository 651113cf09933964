//! What a test that failed has said: its panics, and what was printed besides.

/// A message of a panic.
#[derive(Clone, Debug, PartialEq)]
pub struct Panic {
    /// File and line, seen from the top folder: `tests/ch03.rs:20`.
    pub place: String,
    /// The message.
    pub message: Vec<String>,
}

/// What was said, in its parts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TestOutput {
    /// The panics, in order.
    pub panics: Vec<Panic>,
    /// All other lines.
    pub printed: Vec<String>,
}

impl TestOutput {
    /// Takes apart what a test or a program printed.
    pub fn read(text: &str) -> Self {
        let mut said = Self::default();
        let mut in_message = false;
        for line in text.lines() {
            // What was said in a process of its own is quoted: see `mock::alone`.
            if let Some(place) = place_of_panic(line.trim_start()) {
                said.panics.push(Panic { place, message: Vec::new() });
                in_message = true;
            } else if is_frame(line.trim_start()) {
                in_message = false;
            } else {
                match said.panics.last_mut() {
                    Some(panic) if in_message => panic.message.push(line.to_owned()),
                    _ => said.printed.push(line.to_owned()),
                }
            }
        }
        for panic in &mut said.panics {
            while panic.message.last().is_some_and(|line| line.trim().is_empty()) {
                panic.message.pop();
            }
        }
        said.printed.retain(|line| !line.trim().is_empty());
        said
    }

    /// The first panic in one of the files below `folder`.
    pub fn panic_in(&self, folder: &str) -> Option<&Panic> {
        self.panics.iter().find(|panic| panic.place.starts_with(folder))
    }
}

impl Panic {
    /// What a `todo!()` says that was reached.
    pub fn todo(&self) -> Option<String> {
        let message = self.message.join(" ");
        let message = message.trim_start();
        let rest = message
            .strip_prefix("not yet implemented")
            .or_else(|| message.strip_prefix("not implemented"))?;
        Some(rest.trim_start_matches(':').trim().to_owned())
    }
}

/// `tests/ch03.rs:20` for `thread 'x' (7) panicked at a/tests/../../tests/ch03.rs:20:9:`.
fn place_of_panic(line: &str) -> Option<String> {
    if !line.starts_with("thread ") {
        return None;
    }
    let (_, place) = line.split_once(" panicked at ")?;
    let place = place.strip_suffix(':')?;
    let (place, _column) = place.rsplit_once(':')?;
    Some(without_detours(place))
}

/// `a/c` for `a/b/../c`.
fn without_detours(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split(['/', '\\']) {
        match part {
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// Lines of the test harness and of the mock, which say nothing that is not said elsewhere.
fn is_frame(line: &str) -> bool {
    let starts = [
        "running ",
        "test result: ",
        "failures:",
        "---- ",
        "note: run with `RUST_BACKTRACE",
        "this was for_every_split, with the input ",
        "this was seed ",
        "the program printed:",
        "error: test failed",
    ];
    starts.iter().any(|start| line.starts_with(start))
        // How one talks to the program, which it says when it starts.
        || line.ends_with("; Ctrl-C ends it")
        || (line.starts_with("test ") && line.contains(" ... "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn panics_are_told_apart_and_from_what_was_printed() {
        let text = "\
[chapters/ch03-threads/exercise/src/serve.rs:9:5] 1 + 1 = 2

thread '<unnamed>' (12) panicked at chapters/ch03-threads/exercise/src/serve.rs:14:5:
not yet implemented: a thread for each connection

thread 'promises::x' (11) panicked at chapters/a/exercise/tests/../../../../tests/ch03.rs:20:9:
assertion `left == right` failed
  left: 1
 right: 2
this was seed 7: MOCK_SEED=7 in the environment repeats it
";
        let said = TestOutput::read(text);
        let place = "chapters/ch03-threads/exercise/src/serve.rs:14";
        assert_eq!(said.printed, ["[chapters/ch03-threads/exercise/src/serve.rs:9:5] 1 + 1 = 2"]);
        assert_eq!(said.panics.len(), 2);
        assert_eq!(said.panics[0].place, place);
        assert_eq!(said.panics[0].todo().unwrap(), "a thread for each connection");
        assert_eq!(said.panics[1].place, "tests/ch03.rs:20");
        assert_eq!(
            said.panics[1].message,
            ["assertion `left == right` failed", "  left: 1", " right: 2"]
        );
        assert_eq!(said.panics[1].todo(), None);
        assert_eq!(said.panic_in("tests/"), Some(&said.panics[1]));
    }

    #[test]
    fn a_panic_in_a_process_of_its_own_is_one_too() {
        let text = "\
thread 'promises::x' (11) panicked at chapters/a/exercise/tests/../../../../tests/ch03.rs:20:9:
in a process of its own, x: exit status: 101
    running 1 test

    thread 'promises::x' (12) panicked at chapters/ch03-threads/exercise/src/serve.rs:14:5:
    not yet implemented: a thread for each connection
    note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace
    test result: FAILED. 0 passed; 1 failed
";
        let said = TestOutput::read(text);
        let place = "chapters/ch03-threads/exercise/src/serve.rs:14";
        assert_eq!(said.panics[0].message, ["in a process of its own, x: exit status: 101"]);
        let panic = said.panic_in("chapters/ch03-threads/exercise/src/").unwrap();
        assert_eq!(panic.place, place);
        assert_eq!(panic.todo().unwrap(), "a thread for each connection");
        assert_eq!(panic.message.len(), 1);
    }

    #[test]
    fn the_frame_of_the_harness_is_left_out() {
        let text = "\nrunning 2 tests\ntest a::b ... FAILED\nhello\nfailures:\n";
        assert_eq!(
            TestOutput::read(text),
            TestOutput { printed: vec!["hello".into()], panics: vec![] }
        );
    }
}
