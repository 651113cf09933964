//! The numbers as a picture and as a table.

use workbook::pages::escape::escape;
use workbook::pages::measured::{Measured, Row, duration, thousands};

/// The width of the picture, and where its bars begin.
const WIDTH: f64 = 640.0;
const LEFT: f64 = 150.0;
/// Room for the number behind a bar.
const RIGHT: f64 = 70.0;

/// Requests a second as bars, two for each server.
///
/// The bars are in the classes of `workbook.css`, so that the plot has the
/// colours of the page; the two kinds differ in their outline too.
pub fn svg(measured: &Measured) -> String {
    let most = measured.0.iter().map(|row| row.requests).fold(1.0, f64::max);
    let scale = (WIDTH - LEFT - RIGHT) / most;
    let names = servers(measured);
    let height = 60.0 + names.len() as f64 * 48.0;
    let fastest = measured.0.iter().max_by(|a, b| a.requests.total_cmp(&b.requests));
    let fastest = fastest.map_or("", |row| &row.server);
    let mut svg = format!(
        "<svg viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\">\n\
         <title>Requests a second of each server, with one client and with ten; \
         the longest bar is {}. The table has the numbers.</title>\n\
         <rect class=\"cool\" x=\"{LEFT}\" y=\"8\" width=\"14\" height=\"14\"/>\n\
         <text x=\"{}\" y=\"20\">1 client</text>\n\
         <rect class=\"warm\" x=\"{}\" y=\"8\" width=\"14\" height=\"14\"/>\n\
         <text x=\"{}\" y=\"20\">10 clients</text>\n",
        escape(fastest),
        LEFT + 20.0,
        LEFT + 110.0,
        LEFT + 130.0,
    );
    for (index, name) in names.iter().enumerate() {
        let top = 40.0 + index as f64 * 48.0;
        svg += &format!(
            "<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{}</text>\n",
            LEFT - 10.0,
            top + 23.0,
            escape(name)
        );
        let rows = measured.0.iter().filter(|row| row.server == *name);
        for (bar, row) in rows.enumerate() {
            let y = top + bar as f64 * 19.0;
            let width = row.requests * scale;
            let class = if row.clients == 1 { "cool" } else { "warm" };
            svg += &format!(
                "<rect class=\"{class}\" x=\"{LEFT}\" y=\"{y}\" width=\"{width:.1}\" \
                 height=\"15\"/>\n<text class=\"note\" x=\"{:.1}\" y=\"{}\">{}</text>\n",
                LEFT + width + 6.0,
                y + 12.0,
                thousands(row.requests)
            );
        }
    }
    svg + "</svg>\n"
}

/// The numbers as a table for a page, with the machine named below.
pub fn table(measured: &Measured, machine: &str) -> String {
    let mut table = "| server | clients | requests a second | p50 | p99 | errors |\n\
                     |---|--:|--:|--:|--:|--:|\n"
        .to_owned();
    for Row { server, clients, requests, p50, p99, errors } in &measured.0 {
        table += &format!(
            "| {server} | {clients} | {} | {} | {} | {errors} |\n",
            thousands(*requests),
            duration(*p50),
            duration(*p99)
        );
    }
    table + &format!("\nMeasured on: {machine}.\n")
}

/// The servers, each once, in the order in which they come.
fn servers(measured: &Measured) -> Vec<&str> {
    let mut names: Vec<&str> = Vec::new();
    for row in &measured.0 {
        if !names.contains(&row.server.as_str()) {
            names.push(&row.server);
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measured() -> Measured {
        let row = |server: &str, clients, requests| Row {
            server: server.to_owned(),
            clients,
            requests,
            p50: 100.0,
            p99: 900.0,
            errors: 0,
        };
        Measured(vec![row("ch05", 1, 5_000.0), row("ch05", 10, 10_000.0), row("a<b", 1, 1.0)])
    }

    #[test]
    fn the_plot_has_a_bar_for_each_row_and_follows_the_rules_of_pictures() {
        let svg = svg(&measured());
        assert_eq!(svg.matches("height=\"15\"").count(), 3, "{svg}");
        assert!(svg.contains("width=\"420.0\""), "the longest bar fills the room: {svg}");
        assert!(svg.contains("a&lt;b"), "{svg}");
        workbook::pages::picture::figure("bench", &svg, "").unwrap();
    }

    #[test]
    fn the_table_names_the_machine() {
        let table = table(&measured(), "a slow one");
        assert!(table.contains("| ch05 | 10 | 10,000 | 100 µs | 900 µs | 0 |"), "{table}");
        assert!(table.ends_with("Measured on: a slow one.\n"), "{table}");
    }
}
