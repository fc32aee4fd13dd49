//! What can be taken back: the earlier states of a field, a run of typing or of deleting as one.

/// More steps than anybody counts back.
const MOST_STEPS: usize = 200;

/// A field holds 64 KiB at most; this is some dozens of full ones.
const MOST_BYTES: usize = 2 * 1024 * 1024;

/// A text and where in it the cursor stood.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct State {
    pub(super) text: String,
    pub(super) cursor: usize,
}

/// How a text changes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Change {
    /// A step of its own.
    #[default]
    Alone,
    /// A letter more.
    Typing,
    /// The first letter of a word, or the space before it.
    NewWord,
    /// A letter less.
    Deleting,
}

/// The steps back, and those forward again.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Steps {
    past: Vec<State>,
    future: Vec<State>,
    last: Change,
}

impl Steps {
    /// The text is about to change, and was like this.
    pub(super) fn note(&mut self, before: State, change: Change) {
        let goes_on = match (self.last, change) {
            (Change::Typing, Change::Typing) | (Change::Deleting, Change::Deleting) => true,
            (_, Change::Alone | Change::NewWord | Change::Typing | Change::Deleting) => false,
        };
        if !goes_on {
            self.past.push(before);
            self.bound();
        }
        self.future.clear();
        self.last = if change == Change::NewWord { Change::Typing } else { change };
    }

    /// The cursor went elsewhere: what is typed there is another step.
    pub(super) fn part(&mut self) {
        self.last = Change::Alone;
    }

    /// One step back from `now`, if there is one.
    pub(super) fn back(&mut self, now: State) -> Option<State> {
        let before = self.past.pop()?;
        self.future.push(now);
        self.last = Change::Alone;
        Some(before)
    }

    /// One step forward again.
    pub(super) fn forward(&mut self, now: State) -> Option<State> {
        let after = self.future.pop()?;
        self.past.push(now);
        self.last = Change::Alone;
        Some(after)
    }

    fn bound(&mut self) {
        let bytes: usize = self.past.iter().map(|state| state.text.len()).sum();
        if self.past.len() > MOST_STEPS || bytes > MOST_BYTES {
            self.past.remove(0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_and_their_size_are_bounded() {
        let mut steps = Steps::default();
        for _ in 0..3 * MOST_STEPS {
            steps.note(State { text: "x".repeat(64 * 1024), cursor: 0 }, Change::Alone);
        }
        assert!(steps.past.len() * 64 * 1024 <= MOST_BYTES);
    }
}
