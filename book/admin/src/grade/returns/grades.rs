//! The grades of a class, as far as a platform's table needs them.

use crate::grade::record::{Record, State};
use crate::grade::returns::table::Table;
use anyhow::{Result, ensure};
use std::cell::RefCell;
use std::collections::BTreeSet;

/// How many names are told of a kind.
const NAMED: usize = 10;

/// A table that was filled in.
#[derive(Debug)]
pub struct Filled {
    /// The table.
    pub table: Table,
    /// Whether each cell is to be in quotes.
    pub quoted: bool,
    /// What all points are worth there.
    pub most: f64,
}

/// The records of a class, and which of them were used.
#[derive(Debug)]
pub struct Grades<'a> {
    records: &'a [Record],
    most: f64,
    used: RefCell<BTreeSet<usize>>,
}

impl<'a> Grades<'a> {
    /// Those of `records`, which were graded on the same exercises.
    pub fn of(records: &'a [Record]) -> Result<Self> {
        let graded = || records.iter().filter(|record| is_graded(record));
        let most = graded().map(|record| record.max_score).fold(0.0, f64::max);
        if let Some(other) = graded().find(|record| (record.max_score - most).abs() > 1e-6) {
            let ids: Vec<_> = other.exercises.iter().map(|one| one.id.as_str()).collect();
            ensure!(
                false,
                "{} was graded on {} alone, and others on more: one column needs the same for \
                 all, as in `--only ch03`",
                other.submission,
                ids.join(", ")
            );
        }
        ensure!(most > 0.0, "nobody has a grade");
        Ok(Self { records, most, used: RefCell::default() })
    }

    /// The one record for which this holds; none if there are several.
    pub fn find(&self, is: impl Fn(&Record) -> bool) -> Option<&'a Record> {
        let mut found = (0..self.records.len()).filter(|at| is(&self.records[*at]));
        let at = found.next().filter(|_| found.next().is_none())?;
        self.used.borrow_mut().insert(at);
        Some(&self.records[at])
    }

    /// The points of a record where all are worth `most`; none if not all of it was read and run.
    pub fn points(&self, record: &Record, most: f64) -> Option<String> {
        let points = record.score.filter(|_| is_graded(record))? * most / self.most;
        // As many decimals as platforms keep, and no more than are needed.
        Some(format!("{}", (points * 100.0).round() / 100.0))
    }

    /// What there is to say about a table that was filled in.
    pub fn said(&self, filled: &Filled) -> String {
        let used = self.used.borrow();
        let has_grade = |at: &&usize| is_graded(&self.records[**at]);
        let count = used.iter().filter(has_grade).count();
        let mut said = format!("{count} of {} people have a grade in it", self.records.len());
        if (filled.most - self.most).abs() > 1e-6 {
            said += &format!(
                "; {} points are {} there, and others in proportion",
                self.most, filled.most
            );
        }
        let names = |is: &dyn Fn(usize, &Record) -> bool| {
            let all = self.records.iter().enumerate().filter(|(at, one)| is(*at, one));
            all.map(|(_, record)| record.submission.as_str()).collect::<Vec<_>>()
        };
        let unread = names(&|_, one| one.score.is_none());
        let unfinished = names(&|_, one| one.state() == State::Unfinished);
        let unknown = names(&|at, one| is_graded(one) && !used.contains(&at));
        for (what, names) in [
            ("without a grade, since they were not read", unread),
            ("without a grade, since not everything was run", unfinished),
            ("not found in the table, or not alone", unknown),
        ] {
            if !names.is_empty() {
                let more = if names.len() > NAMED { " and others" } else { "" };
                let shown = names[..names.len().min(NAMED)].join(", ");
                said += &format!("\n  {} {what}: {shown}{more}", names.len());
            }
        }
        said
    }
}

/// Whether the grade is known and final.
fn is_graded(record: &Record) -> bool {
    record.state() == State::Graded
}

/// A name that is the same however it is spaced and in which case of letters: of `Last, First`
/// and of `First Last`.
pub fn plain_name(name: &str) -> String {
    let turned = match name.split_once(',') {
        Some((last, first)) => format!("{first} {last}"),
        None => name.to_owned(),
    };
    turned.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ")
}
