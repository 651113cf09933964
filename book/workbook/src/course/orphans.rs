//! What the list of the course does not know, and what it names and does not exist.

use crate::course::chapters::{Course, number};
use crate::course::checkout::Checkout;
use crate::course::fault::Faults;
use anyhow::{Context, Result};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

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

    // The README is for people who have not run anything yet, so its table is written by hand.
    if let Ok(readme) = fs::read_to_string(checkout.root.join("README.md")) {
        for chapter in &course.chapters {
            let link = format!("(chapters/{})", chapter.folder);
            if !readme.contains(&link) {
                faults.add(
                    "README.md",
                    0,
                    format!("the table of chapters has no line with {link}"),
                );
            }
        }
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
