//! Peers that exist, or could: an engine with a habit. Every scenario runs against every line of [`PEERS`].

use balcony::engine::command::{KeepPartial, Via};
use balcony::engine::event::{Failure, Outcome, PeerFault, Side};
use balcony::xep::ns;
use balcony::xep::stanza::{Iq, IqKind, Message, StanzaError, element, set};
use jid::Jid;
use minidom::Element;

use super::network::{Reach, Way};
use super::pair::{JULIET, Pair, ROMEO};
use super::server::Proxy;

/// A line of [`PEERS`].
pub(crate) struct Peer {
    pub(crate) name: &'static str,
    /// Which part the peer plays; the other is ours.
    pub(crate) part: Part,
    /// What makes it what it is.
    pub(crate) habit: fn(&mut Pair),
    /// By which methods the file is offered; none means all.
    pub(crate) via: &'static [Via],
    /// What happens in the middle, besides Juliet's yes.
    pub(crate) event: Happens,
    /// What our user sees.
    pub(crate) ends: Ends,
}

/// Which part a peer plays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    Sends,
    Receives,
}

/// What happens in the middle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Happens {
    /// The offer is accepted.
    Accepted,
    /// It is declined.
    Declined,
    /// Nobody decides.
    Undecided,
    /// The peer leaves before anybody decides.
    LeavesPending,
    /// The peer leaves while bytes move.
    LeavesMoving,
    /// The peer cancels while bytes move.
    Cancels,
}

/// What our user sees in the end.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Ends {
    /// The file is there, by that method.
    Arrives(Via),
    /// It is not, for a reason of this kind.
    With(fn(&Outcome) -> bool),
}

const S5B: &[Via] = &[Via::Socks5Direct];
const IBB: &[Via] = &[Via::InBand];
const DECLINED: Ends = Ends::With(|outcome| *outcome == Outcome::Declined { by: Side::Peer });
const STOPPED: Ends = Ends::With(|outcome| *outcome == Outcome::Cancelled { by: Side::Peer });
const INTERRUPTED: Ends = Ends::With(|outcome| matches!(outcome, Outcome::Failed(Failure::Interrupted { .. })));
const UNREACHABLE: Ends = Ends::With(|outcome| matches!(outcome, Outcome::Failed(Failure::Unreachable { .. })));
const GONE: Ends = Ends::With(|outcome| *outcome == Outcome::Failed(Failure::Peer(PeerFault::Gone)));
const SILENT: Ends = Ends::With(|outcome| matches!(outcome, Outcome::Failed(Failure::Peer(PeerFault::Silent(_)))));
const MISBEHAVED: Ends =
    Ends::With(|outcome| matches!(outcome, Outcome::Failed(Failure::Peer(PeerFault::Misbehaved(_)))));
const INCOMPATIBLE: Ends =
    Ends::With(|outcome| matches!(outcome, Outcome::Failed(Failure::Peer(PeerFault::Incompatible(_)))));

/// A peer that receives, does as it is told, and takes the offer.
const RECEIVER: Peer = Peer {
    name: "",
    part: Part::Receives,
    habit: |_| {},
    via: &[],
    event: Happens::Accepted,
    ends: Ends::Arrives(Via::Socks5Direct),
};

/// A peer that sends and does as it is told; we take its offer.
const SENDER: Peer = Peer { part: Part::Sends, ..RECEIVER };

/// Everybody.
pub(crate) static PEERS: &[Peer] = &[
    Peer { name: "a Balcony that receives", ..RECEIVER },
    Peer { name: "a Balcony that sends", ..SENDER },
    Peer { name: "refuses", event: Happens::Declined, ends: DECLINED, ..RECEIVER },
    Peer { name: "never answers", event: Happens::Undecided, ends: SILENT, ..RECEIVER },
    Peer { name: "offline while pending, to receive", event: Happens::LeavesPending, ends: GONE, ..RECEIVER },
    Peer { name: "offline while pending, to send", event: Happens::LeavesPending, ends: STOPPED, ..SENDER },
    Peer {
        name: "offline while receiving in-band",
        via: IBB,
        event: Happens::LeavesMoving,
        ends: INTERRUPTED,
        ..RECEIVER
    },
    Peer { name: "offline while sending in-band", via: IBB, event: Happens::LeavesMoving, ends: INTERRUPTED, ..SENDER },
    Peer { name: "offline while receiving directly", via: S5B, event: Happens::LeavesMoving, ..RECEIVER },
    Peer { name: "offline while sending directly", via: S5B, event: Happens::LeavesMoving, ..SENDER },
    Peer { name: "cancels while receiving in-band", via: IBB, event: Happens::Cancels, ends: STOPPED, ..RECEIVER },
    Peer { name: "cancels while sending in-band", via: IBB, event: Happens::Cancels, ends: INTERRUPTED, ..SENDER },
    Peer { name: "cancels while receiving directly", via: S5B, event: Happens::Cancels, ends: INTERRUPTED, ..RECEIVER },
    Peer { name: "cancels while sending directly", via: S5B, event: Happens::Cancels, ends: INTERRUPTED, ..SENDER },
    Peer { name: "cannot connect", habit: our_listener_refuses, ends: Ends::Arrives(Via::InBand), ..RECEIVER },
    Peer { name: "cannot be connected to", habit: its_listener_is_silent, ends: Ends::Arrives(Via::InBand), ..SENDER },
    Peer {
        name: "wrong hash",
        habit: |pair| pair.world.nodes[JULIET].writes = Some(wrong_hash),
        ends: Ends::Arrives(Via::InBand),
        ..RECEIVER
    },
    Peer {
        name: "wrong hash, and no in-band",
        habit: |pair| pair.world.nodes[JULIET].writes = Some(wrong_hash),
        via: S5B,
        ends: UNREACHABLE,
        ..RECEIVER
    },
    Peer {
        name: "writes one byte at a time to us",
        habit: |pair| pair.world.nodes[JULIET].writes = Some(dribble),
        ..RECEIVER
    },
    Peer { name: "answers one byte at a time", habit: |pair| pair.world.nodes[ROMEO].writes = Some(dribble), ..SENDER },
    Peer {
        name: "answers garbage",
        habit: |pair| pair.world.nodes[ROMEO].writes = Some(garbage),
        ends: Ends::Arrives(Via::InBand),
        ..SENDER
    },
    Peer {
        name: "answers CONNECT with a domain of its own",
        habit: |pair| pair.world.nodes[ROMEO].writes = Some(own_domain),
        ..SENDER
    },
    Peer {
        name: "answers CONNECT with an IPv4 address",
        habit: |pair| pair.world.nodes[ROMEO].writes = Some(own_address),
        ..SENDER
    },
    Peer { name: "relay only, receives", habit: relay, ends: Ends::Arrives(Via::Socks5Proxy), ..RECEIVER },
    Peer { name: "relay only, sends", habit: relay, ends: Ends::Arrives(Via::Socks5Proxy), ..SENDER },
    Peer {
        name: "relay that answers with six bytes, receives",
        habit: six_byte_relay,
        ends: Ends::Arrives(Via::Socks5Proxy),
        ..RECEIVER
    },
    Peer {
        name: "relay that answers with six bytes, sends",
        habit: six_byte_relay,
        ends: Ends::Arrives(Via::Socks5Proxy),
        ..SENDER
    },
    Peer { name: "knows no si-multiple, receives", habit: plain, ..RECEIVER },
    Peer { name: "knows no si-multiple, sends", habit: plain, ..SENDER },
    Peer {
        name: "knows no si-multiple, cannot connect, takes in-band unasked",
        habit: plain_and_unreachable,
        ends: Ends::Arrives(Via::InBand),
        ..RECEIVER
    },
    Peer {
        name: "believes in a connection through a relay that does not activate, and takes no other method then",
        habit: faithful_to_its_relay,
        ends: Ends::Arrives(Via::InBand),
        ..RECEIVER
    },
    Peer {
        name: "knows no si-multiple, cannot connect, refuses in-band unasked",
        habit: plain_and_strict,
        ends: Ends::Arrives(Via::InBand),
        ..RECEIVER
    },
    Peer {
        name: "never answers the streamhosts",
        habit: deaf_to_streamhosts,
        ends: Ends::Arrives(Via::InBand),
        ..RECEIVER
    },
    Peer {
        name: "names no streamhost",
        habit: |pair| says(pair, JULIET, name_no_streamhost),
        ends: Ends::Arrives(Via::InBand),
        ..RECEIVER
    },
    Peer {
        name: "names a stranger's streamhost",
        habit: |pair| says(pair, JULIET, name_a_stranger),
        ends: Ends::Arrives(Via::InBand),
        ..RECEIVER
    },
    Peer {
        name: "answers with a method that was not offered",
        habit: |pair| says(pair, JULIET, answer_in_band),
        via: S5B,
        ends: INCOMPATIBLE,
        ..RECEIVER
    },
    Peer {
        name: "uses messages for IBB",
        habit: |pair| quirk(pair, ROMEO, Box::new(messages)),
        via: IBB,
        ends: Ends::Arrives(Via::InBand),
        ..SENDER
    },
    Peer {
        name: "smaller block size",
        habit: |pair| quirk(pair, JULIET, Box::new(small_blocks)),
        via: IBB,
        ends: Ends::Arrives(Via::InBand),
        ..RECEIVER
    },
    Peer {
        name: "closes before the last ack",
        habit: |pair| quirk(pair, JULIET, Box::new(early_close)),
        via: IBB,
        ends: Ends::Arrives(Via::InBand),
        ..RECEIVER
    },
    Peer {
        name: "never answers a close",
        habit: |pair| quirk(pair, JULIET, Box::new(deaf_to_close)),
        via: IBB,
        ends: Ends::Arrives(Via::InBand),
        ..RECEIVER
    },
    Peer {
        name: "closes twice",
        habit: |pair| quirk(pair, ROMEO, Box::new(double_close)),
        via: IBB,
        ends: Ends::Arrives(Via::InBand),
        ..SENDER
    },
    Peer {
        name: "never closes",
        habit: |pair| quirk(pair, ROMEO, Box::new(never_close)),
        via: IBB,
        ends: Ends::Arrives(Via::InBand),
        ..SENDER
    },
    Peer {
        name: "repeats a block",
        habit: |pair| quirk(pair, ROMEO, Box::new(repeat_block)),
        via: IBB,
        ends: MISBEHAVED,
        ..SENDER
    },
    Peer { name: "sends no base64", habit: |pair| says(pair, ROMEO, bad_base64), via: IBB, ends: MISBEHAVED, ..SENDER },
    Peer {
        name: "sends more than it said, in-band",
        habit: |pair| says(pair, ROMEO, |it| size(it, "20000")),
        via: IBB,
        ends: MISBEHAVED,
        ..SENDER
    },
    Peer {
        name: "sends less than it said, in-band",
        habit: |pair| says(pair, ROMEO, |it| size(it, "900000")),
        via: IBB,
        ends: INTERRUPTED,
        ..SENDER
    },
    Peer {
        name: "sends more than it said, directly: the rest is never read",
        habit: |pair| says(pair, ROMEO, |it| size(it, "20000")),
        via: S5B,
        ends: Ends::With(|outcome| matches!(outcome, Outcome::Completed { bytes: 20_000, .. })),
        ..SENDER
    },
    Peer {
        name: "sends less than it said, directly",
        habit: |pair| says(pair, ROMEO, |it| size(it, "900000")),
        via: S5B,
        ends: INTERRUPTED,
        ..SENDER
    },
];

/// Somebody's stanzas become what `habit` makes of them.
fn quirk(pair: &mut Pair, who: usize, habit: super::network::Quirk) {
    pair.world.nodes[who].quirk = Some(habit);
}

/// What somebody says is changed.
fn says(pair: &mut Pair, who: usize, change: fn(&mut Element)) {
    let habit = move |way, mut stanza: Element| {
        if way == Way::Out {
            change(&mut stanza);
        }
        vec![(way, stanza)]
    };
    quirk(pair, who, Box::new(habit));
}

fn our_listener_refuses(pair: &mut Pair) {
    pair.world.nodes[ROMEO].reach = Reach::Refused;
}

fn its_listener_is_silent(pair: &mut Pair) {
    pair.world.nodes[ROMEO].reach = Reach::Silent;
}

fn relay(pair: &mut Pair) {
    pair.add_proxy(Proxy::new());
    pair.world.nodes[ROMEO].reach = Reach::Refused;
}

fn six_byte_relay(pair: &mut Pair) {
    let mut proxy = Proxy::new();
    proxy.reply = |_| vec![5, 0, 0, 0, 0, 0];
    pair.add_proxy(proxy);
    pair.world.nodes[ROMEO].reach = Reach::Refused;
}

fn wrong_hash(mut bytes: Vec<u8>) -> Vec<Vec<u8>> {
    if let Some(digit) = bytes.get_mut(10) {
        *digit = if *digit == b'0' { b'1' } else { b'0' };
    }
    vec![bytes]
}

fn dribble(bytes: Vec<u8>) -> Vec<Vec<u8>> {
    bytes.into_iter().map(|byte| vec![byte]).collect()
}

fn garbage(_: Vec<u8>) -> Vec<Vec<u8>> {
    vec![b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec()]
}

fn own_domain(bytes: Vec<u8>) -> Vec<Vec<u8>> {
    if bytes.len() < 47 { vec![bytes] } else { vec![b"\x05\0\0\x03\x0910.15.5.1\0\0".to_vec()] }
}

fn own_address(bytes: Vec<u8>) -> Vec<Vec<u8>> {
    if bytes.len() < 47 { vec![bytes] } else { vec![vec![5, 0, 0, 1, 0, 0, 0, 0, 0, 0]] }
}

/// No si-multiple is ever seen.
fn plain(pair: &mut Pair) {
    quirk(pair, JULIET, Box::new(without_multiple));
}

fn plain_and_unreachable(pair: &mut Pair) {
    plain(pair);
    our_listener_refuses(pair);
}

/// An in-band stream that the answer did not name is refused.
fn plain_and_strict(pair: &mut Pair) {
    our_listener_refuses(pair);
    let mut agreed = false;
    quirk(
        pair,
        JULIET,
        Box::new(move |way, stanza| {
            let is_open = way == Way::In && payload(&stanza, "open").is_some();
            if way == Way::Out && stanza.get_child("si", ns::SI).is_some() {
                agreed = !String::from(&stanza).contains(ns::BYTESTREAMS);
            }
            if is_open && !agreed {
                return vec![(Way::Out, refusal(&stanza, "item-not-found"))];
            }
            without_multiple(way, stanza)
        }),
    );
}

/// Who said that it is connected opens no other stream of that name, as a Gabble.
fn faithful_to_its_relay(pair: &mut Pair) {
    relay(pair);
    pair.world.proxy.as_mut().unwrap().activates = false;
    let mut asked = None;
    let mut connected = None;
    quirk(
        pair,
        JULIET,
        Box::new(move |way, stanza| {
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
        }),
    );
}

fn without_multiple(way: Way, mut stanza: Element) -> Vec<(Way, Element)> {
    if way == Way::In
        && let Some(si) = stanza.get_child_mut("si", ns::SI)
    {
        si.remove_child("si-multiple", ns::SI_MULTIPLE);
    }
    vec![(way, stanza)]
}

fn deaf_to_streamhosts(pair: &mut Pair) {
    quirk(
        pair,
        JULIET,
        Box::new(|way, stanza| {
            let is_query = way == Way::In && stanza.get_child("query", ns::BYTESTREAMS).is_some();
            if is_query { Vec::new() } else { vec![(way, stanza)] }
        }),
    );
}

fn name_no_streamhost(stanza: &mut Element) {
    if let Some(query) = stanza.get_child_mut("query", ns::BYTESTREAMS) {
        query.remove_child("streamhost-used", ns::BYTESTREAMS);
    }
}

fn name_a_stranger(stanza: &mut Element) {
    let used = stanza
        .get_child_mut("query", ns::BYTESTREAMS)
        .and_then(|query| query.get_child_mut("streamhost-used", ns::BYTESTREAMS));
    if let Some(used) = used {
        set(used, "jid", "tybalt@capulet.lit/street");
    }
}

fn answer_in_band(stanza: &mut Element) {
    if stanza.get_child("si", ns::SI).is_some() {
        *stanza = String::from(&*stanza).replace(ns::BYTESTREAMS, ns::IBB).parse().unwrap();
    }
}

fn never_close(way: Way, stanza: Element) -> Vec<(Way, Element)> {
    if way == Way::Out && payload(&stanza, "close").is_some() { Vec::new() } else { vec![(way, stanza)] }
}

/// Blocks go in messages, and nobody acknowledges them.
fn messages(way: Way, stanza: Element) -> Vec<(Way, Element)> {
    let Some(data) = payload(&stanza, "data").filter(|_| way == Way::Out) else { return vec![(way, stanza)] };
    let message = Message { to: jid(&stanza, "to"), payloads: vec![data.clone()], ..Message::default() };
    vec![(Way::Out, message.write()), (Way::In, answer(&stanza, IqKind::Result(None)))]
}

fn small_blocks(way: Way, stanza: Element) -> Vec<(Way, Element)> {
    let block = payload(&stanza, "open").filter(|_| way == Way::In).and_then(|open| open.attr("block-size"));
    if block.is_some_and(|block| block.parse::<u32>().unwrap() > 1024) {
        return vec![(Way::Out, refusal(&stanza, "resource-constraint"))];
    }
    vec![(way, stanza)]
}

/// When the last block comes, the close goes out before its acknowledgement.
fn early_close(way: Way, stanza: Element) -> Vec<(Way, Element)> {
    let is_last = payload(&stanza, "data").is_some_and(|data| data.text().len() < 5000);
    if way != Way::In || !is_last {
        return vec![(way, stanza)];
    }
    vec![(Way::Out, close(&stanza, "from")), (way, stanza)]
}

fn deaf_to_close(way: Way, stanza: Element) -> Vec<(Way, Element)> {
    if way == Way::In && payload(&stanza, "close").is_some() { Vec::new() } else { vec![(way, stanza)] }
}

fn double_close(way: Way, stanza: Element) -> Vec<(Way, Element)> {
    if way == Way::Out && payload(&stanza, "close").is_some() {
        return vec![(way, stanza.clone()), (Way::Out, close(&stanza, "to"))];
    }
    vec![(way, stanza)]
}

fn repeat_block(way: Way, mut stanza: Element) -> Vec<(Way, Element)> {
    if way == Way::Out
        && let Some(data) = stanza.get_child_mut("data", ns::IBB)
        && data.attr("seq") == Some("3")
    {
        set(data, "seq", "2");
    }
    vec![(way, stanza)]
}

fn bad_base64(stanza: &mut Element) {
    if let Some(data) = stanza.get_child_mut("data", ns::IBB) {
        data.append_text("*");
    }
}

fn size(stanza: &mut Element, size: &str) {
    let file = stanza.get_child_mut("si", ns::SI).and_then(|si| si.get_child_mut("file", ns::SI_FILE));
    if let Some(file) = file {
        set(file, "size", size);
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

impl Peer {
    /// Who plays the peer, and who is ours.
    pub(crate) fn cast(&self) -> (usize, usize) {
        match self.part {
            Part::Sends => (ROMEO, JULIET),
            Part::Receives => (JULIET, ROMEO),
        }
    }

    /// What happens in the middle happens.
    pub(crate) fn act(&self, pair: &mut Pair) {
        let (peer, _) = self.cast();
        match self.event {
            Happens::Accepted => pair.accept(),
            Happens::Declined => pair.decline(),
            Happens::Undecided => {}
            Happens::LeavesPending => pair.world.leave(peer),
            Happens::LeavesMoving | Happens::Cancels => {
                pair.accept();
                pair.pass(std::time::Duration::from_millis(220));
                match self.event {
                    Happens::Cancels => pair.cancel(peer, KeepPartial::No),
                    _ => pair.world.leave(peer),
                }
            }
        }
    }
}
