//! Files that are there for whoever asks (XEP-0137): those that we [published], and those that others
//! [announced] to us.
//!
//! # Theory of operation
//!
//! `<sipub/>` in a message, and a URI in its text, say that somebody would send a file. Nothing happens until the user
//! starts it: `<start/>` asks, `<starting/>` names the stream, and the offer that follows under this name is taken without
//! another question ([`appointments`](super::appointments)). Only contacts and our own devices can announce, and only what
//! is theirs; whoever else's URI the user types is asked likewise.
//!
//! What we publish is given to whom it was said, or to any contact if it was said to nobody in particular; never to a
//! stranger. Each start is an ordinary offer with a fresh name. It is kept in memory alone: when the program ends,
//! nothing is published any more.
//!
//! Announcements by way of publish-subscribe, of rooms and in data forms are not read: Balcony has none of these.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use jid::BareJid;

use super::appointments::Expected;
use super::command::{Command, Wanted};
use super::context::{Context, Settings};
use super::event::Event;
use super::feature::{Feature, FeatureEntry, Handled, IqRequest, Response, Xep};
use super::iq::IqToken;
use super::{FileEvent, FileId};
use crate::xep::sipub::{read_starting, write_start, write_starting};
use crate::xep::stanza::{Message, StanzaError};
use crate::xep::{StreamId, ns};

mod announced;
mod published;

use announced::{Announced, Asked};
use published::Publications;

/// The line of published files in the registry.
pub(super) const FEATURE: FeatureEntry = FeatureEntry {
    name: "published files",
    xeps: &[Xep { number: "0137", title: "Publishing Stream Initiation Requests", version: "1.1" }],
    advertises: &[ns::SIPUB],
    new: |_: &Settings| Box::new(Sipub::default()),
};

/// A program answers this, not a person.
const START_PATIENCE: Duration = Duration::from_secs(30);

/// The owner opens the file and offers it, which a slow disk or a lost connection delays; later nobody remembers it.
const OFFER_PATIENCE: Duration = Duration::from_mins(2);

/// More than anybody starts at once.
const MOST_ASKED: usize = 16;

#[derive(Default)]
struct Sipub {
    announced: Announced,
    published: Publications,
    /// What we asked for and have no answer about.
    asked: Vec<(IqToken, Asked)>,
    /// When an offer that was promised to us is too late.
    lapses: Vec<Instant>,
}

impl Sipub {
    fn start(&mut self, wanted: &Wanted, cx: &mut Context) {
        match self.find(wanted, cx) {
            Ok(asked) => {
                let token = cx.get(Some(asked.owner.clone()), write_start(&asked.id), START_PATIENCE);
                self.asked.push((token, asked));
            }
            Err(why) => cx.emit(Event::Notice(why)),
        }
    }

    fn find(&self, wanted: &Wanted, cx: &Context) -> Result<Asked, String> {
        if !cx.is_online() {
            return Err("You are offline: nothing can be started now".to_owned());
        }
        if self.asked.len() >= MOST_ASKED {
            return Err("so many files were asked for that the next has to wait for their answers".to_owned());
        }
        self.announced.find(wanted, cx)
    }

    fn answered(&mut self, asked: Asked, response: Response, cx: &mut Context) {
        match sid_of(response) {
            Ok(sid) => {
                let until = cx.after(OFFER_PATIENCE);
                self.lapses.push(until);
                let Asked { owner: from, name, size, .. } = asked;
                cx.appointments.expect(Expected { from, sid, name, size, until });
            }
            Err(why) => cx.emit(Event::Notice(format!("{} does not send {}: {why}", asked.owner, asked.title()))),
        }
    }

    fn publish(&mut self, to: Option<BareJid>, path: PathBuf, cx: &mut Context) {
        if cx.is_online() {
            self.published.open(to, path, cx);
        } else {
            cx.emit(Event::Notice("You are offline: nothing can be published now".to_owned()));
        }
    }
}

/// The name of the stream that will be offered, or why none will.
fn sid_of(response: Response) -> Result<StreamId, String> {
    match response {
        Response::Result(Some(starting)) => read_starting(&starting).map_err(|malformed| malformed.to_string()),
        Response::Result(None) => Err("the answer says nothing".to_owned()),
        Response::Error(error) if error.condition == "not-acceptable" => {
            Err("nothing is published there under that name, or not any more".to_owned())
        }
        Response::Error(error) if error.condition == "forbidden" => Err("it is not for you".to_owned()),
        Response::Error(error) if error.says_absent() || error.condition == "feature-not-implemented" => {
            Err("nobody is there who publishes files".to_owned())
        }
        Response::Error(error) => Err(error.text.unwrap_or(error.condition)),
        Response::Timeout => Err("no answer".to_owned()),
        Response::Disconnected => Err("the connection was lost".to_owned()),
    }
}

impl Feature for Sipub {
    fn request(&mut self, request: IqRequest, cx: &mut Context) -> Handled {
        if !request.payload.is("start", ns::SIPUB) {
            return Handled::NotMine(request);
        }
        match self.published.start(&request, cx) {
            Ok(promise) => {
                cx.answer(&request, Some(write_starting(&promise.sid)));
                cx.appointments.promise(promise);
            }
            Err(error) => cx.refuse(&request, &error),
        }
        Handled::Yes
    }

    fn response(&mut self, token: IqToken, response: Response, cx: &mut Context) {
        if let Some(at) = self.asked.iter().position(|(asked, _)| *asked == token) {
            let (_, asked) = self.asked.remove(at);
            self.answered(asked, response, cx);
        }
    }

    /// The message goes on: its text is for the conversation.
    fn message(&mut self, message: Message, cx: &mut Context) -> Option<Message> {
        self.announced.read(&message, cx);
        Some(message)
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "what a feature does not know goes to the next")]
    fn command(&mut self, command: Command, cx: &mut Context) -> Option<Command> {
        match command {
            Command::Publish { to, path } => self.publish(to, path, cx),
            Command::StartPublished(wanted) => self.start(&wanted, cx),
            other => return Some(other),
        }
        None
    }

    fn file(&mut self, file: FileId, event: FileEvent, cx: &mut Context) -> Option<FileEvent> {
        self.published.file(file, event, cx)
    }

    /// The message that announces stands in the conversation first.
    fn settle(&mut self, cx: &mut Context) {
        self.announced.tell(cx);
    }

    fn deadline(&self) -> Option<Instant> {
        self.lapses.iter().min().copied()
    }

    fn timeout(&mut self, cx: &mut Context) {
        let now = cx.now().instant;
        self.lapses.retain(|until| *until > now);
        for expected in cx.appointments.lapsed(now) {
            let what = expected.name.as_deref().unwrap_or("the file");
            cx.emit(Event::Notice(format!("{} said that {what} would come, and did not offer it", expected.from)));
        }
    }
}

/// Somebody asks for too much.
fn too_many() -> StanzaError {
    StanzaError::new("resource-constraint").with_text("asked for too often")
}
