//! The log: a file in the state folder, never the terminal. `BALCONY_LOG` says what goes into it.

use std::fs::{self, File};
use std::path::Path;
use std::sync::Arc;

use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use super::exit::{Exit, Stop};
use crate::store::paths::append_private;

/// The environment variable with the filter.
const FILTER: &str = "BALCONY_LOG";

/// Days of ordinary use; a log of this length is put aside as `.old` when the next process starts.
const LONGEST: u64 = 4 << 20;

/// Starts the log in the file that was named, or else in the usual one, if there is one.
pub(super) fn start(named: Option<&Path>, usual: Option<&Path>) -> Result<(), Stop> {
    let Some(path) = named.or(usual) else { return Ok(()) };
    let filter = filter(named)?;
    if named.is_none() && fs::metadata(path).is_ok_and(|about| about.len() > LONGEST) {
        let _ = fs::rename(path, path.with_extension("log.old"));
    }
    match append_private(path) {
        Ok(file) => install(filter, file),
        Err(why) if named.is_some() => {
            return Err(Stop::new(Exit::Usage, format!("cannot write the log to {}: {why}", path.display())));
        }
        // Nobody asked for it: a read-only home is no reason not to chat.
        Err(_) => {}
    }
    Ok(())
}

/// What goes into the log: what the environment says; else everything worth reading, and decisions too if somebody
/// asked for a log.
fn filter(named: Option<&Path>) -> Result<Targets, Stop> {
    let usual = if named.is_some() { "balcony=debug" } else { "balcony=info" };
    let wanted = std::env::var(FILTER).ok().filter(|wanted| !wanted.is_empty());
    wanted.as_deref().unwrap_or(usual).parse::<Targets>().map_err(|why| {
        Stop::new(Exit::Usage, format!("{FILTER} is no filter: {why}; write error, warn, info, debug or trace"))
    })
}

fn install(filter: Targets, file: File) {
    // What cannot be written, as on a full disk, would be told on the terminal otherwise, across the screen.
    let lines = fmt::layer().log_internal_errors(false).with_writer(Arc::new(file));
    // A second subscriber is refused: the first one, a test's, stays.
    let _ = tracing_subscriber::registry().with(lines).with(filter).try_init();
}
