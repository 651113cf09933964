//! `cargo workbook check`, `watch` and all that a learner needs besides.

mod commands;

use commands::Command;
use course_practice::judge::fence;
use std::process::ExitCode;
use workbook::system::process::end_all_on_ctrl_c;
use workbook::system::screen::print_error;

fn main() -> ExitCode {
    fence::enter();
    let command = match Command::parse(lexopt::Parser::from_env()) {
        Ok(command) => command,
        Err(error) => {
            print_error(format_args!(
                "workbook: {error}\nworkbook: `cargo workbook help` tells more"
            ));
            return ExitCode::from(2);
        }
    };
    end_all_on_ctrl_c();
    match command.run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            print_error(format_args!("workbook: {error:#}"));
            ExitCode::FAILURE
        }
    }
}
