//! Messages with what was said about them, and the dialogs about one.

use balcony::engine::event::{Author, Event, Reply};
use balcony::engine::history::What;

use super::looks_right;
use crate::messages::{about, correction, reactions, romeo_says, theirs};
use crate::support::screen::Screen;

/// One of each.
fn talk(width: u16, height: u16) -> Screen {
    let mut screen = Screen::online(width, height);
    screen.keys("/query romeo<Enter>");
    romeo_says(&mut screen, "r1", "But sofft! what light through *yonder* window breaks?");
    about(&mut screen, theirs(), "r2", correction("r1", "But soft! what light through *yonder* window breaks?"));
    screen.me("j1", "Ay me");
    about(&mut screen, theirs(), "r3", reactions("j1", &["❤", "👍"]));
    about(&mut screen, theirs(), "r4", What::Displayed { of: "j1".to_owned() });
    let mut answer = screen.message("romeo@montague.lit/orchard", "O, speak again, bright _angel_!");
    answer.id = Some("r5".to_owned());
    answer.reply = Some(Reply { to: "j1".to_owned(), quoted: None });
    screen.event(Event::Message(answer));
    romeo_says(&mut screen, "r6", "/me sighs\n> as is a winged messenger\n```\nlet night = day;\n```");
    screen.me("j2", "A thousand times good night");
    about(&mut screen, Author::Me, "j3", What::Retraction { of: "j2".to_owned() });
    screen
}

#[test]
fn messages_with_what_was_said_about_them() {
    looks_right("messages", |width, height| {
        let mut screen = talk(width, height);
        screen.keys("<Up>kk");
        screen
    });
}

#[test]
fn what_waits_for_the_server_is_marked_until_it_has_it() {
    looks_right("messages-on-their-way", |width, height| {
        let mut screen = talk(width, height);
        screen.me("j4", "My ears have not yet drunk a hundred words");
        screen.event(Event::MessageSent { with: "romeo@montague.lit".parse().unwrap(), id: "j4".to_owned() });
        screen.me("j5", "Of thy tongue's uttering");
        screen
    });
}

#[test]
fn an_answer_while_it_is_written() {
    looks_right("message-answer", |width, height| {
        let mut screen = talk(width, height);
        screen.keys("<Up>gr").keys("It is the east");
        screen
    });
}

#[test]
fn the_picker_of_reactions() {
    looks_right("message-reactions", |width, height| {
        let mut screen = talk(width, height);
        screen.keys("<Up>g+hear");
        screen
    });
}

#[test]
fn the_details_of_a_message() {
    looks_right("message-details", |width, height| {
        let mut screen = talk(width, height);
        screen.keys("<Up>g<Enter>");
        screen
    });
}

#[test]
fn the_addresses_of_a_message() {
    looks_right("message-links", |width, height| {
        let mut screen = talk(width, height);
        let long = "a-very-long-path/".repeat(8);
        romeo_says(&mut screen, "r9", &format!("https://a.example/{long} or xmpp:nurse@capulet.lit"));
        screen.keys("<Up>o");
        screen
    });
}

#[test]
fn a_message_about_to_be_taken_back() {
    looks_right("message-retract", |width, height| {
        let mut screen = talk(width, height);
        screen.keys("<Up>gjd");
        screen
    });
}
