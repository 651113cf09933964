//! `cargo workbook check`, `watch` and all that a learner needs besides.

mod commands;

use commands::Command;
use course_practice::judge::fence;
use std::process::ExitCode;
use workbook::system::typed::run_typed;

fn main() -> ExitCode {
    fence::enter();
    run_typed(Command::parse, Command::run)
}
