//! `workbook list`: the course at a glance.

use crate::checkout::Checkout;
use crate::page::outline;
use crate::preprocess::SECTIONS;
use crate::screen::{BOLD, DIM, paint, say};
use anyhow::Result;
use std::fs;

/// Prints parts and chapters with their minutes.
pub fn run(checkout: &Checkout) -> Result<bool> {
    let course = checkout.course()?;
    say(paint(BOLD, &course.title));
    for (part, number) in course.parts.iter().zip(1..) {
        let chapters = part.chapters.iter().filter_map(|id| course.chapter(id));
        let chapters: Vec<_> = chapters.collect();
        let minutes: u32 = chapters.iter().map(|chapter| chapter.minutes).sum();
        let heading = format!("Part {number}: {}", part.title);
        say(format_args!("\n{} {}", paint(BOLD, heading), paint(DIM, hours(minutes))));
        for chapter in chapters {
            let page = fs::read_to_string(checkout.pages().join(chapter.page()));
            let state = match page.as_deref().map(missing_sections) {
                Ok(missing) if missing.is_empty() => String::new(),
                Ok(missing) => format!("the page lacks: {}", missing.join(", ")),
                Err(_) => "has no page".to_owned(),
            };
            let minutes = format!("{:>3} min", chapter.minutes);
            say(format_args!(
                "  {}  {minutes}  {:<20} {}",
                chapter.id, chapter.title, chapter.idea
            ));
            if !state.is_empty() {
                say(format_args!("  {}", paint(DIM, format_args!("{:15}{state}", ""))));
            }
        }
    }
    say(format_args!(
        "\nRead one with `cargo workbook`, run one with `cargo run --bin ch01`, \
         see what one changed with `cargo workbook diff ch02`."
    ));
    Ok(true)
}

/// The sections that a chapter's page does not have. Two are short or absent
/// where there is nothing to measure or to compare.
pub fn missing_sections(page: &str) -> Vec<&'static str> {
    let headings = outline(page).headings;
    SECTIONS
        .into_iter()
        .filter(|section| !matches!(*section, "Measure it" | "In the real world"))
        .filter(|section| !headings.iter().any(|heading| heading.text == *section))
        .collect()
}

fn hours(minutes: u32) -> String {
    match (minutes / 60, minutes % 60) {
        (0, minutes) => format!("{minutes} min"),
        (hours, 0) => format!("{hours} h"),
        (hours, minutes) => format!("{hours} h {minutes} min"),
    }
}
