//! `[roster]`: in which order contacts stand, and what they are told of us.

use std::str::FromStr;

use serde::Deserialize;

use super::document::{Word, read};
use super::fault::Fault;

/// The table as it is written.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RosterTable {
    order: Option<Word>,
    tell_idle: Option<bool>,
}

/// What becomes of the roster.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RosterConfig {
    /// In which order contacts stand.
    pub order: Order,
    /// Whether contacts are told since when nobody has touched Balcony.
    pub tell_idle: bool,
}

/// In which order contacts stand within their groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Order {
    /// Who is there first, by name.
    #[default]
    Presence,
    /// By name.
    Name,
    /// With whom something was said last first.
    Recent,
}

/// No such order.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no order; there are presence, name and recent")]
pub struct UnknownOrder(String);

impl FromStr for Order {
    type Err = UnknownOrder;

    fn from_str(word: &str) -> Result<Self, UnknownOrder> {
        match word {
            "presence" => Ok(Order::Presence),
            "name" => Ok(Order::Name),
            "recent" => Ok(Order::Recent),
            unknown => Err(UnknownOrder(unknown.to_owned())),
        }
    }
}

impl RosterTable {
    pub(super) fn check(&self) -> Result<RosterConfig, Fault> {
        let default = RosterConfig::default();
        Ok(RosterConfig {
            order: self.order.as_ref().map_or(Ok(default.order), read)?,
            tell_idle: self.tell_idle.unwrap_or(default.tell_idle),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contacts_learn_of_idleness_only_if_the_user_says_so() {
        let read = |text: &str| toml::from_str::<RosterTable>(text).unwrap().check();
        assert_eq!(read("").unwrap(), RosterConfig { order: Order::Presence, tell_idle: false });
        assert_eq!(
            read("order = 'recent'\ntell_idle = true").unwrap(),
            RosterConfig { order: Order::Recent, tell_idle: true }
        );
        assert!(read("order = 'shoe size'").is_err());
    }
}
