//! `balcony send`: offers files and waits for what becomes of them.
//!
//! All in one transfer, or one after the other: the bar is honest, files do not slow each other down, and somebody who
//! declines the first is not shown ten more at once.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use jid::{BareJid, Jid};

use super::arguments::SendArguments;
use super::exit::{Exit, Stop};
use super::report::Report;
use super::session::{Next, Session};
use super::setup::Setup;
use super::spool::Spool;
use super::verdict::Verdict;
use crate::client::clock;
use crate::client::find::find;
use crate::engine::command::{Command, Via};
use crate::engine::context::Recovers;
use crate::engine::event::{Contact, Direction, Event, OfferInfo, Subscription, TransferChange, TransferId, Waits};
use crate::engine::sentence::INSTEAD;
use crate::store::journal::Claim;

/// How long to wait for the recipient's presence and features: they come with the roster, a few round trips after the
/// login, and a slow server's take seconds.
const PRESENCE: Duration = Duration::from_secs(10);

/// Sends every file; the exit code is that of the first that did not arrive.
pub(super) async fn run(setup: &Setup, wish: SendArguments) -> Result<Exit, Stop> {
    let spool = Spool::fill(&wish.files, &setup.paths.cache).await?;
    let paths: Vec<_> = wish.files.iter().map(|file| spool.path_of(file)).collect::<Result<_, _>>()?;
    let found = find(&paths).map_err(|why| Stop::new(Exit::Failed, format!("cannot send {why}")))?;
    let remark = found.remark();
    let files = found.paths;
    let (claim, recovers) =
        if wish.no_resume { (Claim::Nothing, Recovers::None) } else { (Claim::Sent, Recovers::Named) };
    let mut options = setup.headless(wish.account.as_deref(), None, claim)?;
    options.engine.recovers = recovers;
    let account = options.engine.account.clone();
    let mut session = Session::log_in(options, Report::new(wish.json)).await?;
    if let Some(remark) = remark {
        session.remark(&remark);
    }
    let patience = Duration::from_secs(wish.wait.saturating_mul(60));
    let mut sender = Sender { session, account, to: wish.to, via: wish.via, patience };
    let parcels = if wish.apart { files.into_iter().map(|file| vec![file]).collect() } else { vec![files] };
    let result = sender.send_all(parcels).await;
    sender.session.log_out().await;
    result
}

struct Sender {
    session: Session,
    /// Ours: its other programs are found by the engine, for they are in no roster.
    account: BareJid,
    to: Jid,
    via: Vec<Via>,
    /// For how long what was interrupted may stand still.
    patience: Duration,
}

impl Sender {
    async fn send_all(&mut self, parcels: Vec<Vec<PathBuf>>) -> Result<Exit, Stop> {
        let is_for_contact = self.to.resource().is_none() && self.to != self.account;
        if is_for_contact && self.find_receiver(self.to.to_bare()).await? == Exit::Interrupted {
            return Ok(Exit::Interrupted);
        }
        let mut worst = Exit::Done;
        for parcel in parcels {
            let exit = self.send(parcel).await?;
            if exit == Exit::Interrupted {
                return Ok(exit);
            }
            worst = if worst == Exit::Done { exit } else { worst };
        }
        Ok(worst)
    }

    /// Waits until one of the recipient's resources is known to take files; which one is the engine's choice.
    async fn find_receiver(&mut self, to: BareJid) -> Result<Exit, Stop> {
        let mut seen = None;
        let search = async {
            loop {
                match self.session.next().await? {
                    Next::Interrupted => return Ok(Exit::Interrupted),
                    Next::Told(Event::Contact(contact)) if contact.jid == to => {
                        if contact.resources.iter().any(|resource| resource.takes_files == Some(true)) {
                            return Ok(Exit::Done);
                        }
                        seen = Some(contact);
                    }
                    Next::Told(Event::RosterComplete) if !seen.as_ref().is_some_and(shows_presence) => {
                        return Err(Stop::new(Exit::Unreachable, absent(&to, seen.as_ref())));
                    }
                    Next::Told(_) => {}
                }
            }
        };
        match tokio::time::timeout(PRESENCE, search).await {
            Ok(found) => found,
            // Some programs do not tell what they can do; an offer finds out.
            Err(_) if seen.as_ref().is_some_and(may_take_files) => Ok(Exit::Done),
            Err(_) => Err(Stop::new(Exit::Unreachable, absent(&to, seen.as_ref()))),
        }
    }

    /// Makes one offer of what belongs together and waits for its end.
    async fn send(&mut self, paths: Vec<PathBuf>) -> Result<Exit, Stop> {
        let (to, via) = (self.to.clone(), self.via.clone());
        let first = paths.first().cloned();
        self.session.send(match paths.as_slice() {
            [path] => Command::OfferFile { to, path: path.clone(), description: None, via },
            _ => Command::OfferTogether { to, paths, via },
        });
        let mut ours: Option<TransferId> = None;
        let mut still_until = None;
        loop {
            let Some(next) = next_before(still_until, self.session.next_change()).await else {
                still_until = None;
                self.give_up(ours);
                continue;
            };
            let Some((id, change)) = next? else { return Ok(Exit::Interrupted) };
            match change {
                TransferChange::Offered(offer) if offer.path == first => ours = Some(id),
                TransferChange::Offered(offer) => self.refuse(id, &offer),
                TransferChange::Interrupted(it) if ours == Some(id) && it.waits == Waits::User => {
                    return Ok(Exit::Failed);
                }
                TransferChange::Interrupted(_) if ours == Some(id) => {
                    still_until = still_until.or_else(|| clock::now().instant.checked_add(self.patience));
                }
                TransferChange::Progress(_) if ours == Some(id) => still_until = None,
                TransferChange::Ended(outcome) if ours == Some(id) => return Ok(Verdict::of(&outcome).exit()),
                TransferChange::Ended(_)
                | TransferChange::Answered { .. }
                | TransferChange::Attempt(_)
                | TransferChange::Remark(_)
                | TransferChange::Unplaced(_)
                | TransferChange::Kept(_)
                | TransferChange::Progress(_)
                | TransferChange::Turn { .. }
                | TransferChange::TheirTurn(_)
                | TransferChange::Finishing(_)
                | TransferChange::Interrupted(_) => {}
            }
        }
    }

    /// It has stood still for too long: what is here of it stays for a later run.
    fn give_up(&mut self, ours: Option<TransferId>) {
        let minutes = self.patience.as_secs() / 60;
        self.session.remark(&format!("it stands still, and is waited for no longer (--wait {minutes})"));
        if let Some(transfer) = ours {
            self.session.send(Command::LeaveTransfer { transfer });
        }
    }

    /// Somebody offers a file to a program that is about to leave.
    fn refuse(&mut self, transfer: TransferId, offer: &OfferInfo) {
        if offer.direction == Direction::Receiving {
            self.session.send(Command::DeclineOffer { transfer });
        }
    }
}

/// What comes before a moment, if there is one by which it has to.
async fn next_before<T>(until: Option<Instant>, next: impl Future<Output = T>) -> Option<T> {
    match until {
        Some(until) => tokio::time::timeout_at(until.into(), next).await.ok(),
        None => Some(next.await),
    }
}

/// Whether we are told where somebody is. The roster says so before any presence comes.
fn shows_presence(contact: &Contact) -> bool {
    matches!(contact.subscription, Subscription::To | Subscription::Both)
}

fn may_take_files(contact: &Contact) -> bool {
    contact.resources.iter().any(|resource| resource.takes_files.is_none())
}

/// Why there is nobody to send to.
fn absent(to: &BareJid, seen: Option<&Contact>) -> String {
    match seen {
        None => format!("{to} is not in your contacts, so nobody tells where they are; name {to}/RESOURCE"),
        Some(contact) if !shows_presence(contact) => {
            format!("{to} does not show you where they are; name {to}/RESOURCE, or ask them to")
        }
        Some(contact) if contact.resources.is_empty() => format!("{to} is not online; try again when they are"),
        Some(_) => format!("{to} is online, but with no program that takes files this way; {INSTEAD}"),
    }
}
