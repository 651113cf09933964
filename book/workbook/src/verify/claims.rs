//! `workbook verify`: everything that the book and the list of the course claim.

use crate::course::chapters::{Course, number};
use crate::course::checkout::Checkout;
use crate::course::fault::Faults;
use crate::pages::build::build;
use crate::pages::preprocess::missing_sections;
use crate::system::screen::{DIM, GREEN, RED, paint, say, tell};
use crate::verify::prove::prove;

use crate::pages::transcripts::replay::{Manner, replay};
use anyhow::{Context, Result};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::time::Instant;

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
                say(format_args!("{} {name} {took}", paint(GREEN, "right")));
            }
            Ok(news) => say(format_args!("{} {name}: {news} {took}", paint(GREEN, "right"))),
            Err(error) => {
                all_right = false;
                say(format_args!("{} {name}: {error:#}", paint(RED, "wrong")));
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
        let count = prove(checkout, &mut |what| tell(paint(DIM, format_args!("      {what}"))))?;
        Ok(format!(
            "{count}: each starter fails what it should, each solution passes, \
             each broken server is noticed"
        ))
    });
    check("the transcripts", &mut || {
        let report = replay(checkout, Manner::COMPARE, |page, count| {
            tell(paint(DIM, format_args!("      {page}: {count} blocks …")));
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

/// What a chapter's `Cargo.toml` must say.
#[derive(Deserialize)]
struct Manifest {
    package: Package,
    #[serde(default)]
    dependencies: BTreeMap<String, toml::Value>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
}

/// Finds what the list does not know, and what it names and does not exist.
pub fn orphans(checkout: &Checkout, course: &Course) -> Result<()> {
    let mut faults = Faults::default();
    let list = "chapters/course.toml";

    // `ch03-threads` is a chapter's folder; another one, such as `program`, is not.
    let is_chapter = |path: &Path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        path.is_dir() && number(name.split('-').next().unwrap_or_default()).is_some()
    };
    let folders = names(&checkout.root.join("chapters"), is_chapter)?;
    let listed: BTreeSet<_> = course.chapters.iter().map(|one| one.folder.clone()).collect();
    for folder in folders.difference(&listed) {
        faults.add(&format!("chapters/{folder}"), 0, format!("{list} does not list this chapter"));
    }
    for folder in listed.difference(&folders) {
        faults.add(list, 0, format!("the chapter chapters/{folder} does not exist"));
    }

    let is_page = |path: &Path| path.extension().is_some_and(|extension| extension == "md");
    let pages = names(&checkout.pages(), is_page)?;
    let listed: BTreeSet<_> = course.pages().into_iter().collect();
    for page in pages.difference(&listed) {
        faults.add(&format!("book/src/{page}"), 0, format!("{list} does not list this page"));
    }
    for page in listed.difference(&pages) {
        faults.add(list, 0, format!("the page book/src/{page} does not exist"));
    }

    let is_test = |path: &Path| {
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        path.extension().is_some_and(|extension| extension == "rs") && number(&name).is_some()
    };
    let tests = names(&checkout.root.join("tests"), is_test)?;
    let listed: BTreeSet<_> =
        course.chapters.iter().map(|chapter| format!("{}.rs", chapter.id)).collect();
    for test in tests.difference(&listed) {
        faults.add(&format!("tests/{test}"), 0, format!("{list} does not list this chapter"));
    }
    for test in listed.difference(&tests) {
        faults.add(list, 0, format!("the tests of a chapter do not exist: tests/{test}"));
    }

    for chapter in &course.chapters {
        let file = format!("chapters/{}/Cargo.toml", chapter.folder);
        let Ok(text) = fs::read_to_string(checkout.chapter(chapter).join("Cargo.toml")) else {
            continue; // the folder is missing, which was said
        };
        let manifest: Manifest = toml::from_str(&text).with_context(|| file.clone())?;
        let name = manifest.package.name;
        if name != chapter.id {
            let sentence = format!("the package is called {name}, and {list} says {}", chapter.id);
            faults.add(&file, 0, sentence);
        }
        let before: Vec<_> =
            course.ancestors(chapter).into_iter().map(|earlier| earlier.id.as_str()).collect();
        for dependency in manifest.dependencies.keys() {
            if number(dependency).is_some() && !before.contains(&dependency.as_str()) {
                let sentence = format!(
                    "it depends on {dependency}, which by its prerequisites in {list} \
                     it does not build on"
                );
                faults.add(&file, 0, sentence);
            }
        }
    }
    Ok(faults.check()?)
}

/// The names in a folder of what is `wanted`; a missing folder has none.
fn names(folder: &Path, wanted: impl Fn(&Path) -> bool) -> Result<BTreeSet<String>> {
    let Ok(entries) = fs::read_dir(folder) else { return Ok(BTreeSet::new()) };
    let mut names = BTreeSet::new();
    for entry in entries {
        let path = entry?.path();
        if wanted(&path) {
            names.insert(path.file_name().unwrap_or_default().to_string_lossy().into_owned());
        }
    }
    Ok(names)
}
