//! Questions in words.

use super::super::{Hint, confirm, dismiss};
use super::Question;
use crate::engine::amount;
use crate::engine::event::Direction;
use crate::store::config::written_rule;
use crate::tui::keymap::{Action, Context};
use crate::tui::model::account::Account;
use crate::tui::model::transfer::TransferKey;
use crate::tui::model::{AccountId, Model};
use crate::tui::widget::editor::LONGEST;

/// A title, what is asked, and the keys that answer, yes first.
pub(super) type Asked = (&'static str, String, Vec<Hint>);

pub(super) fn asked(model: &Model, question: &Question) -> Asked {
    match question {
        Question::Quit { running, lasting, unsent } => {
            let files = (*running > 0).then(|| stopped_files(*running, *lasting));
            let messages = (*unsent > 0).then(|| lost_messages(*unsent));
            let asks = files.into_iter().chain(messages).collect::<Vec<_>>().join(" ");
            ("Quit?", asks, vec![confirm("quits"), dismiss("stays")])
        }
        Question::SendFiles { to, paths, size, .. } => {
            let who = model.label_of(to.account, to.peer.jid());
            let first = paths.first().map(|path| model.look.short_path(path)).unwrap_or_default();
            let size = if *size > 0 { format!(", {}", amount::bytes(*size)) } else { String::new() };
            match paths.len() {
                0 | 1 => {
                    let asks = format!("{first}{size}, to {who}?");
                    ("Send this file?", asks, vec![confirm("sends it"), dismiss("inserts the text")])
                }
                several => {
                    let asks = format!("{first} and {} more{size}, in one transfer to {who}?", several - 1);
                    ("Send these files?", asks, vec![confirm("sends them"), dismiss("inserts the text")])
                }
            }
        }
        Question::Insert { text } => {
            let lines = text.lines().count();
            let lines = if lines == 1 { "One line".to_owned() } else { format!("{lines} lines") };
            let left_out = if text.len() > LONGEST {
                let room = amount::bytes(LONGEST as u64);
                format!(" There is room for {room}; the rest is left out. /send FILE sends a file of any size.")
            } else {
                String::new()
            };
            let asks = format!("{lines}, {}.{left_out}", amount::bytes(text.len() as u64));
            ("Insert this long text?", asks, vec![confirm("inserts it"), dismiss("drops it")])
        }
        Question::Retract { conversation, text, is_known, .. } => {
            let who = model.name_of(conversation.account, conversation.peer.jid());
            let asks = if *is_known {
                let is_heard = model.is_online(conversation.account);
                let later = if is_heard { "" } else { "; they hear of it once you are online" };
                format!("{who} may have read it already, and their program may keep it{later}:\n\n{text}")
            } else {
                format!("It did not reach {who}, who is told nothing:\n\n{text}")
            };
            ("Take this message back?", asks, vec![confirm("takes it back"), dismiss("leaves it")])
        }
        Question::Trust { key, rule } => {
            let who = rule.whose.from.first().map(ToString::to_string).unwrap_or_default();
            let stranger = model.transfers.get(*key).is_some_and(|transfer| !transfer.info.is_contact);
            let known = if stranger { " They are NOT in your roster." } else { "" };
            let place = match &model.rules.file {
                Some(file) => format!("This is added to {}:", model.look.short_path(file)),
                None => "Until you quit, for nothing is kept here:".to_owned(),
            };
            let asks = format!(
                "Accept this file, and from now on every file of {who} without asking?{known} {place}\n\n{}",
                written_rule(rule)
            );
            ("Trust?", asks, vec![confirm("trusts"), dismiss("does not")])
        }
        Question::RemoveContact { account, who } => {
            let name = model.name_of(*account, who);
            let asks = format!("{name} ({who}) leaves the roster; neither of you sees the other any more.");
            ("Remove a contact?", asks, vec![confirm("removes"), dismiss("keeps")])
        }
        Question::DenyAll { asking } => {
            let asks = format!("{asking} ask to see when you are online. None of them will.");
            ("Deny all?", asks, vec![confirm("denies"), dismiss("does nothing")])
        }
        Question::Cancel { key } => {
            let stops = (Context::Transfers, Action::Cancel, "stops it");
            ("Stop this file?", stopping(model, *key), vec![stops, dismiss("lets it go on")])
        }
        Question::RemoveRule { number, lines } => {
            let file = model.rules.file.as_deref().map(|file| model.look.short_path(file)).unwrap_or_default();
            let asks = format!("Remove rule {number}? These lines are taken out of {file}:\n\n{lines}");
            ("Remove a rule?", asks, vec![confirm("removes it"), dismiss("keeps it")])
        }
        Question::Pin { account, why, fingerprint } => unknown_certificate(model, *account, why, fingerprint),
        Question::PinAgain { account, pinned, shown } => changed_certificate(model, *account, pinned, shown),
        Question::TellPassword { account } => wanted_password(model, *account),
        Question::RemoveAccount { name, lines } => {
            let file = model.configuration.file.as_deref().map(|file| model.look.short_path(file)).unwrap_or_default();
            let asks = format!("Remove account {name}? These lines are taken out of {file}:\n\n{}", hidden(lines));
            ("Remove an account?", asks, vec![confirm("removes it"), dismiss("keeps it")])
        }
    }
}

/// What quitting does to so many files on the way, of which so many go on in the next run.
fn stopped_files(running: usize, lasting: usize) -> String {
    let files = if running == 1 { "A file is".to_owned() } else { format!("{running} files are") };
    let later = match lasting {
        0 => String::new(),
        1 if running == 1 => " It goes on when Balcony is started again.".to_owned(),
        all if all == running => " They go on when Balcony is started again.".to_owned(),
        some => format!(" When Balcony is started again, {some} of them can go on."),
    };
    format!("{files} still on the way; quitting stops that.{later}")
}

/// What it does to so many messages where none is kept.
fn lost_messages(unsent: usize) -> String {
    if unsent == 1 {
        return "A message has not reached the server; quitting drops it.".to_owned();
    }
    format!("{unsent} messages have not reached the server; quitting drops them.")
}

fn unknown_certificate(model: &Model, account: AccountId, why: &str, fingerprint: &str) -> Asked {
    let whose = model.accounts.get(&account).map(Account::title).unwrap_or_default();
    let file = model.configuration.file.as_deref().map(|file| model.look.short_path(file)).unwrap_or_default();
    let asks = format!(
        "The certificate of {whose}'s server is not known: {why}. Its fingerprint is {fingerprint}. Accept exactly this \
         one, now and later? It is added to {file}. If you do not know that it is right, do not."
    );
    let accepts = (Context::Alarm, Action::Confirm, "accepts it");
    ("Accept this certificate?", asks, vec![accepts, (Context::Alarm, Action::Dismiss, "tries again without")])
}

fn wanted_password(model: &Model, account: AccountId) -> Asked {
    let whose = model.accounts.get(&account).map(Account::title).unwrap_or_default();
    let asks = format!(
        "The server of {whose} wants the password itself (PLAIN). So far you have only proved to it that you know the \
         password, without telling it (SCRAM). Either the server was set up anew, or somebody stands in its place, and \
         would then know your password.\n\nAsk whoever runs the server whether it is meant to know passwords, by \
         another way than this one. Only if so, accept it."
    );
    let accepts = (Context::Alarm, Action::Confirm, "tells it the password");
    ("THE SERVER WANTS YOUR PASSWORD", asks, vec![accepts, (Context::Alarm, Action::Dismiss, "tries again without")])
}

fn changed_certificate(model: &Model, account: AccountId, pinned: &str, shown: &str) -> Asked {
    let whose = model.accounts.get(&account).map(Account::title).unwrap_or_default();
    let asks = format!(
        "The server of {whose} does not show the certificate that you pinned. Either it was renewed, or somebody stands \
         between you and the server, and would read your password and all that you write.\n\npinned {pinned}\nnow    \
         {shown}\n\nAsk whoever runs the server for its fingerprint, by another way than this one. Only if it is the \
         second, accept it."
    );
    let accepts = (Context::Alarm, Action::Confirm, "accepts the new one");
    ("THE CERTIFICATE CHANGED", asks, vec![accepts, (Context::Alarm, Action::Dismiss, "tries again with the old one")])
}

/// What is lost with a transfer.
fn stopping(model: &Model, key: TransferKey) -> String {
    let Some(transfer) = model.transfers.get(key) else { return "It is gone already.".to_owned() };
    let who = model.label_of(key.account, &transfer.info.peer.to_bare());
    let name = &transfer.info.name;
    let pause = model.keymap.key(Context::Transfers, Action::Pause).unwrap_or_default();
    let lost = match transfer.info.direction {
        Direction::Receiving => format!("{name} from {who}: what has come of it is removed."),
        Direction::Sending => {
            format!("{name} to {who}: nobody goes on with it, and what they have of it is of no use.")
        }
    };
    format!("{lost} {pause} in the transfers stops it for a while.")
}

/// The lines of an account without what somebody who looks on must not read.
fn hidden(lines: &str) -> String {
    let is_secret = |line: &&str| line.split('=').next().is_some_and(|key| key.trim() == "password");
    let shown = lines.lines().map(|line| if is_secret(&line) { "password = …" } else { line });
    shown.collect::<Vec<_>>().join("\n")
}
