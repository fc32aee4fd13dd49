//! What is shown already of what the history has.

use std::collections::{HashMap, VecDeque};
use std::time::SystemTime;

use super::{Entry, FileMark};

/// Entries out of the history, by what those that are shown can be recognised by. They are gone through once, for they may
/// be many.
#[derive(Default)]
struct Index<'a> {
    names: HashMap<&'a str, Vec<usize>>,
    times: HashMap<SystemTime, Vec<usize>>,
    files: HashMap<&'a FileMark, usize>,
}

impl<'a> Index<'a> {
    fn new(entries: &'a [Entry]) -> Self {
        let mut all = Index::default();
        for (index, entry) in entries.iter().enumerate() {
            match entry {
                Entry::Message(message) => {
                    all.times.entry(message.line.at).or_default().push(index);
                    for name in message.line.names() {
                        all.names.entry(name).or_default().push(index);
                    }
                }
                Entry::File { about: Some(file), .. } => {
                    all.files.insert(file, index);
                }
                Entry::File { about: None, .. } | Entry::Notice { .. } => {}
            }
        }
        all
    }

    /// Which of the entries is shown as that one.
    fn find(&self, entries: &[Entry], shown: &Entry) -> Option<usize> {
        match shown {
            Entry::Message(shown) => {
                let named = shown.line.names().filter_map(|name| self.names.get(name)).flatten();
                let mut alike = named.chain(self.times.get(&shown.line.at).into_iter().flatten()).copied();
                alike.find(|&index| matches!(&entries[index], Entry::Message(known) if shown.is_same(known)))
            }
            Entry::File { about: Some(file), .. } => self.files.get(file).copied(),
            Entry::File { about: None, .. } | Entry::Notice { .. } => None,
        }
    }
}

/// Takes out what is shown already; what became of a message is known better in the history. Returns the places of messages
/// that turn out to be what another one is: other words for something that was not known to be the same.
pub(super) fn take_over(shown: &mut VecDeque<Entry>, entries: &mut Vec<Entry>) -> Vec<usize> {
    let index = Index::new(entries);
    let mut is_known = vec![false; entries.len()];
    let mut repeated = Vec::new();
    for (place, entry) in shown.iter_mut().enumerate() {
        let Some(known) = index.find(entries, entry) else { continue };
        let is_repeated = std::mem::replace(&mut is_known[known], true);
        if let (Entry::Message(shown), Entry::Message(known)) = (entry, &entries[known]) {
            shown.take_over(known);
            repeated.extend(is_repeated.then_some(place));
        }
    }
    let mut is_known = is_known.into_iter();
    entries.retain(|_| !is_known.next().unwrap_or_default());
    repeated
}
