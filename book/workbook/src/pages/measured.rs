//! The numbers that `workbook bench` wrote, for the pages that name them.

use anyhow::{Context, Result, bail};
use std::fs;
use std::path::Path;
use std::str::FromStr;

/// Where the numbers are, seen from the top folder.
pub const FILE: &str = "book/measured/bench.csv";

/// The first line of that file. A line has as many values as there were rounds.
pub const HEADER: &str = "server,scenario,figure,rounds";

/// What was measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Figure {
    /// Requests answered in a second.
    Requests,
    /// The server's time on a processor for each request, in microseconds.
    Cpu,
    /// Half of the requests took at most this long, in microseconds.
    P50,
    /// 99 of 100 requests took at most this long, in microseconds.
    P99,
    /// The server's system calls for each request.
    Calls,
    /// Requests that were not answered as they should be.
    Errors,
    /// By how many bytes the server grew.
    Memory,
    /// How long it took until all were connected, in microseconds.
    Connected,
    /// How many were answered.
    Answered,
}

/// All of them, by the names that they have on pages and in the file.
const FIGURES: [(&str, Figure); 9] = [
    ("requests", Figure::Requests),
    ("cpu", Figure::Cpu),
    ("p50", Figure::P50),
    ("p99", Figure::P99),
    ("calls", Figure::Calls),
    ("errors", Figure::Errors),
    ("memory", Figure::Memory),
    ("connected", Figure::Connected),
    ("answered", Figure::Answered),
];

impl FromStr for Figure {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Self> {
        let names = FIGURES.map(|(name, _)| name).join(", ");
        let found = FIGURES.into_iter().find(|(name, _)| *name == text);
        let (_, figure) =
            found.with_context(|| format!("there is no measured {text}: there are {names}"))?;
        Ok(figure)
    }
}

impl Figure {
    fn name(self) -> &'static str {
        FIGURES.into_iter().find(|(_, figure)| *figure == self).map_or("", |(name, _)| name)
    }

    /// A value as it stands on a page.
    pub fn text(self, value: f64) -> String {
        match self {
            Self::Requests => thousands(value),
            Self::Cpu | Self::P50 | Self::P99 | Self::Connected => duration(value),
            Self::Calls => format!("{value:.1}"),
            Self::Errors | Self::Answered => grouped(&format!("{value:.0}")),
            Self::Memory => match value / 1024.0 {
                kib if kib < 1024.0 => format!("{kib:.0} KiB"),
                kib => format!("{:.1} MiB", kib / 1024.0),
            },
        }
    }
}

/// What was measured of one server in one scenario.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// `ch06`, `nginx`, …
    pub server: String,
    /// `one`, `page-keep`, …
    pub scenario: String,
    /// What.
    pub figure: Figure,
    /// A value of each round.
    pub rounds: Vec<f64>,
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
            let mut cells = line.split(',');
            let mut name = || Some(cells.next()?.to_owned());
            let (server, scenario, figure) = (name()?, name()?, name()?.parse().ok()?);
            let rounds = cells.map(|value| value.parse().ok()).collect::<Option<Vec<_>>>()?;
            (!rounds.is_empty()).then_some(Row { server, scenario, figure, rounds })
        };
        let rows = lines.map(|line| row(line).with_context(|| format!("cannot read `{line}`")));
        Ok(Self(rows.collect::<Result<_>>()?))
    }

    /// The same as CSV.
    pub fn csv(&self) -> String {
        let mut csv = format!("{HEADER}\n");
        for Row { server, scenario, figure, rounds } in &self.0 {
            let rounds: Vec<_> = rounds.iter().map(|value| format!("{value:.2}")).collect();
            csv += &format!("{server},{scenario},{},{}\n", figure.name(), rounds.join(","));
        }
        csv
    }

    /// Adds the value of one more round.
    pub fn push(&mut self, server: &str, scenario: &str, figure: Figure, value: f64) {
        let is_it = |row: &&mut Row| {
            row.server == server && row.scenario == scenario && row.figure == figure
        };
        match self.0.iter_mut().find(is_it) {
            Some(row) => row.rounds.push(value),
            None => self.0.push(Row {
                server: server.to_owned(),
                scenario: scenario.to_owned(),
                figure,
                rounds: vec![value],
            }),
        }
    }

    /// The values of all rounds; none if it was not measured.
    fn rounds(&self, server: &str, scenario: &str, figure: Figure) -> &[f64] {
        let is_it =
            |row: &&Row| row.server == server && row.scenario == scenario && row.figure == figure;
        self.0.iter().find(is_it).map_or(&[], |row| &row.rounds)
    }

    /// The middle one of the rounds' values; `None` if it was not measured.
    pub fn value(&self, server: &str, scenario: &str, figure: Figure) -> Option<f64> {
        median(self.rounds(server, scenario, figure))
    }

    /// How many times as much it is as with another server, or in another scenario: the middle
    /// one of what it is in each round. `None` if one of them was not measured.
    pub fn ratio(&self, figure: Figure, of: (&str, &str), base: (&str, &str)) -> Option<f64> {
        let (of, base) = (self.rounds(of.0, of.1, figure), self.rounds(base.0, base.1, figure));
        let ratios: Vec<_> = of.iter().zip(base).map(|(of, base)| of / base).collect();
        median(&ratios).filter(|ratio| ratio.is_finite())
    }

    /// The servers that were measured in a scenario, in order.
    pub fn servers(&self, scenario: &str) -> Vec<&str> {
        let mut servers: Vec<&str> = Vec::new();
        for row in self.0.iter().filter(|row| row.scenario == scenario) {
            if !servers.contains(&&*row.server) {
                servers.push(&row.server);
            }
        }
        servers
    }

    /// What a page shows for `ch06 close requests`, or, as a ratio, for
    /// `ch12 keep cpu of ch11 close`.
    pub fn text(&self, words: &str) -> Result<String> {
        let missing = |server: &str, scenario: &str| {
            format!("{FILE} has nothing about {server} in {scenario}: run `cargo workbook bench`")
        };
        let words: Vec<_> = words.split_whitespace().collect();
        match words[..] {
            [server, scenario, figure] => {
                let figure: Figure = figure.parse()?;
                let value = self.value(server, scenario, figure);
                Ok(figure.text(value.with_context(|| missing(server, scenario))?))
            }
            [server, scenario, figure, "of", other, base] => {
                let ratio = self.ratio(figure.parse()?, (server, scenario), (other, base));
                let missing = || format!("{} or of {other} in {base}", missing(server, scenario));
                Ok(times(ratio.with_context(missing)?))
            }
            _ => bail!(
                "{{{{#measured ch06 close requests}}}} takes a server, a scenario, a figure; \
                 behind it perhaps `of` and what it is a multiple of, as in \
                 {{{{#measured ch12 keep cpu of ch11 close}}}}"
            ),
        }
    }
}

/// The middle value, or the mean of the two middle ones; `None` if there are no values.
pub fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let upper = *sorted.get(sorted.len() / 2)?;
    match sorted.len() % 2 {
        0 => Some((sorted[sorted.len() / 2 - 1] + upper) / 2.0),
        _ => Some(upper),
    }
}

/// `0.25` or `12` for a ratio: three digits at most.
pub fn times(ratio: f64) -> String {
    match ratio {
        ratio if ratio < 10.0 => format!("{ratio:.2}"),
        ratio if ratio < 100.0 => format!("{ratio:.1}"),
        ratio => thousands(ratio),
    }
}

/// `12,300` for 12345: three digits are as much as a measurement is worth.
pub fn thousands(number: f64) -> String {
    let digits = number.max(0.0).round().to_string();
    let scale = 10f64.powi(digits.len().saturating_sub(3) as i32);
    grouped(&((number.max(0.0) / scale).round() * scale).round().to_string())
}

/// `12,345` for the digits of 12345.
fn grouped(digits: &str) -> String {
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `8.5 µs`, `85 µs`, `1.2 ms`, `310 ms` or `4.0 s` for a number of microseconds.
pub fn duration(microseconds: f64) -> String {
    match microseconds {
        us if us < 10.0 => format!("{us:.1} µs"),
        us if us < 1_000.0 => format!("{us:.0} µs"),
        us if us < 10_000.0 => format!("{:.1} ms", us / 1_000.0),
        us if us < 1_000_000.0 => format!("{:.0} ms", us / 1_000.0),
        us => format!("{:.1} s", us / 1_000_000.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_go_into_the_file_and_come_back() {
        let mut measured = Measured::default();
        for value in [15_000.0, 15_432.0, 17_000.0] {
            measured.push("ch06", "close", Figure::Requests, value);
        }
        measured.push("ch06", "close", Figure::P99, 1_234.0);
        let again = Measured::parse(&measured.csv()).unwrap();
        assert_eq!(again, measured);
        assert_eq!(again.0.len(), 2);
        assert_eq!(again.text("ch06 close requests").unwrap(), "15,400");
        assert_eq!(again.text("ch06 close p99").unwrap(), "1.2 ms");
        for words in ["ch07 close p50", "ch06 keep p99", "ch06 close p99 of ch07 close"] {
            let error = again.text(words).unwrap_err().to_string();
            assert!(error.contains("nothing about ch0"), "{error}");
        }
        for words in ["ch06 close", "ch06 close p99 by ch06 close", "ch06 close p99 of ch06"] {
            assert!(again.text(words).unwrap_err().to_string().contains("takes a server"));
        }
    }

    /// In each round one is three times the other, and what slows the machine slows both: the
    /// medians alone, 20 and 10, would say twice.
    #[test]
    fn a_ratio_is_taken_in_each_round() {
        let mut measured = Measured::default();
        for (slow, fast) in
            [(6.0, 2.0), (30.0, 10.0), (20.0, 20.0 / 3.0), (18.0, 18.0), (90.0, 30.0)]
        {
            measured.push("ch11", "close", Figure::Cpu, slow);
            measured.push("ch12", "keep", Figure::Cpu, fast);
        }
        assert_eq!(measured.text("ch11 close cpu of ch12 keep").unwrap(), "3.00");
        assert_eq!(measured.text("ch11 close cpu").unwrap(), "20 µs");
        assert_eq!(measured.text("ch12 keep cpu").unwrap(), "10 µs");
        measured.push("ch13", "keep", Figure::Cpu, 0.0);
        let nothing = measured.ratio(Figure::Cpu, ("ch11", "close"), ("ch13", "keep"));
        assert_eq!(nothing, None);
    }

    #[test]
    fn a_file_that_something_else_wrote_is_refused() {
        assert!(Measured::parse("a,b\n").is_err());
        for line in ["ch06,close,cpu", "ch06,close,cpu,ten", "ch06,close,luck,1", "ch06"] {
            assert!(Measured::parse(&format!("{HEADER}\n{line}\n")).is_err(), "{line}");
        }
    }

    #[test]
    fn numbers_have_three_digits() {
        assert_eq!(thousands(987.0), "987");
        assert_eq!(thousands(1_234_567.0), "1,230,000");
        assert_eq!(thousands(0.0), "0");
        assert_eq!([0.256, 12.34, 345.6].map(times), ["0.26", "12.3", "346"]);
    }

    #[test]
    fn each_figure_has_its_unit() {
        assert_eq!(Figure::Memory.text(3_000.0), "3 KiB");
        assert_eq!(Figure::Memory.text(1_572_864.0), "1.5 MiB");
        assert_eq!(Figure::Calls.text(2.08), "2.1");
        assert_eq!(Figure::Answered.text(9_987.0), "9,987");
        let times = [4.26, 85.0, 1_234.0, 310_000.0, 4_000_000.0].map(duration);
        assert_eq!(times, ["4.3 µs", "85 µs", "1.2 ms", "310 ms", "4.0 s"]);
    }

    #[test]
    fn the_middle_of_an_even_number_of_values_is_the_mean_of_two() {
        assert_eq!(median(&[]), None);
        assert_eq!(median(&[9.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(&[9.0, 1.0, 2.0, 4.0]), Some(3.0));
    }
}
