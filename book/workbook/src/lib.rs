//! The workbook program: it builds the book, serves it, and proves what it says.
//!
//! The book is made of the course's code. Its pages name files, and show what is
//! in them; a rule that a page breaks fails the build.
//!
//! Each module is a room, and says at its top whom it serves. A room may use those above it in
//! this list and none below it; `tests/book/rooms.rs` has the rule, and names a `use` that breaks
//! it.
//!
//! | room | whom it serves |
//! |---|---|
//! | [`course`] | all others: what the course is made of, and where it lies |
//! | [`system`] | all others: programs that are started, files, the terminal |
//! | [`pages`] | whoever writes the book |
//! | [`serve`] | the reader of the book |
//!
//! The program itself, `commands.rs`, calls one room for each command.

pub mod course;
pub mod pages;
pub mod serve;
pub mod system;
