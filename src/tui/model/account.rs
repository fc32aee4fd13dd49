//! One account: its session, its contacts, who asks to see it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Instant, SystemTime};

use jid::{BareJid, FullJid, Jid};

use crate::doctor::account::{News, Standing};
use crate::engine::command::ClientState;
use crate::engine::event::{Card, Contact, Examined, Login, Program, Reachability, Show, StopReason};

/// Nobody has to answer more; servers can be made to deliver any number.
const MOST_REQUESTS: usize = 100;

/// Cards and programs that are remembered: what a person looks at in an evening.
const MOST_REMEMBERED: usize = 1000;

/// What is known of an account.
#[derive(Debug)]
pub(crate) struct Account {
    /// As in the configuration.
    pub(crate) name: String,
    /// Whose it is, as far as that is known.
    pub(crate) jid: Option<BareJid>,
    pub(crate) engagement: Engagement,
    pub(crate) me: Option<FullJid>,
    pub(crate) session: Session,
    /// How we are available, as last asked for.
    pub(crate) show: Show,
    pub(crate) status: Option<String>,
    /// What its client was told of whether anybody looks.
    pub(crate) client_state: ClientState,
    pub(crate) contacts: BTreeMap<BareJid, Contact>,
    /// Contacts told of since the session began.
    pub(crate) told: BTreeSet<BareJid>,
    pub(crate) roster_complete: bool,
    pub(crate) archive: Archive,
    /// Whether the conversations of earlier runs are known.
    pub(crate) has_past: bool,
    /// Who asks to see our presence.
    pub(crate) requests: BTreeMap<BareJid, Request>,
    /// Who is kept from us: addresses, domains.
    pub(crate) blocked: BTreeSet<Jid>,
    /// What people say of themselves, as far as it was asked for.
    pub(crate) cards: BTreeMap<BareJid, Card>,
    /// What they call themselves, as their cards say or once said.
    pub(crate) names: BTreeMap<BareJid, String>,
    /// When they were asked for that; none until what is kept was read.
    pub(crate) asked: Option<BTreeMap<BareJid, SystemTime>>,
    /// Which programs they use, likewise.
    pub(crate) programs: BTreeMap<FullJid, Program>,
    /// How the last login went.
    pub(crate) login: Option<Box<Login>>,
    /// How others can reach us.
    pub(crate) reachability: Option<Box<Reachability>>,
    /// What the server can, if the user wanted to know.
    pub(crate) examined: Option<Box<Examined>>,
}

/// What the server's archive does.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Archive {
    /// What was said while we were away is being fetched from it.
    pub(crate) is_catching_up: bool,
    pub(crate) search: ArchiveSearch,
}

/// Whether it searches texts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum ArchiveSearch {
    /// Nobody has said yet.
    #[default]
    Unknown,
    Offered,
    /// There may be no archive, either.
    Missing,
}

/// That somebody asks to see our presence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Request {
    /// In their words.
    pub(crate) text: Option<String>,
    /// What they call themselves.
    pub(crate) nick: Option<String>,
}

/// Whether a client works for an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Engagement {
    None,
    Starting,
    Running,
    /// One does, by a configuration that is not the present one.
    Outdated,
}

impl Engagement {
    /// The configuration has changed.
    pub(crate) fn outdate(&mut self) {
        if *self == Engagement::Running {
            *self = Engagement::Outdated;
        }
    }
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
    /// One that a client works for.
    pub(crate) fn new(name: &str) -> Self {
        Account {
            name: name.to_owned(),
            jid: None,
            engagement: Engagement::Running,
            me: None,
            session: Session::Idle,
            show: Show::default(),
            status: None,
            client_state: ClientState::default(),
            contacts: BTreeMap::new(),
            told: BTreeSet::new(),
            roster_complete: false,
            archive: Archive::default(),
            has_past: false,
            requests: BTreeMap::new(),
            blocked: BTreeSet::new(),
            cards: BTreeMap::new(),
            names: BTreeMap::new(),
            asked: None,
            programs: BTreeMap::new(),
            login: None,
            reachability: None,
            examined: None,
        }
    }

    /// Its address once known, else its name.
    pub(crate) fn title(&self) -> String {
        self.jid.as_ref().map_or_else(|| self.name.clone(), ToString::to_string)
    }

    /// What is known of it, for a report.
    pub(crate) fn news(&self) -> News {
        let standing = match &self.session {
            Session::Idle | Session::Connecting => Standing::Idle,
            Session::Online { .. } => Standing::Online,
            Session::Offline { why, .. } => Standing::Offline(why.clone()),
            Session::Stopped(why) => Standing::Stopped(why.clone()),
        };
        News {
            jid: self.jid.clone(),
            standing,
            login: self.login.clone(),
            reachability: self.reachability.clone(),
            examined: self.examined.clone(),
        }
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
    pub(crate) fn ask(&mut self, from: BareJid, request: Request) -> bool {
        let room = self.requests.len() < MOST_REQUESTS;
        room && self.requests.insert(from, request).is_none()
    }

    /// What somebody calls themselves: told to us, in their request, in their card.
    pub(crate) fn own_name_of(&self, jid: &BareJid) -> Option<&str> {
        let told = self.contacts.get(jid).and_then(|contact| contact.nick.as_deref());
        let asked = || self.requests.get(jid).and_then(|request| request.nick.as_deref());
        told.or_else(asked).or_else(|| self.names.get(jid).map(String::as_str))
    }

    /// Notes what somebody says of themselves; what an older form of it said stays where the newer says nothing.
    pub(crate) fn note_card(&mut self, of: BareJid, card: Card) {
        if let Some(name) = &card.name {
            self.names.insert(of.clone(), name.clone());
        }
        make_room(&mut self.cards);
        let known = self.cards.entry(of).or_default();
        known.name = card.name.or_else(|| known.name.take());
        let is_new = |line: &(_, String)| !known.lines.contains(line);
        let new: Vec<_> = card.lines.into_iter().filter(is_new).collect();
        known.lines.extend(new);
        known.lines.sort_by_key(|(about, _)| *about);
    }

    pub(crate) fn note_program(&mut self, of: FullJid, program: Program) {
        make_room(&mut self.programs);
        self.programs.insert(of, program);
    }

    /// Whether what somebody sends is kept from us.
    pub(crate) fn is_blocked(&self, who: &BareJid) -> bool {
        let domain = BareJid::from_parts(None, who.domain());
        !self.blocked.is_empty() && [who.clone(), domain].into_iter().any(|jid| self.blocked.contains(&Jid::from(jid)))
    }
}

/// Which one goes does not matter: it is asked for again.
fn make_room<K: Ord, V>(known: &mut BTreeMap<K, V>) {
    if known.len() >= MOST_REMEMBERED {
        known.pop_last();
    }
}
