//! An address as a stream method (XEP-0066): a file is accepted, and then it turns out where it is.

use super::oob::{ADDRESS, accept, answer, changes, completes, fetches, found, juliet, offered};

/// An offer by stream initiation whose only method is this.
fn initiation(size: u64) -> String {
    format!(
        "<iq type='set' id='si1' from='romeo@montague.lit/orchard'>\
         <si xmlns='http://jabber.org/protocol/si' id='a0' profile='http://jabber.org/protocol/si/profile/file-transfer'>\
         <file xmlns='http://jabber.org/protocol/si/profile/file-transfer' name='sonnet.pdf' size='{size}'/>\
         <feature xmlns='http://jabber.org/protocol/feature-neg'><x xmlns='jabber:x:data' type='form'>\
         <field var='stream-method' type='list-single'><option><value>jabber:iq:oob</value></option></field></x>\
         </feature></si></iq>"
    )
}

fn pointed(sid: &str) -> String {
    format!(
        "<iq type='set' id='oob1' from='romeo@montague.lit/orchard'>\
         <query xmlns='jabber:iq:oob' sid='{sid}'><url>{ADDRESS}</url></query></iq>"
    )
}

#[test]
fn as_a_stream_method_the_address_is_a_second_question() {
    let mut juliet = juliet();
    juliet.receive(&initiation(100));
    accept(&mut juliet);
    juliet.create_file(1);
    let agreed = String::from(&juliet.sent_one());
    assert!(agreed.contains("<value>jabber:iq:oob</value>"), "{agreed}");
    juliet.look();
    juliet.receive(&pointed("a0"));
    let told = changes(&mut juliet);
    let info = offered(&told).unwrap();
    assert_eq!((info.name.as_str(), info.size), ("sonnet.pdf", Some(100)));
    assert_eq!(info.web.as_ref().unwrap().address.as_str(), ADDRESS);
    assert!(fetches(&mut juliet).is_empty() && juliet.sent().is_empty());
    accept(&mut juliet);
    assert_eq!(fetches(&mut juliet).remove(0).address.as_str(), ADDRESS);
    found(&mut juliet, Some(100), None);
    completes(&mut juliet);
    assert_eq!(answer(&mut juliet), None);
}

#[test]
fn as_a_stream_method_it_is_bound_to_its_stream_and_to_the_size_that_was_accepted() {
    let mut juliet = juliet();
    juliet.receive(&pointed("a0"));
    assert_eq!(answer(&mut juliet).as_deref(), Some("item-not-found"));
    assert!(juliet.events().is_empty());
    juliet.receive(&initiation(100));
    accept(&mut juliet);
    juliet.create_file(1);
    juliet.receive(&pointed("a0"));
    accept(&mut juliet);
    juliet.look();
    found(&mut juliet, Some(1 << 40), None);
    assert_eq!(answer(&mut juliet).as_deref(), Some("item-not-found"));
}
