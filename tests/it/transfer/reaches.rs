//! Where a requester can be reached: what is asked of the router, the STUN server and the proxies, ahead of any offer,
//! and what is listed of it.

use std::cell::RefCell;
use std::net::{IpAddr, SocketAddr};
use std::rc::Rc;
use std::time::Duration;

use balcony::engine::command::{Command, Via};
use balcony::engine::context::Settings;
use balcony::engine::event::{Event, Reachability};
use balcony::engine::reach::{Finding, Mapper, Mapping, ReachEvent, ReachOrder};
use balcony::engine::{CloseReason, FileEvent, FileId, Input, Output, SocketEvent, SocketId, SocketOrder};
use jid::{BareJid, FullJid, Jid};

use crate::support::engine::{Subject, session};
use crate::support::network::Way;
use crate::support::pair::{Pair, ROMEO as SENDER};
use crate::support::server::Proxy;

const JULIET: &str = "juliet@capulet.lit/balcony";
const ROMEO: &str = "romeo@montague.lit/orchard";
const SI: &str = "http://jabber.org/protocol/si";
const BYTESTREAMS: &str = "http://jabber.org/protocol/bytestreams";
const SERVICES: &str = "urn:xmpp:extdisco:2";
const ITEMS: &str = "http://jabber.org/protocol/disco#items";
const INFO: &str = "http://jabber.org/protocol/disco#info";

/// Juliet's address at home, and her listener's port.
const HOME: &str = "192.168.1.5";
const PORT: u16 = 5086;

/// Juliet's client, what it ordered, and what it found out.
struct House {
    juliet: Subject,
    ordered: Vec<ReachOrder>,
    dialled: Vec<(SocketId, String)>,
    listens: bool,
    known: Option<Reachability>,
}

impl House {
    /// Juliet logs in from that address.
    fn at(local: &str, change: impl FnOnce(&mut Settings)) -> Self {
        let mut settings = Settings::new(BareJid::new("juliet@capulet.lit").unwrap());
        settings.map_ports = true;
        change(&mut settings);
        let juliet = Subject::new(settings);
        let mut house = House { juliet, ordered: Vec::new(), dialled: Vec::new(), listens: false, known: None };
        house.log_in(local, false);
        // What the account can is no matter here.
        house.answer(INFO, &format!("<query xmlns='{INFO}'/>"));
        house
    }

    /// Juliet logs in from home, and her server has no proxies.
    fn at_home(change: impl FnOnce(&mut Settings)) -> Self {
        let mut house = House::at(HOME, change);
        house.answer(ITEMS, &format!("<query xmlns='{ITEMS}'/>"));
        house
    }

    fn log_in(&mut self, local: &str, resumed: bool) {
        let local = Some(SocketAddr::new(local.parse().unwrap(), 40_000));
        self.feed(session(FullJid::new(JULIET).unwrap(), resumed, local));
    }

    fn feed(&mut self, input: Input) {
        self.juliet.feed(input);
        self.look();
    }

    fn look(&mut self) {
        for output in self.juliet.others() {
            match output {
                Output::Reach(order) => self.ordered.push(order),
                Output::Socket(SocketOrder::Dial { socket, host, .. }) => self.dialled.push((socket, host)),
                Output::Socket(SocketOrder::Unlisten) => self.listens = false,
                Output::Socket(SocketOrder::Listen) => {
                    self.listens = true;
                    let addresses: Vec<IpAddr> = vec![HOME.parse().unwrap(), "127.0.0.1".parse().unwrap()];
                    self.feed(Input::Socket(SocketEvent::Listening { port: PORT, addresses }));
                }
                _ => {}
            }
        }
        for event in self.juliet.events() {
            if let Event::Reachability(known) = event {
                self.known = Some(*known);
            }
        }
    }

    fn learns(&mut self, event: ReachEvent) {
        self.feed(Input::Reach(event));
    }

    fn answer(&mut self, namespace: &str, payload: &str) {
        self.juliet.answer(namespace, payload);
        self.look();
    }

    /// Juliet's server has such a component, which says that it is a proxy there.
    fn has_proxy(&mut self, jid: &str, host: &str) {
        self.answer(ITEMS, &format!("<query xmlns='{ITEMS}'><item jid='{jid}'/></query>"));
        self.answer(INFO, &format!("<query xmlns='{INFO}'><identity category='proxy' type='bytestreams'/></query>"));
        let place = format!("<streamhost jid='{jid}' host='{host}' port='1080'/>");
        self.answer(BYTESTREAMS, &format!("<query xmlns='{BYTESTREAMS}'>{place}</query>"));
    }

    /// What becomes of the last connection that was tried.
    fn meets(&mut self, refusal: Option<CloseReason>) {
        let (socket, _) = self.dialled.last().unwrap().clone();
        self.feed(Input::Socket(match refusal {
            None => SocketEvent::Connected { socket },
            Some(why) => SocketEvent::Closed { socket, why },
        }));
    }

    /// Juliet offers Romeo a file.
    fn offers(&mut self) {
        self.offers_via(vec![Via::Socks5Direct, Via::Socks5Proxy]);
    }

    fn offers_via(&mut self, via: Vec<Via>) {
        let path = "/home/juliet/sonnet.pdf".into();
        let to = Jid::new(ROMEO).unwrap();
        self.juliet.command(Command::OfferFile { to, path, description: None, via });
        self.feed(Input::File(FileId(1), FileEvent::Opened { size: 1000, modified: None }));
    }

    /// Romeo takes the offer; the places that he is told of, at once.
    fn lists(&mut self) -> Vec<String> {
        let offer = self.juliet.take_request(SI);
        let id = offer.attr("id").unwrap();
        self.juliet.receive(&format!(
            "<iq type='result' id='{id}' from='{ROMEO}'><si xmlns='{SI}'>\
             <feature xmlns='http://jabber.org/protocol/feature-neg'><x xmlns='jabber:x:data' type='submit'>\
             <field var='stream-method'><value>{BYTESTREAMS}</value></field></x></feature></si></iq>"
        ));
        self.look();
        let query = self.juliet.take_request(BYTESTREAMS);
        let hosts = query.get_child("query", BYTESTREAMS).unwrap().children();
        hosts.map(|host| format!("{}:{}", host.attr("host").unwrap(), host.attr("port").unwrap())).collect()
    }
}

fn mapped(address: Option<&str>) -> ReachEvent {
    let address = address.map(|address| address.parse().unwrap());
    ReachEvent::Mapped(Mapping { address, port: 4711, by: Mapper::NatPmp })
}

fn map(local: &str) -> ReachOrder {
    ReachOrder::Map { local: local.parse().unwrap(), port: PORT }
}

const STUN: &str = "<services xmlns='urn:xmpp:extdisco:2'><service type='stun' host='stun.capulet.lit'/></services>";

#[test]
fn behind_a_router_a_port_of_it_is_asked_for_at_the_login_and_listed_first() {
    let mut house = House::at_home(|_| {});
    assert_eq!(house.ordered, [map(HOME)]);
    house.learns(mapped(Some("203.0.113.5")));
    house.offers();
    assert_eq!(house.lists(), ["203.0.113.5:4711", "192.168.1.5:5086"]);
    assert_eq!(house.ordered, [map(HOME)], "nothing is asked for twice");
}

#[test]
fn an_offer_does_not_wait_for_the_router() {
    let mut house = House::at_home(|_| {});
    house.offers();
    assert_eq!(house.lists(), ["192.168.1.5:5086"]);
}

#[test]
fn where_nothing_hides_us_or_the_user_knows_better_nobody_is_asked() {
    let addresses: fn(&mut Settings) = |settings| settings.advertise = vec!["192.0.2.1".parse().unwrap()];
    let in_band: fn(&mut Settings) = |settings| settings.methods = vec![Via::InBand];
    let cases =
        [("203.0.113.9", (|_| {}) as fn(&mut Settings)), ("127.0.0.1", |_| {}), (HOME, addresses), (HOME, in_band)];
    for (local, change) in cases {
        let mut house = House::at(local, change);
        assert_eq!((house.ordered.as_slice(), house.listens), (&[][..], false), "{local}");
        assert!(house.juliet.sent().iter().all(|stanza| stanza.get_child("services", SERVICES).is_none()), "{local}");
        assert!(matches!(house.known.unwrap().mapping, Finding::Needless(_)), "{local}");
    }
}

#[test]
fn without_the_users_leave_the_router_is_not_asked() {
    let mut house = House::at_home(|settings| settings.map_ports = false);
    assert_eq!((house.ordered.as_slice(), house.listens), (&[][..], false));
    house.learns(mapped(Some("203.0.113.5")));
    house.offers();
    assert_eq!(house.lists(), ["192.168.1.5:5086"], "what was not asked for counts for nothing");
}

#[test]
fn a_router_that_does_not_say_its_address_is_found_at_the_one_that_a_stun_server_sees() {
    let mut house = House::at_home(|_| {});
    house.answer(SERVICES, STUN);
    assert_eq!(house.ordered[1], ReachOrder::AskPublic { host: "stun.capulet.lit".to_owned(), port: 3478 });
    house.learns(mapped(None));
    house.learns(ReachEvent::Public("203.0.113.7".parse().unwrap()));
    house.offers();
    assert_eq!(house.lists(), ["203.0.113.7:4711", "192.168.1.5:5086"]);
}

#[test]
fn a_router_behind_another_leads_nowhere() {
    for outer in ["10.0.0.1", "100.64.3.4", "192.168.0.7"] {
        let mut house = House::at_home(|_| {});
        house.learns(mapped(Some(outer)));
        house.offers();
        assert_eq!(house.lists(), ["192.168.1.5:5086"], "{outer}");
    }
}

#[test]
fn a_port_that_the_user_chose_may_be_forwarded_and_is_listed_at_the_public_address() {
    let mut house = House::at_home(|settings| {
        settings.map_ports = false;
        settings.port = Some(PORT);
    });
    house.answer(SERVICES, STUN);
    house.learns(ReachEvent::Public("203.0.113.7".parse().unwrap()));
    house.offers();
    assert_eq!(house.lists(), ["203.0.113.7:5086", "192.168.1.5:5086"]);
}

#[test]
fn a_router_that_refuses_is_told_of_in_words_and_the_listener_closed() {
    let mut house = House::at_home(|_| {});
    assert!(house.listens);
    house.learns(ReachEvent::MapFailed { why: "PCP and NAT-PMP: no answer; UPnP: no answer".to_owned() });
    assert!(!house.listens);
    let known = house.known.as_ref().unwrap().to_string();
    assert!(known.starts_with("port of the router: none: PCP and NAT-PMP: no answer; UPnP: no answer\n"), "{known}");
    house.offers();
    assert_eq!(house.lists(), ["192.168.1.5:5086"]);
}

#[test]
fn another_network_is_another_router() {
    let mut house = House::at_home(|_| {});
    house.learns(mapped(Some("203.0.113.5")));
    house.juliet.lose_connection();
    house.log_in(HOME, true);
    assert_eq!(house.ordered.len(), 1, "on the same network everything stays");
    house.juliet.lose_connection();
    house.log_in("10.9.8.7", true);
    assert_eq!(house.ordered[1..], [ReachOrder::Unmap, map("10.9.8.7")]);
    house.offers();
    assert_eq!(house.lists(), ["192.168.1.5:5086"], "the old port is not ours any more");
}

#[test]
fn the_port_is_given_back_and_the_listener_closed_at_the_logout() {
    let mut house = House::at_home(|_| {});
    house.learns(mapped(Some("203.0.113.5")));
    house.juliet.stop();
    house.look();
    assert_eq!((house.ordered.last(), house.listens), (Some(&ReachOrder::Unmap), false));
}

#[test]
fn a_proxy_that_cannot_be_connected_to_is_left_out_and_told_of() {
    for why in [CloseReason::Refused, CloseReason::Unreachable("no route".to_owned())] {
        let mut house = House::at("127.0.0.1", |_| {});
        house.has_proxy("proxy.capulet.lit", "198.51.100.7");
        house.meets(Some(why));
        assert!(matches!(house.known.as_ref().unwrap().proxies[0].state, Finding::Missing(_)));
        house.offers();
        assert!(!house.lists().contains(&"198.51.100.7:1080".to_owned()));
    }
}

#[test]
fn a_proxy_that_answers_or_has_not_had_the_time_is_listed() {
    let mut house = House::at("127.0.0.1", |_| {});
    house.has_proxy("proxy.capulet.lit", "198.51.100.7");
    house.offers();
    assert_eq!(house.lists().last().unwrap(), "198.51.100.7:1080");

    let mut house = House::at("127.0.0.1", |_| {});
    house.has_proxy("proxy.capulet.lit", "198.51.100.7");
    house.meets(None);
    assert_eq!(house.known.as_ref().unwrap().proxies[0].state, Finding::Found(()));
    house.offers();
    assert_eq!(house.lists().last().unwrap(), "198.51.100.7:1080");
}

#[test]
fn a_proxy_that_is_silent_is_dead_after_a_while_and_its_connection_given_up() {
    let mut house = House::at("127.0.0.1", |_| {});
    house.has_proxy("proxy.capulet.lit", "198.51.100.7");
    house.juliet.pass(Duration::from_secs(5));
    house.look();
    assert_eq!(house.known.as_ref().unwrap().proxies[0].state, Finding::Missing("no answer".to_owned()));
}

#[test]
fn the_proxy_of_the_peers_server_is_looked_for_while_their_user_decides() {
    let mut house = House::at("127.0.0.1", |_| {});
    house.answer(ITEMS, &format!("<query xmlns='{ITEMS}'/>"));
    house.offers();
    let offer = house.juliet.take_request(SI);
    house.has_proxy("proxy.montague.lit", "198.51.100.9");
    let id = offer.attr("id").unwrap();
    house.juliet.receive(&format!(
        "<iq type='result' id='{id}' from='{ROMEO}'><si xmlns='{SI}'>\
         <feature xmlns='http://jabber.org/protocol/feature-neg'><x xmlns='jabber:x:data' type='submit'>\
         <field var='stream-method'><value>{BYTESTREAMS}</value></field></x></feature></si></iq>"
    ));
    house.look();
    let query = house.juliet.take_request(BYTESTREAMS);
    let last = query.get_child("query", BYTESTREAMS).unwrap().children().last().unwrap();
    assert_eq!((last.attr("jid"), last.attr("host")), (Some("proxy.montague.lit"), Some("198.51.100.9")));
}

#[test]
fn who_begins_to_say_what_is_sent_has_the_peers_proxies_looked_for_once_and_ahead() {
    let mut house = House::at("127.0.0.1", |_| {});
    house.answer(ITEMS, &format!("<query xmlns='{ITEMS}'/>"));
    let romeo = "<item jid='romeo@montague.lit' subscription='both'/>";
    house.answer("jabber:iq:roster", &format!("<query xmlns='jabber:iq:roster'>{romeo}</query>"));
    let foresee = Command::ForeseeOffer { to: BareJid::new("romeo@montague.lit").unwrap() };
    house.juliet.command(foresee.clone());
    assert_eq!(asked_of_their_server(&mut house), 0, "nobody is there to send anything to");
    house.juliet.receive(&format!("<presence from='{ROMEO}'/>"));
    house.juliet.look();
    house.juliet.command(foresee.clone());
    let stanza = house.juliet.take_request(ITEMS);
    assert_eq!(stanza.attr("to"), Some("montague.lit"));
    house.juliet.command(foresee);
    house.offers();
    assert_eq!(asked_of_their_server(&mut house), 0, "it was asked already");
}

#[test]
fn who_lets_no_proxy_carry_a_file_leaves_those_of_the_peers_server_alone() {
    for (via, asked) in [(Via::Socks5Direct, 0), (Via::InBand, 0), (Via::Socks5Proxy, 1)] {
        let mut house = House::at("127.0.0.1", |_| {});
        house.answer(ITEMS, &format!("<query xmlns='{ITEMS}'/>"));
        house.offers_via(vec![via]);
        assert_eq!(asked_of_their_server(&mut house), asked, "{via:?}");
    }
}

fn asked_of_their_server(house: &mut House) -> usize {
    house.juliet.sent().iter().filter(|stanza| stanza.attr("to") == Some("montague.lit")).count()
}

#[test]
fn our_addresses_are_told_to_whoever_accepts_and_for_the_direct_way_alone() {
    for (via, is_told) in [(Via::Socks5Direct, true), (Via::Socks5Proxy, false), (Via::InBand, false)] {
        let mut pair = Pair::new();
        pair.add_proxy(Proxy::new());
        let said = Rc::new(RefCell::new(String::new()));
        let all = Rc::clone(&said);
        pair.world.nodes[SENDER].quirk = Some(Box::new(move |way, stanza| {
            if way == Way::Out {
                all.borrow_mut().push_str(&String::from(&stanza));
            }
            vec![(way, stanza)]
        }));
        let ours = pair.world.nodes[SENDER].address.to_string();
        pair.offer_via(1000, &[via]);
        assert!(said.borrow().contains(SI) && !said.borrow().contains(&ours), "{via:?}: {}", said.borrow());
        pair.finish();
        pair.assert_arrived(1000, via);
        assert_eq!(said.borrow().contains(&ours), is_told, "{via:?}: {}", said.borrow());
    }
}
