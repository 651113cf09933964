//! From the pages to the finished book.

use crate::course::chapters::Course;
use crate::course::checkout::Checkout;
use crate::course::fault::Faults;
use crate::pages::links;
use crate::pages::measured::Measured;
use crate::pages::preprocess::Workbook;
use crate::pages::trace::event::Recording;
use crate::pages::transcripts::lock::Lock;
use crate::pages::warnings;
use crate::system::process::ScratchFolder;
use anyhow::{Context, Result};
use mdbook_html::HtmlHandlebars;
use mdbook_renderer::book::{Book, BookItem, Chapter, SectionNumber};
use mdbook_renderer::config::Config;
use mdbook_renderer::{RenderContext, Renderer};
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
    let root = checkout.root.join("book");
    let config = Config::from_disk(root.join("book.toml"))?;
    let workbook = Workbook {
        checkout: checkout.clone(),
        verified: Lock::read(&checkout.root)?.hashes(),
        measured: Measured::read(&checkout.root)?,
        traces: Recording::read(&checkout.root)?,
        course,
    };
    let mut book = book(checkout, &workbook.course)?;
    workbook.expand(&mut book)?;
    let context = RenderContext::new(root, book, config, folder);
    let (result, heard) = warnings::listening(|| HtmlHandlebars::new().render(&context));
    result?;
    let mut faults = Faults::default();
    for warning in heard {
        faults.add("book", 0, format!("mdBook warns: {warning}"));
    }
    faults.check()?;
    links::check(&folder.canonicalize()?)
}

/// The pages as they are written, in the order of the course's list.
fn book(checkout: &Checkout, course: &Course) -> Result<Book> {
    let page = |name: &str| -> Result<Chapter> {
        let file = format!("{name}.md");
        let text = fs::read_to_string(checkout.pages().join(&file)).with_context(|| {
            format!("chapters/course.toml names a page that does not exist: book/src/{file}")
        })?;
        let first = text.lines().next().unwrap_or_default();
        let title = first.strip_prefix("# ").with_context(|| {
            format!("book/src/{file}:1: a page begins with its title, as in `# Sockets`")
        })?;
        let title = title.trim().to_owned();
        Ok(Chapter::new(&title, text, file, Vec::new()))
    };
    let mut book = Book::new();
    for name in &course.before {
        book.push_item(page(name)?);
    }
    // A number makes of a page one of the main part.
    let mut numbers = (1..).map(|number| Some(SectionNumber::new([number])));
    for (part, number) in course.parts.iter().zip(1..) {
        book.push_item(BookItem::PartTitle(format!("Part {number} · {}", part.title)));
        if let Some(name) = &part.page {
            book.push_item(Chapter { number: numbers.next().flatten(), ..page(name)? });
        }
        for chapter in part.chapters.iter().filter_map(|id| course.chapter(id)) {
            book.push_item(Chapter {
                name: format!("{}. {}", chapter.number(), chapter.title),
                number: numbers.next().flatten(),
                ..page(&chapter.folder)?
            });
        }
    }
    if !course.after.is_empty() {
        book.push_item(BookItem::Separator);
    }
    for name in &course.after {
        book.push_item(page(name)?);
    }
    Ok(book)
}

fn cannot_swap(folder: &Path) -> String {
    format!("cannot replace {}: does another program hold a file of it open?", folder.display())
}
