//! Arguments → subcommand → exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    balcony::cli::run(std::env::args_os()).into()
}
