//! `cargo workbook trace`.

mod commands;

use commands::Command;
use std::process::ExitCode;
use workbook::system::typed::run_typed;

fn main() -> ExitCode {
    run_typed(Command::parse, Command::run)
}
