//! XEP-0202 and XEP-0363: what the server can and what time it is there, for whoever wants to know.

use std::time::Duration;

use balcony::engine::checkup::{Clock, Examined};
use balcony::engine::command::Command;
use balcony::engine::event::{Event, Way};

use crate::support::engine::{Subject, written};

fn examined(juliet: &mut Subject) -> Examined {
    let found = juliet.events().into_iter().find_map(|event| match event {
        Event::Examined(examined) => Some(*examined),
        _ => None,
    });
    found.expect("the check-up is over")
}

#[test]
fn a_server_that_says_nothing_leaves_a_report_that_says_so() {
    let mut juliet = Subject::online("");
    juliet.command(Command::Examine);
    juliet.pass(Duration::from_secs(10));
    let examined = examined(&mut juliet);
    assert_eq!((examined.server, examined.account, examined.clock), (None, None, None));
}

#[test]
fn without_a_connection_nothing_is_asked() {
    let mut juliet = Subject::juliet();
    juliet.command(Command::Examine);
    assert_eq!(juliet.sent(), []);
}

#[test]
fn the_time_is_compared_with_the_middle_of_the_wait() {
    let mut juliet = Subject::online("");
    juliet.command(Command::Examine);
    juliet.pass(Duration::from_secs(2));
    let theirs = juliet.wall() - Duration::from_secs(61);
    let utc = balcony::xep::date::write(theirs).unwrap();
    juliet.answer("urn:xmpp:time", &format!("<time xmlns='urn:xmpp:time'><tzo>Z</tzo><utc>{utc}</utc></time>"));
    juliet.pass(Duration::from_secs(10));
    let Some(Clock::Ahead(off)) = examined(&mut juliet).clock else { panic!("no clock") };
    assert!((59..=61).contains(&off.as_secs()), "{off:?}");
}

#[test]
fn stanzas_are_shown_both_ways_while_somebody_watches() {
    let mut juliet = Subject::online("");
    juliet.receive("<message from='romeo@montague.lit/x' type='headline'><body>unseen</body></message>");
    juliet.events();
    juliet.command(Command::WatchStanzas(true));
    juliet.command(Command::SendRaw("<iq type='get' id='mine'><ping xmlns='urn:xmpp:ping'/></iq>".to_owned()));
    assert!(written(&juliet.sent()).contains("mine"));
    juliet.receive("<iq type='result' id='mine'/>");
    let shown = juliet.events().into_iter().filter_map(|event| match event {
        Event::Stanza { way, xml } => Some((way, xml.contains("mine"))),
        _ => None,
    });
    assert_eq!(shown.collect::<Vec<_>>(), [(Way::Out, true), (Way::In, true)]);
    juliet.command(Command::WatchStanzas(false));
    juliet.receive("<iq type='result' id='mine'/>");
    assert_eq!(juliet.events(), []);
}

#[test]
fn what_is_no_stanza_is_not_sent_and_the_reason_is_told() {
    let mut juliet = Subject::online("");
    juliet.command(Command::SendRaw("<auth/>".to_owned()));
    assert_eq!(juliet.sent(), []);
    let Event::Notice(why) = juliet.event() else { panic!("no reason") };
    assert!(why.contains("only message, presence and iq"), "{why}");
}
