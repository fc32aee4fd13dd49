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
    /// What happened on their way.
    pub(super) fn happened(&mut self, model: &Model, said: &mut Vec<String>) {
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
    }

    /// The keys for the offer that they would answer.
    pub(super) fn offer(&mut self, model: &Model, said: &mut Vec<String>) {
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
        AttemptState::Active { .. } => match attempt.protection() {
            Some(protection) => format!("moves by {way}, {}", protection.word()),
            None => format!("moves by {way}"),
        },
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::Reader;
    use super::*;
    use crate::client::clock;
    use crate::engine::command::Via;
    use crate::engine::event::{
        Attempt, Checksum, Direction, Event, OfferInfo, Outcome, TransferChange, TransferId, Verified,
    };
    use crate::engine::journal::{EntryKey, Noted};
    use crate::tui::msg::Msg;
    use crate::tui::{Appearance, update};

    #[test]
    fn a_file_that_is_there_at_once_is_told_in_the_order_of_events() {
        let mut model = Model::new(Appearance::default(), (80, 24), clock::now()).unwrap();
        let (account, mut reader) = (model.add_account("home"), Reader::default());
        reader.news(&model);
        let info = OfferInfo {
            direction: Direction::Receiving,
            peer: "romeo@montague.lit/orchard".parse().unwrap(),
            is_contact: true,
            is_asked_for: false,
            name: "sonnet.txt".to_owned(),
            offered_name: None,
            size: Some(7),
            mime_type: None,
            description: None,
            date: None,
            checksum: Checksum::None,
            methods: vec![Via::InBand],
            si_multiple: false,
            path: None,
            folder: None,
            web: None,
            continues_at: None,
            noted: Noted::Now(EntryKey("1".to_owned())),
        };
        let state = AttemptState::Active { detail: None };
        let attempt = Attempt { index: 0, via: Via::InBand, streamhost: None, state, took: Duration::ZERO };
        let (via, verified) = (Via::InBand, Verified::Sha256);
        for change in [
            TransferChange::Offered(Box::new(info)),
            TransferChange::Answered { methods: vec![via], path: None },
            TransferChange::Attempt(attempt),
            TransferChange::Ended(Outcome::Completed { via, bytes: 7, took: Duration::ZERO, path: None, verified }),
        ] {
            let event = Event::Transfer { id: TransferId(1), change };
            update(&mut model, clock::now(), Msg::Client(account, event));
        }
        let news = reader.news(&model);
        let place = |words: &str| news.iter().position(|line| line.contains(words));
        let places = ["offers", "agreed on", "moves by", "verified"].map(place);
        assert!(places.is_sorted() && places[0].is_some(), "{places:?} {news:#?}");
        assert_eq!(news.iter().filter(|line| line.contains("agreed on")).count(), 1, "{news:#?}");
    }
}
