//! What the user is told of a stream that sends: the size and number of its blocks, and who holds it up.
//!
//! A [throttle](super::throttle) shows on the whole way only. Which server it is, a ping to our own one finds out: if that
//! waits as well, it is ours, or the line to it; if not, it is somewhere behind.

use std::time::{Duration, Instant};

use jid::{BareJid, Jid};
use minidom::Element;

use crate::engine::amount;
use crate::engine::context::Context;
use crate::engine::event::TransferChange;
use crate::engine::iq::IqToken;
use crate::engine::transfer::attempt::AttemptId;
use crate::engine::transfer::method::{Line, Scope};
use crate::xep::ns;

/// No eye needs it more often.
pub(super) const PACE: Duration = Duration::from_secs(1);

/// A server that throttles answers late, but it answers.
const PING_PATIENCE: Duration = Duration::from_secs(20);

/// A server that lets us through at once answers sooner than this, from wherever it is.
const SOON: Duration = Duration::from_millis(50);

/// What was told, and what is being found out.
#[derive(Debug)]
pub(super) struct Telling {
    attempt: AttemptId,
    told: String,
    told_at: Instant,
    suspicion: Suspicion,
}

/// Whether somebody throttles.
#[derive(Debug)]
enum Suspicion {
    /// Nobody does.
    None,
    /// Our server was asked. If it does not throttle, the answer is there by `late`.
    Asked { token: IqToken, late: Instant },
    /// This one.
    Told(String),
}

impl Telling {
    /// Tells that the stream is open.
    pub(super) fn begin(attempt: AttemptId, line: &Line, scope: &mut Scope) -> Self {
        let told = detail(line, None, scope);
        let told_at = scope.cx.now().instant;
        scope.record.activate(attempt, Some(told.clone()), scope.cx);
        Telling { attempt, told, told_at, suspicion: Suspicion::None }
    }

    /// Tells what has changed, but not too often.
    pub(super) fn update(&mut self, line: &Line, scope: &mut Scope) {
        let now = scope.cx.now().instant;
        if now < self.told_at + PACE {
            return;
        }
        self.told_at = now;
        self.suspect(line, scope);
        let throttle = match &self.suspicion {
            Suspicion::Told(who) => scope.shared.ibb.budget.throttled_to(&line.peer).map(|rate| sentence(who, rate)),
            Suspicion::None | Suspicion::Asked { .. } => None,
        };
        let detail = detail(line, throttle.as_deref(), scope);
        if detail != self.told {
            scope.record.activate(self.attempt, Some(detail.clone()), scope.cx);
            self.told = detail;
        }
    }

    /// Whether that is the question whether our server throttles.
    pub(super) fn asked(&self, token: IqToken) -> bool {
        matches!(self.suspicion, Suspicion::Asked { token: mine, .. } if mine == token)
    }

    /// Our server's answer. What it says does not matter, only when.
    pub(super) fn answered(&mut self, line: &Line, scope: &mut Scope) {
        let Suspicion::Asked { late, .. } = self.suspicion else { return };
        let is_ours = scope.cx.now().instant > late;
        let who = if is_ours { line.me.domain().to_string() } else { format!("{}'s side", line.peer_name()) };
        if let Some(rate) = scope.shared.ibb.budget.throttled_to(&line.peer) {
            scope.record.tell(TransferChange::Remark(sentence(&who, rate)), scope.cx);
        }
        self.suspicion = Suspicion::Told(who);
        self.told_at -= PACE;
        self.update(line, scope);
    }

    /// Nothing is to be found out any more.
    pub(super) fn end(self, cx: &mut Context) {
        if let Suspicion::Asked { token, .. } = self.suspicion {
            cx.forget(token);
        }
    }

    fn suspect(&mut self, line: &Line, scope: &mut Scope) {
        let budget = &mut scope.shared.ibb.budget;
        match (&self.suspicion, budget.throttled_to(&line.peer)) {
            (Suspicion::None, Some(_)) => {
                let late = scope.cx.now().instant + budget.quickest(&line.peer) + SOON;
                let server = Jid::from(BareJid::from_parts(None, line.me.domain()));
                let token = scope.cx.get(Some(server), Element::bare("ping", ns::PING), PING_PATIENCE);
                self.suspicion = Suspicion::Asked { token, late };
            }
            (Suspicion::Told(_), None) => self.suspicion = Suspicion::None,
            (Suspicion::None | Suspicion::Asked { .. } | Suspicion::Told(_), _) => {}
        }
    }
}

/// `montague.lit lets 9.8 KiB/s through`.
fn sentence(who: &str, rate: u64) -> String {
    format!("{who} lets {} through", amount::rate(rate))
}

/// `block 4096, 3 in flight`, and who throttles.
fn detail(line: &Line, throttle: Option<&str>, scope: &Scope) -> String {
    let share = scope.shared.ibb.budget.share(&line.peer);
    let blocks = format!("block {}, {} in flight", share.block, share.blocks());
    throttle.map_or_else(|| blocks.clone(), |throttle| format!("{blocks}; {throttle}"))
}
