//! The shape of the file, as serde reads it; what the values mean is checked by each table's own module.

use std::collections::BTreeMap;
use std::fmt::{self, Display};
use std::marker::PhantomData;
use std::str::FromStr;

use serde::de::value::MapAccessDeserializer;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use toml::Spanned;

use super::accounts::AccountTable;
use super::chat::ChatTable;
use super::fault::Fault;
use super::history::HistoryTable;
use super::notifications::NotificationsTable;
use super::roster::RosterTable;
use super::rules::RuleTable;
use super::transfers::TransfersTable;
use super::ui::{KeysTable, UiTable};

/// The whole file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Document {
    #[serde(default)]
    pub(super) accounts: BTreeMap<Word, Table<AccountTable>>,
    #[serde(default)]
    pub(super) transfers: Table<TransfersTable>,
    #[serde(default)]
    pub(super) history: Table<HistoryTable>,
    #[serde(default)]
    pub(super) chat: Table<ChatTable>,
    #[serde(default)]
    pub(super) roster: Table<RosterTable>,
    #[serde(default)]
    pub(super) rules: Vec<Spanned<Table<RuleTable>>>,
    #[serde(default)]
    pub(super) ui: Table<UiTable>,
    #[serde(default)]
    pub(super) notifications: Table<NotificationsTable>,
    #[serde(default)]
    pub(super) keys: KeysTable,
}

impl Document {
    pub(super) fn read(text: &str) -> Result<Self, Fault> {
        Ok(toml::from_str(text)?)
    }
}

/// A table by its keys. Serde would take a list of values without any for one, too.
#[derive(Debug, Default)]
pub(super) struct Table<T>(pub(super) T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Table<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Keys(PhantomData))
    }
}

struct Keys<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Keys<T> {
    type Value = Table<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a table")
    }

    fn visit_map<A: MapAccess<'de>>(self, keys: A) -> Result<Self::Value, A::Error> {
        T::deserialize(MapAccessDeserializer::new(keys)).map(Table)
    }
}

/// A string that stands for something else, with the place where it stands.
pub(super) type Word = Spanned<String>;

/// What a word stands for; a fault in it is told where it stands.
pub(super) fn read<T>(word: &Word) -> Result<T, Fault>
where
    T: FromStr,
    T::Err: Display,
{
    word.get_ref().parse().map_err(|why: T::Err| Fault::new(word.span(), why.to_string()))
}

/// The same for what only its own library could tell more of, in words that are for programmers: says what it is not.
pub(super) fn read_as<T: FromStr>(word: &Word, what: &str) -> Result<T, Fault> {
    word.get_ref().parse().map_err(|_| Fault::new(word.span(), format!("{:?} is no {what}", word.get_ref())))
}

/// What each word stands for, or what the first is not that stands for nothing.
pub(super) fn read_all_as<T: FromStr>(words: &[Word], what: &str) -> Result<Vec<T>, Fault> {
    words.iter().map(|word| read_as(word, what)).collect()
}

/// What each word stands for.
pub(super) fn read_all<T>(words: &[Word]) -> Result<Vec<T>, Fault>
where
    T: FromStr,
    T::Err: Display,
{
    words.iter().map(read).collect()
}
