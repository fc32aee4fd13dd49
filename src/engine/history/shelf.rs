//! The user looks into the history, reads on, leaves something half written.
//!
//! # Theory of operation
//!
//! Each wish is an [`Order`], each [`Answer`] an event; nothing is remembered here. What is said and heard is kept by the
//! chat itself.

use super::{Answer, Order, ReadPlace};
use crate::engine::command::Command;
use crate::engine::context::{Context, Settings};
use crate::engine::event::Event;
use crate::engine::feature::{Feature, FeatureEntry};

/// The line of the history in the registry.
pub(in crate::engine) const FEATURE: FeatureEntry =
    FeatureEntry { name: "history", xeps: &[], advertises: &[], new: |_: &Settings| Box::new(Shelf) };

struct Shelf;

impl Feature for Shelf {
    #[expect(clippy::wildcard_enum_match_arm, reason = "what a feature does not know goes to the next")]
    fn command(&mut self, command: Command, cx: &mut Context) -> Option<Command> {
        let order = match command {
            Command::LoadHistory { with, before, most } => Order::Page { with, before, most },
            Command::LoadHistoryAround { with, from, named, above, most } => {
                Order::Around { with, from, named, above, most }
            }
            Command::SearchHistory { query, after, most } => Order::Search { query, after, most },
            Command::MarkRead { with, at } => Order::Read { with, at },
            Command::KeepDraft { with, text } => Order::Draft { with, text },
            other => return Some(other),
        };
        cx.history(order);
        None
    }

    fn history(&mut self, answer: Answer, cx: &mut Context) -> Option<Answer> {
        match answer {
            Answer::Conversations(conversations) => cx.emit(Event::Conversations(conversations)),
            Answer::Page { with, before, page, .. } => cx.emit(Event::History { with, before, page }),
            Answer::Around { with, from, part } => cx.emit(Event::HistoryAround { with, from, part }),
            Answer::Found { query, after, found } => cx.emit(Event::Found { query, after, found }),
            Answer::Read { with, at, place: ReadPlace::Elsewhere, .. } => cx.emit(Event::ReadElsewhere { with, at }),
            Answer::Read { place: ReadPlace::Here, .. } | Answer::New(_) | Answer::Horizon(_) => {}
            other @ (Answer::Unsent(_) | Answer::Roster(_)) => return Some(other),
        }
        None
    }
}
