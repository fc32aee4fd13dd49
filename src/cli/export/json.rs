//! A conversation for a script: one object a line.

use std::collections::BTreeMap;
use std::io::{self, Write};

use jid::BareJid;
use jiff::Timestamp;
use serde::Serialize;

use crate::cli::json::value::harmless;
use crate::engine::event::Author;
use crate::engine::history::{Fate, Line as Said};

#[derive(Debug, Serialize)]
#[serde(tag = "event", rename = "message")]
struct Line<'a> {
    account: &'a str,
    with: &'a str,
    from: &'a str,
    at: String,
    id: Option<&'a str>,
    body: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    answers: Option<&'a str>,
    corrected: bool,
    retracted: bool,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    reactions: BTreeMap<&'a str, Vec<&'a str>>,
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
}

/// Writes one message.
pub(super) fn write(said: &Said, account: &BareJid, with: &BareJid, out: &mut dyn Write) -> io::Result<()> {
    let (state, reason) = match &said.fate {
        Fate::OnItsWay => ("waiting", None),
        Fate::Unknown => ("said", None),
        Fate::Failed(why) => ("failed", Some(why.as_str())),
        Fate::Arrived => ("arrived", None),
        Fate::Displayed => ("displayed", None),
    };
    let line = Line {
        account: account.as_str(),
        with: with.as_str(),
        from: match &said.author {
            Author::Me | Author::MyOtherDevice => account.as_str(),
            Author::Contact(jid) => jid.as_str(),
        },
        at: format!("{:.3}", Timestamp::try_from(said.at).unwrap_or(Timestamp::UNIX_EPOCH)),
        id: said.id.as_deref(),
        body: said.body.as_deref(),
        answers: said.reply_to.as_deref(),
        corrected: said.is_corrected,
        retracted: said.body.is_none(),
        reactions: said.reactions.iter().map(|(emoji, who)| (emoji.as_str(), names(who, account))).collect(),
        state,
        reason,
    };
    writeln!(out, "{}", harmless(&line)?)
}

/// Who had a reaction.
fn names<'a>(who: &'a [Option<BareJid>], account: &'a BareJid) -> Vec<&'a str> {
    who.iter().map(|who| who.as_ref().unwrap_or(account).as_str()).collect()
}
