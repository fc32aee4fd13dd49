//! What the facts of a conversation add up to: its messages in order, each as it stands by now.

use std::collections::BTreeMap;
use std::time::SystemTime;

use jid::BareJid;

use super::{Said, What};
use crate::engine::event::Author;

/// A message as it stands by now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// When it was said.
    pub at: SystemTime,
    /// Who said it.
    pub author: Author,
    /// The sender's name for it.
    pub id: Option<String>,
    /// Our archive's name for it.
    pub archived: Option<String>,
    /// Its text, the last correction of it; none if it was taken back.
    pub body: Option<String>,
    /// Whether it was corrected.
    pub is_corrected: bool,
    /// The message that it answers.
    pub reply_to: Option<String>,
    /// Each reaction with those who had it; us as nobody.
    pub reactions: BTreeMap<String, Vec<Option<BareJid>>>,
    /// What became of one of ours.
    pub fate: Fate,
}

/// What became of a message of ours, the latest last.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fate {
    /// Nobody said.
    #[default]
    Unknown,
    /// It came back, for this reason.
    Failed(String),
    /// It arrived.
    Arrived,
    /// It was seen.
    Displayed,
}

/// The messages that these facts make, the oldest first. The facts may come in any order.
pub fn told(facts: &[Said]) -> Vec<Line> {
    let mut facts: Vec<&Said> = facts.iter().collect();
    facts.sort_by_key(|said| (said.at, &said.archived, &said.id));
    let mut lines: Vec<Line> = facts.iter().filter_map(|said| line(said)).collect();
    for said in &facts {
        amend(&mut lines, said);
    }
    lines
}

fn line(said: &Said) -> Option<Line> {
    let What::Message { body, reply_to } = &said.what else { return None };
    Some(begun(said, body, reply_to.clone()))
}

fn begun(said: &Said, body: &str, reply_to: Option<String>) -> Line {
    Line {
        at: said.at,
        author: said.author.clone(),
        id: said.id.clone(),
        archived: said.archived.clone(),
        body: Some(body.to_owned()),
        is_corrected: false,
        reply_to,
        reactions: BTreeMap::new(),
        fate: Fate::Unknown,
    }
}

/// A later fact changes an earlier line, if its author may.
fn amend(lines: &mut Vec<Line>, said: &Said) {
    let speaker = said.speaker();
    match &said.what {
        What::Message { .. } => {}
        What::Correction { of, body } => match find(lines, of, |line| line_speaker(line) == speaker) {
            Some(line) if line.body.is_some() => {
                line.body = Some(body.clone());
                line.is_corrected = true;
            }
            Some(_) => {}
            None => correct_nothing(lines, said, body),
        },
        What::Retraction { of } => {
            if let Some(line) = find(lines, of, |line| line_speaker(line) == speaker) {
                line.body = None;
                line.reactions.clear();
            }
        }
        What::Reactions { to, emoji } => {
            if let Some(line) = find(lines, to, |line| line.body.is_some()) {
                react(line, speaker.as_ref(), emoji);
            }
        }
        What::Receipt { of } => settle(lines, of, said, Fate::Arrived),
        What::Displayed { of } => settle(lines, of, said, Fate::Displayed),
        What::Failure { of, why } => settle(lines, of, said, Fate::Failed(why.clone())),
    }
}

/// Other words for something that we never got are words all the same.
fn correct_nothing(lines: &mut Vec<Line>, said: &Said, body: &str) {
    let line = Line { is_corrected: true, ..begun(said, body, None) };
    let place = lines.partition_point(|other| other.at <= line.at);
    lines.insert(place, line);
}

fn find<'a>(lines: &'a mut [Line], id: &str, may: impl Fn(&Line) -> bool) -> Option<&'a mut Line> {
    let is_it = |line: &&mut Line| line.id.as_deref() == Some(id) && may(line);
    lines.iter_mut().rev().find(is_it)
}

fn line_speaker(line: &Line) -> Option<BareJid> {
    match &line.author {
        Author::Me | Author::MyOtherDevice => None,
        Author::Contact(jid) => Some(jid.to_bare()),
    }
}

fn react(line: &mut Line, who: Option<&BareJid>, emoji: &[String]) {
    for reacted in line.reactions.values_mut() {
        reacted.retain(|other| other.as_ref() != who);
    }
    for one in emoji {
        line.reactions.entry(one.clone()).or_default().push(who.cloned());
    }
    line.reactions.retain(|_, reacted| !reacted.is_empty());
}

/// Only the contact says what became of our messages; what we know ourselves is that one came back.
fn settle(lines: &mut [Line], of: &str, said: &Said, fate: Fate) {
    let is_theirs = said.speaker().as_ref() == Some(&said.with);
    let may_say = is_theirs != matches!(fate, Fate::Failed(_));
    if let Some(line) = find(lines, of, |line| line_speaker(line).is_none() && may_say)
        && fate > line.fate
    {
        line.fate = fate;
    }
}

#[cfg(test)]
mod tests {
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
        What::Message { body: body.to_owned(), reply_to: None }
    }

    fn of(id: &str) -> String {
        id.to_owned()
    }

    #[test]
    fn a_message_is_what_its_author_made_of_it_in_the_end() {
        let facts = [
            said(romeo(), "a", 1, message("But soft")),
            said(romeo(), "b", 2, What::Correction { of: of("a"), body: "But soft!".to_owned() }),
            said(Author::Me, "c", 3, What::Correction { of: of("a"), body: "But loud!".to_owned() }),
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
            archived(3, romeo(), What::Correction { of: of("id-0"), body: "But soft!".to_owned() }),
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
}
