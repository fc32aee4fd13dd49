//! `--json`: one object a line, for scripts. Field names and their order are kept stable.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use jid::FullJid;
use serde::{Serialize, Serializer};

use super::exit::Stop;
use super::verdict::{Verdict, reason};
use crate::engine::event::{
    Attempt, AttemptState, Direction, Failure, Finishing, Interruption, OfferInfo, Outcome, TheirTurn, TransferChange,
    TransferId, Turn, Verified, Via, Waits,
};
use crate::store::rules::Action;

/// Every event and its fields, for the man page and the README.
pub static EVENTS: &[(&str, &str)] = &[
    ("online", "jid: logged in, under this address"),
    (
        "offer",
        "transfer (a number, the same in all that follows), from or to, name, size (null if unknown), files (how many, \
         if it is a folder), address (if it would be fetched from the web), continues (how many bytes are here \
         already and need not come again, if any), methods (unless an earlier run began it), si_multiple: a file is \
         offered to us or by us",
    ),
    (
        "rule",
        "transfer, rule (its number), action (accept, decline, ask): a rule of the configuration decides about an offer",
    ),
    ("answer", "transfer, methods: the offer was accepted; these methods are tried, in this order"),
    (
        "attempt",
        "transfer, method, streamhost (host:port, if there is one), state (trying, failed, active), reason (if it \
         failed), secs: a try of one method began or changed",
    ),
    ("progress", "transfer, bytes, size (null if unknown), rate (bytes a second): at most ten times a second"),
    (
        "finishing",
        "transfer, state (unpacking, theirs), bytes, size (of the archive, while it is unpacked): every byte has moved, and a \
         folder is unpacked here, or the other side is about to say that it has it",
    ),
    (
        "turn",
        "transfer, turn (now, waits, paused), place (1 is next, if it waits here), by (peer, if the other side says \
         so): it has to wait for others, or goes on",
    ),
    (
        "interrupted",
        "transfer, bytes, size (null if unknown), reason, waits (session, peer, offer, time or user), secs (if it waits \
         for time): the stream broke and goes on when it can; told again when it waits for something else",
    ),
    (
        "outcome",
        "transfer, result (completed, declined, cancelled, unreachable, corrupt, failed, interrupted), via (the \
         method, if bytes moved), bytes, secs (in which it could move, if completed; else from the answer on), path (of what was received, or of the part of it that \
         stays), verified (sha-256, md5 or false, if completed), reason (if not): it is over",
    ),
    (
        "stopped",
        "reason, exit (the code): the program ends without a transfer, such as one for which nobody is online, or in the \
         midst of one",
    ),
    (
        "transfer",
        "number, account, from or to, name, size (null if unknown), began, changed (RFC 3339), state (offered, running, \
         interrupted, ended), bytes, attempts (each with method, streamhost, state, reason, secs), path, reason; if it \
         ended also result, via, secs, verified: what `balcony log` tells of each",
    ),
    (
        "message",
        "account, with, from (an address; the account for what was said by us), at (RFC 3339), id (null without one), \
         body (null if it was taken back), corrected, retracted, reactions (if there are any: each with the addresses of \
         those who had it), state (waiting for the server to have it, said, arrived, displayed, failed), reason (if it \
         failed): what `balcony export` tells of each",
    ),
];

/// Writes the lines, and remembers of each transfer what its outcome tells again.
#[derive(Debug)]
pub(super) struct JsonLines<W> {
    out: W,
    tallies: BTreeMap<TransferId, Tally>,
}

/// What is known of a transfer that runs.
#[derive(Debug)]
struct Tally {
    began: Instant,
    bytes: u64,
    /// Where what has come of it stays.
    kept: Option<PathBuf>,
}

#[derive(Debug, Serialize)]
#[serde(tag = "event", rename_all = "lowercase")]
enum Line<'a> {
    Online {
        jid: &'a str,
    },
    Offer {
        transfer: u64,
        #[serde(skip_serializing_if = "Option::is_none")]
        from: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        to: Option<&'a str>,
        name: &'a str,
        size: Option<u64>,
        #[serde(skip_serializing_if = "Option::is_none")]
        files: Option<u64>,
        #[serde(skip_serializing_if = "Option::is_none")]
        address: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        continues: Option<u64>,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        methods: Vec<&'static str>,
        si_multiple: bool,
    },
    Rule {
        transfer: u64,
        rule: usize,
        action: &'static str,
    },
    Answer {
        transfer: u64,
        methods: Vec<&'static str>,
    },
    Attempt {
        transfer: u64,
        method: &'static str,
        #[serde(skip_serializing_if = "Option::is_none")]
        streamhost: Option<&'a str>,
        state: &'static str,
        #[serde(skip_serializing_if = "Option::is_none")]
        reason: Option<&'a str>,
        #[serde(serialize_with = "seconds")]
        secs: Duration,
    },
    Progress {
        transfer: u64,
        bytes: u64,
        size: Option<u64>,
        rate: u64,
    },
    Finishing {
        transfer: u64,
        state: &'static str,
        #[serde(skip_serializing_if = "Option::is_none")]
        bytes: Option<u64>,
        #[serde(skip_serializing_if = "Option::is_none")]
        size: Option<u64>,
    },
    Turn {
        transfer: u64,
        turn: &'static str,
        #[serde(skip_serializing_if = "Option::is_none")]
        place: Option<usize>,
        #[serde(skip_serializing_if = "Option::is_none")]
        by: Option<&'static str>,
    },
    Interrupted {
        transfer: u64,
        bytes: u64,
        size: Option<u64>,
        reason: &'a str,
        waits: &'static str,
        #[serde(skip_serializing_if = "Option::is_none", serialize_with = "seconds_if_any")]
        secs: Option<Duration>,
    },
    Outcome {
        transfer: u64,
        result: &'static str,
        #[serde(skip_serializing_if = "Option::is_none")]
        via: Option<&'static str>,
        bytes: u64,
        #[serde(serialize_with = "seconds")]
        secs: Duration,
        #[serde(skip_serializing_if = "Option::is_none")]
        path: Option<PathBuf>,
        #[serde(skip_serializing_if = "Option::is_none")]
        verified: Option<Hash>,
        #[serde(skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    Stopped {
        reason: &'a str,
        exit: u8,
    },
}

/// By which hash a file is proven; `false` for none.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(super) enum Hash {
    Function(&'static str),
    None(bool),
}

impl Hash {
    pub(super) fn of(verified: Verified) -> Self {
        match verified {
            Verified::No => Hash::None(false),
            Verified::Md5 => Hash::Function("md5"),
            Verified::Sha256 => Hash::Function("sha-256"),
        }
    }
}

impl<W: Write> JsonLines<W> {
    pub(super) fn new(out: W) -> Self {
        JsonLines { out, tallies: BTreeMap::new() }
    }

    pub(super) fn online(&mut self, jid: &FullJid) -> io::Result<()> {
        self.write(&Line::Online { jid: jid.as_str() })
    }

    pub(super) fn change(&mut self, id: TransferId, change: &TransferChange, now: Instant) -> io::Result<()> {
        let tally = self.tallies.entry(id).or_insert(Tally { began: now, bytes: 0, kept: None });
        let transfer = id.0;
        match change {
            TransferChange::Offered(offer) => self.write(&offer_line(transfer, offer)),
            TransferChange::Answered { methods, .. } => {
                tally.began = now;
                self.write(&Line::Answer { transfer, methods: words(methods) })
            }
            TransferChange::Attempt(attempt) => self.write(&attempt_line(transfer, attempt)),
            TransferChange::Progress(progress) => {
                tally.bytes = progress.bytes;
                let (bytes, size, rate) = (progress.bytes, progress.size, progress.rate);
                self.write(&Line::Progress { transfer, bytes, size, rate })
            }
            TransferChange::Finishing(finishing) => self.write(&finishing_line(transfer, *finishing)),
            TransferChange::Turn { turn, .. } => {
                let place = if let Turn::Waits { place } = turn { Some(*place) } else { None };
                self.write(&Line::Turn { transfer, turn: turn_word(*turn), place, by: None })
            }
            TransferChange::TheirTurn(turn) => {
                let turn = their_turn_word(*turn);
                self.write(&Line::Turn { transfer, turn, place: None, by: Some("peer") })
            }
            TransferChange::Interrupted(interruption) => {
                tally.bytes = interruption.bytes;
                self.write(&interrupted_line(transfer, interruption))
            }
            TransferChange::Unplaced(_) | TransferChange::Remark(_) => Ok(()),
            TransferChange::Kept(path) => {
                tally.kept = Some(path.clone());
                Ok(())
            }
            TransferChange::Ended(outcome) => {
                let line = outcome_line(transfer, outcome, tally, now);
                self.tallies.remove(&id);
                self.write(&line)
            }
        }
    }

    pub(super) fn ruled(&mut self, id: TransferId, rule: usize, action: Action) -> io::Result<()> {
        self.write(&Line::Rule { transfer: id.0, rule, action: action.word() })
    }

    fn write(&mut self, line: &Line) -> io::Result<()> {
        write(&mut self.out, line)
    }
}

/// The last line of a program that cannot go on.
pub(super) fn stopped(out: &mut impl Write, stop: &Stop) -> io::Result<()> {
    write(out, &Line::Stopped { reason: &stop.why, exit: stop.exit as u8 })
}

/// One write a line, and at once: who reads them waits for them.
fn write(out: &mut impl Write, line: &Line) -> io::Result<()> {
    let mut text = harmless(line)?;
    text.push('\n');
    out.write_all(text.as_bytes())?;
    out.flush()
}

/// JSON that no terminal obeys which shows it: what others wrote stands in it by its numbers, if it acts.
pub(super) fn harmless(value: &impl Serialize) -> io::Result<String> {
    let acts = |c: char| matches!(c, '\u{7f}'..='\u{9f}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let text = serde_json::to_string(value)?;
    if !text.contains(acts) {
        return Ok(text);
    }
    let written = |c: char| if acts(c) { format!("\\u{:04x}", u32::from(c)) } else { c.to_string() };
    Ok(text.chars().map(written).collect())
}

fn turn_word(turn: Turn) -> &'static str {
    match turn {
        Turn::Now => "now",
        Turn::Waits { .. } => "waits",
        Turn::Paused => "paused",
    }
}

fn their_turn_word(turn: TheirTurn) -> &'static str {
    match turn {
        TheirTurn::Now => "now",
        TheirTurn::Waits => "waits",
        TheirTurn::Paused => "paused",
    }
}

fn finishing_line(transfer: u64, finishing: Finishing) -> Line<'static> {
    match finishing {
        Finishing::Unpacking { bytes, of } => {
            Line::Finishing { transfer, state: "unpacking", bytes: Some(bytes), size: Some(of) }
        }
        Finishing::Theirs => Line::Finishing { transfer, state: "theirs", bytes: None, size: None },
    }
}

fn offer_line(transfer: u64, offer: &OfferInfo) -> Line<'_> {
    let (from, to) = match offer.direction {
        Direction::Receiving => (Some(offer.peer.as_str()), None),
        Direction::Sending => (None, Some(offer.peer.as_str())),
    };
    Line::Offer {
        transfer,
        from,
        to,
        name: &offer.name,
        size: offer.size,
        files: offer.folder.as_ref().map(|folder| folder.files),
        address: offer.web.as_ref().map(|web| web.address.as_str()),
        continues: offer.continues_at.filter(|bytes| *bytes > 0),
        methods: words(&offer.methods),
        si_multiple: offer.si_multiple,
    }
}

fn attempt_line(transfer: u64, attempt: &Attempt) -> Line<'_> {
    let (state, reason) = match &attempt.state {
        AttemptState::Trying { .. } => ("trying", None),
        AttemptState::Failed { reason } => ("failed", Some(&**reason)),
        AttemptState::Active { .. } => ("active", None),
    };
    let streamhost = attempt.streamhost.as_deref();
    Line::Attempt { transfer, method: attempt.via.word(), streamhost, state, reason, secs: attempt.took }
}

fn interrupted_line(transfer: u64, interruption: &Interruption) -> Line<'_> {
    let Interruption { bytes, size, why, waits } = interruption;
    let (waits, secs) = match waits {
        Waits::Session => ("session", None),
        Waits::Peer => ("peer", None),
        Waits::Offer => ("offer", None),
        Waits::Time(left) => ("time", Some(*left)),
        Waits::User => ("user", None),
    };
    Line::Interrupted { transfer, bytes: *bytes, size: *size, reason: why, waits, secs }
}

fn outcome_line(transfer: u64, outcome: &Outcome, tally: &Tally, now: Instant) -> Line<'static> {
    let told = Told::of(outcome);
    Line::Outcome {
        transfer,
        result: Verdict::of(outcome).word(),
        via: told.via.map(Via::word),
        bytes: told.bytes.unwrap_or(tally.bytes),
        secs: told.took.unwrap_or(now.saturating_duration_since(tally.began)),
        path: told.path.or(tally.kept.as_deref()).map(Path::to_owned),
        verified: told.verified.map(Hash::of),
        reason: reason(outcome),
    }
}

/// What an outcome itself tells; the tally fills in the rest.
#[derive(Debug, Default)]
struct Told<'a> {
    via: Option<Via>,
    bytes: Option<u64>,
    took: Option<Duration>,
    path: Option<&'a Path>,
    verified: Option<Verified>,
}

impl<'a> Told<'a> {
    fn of(outcome: &'a Outcome) -> Self {
        match outcome {
            Outcome::Completed { via, bytes, took, path, verified } => Told {
                via: Some(*via),
                bytes: Some(*bytes),
                took: Some(*took),
                path: path.as_deref(),
                verified: Some(*verified),
            },
            Outcome::Failed(Failure::Interrupted { via, bytes, .. }) => {
                Told { via: Some(*via), bytes: Some(*bytes), ..Told::default() }
            }
            Outcome::Declined { .. }
            | Outcome::Cancelled { .. }
            | Outcome::Failed(
                Failure::Unreachable { .. }
                | Failure::Peer(_)
                | Failure::Local(_)
                | Failure::Corrupt { .. }
                | Failure::Disconnected,
            ) => Told::default(),
        }
    }
}

fn words(methods: &[Via]) -> Vec<&'static str> {
    methods.iter().map(|via| via.word()).collect()
}

/// The same, where there are any.
#[allow(clippy::ref_option, reason = "serde calls it so")]
fn seconds_if_any<S: Serializer>(duration: &Option<Duration>, serializer: S) -> Result<S::Ok, S::Error> {
    seconds(&duration.unwrap_or_default(), serializer)
}

/// Seconds, to the millisecond.
pub(super) fn seconds<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    let millis = u32::try_from(duration.as_millis()).unwrap_or(u32::MAX);
    serializer.serialize_f64(f64::from(millis) / 1000.0)
}

#[cfg(test)]
mod tests {
    use jid::Jid;

    use super::*;
    use crate::client::clock;
    use crate::engine::event::{Checksum, Progress, Side};
    use crate::engine::journal::Noted;

    /// What is written for changes that follow each other by 1.5 s.
    fn written(changes: &[TransferChange]) -> String {
        let begin = clock::now().instant;
        let mut lines = JsonLines::new(Vec::new());
        for (change, number) in changes.iter().zip(0..) {
            lines.change(TransferId(7), change, begin + Duration::from_millis(1500) * number).unwrap();
        }
        String::from_utf8(lines.out).unwrap()
    }

    fn offer(direction: Direction) -> TransferChange {
        TransferChange::Offered(Box::new(OfferInfo {
            direction,
            peer: Jid::new("romeo@montague.lit/orchard").unwrap(),
            is_contact: true,
            is_asked_for: false,
            name: "so\"nnet.pdf".to_owned(),
            offered_name: None,
            size: Some(2_400_000),
            mime_type: None,
            description: None,
            date: None,
            checksum: Checksum::None,
            methods: vec![Via::Socks5Direct, Via::InBand],
            si_multiple: true,
            path: None,
            folder: None,
            web: None,
            continues_at: None,
            noted: Noted::No,
        }))
    }

    fn attempt(state: AttemptState) -> TransferChange {
        TransferChange::Attempt(Attempt {
            index: 0,
            via: Via::Socks5Direct,
            streamhost: Some("192.0.2.7:5086".to_owned()),
            state,
            took: Duration::from_millis(104),
        })
    }

    #[test]
    fn an_offer_tells_from_whom_or_to_whom() {
        let rest = r#""romeo@montague.lit/orchard","name":"so\"nnet.pdf","size":2400000,"methods":["socks5-direct","in-band"],"si_multiple":true}"#;
        let line = |way: &str| format!("{{\"event\":\"offer\",\"transfer\":7,\"{way}\":{rest}\n");
        assert_eq!(written(&[offer(Direction::Receiving)]), line("from"));
        assert_eq!(written(&[offer(Direction::Sending)]), line("to"));
    }

    #[test]
    fn an_attempt_tells_its_state_and_why_it_failed() {
        let doing = AttemptState::Trying { doing: "connecting".to_owned(), patience: Duration::from_secs(3) };
        let start =
            r#"{"event":"attempt","transfer":7,"method":"socks5-direct","streamhost":"192.0.2.7:5086","state":"#;
        assert_eq!(written(&[attempt(doing)]), format!("{start}\"trying\",\"secs\":0.104}}\n"));
        let failed = AttemptState::Failed { reason: "refused".to_owned() };
        let line = format!("{start}\"failed\",\"reason\":\"refused\",\"secs\":0.104}}\n");
        assert_eq!(written(&[attempt(failed)]), line);
    }

    #[test]
    fn a_completed_transfer_tells_all_of_its_outcome() {
        let outcome = |verified| {
            TransferChange::Ended(Outcome::Completed {
                via: Via::InBand,
                bytes: 3,
                took: Duration::from_secs(2),
                path: Some("/tmp/x".into()),
                verified,
            })
        };
        let start = r#"{"event":"outcome","transfer":7,"result":"completed","via":"in-band","bytes":3,"secs":2.0,"path":"/tmp/x","verified":"#;
        assert_eq!(written(&[outcome(Verified::Sha256)]), format!("{start}\"sha-256\"}}\n"));
        assert_eq!(written(&[outcome(Verified::Md5)]), format!("{start}\"md5\"}}\n"));
        assert_eq!(written(&[outcome(Verified::No)]), format!("{start}false}}\n"));
    }

    #[test]
    fn what_did_not_complete_tells_how_far_it_came_since_the_answer() {
        let moved = Progress { bytes: 1024, size: None, rate: 10, left: None };
        let told = written(&[
            offer(Direction::Receiving),
            TransferChange::Answered { methods: vec![Via::InBand], path: None },
            TransferChange::Progress(moved),
            TransferChange::Ended(Outcome::Cancelled { by: Side::Peer }),
        ]);
        let lines: Vec<_> = told.lines().skip(1).collect();
        assert_eq!(
            lines,
            [
                r#"{"event":"answer","transfer":7,"methods":["in-band"]}"#,
                r#"{"event":"progress","transfer":7,"bytes":1024,"size":null,"rate":10}"#,
                r#"{"event":"outcome","transfer":7,"result":"cancelled","bytes":1024,"secs":3.0,"reason":"cancelled by the other side"}"#,
            ]
        );
    }
}
