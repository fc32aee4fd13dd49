//! What people say of themselves (XEP-0054, XEP-0292): asked for when somebody wants to read it, never in passing to all.
//!
//! # Theory of operation
//!
//! [`Command::AskAbout`] wants everything: the older form, the newer one, when somebody who is not there was there last
//! (XEP-0012; [version](super::version) adds their programs). [`Command::AskName`] wants a name for a contact who has none
//! in the roster: such questions wait in a queue of which few are under way, for a roster of thousands has as many. An
//! answer is an [`Event::Card`], also an empty one: who asks keeps what there is, and does not ask again.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use jid::BareJid;
use minidom::Element;

use super::Session;
use super::command::Command;
use super::context::{Context, Settings};
use super::event::{Card, Event};
use super::feature::{Feature, FeatureEntry, Response, Xep};
use super::iq::IqToken;
use super::nickname;
use crate::xep::vcard::{About, Line};
use crate::xep::{last, ns, pep, vcard};

/// The line of cards in the registry.
pub(super) const FEATURE: FeatureEntry = FeatureEntry {
    name: "what people say of themselves",
    xeps: &[
        Xep { number: "0012", title: "Last Activity", version: "2.0" },
        Xep { number: "0054", title: "vcard-temp", version: "1.3.0" },
        Xep { number: "0292", title: "vCard4 Over XMPP", version: "0.12.0" },
    ],
    advertises: &[],
    new: |_: &Settings| Box::new(Cards::default()),
};

/// A server on the way may wait this long for its own lookup of another server; a person would not wait longer.
const PATIENCE: Duration = Duration::from_secs(20);

/// Names that are asked for at a time, when nobody waits for them.
const AT_ONCE: usize = 2;

/// Names that wait to be asked for. Whoever asks for more asks again another day.
const WAITING: usize = 256;

/// What is shown of one line.
const LONGEST_LINE: usize = 500;

#[derive(Default)]
struct Cards {
    asking: BTreeMap<IqToken, (BareJid, Question)>,
    waiting: VecDeque<BareJid>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Question {
    /// The older form, for its name.
    Name,
    /// The older form.
    Older,
    /// The newer form, as it is published.
    Newer,
    /// When they were there last.
    Last,
}

impl Feature for Cards {
    fn session(&mut self, session: &Session, _cx: &mut Context) {
        if let Session::Online { resumed: false, .. } | Session::Stopped { .. } = session {
            self.waiting.clear();
        }
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "what a feature does not know goes to the next")]
    fn command(&mut self, command: Command, cx: &mut Context) -> Option<Command> {
        match command {
            Command::AskAbout { contact } => {
                self.ask(contact.clone(), Question::Older, cx);
                self.ask(contact.clone(), Question::Newer, cx);
                if cx.contacts.find(&contact).is_none_or(|known| known.resources.is_empty()) {
                    self.ask(contact, Question::Last, cx);
                }
                None
            }
            Command::AskName { contact } => {
                if self.waiting.len() < WAITING && !self.waiting.contains(&contact) {
                    self.waiting.push_back(contact);
                }
                None
            }
            other => Some(other),
        }
    }

    fn settle(&mut self, cx: &mut Context) {
        let in_passing = |cards: &Self| cards.asking.values().filter(|(_, what)| *what == Question::Name).count();
        while cx.is_online() && in_passing(self) < AT_ONCE {
            let Some(contact) = self.waiting.pop_front() else { return };
            self.ask(contact, Question::Name, cx);
        }
    }

    fn response(&mut self, token: IqToken, response: Response, cx: &mut Context) {
        let Some((of, question)) = self.asking.remove(&token) else { return };
        let answer = match response {
            Response::Result(answer) => answer,
            Response::Error(_) | Response::Timeout => None,
            // Nobody knows whether there is one.
            Response::Disconnected => return,
        };
        match question {
            Question::Last => take_last(&of, answer.as_ref(), cx),
            Question::Name | Question::Older => tell(of, answer.as_ref(), cx),
            Question::Newer => {
                let items = answer.as_ref().and_then(|answer| pep::read_items(answer, ns::VCARD4_NODE));
                if let Some(card) = items.and_then(pep::newest) {
                    tell(of, Some(card), cx);
                }
            }
        }
    }
}

impl Cards {
    fn ask(&mut self, of: BareJid, what: Question, cx: &mut Context) {
        if !cx.is_online() || self.asking.values().any(|(whose, asked)| *whose == of && *asked == what) {
            return;
        }
        let payload = match what {
            Question::Name | Question::Older => vcard::query(),
            Question::Newer => pep::items_query(ns::VCARD4_NODE),
            Question::Last => last::query(),
        };
        let token = cx.get(Some(of.clone().into()), payload, PATIENCE);
        self.asking.insert(token, (of, what));
    }
}

fn tell(of: BareJid, answer: Option<&Element>, cx: &mut Context) {
    let lines = answer.map(vcard::read).unwrap_or_default();
    let named =
        |about| lines.iter().find(|line: &&Line| line.about == about).and_then(|line| nickname::safe(&line.text));
    let name = named(About::Nickname).or_else(|| named(About::Name));
    let lines = lines.iter().map(|line| (line.about, line.text.chars().take(LONGEST_LINE).collect())).collect();
    cx.emit(Event::Card { of, card: Card { name, lines } });
}

fn take_last(of: &BareJid, answer: Option<&Element>, cx: &mut Context) {
    let ago = answer.and_then(last::read);
    let Some(at) = ago.and_then(|ago| cx.now().wall.checked_sub(ago)) else { return };
    if let Some(contact) = cx.contacts.set_last_seen(of, at) {
        cx.emit(Event::Contact(contact));
    }
}
