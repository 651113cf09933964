//! Numbers and texts, as every form writes them.

use crate::grade::record::TestRecord;
use course_practice::judge::outcome::Status;

/// A number without the dust of computing with fractions.
pub fn tidy(number: f64) -> f64 {
    // Not -0, which some programs refuse.
    (number * 1e4).round() / 1e4 + 0.0
}

/// A number as a person writes it: `3`, `2.5`.
pub fn plain(number: f64) -> String {
    tidy(number).to_string()
}

/// `text` with control characters made visible: `\u{1b}`. Lines and tabs stay.
pub fn visible(text: &str) -> String {
    let mut visible = String::with_capacity(text.len());
    for char in text.replace("\r\n", "\n").chars() {
        match char {
            '\n' | '\t' => visible.push(char),
            // XML has no place for the last two.
            char if char.is_control() || matches!(char, '\u{fffe}' | '\u{ffff}') => {
                visible.extend(char.escape_default());
            }
            char => visible.push(char),
        }
    }
    visible
}

/// `text` in a line.
pub fn one_line(text: &str) -> String {
    visible(&text.replace(['\r', '\n', '\t'], " "))
}

/// `text`, or of a long one the beginning and the end with a note between them.
pub fn shortened(text: &str, most: usize) -> String {
    if text.len() <= most {
        return text.to_owned();
    }
    let (mut first, mut last) = (most * 2 / 3, text.len() - most / 3);
    while !text.is_char_boundary(first) {
        first -= 1;
    }
    while !text.is_char_boundary(last) {
        last += 1;
    }
    format!("{}\n[… {} bytes are left out …]\n{}", &text[..first], last - first, &text[last..])
}

/// What is told about a test that did not pass, in at most about `most` bytes.
pub fn details(test: &TestRecord, most: usize) -> String {
    if test.status == Status::Pass {
        return visible(&shortened(&test.message, most));
    }
    let mut parts = vec![visible(&shortened(&test.message, most))];
    if !test.output.trim().is_empty() {
        parts.push(visible(shortened(&test.output, most).trim_end()));
    }
    if !test.hint.is_empty() {
        parts.push(format!("hint: {}", visible(&test.hint)));
    }
    if !test.repeat.is_empty() {
        parts.push(format!("again: {}", one_line(&test.repeat)));
    }
    parts.retain(|part| !part.is_empty());
    parts.join("\n\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_seen() {
        assert_eq!(
            visible("a\r\nb\tc\r\0\u{1b}[1m\u{7f}\u{fffe}é"),
            "a\nb\tc\\r\\u{0}\\u{1b}[1m\\u{7f}\\u{fffe}é"
        );
        assert_eq!(one_line("a\nb\tc\u{1b}"), "a b c\\u{1b}");
    }

    #[test]
    fn long_texts_keep_both_ends() {
        assert_eq!(shortened("short", 10), "short");
        let long = format!("begin{}end", "é".repeat(1000));
        let short = shortened(&long, 100);
        assert!(short.starts_with("beginéé") && short.ends_with("ééend"), "{short}");
        assert!(short.contains("\n[… 1910 bytes are left out …]\n"), "{short}");
    }

    #[test]
    fn numbers_are_tidy() {
        assert_eq!(plain(3.0), "3");
        assert_eq!(plain(0.1 + 0.2), "0.3");
        assert_eq!(plain(-0.0), "0");
        assert_eq!(plain(2.0 / 3.0), "0.6667");
    }
}
