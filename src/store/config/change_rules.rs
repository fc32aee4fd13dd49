//! Adds a rule to `config.toml`, or takes one out, when the user says so.
//!
//! A new rule is appended, and the last that fits decides: so it holds whatever stands above. One is taken out by
//! removing the lines of its table, which the user was shown before; if the file says something else by then, nothing
//! happens. The rest of the file stays as it is, comments included.

use std::fs;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};

use super::document::Document;
use super::rewrite::{append, quoted, replace, unwritable};
use super::{Config, ConfigError, Size};
use crate::store::rules::Rule;

/// Appends a rule to the file, or makes the file with it. Returns every rule there is after that.
pub fn add_rule(path: &Path, rule: &Rule) -> Result<Vec<Rule>, ConfigError> {
    append(path, &written_rule(rule)).map(|config| config.rules)
}

/// The lines of the rule of that number, counted from 1; none if there is no such rule, or it does not stand in a table
/// of its own.
pub fn rule_lines(path: &Path, number: usize) -> Result<Option<String>, ConfigError> {
    let (text, spans) = tables(path)?;
    Ok(number.checked_sub(1).and_then(|index| spans.get(index)).and_then(|span| {
        let lines = whole_lines(&text, span)?;
        Some(text[lines].to_owned())
    }))
}

/// Removes the rule of that number, if it still stands there in these lines. Returns every rule there is after that.
pub fn remove_rule(path: &Path, number: usize, shown: &str) -> Result<Vec<Rule>, ConfigError> {
    let (text, spans) = tables(path)?;
    let span = number.checked_sub(1).and_then(|index| spans.get(index));
    let lines = span.and_then(|span| whole_lines(&text, span)).filter(|lines| text[lines.clone()] == *shown);
    let Some(lines) = lines else {
        return Err(unwritable(path)(io::Error::other("the file has changed meanwhile; nothing was removed")));
    };
    let without = format!("{}{}", &text[..lines.start], text[lines.end..].trim_start_matches(['\n', '\r']));
    replace(path, &without).map_err(unwritable(path))?;
    Ok(Config::load(path)?.unwrap_or_default().rules)
}

/// The file, and where in it each rule stands.
fn tables(path: &Path) -> Result<(String, Vec<Range<usize>>), ConfigError> {
    let text = fs::read_to_string(path).map_err(|why| ConfigError::Unreadable { path: path.to_owned(), why })?;
    let document = Document::read(&text).map_err(|fault| fault.place(path, &text))?;
    let spans = document.rules.iter().map(toml::Spanned::span).collect();
    Ok((text, spans))
}

/// The lines from a table's header to its last value, if it has them for itself.
pub(super) fn whole_lines(text: &str, span: &Range<usize>) -> Option<Range<usize>> {
    let start = text.get(..span.start)?.rfind('\n').map_or(0, |newline| newline + 1);
    if !text[start..].trim_start().starts_with('[') {
        return None;
    }
    let header_end = text[start..].find('\n').map_or(text.len(), |newline| start + newline + 1);
    let next_table = |line: &str| line.trim_start().starts_with('[');
    let mut end = header_end;
    let mut keep = header_end;
    for line in text[header_end..].split_inclusive('\n') {
        let within = end < span.end;
        if !within && next_table(line) {
            break;
        }
        end += line.len();
        let says_something = within || !(line.trim().is_empty() || line.trim_start().starts_with('#'));
        keep = if says_something { end } else { keep };
    }
    Some(start..keep)
}

/// A rule as it stands in the file.
pub fn written_rule(rule: &Rule) -> String {
    let list =
        |words: Vec<String>| format!("[{}]", words.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(", "));
    let some = |words: Vec<String>| Some(words).filter(|words| !words.is_empty()).map(list);
    let whose = &rule.whose;
    let size = |bytes| quoted(&Size(bytes).to_string());
    let folder = rule.folder.as_deref().map(PathBuf::from);
    let keys = [
        ("action", Some(quoted(rule.action.word()))),
        ("from", some(whose.from.iter().map(ToString::to_string).collect())),
        ("groups", some(whose.groups.clone())),
        ("strangers", whose.strangers.then(|| "true".to_owned())),
        ("types", some(rule.types.iter().map(ToString::to_string).collect())),
        ("at_least", rule.at_least.map(size)),
        ("at_most", rule.at_most.map(size)),
        ("keep_free", rule.keep_free.map(size)),
        ("folder", folder.map(|folder| quoted(&folder.to_string_lossy()))),
    ];
    let lines = keys.into_iter().filter_map(|(key, value)| Some(format!("{key} = {}\n", value?)));
    std::iter::once("[[rules]]\n".to_owned()).chain(lines).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::rules::{Action, Whose};

    fn trust() -> Rule {
        Rule {
            whose: Whose::of("romeo@montague.lit".parse().unwrap()),
            keep_free: Some(1_000_000_000),
            ..Rule::new(Action::Accept)
        }
    }

    const MINE: &str = "# mine\n[[rules]] # first\naction = \"ask\"\n\n# about the second\n[[rules]]\naction = \"accept\"\n\
                        types = [\n  \"image/*\",\n]\n# behind it\n\n[transfers]\nlisten = \"0.0.0.0:0\"\n";

    fn file(text: &str) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.toml");
        fs::write(&path, text).unwrap();
        (folder, path)
    }

    #[test]
    fn a_rule_is_appended_and_all_else_stays() {
        let (_folder, path) = file(MINE);
        let rules = add_rule(&path, &trust()).unwrap();
        assert_eq!((rules.len(), rules.last()), (3, Some(&trust())));
        let text = fs::read_to_string(&path).unwrap();
        let appended = "\n[[rules]]\naction = \"accept\"\nfrom = [\"romeo@montague.lit\"]\nkeep_free = \"1 GB\"\n";
        assert_eq!(text, format!("{MINE}{appended}"));
    }

    #[test]
    fn the_first_rule_makes_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("balcony/config.toml");
        assert_eq!(add_rule(&path, &trust()).unwrap(), [trust()]);
    }

    #[test]
    fn every_rule_is_read_as_it_was_written() {
        let full = Rule {
            whose: Whose { groups: vec!["\"\n[[rules]]".to_owned()], strangers: true, ..trust().whose },
            types: vec![".pdf".parse().unwrap()],
            at_least: Some(1),
            at_most: Some(u64::MAX),
            folder: Some("/tmp/\"\u{1b}x".into()),
            ..trust()
        };
        let (_folder, path) = file("");
        assert_eq!(add_rule(&path, &full).unwrap(), [full]);
    }

    #[test]
    fn a_rule_is_removed_with_its_lines_and_no_others() {
        let (_folder, path) = file(MINE);
        let lines = rule_lines(&path, 2).unwrap().unwrap();
        assert_eq!(lines, "[[rules]]\naction = \"accept\"\ntypes = [\n  \"image/*\",\n]\n");
        assert_eq!(remove_rule(&path, 2, &lines).unwrap(), [Rule::new(Action::Ask)]);
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains("# about the second\n# behind it\n\n[transfers]"), "{text}");
        let lines = rule_lines(&path, 1).unwrap().unwrap();
        assert_eq!(remove_rule(&path, 1, &lines).unwrap(), []);
        assert!(fs::read_to_string(&path).unwrap().starts_with("# mine\n# about"));
    }

    #[test]
    fn a_file_that_changed_meanwhile_is_not_touched() {
        let (_folder, path) = file(MINE);
        let lines = rule_lines(&path, 1).unwrap().unwrap();
        let changed = MINE.replace("\"ask\"", "\"decline\"");
        fs::write(&path, &changed).unwrap();
        assert!(remove_rule(&path, 1, &lines).unwrap_err().to_string().contains("has changed meanwhile"));
        assert_eq!(fs::read_to_string(&path).unwrap(), changed);
    }

    #[test]
    fn a_rule_without_lines_of_its_own_is_left_to_the_editor() {
        let (_folder, path) = file("rules = [{ action = \"ask\" }, { action = \"accept\" }]\n");
        assert_eq!(Config::load(&path).unwrap().unwrap().rules.len(), 2);
        assert_eq!(rule_lines(&path, 1).unwrap(), None);
        assert_eq!(rule_lines(&path, 3).unwrap(), None);
        assert_eq!(rule_lines(&path, 0).unwrap(), None);
    }
}
