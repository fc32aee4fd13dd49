//! What facts add up to, and that it does not matter how they came.

use std::time::Duration;

use proptest::prelude::*;

use super::super::{Clock, put};
use super::*;

fn at(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
}

fn romeo() -> Author {
    Author::Contact("romeo@montague.lit/orchard".parse().unwrap())
}

fn said(author: Author, id: &str, seconds: u64, what: What) -> Said {
    Said {
        with: "romeo@montague.lit".parse().unwrap(),
        author,
        id: Some(id.to_owned()),
        archived: None,
        at: at(seconds),
        clock: Clock::Ours,
        what,
    }
}

fn message(body: &str) -> What {
    What::Message { body: body.to_owned(), reply_to: None, hints: Hints::default() }
}

fn of(id: &str) -> String {
    id.to_owned()
}

#[test]
fn a_message_is_what_its_author_made_of_it_in_the_end() {
    let facts = [
        said(romeo(), "a", 1, message("But soft")),
        said(romeo(), "b", 2, What::Correction { of: of("a"), body: "But soft!".to_owned(), hints: Hints::default() }),
        said(
            Author::Me,
            "c",
            3,
            What::Correction { of: of("a"), body: "But loud!".to_owned(), hints: Hints::default() },
        ),
        said(Author::Me, "d", 4, What::Reactions { to: of("a"), emoji: vec!["❤".to_owned()] }),
        said(Author::Me, "e", 5, What::Retraction { of: of("a") }),
    ];
    let lines = told(&facts);
    assert_eq!(lines[0].body.as_deref(), Some("But soft!"));
    assert_eq!(lines[0].reactions["❤"], [None]);
    assert_eq!(lines.len(), 2, "a correction of nothing of one's own is a message");
    let gone = told(&[&facts[..2], &[said(romeo(), "f", 6, What::Retraction { of: of("a") })]].concat());
    assert_eq!((gone.len(), &gone[0].body), (1, &None));
}

#[test]
fn only_the_contact_says_that_a_message_arrived() {
    let mine = said(Author::Me, "a", 1, message("Who's there?"));
    let receipt = |author| said(author, "r", 2, What::Receipt { of: of("a") });
    let fate = |receipt: Said| told(&[mine.clone(), receipt])[0].fate.clone();
    assert_eq!(fate(receipt(romeo())), Fate::Arrived);
    assert_eq!(fate(receipt(Author::Me)), Fate::Unknown);
    let tybalt = Author::Contact("tybalt@capulet.lit/street".parse().unwrap());
    assert_eq!(fate(receipt(tybalt)), Fate::Unknown);
}

#[test]
fn programs_that_count_from_one_say_two_things_all_the_same() {
    let mut facts = Vec::new();
    assert!(put(&mut facts, said(romeo(), "1", 1, message("hello"))));
    assert!(!put(&mut facts, said(romeo(), "1", 2, message("hello"))), "a copy");
    assert!(put(&mut facts, said(romeo(), "1", 3, message("how are you?"))));
    assert!(put(&mut facts, said(romeo(), "1", 100_000, message("hello"))), "the next day");
    let archived = |id: &str| Said { archived: Some(of(id)), ..said(romeo(), "1", 200_000, message("hello")) };
    assert!(put(&mut facts, archived("x")) && put(&mut facts, archived("y")));
}

#[test]
fn what_was_sent_once_more_is_one_message_though_it_is_archived_twice() {
    let mut facts = Vec::new();
    let name = "0123456789abcdef";
    let archived = |id: &str| Said { archived: Some(of(id)), ..said(Author::Me, name, 1, message("hello")) };
    assert!(put(&mut facts, archived("x")) && !put(&mut facts, archived("y")));
}

#[test]
fn what_was_put_differently_before_it_went_is_one_message_though_the_archive_has_it_in_its_new_words() {
    let name = "0123456789abcdef";
    let anew = What::Correction { of: of(name), body: of("O Romeo"), hints: Hints::default() };
    let mut facts = vec![said(Author::Me, name, 1, message("O Remeo")), said(Author::Me, "c", 2, anew)];
    let archived = Some(of("x"));
    let went = Said { archived, clock: Clock::Archives, ..said(Author::MyOtherDevice, name, 9, message("O Romeo")) };
    assert!(!put(&mut facts, went));
    let lines = told(&facts);
    let line = &lines[0];
    assert_eq!((lines.len(), line.body.as_deref(), line.at), (1, Some("O Romeo"), at(9)));
}

/// One history of a conversation, as the archive has it, and the ways by which each fact reaches us.
fn history() -> Vec<Said> {
    let archived = |number: u64, author: Author, what: What| Said {
        archived: Some(format!("archive-{number}")),
        clock: Clock::Archives,
        ..said(author, &format!("id-{number}"), 1000 + number, what)
    };
    vec![
        archived(0, romeo(), message("But soft")),
        archived(1, Author::MyOtherDevice, message("Who's there?")),
        archived(2, romeo(), What::Receipt { of: of("id-1") }),
        archived(
            3,
            romeo(),
            What::Correction { of: of("id-0"), body: "But soft!".to_owned(), hints: Hints::default() },
        ),
        archived(4, romeo(), message("But soft")),
        archived(5, Author::MyOtherDevice, What::Reactions { to: of("id-4"), emoji: vec!["❤".to_owned()] }),
        archived(6, romeo(), What::Retraction { of: of("id-4") }),
        archived(7, romeo(), message("It is my lady")),
    ]
}

/// A fact as it comes by one of the ways there are.
fn come(fact: &Said, way: u8) -> Said {
    let live = Said { clock: Clock::Ours, at: fact.at + Duration::from_mins(5), ..fact.clone() };
    match way {
        0 => Said { archived: None, ..live },
        1 => live,
        2 => Said { clock: Clock::Keepers, archived: None, ..fact.clone() },
        _ => fact.clone(),
    }
}

proptest! {
    #[test]
    fn however_its_facts_come_it_is_the_same_conversation(
        ways in proptest::collection::vec((0_usize..8, 0_u8..4), 0..40),
        order in Just((0..8).collect::<Vec<usize>>()).prop_shuffle(),
    ) {
        let history = history();
        let mut facts = Vec::new();
        for (fact, way) in ways {
            put(&mut facts, come(&history[fact], way));
        }
        for fact in order {
            put(&mut facts, history[fact].clone());
        }
        prop_assert_eq!(facts.len(), history.len());
        prop_assert_eq!(told(&facts), told(&history));
    }
}
