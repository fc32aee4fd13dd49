//! Questions with yes and no, about what would be a pity to do by accident.

use std::path::PathBuf;

use jid::{BareJid, Jid};
use ratatui::text::Line;

use super::{Drawing, Hint, confirm, dismiss};
use crate::engine::amount;
use crate::engine::command::Command;
use crate::engine::event::Direction;
use crate::store::config::written_rule;
use crate::store::rules::Rule;
use crate::tui::effect::{AccountWish, Effect, Effects, Grouping, RulesWish, Shipment};
use crate::tui::keymap::{Action, Context};
use crate::tui::layers::{self, Layer};
use crate::tui::model::account::Account;
use crate::tui::model::transfer::TransferKey;
use crate::tui::model::{AccountId, ConversationId, Model};
use crate::tui::update::{accounts, offers, requests, rules, transfers};
use crate::tui::widget::editor::LONGEST;
use crate::tui::widget::text;

/// A question that is shown from that line of it on: a small screen has no room for some.
#[derive(Debug)]
pub(crate) struct Asking {
    pub(crate) what: Question,
    pub(crate) from: usize,
}

/// What is asked.
#[derive(Debug)]
pub(crate) enum Question {
    /// Whether to stop so many transfers, of which so many go on when Balcony is started again.
    Quit { running: usize, lasting: usize },
    /// Whether pasted paths are files to send or text to insert.
    SendFiles { to: ConversationId, paths: Vec<PathBuf>, size: u64, text: String },
    /// Whether a long text was meant to be pasted.
    Insert { text: String },
    /// Whether to take a message back.
    Retract { conversation: ConversationId, id: String, text: String },
    /// Whether to accept this offer, and by that rule those that follow.
    Trust { key: TransferKey, rule: Box<Rule> },
    /// Whether to take a rule out of the configuration, where it stands in these lines.
    RemoveRule { number: usize, lines: String },
    /// Whether to take an account out of the configuration, where it stands in these lines.
    RemoveAccount { name: String, lines: String },
    /// Whether an account accepts a certificate that nobody vouches for.
    Pin { account: AccountId, why: String, fingerprint: String },
    /// Whether an account accepts another certificate than the one that it pinned.
    PinAgain { account: AccountId, pinned: String, shown: String },
    /// Whether a server is told the password that was only ever proved.
    TellPassword { account: AccountId },
    /// Whether somebody is to be no contact any more.
    RemoveContact { account: AccountId, who: BareJid },
    /// Whether none of so many people may see us.
    DenyAll { asking: usize },
    /// Whether to stop a transfer of which some has moved.
    Cancel { key: TransferKey },
}

impl Asking {
    /// Whose keys answer it. What Enter must not do by habit has keys of its own.
    pub(crate) fn contexts(&self) -> &'static [Context] {
        match self.what {
            Question::PinAgain { .. } | Question::TellPassword { .. } => &[Context::Alarm],
            Question::Quit { .. }
            | Question::SendFiles { .. }
            | Question::Insert { .. }
            | Question::Retract { .. }
            | Question::Trust { .. }
            | Question::RemoveRule { .. }
            | Question::RemoveAccount { .. }
            | Question::Pin { .. }
            | Question::RemoveContact { .. }
            | Question::DenyAll { .. }
            | Question::Cancel { .. } => &[Context::Question, Context::Dialog],
        }
    }
}

pub(crate) fn act(model: &mut Model, action: Action) -> Effects {
    if let Some(from) = turned(model, action)
        && let Some(Layer::Question(asking)) = model.layers.last_mut()
    {
        asking.from = from;
        return Effects::new();
    }
    if action != Action::Confirm && action != Action::Dismiss {
        return Effects::new();
    }
    match model.layers.pop() {
        Some(Layer::Question(asking)) if action == Action::Confirm => affirm(model, asking.what),
        Some(Layer::Question(asking)) => deny(model, asking.what),
        Some(other) => {
            model.layers.push(other);
            layers::close(model)
        }
        None => Effects::new(),
    }
}

/// From which line on a question is shown after a key, if that turns a page. Yes does too, until all of it was seen.
fn turned(model: &Model, action: Action) -> Option<usize> {
    let Some(Layer::Question(asking)) = model.layers.last() else { return None };
    let last = last_line(model, asking);
    let page = super::height(model).saturating_sub(1).max(1);
    if action == Action::ScrollDown || action == Action::Confirm && asking.from < last {
        Some((asking.from + page).min(last))
    } else if action == Action::ScrollUp {
        Some(asking.from.saturating_sub(page))
    } else if action == Action::Down {
        Some((asking.from + 1).min(last))
    } else if action == Action::Up {
        Some(asking.from.saturating_sub(1))
    } else {
        None
    }
}

/// The last line from which on a question can be shown.
fn last_line(model: &Model, asking: &Asking) -> usize {
    let (_, asks, _) = asked(model, &asking.what);
    super::last_scroll(model, wrapped(model, &asks).len())
}

fn affirm(model: &mut Model, question: Question) -> Effects {
    match question {
        Question::Quit { .. } => vec![Effect::Quit],
        Question::SendFiles { to, paths, text: typed, .. } => {
            let (account, to) = (to.account, Jid::from(to.peer.jid().clone()));
            let (via, grouping) = (Vec::new(), Grouping::Together);
            vec![Effect::Find(Shipment { account, to, paths, via, grouping, typed, remark: None })]
        }
        Question::Insert { text } => insert(model, &text),
        Question::Trust { key, rule } => {
            let mut effects = rules::add(model, *rule);
            effects.extend(offers::answer_unseen(model, key, Action::Accept));
            effects
        }
        Question::Retract { conversation, id, .. } => {
            let to = Jid::from(conversation.peer.jid().clone());
            vec![Effect::Command(conversation.account, Command::Retract { to, id })]
        }
        Question::RemoveRule { number, lines } => {
            let file = model.rules.file.clone();
            file.map(|file| Effect::Rules(file, RulesWish::Remove(number, lines))).into_iter().collect()
        }
        Question::RemoveAccount { name, lines } => {
            let file = model.configuration.file.clone();
            file.map(|file| Effect::Account(file, AccountWish::Remove(name, lines))).into_iter().collect()
        }
        Question::Pin { account, fingerprint, .. } => pin(model, account, fingerprint),
        Question::PinAgain { account, shown, .. } => pin(model, account, shown),
        Question::TellPassword { account } => {
            let told = Effect::Command(account, Command::TellPassword);
            std::iter::once(told).chain(accounts::connect(model, account)).collect()
        }
        Question::RemoveContact { account, who } => {
            vec![Effect::Command(account, Command::RemoveContact { contact: who })]
        }
        Question::DenyAll { .. } => requests::deny_all(model),
        Question::Cancel { key } => transfers::cancel(model, key),
    }
}

fn deny(model: &mut Model, question: Question) -> Effects {
    match question {
        Question::SendFiles { text, .. } => insert(model, &text),
        Question::Pin { account, .. } | Question::PinAgain { account, .. } | Question::TellPassword { account } => {
            accounts::connect(model, account)
        }
        Question::Quit { .. }
        | Question::Insert { .. }
        | Question::Retract { .. }
        | Question::Trust { .. }
        | Question::RemoveRule { .. }
        | Question::RemoveAccount { .. }
        | Question::RemoveContact { .. }
        | Question::DenyAll { .. }
        | Question::Cancel { .. } => Effects::new(),
    }
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

fn insert(model: &mut Model, text: &str) -> Effects {
    model.current_mut().draft.insert(text);
    Effects::new()
}

/// Has the file say that an account accepts exactly this certificate.
fn pin(model: &Model, account: AccountId, fingerprint: String) -> Effects {
    let name = model.accounts.get(&account).map(|account| account.name.clone());
    let file = model.configuration.file.clone();
    file.zip(name).map(|(file, name)| Effect::Account(file, AccountWish::Pin(name, fingerprint))).into_iter().collect()
}

/// The lines of an account without what somebody who looks on must not read.
fn hidden(lines: &str) -> String {
    let is_secret = |line: &&str| line.split('=').next().is_some_and(|key| key.trim() == "password");
    let shown = lines.lines().map(|line| if is_secret(&line) { "password = …" } else { line });
    shown.collect::<Vec<_>>().join("\n")
}

pub(crate) fn drawing(model: &Model, asking: &Asking) -> Drawing {
    let (title, asks, mut keys) = asked(model, &asking.what);
    if asking.from < last_line(model, asking)
        && let Some((_, _, word)) = keys.first_mut()
    {
        *word = "more";
    }
    let lines = wrapped(model, &asks).into_iter().map(Line::from).collect();
    Drawing { title: title.to_owned(), lines, scroll: asking.from, cursor: None, keys }
}

fn wrapped(model: &Model, asks: &str) -> Vec<String> {
    text::visible_lines(asks).flat_map(|line| text::wrap(&line, super::width(model))).collect()
}

/// A title, what is asked, and the keys that answer, yes first.
type Asked = (&'static str, String, Vec<Hint>);

fn asked(model: &Model, question: &Question) -> Asked {
    match question {
        Question::Quit { running, lasting } => {
            let files = if *running == 1 { "A file is".to_owned() } else { format!("{running} files are") };
            let later = match lasting {
                0 => String::new(),
                1 if *running == 1 => " It goes on when Balcony is started again.".to_owned(),
                all if all == running => " They go on when Balcony is started again.".to_owned(),
                some => format!(" When Balcony is started again, {some} of them can go on."),
            };
            let asks = format!("{files} still on the way; quitting stops that.{later}");
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
        Question::Retract { conversation, text, .. } => {
            let who = model.name_of(conversation.account, conversation.peer.jid());
            let asks = format!("{who} may have read it already, and their program may keep it:\n\n{text}");
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

fn unknown_certificate(model: &Model, account: AccountId, why: &str, fingerprint: &str) -> Asked {
    let whose = model.accounts.get(&account).map(Account::title).unwrap_or_default();
    let file = model.configuration.file.as_deref().map(|file| model.look.short_path(file)).unwrap_or_default();
    let asks = format!(
        "The certificate of {whose}'s server is not known: {why}. Its fingerprint is {fingerprint}. Accept exactly this \
         one, now and later? It is added to {file}. If you do not know that it is right, do not."
    );
    ("Accept this certificate?", asks, vec![confirm("accepts it"), dismiss("tries again without")])
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
