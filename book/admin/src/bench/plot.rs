//! The numbers as pictures and as tables.

use crate::bench::scenarios::{SCENARIOS, UNREAD};
use workbook::pages::escape::escape;
use workbook::pages::measured::{Figure, Measured, times};

/// The width of a picture, and where its bars begin.
const WIDTH: f64 = 640.0;
const LEFT: f64 = 150.0;
/// Room for the number behind a bar.
const RIGHT: f64 = 70.0;

/// The pictures, with the names of their files.
pub fn pictures(measured: &Measured) -> [(&'static str, String); 2] {
    let rate = Bars {
        what: "Requests a second of each server, with one client and with ten",
        figure: Figure::Requests,
        kinds: [("one", "1 client"), ("close", "10 clients")],
    };
    let time = Bars {
        what: "Processor time of each server for a request, with a connection for each and with \
               kept connections",
        figure: Figure::Cpu,
        kinds: [("page-close", "a connection each"), ("page-keep", "kept")],
    };
    [("bench.svg", rate.svg(measured)), ("bench-kept.svg", time.svg(measured))]
}

/// A picture with up to two bars for each server.
struct Bars {
    what: &'static str,
    figure: Figure,
    /// The two scenarios, and what their bars are called.
    kinds: [(&'static str, &'static str); 2],
}

impl Bars {
    /// The bars are in the classes of `workbook.css`, so that the plot has the colours of the
    /// page; the two kinds differ in their outline too.
    fn svg(&self, measured: &Measured) -> String {
        let [(first, first_name), (second, second_name)] = self.kinds;
        let value = |server: &str, scenario| measured.value(server, scenario, self.figure);
        let names = measured.servers(first);
        let bars = names.iter().flat_map(|name| [first, second].map(|kind| (*name, kind)));
        let bars = bars.filter_map(|(name, kind)| Some((name, value(name, kind)?)));
        let longest = bars.max_by(|a, b| a.1.total_cmp(&b.1)).unwrap_or(("", 1.0));
        let scale = (WIDTH - LEFT - RIGHT) / longest.1;
        let height = 60.0 + names.len() as f64 * 48.0;
        let mut svg = format!(
            "<svg viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\">\n\
             <title>{}; the longest bar is {}. The table has the numbers.</title>\n\
             <rect class=\"cool\" x=\"{LEFT}\" y=\"8\" width=\"14\" height=\"14\"/>\n\
             <text x=\"{}\" y=\"20\">{first_name}</text>\n\
             <rect class=\"warm\" x=\"{}\" y=\"8\" width=\"14\" height=\"14\"/>\n\
             <text x=\"{}\" y=\"20\">{second_name}</text>\n",
            self.what,
            escape(longest.0),
            LEFT + 20.0,
            LEFT + 190.0,
            LEFT + 210.0,
        );
        for (index, name) in names.iter().enumerate() {
            let top = 40.0 + index as f64 * 48.0;
            svg += &format!(
                "<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{}</text>\n",
                LEFT - 10.0,
                top + 23.0,
                escape(name)
            );
            for (y, kind, class) in [(top, first, "cool"), (top + 19.0, second, "warm")] {
                let Some(value) = value(name, kind) else { continue };
                let width = value * scale;
                svg += &format!(
                    "<rect class=\"{class}\" x=\"{LEFT}\" y=\"{y}\" width=\"{width:.1}\" \
                     height=\"15\"/>\n<text class=\"note\" x=\"{:.1}\" y=\"{}\">{}</text>\n",
                    LEFT + width + 6.0,
                    y + 12.0,
                    self.figure.text(value)
                );
            }
        }
        svg + "</svg>\n"
    }
}

/// The numbers as tables for a page, with the machine named below.
pub fn tables(measured: &Measured, machine: &str) -> String {
    let mut text = String::new();
    for scenario in &SCENARIOS {
        let base = (scenario.base, scenario.id);
        let figure = |title: &str, figure: Figure| {
            let cell = move |server: &str| {
                Some(figure.text(measured.value(server, scenario.id, figure)?))
            };
            column(title, cell)
        };
        let beside = format!("beside {}", scenario.base);
        let ratio = move |server: &str| {
            Some(times(measured.ratio(Figure::Cpu, (server, scenario.id), base)?))
        };
        let columns = [
            figure("requests a second", Figure::Requests),
            figure("processor time", Figure::Cpu),
            column(&beside, ratio),
            figure("system calls", Figure::Calls),
            figure("p50", Figure::P50),
            figure("p99", Figure::P99),
            figure("errors", Figure::Errors),
        ];
        text += &table(scenario.about, scenario.id, &measured.servers(scenario.id), &columns);
    }
    let unread =
        |server: &str| Some(Figure::Memory.text(measured.value(server, UNREAD, Figure::Memory)?));
    let about = "Ten clients ask for 50 MB and do not read";
    text += &table(about, UNREAD, &measured.servers(UNREAD), &[column("it grows by", unread)]);
    let mut idle: Vec<_> = measured.0.iter().map(|row| &*row.scenario).collect();
    idle.retain(|scenario| scenario.starts_with("idle-"));
    idle.dedup();
    for scenario in idle {
        let figure = |title: &str, figure: Figure| {
            let cell =
                move |server: &str| Some(figure.text(measured.value(server, scenario, figure)?));
            column(title, cell)
        };
        let columns = [
            figure("it grows by", Figure::Memory),
            figure("all are connected after", Figure::Connected),
            figure("of them answered again", Figure::Answered),
        ];
        let clients = Figure::Answered.text(scenario["idle-".len()..].parse().unwrap_or(0.0));
        let about = format!("{clients} clients keep their connections and are silent");
        text += &table(&about, scenario, &measured.servers(scenario), &columns);
    }
    text + &format!("Measured on: {machine}.\n")
}

/// A column of a table: its title, and what stands in it for a server.
type Column<'a> = (String, Box<dyn Fn(&str) -> Option<String> + 'a>);

fn column<'a>(title: &str, cell: impl Fn(&str) -> Option<String> + 'a) -> Column<'a> {
    (title.to_owned(), Box::new(cell))
}

/// A table below its heading; a column that nobody has anything in is left out, and so is the
/// table if nothing was measured.
fn table(about: &str, scenario: &str, servers: &[&str], columns: &[Column<'_>]) -> String {
    if servers.is_empty() {
        return String::new();
    }
    let columns: Vec<_> = columns
        .iter()
        .filter(|(_, cell)| servers.iter().any(|server| cell(server).is_some()))
        .collect();
    let titles: Vec<_> = columns.iter().map(|(title, _)| &**title).collect();
    let mut table = format!(
        "**{about}** (`{scenario}`)\n\n| server | {} |\n|---|{}\n",
        titles.join(" | "),
        "--:|".repeat(columns.len())
    );
    for server in servers {
        let cells = columns.iter().map(|(_, cell)| cell(server).unwrap_or("–".to_owned()));
        table += &format!("| {server} | {} |\n", cells.collect::<Vec<_>>().join(" | "));
    }
    table + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measured() -> Measured {
        let mut measured = Measured::default();
        for (server, one, close) in [("ch05", 5_000.0, 10_000.0), ("a<b", 1.0, 2.0)] {
            measured.push(server, "one", Figure::Requests, one);
            measured.push(server, "close", Figure::Requests, close);
        }
        measured.push("ch12", "page-keep", Figure::Cpu, 9.0);
        measured.push("raw", "page-keep", Figure::Cpu, 3.0);
        measured.push("ch12", "page-keep", Figure::Errors, 0.0);
        measured.push("ch12", "idle-1000", Figure::Memory, 2_097_152.0);
        measured
    }

    #[test]
    fn the_plots_have_a_bar_for_each_value_and_follow_the_rules_of_pictures() {
        let [(_, svg), (_, other)] = pictures(&measured());
        assert_eq!(svg.matches("height=\"15\"").count(), 4, "{svg}");
        assert!(svg.contains("width=\"420.0\""), "the longest bar fills the room: {svg}");
        assert!(svg.contains("the longest bar is ch05"), "{svg}");
        assert!(svg.contains("a&lt;b"), "{svg}");
        for svg in [svg, other] {
            workbook::pages::picture::figure("bench", &svg, "").unwrap();
        }
    }

    #[test]
    fn the_tables_show_what_was_measured_and_nothing_else() {
        let tables = tables(&measured(), "a slow one");
        let kept = "| server | processor time | beside raw | errors |\n|---|--:|--:|--:|\n\
                    | ch12 | 9.0 µs | 3.00 | 0 |\n| raw | 3.0 µs | 1.00 | – |\n";
        assert!(tables.contains(kept), "{tables}");
        assert!(tables.contains("**1,000 clients keep their connections"), "{tables}");
        assert!(tables.contains("| ch12 | 2.0 MiB |\n"), "{tables}");
        assert!(!tables.contains("page-pipe"), "{tables}");
        assert!(tables.ends_with("Measured on: a slow one.\n"), "{tables}");
    }
}
