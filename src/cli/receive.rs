//! `balcony receive`: accepts offers by rule, until told to end.
//!
//! Without `--from` the rule is the roster: whoever is in it may send. What others offer is declined and told on
//! stderr, so that nobody waits for an answer that never comes.

use jid::Jid;

use super::arguments::ReceiveArguments;
use super::exit::{Exit, Stop};
use super::report::Report;
use super::session::Session;
use super::setup::Setup;
use super::verdict::Verdict;
use crate::engine::command::Command;
use crate::engine::event::{OfferInfo, TransferChange, TransferId};
use crate::store::journal::Claim;

/// Not negative: a Telepathy program offers files to nobody who is (and has no way to name a resource). The server may
/// therefore give this program messages too; they are told on stderr.
const PRIORITY: i8 = 0;

/// Receives until interrupted, or one file with `--once`.
pub(super) async fn run(setup: &Setup, wish: ReceiveArguments) -> Result<Exit, Stop> {
    let mut options = setup.headless(wish.account.as_deref(), wish.dir.as_deref(), Claim::Received)?;
    options.engine.priority = PRIORITY;
    let session = Session::log_in(options, Report::new(wish.json)).await?;
    let mut receiver = Receiver { session, rule: Rule::new(&wish), once: wish.once, taken: Vec::new() };
    let result = receiver.receive().await;
    receiver.session.log_out().await;
    result
}

struct Receiver {
    session: Session,
    rule: Rule,
    once: bool,
    /// Offers that the rule is about, until they end.
    taken: Vec<TransferId>,
}

impl Receiver {
    async fn receive(&mut self) -> Result<Exit, Stop> {
        loop {
            let Some((id, change)) = self.session.next_change().await? else { return Ok(Exit::Interrupted) };
            match change {
                TransferChange::Offered(offer) => self.answer(id, &offer),
                TransferChange::Ended(outcome) => {
                    let is_taken = self.taken.contains(&id);
                    self.taken.retain(|taken| *taken != id);
                    if self.once && is_taken {
                        self.session.cancel().await?;
                        return Ok(Verdict::of(&outcome).exit());
                    }
                }
                TransferChange::Answered { .. } | TransferChange::Attempt(_) | TransferChange::Progress(_) => {}
            }
        }
    }

    fn answer(&mut self, transfer: TransferId, offer: &OfferInfo) {
        match self.rule.judge(offer) {
            Judgement::Accept => {
                self.taken.push(transfer);
                self.session.send(Command::AcceptOffer { transfer, save_as: None });
            }
            Judgement::Decline => {
                self.taken.push(transfer);
                self.session.send(Command::DeclineOffer { transfer });
            }
            Judgement::Stranger => {
                let remark = format!("declined {} from {}, who may not send; --from lets them", offer.name, offer.peer);
                self.session.remark(&remark);
                self.session.send(Command::DeclineOffer { transfer });
            }
        }
    }
}

/// Whose offers are taken, and how.
#[derive(Debug)]
struct Rule {
    from: Vec<Jid>,
    welcome: Judgement,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Judgement {
    Accept,
    Decline,
    /// Not one of those who may send.
    Stranger,
}

impl Rule {
    fn new(wish: &ReceiveArguments) -> Self {
        let welcome = if wish.decline { Judgement::Decline } else { Judgement::Accept };
        Rule { from: wish.from.clone(), welcome }
    }

    fn judge(&self, offer: &OfferInfo) -> Judgement {
        let peer = &offer.peer;
        let is_named = |name: &Jid| name == peer || (name.resource().is_none() && *name == peer.to_bare());
        let may_send = if self.from.is_empty() { offer.is_contact } else { self.from.iter().any(is_named) };
        if may_send { self.welcome } else { Judgement::Stranger }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::event::Direction;

    fn judge(from: &[&str], peer: &str, is_contact: bool) -> Judgement {
        let from = from.iter().map(|jid| Jid::new(jid).unwrap()).collect();
        let offer = OfferInfo {
            direction: Direction::Receiving,
            peer: Jid::new(peer).unwrap(),
            is_contact,
            name: "x".to_owned(),
            offered_name: None,
            size: None,
            mime_type: None,
            description: None,
            date: None,
            hash: None,
            methods: Vec::new(),
            si_multiple: false,
            path: None,
            folder: None,
        };
        Rule { from, welcome: Judgement::Accept }.judge(&offer)
    }

    #[test]
    fn without_names_contacts_may_send() {
        assert_eq!(judge(&[], "romeo@montague.lit/orchard", true), Judgement::Accept);
        assert_eq!(judge(&[], "paris@verona.lit/park", false), Judgement::Stranger);
    }

    #[test]
    fn a_bare_name_means_every_resource_and_a_full_one_itself() {
        let romeo = "romeo@montague.lit/orchard";
        assert_eq!(judge(&["romeo@montague.lit"], romeo, false), Judgement::Accept);
        assert_eq!(judge(&[romeo], romeo, false), Judgement::Accept);
        assert_eq!(judge(&["romeo@montague.lit/tomb"], romeo, false), Judgement::Stranger);
    }

    #[test]
    fn with_names_a_contact_who_is_not_named_may_not_send() {
        assert_eq!(judge(&["romeo@montague.lit"], "nurse@capulet.lit/x", true), Judgement::Stranger);
    }
}
