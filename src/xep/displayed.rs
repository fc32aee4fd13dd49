//! XEP-0490: how far the conversations of an account were read, published for its other devices (XEP-0163).

use jid::BareJid;
use minidom::Element;

use super::pep;
use super::stanza::{element, set};
use super::{ns, stanza_id};

/// What only an account's own devices may see, all of it, and only when it changes.
const OPTIONS: [(&str, &str); 3] = [
    ("pubsub#persist_items", "true"),
    ("pubsub#access_model", "whitelist"),
    ("pubsub#send_last_published_item", "never"),
];

/// How many conversations a server keeps that knows no `max`.
const SOME: &str = "255";

/// The request for what is published.
pub fn query() -> Element {
    pep::all_items_query(ns::DISPLAYED)
}

/// Up to which message each conversation was read, by the name that the archive of `account` gave it.
pub fn read(items: &Element, account: &BareJid) -> Vec<(BareJid, String)> {
    let one = |item: &Element| {
        let with = BareJid::new(item.attr("id")?).ok()?;
        let displayed = item.get_child("displayed", ns::DISPLAYED)?;
        Some((with, stanza_id::read(displayed.children(), account)?))
    };
    items.children().filter(|child| child.name() == "item").filter_map(one).collect()
}

/// The request to publish how far a conversation was read; `has_max` if the server knows to keep as much as it can.
pub fn publish(with: &BareJid, archived: &str, account: &BareJid, has_max: bool) -> Element {
    let mut name = element("stanza-id", ns::STANZA_IDS);
    set(&mut name, "id", archived);
    set(&mut name, "by", account.as_str());
    let mut displayed = element("displayed", ns::DISPLAYED);
    displayed.append_child(name);
    let most = ("pubsub#max_items", if has_max { "max" } else { SOME });
    pep::publish_item(ns::DISPLAYED, with.as_str(), displayed, &[&OPTIONS[..], &[most]].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_published_is_read_by_our_own_archives_name() {
        let (juliet, romeo) =
            (BareJid::new("juliet@capulet.lit").unwrap(), BareJid::new("romeo@montague.lit").unwrap());
        let written = String::from(&publish(&romeo, "28482-98726", &juliet, true));
        assert!(written.contains("<value>whitelist</value>") && written.contains("<value>max</value>"), "{written}");
        let items: Element = written.parse().unwrap();
        let items = items.get_child("publish", ns::PUBSUB).unwrap();
        assert_eq!(read(items, &juliet), [(romeo.clone(), "28482-98726".to_owned())]);
        assert_eq!(read(items, &romeo), []);
    }
}
