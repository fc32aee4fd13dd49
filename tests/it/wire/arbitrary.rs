//! No element tree makes a reader panic or keep what it could not write again: trees of our own vocabulary in any
//! arrangement, and real stanzas after damage, given to the readers that are fuzzed.

use std::fs;
use std::path::Path;

use balcony::xep::ns;
use balcony::xep::stanza::{element, set};
use minidom::Element;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::{sorted, xml};
use crate::fuzz::targets::stanza::read_everything;

const NAMES: &[&str] = &[
    "iq",
    "message",
    "presence",
    "error",
    "si",
    "feature",
    "x",
    "field",
    "option",
    "value",
    "file",
    "desc",
    "range",
    "header",
    "si-multiple",
    "query",
    "streamhost",
    "streamhost-used",
    "activate",
    "open",
    "data",
    "close",
    "text",
    "body",
    "show",
    "priority",
    "forbidden",
];

const NAMESPACES: &[&str] = &[
    "",
    ns::CLIENT,
    ns::STANZAS,
    ns::SI,
    ns::SI_FILE,
    ns::SI_MULTIPLE,
    ns::FEATURE_NEG,
    ns::DATA_FORMS,
    ns::BYTESTREAMS,
    ns::IBB,
];

const ATTRIBUTES: &[&str] = &[
    "id",
    "type",
    "from",
    "to",
    "code",
    "profile",
    "mime-type",
    "var",
    "name",
    "size",
    "hash",
    "date",
    "offset",
    "length",
    "sid",
    "seq",
    "block-size",
    "stanza",
    "jid",
    "host",
    "port",
    "mode",
];

const VALUES: &[&str] = &[
    "",
    " ",
    "a",
    "a@b/c",
    "@",
    "-1",
    "0",
    "65535",
    "65536",
    "99999999999999999999999",
    "1e3",
    "set",
    "get",
    "result",
    "error",
    "submit",
    "form",
    "stream-method",
    "file-transfer-method",
    "9999-12-31T23:59:60+23:59",
    "0000-01-01T00:00:00-23:59",
    "2023-02-30T00:00:00Z",
    "é-é",
    "====",
    "AAA",
    "🦀🦀🦀🦀🦀🦀🦀🦀",
];

/// One blow to one element.
#[derive(Debug, Clone)]
enum Damage {
    Attribute(&'static str, String),
    Text(String),
    Empty,
    Double,
    Insert(Element),
}

proptest! {
    #[test]
    fn any_tree_is_read_or_refused(tree in tree()) {
        read_everything(&tree);
    }

    #[test]
    fn any_damaged_stanza_is_read_or_refused(fixture: Index, blows in vec((any::<Index>(), damage()), 1..6)) {
        let mut stanza = xml(&fs::read_to_string(fixture.get(&fixtures())).unwrap());
        for (place, damage) in blows {
            let place = place.index(count(&stanza));
            strike(&mut stanza, place, &damage);
        }
        read_everything(&stanza);
    }
}

fn value() -> impl Strategy<Value = String> {
    prop_oneof![select(VALUES).prop_map(str::to_owned), "\\PC{0,8}"]
}

fn tree() -> impl Strategy<Value = Element> {
    leaf().prop_recursive(5, 40, 6, |child| {
        (leaf(), vec(child, 0..6)).prop_map(|(mut parent, children)| {
            for child in children {
                parent.append_child(child);
            }
            parent
        })
    })
}

fn leaf() -> impl Strategy<Value = Element> {
    let attributes = vec((select(ATTRIBUTES), value()), 0..5);
    (select(NAMES), select(NAMESPACES), attributes, value()).prop_map(|(name, namespace, attributes, text)| {
        let mut leaf = element(name, namespace);
        for (name, value) in attributes {
            set(&mut leaf, name, &value);
        }
        leaf.append_text(text);
        leaf
    })
}

fn damage() -> impl Strategy<Value = Damage> {
    prop_oneof![
        (select(ATTRIBUTES), value()).prop_map(|(name, value)| Damage::Attribute(name, value)),
        value().prop_map(Damage::Text),
        Just(Damage::Empty),
        Just(Damage::Double),
        tree().prop_map(Damage::Insert),
    ]
}

/// Strikes the element that comes at `place` in document order; tells how many places are left otherwise.
fn strike(element: &mut Element, place: usize, damage: &Damage) -> Option<usize> {
    let Some(mut place) = place.checked_sub(1) else {
        match damage {
            Damage::Attribute(name, value) => set(element, name, value),
            Damage::Text(text) => element.append_text(text),
            Damage::Empty => drop(element.take_nodes()),
            Damage::Double => {
                for node in element.nodes().cloned().collect::<Vec<_>>() {
                    element.append_node(node);
                }
            }
            Damage::Insert(tree) => drop(element.append_child(tree.clone())),
        }
        return None;
    };
    for child in element.children_mut() {
        place = strike(child, place, damage)?;
    }
    Some(place)
}

fn count(element: &Element) -> usize {
    1 + element.children().map(count).sum::<usize>()
}

fn fixtures() -> Vec<std::path::PathBuf> {
    let mut fixtures: Vec<_> = sorted(Path::new("tests/stanzas")).iter().flat_map(|client| sorted(client)).collect();
    fixtures.retain(|path| path.extension().is_some_and(|extension| extension == "xml"));
    fixtures
}
