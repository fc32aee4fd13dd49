//! Which offers need no answer of the user: a list of rules, of which the last that fits decides.
//!
//! The last, not the first: rules are only ever appended to the configuration, and what was said later was said knowing
//! what stood before.
//!
//! Everything here is pure. Who somebody is, and how much space is left where, is given; so the screen, `balcony receive`
//! and `balcony rules test` come to the same decision for the same offer. Nothing is decided about offers that no rule
//! fits: that is up to who asked.

use std::fmt;
use std::path::{Path, PathBuf};

use jid::{BareJid, Jid};

mod kind;

pub use kind::{FileType, UnknownType};

use super::config::Size;
use crate::engine::amount;
use crate::engine::event::OfferInfo;

/// What becomes of an offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// The file is taken.
    Accept,
    /// It is not.
    Decline,
    /// The user decides, whatever an earlier rule says.
    Ask,
}

impl Action {
    /// Every one.
    pub const ALL: [Action; 3] = [Action::Accept, Action::Decline, Action::Ask];

    /// Its word in the configuration.
    pub fn word(self) -> &'static str {
        match self {
            Action::Accept => "accept",
            Action::Decline => "decline",
            Action::Ask => "ask",
        }
    }
}

/// No rule can do that.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is nothing that a rule can do; it can accept, decline or ask")]
pub struct UnknownAction(String);

impl std::str::FromStr for Action {
    type Err = UnknownAction;

    fn from_str(word: &str) -> Result<Self, UnknownAction> {
        Action::ALL.into_iter().find(|action| action.word() == word).ok_or_else(|| UnknownAction(word.to_owned()))
    }
}

/// What becomes of the offers that it fits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// What becomes of them.
    pub action: Action,
    /// Whose offers.
    pub whose: Whose,
    /// Files of so many bytes or more.
    pub at_least: Option<u64>,
    /// Files of so many bytes or fewer.
    pub at_most: Option<u64>,
    /// Files of one of these types; none means every type.
    pub types: Vec<FileType>,
    /// Only if so many bytes stay free where the file goes.
    pub keep_free: Option<u64>,
    /// Where an accepted file goes instead of the downloads folder.
    pub folder: Option<PathBuf>,
}

/// Whose offers a rule is about: everybody who is in one of the three. Without any, it is about every contact.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Whose {
    /// These addresses, contacts or not; a bare one means each of its resources.
    pub from: Vec<Jid>,
    /// The contacts in these groups of the roster.
    pub groups: Vec<String>,
    /// Everybody who is no contact.
    pub strangers: bool,
}

impl Whose {
    /// Everything that this address offers.
    pub fn of(jid: BareJid) -> Self {
        Whose { from: vec![jid.into()], ..Whose::default() }
    }

    fn includes(&self, offered: &Offered) -> bool {
        let is_named = |name: &Jid| name == offered.from || (name.is_bare() && *name == offered.from.to_bare());
        let in_group = |group: &String| offered.is_contact && offered.groups.contains(group);
        if *self == Whose::default() {
            return offered.is_contact;
        }
        self.from.iter().any(is_named) || self.groups.iter().any(in_group) || (self.strangers && !offered.is_contact)
    }
}

/// As much of an offer as rules ask for.
#[derive(Debug, Clone, Copy)]
pub struct Offered<'a> {
    /// By whom, as the server says.
    pub from: &'a Jid,
    /// Whether they are in the roster, or we ourselves.
    pub is_contact: bool,
    /// In which groups of it.
    pub groups: &'a [String],
    /// The file's name.
    pub name: &'a str,
    /// How long it is, if that was said.
    pub size: Option<u64>,
    /// What it may take of the disk, if its size was said.
    pub room: Option<u64>,
    /// Its MIME type, if that was said.
    pub mime_type: Option<&'a str>,
    /// Whether it would be fetched from an address of the web.
    pub is_elsewhere: bool,
}

impl<'a> Offered<'a> {
    /// An offer as the engine tells of it, by somebody in these groups.
    pub fn new(offer: &'a OfferInfo, groups: &'a [String]) -> Self {
        Offered {
            from: &offer.peer,
            is_contact: offer.is_contact,
            groups,
            name: &offer.name,
            size: offer.weight(),
            room: offer.room(),
            mime_type: offer.mime_type.as_deref(),
            is_elsewhere: offer.web.is_some(),
        }
    }
}

/// How many bytes are free in a folder, none being the downloads folder; unknown where nobody could measure.
pub type Space<'a> = &'a dyn Fn(Option<&Path>) -> Option<u64>;

/// Why a rule does not fit an offer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Misfit {
    /// It is about others.
    Whose {
        /// They are in the roster.
        is_contact: bool,
    },
    /// It wants to know the size, and nobody said it.
    SizeUnknown,
    /// The file is smaller.
    Smaller {
        /// Than this.
        at_least: u64,
    },
    /// The file is larger.
    Larger {
        /// Than this.
        at_most: u64,
    },
    /// The file is of another type, or says different things about its type.
    Type,
    /// It would accept an address, which nobody but the user does.
    Elsewhere,
    /// Too little would stay free, or nobody knows how much.
    Space {
        /// What should stay.
        keep_free: u64,
        /// What there is.
        free: Option<u64>,
    },
}

impl fmt::Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Misfit::Whose { is_contact: true } => f.write_str("it is about others"),
            Misfit::Whose { is_contact: false } => f.write_str("it is about others, and the sender is no contact"),
            Misfit::SizeUnknown => f.write_str("nobody said how large the file is"),
            Misfit::Smaller { at_least } => write!(f, "the file is smaller than {}", Size(*at_least)),
            Misfit::Larger { at_most } => write!(f, "the file is larger than {}", Size(*at_most)),
            Misfit::Type => f.write_str("the file is of another type"),
            Misfit::Elsewhere => f.write_str("an address is accepted by nobody but you"),
            Misfit::Space { keep_free, free: Some(free) } => {
                let (keep, free) = (Size(*keep_free), amount::bytes(*free));
                write!(f, "with the file less than {keep} of {free} would stay free")
            }
            Misfit::Space { free: None, .. } => f.write_str("nobody knows how much space is free"),
        }
    }
}

impl Rule {
    /// A rule that fits every contact's every file.
    pub fn new(action: Action) -> Self {
        Rule {
            action,
            whose: Whose::default(),
            at_least: None,
            at_most: None,
            types: Vec::new(),
            keep_free: None,
            folder: None,
        }
    }

    /// Whether it fits.
    pub fn fits(&self, offered: &Offered, space: Space) -> Result<(), Misfit> {
        if !self.whose.includes(offered) {
            return Err(Misfit::Whose { is_contact: offered.is_contact });
        }
        if offered.is_elsewhere && self.action == Action::Accept {
            return Err(Misfit::Elsewhere);
        }
        self.fits_size(offered.size)?;
        if !self.types.is_empty() && !self.fits_type(offered) {
            return Err(Misfit::Type);
        }
        self.fits_space(offered.room, space)
    }

    fn fits_size(&self, size: Option<u64>) -> Result<(), Misfit> {
        if self.at_least.is_none() && self.at_most.is_none() {
            return Ok(());
        }
        let size = size.ok_or(Misfit::SizeUnknown)?;
        match (self.at_least, self.at_most) {
            (Some(at_least), _) if size < at_least => Err(Misfit::Smaller { at_least }),
            (_, Some(at_most)) if size > at_most => Err(Misfit::Larger { at_most }),
            (Some(_) | None, Some(_) | None) => Ok(()),
        }
    }

    /// A file has one type by its name and another in the sender's words. To be accepted it must be of the type by both,
    /// as far as either says anything: nobody gets a program in by calling it a picture. To be kept out, one is enough.
    fn fits_type(&self, offered: &Offered) -> bool {
        let mut verdicts = kind::verdicts(&self.types, offered.name, offered.mime_type).peekable();
        if self.action == Action::Accept {
            verdicts.peek().is_some() && verdicts.all(|fits| fits)
        } else {
            verdicts.any(|fits| fits)
        }
    }

    fn fits_space(&self, room: Option<u64>, space: Space) -> Result<(), Misfit> {
        let Some(keep_free) = self.keep_free else { return Ok(()) };
        let room = room.ok_or(Misfit::SizeUnknown)?;
        let free = space(self.folder.as_deref());
        let stays = free.and_then(|free| free.checked_sub(room)).is_some_and(|rest| rest >= keep_free);
        if stays { Ok(()) } else { Err(Misfit::Space { keep_free, free }) }
    }
}

/// What the rules make of an offer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision<'r> {
    /// The rule that decides, if one fits; its number counts from 1.
    pub by: Option<(usize, &'r Rule)>,
    /// The later rules, which do not fit, the last first.
    pub passed_over: Vec<(usize, Misfit)>,
}

/// Asks the rules, the last first.
pub fn decide<'r>(rules: &'r [Rule], offered: &Offered, space: Space) -> Decision<'r> {
    let mut passed_over = Vec::new();
    for (index, rule) in rules.iter().enumerate().rev() {
        match rule.fits(offered, space) {
            Ok(()) => return Decision { by: Some((index + 1, rule)), passed_over },
            Err(misfit) => passed_over.push((index + 1, misfit)),
        }
    }
    Decision { by: None, passed_over }
}

/// Where space has to be known before the rules can be asked; none is the downloads folder. Each once.
pub fn folders_to_measure(rules: &[Rule]) -> Vec<Option<PathBuf>> {
    let mut folders = Vec::new();
    for rule in rules.iter().filter(|rule| rule.keep_free.is_some()) {
        if !folders.contains(&rule.folder) {
            folders.push(rule.folder.clone());
        }
    }
    folders
}

impl fmt::Display for Rule {
    /// `accept from romeo@montague.lit, at most 10 MiB, into /home/juliet/Poems`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.action.word(), self.whose)?;
        if !self.types.is_empty() {
            let types: Vec<_> = self.types.iter().map(ToString::to_string).collect();
            write!(f, ", {}", types.join(" or "))?;
        }
        if let Some(at_least) = self.at_least {
            write!(f, ", at least {}", Size(at_least))?;
        }
        if let Some(at_most) = self.at_most {
            write!(f, ", at most {}", Size(at_most))?;
        }
        if let Some(keep_free) = self.keep_free {
            write!(f, ", if {} stay free", Size(keep_free))?;
        }
        if let Some(folder) = &self.folder {
            write!(f, ", into {}", folder.display())?;
        }
        Ok(())
    }
}

impl fmt::Display for Whose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut whose: Vec<String> = self.from.iter().map(ToString::to_string).collect();
        whose.extend(self.groups.iter().map(|group| format!("group {group}")));
        whose.extend(self.strangers.then(|| "strangers".to_owned()));
        if whose.is_empty() { f.write_str("from every contact") } else { write!(f, "from {}", whose.join(" or ")) }
    }
}

#[cfg(test)]
mod tests;
