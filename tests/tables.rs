//! Tables of the book that a test makes: a column for each server that was asked, a row for each
//! question.

use std::{env, fs};

/// A column: its head, which names the server with its version, and a row's name and a cell for
/// each row.
#[derive(Debug)]
pub struct Column {
    /// What stands above it.
    pub head: String,
    /// All columns of a table have the same rows.
    pub cells: Vec<(String, String)>,
}

/// Compares `columns` with the table in `file`. A server of another version may do otherwise, and
/// is not compared.
///
/// With `BLESS` in the environment the file is written first, if there are as many columns as the
/// table shall have.
///
/// # Panics
///
/// If a column is not as it stands in the table.
pub fn compare(columns: &[Column], count: usize, file: &str) {
    let table = render(columns);
    if env::var_os("BLESS").is_some() {
        assert_eq!(columns.len(), count, "a program is missing: the table would have a gap");
        fs::write(file, &table).expect("the table can be written");
    }
    let shown = fs::read_to_string(file).expect("there is a table");
    let shown = parse(&shown);
    for seen in parse(&table) {
        match shown.iter().find(|column| column[0] == seen[0]) {
            Some(shown) => assert_eq!(&seen, shown, "BLESS=1 rewrites {file}"),
            None => eprintln!("{} is not in the table: it is not compared", seen[0]),
        }
    }
}

/// The cell in the column `head` and the row `label` of the table in `file`; `None` if there is
/// none.
pub fn recorded(file: &str, head: &str, label: &str) -> Option<String> {
    let table = fs::read_to_string(file).ok()?;
    let columns = parse(&table);
    let row = columns.first()?.iter().position(|cell| *cell == label)?;
    let column = columns.iter().find(|column| column[0] == head)?;
    Some(column[row].to_owned())
}

/// The page's table, as the page has it.
fn render(columns: &[Column]) -> String {
    let row = |cells: Vec<&str>| format!("| {} |\n", cells.join(" | "));
    let heads = columns.iter().map(|column| &*column.head);
    let mut table = row(std::iter::once("").chain(heads).collect());
    table += &row(vec!["---"; columns.len() + 1]);
    for (number, (label, _)) in columns[0].cells.iter().enumerate() {
        let cells = columns.iter().map(|column| &*column.cells[number].1);
        table += &row(std::iter::once(&**label).chain(cells).collect());
    }
    table
}

/// The columns of a table, each with its head first.
fn parse(table: &str) -> Vec<Vec<&str>> {
    let rows: Vec<Vec<_>> = table
        .lines()
        .map(|line| line.trim_matches('|').split(" | ").map(str::trim).collect())
        .collect();
    (0..rows[0].len()).map(|column| rows.iter().map(|row| row[column]).collect()).collect()
}
