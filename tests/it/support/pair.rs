//! Romeo, who sends, and Juliet, who receives: two engines in one world, and what their users do and see.

use std::path::{Path, PathBuf};
use std::time::Duration;

use balcony::engine::command::{Command, KeepPartial, TransferId, Via};
use balcony::engine::context::{Recovers, Settings};
use balcony::engine::event::{Attempt, AttemptState, Event, OfferInfo, Outcome, TransferChange};
use jid::{BareJid, Jid};

use super::network::{Who, World};
use super::server::Proxy;

/// Who sends.
pub(crate) const ROMEO: Who = 0;

/// Who receives.
pub(crate) const JULIET: Who = 1;

/// Where Romeo's file lies.
pub(crate) const SONNET: &str = "/home/romeo/sonnet.pdf";

/// Longer than any transfer may take that nobody decides on.
pub(crate) const LONG: Duration = Duration::from_secs(2000);

/// By every method some bytes have passed so long after an acceptance, and in-band not half a megabyte.
pub(crate) const UNDER_WAY: Duration = Duration::from_millis(450);

/// The two and their world.
pub(crate) struct Pair {
    pub(crate) world: World,
}

impl Pair {
    /// Both online, in a world without faults.
    pub(crate) fn new() -> Self {
        Self::with(|_| {}, |_| {})
    }

    /// Both online, and what breaks is not gone on with.
    pub(crate) fn frail() -> Self {
        Self::with(|romeo| romeo.recovers = Recovers::None, |juliet| juliet.recovers = Recovers::None)
    }

    /// Both online, set up as told.
    pub(crate) fn with(romeo: impl FnOnce(&mut Settings), juliet: impl FnOnce(&mut Settings)) -> Self {
        Self::in_world(World::new(), romeo, juliet)
    }

    /// Both online in that world.
    pub(crate) fn in_world(
        mut world: World,
        romeo: impl FnOnce(&mut Settings),
        juliet: impl FnOnce(&mut Settings),
    ) -> Self {
        let mut settings = Settings::new(BareJid::new("romeo@montague.lit").unwrap());
        romeo(&mut settings);
        world.join("romeo@montague.lit/orchard", "192.0.2.1", settings);
        let mut settings = Settings::new(BareJid::new("juliet@capulet.lit").unwrap());
        juliet(&mut settings);
        world.join("juliet@capulet.lit/balcony", "192.0.2.2", settings);
        world.log_in(ROMEO, false);
        world.log_in(JULIET, false);
        world.pass(Duration::from_secs(1));
        Pair { world }
    }

    /// There is a proxy now, and Romeo's session is new, so that he finds it.
    pub(crate) fn add_proxy(&mut self, proxy: Proxy) {
        self.world.proxy = Some(proxy);
        self.world.log_in(ROMEO, false);
        self.pass(Duration::from_secs(1));
    }

    /// Somebody's session is lost, and resumed some seconds later.
    pub(crate) fn interrupt(&mut self, who: Who) {
        self.world.lose_session(who);
        self.pass(Duration::from_secs(2));
        self.world.log_in(who, true);
    }

    /// Romeo offers so many bytes.
    pub(crate) fn offer(&mut self, size: usize) {
        self.offer_via(size, &[]);
    }

    /// Romeo offers so many bytes, by these methods alone.
    pub(crate) fn offer_via(&mut self, size: usize, via: &[Via]) {
        self.world.nodes[ROMEO].disk.insert(SONNET.into(), content(size));
        let to = Jid::new("juliet@capulet.lit").unwrap();
        self.offer_to(to, via);
        self.pass(Duration::from_secs(1));
    }

    /// Romeo offers his file to that address.
    pub(crate) fn offer_to(&mut self, to: Jid, via: &[Via]) {
        let command = Command::OfferFile { to, path: SONNET.into(), description: None, via: via.to_vec() };
        self.world.command(ROMEO, command);
    }

    /// Juliet takes every offer that she has.
    pub(crate) fn accept(&mut self) {
        for transfer in self.undecided() {
            self.world.command(JULIET, Command::AcceptOffer { transfer, save_as: None });
        }
    }

    /// The same by her own hand, not by a rule.
    pub(crate) fn accept_by_hand(&mut self) {
        for transfer in self.undecided() {
            self.world.command(JULIET, Command::AcceptByHand { transfer, save_as: None });
        }
    }

    /// Juliet declines every offer that she has.
    pub(crate) fn decline(&mut self) {
        for transfer in self.undecided() {
            self.world.command(JULIET, Command::DeclineOffer { transfer });
        }
    }

    pub(crate) fn undecided(&self) -> Vec<TransferId> {
        let answered = |id: TransferId| {
            let is_still_offered = |change| matches!(change, TransferChange::Offered(_) | TransferChange::Unplaced(_));
            !self.changes(JULIET, id).into_iter().all(is_still_offered)
        };
        self.transfers(JULIET).into_iter().filter(|id| !answered(*id)).collect()
    }

    /// Somebody stops their transfer.
    pub(crate) fn cancel(&mut self, who: Who, partial: KeepPartial) {
        for transfer in self.transfers(who) {
            self.world.command(who, Command::CancelTransfer { transfer, partial });
        }
    }

    /// Time passes.
    pub(crate) fn pass(&mut self, time: Duration) {
        self.world.pass(time);
    }

    /// Time passes and Juliet takes whatever is offered, until everything is over.
    pub(crate) fn finish(&mut self) {
        for _ in 0..4 {
            self.accept();
            self.pass(LONG / 4);
        }
    }

    /// Every transfer that somebody was told of.
    pub(crate) fn transfers(&self, who: Who) -> Vec<TransferId> {
        let mut ids = Vec::new();
        for event in &self.world.nodes[who].events {
            if let Event::Transfer { id, .. } = event
                && !ids.contains(id)
            {
                ids.push(*id);
            }
        }
        ids
    }

    /// What somebody was told about one transfer.
    pub(crate) fn changes(&self, who: Who, transfer: TransferId) -> Vec<TransferChange> {
        let events = self.world.nodes[who].events.iter();
        let about = |event: &Event| match event {
            Event::Transfer { id, change } if *id == transfer => Some(change.clone()),
            _ => None,
        };
        events.filter_map(about).collect()
    }

    /// What somebody was told about their first transfer.
    pub(crate) fn first(&self, who: Who) -> Vec<TransferChange> {
        self.transfers(who).first().map(|id| self.changes(who, *id)).unwrap_or_default()
    }

    /// How somebody's transfers ended.
    pub(crate) fn outcomes(&self, who: Who) -> Vec<Outcome> {
        let ended = |change: TransferChange| match change {
            TransferChange::Ended(outcome) => Some(outcome),
            _ => None,
        };
        self.transfers(who).into_iter().flat_map(|id| self.changes(who, id)).filter_map(ended).collect()
    }

    /// How somebody's only transfer ended.
    #[track_caller]
    pub(crate) fn outcome(&self, who: Who) -> Outcome {
        let outcomes = self.outcomes(who);
        assert_eq!(outcomes.len(), 1, "{:#?}", self.world.nodes[who].events);
        outcomes[0].clone()
    }

    /// What somebody's first transfer was offered as.
    pub(crate) fn info(&self, who: Who) -> OfferInfo {
        let offered = |change| match change {
            TransferChange::Offered(info) => Some(*info),
            _ => None,
        };
        self.first(who).into_iter().filter_map(offered).next_back().unwrap()
    }

    /// The last state of each attempt, as one line each.
    pub(crate) fn attempts(&self, who: Who) -> Vec<String> {
        let mut attempts: Vec<Attempt> = Vec::new();
        for change in self.first(who) {
            if let TransferChange::Attempt(attempt) = change {
                match attempts.get_mut(attempt.index) {
                    Some(known) => *known = attempt,
                    None => attempts.push(attempt),
                }
            }
        }
        attempts.iter().map(describe).collect()
    }

    /// The file that somebody received.
    pub(crate) fn received(&self) -> Option<&Vec<u8>> {
        self.world.nodes[JULIET].disk.get(Path::new("/downloads/sonnet.pdf"))
    }

    /// Every path on Juliet's disk.
    pub(crate) fn disk(&self) -> Vec<PathBuf> {
        self.world.nodes[JULIET].disk.keys().cloned().collect()
    }

    /// What Juliet was told to stay of what did not arrive.
    pub(crate) fn kept(&self) -> Vec<PathBuf> {
        let told = self.world.nodes[JULIET].events.iter();
        let kept = told.filter_map(|event| match event {
            Event::Transfer { change: TransferChange::Kept(path), .. } => Some(path.clone()),
            _ => None,
        });
        kept.collect()
    }

    /// Both say that the file is there, and it is, by that method.
    #[track_caller]
    pub(crate) fn assert_arrived(&self, size: usize, expected: Via) {
        for who in [ROMEO, JULIET] {
            match self.outcomes(who).last() {
                Some(Outcome::Completed { via, bytes, .. }) if *via == expected && *bytes == size as u64 => {}
                other => panic!("{who}: {other:#?}\n{:#?}", self.world.nodes[who].events),
            }
        }
        assert_eq!(self.received(), Some(&content(size)));
        self.assert_tidy();
    }

    /// Nothing is left open, and nothing lies about that nobody was told of.
    #[track_caller]
    pub(crate) fn assert_tidy(&self) {
        for who in [ROMEO, JULIET] {
            let node = &self.world.nodes[who];
            assert_eq!(self.world.open_sockets(who), 0, "{who} has open sockets");
            assert_eq!(node.open_files(), 0, "{who} has open files");
            assert!(!node.listens(), "{who} still listens");
        }
        if self.outcomes(JULIET).len() == self.transfers(JULIET).len() {
            let parts = self.disk().into_iter().filter(|path| path.extension().is_some_and(|it| it == "part"));
            assert_eq!(parts.collect::<Vec<_>>(), self.kept(), "what stays is told");
        }
    }
}

fn describe(attempt: &Attempt) -> String {
    let host = attempt.streamhost.as_ref().map(|host| format!(" {host}")).unwrap_or_default();
    let state = match &attempt.state {
        AttemptState::Trying { doing, .. } => format!("… {doing}"),
        AttemptState::Failed { reason } => format!("✗ {reason}"),
        AttemptState::Active { detail } => format!("▶ {}", detail.clone().unwrap_or_default()),
    };
    format!("{}{host} {state}", attempt.via.word())
}

/// So many bytes, no two blocks of them alike.
pub(crate) fn content(size: usize) -> Vec<u8> {
    (0..size).map(|i| u8::try_from((i * 31 + i / 4096 * 7) % 251).unwrap()).collect()
}
