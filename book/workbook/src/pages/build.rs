//! From the pages to the finished book.

use crate::course::checkout::Checkout;
use crate::course::fault::Faults;
use crate::pages::links;
use crate::pages::measured::Measured;
use crate::pages::preprocess::Workbook;
use crate::pages::transcripts::lock::Lock;
use crate::pages::warnings;
use crate::system::process::ScratchFolder;
use anyhow::{Context, Result};
use mdbook_driver::MDBook;
use mdbook_driver::config::Config;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};

/// Puts a fresh book in the place of the last one, when it is called.
pub type Swap<'a> = dyn FnMut() -> Result<()> + 'a;

/// Builds the book in a folder of its own and, if nothing is wrong with it, puts it
/// at `finished`, in the place of the last one. `swap` is given the step that does
/// so: whoever reads the book meanwhile can make it wait.
pub fn build(
    checkout: &Checkout,
    finished: &Path,
    swap: impl FnOnce(&mut Swap<'_>) -> Result<()>,
) -> Result<()> {
    static BUILDS: AtomicU32 = AtomicU32::new(0);
    let count = BUILDS.fetch_add(1, Ordering::Relaxed);
    let name = format!("book-{}-{count}", std::process::id());
    let fresh = ScratchFolder::new(checkout.target.join(format!("{name}-new")));
    build_in(checkout, fresh.path())?;

    let old = ScratchFolder::new(checkout.target.join(format!("{name}-old")));
    swap(&mut || {
        if finished.exists() {
            fs::rename(finished, old.path()).with_context(|| cannot_swap(finished))?;
        }
        fs::rename(fresh.path(), finished).with_context(|| cannot_swap(finished))
    })
}

/// Builds the book in `folder`.
pub fn build_in(checkout: &Checkout, folder: &Path) -> Result<()> {
    fs::create_dir_all(folder).with_context(|| {
        format!(
            "cannot write to {}; if this checkout is read-only, choose another place: \
             CARGO_TARGET_DIR=FOLDER cargo run",
            folder.display()
        )
    })?;
    let course = checkout.course()?;
    let book_root = checkout.root.join("book");
    let mut config = Config::from_disk(book_root.join("book.toml"))?;
    config.build.build_dir = folder.to_owned();
    config.build.create_missing = false;

    let summary = summary(checkout)?;
    let summary = mdbook_summary::parse_summary(&summary)?;
    let mut book = MDBook::load_with_config_and_summary(&book_root, config, summary)?;
    book.with_preprocessor(Workbook {
        checkout: checkout.clone(),
        course,
        verified: Lock::read(&checkout.root)?.hashes(),
        measured: Measured::read(&checkout.root)?,
    });
    let (result, heard) = warnings::listening(|| book.build());
    result?;
    let mut faults = Faults::default();
    for warning in heard {
        faults.add("book", 0, format!("mdBook warns: {warning}"));
    }
    faults.check()?;
    links::check(&folder.canonicalize()?)
}

/// The navigation, made of the list of the course.
pub fn summary(checkout: &Checkout) -> Result<String> {
    let course = checkout.course()?;
    let title = |name: &str| -> Result<String> {
        let path = checkout.pages().join(name);
        let text = fs::read_to_string(&path).with_context(|| {
            format!("chapters/course.toml names a page that does not exist: book/src/{name}")
        })?;
        let first = text.lines().next().unwrap_or_default();
        let title = first.strip_prefix("# ").with_context(|| {
            format!("book/src/{name}:1: a page begins with its title, as in `# Sockets`")
        })?;
        Ok(title.trim().to_owned())
    };
    let link = |name: &str, depth: &str| -> Result<String> {
        let file = format!("{name}.md");
        Ok(format!("{depth}[{}]({file})\n", title(&file)?))
    };
    let mut summary = "# Summary\n\n".to_owned();
    for name in &course.before {
        summary += &link(name, "")?;
    }
    for (part, number) in course.parts.iter().zip(1..) {
        summary += &format!("\n# Part {number} · {}\n\n", part.title);
        if let Some(page) = &part.page {
            summary += &link(page, "- ")?;
        }
        for chapter in part.chapters.iter().filter_map(|id| course.chapter(id)) {
            let file = chapter.page();
            title(&file)?; // a page that does not exist is told here
            summary += &format!("- [{}. {}]({file})\n", chapter.number(), chapter.title);
        }
    }
    if !course.after.is_empty() {
        summary += "\n---\n\n";
    }
    for name in &course.after {
        summary += &link(name, "")?;
    }
    Ok(summary)
}

fn cannot_swap(folder: &Path) -> String {
    format!("cannot replace {}: does another program hold a file of it open?", folder.display())
}
