//! Drawn pictures, put into the page itself so that they take its colours.

use crate::course::checkout::Checkout;
use crate::pages::escape::escape;
use anyhow::{Context, Result, ensure};
use std::fs;

/// The picture `NAME` (the file `book/pictures/NAME.svg`) with the caption
/// behind the name, if there is one.
pub fn picture(checkout: &Checkout, arguments: &str) -> Result<String> {
    let (name, caption) = arguments.split_once(char::is_whitespace).unwrap_or((arguments, ""));
    let path = checkout.root.join("book/pictures").join(format!("{name}.svg"));
    let svg = fs::read_to_string(&path)
        .with_context(|| format!("there is no picture book/pictures/{name}.svg"))?;
    figure(name, &svg, caption.trim()).with_context(|| format!("book/pictures/{name}.svg"))
}

/// The piece of HTML for a picture, if it can be read by everybody.
pub fn figure(name: &str, svg: &str, caption: &str) -> Result<String> {
    let start = svg.find("<svg").context("the file has no <svg>")?;
    let svg = svg[start..].trim();
    ensure!(svg.contains("viewBox="), "a picture without viewBox cannot shrink on a phone");
    ensure!(
        svg.contains("<title>"),
        "a picture needs a <title> that says what it shows, for those who cannot see it"
    );
    ensure!(!svg.contains("<script"), "a picture does not need a script");
    ensure!(
        !svg.contains("<style") && !svg.contains("style=\""),
        "a style in a picture would hold for the whole page: use the classes of workbook.css"
    );
    for attribute in ["fill=\"", "stroke=\"", "stop-color=\""] {
        let mut colours = svg.split(attribute).skip(1).filter_map(|rest| rest.split('"').next());
        let fixed = colours.find(|colour| {
            !matches!(*colour, "none" | "currentColor" | "context-stroke")
                && !colour.starts_with("url(#")
                && !colour.starts_with("var(--")
        });
        if let Some(colour) = fixed {
            anyhow::bail!(
                "the colour {colour} is not readable in every theme: \
                 use currentColor or a class of workbook.css"
            );
        }
    }
    for id in svg.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next()) {
        ensure!(
            id.starts_with(name),
            "the id {id} must begin with {name}, so that no other picture has it"
        );
    }
    let svg = svg
        .replacen("<svg", &format!("<svg role=\"img\" aria-labelledby=\"{name}-title\""), 1)
        .replacen("<title>", &format!("<title id=\"{name}-title\">"), 1);
    // A blank line would end the piece of HTML in the page.
    let svg: Vec<_> = svg.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let caption = match caption {
        "" => String::new(),
        text => format!("<figcaption>{}</figcaption>\n", escape(text)),
    };
    Ok(format!(
        "<figure class=\"picture\" tabindex=\"0\">\n{}\n{caption}</figure>\n",
        svg.join("\n")
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "<svg viewBox=\"0 0 1 1\"><title>A dot</title>\n\n\
                        <circle id=\"dot-a\" r=\"1\" fill=\"none\" class=\"line\"/></svg>";

    fn refused(from: &str, to: &str) -> String {
        assert!(GOOD.contains(from));
        figure("dot", &GOOD.replace(from, to), "").unwrap_err().to_string()
    }

    #[test]
    fn a_picture_gets_a_name_for_readers_who_cannot_see_it() {
        let figure = figure("dot", GOOD, "One dot").unwrap();
        assert!(figure.contains("role=\"img\" aria-labelledby=\"dot-title\""), "{figure}");
        assert!(figure.contains("<figcaption>One dot</figcaption>"), "{figure}");
        assert!(!figure.contains("\n\n"), "{figure}");
    }

    #[test]
    fn what_would_not_be_readable_everywhere_is_refused() {
        assert!(refused("<title>A dot</title>", "").contains("needs a <title>"));
        assert!(refused(" viewBox=\"0 0 1 1\"", "").contains("without viewBox"));
        assert!(refused("none", "#fff").contains("the colour #fff"));
        assert!(refused("none", "black").contains("the colour black"));
        assert!(refused("dot-a", "a").contains("the id a must begin with dot"));
        assert!(refused("<circle", "<style>*{}</style><circle").contains("a style"));
        assert!(refused("<circle", "<script></script><circle").contains("a script"));
    }
}
