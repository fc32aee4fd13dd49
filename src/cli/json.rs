//! `--json`: one object a line, for scripts. Field names and their order are kept stable.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::PathBuf;
use std::time::Instant;

use jid::{BareJid, FullJid};

use super::exit::Stop;
use crate::engine::event::{TransferChange, TransferId, Turn};
use crate::store::rules::Action;

mod line;
pub(super) mod value;

pub use line::EVENTS;

use line::{Line, finishing_line, interrupted_line, offer_line, outcome_line, their_turn_word, turn_word, words};
use value::{Tried, harmless};

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
            TransferChange::Attempt(attempt) => self.write(&Line::Attempt { transfer, tried: Tried::of(attempt) }),
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

    pub(super) fn said(&mut self, from: &BareJid, body: &str) -> io::Result<()> {
        self.write(&Line::Said { from: from.as_str(), body })
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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use jid::Jid;

    use super::*;
    use crate::client::clock;
    use crate::engine::event::{
        Attempt, AttemptState, Checksum, Direction, OfferInfo, Outcome, Progress, Side, Verified, Via,
    };
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
