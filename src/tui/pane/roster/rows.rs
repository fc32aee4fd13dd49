//! The rows of the roster: which there are, in which order, and which of them fit what is typed.
//!
//! What costs more than a look at everybody, names and sorting, is done when something about the contacts changed. A
//! letter of the filter or a fold only goes once through what was sorted, so that ten thousand contacts are no burden.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::time::SystemTime;

use jid::BareJid;

use crate::tui::model::account::Account;
use crate::tui::model::{AccountId, ConversationId, Model, Peer, RosterOrder};

/// Where contacts are that the user put nowhere.
const UNGROUPED: &str = "Contacts";

/// Where people are with whom there is a conversation but who are no contacts.
const STRANGERS: &str = "Others";

/// Where people are who ask to see us.
const ASKING: &str = "Requests";

/// More people who ask than this are one row until the user unfolds it: a flood of them must not push contacts away.
const FEW: usize = 3;

/// A row of the pane. Whoever adds a kind of section adds a variant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Row {
    Account(AccountId),
    Group { account: AccountId, name: String, online: usize, total: usize, folded: bool },
    Contact { account: AccountId, jid: BareJid },
}

impl Row {
    /// Whether it is about the same, whatever it counts.
    pub(super) fn is_same(&self, other: &Row) -> bool {
        let group = |row: &Row| match row {
            Row::Group { account, name, .. } => Some((*account, name.clone())),
            Row::Account(_) | Row::Contact { .. } => None,
        };
        self == other || group(self).is_some_and(|mine| group(other) == Some(mine))
    }
}

/// Everybody, sorted; the rows are made of it.
#[derive(Debug, Default)]
pub(super) struct Sorted {
    sections: Vec<Section>,
    /// How many contacts there are, and how many of them are there.
    pub(super) total: usize,
    pub(super) online: usize,
}

#[derive(Debug)]
enum Section {
    Account(AccountId),
    /// `closed` says that it is folded unless the user unfolds it.
    Group {
        account: AccountId,
        name: String,
        people: Vec<Person>,
        closed: bool,
    },
}

#[derive(Debug)]
struct Person {
    jid: BareJid,
    is_there: bool,
    /// The name and the address as the filter looks at them.
    words: String,
}

/// Groups stand in this order, then by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Asking,
    Named,
    Ungrouped,
    Strangers,
}

/// How people are sorted within a group.
type Place = (bool, Reverse<Option<SystemTime>>, String, BareJid);

impl Sorted {
    /// Everybody that there is.
    pub(super) fn of(model: &Model) -> Sorted {
        let mut sorted = Sorted::default();
        for (&id, account) in &model.accounts {
            if model.accounts.len() > 1 {
                sorted.sections.push(Section::Account(id));
            }
            sorted.total += account.contacts.len();
            sorted.online += account.contacts.keys().filter(|jid| account.availability(jid).is_some()).count();
            sorted.sections.extend(groups(model, id, account));
        }
        sorted
    }

    /// The rows, without the people of folded groups; or all that fit the filter, folded or not. `toggled` are the groups
    /// that the user folded or unfolded.
    pub(super) fn rows(&self, toggled: &BTreeSet<(AccountId, String)>, filter: Option<&str>) -> Vec<Row> {
        let wanted: Vec<String> = filter.unwrap_or_default().split_whitespace().map(str::to_lowercase).collect();
        let fits = |person: &&Person| wanted.iter().all(|word| person.words.contains(word));
        let mut rows = Vec::new();
        for section in &self.sections {
            match section {
                Section::Account(id) => rows.push(Row::Account(*id)),
                Section::Group { account, name, people, closed } => {
                    let fitting: Vec<&Person> = people.iter().filter(fits).collect();
                    if fitting.is_empty() {
                        continue;
                    }
                    let online = fitting.iter().filter(|person| person.is_there).count();
                    let total = fitting.len();
                    let folded = filter.is_none() && *closed != toggled.contains(&(*account, name.clone()));
                    rows.push(Row::Group { account: *account, name: name.clone(), online, total, folded });
                    if !folded {
                        let row = |person: &Person| Row::Contact { account: *account, jid: person.jid.clone() };
                        rows.extend(fitting.into_iter().map(row));
                    }
                }
            }
        }
        rows
    }
}

fn groups(model: &Model, id: AccountId, account: &Account) -> Vec<Section> {
    let mut groups: BTreeMap<(Kind, &str), Vec<Place>> = BTreeMap::new();
    for (jid, contact) in &account.contacts {
        let place = place(model, id, account, jid);
        for group in &contact.groups {
            groups.entry((Kind::Named, group)).or_default().push(place.clone());
        }
        if contact.groups.is_empty() {
            groups.entry((Kind::Ungrouped, UNGROUPED)).or_default().push(place);
        }
    }
    for jid in account.requests.keys().filter(|jid| !account.contacts.contains_key(*jid)) {
        groups.entry((Kind::Asking, ASKING)).or_default().push(place(model, id, account, jid));
    }
    let others = model.opened.iter().filter(|other| other.account == id).map(|other| other.peer.jid());
    for jid in others.filter(|jid| !account.contacts.contains_key(*jid) && !account.requests.contains_key(*jid)) {
        groups.entry((Kind::Strangers, STRANGERS)).or_default().push(place(model, id, account, jid));
    }
    let section = |((kind, name), mut places): ((Kind, &str), Vec<Place>)| {
        let closed = kind == Kind::Asking && places.len() > FEW;
        places.sort_unstable();
        let people = places.into_iter().map(|place| person(account, place)).collect();
        Section::Group { account: id, name: name.to_owned(), people, closed }
    };
    groups.into_iter().map(section).collect()
}

fn place(model: &Model, id: AccountId, account: &Account, jid: &BareJid) -> Place {
    let name = model.name_of(id, jid).trim_start_matches('~').to_lowercase();
    let (is_gone, last) = match model.roster.order {
        RosterOrder::Presence => (account.availability(jid).is_none(), None),
        RosterOrder::Name => (false, None),
        RosterOrder::Recent => (false, last_said(model, id, jid)),
    };
    (is_gone, Reverse(last), name, jid.clone())
}

fn last_said(model: &Model, account: AccountId, jid: &BareJid) -> Option<SystemTime> {
    let id = ConversationId { account, peer: Peer::Direct(jid.clone()) };
    let conversation = model.conversations.get(&id)?;
    conversation.last_said().max(conversation.last_known)
}

fn person(account: &Account, (_, _, name, jid): Place) -> Person {
    let is_there = account.availability(&jid).is_some();
    let words = format!("{name} {}", jid.as_str().to_lowercase());
    Person { jid, is_there, words }
}
