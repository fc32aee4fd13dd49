//! Software version (XEP-0092): which program this is, and which ones others use.
//!
//! Told to contacts, our server and our other devices. A stranger gets the error that a program without this feature
//! sends (section 5): a version is what somebody looks for before an attack. The operating system is not told at all.
//! Others are asked when the user wants to know about them, and only if they show us their presence.

use std::collections::BTreeMap;
use std::time::Duration;

use jid::{BareJid, FullJid};

use super::command::Command;
use super::context::{Context, Settings};
use super::event::{Event, Program};
use super::feature::{Feature, FeatureEntry, Handled, IqRequest, Response, Xep};
use super::iq::IqToken;
use crate::xep::ns;
use crate::xep::version::{self, Version};

/// The line of software version in the registry.
pub(super) const FEATURE: FeatureEntry = FeatureEntry {
    name: "software version",
    xeps: &[Xep { number: "0092", title: "Software Version", version: "1.1" }],
    advertises: &[ns::VERSION],
    new: |_: &Settings| Box::new(Versions::default()),
};

/// A person would not wait longer.
const PATIENCE: Duration = Duration::from_secs(20);

/// Programs of one contact that are asked. People have three.
const MOST_ASKED: usize = 8;

/// What is shown of each part of an answer.
const LONGEST: usize = 64;

#[derive(Default)]
struct Versions {
    asking: BTreeMap<IqToken, FullJid>,
}

impl Feature for Versions {
    fn request(&mut self, request: IqRequest, cx: &mut Context) -> Handled {
        let asked = !request.is_set && request.payload.is("query", ns::VERSION);
        if !asked || !cx.is_trusted(request.from.as_ref()) {
            return Handled::NotMine(request);
        }
        let own = Version { name: "Balcony".to_owned(), version: env!("CARGO_PKG_VERSION").to_owned(), os: None };
        cx.answer(&request, Some(own.write()));
        Handled::Yes
    }

    /// Who wants to know everything about somebody wants to know more than this.
    fn command(&mut self, command: Command, cx: &mut Context) -> Option<Command> {
        if let Command::AskPrograms { contact } = &command {
            self.ask(contact, cx);
            return None;
        }
        if let Command::AskAbout { contact } = &command {
            self.ask(contact, cx);
        }
        Some(command)
    }

    fn response(&mut self, token: IqToken, response: Response, cx: &mut Context) {
        let Some(of) = self.asking.remove(&token) else { return };
        if let Response::Result(Some(query)) = response
            && query.is("query", ns::VERSION)
        {
            let Version { name, version, os } = Version::read(&query);
            let short = |text: String| text.chars().take(LONGEST).collect();
            cx.emit(Event::Program {
                of,
                program: Program { name: short(name), version: short(version), os: os.map(short) },
            });
        }
    }
}

impl Versions {
    fn ask(&mut self, contact: &BareJid, cx: &mut Context) {
        if !cx.is_online() {
            return;
        }
        let resources = cx.contacts.find(contact).map(|contact| contact.resources.clone()).unwrap_or_default();
        for resource in resources.into_iter().take(MOST_ASKED) {
            let token = cx.get(Some(resource.jid.clone().into()), version::query(), PATIENCE);
            self.asking.insert(token, resource.jid);
        }
    }
}
