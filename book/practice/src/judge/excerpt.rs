//! Bytes in a terminal: as much of them as one can read.

use crate::judge::outcome::Event;

/// Of longer bytes, so many are shown at the beginning and at the end.
const START: usize = 32;
const END: usize = 12;

/// So many are shown before and behind a difference.
const AROUND: usize = 24;

/// The most lines of a transcript.
const MOST_LINES: usize = 24;

/// The most characters of what happened.
const MOST_WORDS: usize = 80;

/// Bytes as a literal: `b"one\r\n"`. The middle of long ones is left out, and counted.
pub fn literal(bytes: &[u8]) -> String {
    if bytes.len() <= START + END + 16 {
        return format!("b\"{}\"", bytes.escape_ascii());
    }
    let (start, end) = (&bytes[..START], &bytes[bytes.len() - END..]);
    format!("b\"{}\" … b\"{}\" ({} bytes)", start.escape_ascii(), end.escape_ascii(), bytes.len())
}

/// Expected and actual bytes around their first difference, with a caret under it.
pub fn difference(expected: &[u8], actual: &[u8]) -> Vec<String> {
    let offset = actual.iter().zip(expected).take_while(|(a, b)| a == b).count();
    let more = actual.len().abs_diff(expected.len());
    let bytes = if more == 1 { "byte" } else { "bytes" };
    let how = if offset == actual.len() && actual.is_empty() {
        format!("nothing came, and {more} {bytes} were expected")
    } else if offset == actual.len() {
        format!("what came ends too soon: {more} more {bytes} were expected")
    } else if offset == expected.len() {
        format!("{more} {bytes} too many came")
    } else {
        format!("the first difference is at offset {offset}")
    };
    let from = offset.saturating_sub(AROUND);
    let opening = if from > 0 { "…b\"" } else { "b\"" };
    let shown = |bytes: &[u8]| {
        let until = bytes.len().min(offset + AROUND);
        let closing = if until < bytes.len() { "\"…" } else { "\"" };
        format!("{opening}{}{closing}", bytes[from..until].escape_ascii())
    };
    // Before the difference both are the same, so that one caret serves both.
    let same = actual[from..offset].escape_ascii().count();
    let caret = "expected: ".len() + opening.chars().count() + same;
    vec![
        how,
        format!("expected: {}", shown(expected)),
        format!("actual:   {}", shown(actual)),
        format!("{:caret$}^", ""),
    ]
}

/// What was done and what came back, as numbered lines. What happened several times on end
/// is one line, and of many lines the middle is left out.
pub fn transcript(events: &[Event]) -> Vec<String> {
    let entries = merged(events);
    let with_bytes = entries.iter().filter(|entry| entry.bytes.is_some());
    let widths = with_bytes.map(|entry| entry.what.chars().count()).filter(|one| *one <= 32);
    let width = widths.max().unwrap_or(0);
    let line = |(number, entry): (usize, &Entry)| {
        let what = &entry.what;
        let line = match &entry.bytes {
            Some(bytes) => format!("{number:>4}  {what:<width$}  {}", literal(bytes)),
            None => format!("{number:>4}  {}", shortened(what, MOST_WORDS)),
        };
        match entry.times {
            1 => line,
            times => format!("{line}  ({times} times)"),
        }
    };
    let mut lines: Vec<_> = (1..).zip(&entries).map(line).collect();
    if lines.len() > MOST_LINES {
        let left_out = lines.len() - MOST_LINES + 1;
        let from = MOST_LINES / 2;
        let note = format!("      … {left_out} lines are left out …");
        lines.splice(from..from + left_out, [note]);
    }
    lines
}

/// One line of a transcript.
struct Entry {
    what: String,
    bytes: Option<Vec<u8>>,
    times: usize,
}

/// The events, each run of the same kind as one. If there are several clients, longer bytes
/// are left apart: they may be of one client and of another.
fn merged(events: &[Event]) -> Vec<Entry> {
    let clients = |event: &&Event| matches!(event, Event::Note(what) if what.ends_with("connects"));
    let alone = events.iter().filter(clients).count() <= 1;
    let mut entries: Vec<Entry> = Vec::new();
    for event in events {
        let (what, bytes) = match event {
            Event::Sent(what, bytes) | Event::Received(what, bytes) => (what, Some(bytes)),
            Event::Note(what) => (what, None),
        };
        match (entries.last_mut(), bytes) {
            (Some(last), Some(bytes)) if last.goes_on_with(what, bytes, alone) => {
                last.bytes.get_or_insert_default().extend(bytes);
                last.times += 1;
            }
            // Over TCP, who sends or hears is said before the bytes.
            (Some(last), Some(bytes)) if last.announces(what) => last.bytes = Some(bytes.clone()),
            (Some(last), None) if last.what == *what && last.bytes.is_none() => last.times += 1,
            _ => entries.push(Entry { what: what.clone(), bytes: bytes.cloned(), times: 1 }),
        }
    }
    entries
}

impl Entry {
    fn goes_on_with(&self, what: &str, bytes: &[u8], alone: bool) -> bool {
        let Some(before) = &self.bytes else { return false };
        let one_by_one = bytes.len() == 1 && before.len() == self.times;
        self.what == what && (alone || one_by_one)
    }

    fn announces(&self, what: &str) -> bool {
        let words = match what {
            "sent" => " sends",
            "came" => " hears",
            _ => return false,
        };
        self.bytes.is_none() && self.what.ends_with(words)
    }
}

/// The beginning of a line with more than `most` characters.
pub fn shortened(line: &str, most: usize) -> String {
    match line.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line.to_owned(),
    }
}

/// The lists of numbers in a line that are text, as text: `[b"one\n"]` for
/// `left: [[111, 110, 101, 10]]`. `None` if there is no such list.
///
/// `assert_eq!` prints bytes as numbers. Whether they were bytes it does not say, so that
/// this is shown beside them and not in their place.
pub fn as_text(line: &str) -> Option<String> {
    let mut text = String::new();
    let mut found = false;
    let mut rest = line;
    while let Some(start) = rest.find('[') {
        let (before, list) = rest.split_at(start);
        text += before;
        let end = list.find(']').map_or(list.len(), |end| end + 1);
        match bytes_of(&list[..end]) {
            Some(bytes) => {
                text += &literal(&bytes);
                found = true;
                rest = &list[end..];
            }
            None => {
                text.push('[');
                rest = &list[1..];
            }
        }
    }
    found.then(|| text + rest)
}

fn bytes_of(list: &str) -> Option<Vec<u8>> {
    let numbers = list.strip_prefix('[')?.strip_suffix(']')?;
    let bytes: Vec<u8> =
        numbers.split(", ").map(|number| number.parse().ok()).collect::<Option<_>>()?;
    let readable =
        bytes.iter().filter(|byte| byte.is_ascii_graphic() || byte.is_ascii_whitespace());
    (bytes.len() > 1 && readable.count() * 4 >= bytes.len() * 3).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(bytes: &[u8]) -> Event {
        Event::Sent("a read delivers".into(), bytes.into())
    }

    fn came(bytes: &[u8]) -> Event {
        Event::Received("the server writes".into(), bytes.into())
    }

    #[test]
    fn what_comes_byte_by_byte_is_one_line() {
        let events = [
            Event::Note("the input comes byte by byte".into()),
            sent(b"h"),
            sent(b"i"),
            sent(b"\n"),
            came(b"hi\n"),
            Event::Note("a read waits".into()),
            Event::Note("a read waits".into()),
        ];
        assert_eq!(
            transcript(&events),
            [
                "   1  the input comes byte by byte",
                "   2  a read delivers    b\"hi\\n\"  (3 times)",
                "   3  the server writes  b\"hi\\n\"",
                "   4  a read waits  (2 times)",
            ]
        );
    }

    #[test]
    fn what_may_be_of_several_clients_is_left_apart() {
        let connects = || Event::Note("a client connects".into());
        let events =
            [connects(), connects(), sent(b"one\n"), sent(b"two\n"), came(b"o"), came(b"n")];
        assert_eq!(
            transcript(&events),
            [
                "   1  a client connects  (2 times)",
                "   2  a read delivers    b\"one\\n\"",
                "   3  a read delivers    b\"two\\n\"",
                "   4  the server writes  b\"on\"  (2 times)",
            ]
        );
    }

    #[test]
    fn over_tcp_a_line_says_who_and_what() {
        let events = [
            Event::Note("ada connects".into()),
            Event::Note("ada sends".into()),
            Event::Sent("sent".into(), b"hi\n".into()),
            Event::Note("ada hears".into()),
            Event::Received("came".into(), b"ho\n".into()),
        ];
        assert_eq!(
            transcript(&events),
            ["   1  ada connects", "   2  ada sends  b\"hi\\n\"", "   3  ada hears  b\"ho\\n\"",]
        );
    }

    #[test]
    fn of_a_long_transcript_the_middle_is_left_out_and_counted() {
        let events: Vec<_> = (0..50).flat_map(|_| [sent(b"x"), came(b"y")]).collect();
        let lines = transcript(&events);
        assert_eq!(lines.len(), 24);
        assert!(lines[11].starts_with("  12  "), "{}", lines[11]);
        assert_eq!(lines[12], "      … 77 lines are left out …");
        assert!(lines[13].starts_with("  90  "), "{}", lines[13]);
        assert!(lines[23].starts_with(" 100  "), "{}", lines[23]);
    }

    #[test]
    fn of_long_bytes_the_middle_is_left_out_and_counted() {
        assert_eq!(literal(b"\0\r\n\"\xff"), r#"b"\x00\r\n\"\xff""#);
        let long = literal(&[&[b'x'; 1000][..], b"end"].concat());
        assert!(long.starts_with("b\"xxx") && long.ends_with("xend\" (1003 bytes)"), "{long}");
    }

    #[test]
    fn a_caret_stands_under_the_first_difference() {
        assert_eq!(
            difference(b"bye!\r\n", b"bye!\n").join("\n"),
            "the first difference is at offset 4\n\
             expected: b\"bye!\\r\\n\"\n\
             actual:   b\"bye!\\n\"\n\
             \x20               ^"
        );
        assert_eq!(
            difference(b"full\n", b"").join("\n"),
            "nothing came, and 5 bytes were expected\n\
             expected: b\"full\\n\"\n\
             actual:   b\"\"\n\
             \x20           ^"
        );
        assert_eq!(
            difference(b"", b"x").join("\n"),
            "1 byte too many came\n\
             expected: b\"\"\n\
             actual:   b\"x\"\n\
             \x20           ^"
        );
        let (mut right, mut wrong) = ([b'x'; 100], [b'x'; 100]);
        (right[50], wrong[50]) = (b'r', b'w');
        assert_eq!(
            difference(&right, &wrong).join("\n"),
            "the first difference is at offset 50\n\
             expected: …b\"xxxxxxxxxxxxxxxxxxxxxxxxrxxxxxxxxxxxxxxxxxxxxxxx\"…\n\
             actual:   …b\"xxxxxxxxxxxxxxxxxxxxxxxxwxxxxxxxxxxxxxxxxxxxxxxx\"…\n\
             \x20                                    ^"
        );
    }

    #[test]
    fn numbers_that_are_text_can_be_read() {
        assert_eq!(
            as_text("  left: [[111, 110, 101, 10], [104, 105]]").unwrap(),
            "  left: [b\"one\\n\", b\"hi\"]"
        );
        assert_eq!(
            as_text(" right: Ok(Some([104, 105, 0, 104]))").unwrap(),
            " right: Ok(Some(b\"hi\\x00h\"))"
        );
        assert_eq!(as_text("  left: [1, 2, 3]"), None);
        assert_eq!(as_text("  left: [512, 104]"), None);
        assert_eq!(as_text("  left: [\"enter\"]"), None);
        assert_eq!(as_text("  left: ["), None);
    }
}
