//! What is sent, to which of their programs, what is published, and what is fetched: by commands and by keys.

use std::time::Duration;

use balcony::engine::FileError;
use balcony::engine::command::{Command, WantedLink};
use balcony::engine::event::{
    Contact, Direction, Event, Failure, Link, OfferInfo, Outcome, Program, Resource, SessionEvent, Show,
    TransferChange, WebAddress,
};
use balcony::tui::effect::{Effect, Shipment, Unsendable};
use balcony::tui::msg::Msg;
use jid::BareJid;

use crate::support::screen::{Screen, contact, offer};

#[test]
fn a_path_that_leads_nowhere_is_refused_where_it_was_typed() {
    let mut screen = Screen::online(80, 24);
    screen.has_files = false;
    screen.keys("/query romeo<Enter>/send ~/sonet.pdf --via in-band<Enter>");
    let sought = screen.caused().into_iter().find_map(|effect| match effect {
        Effect::Find(shipment) => Some(shipment),
        _ => None,
    });
    let Shipment { paths, typed, .. } = sought.expect("it is looked for");
    assert_eq!(paths, [std::path::PathBuf::from("/home/juliet/sonet.pdf")]);
    let why = "Cannot send /home/juliet/sonet.pdf: there is no such file".to_owned();
    screen.msg(Msg::Found(Err(Unsendable { why: why.clone(), typed: typed.clone() })));
    let picture = screen.picture();
    assert!(picture.contains(&why) && picture.contains("▎ /send ~/sonet.pdf --via in-band"), "{picture}");
    assert!(!picture.contains("Transfers") && screen.commands().is_empty(), "{picture}");
    screen.keys("<Ctrl-U>something else").msg(Msg::Found(Err(Unsendable { why, typed })));
    assert!(screen.picture().contains("▎ something else"), "what is being written stays");
}

#[test]
fn who_writes_the_command_that_sends_has_it_foreseen_once() {
    let mut screen = Screen::online(100, 30);
    screen.keys("/query romeo<Enter>").caused();
    let to = BareJid::new("romeo@montague.lit").unwrap();
    let foreseen = |screen: &mut Screen| {
        let is_it =
            |effect: &Effect| matches!(effect, Effect::Command(_, Command::ForeseeOffer { to: of }) if *of == to);
        screen.caused().iter().filter(|effect| is_it(effect)).count()
    };
    assert_eq!(foreseen(screen.keys("/send")), 0);
    assert_eq!(foreseen(screen.keys(" a.pdf")), 1);
    assert_eq!(foreseen(screen.keys("<Ctrl-U>/upload ")), 1);
    assert_eq!(foreseen(screen.keys("<Ctrl-U>/msg /send ")), 0);
}

#[test]
fn several_files_and_patterns_are_one_offer() {
    let mut screen = Screen::online(100, 30);
    let romeo: jid::Jid = "romeo@montague.lit".parse().unwrap();
    screen.keys("/query romeo<Enter>/send /a '/b c'<Enter>");
    let paths: Vec<std::path::PathBuf> = vec!["/a".into(), "/b c".into()];
    assert_eq!(screen.commands(), [Command::OfferTogether { to: romeo.clone(), paths: paths.clone(), via: vec![] }]);
    screen.keys("/send --apart /a '/b c'<Enter>");
    assert_eq!(screen.commands().len(), 2);
    screen.caused();
    screen.keys("/send /tmp/*.jpg<Enter>");
    let caused = screen.caused();
    let found = caused.into_iter().find_map(|effect| match effect {
        Effect::Find(shipment) => Some(shipment),
        _ => None,
    });
    let shipment = found.expect("a pattern is looked up");
    let why = "Cannot send /tmp/*.jpg fits no file".to_owned();
    screen.msg(Msg::Found(Err(Unsendable { why, typed: "/send /tmp/*.jpg".to_owned() })));
    assert!(screen.picture().contains("fits no file") && screen.picture().contains("▎ /send /tmp/*.jpg"));
    screen.keys("<Ctrl-U>");
    screen.msg(Msg::Found(Ok(Shipment { paths: paths.clone(), ..shipment })));
    assert_eq!(screen.commands(), [Command::OfferTogether { to: romeo.clone(), paths: paths.clone(), via: vec![] }]);
    screen.msg(Msg::PastedFiles { text: "/a '/b c'".to_owned(), paths: paths.clone(), size: Some(7) });
    assert!(screen.picture().contains("/a and 1 more, 7 B, in one transfer to Romeo?"), "{}", screen.picture());
    screen.keys("<Enter>");
    assert_eq!(screen.commands(), [Command::OfferTogether { to: romeo, paths, via: vec![] }]);
}

#[test]
fn nothing_is_offered_while_we_are_offline_and_that_is_said() {
    let mut screen = Screen::online(80, 24);
    let why = "the server closed the connection".to_owned();
    screen.event(Event::Session(SessionEvent::Offline { why, retry_in: Duration::from_secs(9) }));
    screen.keys("/query romeo<Enter>/send sonnet.pdf<Enter>");
    assert!(screen.commands().is_empty());
    assert!(screen.picture().contains("You are offline: nothing can be offered now"));
    assert!(screen.picture().contains("▎ /send sonnet.pdf"));
}

#[test]
fn a_file_that_cannot_be_read_was_never_offered() {
    let mut screen = Screen::online(80, 24);
    let unread = OfferInfo { size: None, ..offer(Direction::Sending, "sonet.pdf", 0) };
    screen.keys("/query romeo<Enter>").transfer(1, TransferChange::Offered(Box::new(unread)));
    let why = FileError::Unreadable("/tmp/sonet.pdf: no such file".to_owned());
    screen.ended(1, Outcome::Failed(Failure::Local(why)));
    let picture = screen.picture();
    assert!(picture.contains("sonet.pdf: the file cannot be read"), "{picture}");
    assert!(!picture.contains("you offer"), "{picture}");
}

/// Romeo is here with two programs that take files, and with one that takes none.
fn romeo_with_several(screen: &mut Screen) {
    let mut romeo = contact("romeo@montague.lit", "Romeo", "Family", Some(Show::Available));
    for (name, takes_files) in [("phone", Some(false)), ("tomb", Some(true))] {
        let mut other = romeo.resources[0].clone();
        other.jid = format!("romeo@montague.lit/{name}").parse().unwrap();
        (other.show, other.takes_files) = (Show::Away, takes_files);
        romeo.resources.push(other);
    }
    screen.event(Event::Contact(romeo));
}

fn offered_to(screen: &mut Screen) -> Vec<String> {
    let to = |command: Command| match command {
        Command::OfferFile { to, .. } => Some(to.to_string()),
        Command::AskPrograms { .. } => None,
        other => panic!("{other:?}"),
    };
    screen.commands().into_iter().filter_map(to).collect()
}

#[test]
fn programs_to_choose_from_say_what_they_are_and_the_choice_stays_with_its_program_when_the_list_changes() {
    let mut screen = Screen::online(80, 24);
    romeo_with_several(&mut screen);
    screen.keys("/query romeo<Enter>/send /tmp/a.pdf<Enter><Down>");
    let contact = "romeo@montague.lit".parse().unwrap();
    assert_eq!(screen.commands(), [Command::AskPrograms { contact }]);
    let program = Program { name: "Balcony".to_owned(), version: "0.1.0".to_owned(), os: None };
    screen.event(Event::Program { of: "romeo@montague.lit/tomb".parse().unwrap(), program });
    assert!(screen.picture().contains("tomb · Balcony 0.1.0 · away"), "{}", screen.picture());
    let mut romeo = contact_with(&["mantua", "orchard", "tomb"]);
    screen.event(Event::Contact(romeo.clone())).keys("<Enter>");
    assert_eq!(offered_to(&mut screen), ["romeo@montague.lit/tomb"]);
    screen.keys("/send /tmp/b.pdf<Enter>");
    romeo.resources.pop();
    screen.event(Event::Contact(romeo)).keys("<Enter>");
    assert_eq!(offered_to(&mut screen), ["romeo@montague.lit/mantua"], "the first, once the chosen one is gone");
}

#[test]
fn nobody_is_asked_to_which_program_once_none_is_there() {
    let gone = contact_with(&[]);
    let removed = gone.jid.clone();
    for event in [Event::Contact(gone), Event::ContactRemoved(removed)] {
        let mut screen = Screen::online(100, 30);
        romeo_with_several(&mut screen);
        screen.keys("/query romeo<Enter>/send /tmp/a.pdf<Enter>").event(event);
        let picture = screen.picture();
        assert!(!picture.contains("To which program?") && picture.contains("▎ /send /tmp/a.pdf"), "{picture}");
        assert!(
            picture.contains("No program of Romeo is there") || picture.contains("No program of romeo"),
            "{picture}"
        );
        assert_eq!(offered_to(&mut screen), Vec::<String>::new());
    }
}

/// Romeo, here with these programs, which all take files.
fn contact_with(programs: &[&str]) -> Contact {
    let mut romeo = contact("romeo@montague.lit", "Romeo", "Family", Some(Show::Available));
    let one = romeo.resources.remove(0);
    let named = |name: &&str| Resource { jid: format!("romeo@montague.lit/{name}").parse().unwrap(), ..one.clone() };
    romeo.resources = programs.iter().map(named).collect();
    romeo
}

#[test]
fn one_of_several_programs_is_chosen_and_is_the_first_choice_from_then_on() {
    let mut screen = Screen::online(80, 24);
    romeo_with_several(&mut screen);
    screen.keys("/query romeo<Enter>/send /tmp/a.pdf<Enter>");
    let picture = screen.picture();
    assert!(picture.contains("orchard · available") && picture.contains("tomb · away"), "{picture}");
    assert!(!picture.contains("phone"), "{picture}");
    screen.keys("<Esc>");
    assert_eq!(offered_to(&mut screen), Vec::<String>::new());
    screen.keys("/send /tmp/a.pdf<Enter><Down><Enter>/send /tmp/b.pdf<Enter><Enter>");
    assert_eq!(offered_to(&mut screen), ["romeo@montague.lit/tomb", "romeo@montague.lit/tomb"]);
    screen.keys("/send /tmp/c.pdf --to romeo@montague.lit/phone<Enter>");
    assert_eq!(offered_to(&mut screen), ["romeo@montague.lit/phone"], "who is named is not asked about");
}

#[test]
fn a_file_is_published_for_whom_the_user_talks_to_or_for_any_contact() {
    let mut screen = Screen::online(80, 24);
    screen.keys("/publish ~/a.txt<Enter>/publish a.txt --to nurse<Enter>/query romeo<Enter>/publish b.txt<Enter>");
    let publish =
        |to: Option<&str>, path: &str| Command::Publish { to: to.map(|to| to.parse().unwrap()), path: path.into() };
    let expected = [
        publish(None, "/home/juliet/a.txt"),
        publish(Some("nurse@capulet.lit"), "a.txt"),
        publish(Some("romeo@montague.lit"), "b.txt"),
    ];
    assert_eq!(screen.commands(), expected);
    let to = Some("romeo@montague.lit".parse().unwrap());
    screen.event(Event::Published { to, name: "b.txt".to_owned(), uri: "xmpp:x".to_owned() });
    assert!(screen.picture().contains("You published b.txt until Balcony ends: xmpp:x"), "{}", screen.picture());
}

#[test]
fn a_link_is_fetched_by_its_number_or_by_an_address() {
    let mut screen = Screen::online(80, 24);
    screen.event(Event::Linked(Link {
        number: 3,
        with: "romeo@montague.lit".parse().unwrap(),
        address: WebAddress::read("http://a.example/b").unwrap(),
        description: Some("A license".to_owned()),
    }));
    screen.keys("/query romeo<Enter>");
    assert!(screen.picture().contains("link 3: http://a.example/b (not encrypted) “A"), "{}", screen.picture());
    screen.keys("/fetch 3<Enter>/fetch<Enter>/fetch https://a.example/c<Enter>");
    let address = "https://a.example/c".to_owned();
    let wanted = [WantedLink::Number(3), WantedLink::Only, WantedLink::Address(address)];
    assert_eq!(screen.commands(), wanted.map(Command::Fetch));
}
