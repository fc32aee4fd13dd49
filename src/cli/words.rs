//! What `send` and `receive` tell a person: results on stdout, the way there and a bar on stderr.
//!
//! The bar is drawn only on a terminal and wiped before anything else is written. Whatever came from elsewhere passes
//! [`visible`]: no escape sequence of a peer reaches the terminal.

use std::collections::BTreeMap;
use std::io::{self, IsTerminal, Stderr, Stdout, Write};

use jid::FullJid;

use super::verdict::reason;
use crate::engine::amount;
use crate::engine::event::{
    AttemptState, Direction, Finishing, Interruption, OfferInfo, Outcome, Progress, TransferChange, TransferId,
    Verified, Waits,
};
use crate::engine::sentence::with_kept;
use crate::tui::widget::text::{self, visible};

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
    pub(super) fn online(&mut self, jid: &FullJid) {
        self.remark(&format!("online {jid}"));
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
            TransferChange::Turn { turn, .. } => self.remark(&turn.to_string()),
            TransferChange::TheirTurn(turn) => {
                let Some(offer) = self.offers.get(&id) else { return Ok(()) };
                let line = turn.told_of(offer.peer.as_str());
                self.remark(&line);
            }
            TransferChange::Interrupted(interruption) => {
                let Some(offer) = self.offers.get(&id) else { return Ok(()) };
                let line = interrupted(offer, interruption);
                self.remark(&line);
            }
            TransferChange::Finishing(finishing) => self.draw_finishing(id, *finishing),
            TransferChange::Unplaced(why) => self.remark(&why.to_string()),
            TransferChange::Remark(remark) => self.remark(remark),
            TransferChange::Kept(path) => {
                let Some(offer) = self.offers.get(&id) else { return Ok(()) };
                let line = with_kept(&offer.name, Some(path.display()));
                self.remark(&line);
            }
            TransferChange::Ended(outcome) => {
                let Some(offer) = self.offers.remove(&id) else { return Ok(()) };
                return match outcome {
                    Outcome::Completed { .. } => {
                        self.result(&completed(offer.direction, &offer.name, offer.peer.as_str(), outcome))
                    }
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

    /// In the place of the bar.
    fn draw_finishing(&mut self, id: TransferId, finishing: Finishing) {
        let Some(offer) = self.offers.get(&id).filter(|_| self.bar != Bar::Never) else { return };
        let line = format!("{}  {}", text::cut(&offer.name, NAME, "…"), finishing.told_of(offer.peer.as_str()));
        let _ = write!(self.remarks, "\r{}\x1b[K", visible(&line));
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
    let size = offer.amount().unwrap_or_else(|| "of unknown size".to_owned());
    match offer.direction {
        Direction::Sending if offer.is_unseen() => format!("{} waits to be offered to {}", offer.name, offer.peer),
        Direction::Sending if offer.is_without_program() => {
            format!("looking for a program of {} that takes {} ({size})", offer.peer, offer.name)
        }
        Direction::Sending => {
            let says = format!("offering {} ({size}) to {}", offer.name, offer.peer);
            let says = std::iter::once(says).chain(offer.remarks()).collect::<Vec<_>>().join(", ");
            format!("{says}; waiting for an answer")
        }
        Direction::Receiving => format!("{} offers {} ({size})", offer.peer, offer.name),
    }
}

fn interrupted(offer: &OfferInfo, interruption: &Interruption) -> String {
    let waits = match (interruption.waits, offer.direction) {
        (Waits::User, Direction::Sending) => "send it again, and it goes on from there".to_owned(),
        (Waits::User, Direction::Receiving) => "the next `balcony receive` goes on from there".to_owned(),
        (waits @ (Waits::Session | Waits::Peer | Waits::Offer | Waits::Time(_)), _) => {
            waits.told_of(offer.peer.as_str())
        }
    };
    format!("{} is {}: {}; {waits}", offer.name, interruption.place(), interruption.why)
}

/// `sent sonnet.pdf to romeo@montague.lit: 2.3 MiB in 2.5 s by in-band, verified sha-256`.
pub(super) fn completed(direction: Direction, name: &str, peer: &str, outcome: &Outcome) -> String {
    let Outcome::Completed { via, bytes, took, path, verified } = outcome else { return String::new() };
    let proof = match verified {
        Verified::No => "not verified",
        Verified::Md5 => "verified md5",
        Verified::Sha256 => "verified sha-256",
    };
    let how = format!("{} in {} by {}, {proof}", amount::bytes(*bytes), amount::span(*took), via.title());
    match direction {
        Direction::Sending => format!("sent {name} to {peer}: {how}"),
        Direction::Receiving => {
            let place = path.as_deref().map_or(String::new(), |path| path.display().to_string());
            format!("received {place} from {peer}: {how}")
        }
    }
}

/// `not sent: sonnet.pdf to romeo@montague.lit: declined by the other side`.
pub(super) fn ended(offer: &OfferInfo, outcome: &Outcome) -> String {
    not_completed(offer.direction, &offer.name, offer.peer.as_str(), &reason(outcome).unwrap_or_default())
}

/// The same with the reason in words.
pub(super) fn not_completed(direction: Direction, name: &str, peer: &str, reason: &str) -> String {
    match direction {
        Direction::Sending => format!("not sent: {name} to {peer}: {reason}"),
        Direction::Receiving => format!("not received: {name} from {peer}: {reason}"),
    }
}

/// How many cells the bar itself takes; the whole line fits into 80 columns with a name of 24.
const CELLS: usize = 20;

/// Names are cut to this width in the bar.
const NAME: usize = 24;

fn bar_line(name: &str, progress: Progress) -> String {
    let name = text::cut(name, NAME, "…");
    let rate = amount::rate(progress.rate);
    let Some(size) = progress.size.filter(|size| *size > 0) else {
        return format!("{name}  {}  {rate}", amount::bytes(progress.bytes));
    };
    let percent = amount::percent(progress.bytes, size);
    let full = usize::try_from(percent).unwrap_or_default() * CELLS / 100;
    let cells = "=".repeat(full);
    let left = progress.left.map(|left| format!("  {} left", amount::whole_span(left))).unwrap_or_default();
    format!("{name} [{cells:<CELLS$}] {percent:>3} %  {}  {rate}{left}", amount::bytes_of(progress.bytes, size))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use jid::Jid;

    use super::*;
    use crate::engine::event::{Checksum, FolderInfo, Side, Via};
    use crate::engine::journal::Noted;
    use crate::store::rules::{Action, Offered, Rule, Space, decide};

    const ID: TransferId = TransferId(1);

    fn words(bar: Bar) -> Words<Vec<u8>, Vec<u8>> {
        Words { results: Vec::new(), remarks: Vec::new(), bar, offers: BTreeMap::new() }
    }

    fn offer(direction: Direction, name: &str) -> TransferChange {
        TransferChange::Offered(Box::new(OfferInfo {
            direction,
            peer: Jid::new("romeo@montague.lit/orchard").unwrap(),
            is_contact: true,
            is_asked_for: false,
            name: name.to_owned(),
            offered_name: None,
            size: Some(2_500_000),
            mime_type: None,
            description: None,
            date: None,
            checksum: Checksum::None,
            methods: Vec::new(),
            si_multiple: true,
            path: None,
            folder: None,
            web: None,
            continues_at: None,
            noted: Noted::No,
        }))
    }

    /// An offer of a folder with one file of four bytes, in an archive of that length.
    fn packed(archive: u64) -> OfferInfo {
        let TransferChange::Offered(mut info) = offer(Direction::Receiving, "photos") else { unreachable!() };
        let folder = FolderInfo { files: 1, bytes: 4, left_out: 0, hidden: 0, is_unpacked: Some(true) };
        (info.size, info.folder) = (Some(archive), Some(folder));
        *info
    }

    #[test]
    fn a_folder_that_cannot_be_what_comes_is_offered_with_what_comes() {
        let from = "romeo@montague.lit/orchard offers photos";
        assert_eq!(offered(&packed(2048)), format!("{from} (1 file, 4 B)"));
        let doubtful = packed(50_000_000_000);
        assert_eq!(offered(&doubtful), format!("{from} (1 file, 4 B, in an archive of 46.5 GiB)"));
        let rule = Rule { at_most: Some(1 << 20), ..Rule::new(Action::Accept) };
        let spacious = |_: Option<&std::path::Path>| Some(u64::MAX);
        let takes = |info: &OfferInfo, rule: &Rule, space: Space| {
            decide(std::slice::from_ref(rule), &Offered::new(info, &[]), space).by.is_some()
        };
        assert!(takes(&packed(2048), &rule, &spacious) && !takes(&doubtful, &rule, &spacious));
        let rule = Rule { keep_free: Some(1 << 30), ..Rule::new(Action::Accept) };
        // The archive takes less than that, and so does what is in it, but not both.
        let tight = |_: Option<&std::path::Path>| Some((1 << 30) + (1 << 20));
        assert!(takes(&packed(2048), &rule, &spacious) && !takes(&packed(2048), &rule, &tight));
    }

    fn read(bytes: Vec<u8>) -> String {
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
            read(words.results),
            "sent sonnet.pdf to romeo@montague.lit/orchard: 2.3 MiB in 2.5 s by in-band, verified sha-256\n"
        );
        let remarks = "offering sonnet.pdf (2.3 MiB) to romeo@montague.lit/orchard; waiting for an answer\n";
        assert_eq!(read(words.remarks), remarks);
    }

    #[test]
    fn what_did_not_arrive_is_told_with_its_reason() {
        let mut words = words(Bar::Never);
        words.change(ID, &offer(Direction::Receiving, "sonnet.pdf")).unwrap();
        words.change(ID, &TransferChange::Ended(Outcome::Cancelled { by: Side::Peer })).unwrap();
        let told = read(words.remarks);
        let last = "not received: sonnet.pdf from romeo@montague.lit/orchard: cancelled by the other side";
        assert_eq!(told.lines().last(), Some(last));
        assert_eq!(read(words.results), "");
    }

    #[test]
    fn the_bar_is_wiped_before_the_next_line() {
        let mut words = words(Bar::Wiped);
        words.change(ID, &offer(Direction::Receiving, "x")).unwrap();
        let progress = Progress { bytes: 512, size: Some(1024), rate: 2048, left: Some(Duration::from_secs(61)) };
        words.change(ID, &TransferChange::Progress(progress)).unwrap();
        words.remark("next");
        let told = read(words.remarks);
        let bar = "\rx [==========          ]  50 %  0.5/1.0 KiB  2.0 KiB/s  1 min 1 s left\x1b[K\r\x1b[Knext\n";
        assert!(told.ends_with(bar), "{told:?}");
    }

    #[test]
    fn a_peer_cannot_write_to_the_terminal() {
        let mut words = words(Bar::Never);
        words.remark("a\x1b]0;x\u{7}b\nc");
        let told = read(words.remarks);
        assert_eq!(told.matches(char::is_control).collect::<Vec<_>>(), ["\n"], "{told:?}");
        assert!(told.ends_with('\n'));
    }
}
