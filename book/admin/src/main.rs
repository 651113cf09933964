//! `cargo workbook grade`, `handout`, `verify` and `bench`.

mod commands;

use commands::Command;
use course_practice::judge::fence;
use std::process::ExitCode;
use workbook::system::typed::run_typed;

fn main() -> ExitCode {
    fence::enter();
    run_typed(Command::parse, Command::run)
}
