//! Rules of any text, asked about any offer: one that is accepted is of somebody, of a size and into a folder that an
//! accepting rule names, and never an address of the web.
//!
//! The first line is the offer: the sender, whether they are a contact, the size, the name. The rest are the rules.

use std::fs;

use balcony::store::config::{Config, written_rule};
use balcony::store::rules::{Action, Offered, decide, folders_to_measure};
use jid::Jid;

use super::desk::empty_folder;

/// Reads the rules and asks them.
pub(super) fn run(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let (offer, rules) = text.split_once('\n').unwrap_or((&text, ""));
    let path = empty_folder().join("config.toml");
    fs::write(&path, rules).expect("a file can be written in a folder of ours");
    let Ok(Some(config)) = Config::load(&path) else { return };
    let mut words = offer.splitn(5, ' ');
    let mut word = || words.next().unwrap_or_default();
    let Ok(from) = Jid::new(word()) else { return };
    let (is_contact, size, is_elsewhere) = (word() == "contact", word().parse().ok(), word() == "web");
    let name = word();
    let groups = ["Family".to_owned()];
    let offered =
        Offered { from: &from, is_contact, groups: &groups, name, size, room: size, mime_type: None, is_elsewhere };
    let decision = decide(&config.rules, &offered, &|_| Some(1 << 30));
    let _ = folders_to_measure(&config.rules);
    if let Some((number, rule)) = decision.by {
        assert_eq!(config.rules.get(number - 1), Some(rule), "another rule than it says");
        assert!(rule.action != Action::Accept || !is_elsewhere, "an address is accepted by a rule");
        assert!(is_contact || rule.whose.strangers || !rule.whose.from.is_empty(), "a stranger is taken for a contact");
        assert!(rule.at_most.is_none_or(|most| size.is_some_and(|size: u64| size <= most)), "{size:?} is too large");
    }
    for rule in &config.rules {
        fs::write(&path, written_rule(rule)).expect("a file can be written in a folder of ours");
        let again = Config::load(&path).expect("what was written is read").unwrap_or_default();
        assert_eq!(again.rules, std::slice::from_ref(rule), "{}", written_rule(rule));
    }
}
