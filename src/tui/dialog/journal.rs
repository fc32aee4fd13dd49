//! The journal of transfers: all that ever were, by when they were offered, the newest first, each with its attempts if one
//! wants to see them.
//!
//! It shows what was written down when it was opened; what moves is live in the transfers pane.

use std::collections::BTreeSet;

use jid::BareJid;
use ratatui::text::Line;

use super::{Drawing, dismiss, height, list};
use crate::engine::amount;
use crate::engine::command::Command;
use crate::engine::event::{AttemptState, Direction};
use crate::engine::journal::{Course, Entry};
use crate::store::journal::{Past, Standing};
use crate::tui::effect::{Effect, Effects};
use crate::tui::keymap::{Action, Context};
use crate::tui::layers::{self, Layer};
use crate::tui::model::{AccountId, Model};
use crate::tui::widget::line::{plain, row, written};
use crate::tui::widget::{calendar, text};
use crate::tui::words;

/// As many as fill the largest screen some times.
pub(crate) const PAGE: u32 = 200;

/// What is shown of the journal.
#[derive(Debug)]
pub(crate) struct Journal {
    past: Vec<Past>,
    selected: usize,
    unfolded: BTreeSet<i64>,
    rest: Rest,
}

/// What is known of older ones.
#[derive(Debug, PartialEq, Eq)]
enum Rest {
    /// They are being looked for.
    Asked,
    /// There may be some.
    Unknown,
    /// There are none.
    Nothing,
    /// They cannot be read, for this reason.
    Unreadable(String),
}

/// Opens it, and asks what to show.
pub(crate) fn open(model: &mut Model) -> Effects {
    let journal = Journal { past: Vec::new(), selected: 0, unfolded: BTreeSet::new(), rest: Rest::Asked };
    model.layers.push(Layer::Journal(journal));
    vec![Effect::AskJournal { before: None }]
}

impl Journal {
    /// What was asked for is there. An answer to what this one did not ask changes nothing.
    pub(crate) fn answered(&mut self, before: Option<i64>, answer: Result<Vec<Past>, String>) {
        if self.rest != Rest::Asked || before != self.oldest() {
            return;
        }
        match answer {
            Ok(past) => {
                let full = u32::try_from(past.len()).is_ok_and(|told| told == PAGE);
                self.rest = if full { Rest::Unknown } else { Rest::Nothing };
                self.past.extend(past);
            }
            Err(why) => self.rest = Rest::Unreadable(why),
        }
    }

    fn oldest(&self) -> Option<i64> {
        self.past.last().map(|past| past.number)
    }

    fn chosen(&self) -> Option<&Past> {
        self.past.get(self.selected)
    }

    /// Moves the selection, and asks for more when it comes to the end.
    fn go(&mut self, to: usize) -> Effects {
        let last = self.past.len().saturating_sub(1);
        self.selected = to.min(last);
        if self.selected < last || self.rest != Rest::Unknown {
            return Effects::new();
        }
        self.rest = Rest::Asked;
        vec![Effect::AskJournal { before: self.oldest() }]
    }

    fn toggle(&mut self) {
        let Some(number) = self.chosen().map(|past| past.number) else { return };
        if !self.unfolded.remove(&number) {
            self.unfolded.insert(number);
        }
    }

    /// How many lines one takes.
    fn lines_of(&self, past: &Past) -> usize {
        let details = if self.unfolded.contains(&past.number) {
            let entry = &past.entry;
            entry.attempts.len() + 1 + usize::from(entry.stream.is_some()) + usize::from(past.place().is_some())
        } else {
            0
        };
        2 + details
    }

    /// The first visible line, so that all of the selected one is in view.
    fn scroll(&self, height: usize) -> usize {
        let before: usize = self.past.iter().take(self.selected).map(|past| self.lines_of(past)).sum();
        let own = self.chosen().map_or(0, |past| self.lines_of(past));
        if own >= height { before } else { (before + own).saturating_sub(height) }
    }
}

pub(crate) fn act(model: &mut Model, action: Action) -> Effects {
    let page = height(model) / 2;
    let Some(Layer::Journal(journal)) = model.layers.last_mut() else { return Effects::new() };
    if let Some(there) = list::moved(journal.selected, action, page) {
        journal.go(there)
    } else if action == Action::Open {
        journal.toggle();
        Effects::new()
    } else if action == Action::Dismiss {
        layers::close(model)
    } else {
        on_chosen(model, action)
    }
}

fn on_chosen(model: &mut Model, action: Action) -> Effects {
    let Some(Layer::Journal(journal)) = model.layers.last() else { return Effects::new() };
    let Some(past) = journal.chosen() else { return Effects::new() };
    let path = past.place().map(ToOwned::to_owned);
    if action == Action::Retry {
        let again = again(model, past);
        return again.unwrap_or_else(|why| {
            model.flash(why.to_owned());
            Effects::new()
        });
    }
    let Some(path) = path else {
        model.flash("There is no file");
        return Effects::new();
    };
    if action == Action::CopyPath {
        model.flash(format!("Copied {}", path.display()));
        vec![Effect::Copy(path.display().to_string())]
    } else if action == Action::OpenFolder {
        path.parent().map(|folder| Effect::OpenFolder(folder.to_owned())).into_iter().collect()
    } else {
        Effects::new()
    }
}

/// Offers once more what did not arrive, or says why that is not for us to do.
fn again(model: &Model, past: &Past) -> Result<Effects, &'static str> {
    let Course::Sending { to, path, further, via } = &past.entry.course else {
        return Err("Only the sender can offer it again");
    };
    if past.arrival().is_some() {
        return Err("It has arrived already");
    }
    if past.owner.is_some() {
        return Err("It is still with a Balcony that runs: see the transfers pane");
    }
    let account = account_of(model, &past.entry.account).ok_or("That account is not open")?;
    if !model.is_online(account) {
        return Err("You are offline: nothing can be offered now");
    }
    let (to, path, via) = (to.clone(), path.clone(), via.clone());
    let offer = if further.is_empty() {
        Command::OfferFile { to, path, description: past.entry.file.description.clone(), via }
    } else {
        Command::OfferTogether { to, paths: [&[path], further.as_slice()].concat(), via }
    };
    Ok(vec![Effect::Command(account, offer)])
}

fn account_of(model: &Model, jid: &BareJid) -> Option<AccountId> {
    let is_it = |me: &jid::FullJid| me.to_bare() == *jid;
    model.accounts.iter().find(|(_, account)| account.me.as_ref().is_some_and(is_it)).map(|(id, _)| *id)
}

pub(crate) fn drawing(model: &Model, journal: &Journal) -> Drawing {
    let here = |action, word| (Context::Journal, action, word);
    let keys = vec![
        here(Action::Open, "attempts"),
        here(Action::OpenFolder, "folder"),
        here(Action::CopyPath, "copies path"),
        here(Action::Retry, "again"),
        dismiss("closes"),
    ];
    let mut lines = Vec::new();
    for (index, past) in journal.past.iter().enumerate() {
        describe(model, journal, past, index == journal.selected, &mut lines);
    }
    let rest = match &journal.rest {
        Rest::Asked => Some("looking …".to_owned()),
        Rest::Unreadable(why) => Some(why.clone()),
        Rest::Nothing if journal.past.is_empty() => Some("nothing was transferred yet".to_owned()),
        Rest::Nothing | Rest::Unknown => None,
    };
    for line in rest.iter().flat_map(|rest| text::wrap(&text::visible(rest), super::width(model))) {
        lines.push(Line::from(plain(line, model.look.theme.dim)));
    }
    let scroll = journal.scroll(height(model));
    Drawing { title: "All transfers".to_owned(), lines, scroll, cursor: None, keys }
}

fn describe(model: &Model, journal: &Journal, past: &Past, selected: bool, lines: &mut Vec<Line<'static>>) {
    let (theme, symbols, width) = (&model.look.theme, model.look.symbols, list::width(model));
    let entry = &past.entry;
    let arrow = match entry.direction() {
        Direction::Receiving => symbols.down,
        Direction::Sending => symbols.up,
    };
    let when = calendar::sortable(entry.began, &model.look.zone);
    let room = width.saturating_sub(when.len() + 6);
    let name = text::cut_name(&text::visible(&entry.file.name), room * 2 / 3, symbols.more);
    let left = vec![
        plain(format!("{arrow} "), theme.moving),
        plain(name, theme.strong),
        written(&format!("  {}", who(model, entry)), theme.plain),
    ];
    let head = row(left, vec![plain(when, theme.dim)], width, symbols.more);
    lines.push(list::marked(model, head, selected));
    lines.push(list::below(model, standing(model, past, width)));
    if !journal.unfolded.contains(&past.number) {
        return;
    }
    for attempt in &entry.attempts {
        let symbol = match (&attempt.state, past.standing()) {
            (AttemptState::Trying { .. }, Standing::Offered | Standing::Moving) => symbols.waiting,
            (AttemptState::Active { .. }, Standing::Offered | Standing::Moving) => symbols.active,
            (AttemptState::Active { .. }, _) if past.arrival().is_some() => symbols.done,
            (AttemptState::Trying { .. } | AttemptState::Active { .. } | AttemptState::Failed { .. }, _) => {
                symbols.failed
            }
        };
        let host = attempt.streamhost.as_ref().map(|host| format!(" {host}")).unwrap_or_default();
        let told = format!("    {symbol} {}{host}: {}", attempt.via.title(), past.verdict(attempt));
        let took = vec![plain(amount::span(attempt.took), theme.dim)];
        lines.push(list::below(model, row(vec![written(&told, theme.plain)], took, width, symbols.more)));
    }
    let stream = entry.stream.as_ref().map(|stream| format!("stream {stream}"));
    let place = past.place().map(|path| model.look.short_path(path));
    for told in [Some(times(model, past)), stream, place].into_iter().flatten() {
        let left = vec![written(&format!("    {told}"), theme.dim)];
        lines.push(list::below(model, row(left, Vec::new(), width, symbols.more)));
    }
}

/// The two moments at which it stands in the conversation.
fn times(model: &Model, past: &Past) -> String {
    let time = |at| calendar::sortable(at, &model.look.zone);
    let began = time(past.entry.began);
    match past.standing() {
        Standing::Ended(_) => format!("offered {began}, ended {}", time(past.entry.changed)),
        Standing::Offered | Standing::Moving | Standing::Interrupted(_) => format!("offered {began}"),
    }
}

fn who(model: &Model, entry: &Entry) -> String {
    let contact = entry.peer.to_bare();
    account_of(model, &entry.account).map_or_else(|| contact.to_string(), |account| model.name_of(account, &contact))
}

/// How it stands, on a line of its own.
fn standing(model: &Model, past: &Past, width: usize) -> Line<'static> {
    let (theme, symbols, entry) = (&model.look.theme, model.look.symbols, &past.entry);
    let far = || entry.file.size.map_or_else(|| amount::bytes(entry.bytes), |size| amount::bytes_of(entry.bytes, size));
    let (symbol, style, says) = match (past.arrival(), past.standing()) {
        (Some(outcome), _) => {
            let dot = format!(" {} ", symbols.between);
            (
                symbols.done,
                theme.good,
                words::completed_within(entry.direction(), &outcome, entry.protection(), &dot, width.saturating_sub(4)),
            )
        }
        (None, Standing::Offered) => (symbols.waiting, theme.busy, "offered".to_owned()),
        (None, Standing::Moving) => (symbols.active, theme.good, format!("{} so far", far())),
        (None, Standing::Interrupted(why)) => (symbols.waiting, theme.busy, format!("interrupted at {}: {why}", far())),
        (None, Standing::Ended(_)) => {
            (symbols.failed, theme.bad, past.reason_told_of(&who(model, entry)).unwrap_or_default())
        }
    };
    let left = vec![plain(format!("  {symbol} "), style), written(&says, theme.plain)];
    row(left, Vec::new(), width, symbols.more)
}
