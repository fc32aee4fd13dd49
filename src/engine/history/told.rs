//! What the facts of a conversation add up to: its messages in order, each as it stands by now.
//!
//! Whoever shows a message keeps it as a [`Line`] and has it [amended](Line::amend) by what comes later: on the screen
//! and out of the history it becomes the same.

use std::collections::{BTreeMap, BTreeSet};
use std::time::SystemTime;

use jid::BareJid;

use super::{Hints, Said, What};
use crate::engine::event::{Author, ChatMessage};

/// Nobody corrects a message more often; what it said first is what people look for.
const MOST_WORDINGS: usize = 20;

/// How many different reactions a message has at most, whoever had them.
const MOST_REACTIONS: usize = 64;

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
    /// What its author asks for with it.
    pub hints: Hints,
    /// Whether it was corrected.
    pub is_corrected: bool,
    /// What it said before that, the oldest first.
    pub earlier: Vec<Wording>,
    /// The message that it answers.
    pub reply_to: Option<String>,
    /// What that one said, if it is known.
    pub quote: Option<Quote>,
    /// Each reaction with those who had it; us as nobody.
    pub reactions: BTreeMap<String, Vec<Option<BareJid>>>,
    /// What became of one of ours.
    pub fate: Fate,
}

/// What a message said for a while.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wording {
    /// The sender's name for the stanza that put it differently; others may use it for the message.
    pub replaced_by: Option<String>,
    /// When that came.
    pub until: SystemTime,
    /// What it said until then.
    pub body: String,
}

/// What was said in a message that another answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quote {
    /// Who said it, if that is known.
    pub author: Option<Author>,
    /// What; none if it was taken back.
    pub body: Option<String>,
}

/// What became of a message of ours, the latest last.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fate {
    /// It waits for a connection, or the server did not say yet that it has it.
    OnItsWay,
    /// The server has it; nobody said more.
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
    let came_back = came_back(facts);
    let mut facts: Vec<&Said> = facts.iter().filter(|said| !is_undone(said, &came_back)).collect();
    facts.sort_by_key(|said| (said.at, &said.archived, &said.id));
    let mut lines: Vec<Line> = facts.iter().filter_map(|said| Line::of(said)).collect();
    for said in &facts {
        amend(&mut lines, said);
    }
    quote(&mut lines);
    lines
}

/// What of ours came back, by our names for it.
fn came_back(facts: &[Said]) -> BTreeSet<&str> {
    let failed = facts.iter().filter_map(|said| match &said.what {
        What::Failure { of, .. } => Some((said, of.as_str())),
        What::Message { .. }
        | What::Correction { .. }
        | What::Retraction { .. }
        | What::Reactions { .. }
        | What::Receipt { .. }
        | What::Displayed { .. } => None,
    });
    failed.filter(|(said, _)| said.speaker().is_none()).map(|(_, of)| of).collect()
}

/// What was to change a message and came back has changed nothing.
fn is_undone(said: &Said, came_back: &BTreeSet<&str>) -> bool {
    let is_change = match said.what {
        What::Correction { .. } | What::Retraction { .. } | What::Reactions { .. } => true,
        What::Message { .. } | What::Receipt { .. } | What::Displayed { .. } | What::Failure { .. } => false,
    };
    is_change && said.speaker().is_none() && said.id.as_deref().is_some_and(|id| came_back.contains(id))
}

/// A later fact changes earlier lines, if its author may.
fn amend(lines: &mut Vec<Line>, said: &Said) {
    let Some(place) = lines.iter().rposition(|line| line.is_meant(said)) else {
        if let Some(line) = Line::corrected(said) {
            let place = lines.partition_point(|other| other.at <= line.at);
            lines.insert(place, line);
        }
        return;
    };
    lines[place].amend(said);
    if matches!(said.what, What::Displayed { .. }) {
        lines[..place].iter_mut().for_each(Line::seen);
    }
}

/// Puts down what was said in the messages that others answer.
fn quote(lines: &mut [Line]) {
    for answer in 0..lines.len() {
        let Some(id) = lines[answer].reply_to.clone() else { continue };
        let meant = lines[..answer].iter().rev().find(|line| line.is_called(&id)).map(Line::quoted);
        lines[answer].quote = meant;
    }
}

impl Line {
    /// What stands where words were that were taken back.
    pub const RETRACTED: &str = "(message retracted)";

    /// What stands behind other words than the first.
    pub const EDITED: &str = "(edited)";

    /// The line that a message begins.
    pub fn of(said: &Said) -> Option<Line> {
        let What::Message { body, reply_to, hints } = &said.what else { return None };
        Some(Line { reply_to: reply_to.clone(), ..begun(said, body, *hints) })
    }

    /// Other words for something that we never got are words all the same.
    pub fn corrected(said: &Said) -> Option<Line> {
        let What::Correction { body, hints, .. } = &said.what else { return None };
        Some(Line { is_corrected: true, ..begun(said, body, *hints) })
    }

    /// The person who said it; none for us, whichever the device.
    pub fn speaker(&self) -> Option<BareJid> {
        self.author.speaker()
    }

    /// Whether somebody who says this id means this message.
    pub fn is_called(&self, id: &str) -> bool {
        self.names().any(|name| name == id)
    }

    /// Every id by which somebody may mean this message: its own, and those of its corrections.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let corrections = self.earlier.iter().map(|wording| &wording.replaced_by);
        std::iter::once(&self.id).chain(corrections).filter_map(Option::as_deref)
    }

    /// Whether a fact is about this message, and its author may say so: nobody changes what others said, only the contact
    /// says what became of our messages, and only we know that one came back.
    pub fn is_meant(&self, said: &Said) -> bool {
        let (What::Correction { of, .. }
        | What::Retraction { of }
        | What::Reactions { to: of, .. }
        | What::Receipt { of }
        | What::Displayed { of }
        | What::Failure { of, .. }) = &said.what
        else {
            return false;
        };
        if !self.is_called(of) {
            return false;
        }
        let (speaker, ours) = (said.speaker(), self.speaker().is_none());
        let is_theirs = speaker.as_ref() == Some(&said.with);
        match &said.what {
            What::Message { .. } => false,
            What::Correction { .. } | What::Retraction { .. } => speaker == self.speaker(),
            What::Reactions { .. } => is_theirs || speaker.is_none(),
            What::Receipt { .. } | What::Displayed { .. } => ours && is_theirs,
            What::Failure { .. } => ours && speaker.is_none(),
        }
    }

    /// Takes in a later fact that [is about it](Line::is_meant). What was taken back stays so, and is expected nowhere.
    pub fn amend(&mut self, said: &Said) {
        match &said.what {
            What::Correction { body, hints, .. } => self.correct(said, body, *hints),
            What::Retraction { .. } => {
                self.body = None;
                self.earlier.clear();
                self.reactions.clear();
                if matches!(self.fate, Fate::OnItsWay | Fate::Failed(_)) {
                    self.fate = Fate::Unknown;
                }
            }
            What::Reactions { emoji, .. } if self.body.is_some() => self.react(said.speaker().as_ref(), emoji),
            What::Reactions { .. } | What::Message { .. } => {}
            What::Receipt { .. } => self.settle(Fate::Arrived),
            What::Displayed { .. } => self.settle(Fate::Displayed),
            What::Failure { why, .. } => self.settle(Fate::Failed(why.clone())),
        }
    }

    /// A later message of ours was seen; this one too, if it is ours and went and did not come back.
    pub fn seen(&mut self) {
        if self.speaker().is_none() && !matches!(self.fate, Fate::OnItsWay | Fate::Failed(_)) {
            self.settle(Fate::Displayed);
        }
    }

    /// Says that the server does not have it yet, if it is ours, nobody said more of it, and the server does not have what is
    /// called so.
    pub fn mark_on_its_way(&mut self, is_on_its_way: impl Fn(&str) -> bool) {
        let is_open = self.speaker().is_none() && self.fate == Fate::Unknown;
        if is_open && self.id.as_deref().is_some_and(is_on_its_way) {
            self.fate = Fate::OnItsWay;
        }
    }

    /// What is shown of it where another answers it.
    pub fn quoted(&self) -> Quote {
        Quote { author: Some(self.author.clone()), body: self.body.clone() }
    }

    fn correct(&mut self, said: &Said, words: &str, hints: Hints) {
        let Some(body) = &mut self.body else { return };
        let before = std::mem::replace(body, words.to_owned());
        if self.earlier.len() >= MOST_WORDINGS {
            self.earlier.remove(1);
        }
        self.earlier.push(Wording { replaced_by: said.id.clone(), until: said.at, body: before });
        self.is_corrected = true;
        self.hints = hints;
    }

    fn react(&mut self, who: Option<&BareJid>, emoji: &[String]) {
        for reacted in self.reactions.values_mut() {
            reacted.retain(|other| other.as_ref() != who);
        }
        self.reactions.retain(|_, reacted| !reacted.is_empty());
        for one in emoji {
            if self.reactions.len() < MOST_REACTIONS || self.reactions.contains_key(one) {
                self.reactions.entry(one.clone()).or_default().push(who.cloned());
            }
        }
    }

    /// Something became of it, if it is later than what is known.
    pub fn settle(&mut self, fate: Fate) {
        if fate > self.fate {
            self.fate = fate;
        }
    }
}

impl From<ChatMessage> for Line {
    fn from(message: ChatMessage) -> Line {
        let ChatMessage { author, id, body, at, reply, hints, .. } = message;
        let quoted = reply.as_ref().and_then(|reply| reply.quoted.clone());
        let fate = if author == Author::Me { Fate::OnItsWay } else { Fate::Unknown };
        Line {
            at,
            author,
            id,
            archived: None,
            body: Some(body),
            hints,
            is_corrected: false,
            earlier: Vec::new(),
            reply_to: reply.map(|reply| reply.to),
            quote: quoted.map(|body| Quote { author: None, body: Some(body) }),
            reactions: BTreeMap::new(),
            fate,
        }
    }
}

fn begun(said: &Said, body: &str, hints: Hints) -> Line {
    Line {
        at: said.at,
        author: said.author.clone(),
        id: said.id.clone(),
        archived: said.archived.clone(),
        body: Some(body.to_owned()),
        hints,
        is_corrected: false,
        earlier: Vec::new(),
        reply_to: None,
        quote: None,
        reactions: BTreeMap::new(),
        fate: Fate::Unknown,
    }
}

#[cfg(test)]
mod tests;
