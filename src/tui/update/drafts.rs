//! What is half written is kept while it is written: a program that is killed in the middle of a sentence has all of it but
//! the last word in the next run.
//!
//! That is done when the user stops to think, and now and then while they do not. Nothing wakes up while all is kept.

use std::time::{Duration, Instant};

use crate::engine::command::Command;
use crate::tui::effect::{Effect, Effects};
use crate::tui::model::{Model, Page};

/// Longer than from one key to the next, shorter than a thought.
const LULL: Duration = Duration::from_millis(300);

/// As much as anybody types anew without a word of complaint, and no work for a disk.
const LONGEST: Duration = Duration::from_secs(1);

/// Has what is being written kept, if that is due.
pub(super) fn settle(model: &mut Model) -> Effects {
    let current = model.current();
    let is_kept = model.page == Page::Home || current.unsaid() == current.kept_draft;
    model.input.unkept = if is_kept { None } else { model.input.unkept.or(Some(model.now.instant)) };
    if due(model).is_some_and(|due| due <= model.now.instant) { keep(model) } else { Effects::new() }
}

/// When it is to be kept, at the latest.
fn due(model: &Model) -> Option<Instant> {
    let first = model.input.unkept?;
    let last = model.idle.since.instant.max(first);
    Some((last + LULL).min(first + LONGEST))
}

/// How long that is from now.
pub(crate) fn next_wake(model: &Model) -> Option<Duration> {
    Some(due(model)?.saturating_duration_since(model.now.instant))
}

/// Has every draft kept that changed since it was.
pub(crate) fn keep(model: &mut Model) -> Effects {
    model.input.unkept = None;
    let changed = model.conversations.iter_mut().filter(|(_, one)| one.unsaid() != one.kept_draft);
    let commands = changed.map(|(id, conversation)| {
        let text = conversation.unsaid().to_owned();
        conversation.kept_draft.clone_from(&text);
        Effect::Command(id.account, Command::KeepDraft { with: id.peer.jid().clone(), text })
    });
    commands.collect()
}
