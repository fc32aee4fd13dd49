//! Messages that turn out to have been said at other times than was thought come into their places: on the screen as in the
//! history.

use super::{Conversation, Entry, EntryNumber, Scroll};

impl Conversation {
    /// Moves messages to their places that were said at other times than was thought: what was written without a connection
    /// was said when there was one. What nobody said stays where it is; what stands in these places goes.
    pub(super) fn put_in_order(&mut self, repeated: &[usize]) {
        let is_message = |index: &usize| matches!(self.entries[*index], Entry::Message(_)) && !repeated.contains(index);
        let places: Vec<usize> = (0..self.entries.len()).filter(is_message).collect();
        if repeated.is_empty() && places.is_sorted_by_key(|&place| self.entries[place].at()) {
            return;
        }
        let mut said = places.clone();
        said.sort_by_key(|&index| self.entries[index].at());
        let mut sources: Vec<usize> = (0..self.entries.len()).collect();
        for (place, source) in places.into_iter().zip(said) {
            sources[place] = source;
        }
        sources.retain(|source| !repeated.contains(source));
        self.rearrange(&sources);
    }

    /// Puts into each place the entry from where it is so far.
    fn rearrange(&mut self, sources: &[usize]) {
        let mut entries: Vec<Option<Entry>> = self.entries.drain(..).map(Some).collect();
        self.entries = sources.iter().filter_map(|&source| entries.get_mut(source)?.take()).collect();
        let start = self.start;
        let follow = |number: &mut EntryNumber| {
            let place = sources.iter().position(|&source| EntryNumber::try_from(source) == Ok(*number - start));
            *number = place.and_then(|place| EntryNumber::try_from(place).ok()).map_or(*number, |place| start + place);
        };
        [&mut self.first_unread, &mut self.found, &mut self.selected].into_iter().flatten().for_each(follow);
        if let Scroll::At(shown, _) = &mut self.scroll {
            follow(shown);
        }
    }
}
