//! The rows of the roster: which there are, and which of them fit what is typed.
//!
//! They are chosen anew, in one pass over who was [sorted](super::sorted), when somebody stands elsewhere, for a letter of
//! the filter and for a fold, so that ten thousand contacts are no burden.

use std::collections::BTreeSet;

use jid::BareJid;

use super::sorted::{Group, Kind, Place, Sorted};
use crate::tui::model::AccountId;

/// Where contacts are that the user put nowhere.
const UNGROUPED: &str = "Contacts";

/// Where people are with whom there is a conversation but who are no contacts.
const STRANGERS: &str = "Others";

/// Where people are who ask to see us.
const ASKING: &str = "Requests";

/// More people who ask than this are one row until the user unfolds it: a flood of them must not push contacts away.
const FEW: usize = 3;

/// A row of the pane. Whoever adds a kind of section adds a variant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Row {
    Account(AccountId),
    Group { account: AccountId, name: String, online: usize, total: usize, folded: bool },
    Contact { account: AccountId, jid: BareJid },
}

impl Row {
    /// Whether it is about the same, whatever it counts.
    pub(super) fn is_same(&self, other: &Row) -> bool {
        let group = |row: &Row| match row {
            Row::Group { account, name, .. } => Some((*account, name.clone())),
            Row::Account(_) | Row::Contact { .. } => None,
        };
        self == other || group(self).is_some_and(|mine| group(other) == Some(mine))
    }
}

/// The rows, without the people of folded groups; or all that fit the filter, folded or not. `toggled` are the groups that
/// the user folded or unfolded.
pub(super) fn rows(sorted: &Sorted, toggled: &BTreeSet<(AccountId, String)>, filter: Option<&str>) -> Vec<Row> {
    let wanted: Vec<String> = filter.unwrap_or_default().split_whitespace().map(str::to_lowercase).collect();
    let fits =
        |place: &&Place| wanted.iter().all(|word| place.name.contains(word) || place.jid.as_str().contains(word));
    let mut rows = Vec::new();
    for (&account, people) in &sorted.accounts {
        if sorted.accounts.len() > 1 {
            rows.push(Row::Account(account));
        }
        for (group, places) in &people.groups {
            let fitting: Vec<&Place> = places.iter().map(AsRef::as_ref).filter(fits).collect();
            if fitting.is_empty() {
                continue;
            }
            let name = title(group);
            let (online, total) = (fitting.iter().filter(|place| place.is_there).count(), fitting.len());
            let is_closed = group.0 == Kind::Asking && places.len() > FEW;
            let folded = filter.is_none() && is_closed != toggled.contains(&(account, name.to_owned()));
            rows.push(Row::Group { account, name: name.to_owned(), online, total, folded });
            if !folded {
                rows.extend(fitting.into_iter().map(|place| Row::Contact { account, jid: place.jid.clone() }));
            }
        }
    }
    rows
}

fn title((kind, name): &Group) -> &str {
    match kind {
        Kind::Asking => ASKING,
        Kind::Named => name,
        Kind::Ungrouped => UNGROUPED,
        Kind::Strangers => STRANGERS,
    }
}
