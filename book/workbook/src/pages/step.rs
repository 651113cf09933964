//! What a chapter changed: a file beside the one that it replaces.

use crate::course::chapters::{Chapter, Course};
use crate::course::checkout::Checkout;
use crate::pages::escape::escape;
use crate::pages::listing::without_anchors;
use anyhow::{Context, Result, ensure};
use similar::{ChangeTag, TextDiff};
use std::fs;
use std::path::{Path, PathBuf};

/// A changed file and the one that it replaces.
#[derive(Debug)]
pub struct Step {
    /// The older file, seen from the top folder.
    pub old_name: String,
    /// The newer file, seen from the top folder.
    pub new_name: String,
    /// What the older file contains, without anchors.
    pub old: String,
    /// What the newer file contains, without anchors.
    pub new: String,
}

/// A line of a diff.
#[derive(Debug, PartialEq)]
pub struct DiffLine {
    /// Whether it was added, taken away, or stayed.
    pub tag: ChangeTag,
    /// Its pieces, and whether a piece is what changed within the line.
    pub pieces: Vec<(bool, String)>,
}

impl Step {
    /// The step of `file` (below the chapter's folder). Without `from`, the
    /// older file is the one of the same name in the nearest chapter that this
    /// one grew out of.
    pub fn find(
        checkout: &Checkout,
        course: &Course,
        chapter: &Chapter,
        file: &str,
        from: Option<PathBuf>,
    ) -> Result<Self> {
        let new_path = checkout.chapter(chapter).join(file);
        ensure!(new_path.is_file(), "there is no file {file} in {}", chapter.folder);
        let old_path = match from {
            Some(path) => path,
            None => replaced(checkout, course, chapter, file).with_context(|| {
                format!("no chapter that {} grew out of has {file}: include it whole", chapter.id)
            })?,
        };
        Self::between(checkout, &old_path, &new_path)?.with_context(|| {
            let (old, new) = (checkout.short(&old_path), checkout.short(&new_path));
            format!("{old} and {new} do not differ")
        })
    }

    /// The step from one file to another; `None` if they do not differ.
    pub fn between(checkout: &Checkout, old: &Path, new: &Path) -> Result<Option<Self>> {
        let read = |path: &Path| -> Result<String> {
            let text = fs::read_to_string(path)
                .with_context(|| format!("cannot read {}", path.display()))?;
            Ok(without_anchors(&text).replace("\r\n", "\n"))
        };
        let step = Self {
            old_name: checkout.short(old),
            new_name: checkout.short(new),
            old: read(old)?,
            new: read(new)?,
        };
        Ok((step.old != step.new).then_some(step))
    }

    /// The changes in groups, with `context` unchanged lines around each; and
    /// for each group the numbers of its first lines, old and new.
    pub fn hunks(&self, context: usize) -> Vec<(usize, usize, Vec<DiffLine>)> {
        let diff = TextDiff::from_lines(&self.old, &self.new);
        let groups = diff.grouped_ops(context);
        groups
            .iter()
            .map(|group| {
                let first = group.first();
                let old = first.map_or(1, |op| op.old_range().start + 1);
                let new = first.map_or(1, |op| op.new_range().start + 1);
                let changes = group.iter().flat_map(|op| diff.iter_inline_changes(op));
                let lines = changes.map(|change| DiffLine {
                    tag: change.tag(),
                    pieces: change
                        .iter_strings_lossy()
                        .map(|(changed, text)| (changed, text.trim_end_matches('\n').to_owned()))
                        .collect(),
                });
                (old, new, lines.collect())
            })
            .collect()
    }

    /// How many lines were added and taken away.
    pub fn size(&self) -> (usize, usize) {
        let diff = TextDiff::from_lines(&self.old, &self.new);
        let count = |tag| diff.iter_all_changes().filter(|change| change.tag() == tag).count();
        (count(ChangeTag::Insert), count(ChangeTag::Delete))
    }

    /// The diff as a piece of the page.
    ///
    /// A plus or a minus stands before each changed line, so that no colour is
    /// needed to read it; they are text, so that a screen reader says them.
    pub fn html(&self) -> String {
        let (added, removed) = self.size();
        let mut html = format!(
            "<div class=\"step\"><div class=\"file\">{} <span>since {}: {added} lines added, \
             {removed} removed</span></div><pre tabindex=\"0\" aria-label=\"what changed in {}\">",
            escape(&self.new_name),
            escape(&self.old_name),
            escape(&self.new_name)
        );
        for (index, (_, new, lines)) in self.hunks(3).iter().enumerate() {
            if index > 0 || *new > 1 {
                html += &format!("<span class=\"hunk\">  … from line {new}\n</span>");
            }
            for line in lines {
                let (class, mark) = match line.tag {
                    ChangeTag::Insert => ("ins", "+ "),
                    ChangeTag::Delete => ("del", "- "),
                    ChangeTag::Equal => ("", "  "),
                };
                html += &match class {
                    "" => "<span>".to_owned(),
                    class => format!("<span class=\"{class}\">"),
                };
                html += mark;
                // Where most of the line changed, no word of it stands out.
                let length = |changed: bool| -> usize {
                    let pieces = line.pieces.iter().filter(|piece| piece.0 == changed);
                    pieces.map(|(_, text)| text.trim().len()).sum()
                };
                let few = length(true) <= length(false);
                for (changed, text) in &line.pieces {
                    // What is only moved to the right is not underlined.
                    let (space, word) = text.split_at(text.len() - text.trim_start().len());
                    html += space;
                    let word = escape(word);
                    html += &if *changed && few && !word.is_empty() {
                        format!("<b>{word}</b>")
                    } else {
                        word
                    };
                }
                html += "\n</span>";
            }
        }
        html + "</pre></div>\n"
    }
}

/// The files that a chapter changed: those below its `src` that have the name
/// of a file in a chapter that it grew out of. The two that every chapter has
/// (`src/lib.rs`, `src/main.rs`) are left out.
pub fn changed_files(
    checkout: &Checkout,
    course: &Course,
    chapter: &Chapter,
) -> Result<Vec<String>> {
    let mut files = source_files(checkout, chapter)?;
    files.retain(|file| {
        file != "src/lib.rs"
            && file != "src/main.rs"
            && replaced(checkout, course, chapter, file).is_some()
    });
    Ok(files)
}

/// The Rust files below a chapter's `src`, sorted, seen from its folder.
pub fn source_files(checkout: &Checkout, chapter: &Chapter) -> Result<Vec<String>> {
    let top = checkout.chapter(chapter);
    let mut found = Vec::new();
    let mut folders = vec![top.join("src")];
    while let Some(folder) = folders.pop() {
        let entries = fs::read_dir(&folder)
            .with_context(|| format!("cannot list {}", checkout.short(&folder)))?;
        for entry in entries {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let below = path.strip_prefix(&top).unwrap_or(&path);
                found.push(below.to_string_lossy().replace('\\', "/"));
            }
        }
    }
    found.sort();
    Ok(found)
}

/// The file that `file` of `chapter` replaces.
pub fn replaced(
    checkout: &Checkout,
    course: &Course,
    chapter: &Chapter,
    file: &str,
) -> Option<PathBuf> {
    course
        .ancestors(chapter)
        .into_iter()
        .map(|earlier| checkout.chapter(earlier).join(file))
        .find(|path| path.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(old: &str, new: &str) -> Step {
        Step {
            old_name: "old.rs".to_owned(),
            new_name: "new.rs".to_owned(),
            old: old.to_owned(),
            new: new.to_owned(),
        }
    }

    #[test]
    fn a_diff_says_what_came_and_what_went() {
        let html = step("a\nb\nc\n", "a\nB <x>\nc\nd\n").html();
        assert!(html.contains("<span class=\"del\">- b"), "{html}");
        assert!(html.contains("&lt;x&gt;"), "{html}");
        assert!(html.contains("<span class=\"ins\">+ d\n</span>"), "{html}");
        assert!(html.contains("2 lines added, 1 removed"), "{html}");
    }

    #[test]
    fn far_changes_come_in_two_groups() {
        let old: String = (0..40).map(|line| format!("{line}\n")).collect();
        let new = old.replace("5\n", "five\n").replace("30\n", "thirty\n");
        let hunks = step(&old, &new).hunks(3);
        let changed =
            |lines: &[DiffLine]| lines.iter().filter(|line| line.tag != ChangeTag::Equal).count();
        assert!(hunks.len() > 1);
        assert!(hunks.iter().all(|(_, _, lines)| changed(lines) > 0));
    }
}
