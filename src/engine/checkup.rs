//! What our server can, and what time it thinks it is (XEP-0030, XEP-0202, XEP-0363): asked for when the user wants to
//! know what is wrong, and never otherwise.
//!
//! One check-up asks the server, the account and each of the server's components what they are, and the server for the
//! time. Who does not answer is left out; when nobody is left to wait for, everything is told at once. What else is
//! worth knowing, such as proxies, others have found out already.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant, SystemTime};

use jid::Jid;
use minidom::Element;

use super::Session;
use super::command::Command;
use super::context::{Context, Settings};
use super::event::Event;
use super::feature::{Feature, FeatureEntry, Response, Xep};
use super::iq::IqToken;
use crate::xep::{disco, time, upload};

/// The line of the check-up in the registry.
pub(super) const FEATURE: FeatureEntry = FeatureEntry {
    name: "check-up",
    xeps: &[Xep { number: "0202", title: "Entity Time", version: "2.0" }],
    advertises: &[],
    new: |_: &Settings| Box::new(Checkup::default()),
};

/// One's own server answers at once; who waits for a report waits for the slowest.
const PATIENCE: Duration = Duration::from_secs(8);

/// How many of a server's components are asked what they are.
const MOST_ASKED: usize = 32;

/// What was found out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Examined {
    /// What the server can, if it told.
    pub server: Option<BTreeSet<String>>,
    /// What the account can, if it told.
    pub account: Option<BTreeSet<String>>,
    /// Who takes uploads.
    pub upload: Option<Upload>,
    /// How far our clock is from the server's, if that told.
    pub clock: Option<Clock>,
    /// The largest stanza that the server takes, in bytes.
    pub largest_stanza: usize,
}

/// A service that takes uploads (XEP-0363).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upload {
    /// Who.
    pub service: Jid,
    /// The largest file it takes, in bytes, if it says so.
    pub largest: Option<u64>,
}

/// How far our clock is from the server's; true to a second and half of the time that the answer took.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clock {
    /// Ours is ahead by this much, or it is right.
    Ahead(Duration),
    /// Ours is behind.
    Behind(Duration),
}

#[derive(Debug)]
enum Question {
    Server,
    Account,
    Items,
    Component(Jid),
    Time { asked: Instant },
}

/// A check-up under way, or none.
#[derive(Default)]
struct Checkup {
    asking: BTreeMap<IqToken, Question>,
    examined: Examined,
}

impl Feature for Checkup {
    fn session(&mut self, session: &Session, _cx: &mut Context) {
        if let Session::Online { resumed: false, .. } | Session::Stopped { .. } = session {
            *self = Checkup::default();
        }
    }

    fn command(&mut self, command: Command, cx: &mut Context) -> Option<Command> {
        if command != Command::Examine {
            return Some(command);
        }
        if cx.is_online() && self.asking.is_empty() {
            self.begin(cx);
        }
        None
    }

    fn response(&mut self, token: IqToken, response: Response, cx: &mut Context) {
        let Some(question) = self.asking.remove(&token) else { return };
        if let Response::Result(Some(answer)) = response {
            self.answered(question, &answer, cx);
        }
        if self.asking.is_empty() {
            cx.emit(Event::Examined(Box::new(std::mem::take(&mut self.examined))));
        }
    }
}

impl Checkup {
    fn begin(&mut self, cx: &mut Context) {
        self.examined = Examined { largest_stanza: cx.largest_stanza(), ..Examined::default() };
        let account = cx.settings().account.clone();
        let server = Jid::from_parts(None, account.domain(), None);
        let asked = cx.now().instant;
        self.ask(server.clone(), disco::info_query(None), Question::Server, cx);
        self.ask(account.into(), disco::info_query(None), Question::Account, cx);
        self.ask(server.clone(), disco::items_query(None), Question::Items, cx);
        self.ask(server, time::query(), Question::Time { asked }, cx);
    }

    fn ask(&mut self, whom: Jid, what: Element, question: Question, cx: &mut Context) {
        let token = cx.get(Some(whom), what, PATIENCE);
        self.asking.insert(token, question);
    }

    fn answered(&mut self, question: Question, answer: &Element, cx: &mut Context) {
        let features = || disco::Info::read(answer).features.into_iter().collect();
        match question {
            Question::Server => self.examined.server = Some(features()),
            Question::Account => self.examined.account = Some(features()),
            Question::Items => {
                let items = disco::read_items(answer).into_iter().filter_map(|item| Jid::new(&item.jid).ok());
                for component in items.take(MOST_ASKED) {
                    self.ask(component.clone(), disco::info_query(None), Question::Component(component), cx);
                }
            }
            Question::Component(service) => {
                let info = disco::Info::read(answer);
                if upload::is_offered(&info) {
                    let largest = upload::largest(&info);
                    self.examined.upload.get_or_insert(Upload { service, largest });
                }
            }
            Question::Time { asked } => {
                let took = cx.now().instant.saturating_duration_since(asked);
                let ours = cx.now().wall - took / 2;
                self.examined.clock = time::read(answer).map(|theirs| compare(ours, theirs));
            }
        }
    }
}

fn compare(ours: SystemTime, theirs: SystemTime) -> Clock {
    match ours.duration_since(theirs) {
        Ok(ahead) => Clock::Ahead(ahead),
        Err(behind) => Clock::Behind(behind.duration()),
    }
}
