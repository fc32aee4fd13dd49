//! Lines about files that come: so many in a while are told one by one, the others as one line with a count, or nobody
//! would find what was said between them. The list of transfers has each.

use std::time::{Duration, SystemTime};

use super::{Conversation, Entry};

/// An offer, the rule that takes it and its end, of as many files as may wait at a time.
const MOST: usize = 96;

/// In this time.
const WHILE: Duration = Duration::from_mins(10);

/// What was told of late.
#[derive(Debug, Default)]
pub(super) struct Crowd {
    /// When each was told that was told by itself.
    told: Vec<SystemTime>,
    /// For how many others a line stands.
    rest: usize,
}

impl Conversation {
    /// Whether another line about a file that comes is one too many; then it is counted where the others are.
    pub(crate) fn counts_instead(&mut self, now: SystemTime) -> bool {
        self.crowd.told.retain(|then| now.duration_since(*then).is_ok_and(|since| since < WHILE));
        if self.crowd.told.len() < MOST {
            self.crowd.told.push(now);
            self.crowd.rest = 0;
            return false;
        }
        let before = words(self.crowd.rest);
        self.crowd.rest += 1;
        let text = words(self.crowd.rest);
        self.put_differently(&before, Entry::Notice { at: now, text });
        true
    }

    /// Puts an entry in the place of the one with these words; where there is none, to the others.
    pub(crate) fn put_differently(&mut self, before: &str, entry: Entry) {
        self.in_newest(|newest| match newest.entries.iter_mut().rev().find(|known| known.notes(before)) {
            Some(known) => *known = entry,
            None => drop(newest.push_here(entry)),
        });
    }
}

impl Entry {
    fn notes(&self, words: &str) -> bool {
        match self {
            Entry::Notice { text, .. } => text == words,
            Entry::File { text, .. } => text.as_str() == words,
            Entry::Message(_) => false,
        }
    }
}

fn words(count: usize) -> String {
    let lines = if count == 1 { "line" } else { "lines" };
    format!("{count} more {lines} about files that come: the transfers tell of each")
}

#[cfg(test)]
mod tests {
    use super::super::AboutThem;
    use super::*;

    #[test]
    fn a_crowd_of_files_is_told_of_in_a_few_lines_and_a_count() {
        let (mut conversation, now) = (Conversation::default(), SystemTime::UNIX_EPOCH);
        for _ in 0..1000 {
            if !conversation.counts_instead(now) {
                let text = AboutThem::new("offers a file".to_owned());
                conversation.push(Entry::File { at: now, text, about: None });
            }
        }
        assert_eq!(conversation.entries.len(), MOST + 1);
        assert!(conversation.entries.back().unwrap().notes(&words(1000 - MOST)));
        assert!(!conversation.counts_instead(now + WHILE), "later they are told one by one again");
    }
}
