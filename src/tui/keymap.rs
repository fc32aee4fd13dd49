//! Every key is an [`Action`] in one table: the help screen, the README and the configuration all read [`BINDINGS`].

use std::collections::BTreeMap;

pub use self::bindings::BINDINGS;
pub use super::key::{Key, UnknownKey};
use crate::store::config::{KeyWish, Placed, Position, nearest};

mod bindings;

/// Where a key means something. The narrowest place that knows it is asked first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Context {
    /// In every pane.
    Everywhere,
    /// Where a message is written.
    Composer,
    /// Where anything is written.
    Editing,
    /// On a message of the conversation.
    Messages,
    /// In the roster.
    Roster,
    /// In the offers bar.
    Offers,
    /// In the transfers pane.
    Transfers,
    /// In a dialog.
    Dialog,
    /// In one that asks for a yes or a no.
    Question,
    /// In one that nobody should agree to in passing.
    Alarm,
    /// In the details of an offer.
    OfferDetails,
    /// Among all transfers that ever were.
    Journal,
    /// While the conversation is searched.
    Finder,
    /// Among what was found.
    Found,
    /// In the details of a contact.
    Contact,
    /// Among who is blocked.
    Blocked,
    /// In the report on what is wrong.
    Doctor,
    /// Among stanzas as they pass.
    Console,
}

/// What a key does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is described in BINDINGS, which is what users read")]
pub enum Action {
    Help,
    Quit,
    Interrupt,
    Redraw,
    Suspend,
    FocusOffers,
    AcceptShown,
    DeclineShown,
    FocusTransfers,
    ShowRoster,
    NextPane,
    PreviousPane,
    Conversation(u8),
    NextUnread,
    NextConversation,
    PreviousConversation,
    LastConversation,
    ScrollUp,
    ScrollDown,
    ScrollToEnd,
    Send,
    Newline,
    Complete,
    Older,
    Newer,
    SearchInput,
    SearchArchive,
    Find,
    Left,
    Right,
    WordLeft,
    WordRight,
    LineStart,
    LineEnd,
    DeleteLeft,
    DeleteRight,
    KillWordLeft,
    KillWordRight,
    KillToStart,
    KillToEnd,
    Yank,
    Undo,
    Redo,
    EditOutside,
    OlderInput,
    NewerInput,
    Answer,
    Correct,
    React,
    Retract,
    CopyText,
    OpenLink,
    Up,
    Down,
    First,
    Last,
    Open,
    Back,
    Accept,
    AcceptAs,
    Decline,
    Details,
    Trust,
    ShowStrangers,
    Cancel,
    Retry,
    Purge,
    CopyPath,
    OpenFolder,
    Pause,
    Raise,
    Lower,
    Faster,
    Slower,
    Filter,
    Reorder,
    Add,
    Remove,
    Rename,
    Regroup,
    Quieter,
    Block,
    Unblock,
    DeclineAll,
    Confirm,
    Dismiss,
    NextField,
}

/// A line of [`BINDINGS`].
#[derive(Debug)]
pub struct Binding {
    /// What it does.
    pub action: Action,
    /// Where.
    pub context: Context,
    /// Its keys unless the configuration says otherwise.
    pub keys: &'static [&'static str],
    /// Its name in the configuration.
    pub name: &'static str,
    /// What it does, in the help.
    pub help: &'static str,
}

impl Context {
    /// What the help calls it.
    pub fn title(self) -> &'static str {
        match self {
            Context::Everywhere => "Everywhere",
            Context::Composer => "Writing a message",
            Context::Editing => "Editing",
            Context::Messages => "On a message (Up, where nothing is written)",
            Context::Roster => "In the roster",
            Context::Offers => "In the offers bar",
            Context::Transfers => "In the transfers",
            Context::Dialog => "In a dialog",
            Context::Question => "Where a yes or a no is asked for",
            Context::Alarm => {
                "Where a server shows a certificate that is not known, or another one, or wants the password itself"
            }
            Context::OfferDetails => "In the details of an offer",
            Context::Journal => "Among all transfers (/transfers)",
            Context::Finder => "While you search a conversation",
            Context::Found => "Among what was found (/search)",
            Context::Contact => "In the details of a contact",
            Context::Console => "Among stanzas as they pass (/xml)",
            Context::Doctor => "In the report on what is wrong (/doctor)",
            Context::Blocked => "Among who is blocked (/blocked)",
        }
    }
}

/// Whether each of the configuration's wishes names an action, and keys that nothing else has in the same place; or where
/// the first word stands that does not.
pub fn check(wishes: &[KeyWish]) -> Result<(), (Position, KeymapError)> {
    let named = wishes.iter().map(|KeyWish { action, .. }| known(&action.word).map_err(|why| (action.at, why)));
    let named: Vec<&Binding> = named.collect::<Result<_, _>>()?;
    // The table's keys that stay come first, so that it is a wish that takes a key.
    let is_wished = |binding: &Binding| wishes.iter().any(|wish| wish.action.word == binding.name);
    let mut taken: Vec<(Key, &Binding)> = Vec::new();
    for binding in BINDINGS.iter().filter(|binding| !is_wished(binding)) {
        taken.extend(binding.keys.iter().filter_map(|key| Some((key.parse().ok()?, binding))));
    }
    for (wish, binding) in wishes.iter().zip(named) {
        for Placed { word, at } in &wish.keys {
            let key: Key = word.parse().map_err(|why: UnknownKey| (*at, why.into()))?;
            let is_theirs = |(taken, by): &&(Key, &Binding)| {
                *taken == key && by.context == binding.context && by.name != binding.name
            };
            if let Some((_, by)) = taken.iter().find(is_theirs) {
                return Err((*at, KeymapError::Taken { key: word.clone(), by: by.name, does: by.help }));
            }
            taken.push((key, binding));
        }
    }
    Ok(())
}

/// The configuration's wishes, wherever they stand.
pub fn wished(wishes: &[KeyWish]) -> BTreeMap<String, Vec<String>> {
    let words = |keys: &[Placed]| keys.iter().map(|key| key.word.clone()).collect();
    wishes.iter().map(|KeyWish { action, keys }| (action.word.clone(), words(keys))).collect()
}

/// The line of the table that has that name.
fn known(name: &str) -> Result<&'static Binding, KeymapError> {
    BINDINGS.iter().find(|binding| binding.name == name).ok_or_else(|| {
        let names: Vec<&'static str> = BINDINGS.iter().map(|binding| binding.name).collect();
        KeymapError::UnknownAction { name: name.to_owned(), near: nearest(name, &names) }
    })
}

/// Which key does what, the configuration's wishes included.
#[derive(Debug)]
pub(crate) struct Keymap {
    bound: Vec<(Context, Key, Action)>,
}

impl Keymap {
    /// The table, with other keys for the names that `wishes` has.
    pub(crate) fn new(wishes: &BTreeMap<String, Vec<String>>) -> Result<Keymap, KeymapError> {
        wishes.keys().try_for_each(|name| known(name).map(drop))?;
        let mut bound = Vec::new();
        for binding in BINDINGS {
            let keys: Vec<&str> = match wishes.get(binding.name) {
                Some(keys) => keys.iter().map(String::as_str).collect(),
                None => binding.keys.to_vec(),
            };
            for key in keys {
                bound.push((binding.context, key.parse()?, binding.action));
            }
        }
        Ok(Keymap { bound })
    }

    /// What a key does there.
    pub(crate) fn action(&self, contexts: &[Context], key: Key) -> Option<Action> {
        contexts.iter().find_map(|&context| {
            let bound = self.bound.iter().find(|(at, bound, _)| *at == context && *bound == key);
            bound.map(|&(_, _, action)| action)
        })
    }

    /// The keys of an action there, as they are written.
    pub(crate) fn keys(&self, context: Context, action: Action) -> Vec<String> {
        let bound = self.bound.iter().filter(|(at, _, does)| *at == context && *does == action);
        bound.map(|(_, key, _)| key.to_string()).collect()
    }

    /// The first key of an action there; for hints.
    pub(crate) fn key(&self, context: Context, action: Action) -> Option<String> {
        self.keys(context, action).into_iter().next()
    }
}

/// What is wrong with the configured keys.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeymapError {
    /// The table has no such name.
    #[error("{name:?} is nothing that a key could do; {}", advice(*near))]
    UnknownAction {
        /// What was asked for.
        name: String,
        /// What was probably meant.
        near: Option<&'static str>,
    },
    /// A key that does something else in the same place.
    #[error("{key} is the key of {by} already ({does}); choose another one, or wish for other keys for {by} as well")]
    Taken {
        /// The key.
        key: String,
        /// The name of what it does.
        by: &'static str,
        /// What that is.
        does: &'static str,
    },
    /// Not the name of a key.
    #[error(transparent)]
    UnknownKey(#[from] UnknownKey),
}

/// What helps with a wrong name also where nothing runs yet.
fn advice(near: Option<&str>) -> String {
    match near {
        Some(near) => format!("did you mean {near}? `balcony man` lists what there is"),
        None => "`balcony man` lists what there is".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_of_the_table_is_read_and_written_the_same() {
        for key in BINDINGS.iter().flat_map(|binding| binding.keys) {
            assert_eq!(key.parse::<Key>().map(|key| key.to_string()).as_deref(), Ok(*key));
        }
    }

    #[test]
    fn no_key_means_two_things_in_one_place_and_no_name_stands_twice() {
        let keymap = Keymap::new(&BTreeMap::new()).unwrap();
        for (at, (context, key, _)) in keymap.bound.iter().enumerate() {
            let twice = keymap.bound[..at].iter().any(|(other, same, _)| other == context && same == key);
            assert!(!twice, "{key} in {context:?}");
        }
        for (at, binding) in BINDINGS.iter().enumerate() {
            assert!(!BINDINGS[..at].iter().any(|other| other.name == binding.name), "{}", binding.name);
        }
    }

    #[test]
    fn readline_keeps_its_keys() {
        let keymap = Keymap::new(&BTreeMap::new()).unwrap();
        for key in ["Alt-F", "Alt-B", "Alt-D", "Ctrl-A", "Ctrl-E", "Ctrl-K", "Ctrl-U", "Ctrl-W", "Ctrl-Y"] {
            let key: Key = key.parse().unwrap();
            assert_eq!(keymap.action(&[Context::Composer, Context::Everywhere], key), None, "{key} is shadowed");
            assert!(keymap.action(&[Context::Editing], key).is_some());
        }
    }

    #[test]
    fn a_configured_key_replaces_the_tables() {
        let wishes = BTreeMap::from([("accept-shown".to_owned(), vec!["Alt-Y".to_owned()])]);
        let keymap = Keymap::new(&wishes).unwrap();
        assert_eq!(keymap.keys(Context::Everywhere, Action::AcceptShown), ["Alt-Y"]);
        assert_eq!(keymap.action(&[Context::Everywhere], "F3".parse().unwrap()), None);
    }

    #[test]
    fn wishes_that_mean_nothing_are_told() {
        let wish = |name: &str, key: &str| Keymap::new(&BTreeMap::from([(name.to_owned(), vec![key.to_owned()])]));
        let told = |name: &str| wish(name, "F3").unwrap_err().to_string();
        assert_eq!(told("fly"), "\"fly\" is nothing that a key could do; `balcony man` lists what there is");
        assert_eq!(
            told("qiut"),
            "\"qiut\" is nothing that a key could do; did you mean quit? `balcony man` lists what there is"
        );
        assert_eq!(
            wish("help", "Hyper-X").unwrap_err(),
            KeymapError::UnknownKey("Hyper-X".parse::<Key>().unwrap_err())
        );
    }
}
