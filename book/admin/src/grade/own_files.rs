//! Which files are the course's own.
//!
//! Whoever teaches keeps other things beside them: submissions, grades, notes. None of it is
//! to be handed out, so that what is copied is what the course is known to have. A file that
//! fits none of these patterns is left out, and that is said.

use anyhow::{Context, Result, ensure};
use std::fs;
use std::path::Path;
use workbook::course::chapters::Course;

/// The course as a whole. `*` is any name, or the rest of one; `**` any folders, or none.
const TOP: [&str; 44] = [
    ".cargo/*.toml",
    ".gitattributes",
    ".gitignore",
    ".rustfmt.toml",
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE-*",
    "CONTRIBUTING.md",
    "README.md",
    "book/book.toml",
    "book/transcripts.lock",
    "book/measured/*.csv",
    "book/measured/*.md",
    "book/pictures/*.svg",
    "book/src/**/*.md",
    "book/src/**/*.svg",
    "book/theme/*.css",
    "book/theme/*.js",
    "book/admin/src/grade/platform_package/*",
    "book/admin/src/new/*/*.txt",
    "book/admin/tests/schemas/*.json",
    "book/workbook/README.md",
    "book/workbook/tests/*.webm",
    "chapters/clippy.toml",
    "chapters/course.toml",
    "findings/*",
    "tests/*.rs",
    "tests/hundred-times",
    "tests/benches/*.rs",
    "tests/bin/*.rs",
    "tests/ch*/*.rs", // of one chapter, and `tests/chapters`
    "tests/ch*/scripts/*",
    "tests/clients/*.rs",
    "tests/conversations/*.rs",
    "tests/dav_clients/*.py",
    "tests/gateways/*.rs",
    "tests/proxies/*.rs",
    "tests/rpc/*.c",
    "tests/rpc/*.pl",
    "tests/rpc/*.py",
    "tests/rpc/*.rs",
    "tests/wire/*.rs",
    "tests/wire/*.toml",
    "tests/wire/scripts/**/*",
];

/// Each package that the workspace names, a chapter or not.
const PACKAGE: [&str; 6] =
    ["Cargo.toml", ".gitignore", "build.rs", "*.rs", "src/**/*.rs", "tests/**/*.rs"];

/// Each chapter of the list of the course.
const CHAPTER: [&str; 15] = [
    "canary.txt",
    "config/*",
    "scripts/*",
    "site/**/*",
    "src/*.png",
    "exercise/Cargo.toml",
    "exercise/exercise.toml",
    "exercise/src/*.rs",
    "exercise/tests/*.rs",
    "exercise/starter/*.rs",
    "exercise/solution/*.rs",
    "exercise/catch/Cargo.toml",
    "exercise/catch/src/*.rs",
    "exercise/servers/*",
    "exercise/servers/src/*.rs",
];

/// What the course's own files are called.
#[derive(Clone, Debug)]
pub struct OwnFiles(Vec<String>);

impl OwnFiles {
    /// Those of the course at `root`, by its list of chapters and its workspace.
    pub fn of(root: &Path) -> Result<Self> {
        let list = root.join("chapters/course.toml");
        ensure!(list.is_file(), "{} is not the folder of the course", root.display());
        let course = Course::read(&list)?;
        let manifest =
            fs::read_to_string(root.join("Cargo.toml")).context("cannot read Cargo.toml")?;
        let manifest: toml::Table =
            toml::from_str(&manifest).context("Cargo.toml of the course")?;
        let mut patterns: Vec<_> = TOP.iter().map(|&pattern| pattern.to_owned()).collect();
        for folder in packages(&manifest) {
            patterns.extend(PACKAGE.iter().map(|name| format!("{folder}/{name}")));
        }
        for chapter in &course.chapters {
            let all = PACKAGE.iter().chain(&CHAPTER);
            patterns.extend(all.map(|name| format!("chapters/{}/{name}", chapter.folder)));
        }
        Ok(Self(patterns))
    }

    /// Whether the file at `path` is one of them.
    pub fn has(&self, path: &str) -> bool {
        let names: Vec<_> = path.split('/').collect();
        let hides = |pattern: &Vec<&str>| {
            // A hidden file is only meant where its whole name stands.
            names.iter().any(|name| name.starts_with('.') && !pattern.contains(name))
        };
        self.0.iter().any(|pattern| {
            let pattern: Vec<_> = pattern.split('/').collect();
            fits(&names, &pattern) && !hides(&pattern)
        })
    }

    /// Whether a hidden folder is to be looked into.
    pub fn has_some_in(&self, folder: &str) -> bool {
        self.0.iter().any(|pattern| pattern.starts_with(&format!("{folder}/")))
    }
}

/// The folders of the packages that the workspace names one by one.
fn packages(manifest: &toml::Table) -> Vec<String> {
    let Some(workspace) = manifest.get("workspace") else { return Vec::new() };
    let members = workspace.get("members").and_then(toml::Value::as_array);
    let members = members.into_iter().flatten().filter_map(toml::Value::as_str);
    let dependencies = workspace.get("dependencies").and_then(toml::Value::as_table);
    let paths = dependencies.into_iter().flatten().filter_map(|(_, one)| one.get("path")?.as_str());
    let named = members.filter(|path| !path.contains('*')).chain(paths);
    named.map(str::to_owned).collect()
}

fn fits(names: &[&str], pattern: &[&str]) -> bool {
    match (names, pattern) {
        ([], []) => true,
        (_, ["**", rest @ ..]) => (0..=names.len()).any(|skipped| fits(&names[skipped..], rest)),
        ([name, names @ ..], [wanted, pattern @ ..]) => {
            let same = match wanted.split_once('*') {
                None => name == wanted,
                Some((start, end)) => {
                    let inside = name.len() >= start.len() + end.len();
                    inside && name.starts_with(start) && name.ends_with(end)
                }
            };
            same && fits(names, pattern)
        }
        _ => false,
    }
}
