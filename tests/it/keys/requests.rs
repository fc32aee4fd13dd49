//! Who asks to see us waits in the bar, beside offers, and is answered there.

use balcony::engine::command::{Command, Reason, SubscriptionAnswer};
use balcony::engine::event::{Contact, Event, Subscription};
use balcony::tui::effect::Effect;

use super::MIB;
use super::roster::{bare, block, blocked, roster};
use crate::support::screen::{Screen, contact};

fn asks(screen: &mut Screen, from: &str) {
    screen.event(Event::SubscriptionRequest { from: bare(from), text: None, nick: None });
}

fn answer(contact: &str, answer: SubscriptionAnswer) -> Command {
    Command::AnswerSubscription { contact: bare(contact), answer }
}

#[test]
fn who_was_answered_on_another_device_asks_no_more() {
    let mut screen = Screen::online(100, 30);
    asks(&mut screen, "paris@verona.lit");
    let paris = contact("paris@verona.lit", "Paris", "Friends", None);
    screen.event(Event::Contact(Contact { subscription: Subscription::From, ..paris }));
    assert!(!screen.picture().contains("asks to see"), "{}", screen.picture());
    screen.keys("<F4>");
    assert!(screen.commands().is_empty(), "what was granted is not taken back");
}

#[test]
fn it_is_told_once_what_a_contact_decided_about_being_seen() {
    let mut screen = Screen::online(100, 30);
    let paris = |subscription, asked| {
        let paris = contact("paris@verona.lit", "Paris", "Friends", None);
        Event::Contact(Contact { subscription, asked, ..paris })
    };
    screen.event(paris(Subscription::None, true)).event(paris(Subscription::None, true));
    assert!(!screen.picture().contains("see when"), "they have not answered yet");
    screen.event(paris(Subscription::To, false)).event(paris(Subscription::Both, false));
    let told = |screen: &mut Screen, what: &str| screen.picture().matches(what).count();
    assert_eq!(told(&mut screen, "Paris lets you see when they are online"), 1);
    screen.event(paris(Subscription::From, false)).event(paris(Subscription::From, true));
    assert_eq!(told(&mut screen, "You no longer see when Paris is online"), 1);
    screen.event(paris(Subscription::None, false));
    assert_eq!(told(&mut screen, "Paris does not let you see when they are online"), 1);
    screen.log_in();
    screen.event(paris(Subscription::Both, false)).event(Event::RosterComplete);
    assert_eq!(told(&mut screen, "lets you see"), 1, "how things are is no news: {}", screen.picture());
}

#[test]
fn who_asks_to_see_us_is_answered_in_the_bar() {
    for (key, commands) in [
        ("a", vec![answer("paris@verona.lit", SubscriptionAnswer::Approve)]),
        ("d", vec![answer("paris@verona.lit", SubscriptionAnswer::Deny)]),
        (
            "A",
            vec![
                answer("paris@verona.lit", SubscriptionAnswer::Approve),
                Command::AddContact { contact: bare("paris@verona.lit"), name: None, groups: vec![] },
            ],
        ),
        ("b<Enter>", vec![block("paris@verona.lit", None)]),
        ("b<Esc>", vec![]),
        ("b<Down><Enter>", vec![block("paris@verona.lit", Some(Reason::Spam))]),
        ("b<Down><Down><Down><Enter>", vec![block("verona.lit", None)]),
    ] {
        let mut screen = Screen::online(100, 30);
        screen.keys("half a sentence");
        asks(&mut screen, "paris@verona.lit");
        assert!(screen.picture().contains("paris@verona.lit asks to see when you are online"), "{}", screen.picture());
        screen.keys(&format!("<Ctrl-O>{key}"));
        assert_eq!(screen.commands(), commands, "{key}");
        screen.keys("<Esc>");
        assert!(screen.picture().contains("half a sentence"));
    }
}

#[test]
fn whoever_may_see_us_can_be_asked_in_return_by_the_next_key() {
    let add = || Command::AddContact { contact: bare("paris@verona.lit"), name: None, groups: vec![] };
    for (keys, commands) in [("<F3>", vec![add()]), ("<F4>", vec![]), ("<Ctrl-O>a", vec![add()]), ("<Ctrl-O>d", vec![])]
    {
        let mut screen = Screen::online(100, 30);
        asks(&mut screen, "paris@verona.lit");
        asks(&mut screen, "tybalt@verona.lit");
        screen.keys("<F3>");
        assert_eq!(screen.commands(), [answer("paris@verona.lit", SubscriptionAnswer::Approve)]);
        assert!(screen.picture().contains("paris@verona.lit sees when you are online. See them too?"));
        screen.fast_keys("<F3>");
        assert!(screen.commands().is_empty(), "that was meant for the request");
        screen.wait(400).fast_keys(keys);
        assert_eq!(screen.commands(), commands, "{keys}");
        let picture = screen.picture();
        assert!(!picture.contains("See them too") && picture.contains("tybalt@verona.lit asks"), "{picture}");
    }
}

#[test]
fn nobody_is_asked_in_return_who_is_seen_already_or_blocked_or_was_added() {
    for what in ["seen", "blocked", "added"] {
        let mut screen = Screen::online(100, 30);
        asks(&mut screen, "paris@verona.lit");
        if what == "added" {
            screen.keys("/add paris@verona.lit<Enter>");
        } else {
            screen.keys("<F3>");
            assert!(screen.picture().contains("See them too?"));
        }
        if what == "seen" {
            screen.event(Event::Contact(contact("paris@verona.lit", "Paris", "Citizens", None)));
        } else if what == "blocked" {
            blocked(&mut screen, &["paris@verona.lit"]);
        }
        let picture = screen.picture();
        assert!(!picture.contains("See them too?") && !picture.contains("Requests"), "{what}: {picture}");
    }
}

#[test]
fn whoever_is_in_the_roster_keeps_their_name_there_when_asked_to_be_seen() {
    let known = contact("paris@verona.lit", "The County", "Citizens", None);
    let add =
        Command::AddContact { contact: known.jid.clone(), name: known.name.clone(), groups: known.groups.clone() };
    for [first, second] in [["<Ctrl-O>", "A"], ["<F3>", "<F3>"]] {
        let mut screen = Screen::online(100, 30);
        screen.event(Event::Contact(Contact { subscription: Subscription::None, ..known.clone() }));
        asks(&mut screen, "paris@verona.lit");
        screen.keys(first).keys(second);
        assert_eq!(
            screen.commands(),
            [answer("paris@verona.lit", SubscriptionAnswer::Approve), add.clone()],
            "{first}"
        );
    }
}

#[test]
fn a_key_that_was_meant_for_something_else_answers_no_request() {
    let mut screen = Screen::online(80, 24);
    asks(&mut screen, "paris@verona.lit");
    screen.wait(399).fast_keys("<F3>");
    assert!(screen.commands().is_empty());
    screen.wait(400).fast_keys("<F3>");
    assert_eq!(screen.commands(), [answer("paris@verona.lit", SubscriptionAnswer::Approve)]);
}

#[test]
fn a_file_goes_before_who_asks_to_see_us() {
    let mut screen = Screen::online(80, 24);
    asks(&mut screen, "paris@verona.lit");
    screen.offered(1, "a.pdf", MIB).wait(100).fast_keys("<F4>");
    assert!(screen.commands().is_empty(), "the file has only just taken the place");
    screen.keys("<F4>");
    let declined = Command::DeclineOffer { transfer: balcony::engine::event::TransferId(1) };
    assert_eq!(screen.commands(), [declined]);
    screen.keys("<F4>");
    assert_eq!(screen.commands(), [answer("paris@verona.lit", SubscriptionAnswer::Deny)]);
}

#[test]
fn a_flood_of_requests_rings_once_and_takes_one_line() {
    let mut screen = Screen::online(80, 24);
    screen.caused();
    for number in 0..57 {
        asks(&mut screen, &format!("suitor{number:02}@verona.lit"));
    }
    assert_eq!(screen.caused(), [Effect::Bell]);
    let picture = screen.picture();
    assert!(picture.contains("Requests 57") && picture.contains("(and 56 more)"), "{picture}");
    let roster = roster(&mut screen);
    assert!(roster.contains("Romeo") && !roster.contains("○ suitor"), "{roster}");
    screen.keys("<Ctrl-O>jd");
    assert_eq!(screen.commands(), [answer("suitor01@verona.lit", SubscriptionAnswer::Deny)]);
    screen.keys("D<Esc>");
    assert!(screen.commands().is_empty());
    screen.keys("D<Enter>");
    assert_eq!(screen.commands().len(), 56);
    assert!(!screen.picture().contains("Requests"));
}

#[test]
fn whoever_is_blocked_leaves_the_bar_with_what_they_offered() {
    let mut screen = Screen::online(100, 30);
    asks(&mut screen, "paris@verona.lit");
    screen.offered(1, "a.pdf", MIB);
    blocked(&mut screen, &["verona.lit", "romeo@montague.lit"]);
    let declined = Command::DeclineOffer { transfer: balcony::engine::event::TransferId(1) };
    assert_eq!(screen.commands(), [declined]);
    let picture = screen.picture();
    assert!(!picture.contains("paris") && !picture.contains("Offers"), "{picture}");
    assert!(picture.contains("blocked"), "{picture}");
}

#[test]
fn the_hints_are_those_of_what_is_asked_and_not_of_a_file() {
    let mut screen = Screen::online(120, 24);
    asks(&mut screen, "paris@verona.lit");
    screen.keys("<Ctrl-O>");
    let hints = |screen: &mut Screen| screen.picture().lines().last().unwrap().to_owned();
    let line = hints(&mut screen);
    assert!(line.contains("a let see · d deny · A and add · b block · v view · Esc back"), "{line}");
    screen.offered(1, "a.pdf", MIB).keys("<Esc><Ctrl-O><Up>");
    let line = hints(&mut screen);
    assert!(line.contains("A save as · v view · t trust · j next · Esc back"), "{line}");
}
