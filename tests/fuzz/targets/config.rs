//! A configuration of any text: it is read, or its fault is told with a place that exists; every value can be written
//! again, and lines are only ever taken out or put in where that is meant.

use std::fs;
use std::path::Path;

use balcony::store::account::Secret;
use balcony::store::config::{
    Config, ConfigError, NewAccount, SETTINGS, account_lines, add_account, add_rule, remove_account, remove_rule,
    rule_lines,
};
use balcony::store::rules::{Action, Rule};
use jid::BareJid;

use super::desk::empty_folder;

/// Reads the input as `config.toml`, changes it as the program does, and reads it again.
pub(super) fn run(input: &[u8]) {
    let text = String::from_utf8_lossy(input).into_owned();
    let path = empty_folder().join("config.toml");
    fs::write(&path, &text).expect("a file can be written in a folder of ours");
    match Config::load(&path) {
        Ok(config) => {
            let config = config.unwrap_or_default();
            check_settings(&config);
            check_rules(&path, &config);
            check_accounts(&path, &config);
        }
        Err(ConfigError::Wrong { at, .. }) => {
            let line = text.split('\n').nth(at.line - 1);
            assert!(line.is_some_and(|line| at.column <= line.chars().count() + 1), "{at} is nowhere");
        }
        Err(ConfigError::Unreadable { .. } | ConfigError::Unwritable { .. }) => {}
    }
}

/// Each value, as it is shown, is one that can be typed.
fn check_settings(config: &Config) {
    for setting in SETTINGS {
        let (written, mut changed) = (setting.value(config), config.clone());
        let typed = written.trim_matches('"');
        if setting.set(&mut changed, typed, Some(Path::new("/config.toml"))).is_ok() {
            let again = setting.value(&changed);
            assert_eq!(setting.value(&changed), again, "{} = {written}", setting.name);
        }
    }
}

/// A rule that is added is the last one; taking it out again leaves the others.
fn check_rules(path: &Path, config: &Config) {
    let rule = config.rules.last().cloned().unwrap_or_else(|| Rule::new(Action::Ask));
    let before = fs::read_to_string(path).unwrap_or_default();
    let Ok(rules) = add_rule(path, &rule) else { return };
    assert_eq!(
        (rules.last(), rules.len()),
        (Some(&rule), config.rules.len() + 1),
        "another rule was added to {before}"
    );
    let Ok(Some(lines)) = rule_lines(path, rules.len()) else { panic!("what was added does not stand in lines") };
    let left = remove_rule(path, rules.len(), &lines).expect("what was added can be removed");
    assert_eq!(left, config.rules);
}

/// An account that is added is one more; one that is taken out leaves the others.
fn check_accounts(path: &Path, config: &Config) {
    let jid = BareJid::new("romeo@montague.lit").unwrap();
    let new = NewAccount { jid, password: Secret::new("\"'\\\n\u{1b}ü"), server: None, pin: None };
    if let Ok(added) = add_account(path, &new) {
        let now = Config::load(path).expect("what was written is read").unwrap_or_default();
        assert_eq!(now.accounts.len(), config.accounts.len() + 1, "{} is not one more", added.name);
    }
    for account in &config.accounts {
        if let Ok(Some(lines)) = account_lines(path, &account.name)
            && let Ok(left) = remove_account(path, &account.name, &lines)
        {
            assert!(left.accounts.iter().all(|other| other.name != account.name));
        }
    }
}
