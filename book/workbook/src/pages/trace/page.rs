//! Recorded timelines on a page.

use crate::pages::picture;
use crate::pages::trace::engines::named;
use crate::pages::trace::event::Recording;
use crate::pages::trace::{close_up, drawing};
use anyhow::{Result, bail};

/// The piece of HTML for `all CAPTION`, `ch15 CAPTION` or `ch15 close-up CAPTION`.
pub fn figure(recording: &Recording, arguments: &str) -> Result<String> {
    let (name, caption) = arguments.split_once(char::is_whitespace).unwrap_or((arguments, ""));
    let engines = named(name)?;
    let runs = engines.iter().map(|engine| recording.run(engine.chapter));
    let runs = runs.collect::<Result<Vec<_>>>()?;
    let (svg, id, caption) = match (caption.trim().strip_prefix("close-up"), &runs[..]) {
        (None, _) => (drawing::picture(&runs)?, format!("trace-{name}"), caption),
        (Some(caption), [run]) => {
            (close_up::picture(run)?, format!("trace-{name}-close-up"), caption)
        }
        (Some(_), _) => {
            bail!("a close-up is of one chapter: {{{{#trace ch15 close-up Caption.}}}}")
        }
    };
    let caption = format!("{} {}.", caption.trim(), recording.about);
    picture::figure(&id, &svg, &caption)
}
