//! Offers and transfers in sentences, each said once: the keys that answer an offer, every attempt with its verdict, how
//! far it is at each quarter. How it ended stands in its conversation.

use std::collections::BTreeMap;

use crate::engine::event::{AttemptState, Progress};
use crate::tui::keymap::{Action, Context};
use crate::tui::model::transfer::{Transfer, TransferKey, Tried};
use crate::tui::model::{Model, Prompt};
use crate::tui::pane::offers::from_strangers;

/// What was said of transfers.
#[derive(Debug, Default)]
pub(super) struct Told {
    shown: Option<Prompt>,
    held: usize,
    each: BTreeMap<TransferKey, One>,
}

/// What was said of one of them.
#[derive(Debug, Default)]
struct One {
    attempts: Vec<String>,
    lines: usize,
    quarters: u64,
}

impl Told {
    pub(super) fn news(&mut self, model: &Model, said: &mut Vec<String>) {
        let listed = model.transfers.listed();
        self.each.retain(|key, _| listed.iter().any(|(listed, _)| listed == key));
        for (key, transfer) in listed {
            let one = self.each.entry(key).or_default();
            let mut lines = Vec::new();
            one.log(transfer, &mut lines);
            one.attempts(transfer, &mut lines);
            one.progress(transfer, &mut lines);
            said.extend(lines.into_iter().map(|line| format!("{}: {line}", transfer.info.name)));
        }
        self.offer(model, said);
    }

    /// The keys for the offer that they would answer.
    fn offer(&mut self, model: &Model, said: &mut Vec<String>) {
        let key = |action| model.keymap.key(Context::Everywhere, action).unwrap_or_default();
        let [accept, decline, more] = [Action::AcceptShown, Action::DeclineShown, Action::FocusOffers].map(key);
        let held = model.transfers.held().len();
        if std::mem::replace(&mut self.held, held) < held {
            said.push(format!("{}: {more} shows them.", from_strangers(held)));
        }
        if self.shown == model.offers.shown {
            return;
        }
        self.shown.clone_from(&model.offers.shown);
        match &self.shown {
            Some(Prompt::Offer(key)) => {
                let name = model.transfers.get(*key).map(|transfer| transfer.info.name.as_str()).unwrap_or_default();
                said.push(format!("{accept} accepts {name}, {decline} declines it, {more} goes to the offers."));
            }
            Some(Prompt::Request(_, who)) => said.push(format!(
                "{who} asks to see when you are online: {accept} lets them, {decline} does not, {more} says more."
            )),
            Some(Prompt::Return(_, who)) => said.push(format!(
                "{who} sees when you are online: {accept} asks to see them too, {decline} leaves it at that."
            )),
            None => {}
        }
    }
}

impl One {
    fn log(&mut self, transfer: &Transfer, said: &mut Vec<String>) {
        said.extend(transfer.log.iter().skip(self.lines).map(|(_, line)| line.clone()));
        self.lines = transfer.log.len();
    }

    fn attempts(&mut self, transfer: &Transfer, said: &mut Vec<String>) {
        let attempts: Vec<String> = transfer.attempts.iter().map(attempt).collect();
        for (index, line) in attempts.iter().enumerate() {
            if self.attempts.get(index) != Some(line) {
                said.push(line.clone());
            }
        }
        self.attempts = attempts;
    }

    fn progress(&mut self, transfer: &Transfer, said: &mut Vec<String>) {
        let Some(Progress { bytes, size: Some(size), .. }) = transfer.progress() else { return };
        let quarters = (4 * bytes).checked_div(size).unwrap_or(0);
        if quarters > self.quarters && quarters < 4 {
            said.push(format!("{} %", 25 * quarters));
        }
        self.quarters = quarters;
    }
}

/// An attempt without what changes in it while it lasts.
fn attempt(tried: &Tried) -> String {
    let attempt = &tried.attempt;
    let place = attempt.streamhost.as_ref().map(|host| format!(" by {host}")).unwrap_or_default();
    let way = format!("{}{place}", attempt.via.title());
    match &attempt.state {
        AttemptState::Trying { .. } => format!("trying {way}"),
        AttemptState::Failed { reason } => format!("{way} failed: {reason}"),
        AttemptState::Active { .. } => format!("moves by {way}"),
    }
}
