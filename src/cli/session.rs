//! A session with the server as `send` and `receive` use it: logged in, watched, reported, and left in good order.

use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::time::Duration;

use jid::{BareJid, FullJid};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::mpsc::UnboundedReceiver;

use super::exit::{Exit, Stop};
use super::report::Report;
use crate::client::{self, Handle, Options, clock};
use crate::engine::command::{Command, Via};
use crate::engine::event::{
    Attempt, AttemptState, Author, ChatMessage, Event, Failure, Interruption, Outcome, SessionEvent, Side, StopReason,
    TransferChange, TransferId, Waits,
};
use crate::store::rules::Rule;

/// How long cancelled transfers get to tell the other side; a round trip by satellite, and patience's end.
const FAREWELL: Duration = Duration::from_secs(5);

/// How long the session outlives a transfer that was cancelled. A Telepathy program that hears that the sender is gone
/// while it still reads what came by a direct connection crashes.
const AFTER_CANCELLING: Duration = Duration::from_millis(500);

/// How long the session outlives a file that was sent through a proxy. How much of it the other side has read nobody
/// tells, and a Telepathy program that hears that the sender is gone reads no more. Long enough for a megabyte on a slow
/// line, which is about what may be on its way.
const AFTER_PROXY: Duration = Duration::from_secs(3);

/// Longer than every deadline of a login, so that those tell what is wrong and this is only the last resort.
const LOGIN: Duration = Duration::from_mins(1);

/// How long to wait for the roster after the login. A server that has none to give is no reason not to go on.
const ROSTER: Duration = Duration::from_secs(10);

/// A client, its events, and the signals that end it.
pub(super) struct Session {
    handle: Handle,
    events: UnboundedReceiver<Event>,
    /// What was told before the session was ready.
    early: VecDeque<Event>,
    signals: Signals,
    report: Report,
    /// We are stopping what runs.
    is_leaving: bool,
    /// With the way by which each moved last.
    running: BTreeMap<TransferId, Via>,
    groups: BTreeMap<BareJid, Vec<String>>,
    /// How long to stay after the last transfer.
    parting: Duration,
}

/// What happened next.
#[derive(Debug)]
pub(super) enum Next {
    /// The client told something; it is reported already.
    Told(Event),
    /// Somebody wants the process to end.
    Interrupted,
}

impl Session {
    /// Connects, and waits until logged in or until it is clear that this does not work.
    pub(super) async fn log_in(options: Options, report: Report) -> Result<Self, Stop> {
        let account = options.account.clone();
        let signals = Signals::new().map_err(|why| Stop::new(Exit::Failed, why.to_string()))?;
        let (handle, events) = client::start(options);
        let mut session = Session {
            handle,
            events,
            early: VecDeque::new(),
            signals,
            report,
            is_leaving: false,
            running: BTreeMap::new(),
            groups: BTreeMap::new(),
            parting: Duration::ZERO,
        };
        session.send(Command::Connect);
        let no_session = |why: &str| {
            Stop::new(Exit::Login, format!("could not log in as {} ({}): {why}", account.jid, account.name))
        };
        match tokio::time::timeout(LOGIN, session.ready()).await {
            Ok(Ok(())) => Ok(session),
            Ok(Err(stop)) if stop.exit == Exit::Login => Err(no_session(&stop.why)),
            Ok(Err(stop)) => Err(stop),
            Err(_) => Err(no_session("no answer within a minute; is it the right server?")),
        }
    }

    /// Ready means logged in and knowing who is a contact: an offer that comes sooner waits until then.
    async fn ready(&mut self) -> Result<(), Stop> {
        let mut early = VecDeque::new();
        let jid = loop {
            let event = self.wait().await?;
            let Event::Session(change) = event else {
                early.push_back(event);
                continue;
            };
            if let Some(jid) = logged_in(change)? {
                break jid;
            }
        };
        let roster = async {
            while !matches!(early.back(), Some(Event::RosterComplete)) {
                early.push_back(self.wait().await?);
            }
            Ok(())
        };
        tokio::time::timeout(ROSTER, roster).await.unwrap_or(Ok(()))?;
        self.early = early;
        self.report.online(&jid).map_err(|why| unwritable(&why))
    }

    async fn wait(&mut self) -> Result<Event, Stop> {
        let interrupted = || Stop::new(Exit::Interrupted, "interrupted before the login");
        let next = self.receive().await?;
        next.ok_or_else(interrupted)
    }

    /// What the client tells next; nothing, if a signal comes first.
    async fn receive(&mut self) -> Result<Option<Event>, Stop> {
        tokio::select! {
            event = self.events.recv() => {
                event.map(Some).ok_or_else(|| Stop::new(Exit::Login, "the session is over"))
            }
            () = self.signals.received() => Ok(None),
        }
    }

    /// Tells the client what to do.
    pub(super) fn send(&self, command: Command) {
        self.handle.send(command);
    }

    /// Writes a remark for the user to stderr.
    pub(super) fn remark(&mut self, remark: &str) {
        self.report.remark(remark);
    }

    /// Tells that a rule decides about an offer.
    pub(super) fn ruled(&mut self, id: TransferId, number: usize, rule: &Rule) -> Result<(), Stop> {
        self.report.ruled(id, number, rule).map_err(|why| unwritable(&why))
    }

    /// In which groups of the roster somebody is.
    pub(super) fn groups_of(&self, who: &BareJid) -> Vec<String> {
        self.groups.get(who).cloned().unwrap_or_default()
    }

    /// The next thing that happens, after it was reported. A session that ended for good is an error.
    pub(super) async fn next(&mut self) -> Result<Next, Stop> {
        let event = match self.early.pop_front() {
            Some(event) => event,
            None => match self.receive().await? {
                Some(event) => event,
                None => return Ok(Next::Interrupted),
            },
        };
        self.note(&event)?;
        Ok(Next::Told(event))
    }

    /// The next change of a transfer. There is none if somebody wants the process to end; what ran is cancelled then.
    pub(super) async fn next_change(&mut self) -> Result<Option<(TransferId, TransferChange)>, Stop> {
        loop {
            match self.next().await? {
                Next::Told(Event::Transfer { id, change }) => return Ok(Some((id, change))),
                Next::Told(_) => {}
                Next::Interrupted => {
                    self.cancel().await?;
                    return Ok(None);
                }
            }
        }
    }

    fn note(&mut self, event: &Event) -> Result<(), Stop> {
        if let Event::Session(SessionEvent::Stopped { why }) = event {
            return Err(Stop::new(Exit::Login, advise(why)));
        }
        if let Event::Session(SessionEvent::Online { jid, resumed: false, .. }) = event {
            return self.report.online(jid).map_err(|why| unwritable(&why));
        }
        if let Event::Session(SessionEvent::Offline { why, retry_in }) = event {
            self.remark(&format!("offline: {why}; trying again in {} s", retry_in.as_secs()));
        }
        if let Event::Contact(contact) = event {
            self.groups.insert(contact.jid.clone(), contact.groups.clone());
        }
        if let Event::ContactRemoved(jid) = event {
            self.groups.remove(jid);
        }
        if let Event::Notice(sentence) = event {
            self.remark(sentence);
        }
        if let Event::Message(ChatMessage { with, author: Author::Contact(_), body, .. }) = event {
            return self.report.said(with, body).map_err(|why| unwritable(&why));
        }
        if let Event::Transfer { id, change } = event {
            match change {
                TransferChange::Offered(_) => {
                    self.running.insert(*id, Via::InBand);
                }
                TransferChange::Ended(outcome) => {
                    self.running.remove(id);
                    self.parting = self.parting.max(parting(outcome));
                }
                TransferChange::Attempt(Attempt { via, state: AttemptState::Active { .. }, .. }) => {
                    self.running.entry(*id).and_modify(|last| *last = *via);
                }
                // Here nobody can say that it should go on; a later run can.
                TransferChange::Interrupted(interruption) if interruption.waits == Waits::User => {
                    let via = self.running.remove(id).unwrap_or(Via::InBand);
                    self.parting = self.parting.max(AFTER_CANCELLING);
                    self.tell(*id, change)?;
                    return self.tell(*id, &TransferChange::Ended(self.left_so(via, interruption)));
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
            return self.tell(*id, change);
        }
        Ok(())
    }

    /// What it means here that a transfer waits for a user.
    fn left_so(&self, via: Via, interruption: &Interruption) -> Outcome {
        if self.is_leaving {
            return Outcome::Cancelled { by: Side::Us };
        }
        let Interruption { bytes, why, .. } = interruption;
        Outcome::Failed(Failure::Interrupted { via, bytes: *bytes, why: why.clone() })
    }

    fn tell(&mut self, id: TransferId, change: &TransferChange) -> Result<(), Stop> {
        self.report.change(id, change, clock::now().instant).map_err(|why| unwritable(&why))
    }

    /// Stops what runs, so that a later run goes on with it, and waits a little for the other side to be told.
    pub(super) async fn cancel(&mut self) -> Result<(), Stop> {
        self.is_leaving = true;
        for transfer in self.running.keys() {
            self.handle.send(Command::LeaveTransfer { transfer: *transfer });
        }
        let ending = async {
            while !self.running.is_empty() {
                self.next().await?;
            }
            Ok(())
        };
        tokio::time::timeout(FAREWELL, ending).await.unwrap_or(Ok(()))
    }

    /// Logs out, once nobody is hurt by it.
    pub(super) async fn log_out(mut self) {
        tokio::select! {
            () = tokio::time::sleep(self.parting) => {}
            () = self.signals.received() => {}
        }
        self.handle.closed().await;
    }
}

/// How long the other side may need us after a transfer that ended so.
fn parting(outcome: &Outcome) -> Duration {
    match outcome {
        Outcome::Completed { via: Via::Socks5Proxy, path: None, .. } => AFTER_PROXY,
        Outcome::Cancelled { by: Side::Us } => AFTER_CANCELLING,
        Outcome::Completed { .. } | Outcome::Declined { .. } | Outcome::Cancelled { .. } | Outcome::Failed(_) => {
            Duration::ZERO
        }
    }
}

/// Our address, once logged in. The first obstacle is the last: who waits for a script wants to know.
fn logged_in(change: SessionEvent) -> Result<Option<FullJid>, Stop> {
    match change {
        SessionEvent::Online { jid, .. } => Ok(Some(jid)),
        SessionEvent::Offline { why, .. } => Err(Stop::new(Exit::Login, why)),
        SessionEvent::Stopped { why } => Err(Stop::new(Exit::Login, advise(&why))),
        SessionEvent::Connecting => Ok(None),
    }
}

fn unwritable(why: &io::Error) -> Stop {
    Stop::new(Exit::Failed, format!("cannot write the results: {why}"))
}

/// Why there is no session, and what to do about it.
fn advise(why: &StopReason) -> String {
    match why {
        StopReason::Requested | StopReason::Other(_) => why.to_string(),
        StopReason::Login(_) => format!("{why}; check jid and password in the configuration"),
        StopReason::Certificate { fingerprint, .. } => {
            format!("{why}; if that is your server's, add pin = \"{fingerprint}\" to the account")
        }
        StopReason::CertificateChanged { .. } => {
            format!("{why}; ask whoever runs the server for its fingerprint before you change pin in the configuration")
        }
        StopReason::PasswordWanted { .. } => {
            format!("{why}; ask whoever runs the server, then /connect on the screen accepts it")
        }
        StopReason::Conflict => format!("{why}; give the account's jid another resource, or none"),
    }
}

/// The signals that ask a process to end.
struct Signals {
    interrupt: Signal,
    terminate: Signal,
    hang_up: Signal,
}

impl Signals {
    fn new() -> io::Result<Self> {
        Ok(Signals {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hang_up: signal(SignalKind::hangup())?,
        })
    }

    async fn received(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
            _ = self.hang_up.recv() => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::event::Verified;

    fn after(via: Via, path: Option<&str>) -> Duration {
        let path = path.map(Into::into);
        parting(&Outcome::Completed { via, bytes: 1, took: Duration::ZERO, path, verified: Verified::No })
    }

    #[test]
    fn only_who_may_still_read_what_we_sent_is_waited_for() {
        assert_eq!(after(Via::Socks5Proxy, None), AFTER_PROXY);
        assert_eq!(after(Via::Socks5Proxy, Some("received")), Duration::ZERO);
        assert_eq!(after(Via::Socks5Direct, None), Duration::ZERO);
        assert_eq!(after(Via::InBand, None), Duration::ZERO);
        assert_eq!(parting(&Outcome::Cancelled { by: Side::Us }), AFTER_CANCELLING);
    }
}
