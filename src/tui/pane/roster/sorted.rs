//! Everybody who stands in the roster, by account and group, in order; and kept in order: who changed is taken out and put
//! in where they belong by then, and all others stay where they are. So one of ten thousand who comes or goes costs a look
//! at one.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::SystemTime;

use jid::BareJid;

use crate::engine::event::Contact;
use crate::tui::model::account::Account;
use crate::tui::model::{AccountId, ConversationId, Model, Peer, RosterOrder};

/// Everybody, sorted; the rows are made of it.
#[derive(Debug, Default)]
pub(super) struct Sorted {
    pub(super) accounts: BTreeMap<AccountId, People>,
    /// How many of all are there.
    pub(super) online: usize,
}

/// Those of an account.
#[derive(Debug, Default)]
pub(super) struct People {
    pub(super) groups: BTreeMap<Group, BTreeSet<Arc<Place>>>,
    standings: BTreeMap<BareJid, Standing>,
}

/// A group: of which kind, and its name where the user gave it one.
pub(super) type Group = (Kind, String);

/// Groups stand in this order, then by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// People who ask to see us.
    Asking,
    /// Contacts where the user put them.
    Named,
    /// Contacts whom the user put nowhere.
    Ungrouped,
    /// People with whom there is a conversation but who are no contacts.
    Strangers,
}

/// Where somebody stands within a group: the fields in the order in which they decide.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    is_behind: bool,
    last_said: Reverse<Option<SystemTime>>,
    /// As it is sorted and looked through.
    pub(super) name: String,
    pub(super) jid: BareJid,
    pub(super) is_there: bool,
}

/// Where somebody stands.
#[derive(Debug, PartialEq, Eq)]
struct Standing {
    place: Arc<Place>,
    groups: Vec<Group>,
}

impl Sorted {
    /// Everybody that there is.
    pub(super) fn of(model: &Model) -> Sorted {
        let mut sorted = Sorted::default();
        for (&id, account) in &model.accounts {
            sorted.accounts.insert(id, People::default());
            for jid in account.contacts.keys().chain(account.requests.keys()) {
                sorted.look_at(model, id, jid);
            }
        }
        for other in &model.opened {
            sorted.look_at(model, other.account, other.peer.jid());
        }
        sorted
    }

    /// Something about somebody may have changed; whether they stand elsewhere, or otherwise, than before.
    pub(super) fn look_at(&mut self, model: &Model, account: AccountId, jid: &BareJid) -> bool {
        let Some(people) = self.accounts.get_mut(&account) else { return false };
        let (old, new) = (people.standings.remove(jid), standing(model, account, jid));
        let is_new = old != new;
        if is_new && let Some(old) = &old {
            people.take_out(old);
        }
        if is_new && let Some(new) = &new {
            people.put_in(new);
        }
        self.online -= usize::from(old.is_some_and(|old| old.place.is_there));
        self.online += usize::from(new.as_ref().is_some_and(|new| new.place.is_there));
        people.standings.extend(new.map(|new| (jid.clone(), new)));
        is_new
    }
}

impl People {
    fn take_out(&mut self, old: &Standing) {
        for group in &old.groups {
            let Some(places) = self.groups.get_mut(group) else { continue };
            places.remove(&old.place);
            if places.is_empty() {
                self.groups.remove(group);
            }
        }
    }

    fn put_in(&mut self, new: &Standing) {
        for group in &new.groups {
            self.groups.entry(group.clone()).or_default().insert(Arc::clone(&new.place));
        }
    }
}

/// Where somebody stands; nowhere who is no contact, asks nothing and says nothing.
fn standing(model: &Model, id: AccountId, jid: &BareJid) -> Option<Standing> {
    let account = model.accounts.get(&id)?;
    let groups = match account.contacts.get(jid) {
        Some(contact) => groups(contact),
        None if account.requests.contains_key(jid) => vec![(Kind::Asking, String::new())],
        None if is_talked_to(model, id, jid) => vec![(Kind::Strangers, String::new())],
        None => return None,
    };
    Some(Standing { place: Arc::new(place(model, id, account, jid)), groups })
}

fn groups(contact: &Contact) -> Vec<Group> {
    if contact.groups.is_empty() {
        return vec![(Kind::Ungrouped, String::new())];
    }
    contact.groups.iter().map(|name| (Kind::Named, name.clone())).collect()
}

fn is_talked_to(model: &Model, id: AccountId, jid: &BareJid) -> bool {
    model.opened.iter().any(|other| other.account == id && other.peer.jid() == jid)
}

fn place(model: &Model, id: AccountId, account: &Account, jid: &BareJid) -> Place {
    let name = model.name_of(id, jid).trim_start_matches('~').to_lowercase();
    let is_there = account.availability(jid).is_some();
    let (is_behind, last_said) = match model.roster.order {
        RosterOrder::Presence => (!is_there, None),
        RosterOrder::Name => (false, None),
        RosterOrder::Recent => (false, last_said(model, id, jid)),
    };
    Place { is_behind, last_said: Reverse(last_said), name, jid: jid.clone(), is_there }
}

fn last_said(model: &Model, account: AccountId, jid: &BareJid) -> Option<SystemTime> {
    let id = ConversationId { account, peer: Peer::Direct(jid.clone()) };
    let conversation = model.conversations.get(&id)?;
    conversation.last_said().max(conversation.last_known)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::engine::Moment;
    use crate::engine::event::{Event, Resource, SessionEvent, Show, Subscription};
    use crate::tui::msg::Msg;
    use crate::tui::{Appearance, settle, update};

    fn contact(number: u8, name: Option<String>, groups: Vec<String>, is_there: bool) -> Contact {
        let jid = BareJid::new(&format!("{number}@verona.lit")).unwrap();
        let resource = Resource {
            jid: jid.with_resource_str("orchard").unwrap(),
            show: Show::Available,
            status: None,
            priority: 0,
            since: SystemTime::UNIX_EPOCH,
            takes_files: None,
            idle_since: None,
        };
        let resources = is_there.then_some(resource).into_iter().collect();
        let subscription = Subscription::Both;
        Contact { jid, name, groups, subscription, asked: false, nick: None, last_seen: None, resources }
    }

    /// Somebody comes, goes, is called something else, moves, leaves for good, or asks to see us.
    fn change() -> impl Strategy<Value = Event> {
        let name = prop_oneof![Just(None), "[ab]{1,2}".prop_map(Some)];
        let groups = proptest::collection::vec("[xy]", 0..3);
        let known = (0..6_u8, name, groups, any::<bool>());
        let jid = (0..6_u8).prop_map(|number| BareJid::new(&format!("{number}@verona.lit")).unwrap());
        prop_oneof![
            4 => known.prop_map(|(number, name, groups, there)| Event::Contact(contact(number, name, groups, there))),
            1 => jid.clone().prop_map(Event::ContactRemoved),
            1 => jid.prop_map(|from| Event::SubscriptionRequest { from, text: None, nick: None }),
        ]
    }

    fn pictured(sorted: &Sorted) -> String {
        let groups: Vec<_> = sorted.accounts.values().map(|people| &people.groups).collect();
        format!("{} {groups:?}", sorted.online)
    }

    proptest! {
        #[test]
        fn whatever_changed_everybody_stands_as_if_all_were_sorted_anew(changes in proptest::collection::vec(change(), 0..40)) {
            let now = Moment { instant: crate::client::clock::now().instant, wall: SystemTime::UNIX_EPOCH };
            let mut model = Model::new(Appearance::default(), (80, 24), now).unwrap();
            let account = model.add_account("home");
            let jid = "juliet@capulet.lit/balcony".parse().unwrap();
            let online = SessionEvent::Online { jid, resumed: false, security: String::new() };
            update(&mut model, now, Msg::Client(account, Event::Session(online)));
            settle(&mut model);
            for change in changes {
                update(&mut model, now, Msg::Client(account, change));
                prop_assert!(!model.roster.stale, "one change is no reason to sort everybody");
                settle(&mut model);
                prop_assert_eq!(pictured(&model.roster.sorted), pictured(&Sorted::of(&model)));
            }
        }
    }
}
