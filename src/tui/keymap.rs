//! Every key is an [`Action`] in one table: the help screen, the README and the configuration all read [`BINDINGS`].

use std::collections::BTreeMap;

pub use super::key::{Key, UnknownKey};
use crate::store::config::{KeyWish, Position};

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

const fn bind(
    context: Context,
    action: Action,
    keys: &'static [&'static str],
    name: &'static str,
    help: &'static str,
) -> Binding {
    Binding { action, context, keys, name, help }
}

/// Every key.
#[rustfmt::skip]
pub static BINDINGS: &[Binding] = {
    use Action as A;
    use Context::{
        Alarm, Blocked, Composer, Console, Contact, Dialog, Doctor, Editing, Everywhere, Finder, Found, Journal, Messages,
        OfferDetails, Offers, Question, Roster, Transfers,
    };
    &[
    bind(Everywhere, A::Help, &["F1"], "help", "help for where you are"),
    bind(Everywhere, A::AcceptShown, &["F3"], "accept-shown", "accept the offer in the bar"),
    bind(Everywhere, A::DeclineShown, &["F4"], "decline-shown", "decline the offer in the bar"),
    bind(Everywhere, A::FocusOffers, &["Ctrl-O", "F2"], "offers", "go to the offers bar"),
    bind(Everywhere, A::FocusTransfers, &["Ctrl-T"], "transfers", "go to the transfers"),
    bind(Everywhere, A::ShowRoster, &["F7"], "roster", "go to the roster, or hide it"),
    bind(Everywhere, A::NextPane, &["Tab"], "next-pane", "next pane (in an empty composer)"),
    bind(Everywhere, A::PreviousPane, &["Shift-Tab"], "previous-pane", "previous pane"),
    bind(Everywhere, A::NextUnread, &["Alt-A"], "next-unread", "next conversation with something unread"),
    bind(Everywhere, A::NextConversation, &["Ctrl-N", "Alt-Right"], "next-conversation", "next conversation"),
    bind(Everywhere, A::PreviousConversation, &["Ctrl-P", "Alt-Left"], "previous-conversation", "previous conversation"),
    bind(Everywhere, A::LastConversation, &["Alt-/"], "last-conversation", "the conversation before this one"),
    bind(Everywhere, A::Conversation(1), &["Alt-1"], "conversation-1", "first conversation"),
    bind(Everywhere, A::Conversation(2), &["Alt-2"], "conversation-2", "second conversation"),
    bind(Everywhere, A::Conversation(3), &["Alt-3"], "conversation-3", "third conversation"),
    bind(Everywhere, A::Conversation(4), &["Alt-4"], "conversation-4", "fourth conversation"),
    bind(Everywhere, A::Conversation(5), &["Alt-5"], "conversation-5", "fifth conversation"),
    bind(Everywhere, A::Conversation(6), &["Alt-6"], "conversation-6", "sixth conversation"),
    bind(Everywhere, A::Conversation(7), &["Alt-7"], "conversation-7", "seventh conversation"),
    bind(Everywhere, A::Conversation(8), &["Alt-8"], "conversation-8", "eighth conversation"),
    bind(Everywhere, A::Conversation(9), &["Alt-9"], "conversation-9", "ninth conversation"),
    bind(Everywhere, A::Conversation(10), &["Alt-0"], "conversation-10", "tenth conversation"),
    bind(Everywhere, A::ScrollUp, &["PgUp"], "scroll-up", "scroll the conversation up"),
    bind(Everywhere, A::ScrollDown, &["PgDn"], "scroll-down", "scroll the conversation down"),
    bind(Everywhere, A::ScrollToEnd, &["Ctrl-End"], "scroll-to-end", "scroll to the newest line"),
    bind(Everywhere, A::Find, &["Ctrl-S"], "find", "search the conversation"),
    bind(Everywhere, A::Redraw, &["Ctrl-L"], "redraw", "draw the screen anew"),
    bind(Everywhere, A::Suspend, &["Ctrl-Z"], "suspend", "back to the shell; chat and files stand still until its fg"),
    bind(Everywhere, A::Quit, &["Ctrl-Q"], "quit", "quit (asks if a transfer is running)"),
    bind(Everywhere, A::Interrupt, &["Ctrl-C"], "interrupt", "drop what is being written; if nothing is, quit"),

    bind(Composer, A::Send, &["Enter"], "send", "send the message"),
    bind(Composer, A::Newline, &["Alt-Enter", "Ctrl-J"], "newline", "begin a new line"),
    bind(Composer, A::Complete, &["Tab"], "complete", "complete a name, a command, a path"),
    bind(Composer, A::Older, &["Up"], "older-input", "line up, then older input; where nothing is written, to the messages"),
    bind(Composer, A::Newer, &["Down"], "newer-input", "line down, then newer input"),
    bind(Composer, A::OlderInput, &["Alt-Up"], "older-input-only", "older input, also where nothing is written"),
    bind(Composer, A::NewerInput, &["Alt-Down"], "newer-input-only", "newer input"),
    bind(Composer, A::EditOutside, &["Ctrl-X Ctrl-E"], "edit-outside", "write in the editor that $VISUAL or $EDITOR names"),
    bind(Composer, A::SearchInput, &["Ctrl-R"], "search-input", "search what you typed before"),

    bind(Editing, A::Left, &["Left", "Ctrl-B"], "left", "one character left"),
    bind(Editing, A::Right, &["Right", "Ctrl-F"], "right", "one character right"),
    bind(Editing, A::WordLeft, &["Alt-B", "Ctrl-Left"], "word-left", "one word left"),
    bind(Editing, A::WordRight, &["Alt-F", "Ctrl-Right"], "word-right", "one word right"),
    bind(Editing, A::LineStart, &["Ctrl-A", "Home"], "line-start", "start of the line"),
    bind(Editing, A::LineEnd, &["Ctrl-E", "End"], "line-end", "end of the line"),
    bind(Editing, A::DeleteLeft, &["Backspace", "Ctrl-H"], "delete-left", "delete the character before the cursor"),
    bind(Editing, A::DeleteRight, &["Delete", "Ctrl-D"], "delete-right", "delete the character under the cursor"),
    bind(Editing, A::KillWordLeft, &["Ctrl-W", "Alt-Backspace"], "kill-word-left", "cut the word before the cursor"),
    bind(Editing, A::KillWordRight, &["Alt-D"], "kill-word-right", "cut the word after the cursor"),
    bind(Editing, A::KillToStart, &["Ctrl-U"], "kill-to-start", "cut to the start of the line"),
    bind(Editing, A::KillToEnd, &["Ctrl-K"], "kill-to-end", "cut to the end of the line"),
    bind(Editing, A::Yank, &["Ctrl-Y"], "yank", "paste what was cut"),
    bind(Editing, A::Undo, &["Ctrl-_", "Ctrl-X Ctrl-U"], "undo", "take the last change back"),
    bind(Editing, A::Redo, &["Alt-_"], "redo", "change again what was taken back"),

    bind(Finder, A::Find, &["Ctrl-S"], "find-next", "what was found before that"),
    bind(Finder, A::Up, &["Up", "Ctrl-R"], "find-older", "what was found before that"),
    bind(Finder, A::Down, &["Down"], "find-newer", "what was found after that"),
    bind(Finder, A::Open, &["Tab"], "find-list", "all that is found, as a list"),
    bind(Finder, A::Confirm, &["Enter"], "find-stay", "stay there"),
    bind(Finder, A::Back, &["Esc"], "find-back", "back to where you were"),

    bind(Messages, A::Up, &["Up", "k"], "messages-up", "message before"),
    bind(Messages, A::Down, &["Down", "j"], "messages-down", "message after; behind the newest, back to writing"),
    bind(Messages, A::ScrollUp, &["PgUp"], "messages-page-up", "page up"),
    bind(Messages, A::ScrollDown, &["PgDn"], "messages-page-down", "page down"),
    bind(Messages, A::First, &["Home", "g"], "messages-first", "first message that is here"),
    bind(Messages, A::Last, &["End", "G"], "messages-last", "newest message"),
    bind(Messages, A::Answer, &["r"], "answer", "answer it"),
    bind(Messages, A::Correct, &["e"], "correct", "put it differently, if it is yours"),
    bind(Messages, A::React, &["+"], "react", "react to it, or take a reaction back"),
    bind(Messages, A::Retract, &["d"], "retract", "take it back, if it is yours (asks first)"),
    bind(Messages, A::CopyText, &["y"], "copy-text", "copy what it says"),
    bind(Messages, A::OpenLink, &["o"], "open-link", "open an address in it (shows it first)"),
    bind(Messages, A::Open, &["Enter"], "message-details", "everything that is known about it"),
    bind(Messages, A::Back, &["Esc"], "messages-back", "back to writing"),

    bind(Roster, A::Up, &["Up", "k"], "roster-up", "up"),
    bind(Roster, A::Down, &["Down", "j"], "roster-down", "down"),
    bind(Roster, A::First, &["Home", "g"], "roster-first", "first"),
    bind(Roster, A::Last, &["End", "G"], "roster-last", "last"),
    bind(Roster, A::Open, &["Enter", "Space"], "roster-open", "open a conversation, fold a group"),
    bind(Roster, A::Filter, &["/"], "roster-filter", "find somebody by typing; Esc shows everybody again"),
    bind(Roster, A::Reorder, &["s"], "roster-order", "sort by who is there, by name, by the last message"),
    bind(Roster, A::Details, &["v"], "roster-details", "everything about a contact"),
    bind(Roster, A::Add, &["a"], "roster-add", "add somebody"),
    bind(Roster, A::Rename, &["r"], "roster-rename", "rename"),
    bind(Roster, A::Regroup, &["m"], "roster-group", "move to other groups"),
    bind(Roster, A::Remove, &["D", "Delete"], "roster-remove", "remove (asks)"),
    bind(Roster, A::Quieter, &["n"], "roster-notify", "ring for everything, for what names you, for nothing"),
    bind(Roster, A::Block, &["b"], "roster-block", "block or report (asks)"),
    bind(Roster, A::Back, &["Esc"], "roster-back", "back to writing"),

    bind(Offers, A::Accept, &["a"], "accept", "accept"),
    bind(Offers, A::AcceptAs, &["A"], "accept-as", "accept, and ask where to; let somebody see you, and add them"),
    bind(Offers, A::Decline, &["d"], "decline", "decline"),
    bind(Offers, A::Details, &["v", "Enter"], "details", "details"),
    bind(Offers, A::Trust, &["t"], "trust", "accept, now and from now on, what this contact offers"),
    bind(Offers, A::ShowStrangers, &["s"], "show-strangers", "show what strangers offer"),
    bind(Offers, A::DeclineAll, &["D"], "deny-all", "let nobody see you who asks (asks)"),
    bind(Offers, A::Block, &["b"], "offers-block", "block or report who offers or asks (asks)"),
    bind(Offers, A::Down, &["j", "Down"], "next-offer", "next offer"),
    bind(Offers, A::Up, &["k", "Up"], "previous-offer", "previous offer"),
    bind(Offers, A::Back, &["Esc"], "offers-back", "back to writing"),

    bind(Transfers, A::Up, &["Up", "k"], "transfers-up", "up"),
    bind(Transfers, A::Down, &["Down", "j"], "transfers-down", "down"),
    bind(Transfers, A::First, &["Home", "g"], "transfers-first", "first"),
    bind(Transfers, A::Last, &["End", "G"], "transfers-last", "last"),
    bind(Transfers, A::Open, &["Enter", "Space"], "unfold", "show or hide its attempts and log"),
    bind(Transfers, A::Accept, &["a"], "accept-transfer", "accept"),
    bind(Transfers, A::Cancel, &["c"], "cancel", "cancel, or decline"),
    bind(Transfers, A::Retry, &["r"], "retry", "offer again what could not be sent, go on with what is interrupted"),
    bind(Transfers, A::Purge, &["p"], "purge", "hide what is finished; /transfers still tells it"),
    bind(Transfers, A::OpenFolder, &["o"], "open-folder", "open the folder it is in"),
    bind(Transfers, A::CopyPath, &["y"], "copy-path", "copy its path"),
    bind(Transfers, A::Pause, &["s"], "pause", "stop for a while, or go on"),
    bind(Transfers, A::Raise, &["K"], "raise", "let it go before others"),
    bind(Transfers, A::Lower, &["J"], "lower", "let others go first"),
    bind(Transfers, A::Faster, &["+"], "faster", "raise the speed limit of the way it goes"),
    bind(Transfers, A::Slower, &["-"], "slower", "lower that limit"),
    bind(Transfers, A::Back, &["Esc"], "transfers-back", "back to writing"),

    bind(OfferDetails, A::Accept, &["a"], "details-accept", "accept"),
    bind(OfferDetails, A::AcceptAs, &["A"], "details-accept-as", "accept, and ask where to"),
    bind(OfferDetails, A::Decline, &["d"], "details-decline", "decline"),
    bind(OfferDetails, A::Trust, &["t"], "details-trust", "accept, now and from now on, what this contact offers"),

    bind(Contact, A::Accept, &["a"], "contact-accept", "let them see when you are online"),
    bind(Contact, A::AcceptAs, &["A"], "contact-accept-add", "let them see that, and add them"),
    bind(Contact, A::Decline, &["d"], "contact-decline", "do not let them"),
    bind(Contact, A::Rename, &["r"], "contact-rename", "rename"),
    bind(Contact, A::Regroup, &["m"], "contact-group", "move to other groups"),
    bind(Contact, A::Quieter, &["n"], "contact-notify", "ring for everything, for what names you, for nothing"),
    bind(Contact, A::Block, &["b"], "contact-block", "block or report (asks)"),

    bind(Blocked, A::Up, &["Up", "k"], "blocked-up", "up"),
    bind(Blocked, A::Down, &["Down", "j"], "blocked-down", "down"),
    bind(Blocked, A::Unblock, &["u", "Delete"], "blocked-unblock", "unblock"),

    bind(Console, A::Filter, &["/"], "xml-filter", "show those alone that have this in them"),
    bind(Console, A::Pause, &["Space"], "xml-hold", "let the screen stay as it is, or go on"),
    bind(Console, A::Send, &["s"], "xml-send", "write a stanza and send it"),
    bind(Console, A::CopyPath, &["y"], "xml-copy", "copy what is shown"),
    bind(Console, A::Purge, &["c"], "xml-clear", "forget what has passed"),
    bind(Console, A::Last, &["End", "G"], "xml-latest", "the latest"),

    bind(Doctor, A::CopyPath, &["y"], "doctor-copy", "copy the report"),
    bind(Doctor, A::Details, &["v"], "doctor-full", "with or without names and addresses"),
    bind(Doctor, A::Retry, &["r"], "doctor-again", "look again"),

    bind(Journal, A::Up, &["Up", "k"], "journal-up", "up"),
    bind(Journal, A::Down, &["Down", "j"], "journal-down", "down"),
    bind(Journal, A::First, &["Home", "g"], "journal-first", "newest"),
    bind(Journal, A::Last, &["End", "G"], "journal-last", "oldest that is shown; from there on older ones come"),
    bind(Journal, A::Open, &["Enter", "Space"], "journal-unfold", "show or hide its attempts and where it lies"),
    bind(Journal, A::Retry, &["r"], "journal-retry", "offer again what did not arrive"),
    bind(Journal, A::OpenFolder, &["o"], "journal-open-folder", "open the folder it is in"),
    bind(Journal, A::CopyPath, &["y"], "journal-copy-path", "copy its path"),

    bind(Found, A::Up, &["Up", "k"], "found-up", "up"),
    bind(Found, A::Down, &["Down", "j"], "found-down", "down"),
    bind(Found, A::First, &["Home", "g"], "found-first", "newest"),
    bind(Found, A::Last, &["End", "G"], "found-last", "oldest that is shown; from there on older ones come"),
    bind(Found, A::SearchArchive, &["a"], "found-archive", "look in the server's archive too, where it searches"),

    bind(Question, A::Confirm, &["y", "Y"], "yes", "yes"),
    bind(Question, A::Dismiss, &["n", "N"], "no", "no"),
    bind(Alarm, A::Confirm, &["y", "Y"], "alarm-yes", "accept it"),
    bind(Alarm, A::Dismiss, &["Esc", "Enter", "n", "N"], "alarm-no", "try again without"),

    bind(Dialog, A::Confirm, &["Enter"], "confirm", "yes, go on"),
    bind(Dialog, A::Dismiss, &["Esc"], "dismiss", "close"),
    bind(Dialog, A::NextField, &["Tab"], "next-field", "complete, or next field"),
    bind(Dialog, A::Up, &["Up", "Shift-Tab"], "dialog-up", "up, or the field before"),
    bind(Dialog, A::Down, &["Down"], "dialog-down", "down"),
    bind(Dialog, A::ScrollUp, &["PgUp"], "dialog-scroll-up", "page up"),
    bind(Dialog, A::ScrollDown, &["PgDn"], "dialog-scroll-down", "page down"),
]};

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
            Context::Alarm => "Where a server shows another certificate, or wants the password itself",
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

/// The configuration's wishes, if each names an action and keys; or the place of the first that does not.
pub fn wishes(wishes: &[KeyWish]) -> Result<BTreeMap<String, Vec<String>>, (Position, KeymapError)> {
    let mut keys = BTreeMap::new();
    for wish in wishes {
        let alone = BTreeMap::from([(wish.action.clone(), wish.keys.clone())]);
        Keymap::new(&alone).map_err(|why| (wish.at, why))?;
        keys.extend(alone);
    }
    Ok(keys)
}

/// Which key does what, the configuration's wishes included.
#[derive(Debug)]
pub(crate) struct Keymap {
    bound: Vec<(Context, Key, Action)>,
}

impl Keymap {
    /// The table, with other keys for the names that `wishes` has.
    pub(crate) fn new(wishes: &BTreeMap<String, Vec<String>>) -> Result<Keymap, KeymapError> {
        if let Some(unknown) = wishes.keys().find(|name| !BINDINGS.iter().any(|binding| binding.name == *name)) {
            return Err(KeymapError::UnknownAction(unknown.clone()));
        }
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
    #[error("{0:?} is nothing that a key could do; `/help keys` lists what there is")]
    UnknownAction(String),
    /// Not the name of a key.
    #[error(transparent)]
    UnknownKey(#[from] UnknownKey),
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
        assert_eq!(wish("fly", "F3").unwrap_err(), KeymapError::UnknownAction("fly".into()));
        assert_eq!(
            wish("help", "Hyper-X").unwrap_err(),
            KeymapError::UnknownKey("Hyper-X".parse::<Key>().unwrap_err())
        );
    }
}
