//! The workbook program: it builds the book, serves it, and proves what it says.
//!
//! The book is made of the course's code. Its pages name files, and show what is
//! in them; a rule that a page breaks fails the build.

pub mod bench;
pub mod build;
pub mod checkout;
pub mod commands;
pub mod course;
pub mod exercise;
pub mod fault;
pub mod grade;
pub mod keys;
pub mod links;
pub mod listing;
pub mod measured;
pub mod page;
pub mod picture;
pub mod preprocess;
pub mod process;
pub mod programs;
pub mod read;
pub mod screen;
pub mod step;
pub mod strict;
pub mod tasks;
pub mod transcript;
