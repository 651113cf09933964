//! Where the outcome is written.

use crate::grade::formats::{Environment, Format, class_document};
use crate::grade::record::{ClassInfo, Record};
use anyhow::{Context, Result, ensure};
use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

/// A file or folder for the outcome.
#[derive(Clone, Debug)]
pub struct Output {
    format: Format,
    path: PathBuf,
    class: Option<ClassInfo>,
    environment: Environment,
}

impl Output {
    /// `path` in this form; `several` says whether there is more than one submission. It is
    /// written to at once, so that what cannot be written is known before all the work.
    pub fn new(format: Format, path: PathBuf, several: bool) -> Result<Self> {
        if several && !format.is_one_document() {
            ensure!(
                !path.is_file(),
                "{} is a file; {} is a file for each submission, so name a folder",
                path.display(),
                format.name()
            );
            fs::create_dir_all(&path)
                .with_context(|| format!("cannot make the folder {}", path.display()))?;
        } else {
            ensure!(!path.is_dir(), "{} is a folder; name a file", path.display());
        }
        Ok(Self { format, path, class: None, environment: Environment::read() })
    }

    /// The same for the records of a class, which JSON says more about.
    pub fn of_class(self, class: &ClassInfo) -> Self {
        Self { class: Some(class.clone()), ..self }
    }

    /// Where it is written.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes the outcome, each file whole or not at all.
    pub fn write(&self, records: &[Record]) -> Result<()> {
        if self.format.is_one_document() || !self.path.is_dir() {
            return self.file(&self.path, records);
        }
        for (record, name) in records.iter().zip(file_names(records)) {
            let path = self.path.join(format!("{name}.{}", self.format.ending()));
            self.file(&path, std::slice::from_ref(record))?;
        }
        Ok(())
    }

    /// The outcome as text.
    pub fn text(format: Format, records: &[Record], class: Option<&ClassInfo>) -> Result<String> {
        match (format, class) {
            (Format::Json, Some(class)) => class_document(records, Some(class)),
            _ => format.write(records, &Environment::read()),
        }
    }

    fn file(&self, path: &Path, records: &[Record]) -> Result<()> {
        let text = match (self.format, &self.class) {
            (Format::Json, Some(class)) => class_document(records, Some(class))?,
            _ => self.format.write(records, &self.environment)?,
        };
        write_whole(path, text.as_bytes())
    }
}

/// Writes a file whole or not at all.
pub fn write_whole(path: &Path, bytes: &[u8]) -> Result<()> {
    let mut fresh = path.as_os_str().to_owned();
    fresh.push(format!(".new-{}", std::process::id()));
    let fresh = PathBuf::from(fresh);
    let cannot = || format!("cannot write {}; is its folder there?", path.display());
    fs::write(&fresh, bytes).with_context(cannot)?;
    fs::rename(&fresh, path).with_context(cannot)
}

/// The names of the submissions as names of files, each another one.
fn file_names(records: &[Record]) -> Vec<String> {
    let mut taken = HashSet::new();
    let plain = |char: char| match char {
        char if char.is_alphanumeric() || "-_".contains(char) => char,
        _ => '_',
    };
    let name = |record: &Record| {
        let name: String = record.submission.chars().map(plain).take(80).collect();
        let name = if name.is_empty() { "_".to_owned() } else { name };
        let mut own = name.clone();
        let mut number = 1;
        // On some systems `Ada` and `ada` are one file.
        while !taken.insert(own.to_lowercase()) {
            number += 1;
            own = format!("{name}_{number}");
        }
        own
    };
    records.iter().map(name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(name: &str) -> Record {
        Record { submission: name.to_owned(), ..Record::default() }
    }

    #[test]
    fn names_of_submissions_become_names_of_files() {
        let names = ["ada", "../ada", "Ada", "a b/c", "", "größer"].map(record);
        assert_eq!(file_names(&names), ["ada", "___ada", "Ada_2", "a_b_c", "_", "größer"]);
    }

    #[test]
    fn several_submissions_are_a_document_or_a_folder_of_documents() {
        let folder = tempfile::tempdir().unwrap();
        let records = [record("ada"), record("bob")];
        let at = |name: &str| folder.path().join(name);
        Output::new(Format::Csv, at("all.csv"), true).unwrap().write(&records).unwrap();
        assert_eq!(fs::read_to_string(at("all.csv")).unwrap().lines().count(), 3);
        Output::new(Format::Junit, at("new/all"), true).unwrap().write(&records).unwrap();
        assert!(at("new/all/ada.xml").is_file() && at("new/all/bob.xml").is_file());
        let one = Output::new(Format::Gradescope, at("results.json"), false).unwrap();
        one.write(&records[..1]).unwrap();
        one.write(&records[..1]).unwrap();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 3, "nothing else is left");
        let said = |result: Result<Output>| result.unwrap_err().to_string();
        assert!(said(Output::new(Format::Junit, at("all.csv"), true)).contains("name a folder"));
        assert!(said(Output::new(Format::Csv, at("new"), true)).contains("name a file"));
        let nowhere = Output::new(Format::Csv, at("gone/all.csv"), true).unwrap().write(&records);
        assert!(nowhere.unwrap_err().to_string().contains("is its folder there?"));
    }
}
