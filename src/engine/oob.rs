//! Links: addresses of files that others name in messages (XEP-0066 §3, `jabber:x:oob`).
//!
//! # Theory of operation
//!
//! A link is told with a number beside the message that names it, and nothing is asked of its host. When the user wants
//! what is there, by number or by an address of their own, it becomes an [errand](super::appointments::Errand) that the
//! transfers take up. Only contacts and our own devices can name links: a stranger's stands in the text of the message
//! like any other word. Addresses that are offered in requests (`jabber:iq:oob`) are transfers from the beginning.

use std::collections::VecDeque;

use jid::BareJid;

use super::appointments::Errand;
use super::command::{Command, WantedLink};
use super::context::{Context, Settings};
use super::event::{Event, Link};
use super::feature::{Feature, FeatureEntry};
use super::sentence::choices;
use super::{Chosen, transfer};
use crate::xep::ns;
use crate::xep::oob::{OutOfBand, WebAddress};
use crate::xep::stanza::{Message, MessageKind};

/// The line of links in the registry.
pub(super) const FEATURE: FeatureEntry = FeatureEntry {
    name: "links",
    // In the line of file transfer, which does the fetching.
    xeps: &[],
    advertises: &[ns::X_OOB],
    new: |_: &Settings| Box::new(Links::default()),
};

/// How many are remembered; more than anybody scrolls back to. An older address can still be written.
const MOST: usize = 256;

/// How many one message can name: a person sends a handful.
const MOST_IN_ONE: usize = 8;

#[derive(Default)]
struct Links {
    count: u64,
    listed: VecDeque<Link>,
    untold: Vec<Link>,
}

impl Links {
    fn add(&mut self, with: &BareJid, oob: OutOfBand) {
        self.count += 1;
        let description = transfer::bounded(oob.description);
        let link = Link { number: self.count, with: with.clone(), address: oob.address, description };
        self.untold.push(link.clone());
        self.listed.push_back(link);
        if self.listed.len() > MOST {
            self.listed.pop_front();
        }
    }

    fn choices(&self) -> String {
        choices(self.listed.iter().map(|link| (link.number, format!("{} ({})", link.address, link.with))))
    }

    /// What the user means, or why it is nothing.
    fn find(&self, wanted: &WantedLink, cx: &Context) -> Result<Errand, String> {
        let named = |link: &Link| Errand {
            peer: link.with.clone(),
            address: link.address.clone(),
            chosen: Chosen::Shown,
            description: link.description.clone(),
        };
        match wanted {
            WantedLink::Only => match self.listed.as_slices() {
                ([only], []) | ([], [only]) => Ok(named(only)),
                ([], []) => Err("nobody has named an address; https://… fetches from one".to_owned()),
                _ => Err(format!("several addresses were named: say the number of one{}", self.choices())),
            },
            WantedLink::Number(number) => {
                let found = self.listed.iter().find(|link| link.number == *number);
                let nothing = || format!("no address of number {number} was named{}", self.choices());
                found.map(named).ok_or_else(nothing)
            }
            WantedLink::Address(address) => {
                let address = WebAddress::read(address).map_err(|malformed| malformed.to_string())?;
                let peer = cx.settings().account.clone();
                Ok(Errand { peer, address, chosen: Chosen::Written, description: None })
            }
        }
    }
}

impl Feature for Links {
    /// The message goes on: its text is for the conversation.
    fn message(&mut self, message: Message, cx: &mut Context) -> Option<Message> {
        let is_said = matches!(message.kind, MessageKind::Chat | MessageKind::Normal);
        let from = message.from.as_ref().filter(|from| is_said && cx.is_known(from));
        if let Some(from) = from.map(jid::Jid::to_bare) {
            let named = message.payloads.iter().filter(|payload| payload.is("x", ns::X_OOB));
            for oob in named.filter_map(|payload| OutOfBand::read(payload).ok()).take(MOST_IN_ONE) {
                self.add(&from, oob);
            }
        }
        Some(message)
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "what a feature does not know goes to the next")]
    fn command(&mut self, command: Command, cx: &mut Context) -> Option<Command> {
        match command {
            Command::Fetch(wanted) => match self.find(&wanted, cx) {
                Ok(errand) => cx.appointments.run(errand),
                Err(why) => cx.emit(Event::Notice(why)),
            },
            other => return Some(other),
        }
        None
    }

    /// The message that names it stands in the conversation first.
    fn settle(&mut self, cx: &mut Context) {
        for link in self.untold.drain(..) {
            cx.emit(Event::Linked(link));
        }
    }
}
