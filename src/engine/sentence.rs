//! What ended why, in sentences, so that the screen, the command line and scripts read the same words.
//!
//! They say what happened and why. What can be done about it differs from one user interface to another and is added
//! there.

use std::fmt::{Display, Formatter, Result};

use super::event::{
    Attempt, AttemptState, Failure, Finishing, Interruption, OfferInfo, Outcome, PeerFault, Side, StopReason,
    TheirTurn, Turn, Via, Waits,
};
use super::feature::Response;
use super::journal::{Conclusion, Entry, Reached, State};
use super::{FileError, amount};
use crate::xep::ns;
use crate::xep::stanza::StanzaError;

impl Interruption {
    /// How far it came: `interrupted at 62 %`. Nobody may have been asked about what has no size yet.
    pub fn place(&self) -> String {
        match self.size {
            Some(size) => format!("interrupted at {} %", amount::percent(self.bytes, size)),
            None if self.bytes == 0 => "interrupted before it began".to_owned(),
            None => format!("interrupted after {}", amount::bytes(self.bytes)),
        }
    }
}

impl Waits {
    /// What has to happen before it goes on, with the other side called by that name.
    pub fn told_of(&self, who: &str) -> String {
        match self {
            Waits::Session => "waits for the connection".to_owned(),
            Waits::Peer => format!("waits for {who}"),
            Waits::Offer => format!("waits for {who} to offer it again"),
            Waits::Time(left) if left.is_zero() => format!("waits for the answer of {who}"),
            Waits::Time(left) => format!("again in {}", amount::whole_span(*left)),
            Waits::User => "stays so until you go on".to_owned(),
        }
    }
}

/// As many as one looks through to choose one; the numbers of earlier ones go on to hold.
const MOST_LISTED: usize = 8;

/// What can be chosen by its number: the latest, a line each.
pub(super) fn choices(all: impl DoubleEndedIterator<Item = (u64, String)> + ExactSizeIterator) -> String {
    let earlier = all.len().saturating_sub(MOST_LISTED);
    let lines = all.skip(earlier).map(|(number, what)| format!("\n{number}: {what}"));
    let more = (earlier > 0).then(|| format!("\n{earlier} earlier ones have numbers, too")).into_iter();
    lines.chain(more).collect()
}

/// What can be done where somebody has no program that takes files as we send them.
pub const INSTEAD: &str = "send a link to it instead, or ask them to start a program that takes files by stream \
                           initiation (XEP-0096), such as Balcony, Pidgin or Psi";

/// The other side of a transfer where it has no name.
pub const SOMEBODY: &str = "the other side";

impl Outcome {
    /// How it ended, if the file is not there: what happened, and why, with the other side called by that name.
    pub fn told_of(&self, who: &str, reached: Reached) -> String {
        let why = if let Outcome::Failed(failure) = self { Some(failure.told_of(who)) } else { None };
        ending(Conclusion::of(self), why, who, reached)
    }
}

impl Entry {
    /// The same of what was written down; nothing if it is not over.
    pub fn ending_told_of(&self, who: &str) -> Option<String> {
        let State::Ended(how) = &self.state else { return None };
        Some(ending(how.result, how.reason.clone(), who, self.reached()))
    }
}

fn ending(result: Conclusion, why: Option<String>, who: &str, reached: Reached) -> String {
    let decided = match (result, reached) {
        (Conclusion::Declined(Side::Us), _) => "declined by you".to_owned(),
        (Conclusion::Declined(Side::Peer), _) => format!("declined by {who}"),
        (Conclusion::Cancelled(Side::Us), Reached::Removed) => "cancelled by you; nothing of it stays here".to_owned(),
        (Conclusion::Cancelled(Side::Us), Reached::Offered | Reached::Accepted) => "cancelled by you".to_owned(),
        (Conclusion::Cancelled(Side::Peer), Reached::Removed) => {
            format!("cancelled by {who}; nothing of it stays here")
        }
        (Conclusion::Cancelled(Side::Peer), Reached::Accepted) => format!("cancelled by {who}"),
        (Conclusion::Cancelled(Side::Peer), Reached::Offered) => format!("withdrawn by {who}"),
        (Conclusion::Completed(_), _) => "complete".to_owned(),
        (Conclusion::Unreachable | Conclusion::Corrupt | Conclusion::Interrupted | Conclusion::Failed, _) => {
            "did not arrive".to_owned()
        }
    };
    why.unwrap_or(decided)
}

impl Failure {
    /// What went wrong, with the other side called by that name.
    pub fn told_of(&self, who: &str) -> String {
        match self {
            Failure::Unreachable { tried } if tried.is_empty() => {
                format!("could not reach {who}: no method in common")
            }
            Failure::Unreachable { tried } if tried.iter().all(|attempt| attempt.via == Via::Http) => {
                let tries: Vec<String> = tried.iter().map(ToString::to_string).collect();
                format!("could not be fetched: {}", tries.join(", "))
            }
            Failure::Unreachable { tried } => {
                let tries: Vec<String> = tried.iter().map(tried_words).collect();
                format!("could not reach {who}: {}", tries.join(", "))
            }
            Failure::Peer(fault) => fault.told_of(who),
            Failure::Local(error) => error.to_string(),
            Failure::Corrupt { expected, found } => {
                format!("what arrived is not what was sent: its hash is {found}, not {expected}")
            }
            Failure::Disconnected => "there is no connection to the server".to_owned(),
            Failure::Interrupted { via, bytes, why } => {
                format!("{} broke after {}: {why}", via.title(), amount::bytes(*bytes))
            }
        }
    }
}

impl Display for Failure {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.write_str(&self.told_of(SOMEBODY))
    }
}

/// `SOCKS5 direct refused (0.1 s)`: where it was tried is told when it is.
fn tried_words(attempt: &Attempt) -> String {
    format!("{} {} ({})", attempt.via.title(), verdict(attempt), amount::span(attempt.took))
}

fn verdict(attempt: &Attempt) -> String {
    match &attempt.state {
        AttemptState::Trying { doing, .. } => doing.clone(),
        AttemptState::Failed { reason } => reason.clone(),
        AttemptState::Active { .. } => attempt.marked("active"),
    }
}

/// How something ended, and that what has come of it stays there, if it does.
pub fn with_kept(ending: &str, kept: Option<impl Display>) -> String {
    kept.map_or_else(|| ending.to_owned(), |path| format!("{ending}; what has come of it stays in {path}"))
}

/// `SOCKS5 direct 192.0.2.7:5086 refused (0.1 s)`.
impl Display for Attempt {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.write_str(self.via.title())?;
        if let Some(streamhost) = &self.streamhost {
            write!(f, " {streamhost}")?;
        }
        write!(f, " {} ({})", verdict(self), amount::span(self.took))
    }
}

impl PeerFault {
    /// What they did, with the other side called by that name.
    pub fn told_of(&self, who: &str) -> String {
        match self {
            PeerFault::Incompatible(why) => format!("{who} cannot take files this way: {why}"),
            PeerFault::Refused(why) => format!("{who} refused: {why}"),
            PeerFault::Unable(why) => format!("{who} cannot go on with it: {why}"),
            PeerFault::Misbehaved(why) => format!("{who} broke the protocol: {why}"),
            PeerFault::Silent(why) => format!("no answer from {who}: {why}"),
            PeerFault::Gone => format!("{who} is offline"),
            PeerFault::Hidden => format!("{who} does not let you see whether they are online"),
        }
    }
}

impl Display for PeerFault {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.write_str(&self.told_of(SOMEBODY))
    }
}

impl Display for FileError {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            FileError::Unreadable(why) => write!(f, "the file cannot be read: {why}"),
            FileError::Unwritable(why) => write!(f, "the file cannot be written: {why}"),
            FileError::Full { needed, free } => {
                write!(f, "not enough space: {} needed, {} free", amount::bytes(*needed), amount::bytes(*free))
            }
            FileError::NotUnpacked { why, .. } => write!(f, "not unpacked: {why}"),
            FileError::Changed => f.write_str("the file changed while it was sent"),
        }
    }
}

impl Display for StopReason {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            StopReason::Requested => f.write_str("logged out"),
            StopReason::Login(why) | StopReason::Other(why) => f.write_str(why),
            StopReason::Certificate { why, fingerprint } => write!(f, "{why} (its fingerprint is {fingerprint})"),
            StopReason::CertificateChanged { domain, pinned, shown } => {
                write!(
                    f,
                    "the certificate of {domain} CHANGED: it was renewed, or somebody stands in between who would \
                     read your password (pinned {pinned}, now {shown})"
                )
            }
            StopReason::PasswordWanted { domain } => {
                write!(
                    f,
                    "the server of {domain} WANTS YOUR PASSWORD itself, which you have always proved without telling it \
                     (SCRAM): it was set up anew, or somebody stands in its place"
                )
            }
            StopReason::Conflict => f.write_str("another program logged in with the same resource"),
        }
    }
}

/// Why a message or a request to see somebody came back.
pub(super) fn why_returned(error: &StanzaError) -> String {
    if error.application.as_ref().is_some_and(|own| own.is("blocked", ns::BLOCKING_ERRORS)) {
        return "you have blocked them".to_owned();
    }
    let meaning = match error.condition.as_str() {
        "service-unavailable" | "recipient-unavailable" => "nobody is there to get it",
        "item-not-found" => "there is no such address",
        "remote-server-not-found" => "there is no such server",
        "remote-server-timeout" => "their server does not answer",
        "forbidden" | "not-allowed" | "not-authorized" | "policy-violation" => "it is not permitted",
        "resource-constraint" => "no space is left for it",
        other => other,
    };
    match &error.text {
        Some(text) => format!("{meaning}: {text}"),
        None => meaning.to_owned(),
    }
}

impl Display for Turn {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Turn::Now => f.write_str("goes on"),
            Turn::Waits { place } => write!(f, "waits ({})", ordinal(*place)),
            Turn::Paused => f.write_str("paused"),
        }
    }
}

impl TheirTurn {
    /// Whether the other side, called by that name, lets it move.
    pub fn told_of(self, who: &str) -> String {
        match self {
            TheirTurn::Now => format!("goes on at {who}"),
            TheirTurn::Waits => format!("waits for its turn at {who}"),
            TheirTurn::Paused => format!("paused by {who}"),
        }
    }
}

impl Finishing {
    /// What is left to do, with the other side called by that name.
    pub fn told_of(self, who: &str) -> String {
        match self {
            Finishing::Unpacking { bytes, of } => format!("unpacking, {} %", amount::percent(bytes, of)),
            Finishing::Theirs => format!("sent, {who} is finishing it"),
        }
    }
}

/// `1st`, `12th`, `22nd`.
fn ordinal(number: usize) -> String {
    let ending = match (number % 10, number % 100) {
        (1, tens) if tens != 11 => "st",
        (2, tens) if tens != 12 => "nd",
        (3, tens) if tens != 13 => "rd",
        _ => "th",
    };
    format!("{number}{ending}")
}

impl OfferInfo {
    /// `12 files, 3.4 MiB`, or `3.4 MiB`; none if nobody said. Where a sender contradicts itself, `1 file, 4 B, in an archive
    /// of 46.5 GiB`.
    pub fn amount(&self) -> Option<String> {
        let Some(folder) = &self.folder else { return self.size.map(amount::bytes) };
        let files = if folder.files == 1 { "file" } else { "files" };
        let held = format!("{} {files}, {}", folder.files, amount::bytes(folder.bytes));
        match self.size {
            Some(size) if self.contradicts_itself() => {
                Some(format!("{held}, in an archive of {}", amount::bytes(size)))
            }
            Some(_) | None => Some(held),
        }
    }

    /// What should be known of a folder that is sent: that it stays packed, that something is not in it.
    pub fn remarks(&self) -> Vec<String> {
        let Some(folder) = &self.folder else { return Vec::new() };
        let packed = (folder.is_unpacked == Some(false))
            .then(|| format!("as {}.tar, which their program does not unpack", self.name));
        let left_out = match folder.left_out {
            0 => None,
            1 => Some("without one link or device".to_owned()),
            several => Some(format!("without {several} links or devices")),
        };
        let hidden = match folder.hidden {
            0 => None,
            1 => Some("1 hidden one stays here".to_owned()),
            several => Some(format!("{several} hidden ones stay here")),
        };
        packed.into_iter().chain(left_out).chain(hidden).collect()
    }
}

/// Why the server did not do it, if it did not.
pub(super) fn refusal(response: &Response) -> Option<String> {
    match response {
        Response::Result(_) => None,
        Response::Error(error) => Some(error.text.clone().unwrap_or_else(|| error.condition.clone())),
        Response::Timeout => Some("it does not answer".to_owned()),
        Response::Disconnected => Some("the connection was lost".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::event::Via;
    use super::*;

    fn failed(via: Via, streamhost: Option<&str>, reason: &str, millis: u64) -> Attempt {
        Attempt {
            index: 0,
            via,
            streamhost: streamhost.map(str::to_owned),
            state: AttemptState::Failed { reason: reason.to_owned() },
            took: Duration::from_millis(millis),
        }
    }

    #[test]
    fn an_interruption_is_told_with_how_far_it_came_and_what_had_not_begun_came_nowhere() {
        let place = |bytes, size| Interruption { bytes, size, why: String::new(), waits: Waits::User }.place();
        assert_eq!(place(62, Some(100)), "interrupted at 62 %");
        assert_eq!(place(62, None), "interrupted after 62 B");
        assert_eq!(place(0, None), "interrupted before it began");
    }

    #[test]
    fn the_latest_of_many_choices_are_listed_and_the_others_counted() {
        let all = |count: u64| (1..=count).map(|number| (number, format!("https://a.example/{number}")));
        let listed = |count| choices(all(count).collect::<Vec<_>>().into_iter());
        assert_eq!(listed(2), "\n1: https://a.example/1\n2: https://a.example/2");
        assert!(listed(10).starts_with("\n3: ") && listed(10).ends_with("\n2 earlier ones have numbers, too"));
        assert_eq!(listed(0), "");
    }

    #[test]
    fn what_people_decided_is_told_with_who_it_was_and_whether_anything_is_left() {
        let told = |outcome: Outcome, reached| outcome.told_of("Romeo", reached);
        let (declined, cancelled) = (|by| Outcome::Declined { by }, |by| Outcome::Cancelled { by });
        assert_eq!(told(declined(Side::Us), Reached::Offered), "declined by you");
        assert_eq!(told(declined(Side::Peer), Reached::Accepted), "declined by Romeo");
        assert_eq!(told(cancelled(Side::Peer), Reached::Offered), "withdrawn by Romeo");
        assert_eq!(told(cancelled(Side::Peer), Reached::Accepted), "cancelled by Romeo");
        assert_eq!(told(cancelled(Side::Peer), Reached::Removed), "cancelled by Romeo; nothing of it stays here");
        assert_eq!(told(cancelled(Side::Us), Reached::Removed), "cancelled by you; nothing of it stays here");
        assert_eq!(
            with_kept("cancelled by you", Some("~/a.part")),
            "cancelled by you; what has come of it stays in ~/a.part"
        );
    }

    #[test]
    fn an_unreachable_peer_is_told_with_every_try() {
        let tried = vec![
            failed(Via::Socks5Direct, Some("192.0.2.7:5086"), "refused", 100),
            failed(Via::InBand, None, "not offered", 0),
        ];
        assert_eq!(
            Failure::Unreachable { tried }.to_string(),
            "could not reach the other side: SOCKS5 direct refused (0.1 s), in-band not offered (0 ms)"
        );
        let nothing = Failure::Unreachable { tried: Vec::new() };
        assert_eq!(nothing.told_of("Romeo"), "could not reach Romeo: no method in common");
    }
}
