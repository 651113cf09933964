//! What was typed is done, by each of the book's programs in the same way.

use crate::system::process::end_all_on_ctrl_c;
use crate::system::screen::print_error;
use anyhow::Result;
use std::process::ExitCode;

/// Does what was typed: `parse` understands it, and `run` says whether all went well. What makes no
/// sense ends with 2.
pub fn run_typed<C>(
    parse: impl FnOnce(lexopt::Parser) -> Result<C, lexopt::Error>,
    run: impl FnOnce(C) -> Result<bool>,
) -> ExitCode {
    let command = match parse(lexopt::Parser::from_env()) {
        Ok(command) => command,
        Err(error) => {
            print_error(format_args!(
                "workbook: {error}\nworkbook: `cargo workbook help` tells more"
            ));
            return ExitCode::from(2);
        }
    };
    end_all_on_ctrl_c();
    match run(command) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            print_error(format_args!("workbook: {error:#}"));
            ExitCode::FAILURE
        }
    }
}
