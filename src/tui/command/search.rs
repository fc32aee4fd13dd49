//! Looking for something in what was said: /search.

use super::{Completes, SlashCommand, query};
use crate::tui::dialog::found;

pub(super) static SEARCH: SlashCommand = SlashCommand {
    name: "search",
    aliases: &["grep", "find"],
    arguments: "WORDS [\"A PHRASE\"] [with:NAME] [from:NAME|me] [after:DATE] [before:DATE]",
    help: "look for words in all conversations",
    completes: Completes::Nothing,
    run: |model, arguments| {
        let (account, query) = query::read(model, arguments)?;
        if query.terms.is_empty() {
            return Err("For which words?".to_owned());
        }
        let accounts = account.map_or_else(|| model.accounts.keys().copied().collect(), |account| vec![account]);
        if accounts.is_empty() {
            return Err("There is no account".to_owned());
        }
        Ok(found::open(model, query, accounts))
    },
};
