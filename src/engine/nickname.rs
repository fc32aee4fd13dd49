//! Nicknames (XEP-0172): what people call themselves, told by them (XEP-0163) or in a request to see us; and what we do.
//!
//! Such a name is chosen by a stranger to be shown beside the names that the user chose. [`safe`] leaves nothing of it
//! that could pass for something else; showing that it is no name of the user's is left to the user interface.

use std::time::Duration;

use super::command::Command;
use super::context::{Context, Settings};
use super::event::Event;
use super::feature::{Feature, FeatureEntry, Response, Xep};
use super::iq::IqToken;
use super::sentence::refusal;
use crate::xep::stanza::Message;
use crate::xep::{nick, ns, pep};

/// The line of nicknames in the registry.
pub(super) const FEATURE: FeatureEntry = FeatureEntry {
    name: "nicknames",
    xeps: &[
        Xep { number: "0060", title: "Publish-Subscribe", version: "1.30.0" },
        Xep { number: "0163", title: "Personal Eventing Protocol", version: "1.2.2" },
        Xep { number: "0172", title: "User Nickname", version: "1.1" },
    ],
    advertises: &[ns::NICK, ns::NICK_NOTIFY],
    new: |_: &Settings| Box::new(Nicknames::default()),
};

/// A server writes it to its own disk.
const PATIENCE: Duration = Duration::from_secs(30);

/// Longer ones are no names.
const LONGEST: usize = 48;

/// A name that somebody chose for themselves, with nothing in it that is not to be seen: none if nothing is left, if it
/// looks like an address, or if it mixes alphabets within a word, as only names do that want to be taken for others.
pub(super) fn safe(name: &str) -> Option<String> {
    let shown = name.chars().map(|c| if c.is_whitespace() { ' ' } else { c }).filter(|c| !is_hidden(*c));
    let words: String = shown.take(LONGEST).collect();
    let name = words.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    let is_honest = !name.is_empty() && !name.contains(['@', '/', '<', '>']) && !name.split(' ').any(mixes_alphabets);
    is_honest.then_some(name)
}

/// Controls, marks of direction, letters without width, and what may be anything.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{ffff}'
            | '\u{e000}'..='\u{f8ff}' | '\u{e0000}'..='\u{10ffff}')
}

/// Latin, Greek and Cyrillic have letters that look the same.
fn mixes_alphabets(word: &str) -> bool {
    let alphabets = word.chars().filter_map(|c| match c {
        'a'..='z' | 'A'..='Z' | '\u{c0}'..='\u{24f}' | '\u{1e00}'..='\u{1eff}' => Some(0),
        '\u{370}'..='\u{3ff}' | '\u{1f00}'..='\u{1fff}' => Some(1),
        '\u{400}'..='\u{52f}' => Some(2),
        _ => None,
    });
    let mut seen = alphabets.collect::<Vec<u8>>();
    seen.dedup();
    seen.len() > 1
}

#[derive(Default)]
struct Nicknames {
    publishing: Option<IqToken>,
}

impl Feature for Nicknames {
    fn message(&mut self, message: Message, cx: &mut Context) -> Option<Message> {
        let Some(items) = pep::read_event(&message.payloads, ns::NICK) else { return Some(message) };
        // What an account publishes comes from the account, not from one of its programs.
        let from = message.from.as_ref().filter(|from| from.resource().is_none())?;
        let name = pep::newest(items).and_then(|payload| nick::read([payload])).and_then(|name| safe(&name));
        let from = from.to_bare();
        if from == cx.settings().account {
            cx.nickname = name;
        } else if let Some(contact) = cx.contacts.set_nick(&from, name) {
            cx.emit(Event::Contact(contact));
        }
        None
    }

    fn response(&mut self, token: IqToken, response: Response, cx: &mut Context) {
        if self.publishing.take_if(|publishing| *publishing == token).is_none() {
            return;
        }
        cx.emit(Event::Notice(match refusal(&response) {
            None => "Your contacts are told what you call yourself".to_owned(),
            Some(why) => format!("the server does not tell your contacts what you call yourself: {why}"),
        }));
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "what a feature does not know goes to the next")]
    fn command(&mut self, command: Command, cx: &mut Context) -> Option<Command> {
        match command {
            Command::SetNickname { name } => {
                let nick = nick::write(name.as_deref().unwrap_or_default());
                cx.nickname = name;
                self.publishing = Some(cx.set(None, pep::publish(ns::NICK, nick), PATIENCE));
                None
            }
            other => Some(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_honest_name_stays_as_it_is() {
        for name in ["Romeo", "Ромео", "Ρωμαίος", "東京 Tokyo", "Zoë-Ann O'Neill", "שרה"] {
            assert_eq!(safe(name).as_deref(), Some(name));
        }
    }

    #[test]
    fn what_hides_in_a_name_is_taken_out() {
        assert_eq!(safe("  Ro\u{202e}meo\u{200b} \n Montague\u{7}").as_deref(), Some("Romeo Montague"));
        assert_eq!(safe("\u{2066}\u{3164}\u{ad}"), None);
        assert_eq!(safe(&"x".repeat(1000)).map(|name| name.len()), Some(LONGEST));
    }

    #[test]
    fn what_wants_to_pass_for_something_else_is_no_name() {
        for name in ["juliet@capulet.lit", "Rоmeo", "Νurse Αngelica x Tуbalt", "capulet.lit/balcony"] {
            assert_eq!(safe(name), None, "{name}");
        }
    }
}
