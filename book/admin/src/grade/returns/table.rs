//! A table with a header, as it was and as it is given back.

use anyhow::{Context, Result, bail, ensure};
use csv::{QuoteStyle, ReaderBuilder, WriterBuilder};

const BOM: &[u8] = b"\xef\xbb\xbf";

/// The rows of a table, each as long as the header.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    /// Whether it began with the mark of UTF-8.
    pub marked: bool,
    /// The names of the columns.
    pub head: Vec<String>,
    /// The rows below them.
    pub rows: Vec<Vec<String>>,
}

impl Table {
    /// Reads a table in UTF-8, whatever stands between its cells.
    pub fn read(bytes: &[u8]) -> Result<Self> {
        if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
            bail!("it is UTF-16: download it again with commas between the cells");
        }
        let marked = bytes.starts_with(BOM);
        let text = std::str::from_utf8(bytes.strip_prefix(BOM).unwrap_or(bytes))
            .context("it is not UTF-8: download it again, and do not save it from a spreadsheet")?;
        let first = text.lines().next().unwrap_or_default();
        let count = |byte: u8| first.bytes().filter(|one| *one == byte).count();
        let delimiter =
            [b',', b';', b'\t'].into_iter().max_by_key(|byte| (count(*byte), *byte == b','));
        let mut reader = ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(delimiter.unwrap_or(b','))
            .from_reader(text.as_bytes());
        let mut rows = Vec::new();
        for row in reader.records() {
            rows.push(row?.iter().map(str::to_owned).collect::<Vec<_>>());
        }
        ensure!(rows.len() > 1, "there is no row in it");
        let head = rows.remove(0);
        rows.iter_mut().for_each(|row| row.resize(head.len(), String::new()));
        Ok(Self { marked, head, rows })
    }

    /// The table in UTF-8 with commas; `quoted` says whether each cell is in quotes.
    pub fn write(&self, quoted: bool) -> Result<Vec<u8>> {
        let style = if quoted { QuoteStyle::Always } else { QuoteStyle::Necessary };
        let mut start = Vec::new();
        if self.marked {
            start.extend_from_slice(BOM);
        }
        let mut writer = WriterBuilder::new().quote_style(style).from_writer(start);
        for row in std::iter::once(&self.head).chain(&self.rows) {
            writer.write_record(row)?;
        }
        writer.into_inner().map_err(|error| error.into_error()).context("cannot write the table")
    }

    /// The place of the column with this name, in any case of letters.
    pub fn column(&self, name: &str) -> Option<usize> {
        self.head.iter().position(|head| head.trim().eq_ignore_ascii_case(name))
    }

    /// Of these columns the one whose name has `part` in it, or the only one.
    pub fn chosen(&self, columns: &[usize], part: Option<&str>) -> Result<usize> {
        let names = |columns: &[usize]| {
            columns.iter().map(|at| self.head[*at].as_str()).collect::<Vec<_>>().join("; ")
        };
        let has = |at: &&usize| part.is_none_or(|part| self.head[**at].contains(part));
        match columns.iter().filter(has).collect::<Vec<_>>()[..] {
            [one] => Ok(*one),
            [] => {
                bail!("no column for the grades is in it; the columns are {}", self.head.join("; "))
            }
            _ => bail!(
                "several columns may be meant: say which, as in `--column NAME`: {}",
                names(columns)
            ),
        }
    }

    /// The same rows with these columns alone.
    pub fn only(&self, columns: &[usize], rows: Vec<Vec<String>>) -> Self {
        let cut = |row: &Vec<String>| columns.iter().map(|at| row[*at].clone()).collect();
        Self { marked: self.marked, head: cut(&self.head), rows: rows.iter().map(cut).collect() }
    }
}

/// A number as tables have it: `10`, `10.00`, `10,00`.
pub fn number(cell: &str) -> Option<f64> {
    let number: f64 = cell.trim().replace(',', ".").parse().ok()?;
    number.is_finite().then_some(number)
}
