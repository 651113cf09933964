//! A picture of the book as a file of its own, in the book's colours: light, or dark where the
//! reader's system is.

use crate::course::checkout::Checkout;
use anyhow::{Context, Result};
use std::fs;

/// The book's style sheet, seen from the top folder.
const CSS: &str = "book/theme/workbook.css";

/// The theme's own colours, which a picture on a page takes from mdBook: light, and dark.
const THEMES: [&str; 2] = [
    "--bg: #fff; --fg: #000; --quote-bg: #f2f7f8;",
    "--bg: #161923; --fg: #bcbdd0; --quote-bg: #262933;",
];

/// `svg` with all that it needs to be opened alone.
pub fn alone(checkout: &Checkout, svg: &str) -> Result<String> {
    let css = fs::read_to_string(checkout.root.join(CSS)).with_context(|| format!("no {CSS}"))?;
    styled(svg, &css).with_context(|| format!("{CSS} has no rules for pictures"))
}

fn styled(svg: &str, css: &str) -> Option<String> {
    let light = between(css, ":root {", "}")?;
    let dark = between(css, ".ayu {", "}")?;
    let rules = between(css, "/* Drawn pictures.", "/* What is wider")?;
    let rules = rules.split_once("*/")?.1;
    let [light_theme, dark_theme] = THEMES;
    let style = format!(
        "<style>\n:root {{ {light_theme} {light} background: var(--bg); }}\n\
         @media (prefers-color-scheme: dark) {{ :root {{ {dark_theme} {dark} }} }}\n\
         {rules}
.picture {{ display: block; font: 14px \"Open Sans\", sans-serif; height: auto; \
         margin: 0 auto; max-width: 100%; }}
</style>"
    );
    let svg =
        svg.replacen("<svg ", "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"picture\" ", 1);
    // Behind the title, which belongs at the beginning.
    Some(svg.replacen("</title>", &format!("</title>\n{style}"), 1))
}

/// What stands behind `begin` and before the next `end`.
fn between<'a>(text: &'a str, begin: &str, end: &str) -> Option<&'a str> {
    let behind = text.split_once(begin)?.1;
    Some(behind.split_once(end)?.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn a_picture_alone_has_the_colours_of_the_book_for_light_and_dark() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap();
        let checkout = Checkout::at(root).unwrap();
        let svg = "<svg viewBox=\"0 0 1 1\">\n<title>Dot</title>\n<path class=\"warm\"/></svg>";
        let alone = alone(&checkout, svg).unwrap();
        assert!(alone.starts_with("<svg xmlns="), "{alone}");
        let (light, dark) = alone.split_once("@media (prefers-color-scheme: dark)").unwrap();
        for colour in ["--wb-warm:", "--wb-accent-bg:", "--wb-soft:", "--fg:", "--quote-bg:"] {
            assert!(light.contains(colour), "light has no {colour}");
            assert!(dark.contains(colour), "dark has no {colour}");
        }
        for class in ["line", "dash", "box", "cool", "warm", "warm-line", "arrow"] {
            assert!(dark.contains(&format!(".picture .{class}")), "no rule for {class}");
        }
        assert!(dark.contains(".picture text.note"));
    }
}
