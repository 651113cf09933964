//! A file for each person about what is wrong, in a zip as Moodle takes it back.
//!
//! Source: `mod/assign/feedback/file/importziplib.php` of github.com/moodle/moodle: the folder
//! that Moodle itself has exported, `name_number_assignsubmission_file`, says whose a file is. For
//! people from elsewhere the folder has their name.

use crate::grade::formats::feedback;
use crate::grade::record::Record;
use anyhow::{Context, Result};
use std::collections::HashSet;
use std::io::{Cursor, Write};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// The name of each file.
const NAME: &str = "feedback.txt";

/// The bytes of the zip.
pub fn write(records: &[Record]) -> Result<Vec<u8>> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let mut folders = HashSet::new();
    for record in records {
        let mut folder = folder(record);
        let own = folder.clone();
        let mut number = 1;
        while !folders.insert(folder.to_lowercase()) {
            number += 1;
            folder = format!("{own} {number}");
        }
        zip.start_file(format!("{folder}/{NAME}"), SimpleFileOptions::default())
            .and_then(|()| Ok(zip.write_all(feedback(record).as_bytes())?))
            .with_context(|| format!("cannot pack the feedback for {}", record.submission))?;
    }
    Ok(zip.finish().context("cannot finish the zip")?.into_inner())
}

fn folder(record: &Record) -> String {
    let person = &record.person;
    if person.platform == "moodle" {
        return format!("{}_{}_assignsubmission_file", person.name, person.id);
    }
    let plain =
        |char: char| if char.is_control() || "/\\:*?\"<>|".contains(char) { '_' } else { char };
    record.submission.chars().map(plain).collect()
}
