use crate::wire::Case;
use crate::wire::case::Written;
use serde::Deserialize;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use toml::Value;

/// All cases, subject by subject.
#[derive(Clone, Debug, Default)]
pub struct Corpus {
    /// The subjects, in the order of their places.
    pub subjects: Vec<Subject>,
    /// The cases of all subjects.
    pub cases: Vec<Case>,
}

/// What the cases of one file have in common.
#[derive(Clone, Debug)]
pub struct Subject {
    /// The name of the file without its ending.
    pub name: String,
    /// What they are about, in a sentence.
    pub about: String,
    /// Where it stands among the others.
    pub place: u32,
}

/// A file of the corpus.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    about: String,
    place: u32,
    #[serde(default)]
    site: bool,
    /// For the cases that do not say it themselves.
    expect: Option<Value>,
    case: Vec<Written>,
}

/// The folder of the course's own corpus.
pub const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/wire");

impl Corpus {
    /// Reads every `*.toml` in `folder` besides `matrix.toml`.
    ///
    /// # Errors
    ///
    /// A sentence that names the file, and the case if there is one: a file that
    /// cannot be read or understood, a name that is there twice.
    pub fn load(folder: &Path) -> Result<Self, String> {
        let mut corpus = Self::default();
        let entries = fs::read_dir(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
        for entry in entries {
            let path = entry.map_err(|e| e.to_string())?.path();
            let name = path.file_name().and_then(|name| name.to_str());
            match name.and_then(|name| name.strip_suffix(".toml")) {
                None | Some("matrix") => {}
                Some(subject) => {
                    let text = fs::read_to_string(&path);
                    corpus.add(subject, &text.map_err(|e| format!("{}: {e}", path.display()))?)?;
                }
            }
        }
        Ok(corpus)
    }

    /// Adds the cases that are written in `text`, about `subject`.
    ///
    /// # Errors
    ///
    /// As with [`load`](Corpus::load).
    pub fn add(&mut self, subject: &str, text: &str) -> Result<(), String> {
        let file: File = toml::from_str(text).map_err(|e| format!("{subject}.toml: {e}"))?;
        let mut known: BTreeSet<String> = self.cases.iter().map(|case| case.name.clone()).collect();
        for written in file.case {
            let name = written.name.clone();
            let wrong = |what: &str| format!("{subject}.toml: {name:?}: {what}");
            if !known.insert(name.clone()) {
                return Err(wrong("there are two cases of this name"));
            }
            let case = written.into_case(subject, file.site, file.expect.as_ref());
            self.cases.push(case.map_err(|error| wrong(&error))?);
        }
        let (name, about, place) = (subject.to_owned(), file.about, file.place);
        self.subjects.push(Subject { name, about, place });
        // Files come in any order.
        self.subjects.sort_by_key(|subject| subject.place);
        let place = |case: &Case| self.subjects.iter().position(|any| any.name == case.subject);
        self.cases.sort_by_key(place);
        Ok(())
    }

    /// The cases about `subject`.
    pub fn about(&self, subject: &str) -> impl Iterator<Item = &Case> {
        self.cases.iter().filter(move |case| case.subject == subject)
    }
}
