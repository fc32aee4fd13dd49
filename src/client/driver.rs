//! The only loop: one input in, every output out.
//!
//! The driver owns the engine and everything that the engine's orders are about. It never waits for any of them: tasks
//! do the waiting and tell by one channel, whose bound slows a server down that sends faster than we think. A task that
//! panics ends the session with a sentence instead of leaving a client that looks alive.

use std::any::Any;
use std::collections::VecDeque;

use tokio::sync::mpsc;
use tokio::task::{JoinError, JoinSet};
use tokio::time::{Instant, sleep_until};

use super::connection::{Order, Session};
use super::files::Files;
use super::history::{self, History};
use super::journal::{Heard, Journal, Remembered};
use super::nat::Nat;
use super::sockets::{Key, Sockets};
use super::{Options, clock, entropy, heap};
use crate::engine::command::Command;
use crate::engine::event::{Event, StopReason};
use crate::engine::{self, Engine, Input, Output, SocketOrder};
use crate::store::berth::Berth;
use crate::store::habit::Habit;

/// How many inputs wait before the tasks that tell them do.
const INPUTS: usize = 256;

/// The loop and what it drives.
pub(super) struct Driver {
    engine: Engine,
    commands: mpsc::UnboundedReceiver<Command>,
    events: mpsc::UnboundedSender<Event>,
    inputs: mpsc::Receiver<Input>,
    session: mpsc::UnboundedSender<Order>,
    sockets: Sockets,
    nat: Nat,
    files: Files,
    journal: Journal,
    history: History,
    tasks: JoinSet<()>,
    tide: heap::Tide,
    course: Course,
}

/// Whether the client goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Course {
    /// It does.
    Running,
    /// Nobody holds a handle any more: it logs out.
    Leaving,
    /// It has logged out.
    Left,
}

impl Driver {
    /// A client at rest.
    pub(super) fn new(
        mut options: Options,
        commands: mpsc::UnboundedReceiver<Command>,
        events: mpsc::UnboundedSender<Event>,
    ) -> Self {
        let (teller, inputs) = mpsc::channel(INPUTS);
        let (session, orders) = mpsc::unbounded_channel();
        let mut tasks = JoinSet::new();
        let key = Key::make();
        options.engine.key = key.as_ref().map(Key::fingerprint);
        let journal = Journal::open(options.journal, options.account.jid.to_bare());
        let history = History::open(options.history, options.account.jid.to_bare());
        let berth = Berth::take(options.berths.as_deref(), &options.account.jid, entropy::random());
        let habit = Habit::of(options.berths.as_deref(), &options.account.jid.to_bare());
        tasks.spawn(Session::new(options.account, berth, habit, options.timings, orders, teller.clone()).run());
        Driver {
            engine: Engine::new(options.engine, entropy::entropy(), clock::now()),
            commands,
            events,
            inputs,
            session,
            sockets: Sockets::new(options.listen, key, teller.clone()),
            nat: Nat::new(teller.clone()),
            files: Files::new(options.downloads, options.limiter, teller),
            journal,
            history,
            tasks,
            tide: heap::Tide::default(),
            course: Course::Running,
        }
    }

    /// Runs until the last handle is gone and the session closed.
    pub(super) async fn run(mut self) {
        while self.course != Course::Left {
            if let Some(input) = self.next_input().await {
                self.turn(input);
            }
        }
        let Driver { files, journal, history, sockets, nat, session, tasks, inputs, .. } = self;
        // Without these no task waits for anything but the disk, or, for a moment, the router.
        drop((sockets, nat, session, inputs));
        files.finish(tasks).await;
        journal.finish().await;
        history.finish().await;
    }

    /// Waits for the next thing to happen; nothing, if it was nothing for the engine.
    async fn next_input(&mut self) -> Option<Input> {
        let deadline = self.engine.poll_timeout();
        let tick = async {
            match deadline {
                Some(deadline) => sleep_until(Instant::from_std(deadline)).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            command = self.commands.recv(), if self.course == Course::Running && self.journal.is_open() => {
                Some(self.wish(command))
            }
            heard = self.journal.heard() => self.heed(heard),
            told = self.history.heard() => self.heed_history(told),
            Some(input) = self.inputs.recv() => self.is_current(&input).then_some(input),
            accepted = self.sockets.accept() => match accepted {
                Ok((stream, from)) => Some(Input::Socket(self.sockets.welcome(stream, from, &mut self.tasks))),
                Err(why) => {
                    tracing::warn!(%why, "a connection could not be accepted");
                    None
                }
            },
            Some(ended) = self.tasks.join_next() => ended.err().and_then(|why| self.mourn(why)),
            () = tick => Some(Input::Tick),
        }
    }

    /// The journal tells something: what to go on with is for the engine.
    fn heed(&self, heard: Heard) -> Option<Input> {
        match heard {
            Heard::Remembered(Remembered { left, elsewhere }) => Some(Input::Remembered { left, elsewhere }),
            Heard::Notice(sentence) => {
                let _ = self.events.send(Event::Notice(sentence));
                None
            }
        }
    }

    /// The history tells something: what it answers is for the engine.
    fn heed_history(&self, told: history::Heard) -> Option<Input> {
        match told {
            history::Heard::Answer(answer) => Some(Input::History(answer)),
            history::Heard::Notice(sentence) => {
                let _ = self.events.send(Event::Notice(sentence));
                None
            }
        }
    }

    fn wish(&mut self, command: Option<Command>) -> Input {
        if let Some(Command::Prefer(preferences)) = &command {
            self.files.receive_in(&preferences.downloads);
        }
        Input::Command(command.unwrap_or_else(|| {
            self.course = Course::Leaving;
            Command::Disconnect
        }))
    }

    /// Whether the engine should be told: not of sockets and files that it has closed.
    fn is_current(&mut self, input: &Input) -> bool {
        match input {
            Input::Socket(event) => self.sockets.admits(event),
            Input::File(file, _) => self.files.admits(*file),
            Input::Session(_)
            | Input::Stanza(_)
            | Input::Undelivered(_)
            | Input::Acknowledged(_)
            | Input::Command(_)
            | Input::Remembered { .. }
            | Input::Reach(_)
            | Input::Login(_)
            | Input::History(_)
            | Input::Tick => true,
        }
    }

    /// One input in, every output out.
    fn turn(&mut self, input: Input) {
        let mut inputs = VecDeque::from([input]);
        while let Some(input) = inputs.pop_front() {
            let is_end = matches!(&input, Input::Session(engine::Session::Stopped { .. }));
            if is_end && self.course == Course::Leaving {
                self.course = Course::Left;
            }
            if matches!(input, Input::Stanza(_)) {
                self.tide.rise();
            }
            self.engine.handle(input, clock::now());
            while let Some(output) = self.engine.poll_output() {
                inputs.extend(self.perform(output));
            }
        }
    }

    /// Does one thing; returns what is to be told the engine about it, if that is known at once.
    fn perform(&mut self, output: Output) -> Option<Input> {
        match output {
            Output::Send { stanza, lane } => {
                let _ = self.session.send(Order::Send { stanza, lane });
            }
            Output::Connect => {
                let _ = self.session.send(Order::Connect);
            }
            Output::TellPassword => {
                let _ = self.session.send(Order::TellPassword);
            }
            Output::Disconnect => return self.disconnect(StopReason::Requested),
            Output::File(file, order) => self.files.perform(file, order, &mut self.tasks),
            Output::Journal(entry) => self.journal.keep(*entry),
            Output::Reach(order) => self.nat.perform(order, &mut self.tasks),
            Output::History(order) => self.history.perform(order),
            Output::Event(event) => {
                if matches!(event, Event::RosterComplete) {
                    heap::give_back_soon();
                }
                // A user interface that looks away still has its session.
                let _ = self.events.send(event);
            }
            Output::Socket(order) => {
                let lease = match &order {
                    SocketOrder::Pump(pump) => self.files.lease(pump.file),
                    SocketOrder::Listen
                    | SocketOrder::Unlisten
                    | SocketOrder::Dial { .. }
                    | SocketOrder::Read { .. }
                    | SocketOrder::Write { .. }
                    | SocketOrder::Seal(_)
                    | SocketOrder::Close { .. } => None,
                };
                return self.sockets.perform(order, lease, &mut self.tasks).map(Input::Socket);
            }
        }
        None
    }

    /// Ends the session. Its task says so when it is done; if that is gone itself, the end is here.
    fn disconnect(&self, why: StopReason) -> Option<Input> {
        let refused = self.session.send(Order::Disconnect { why: why.clone() }).is_err();
        refused.then_some(Input::Session(engine::Session::Stopped { why }))
    }

    /// A task ended before its time.
    fn mourn(&self, why: JoinError) -> Option<Input> {
        why.is_panic().then(|| self.disconnect(bug(why)))?
    }
}

/// What a panic is to the user.
pub(super) fn bug(why: JoinError) -> StopReason {
    let words = why.try_into_panic().ok().and_then(|payload| words_of(payload.as_ref()));
    StopReason::Other(format!("Balcony has a bug: {}", words.unwrap_or_else(|| "a task panicked".to_owned())))
}

fn words_of(payload: &(dyn Any + Send)) -> Option<String> {
    let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| payload.downcast_ref::<String>().cloned())
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;
    use crate::client::{Limiter, Timings};
    use crate::engine::context::Settings;
    use crate::engine::event::SessionEvent;
    use crate::store::account::{Account, Secret, Tls};

    fn options() -> Options {
        let account = Account {
            name: "test".to_owned(),
            jid: "juliet@capulet.lit".parse().unwrap(),
            password: Secret::new("pencil"),
            server: None,
            tls: Tls::Auto,
            pin: None,
            extra_ca: None,
        };
        Options {
            engine: Settings::new(account.jid.to_bare()),
            account,
            downloads: "/nowhere".into(),
            listen: (Ipv4Addr::LOCALHOST, 0).into(),
            limiter: Limiter::default(),
            berths: None,
            journal: None,
            history: None,
            timings: Timings::default(),
        }
    }

    #[tokio::test]
    async fn a_panic_in_any_task_ends_the_session_with_a_sentence() {
        let (_handle, commands) = mpsc::unbounded_channel();
        let (teller, mut events) = mpsc::unbounded_channel();
        let mut driver = Driver::new(options(), commands, teller);
        driver.tasks.spawn(async { panic!("the impossible happened") });
        tokio::spawn(driver.run());
        let why = StopReason::Other("Balcony has a bug: the impossible happened".to_owned());
        assert_eq!(events.recv().await, Some(Event::Session(SessionEvent::Stopped { why })));
    }

    #[tokio::test]
    async fn without_a_session_task_the_session_still_ends() {
        let (handle, commands) = mpsc::unbounded_channel();
        let (teller, mut events) = mpsc::unbounded_channel();
        let mut driver = Driver::new(options(), commands, teller);
        driver.session = mpsc::unbounded_channel().0;
        let running = tokio::spawn(driver.run());
        drop(handle);
        running.await.unwrap();
        let why = StopReason::Requested;
        assert_eq!(events.recv().await, Some(Event::Session(SessionEvent::Stopped { why })));
    }
}
