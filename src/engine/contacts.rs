//! Whom we know, and which of their programs are there: the table that roster and presence keep for everybody.
//!
//! It holds everybody in the roster, our own other devices, and a few of those who show us their presence without being
//! in the roster. It decides nothing and tells nobody.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::time::SystemTime;

use jid::{BareJid, FullJid, Jid};

use super::event::{Contact, Resource, Subscription};
use crate::xep::roster::{self, Item};

/// Strangers who show us their presence: a room's private answer, a friend who is not added yet. Not a crowd.
const STRANGERS: usize = 64;

/// Programs of one contact. People have three; somebody who has more than this plays with us.
const RESOURCES: usize = 32;

/// Everybody we know of: the roster, and those who are available to us without being in it.
#[derive(Debug, Default)]
pub struct Contacts {
    known: BTreeMap<BareJid, Contact>,
    in_roster: BTreeSet<BareJid>,
    /// Who was there when the connection was lost: they still are, if the session is resumed.
    hidden: BTreeMap<BareJid, Vec<Resource>>,
    /// The roster of this session came, or will not come.
    pub(super) settled: bool,
}

impl Contacts {
    /// Whether somebody is in the roster.
    pub fn is_contact(&self, jid: &BareJid) -> bool {
        self.in_roster.contains(jid)
    }

    /// Somebody we know of, with their resources, the likeliest first.
    pub fn find(&self, jid: &BareJid) -> Option<&Contact> {
        self.known.get(jid)
    }

    /// Whether somebody may see our presence.
    pub fn sees_us(&self, jid: &BareJid) -> bool {
        let sees = |contact: &Contact| matches!(contact.subscription, Subscription::From | Subscription::Both);
        self.is_contact(jid) && self.find(jid).is_some_and(sees)
    }

    /// Forgets everybody.
    pub(super) fn clear(&mut self) {
        *self = Contacts::default();
    }

    /// The whole roster came: who is not in it is no contact. Returns all contacts.
    pub(super) fn replace(&mut self, items: Vec<Item>) -> Vec<Contact> {
        for gone in std::mem::take(&mut self.in_roster) {
            self.drop_if_absent(&gone);
        }
        items.into_iter().map(|item| self.put(item)).collect()
    }

    /// Everybody in the roster, as the server keeps them.
    pub(super) fn items(&self) -> Vec<Item> {
        self.in_roster.iter().filter_map(|jid| self.known.get(jid)).map(item).collect()
    }

    /// An item is new or changed. Returns the contact as it is after that.
    pub(super) fn put(&mut self, item: Item) -> Contact {
        let contact = self.known.entry(item.jid.clone()).or_insert_with(|| nobody(item.jid.clone()));
        contact.name = item.name;
        contact.groups = item.groups;
        contact.asked = item.asked;
        contact.subscription = match item.subscription {
            roster::Subscription::None | roster::Subscription::Remove => Subscription::None,
            roster::Subscription::To => Subscription::To,
            roster::Subscription::From => Subscription::From,
            roster::Subscription::Both => Subscription::Both,
        };
        self.in_roster.insert(item.jid);
        contact.clone()
    }

    /// An item is gone. Returns who went, if it was there.
    pub(super) fn remove(&mut self, jid: &BareJid) -> Option<Contact> {
        self.hidden.remove(jid);
        if self.in_roster.remove(jid) { self.known.remove(jid) } else { None }
    }

    /// A resource is there, or changed. Returns whether it is kept.
    pub(super) fn arrive(&mut self, resource: Resource, is_self: bool) -> bool {
        let bare = resource.jid.to_bare();
        let strangers = self.known.len() - self.in_roster.len();
        if !self.known.contains_key(&bare) && strangers >= STRANGERS && !is_self {
            return false;
        }
        let contact = self.known.entry(bare.clone()).or_insert_with(|| nobody(bare));
        contact.resources.retain(|known| known.jid != resource.jid);
        if contact.resources.len() >= RESOURCES {
            return false;
        }
        contact.resources.push(resource);
        sort(&mut contact.resources);
        true
    }

    /// A resource, or with a bare address every one of somebody, is gone at that time. Returns which were there.
    pub(super) fn leave(&mut self, jid: &Jid, at: SystemTime) -> Vec<FullJid> {
        let bare = jid.to_bare();
        let Some(contact) = self.known.get_mut(&bare) else { return Vec::new() };
        let leaves = |resource: &Resource| jid.is_bare() || resource.jid == *jid;
        let leaving = contact.resources.extract_if(.., |resource| leaves(resource));
        let gone: Vec<FullJid> = leaving.map(|resource| resource.jid).collect();
        if !gone.is_empty() && contact.resources.is_empty() {
            contact.last_seen = Some(at);
        }
        if !self.is_contact(&bare) {
            self.drop_if_absent(&bare);
        }
        gone
    }

    /// Every program that is there, of whomever.
    pub(super) fn programs(&self) -> impl Iterator<Item = &FullJid> {
        self.known.values().flat_map(|contact| &contact.resources).map(|resource| &resource.jid)
    }

    /// Whether a resource can take files is known. Returns whether that is news.
    pub(super) fn set_takes_files(&mut self, jid: &FullJid, takes_files: Option<bool>) -> bool {
        let Some(contact) = self.known.get_mut(&jid.to_bare()) else { return false };
        let Some(resource) = contact.resources.iter_mut().find(|resource| resource.jid == *jid) else { return false };
        if resource.takes_files == takes_files {
            return false;
        }
        resource.takes_files = takes_files;
        sort(&mut contact.resources);
        true
    }

    /// Somebody in the roster calls themselves so. Returns the contact, if that is news.
    pub(super) fn set_nick(&mut self, jid: &BareJid, nick: Option<String>) -> Option<Contact> {
        let contact = self.known.get_mut(jid).filter(|_| self.in_roster.contains(jid))?;
        if contact.nick == nick {
            return None;
        }
        contact.nick = nick;
        Some(contact.clone())
    }

    /// Somebody in the roster who is not there was so until then. Returns the contact.
    pub(super) fn set_last_seen(&mut self, jid: &BareJid, at: SystemTime) -> Option<Contact> {
        let contact = self.known.get_mut(jid).filter(|_| self.in_roster.contains(jid))?;
        contact.last_seen = Some(at);
        Some(contact.clone())
    }

    /// The connection is lost: nobody is known to be there. Returns the contacts that were.
    pub(super) fn hide(&mut self) -> Vec<Contact> {
        let mut changed = Vec::new();
        for (jid, contact) in &mut self.known {
            let resources = std::mem::take(&mut contact.resources);
            if !resources.is_empty() {
                self.hidden.insert(jid.clone(), resources);
                changed.push(contact.clone());
            }
        }
        changed.retain(|contact| self.in_roster.contains(&contact.jid));
        changed
    }

    /// The session was resumed: who was there still is, or will be reported gone. Returns the contacts that are.
    pub(super) fn show(&mut self) -> Vec<Contact> {
        let mut changed = Vec::new();
        for (jid, resources) in std::mem::take(&mut self.hidden) {
            if let Some(contact) = self.known.get_mut(&jid) {
                contact.resources = resources;
                changed.push(contact.clone());
            }
        }
        changed.retain(|contact| self.in_roster.contains(&contact.jid));
        changed
    }

    fn drop_if_absent(&mut self, jid: &BareJid) {
        if self.known.get(jid).is_some_and(|contact| contact.resources.is_empty()) {
            self.known.remove(jid);
        }
    }
}

fn item(contact: &Contact) -> Item {
    let subscription = match contact.subscription {
        Subscription::None => roster::Subscription::None,
        Subscription::To => roster::Subscription::To,
        Subscription::From => roster::Subscription::From,
        Subscription::Both => roster::Subscription::Both,
    };
    let Contact { jid, name, groups, asked, .. } = contact.clone();
    Item { jid, name, groups, subscription, asked }
}

fn nobody(jid: BareJid) -> Contact {
    Contact {
        jid,
        name: None,
        groups: Vec::new(),
        subscription: Subscription::None,
        asked: false,
        nick: None,
        last_seen: None,
        resources: Vec::new(),
    }
}

/// The likeliest first: by priority, by how available, by whether it takes files, the most recent; and never by chance.
fn sort(resources: &mut [Resource]) {
    resources.sort_by(|one, other| {
        let rank = |it: &Resource| (Reverse(it.priority), it.show, it.takes_files != Some(true), Reverse(it.since));
        rank(one).cmp(&rank(other)).then_with(|| one.jid.cmp(&other.jid))
    });
}
