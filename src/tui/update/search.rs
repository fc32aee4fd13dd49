//! Looking for something: in the conversation on the screen while one types, and for whatever opens a message that was
//! found.

use jid::BareJid;

use super::{edit_field, history, pages};
use crate::engine::history::{Found, Place, Query};
use crate::tui::command::query;
use crate::tui::dialog::found;
use crate::tui::effect::Effects;
use crate::tui::keymap::{Action, Context, Key};
use crate::tui::layers;
use crate::tui::model::conversation::{Entry, Sought};
use crate::tui::model::finder::{Before, Finder};
use crate::tui::model::search::{Search, Source};
use crate::tui::model::{AccountId, ConversationId, Focus, Model, Page};
use crate::tui::pane::chat;
use crate::tui::widget::editor::Editor;

/// Begins to search the conversation on the screen, or goes on to what is older.
pub(super) fn find(model: &mut Model) -> Effects {
    if model.finder.is_some() {
        return step(model, true);
    }
    if model.page == Page::Home {
        model.flash("There is no conversation here; /search looks through all of them");
        return Effects::new();
    }
    model.focus = Focus::Composer;
    model.finder = Some(Finder::new(before(model)));
    Effects::new()
}

fn before(model: &Model) -> Before {
    let conversation = model.current();
    if !conversation.is_aside() {
        return Before::Newest(conversation.scroll);
    }
    let shown = chat::lowest(model).and_then(|number| conversation.entry(number));
    Before::Part(shown.and_then(|entry| match entry {
        Entry::Message(message) => Some(Sought { at: message.line.at, id: message.line.id.clone() }),
        Entry::Notice { .. } | Entry::File { .. } => None,
    }))
}

/// A key while a conversation is searched; none if it means what it always means.
pub(super) fn key(model: &mut Model, key: Key) -> Option<Effects> {
    if let Some(c) = key.typed() {
        return Some(change(model, |field| field.insert(c.encode_utf8(&mut [0; 4]))));
    }
    if let Some(action) = model.keymap.action(&[Context::Finder], key) {
        return Some(act(model, action));
    }
    if model.keymap.action(&[Context::Everywhere], key) == Some(Action::Interrupt) {
        return Some(back(model));
    }
    let action = model.keymap.action(&[Context::Editing], key)?;
    Some(change(model, |field| edit_field(field, action)))
}

fn act(model: &mut Model, action: Action) -> Effects {
    if action == Action::Confirm {
        stay(model)
    } else if action == Action::Back {
        back(model)
    } else if action == Action::Open {
        list(model)
    } else {
        step(model, action != Action::Down)
    }
}

/// What was pasted is looked for, as one line.
pub(super) fn paste(model: &mut Model, text: &str) -> Effects {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    change(model, |field| field.insert(&line))
}

/// Something else is typed: looks for that.
fn change(model: &mut Model, edit: impl FnOnce(&mut Editor)) -> Effects {
    let Some(finder) = &mut model.finder else { return Effects::new() };
    let typed = finder.field.text().to_owned();
    edit(&mut finder.field);
    let text = finder.field.text().to_owned();
    if text == typed {
        return Effects::new();
    }
    let meant = here(model, &text);
    let Some(finder) = &mut model.finder else { return Effects::new() };
    (finder.at, finder.wrong) = (0, None);
    match meant {
        Ok((account, query)) if !query.terms.is_empty() => {
            let (search, asked) = Search::begin([(account, query)]);
            finder.search = Some(search);
            asked
        }
        Ok(_) => {
            finder.search = None;
            Effects::new()
        }
        Err(wrong) => {
            (finder.search, finder.wrong) = (None, Some(wrong));
            Effects::new()
        }
    }
}

/// What is looked for in the conversation on the screen.
fn here(model: &Model, text: &str) -> Result<(AccountId, Query), String> {
    let Page::With(ConversationId { account, peer }) = &model.page else { return Err("Nobody is here".to_owned()) };
    let query = query::read(model, text).map_err(|refusal| refusal.to_string())?.query();
    Ok((*account, Query { with: Some(peer.jid().clone()), ..query }))
}

/// Goes to what is older among what was found, or newer.
fn step(model: &mut Model, is_older: bool) -> Effects {
    let Some(finder) = &mut model.finder else { return Effects::new() };
    let Some(search) = &mut finder.search else { return Effects::new() };
    let next = if is_older { finder.at + 1 } else { finder.at.wrapping_sub(1) };
    if next >= search.hits.len() {
        let asked = if is_older { search.more() } else { Effects::new() };
        if asked.is_empty() && !search.is_asked() {
            model.flash(if is_older { "Nothing older" } else { "Nothing newer" }.to_owned());
        }
        return asked;
    }
    finder.at = next;
    show(model)
}

fn show(model: &mut Model) -> Effects {
    let sought = model.finder.as_ref().and_then(Finder::sought);
    sought.map_or_else(Effects::new, |sought| history::seek(model, &sought))
}

/// Ends the search where it is.
fn stay(model: &mut Model) -> Effects {
    model.finder = None;
    Effects::new()
}

/// Ends the search and goes back to where it began.
fn back(model: &mut Model) -> Effects {
    let Some(finder) = model.finder.take() else { return Effects::new() };
    match finder.before {
        Before::Newest(scroll) => {
            let conversation = model.current_mut();
            conversation.show_newest();
            conversation.scroll = scroll;
            conversation.found = None;
            Effects::new()
        }
        Before::Part(Some(sought)) => history::seek(model, &sought),
        Before::Part(None) => Effects::new(),
    }
}

/// All that was found, as a list.
fn list(model: &mut Model) -> Effects {
    let Some(text) = model.finder.as_ref().map(|finder| finder.field.text().to_owned()) else { return Effects::new() };
    match here(model, &text) {
        Ok((account, query)) if !query.terms.is_empty() => {
            model.finder = None;
            model.current_mut().found = None;
            found::open(model, vec![(account, query)])
        }
        Ok(_) => Effects::new(),
        Err(wrong) => {
            model.flash(wrong);
            Effects::new()
        }
    }
}

/// The history answers.
pub(super) fn found(
    model: &mut Model,
    account: AccountId,
    query: &Query,
    after: Option<Place>,
    found: Result<Found, String>,
) -> Effects {
    let searching = model.finder.as_mut().and_then(|finder| finder.search.as_mut().map(|search| (finder.at, search)));
    let Some((at, search)) = searching else { return layers::found(model, account, query, after, found) };
    let known = search.hits.len();
    if !search.answered(account, query, after, found.clone()) {
        return layers::found(model, account, query, after, found);
    }
    let is_new = search.hits.len() > known;
    match (is_new, after) {
        (true, None) => show(model),
        (true, Some(_)) if at + 1 == known => step(model, true),
        (true | false, _) => Effects::new(),
    }
}

/// Goes to the conversation in which something was found, and shows it there.
pub(crate) fn go_to(model: &mut Model, account: AccountId, with: &BareJid, sought: &Sought, source: Source) -> Effects {
    let mut effects = pages::open(model, account, with);
    effects.extend(match source {
        Source::History => history::seek(model, sought),
        Source::Archive => history::seek_in_archive(model, sought),
    });
    effects
}
