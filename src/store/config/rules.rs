//! `[[rules]]`: which offers are answered without the user.

use std::ops::Range;
use std::path::{Path, PathBuf};

use jid::Jid;
use serde::Deserialize;
use toml::Spanned;

use super::document::{Word, read, read_all, read_all_as};
use super::fault::Fault;
use super::size::Size;
use crate::store::paths::expand_home;
use crate::store::rules::{Action, Rule, Whose};

/// A table as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RuleTable {
    action: Word,
    from: Option<Spanned<Vec<Word>>>,
    groups: Option<Spanned<Vec<String>>>,
    strangers: Option<bool>,
    types: Option<Vec<Word>>,
    at_least: Option<Word>,
    at_most: Option<Word>,
    keep_free: Option<Word>,
    folder: Option<Spanned<PathBuf>>,
}

impl RuleTable {
    pub(super) fn check(self, base: &Path) -> Result<Rule, Fault> {
        let action: Action = read(&self.action)?;
        let only_accepts = [
            self.keep_free.as_ref().map(|keep_free| ("keep_free", keep_free.span())),
            self.folder.as_ref().map(|folder| ("folder", folder.span())),
        ];
        if let Some((key, span)) = only_accepts.into_iter().flatten().next().filter(|_| action != Action::Accept) {
            return Err(Fault::new(span, format!("{key} is for rules that accept; this one says {}", action.word())));
        }
        if let Some(span) = self.nobody() {
            let what = "an empty list means nobody; leave the key out for every contact, or the rule for none";
            return Err(Fault::new(span, what));
        }
        if let Some(folder) = self.folder.as_ref().filter(|folder| folder.get_ref().as_os_str().is_empty()) {
            return Err(Fault::new(folder.span(), "no folder is named; leave the key out for the downloads folder"));
        }
        let size = |word: &Option<Word>| word.as_ref().map(read).transpose().map(|size| size.map(|Size(bytes)| bytes));
        let (at_least, at_most) = (size(&self.at_least)?, size(&self.at_most)?);
        if let (Some(word), Some(least), Some(most)) = (&self.at_least, at_least, at_most)
            && least > most
        {
            return Err(Fault::new(word.span(), "no file is at least that long and at most what at_most says"));
        }
        Ok(Rule {
            action,
            whose: Whose {
                from: self.from.map(|from| addresses(from.get_ref())).transpose()?.unwrap_or_default(),
                groups: self.groups.map(Spanned::into_inner).unwrap_or_default(),
                strangers: self.strangers.unwrap_or_default(),
            },
            types: read_all(&self.types.unwrap_or_default())?,
            at_least,
            at_most,
            keep_free: size(&self.keep_free)?,
            folder: self.folder.map(|folder| base.join(expand_home(folder.get_ref()))),
        })
    }

    /// Where a list is that names nobody, which is not the same as no list.
    fn nobody(&self) -> Option<Range<usize>> {
        let from = self.from.as_ref().filter(|from| from.get_ref().is_empty()).map(Spanned::span);
        from.or_else(|| self.groups.as_ref().filter(|groups| groups.get_ref().is_empty()).map(Spanned::span))
    }
}

/// Whose addresses these are; a pattern is none.
fn addresses(words: &[Word]) -> Result<Vec<Jid>, Fault> {
    match words.iter().find(|word| word.get_ref().contains('*')) {
        Some(pattern) => Err(Fault::new(pattern.span(), "patterns are not known here; groups = [\"…\"] means several")),
        None => read_all_as(words, "address like romeo@montague.lit"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Config, Others};
    use super::*;

    fn rules(text: &str) -> Result<Vec<Rule>, String> {
        let config = Config::parse(text, Path::new("/etc"), Others::Read);
        config.map(|config| config.rules).map_err(|fault| fault.place(Path::new("c"), text).to_string())
    }

    #[test]
    fn a_rule_that_means_nobody_or_nothing_is_refused_where_it_stands() {
        for wrong in [
            "from = []",
            "groups = []",
            "from = [\"*@capulet.lit\"]",
            "folder = \"\"",
            "at_least = \"2 MiB\"\nat_most = \"1 MiB\"",
        ] {
            let why = rules(&format!("[[rules]]\naction = \"accept\"\n{wrong}")).unwrap_err();
            assert!(why.starts_with("c:3:"), "{wrong}: {why}");
        }
    }

    #[test]
    fn a_rule_needs_no_more_than_an_action() {
        assert_eq!(rules("[[rules]]\naction = \"decline\""), Ok(vec![Rule::new(Action::Decline)]));
        assert_eq!(rules(""), Ok(Vec::new()));
    }

    #[test]
    fn every_key_of_a_rule_is_read_and_rules_keep_their_order() {
        let read = rules(
            "[[rules]]\naction = \"ask\"\n[[rules]]\naction = \"accept\"\nfrom = [\"romeo@montague.lit\"]\n\
             groups = [\"Family\"]\nstrangers = true\ntypes = [\"image/*\", \".pdf\"]\nat_least = \"1 kB\"\n\
             at_most = \"10 MB\"\nkeep_free = \"1 GiB\"\nfolder = \"Poems\"\n",
        )
        .unwrap();
        assert_eq!(
            read[1].to_string(),
            "accept from romeo@montague.lit or group Family or strangers, image/* or .pdf, at least 1 kB, at most \
             10 MB, if 1 GiB stay free, into /etc/Poems"
        );
        assert_eq!(read[0], Rule::new(Action::Ask));
    }

    #[test]
    fn a_rule_that_makes_no_sense_is_told_with_its_place() {
        let table = [
            ("action = \"drop\"", "c:2:10: \"drop\" is nothing that a rule can do"),
            ("from = []", "c:1:1: action is missing here"),
            ("action = \"ask\"\nfolder = \"x\"", "c:3:10: folder is for rules that accept; this one says ask"),
            ("action = \"decline\"\nkeep_free = \"1 GB\"", "c:3:13: keep_free is for rules that accept"),
            ("action = \"accept\"\nat_most = \"big\"", "c:3:11: \"big\" is no size"),
            ("action = \"accept\"\ntypes = [\".a\", \"pdf\"]", "c:3:16: \"pdf\" is no type of file"),
            ("action = \"accept\"\nfrom = [\"@\"]", "c:3:9: \"@\" is no address like romeo@montague.lit"),
            ("action = \"accept\"\nmost = \"1\"", "c:3:1: no key is called most here; did you mean"),
        ];
        for (keys, expected) in table {
            let told = rules(&format!("[[rules]]\n{keys}\n")).unwrap_err();
            assert!(told.starts_with(expected), "{told}");
        }
    }
}
