//! The target's way to one connection: every streamhost a little after the last (RFC 8305), and the first whose
//! handshake is done wins.
//!
//! TCP connections and greetings run beside each other; they do not say which stream they are for. The request that
//! does is out at one connection of a host at a time: a host that is asked twice, at two of its addresses, may well
//! send through the one and we listen to the other. Who is asked and stays silent while another waits is left behind.
//! A host that fails makes room for the next at once, and a proxy is given a later start than the requester itself,
//! whose way is the shorter one. Everything happens within one span of time.
//!
//! Where a place may be [inside](premises) our own house, how soon it fails is nobody's business: its failure makes no
//! room for anybody, and its time passes as if it were still silent. So the next streamhost is dialled, and the list
//! refused, at the moment at which it would have been anyway.
//!
//! Towards those who cannot bear it ([`manners`](super::manners)) the same race has one runner at a time, each with its
//! share of the time that is left.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use jid::Jid;

use super::dial::{Dial, Dialled};
use super::handshake::Address;
use super::manners::Manner;
use super::streamhosts;
use crate::engine::command::Via;
use crate::engine::premises;
use crate::engine::transfer::attempt::AttemptId;
use crate::engine::transfer::method::Scope;
use crate::engine::transfer::socket_of;
use crate::engine::{NamedBy, SocketEvent, SocketId};
use crate::xep::bytestreams::StreamHost;

/// The head start of one streamhost before the next, if there are few: most ways through the internet are shorter.
const STAGGER: Duration = Duration::from_millis(200);

/// The head start if there are many; less would be a flood (RFC 8305 §5).
const SHORTEST_STAGGER: Duration = Duration::from_millis(100);

/// By then the last of eight has begun, with time for its handshake before a second is over.
const ALL_BEGUN: Duration = Duration::from_millis(750);

/// What the requester itself gets before a proxy joins in: a handshake of three round trips far away.
const DIRECT_HEAD_START: Duration = Duration::from_millis(400);

/// One that has been asked answers in a round trip; another address of the same host waits no longer than this.
const HEARING: Duration = Duration::from_millis(500);

/// The streamhosts, as far as they have come.
pub(super) struct Race {
    manner: Manner,
    requester: Jid,
    address: Address,
    stagger: Duration,
    left: VecDeque<StreamHost>,
    has_turned_away: bool,
    runners: Vec<Runner>,
    began: Instant,
    next: Instant,
    until: Instant,
}

/// One streamhost on its way.
struct Runner {
    host: StreamHost,
    dial: Dial,
    attempt: AttemptId,
    stage: Stage,
    is_sheltered: bool,
    until: Instant,
}

/// How far it has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// To be connected, or greeted back.
    Arriving,
    /// To be asked, once no other connection to the same host is.
    Waiting,
    /// For its answer.
    Asked,
    /// For its time to pass: it failed, and nobody shall learn how soon.
    Spent,
}

/// How a race ended.
pub(super) enum Finish {
    /// A streamhost took us; these bytes came behind its handshake.
    Won { host: StreamHost, attempt: AttemptId, socket: SocketId, behind: Vec<u8> },
    /// None did.
    Lost,
}

impl Race {
    /// One that has not begun: [`Race::go_on`] begins it.
    pub(super) fn new(
        hosts: Vec<StreamHost>,
        requester: Jid,
        address: Address,
        manner: Manner,
        budget: Duration,
        scope: &Scope,
    ) -> Self {
        let (began, until) = (scope.cx.now().instant, scope.after(budget));
        let stagger = stagger(hosts.len());
        let left = hosts.into();
        let (has_turned_away, runners) = (false, Vec::new());
        Race { manner, requester, address, stagger, left, has_turned_away, runners, began, next: began, until }
    }

    /// Whether that socket belongs to it.
    pub(super) fn owns(&self, socket: SocketId) -> bool {
        self.runners.iter().any(|runner| runner.dial.owns(socket))
    }

    /// When [`Race::timeout`] wants to be called.
    pub(super) fn deadline(&self) -> Instant {
        let next = self.is_joined_by_more().then_some(self.next);
        self.runners.iter().map(|runner| runner.until).chain(next).min().unwrap_or(self.until)
    }

    /// Whether others begin while somebody runs.
    fn is_joined_by_more(&self) -> bool {
        self.manner == Manner::Race && !self.left.is_empty()
    }

    /// Begins what is due; the verdict, if nothing is left.
    pub(super) fn go_on(&mut self, scope: &mut Scope) -> Option<Finish> {
        while self.runners.is_empty() || (self.is_joined_by_more() && self.next <= scope.cx.now().instant) {
            let Some(host) = self.left.pop_front() else { return Some(Finish::Lost) };
            let now = scope.cx.now().instant;
            if !scope.shared.socks5.errands.admit(&self.requester.to_bare(), &host, now) {
                self.turn_away(&host, scope);
                continue;
            }
            self.begin(host, scope);
            self.next = self.earliest(scope.after(self.stagger));
        }
        None
    }

    /// Where the limit of their places is reached, none of the others has to be told as well.
    fn turn_away(&mut self, host: &StreamHost, scope: &mut Scope) {
        if !std::mem::replace(&mut self.has_turned_away, true) {
            let via = streamhosts::via(host, &self.requester);
            let attempt =
                scope.record.begin(via, Some(streamhosts::title(host)), "connecting", Duration::ZERO, scope.cx);
            scope.record.fail(attempt, "not tried: too many of their places failed within a minute", scope.cx);
        }
    }

    fn begin(&mut self, host: StreamHost, scope: &mut Scope) {
        let via = streamhosts::via(&host, &self.requester);
        let share = self.share(scope);
        let attempt = scope.record.begin(via, Some(streamhosts::title(&host)), "connecting", share, scope.cx);
        let local = scope.cx.local().map(|address| address.ip());
        let is_sheltered = premises::is_sheltered(&host.host, local);
        let named_by = NamedBy::Others { local };
        let dial = Dial::begin(&host, named_by, self.address.clone(), &mut scope.shared.socks5, scope.cx);
        let until = scope.after(share);
        self.runners.push(Runner { host, dial, attempt, stage: Stage::Arriving, is_sheltered, until });
    }

    /// An equal part of the time that is left for each who waits for the others; all of it for those who do not.
    fn share(&self, scope: &Scope) -> Duration {
        let turns = match self.manner {
            Manner::Race => 1,
            Manner::OneAtATime => u32::try_from(self.left.len()).unwrap_or(u32::MAX).saturating_add(1),
        };
        self.until.saturating_duration_since(scope.cx.now().instant) / turns
    }

    /// A proxy does not begin too soon while the requester itself may still be reached.
    fn earliest(&self, wanted: Instant) -> Instant {
        let is_direct = |host: &StreamHost| streamhosts::via(host, &self.requester) == Via::Socks5Direct;
        let overtakes = self.left.front().is_some_and(|next| !is_direct(next))
            && self.runners.iter().any(|runner| is_direct(&runner.host));
        if overtakes { wanted.max(self.began + DIRECT_HEAD_START) } else { wanted }
    }

    /// Something happened to one of its sockets.
    pub(super) fn socket(&mut self, event: SocketEvent, scope: &mut Scope) -> Option<Finish> {
        let socket = socket_of(&event)?;
        let index = self.runners.iter().position(|runner| runner.dial.owns(socket))?;
        let dialled = self.runners.get_mut(index)?.dial.socket(event, scope.cx);
        self.dialled(index, dialled, scope)
    }

    fn dialled(&mut self, index: usize, dialled: Dialled, scope: &mut Scope) -> Option<Finish> {
        match dialled {
            Dialled::Waiting => None,
            Dialled::Connected => {
                self.connected(index, scope);
                None
            }
            Dialled::Greeted => self.greeted(index, scope),
            Dialled::Done(socket, behind) => Some(self.win(index, socket, behind, scope)),
            Dialled::Failed(reason) if self.runners.get(index)?.is_sheltered => {
                let runner = self.runners.get_mut(index)?;
                runner.stage = Stage::Spent;
                scope.record.fail(runner.attempt, reason, scope.cx);
                self.hear_more(scope)
            }
            Dialled::Failed(reason) => self.failed(index, reason, scope),
            Dialled::NotTried(reason) => self.failed(index, reason.to_owned(), scope),
        }
    }

    fn failed(&mut self, index: usize, reason: String, scope: &mut Scope) -> Option<Finish> {
        let runner = self.runners.remove(index);
        scope.record.fail(runner.attempt, reason, scope.cx);
        self.next = self.earliest(scope.cx.now().instant);
        self.hear_more(scope).or_else(|| self.go_on(scope))
    }

    /// That something listens inside our house has no consequence either; that it speaks SOCKS5 has.
    fn connected(&mut self, index: usize, scope: &mut Scope) {
        let Some(runner) = self.runners.get(index) else { return };
        if runner.is_sheltered {
            let left = runner.until.saturating_duration_since(scope.cx.now().instant);
            scope.record.go_on(runner.attempt, "shaking hands", left, scope.cx);
        } else {
            self.keep_to(index, scope);
        }
    }

    /// The frail requester's other addresses have the same listener behind them, and what they leave of the time is
    /// shared anew.
    fn keep_to(&mut self, index: usize, scope: &mut Scope) {
        let Some(host) = self.runners.get(index).map(|runner| &runner.host) else { return };
        if self.manner == Manner::OneAtATime && streamhosts::is_of(host, &self.requester) {
            self.left.retain(|other| !streamhosts::is_of(other, &self.requester));
        }
        let share = self.share(scope);
        if let Some(runner) = self.runners.get_mut(index) {
            runner.until = scope.after(share);
            scope.record.go_on(runner.attempt, "shaking hands", share, scope.cx);
        }
    }

    fn greeted(&mut self, index: usize, scope: &mut Scope) -> Option<Finish> {
        let runner = self.runners.get_mut(index)?;
        runner.stage = Stage::Waiting;
        if runner.is_sheltered {
            self.keep_to(index, scope);
        }
        self.hear_more(scope)
    }

    /// Asks everybody who waits and whose host is not being asked; who is, and has others waiting, gets a last term.
    fn hear_more(&mut self, scope: &mut Scope) -> Option<Finish> {
        while let Some(index) = self.runners.iter().position(|runner| self.is_free_to_ask(runner)) {
            let runner = self.runners.get_mut(index)?;
            runner.stage = Stage::Asked;
            let dialled = runner.dial.ask(scope.cx);
            if let Some(finish) = self.dialled(index, dialled, scope) {
                return Some(finish);
            }
        }
        let term = scope.after(HEARING);
        let awaited: Vec<Jid> =
            self.runners.iter().filter(|it| it.stage == Stage::Waiting).map(|it| it.host.jid.clone()).collect();
        for runner in &mut self.runners {
            if runner.stage == Stage::Asked && awaited.contains(&runner.host.jid) {
                runner.until = runner.until.min(term);
            }
        }
        None
    }

    fn is_free_to_ask(&self, runner: &Runner) -> bool {
        let is_asked = |other: &Runner| other.stage == Stage::Asked && other.host.jid == runner.host.jid;
        runner.stage == Stage::Waiting && !self.runners.iter().any(is_asked)
    }

    fn win(&mut self, index: usize, socket: SocketId, behind: Vec<u8>, scope: &mut Scope) -> Finish {
        let Runner { host, attempt, .. } = self.runners.remove(index);
        scope.shared.socks5.errands.pay_back(&self.requester.to_bare(), &host);
        self.close("another was faster", scope);
        Finish::Won { host, attempt, socket, behind }
    }

    fn send_home(&mut self, index: usize, reason: &str, scope: &mut Scope) {
        let runner = self.runners.remove(index);
        if runner.stage != Stage::Spent {
            runner.dial.close(scope.cx);
            scope.record.fail(runner.attempt, reason, scope.cx);
        }
    }

    /// The deadline was reached.
    pub(super) fn timeout(&mut self, scope: &mut Scope) -> Option<Finish> {
        let now = scope.cx.now().instant;
        while let Some(late) = self.runners.iter().position(|runner| runner.until <= now) {
            self.send_home(late, "no answer", scope);
        }
        if self.until <= now {
            return Some(Finish::Lost);
        }
        self.hear_more(scope).or_else(|| self.go_on(scope))
    }

    /// Everybody who still runs is sent home, for that reason.
    pub(super) fn close(&mut self, reason: &str, scope: &mut Scope) {
        while !self.runners.is_empty() {
            self.send_home(0, reason, scope);
        }
    }
}

/// The head start of each of so many.
fn stagger(hosts: usize) -> Duration {
    let gaps = u32::try_from(hosts.saturating_sub(1)).unwrap_or(u32::MAX).max(1);
    (ALL_BEGUN / gaps).clamp(SHORTEST_STAGGER, STAGGER)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_have_a_long_head_start_and_many_begin_within_a_second_all_the_same() {
        assert_eq!(stagger(0), STAGGER);
        assert_eq!(stagger(2), STAGGER);
        assert!(stagger(8) * 7 <= ALL_BEGUN);
        assert_eq!(stagger(1000), SHORTEST_STAGGER);
    }
}
