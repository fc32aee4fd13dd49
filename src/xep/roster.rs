//! RFC 6121 §2: the roster's items as servers send them, and as we ask for changes.

use std::collections::BTreeSet;

use jid::BareJid;
use minidom::Element;

use super::ns;
use super::stanza::{element, set, text_element};

/// `<item/>`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Whose.
    pub jid: BareJid,
    /// How the user calls them.
    pub name: Option<String>,
    /// Their groups, sorted, each once.
    pub groups: Vec<String>,
    /// Who sees whom; an unknown word counts as nobody.
    pub subscription: Subscription,
    /// We asked to see them and have no answer yet.
    pub asked: bool,
}

/// `subscription` of an item (§2.1.2.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Subscription {
    /// Nobody sees anybody.
    #[default]
    None,
    /// We see them.
    To,
    /// They see us.
    From,
    /// Each sees the other.
    Both,
    /// The item is no more, or shall be.
    Remove,
}

impl Item {
    /// An item to be set: what the user decides about it.
    pub fn new(jid: BareJid, name: Option<String>, groups: Vec<String>) -> Self {
        Item { jid, name, groups: sorted(groups), subscription: Subscription::None, asked: false }
    }

    /// Reads an item; one without a usable address is none.
    pub fn read(item: &Element) -> Option<Self> {
        let subscription = match item.attr("subscription") {
            Some("to") => Subscription::To,
            Some("from") => Subscription::From,
            Some("both") => Subscription::Both,
            Some("remove") => Subscription::Remove,
            _ => Subscription::None,
        };
        let groups = item.children().filter(|child| child.is("group", ns::ROSTER)).map(Element::text);
        Some(Item {
            jid: BareJid::new(item.attr("jid")?).ok()?,
            name: item.attr("name").filter(|name| !name.is_empty()).map(str::to_owned),
            groups: sorted(groups),
            subscription,
            asked: item.attr("ask") == Some("subscribe"),
        })
    }

    /// Writes what a client may set: address, name, groups, and removal.
    fn write(&self) -> Element {
        let mut item = element("item", ns::ROSTER);
        set(&mut item, "jid", self.jid.as_str());
        if self.subscription == Subscription::Remove {
            set(&mut item, "subscription", "remove");
            return item;
        }
        if let Some(name) = &self.name {
            set(&mut item, "name", name);
        }
        for group in &self.groups {
            item.append_child(text_element("group", ns::ROSTER, group));
        }
        item
    }
}

/// The request for the roster. With the version of what is known, where the server numbers them, it is for what is newer
/// than that (§2.6); an empty one is none.
pub fn query(version: Option<&str>) -> Element {
    let mut query = element("query", ns::ROSTER);
    if let Some(version) = version {
        set(&mut query, "ver", version);
    }
    query
}

/// Which version a roster or a push brings.
pub fn version(query: &Element) -> Option<&str> {
    query.attr("ver").filter(|version| !version.is_empty())
}

/// The request to change one item.
pub fn change(item: &Item) -> Element {
    let mut query = query(None);
    query.append_child(item.write());
    query
}

/// Every usable item of a roster or of a push.
pub fn read_items(query: &Element) -> Vec<Item> {
    query.children().filter(|child| child.is("item", ns::ROSTER)).filter_map(Item::read).collect()
}

fn sorted(groups: impl IntoIterator<Item = String>) -> Vec<String> {
    let distinct: BTreeSet<String> = groups.into_iter().filter(|group| !group.is_empty()).collect();
    distinct.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn items(xml: &str) -> Vec<Item> {
        read_items(&format!("<query xmlns='jabber:iq:roster'>{xml}</query>").parse().unwrap())
    }

    #[test]
    fn an_item_reads_with_its_groups_sorted_and_once() {
        let read = items(
            "<item jid='romeo@montague.lit' name='Romeo' subscription='both' ask='subscribe' approved='true'>
               <group>Montagues</group><group>Friends</group><group>Friends</group><group/></item>",
        );
        let romeo = Item {
            jid: BareJid::new("romeo@montague.lit").unwrap(),
            name: Some("Romeo".into()),
            groups: vec!["Friends".into(), "Montagues".into()],
            subscription: Subscription::Both,
            asked: true,
        };
        assert_eq!(read, [romeo]);
    }

    #[test]
    fn an_odd_subscription_is_none_and_an_odd_address_no_item() {
        let read = items("<item jid='a@b' subscription='everything' name=''/><item jid='@'/><item/>");
        assert_eq!(read, [Item::new(BareJid::new("a@b").unwrap(), None, vec![])]);
    }

    #[test]
    fn an_address_with_a_resource_is_no_item() {
        assert_eq!(items("<item jid='a@b/c' subscription='both'/>"), []);
    }
}
