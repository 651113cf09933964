use crate::conversations::Conversation;
use crate::wire::Corpus;
use mock::Seed;

/// The requests of the wire corpus by which the build task is judged.
const CASES: [&str; 2] = ["a plain GET is answered", "a browser's request is answered"];

pub(super) fn conversations(task: &str, corpus: &Corpus, _: &mut Seed) -> Vec<Conversation> {
    if task != "build" {
        return Vec::new();
    }
    let cases = corpus.cases.iter().filter(|case| CASES.contains(&&*case.name));
    cases.map(|case| Conversation::of_case(case, &[])).collect()
}
