//! Holds JSON from the standard input against a schema, for the tests of course-admin, and prints
//! what is wrong: `schemas SCHEMA.json <VALUE.json`.
//!
//! It is a program of its own because the validator asks some packages for features that nobody
//! else needs. In the tests' own package, cargo would compile for them all that stands on those
//! once more, and that is most of the workbook.

use anyhow::{Context, Result};
use std::env;
use std::fs::File;
use std::io;

fn main() -> Result<()> {
    let path = env::args_os().nth(1).context("it needs the file of a schema")?;
    let schema = jsonschema::validator_for(&serde_json::from_reader(File::open(path)?)?)?;
    for error in schema.iter_errors(&serde_json::from_reader(io::stdin())?) {
        println!("{}: {error:.200}", error.instance_path());
    }
    Ok(())
}
