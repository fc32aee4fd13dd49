//! Writing: typing, pasting, completing, sending, and telling the other side that we write.

use std::path::PathBuf;
use std::time::Duration;

use jid::Jid;

use super::{drafts, messages};
use crate::engine::command::{ChatState, Command};
use crate::tui::command::complete::{self, Completing};
use crate::tui::command::{self, words};
use crate::tui::dialog::chooser;
use crate::tui::effect::{Effect, Effects, Shipment, Unsendable};
use crate::tui::keymap::{Action, Context, Key};
use crate::tui::layers::Layer;
use crate::tui::model::conversation::Writing;
use crate::tui::model::{Focus, Model, Page, Peer};
use crate::tui::msg::Folder;
use crate::tui::widget::editor::{Editor, Mode};

/// XEP-0085 leaves it open; five seconds without a key are a pause.
const PAUSE: Duration = Duration::from_secs(5);

/// More than a screenful of a message is more often a slip than a wish.
const LONG_LINES: usize = 20;
const LONG_BYTES: usize = 4000;

pub(super) fn typed(model: &mut Model, c: char) -> Effects {
    let conversation = model.current_mut();
    conversation.draft.insert(c.encode_utf8(&mut [0; 4]));
    // Who writes has seen what was found.
    conversation.found = None;
    let mut effects = announce(model);
    effects.extend(foresee(model));
    effects
}

/// Who has written `/send ` will name a file in a moment: what an offer takes can be found out meanwhile.
fn foresee(model: &Model) -> Option<Effect> {
    let Page::With(id) = &model.page else { return None };
    let name = model.current().draft.text().strip_prefix('/')?.strip_suffix(' ')?;
    let Peer::Direct(to) = &id.peer else { return None };
    let command = Command::ForeseeOffer { to: to.clone() };
    command::offers_files(name).then_some(Effect::Command(id.account, command))
}

pub(super) fn edit(model: &mut Model, action: Action) -> Effects {
    edit_field(&mut model.current_mut().draft, action);
    announce(model)
}

/// What a key does for vi's fingers; none if it means what it always means.
pub(super) fn vi_key(model: &mut Model, key: Key) -> Option<Effects> {
    if model.focus != Focus::Composer {
        return None;
    }
    if goes_up(model, key) && messages::focus(model) {
        return Some(Effects::new());
    }
    let mut vi = model.input.vi.take()?;
    let mode = vi.mode();
    let action = model.keymap.action(&[Context::Composer, Context::Dialog], key);
    let draft = &mut model.current_mut().draft;
    let is_known = match (mode, key.typed(), action) {
        (_, _, Some(Action::Dismiss)) => {
            vi.escape(draft);
            true
        }
        (Mode::Normal, Some(letter), _) => {
            vi.command(letter, draft);
            true
        }
        (Mode::Normal, None, Some(Action::SearchInput)) => {
            draft.redo();
            true
        }
        (Mode::Normal, None, Some(Action::Send)) => {
            vi.insert();
            false
        }
        (Mode::Insert | Mode::Normal, _, _) => false,
    };
    model.input.vi = Some(vi);
    is_known.then(|| announce(model))
}

/// Whether vi's `k` leads out of what is being written.
fn goes_up(model: &Model, key: Key) -> bool {
    let is_command = model.input.vi.as_ref().is_some_and(|vi| vi.mode() == Mode::Normal && !vi.is_begun());
    is_command && key.typed() == Some('k') && model.current().draft.is_on_first_line()
}

/// A key that says that nothing is answered or corrected; none if it means what it always means.
pub(super) fn drop_key(model: &mut Model, key: Key) -> Option<Effects> {
    let is_writing = model.input.vi.as_ref().is_some_and(|vi| vi.mode() == Mode::Insert);
    let is_about = model.focus == Focus::Composer && model.current().about.is_some();
    let is_dismissed = model.keymap.action(&[Context::Dialog], key) == Some(Action::Dismiss);
    (is_about && is_dismissed && !is_writing).then(|| {
        messages::drop_about(model);
        announce(model)
    })
}

/// Empties the composer.
pub(super) fn drop_draft(model: &mut Model) -> Effects {
    model.current_mut().draft.kill_all();
    announce(model)
}

/// What an editing key does in any field.
pub(crate) fn edit_field(editor: &mut Editor, action: Action) {
    type Edit = (Action, fn(&mut Editor));
    let edits: [Edit; 16] = [
        (Action::Newline, |editor| editor.insert("\n")),
        (Action::Left, Editor::left),
        (Action::Right, Editor::right),
        (Action::WordLeft, Editor::word_left),
        (Action::WordRight, Editor::word_right),
        (Action::LineStart, Editor::line_start),
        (Action::LineEnd, Editor::line_end),
        (Action::DeleteLeft, Editor::backspace),
        (Action::DeleteRight, Editor::delete),
        (Action::KillWordLeft, Editor::kill_word_left),
        (Action::KillWordRight, Editor::kill_word_right),
        (Action::KillToStart, Editor::kill_to_start),
        (Action::KillToEnd, Editor::kill_to_end),
        (Action::Yank, Editor::yank),
        (Action::Undo, Editor::undo),
        (Action::Redo, Editor::redo),
    ];
    if let Some((_, edit)) = edits.iter().find(|(known, _)| *known == action) {
        edit(editor);
    }
}

/// Sends what is written, or does what it commands.
pub(super) fn send(model: &mut Model) -> Effects {
    let text = model.current_mut().draft.take();
    if text.trim().is_empty() {
        return announce(model);
    }
    model.input.remember(&text);
    let mut effects = drafts::keep(model);
    if let Some(body) = command::literal(&text) {
        effects.extend(say(model, body.to_owned()));
    } else {
        effects.extend(announce(model));
        effects.extend(command(model, &text));
    }
    effects
}

/// Does what is commanded. What that says is seen, wherever the conversation was scrolled to.
fn command(model: &mut Model, text: &str) -> Effects {
    let before = (model.page.clone(), model.current_mut().newest_end());
    let done = command::run(model, text);
    if done.is_none() {
        give_back(model, text);
    }
    let (page, end) = before;
    if model.page == page && model.current_mut().newest_end() != end {
        model.current_mut().follow();
    }
    done.unwrap_or_default()
}

/// What was typed and not done is there again to be put right, unless something else is being written.
pub(crate) fn give_back(model: &mut Model, typed: &str) {
    let draft = &mut model.current_mut().draft;
    if draft.is_empty() {
        draft.replace(typed);
    }
}

/// Says something in the conversation on the screen.
pub(crate) fn say(model: &mut Model, body: String) -> Effects {
    let Page::With(id) = model.page.clone() else {
        model.say("Nobody hears you here: /query NAME opens a conversation; your text comes back with the Up key");
        return Effects::new();
    };
    let conversation = model.current_mut();
    conversation.writing = Writing::Nothing;
    conversation.leave();
    conversation.follow();
    match id.peer {
        Peer::Direct(jid) => vec![Effect::Command(id.account, messages::worded(model, Jid::from(jid), body))],
        Peer::Room(_) => Effects::new(),
    }
}

/// Tells the other side that we write, or do not any more, if that changed.
fn announce(model: &mut Model) -> Effects {
    let now = model.now.instant;
    let Page::With(id) = model.page.clone() else { return Effects::new() };
    let Peer::Direct(jid) = &id.peer else { return Effects::new() };
    let conversation = model.current_mut();
    conversation.is_restored = false;
    let text = conversation.draft.text();
    let writes = !text.is_empty() && (!text.starts_with('/') || text.starts_with("/me "));
    let writing = if writes { Writing::Until(now + PAUSE) } else { Writing::Nothing };
    let state = match (std::mem::replace(&mut conversation.writing, writing), writes) {
        (Writing::Nothing | Writing::Paused, true) => ChatState::Composing,
        (Writing::Until(_) | Writing::Paused, false) => ChatState::Active,
        (Writing::Until(_), true) | (Writing::Nothing, false) => return Effects::new(),
    };
    vec![Effect::Command(id.account, Command::SetChatState { to: jid.clone(), state })]
}

/// Tells of a pause in writing, once it lasted.
pub(super) fn tick(model: &mut Model) -> Effects {
    match model.current().writing {
        Writing::Until(until) if until <= model.now.instant => pause(model),
        Writing::Until(_) | Writing::Nothing | Writing::Paused => Effects::new(),
    }
}

/// Tells of a pause in writing, if the other side believes that we write; what is written is kept.
pub(super) fn pause(model: &mut Model) -> Effects {
    let Page::With(id) = model.page.clone() else { return Effects::new() };
    let mut effects = drafts::keep(model);
    let writing = &mut model.current_mut().writing;
    if matches!(writing, Writing::Until(_)) {
        *writing = Writing::Paused;
        let to = id.peer.jid().clone();
        effects.push(Effect::Command(id.account, Command::SetChatState { to, state: ChatState::Paused }));
    }
    effects
}

/// Lets the user write in an editor of their own.
pub(super) fn edit_outside(model: &mut Model) -> Effects {
    vec![Effect::EditOutside(model.current().draft.text().to_owned())]
}

/// The user has written.
pub(super) fn edited(model: &mut Model, text: &str) -> Effects {
    model.current_mut().draft.replace(text.strip_suffix('\n').unwrap_or(text));
    announce(model)
}

/// Takes in pasted text. What could be a file is looked for first. Most terminals end pasted lines as the Enter key would.
pub(super) fn paste(model: &mut Model, text: &str) -> Effects {
    model.flash = None;
    model.input.quits_until = None;
    let text = &text.replace("\r\n", "\n").replace('\r', "\n");
    if let Some(field) = model.layers.last_mut().and_then(Layer::field) {
        field.insert(text.trim_end_matches('\n'));
        return Effects::new();
    }
    if !model.layers.is_empty() {
        return Effects::new();
    }
    model.focus = Focus::Composer;
    let direct = matches!(&model.page, Page::With(id) if matches!(id.peer, Peer::Direct(_)));
    let alone = model.current().draft.is_empty();
    match words::pasted_paths(text, model.look.home.as_deref()).filter(|_| direct && alone) {
        Some(paths) => vec![Effect::CheckFiles { text: text.to_owned(), paths }],
        None if is_long(text) => {
            model.layers.push(Layer::insert_pasted(text.to_owned()));
            Effects::new()
        }
        None => insert_paste(model, text),
    }
}

/// Whether a text was perhaps not meant to become a message.
fn is_long(text: &str) -> bool {
    text.lines().count() > LONG_LINES || text.len() > LONG_BYTES
}

fn insert_paste(model: &mut Model, text: &str) -> Effects {
    model.current_mut().draft.insert(text);
    announce(model)
}

/// Offers to send pasted files; what is none is text.
pub(super) fn pasted_files(model: &mut Model, text: String, paths: Vec<PathBuf>, size: Option<u64>) -> Effects {
    let Some(size) = size else { return insert_paste(model, &text) };
    let Page::With(id) = model.page.clone() else { return insert_paste(model, &text) };
    model.layers.push(Layer::send_pasted(id, paths, size, text));
    Effects::new()
}

/// Offers the files that were meant, or says why not and gives back what was typed.
pub(super) fn found(model: &mut Model, found: Result<Shipment, Unsendable>) -> Effects {
    match found {
        Ok(shipment) => {
            if let Some(remark) = &shipment.remark {
                model.say(remark.clone());
            }
            chooser::send(model, shipment)
        }
        Err(Unsendable { why, typed }) => {
            model.flash(why);
            give_back(model, &typed);
            Effects::new()
        }
    }
}

/// Completes the word before the cursor; in an empty composer, Tab goes to the next pane.
pub(super) fn complete(model: &mut Model) -> Effects {
    if model.current().draft.is_empty() {
        return super::action::act(model, Action::NextPane);
    }
    match complete::complete(model) {
        Completing::Nothing => {
            model.flash("Nothing to complete that with");
            Effects::new()
        }
        Completing::Known { start, candidates } => {
            finish(model, start, &candidates);
            Effects::new()
        }
        Completing::Path(effect) => vec![effect],
    }
}

/// Puts in what the candidates have in common; shows them if they are several.
fn finish(model: &mut Model, start: usize, candidates: &[String]) {
    let common = complete::common_start(candidates);
    if candidates.is_empty() {
        model.flash("Nothing to complete that with");
        return;
    }
    let draft = &mut model.current_mut().draft;
    draft.complete(start, &common);
    if candidates.len() > 1 {
        let shown: Vec<&str> = candidates.iter().map(|candidate| candidate.trim_end()).collect();
        model.flash(shown.join("  "));
    }
}

/// The names in a folder have come.
pub(super) fn complete_path(model: &mut Model, folder: &Folder) -> Effects {
    if let Some(editor) = model.layers.last_mut().and_then(Layer::path_field) {
        if editor.text() == folder.text {
            let candidates: Vec<String> = folder.names.iter().map(|name| format!("{}{name}", folder.typed)).collect();
            if !candidates.is_empty() {
                editor.complete(folder.start, &complete::common_start(&candidates));
            }
        }
        return Effects::new();
    }
    if model.current().draft.text() == folder.text {
        let candidates: Vec<String> = folder.names.iter().map(|name| complete::quoted(&folder.typed, name)).collect();
        finish(model, folder.start, &candidates);
    }
    Effects::new()
}
