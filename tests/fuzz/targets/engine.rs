//! The whole engine, driven by any [script](super::script): stanzas of anybody, commands, connections, sessions, time.
//! What must hold is in the [ledger](super::home).

use super::home::Home;
use super::script::play;

/// Lets a script happen to an engine that is online.
pub(super) fn run(input: &[u8]) {
    let script = String::from_utf8_lossy(input);
    let mut home = Home::online();
    play(&mut home, &script, |home, _| home.news.clear());
    home.end();
}
