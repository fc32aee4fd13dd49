//! What habits are made of: somebody's stanzas, or the bytes of a handshake, become others on their way.

use balcony::xep::ns;
use balcony::xep::stanza::{Iq, IqKind, StanzaError};
use jid::Jid;
use minidom::Element;

use crate::support::network::{Quirk, Rewrite, Way};
use crate::support::pair::{JULIET, Pair, ROMEO};

/// Payloads, by name and namespace.
pub(super) type Payloads = &'static [(&'static str, &'static str)];

pub(super) const STREAMHOSTS: Payloads = &[("query", ns::BYTESTREAMS)];
pub(super) const BEGINNINGS: Payloads = &[("query", ns::BYTESTREAMS), ("open", ns::IBB)];
pub(super) const BLOCKS: Payloads = &[("data", ns::IBB)];
pub(super) const CLOSES: Payloads = &[("close", ns::IBB)];

/// Somebody's stanzas become what `habit` makes of them.
pub(super) fn quirk(pair: &mut Pair, who: usize, habit: impl FnMut(Way, Element) -> Vec<(Way, Element)> + 'static) {
    let habit: Quirk = Box::new(habit);
    pair.world.nodes[who].quirk = Some(habit);
}

/// What somebody says is changed.
pub(super) fn says(pair: &mut Pair, who: usize, change: fn(&mut Element)) {
    quirk(pair, who, move |way, mut stanza| {
        if way == Way::Out {
            change(&mut stanza);
        }
        vec![(way, stanza)]
    });
}

/// What somebody writes to connections is changed.
pub(super) fn writes(pair: &mut Pair, who: usize, change: Rewrite) {
    pair.world.nodes[who].writes = Some(change);
}

/// The receiver never sees these.
pub(super) fn hears_no(pair: &mut Pair, payloads: Payloads) {
    quirk(pair, JULIET, move |way, stanza| keep(way != Way::In || !holds(&stanza, payloads), way, stanza));
}

/// The sender never says these.
pub(super) fn says_no(pair: &mut Pair, payloads: Payloads) {
    quirk(pair, ROMEO, move |way, stanza| keep(way != Way::Out || !holds(&stanza, payloads), way, stanza));
}

pub(super) fn keep(is_kept: bool, way: Way, stanza: Element) -> Vec<(Way, Element)> {
    if is_kept { vec![(way, stanza)] } else { Vec::new() }
}

pub(super) fn holds(stanza: &Element, payloads: Payloads) -> bool {
    stanza.attr("type") == Some("set") && payloads.iter().any(|(name, namespace)| stanza.has_child(*name, *namespace))
}

pub(super) fn payload<'s>(stanza: &'s Element, name: &str) -> Option<&'s Element> {
    stanza.get_child(name, ns::IBB)
}

pub(super) fn jid(stanza: &Element, attribute: &str) -> Option<Jid> {
    stanza.attr(attribute).map(|jid| Jid::new(jid).unwrap())
}

pub(super) fn refusal(request: &Element, condition: &str) -> Element {
    answer(request, IqKind::Error(StanzaError::new(condition)))
}

pub(super) fn answer(request: &Element, kind: IqKind) -> Element {
    let id = request.attr("id").unwrap().to_owned();
    Iq { from: jid(request, "to"), to: jid(request, "from"), id, kind }.write()
}
