//! An entry as a row of `transfers` with rows of `attempts`, and back.

use std::time::Duration;

use jid::Jid;
use rusqlite::types::Value;
use rusqlite::{Connection, Params, Row, Transaction, params, params_from_iter};

use super::Past;
use crate::engine::event::{Attempt, AttemptState, Via};
use crate::engine::journal::{
    Conclusion, Course, Ending, Entry, EntryKey, Facts, Landed, Prefix, RecoveryId, State, WebAddress, WebSource,
};
use crate::engine::{Chosen, FileIdentity};
use crate::store::column as c;

type Columns = Vec<(&'static str, Value)>;

/// Writes an entry, in place of an older one.
pub(super) fn write(tables: &Transaction, entry: &Entry, owner: Option<&str>) -> rusqlite::Result<()> {
    let (names, values): (Vec<_>, Vec<_>) = columns(entry, owner).into_iter().unzip();
    let places = vec!["?"; names.len()].join(", ");
    let anew: Vec<_> = names.iter().map(|name| format!("{name} = excluded.{name}")).collect();
    let upsert = format!(
        "INSERT INTO transfers ({}) VALUES ({places}) ON CONFLICT (key) DO UPDATE SET {} RETURNING number",
        names.join(", "),
        anew.join(", ")
    );
    let number: i64 = tables.prepare_cached(&upsert)?.query_row(params_from_iter(values), |row| row.get(0))?;
    tables.prepare_cached("DELETE FROM attempts WHERE transfer = ?")?.execute([number])?;
    let mut insert = tables.prepare_cached("INSERT INTO attempts VALUES (?, ?, ?, ?, ?, ?, ?, ?)")?;
    for (attempt, position) in entry.attempts.iter().zip(0_i64..) {
        let (state, words, patience) = attempt_state(&attempt.state);
        let took = c::millis(attempt.took);
        insert.execute(params![
            number,
            position,
            attempt.via.word(),
            attempt.streamhost,
            state,
            words,
            patience,
            took
        ])?;
    }
    Ok(())
}

/// Reads the entries that fit. One that another hand has changed into something else is left out.
pub(super) fn read(tables: &Connection, fitting: &str, values: impl Params) -> rusqlite::Result<Vec<Past>> {
    let mut select = tables.prepare_cached(&format!("SELECT * FROM transfers WHERE {fitting}"))?;
    let mut rows = select.query(values)?;
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        match past(tables, row) {
            Ok(past) => all.push(past),
            Err(why @ rusqlite::Error::SqliteFailure(..)) => return Err(why),
            Err(why) => tracing::warn!(%why, "an entry of the journal makes no sense"),
        }
    }
    Ok(all)
}

fn columns(entry: &Entry, owner: Option<&str>) -> Columns {
    let text = |text: &Option<String>| Value::from(text.clone());
    let Facts { name, size, date, mime_type, description, hash, is_folder } = &entry.file;
    let mut columns: Columns = vec![
        ("key", entry.key.0.clone().into()),
        ("owner", owner.map(str::to_owned).into()),
        ("account", entry.account.to_string().into()),
        ("contact", entry.peer.to_bare().to_string().into()),
        ("peer", entry.peer.to_string().into()),
        ("began", c::time(entry.began).into()),
        ("changed", c::time(entry.changed).into()),
        ("name", name.clone().into()),
        ("size", size.map(c::number).into()),
        ("date", date.map(c::time).into()),
        ("mime_type", text(mime_type)),
        ("description", text(description)),
        ("hash", text(hash)),
        ("is_folder", i64::from(*is_folder).into()),
        ("bytes", c::number(entry.bytes).into()),
        ("stream", text(&entry.stream)),
        ("paused", i64::from(entry.is_paused).into()),
        ("priority", c::priority_word(entry.priority).to_owned().into()),
        ("recovery", entry.recovery.as_ref().map(|recovery| recovery.0.clone()).into()),
    ];
    columns.extend(course_columns(&entry.course));
    columns.extend(web_columns(entry.web.as_ref()));
    columns.extend(state_columns(&entry.state));
    columns
}

/// Every column of both directions: what an older entry had and this one has not must not stay.
fn course_columns(course: &Course) -> Columns {
    let (direction, sent, landing) = match course {
        Course::Sending { to, path, further, via } => ("sending", Some((to, path, further, via)), None),
        Course::Receiving { landing } => ("receiving", None, landing.as_ref()),
    };
    let path = sent.map(|(_, path, ..)| path).or(landing.map(|landed| &landed.path));
    let further = sent.map(|(.., further, _)| further).filter(|further| !further.is_empty());
    vec![
        ("direction", direction.to_owned().into()),
        ("path", path.map(|path| c::path(path).to_vec()).into()),
        ("further", further.map(|further| c::paths(further)).into()),
        ("recipient", sent.map(|(to, ..)| to.to_string()).into()),
        ("only_by", sent.map(|(.., via)| c::methods(via)).into()),
        ("part", landing.map(|landed| c::path(&landed.part).to_vec()).into()),
        ("identity", landing.map(|landed| landed.identity.0.cast_signed()).into()),
        ("prefix_length", landing.map(|landed| c::number(landed.prefix.length)).into()),
        ("prefix_sha_256", landing.map(|landed| landed.prefix.sha_256.clone()).into()),
    ]
}

fn web_columns(web: Option<&WebSource>) -> Columns {
    let is_written = web.map(|web| i64::from(web.chosen == Chosen::Written));
    vec![
        ("address", web.map(|web| web.address.to_string()).into()),
        ("address_written", is_written.into()),
        ("validator", web.and_then(|web| web.validator.clone()).into()),
    ]
}

fn state_columns(state: &State) -> Columns {
    let (word, reason, ending) = match state {
        State::Offered => ("offered", None, None),
        State::Running => ("running", None, None),
        State::Interrupted { why } => ("interrupted", Some(why), None),
        State::Ended(ending) => ("ended", ending.reason.as_ref(), Some(ending)),
    };
    let (result, side, verified) = ending.map_or((None, None, None), |ending| result_words(ending.result));
    let word_of = |word: Option<&'static str>| Value::from(word.map(str::to_owned));
    vec![
        ("state", word.to_owned().into()),
        ("reason", reason.cloned().into()),
        ("result", word_of(result)),
        ("side", word_of(side)),
        ("verified", word_of(verified)),
        ("via", word_of(ending.and_then(|ending| ending.via).map(Via::word))),
        ("took", ending.map(|ending| c::millis(ending.took)).into()),
    ]
}

type Words = (Option<&'static str>, Option<&'static str>, Option<&'static str>);

fn result_words(result: Conclusion) -> Words {
    match result {
        Conclusion::Completed(verified) => (Some("completed"), None, Some(c::verified_word(verified))),
        Conclusion::Declined(side) => (Some("declined"), Some(c::side_word(side)), None),
        Conclusion::Cancelled(side) => (Some("cancelled"), Some(c::side_word(side)), None),
        Conclusion::Unreachable => (Some("unreachable"), None, None),
        Conclusion::Corrupt => (Some("corrupt"), None, None),
        Conclusion::Interrupted => (Some("interrupted"), None, None),
        Conclusion::Failed => (Some("failed"), None, None),
    }
}

fn past(tables: &Connection, row: &Row) -> rusqlite::Result<Past> {
    let number = row.get("number")?;
    let entry = Entry {
        key: EntryKey(row.get("key")?),
        account: c::parsed(row.get_ref("account")?.as_str()?)?,
        peer: c::parsed(row.get_ref("peer")?.as_str()?)?,
        file: facts(row)?,
        course: course(row)?,
        bytes: c::size(row.get("bytes")?),
        attempts: attempts(tables, number)?,
        stream: row.get("stream")?,
        web: web(row)?,
        is_paused: row.get("paused")?,
        priority: c::priority(row.get_ref("priority")?.as_str()?)?,
        recovery: row.get::<_, Option<String>>("recovery")?.map(RecoveryId),
        state: state(row)?,
        began: c::moment(row.get("began")?),
        changed: c::moment(row.get("changed")?),
    };
    Ok(Past { number, entry, owner: row.get("owner")? })
}

fn facts(row: &Row) -> rusqlite::Result<Facts> {
    Ok(Facts {
        name: row.get("name")?,
        size: row.get::<_, Option<i64>>("size")?.map(c::size),
        date: row.get::<_, Option<i64>>("date")?.map(c::moment),
        mime_type: row.get("mime_type")?,
        description: row.get("description")?,
        hash: row.get("hash")?,
        is_folder: row.get("is_folder")?,
    })
}

fn course(row: &Row) -> rusqlite::Result<Course> {
    let file = |column: &str| row.get::<_, Option<Vec<u8>>>(column).map(|path| path.map(c::file));
    let direction: String = row.get("direction")?;
    if direction == "receiving" {
        let landing = match (file("part")?, file("path")?) {
            (Some(part), Some(path)) => Some(Landed { part, path, identity: identity(row)?, prefix: prefix(row)? }),
            (None, _) | (_, None) => None,
        };
        return Ok(Course::Receiving { landing });
    }
    let to: Jid = c::parsed(row.get_ref("recipient")?.as_str()?)?;
    let path = file("path")?.ok_or_else(|| c::unknown("no path"))?;
    let further = row.get::<_, Option<Vec<u8>>>("further")?.map(|paths| c::files(&paths)).unwrap_or_default();
    Ok(Course::Sending { to, path, further, via: c::vias(row.get_ref("only_by")?.as_str()?)? })
}

fn web(row: &Row) -> rusqlite::Result<Option<WebSource>> {
    let Some(address) = row.get::<_, Option<String>>("address")? else { return Ok(None) };
    let address = WebAddress::read(&address).map_err(|_| c::unknown(&address))?;
    let is_written = row.get::<_, Option<bool>>("address_written")?.unwrap_or_default();
    let chosen = if is_written { Chosen::Written } else { Chosen::Shown };
    Ok(Some(WebSource { address, chosen, validator: row.get("validator")? }))
}

/// All 64 bits of it, in a column that has a sign.
fn identity(row: &Row) -> rusqlite::Result<FileIdentity> {
    Ok(FileIdentity(row.get::<_, Option<i64>>("identity")?.unwrap_or_default().cast_unsigned()))
}

fn prefix(row: &Row) -> rusqlite::Result<Prefix> {
    Ok(Prefix { length: c::size(row.get("prefix_length")?), sha_256: row.get("prefix_sha_256")? })
}

fn state(row: &Row) -> rusqlite::Result<State> {
    match row.get_ref("state")?.as_str()? {
        "offered" => Ok(State::Offered),
        "running" => Ok(State::Running),
        "interrupted" => Ok(State::Interrupted { why: row.get("reason")? }),
        "ended" => Ok(State::Ended(Ending {
            result: conclusion(row)?,
            reason: row.get("reason")?,
            via: row.get::<_, Option<String>>("via")?.map(|word| c::via(&word)).transpose()?,
            took: c::span(row.get("took")?),
        })),
        other => Err(c::unknown(other)),
    }
}

fn conclusion(row: &Row) -> rusqlite::Result<Conclusion> {
    let side = || c::side(row.get_ref("side")?.as_str()?);
    match row.get_ref("result")?.as_str()? {
        "completed" => Ok(Conclusion::Completed(c::verified(row.get_ref("verified")?.as_str()?)?)),
        "declined" => Ok(Conclusion::Declined(side()?)),
        "cancelled" => Ok(Conclusion::Cancelled(side()?)),
        "unreachable" => Ok(Conclusion::Unreachable),
        "corrupt" => Ok(Conclusion::Corrupt),
        "interrupted" => Ok(Conclusion::Interrupted),
        "failed" => Ok(Conclusion::Failed),
        other => Err(c::unknown(other)),
    }
}

fn attempts(tables: &Connection, transfer: i64) -> rusqlite::Result<Vec<Attempt>> {
    let mut select = tables.prepare_cached("SELECT * FROM attempts WHERE transfer = ? ORDER BY position")?;
    let mut rows = select.query([transfer])?;
    let mut attempts = Vec::new();
    while let Some(row) = rows.next()? {
        attempts.push(Attempt {
            index: attempts.len(),
            via: c::via(row.get_ref("via")?.as_str()?)?,
            streamhost: row.get("streamhost")?,
            state: read_attempt_state(row)?,
            took: c::span(row.get("took")?),
        });
    }
    Ok(attempts)
}

fn attempt_state(state: &AttemptState) -> (&'static str, Option<&str>, Option<i64>) {
    match state {
        AttemptState::Trying { doing, patience } => ("trying", Some(doing), Some(c::millis(*patience))),
        AttemptState::Failed { reason } => ("failed", Some(reason), None),
        AttemptState::Active { detail } => ("active", detail.as_deref(), None),
    }
}

fn read_attempt_state(row: &Row) -> rusqlite::Result<AttemptState> {
    let words = row.get::<_, Option<String>>("words")?;
    let patience = row.get::<_, Option<i64>>("patience")?.map_or(Duration::ZERO, c::span);
    match row.get_ref("state")?.as_str()? {
        "trying" => Ok(AttemptState::Trying { doing: words.unwrap_or_default(), patience }),
        "failed" => Ok(AttemptState::Failed { reason: words.unwrap_or_default() }),
        "active" => Ok(AttemptState::Active { detail: words }),
        other => Err(c::unknown(other)),
    }
}
