use crate::conversations::Conversation;
use crate::wire::{Answer, Bytes, Case, Corpus, Field};
use mock::Seed;
use std::collections::BTreeMap;

/// The program serves the files of the site under `/`, with listings. (In the matrix chapter 11
/// has another folder under `/static` besides; cases about that one are not for this program.)
const SITE: [&str; 2] = ["--directory", "{site}"];

/// Requests of the wire corpus, by name, that the build task is judged by.
const CASES: [&str; 14] = [
    "a file is served",
    "every byte of a file is served as it is",
    "HEAD of a file has its length and nothing of it",
    "a file with If-Modified-Since same has not changed",
    "a file with If-Unmodified-Since newer is refused",
    "If-None-Match of all versions is this one too",
    "a range from one byte to another is given",
    "a range of the last bytes is given",
    "of two ranges apart the second is a part of the body",
    "a range that runs backwards is as if it were not there",
    "a range behind the end is told the length",
    "If-Range with the date of this version has its part",
    "If-Range with another tag has all of the new version",
    "a folder without an index lists its files",
];

pub(super) fn conversations(task: &str, corpus: &Corpus, seed: &mut Seed) -> Vec<Conversation> {
    match task {
        "build" => {
            let named = |case: &&Case| CASES.contains(&case.name.as_str()) && case.applies();
            let cases = corpus.cases.iter().filter(named);
            let mut all = vec![part(seed)];
            all.extend(cases.map(|case| Conversation::of_case(case, &SITE)));
            all
        }
        "compressed" => compressed(seed),
        // What a client decides, no server shows.
        _ => Vec::new(),
    }
}

/// Any part of the file of ten bytes.
fn part(seed: &mut Seed) -> Conversation {
    let first = seed.number(0..=9);
    let last = seed.number(first..=9);
    let expect = Answer {
        status: vec![206],
        body: Some(Bytes(b"0123456789"[first..=last].to_vec())),
        header: fields(&[("Content-Range", &format!("bytes {first}-{last}/10"))]),
        ..Answer::default()
    };
    let range = format!("Range: bytes={first}-{last}\r\n");
    asked("a part of a file is given", "/dated.txt", &range, expect, &SITE)
}

/// The site has no compressed files, and so what is asked of a server is that it does not
/// make any up.
fn compressed(seed: &mut Seed) -> Vec<Conversation> {
    let arguments = ["--directory", "{site}", "--compressed"];
    let weight = seed.number(1..=999);
    let without = ["Content-Encoding", "Vary"];
    let expect = Answer {
        status: vec![200],
        body: Some(Bytes(b"Hello from a file.\n".to_vec())),
        header: without.map(|name| (name.to_owned(), Field::Present(false))).into(),
        ..Answer::default()
    };
    let likes = format!("Accept-Encoding: gzip;q=0.{weight:03}\r\n");
    let name = "a file without a compressed neighbour is given as it is";
    vec![asked(name, "/note.txt", &likes, expect, &arguments)]
}

fn asked(
    name: &str,
    target: &str,
    lines: &str,
    expect: Answer,
    arguments: &[&str],
) -> Conversation {
    let request = format!("GET {target} HTTP/1.1\r\nHost: localhost\r\n{lines}\r\n");
    let case = Case {
        name: name.to_owned(),
        pieces: vec![request.into_bytes()],
        site: true,
        expect: vec![expect],
        ..Case::default()
    };
    Conversation::of_case(&case, arguments)
}

fn fields(fields: &[(&str, &str)]) -> BTreeMap<String, Field> {
    let field = |&(name, value): &(&str, &str)| (name.to_owned(), Field::Value(value.to_owned()));
    fields.iter().map(field).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conversations::expected::{assert_expected, corpus};

    #[test]
    fn chapter_11_is_expected_to_pass_each_case_that_is_named() {
        assert_expected(CASES, "ch11");
        let mut named = corpus().cases.iter().filter(|case| CASES.contains(&&*case.name));
        assert!(named.all(|case| case.tag_of.is_none()), "nobody asks for a tag here");
        let all = conversations("build", corpus(), &mut Seed::new());
        assert_eq!(all.len(), CASES.len() + 1);
        assert!(all.iter().all(Conversation::wants_site));
    }
}
