//! `workbook verify`: everything that the book and the list of the course claim.

use crate::verify::prove::prove;
use workbook::course::chapters::Course;
use workbook::course::checkout::Checkout;
use workbook::course::orphans::orphans;
use workbook::pages::build::build;
use workbook::pages::preprocess::missing_sections;
use workbook::system::screen::{DIM, GREEN, RED, paint, print_error, print_line};

use anyhow::Result;
use std::fs;
use std::time::Instant;
use workbook::pages::transcripts::replay::{ReplayOptions, replay};

/// Verifies everything, says what is right and what is not, and whether all is.
pub fn run(checkout: &Checkout) -> Result<bool> {
    let course = checkout.course()?;
    let mut all_right = true;
    let mut check = |name: &str, work: &mut dyn FnMut() -> Result<String>| {
        let start = Instant::now();
        let result = work();
        let took = paint(DIM, format_args!("({:.1} s)", start.elapsed().as_secs_f32()));
        match result {
            Ok(news) if news.is_empty() => {
                print_line(format_args!("{} {name} {took}", paint(GREEN, "right")));
            }
            Ok(news) => print_line(format_args!("{} {name}: {news} {took}", paint(GREEN, "right"))),
            Err(error) => {
                all_right = false;
                print_line(format_args!("{} {name}: {error:#}", paint(RED, "wrong")));
            }
        }
    };
    check("the list of the course", &mut || {
        orphans(checkout, &course)?;
        Ok(format!("{} chapters", course.chapters.len()))
    });
    check("the exercises", &mut || {
        if is_handout(checkout, &course) {
            return Ok("this copy of the course has no solutions to prove them with".to_owned());
        }
        let count =
            prove(checkout, &mut |what| print_error(paint(DIM, format_args!("      {what}"))))?;
        Ok(format!(
            "{count}: each starter fails what it should, each solution passes, \
             each broken server is noticed"
        ))
    });
    check("the transcripts", &mut || {
        let report = replay(checkout, ReplayOptions::COMPARE, |page, count| {
            print_error(paint(DIM, format_args!("      {page}: {count} blocks …")));
        })?;
        let written = report.lock.write(&checkout.root);
        report.faults.check()?;
        written?;
        let mut news = format!("{} replayed", report.replayed);
        for skipped in report.skipped {
            news += &format!("\n      {skipped}");
        }
        Ok(news)
    });
    check("the pages, their steps and links", &mut || {
        build(checkout, &checkout.html(), |swap| swap())?;
        let mut drafts = Vec::new();
        for chapter in &course.chapters {
            let page = fs::read_to_string(checkout.pages().join(chapter.page()))?;
            if !missing_sections(&page).is_empty() {
                drafts.push(chapter.id.as_str());
            }
        }
        Ok(match drafts.is_empty() {
            true => format!("{} pages", course.pages().len()),
            false => format!("unfinished are the pages of {}", drafts.join(", ")),
        })
    });
    Ok(all_right)
}

/// Whether the solutions have been taken out of this copy of the course.
fn is_handout(checkout: &Checkout, course: &Course) -> bool {
    let has = |chapter| checkout.chapter(chapter).join("exercise/solution").is_dir();
    !course.chapters.iter().any(has)
}
