//! XEP-0313: what was said meanwhile is fetched once, in order, quietly; what is older when somebody looks for it; and no
//! archive, however odd, is in anybody's way.

use std::time::Duration;

use balcony::engine::command::Command;
use balcony::engine::event::{ArchiveNews, ArchivePage, Event, Side};
use balcony::engine::history::{Line, Query, Term};
use balcony::xep::ns;
use minidom::Element;

use crate::support::archive::{Habit, Home, from_romeo, result, romeo, stamp};

fn numbered(numbers: std::ops::Range<usize>) -> Vec<String> {
    numbers.map(|number| format!("number {number}")).collect()
}

/// A home whose archive has these messages, a second apart.
fn with_archive(messages: usize) -> Home {
    let mut home = Home::new();
    for (second, body) in numbered(0..messages).iter().enumerate() {
        home.missed(second as u64, body);
    }
    home
}

fn page_of(query: &Element, edge: &str) -> Option<String> {
    Some(query.get_child("set", ns::RSM)?.get_child(edge, ns::RSM)?.text())
}

#[test]
fn the_first_time_the_newest_part_is_fetched_and_is_old() {
    let mut home = with_archive(400);
    home.log_in();
    assert_eq!(home.queries.len(), 5);
    assert_eq!(home.keeper.bodies(), numbered(150..400));
    assert_eq!(home.keeper.unread(), 0, "it was said before there was a history here");
    assert_eq!(home.caught_up(), Some(vec![romeo()]));
    assert_eq!(home.told(), Vec::<&str>::new());
}

#[test]
fn what_comes_while_the_newest_part_is_fetched_is_new() {
    let mut home = with_archive(3);
    home.juliet.log_in();
    home.juliet.answer(ns::ROSTER, "<query xmlns='jabber:iq:roster'/>");
    let info = format!("<query xmlns='{}'>{}</query>", ns::DISCO_INFO, home.features);
    home.juliet.answer(ns::DISCO_INFO, &info);
    let id = "<stanza-id xmlns='urn:xmpp:sid:0' by='juliet@capulet.lit' id='archive-3'/>";
    let delay = "<delay xmlns='urn:xmpp:delay' stamp='2001-09-09T01:46:42Z'/>";
    home.juliet.receive(&from_romeo("number 2", &format!("{id}{delay}")));
    home.settle();
    assert_eq!(home.keeper.bodies(), numbered(0..3));
    assert_eq!((home.keeper.unread(), home.told()), (1, vec!["number 2"]));
}

#[test]
fn every_later_login_goes_on_from_the_horizon_and_a_resumed_stream_does_not() {
    let mut home = with_archive(10);
    home.log_in();
    home.queries.clear();
    home.juliet.lose_connection();
    home.juliet.resume();
    home.settle();
    assert_eq!(home.queries.len(), 0);
    for (second, body) in numbered(10..130).iter().enumerate() {
        home.missed(100 + second as u64, body);
    }
    home.log_in();
    let asked: Vec<_> = home.queries.iter().map(|query| page_of(query, "after")).collect();
    assert_eq!(asked, ["archive-10", "archive-60", "archive-110"].map(|after| Some(after.to_owned())));
    assert_eq!(home.keeper.bodies(), numbered(0..130));
    assert_eq!(home.keeper.unread(), 120);
    assert_eq!(home.told(), Vec::<&str>::new(), "nobody is told of each");
}

#[test]
fn where_our_clock_is_behind_the_archives_what_is_said_now_stands_behind_what_was_said_before() {
    let mut home = Home::that_was_online();
    home.missed(600, "by a clock that is ten minutes ahead");
    home.log_in();
    let say = |home: &mut Home, body: &str| {
        home.juliet.command(Command::SendMessage { to: romeo().into(), body: body.to_owned() });
        home.settle();
    };
    say(&mut home, "now");
    home.juliet.receive(&from_romeo("thereafter", ""));
    home.settle();
    assert_eq!(home.keeper.bodies(), ["by a clock that is ten minutes ahead", "now", "thereafter"]);
    assert_eq!(home.keeper.unread(), 1, "what comes after what was read is new");
    home.restart();
    home.begin();
    say(&mut home, "in the next run");
    assert_eq!(home.keeper.bodies().last().unwrap(), "in the next run");
}

#[test]
fn what_we_said_is_recognised_in_the_archive_though_our_clock_is_days_off() {
    for (ours, archives) in [(10, 0), (0, 10)] {
        let day = |days: u64| days * 24 * 3600;
        let mut home = Home::new();
        home.juliet.pass(Duration::from_secs(day(ours)));
        home.log_in();
        home.juliet.command(Command::SendMessage { to: romeo().into(), body: "But soft".to_owned() });
        home.settle();
        let mut said = home.said.iter().find(|stanza| stanza.has_child("body", ns::CLIENT)).unwrap().clone();
        balcony::xep::stanza::set(&mut said, "from", "juliet@capulet.lit/balcony");
        home.archive.take(day(archives), &String::from(&said).replace('"', "'"));
        home.log_in();
        assert_eq!(home.keeper.bodies(), ["But soft"]);
    }
}

#[test]
fn where_a_server_changes_ids_what_we_said_is_recognised_by_its_origin_id() {
    let mut home = Home::that_was_online();
    home.juliet.command(Command::SendMessage { to: romeo().into(), body: "Good night".to_owned() });
    home.settle();
    let mut said = home.said.iter().rev().find(|stanza| stanza.name() == "message").unwrap().clone();
    let origin = said.get_child("origin-id", "urn:xmpp:sid:0").unwrap().attr("id").map(str::to_owned);
    assert_eq!(origin.as_deref(), said.attr("id"));
    balcony::xep::stanza::set(&mut said, "id", "of the server");
    balcony::xep::stanza::set(&mut said, "from", "juliet@capulet.lit/balcony");
    home.archive.take(2, &String::from(&said).replace('"', "'"));
    home.log_in();
    assert_eq!(home.keeper.bodies().iter().filter(|body| *body == "Good night").count(), 1);
    assert_eq!(home.keeper.lines().last().unwrap().id, origin, "receipts name it so");
}

#[test]
fn the_next_run_goes_on_where_the_one_before_was_killed() {
    let mut home = Home::that_was_online();
    for (second, body) in numbered(0..120).iter().enumerate() {
        home.missed(second as u64, body);
    }
    home.archive.habit = Habit::Silent;
    home.log_in();
    home.restart();
    home.archive.habit = Habit::Honest;
    home.log_in();
    assert_eq!(home.keeper.bodies(), numbered(0..120));
}

#[test]
fn what_came_live_comes_out_of_the_archive_once_more_and_is_one_message() {
    let mut home = Home::that_was_online();
    let id = home.missed(5, "live");
    let name = format!("<stanza-id xmlns='urn:xmpp:sid:0' by='juliet@capulet.lit' id='{id}'/>");
    home.juliet.receive(&from_romeo("live", &name));
    home.missed(6, "missed");
    home.log_in();
    assert_eq!(home.keeper.bodies(), ["live", "missed"]);
    assert_eq!(home.told(), ["live"]);
}

#[test]
fn who_answered_on_another_device_has_read_what_was_said_before() {
    let mut home = Home::that_was_online();
    home.missed(1, "seen");
    let answer = "<message xmlns='jabber:client' from='juliet@capulet.lit/phone' to='romeo@montague.lit' type='chat' \
                  id='answer'><body>answer</body></message>";
    home.archive.take(2, answer);
    home.missed(3, "new");
    home.log_in();
    assert_eq!((home.keeper.bodies().len(), home.keeper.unread()), (3, 1));
}

#[test]
fn results_that_nobody_asked_for_are_dropped() {
    let mut home = Home::that_was_online();
    home.missed(1, "true");
    home.archive.habit = Habit::Silent;
    home.log_in();
    let query = home.queries[0].attr("queryid").unwrap().to_owned();
    let forged = |from: &str, query: &str| {
        let forged = result(query, "archive-7", &stamp(2), &from_romeo("forged", ""));
        forged.replacen("<message>", &format!("<message {from}>"), 1)
    };
    for from in ["romeo@montague.lit", "capulet.lit", "juliet@capulet.lit/phone", "tybalt@capulet.lit/alley"] {
        home.juliet.receive(&forged(&format!("from='{from}'"), &query));
    }
    home.juliet.receive(&forged("from='juliet@capulet.lit'", "another"));
    home.archive.habit = Habit::Honest;
    home.log_in();
    assert_eq!(home.keeper.bodies(), ["true"]);
    assert_eq!(home.told(), Vec::<&str>::new());
}

#[test]
fn a_name_of_the_archive_counts_only_where_the_server_gives_them() {
    let forged = "<stanza-id xmlns='urn:xmpp:sid:0' by='juliet@capulet.lit' id='archive-1'/>";
    for (features, is_believed) in [("<feature var='urn:xmpp:mam:2'/>", false), (Home::new().features, true)] {
        let mut home = Home::new();
        home.features = features;
        home.log_in();
        home.juliet.receive(&from_romeo("forged", forged));
        home.missed(1, "true");
        home.log_in();
        let both = if is_believed { vec!["forged"] } else { vec!["forged", "true"] };
        assert_eq!(home.keeper.bodies(), both, "{features}");
    }
}

#[test]
fn an_archive_that_forgot_the_horizon_is_asked_by_time() {
    let mut home = with_archive(10);
    home.log_in();
    home.archive.forgotten = 10;
    for (second, body) in numbered(10..80).iter().enumerate() {
        home.missed(200 + second as u64, body);
    }
    home.queries.clear();
    home.log_in();
    assert_eq!(home.queries.len(), 3, "by name, then by time");
    assert_eq!(home.keeper.bodies(), numbered(0..80));
}

#[test]
fn what_came_into_an_archive_that_was_empty_is_new_whatever_our_clock_says() {
    for days_ahead in [0, 10] {
        let mut home = Home::new();
        home.juliet.pass(Duration::from_hours(24 * days_ahead));
        home.log_in();
        home.missed(1, "one");
        home.log_in();
        assert_eq!((home.keeper.bodies().len(), home.keeper.unread()), (1, 1));
    }
}

#[test]
fn without_an_archive_nothing_happens() {
    let mut home = with_archive(3);
    home.features = "";
    home.log_in();
    assert_eq!((home.queries.len(), home.notices(), home.caught_up()), (0, vec![], None));
    assert!(home.events.contains(&Event::Archive(ArchiveNews::Unsearchable)));
    assert!(!home.scroll_up());
    assert_eq!(home.queries.len(), 0);
}

#[test]
fn odd_archives_are_given_up_with_a_word_and_chat_goes_on() {
    for habit in Habit::ODD {
        let mut home = with_archive(101);
        home.log_in();
        home.events.clear();
        home.archive.habit = habit;
        home.missed(200, "missed");
        home.log_in();
        home.juliet.receive(&from_romeo("meanwhile", ""));
        home.settle();
        assert_eq!(home.told(), ["meanwhile"], "{habit:?}");
        home.juliet.pass(Duration::from_mins(5));
        home.settle();
        let is_told = home.notices().iter().filter(|text| text.contains("archive")).count();
        assert_eq!(is_told, usize::from(habit != Habit::SendsNonsense), "{habit:?}: {:?}", home.notices());
        assert!(home.caught_up().is_some(), "{habit:?}");
        home.archive.habit = Habit::Honest;
        home.log_in();
        assert!(home.keeper.bodies().contains(&"missed".to_owned()), "{habit:?}");
    }
}

#[test]
fn an_archive_without_end_ends() {
    let mut home = with_archive(1);
    home.log_in();
    home.archive.habit = Habit::Endless;
    home.log_in();
    assert!(home.caught_up().is_some());
}

#[test]
fn what_is_older_is_fetched_when_somebody_scrolls_there_until_the_beginning() {
    let mut home = with_archive(400);
    home.log_in();
    home.queries.clear();
    for pages in 1..=3 {
        assert!(home.scroll_up());
        assert_eq!(home.keeper.bodies(), numbered((150 - 50 * pages)..400));
    }
    assert_eq!(page_of(&home.queries[0], "before").as_deref(), Some("archive-151"));
    assert!(!home.scroll_up(), "that is the beginning");
    let asked = home.queries.len();
    assert!(!home.scroll_up());
    assert_eq!(home.queries.len(), asked, "it is not asked for again");
}

#[test]
fn who_scrolls_before_all_is_caught_up_with_finds_what_was_said_in_one_second_in_its_order() {
    let mut home = Home::that_was_online();
    home.archive.most = 1;
    for body in numbered(0..4) {
        home.missed(50, &body);
    }
    home.archive.habit = Habit::Silent;
    home.log_in();
    home.archive.habit = Habit::Honest;
    assert!(home.scroll_up(), "the newest page is there before those between it and the horizon");
    assert_eq!(home.keeper.bodies(), numbered(3..4));
    home.log_in();
    assert_eq!(home.keeper.bodies(), numbered(0..4));
}

#[test]
fn what_is_older_than_what_the_archive_forgot_is_asked_by_time() {
    let mut home = with_archive(400);
    home.log_in();
    home.archive.forgotten = 160;
    home.queries.clear();
    assert!(!home.scroll_up());
    assert_eq!(home.queries.len(), 2);
    assert_eq!(home.notices(), Vec::<&str>::new());
}

#[test]
fn an_archive_that_does_not_answer_keeps_nobody_from_what_is_kept() {
    let mut home = with_archive(400);
    home.log_in();
    home.archive.habit = Habit::Silent;
    assert!(!home.scroll_up());
    home.events.clear();
    home.juliet.pass(Duration::from_mins(2));
    home.settle();
    assert!(home.events.iter().any(|event| matches!(event, Event::History { page, .. } if page.lines.is_empty())));
    assert_eq!(home.notices().len(), 1);
}

/// What is found by these words, on from there.
fn search(home: &mut Home, query: Query, before: Option<String>) -> Result<ArchivePage, String> {
    home.juliet.command(Command::SearchArchive { query: Box::new(query), before });
    home.settle();
    match home.events.last() {
        Some(Event::FoundInArchive { found, .. }) => found.clone(),
        other => panic!("{other:?}"),
    }
}

fn word(word: &str) -> Query {
    Query { terms: vec![Term::Word(word.to_owned())], ..Query::default() }
}

fn that_searches(messages: usize, field: &'static str) -> Home {
    let mut home = with_archive(messages);
    home.form = field;
    home.log_in();
    home
}

const WITHTEXT: &str = "<x xmlns='jabber:x:data' type='form'><field var='withtext'/></x>";
const FULLTEXT: &str = "<x xmlns='jabber:x:data' type='form'><field var='{urn:xmpp:fulltext:0}fulltext'/></x>";

#[test]
fn an_archive_that_searches_is_had_to_and_nothing_of_it_is_kept() {
    for form in [WITHTEXT, FULLTEXT] {
        let mut home = that_searches(300, form);
        assert!(home.events.contains(&Event::Archive(ArchiveNews::Searchable)));
        let kept = home.keeper.bodies();
        let page = search(&mut home, word("NUMBER"), None).unwrap();
        assert_eq!(page, ArchivePage::default(), "archives decide themselves what fits");
        let page = search(&mut home, word("number"), None).unwrap();
        assert_eq!((page.hits.len(), page.hits[0].line.archived.as_deref()), (50, Some("archive-300")));
        assert_eq!((page.hits[0].with.clone(), page.hits[0].marks.clone()), (romeo(), std::iter::once(0..6).collect()));
        let page = search(&mut home, word("number"), page.next).unwrap();
        assert_eq!(page.hits[0].line.archived.as_deref(), Some("archive-250"));
        assert_eq!(home.keeper.bodies(), kept);
    }
}

#[test]
fn an_archive_is_asked_who_and_when_and_one_that_is_sloppy_is_not_believed() {
    let mut home = that_searches(300, WITHTEXT);
    let begin = crate::support::engine::first_moment().wall;
    let query = Query {
        with: Some(romeo()),
        from: Some(Side::Peer),
        after: Some(begin + Duration::from_secs(10)),
        before: Some(begin + Duration::from_secs(20)),
        ..word("number 1")
    };
    let page = search(&mut home, query.clone(), None).unwrap();
    let found: Vec<_> = page.hits.iter().filter_map(|hit| hit.line.body.as_deref()).collect();
    let expected: Vec<_> = numbered(10..20).into_iter().rev().collect();
    assert_eq!((found, page.next), (expected.iter().map(String::as_str).collect(), None));
    home.queries.clear();
    let page = search(&mut home, Query { from: Some(Side::Us), ..word("number") }, None).unwrap();
    assert_eq!((page.hits, home.queries.len()), (vec![], 6), "pages on which nothing fits are passed over");
}

#[test]
fn an_archive_that_does_not_search_says_so() {
    let mut home = with_archive(1);
    home.log_in();
    assert!(home.events.contains(&Event::Archive(ArchiveNews::Unsearchable)));
    assert!(!home.events.contains(&Event::Archive(ArchiveNews::Searchable)));
    assert!(search(&mut home, word("number"), None).is_err());
    let mut home = that_searches(3, WITHTEXT);
    home.archive.habit = Habit::Refuses;
    assert!(search(&mut home, word("number"), None).is_err_and(|why| why.contains("does not search")));
}

#[test]
fn what_was_found_long_ago_is_kept_with_all_that_was_said_since() {
    let mut home = that_searches(700, WITHTEXT);
    let page = search(&mut home, word("number 12<"), None).unwrap();
    let found = page.hits[0].line.at;
    home.events.clear();
    for before in [None, Some(found), Some(found)] {
        home.juliet.command(Command::LoadHistory { with: romeo(), before, most: 50 });
    }
    home.settle();
    let is_answer = |event: &&Event| matches!(event, Event::History { before: Some(at), page, .. } if *at == found && !page.lines.is_empty());
    assert_eq!(home.events.iter().filter(is_answer).count(), 2, "each wish is answered");
    assert_eq!(home.keeper.bodies(), numbered(0..700), "without a hole");
}

#[test]
fn what_was_found_in_a_second_in_which_hundreds_were_said_is_kept_with_all_of_them() {
    let mut home = Home::new();
    for (number, body) in numbered(0..700).iter().enumerate() {
        home.missed(if number < 300 { 10 } else { number as u64 }, body);
    }
    home.form = WITHTEXT;
    home.log_in();
    let page = search(&mut home, word("number 7<"), None).unwrap();
    let Line { at, id, .. } = &page.hits[0].line;
    let before = Some(*at - Duration::from_secs(1));
    home.juliet.command(Command::LoadHistory { with: romeo(), before, most: 1 });
    home.settle();
    assert_eq!(home.keeper.bodies(), numbered(0..700));
    assert!(home.keeper.lines().iter().any(|line| line.id == *id), "under the name that was found");
}

#[test]
fn the_way_back_in_an_archive_without_end_ends() {
    let mut home = with_archive(1);
    home.log_in();
    home.archive.habit = Habit::Endless;
    let before = Some(std::time::SystemTime::UNIX_EPOCH);
    home.juliet.command(Command::LoadHistory { with: romeo(), before, most: 50 });
    home.settle();
    assert!(home.queries.len() < 2000, "{}", home.queries.len());
    assert!(home.notices().iter().any(|text| text.contains("no end")), "{:?}", home.notices());
}

#[test]
fn a_horizon_that_nobody_wrote_down_keeps_nobody_waiting() {
    let mut home = Home::new();
    home.juliet.log_in();
    let info = format!("<query xmlns='{}'>{}</query>", ns::DISCO_INFO, home.features);
    home.juliet.answer(ns::DISCO_INFO, &info);
    home.juliet.look();
    home.juliet.pass(Duration::from_mins(5));
    assert!(home.juliet.events().iter().all(|event| !matches!(event, Event::Archive(_))));
}
