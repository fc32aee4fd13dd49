//! What was cut, to be pasted again: cuts that follow each other with nothing between them are one, as in readline.

/// What was cut last.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Killed {
    text: String,
    /// Whether the next cut belongs to it.
    goes_on: bool,
}

impl Killed {
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Something was copied, which is no cut.
    pub(super) fn hold(&mut self, text: &str) {
        text.clone_into(&mut self.text);
        self.goes_on = false;
    }

    /// What stood before the cursor was cut.
    pub(super) fn put_before(&mut self, cut: &str) {
        self.begin(cut);
        self.text.insert_str(0, cut);
    }

    /// What stood behind the cursor was cut.
    pub(super) fn put_behind(&mut self, cut: &str) {
        self.begin(cut);
        self.text.push_str(cut);
    }

    /// Something else was done.
    pub(super) fn part(&mut self) {
        self.goes_on = false;
    }

    fn begin(&mut self, cut: &str) {
        if !self.goes_on && !cut.is_empty() {
            self.text.clear();
        }
        self.goes_on |= !cut.is_empty();
    }
}
