//! The roster by keys: finding, sorting, folding, changing; who is blocked.

use std::collections::BTreeSet;
use std::time::{Duration, SystemTime};

use balcony::engine::command::{Command, Reason, Report};
use balcony::engine::event::{About, Card, Contact, Event, Program, Show, Subscription};
use balcony::store::people::Kept;
use balcony::tui::effect::{Effect, PeopleWish};
use balcony::tui::msg::Msg;
use jid::{BareJid, Jid};

use crate::support::screen::{Screen, contact, minute};

const MIB: u64 = 1024 * 1024;

pub(super) fn bare(text: &str) -> BareJid {
    text.parse().unwrap()
}

pub(super) fn block(who: &str, report: Option<Reason>) -> Command {
    let report = report.map(|reason| Report { reason, words: None });
    Command::Block { who: who.parse().unwrap(), report }
}

pub(super) fn blocked(screen: &mut Screen, who: &[&str]) {
    screen.event(Event::Blocked(who.iter().map(|jid| Jid::new(jid).unwrap()).collect::<BTreeSet<Jid>>()));
}

/// The roster alone, at 80 columns.
pub(super) fn roster(screen: &mut Screen) -> String {
    screen.picture().lines().map(|row| row.chars().take(19).collect::<String>() + "\n").collect()
}

#[test]
fn a_draft_is_marked_where_it_waits_and_not_where_it_is_written() {
    let mut screen = Screen::online(80, 24);
    let of_romeo = |screen: &mut Screen| roster(screen).lines().find(|row| row.contains("Romeo")).unwrap().to_owned();
    screen.keys("/query romeo<Enter>Come, gentle night");
    assert!(!of_romeo(&mut screen).contains('✎'));
    screen.keys("<Alt-/>");
    assert!(of_romeo(&mut screen).trim_end().ends_with('✎'), "{}", of_romeo(&mut screen));
    screen.romeo("But soft!");
    assert!(of_romeo(&mut screen).trim_end().ends_with("✎ 1"), "{}", of_romeo(&mut screen));
    screen.keys("/query romeo<Enter><Ctrl-U><Alt-/>");
    assert!(!of_romeo(&mut screen).contains('✎'));
}

#[test]
fn who_does_not_let_us_see_them_is_not_called_absent() {
    let mut screen = Screen::online(100, 30);
    let hidden = Contact { subscription: Subscription::From, ..contact("paris@verona.lit", "Paris", "Family", None) };
    screen.event(Event::Contact(hidden)).keys("/whois paris<Enter>");
    let picture = screen.picture();
    assert!(picture.contains("not known: they do not let you see; /add paris@verona.lit asks them"), "{picture}");
    screen.keys("<Esc>/send ~/a.pdf --to paris@verona.lit<Enter>");
    assert!(screen.picture().contains("does not let you see whether they are online"), "{}", screen.picture());
}

#[test]
fn somebody_is_found_by_typing_a_part_of_name_or_address() {
    let mut screen = Screen::online(80, 24);
    screen.keys("<F7>/capulet");
    let picture = roster(&mut screen);
    assert!(picture.contains("/capulet") && !picture.contains("Romeo"), "{picture}");
    assert!(picture.contains("Nurse") && picture.contains("Tybalt") && picture.contains("1/2"), "{picture}");
    screen.keys(" TYB<Enter>x<Enter>");
    let sent = Command::SendMessage { to: "tybalt@capulet.lit".parse().unwrap(), body: "x".to_owned() };
    assert_eq!(screen.commands(), [sent]);
    assert!(screen.picture().contains("Romeo"), "who was found is opened, and all are shown again");
}

#[test]
fn escape_shows_everybody_again_and_letters_are_keys_again() {
    let mut screen = Screen::online(80, 24);
    screen.keys("<F7>/nobody");
    assert!(screen.picture().contains("Nobody fits"), "{}", screen.picture());
    screen.keys("<Backspace><Esc>");
    assert!(screen.picture().contains("Romeo"));
    screen.keys("/tyb<Esc>v");
    assert!(screen.picture().contains("Address    "), "{}", screen.picture());
    screen.keys("<Esc>/rom<Tab>");
    assert!(screen.picture().contains("Tybalt"), "who goes elsewhere has found them");
}

#[test]
fn a_folded_group_is_looked_through_too() {
    let mut screen = Screen::online(80, 24);
    screen.keys("<F7>g<Enter>");
    assert!(!roster(&mut screen).contains("Romeo"));
    screen.keys("/rom");
    assert!(roster(&mut screen).contains("Romeo"));
    screen.keys("<Esc>");
    assert!(!roster(&mut screen).contains("Romeo"), "it is folded as before");
}

#[test]
fn contacts_are_sorted_by_who_is_there_by_name_or_by_the_last_message() {
    let mut screen = Screen::online(80, 24);
    screen.event(Event::Contact(contact("abram@montague.lit", "Abram", "Family", None)));
    let order = |screen: &mut Screen| {
        let picture = screen.picture();
        let mut names = ["Abram", "Nurse", "Romeo", "Tybalt"].map(|name| (picture.find(&format!(" {name} ")), name));
        names.sort_unstable();
        names.map(|(_, name)| name)
    };
    assert_eq!(order(&mut screen), ["Nurse", "Romeo", "Abram", "Tybalt"]);
    screen.keys("<F7>s");
    assert!(screen.picture().contains("sorted by name"));
    assert_eq!(order(&mut screen), ["Abram", "Nurse", "Romeo", "Tybalt"]);
    screen.says("tybalt@capulet.lit/x", "Peace?").keys("s");
    assert_eq!(order(&mut screen), ["Tybalt", "Abram", "Nurse", "Romeo"]);
    screen.wait(1000).romeo("Peace!");
    assert_eq!(order(&mut screen), ["Romeo", "Tybalt", "Abram", "Nurse"]);
}

#[test]
fn contacts_are_added_renamed_moved_and_removed_by_keys() {
    let mut screen = Screen::online(100, 30);
    screen.keys("<F7>");
    screen.caused();
    screen.keys("aparis<Enter>");
    assert!(screen.picture().contains("is no address"), "{}", screen.picture());
    screen.keys("@verona.lit County Paris<Enter>");
    let name = Some("County Paris".to_owned());
    assert_eq!(screen.commands(), [Command::AddContact { contact: bare("paris@verona.lit"), name, groups: vec![] }]);
    screen.keys("/rom<Up><Down>");
    screen.keys("<Esc>g").keys("/rom<Esc>");
    screen.keys("<F7><F7>/rom<Enter><F7>r<Ctrl-U>Romeo M.<Enter>");
    let (groups, name) = (vec!["Family".to_owned()], Some("Romeo M.".to_owned()));
    let romeo = || bare("romeo@montague.lit");
    assert_eq!(screen.commands(), [Command::ChangeContact { contact: romeo(), name, groups }]);
    screen.keys("m, Loves<Enter>");
    let (groups, name) = (vec!["Family".to_owned(), "Loves".to_owned()], Some("Romeo".to_owned()));
    assert_eq!(screen.commands(), [Command::ChangeContact { contact: romeo(), name: name.clone(), groups }]);
    screen.keys("m<Ctrl-U>fam<Tab><Enter>");
    let groups = vec!["Family".to_owned()];
    assert_eq!(screen.commands(), [Command::ChangeContact { contact: romeo(), name, groups }]);
    screen.keys("D<Esc>");
    assert!(screen.commands().is_empty());
    screen.keys("D<Enter>");
    assert_eq!(screen.commands(), [Command::RemoveContact { contact: romeo() }]);
}

#[test]
fn commands_block_people_and_domains_and_never_ourselves() {
    let mut screen = Screen::online(100, 30);
    screen.keys("/block tybalt<Enter>");
    assert!(screen.commands().is_empty() && screen.picture().contains("Block?"), "a command asks as the key does");
    screen.keys("<Esc>/block tybalt<Enter><Enter>");
    assert_eq!(screen.commands(), [block("tybalt@capulet.lit", None)]);
    screen.keys("/block spam.example<Enter>");
    assert!(screen.picture().contains("anybody at spam.example"), "{}", screen.picture());
    screen.keys("<Enter>");
    assert_eq!(screen.commands(), [block("spam.example", None)]);
    screen.keys("/report romeo abuse<Enter><Enter>");
    let report = Some(Report { reason: Reason::Abuse, words: None });
    assert_eq!(screen.commands(), [Command::Block { who: "romeo@montague.lit".parse().unwrap(), report }]);
    screen.keys("/report romeo spam cheap poison<Enter>");
    assert!(screen.picture().contains("A report says: “cheap poison”"), "{}", screen.picture());
    screen.keys("<Enter>");
    let report = Some(Report { reason: Reason::Spam, words: Some("cheap poison".into()) });
    assert_eq!(screen.commands(), [Command::Block { who: "romeo@montague.lit".parse().unwrap(), report }]);
    let refused = |screen: &mut Screen, typed: &str| {
        screen.keys(typed).keys("<Enter>");
        assert!(screen.commands().is_empty() && !screen.picture().contains("Block?"), "{}", screen.picture());
        screen.keys("<Ctrl-U>");
    };
    for typed in ["/block capulet.lit", "/block juliet@capulet.lit", "/block nobody", "/unblock spam.example"] {
        refused(&mut screen, typed);
    }
    refused(&mut screen, "/report romeo rudeness");
    blocked(&mut screen, &["spam.example"]);
    for typed in ["/block spam.example", "/block somebody@spam.example"] {
        refused(&mut screen, typed);
    }
    screen.keys("/unblock spa<Tab><Enter>");
    assert_eq!(screen.commands(), [Command::Unblock { who: "spam.example".parse().unwrap() }]);
}

#[test]
fn who_is_blocked_is_listed_and_unblocked_there() {
    let mut screen = Screen::online(80, 24);
    blocked(&mut screen, &["tybalt@capulet.lit", "verona.lit"]);
    screen.keys("/blocked<Enter>");
    let picture = screen.picture();
    assert!(picture.contains("verona.lit (everybody there)") && picture.contains("Blocked 2"), "{picture}");
    screen.keys("ju");
    let sent = screen.commands();
    assert_eq!(sent.len(), 1);
    assert!(matches!(&sent[0], Command::Unblock { .. }));
}

#[test]
fn a_blocked_contact_can_only_be_unblocked() {
    let mut screen = Screen::online(80, 24);
    blocked(&mut screen, &["romeo@montague.lit"]);
    screen.keys("<F7>/rom<Enter><F7>b<Enter>");
    assert_eq!(screen.commands(), [Command::Unblock { who: "romeo@montague.lit".parse().unwrap() }]);
}

#[test]
fn the_details_of_a_contact_ask_for_what_is_not_known() {
    let mut screen = Screen::online(100, 30);
    screen.keys("/whois romeo<Enter>");
    assert_eq!(screen.commands(), [Command::AskAbout { contact: bare("romeo@montague.lit") }]);
    let program = Program { name: "profanity".into(), version: "0.13".into(), os: None };
    screen.event(Event::Program { of: "romeo@montague.lit/orchard".parse().unwrap(), program });
    let lines =
        vec![(About::Name, "Romeo \u{202e}Montague".to_owned()), (About::Mail, "romeo@montague.lit".to_owned())];
    screen.event(Event::Card { of: bare("romeo@montague.lit"), card: Card { name: Some("Rom".into()), lines } });
    let picture = screen.picture();
    for part in ["profanity 0.13", "calls themselves Rom", "Romeo <U+202E>Montague", "you see each other", "Family"] {
        assert!(picture.contains(part), "{part}: {picture}");
    }
}

#[test]
fn a_name_of_their_own_stands_for_one_that_the_user_did_not_give_and_shows_that_it_is_theirs() {
    let mut screen = Screen::online(80, 24);
    let mut paris = contact("paris@verona.lit", "", "", Some(Show::Available));
    paris.nick = Some("Romeo".to_owned());
    screen.event(Event::Contact(paris));
    assert!(screen.picture().contains("~Romeo"));
    screen.keys("/query ~Romeo<Enter>");
    assert!(screen.picture().contains("Several are called"), "a name that two have means neither");
    let mut romeo = contact("romeo@montague.lit", "Romeo", "Family", Some(Show::Available));
    romeo.nick = Some("Somebody else".to_owned());
    screen.event(Event::Contact(romeo));
    assert!(!screen.picture().contains("Somebody else"), "the user's own name wins");
}

#[test]
fn a_contact_rings_for_what_the_user_says() {
    let mut screen = Screen::online(80, 24);
    screen.keys("/notify romeo mentions<Enter>");
    screen.caused();
    screen.romeo("But soft!");
    assert!(screen.caused().is_empty());
    screen.romeo("Juliet is the sun");
    assert_eq!(screen.caused(), [Effect::Bell]);
    screen.keys("<F7>/rom<Esc>n");
    screen.caused();
    screen.romeo("Juliet!").offered(1, "a.pdf", MIB);
    assert!(screen.caused().is_empty(), "from nothing on it rings for nothing");
    screen.keys("n");
    screen.caused();
    screen.romeo("But soft!");
    assert_eq!(screen.caused(), [Effect::Bell]);
}

#[test]
fn what_a_contact_rings_for_is_kept_and_holds_in_the_next_run() {
    let mut screen = Screen::online(80, 24);
    screen.caused();
    screen.keys("/notify romeo none<Enter>");
    let kept = screen.caused().into_iter().find_map(|effect| match effect {
        Effect::People(PeopleWish::Notify { account, contact, word, .. }) => Some((account, contact, word)),
        _ => None,
    });
    assert_eq!(kept, Some((bare("juliet@capulet.lit"), bare("romeo@montague.lit"), "none")));

    let mut screen = Screen::online(80, 24);
    let read = Effect::People(PeopleWish::Read(screen.account, bare("juliet@capulet.lit")));
    assert!(screen.effects.contains(&read));
    let romeo = kept_of("romeo@montague.lit", Some("none"), None);
    screen.msg(Msg::People(screen.account, vec![romeo])).romeo("But soft!");
    assert!(screen.caused().is_empty());
}

#[test]
fn contacts_without_a_name_are_asked_for_theirs_once_in_a_while_and_the_answer_is_kept() {
    let mut screen = Screen::online(80, 24);
    for nameless in ["paris@verona.lit", "abram@verona.lit", "peter@verona.lit"] {
        screen.event(Event::Contact(contact(nameless, "", "Citizens", None)));
    }
    screen.caused();
    let just_now = kept_of("abram@verona.lit", None, Some("Abram"));
    let long_ago = Kept { asked: SystemTime::UNIX_EPOCH, ..kept_of("peter@verona.lit", None, None) };
    screen.msg(Msg::People(screen.account, vec![just_now, long_ago]));
    let ask = |contact| Command::AskName { contact: bare(contact) };
    assert_eq!(screen.commands(), [ask("paris@verona.lit"), ask("peter@verona.lit")]);
    screen.event(Event::RosterComplete);
    assert!(screen.commands().is_empty(), "they are asked once");

    let card = Card { name: Some("The County".to_owned()), lines: Vec::new() };
    screen.event(Event::Card { of: bare("paris@verona.lit"), card });
    let kept = screen.caused().into_iter().any(|effect| {
        matches!(effect, Effect::People(PeopleWish::Name { name, .. }) if name.as_deref() == Some("The County"))
    });
    let roster = roster(&mut screen);
    assert!(kept && roster.contains("The County") && roster.contains("Abram"), "{roster}");
}

/// What an earlier run kept of a contact, who was asked for a name yesterday.
fn kept_of(contact: &str, notify: Option<&str>, name: Option<&str>) -> Kept {
    let [notify, name] = [notify, name].map(|text| text.map(str::to_owned));
    Kept { contact: bare(contact), notify, name, asked: minute(0) - Duration::from_hours(24) }
}
