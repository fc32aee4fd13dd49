//! Stanzas as they pass, by keys.

use balcony::engine::command::Command;
use balcony::engine::event::{Event, Way};
use balcony::tui::msg::Msg;

use crate::screens::console::watching;
use crate::support::screen::Screen;

const PING: &str = "<iq type='get' id='1'><ping xmlns='urn:xmpp:ping'/></iq>";

#[test]
fn the_client_shows_stanzas_only_while_the_console_is_open() {
    for close in ["<Esc>", "q"] {
        let mut screen = Screen::online(80, 24);
        screen.keys("/xml<Enter>");
        assert_eq!(screen.commands(), [Command::WatchStanzas(true)]);
        screen.effects.clear();
        screen.keys(close);
        assert_eq!(screen.commands(), [Command::WatchStanzas(false)]);
    }
}

#[test]
fn a_client_that_begins_anew_shows_stanzas_from_its_login_on() {
    let mut screen = watching(80, 24);
    screen.effects.clear();
    screen.msg(Msg::Started(screen.account));
    assert_eq!(screen.commands(), [Command::WatchStanzas(true), Command::Connect]);
    screen.effects.clear();
    screen.keys("<Esc>");
    screen.effects.clear();
    screen.msg(Msg::Started(screen.account));
    assert_eq!(screen.commands(), [Command::Connect]);
}

#[test]
fn a_filter_leaves_what_has_it_and_escape_shows_all_again() {
    let mut screen = watching(80, 24);
    screen.keys("/PING<Enter>");
    assert!(screen.picture().contains("urn:xmpp:ping") && !screen.picture().contains("owned"));
    screen.keys("/<Esc>");
    assert!(screen.picture().contains("owned"));
}

#[test]
fn what_is_held_stays_and_what_came_meanwhile_is_there_afterwards() {
    let mut screen = watching(80, 24);
    screen.keys("<Space>");
    screen.event(Event::Stanza { way: Way::In, xml: "<presence id='late'/>".to_owned() });
    assert!(!screen.picture().contains("late") && screen.picture().contains("1 more"), "{}", screen.picture());
    screen.keys("<Space>");
    assert!(screen.picture().contains("late"));
}

#[test]
fn any_number_of_stanzas_is_borne() {
    let mut screen = watching(80, 24);
    for number in 0..2000 {
        screen.event(Event::Stanza { way: Way::In, xml: format!("<presence id='n{number}'/>") });
    }
    assert!(screen.picture().contains("n1999"));
    screen.keys(&"<PgUp>".repeat(200));
    assert!(screen.picture().contains("n1500") && !screen.picture().contains("n1499"), "{}", screen.picture());
    screen.keys("<End>");
    assert!(screen.picture().contains("n1999"));
}

#[test]
fn a_stanza_is_sent_as_it_was_written_and_nothing_else_is() {
    let mut screen = Screen::online(80, 24);
    screen.keys("/xml send ").msg(Msg::Paste(PING.to_owned())).keys("<Enter>");
    assert_eq!(screen.commands(), [Command::WatchStanzas(true), Command::SendRaw(PING.to_owned())]);
    for wrong in ["<auth/>", "<presence", "<presence/><presence/>"] {
        let mut screen = Screen::online(80, 24);
        screen.keys("/xml send ").msg(Msg::Paste(wrong.to_owned())).keys("<Enter>");
        assert_eq!(screen.commands(), [], "{wrong}");
    }
}
