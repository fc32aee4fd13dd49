//! A stanza, or any other element, read as everything that Balcony reads. What was read and is written is read as the
//! same again.

use std::fmt::Debug;
use std::str::from_utf8;

use balcony::xep::bytestreams::{Activate, StreamhostUsed, Streamhosts, read_addresses, write_addresses};
use balcony::xep::caps::Caps;
use balcony::xep::checksum::Checksum;
use balcony::xep::disco::Info;
use balcony::xep::folder::Folder;
use balcony::xep::hashes::Hash;
use balcony::xep::ibb::{Close, Data, Open};
use balcony::xep::oob::OutOfBand;
use balcony::xep::reactions::Reactions;
use balcony::xep::roster::Item;
use balcony::xep::si::{Answer, Offer, read_refusal};
use balcony::xep::si_file::File;
use balcony::xep::sipub::{Published, read_start, read_starting, write_start, write_starting};
use balcony::xep::stanza::{Message, Presence, Stanza, StanzaError};
use balcony::xep::{
    Malformed, StreamId, blocking, checksum, correction, delay, disco, displayed, external_services, fallback,
    feature_neg, idle, last, mam, markers, nick, ns, pep, reactions, recovery, reply, retraction, roster, seal,
    si_legacy, si_multiple, stanza_id, time, upload, vcard, version,
};
use jid::BareJid;
use minidom::Element;

/// Every reader of one element.
const READERS: &[fn(&Element)] = &[
    |any| settles(any, Stanza::read, write_stanza),
    |any| settles(any, |any| Ok(StanzaError::read(any)), StanzaError::write),
    |any| drop((read_refusal(&StanzaError::read(any)), checksum::read_corrupt(&StanzaError::read(any)))),
    |any| settles(any, Offer::read, Offer::write),
    |any| drop(Offer::read(any).map(|offer| (si_legacy::read_file(&offer.headers), Folder::find(&offer.profile_data)))),
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
    |any| settles(any, Checksum::read, Checksum::write),
    |any| settles(any, Hash::read, Hash::write),
    |any| settles(any, |any| Ok(version::Version::read(any)), version::Version::write),
    |any| drop((seal::read(any), recovery::read_promise(any), recovery::read_word(any), recovery::read_reason(any))),
    |any| drop((Item::read(any), roster::read_items(any), disco::read_items(any), vcard::read(any), last::read(any))),
    |any| drop((blocking::Push::read(any), blocking::read_items(any), external_services::read_stun_servers(any))),
    |any| drop((mam::read_text_field(any), mam::read_result(any), mam::read_fin(Some(any)), time::read(any))),
    |any| drop((OutOfBand::read(any), displayed::read(any, &me()), pep::newest(any), pep::read_items(any, ns::NICK))),
    read_info,
    read_payloads,
];

/// Takes text for XML.
pub(super) fn run(input: &[u8]) {
    let Ok(text) = from_utf8(input) else { return };
    let Ok(element) = Element::from_reader_with_prefixes(text.as_bytes(), ns::CLIENT.to_owned()) else { return };
    read_everything(&element);
}

/// Takes an element, and every element of it, for everything.
pub fn read_everything(element: &Element) {
    read(element, 0);
}

/// Deeper than this the same readers read the same things.
const DEEPEST: usize = 8;

fn read(element: &Element, depth: usize) {
    for reader in READERS {
        reader(element);
    }
    match Stanza::read(element) {
        Ok(Stanza::Message(message)) => read_message(&message),
        Ok(Stanza::Presence(presence)) => drop(presence_read(&presence)),
        Ok(Stanza::Iq(_)) | Err(_) => {}
    }
    for child in element.children().filter(|_| depth < DEEPEST) {
        read(child, depth + 1);
    }
}

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

fn me() -> BareJid {
    BareJid::new("juliet@capulet.lit").unwrap()
}

fn read_info(any: &Element) {
    let info = Info::read(any);
    let _ = (upload::is_offered(&info), upload::largest(&info));
    let caps = Caps::of("node", &info);
    assert_eq!(Info::read(&info.write()), info);
    let _ = caps.prove(&info);
}

/// What looks for something among the children of whatever it is.
fn read_payloads(any: &Element) {
    let all = || any.children();
    let _ = (idle::read(all()), correction::read(all()), retraction::read(all()), markers::read(all()));
    let _ = (delay::read(all()), nick::read(all()), reply::Reply::read(all()), stanza_id::read(all(), &me()));
    let _ = (stanza_id::read_origin(all()), pep::read_event(all(), ns::NICK));
    if let Some(reactions) = Reactions::read(all()) {
        assert_eq!(reactions::Reactions::read([&reactions.write()]), Some(reactions));
    }
}

/// A body and the part of it that is there for older programs only, which is cut out between characters.
fn read_message(message: &Message) {
    let body = message.body.clone().unwrap_or_default();
    if let Some(range) = fallback::read(&message.payloads, ns::REPLY, &body) {
        assert!(body.get(range).is_some(), "a part that is none");
    }
    let _ = reply::part(&body, &message.payloads);
}

fn presence_read(presence: &Presence) -> Option<Caps> {
    Caps::read(presence)
}
