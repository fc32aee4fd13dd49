//! No element tree makes a reader panic or keep what it could not write again: trees of our own vocabulary in any arrangement, and real stanzas after damage.

use std::fmt::Debug;
use std::fs;
use std::path::Path;

use balcony::xep::bytestreams::{Activate, StreamhostUsed, Streamhosts, read_addresses, write_addresses};
use balcony::xep::ibb::{Close, Data, Open};
use balcony::xep::si::{Answer, Offer, read_refusal};
use balcony::xep::si_file::File;
use balcony::xep::sipub::{Published, read_start, read_starting, write_start, write_starting};
use balcony::xep::stanza::{Stanza, StanzaError, element, set};
use balcony::xep::{Malformed, StreamId, feature_neg, ns, si_legacy, si_multiple};
use minidom::Element;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::{sorted, xml};

/// Every reader of the room.
const READERS: &[fn(&Element)] = &[
    |any| settles(any, Stanza::read, write_stanza),
    |any| settles(any, |any| Ok(StanzaError::read(any)), StanzaError::write),
    |any| drop(read_refusal(&StanzaError::read(any))),
    |any| settles(any, Offer::read, Offer::write),
    |any| drop(Offer::read(any).map(|offer| si_legacy::read_file(&offer.headers))),
    |any| settles(any, Answer::read, Answer::write),
    |any| settles(any, File::read, File::write),
    |any| settles(any, |any| Ok(si_multiple::read(any)), |methods| si_multiple::write_answer(methods)),
    |any| settles(any, feature_neg::read, |form| feature_neg::write_options(form.field, &form.values)),
    |any| settles(any, Streamhosts::read, Streamhosts::write),
    |any| settles(any, StreamhostUsed::read, |used| used.write(&StreamId("a".to_owned()))),
    |any| settles(any, Activate::read, Activate::write),
    |any| settles(any, |any| Ok(read_addresses(any)), |hosts| write_addresses(hosts)),
    |any| settles(any, Open::read, Open::write),
    |any| settles(any, Data::read, Data::write),
    |any| settles(any, Close::read, Close::write),
    |any| settles(any, Published::read, Published::write),
    |any| settles(any, read_start, |id| write_start(id)),
    |any| settles(any, read_starting, write_starting),
];

/// Whatever was made of an element stays the same when it is passed on.
fn settles<T: PartialEq + Debug>(any: &Element, read: fn(&Element) -> Result<T, Malformed>, write: fn(&T) -> Element) {
    if let Ok(value) = read(any) {
        assert_eq!(read(&write(&value)), Ok(value));
    }
}

fn write_stanza(stanza: &Stanza) -> Element {
    match stanza {
        Stanza::Iq(iq) => iq.clone().write(),
        Stanza::Message(message) => message.write(),
        Stanza::Presence(presence) => presence.write(),
    }
}

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

fn read_everything(tree: &Element) {
    for read in READERS {
        read(tree);
    }
    tree.children().for_each(read_everything);
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
