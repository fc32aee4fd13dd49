//! Why a command is not done.

use std::borrow::Cow;
use std::fmt;

use super::{SlashCommand, usage};

/// Why a command is not done, in words without a full stop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// It was called otherwise than its usage says.
    Misuse(Cow<'static, str>),
    /// It was called well; what it wants cannot be.
    Fact(Cow<'static, str>),
}

/// A command was called otherwise than its usage says.
pub(super) fn misuse(why: impl Into<Cow<'static, str>>) -> Refusal {
    Refusal::Misuse(why.into())
}

impl Refusal {
    /// What the user is told; how the command is called, only if it was called otherwise.
    pub(super) fn told(&self, command: &SlashCommand) -> String {
        match self {
            Refusal::Misuse(why) => {
                let stop = if why.ends_with('?') { "" } else { "." };
                format!("{why}{stop} Usage: {}", usage(command))
            }
            Refusal::Fact(why) => why.to_string(),
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refusal::Misuse(why) | Refusal::Fact(why) => f.write_str(why),
        }
    }
}

/// Whoever refuses without knowing of commands tells facts.
impl From<String> for Refusal {
    fn from(why: String) -> Self {
        Refusal::Fact(why.into())
    }
}

impl From<&'static str> for Refusal {
    fn from(why: &'static str) -> Self {
        Refusal::Fact(why.into())
    }
}
