//! The message cursor: one message of the conversation is looked at, and something is done about it.
//!
//! What is being written stays as it is until a message is answered or corrected.

use jid::Jid;

use super::history;
use crate::engine::command::{Command, Quoted};
use crate::engine::event::Author;
use crate::engine::history::Line;
use crate::tui::dialog::confirm::Question;
use crate::tui::dialog::links::Links;
use crate::tui::dialog::message::MessageDetails;
use crate::tui::dialog::reactions::Picker;
use crate::tui::effect::{Effect, Effects};
use crate::tui::keymap::Action;
use crate::tui::layers::Layer;
use crate::tui::model::conversation::{About, EntryNumber};
use crate::tui::model::message::Message;
use crate::tui::model::{ConversationId, Focus, Model, Page};
use crate::tui::pane::chat;
use crate::tui::widget::link;

/// What comes of a wish, or a sentence about why nothing does.
type Answer = Result<Effects, String>;

/// Goes to the newest message, if there is one.
pub(super) fn focus(model: &mut Model) -> bool {
    let newest = model.current().newest_message();
    if newest.is_some() {
        model.focus = Focus::Messages;
        model.current_mut().selected = newest;
        chat::reveal(model);
    }
    newest.is_some()
}

/// Goes back to where messages are written.
pub(super) fn leave(model: &mut Model) -> Effects {
    model.current_mut().selected = None;
    model.focus = Focus::Composer;
    Effects::new()
}

/// Nothing is selected where nobody looks, and nobody looks where nothing is.
pub(super) fn settle(model: &mut Model) {
    let is_there = model.current().selected.is_some_and(|number| model.current().message(number).is_some());
    if model.focus != Focus::Messages {
        model.current_mut().selected = None;
    } else if !is_there {
        leave(model);
    }
}

/// Goes to another message; below the newest is where messages are written.
pub(super) fn select(model: &mut Model, action: Action) -> Effects {
    let conversation = model.current();
    let Some(here) = conversation.selected else { return leave(model) };
    let there = if action == Action::Up {
        conversation.message_before(here)
    } else if action == Action::Down {
        conversation.message_after(here)
    } else if action == Action::First {
        conversation.message_after(EntryNumber::MIN)
    } else if action == Action::Last {
        conversation.newest_message()
    } else {
        chat::message_a_page_on(model, here, action)
    };
    if there.is_none() && action == Action::Down {
        return leave(model);
    }
    if there.is_none() && action == Action::Up && model.current().is_cleared() {
        return history::load_older(model);
    }
    model.current_mut().selected = there.or(Some(here));
    chat::reveal(model)
}

/// Does something about the selected message.
pub(super) fn on_selected(model: &mut Model, action: Action) -> Effects {
    let Some(number) = model.current().selected else { return leave(model) };
    let answer = if action == Action::Answer {
        answer(model, number)
    } else if action == Action::Correct {
        correct(model, number)
    } else if action == Action::React {
        pick(model, number)
    } else if action == Action::Retract {
        retract(model, number)
    } else if action == Action::CopyText {
        copy(model, number)
    } else if action == Action::OpenLink {
        open_links(model, number)
    } else {
        details(model, number)
    };
    answer.unwrap_or_else(|why| {
        model.flash(why);
        Effects::new()
    })
}

/// The conversation on the screen, and a message in it that was not taken back.
fn standing(model: &Model, number: EntryNumber) -> Result<(ConversationId, &Message), String> {
    let (Page::With(id), Some(message)) = (&model.page, model.current().message(number)) else {
        return Err("There is no message".to_owned());
    };
    match message.line.body {
        Some(_) => Ok((id.clone(), message)),
        None => Err("That message was taken back".to_owned()),
    }
}

/// The same, with a name that others know it by.
fn named(model: &Model, number: EntryNumber) -> Result<(ConversationId, &Message, String), String> {
    let (id, message) = standing(model, number)?;
    let name = message.line.id.clone().ok_or("That message has no name by which the other side would know it")?;
    Ok((id, message, name))
}

fn ours(model: &Model, number: EntryNumber) -> Result<(ConversationId, &Message, String), String> {
    let found = named(model, number)?;
    if found.1.is_ours() { Ok(found) } else { Err("Only its author can change that message".to_owned()) }
}

/// A message as an answer quotes it.
fn quoted(model: &Model, id: &ConversationId, line: &Line, name: String) -> Quoted {
    let me = || model.accounts.get(&id.account).and_then(|account| account.me.as_ref()).map(|me| me.to_bare().into());
    let author: Option<Jid> = match &line.author {
        Author::Contact(jid) => Some(jid.clone()),
        Author::Me | Author::MyOtherDevice => me(),
    };
    Quoted { id: name, author, body: line.body.clone().unwrap_or_default() }
}

/// What is written next answers that message.
pub(crate) fn answer(model: &mut Model, number: EntryNumber) -> Answer {
    let (id, message, name) = named(model, number)?;
    let quoted = quoted(model, &id, &message.line, name);
    drop_about(model);
    model.current_mut().about = Some(About::Answer(quoted));
    Ok(leave(model))
}

/// What is written next is what that message should have been; what was being written comes back after that. Of one that
/// did not arrive there is nothing to correct: it stays as it is, and the new words are a message of their own.
pub(crate) fn correct(model: &mut Model, number: EntryNumber) -> Answer {
    let (_, message, name) = ours(model, number)?;
    let line = &message.line;
    let answers = line.reply_to.clone().map(|id| {
        let body = line.quote.as_ref().and_then(|quote| quote.body.clone()).unwrap_or_default();
        Quoted { id, author: None, body }
    });
    let words = typed(line.body.as_deref().unwrap_or_default());
    drop_about(model);
    let conversation = model.current_mut();
    let before = conversation.draft.take();
    conversation.draft.replace(&words);
    conversation.about = Some(About::Correction { id: name, answers, before });
    Ok(leave(model))
}

/// A message as one would have typed it.
fn typed(body: &str) -> String {
    let needs_slash = body.starts_with('/') && !body.starts_with("/me ");
    if needs_slash { format!("/{body}") } else { body.to_owned() }
}

/// What is being written is about no earlier message any more.
pub(super) fn drop_about(model: &mut Model) {
    let conversation = model.current_mut();
    if let Some(About::Correction { before, .. }) = conversation.about.take() {
        conversation.draft.replace(&before);
    }
}

/// What the user says, about the message that they say it about.
pub(super) fn worded(model: &mut Model, to: Jid, body: String) -> Command {
    match model.current_mut().about.take() {
        None => Command::SendMessage { to, body },
        Some(About::Answer(about)) => Command::Reply { to, about, body },
        Some(About::Correction { id, answers, before }) => {
            model.current_mut().draft.replace(&before);
            let did_fail = model.current().called(&id).is_some_and(Message::did_fail);
            match answers {
                answers if !did_fail => Command::Correct { to, id, body, about: answers },
                Some(about) => Command::Reply { to, about, body },
                None => Command::SendMessage { to, body },
            }
        }
    }
}

fn pick(model: &mut Model, number: EntryNumber) -> Answer {
    let (id, _, name) = named(model, number)?;
    model.layers.push(Layer::Reactions(Picker::new(id, name)));
    Ok(Effects::new())
}

/// Has a reaction to a message, or not any more.
pub(crate) fn react(model: &mut Model, number: EntryNumber, emoji: &str) -> Answer {
    let (id, message, name) = named(model, number)?;
    let mut all = own_reactions(&message.line);
    let quoted = quoted(model, &id, &message.line, name);
    if all.iter().any(|one| one == emoji) {
        all.retain(|one| one != emoji);
    } else {
        all.push(emoji.to_owned());
        *model.reacted.entry(emoji.to_owned()).or_default() += 1;
    }
    let to = id.peer.jid().clone().into();
    Ok(vec![Effect::Command(id.account, Command::React { to, about: quoted, emoji: all })])
}

/// The reactions that we have to a message.
pub(crate) fn own_reactions(line: &Line) -> Vec<String> {
    let own = line.reactions.iter().filter(|(_, who)| who.contains(&None));
    own.map(|(emoji, _)| emoji.clone()).collect()
}

/// Takes a message back, if that is really wanted.
pub(crate) fn retract(model: &mut Model, number: EntryNumber) -> Answer {
    let (conversation, message, id) = ours(model, number)?;
    let text = message.line.body.clone().unwrap_or_default();
    let is_known = !message.did_fail();
    model.layers.push(Layer::asking(Question::Retract { conversation, id, text, is_known }));
    Ok(Effects::new())
}

/// Puts what a message says into the clipboard.
pub(crate) fn copy(model: &mut Model, number: EntryNumber) -> Answer {
    let (_, message) = standing(model, number)?;
    let text = message.line.body.clone().unwrap_or_default();
    model.flash("Copied, if this terminal lets programs do that");
    Ok(vec![Effect::Copy(text)])
}

fn open_links(model: &mut Model, number: EntryNumber) -> Answer {
    let (_, message) = standing(model, number)?;
    let links = link::all(message.line.body.as_deref().unwrap_or_default());
    if links.is_empty() {
        return Err("There is no address in that message".to_owned());
    }
    model.layers.push(Layer::Links(Links::new(links)));
    Ok(Effects::new())
}

fn details(model: &mut Model, number: EntryNumber) -> Answer {
    let message = model.current().message(number).cloned().ok_or("There is no message")?;
    model.layers.push(Layer::Message(MessageDetails::new(message)));
    Ok(Effects::new())
}
