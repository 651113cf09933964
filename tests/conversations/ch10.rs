use crate::conversations::Conversation;
use crate::wire::{Answer, Bytes, Case, Corpus, Field};
use mock::Seed;
use std::collections::BTreeMap;

/// The program serves the files of the site under `/`. (Chapter 10 in the matrix has another
/// folder under `/static` besides; cases about that one are not for this program.)
const SITE: [&str; 2] = ["--directory", "{site}"];

/// Requests of the wire corpus, by name, that the build task is judged by.
const CASES: [&str; 12] = [
    "a file is served",
    "a picture is served as a picture",
    "every byte of a file is served as it is",
    "HEAD of a file has its length and nothing of it",
    "a file with a slash behind it is not a folder",
    "an escape that stands in a name is escaped once more",
    "a file cannot be deleted",
    "two dots and a slash lead nowhere",
    "two escaped dots and an escaped backslash lead nowhere",
    "an absolute path with escaped slashes leads nowhere",
    "a link to a file outside leads nowhere",
    "a link to a folder whose name only begins like the root leads nowhere",
];

pub(super) fn conversations(task: &str, corpus: &Corpus, seed: &mut Seed) -> Vec<Conversation> {
    match task {
        "build" => {
            let mut all = build(seed);
            let named = |case: &&Case| CASES.contains(&case.name.as_str()) && case.applies();
            let cases = corpus.cases.iter().filter(named);
            all.extend(cases.map(|case| Conversation::of_case(case, &SITE)));
            all
        }
        "redirect" => redirect(seed),
        "hidden" => hidden(seed),
        _ => Vec::new(),
    }
}

fn build(seed: &mut Seed) -> Vec<Conversation> {
    let (note, folder) = (spelt("note.txt", seed), spelt("folder", seed));
    let (query, dots) = (seed.word(), seed.pick(&["..", "%2e%2e", ".%2E", "%2e."]));
    let note = asked(
        "GET",
        &format!("/{note}?{query}"),
        Answer {
            status: vec![200],
            body: Some(Bytes(b"Hello from a file.\n".to_vec())),
            header: fields(&[("Content-Type", "text/plain; charset=utf-8")]),
            ..Answer::default()
        },
    );
    let page = Answer {
        status: vec![200],
        body: Some(Bytes(b"<h1>The folder</h1>\n".to_vec())),
        header: fields(&[("Content-Type", "text/html; charset=utf-8")]),
        ..Answer::default()
    };
    let index = asked("GET", &format!("/{folder}/?{query}"), page.clone());
    // Here one of the site's folders is the root, and what else the site has lies outside.
    let inner = ["--directory", "{site}/folder"];
    let inner_index = asked("GET", &format!("/?{query}"), page);
    let way_out = asked("GET", &format!("/{dots}/note.txt?{query}"), not_found());
    vec![
        named("a file has one name, however its letters are encoded", &note, &SITE),
        named("a folder has one name too, and its slash means its index", &index, &SITE),
        named("the folder that is served is the one that was named", &inner_index, &inner),
        named("nothing above that folder is served", &way_out, &inner),
    ]
}

fn redirect(seed: &mut Seed) -> Vec<Conversation> {
    let arguments = ["--directory", "{site}", "--redirect"];
    let (folder, word) = (spelt("folder", seed), seed.word());
    let moved = Answer {
        status: vec![301],
        header: fields(&[("Location", &format!("/{folder}/?{word}=/?"))]),
        ..Answer::default()
    };
    let folder = asked("GET", &format!("http://{word}.example/{folder}?{word}=/?"), moved);
    let elsewhere = Answer {
        header: BTreeMap::from([("Location".to_owned(), Field::Present(false))]),
        ..not_found()
    };
    let nothing = asked("GET", &format!("/folder{word}"), elsewhere);
    vec![
        named("a folder without its slash is moved to the name with it", &folder, &arguments),
        named("what is no folder is not moved", &nothing, &arguments),
    ]
}

/// The site has no hidden files. That a name is hidden can be seen all the same: it is found
/// by no method, and other names are told that they can be read (405).
fn hidden(seed: &mut Seed) -> Vec<Conversation> {
    let arguments = ["--directory", "{site}", "--hide"];
    let (word, dot) = (seed.word(), seed.pick(&[".", "%2e", "%2E"]));
    let read_only = Answer {
        status: vec![405],
        header: BTreeMap::from([("Allow".to_owned(), Field::Present(true))]),
        ..Answer::default()
    };
    let hidden = asked("POST", &format!("/folder/{dot}{word}/a.txt"), not_found());
    let plain = seed.pick(&[
        format!("/folder/{word}.txt?/.{word}"),
        format!("/{word}./a.txt"),
        format!("/{dot}well-known/{word}.txt"),
    ]);
    let plain = asked("POST", &plain, read_only);
    vec![
        named("a hidden name is found by nobody", &hidden, &arguments),
        named("what is not hidden is as before", &plain, &arguments),
    ]
}

/// A request, and what is right.
fn asked(method: &str, target: &str, expect: Answer) -> Case {
    let request = format!("{method} {target} HTTP/1.1\r\nHost: localhost\r\n\r\n");
    Case { pieces: vec![request.into_bytes()], site: true, expect: vec![expect], ..Case::default() }
}

/// The conversation in which that is asked.
fn named(name: &str, case: &Case, arguments: &[&str]) -> Conversation {
    Conversation::of_case(&Case { name: name.to_owned(), ..case.clone() }, arguments)
}

fn not_found() -> Answer {
    Answer { status: vec![404], ..Answer::default() }
}

fn fields(fields: &[(&str, &str)]) -> BTreeMap<String, Field> {
    let field = |&(name, value): &(&str, &str)| (name.to_owned(), Field::Value(value.to_owned()));
    fields.iter().map(field).collect()
}

/// A name with some of its letters encoded, and one at least.
fn spelt(name: &str, seed: &mut Seed) -> String {
    let must = seed.number(0..=name.len() - 1);
    let letter = |(place, byte)| match place == must || seed.number(0..=1) == 1 {
        true if seed.number(0..=1) == 1 => format!("%{byte:02X}"),
        true => format!("%{byte:02x}"),
        false => char::from(byte).to_string(),
    };
    name.bytes().enumerate().map(letter).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conversations::expected::{assert_expected, corpus};

    #[test]
    fn chapter_10_is_expected_to_pass_each_case_that_is_named() {
        assert_expected(CASES, "ch10");
    }

    #[test]
    fn there_is_a_conversation_for_each_case_that_is_named() {
        let all = conversations("build", corpus(), &mut Seed::new());
        let on_unix = CASES.iter().all(|name| all.iter().any(|one| one.name == *name));
        assert!(on_unix || !cfg!(unix));
        assert!(all.iter().all(Conversation::wants_site));
    }
}
