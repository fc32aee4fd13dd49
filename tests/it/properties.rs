//! What holds of transfers whatever happens: any sequence of wishes, losses, delays, cancellations and hostile stanzas.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::Duration;

use balcony::engine::command::{Command, KeepPartial, TransferId, Via};
use balcony::engine::event::{Event, Outcome, TransferChange};
use jid::Jid;
use minidom::Element;
use proptest::prelude::*;

use crate::support::network::{Quirk, Reach, Who, World};
use crate::support::pair::{JULIET, LONG, Pair, ROMEO, content};
use crate::support::server::Proxy;

/// One thing that happens.
#[derive(Debug, Clone)]
enum Act {
    Offer { size: usize, via: Vec<Via> },
    Accept(usize),
    Decline(usize),
    Cancel { who: Who, which: usize, keep: bool },
    Retry(usize),
    LoseSession(Who),
    LogIn { who: Who, resumed: bool },
    Leave(Who),
    Reach(Reach),
    ReachProxy(Reach),
    BreakAfter(Option<u64>),
    LoseStanzas { who: Who, count: usize },
    Hostile { to: Who, stanza: Hostile },
    Pass(u64),
}

/// A stanza that claims to belong to a stream of the other side.
#[derive(Debug, Clone)]
struct Hostile {
    kind: &'static str,
    shape: usize,
    stream: usize,
    number: u32,
    junk: String,
}

fn via() -> impl Strategy<Value = Vec<Via>> {
    prop::sample::subsequence(Via::ALL.to_vec(), 0..=3).prop_shuffle()
}

fn reach() -> impl Strategy<Value = Reach> {
    prop::sample::select(vec![Reach::Open, Reach::Refused, Reach::Silent, Reach::Mute])
}

fn hostile() -> impl Strategy<Value = Hostile> {
    let kind = prop::sample::select(vec!["set", "get", "result", "error"]);
    (kind, 0..SHAPES.len(), 0..4_usize, any::<u32>(), "[a-zA-Z0-9+/= *]{0,12}")
        .prop_map(|(kind, shape, stream, number, junk)| Hostile { kind, shape, stream, number, junk })
}

fn act() -> impl Strategy<Value = Act> {
    let who = 0..2_usize;
    prop_oneof![
        4 => (prop::sample::select(vec![0, 1, 4096, 20_000, 150_000]), via())
            .prop_map(|(size, via)| Act::Offer { size, via }),
        6 => (0..4_usize).prop_map(Act::Accept),
        1 => (0..4_usize).prop_map(Act::Decline),
        1 => (who.clone(), 0..4_usize, any::<bool>()).prop_map(|(who, which, keep)| Act::Cancel { who, which, keep }),
        1 => (0..4_usize).prop_map(Act::Retry),
        1 => who.clone().prop_map(Act::LoseSession),
        2 => (who.clone(), any::<bool>()).prop_map(|(who, resumed)| Act::LogIn { who, resumed }),
        1 => who.clone().prop_map(Act::Leave),
        1 => reach().prop_map(Act::Reach),
        1 => reach().prop_map(Act::ReachProxy),
        1 => prop::option::of(0..200_000_u64).prop_map(Act::BreakAfter),
        1 => (who.clone(), 1..4_usize).prop_map(|(who, count)| Act::LoseStanzas { who, count }),
        3 => (who, hostile()).prop_map(|(to, stanza)| Act::Hostile { to, stanza }),
        8 => prop_oneof![0..100_u64, 100..6_000_u64, 10_000..100_000_u64].prop_map(Act::Pass),
    ]
}

/// What a hostile stanza holds: `SID`, `N` and `JUNK` are filled in.
const SHAPES: &[&str] = &[
    "<open xmlns='http://jabber.org/protocol/ibb' sid='SID' block-size='N'/>",
    "<data xmlns='http://jabber.org/protocol/ibb' sid='SID' seq='0'>JUNK</data>",
    "<data xmlns='http://jabber.org/protocol/ibb' sid='SID' seq='N'>QUJD</data>",
    "<close xmlns='http://jabber.org/protocol/ibb' sid='SID'/>",
    "<query xmlns='http://jabber.org/protocol/bytestreams' sid='SID'/>",
    "<query xmlns='http://jabber.org/protocol/bytestreams' sid='SID' mode='udp'/>",
    "<query xmlns='http://jabber.org/protocol/bytestreams' sid='SID'><streamhost jid='JUNK@x/y' host='203.0.113.1' port='N'/></query>",
    "<query xmlns='http://jabber.org/protocol/bytestreams' sid='SID'><streamhost-used jid='romeo@montague.lit/orchard'/></query>",
    "<checksum xmlns='urn:x-balcony:checksum:0' sid='SID' offset='0' length='N'/>",
    "<checksum xmlns='urn:x-balcony:checksum:0' sid='SID' offset='0' length='4096'>\
     <hash xmlns='urn:xmpp:hashes:2' algo='sha-256'>JUNK</hash></checksum>",
    "<si xmlns='http://jabber.org/protocol/si' id='SID' profile='JUNK'/>",
    "<si xmlns='http://jabber.org/protocol/si' id='SIDN' profile='http://jabber.org/protocol/si/profile/file-transfer'>\
     <file xmlns='http://jabber.org/protocol/si/profile/file-transfer' name='../JUNK' size='N'/>\
     <feature xmlns='http://jabber.org/protocol/feature-neg'><x xmlns='jabber:x:data' type='form'>\
     <field var='stream-method' type='list-single'><option><value>http://jabber.org/protocol/ibb</value></option></field>\
     </x></feature></si>",
];

/// The pair, and what an onlooker knows of its streams.
struct Stage {
    pair: Pair,
    streams: Rc<RefCell<Vec<String>>>,
    offered: BTreeMap<PathBuf, usize>,
}

impl Stage {
    fn new() -> Self {
        let mut world = World::new();
        world.proxy = Some(Proxy::new());
        let mut pair = Pair::in_world(world, |_| {}, |_| {});
        let streams = Rc::new(RefCell::new(Vec::new()));
        for who in [ROMEO, JULIET] {
            pair.world.nodes[who].quirk = Some(onlooker(&streams, 0));
        }
        Stage { pair, streams, offered: BTreeMap::new() }
    }

    fn play(&mut self, act: &Act) {
        let pair = &mut self.pair;
        match act {
            Act::Offer { size, via } => self.offer(*size, via),
            Act::Accept(which) => self.decide(*which, |transfer| Command::AcceptOffer { transfer, save_as: None }),
            Act::Decline(which) => self.decide(*which, |transfer| Command::DeclineOffer { transfer }),
            Act::Cancel { who, which, keep } => {
                let partial = if *keep { KeepPartial::Yes } else { KeepPartial::No };
                if let Some(transfer) = pair.transfers(*who).get(*which).copied() {
                    pair.world.command(*who, Command::CancelTransfer { transfer, partial });
                }
            }
            Act::Retry(which) => {
                if let Some(transfer) = pair.transfers(ROMEO).get(*which).copied() {
                    pair.world.command(ROMEO, Command::RetryTransfer { transfer });
                }
            }
            Act::LoseSession(who) => pair.world.lose_session(*who),
            Act::LogIn { who, resumed } => pair.world.log_in(*who, *resumed),
            Act::Leave(who) => pair.world.leave(*who),
            Act::Reach(reach) => pair.world.nodes[ROMEO].reach = *reach,
            Act::ReachProxy(reach) => pair.world.proxy.as_mut().unwrap().reach = *reach,
            Act::BreakAfter(bytes) => pair.world.breaks_after = *bytes,
            Act::LoseStanzas { who, count } => {
                pair.world.nodes[*who].quirk = Some(onlooker(&self.streams, *count));
            }
            Act::Hostile { to, stanza } => self.attack(*to, stanza),
            Act::Pass(ms) => self.pass(Duration::from_millis(*ms)),
        }
    }

    fn offer(&mut self, size: usize, via: &[Via]) {
        let path = PathBuf::from(format!("/home/romeo/{}.pdf", self.offered.len()));
        self.pair.world.nodes[ROMEO].disk.insert(path.clone(), content(size));
        self.offered.insert(Path::new("/downloads").join(path.file_name().unwrap()), size);
        let to = Jid::new("juliet@capulet.lit").unwrap();
        self.pair.world.command(ROMEO, Command::OfferFile { to, path, description: None, via: via.to_vec() });
    }

    fn decide(&mut self, which: usize, command: impl FnOnce(TransferId) -> Command) {
        let transfers = self.pair.transfers(JULIET);
        if let Some(transfer) = transfers.iter().rev().nth(which) {
            self.pair.world.command(JULIET, command(*transfer));
        }
    }

    fn attack(&mut self, to: Who, stanza: &Hostile) {
        let streams = self.streams.borrow().clone();
        let sid = streams.iter().rev().nth(stanza.stream).cloned().unwrap_or_else(|| "unknown".to_owned());
        let payload = SHAPES[stanza.shape]
            .replace("SID", &sid)
            .replace('N', &stanza.number.to_string())
            .replace("JUNK", &stanza.junk);
        let from = &self.pair.world.nodes[1 - to].jid;
        let xml = format!("<iq xmlns='jabber:client' type='{}' id='h' from='{from}'>{payload}</iq>", stanza.kind);
        if let Ok(element) = xml.parse::<Element>() {
            self.pair.world.tell(to, balcony::engine::Input::Stanza(element));
        }
    }

    /// Time passes; at every moment no transfer has more than one stream, nor more connections on their way than there
    /// are streamhosts: Romeo and a proxy. One more may see whether the proxy is there.
    fn pass(&mut self, time: Duration) {
        let end = self.pair.world.now() + time;
        while self.pair.world.step(end) {
            let alive = self.alive(JULIET);
            let (streams, open) = (self.pair.world.open_streams(JULIET), self.pair.world.open_sockets(JULIET));
            assert!(streams <= alive, "{streams} streams for {alive} transfers");
            assert!(open <= 2 * alive + 1, "{open} connections for {alive} transfers");
        }
    }

    fn alive(&self, who: Who) -> usize {
        self.pair.transfers(who).len() - self.pair.outcomes(who).len()
    }

    /// The curtain falls: everybody is there, and has all the time in the world. A sender whose transfer was interrupted
    /// asks again for hours; in the end Juliet says no.
    fn end(&mut self) {
        self.pair.world.breaks_after = None;
        for who in [ROMEO, JULIET] {
            self.pair.world.log_in(who, false);
        }
        self.pass(LONG);
        self.pass(LONG);
        self.pair.decline();
        self.pass(LONG);
    }

    fn check(&self) {
        for who in [ROMEO, JULIET] {
            for transfer in self.pair.transfers(who) {
                let changes = self.pair.changes(who, transfer);
                // One that waits for a sender who has given up is told to go on waiting.
                if matches!(changes.last(), Some(TransferChange::Interrupted(_))) {
                    continue;
                }
                let ends = changes.iter().filter(|change| matches!(change, TransferChange::Ended(_))).count();
                assert_eq!(ends, 1, "{who} {transfer:?} {changes:#?}");
                assert!(matches!(changes.last(), Some(TransferChange::Ended(_))), "something was told after the end");
                assert!(
                    matches!(changes.first(), Some(TransferChange::Offered(_))),
                    "something was told before the offer"
                );
            }
        }
        self.pair.assert_tidy();
        self.check_disk();
    }

    /// Whatever Juliet was told is whole, is; and nothing lies outside the downloads folder.
    fn check_disk(&self) {
        let disk = &self.pair.world.nodes[JULIET].disk;
        assert!(disk.keys().all(|path| path.parent() == Some(Path::new("/downloads"))), "{:?}", disk.keys());
        for event in &self.pair.world.nodes[JULIET].events {
            if let Event::Transfer {
                change: TransferChange::Ended(Outcome::Completed { path: Some(path), bytes, .. }),
                ..
            } = event
                && let Some(size) = self.offered.get(path)
            {
                assert_eq!(*bytes, *size as u64);
                assert!(disk[path] == content(*size), "{} is not what was sent", path.display());
            }
        }
    }
}

/// Notes the names of streams that pass, and loses the first few stanzas.
fn onlooker(streams: &Rc<RefCell<Vec<String>>>, lost: usize) -> Quirk {
    let (streams, mut lost) = (Rc::clone(streams), lost);
    Box::new(move |way, stanza| {
        for payload in stanza.children().filter(|payload| payload.name() == "si") {
            streams.borrow_mut().extend(payload.attr("id").map(str::to_owned));
        }
        if lost > 0 {
            lost -= 1;
            return Vec::new();
        }
        vec![(way, stanza)]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_every_transfer_ends_once_and_leaves_nothing_open(acts in prop::collection::vec(act(), 1..40)) {
        let mut stage = Stage::new();
        for act in &acts {
            stage.play(act);
        }
        stage.end();
        stage.check();
    }
}
