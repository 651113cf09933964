//! What whoever teaches or changes the course needs: grading, handing out, proving, measuring.
//!
//! It is a package of its own, so that `cargo run`, which shows the book, does not compile it.
//! `cargo workbook grade`, `handout`, `verify` and `bench` start it. It uses the rooms of the
//! package `workbook`, which uses none of these.
//!
//! | room | whom it serves |
//! |---|---|
//! | [`bench`](mod@bench) | the reader who asks how fast it is |
//! | [`grade`] | whoever teaches |
//! | [`verify`], [`new`] | whoever changes the course |

pub mod bench;
pub mod grade;
pub mod new;
pub mod verify;
