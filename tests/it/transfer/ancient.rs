//! XEP-0087, stanza by stanza: what one who speaks nothing newer offers is answered in the same tongue.

use balcony::engine::command::{Command, TransferId, Via};
use balcony::engine::event::{Event, Outcome, Side, TransferChange};
use balcony::engine::{Digests, FileEvent, FileId, Input, Output, SocketOrder};
use minidom::Element;

use crate::support::engine::Subject;

const SI: &str = "http://jabber.org/protocol/si";

/// An offer as the examples of XEP-0087 have it, with these methods.
fn offer(methods: &[&str]) -> String {
    let option = |method: &&str| format!("<option><value>{method}</value></option>");
    let options = methods.iter().map(option).collect::<Vec<_>>().concat();
    format!(
        "<iq type='set' id='offer1' from='romeo@montague.lit/orchard'>\
         <si xmlns='{SI}' id='a0' mime-type='text/plain' profile='http://jabber.org/protocol/si/profile/filexfer'>\
         <header name='name'>sonnet.txt</header><header name='size'>6</header>\
         <feature xmlns='http://jabber.org/protocol/feature-neg'><x xmlns='jabber:x:data' type='form'>\
         <field var='file-transfer-method' type='list-single'>{options}</field></x></feature></si></iq>"
    )
}

/// Juliet, whom somebody has made that offer.
fn offered(methods: &[&str]) -> Subject {
    let mut juliet = Subject::online("");
    juliet.receive(&offer(methods));
    juliet
}

/// Juliet has accepted; and her answer.
fn accepted(methods: &[&str]) -> (Subject, Element) {
    let mut juliet = offered(methods);
    juliet.command(Command::AcceptOffer { transfer: TransferId(1), save_as: None });
    juliet.look();
    juliet.create_file(1);
    let answer = juliet.sent_one();
    (juliet, answer)
}

/// The stream's name, the field and the method that an answer names.
fn choice(answer: &Element) -> (String, String, String) {
    assert_eq!((answer.attr("type"), answer.attr("id")), (Some("result"), Some("offer1")));
    let si = answer.get_child("si", SI).unwrap();
    assert_eq!(si.children().map(Element::name).collect::<Vec<_>>(), ["feature"]);
    let form = si.get_child("feature", "http://jabber.org/protocol/feature-neg").unwrap();
    let field = form.get_child("x", "jabber:x:data").unwrap().get_child("field", "jabber:x:data").unwrap();
    let text = |attribute: Option<&str>| attribute.unwrap_or_default().to_owned();
    let value = field.get_child("value", "jabber:x:data").unwrap().text();
    (text(si.attr("id")), text(field.attr("var")), value)
}

fn names(method: &str) -> (String, String, String) {
    ("a0".to_owned(), "file-transfer-method".to_owned(), method.to_owned())
}

/// The code and the condition of the answer.
fn refusal(answer: &Element) -> (String, String) {
    let error = answer.get_child("error", "jabber:client").unwrap();
    let condition = error.children().next().unwrap().name().to_owned();
    (error.attr("code").unwrap_or_default().to_owned(), condition)
}

#[test]
fn the_user_sees_what_the_headers_say() {
    let mut juliet = offered(&["s5b", "ibb"]);
    let Event::Transfer { change: TransferChange::Offered(info), .. } = juliet.event() else { panic!("no offer") };
    assert_eq!((info.name.as_str(), info.size), ("sonnet.txt", Some(6)));
    assert_eq!(info.mime_type.as_deref(), Some("text/plain"));
    assert_eq!(info.methods, Via::ALL);
    assert!(!info.si_multiple);
}

#[test]
fn an_offer_is_accepted_with_socks5_and_the_streamhost_is_tried() {
    let (mut juliet, answer) = accepted(&["s5b", "ibb"]);
    assert_eq!(choice(&answer), names("s5b"));
    juliet.look();
    juliet.receive(
        "<iq type='set' id='hosts' from='romeo@montague.lit/orchard'>\
         <query xmlns='http://jabber.org/protocol/bytestreams' sid='a0'>\
         <streamhost jid='romeo@montague.lit/orchard' host='192.0.2.1' port='5086'/></query></iq>",
    );
    let outputs = juliet.others();
    assert!(
        matches!(&outputs[..], [Output::Socket(SocketOrder::Dial { host, port: 5086, .. })] if host == "192.0.2.1")
    );
}

#[test]
fn an_offer_is_accepted_with_in_band_and_the_file_arrives() {
    let (mut juliet, answer) = accepted(&["jabber:iq:oob", "ibb"]);
    assert_eq!(choice(&answer), names("ibb"));
    for (id, payload) in [
        ("open", "<open xmlns='http://jabber.org/protocol/ibb' sid='a0' block-size='4096'/>"),
        ("data", "<data xmlns='http://jabber.org/protocol/ibb' sid='a0' seq='0'>c29ubmV0</data>"),
        ("close", "<close xmlns='http://jabber.org/protocol/ibb' sid='a0'/>"),
    ] {
        juliet.look();
        juliet.receive(&format!("<iq type='set' id='{id}' from='romeo@montague.lit/orchard'>{payload}</iq>"));
        if id == "data" {
            juliet.feed(Input::File(FileId(1), FileEvent::Written { total: 6 }));
        }
        let answer = juliet.sent_one();
        assert_eq!((answer.attr("type"), answer.attr("id")), (Some("result"), Some(id)));
    }
    juliet.feed(Input::File(FileId(1), FileEvent::Digested(Digests { offset: 0, length: 6, found: Vec::new() })));
    let path = "/downloads/a.txt".into();
    juliet.feed(Input::File(FileId(1), FileEvent::Committed { path }));
    let ended = |event: &Event| match event {
        Event::Transfer { change: TransferChange::Ended(outcome), .. } => Some(outcome.clone()),
        _ => None,
    };
    let outcome = juliet.events().iter().find_map(ended).unwrap();
    assert!(matches!(outcome, Outcome::Completed { via: Via::InBand, bytes: 6, .. }), "{outcome:?}");
}

#[test]
fn a_declined_offer_is_answered_with_403() {
    let mut juliet = offered(&["s5b", "ibb"]);
    juliet.look();
    juliet.command(Command::DeclineOffer { transfer: TransferId(1) });
    assert_eq!(refusal(&juliet.sent_one()), ("403".to_owned(), "forbidden".to_owned()));
    let Event::Transfer { change: TransferChange::Ended(outcome), .. } = juliet.event() else { panic!("no outcome") };
    assert_eq!(outcome, Outcome::Declined { by: Side::Us });
}

#[test]
fn an_offer_without_a_method_that_we_know_is_answered_with_406() {
    for methods in [&["jabber:iq:http"][..], &[]] {
        let mut juliet = offered(methods);
        assert_eq!(refusal(&juliet.sent_one()), ("406".to_owned(), "not-acceptable".to_owned()), "{methods:?}");
        assert_eq!(juliet.events(), []);
    }
}

/// Juliet, who knows that this program of that address says these features; it came online before her offer.
fn offers_to(jid: &str, program: &str, features: &[&str]) -> Subject {
    let mut juliet = Subject::online("<item jid='romeo@montague.lit' subscription='both'/>");
    juliet.receive(&format!("<presence from='{jid}/{program}'/>"));
    let features: Vec<String> = features.iter().map(|feature| format!("<feature var='{feature}'/>")).collect();
    let info = format!("<query xmlns='http://jabber.org/protocol/disco#info'>{}</query>", features.concat());
    juliet.answer("http://jabber.org/protocol/disco#info", &info);
    juliet.look();
    let (to, path) = (jid.parse().unwrap(), "/home/juliet/sonnet.txt".into());
    juliet.command(Command::OfferFile { to, path, description: None, via: Vec::new() });
    juliet.feed(Input::File(FileId(1), FileEvent::Opened { size: 6, modified: None }));
    juliet
}

#[test]
fn who_speaks_nothing_newer_is_offered_a_file_in_the_old_form() {
    let profile = "http://jabber.org/protocol/si/profile/filexfer";
    let mut juliet = offers_to("romeo@montague.lit", "antique", &[SI, profile]);
    let offer = juliet.take_request(SI);
    let si = offer.get_child("si", SI).unwrap();
    assert_eq!((si.attr("profile"), si.attr("mime-type")), (Some(profile), Some("text/plain")));
    let headers: Vec<_> = si.children().filter(|child| child.name() == "header").collect();
    let header = |name: &str| headers.iter().find(|header| header.attr("name") == Some(name)).map(|it| it.text());
    assert_eq!((header("name").as_deref(), header("size").as_deref()), (Some("sonnet.txt"), Some("6")));
    let text = String::from(si);
    assert!(text.contains("file-transfer-method") && text.contains("s5b") && text.contains("ibb"), "{text}");
    for newer in ["si-multiple", "<file", "stream-method", "checksum"] {
        assert!(!text.contains(newer), "{newer} in {text}");
    }
    let (id, sid) = (offer.attr("id").unwrap(), si.attr("id").unwrap());
    juliet.receive(&format!(
        "<iq type='result' id='{id}' from='romeo@montague.lit/antique'><si xmlns='{SI}' id='{sid}'>\
         <feature xmlns='http://jabber.org/protocol/feature-neg'><x xmlns='jabber:x:data' type='submit'>\
         <field var='file-transfer-method'><value>ibb</value></field></x></feature></si></iq>"
    ));
    let open = juliet.take_request("http://jabber.org/protocol/ibb");
    assert_eq!(open.children().next().and_then(|open| open.attr("sid")), Some(sid));
}

#[test]
fn who_speaks_both_forms_is_offered_it_in_the_newer() {
    let profiles =
        ["http://jabber.org/protocol/si/profile/filexfer", "http://jabber.org/protocol/si/profile/file-transfer"];
    let mut juliet = offers_to("romeo@montague.lit", "orchard", &[SI, profiles[0], profiles[1]]);
    let offer = String::from(&juliet.take_request(SI));
    assert!(offer.contains(profiles[1]) && offer.contains("si-multiple"), "{offer}");
}

#[test]
fn a_device_of_our_own_takes_a_file_by_our_bare_address_though_it_is_in_no_roster() {
    let mut juliet = offers_to("juliet@capulet.lit", "phone", &["http://jabber.org/protocol/si/profile/file-transfer"]);
    let offer = juliet.take_request(SI);
    assert_eq!(offer.attr("to"), Some("juliet@capulet.lit/phone"));
}
