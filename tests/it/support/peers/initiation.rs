//! Peers with their own idea of stream initiation, and of what an offer should say.

use balcony::xep::ns;
use balcony::xep::si::{Answer, Dialect, Offer};
use balcony::xep::si_file::File;
use balcony::xep::si_legacy;
use balcony::xep::stanza::{element, set};
use minidom::Element;

use super::habits::{BEGINNINGS, CLOSES, holds, keep, payload, quirk, refusal};
use super::socks5::{idle, listener, relay};
use crate::support::network::{Reach, Way};
use crate::support::pair::{JULIET, Pair, ROMEO};

/// After its offer the sender says nothing.
pub(super) fn never_begin(pair: &mut Pair) {
    let mut has_offered = false;
    quirk(pair, ROMEO, move |way, stanza| {
        let offers = holds(&stanza, &[("si", ns::SI)]);
        let is_silent = holds(&stanza, BEGINNINGS) || holds(&stanza, CLOSES) || (offers && has_offered);
        has_offered |= offers;
        keep(way == Way::In || !is_silent, way, stanza)
    });
}

/// No si-multiple is ever seen.
pub(super) fn plain(pair: &mut Pair) {
    quirk(pair, JULIET, without_multiple);
}

pub(super) fn plain_and_unreachable(pair: &mut Pair) {
    plain(pair);
    listener(pair, Reach::Refused);
}

/// An in-band stream that the answer did not name is refused.
pub(super) fn plain_and_strict(pair: &mut Pair) {
    listener(pair, Reach::Refused);
    let mut agreed = false;
    quirk(pair, JULIET, move |way, stanza| {
        let is_open = way == Way::In && payload(&stanza, "open").is_some();
        if way == Way::Out && stanza.get_child("si", ns::SI).is_some() {
            agreed = !String::from(&stanza).contains(ns::BYTESTREAMS);
        }
        if is_open && !agreed {
            return vec![(Way::Out, refusal(&stanza, "item-not-found"))];
        }
        without_multiple(way, stanza)
    });
}

/// Who said that it is connected opens no other stream of that name, as a Gabble.
pub(super) fn faithful_to_its_relay(pair: &mut Pair) {
    relay(pair, idle);
    let mut asked = None;
    let mut connected = None;
    quirk(pair, JULIET, move |way, stanza| {
        let query = stanza.get_child("query", ns::BYTESTREAMS);
        match way {
            Way::In if query.is_some() => asked = query.and_then(|query| query.attr("sid")).map(str::to_owned),
            Way::Out if query.is_some_and(|query| query.has_child("streamhost-used", ns::BYTESTREAMS)) => {
                connected.clone_from(&asked);
            }
            Way::In | Way::Out => {}
        }
        let opens = payload(&stanza, "open").filter(|_| way == Way::In).and_then(|open| open.attr("sid"));
        if opens.is_some() && opens == connected.as_deref() {
            return vec![(Way::Out, refusal(&stanza, "bad-request"))];
        }
        vec![(way, stanza)]
    });
}

fn without_multiple(way: Way, mut stanza: Element) -> Vec<(Way, Element)> {
    if way == Way::In
        && let Some(si) = stanza.get_child_mut("si", ns::SI)
    {
        si.remove_child("si-multiple", ns::SI_MULTIPLE);
    }
    vec![(way, stanza)]
}

/// Its offers are XEP-0087's, and so must their answers be.
pub(super) fn ancient(pair: &mut Pair) {
    quirk(pair, ROMEO, |way, mut stanza| {
        let Some(si) = stanza.remove_child("si", ns::SI) else { return vec![(way, stanza)] };
        stanza.append_child(match way {
            Way::Out => aged(&si),
            Way::In => rejuvenated(&si),
        });
        vec![(way, stanza)]
    });
}

pub(super) fn ancient_with_relay(pair: &mut Pair) {
    relay(pair, |_| {});
    ancient(pair);
}

/// XEP-0087's form of an offer.
fn aged(offer: &Element) -> Element {
    let offer = Offer::read(offer).unwrap();
    let file = File::read(&offer.profile_data[0]).unwrap();
    let headers = si_legacy::write_file(&file);
    Offer { dialect: Dialect::Legacy, multiple: false, profile_data: Vec::new(), headers, ..offer }.write()
}

/// XEP-0095's form of XEP-0087's answer, which is nothing else and names the stream.
fn rejuvenated(answer: &Element) -> Element {
    let answer = Answer::read(answer).unwrap();
    assert!(answer.dialect == Dialect::Legacy && answer.sid.is_some() && answer.profile_data.is_empty(), "{answer:?}");
    Answer { dialect: Dialect::Si, sid: None, ..answer }.write()
}

pub(super) fn answer_in_band(stanza: &mut Element) {
    if stanza.get_child("si", ns::SI).is_some() {
        *stanza = String::from(&*stanza).replace(ns::BYTESTREAMS, ns::IBB).parse().unwrap();
    }
}

pub(super) fn name_no_streamhost(stanza: &mut Element) {
    if let Some(query) = stanza.get_child_mut("query", ns::BYTESTREAMS) {
        query.remove_child("streamhost-used", ns::BYTESTREAMS);
    }
}

pub(super) fn name_a_stranger(stanza: &mut Element) {
    let used = stanza
        .get_child_mut("query", ns::BYTESTREAMS)
        .and_then(|query| query.get_child_mut("streamhost-used", ns::BYTESTREAMS));
    if let Some(used) = used {
        set(used, "jid", "tybalt@capulet.lit/street");
    }
}

pub(super) fn less_size(stanza: &mut Element) {
    size(stanza, "20000");
}

pub(super) fn more_size(stanza: &mut Element) {
    size(stanza, "900000");
}

pub(super) fn no_bytes(stanza: &mut Element) {
    size(stanza, "0");
}

pub(super) fn no_size(stanza: &mut Element) {
    if let Some(file) = file(stanza) {
        file.attrs_mut().retain(|_, name, _| name.as_str() != "size");
    }
}

fn size(stanza: &mut Element, size: &str) {
    if let Some(file) = file(stanza) {
        set(file, "size", size);
    }
}

/// A part is wanted that begins behind the end.
pub(super) fn far_range(stanza: &mut Element) {
    if let Some(file) = file(stanza) {
        let mut range = element("range", ns::SI_FILE);
        set(&mut range, "offset", "900000");
        file.append_child(range);
    }
}

fn file(stanza: &mut Element) -> Option<&mut Element> {
    stanza.get_child_mut("si", ns::SI)?.get_child_mut("file", ns::SI_FILE)
}
