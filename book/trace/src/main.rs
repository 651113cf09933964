//! `cargo workbook trace`.

mod commands;

use commands::Command;
use std::process::ExitCode;
use workbook::system::screen::print_error;

fn main() -> ExitCode {
    let command = match Command::parse(lexopt::Parser::from_env()) {
        Ok(command) => command,
        Err(error) => {
            print_error(format_args!(
                "workbook: {error}\nworkbook: `cargo workbook help` tells more"
            ));
            return ExitCode::from(2);
        }
    };
    match command.run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            print_error(format_args!("workbook: {error:#}"));
            ExitCode::FAILURE
        }
    }
}
