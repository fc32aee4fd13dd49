//! What the router does with stanzas, seen from the sessions.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::UNIX_EPOCH;

use jid::{BareJid, FullJid};
use minidom::Element;

use super::{Output, Router};
use crate::demo::plan::{AccountPlan, Manner, Plan};

const JULIET: &str = "juliet@capulet.lit/balcony";
const ROMEO: &str = "romeo@montague.lit/orchard";

struct Play {
    router: Router,
}

impl Play {
    /// Juliet and Romeo, who see each other, and Tybalt, whom nobody knows; a proxy at Juliet's.
    fn new() -> Self {
        let friends = ["juliet@capulet.lit", "romeo@montague.lit"].map(|jid| BareJid::new(jid).unwrap());
        let mut plan = Plan::of_friends(&friends);
        plan.accounts.push(AccountPlan {
            jid: BareJid::new("tybalt@capulet.lit").unwrap(),
            password: String::new(),
            roster: BTreeMap::new(),
        });
        let proxy = BareJid::new("proxy.capulet.lit").unwrap();
        let plan = plan.with_proxy(proxy.clone(), Manner::Relays);
        let proxies = BTreeMap::from([(proxy, SocketAddr::from((Ipv4Addr::LOCALHOST, 7777)))]);
        Play { router: Router::new(&plan, proxies, UNIX_EPOCH) }
    }

    fn log_in(&mut self, who: &str) -> &mut Self {
        self.router.bind(&FullJid::new(who).unwrap(), UNIX_EPOCH);
        self
    }

    /// Somebody sends a stanza; what comes of it, as `to: <stanza/>`.
    fn send(&mut self, from: &str, stanza: &str) -> Vec<String> {
        self.router.handle(&FullJid::new(from).unwrap(), parse(stanza), UNIX_EPOCH);
        self.outputs()
    }

    fn outputs(&mut self) -> Vec<String> {
        std::iter::from_fn(|| self.router.poll_output()).map(|output| tell(&output)).collect()
    }

    /// Logs in and becomes available; what comes of it is of no interest.
    fn enter(&mut self, who: &str) -> &mut Self {
        self.log_in(who).send(who, "<presence/>");
        self
    }
}

fn parse(stanza: &str) -> Element {
    let (head, tail) = stanza.split_at(stanza.find([' ', '/', '>']).unwrap());
    format!("{head} xmlns='jabber:client'{tail}").parse().unwrap()
}

/// An output in one line: the resource it is for, and the XML without what every stanza has.
fn tell(output: &Output) -> String {
    match output {
        Output::Deliver { to, stanza } => {
            let xml = String::from(stanza).replace('\'', "\"").replace(" xmlns=\"jabber:client\"", "");
            format!("{}: {}", to.resource(), xml.replace(&format!(" to=\"{to}\""), ""))
        }
        Output::Replace { session } => format!("{} is replaced", session.resource()),
        Output::Activate(activation) => format!("join {} at {}", activation.destination, activation.proxy),
    }
}

#[test]
fn everybody_learns_who_is_there_and_who_leaves() {
    let mut play = Play::new();
    play.enter(JULIET).log_in(ROMEO);
    assert_eq!(
        play.send(ROMEO, "<presence/>"),
        [
            "balcony: <presence from=\"romeo@montague.lit/orchard\"/>",
            "orchard: <presence from=\"juliet@capulet.lit/balcony\"/>",
        ]
    );
    play.router.leave(&FullJid::new(ROMEO).unwrap(), UNIX_EPOCH);
    assert_eq!(play.outputs(), ["balcony: <presence from=\"romeo@montague.lit/orchard\" type=\"unavailable\"/>"]);
}

#[test]
fn strangers_see_nothing_of_each_other() {
    let mut play = Play::new();
    play.enter(JULIET).log_in("tybalt@capulet.lit/street");
    assert!(play.send("tybalt@capulet.lit/street", "<presence/>").is_empty());
}

#[test]
fn the_sender_is_who_logged_in_whatever_the_stanza_says() {
    let mut play = Play::new();
    play.enter(JULIET).enter(ROMEO);
    let heard = play.send(ROMEO, "<message from='tybalt@capulet.lit' to='juliet@capulet.lit' type='chat'/>");
    assert_eq!(heard, ["balcony: <message from=\"romeo@montague.lit/orchard\" type=\"chat\"/>"]);
}

#[test]
fn a_message_to_an_account_goes_to_the_highest_priority() {
    let mut play = Play::new();
    play.enter(ROMEO).enter("juliet@capulet.lit/tomb").log_in(JULIET);
    play.send(JULIET, "<presence><priority>5</priority></presence>");
    let heard = play.send(ROMEO, "<message to='juliet@capulet.lit'><body>O!</body></message>");
    assert_eq!(heard.len(), 1);
    assert!(heard[0].starts_with("balcony: "), "{heard:?}");
}

#[test]
fn copies_go_to_the_other_sessions_of_both_sides() {
    let mut play = Play::new();
    play.enter(ROMEO).enter(JULIET);
    for tomb in ["juliet@capulet.lit/tomb", "romeo@montague.lit/mantua"] {
        play.log_in(tomb).send(tomb, "<presence><priority>-1</priority></presence>");
        play.send(tomb, "<iq type='set' id='1'><enable xmlns='urn:xmpp:carbons:2'/></iq>");
    }
    let heard = play.send(ROMEO, "<message to='juliet@capulet.lit' type='chat'><body>O!</body></message>");
    let told: Vec<&str> = heard.iter().map(|line| line.split(':').next().unwrap()).collect();
    assert_eq!(told, ["mantua", "tomb", "balcony"]);
    assert!(heard[0].contains("<sent xmlns=\"urn:xmpp:carbons:2\">"), "{}", heard[0]);
    assert!(heard[1].contains("<received xmlns=\"urn:xmpp:carbons:2\">"), "{}", heard[1]);
}

#[test]
fn a_message_to_nobody_waits_and_comes_with_its_date() {
    let mut play = Play::new();
    play.enter(ROMEO);
    assert!(play.send(ROMEO, "<message to='juliet@capulet.lit' type='chat'><body>O!</body></message>").is_empty());
    play.log_in(JULIET);
    let heard = play.send(JULIET, "<presence/>");
    assert!(heard.last().unwrap().contains("stamp=\"1970-01-01T00:00:00Z\""), "{heard:?}");
}

#[test]
fn a_request_to_a_session_that_is_gone_is_refused() {
    let mut play = Play::new();
    play.enter(JULIET);
    let heard =
        play.send(JULIET, "<iq type='get' id='7' to='romeo@montague.lit/orchard'><ping xmlns='urn:xmpp:ping'/></iq>");
    assert_eq!(heard.len(), 1);
    assert!(heard[0].contains("type=\"error\"") && heard[0].contains("<service-unavailable"), "{}", heard[0]);
    assert!(heard[0].contains("from=\"romeo@montague.lit/orchard\"") && heard[0].contains("id=\"7\""), "{}", heard[0]);
}

#[test]
fn an_answer_that_cannot_be_delivered_is_not_answered() {
    let mut play = Play::new();
    play.enter(JULIET);
    assert!(play.send(JULIET, "<iq type='result' id='7' to='romeo@montague.lit/orchard'/>").is_empty());
}

#[test]
fn a_contact_asks_and_is_let_see() {
    let mut play = Play::new();
    let tybalt = "tybalt@capulet.lit/street";
    play.enter(JULIET).enter(tybalt);
    for who in [JULIET, tybalt] {
        play.send(who, "<iq type='get' id='1'><query xmlns='jabber:iq:roster'/></iq>");
    }
    let asked = play.send(tybalt, "<presence to='juliet@capulet.lit' type='subscribe'/>");
    assert!(asked[0].contains("ask=\"subscribe\""), "{asked:?}");
    assert_eq!(asked[1], "balcony: <presence from=\"tybalt@capulet.lit\" type=\"subscribe\"/>");
    let allowed = play.send(JULIET, "<presence to='tybalt@capulet.lit' type='subscribed'/>");
    assert!(allowed[0].starts_with("balcony: ") && allowed[0].contains("subscription=\"from\""), "{allowed:?}");
    assert!(allowed[1].starts_with("street: ") && allowed[1].contains("subscription=\"to\""), "{allowed:?}");
    assert_eq!(allowed[2], "street: <presence from=\"juliet@capulet.lit\" type=\"subscribed\"/>");
    assert_eq!(allowed[3], "street: <presence from=\"juliet@capulet.lit/balcony\"/>");
}

#[test]
fn a_contact_that_is_removed_is_gone_on_both_sides() {
    let mut play = Play::new();
    play.enter(JULIET).enter(ROMEO);
    play.send(JULIET, "<iq type='get' id='1'><query xmlns='jabber:iq:roster'/></iq>");
    let remove = "<iq type='set' id='2'><query xmlns='jabber:iq:roster'>\
                  <item jid='romeo@montague.lit' subscription='remove'/></query></iq>";
    let heard = play.send(JULIET, remove);
    assert!(heard.iter().any(|line| line.starts_with("balcony: <iq") && line.contains("\"remove\"")), "{heard:?}");
    for kind in ["unsubscribe", "unsubscribed", "unavailable"] {
        let stanza = |line: &&String| line.starts_with("orchard: <presence") && line.contains(&format!("\"{kind}\""));
        assert_eq!(heard.iter().filter(stanza).count(), 1, "{kind}: {heard:?}");
    }
}

#[test]
fn a_second_session_with_the_same_address_replaces_the_first() {
    let mut play = Play::new();
    play.enter(JULIET).enter(ROMEO).log_in(JULIET);
    assert_eq!(
        play.outputs(),
        ["orchard: <presence from=\"juliet@capulet.lit/balcony\" type=\"unavailable\"/>", "balcony is replaced",]
    );
}

#[test]
fn a_proxy_is_found_tells_its_address_and_is_asked_to_join() {
    let mut play = Play::new();
    play.enter(JULIET);
    let ask = |namespace: &str, to: &str| format!("<iq type='get' id='1' to='{to}'><query xmlns='{namespace}'/></iq>");
    let items = play.send(JULIET, &ask("http://jabber.org/protocol/disco#items", "capulet.lit"));
    assert!(items[0].contains("<item jid=\"proxy.capulet.lit\"/>"), "{items:?}");
    let elsewhere = play.send(JULIET, &ask("http://jabber.org/protocol/disco#items", "montague.lit"));
    assert!(!elsewhere[0].contains("<item"), "{elsewhere:?}");
    let info = play.send(JULIET, &ask("http://jabber.org/protocol/disco#info", "proxy.capulet.lit"));
    assert!(info[0].contains("category=\"proxy\" type=\"bytestreams\""), "{info:?}");
    let address = play.send(JULIET, &ask("http://jabber.org/protocol/bytestreams", "proxy.capulet.lit"));
    assert!(address[0].contains("host=\"127.0.0.1\" ") && address[0].contains("port=\"7777\""), "{address:?}");
    let activate = "<iq type='set' id='2' to='proxy.capulet.lit'>\
                    <query xmlns='http://jabber.org/protocol/bytestreams' sid='s'>\
                    <activate>romeo@montague.lit/orchard</activate></query></iq>";
    let joined = play.send(JULIET, activate);
    assert!(joined[0].starts_with("join ") && joined[0].ends_with(" at proxy.capulet.lit"), "{joined:?}");
}

#[test]
fn what_nobody_serves_is_refused_and_no_other_town_is_reached() {
    let mut play = Play::new();
    play.enter(JULIET);
    let own = play.send(JULIET, "<iq type='get' id='1'><query xmlns='unheard:of'/></iq>");
    assert!(own[0].contains("<service-unavailable"), "{own:?}");
    let far = play.send(JULIET, "<message to='hamlet@elsinore.example'><body>?</body></message>");
    assert!(far[0].contains("<remote-server-not-found"), "{far:?}");
}
