//! Subcommands: the same client without a screen.
//!
//! [`run`] reads the command line and hands over to one file a subcommand. Results go to stdout, everything else to
//! stderr; what goes wrong is told there as what happened, why, and what to do next. Nothing here knows the protocol:
//! `send` and `receive` say [`Command`](crate::engine::command::Command)s and read
//! [`Event`](crate::engine::event::Event)s like the screen does.

use std::ffi::OsString;
use std::io::{self, Write};

use clap::{CommandFactory, Parser};
use tokio::runtime;

mod arguments;
mod doctor;
mod exit;
mod export;
mod json;
mod log;
mod logging;
mod man;
mod receive;
mod report;
mod rules;
mod screen;
mod send;
mod session;
mod setup;
mod spool;
mod theme;
mod verdict;
mod words;

pub use exit::{EXITS, Exit};
pub use json::EVENTS;

use crate::store::config::Shown;
use arguments::{Arguments, Command};
use exit::Stop;
use report::told_to_scripts;
use setup::Setup;

/// Does what the command line says.
pub fn run(line: impl IntoIterator<Item = OsString>) -> Exit {
    let arguments = match Arguments::try_parse_from(line) {
        Ok(arguments) => arguments,
        Err(answer) => {
            // Help and version come this way too; if nobody reads them any more, nobody is there to be told.
            let _ = answer.print();
            return if answer.use_stderr() { Exit::Usage } else { Exit::Done };
        }
    };
    dispatch(arguments).unwrap_or_else(|stop| {
        let _ = writeln!(io::stderr(), "balcony: {}", stop.why);
        stop.exit
    })
}

fn dispatch(arguments: Arguments) -> Result<Exit, Stop> {
    let Arguments { config, log, screen_reader, subcommand } = arguments;
    let shown = screen_reader.then_some(Shown::Lines);
    let set_up = || {
        let setup = Setup::read(config)?;
        logging::start(log.as_deref(), Some(&setup.paths.state.join("balcony.log")))?;
        Ok(setup)
    };
    match subcommand {
        None => block_on(screen::run(set_up()?, None, shown)),
        Some(Command::Open { link }) => block_on(screen::run(set_up()?, link, shown)),
        Some(Command::Demo) => {
            logging::start(log.as_deref(), None)?;
            block_on(screen::demo(shown.unwrap_or_default()))
        }
        Some(Command::Send(wish)) => {
            let json = wish.json;
            told_to_scripts(json, set_up().and_then(|setup| block_on(send::run(&setup, wish))))
        }
        Some(Command::Receive(wish)) => {
            let json = wish.json;
            told_to_scripts(json, set_up().and_then(|setup| block_on(receive::run(&setup, wish))))
        }
        Some(Command::Rules(wish)) => rules::run(&set_up()?.demand_named()?, wish),
        Some(Command::Log(wish)) => log::run(&set_up()?.demand_named()?, &wish),
        Some(Command::Doctor(wish)) => block_on(doctor::run(&set_up()?, &wish)),
        Some(Command::Export(wish)) => export::run(&set_up()?, &wish),
        Some(Command::Man) => print(man::write),
        Some(Command::Completions { shell }) => print(|out| {
            clap_complete::generate(shell, &mut Arguments::command(), "balcony", out);
            Ok(())
        }),
    }
}

/// Runs a subcommand that needs the network. What still blocks when it is done, such as a read of standard input, is
/// left to the end of the process.
fn block_on(subcommand: impl Future<Output = Result<Exit, Stop>>) -> Result<Exit, Stop> {
    let cannot_start = |why| Stop::new(Exit::Failed, format!("cannot start: {why}"));
    // Two: the driver and a pump, or a pump each way.
    let runtime = runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().map_err(cannot_start)?;
    let result = runtime.block_on(subcommand);
    runtime.shutdown_background();
    result
}

/// What clap knows of the command line, for the README's table.
pub fn command_line() -> clap::Command {
    Arguments::command()
}

/// Writes a text to stdout. A reader that has seen enough, such as `head`, is no failure.
fn print(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<Exit, Stop> {
    let mut text = Vec::new();
    let written = write(&mut text).and_then(|()| io::stdout().write_all(&text)).and_then(|()| io::stdout().flush());
    match written {
        Err(why) if why.kind() != io::ErrorKind::BrokenPipe => {
            Err(Stop::new(Exit::Failed, format!("cannot write to standard output: {why}")))
        }
        Ok(()) | Err(_) => Ok(Exit::Done),
    }
}
