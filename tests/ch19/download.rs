//! What a URL names, in a file.

use super::scripted::{Servers, answer, answers, asked, ok};
use ch19::{Progress, Request, download};
use mock::{Script, assert_bytes, for_every_split};
use std::fs;
use std::path::PathBuf;
use tempfile::TempDir;

const URL: &str = "http://test/file";
const WHOLE: &str = "0123456789";
/// What tells a version from others, in three ways.
const TAG: &str = "ETag: \"one\"\r\n";
const OTHER_TAG: &str = "ETag: \"two\"\r\n";
const DATES: &str =
    "Last-Modified: Thu, 28 May 2026 20:26:40 GMT\r\nDate: Thu, 28 May 2026 20:26:41 GMT\r\n";
const FRESH: &str =
    "Last-Modified: Thu, 28 May 2026 20:26:40 GMT\r\nDate: Thu, 28 May 2026 20:26:40 GMT\r\n";

/// A folder with a file to be.
struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a temporary folder"))
    }

    fn file(&self) -> PathBuf {
        self.0.path().join("file")
    }

    /// The names of what is in it.
    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.0.path()).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<_> = names.collect();
        names.sort();
        names
    }

    fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.0.path().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// Fetches, and returns what the last report said or the fault.
    fn fetch(&self, servers: &Servers) -> Result<Progress, String> {
        self.fetch_from(servers, URL)
    }

    fn fetch_from(&self, servers: &Servers, url: &str) -> Result<Progress, String> {
        let mut reports = Vec::new();
        let request = Request::get(url).unwrap();
        let outcome = download(&servers.session(), request, &self.file(), &mut |progress| {
            reports.push(*progress);
        });
        assert!(reports.is_sorted_by_key(|report| report.bytes));
        outcome.map_err(|error| format!("{error:#}"))
    }

    #[track_caller]
    fn assert_whole(&self, expected: impl AsRef<[u8]>) {
        assert_eq!(self.names(), ["file"]);
        assert_bytes!(self.read("file"), expected);
    }
}

/// A server that breaks off after so many of the ten bytes.
fn cut(fields: &str, count: usize) -> Script {
    let whole = answer("200 OK", fields, WHOLE);
    asked(Script::new(), 1).bytes(&whole[..whole.len() - WHOLE.len() + count])
}

/// The rest from `first` on.
fn rest(fields: &str, first: usize) -> String {
    let fields = format!("{fields}Content-Range: bytes {first}-9/10\r\n");
    answer("206 Partial Content", &fields, &WHOLE[first..])
}

/// Fields of the last request.
fn asked_for(servers: &Servers, number: usize, name: &str) -> Vec<String> {
    let sent = String::from_utf8(servers.peer(number).sent()).unwrap();
    let start = format!("{name}: ");
    sent.lines().filter_map(|line| line.strip_prefix(&*start)).map(str::to_owned).collect()
}

#[test]
fn what_came_is_in_the_file_and_nothing_else_is_there() {
    let chunked =
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\na\r\n0123456789\r\n0\r\n\r\n";
    for (input, total) in [
        (answer("200 OK", TAG, WHOLE), Some(10)),
        (chunked.to_owned(), None),
        (format!("HTTP/1.1 200 OK\r\n\r\n{WHOLE}"), None),
    ] {
        for_every_split(input, |input| {
            let folder = Folder::new();
            let progress = folder.fetch(&Servers::new([input])).unwrap();
            assert_eq!((progress.bytes, progress.resumed_at, progress.total), (10, 0, total));
            folder.assert_whole(WHOLE);
        });
    }
    let folder = Folder::new();
    assert_eq!(folder.fetch(&Servers::new([answers([ok("")])])).unwrap().bytes, 0);
    folder.assert_whole("");
}

#[test]
fn it_is_reported_how_far_it_has_come() {
    let script = Script::new().bytes(answer("200 OK", TAG, WHOLE).trim_end_matches(WHOLE));
    let script = script.bytes(&WHOLE[..3]).bytes(&WHOLE[3..5]).bytes(&WHOLE[5..]);
    let (folder, mut reports) = (Folder::new(), Vec::new());
    let request = Request::get(URL).unwrap();
    let report = &mut |progress: &Progress| reports.push((progress.bytes, progress.total));
    download(&Servers::new([script]).session(), request, &folder.file(), report).unwrap();
    assert_eq!(reports, [(3, Some(10)), (5, Some(10)), (10, Some(10))]);
}

#[test]
fn what_is_cut_off_at_any_byte_is_gone_on_with() {
    for count in 1..10 {
        for fields in [TAG, DATES] {
            let folder = Folder::new();
            fs::write(folder.file(), "old").unwrap();
            let error = folder.fetch(&Servers::new([cut(fields, count)])).unwrap_err();
            assert!(error.contains(&format!("{count} bytes are in ")), "{error}");
            assert!(error.contains(URL) && error.contains("ends in the middle"), "{error}");
            // As long as not all is there, it is what it was.
            assert_eq!(folder.names(), ["file", "file.part", "file.part.json"]);
            assert_bytes!(folder.read("file"), "old");
            assert_bytes!(folder.read("file.part"), WHOLE[..count]);

            let servers = Servers::new([answers([rest(fields, count)])]);
            let progress = folder.fetch(&servers).unwrap();
            let expected = (10, count as u64, Some(10));
            assert_eq!((progress.bytes, progress.resumed_at, progress.total), expected);
            assert_eq!(asked_for(&servers, 0, "Range"), [format!("bytes={count}-")]);
            let validator = if fields == TAG { "\"one\"" } else { "Thu, 28 May 2026 20:26:40 GMT" };
            assert_eq!(asked_for(&servers, 0, "If-Range"), [validator]);
            folder.assert_whole(WHOLE);
        }
    }
}

/// And the rest may break off, too.
#[test]
fn it_goes_on_as_often_as_it_must() {
    let folder = Folder::new();
    folder.fetch(&Servers::new([cut(TAG, 3)])).unwrap_err();
    let part = rest(TAG, 3);
    let part = asked(Script::new(), 1).bytes(&part[..part.len() - 5]);
    folder.fetch(&Servers::new([part])).unwrap_err();
    assert_bytes!(folder.read("file.part"), "01234");
    let servers = Servers::new([answers([rest(TAG, 5)])]);
    folder.fetch(&servers).unwrap();
    assert_eq!(asked_for(&servers, 0, "Range"), ["bytes=5-"]);
    folder.assert_whole(WHOLE);
}

#[test]
fn another_version_begins_anew() {
    let folder = Folder::new();
    folder.fetch(&Servers::new([cut(TAG, 3)])).unwrap_err();
    // What `If-Range` is for: of another version, all of it.
    let new = "another one and a longer one";
    let progress = folder.fetch(&Servers::new([answers([answer("200 OK", OTHER_TAG, new)])]));
    assert_eq!(progress.map(|progress| (progress.bytes, progress.resumed_at)), Ok((28, 0)));
    folder.assert_whole(new);
}

/// Of the one that breaks off, it is the new version that is gone on with.
#[test]
fn a_note_is_of_the_version_that_is_there() {
    let folder = Folder::new();
    folder.fetch(&Servers::new([cut(TAG, 3)])).unwrap_err();
    folder.fetch(&Servers::new([cut(OTHER_TAG, 5)])).unwrap_err();
    assert_bytes!(folder.read("file.part"), "01234");
    let servers = Servers::new([answers([rest(OTHER_TAG, 5)])]);
    folder.fetch(&servers).unwrap();
    assert_eq!(asked_for(&servers, 0, "If-Range"), ["\"two\""]);
    // And of one without a name, none at all.
    let folder = Folder::new();
    folder.fetch(&Servers::new([cut(TAG, 3)])).unwrap_err();
    folder.fetch(&Servers::new([cut("", 5)])).unwrap_err();
    assert_eq!(folder.names(), ["file.part"]);
}

#[test]
fn without_a_name_of_the_version_it_begins_anew() {
    for fields in [
        "",
        "ETag: W/\"one\"\r\n",
        "ETag: one\r\n",
        "Last-Modified: Thu, 28 May 2026 20:26:40 GMT\r\n",
        "Last-Modified: yesterday\r\nDate: Thu, 28 May 2026 20:26:41 GMT\r\n",
        "Last-Modified: Thu, 28 May 2026 20:26:40 GMT\r\nDate: today\r\n",
        FRESH,
        "Last-Modified: Thu, 28 May 2026 20:26:42 GMT\r\nDate: Thu, 28 May 2026 20:26:41 GMT\r\n",
        // A weak one is not mended by a date.
        &format!("ETag: W/\"one\"\r\n{DATES}"),
    ] {
        let folder = Folder::new();
        folder.fetch(&Servers::new([cut(fields, 3)])).unwrap_err();
        assert_eq!(folder.names(), ["file.part"], "{fields}");
        let servers = Servers::new([answers([answer("200 OK", fields, WHOLE)])]);
        let progress = folder.fetch(&servers).unwrap();
        assert_eq!((progress.bytes, progress.resumed_at), (10, 0));
        assert!(asked_for(&servers, 0, "Range").is_empty());
        folder.assert_whole(WHOLE);
    }
}

#[test]
fn a_strong_tag_is_preferred_to_a_date() {
    let folder = Folder::new();
    folder.fetch(&Servers::new([cut(&format!("{DATES}{TAG}"), 3)])).unwrap_err();
    let servers = Servers::new([answers([rest(TAG, 3)])]);
    folder.fetch(&servers).unwrap();
    assert_eq!(asked_for(&servers, 0, "If-Range"), ["\"one\""]);
}

#[test]
fn a_note_of_another_url_is_not_ours() {
    let folder = Folder::new();
    folder.fetch(&Servers::new([cut(TAG, 3)])).unwrap_err();
    let servers = Servers::new([answers([ok("other")])]);
    folder.fetch_from(&servers, "http://test/other").unwrap();
    assert!(asked_for(&servers, 0, "Range").is_empty());
    folder.assert_whole("other");
}

#[test]
fn what_is_no_note_or_has_no_part_begins_anew() {
    let note = r#"{"url":"http://test/file","validator":"\"one\""}"#;
    for (note, part) in [
        ("", Some("abc")),
        ("{", Some("abc")),
        ("{}", Some("abc")),
        ("\0\u{ff}", Some("abc")),
        (note, None),
        (note, Some("")),
    ] {
        let folder = Folder::new();
        fs::write(folder.0.path().join("file.part.json"), note).unwrap();
        if let Some(part) = part {
            fs::write(folder.0.path().join("file.part"), part).unwrap();
        }
        let servers = Servers::new([answers([ok(WHOLE)])]);
        folder.fetch(&servers).unwrap();
        assert!(asked_for(&servers, 0, "Range").is_empty(), "{note:?}");
        folder.assert_whole(WHOLE);
    }
    // A part without a note, whosever it is.
    let folder = Folder::new();
    fs::write(folder.0.path().join("file.part"), "abcdefghijklmn").unwrap();
    folder.fetch(&Servers::new([answers([ok(WHOLE)])])).unwrap();
    folder.assert_whole(WHOLE);
}

#[test]
fn a_range_that_cannot_be_satisfied_is_asked_for_anew() {
    let folder = Folder::new();
    folder.fetch(&Servers::new([cut(TAG, 9)])).unwrap_err();
    let refused = answer("416 Range Not Satisfiable", "Content-Range: bytes */5\r\n", "no");
    let servers = Servers::new([
        answers([refused, answer("200 OK", OTHER_TAG, "short")]),
        answers([answer("200 OK", OTHER_TAG, "short")]),
    ]);
    folder.fetch(&servers).unwrap();
    assert_eq!(asked_for(&servers, 0, "Range"), ["bytes=9-"]);
    assert!(asked_for(&servers, 1, "Range").is_empty());
    folder.assert_whole("short");
}

#[test]
fn a_part_that_was_not_asked_for_is_not_appended() {
    for range in [
        "bytes 2-9/10",
        "bytes 4-9/10",
        "bytes 0-9/10",
        "bytes 3-8/10",
        "bytes 3-9/*",
        "bytes 3-9",
        "bytes */10",
        "bytes -9/10",
        "bytes 3-18446744073709551615/10",
        "bytes 3-9/18446744073709551616",
        "lines 3-9/10",
        "3-9/10",
        "",
    ] {
        let folder = Folder::new();
        folder.fetch(&Servers::new([cut(TAG, 3)])).unwrap_err();
        let field = format!("{TAG}Content-Range: {range}\r\n");
        let wrong = || {
            answers([
                answer("206 Partial Content", &field, "abcdefg"),
                answer("200 OK", TAG, WHOLE),
            ])
        };
        let servers = Servers::new([wrong(), answers([answer("200 OK", TAG, WHOLE)])]);
        let progress = folder.fetch(&servers).unwrap_or_else(|error| panic!("{range}: {error}"));
        assert_eq!((progress.bytes, progress.resumed_at), (10, 0), "{range}");
        folder.assert_whole(WHOLE);
    }
}

/// Some servers do not know `If-Range`.
#[test]
fn a_part_of_another_version_is_not_appended() {
    let dates = DATES.replace("26:40", "26:39");
    for (begun, now) in [(TAG, OTHER_TAG), (TAG, "ETag: W/\"one\"\r\n"), (DATES, &dates)] {
        let folder = Folder::new();
        folder.fetch(&Servers::new([cut(begun, 3)])).unwrap_err();
        let new = answer("200 OK", now, "abcdefghij");
        let part = rest(now, 3);
        let servers = Servers::new([answers([&part, &new]), answers([&new])]);
        folder.fetch(&servers).unwrap();
        folder.assert_whole("abcdefghij");
    }
    // One that does not say is believed.
    let folder = Folder::new();
    folder.fetch(&Servers::new([cut(TAG, 3)])).unwrap_err();
    folder.fetch(&Servers::new([answers([rest("", 3)])])).unwrap();
    folder.assert_whole(WHOLE);
}

/// A 206 to whom asked for all.
#[test]
fn a_part_of_what_was_not_begun_is_an_error() {
    let folder = Folder::new();
    let error = folder.fetch(&Servers::new([answers([rest(TAG, 3)])])).unwrap_err();
    assert_eq!(error, "http://test/file: 206 Partial Content");
    assert!(folder.names().is_empty());
}

#[test]
fn an_error_saves_nothing_and_leaves_what_is_there() {
    for status in ["404 Not Found", "500 X", "204 No Content", "304 Not Modified", "201 Created"] {
        let folder = Folder::new();
        fs::write(folder.file(), "old").unwrap();
        let servers = Servers::new([answers([answer(status, TAG, "sorry")])]);
        assert_eq!(folder.fetch(&servers).unwrap_err(), format!("{URL}: {status}"));
        folder.assert_whole("old");
        // Nor is a beginning lost.
        let folder = Folder::new();
        folder.fetch(&Servers::new([cut(TAG, 3)])).unwrap_err();
        folder.fetch(&Servers::new([answers([answer(status, TAG, "sorry")])])).unwrap_err();
        assert_bytes!(folder.read("file.part"), "012");
        folder.fetch(&Servers::new([answers([rest(TAG, 3)])])).unwrap();
        folder.assert_whole(WHOLE);
    }
}

#[test]
fn where_nobody_answers_what_is_there_stays() {
    let folder = Folder::new();
    fs::write(folder.file(), "old").unwrap();
    let nobody = Servers::default();
    assert!(folder.fetch(&nobody).unwrap_err().contains("cannot connect"));
    folder.assert_whole("old");
}

/// As many as were announced, and else it is not the whole.
#[test]
fn too_many_or_too_few_bytes_are_not_the_file() {
    for body in ["3456789!", "345678"] {
        let folder = Folder::new();
        folder.fetch(&Servers::new([cut(TAG, 3)])).unwrap_err();
        let fields = "Content-Range: bytes 3-9/10\r\nETag: \"one\"\r\n";
        let servers = Servers::new([answers([answer("206 Partial Content", fields, body)])]);
        let error = folder.fetch(&servers).unwrap_err();
        let expected = format!("{} bytes came, and 10 were announced", 3 + body.len());
        assert_eq!(error, expected);
        // The next attempt does not go on with that.
        assert_eq!(folder.names(), ["file.part"]);
        folder.fetch(&Servers::new([answers([ok(WHOLE)])])).unwrap();
        folder.assert_whole(WHOLE);
    }
}

#[test]
fn a_file_takes_the_place_of_an_older_one() {
    let folder = Folder::new();
    fs::write(folder.file(), "old and longer than the new one").unwrap();
    folder.fetch(&Servers::new([answers([ok(WHOLE)])])).unwrap();
    folder.assert_whole(WHOLE);
}

#[test]
fn a_folder_that_is_not_there_is_an_error_that_names_it() {
    let folder = Folder::new();
    let to = folder.0.path().join("missing").join("file");
    let request = Request::get(URL).unwrap();
    let session = Servers::new([answers([ok(WHOLE)])]).session();
    let error = format!("{:#}", download(&session, request, &to, &mut |_| {}).unwrap_err());
    assert!(error.contains("missing"), "{error}");
}

/// The name of the file is not text on every system.
#[test]
fn a_name_keeps_its_ending() {
    let folder = Folder::new();
    let to = folder.0.path().join("a.tar.gz");
    let request = || Request::get(URL).unwrap();
    download(&Servers::new([cut(TAG, 3)]).session(), request(), &to, &mut |_| {}).unwrap_err();
    assert_eq!(folder.names(), ["a.tar.gz.part", "a.tar.gz.part.json"]);
    download(&Servers::new([answers([rest(TAG, 3)])]).session(), request(), &to, &mut |_| {})
        .unwrap();
    assert_bytes!(folder.read("a.tar.gz"), WHOLE);
}
