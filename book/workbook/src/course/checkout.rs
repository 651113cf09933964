//! The folders of the course.

use crate::course::chapters::{Chapter, Course};
use anyhow::{Context, Result, bail};
use std::env;
use std::path::{Path, PathBuf};

/// Where the course lies, and where what is built of it goes.
#[derive(Clone, Debug)]
pub struct Checkout {
    /// The top folder, the one with `chapters/course.toml`.
    pub root: PathBuf,
    /// The folder for everything that is built.
    pub target: PathBuf,
}

impl Checkout {
    /// Finds the checkout in which this program was started.
    ///
    /// Asked first is the working folder with those above it, so that a moved
    /// checkout is found; then the place where the program was compiled. What is
    /// missing of a learner's files is laid in it.
    pub fn find() -> Result<Self> {
        let here = env::current_dir().unwrap_or_default();
        let compiled = Path::new(env!("CARGO_MANIFEST_DIR"));
        let root = here
            .ancestors()
            .chain(compiled.ancestors())
            .find(|folder| folder.join("chapters/course.toml").is_file())
            .context("no chapters/course.toml here or above: start this in the course's folder")?;
        starter::lay(root).context("the files of an exercise cannot be laid")?;
        Self::at(root)
    }

    /// The checkout whose top folder is `root`.
    pub fn at(root: &Path) -> Result<Self> {
        let root = root.canonicalize().with_context(|| {
            format!("cannot open {}; is that the course's folder?", root.display())
        })?;
        // Where this program was built, if it was built from this checkout.
        let compiled = Path::new(env!("CARGO_MANIFEST_DIR"));
        let own = compiled.ancestors().nth(2).and_then(|top| top.canonicalize().ok());
        let target = match own == Some(root.clone()) {
            true => target_folder().unwrap_or_else(|| root.join("target")),
            false => root.join("target"),
        };
        Ok(Self { root: without_verbatim_prefix(root), target })
    }

    /// The list of the course.
    pub fn course(&self) -> Result<Course> {
        Course::read(&self.root.join("chapters/course.toml"))
    }

    /// The folder of a chapter.
    pub fn chapter(&self, chapter: &Chapter) -> PathBuf {
        self.root.join("chapters").join(&chapter.folder)
    }

    /// The folder of the book's pages.
    pub fn pages(&self) -> PathBuf {
        self.root.join("book/src")
    }

    /// The finished book.
    pub fn html(&self) -> PathBuf {
        self.target.join("book")
    }

    /// The path below the top folder, with `/` on every system.
    pub fn short(&self, path: &Path) -> String {
        let short = path.strip_prefix(&self.root).unwrap_or(path);
        short.to_string_lossy().replace('\\', "/")
    }

    /// Finds a file that a page names.
    ///
    /// `chNN/…` is below that chapter's folder, `./…` and `../…` are seen from
    /// the page's folder, and any other path starts at the top folder.
    pub fn resolve(&self, course: &Course, page_folder: &Path, name: &str) -> Result<PathBuf> {
        let first = name.split('/').next().unwrap_or_default();
        let path = match course.chapter(first) {
            Some(chapter) => {
                let rest = name[first.len()..].trim_start_matches('/');
                self.root.join("chapters").join(&chapter.folder).join(rest)
            }
            None if first == "." || first == ".." => page_folder.join(name),
            None => self.root.join(name),
        };
        let Ok(found) = path.canonicalize() else {
            bail!("there is no file {name}");
        };
        let found = without_verbatim_prefix(found);
        if !found.starts_with(&self.root) {
            bail!("{name} lies outside of the course");
        }
        if !found.is_file() {
            bail!("{name} is not a file");
        }
        Ok(found)
    }
}

/// The `target` folder from which this program was started, if it was.
fn target_folder() -> Option<PathBuf> {
    let program = env::current_exe().ok()?;
    let profile = program.ancestors().find(|folder| {
        let name = folder.file_name().unwrap_or_default();
        name == "debug" || name == "release"
    })?;
    Some(profile.parent()?.to_owned())
}

/// On Windows `canonicalize` gives `\\?\C:\…`, which many programs refuse.
fn without_verbatim_prefix(path: PathBuf) -> PathBuf {
    match path.to_str().and_then(|text| text.strip_prefix(r"\\?\")) {
        Some(plain) if !plain.starts_with("UNC") => PathBuf::from(plain),
        _ => path,
    }
}
