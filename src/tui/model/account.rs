//! One account: its session, its contacts, who asks to see it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Instant, SystemTime};

use jid::{BareJid, FullJid};

use crate::engine::event::{Contact, Show, StopReason};

/// Nobody has to answer more; servers can be made to deliver any number.
const MOST_REQUESTS: usize = 100;

/// What is known of an account.
#[derive(Debug)]
pub(crate) struct Account {
    /// As in the configuration.
    pub(crate) name: String,
    pub(crate) me: Option<FullJid>,
    pub(crate) session: Session,
    /// How we are available, as last asked for.
    pub(crate) show: Show,
    pub(crate) status: Option<String>,
    pub(crate) contacts: BTreeMap<BareJid, Contact>,
    /// Contacts told of since the session began.
    pub(crate) told: BTreeSet<BareJid>,
    pub(crate) roster_complete: bool,
    /// Whether what was said while we were away is being fetched from the server's archive.
    pub(crate) catching_up: bool,
    /// Who asks to see our presence, with their words.
    pub(crate) requests: BTreeMap<BareJid, Option<String>>,
}

/// How an account's session stands.
#[derive(Debug, PartialEq)]
pub(crate) enum Session {
    Idle,
    Connecting,
    Online {
        security: String,
        /// When the old stream went on, if it did.
        resumed: Option<SystemTime>,
    },
    Offline {
        why: String,
        retry_at: Instant,
    },
    Stopped(StopReason),
}

impl Account {
    pub(crate) fn new(name: &str) -> Self {
        Account {
            name: name.to_owned(),
            me: None,
            session: Session::Idle,
            show: Show::default(),
            status: None,
            contacts: BTreeMap::new(),
            told: BTreeSet::new(),
            roster_complete: false,
            catching_up: false,
            requests: BTreeMap::new(),
        }
    }

    /// Its address once known, else its name.
    pub(crate) fn title(&self) -> String {
        self.me.as_ref().map_or_else(|| self.name.clone(), |me| me.to_bare().to_string())
    }

    pub(crate) fn is_online(&self) -> bool {
        matches!(self.session, Session::Online { .. })
    }

    /// How available a contact is to us; nobody is while we are not.
    pub(crate) fn availability(&self, jid: &BareJid) -> Option<Show> {
        let contact = self.contacts.get(jid).filter(|_| self.is_online())?;
        contact.resources.first().map(|resource| resource.show)
    }

    /// Notes a request to see our presence; `false` if it is known or there are too many.
    pub(crate) fn ask(&mut self, from: BareJid, text: Option<String>) -> bool {
        let room = self.requests.len() < MOST_REQUESTS;
        room && self.requests.insert(from, text).is_none()
    }
}
