//! Rosters: items, changes, and telling every interested session (RFC 6121 §2).

use std::collections::BTreeSet;

use jid::{BareJid, FullJid};
use minidom::Element;

use super::{Condition, Output, Router};
use crate::xep::ns;
use crate::xep::stanza::{Iq, IqKind, element, set, text_element};

/// The most contacts an account can have: many more than any play has.
const MOST_ITEMS: usize = 500;

/// A contact in somebody's roster.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Item {
    /// What they are called.
    pub name: Option<String>,
    /// In which groups.
    pub groups: BTreeSet<String>,
    /// The account sees the contact's presence.
    pub sees: bool,
    /// The contact sees the account's presence.
    pub seen: bool,
    /// The account asked to see, and has no answer.
    pub asked: bool,
}

impl Item {
    /// Two who see each other.
    pub fn mutual() -> Self {
        Item { sees: true, seen: true, ..Item::default() }
    }

    /// The same with a name and a group.
    #[must_use]
    pub fn called(mut self, name: &str, group: &str) -> Self {
        self.name = Some(name.to_owned());
        self.groups.insert(group.to_owned());
        self
    }

    fn subscription(&self) -> &'static str {
        match (self.sees, self.seen) {
            (true, true) => "both",
            (true, false) => "to",
            (false, true) => "from",
            (false, false) => "none",
        }
    }

    fn write(&self, contact: &BareJid) -> Element {
        let mut item = bare_item(contact, self.subscription());
        if let Some(name) = &self.name {
            set(&mut item, "name", name);
        }
        if self.asked {
            set(&mut item, "ask", "subscribe");
        }
        for group in &self.groups {
            item.append_child(text_element("group", ns::ROSTER, group));
        }
        item
    }
}

fn bare_item(contact: &BareJid, subscription: &str) -> Element {
    let mut item = element("item", ns::ROSTER);
    set(&mut item, "jid", contact.as_str());
    set(&mut item, "subscription", subscription);
    item
}

impl Router {
    /// Answers a roster get, and tells that session of changes from then on.
    pub(super) fn roster_of(&mut self, from: &FullJid) -> Element {
        if let Some(session) = self.sessions.get_mut(from) {
            session.interested = true;
        }
        let mut query = element("query", ns::ROSTER);
        if let Some(account) = self.accounts.get(&from.to_bare()) {
            account.roster.iter().for_each(|(contact, item)| {
                query.append_child(item.write(contact));
            });
        }
        query
    }

    /// Answers a roster set: one item, added, changed or removed.
    pub(super) fn change_roster(&mut self, from: &FullJid, query: &Element) -> Result<(), Condition> {
        let item = query.get_child("item", ns::ROSTER).ok_or("bad-request")?;
        let contact = item.attr("jid").and_then(|jid| BareJid::new(jid).ok()).ok_or("bad-request")?;
        let account = from.to_bare();
        if item.attr("subscription") == Some("remove") {
            return self.remove_contact(&account, &contact);
        }
        let Some(kept) = self.accounts.get_mut(&account) else { return Err("item-not-found") };
        if kept.roster.len() >= MOST_ITEMS && !kept.roster.contains_key(&contact) {
            return Err("resource-constraint");
        }
        let changed = kept.roster.entry(contact.clone()).or_default();
        changed.name = item.attr("name").map(str::to_owned);
        changed.groups = item.children().filter(|child| child.name() == "group").map(Element::text).collect();
        self.push_item(&account, &contact);
        Ok(())
    }

    fn remove_contact(&mut self, account: &BareJid, contact: &BareJid) -> Result<(), Condition> {
        let item = self.accounts.get(account).and_then(|account| account.roster.get(contact).cloned());
        let item = item.ok_or("item-not-found")?;
        if item.sees || item.asked {
            self.unsubscribe(account, contact);
        }
        if item.seen {
            self.unsubscribed(account, contact);
        }
        if let Some(account) = self.accounts.get_mut(account) {
            account.roster.remove(contact);
        }
        self.push_item(account, contact);
        Ok(())
    }

    /// What `account` keeps of `contact`, if that is an account here.
    pub(super) fn item(&self, account: &BareJid, contact: &BareJid) -> Option<&Item> {
        self.accounts.get(account)?.roster.get(contact)
    }

    /// Changes what `account` keeps of `contact`, making an item if need be, and tells the account's sessions.
    pub(super) fn change_item(&mut self, account: &BareJid, contact: &BareJid, change: impl FnOnce(&mut Item)) {
        let Some(kept) = self.accounts.get_mut(account) else { return };
        let before = kept.roster.get(contact).cloned().unwrap_or_default();
        let mut after = before.clone();
        change(&mut after);
        if after != before {
            kept.roster.insert(contact.clone(), after);
            self.push_item(account, contact);
        }
    }

    /// Tells every interested session of an account how a contact stands (RFC 6121 §2.1.6).
    fn push_item(&mut self, account: &BareJid, contact: &BareJid) {
        let item = match self.item(account, contact) {
            Some(item) => item.write(contact),
            None => bare_item(contact, "remove"),
        };
        let mut query = element("query", ns::ROSTER);
        query.append_child(item);
        let interested: Vec<FullJid> = self
            .sessions_of(account)
            .filter(|(_, session)| session.interested)
            .map(|(address, _)| address.clone())
            .collect();
        for address in interested {
            self.pushes += 1;
            let push = Iq {
                from: Some(account.clone().into()),
                to: Some(address.clone().into()),
                id: format!("push-{}", self.pushes),
                kind: IqKind::Set(query.clone()),
            };
            self.outbox.push_back(Output::Deliver { to: address, stanza: push.write() });
        }
    }
}
