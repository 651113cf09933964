//! The book itself: every page can be built, and the list of the course is true.

use workbook::course::checkout::Checkout;
use workbook::course::orphans::orphans;
use workbook::pages::build::build_in;

#[test]
fn every_page_of_the_book_can_be_built() {
    let folder = tempfile::tempdir().unwrap();
    let result = build_in(&Checkout::find().unwrap(), &folder.path().join("book"));
    assert!(result.is_ok(), "{:#}", result.unwrap_err());
}

#[test]
fn the_list_of_the_course_is_true() {
    let checkout = Checkout::find().unwrap();
    let result = orphans(&checkout, &checkout.course().unwrap());
    assert!(result.is_ok(), "{:#}", result.unwrap_err());
}
