//! What happened to files with somebody, as lines of the conversation with them: each when it was.

use std::cmp::Reverse;

use jid::BareJid;
use rusqlite::{Connection, named_params};

use super::row;
use crate::engine::history::{FileLine, FileNews};

/// What is asked for in one direction of time; `most` and one more, which tells that there are more.
pub(in crate::store) struct Wanted<'a> {
    pub(in crate::store) account: &'a BareJid,
    pub(in crate::store) with: &'a BareJid,
    pub(in crate::store) moment: i64,
    pub(in crate::store) most: u32,
}

impl Wanted<'_> {
    /// The last lines before the moment, and whether there are older ones.
    pub(in crate::store) fn before(&self, tables: &Connection) -> rusqlite::Result<(Vec<FileLine>, bool)> {
        let mut lines = self.read(tables, FileNews::Offered, "began < :moment ORDER BY began DESC")?;
        lines.extend(self.read(tables, FileNews::Ended, "changed < :moment ORDER BY changed DESC")?);
        lines.sort_by_key(|line| Reverse(line.at()));
        let has_older = self.cut(&mut lines);
        lines.reverse();
        Ok((lines, has_older))
    }

    /// The first lines from the moment on, and whether there are newer ones.
    pub(in crate::store) fn from(&self, tables: &Connection) -> rusqlite::Result<(Vec<FileLine>, bool)> {
        let mut lines = self.read(tables, FileNews::Offered, "began >= :moment ORDER BY began")?;
        lines.extend(self.read(tables, FileNews::Ended, "changed >= :moment ORDER BY changed")?);
        lines.sort_by_key(FileLine::at);
        let has_newer = self.cut(&mut lines);
        Ok((lines, has_newer))
    }

    /// A file that waited for its turn, and that nobody had looked at, was not offered.
    fn read(&self, tables: &Connection, news: FileNews, span: &str) -> rusqlite::Result<Vec<FileLine>> {
        let has_happened = match news {
            FileNews::Offered => "(size IS NOT NULL OR direction = 'receiving')",
            FileNews::Ended => "state = 'ended'",
        };
        let fitting = format!("account = :account AND contact = :contact AND {has_happened} AND {span} LIMIT :most");
        let values = named_params! {
            ":account": self.account.as_str(), ":contact": self.with.as_str(), ":moment": self.moment,
            ":most": i64::from(self.most) + 1,
        };
        let past = row::read(tables, &fitting, values)?;
        Ok(past.into_iter().map(|past| FileLine { news, entry: past.entry }).collect())
    }

    /// Whether there was more than that.
    fn cut(&self, lines: &mut Vec<FileLine>) -> bool {
        let most = usize::try_from(self.most).unwrap_or(usize::MAX);
        let has_more = lines.len() > most;
        lines.truncate(most);
        has_more
    }
}
