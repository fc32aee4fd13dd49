//! What makes a peer of an engine: its stanzas, its bytes or its network are not what they were.

use balcony::xep::ns;
use balcony::xep::si::{Answer, Dialect, Offer};
use balcony::xep::si_file::File;
use balcony::xep::si_legacy;
use balcony::xep::stanza::{Iq, IqKind, Message, StanzaError, element, set};
use jid::Jid;
use minidom::Element;

use crate::support::network::{Quirk, Reach, Rewrite, Way};
use crate::support::pair::{JULIET, Pair, ROMEO};
use crate::support::server::Proxy;

/// Payloads, by name and namespace.
pub(super) type Payloads = &'static [(&'static str, &'static str)];

pub(super) const STREAMHOSTS: Payloads = &[("query", ns::BYTESTREAMS)];
pub(super) const BEGINNINGS: Payloads = &[("query", ns::BYTESTREAMS), ("open", ns::IBB)];
pub(super) const BLOCKS: Payloads = &[("data", ns::IBB)];
pub(super) const CLOSES: Payloads = &[("close", ns::IBB)];

/// After so many blocks who stands still does.
const STANDSTILL: &str = "10";

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

fn keep(is_kept: bool, way: Way, stanza: Element) -> Vec<(Way, Element)> {
    if is_kept { vec![(way, stanza)] } else { Vec::new() }
}

fn holds(stanza: &Element, payloads: Payloads) -> bool {
    stanza.attr("type") == Some("set") && payloads.iter().any(|(name, namespace)| stanza.has_child(*name, *namespace))
}

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

// The network.

/// What who connects to the sender meets.
pub(super) fn listener(pair: &mut Pair, reach: Reach) {
    pair.world.nodes[ROMEO].reach = reach;
}

pub(super) fn cannot_listen(pair: &mut Pair) {
    pair.world.nodes[ROMEO].cannot_listen = true;
}

/// There is a relay of that kind, and no other way but in-band.
pub(super) fn relay(pair: &mut Pair, kind: fn(&mut Proxy)) {
    let mut proxy = Proxy::new();
    kind(&mut proxy);
    pair.add_proxy(proxy);
    listener(pair, Reach::Refused);
}

/// There is a relay, and what the sender says is changed.
pub(super) fn relayed(pair: &mut Pair, change: fn(&mut Element)) {
    relay(pair, |_| {});
    says(pair, ROMEO, change);
}

pub(super) fn six_bytes(proxy: &mut Proxy) {
    proxy.reply = |_| vec![5, 0, 0, 0, 0, 0];
}

pub(super) fn with_own_domain(proxy: &mut Proxy) {
    proxy.reply = |_| b"\x05\0\0\x03\x0910.15.5.1\0\0".to_vec();
}

pub(super) fn dribbling(proxy: &mut Proxy) {
    proxy.writes = Some(dribble);
}

pub(super) fn babbling(proxy: &mut Proxy) {
    proxy.writes = Some(garbage);
}

pub(super) fn mute(proxy: &mut Proxy) {
    proxy.reach = Reach::Mute;
}

pub(super) fn idle(proxy: &mut Proxy) {
    proxy.activates = false;
}

pub(super) fn stand_still(pair: &mut Pair) {
    pair.world.stalls_after = Some(100_000);
}

pub(super) fn stand_still_at_a_relay(pair: &mut Pair) {
    relay(pair, |_| {});
    stand_still(pair);
}

// The bytes of the handshake.

pub(super) fn wrong_hash(mut bytes: Vec<u8>) -> Vec<Vec<u8>> {
    if let Some(digit) = bytes.get_mut(10) {
        *digit = if *digit == b'0' { b'1' } else { b'0' };
    }
    vec![bytes]
}

pub(super) fn dribble(bytes: Vec<u8>) -> Vec<Vec<u8>> {
    bytes.into_iter().map(|byte| vec![byte]).collect()
}

pub(super) fn garbage(_: Vec<u8>) -> Vec<Vec<u8>> {
    vec![b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec()]
}

/// A host that computed another address does not know ours.
pub(super) fn not_allowed(mut bytes: Vec<u8>) -> Vec<Vec<u8>> {
    if bytes.len() >= 47 {
        bytes[1] = 2;
    }
    vec![bytes]
}

pub(super) fn own_domain(bytes: Vec<u8>) -> Vec<Vec<u8>> {
    if bytes.len() < 47 { vec![bytes] } else { vec![b"\x05\0\0\x03\x0910.15.5.1\0\0".to_vec()] }
}

pub(super) fn own_address(bytes: Vec<u8>) -> Vec<Vec<u8>> {
    if bytes.len() < 47 { vec![bytes] } else { vec![vec![5, 0, 0, 1, 0, 0, 0, 0, 0, 0]] }
}

// Stream initiation.

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

// What is said of the file.

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

// In-band bytestreams.

/// Blocks go in messages, and nobody acknowledges them.
pub(super) fn messages(way: Way, stanza: Element) -> Vec<(Way, Element)> {
    let Some(data) = payload(&stanza, "data").filter(|_| way == Way::Out) else { return vec![(way, stanza)] };
    let message = Message { to: jid(&stanza, "to"), payloads: vec![data.clone()], ..Message::default() };
    vec![(Way::Out, message.write()), (Way::In, answer(&stanza, IqKind::Result(None)))]
}

pub(super) fn takes_small_blocks(way: Way, stanza: Element) -> Vec<(Way, Element)> {
    if way == Way::In && opens_with_more_than(1024, &stanza) {
        return vec![(Way::Out, refusal(&stanza, "resource-constraint"))];
    }
    vec![(way, stanza)]
}

pub(super) fn makes_small_blocks(way: Way, stanza: Element) -> Vec<(Way, Element)> {
    if way == Way::Out && opens_with_more_than(1024, &stanza) {
        return vec![(Way::In, refusal(&stanza, "resource-constraint"))];
    }
    vec![(way, stanza)]
}

fn opens_with_more_than(most: u32, stanza: &Element) -> bool {
    let block = payload(stanza, "open").and_then(|open| open.attr("block-size"));
    block.is_some_and(|block| block.parse::<u32>().unwrap() > most)
}

pub(super) fn long_blocks(stanza: &mut Element) {
    if let Some(open) = stanza.get_child_mut("open", ns::IBB) {
        set(open, "block-size", "1024");
    }
}

/// When the last block comes, the receiver's close goes out before its acknowledgement.
pub(super) fn close_early(way: Way, stanza: Element) -> Vec<(Way, Element)> {
    if way == Way::In && is_last_block(&stanza) {
        return vec![(Way::Out, close(&stanza, "from")), (way, stanza)];
    }
    vec![(way, stanza)]
}

/// The sender's close goes out with its last block.
pub(super) fn close_at_once(way: Way, stanza: Element) -> Vec<(Way, Element)> {
    if way == Way::Out && is_last_block(&stanza) {
        let close = close(&stanza, "to");
        return vec![(way, stanza), (Way::Out, close)];
    }
    vec![(way, stanza)]
}

fn is_last_block(stanza: &Element) -> bool {
    payload(stanza, "data").is_some_and(|data| data.text().len() < 5000)
}

pub(super) fn close_twice(way: Way, stanza: Element) -> Vec<(Way, Element)> {
    if way == Way::Out && payload(&stanza, "close").is_some() {
        return vec![(way, stanza.clone()), (Way::Out, close(&stanza, "to"))];
    }
    vec![(way, stanza)]
}

pub(super) fn stop_reading(way: Way, stanza: Element) -> Vec<(Way, Element)> {
    keep(way == Way::Out || !is_beyond_standstill(&stanza), way, stanza)
}

pub(super) fn stop_writing(way: Way, stanza: Element) -> Vec<(Way, Element)> {
    keep(way == Way::In || !is_beyond_standstill(&stanza), way, stanza)
}

fn is_beyond_standstill(stanza: &Element) -> bool {
    let seq = payload(stanza, "data").and_then(|data| data.attr("seq"));
    seq.is_some_and(|seq| seq.len() >= STANDSTILL.len())
}

pub(super) fn repeat_block(stanza: &mut Element) {
    if let Some(data) = stanza.get_child_mut("data", ns::IBB)
        && data.attr("seq") == Some("3")
    {
        set(data, "seq", "2");
    }
}

pub(super) fn bad_base64(stanza: &mut Element) {
    if let Some(data) = stanza.get_child_mut("data", ns::IBB) {
        data.append_text("*");
    }
}

fn payload<'s>(stanza: &'s Element, name: &str) -> Option<&'s Element> {
    stanza.get_child(name, ns::IBB)
}

fn jid(stanza: &Element, attribute: &str) -> Option<Jid> {
    stanza.attr(attribute).map(|jid| Jid::new(jid).unwrap())
}

fn refusal(request: &Element, condition: &str) -> Element {
    answer(request, IqKind::Error(StanzaError::new(condition)))
}

fn answer(request: &Element, kind: IqKind) -> Element {
    let id = request.attr("id").unwrap().to_owned();
    Iq { from: jid(request, "to"), to: jid(request, "from"), id, kind }.write()
}

/// A close of the stream that a stanza belongs to, to whom its attribute names.
fn close(stanza: &Element, to: &str) -> Element {
    let sid = stanza.children().next().unwrap().attr("sid").unwrap();
    let mut close = element("close", ns::IBB);
    set(&mut close, "sid", sid);
    Iq { from: None, to: jid(stanza, to), id: format!("again-{sid}"), kind: IqKind::Set(close) }.write()
}
