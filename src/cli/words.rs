//! What `send` and `receive` tell a person: results on stdout, the way there and a bar on stderr.
//!
//! The bar is drawn only on a terminal and wiped before anything else is written. Whatever came from elsewhere passes
//! [`visible`]: no escape sequence of a peer reaches the terminal.

use std::collections::BTreeMap;
use std::io::{self, IsTerminal, Stderr, Stdout, Write};
use std::time::Duration;

use jid::FullJid;

use super::verdict::reason;
use crate::engine::event::{
    AttemptState, Direction, OfferInfo, Outcome, Progress, TransferChange, TransferId, Verified,
};

/// Writes to the two outputs.
#[derive(Debug)]
pub(super) struct Words<O, E> {
    results: O,
    remarks: E,
    bar: Bar,
    offers: BTreeMap<TransferId, OfferInfo>,
}

/// Whether there is a bar to draw, and whether it stands on the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Bar {
    Never,
    Wiped,
    Drawn,
}

impl Words<Stdout, Stderr> {
    pub(super) fn on_terminal() -> Self {
        let bar = if io::stderr().is_terminal() { Bar::Wiped } else { Bar::Never };
        Words { results: io::stdout(), remarks: io::stderr(), bar, offers: BTreeMap::new() }
    }
}

impl<O: Write, E: Write> Words<O, E> {
    pub(super) fn online(&mut self, jid: &FullJid) -> io::Result<()> {
        self.result(&format!("online {jid}"))
    }

    pub(super) fn change(&mut self, id: TransferId, change: &TransferChange) -> io::Result<()> {
        match change {
            TransferChange::Offered(offer) => {
                self.remark(&offered(offer));
                self.offers.insert(id, OfferInfo::clone(offer));
            }
            TransferChange::Answered { methods, .. } => {
                let titles: Vec<_> = methods.iter().map(|via| via.title()).collect();
                self.remark(&format!("accepted; {}", titles.join(", then ")));
            }
            TransferChange::Attempt(attempt) => match attempt.state {
                AttemptState::Trying { .. } => {}
                AttemptState::Failed { .. } | AttemptState::Active { .. } => self.remark(&attempt.to_string()),
            },
            TransferChange::Progress(progress) => self.draw(id, *progress),
            TransferChange::Ended(outcome) => {
                let Some(offer) = self.offers.remove(&id) else { return Ok(()) };
                return match outcome {
                    Outcome::Completed { .. } => self.result(&completed(&offer, outcome)),
                    Outcome::Declined { .. } | Outcome::Cancelled { .. } | Outcome::Failed(_) => {
                        self.remark(&ended(&offer, outcome));
                        Ok(())
                    }
                };
            }
        }
        Ok(())
    }

    fn result(&mut self, line: &str) -> io::Result<()> {
        self.wipe();
        writeln!(self.results, "{}", visible(line))?;
        self.results.flush()
    }

    /// Where nobody reads remarks, nothing is lost.
    pub(super) fn remark(&mut self, line: &str) {
        self.wipe();
        let _ = writeln!(self.remarks, "{}", visible(line));
    }

    fn draw(&mut self, id: TransferId, progress: Progress) {
        let Some(offer) = self.offers.get(&id).filter(|_| self.bar != Bar::Never) else { return };
        let _ = write!(self.remarks, "\r{}\x1b[K", visible(&bar_line(&offer.name, progress)));
        let _ = self.remarks.flush();
        self.bar = Bar::Drawn;
    }

    fn wipe(&mut self) {
        if self.bar == Bar::Drawn {
            let _ = write!(self.remarks, "\r\x1b[K");
            self.bar = Bar::Wiped;
        }
    }
}

fn offered(offer: &OfferInfo) -> String {
    let size = offer.size.map_or_else(|| "of unknown size".to_owned(), amount);
    match offer.direction {
        Direction::Sending => format!("offering {} ({size}) to {}", offer.name, offer.peer),
        Direction::Receiving => format!("{} offers {} ({size})", offer.peer, offer.name),
    }
}

fn completed(offer: &OfferInfo, outcome: &Outcome) -> String {
    let Outcome::Completed { via, bytes, took, path, verified } = outcome else { return String::new() };
    let proof = match verified {
        Verified::No => "not verified",
        Verified::Md5 => "verified md5",
        Verified::Sha256 => "verified sha-256",
    };
    let how = format!("{} in {:.1} s by {}, {proof}", amount(*bytes), took.as_secs_f64(), via.title());
    match offer.direction {
        Direction::Sending => format!("sent {} to {}: {how}", offer.name, offer.peer),
        Direction::Receiving => {
            let place = path.as_deref().map_or(String::new(), |path| path.display().to_string());
            format!("received {place} from {}: {how}", offer.peer)
        }
    }
}

fn ended(offer: &OfferInfo, outcome: &Outcome) -> String {
    let reason = reason(outcome).unwrap_or_default();
    match offer.direction {
        Direction::Sending => format!("not sent: {} to {}: {reason}", offer.name, offer.peer),
        Direction::Receiving => format!("not received: {} from {}: {reason}", offer.name, offer.peer),
    }
}

/// How many cells the bar itself takes; the whole line fits into 80 columns with a name of 24.
const CELLS: u64 = 20;

/// Names are cut to this many characters in the bar.
const NAME: usize = 24;

fn bar_line(name: &str, progress: Progress) -> String {
    let name: String = name.chars().take(NAME).collect();
    let rate = format!("{}/s", amount(progress.rate));
    let Some(size) = progress.size.filter(|size| *size > 0) else {
        return format!("{name}  {}  {rate}", amount(progress.bytes));
    };
    let part = |of: u64| u128::from(progress.bytes.min(size)) * u128::from(of) / u128::from(size);
    let full = usize::try_from(part(CELLS)).unwrap_or_default();
    let cells = format!("[{:<width$}]", "=".repeat(full), width = usize::try_from(CELLS).unwrap_or_default());
    let left = progress.left.map(|left| format!("  {} left", span(left))).unwrap_or_default();
    format!("{name} {cells} {:>3} %  {}  {rate}{left}", part(100), amount(size))
}

/// `812 B`, `2.4 MiB`.
fn amount(bytes: u64) -> String {
    let mut unit = 1_u64;
    let mut name = "B";
    for bigger in ["KiB", "MiB", "GiB", "TiB"] {
        if bytes / unit < 1024 {
            break;
        }
        unit <<= 10;
        name = bigger;
    }
    let tenths = u128::from(bytes) * 10 / u128::from(unit);
    if unit == 1 { format!("{bytes} B") } else { format!("{}.{} {name}", tenths / 10, tenths % 10) }
}

fn span(duration: Duration) -> String {
    let seconds = duration.as_secs();
    if seconds < 60 { format!("{seconds} s") } else { format!("{} min {} s", seconds / 60, seconds % 60) }
}

/// A line that does to the terminal what it says: control characters and those that turn the direction of writing are
/// shown by their number.
pub(super) fn visible(line: &str) -> String {
    let mut shown = String::with_capacity(line.len());
    for letter in line.chars() {
        let turns = matches!(letter, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        if letter.is_control() || turns {
            shown.extend(letter.escape_unicode());
        } else {
            shown.push(letter);
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use jid::Jid;

    use super::*;
    use crate::engine::event::{Side, Via};

    const ID: TransferId = TransferId(1);

    fn words(bar: Bar) -> Words<Vec<u8>, Vec<u8>> {
        Words { results: Vec::new(), remarks: Vec::new(), bar, offers: BTreeMap::new() }
    }

    fn offer(direction: Direction, name: &str) -> TransferChange {
        TransferChange::Offered(Box::new(OfferInfo {
            direction,
            peer: Jid::new("romeo@montague.lit/orchard").unwrap(),
            is_contact: true,
            name: name.to_owned(),
            offered_name: None,
            size: Some(2_500_000),
            mime_type: None,
            description: None,
            date: None,
            hash: None,
            methods: Vec::new(),
            si_multiple: true,
            path: None,
        }))
    }

    fn text(bytes: Vec<u8>) -> String {
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn a_result_goes_to_stdout_and_the_way_there_to_stderr() {
        let mut words = words(Bar::Never);
        words.change(ID, &offer(Direction::Sending, "sonnet.pdf")).unwrap();
        let progress = Progress { bytes: 1, size: Some(2), rate: 1, left: None };
        words.change(ID, &TransferChange::Progress(progress)).unwrap();
        let outcome = Outcome::Completed {
            via: Via::InBand,
            bytes: 2_500_000,
            took: Duration::from_millis(2500),
            path: None,
            verified: Verified::Sha256,
        };
        words.change(ID, &TransferChange::Ended(outcome)).unwrap();
        assert_eq!(
            text(words.results),
            "sent sonnet.pdf to romeo@montague.lit/orchard: 2.3 MiB in 2.5 s by in-band, verified sha-256\n"
        );
        assert_eq!(text(words.remarks), "offering sonnet.pdf (2.3 MiB) to romeo@montague.lit/orchard\n");
    }

    #[test]
    fn what_did_not_arrive_is_told_with_its_reason() {
        let mut words = words(Bar::Never);
        words.change(ID, &offer(Direction::Receiving, "sonnet.pdf")).unwrap();
        words.change(ID, &TransferChange::Ended(Outcome::Cancelled { by: Side::Peer })).unwrap();
        let told = text(words.remarks);
        let last = "not received: sonnet.pdf from romeo@montague.lit/orchard: the other side cancelled";
        assert_eq!(told.lines().last(), Some(last));
        assert_eq!(text(words.results), "");
    }

    #[test]
    fn the_bar_is_wiped_before_the_next_line() {
        let mut words = words(Bar::Wiped);
        words.change(ID, &offer(Direction::Receiving, "x")).unwrap();
        let progress = Progress { bytes: 512, size: Some(1024), rate: 2048, left: Some(Duration::from_secs(61)) };
        words.change(ID, &TransferChange::Progress(progress)).unwrap();
        words.remark("next");
        let told = text(words.remarks);
        let bar = "\rx [==========          ]  50 %  1.0 KiB  2.0 KiB/s  1 min 1 s left\x1b[K\r\x1b[Knext\n";
        assert!(told.ends_with(bar), "{told:?}");
    }

    #[test]
    fn a_peer_cannot_write_to_the_terminal() {
        assert_eq!(visible("a\x1b]0;x\u{7}\u{202e}b\n"), "a\\u{1b}]0;x\\u{7}\\u{202e}b\\u{a}");
    }

    #[test]
    fn amounts_are_short() {
        assert_eq!(amount(1023), "1023 B");
        assert_eq!(amount(1024), "1.0 KiB");
        assert_eq!(amount(u64::MAX), "16777215.9 TiB");
    }
}
