//! Looking for something that was said: in the conversation on the screen while one types, in all of them as a list,
//! and from either to where it was said.

use std::time::Duration;

use balcony::engine::command::Command;
use balcony::engine::event::{ArchiveNews, ArchivePage, Author, Event, Side};
use balcony::engine::history::{Fate, Found, Hints, Hit, Line, Page, Part, Place, Query, Term};
use balcony::tui::effect::Effect;
use jid::BareJid;

use crate::people::enter;
use crate::support::balcony::Balcony;
use crate::support::daemon::{Kind, Server};
use crate::support::screen::{Screen, minute};

fn romeo() -> BareJid {
    "romeo@montague.lit".parse().unwrap()
}

fn word(word: &str) -> Query {
    Query { terms: vec![Term::Word(word.to_owned())], ..Query::default() }
}

/// What the history has at that minute.
fn said(number: u64, body: &str) -> Line {
    let romeo = Author::Contact("romeo@montague.lit/orchard".parse().unwrap());
    Line {
        at: minute(number),
        author: if number.is_multiple_of(3) { Author::Me } else { romeo },
        id: Some(format!("past {number}")),
        archived: None,
        body: Some(body.to_owned()),
        is_corrected: false,
        hints: Hints::default(),
        earlier: Vec::new(),
        reply_to: None,
        quote: None,
        reactions: std::collections::BTreeMap::new(),
        fate: Fate::Unknown,
    }
}

fn hit(number: u64, with: &str, body: &str, word: &str) -> Hit {
    let start = body.find(word).unwrap();
    Hit {
        with: with.parse().unwrap(),
        line: said(number, body),
        marks: std::iter::once(start..start + word.len()).collect(),
    }
}

/// What was asked of the history by searching.
pub(crate) fn searches(screen: &mut Screen) -> Vec<(Query, Option<Place>)> {
    let searches = screen.caused().into_iter().filter_map(|effect| match effect {
        Effect::Command(_, Command::SearchHistory { query, after, .. }) => Some((*query, after)),
        _ => None,
    });
    searches.collect()
}

pub(crate) fn found(screen: &mut Screen, query: &Query, after: Option<Place>, found: Found) {
    screen.event(Event::Found { query: Box::new(query.clone()), after, found: Ok(found) });
}

/// What the history holds about light.
pub(crate) fn light() -> Found {
    let hits = vec![
        hit(95, "romeo@montague.lit", "But soft! what light through yonder window breaks?", "light"),
        hit(
            60,
            "nurse@capulet.lit",
            "東京 by day: bring more light, and bring it to the orchard wall, where it is dark",
            "light",
        ),
        hit(
            7,
            "romeo@montague.lit",
            "It is the east, and a very long sentence goes on and on until at last comes light\nand more",
            "light",
        ),
    ];
    Found { hits, next: None, among: 0 }
}

/// All conversations were searched for light.
pub(crate) fn listed(width: u16, height: u16, what: Found) -> Screen {
    let mut screen = Screen::online(width, height);
    screen.keys("/query romeo<Enter>").past(None, 100..120, true);
    screen.keys("/search light<Enter>");
    found(&mut screen, &word("light"), None, what);
    screen
}

/// The conversation with Romeo is searched for light, and some is found far back.
pub(crate) fn searching(width: u16, height: u16) -> Screen {
    let mut screen = Screen::online(width, height);
    screen.keys("/query romeo<Enter>").past(None, 100..120, true);
    screen.keys("<Ctrl-S>light");
    let here = Query { with: Some(romeo()), ..word("light") };
    let hits = light().hits.into_iter().filter(|hit| hit.with == romeo()).collect();
    found(&mut screen, &here, None, Found { hits, ..Found::default() });
    around(&mut screen, 95, 70..110, true);
    screen
}

/// What is asked for to show what was found at that minute.
fn look_around(number: u64) -> Command {
    let named = Some(format!("past {number}"));
    Command::LoadHistoryAround { with: romeo(), from: minute(number), named, above: 100, most: 100 }
}

/// What was said around that minute comes.
fn around(screen: &mut Screen, number: u64, numbers: std::ops::Range<u64>, has_newer: bool) {
    let body = |n: u64| if n == 95 { "But soft! what light".to_owned() } else { format!("message number {n}") };
    let part =
        Part { lines: numbers.map(|n| said(n, &body(n))).collect(), files: Vec::new(), has_older: true, has_newer };
    screen.event(Event::HistoryAround { with: romeo(), from: minute(number), part });
}

#[test]
fn what_is_typed_is_looked_for_letter_by_letter_and_shown_where_it_was_said() {
    let mut screen = Screen::online(80, 24);
    screen.keys("/query romeo<Enter>half a sentence").past(None, 100..120, true).caused();
    screen.keys("<Ctrl-S>li");
    let here = |text: &str| (Query { with: Some(romeo()), ..word(text) }, None);
    assert_eq!(searches(&mut screen), [here("l"), here("li")]);
    found(&mut screen, &here("l").0, None, light());
    assert!(!screen.picture().contains("1 of"), "that is no answer to what stands there now");

    let mut screen = searching(80, 24);
    let picture = screen.picture();
    assert!(picture.contains("1 of 2") && picture.contains("13:35›"), "{picture}");
    assert!(picture.contains("message number 90") && picture.contains("newer below"), "{picture}");
    screen.caused();
    screen.keys("<Up>");
    let asked = look_around(7);
    assert_eq!(screen.caused(), [Effect::Command(screen.account, asked)]);
    screen.keys("<Ctrl-S>");
    assert!(screen.picture().contains("Nothing older"), "{}", screen.picture());
    screen.keys("<Down>");
    assert!(screen.picture().contains("1 of 2"));
}

#[test]
fn escape_goes_back_to_where_one_was_and_enter_stays() {
    let mut screen = Screen::online(80, 24);
    screen.keys("/query romeo<Enter>").past(None, 100..150, true);
    screen.keys("half a sentence<PgUp>");
    let before = screen.picture();
    screen.keys("<Ctrl-S>light");
    let here = Query { with: Some(romeo()), ..word("light") };
    found(&mut screen, &here, None, light());
    around(&mut screen, 95, 70..110, true);
    assert!(screen.picture().contains("message number 94"));
    screen.keys("<Esc>");
    assert_eq!(screen.picture(), before);

    let mut screen = searching(80, 24);
    screen.keys("<Enter>and goes on writing");
    let picture = screen.picture();
    assert!(picture.contains("message number 94") && picture.contains("and goes on writing"), "{picture}");
    assert!(!picture.contains("search this"), "{picture}");
}

#[test]
fn from_what_was_found_one_reads_on_in_both_directions_to_the_newest() {
    let mut screen = searching(80, 24);
    screen.keys("<Enter>").romeo("said meanwhile").caused();
    assert!(!screen.picture().contains("said meanwhile"));
    screen.keys("<PgDn>");
    let from = minute(109) + Duration::from_nanos(1);
    let newer = Command::LoadHistoryAround { with: romeo(), from, named: None, above: 0, most: 100 };
    assert_eq!(screen.caused(), [Effect::Command(screen.account, newer.clone())]);
    let part = Part {
        lines: (110..120).map(|n| said(n, &format!("later {n}"))).collect(),
        has_older: true,
        ..Part::default()
    };
    screen.event(Event::HistoryAround { with: romeo(), from, part });
    assert!(screen.picture().contains("newer below"), "{}", screen.picture());
    screen.keys("<PgDn>");
    let picture = screen.picture();
    assert!(picture.contains("said meanwhile") && !picture.contains("newer below"), "{picture}");

    let mut screen = searching(80, 24);
    screen.keys("<Enter><PgUp><PgUp>");
    let older = Command::LoadHistory { with: romeo(), before: Some(minute(70)), most: 100 };
    assert!(screen.caused().contains(&Effect::Command(screen.account, older)));
    screen.keys("<Ctrl-End>");
    assert!(screen.picture().contains("message number 119"));
}

#[test]
fn the_list_says_who_when_and_what_and_enter_goes_there() {
    let mut screen = listed(80, 24, light());
    let picture = screen.picture();
    for part in ["2009-11-19 13:35", "Nurse", "what light through", "light and more"] {
        assert!(picture.contains(part), "{part}: {picture}");
    }
    screen.caused();
    screen.keys("<Down><Enter>");
    let nurse: BareJid = "nurse@capulet.lit".parse().unwrap();
    let named = Some("past 60".to_owned());
    let around = Command::LoadHistoryAround { with: nurse.clone(), from: minute(60), named, above: 100, most: 100 };
    let newest = Command::LoadHistory { with: nurse, before: None, most: 100 };
    let asked: Vec<Command> = screen
        .caused()
        .into_iter()
        .filter_map(|effect| match effect {
            Effect::Command(_, command) => Some(command),
            _ => None,
        })
        .collect();
    assert_eq!(asked, [newest, around]);
    assert!(screen.picture().contains("nurse@capulet.lit"));
}

#[test]
fn what_is_among_the_newest_is_shown_there_although_they_came_after_it_was_chosen() {
    let mut screen = Screen::online(80, 24);
    screen.keys("/search light<Enter>");
    found(&mut screen, &word("light"), None, light());
    screen.keys("<Enter>").past(None, 80..120, true);
    around(&mut screen, 95, 70..110, true);
    let picture = screen.picture();
    assert!(picture.contains("message number 94") && !picture.contains("newer below"), "{picture}");
    screen.keys("<Ctrl-End>").romeo("said meanwhile");
    assert!(screen.picture().contains("said meanwhile"));
}

#[test]
fn who_writes_or_commands_beside_an_older_part_sees_what_comes_of_it() {
    for (keys, told) in [("an answer", "an answer"), ("/zork", "There is no /zork")] {
        let mut screen = searching(80, 24);
        screen.keys("<Enter>").keys(keys).keys("<Enter>").me("1", "an answer");
        let picture = screen.picture();
        assert!(picture.contains(told) && !picture.contains("newer below"), "{keys}: {picture}");
    }
    let mut screen = searching(80, 24);
    screen.keys("<Enter>/help<Enter><Esc>");
    assert!(screen.picture().contains("newer below"), "nothing was told here, so nothing moves");
}

#[test]
fn the_end_of_the_list_asks_for_what_is_older() {
    let next = Some(Place { at: minute(7), number: 3 });
    let mut screen = listed(80, 24, Found { next, ..light() });
    screen.caused();
    screen.keys("j");
    assert_eq!(searches(&mut screen), []);
    screen.keys("G");
    assert_eq!(searches(&mut screen), [(word("light"), next)]);
    screen.keys("G");
    assert_eq!(searches(&mut screen), [], "once is enough");
    let hits = vec![hit(2, "romeo@montague.lit", "the first light", "light")];
    found(&mut screen, &word("light"), next, Found { hits, ..Found::default() });
    screen.keys("G");
    assert!(screen.picture().contains("the first light"));
    assert_eq!(searches(&mut screen), []);
}

#[test]
fn what_is_typed_narrows_down_who_and_when() {
    let mut screen = Screen::online(80, 24);
    screen.keys("/search from:nurse after:2009-11 before:today \"by my holidam\" OR<Enter>");
    let midnight = minute(0) - Duration::from_hours(12);
    let wanted = Query {
        terms: vec![Term::Phrase("by my holidam".to_owned()), Term::Word("OR".to_owned())],
        with: Some("nurse@capulet.lit".parse().unwrap()),
        from: Some(Side::Peer),
        after: Some(midnight - Duration::from_hours(18 * 24)),
        before: Some(midnight + Duration::from_hours(24)),
    };
    assert_eq!(searches(&mut screen), [(wanted.clone(), None)]);
    found(&mut screen, &wanted, None, Found { among: 12, ..Found::default() });
    let picture = screen.picture();
    assert!(picture.contains("nothing like that in 12 messages with nurse@capulet.lit since 2009-11-01"), "{picture}");
    let title = " \"by my holidam\" OR from:nurse@capulet.lit after:2009-11-01 before:2009-11-20 ";
    assert!(picture.contains(title), "{picture}");
    let ours = "/search light from:me with:romeo<Enter>";
    let ours = Screen::online(80, 24).keys(ours).picture();
    assert!(ours.contains(" light with:romeo@montague.lit from:me "), "{ours}");
    for (keys, why) in [
        ("/search from:paris light<Enter>", "Nobody in the roster is called"),
        ("/search with:@ light<Enter>", "is no address like romeo@montague.lit"),
        ("/search after:noon light<Enter>", "is no date like 2026-11-22"),
        ("/search<Enter>", "For which words?"),
    ] {
        let mut screen = Screen::online(120, 24);
        screen.keys(keys);
        assert_eq!(searches(&mut screen), []);
        assert!(screen.picture().contains(why), "{}", screen.picture());
    }
}

#[test]
fn whose_words_are_searched_can_be_said_by_the_beginning_of_a_name() {
    let mut screen = Screen::online(80, 24);
    screen.keys("/search with:nur light<Enter>");
    let with = Some("nurse@capulet.lit".parse().unwrap());
    assert_eq!(searches(&mut screen), [(Query { with, ..word("light") }, None)]);
}

#[test]
fn a_star_looks_for_beginnings_and_where_nothing_is_found_it_is_named() {
    let mut screen = Screen::online(80, 24);
    screen.keys("/search win* * light<Enter>");
    let terms = vec![Term::Beginning("win".to_owned()), Term::Word("*".to_owned()), Term::Word("light".to_owned())];
    let wanted = Query { terms, ..Query::default() };
    assert_eq!(searches(&mut screen), [(wanted.clone(), None)]);
    assert!(screen.picture().contains("win* * light") && !screen.picture().contains("(win*)"), "{}", screen.picture());
    found(&mut screen, &wanted, None, Found { among: 12, ..Found::default() });
    assert!(screen.picture().contains("one with a * behind it (win*)"), "{}", screen.picture());
    assert!(!screen.picture().contains("shows where it was said"), "there is nothing to be shown");
}

/// The server's archive searches, and has found light where the history ends.
pub(crate) fn beyond(width: u16, height: u16) -> Screen {
    let mut screen = listed(width, height, light());
    screen.event(Event::Archive(ArchiveNews::Searchable));
    screen.keys("a");
    let mut known = hit(95, "romeo@montague.lit", "But soft! what light through yonder window breaks?", "light");
    known.line.archived = Some("archive-95".to_owned());
    let hits = vec![known, hit(1, "romeo@montague.lit", "the first light", "light")];
    found_in_archive(&mut screen, None, Ok(ArchivePage { hits, next: Some("archive-1".to_owned()) }));
    screen
}

fn found_in_archive(screen: &mut Screen, before: Option<&str>, found: Result<ArchivePage, String>) {
    let before = before.map(str::to_owned);
    screen.event(Event::FoundInArchive { query: Box::new(word("light")), before, found });
}

fn asked_of_archive(screen: &mut Screen) -> Vec<Option<String>> {
    let asked = screen.caused().into_iter().filter_map(|effect| match effect {
        Effect::Command(_, Command::SearchArchive { query, before }) if *query == word("light") => Some(before),
        _ => None,
    });
    asked.collect()
}

#[test]
fn the_archive_is_offered_only_where_it_searches() {
    let mut screen = listed(80, 24, light());
    assert!(!screen.picture().contains("archive"), "{}", screen.picture());
    screen.keys("a");
    assert_eq!(asked_of_archive(&mut screen), []);
    screen.event(Event::Archive(ArchiveNews::Unsearchable));
    let none = "the server of juliet@capulet.lit has no archive that can be searched";
    assert!(screen.picture().contains(none), "{}", screen.picture());
    screen.keys("a");
    assert_eq!(asked_of_archive(&mut screen), []);
    screen.event(Event::Archive(ArchiveNews::Searchable));
    let picture = screen.picture();
    assert!(picture.contains("a the archive too") && !picture.contains(none), "{picture}");
    screen.keys("a");
    assert_eq!(asked_of_archive(&mut screen), [None]);
    let picture = screen.picture();
    assert!(picture.contains("looking in the archive") && !picture.contains("archive too"), "{picture}");
    found_in_archive(&mut screen, None, Err("the server's archive does not search: it is tired".to_owned()));
    assert!(screen.picture().contains("it is tired"), "{}", screen.picture());
}

#[tokio::test]
async fn prosody_has_no_search_and_the_list_says_so() {
    says_that_there_is_none(Kind::Prosody).await;
}

#[tokio::test]
async fn ejabberd_has_no_search_without_a_database_of_its_own_and_the_list_says_so() {
    says_that_there_is_none(Kind::Ejabberd).await;
}

/// Prosody has no field for it. ejabberd names `withtext` where its archive is in a database of SQL; what it keeps itself
/// it does not search.
async fn says_that_there_is_none(kind: Kind) {
    let couple = Server::shared(kind).couple();
    let balcony = Balcony::of(&couple.juliet);
    let screen = balcony.sit_down();
    screen.until_line(&["● ", "online"]).await;
    screen.say("/search light");
    screen.until_line(&["nothing like that"]).await;
    screen.until_line(&[&couple.juliet.jid, "has no archive that can be searched"]).await;
}

/// So much was said since that the newest part, which a new device fetches, does not reach back to it.
const SINCE: usize = 520;

#[tokio::test]
async fn ejabberd_searches_its_archive_and_what_it_finds_is_shown_where_it_was_said() {
    let couple = Server::shared(Kind::SearchingEjabberd).couple();
    let (mut juliet, romeo) = (enter(&couple.juliet).await, enter(&couple.romeo).await);
    let (lady, friend) = (couple.juliet.jid.parse::<BareJid>().unwrap(), couple.romeo.jid.parse().unwrap());
    let say = |body: &str| Command::SendMessage { to: lady.clone().into(), body: body.to_owned() };
    romeo.send(say("it was the nightingale"));
    juliet.until_message(&friend).await;
    for number in 0..SINCE {
        romeo.send(say(&format!("number {number}")));
        juliet.until_message(&friend).await;
    }
    juliet.handle.closed().await;

    let sofa = Balcony::beside(&couple.juliet, "sofa");
    let screen = sofa.sit_down();
    screen.until_line(&["● ", "online"]).await;
    screen.say(&format!("/query {}", couple.romeo.jid));
    screen.until_line(&[&format!("number {}", SINCE - 1)]).await;
    screen.say("/search nightingale");
    screen.until_line(&["nothing like that"]).await;
    screen.until_line(&["a", "the archive too"]).await;
    screen.press("a");
    screen.until_line(&["it was the nightingale"]).await;
    screen.press("Enter");
    screen.until_line(&["number 0"]).await;
    screen.until_line(&["it was the nightingale"]).await;
}

#[test]
fn what_the_archive_found_stands_among_what_is_kept_once_and_marked() {
    let mut screen = beyond(80, 24);
    let picture = screen.picture();
    assert_eq!(picture.matches("yonder window").count(), 1, "{picture}");
    assert_eq!(picture.matches("archive ·").count(), 1, "{picture}");
    assert!(picture.find("light and more") < picture.find("the first light"), "{picture}");
    screen.caused();
    screen.keys("G");
    assert_eq!(asked_of_archive(&mut screen), [Some("archive-1".to_owned())]);
    found_in_archive(&mut screen, Some("archive-1"), Ok(ArchivePage::default()));
    screen.keys("G");
    assert_eq!(asked_of_archive(&mut screen), []);
}

#[test]
fn enter_on_what_the_archive_found_fetches_all_since_then_and_shows_it() {
    let mut screen = beyond(80, 24);
    screen.caused();
    screen.keys("G<Enter>");
    // An archive tells its second: what else was said in that may stand before it.
    let before = Some(minute(1) - Duration::from_secs(1));
    let reach = Command::LoadHistory { with: romeo(), before, most: 1 };
    assert!(screen.caused().contains(&Effect::Command(screen.account, reach)));
    assert!(screen.picture().contains("Fetching what was said since 2009-11-19"), "{}", screen.picture());
    screen.event(Event::History { with: romeo(), before, page: Page::default() });
    assert_eq!(screen.caused(), [Effect::Command(screen.account, look_around(1))]);
    let lines = (0..30).map(|n| said(n, &format!("long ago {n}"))).collect();
    screen.event(Event::HistoryAround {
        with: romeo(),
        from: minute(1),
        part: Part { lines, has_newer: true, ..Part::default() },
    });
    let picture = screen.picture();
    assert!(picture.contains("long ago 1") && picture.contains("newer below"), "{picture}");
}

#[test]
fn tab_makes_a_list_of_what_is_searched_and_the_first_page_points_to_the_list() {
    let mut screen = searching(80, 24);
    screen.caused();
    screen.keys("<Tab>");
    let here = Query { with: Some(romeo()), ..word("light") };
    assert_eq!(searches(&mut screen), [(here, None)]);
    let mut screen = Screen::online(80, 24);
    screen.keys("<Ctrl-S>");
    assert!(screen.picture().contains("/search looks through all of them"));
}

#[test]
fn no_message_stays_marked_once_a_search_was_left_by_its_list() {
    let mut screen = searching(80, 24);
    assert!(screen.picture().contains("13:35›"), "{}", screen.picture());
    screen.keys("<Tab><Esc><Esc>");
    let picture = screen.picture();
    assert!(picture.contains("message number 94") && !picture.contains("13:35›"), "{picture}");
}
