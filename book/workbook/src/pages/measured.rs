//! The numbers that `workbook bench` wrote, for the pages that name them.

use anyhow::{Context, Result, bail};
use std::fs;
use std::path::Path;
use std::str::FromStr;

/// Where the numbers are, seen from the top folder.
pub const FILE: &str = "book/measured/bench.csv";

/// The first line of that file.
pub const HEADER: &str = "server,clients,requests,p50_us,p99_us,errors";

/// One server under so many clients.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// `ch06`, `nginx`, …
    pub server: String,
    /// How many clients asked at once.
    pub clients: usize,
    /// Requests answered in a second.
    pub requests: f64,
    /// Half of the requests took at most this long, in microseconds.
    pub p50: f64,
    /// 99 of 100 requests took at most this long, in microseconds.
    pub p99: f64,
    /// Requests that were not answered as they should be.
    pub errors: u64,
}

/// A column of the table.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Field {
    /// Requests answered in a second.
    Requests,
    /// The time that half of the requests kept.
    P50,
    /// The time that 99 of 100 requests kept.
    P99,
}

impl FromStr for Field {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Self> {
        match text {
            "requests" => Ok(Self::Requests),
            "p50" => Ok(Self::P50),
            "p99" => Ok(Self::P99),
            _ => bail!("there is no measured {text}: there are requests, p50 and p99"),
        }
    }
}

/// All that was measured in the last run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Measured(pub Vec<Row>);

impl Measured {
    /// The last run's numbers; none if nothing was measured yet.
    pub fn read(root: &Path) -> Result<Self> {
        match fs::read_to_string(root.join(FILE)) {
            Ok(text) => Self::parse(&text).context(FILE),
            Err(_) => Ok(Self::default()),
        }
    }

    /// The numbers in a CSV.
    pub fn parse(csv: &str) -> Result<Self> {
        let mut lines = csv.lines();
        if lines.next() != Some(HEADER) {
            bail!("the first line is not `{HEADER}`: run `cargo workbook bench`");
        }
        let row = |line: &str| -> Option<Row> {
            let cells: Vec<_> = line.split(',').collect();
            let [server, clients, requests, p50, p99, errors] = cells[..] else { return None };
            Some(Row {
                server: server.to_owned(),
                clients: clients.parse().ok()?,
                requests: requests.parse().ok()?,
                p50: p50.parse().ok()?,
                p99: p99.parse().ok()?,
                errors: errors.parse().ok()?,
            })
        };
        let rows = lines.map(|line| row(line).with_context(|| format!("cannot read `{line}`")));
        Ok(Self(rows.collect::<Result<_>>()?))
    }

    /// The same as CSV.
    pub fn csv(&self) -> String {
        let mut csv = format!("{HEADER}\n");
        for row in &self.0 {
            let Row { server, clients, requests, p50, p99, errors } = row;
            csv += &format!("{server},{clients},{requests:.0},{p50:.0},{p99:.0},{errors}\n");
        }
        csv
    }

    /// A number as it stands on a page.
    pub fn text(&self, server: &str, clients: &str, field: Field) -> Result<String> {
        let row = self
            .0
            .iter()
            .find(|row| row.server == server && row.clients.to_string() == clients)
            .with_context(|| {
                format!(
                    "{FILE} has nothing about {server} with {clients} clients: \
                     run `cargo workbook bench`"
                )
            })?;
        Ok(match field {
            Field::Requests => thousands(row.requests),
            Field::P50 => duration(row.p50),
            Field::P99 => duration(row.p99),
        })
    }
}

/// `12,300` for 12345: three digits are as much as a measurement is worth.
pub fn thousands(number: f64) -> String {
    let digits = number.max(0.0).round().to_string();
    let scale = 10f64.powi(digits.len().saturating_sub(3) as i32);
    let rounded = ((number.max(0.0) / scale).round() * scale).round().to_string();
    let mut text = String::new();
    for (index, digit) in rounded.chars().enumerate() {
        if index > 0 && (rounded.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `85 µs`, `1.2 ms` or `310 ms` for a number of microseconds.
pub fn duration(microseconds: f64) -> String {
    match microseconds {
        us if us < 1_000.0 => format!("{us:.0} µs"),
        us if us < 10_000.0 => format!("{:.1} ms", us / 1_000.0),
        us => format!("{:.0} ms", us / 1_000.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_go_into_the_file_and_come_back() {
        let row = Row {
            server: "ch06".to_owned(),
            clients: 10,
            requests: 15_432.0,
            p50: 610.0,
            p99: 1_234.0,
            errors: 0,
        };
        let measured = Measured(vec![row]);
        let again = Measured::parse(&measured.csv()).unwrap();
        assert_eq!(again, measured);
        assert_eq!(again.text("ch06", "10", Field::Requests).unwrap(), "15,400");
        assert_eq!(again.text("ch06", "10", Field::P99).unwrap(), "1.2 ms");
        let error = again.text("ch07", "10", Field::P50).unwrap_err().to_string();
        assert!(error.contains("nothing about ch07 with 10 clients"), "{error}");
    }

    #[test]
    fn a_file_that_something_else_wrote_is_refused() {
        assert!(Measured::parse("a,b\n").is_err());
        assert!(Measured::parse(&format!("{HEADER}\nch06,ten,1,1,1,0\n")).is_err());
    }

    #[test]
    fn numbers_have_three_digits() {
        assert_eq!(thousands(987.0), "987");
        assert_eq!(thousands(1_234_567.0), "1,230,000");
        assert_eq!(thousands(0.0), "0");
    }
}
