//! `balcony open xmpp:…`: a link brings a page and words to it, and nothing happens before Enter.

use balcony::engine::command::{Command, Link};
use balcony::tui::msg::Msg;

use crate::support::screen::Screen;

fn followed(link: &str) -> Screen {
    let mut screen = Screen::online(80, 24);
    screen.caused();
    screen.msg(Msg::Follow(Link::read(link).unwrap()));
    assert_eq!(screen.commands(), [], "{link}");
    screen
}

#[test]
fn a_message_waits_in_the_composer() {
    let mut screen = followed("xmpp:romeo@montague.lit?message;body=Good%20night");
    assert!(screen.picture().contains("▎ Good night"), "{}", screen.picture());
    screen.keys("<Enter>");
    let sent = Command::SendMessage { to: "romeo@montague.lit".parse().unwrap(), body: "Good night".to_owned() };
    assert_eq!(screen.commands(), [sent]);
}

#[test]
fn words_of_a_link_are_never_a_command() {
    let mut screen = followed("xmpp:romeo@montague.lit?message;body=%2Fremove");
    screen.keys("<Enter>");
    let sent = Command::SendMessage { to: "romeo@montague.lit".parse().unwrap(), body: "/remove".to_owned() };
    assert_eq!(screen.commands(), [sent]);
}

#[test]
fn somebody_is_added_once_the_user_says_so() {
    let mut screen = followed("xmpp:mercutio@verona.lit?subscribe;name=Mercutio");
    screen.keys("<Enter>");
    assert!(
        matches!(&screen.commands()[..], [Command::AddContact { contact, .. }] if contact.as_str() == "mercutio@verona.lit")
    );
}

#[test]
fn a_published_file_is_asked_for_by_its_link() {
    let link = "xmpp:romeo@montague.lit?recvfile;sid=pub234";
    let mut screen = followed(link);
    assert!(screen.picture().contains("/start xmpp:romeo@montague.lit?recvfile"), "{}", screen.picture());
}

#[test]
fn a_room_is_said_to_be_one() {
    let picture = followed("xmpp:garden@rooms.capulet.lit?join").picture();
    assert!(picture.contains("is a room"), "{picture}");
}

#[test]
fn a_link_without_an_account_is_told() {
    let mut screen = Screen::first_run(80, 24);
    screen.msg(Msg::Follow(Link::read("xmpp:romeo@montague.lit").unwrap()));
    assert!(screen.commands().is_empty());
}
