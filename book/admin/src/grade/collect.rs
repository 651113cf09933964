//! From the paths on the command line to people and their work.

use crate::grade::archive::{CLASS, PERSON, read, stem};
use crate::grade::handed_in::{HandedIn, Person};
use crate::grade::platforms;
use crate::grade::platforms::platform::Platform;
use crate::grade::tree::{Tree, open_regular, strange};
use anyhow::{Context, Result, bail};
use std::io::BufReader;
use std::path::{Component, Path, PathBuf};
use workbook::course::exercise::Exercise;

/// What the paths on the command line are taken for.
#[derive(Clone, Copy, Debug, Default)]
pub enum InputKind {
    /// For exports if they have the marks of one, and else for a person's work each.
    #[default]
    Detect,
    /// For a person's work each, whatever marks it has.
    OnePerson,
    /// For the export of this platform.
    Platform(&'static Platform),
}

impl std::str::FromStr for InputKind {
    type Err = anyhow::Error;

    fn from_str(name: &str) -> Result<Self> {
        match name {
            "one" => Ok(Self::OnePerson),
            name => Ok(Self::Platform(platforms::called(name)?)),
        }
    }
}

/// The people whose work lies at `paths`.
///
/// One path may be a platform's export, and several may be what a shell finds in one
/// (`export/*`). Otherwise each is the work of one person.
pub fn collect(
    paths: &[PathBuf],
    input_kind: InputKind,
    exercises: &[Exercise],
) -> Result<Vec<HandedIn>> {
    if !matches!(input_kind, InputKind::OnePerson) {
        let platform = match input_kind {
            InputKind::Platform(platform) => Some(platform),
            InputKind::Detect | InputKind::OnePerson => None,
        };
        let people = match (export(paths)?, platform) {
            (Some(tree), platform) => platforms::people(&tree, platform)
                .with_context(|| format!("cannot tell the people in {}", shown(paths)))?,
            (None, None) => None,
            (None, Some(platform)) => {
                bail!(
                    "{} is no export of {}: name its folder or its zip",
                    shown(paths),
                    platform.title
                )
            }
        };
        if let Some(people) = people {
            return Ok(people);
        }
    }
    Ok(paths.iter().map(|path| one(path, exercises)).collect())
}

fn shown(paths: &[PathBuf]) -> String {
    match paths {
        [one] => one.display().to_string(),
        [first, ..] => format!("{} and the others", first.display()),
        [] => "nothing".to_owned(),
    }
}

/// The files in what may be an export; none if it cannot be one.
fn export(paths: &[PathBuf]) -> Result<Option<Tree>> {
    if let [path] = paths {
        let is_in_a_copy = path.components().any(|part| part.as_os_str() == "chapters");
        return Ok(if is_in_a_copy { None } else { tree(path, true).ok() });
    }
    let parent = |path: &PathBuf| path.parent().map(Path::to_owned);
    let Some(first) = paths.first().and_then(parent) else { return Ok(None) };
    if paths.iter().any(|path| parent(path).as_ref() != Some(&first)) {
        return Ok(None);
    }
    let mut all = Tree::default();
    for path in paths {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
        // What is not there is told for each when each is read alone.
        if let Some(name) = name
            && path.symlink_metadata().is_ok()
        {
            all.add(path, &name)?;
        }
    }
    Ok(Some(all))
}

/// The work at `path`, as that of one person.
fn one(path: &Path, exercises: &[Exercise]) -> HandedIn {
    let (top, exercise) = inside_of_an_exercise(path, exercises);
    let person = Person::named(&name_of(path));
    let mut handed = HandedIn::new(person, &path.to_string_lossy(), Tree::default());
    handed.work = tree(&top, false).and_then(|tree| match exercise {
        // As if it were handed in alone, under a name that says which it is.
        Some(exercise) => tree.under(&exercise.id),
        None => Ok(tree),
    });
    handed
}

/// The files in a folder or an archive; whatever else is refused in a sentence.
fn tree(path: &Path, is_class: bool) -> Result<Tree> {
    // Without a slash at the end, which would follow a link.
    let path: PathBuf = path.components().collect();
    let shown = path.display();
    let strange = match strange(&path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => bail!("there is no {shown}"),
        strange => strange.with_context(|| format!("cannot look at {shown}"))?,
    };
    if let Some(what) = strange {
        bail!("{shown} is {what}; hand in the folder or the archive itself");
    }
    if path.is_dir() {
        return Tree::of_folder(&path).with_context(|| format!("{shown} was not read"));
    }
    let bounds = if is_class { CLASS } else { PERSON };
    open_regular(&path)
        .and_then(|file| read(Box::new(BufReader::new(file)), bounds))
        .with_context(|| format!("{shown} is neither a folder nor an archive that can be read"))
}

/// The name of a submission: that of its folder or file, or of the copy of the course that
/// it is in.
fn name_of(path: &Path) -> String {
    let whole = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let copy = whole.ancestors().find(|folder| folder.ends_with("chapters"));
    let named = copy.and_then(Path::parent).unwrap_or(&whole);
    let name = named.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
    stem(&name).to_owned()
}

/// For a path into a copy of the course: the folder to look at, and the exercise that it is
/// in, if it is in one.
fn inside_of_an_exercise<'a>(
    path: &Path,
    exercises: &'a [Exercise],
) -> (PathBuf, Option<&'a Exercise>) {
    let whole = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let parts: Vec<_> = whole.components().collect();
    let is_chapters = |part: &Component| part.as_os_str() == "chapters";
    if let Some(at) = parts.iter().rposition(is_chapters) {
        let Some(chapter) = parts.get(at + 1) else {
            return (parts[..at].iter().collect(), None);
        };
        let exercise = exercises.iter().find(|one| chapter.as_os_str() == one.folder.as_str());
        let folder: PathBuf = parts[..at + 2].iter().collect::<PathBuf>().join("exercise");
        if exercise.is_some() && folder.is_dir() && whole.is_dir() {
            return (folder, exercise);
        }
    }
    (path.to_owned(), None)
}
