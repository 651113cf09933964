//! `workbook diff chNN`: what a chapter changed.

use crate::course::checkout::Checkout;
use crate::pages::step::{Step, replaced, source_files};
use crate::system::screen::{BOLD, DIM, GREEN, RED, paint, print_line};
use anyhow::Result;
use similar::ChangeTag;
use std::fs;

/// Prints new files by name and changed ones as diffs.
pub fn run(checkout: &Checkout, wanted: &str) -> Result<bool> {
    let course = checkout.course()?;
    let chapter = course.chapter_called(wanted)?;
    let from = match chapter.prerequisites.first().and_then(|id| course.chapter(id)) {
        Some(before) => format!("grows out of {}, {}", before.id, before.title),
        None => "the first of its line".to_owned(),
    };
    print_line(format_args!(
        "{} {}",
        paint(BOLD, format_args!("{}, {}:", chapter.id, chapter.title)),
        from
    ));
    for file in source_files(checkout, chapter)? {
        if replaced(checkout, &course, chapter, &file).is_none() {
            let text = fs::read_to_string(checkout.chapter(chapter).join(&file))?;
            print_line(format_args!(
                "\n{} {}",
                paint(BOLD, format_args!("{}/{file}", chapter.folder)),
                paint(GREEN, format_args!("new, {} lines", text.lines().count()))
            ));
            continue;
        }
        let Ok(step) = Step::find(checkout, &course, chapter, &file, None) else {
            print_line(format_args!(
                "\n{}/{file} {}",
                chapter.folder,
                paint(RED, "is an unchanged copy")
            ));
            continue;
        };
        let (added, removed) = step.size();
        print_line(format_args!(
            "\n{} {}",
            paint(BOLD, &step.new_name),
            paint(DIM, format_args!("since {}: +{added} -{removed}", step.old_name))
        ));
        print(&step);
    }
    Ok(true)
}

/// Prints the changes with three lines around each.
pub fn print(step: &Step) {
    for (_, new, lines) in step.hunks(3) {
        print_line(paint(DIM, format_args!("  … from line {new}")));
        for line in lines {
            let text: String = line.pieces.iter().map(|(_, text)| text.as_str()).collect();
            print_line(match line.tag {
                ChangeTag::Insert => paint(GREEN, format_args!("+ {text}")),
                ChangeTag::Delete => paint(RED, format_args!("- {text}")),
                ChangeTag::Equal => format!("  {text}"),
            });
        }
    }
}
