//! Slash commands: [`COMMANDS`] is the one table that running, completion, `/help` and the README read.

mod account;
mod blocking;
mod chat;
pub(crate) mod complete;
pub(crate) mod contacts;
mod doctor;
mod limit;
mod messages;
mod published;
pub(crate) mod query;
mod refusal;
mod rules;
mod search;
mod session;
mod set;
mod transfers;
mod whom;
pub(crate) mod words;
mod xml;

pub(crate) use refusal::Refusal;
use refusal::misuse;
pub(crate) use session::listed;

use super::effect::Effects;
use super::model::Model;
use crate::store::config::{Setting, nearest};

/// Longer than the name of any command.
const LONGEST_NAME: usize = 32;

/// A line of [`COMMANDS`].
pub struct SlashCommand {
    /// Its name, without the slash.
    pub name: &'static str,
    /// Other names that people's fingers know.
    pub aliases: &'static [&'static str],
    /// What follows it.
    pub arguments: &'static str,
    /// What it does.
    pub help: &'static str,
    /// What its arguments are completed with.
    pub(crate) completes: Completes,
    pub(crate) run: fn(&mut Model, &str) -> Answer,
}

/// What a command causes, or why it is not done.
pub(crate) type Answer = Result<Effects, Refusal>;

/// What arguments are completed with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Completes {
    Nothing,
    Contacts,
    /// A contact, then one of these words.
    ContactsThen(&'static [&'static str]),
    /// A contact, then groups.
    Groups,
    /// A contact, or the domain of one.
    ContactsAndDomains,
    /// Who is blocked.
    Blocked,
    Commands,
    Files,
    /// As running text is.
    Text,
    Words(&'static [&'static str]),
    /// What a search is narrowed down by.
    Conditions,
    /// These words, then accounts.
    Accounts(&'static [&'static str]),
    /// Keys of the configuration, then what they take.
    Settings,
}

/// Every command, in the order of the help.
pub static COMMANDS: &[&SlashCommand] = &[
    &session::HELP,
    &chat::MSG,
    &chat::QUERY,
    &chat::ME,
    &messages::REPLY,
    &messages::CORRECT,
    &messages::REACT,
    &messages::RETRACT,
    &messages::COPY,
    &search::SEARCH,
    &transfers::SEND,
    &transfers::ACCEPT,
    &transfers::DECLINE,
    &published::PUBLISH,
    &published::START,
    &published::FETCH,
    &transfers::TRANSFERS,
    &transfers::CANCEL,
    &transfers::PAUSE,
    &transfers::RETRY,
    &transfers::DCC,
    &limit::LIMIT,
    &rules::RULES,
    &contacts::ADD,
    &contacts::REMOVE,
    &contacts::RENAME,
    &contacts::GROUP,
    &contacts::NOTIFY,
    &contacts::NICK,
    &blocking::BLOCK,
    &blocking::UNBLOCK,
    &blocking::REPORT,
    &blocking::BLOCKED,
    &contacts::DETAILS,
    &session::STATUS,
    &session::AWAY,
    &account::ACCOUNT,
    &account::CONNECT,
    &account::DISCONNECT,
    &set::SET,
    &doctor::DOCTOR,
    &xml::XML,
    &chat::WIN,
    &chat::CLEAR,
    &chat::CLOSE,
    &session::QUIT,
];

/// The text to send, if what was typed is no command: `//` sends a slash.
pub(crate) fn literal(text: &str) -> Option<&str> {
    match text.strip_prefix('/') {
        None => Some(text),
        Some(rest) => rest.starts_with('/').then_some(rest),
    }
}

/// The command of that name or alias.
pub(crate) fn find(name: &str) -> Option<&'static SlashCommand> {
    let name = name.to_lowercase();
    COMMANDS.iter().copied().find(|command| command.name == name || command.aliases.contains(&name.as_str()))
}

/// Whether that is what the command is called which offers files.
pub(crate) fn offers_files(name: &str) -> bool {
    find(name).is_some_and(|command| command.name == transfers::SEND.name)
}

/// Does what was typed, or says where it was typed why not.
pub(crate) fn run(model: &mut Model, text: &str) -> Option<Effects> {
    let typed = text.trim().trim_start_matches('/');
    let (name, arguments) = typed.split_once(char::is_whitespace).unwrap_or((typed, ""));
    let Some(command) = find(name) else {
        model.say(unknown(name));
        return None;
    };
    let takes_none = command.arguments.is_empty() && !arguments.trim().is_empty();
    let answer = if takes_none {
        Err(misuse(format!("/{name} is said alone; //{name} begins a text")))
    } else {
        (command.run)(model, arguments.trim())
    };
    answer.map_err(|refusal| model.say(refusal.told(command))).ok()
}

/// `/send FILE… [--to NAME] [--via METHOD]`.
pub(crate) fn usage(command: &SlashCommand) -> String {
    format!("/{} {}", command.name, command.arguments).trim_end().to_owned()
}

fn unknown(name: &str) -> String {
    if let Some(setting) = Setting::find(name) {
        let key = setting.key();
        return format!("There is no /{name}; /set {key} VALUE changes that (//{name} sends it as text)");
    }
    let names = COMMANDS.iter().flat_map(|command| std::iter::once(&command.name).chain(command.aliases));
    // What somebody pasted behind a slash is no slip of the finger.
    let typed: String = name.chars().take(LONGEST_NAME).collect();
    match nearest(&typed, &names.copied().collect::<Vec<_>>()) {
        Some(known) => format!("There is no /{name}; did you mean /{known}? (//{name} sends it as text)"),
        None => format!("There is no /{name}: /help lists what there is (//{name} sends it as text)"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_means_two_commands() {
        let mut names: Vec<&str> = COMMANDS
            .iter()
            .flat_map(|command| std::iter::once(&command.name).chain(command.aliases))
            .copied()
            .collect();
        let all = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all);
    }

    #[test]
    fn a_typing_error_suggests_the_nearest_command() {
        assert_eq!(unknown("sned"), "There is no /sned; did you mean /send? (//sned sends it as text)");
        assert!(unknown("qiut").contains("/quit"));
        for far in ["frobnicate", "join", "roster", "online"] {
            assert!(unknown(far).contains("/help lists"), "{}", unknown(far));
        }
        assert!(unknown("theme").contains("/set theme VALUE changes that"), "a setting is changed in one way");
    }

    #[test]
    fn two_slashes_send_one() {
        assert_eq!(literal("//quit"), Some("/quit"));
        assert_eq!(literal("hello / there"), Some("hello / there"));
        assert_eq!(literal("/quit"), None);
    }
}
