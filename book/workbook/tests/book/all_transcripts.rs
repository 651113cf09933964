//! Replays every transcript of the book and compares what is printed.
//!
//! `BLESS=1 cargo test -p workbook --test book transcripts` writes what was printed
//! into the pages instead.

use workbook::course::checkout::Checkout;
use workbook::pages::transcripts::replay::{ReplayOptions, replay};
use workbook::system::process::end_all_on_ctrl_c;

#[test]
fn every_transcript_of_the_book_is_what_is_printed() {
    end_all_on_ctrl_c();
    let bless = std::env::var_os("BLESS").is_some();
    let manner = if bless { ReplayOptions::BLESS } else { ReplayOptions::COMPARE };
    let checkout = Checkout::find().unwrap();
    let report =
        replay(&checkout, manner, |page, count| println!("{page}: {count} blocks")).unwrap();
    for skipped in &report.skipped {
        println!("{skipped}");
    }
    let written = report.lock.write(&checkout.root);
    assert!(report.faults.0.is_empty(), "{}", report.faults);
    written.unwrap();
}
