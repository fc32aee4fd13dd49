//! Addresses of the web that messages name or the user writes (XEP-0066), fetched when the user says so.

use balcony::engine::Chosen;
use balcony::engine::command::{Command, WantedLink};
use balcony::engine::event::Event;

use super::oob::{ADDRESS, accept, changes, ends, fetches, juliet, led, offered};

#[test]
fn a_link_in_a_message_is_told_beside_it_and_asked_when_the_user_wants() {
    let mut juliet = juliet();
    let message = |from: &str| {
        format!(
            "<message from='{from}' type='chat'><body>{ADDRESS}</body>\
             <x xmlns='jabber:x:oob'><url>{ADDRESS}</url><desc>The second quarto</desc></x></message>"
        )
    };
    juliet.receive(&message("mallory@verona.lit/x"));
    assert!(!juliet.events().iter().any(|event| matches!(event, Event::Linked(_))));
    juliet.receive(&message("romeo@montague.lit/orchard"));
    let events = juliet.events();
    let [Event::Message(_), Event::Linked(link)] = events.as_slice() else { panic!("{events:?}") };
    assert_eq!((link.number, link.address.as_str()), (1, ADDRESS));
    juliet.look();
    juliet.command(Command::Fetch(WantedLink::Number(1)));
    let told = changes(&mut juliet);
    assert!(offered(&told).unwrap().is_asked_for);
    juliet.create_file(1);
    let fetch = fetches(&mut juliet).remove(0);
    assert_eq!((fetch.address.as_str(), fetch.chosen), (ADDRESS, Chosen::Shown));
    assert!(juliet.sent().is_empty(), "nobody waits for an answer");
}

#[test]
fn an_address_that_the_user_wrote_may_lead_inside_and_what_it_leads_to_may_not() {
    let mut juliet = juliet();
    juliet.command(Command::Fetch(WantedLink::Address("http://nas.local/film".to_owned())));
    juliet.create_file(1);
    assert_eq!(fetches(&mut juliet).remove(0).chosen, Chosen::Written);
    ends(&mut juliet, led("http://router.local/"));
    accept(&mut juliet);
    assert_eq!(fetches(&mut juliet).remove(0).chosen, Chosen::Shown);
    for (odd, why) in
        [(WantedLink::Number(9), "no address of number 9 was named"), (WantedLink::Only, "nobody has named")]
    {
        let mut juliet = super::oob::juliet();
        juliet.command(Command::Fetch(odd));
        assert!(matches!(juliet.event(), Event::Notice(said) if said.starts_with(why)));
    }
}

#[test]
fn who_wants_one_of_several_links_is_told_which_there_are_with_their_numbers() {
    let mut juliet = juliet();
    for name in ["a", "b"] {
        juliet.receive(&format!(
            "<message from='romeo@montague.lit/orchard' type='chat'><body>see there</body>\
             <x xmlns='jabber:x:oob'><url>https://{name}.example/</url></x></message>"
        ));
    }
    for (wanted, why) in [
        (WantedLink::Only, "several addresses were named: say the number of one"),
        (WantedLink::Number(3), "no address of number 3 was named"),
    ] {
        juliet.look();
        juliet.command(Command::Fetch(wanted));
        let Event::Notice(said) = juliet.event() else { panic!("no word") };
        let listed = "\n1: https://a.example/ (romeo@montague.lit)\n2: https://b.example/ (romeo@montague.lit)";
        assert_eq!(said, format!("{why}{listed}"));
    }
}
