//! Stanzas of one account as they pass: scrolled, filtered, held still, and written by hand.
//!
//! The client shows them while this is open and not a moment longer. The latest are kept, the older ones forgotten;
//! whatever they say is made harmless before it is drawn.

use std::collections::VecDeque;
use std::time::SystemTime;

use ratatui::text::Line;

use super::{Drawing, confirm, dismiss, height};
use crate::engine::command::Command;
use crate::engine::event::Way;
use crate::engine::watch;
use crate::tui::effect::{Effect, Effects};
use crate::tui::keymap::{Action, Context};
use crate::tui::layers::{self, Layer};
use crate::tui::model::account::Account;
use crate::tui::model::{AccountId, Model};
use crate::tui::widget::editor::Editor;
use crate::tui::widget::line::{plain, written};
use crate::tui::widget::{calendar, text};

/// Stanzas that are kept. The client cuts each of them to some KiB, so that all are a few MiB at worst.
const MOST: usize = 500;

/// Deeper elements are drawn as if they were this deep.
const DEEPEST: usize = 8;

/// What has passed, and how it is looked at.
#[derive(Debug)]
pub(crate) struct Console {
    pub(crate) account: AccountId,
    passed: VecDeque<Passed>,
    /// How many of the latest came after the user wanted the others to stay as they are.
    held: Option<usize>,
    /// How many lines are below the last visible one.
    scroll: usize,
    filter: Editor,
    stanza: Editor,
    doing: Doing,
}

#[derive(Debug)]
struct Passed {
    way: Way,
    at: SystemTime,
    xml: String,
}

/// What the keys are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Doing {
    Reading,
    Filtering,
    Writing,
}

/// Opens the console of an account, with what has to be in a stanza to be shown.
pub(crate) fn open(model: &mut Model, account: AccountId, filter: &str) -> Effects {
    let mut console = Console {
        account,
        passed: VecDeque::new(),
        held: None,
        scroll: 0,
        filter: Editor::default(),
        stanza: Editor::default(),
        doing: Doing::Reading,
    };
    console.filter.replace(filter);
    model.layers.push(Layer::Console(Box::new(console)));
    vec![Effect::Command(account, Command::WatchStanzas(true))]
}

/// Sends what the user wrote, or says why that cannot be.
pub(crate) fn send(model: &Model, account: AccountId, stanza: &str) -> Result<Effects, String> {
    watch::read(stanza).map_err(|why| why.to_string())?;
    if !model.accounts.get(&account).is_some_and(Account::is_online) {
        return Err("You are offline: nothing can be sent".to_owned());
    }
    Ok(vec![Effect::Command(account, Command::SendRaw(stanza.to_owned()))])
}

impl Console {
    /// A stanza passes.
    pub(crate) fn pass(&mut self, way: Way, at: SystemTime, xml: String) {
        if self.passed.len() >= MOST {
            self.passed.pop_front();
        }
        self.passed.push_back(Passed { way, at, xml });
        if let Some(held) = &mut self.held {
            *held += 1;
        }
    }

    /// The field that text goes into, while there is one.
    pub(crate) fn field(&mut self) -> Option<&mut Editor> {
        match self.doing {
            Doing::Reading => None,
            Doing::Filtering => Some(&mut self.filter),
            Doing::Writing => Some(&mut self.stanza),
        }
    }

    pub(crate) fn contexts(&self) -> &'static [Context] {
        match self.doing {
            Doing::Reading => &[Context::Console, Context::Dialog],
            Doing::Filtering | Doing::Writing => &[Context::Dialog, Context::Editing],
        }
    }

    /// Those that fit the filter, the latest first.
    fn fitting(&self) -> impl Iterator<Item = &Passed> {
        let filter = self.filter.text().trim().to_lowercase();
        let latest = self.passed.iter().rev().skip(self.held.unwrap_or(0));
        latest.filter(move |passed| filter.is_empty() || passed.xml.to_lowercase().contains(&filter))
    }

    fn hold(&mut self) {
        self.held = if self.held.is_some() { None } else { Some(0) };
    }
}

pub(crate) fn act(model: &mut Model, action: Action) -> Effects {
    let Some(Layer::Console(console)) = model.layers.last() else { return Effects::new() };
    match console.doing {
        Doing::Reading => read(model, action),
        Doing::Filtering | Doing::Writing if matches!(action, Action::Confirm | Action::Dismiss) => {
            done(model, action == Action::Confirm)
        }
        Doing::Filtering | Doing::Writing => layers::edit(model, action),
    }
}

fn read(model: &mut Model, action: Action) -> Effects {
    let page = height(model).saturating_sub(2).max(1);
    let Some(Layer::Console(console)) = model.layers.last_mut() else { return Effects::new() };
    if action == Action::Dismiss {
        return layers::close(model);
    }
    if action == Action::Filter {
        console.doing = Doing::Filtering;
    } else if action == Action::Send {
        console.doing = Doing::Writing;
    } else if action == Action::Pause {
        console.hold();
    } else if action == Action::Purge {
        console.passed.clear();
        console.held = console.held.map(|_| 0);
    } else if action == Action::CopyPath {
        let shown: Vec<&str> = console.fitting().map(|passed| passed.xml.as_str()).collect();
        let text = shown.into_iter().rev().collect::<Vec<_>>().join("\n");
        model.flash("Copied what is shown");
        return vec![Effect::Copy(text)];
    } else if action == Action::Up {
        console.scroll += 1;
    } else if action == Action::Down {
        console.scroll = console.scroll.saturating_sub(1);
    } else if action == Action::ScrollUp {
        console.scroll += page;
    } else if action == Action::ScrollDown {
        console.scroll = console.scroll.saturating_sub(page);
    } else if action == Action::Last {
        console.scroll = 0;
    }
    stay_inside(model);
    Effects::new()
}

/// Nobody scrolls beyond the oldest.
fn stay_inside(model: &mut Model) {
    let Some(Layer::Console(console)) = model.layers.last() else { return };
    let wanted = console.scroll;
    let there = lines(model, console, wanted + room(model)).len();
    let most = there.saturating_sub(room(model));
    if let Some(Layer::Console(console)) = model.layers.last_mut() {
        console.scroll = wanted.min(most);
    }
}

/// The field is done with: the filter holds or is dropped, the stanza is sent or not.
fn done(model: &mut Model, confirmed: bool) -> Effects {
    let Some(Layer::Console(console)) = model.layers.last_mut() else { return Effects::new() };
    let doing = std::mem::replace(&mut console.doing, Doing::Reading);
    (console.scroll, model.flash) = (0, None);
    if doing == Doing::Filtering {
        if !confirmed {
            console.filter.take();
        }
        return Effects::new();
    }
    let (account, stanza) = (console.account, console.stanza.text().trim().to_owned());
    if !confirmed || stanza.is_empty() {
        return Effects::new();
    }
    let sent = send(model, account, &stanza);
    let Some(Layer::Console(console)) = model.layers.last_mut() else { return Effects::new() };
    match sent {
        Ok(effects) => {
            console.stanza.take();
            effects
        }
        Err(why) => {
            console.doing = Doing::Writing;
            model.flash(why);
            Effects::new()
        }
    }
}

/// How many lines of stanzas are visible: the field and a word on it take two.
fn room(model: &Model) -> usize {
    height(model).saturating_sub(2).max(1)
}

pub(crate) fn drawing(model: &Model, console: &Console) -> Drawing {
    let (room, theme) = (room(model), &model.look.theme);
    let all = lines(model, console, console.scroll + room);
    let end = all.len().saturating_sub(console.scroll);
    let mut lines: Vec<Line<'static>> = all.into_iter().take(end).collect();
    lines.drain(..lines.len().saturating_sub(room));
    if lines.is_empty() {
        let says =
            if console.passed.is_empty() { "Nothing has passed since this was opened." } else { "Nothing of it fits." };
        lines.push(Line::from(plain(says, theme.dim)));
    }
    lines.resize(room, Line::default());
    let (label, field) = match console.doing {
        Doing::Writing => ("send ", &console.stanza),
        Doing::Reading | Doing::Filtering => ("filter ", &console.filter),
    };
    let width = super::width(model).saturating_sub(text::width(label)).max(1);
    let drawn = field.drawn(width);
    let row = drawn.rows.into_iter().nth(drawn.cursor.0).unwrap_or_default();
    let cursor = (lines.len(), text::width(label) + drawn.cursor.1);
    lines.push(Line::from(vec![plain(label, theme.key), plain(row, theme.strong)]));
    lines.extend(model.flash.iter().map(|flash| Line::from(written(&flash.text, theme.bad))));
    let cursor = Some(cursor).filter(|_| console.doing != Doing::Reading);
    Drawing { title: title(model, console), lines, scroll: 0, cursor, keys: keys(console) }
}

fn keys(console: &Console) -> Vec<super::Hint> {
    let here = |action, word| (Context::Console, action, word);
    match console.doing {
        Doing::Reading => vec![
            here(Action::Filter, "filters"),
            here(Action::Pause, if console.held.is_some() { "goes on" } else { "holds" }),
            here(Action::Send, "sends"),
            here(Action::CopyPath, "copies"),
            dismiss("closes"),
        ],
        Doing::Filtering => vec![confirm("keeps it"), dismiss("shows all")],
        Doing::Writing => vec![confirm("sends it"), dismiss("does not")],
    }
}

fn title(model: &Model, console: &Console) -> String {
    let whose = model.accounts.get(&console.account).map(Account::title).unwrap_or_default();
    let held = console.held.map(|held| format!(" {} held, {held} more", model.look.symbols.between));
    format!("XML of {}{}", text::visible(&whose), held.unwrap_or_default())
}

/// The last lines of what fits, at least so many if there are.
fn lines(model: &Model, console: &Console, wanted: usize) -> Vec<Line<'static>> {
    let (theme, width) = (&model.look.theme, super::width(model));
    let mut stanzas = Vec::new();
    let mut many = 0;
    for passed in console.fitting() {
        if many >= wanted {
            break;
        }
        let (arrow, style) = match passed.way {
            Way::In => (model.look.symbols.down, theme.theirs),
            Way::Out => (model.look.symbols.up, theme.mine),
        };
        let head = format!("{arrow} {}", calendar::to_the_second(passed.at, &model.look.zone));
        let mut stanza = vec![Line::from(plain(head, style))];
        stanza.extend(pretty(&passed.xml, width).into_iter().map(|line| Line::from(plain(line, theme.plain))));
        many += stanza.len();
        stanzas.push(stanza);
    }
    stanzas.into_iter().rev().flatten().collect()
}

/// A line an element, deeper ones further to the right, each no wider than that.
fn pretty(xml: &str, width: usize) -> Vec<String> {
    let pieces: Vec<&str> = xml.split("><").collect();
    let last = pieces.len() - 1;
    let (mut depth, mut lines) = (0_usize, Vec::new());
    for (at, piece) in pieces.into_iter().enumerate() {
        let open = if at == 0 { "" } else { "<" };
        let close = if at == last { "" } else { ">" };
        let tag = format!("{open}{piece}{close}");
        let ends = tag.starts_with("</");
        depth = depth.saturating_sub(usize::from(ends));
        let indent = "  ".repeat(depth.min(DEEPEST));
        let room = width.saturating_sub(indent.len()).max(10);
        lines.extend(text::wrap(&text::visible(&tag), room).into_iter().map(|line| format!("{indent}{line}")));
        let begins = !ends && !tag.ends_with("/>") && !tag.contains("</");
        depth += usize::from(begins);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_are_put_below_each_other_and_escapes_are_shown() {
        let xml = "<iq type='get'><query xmlns='x'><a/><b>text \u{1b}[31m</b></query></iq>";
        let expected =
            ["<iq type='get'>", "  <query xmlns='x'>", "    <a/>", "    <b>text ^[[31m</b>", "  </query>", "</iq>"];
        assert_eq!(pretty(xml, 80), expected);
    }

    #[test]
    fn whatever_is_cut_or_no_xml_is_drawn_all_the_same() {
        for xml in ["", "<", "><", "</a></a></a>", "<a><b", &"<a>".repeat(100)] {
            assert!(!pretty(xml, 10).is_empty() || xml.is_empty(), "{xml}");
        }
    }
}
