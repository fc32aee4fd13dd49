//! Looking for something in what was said: /search.

use super::refusal::misuse;
use super::{Completes, SlashCommand, query};
use crate::tui::dialog::found;

pub(super) static SEARCH: SlashCommand = SlashCommand {
    name: "search",
    aliases: &["grep", "find"],
    arguments: "WORDS [START*] [\"A PHRASE\"] [with:NAME] [from:NAME|me] [after:DATE] [before:DATE]",
    help: "look for words in all conversations: found whole, the last one and one with a * by its beginning too",
    completes: Completes::Conditions,
    run: |model, arguments| {
        let queries = query::read(model, arguments)?.everywhere(model);
        match queries.first() {
            None => Err("There is no account".into()),
            Some((_, query)) if query.terms.is_empty() => Err(misuse("For which words?")),
            Some(_) => Ok(found::open(model, queries)),
        }
    },
};
