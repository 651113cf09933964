//! `workbook build`: the book, and what is wrong with it.

use crate::build::build;
use crate::checkout::Checkout;
use crate::screen::say;
use anyhow::Result;
use std::time::Instant;

/// Builds the book and says where it is.
pub fn run(checkout: &Checkout) -> Result<bool> {
    let start = Instant::now();
    let folder = checkout.html();
    build(checkout, &folder, |swap| swap())?;
    say(format_args!(
        "workbook: built the book in {:.2} s: {}",
        start.elapsed().as_secs_f32(),
        folder.join("index.html").display()
    ));
    Ok(true)
}
