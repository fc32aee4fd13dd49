//! Client state (XEP-0352): the server is told when nobody looks, and may hold back then what can wait.
//!
//! # Theory of operation
//!
//! What is wanted is remembered, and told to a server that offers this as soon as it differs from what the server takes
//! for granted: whoever begins a session, or goes on with one, is active. What is told is no stanza, so that nobody
//! answers or counts it. Which stanzas wait is the server's affair; all of them come, in order, as soon as we are active.

use super::Session;
use super::command::{ClientState, Command};
use super::context::{Context, Settings};
use super::feature::{Feature, FeatureEntry, Xep};
use crate::xep::ns;
use crate::xep::stanza::element;

/// The line of client state in the registry.
pub(super) const FEATURE: FeatureEntry = FeatureEntry {
    name: "client state",
    xeps: &[Xep { number: "0352", title: "Client State Indication", version: "1.0.0" }],
    advertises: &[],
    new: |_: &Settings| Box::new(Telling::default()),
};

#[derive(Default)]
struct Telling {
    is_offered: bool,
    wanted: ClientState,
    /// What the server believes.
    told: ClientState,
}

impl Feature for Telling {
    fn session(&mut self, session: &Session, cx: &mut Context) {
        match session {
            Session::Online { client_state, .. } => {
                self.is_offered = *client_state;
                self.told = ClientState::Active;
                cx.is_left = false;
                self.tell(cx);
            }
            Session::Connecting | Session::Offline { .. } | Session::Stopped { .. } => self.is_offered = false,
        }
    }

    fn command(&mut self, command: Command, cx: &mut Context) -> Option<Command> {
        let Command::SetClientState(wanted) = command else { return Some(command) };
        self.wanted = wanted;
        self.tell(cx);
        None
    }
}

impl Telling {
    fn tell(&mut self, cx: &mut Context) {
        if !self.is_offered || self.told == self.wanted {
            return;
        }
        self.told = self.wanted;
        cx.is_left = self.wanted == ClientState::Inactive;
        let name = match self.wanted {
            ClientState::Active => "active",
            ClientState::Inactive => "inactive",
        };
        cx.send_uncounted(element(name, ns::CLIENT_STATE));
    }
}
