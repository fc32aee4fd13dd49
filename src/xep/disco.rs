//! XEP-0030 service discovery: what somebody is and can, and what is below them.

use minidom::Element;

use super::ns;
use super::stanza::{element, set};

/// `<query xmlns='…disco#info'/>`: who somebody is and what they can.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Info {
    /// Which of their nodes is meant.
    pub node: Option<String>,
    /// What they are.
    pub identities: Vec<Identity>,
    /// What they can, as they said it: in their order, repetitions included.
    pub features: Vec<String>,
    /// XEP-0128: data forms with more about them, not read any further.
    pub forms: Vec<Element>,
}

/// What somebody is, of the registry of categories.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Identity {
    /// `client`, `server`, `proxy`…
    pub category: String,
    /// `console`, `im`, `bytestreams`…
    pub kind: String,
    /// The language of the name.
    pub lang: String,
    /// What they call themselves.
    pub name: String,
}

/// One of the things below somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Its address, as it was sent.
    pub jid: String,
    /// Which of its nodes.
    pub node: Option<String>,
}

impl Info {
    /// Reads a query of disco#info; a feature without `var` is none.
    pub fn read(query: &Element) -> Self {
        let children = |name: &'static str| query.children().filter(move |child| child.is(name, ns::DISCO_INFO));
        Info {
            node: query.attr("node").map(str::to_owned),
            identities: children("identity").map(Identity::read).collect(),
            features: children("feature").filter_map(|feature| feature.attr("var")).map(str::to_owned).collect(),
            forms: query.children().filter(|child| child.is("x", ns::DATA_FORMS)).cloned().collect(),
        }
    }

    /// Writes it.
    pub fn write(&self) -> Element {
        let mut query = info_query(self.node.as_deref());
        for identity in &self.identities {
            query.append_child(identity.write());
        }
        for var in &self.features {
            let mut feature = element("feature", ns::DISCO_INFO);
            set(&mut feature, "var", var);
            query.append_child(feature);
        }
        for form in &self.forms {
            query.append_child(form.clone());
        }
        query
    }
}

impl Identity {
    fn read(identity: &Element) -> Self {
        let text = |name: &str| identity.attr(name).unwrap_or_default().to_owned();
        let lang = identity.attr_ns(ns::XML, "lang").unwrap_or_default().to_owned();
        Identity { category: text("category"), kind: text("type"), lang, name: text("name") }
    }

    /// Without its language: ours has none.
    fn write(&self) -> Element {
        let mut identity = element("identity", ns::DISCO_INFO);
        set(&mut identity, "category", &self.category);
        set(&mut identity, "type", &self.kind);
        if !self.name.is_empty() {
            set(&mut identity, "name", &self.name);
        }
        identity
    }
}

/// The question who somebody is and what they can.
pub fn info_query(node: Option<&str>) -> Element {
    query(ns::DISCO_INFO, node)
}

/// The question what is below somebody.
pub fn items_query(node: Option<&str>) -> Element {
    query(ns::DISCO_ITEMS, node)
}

/// Reads the answer to [`items_query`]; an item without an address is none.
pub fn read_items(query: &Element) -> Vec<Item> {
    let items = query.children().filter(|child| child.is("item", ns::DISCO_ITEMS));
    let read = |item: &Element| {
        let jid = item.attr("jid")?.to_owned();
        Some(Item { jid, node: item.attr("node").map(str::to_owned) })
    };
    items.filter_map(read).collect()
}

fn query(namespace: &str, node: Option<&str>) -> Element {
    let mut query = element("query", namespace);
    if let Some(node) = node {
        set(&mut query, "node", node);
    }
    query
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn information_reads_as_it_was_written() {
        let identity =
            Identity { category: "client".into(), kind: "console".into(), lang: String::new(), name: "Balcony".into() };
        let info = Info {
            node: Some("n#v".into()),
            identities: vec![identity],
            features: vec!["a".into(), "b".into()],
            forms: vec![element("x", ns::DATA_FORMS)],
        };
        assert_eq!(Info::read(&info.write()), info);
    }

    #[test]
    fn what_an_item_lacks_an_address_for_is_left_out() {
        let query: Element = format!(
            "<query xmlns='{}'>\n <item jid='proxy.capulet.lit' node='n'/><item/><other/></query>",
            ns::DISCO_ITEMS
        )
        .parse()
        .unwrap();
        let item = Item { jid: "proxy.capulet.lit".into(), node: Some("n".into()) };
        assert_eq!(read_items(&query), [item]);
    }
}
