//! For whoever handed it in: what was earned, and what is wrong.

use crate::grade::formats::text::summary;
use crate::grade::formats::values::{details, one_line, plain, shortened, visible};
use crate::grade::record::Record;
use course_practice::judge::outcome::Status;
use std::fmt::Write;

/// The most that is told of a test, in bytes.
const LONGEST: usize = 8 * 1024;

/// The longest comment, in bytes.
const LONGEST_COMMENT: usize = 2000;

/// The summary, and of each test that did not pass what was done, what came back, and the first
/// hint.
pub fn feedback(record: &Record) -> String {
    let mut text = summary(record);
    for exercise in &record.exercises {
        for task in exercise.tasks.iter().filter(|task| task.points.is_some()) {
            for test in task.tests.iter().filter(|test| test.status != Status::Pass) {
                let (name, title) = (one_line(&test.name), one_line(&task.title));
                let _ = write!(text, "\n{} {title}: {name}\n\n", exercise.id);
                text += visible(&details(test, LONGEST)).trim_end();
                text.push('\n');
            }
        }
    }
    text
}

/// The points of each task and the first thing that is wrong with it, in a line. It may be taken
/// for HTML, and is harmless as such.
pub fn comment(record: &Record) -> String {
    let mut parts = Vec::new();
    for exercise in &record.exercises {
        for task in &exercise.tasks {
            let points = task.points.map_or("not read".to_owned(), plain);
            let mut part =
                format!("{} {}: {points} of {}", exercise.id, task.title, plain(task.max_points));
            let failed = task.tests.iter().find(|test| test.status != Status::Pass);
            if let Some(test) = failed {
                part += &format!(" ({}: {})", test.name, test.message);
            }
            parts.push(one_line(&part));
        }
    }
    let text = shortened(&parts.join("; "), LONGEST_COMMENT).replace('\n', " ");
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
