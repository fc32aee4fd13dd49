//! `balcony receive`: accepts offers by rule, until told to end.
//!
//! The rules of the configuration come first, unless `--from` says who may send. Where none fits, the rule is the roster:
//! whoever is in it may send. What others offer is declined and told on stderr, so that nobody waits for an answer that
//! never comes; so is what a rule wants to have asked, for nobody is there to be asked, and what is only an address of
//! the web.

use std::path::{Path, PathBuf};

use jid::Jid;

use super::arguments::ReceiveArguments;
use super::exit::{Exit, Stop};
use super::report::Report;
use super::session::Session;
use super::setup::Setup;
use super::verdict::Verdict;
use crate::engine::command::Command;
use crate::engine::context::Recovers;
use crate::engine::event::{OfferInfo, TransferChange, TransferId};
use crate::store::journal::Claim;
use crate::store::paths::free_space;
use crate::store::rules::{Action, Offered, Rule, decide};

/// Receives until interrupted, or one file with `--once`.
pub(super) async fn run(setup: &Setup, wish: ReceiveArguments) -> Result<Exit, Stop> {
    let mut options = setup.headless(wish.account.as_deref(), wish.dir.as_deref(), Claim::Received)?;
    options.engine.priority_for_offers = Some(0);
    options.engine.recovers = Recovers::Received;
    let downloads = options.downloads.clone();
    if downloads.exists() && !downloads.is_dir() {
        return Err(Stop::new(Exit::Usage, format!("{} is no folder", downloads.display())));
    }
    let session = Session::log_in(options, Report::new(wish.json)).await?;
    let mut receiver = Receiver {
        session,
        rules: rules(setup, &wish),
        downloads,
        roster: Roster::new(&wish),
        once: wish.once,
        taken: Vec::new(),
    };
    let result = receiver.receive().await;
    receiver.session.log_out().await;
    result
}

/// The configured rules as far as the command line leaves them in force: who is named there may send whatever they
/// say, and a folder named there is the one.
fn rules(setup: &Setup, wish: &ReceiveArguments) -> Vec<Rule> {
    if !wish.from.is_empty() {
        return Vec::new();
    }
    let in_place = |rule: &Rule| Rule { folder: rule.folder.clone().filter(|_| wish.dir.is_none()), ..rule.clone() };
    setup.config.rules.iter().map(in_place).collect()
}

/// Whether it was accepted in an earlier run: it goes on by itself, and nothing is asked, not even by which methods.
fn is_welcome_already(offer: &OfferInfo) -> bool {
    offer.continues_at.is_some() && offer.methods.is_empty()
}

struct Receiver {
    session: Session,
    rules: Vec<Rule>,
    /// Where files go that no rule puts somewhere else.
    downloads: PathBuf,
    roster: Roster,
    once: bool,
    /// Offers of those who may send, until they end.
    taken: Vec<TransferId>,
}

impl Receiver {
    async fn receive(&mut self) -> Result<Exit, Stop> {
        loop {
            let Some((id, change)) = self.session.next_change().await? else { return Ok(Exit::Interrupted) };
            match change {
                TransferChange::Offered(offer) if is_welcome_already(&offer) => self.taken.push(id),
                TransferChange::Offered(offer) if offer.web.is_some() => self.decline_address(id, &offer),
                TransferChange::Offered(offer) => self.answer(id, &offer)?,
                TransferChange::Ended(outcome) => {
                    let is_taken = self.taken.contains(&id);
                    self.taken.retain(|taken| *taken != id);
                    if self.once && is_taken {
                        self.session.cancel().await?;
                        return Ok(Verdict::of(&outcome).exit());
                    }
                }
                TransferChange::Answered { .. }
                | TransferChange::Attempt(_)
                | TransferChange::Progress(_)
                | TransferChange::Remark(_)
                | TransferChange::Unplaced(_)
                | TransferChange::Kept(_)
                | TransferChange::Turn { .. }
                | TransferChange::TheirTurn(_)
                | TransferChange::Finishing(_)
                | TransferChange::Interrupted(_) => {}
            }
        }
    }

    fn answer(&mut self, transfer: TransferId, offer: &OfferInfo) -> Result<(), Stop> {
        let groups = self.session.groups_of(&offer.peer.to_bare());
        let space = |folder: Option<&Path>| free_space(folder.unwrap_or(&self.downloads));
        let decision = decide(&self.rules, &Offered::new(offer, &groups), &space);
        let Some((number, rule)) = decision.by else {
            self.follow_roster(transfer, offer);
            return Ok(());
        };
        self.session.ruled(transfer, number, rule)?;
        match rule.action {
            Action::Accept => {
                let save_as = rule.folder.as_ref().map(|folder| folder.join(&offer.name));
                self.welcome(transfer, save_as);
            }
            Action::Decline => self.session.send(Command::DeclineOffer { transfer }),
            Action::Ask => {
                self.session.remark(&format!("declined {}: nobody can be asked here", offer.name));
                self.session.send(Command::DeclineOffer { transfer });
            }
        }
        Ok(())
    }

    /// Nobody is here to see the address, so nothing is asked there.
    fn decline_address(&mut self, transfer: TransferId, offer: &OfferInfo) {
        let address = offer.web.as_ref().map(|web| web.address.to_string()).unwrap_or_default();
        let remark = format!("declined {} from {}: nobody is here to look at {address}", offer.name, offer.peer);
        self.session.remark(&remark);
        self.session.send(Command::DeclineOffer { transfer });
    }

    fn follow_roster(&mut self, transfer: TransferId, offer: &OfferInfo) {
        if self.roster.may_send(offer) {
            return self.welcome(transfer, None);
        }
        let remark = format!("declined {} from {}, who may not send; --from lets them", offer.name, offer.peer);
        self.session.remark(&remark);
        self.session.send(Command::DeclineOffer { transfer });
    }

    fn welcome(&mut self, transfer: TransferId, save_as: Option<PathBuf>) {
        self.taken.push(transfer);
        self.session.send(match self.roster.welcome {
            Welcome::Accept => Command::AcceptOffer { transfer, save_as },
            Welcome::Decline => Command::DeclineOffer { transfer },
        });
    }
}

/// Whose offers are taken where no rule fits, and how.
#[derive(Debug)]
struct Roster {
    from: Vec<Jid>,
    welcome: Welcome,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Welcome {
    Accept,
    Decline,
}

impl Roster {
    fn new(wish: &ReceiveArguments) -> Self {
        let welcome = if wish.decline { Welcome::Decline } else { Welcome::Accept };
        Roster { from: wish.from.clone(), welcome }
    }

    fn may_send(&self, offer: &OfferInfo) -> bool {
        let peer = &offer.peer;
        let is_named = |name: &Jid| name == peer || (name.resource().is_none() && *name == peer.to_bare());
        if self.from.is_empty() { offer.is_contact } else { self.from.iter().any(is_named) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::event::{Checksum, Direction};
    use crate::engine::journal::Noted;

    fn may_send(from: &[&str], peer: &str, is_contact: bool) -> bool {
        let from = from.iter().map(|jid| Jid::new(jid).unwrap()).collect();
        let offer = OfferInfo {
            direction: Direction::Receiving,
            peer: Jid::new(peer).unwrap(),
            is_contact,
            is_asked_for: false,
            name: "x".to_owned(),
            offered_name: None,
            size: None,
            mime_type: None,
            description: None,
            date: None,
            checksum: Checksum::None,
            methods: Vec::new(),
            si_multiple: false,
            path: None,
            folder: None,
            web: None,
            continues_at: None,
            noted: Noted::No,
        };
        Roster { from, welcome: Welcome::Accept }.may_send(&offer)
    }

    #[test]
    fn without_names_contacts_may_send() {
        assert!(may_send(&[], "romeo@montague.lit/orchard", true));
        assert!(!may_send(&[], "paris@verona.lit/park", false));
    }

    #[test]
    fn a_bare_name_means_every_resource_and_a_full_one_itself() {
        let romeo = "romeo@montague.lit/orchard";
        assert!(may_send(&["romeo@montague.lit"], romeo, false));
        assert!(may_send(&[romeo], romeo, false));
        assert!(!may_send(&["romeo@montague.lit/tomb"], romeo, false));
    }

    #[test]
    fn with_names_a_contact_who_is_not_named_may_not_send() {
        assert!(!may_send(&["romeo@montague.lit"], "nurse@capulet.lit/x", true));
    }
}
