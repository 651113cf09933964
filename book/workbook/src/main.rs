//! `cargo workbook`: builds, serves and proves the book.

mod commands;

use commands::Command;
use std::process::ExitCode;
use workbook::system::typed::run_typed;

fn main() -> ExitCode {
    run_typed(Command::parse, Command::run)
}
