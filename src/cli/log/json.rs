//! The journal for a script: one object a line, with the field names that `send` and `receive` use.

use std::borrow::Cow;
use std::io::{self, Write};
use std::path::Path;
use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use serde::Serialize;

use crate::cli::json::value::{Hash, Tried, from_and_to, harmless, seconds};
use crate::cli::verdict::Verdict;
use crate::engine::event::Via;
use crate::engine::journal::{Conclusion, Ending};
use crate::engine::sentence::SOMEBODY;
use crate::store::journal::{Past, Standing};

#[derive(Debug, Serialize)]
#[serde(tag = "event", rename = "transfer")]
struct Line<'a> {
    number: i64,
    account: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<&'a str>,
    name: &'a str,
    size: Option<u64>,
    began: String,
    changed: String,
    state: &'static str,
    bytes: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    stream: Option<&'a str>,
    attempts: Vec<Tried<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    #[serde(flatten)]
    end: Option<End>,
}

#[derive(Debug, Serialize)]
struct End {
    result: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    via: Option<&'static str>,
    #[serde(serialize_with = "seconds")]
    secs: Duration,
    #[serde(skip_serializing_if = "Option::is_none")]
    verified: Option<Hash>,
}

/// Writes one transfer.
pub(super) fn write(past: &Past, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}", harmless(&line(past))?)
}

fn line(past: &Past) -> Line<'_> {
    let entry = &past.entry;
    let (state, end) = match past.standing() {
        Standing::Offered => ("offered", None),
        Standing::Moving => ("running", None),
        Standing::Interrupted(_) => ("interrupted", None),
        Standing::Ended(ending) => ("ended", Some(end(ending))),
    };
    let (from, to) = from_and_to(entry.direction(), &entry.peer);
    Line {
        number: past.number,
        account: entry.account.to_string(),
        from,
        to,
        name: &entry.file.name,
        size: entry.file.size,
        began: date(entry.began),
        changed: date(entry.changed),
        state,
        bytes: entry.bytes,
        stream: entry.stream.as_deref(),
        attempts: entry.attempts.iter().map(Tried::of).collect(),
        path: past.place().map(Path::to_string_lossy),
        reason: past.reason_told_of(SOMEBODY),
        end,
    }
}

fn end(ending: &Ending) -> End {
    let verified = match ending.result {
        Conclusion::Completed(verified) => Some(Hash::of(verified)),
        Conclusion::Declined(_)
        | Conclusion::Cancelled(_)
        | Conclusion::Unreachable
        | Conclusion::Corrupt
        | Conclusion::Interrupted
        | Conclusion::Failed => None,
    };
    End {
        result: Verdict::of_conclusion(ending.result).word(),
        via: ending.via.map(Via::word),
        secs: ending.took,
        verified,
    }
}

/// RFC 3339, in UTC.
fn date(at: SystemTime) -> String {
    let at = Timestamp::try_from(at).unwrap_or(Timestamp::UNIX_EPOCH);
    format!("{at:.3}")
}
