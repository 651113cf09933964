//! The records of the parts of a class, joined to those of the whole.

use crate::grade::formats::read_class;
use crate::grade::record::{ClassInfo, Record};
use crate::grade::shard::Shard;
use anyhow::{Context, Result, bail, ensure};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// How many names are told in a sentence.
const NAMED: usize = 5;

/// A part, and where it came from.
struct Part {
    path: String,
    class: ClassInfo,
    records: Vec<Record>,
}

/// The records in these files, which `grade --format json` has written, in the order of the
/// class. Each person of the class must be there once, graded on the same.
pub fn read(paths: &[PathBuf]) -> Result<(ClassInfo, Vec<Record>)> {
    let parts = paths.iter().map(|path| read_part(path)).collect::<Result<Vec<_>>>()?;
    let first = parts.first().context("there is nothing to merge")?;
    for part in &parts[1..] {
        same(first, part)?;
    }
    let mut of_whom: BTreeMap<&str, &Part> = BTreeMap::new();
    let mut twice = Vec::new();
    for part in &parts {
        for record in &part.records {
            if let Some(other) = of_whom.insert(&record.submission, part) {
                twice.push(format!("{} (in {} and {})", record.submission, other.path, part.path));
            }
        }
    }
    ensure!(twice.is_empty(), "there is more than one record of {}", shown(&twice));
    let missing: Vec<_> =
        first.class.people.iter().filter(|name| !of_whom.contains_key(name.as_str())).collect();
    if !missing.is_empty() {
        bail!("{}there is no record of {}", missing_parts(&parts), shown(&missing));
    }
    let strange: Vec<_> =
        of_whom.keys().filter(|name| !first.class.people.iter().any(|one| one == *name)).collect();
    ensure!(strange.is_empty(), "not of this class: {}", shown(&strange));
    let class = ClassInfo { shard: None, ..first.class.clone() };
    let mut records: Vec<_> = parts.into_iter().flat_map(|part| part.records).collect();
    records.sort_by(|one, other| one.submission.cmp(&other.submission));
    Ok((class, records))
}

fn read_part(path: &Path) -> Result<Part> {
    let shown = path.display().to_string();
    let text = fs::read_to_string(path).with_context(|| format!("cannot read {shown}"))?;
    let grades = read_class(&text).with_context(|| shown.clone())?;
    let class = grades
        .class
        .with_context(|| format!("{shown} does not say of which class it is: grade it again"))?;
    Ok(Part { path: shown, class, records: grades.grades })
}

/// Refuses parts that cannot be of one class.
fn same(one: &Part, other: &Part) -> Result<()> {
    let (first, second) = (&one.class, &other.class);
    let both = format!("{} and {}", one.path, other.path);
    ensure!(
        first.seed == second.seed,
        "{both} have different seeds, {} and {}: give all parts the same --seed",
        first.seed,
        second.seed
    );
    ensure!(first.course == second.course, "{both} were graded with different courses");
    ensure!(
        first.exercises == second.exercises,
        "{both} were graded on different exercises, {} and {}",
        first.exercises.join(", "),
        second.exercises.join(", ")
    );
    let differ: Vec<_> = first
        .people
        .iter()
        .filter(|name| !second.people.contains(name))
        .chain(second.people.iter().filter(|name| !first.people.contains(name)))
        .collect();
    ensure!(differ.is_empty(), "{both} are of different classes: only one has {}", shown(&differ));
    let count = |part: &ClassInfo| {
        part.shard.as_ref().and_then(|shard| Some(shard.parse::<Shard>().ok()?.count))
    };
    ensure!(
        count(first) == count(second),
        "{both} are parts of different divisions: {} and {}",
        first.shard.as_deref().unwrap_or("the whole"),
        second.shard.as_deref().unwrap_or("the whole")
    );
    Ok(())
}

/// Names the parts that are not there, if any.
fn missing_parts(parts: &[Part]) -> String {
    let shards = parts.iter().filter_map(|part| part.class.shard.as_ref()?.parse::<Shard>().ok());
    let shards: Vec<_> = shards.collect();
    let count = shards.first().map_or(0, |shard| shard.count);
    let is_there = |number: &usize| shards.iter().any(|shard| shard.number == *number);
    let missing = (1..=count).filter(|number| !is_there(number));
    let missing: Vec<_> = missing.map(|number| Shard { number, count }.to_string()).collect();
    match missing.is_empty() {
        true => String::new(),
        false => format!("missing: part {}; ", shown(&missing)),
    }
}

fn shown<T: std::fmt::Display>(names: &[T]) -> String {
    let all: Vec<_> = names.iter().take(NAMED).map(T::to_string).collect();
    match names.len().saturating_sub(NAMED) {
        0 => all.join(", "),
        more => format!("{} and {more} more", all.join(", ")),
    }
}
