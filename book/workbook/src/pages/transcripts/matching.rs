//! Comparing what was printed with what the page says.

/// A piece of the comparison, in order.
#[derive(Clone, Debug, PartialEq)]
pub enum Piece {
    /// A line of the page that was printed: the page's text, patterns included.
    Same(String),
    /// The page's `...`, whatever it stood for.
    Any,
    /// The page has it, and it was not printed.
    Missing(String),
    /// It was printed, and the page does not have it.
    Extra(String),
}

/// Compares line by line, so that as many lines as possible are the same.
pub fn compare(page: &[String], printed: &[String]) -> Vec<Piece> {
    // best[i][j]: how many lines of page[i..] can be found in printed[j..].
    let (rows, columns) = (page.len(), printed.len());
    let mut best = vec![vec![0u32; columns + 1]; rows + 1];
    for i in (0..rows).rev() {
        for j in (0..=columns).rev() {
            best[i][j] = if page[i] == "..." {
                let further = if j < columns { best[i][j + 1] } else { 0 };
                (best[i + 1][j] + 1).max(further)
            } else {
                let mut here = best[i + 1][j];
                if j < columns {
                    here = here.max(best[i][j + 1]);
                    if line_matches(&page[i], &printed[j]) {
                        here = here.max(best[i + 1][j + 1] + 1);
                    }
                }
                here
            };
        }
    }
    let mut pieces = Vec::new();
    let (mut i, mut j) = (0, 0);
    let mut swallowing = false; // the last piece was `...`
    while i < rows || j < columns {
        if i < rows && page[i] == "..." {
            // All that brings nothing further on is what `...` stands for.
            pieces.push(Piece::Any);
            let goal = best[i][j] - 1;
            i += 1;
            while j < columns && best[i][j] < goal {
                j += 1;
            }
            swallowing = true;
            // Lines that no later line of the page matches belong to it too.
            while j < columns
                && best[i][j + 1] == best[i][j]
                && starts_no_match(page, printed, i, j)
            {
                j += 1;
            }
            continue;
        }
        let same = i < rows
            && j < columns
            && line_matches(&page[i], &printed[j])
            && best[i][j] == best[i + 1][j + 1] + 1;
        if same {
            pieces.push(Piece::Same(page[i].clone()));
            i += 1;
            j += 1;
        } else if i < rows && best[i][j] == best[i + 1][j] {
            pieces.push(Piece::Missing(page[i].clone()));
            i += 1;
        } else {
            if !swallowing {
                pieces.push(Piece::Extra(printed[j].clone()));
            }
            j += 1;
            continue;
        }
        swallowing = false;
    }
    pieces
}

/// Whether `printed[j]` is not what the next line of the page waits for.
fn starts_no_match(page: &[String], printed: &[String], i: usize, j: usize) -> bool {
    page.get(i).is_none_or(|next| !line_matches(next, &printed[j]))
}

/// Whether nothing is missing and nothing is too much.
pub fn matches(pieces: &[Piece]) -> bool {
    pieces.iter().all(|piece| matches!(piece, Piece::Same(_) | Piece::Any))
}

/// The page's lines, made true. A date never stays true, so its line is a pattern
/// from the start.
pub fn blessed(pieces: &[Piece]) -> Vec<String> {
    let line = |piece: &Piece| match piece {
        Piece::Extra(line) if line.starts_with("Date: ") => Some("Date: [..]".to_owned()),
        Piece::Same(line) | Piece::Extra(line) => Some(line.clone()),
        Piece::Any => Some("...".to_owned()),
        Piece::Missing(_) => None,
    };
    pieces.iter().filter_map(line).collect()
}

/// The comparison for people: `-` is only on the page, `+` was only printed.
pub fn shown(pieces: &[Piece]) -> String {
    let mut text = String::new();
    for piece in pieces {
        text += &match piece {
            Piece::Same(line) => format!("    {line}\n"),
            Piece::Any => "    ...\n".to_owned(),
            Piece::Missing(line) => format!("  - {line}\n"),
            Piece::Extra(line) => format!("  + {line}\n"),
        };
    }
    text
}

/// Whether a printed line fits a line of the page, in which `[..]` stands for
/// anything.
pub fn line_matches(pattern: &str, line: &str) -> bool {
    let mut parts = pattern.split("[..]");
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = line.strip_prefix(first) else { return false };
    let mut parts: Vec<_> = parts.collect();
    let Some(last) = parts.pop() else { return rest.is_empty() };
    for part in parts {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<String> {
        text.split(' ').filter(|word| !word.is_empty()).map(str::to_owned).collect()
    }

    fn compared(page: &str, printed: &str) -> Vec<Piece> {
        compare(&lines(page), &lines(printed))
    }

    #[test]
    fn what_is_the_same_matches() {
        assert!(matches(&compared("a b", "a b")));
        assert!(matches(&compared("", "")));
        assert!(matches(&compared("a[..]z b", "abcz b")));
        assert!(matches(&compared("a ... z", "a b c z")));
        assert!(matches(&compared("a ...", "a b c")));
        assert!(matches(&compared("... z", "z")));
        assert!(matches(&compared("...", "a b")));
    }

    #[test]
    fn what_differs_does_not() {
        assert!(!matches(&compared("a", "a b")));
        assert!(!matches(&compared("a b", "a")));
        assert!(!matches(&compared("a", "")));
        assert!(!matches(&compared("", "a")));
        assert!(!matches(&compared("a ... z", "a b c")));
        assert!(!matches(&compared("a[..]z", "abc")));
    }

    #[test]
    fn the_difference_is_told_line_by_line() {
        let shown = shown(&compared("a b c", "a x c"));
        assert_eq!(shown, "    a\n  - b\n  + x\n    c\n");
    }

    #[test]
    fn blessing_keeps_patterns_that_still_match_and_takes_new_lines() {
        assert_eq!(blessed(&compared("a[..] b ... z", "ax c d z")), lines("a[..] ... z"));
        assert_eq!(blessed(&compared("a", "a b c")), lines("a b c"));
        let date = compare(&[], &["Date: Sat, 21 Nov 2026 10:51:07 GMT".to_owned()]);
        assert_eq!(blessed(&date), ["Date: [..]"]);
        assert_eq!(blessed(&compared("a[..] q", "new axx")), lines("new a[..]"));
    }

    #[test]
    fn a_pattern_holds_for_the_whole_line() {
        assert!(line_matches("Date: [..] GMT", "Date: Sat, 1 Jan GMT"));
        assert!(!line_matches("Date: [..] GMT", "Date: Sat, 1 Jan GMT!"));
        assert!(!line_matches("x[..]x", "x"));
        assert!(line_matches("[..]b[..]", "abc"));
    }
}
