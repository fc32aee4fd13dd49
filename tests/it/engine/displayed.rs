//! XEP-0490: what is seen on one device is new on none, and nobody but our own account is believed about it.

use std::time::Duration;

use balcony::engine::command::Command;
use balcony::engine::event::Event;

use crate::support::archive::{Home, romeo};

const FEATURES: &str = "<feature var='urn:xmpp:mam:2'/><feature var='urn:xmpp:sid:0'/>\
                        <feature var='http://jabber.org/protocol/pubsub#publish-options'/>";

fn item(archived: &str) -> String {
    format!(
        "<item id='romeo@montague.lit'><displayed xmlns='urn:xmpp:mds:displayed:0'>\
         <stanza-id xmlns='urn:xmpp:sid:0' by='juliet@capulet.lit' id='{archived}'/></displayed></item>"
    )
}

fn event(from: &str, archived: &str) -> String {
    let items = format!("<items node='urn:xmpp:mds:displayed:0'>{}</items>", item(archived));
    format!("<message {from}><event xmlns='http://jabber.org/protocol/pubsub#event'>{items}</event></message>")
}

/// A home where three messages are new.
fn with_news() -> Home {
    let mut home = Home::new();
    home.features = FEATURES;
    home.log_in();
    for (second, body) in ["one", "two", "three"].into_iter().enumerate() {
        home.missed(second as u64, body);
    }
    home.log_in();
    home.events.clear();
    home
}

fn read_elsewhere(home: &Home) -> usize {
    home.events.iter().filter(|event| matches!(event, Event::ReadElsewhere { .. })).count()
}

#[test]
fn what_was_read_on_another_device_is_read_here() {
    let mut home = with_news();
    home.juliet.receive(&event("from='juliet@capulet.lit'", "archive-2"));
    home.settle();
    assert_eq!((home.keeper.unread(), read_elsewhere(&home)), (1, 1));
}

#[test]
fn what_others_say_about_it_is_not_believed() {
    let mut home = with_news();
    for from in ["romeo@montague.lit", "juliet@capulet.lit/phone", "capulet.lit"] {
        home.juliet.receive(&event(&format!("from='{from}'"), "archive-3"));
    }
    home.settle();
    assert_eq!((home.keeper.unread(), read_elsewhere(&home)), (3, 0));
}

#[test]
fn what_was_read_while_this_device_was_away_is_read_once_the_archive_is_here() {
    let mut home = Home::new();
    home.features = FEATURES;
    home.log_in();
    home.items = item("archive-2");
    for (second, body) in ["one", "two", "three"].into_iter().enumerate() {
        home.missed(second as u64, body);
    }
    home.log_in();
    assert_eq!(home.keeper.unread(), 1);
}

#[test]
fn a_new_device_learns_what_is_new_from_the_others() {
    let mut home = Home::new();
    home.features = FEATURES;
    home.items = item("archive-2");
    for (second, body) in ["one", "two", "three"].into_iter().enumerate() {
        home.missed(second as u64, body);
    }
    home.log_in();
    assert_eq!(home.keeper.unread(), 1);
}

#[test]
fn what_the_user_reads_is_published_once_under_the_archives_name() {
    let mut home = with_news();
    let last = home.keeper.lines()[2].at;
    for _ in 0..3 {
        home.juliet.command(Command::MarkRead { with: romeo(), at: last });
        home.settle();
    }
    home.juliet.pass(Duration::from_secs(10));
    home.settle();
    assert_eq!(home.published.len(), 1);
    let published = String::from(&home.published[0]);
    for part in ["archive-3", "romeo@montague.lit", "whitelist", "publish-options"] {
        assert!(published.contains(part), "{part} is not in {published}");
    }
    home.juliet.receive(&event("from='juliet@capulet.lit'", "archive-3"));
    home.settle();
    assert_eq!(read_elsewhere(&home), 0, "what we published comes back");
}

#[test]
fn nothing_is_published_where_others_might_see_it() {
    let mut home = with_news();
    home.features = "<feature var='urn:xmpp:mam:2'/><feature var='urn:xmpp:sid:0'/>";
    home.log_in();
    let last = home.keeper.lines()[2].at;
    home.juliet.command(Command::MarkRead { with: romeo(), at: last });
    home.settle();
    home.juliet.pass(Duration::from_secs(10));
    home.settle();
    assert_eq!(home.published.len(), 0);
}
