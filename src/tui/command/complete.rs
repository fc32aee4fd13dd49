//! What Tab completes a word with.

use std::collections::BTreeSet;

use super::{COMMANDS, Completes, find, query, words};
use crate::store::config::{SETTINGS, Setting};
use crate::tui::effect::Effect;
use crate::tui::model::Model;

/// More than fits on a hint line; shells ask beyond that.
const MOST: usize = 100;

/// What the word before the cursor can become.
pub(crate) enum Completing {
    Nothing,
    Known {
        /// Where the word begins.
        start: usize,
        candidates: Vec<String>,
    },
    /// Only the disk knows.
    Path(Effect),
}

/// What the word before the cursor of the composer can become.
pub(crate) fn complete(model: &Model) -> Completing {
    let draft = &model.current().draft;
    let before = draft.before();
    let Some(line) = before.strip_prefix('/').filter(|line| !line.starts_with('/')) else {
        return running_text(model, before);
    };
    let Some((name, arguments)) = line.split_once(char::is_whitespace) else {
        return known(before, 0, COMMANDS.iter().map(|command| format!("/{} ", command.name)));
    };
    let start = before.len() - arguments.len() + words::last_start(arguments);
    let earlier = words::split(&before[..start]);
    match earlier.last().map(String::as_str) {
        Some("--to") => return known(before, start, contacts(model)),
        Some("--via") => return known(before, start, methods()),
        Some(_) | None => {}
    }
    match find(name).map_or(Completes::Nothing, |command| command.completes) {
        Completes::Nothing => Completing::Nothing,
        Completes::Text => running_text(model, before),
        Completes::Groups if earlier.len() > 1 => known(before, start, groups(model)),
        Completes::ContactsThen(list) if earlier.len() > 1 => known(before, start, listed(list)),
        Completes::Contacts | Completes::ContactsThen(_) | Completes::Groups => known(before, start, contacts(model)),
        Completes::ContactsAndDomains => known(before, start, contacts(model).into_iter().chain(domains(model))),
        Completes::Conditions => known(before, start, conditions(model, &before[start..])),
        Completes::Blocked => known(before, start, blocked(model)),
        Completes::Commands => known(before, start, COMMANDS.iter().map(|command| format!("{} ", command.name))),
        Completes::Accounts(verbs) => {
            let verbs = if earlier.len() == 1 { verbs } else { &[] };
            let accounts = model.accounts.values().map(|account| account.name.as_str());
            known(before, start, verbs.iter().copied().chain(accounts).map(|word| format!("{word} ")))
        }
        Completes::Settings => known(before, start, settings(&earlier)),
        Completes::Words(list) => known(before, start, listed(list)),
        Completes::Files if before[start..].starts_with('-') => {
            known(before, start, ["--to ".to_owned(), "--via ".to_owned()])
        }
        Completes::Files => path(draft.text(), before, start, model),
    }
}

/// Emoji by their shortcodes, and what people are called.
fn running_text(model: &Model, before: &str) -> Completing {
    let start = word_start(before);
    match before[start..].strip_prefix(':') {
        Some(typed) if !typed.is_empty() => emoji(start, typed),
        Some(_) | None => known(before, start, names(model)),
    }
}

/// The emoji that a shortcode means, or the shortcodes that begin so.
fn emoji(start: usize, typed: &str) -> Completing {
    let (typed, is_whole) = typed.strip_suffix(':').map_or((typed, false), |whole| (whole, true));
    let typed = typed.to_lowercase();
    let coded = emojis::iter().flat_map(|emoji| emoji.shortcodes().map(move |code| (code, emoji.as_str())));
    let fits = |code: &str| if is_whole { code == typed } else { code.starts_with(&typed) };
    let mut fitting: Vec<_> = coded.filter(|(code, _)| fits(code)).collect();
    fitting.sort_unstable();
    let candidates = match fitting[..] {
        [] => return Completing::Nothing,
        [(_, only)] => vec![format!("{only} ")],
        [..] => fitting.iter().take(MOST).map(|(code, _)| format!(":{code}:")).collect(),
    };
    Completing::Known { start, candidates }
}

/// Where the last word begins, in text that is no command.
fn word_start(before: &str) -> usize {
    before.rfind(char::is_whitespace).map_or(0, |at| at + before[at..].chars().next().map_or(0, char::len_utf8))
}

fn known(before: &str, start: usize, candidates: impl IntoIterator<Item = String>) -> Completing {
    let typed = before[start..].to_lowercase();
    let matching = candidates.into_iter().filter(|candidate| candidate.to_lowercase().starts_with(&typed));
    let candidates: Vec<String> = matching.take(MOST).collect();
    if candidates.is_empty() { Completing::Nothing } else { Completing::Known { start, candidates } }
}

fn contacts(model: &Model) -> Vec<String> {
    let contacts: BTreeSet<_> = model.accounts.values().flat_map(|account| account.contacts.keys()).collect();
    contacts.into_iter().map(|jid| format!("{jid} ")).collect()
}

fn listed(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| format!("{word} ")).collect()
}

/// Where contacts are, but for the user's own servers.
fn domains(model: &Model) -> Vec<String> {
    let accounts = || model.accounts.values();
    let ours: BTreeSet<_> = accounts().filter_map(|account| account.jid.as_ref()).map(|jid| jid.domain()).collect();
    let theirs: BTreeSet<_> = accounts().flat_map(|account| account.contacts.keys()).map(|jid| jid.domain()).collect();
    theirs.difference(&ours).map(|domain| format!("{domain} ")).collect()
}

/// What a search is narrowed down by: behind a colon whom it takes, before that which kinds there are.
fn conditions(model: &Model, typed: &str) -> Vec<String> {
    let Some((key, _)) = typed.split_once(':') else { return query::KEYS.map(|key| format!("{key}:")).into() };
    let people = match key {
        query::FROM => [vec!["me ".to_owned()], contacts(model)].concat(),
        query::WITH => contacts(model),
        _ => Vec::new(),
    };
    people.into_iter().map(|whom| format!("{key}:{whom}")).collect()
}

/// The groups that there are, as they have to be typed.
fn groups(model: &Model) -> Vec<String> {
    let account = model.account_here().and_then(|account| model.accounts.get(&account));
    let contacts = account.into_iter().flat_map(|account| account.contacts.values());
    let groups: BTreeSet<&String> = contacts.flat_map(|contact| &contact.groups).collect();
    groups.into_iter().map(|group| format!("{} ", words::escape(group))).collect()
}

/// The keys of the configuration; behind one, what it takes.
fn settings(earlier: &[String]) -> Vec<String> {
    match earlier.get(1) {
        None => SETTINGS.iter().map(|setting| format!("{} ", setting.name)).collect(),
        Some(name) => {
            let words = Setting::find(name).map_or(&[][..], |setting| setting.kind.words());
            words.iter().map(|word| format!("{word} ")).collect()
        }
    }
}

fn blocked(model: &Model) -> Vec<String> {
    let account = model.account_here().and_then(|account| model.accounts.get(&account));
    account.iter().flat_map(|account| &account.blocked).map(|jid| format!("{jid} ")).collect()
}

/// What people are called in running text.
fn names(model: &Model) -> Vec<String> {
    let Some(id) = model.account_here() else { return Vec::new() };
    let contacts = model.accounts.get(&id).into_iter().flat_map(|account| account.contacts.keys());
    contacts.map(|jid| format!("{} ", model.name_of(id, jid))).collect()
}

fn methods() -> impl Iterator<Item = String> {
    crate::engine::command::Via::ALL.into_iter().map(|via| format!("{} ", via.word()))
}

fn path(text: &str, before: &str, start: usize, model: &Model) -> Completing {
    let typed = words::split(&before[start..]).pop().unwrap_or_default();
    Completing::Path(list_folder(text, start, &typed, model))
}

/// The effect that looks up what a typed path can become.
pub(crate) fn list_folder(text: &str, start: usize, typed: &str, model: &Model) -> Effect {
    let (folder, prefix) = match typed.rfind('/') {
        Some(at) => typed.split_at(at + 1),
        None if typed == "~" => ("~/", ""),
        None => ("", typed),
    };
    let place = words::path(if folder.is_empty() { "." } else { folder }, model.look.home.as_deref());
    Effect::ListFolder {
        text: text.to_owned(),
        start,
        typed: folder.to_owned(),
        folder: place,
        prefix: prefix.to_owned(),
    }
}

/// A completed path as it has to be typed; a file is done with, a folder goes on.
pub(crate) fn quoted(folder: &str, name: &str) -> String {
    let end = if name.ends_with('/') { "" } else { " " };
    format!("{}{}{end}", words::escape(folder), words::escape(name))
}

/// What all candidates begin with.
pub(crate) fn common_start(candidates: &[String]) -> String {
    let mut common = candidates.first().cloned().unwrap_or_default();
    for candidate in candidates {
        let same = common.chars().zip(candidate.chars()).take_while(|(one, other)| one == other);
        let end = same.map(|(c, _)| c.len_utf8()).sum();
        common.truncate(end);
    }
    common
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn candidates_are_completed_as_far_as_they_agree() {
        let candidates = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        assert_eq!(common_start(&candidates(&["東京 ", "東大 "])), "東");
        assert_eq!(common_start(&candidates(&["one "])), "one ");
        assert_eq!(common_start(&[]), "");
    }

    #[test]
    fn a_completed_path_is_escaped_and_a_folder_goes_on() {
        assert_eq!(quoted("~/My Files/", "a b.pdf"), "~/My\\ Files/a\\ b.pdf ");
        assert_eq!(quoted("", "folder/"), "folder/");
    }
}
