//! Stanzas as they are: /xml.

use super::{Completes, SlashCommand};
use crate::tui::dialog::console;

pub(super) static XML: SlashCommand = SlashCommand {
    name: "xml",
    aliases: &[],
    arguments: "[FILTER | send STANZA]",
    help: "show stanzas as they pass, those with FILTER in them alone; send one that you wrote",
    completes: Completes::Words(&["send"]),
    run: |model, arguments| {
        let account = model.account_here().ok_or("Which account? /account NAME chooses one")?;
        let Some(stanza) = arguments.strip_prefix("send").filter(|rest| rest.trim_start().starts_with('<')) else {
            return Ok(console::open(model, account, arguments));
        };
        let sent = console::send(model, account, stanza.trim())?;
        // Opened first, so that the stanza and its answer are seen.
        let opened = console::open(model, account, "");
        Ok(opened.into_iter().chain(sent).collect())
    },
};
