//! What is asked before something is done that is not easily undone, and what is typed to have it done.

use balcony::engine::event::{Event, Program, Resource, Show};
use balcony::store::rules::{Action, Rule};
use balcony::tui::msg::{Msg, RulesAnswer};

use super::{MIB, looks_right};
use crate::support::screen::{Screen, contact};

#[test]
fn a_draft_of_many_lines_in_any_script() {
    looks_right("composer", |width, height| {
        let mut screen = Screen::online(width, height);
        screen.keys("/query romeo<Enter>").msg(Msg::Paste("My bounty is as boundless as the sea".to_owned()));
        screen.keys("<Alt-Enter>").msg(Msg::Paste("東京の友達 👩‍👩‍👧‍👦 e\u{301} שלום\u{200f}!".to_owned()));
        screen
    });
    looks_right("composer-vi", |width, height| {
        let mut screen = Screen::online(width, height);
        screen.keys("/set ui.vi true<Enter>/query romeo<Enter>Good night, good night<Esc>b");
        screen
    });
}

#[test]
fn whether_a_long_text_is_pasted() {
    looks_right("paste-long", |width, height| {
        let mut screen = Screen::online(width, height);
        screen.keys("/query romeo<Enter>").msg(Msg::Paste("line after line\n".repeat(40)));
        screen
    });
}

#[test]
fn who_is_added_and_how_they_are_called() {
    looks_right("contact-add", |width, height| {
        let mut screen = Screen::online(width, height);
        screen.keys("<F7>amercutio@verona.lit");
        screen
    });
    looks_right("contact-rename", |width, height| {
        let mut screen = Screen::online(width, height);
        screen.keys("<F7>/rom<Esc>r Montague");
        screen
    });
}

#[test]
fn whether_somebody_is_a_contact_no_more() {
    looks_right("contact-remove", |width, height| {
        let mut screen = Screen::online(width, height);
        screen.keys("<F7>/rom<Esc>D");
        screen
    });
}

#[test]
fn whether_nobody_may_see_us_who_asks() {
    looks_right("requests-deny", |width, height| {
        let mut screen = Screen::online(width, height);
        for number in 0..57 {
            let from = format!("suitor{number:02}@verona.lit").parse().unwrap();
            screen.event(Event::SubscriptionRequest { from, text: None, nick: None });
        }
        screen.keys("<Ctrl-O>D");
        screen
    });
}

#[test]
fn whether_what_moves_is_stopped() {
    looks_right("cancel", |width, height| {
        let mut screen = Screen::online(width, height);
        screen.offering(1, "portrait.png", 12 * MIB).answered(1).progress(1, MIB, 12 * MIB, MIB);
        screen.keys("<Ctrl-T>c");
        screen
    });
}

#[test]
fn which_of_several_programs_gets_a_file() {
    looks_right("programs", |width, height| {
        let mut screen = Screen::online(width, height);
        let mut romeo = contact("romeo@montague.lit", "Romeo", "Family", Some(Show::Available));
        let tomb = "romeo@montague.lit/tomb".parse().unwrap();
        let other = Resource { jid: tomb, show: Show::Away, takes_files: Some(true), ..romeo.resources[0].clone() };
        romeo.resources.push(other);
        screen.event(Event::Contact(romeo)).keys("/query romeo<Enter>/send /tmp/sonnet.pdf<Enter><Down>");
        let program = Program { name: "Balcony".to_owned(), version: "0.1.0".to_owned(), os: None };
        screen.event(Event::Program { of: "romeo@montague.lit/tomb".parse().unwrap(), program });
        screen
    });
}

#[test]
fn whether_a_rule_is_removed() {
    looks_right("rules-remove", |width, height| {
        let mut screen = Screen::online(width, height);
        screen.rules(vec![Rule::new(Action::Accept)]);
        let lines = "[[rules]]\naction = \"accept\"\ngroup = \"Family\"\n".to_owned();
        screen.msg(Msg::Rules(RulesAnswer::Stands(1, Some(lines))));
        screen
    });
}
