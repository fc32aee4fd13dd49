//! The task that keeps a session: connect, stay, and after a loss try again until it makes no sense any more.

use jid::FullJid;
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::backoff::Backoff;
use super::connector::{Connected, connect};
use super::establish::establish;
use super::exchange::{Ending, Exchange, Farewell};
use super::lanes::Lanes;
use super::management::{Management, id_of_message};
use super::outbox::{Leaving, Outbox};
use super::outgoing::LARGEST_STANZA;
use super::{Loss, Order};
use crate::client::timings::Timings;
use crate::client::{clock, entropy};
use crate::engine::event::StopReason;
use crate::engine::login::{Login, Sasl};
use crate::engine::{self, Input};
use crate::store::account::Account;
use crate::store::berth::Berth;
use crate::store::habit::Habit;

/// The session of one account.
pub struct Session {
    account: Account,
    berth: Berth,
    habit: Habit,
    timings: Timings,
    outbox: Outbox,
    management: Option<Management>,
    jid: Option<FullJid>,
    backoff: Backoff,
}

impl Session {
    /// A session at rest, called what the berth is, which does what comes by `orders` and tells the engine by `inputs`.
    pub fn new(
        account: Account,
        berth: Berth,
        habit: Habit,
        timings: Timings,
        orders: mpsc::UnboundedReceiver<Order>,
        inputs: mpsc::Sender<Input>,
    ) -> Self {
        Session {
            account,
            berth,
            habit,
            timings,
            outbox: Outbox::new(orders, inputs),
            management: None,
            jid: None,
            backoff: Backoff::new(timings),
        }
    }

    /// Does what is ordered until nobody can order any more.
    pub async fn run(mut self) {
        while let Some(order) = self.outbox.orders.recv().await {
            let why = match order {
                Order::Connect => {
                    let why = self.stay_connected().await;
                    self.hand_back().await;
                    why
                }
                Order::Disconnect { why } => why,
                Order::TellPassword => {
                    self.habit.forget();
                    continue;
                }
                // The engine knows that there is no session; this crossed the news of its end.
                Order::Send { .. } => continue,
            };
            self.tell(engine::Session::Stopped { why }).await;
        }
    }

    /// Gives the engine the messages that nobody acknowledged and nobody will.
    async fn hand_back(&mut self) {
        let sent = self.management.take().map(Management::into_unacknowledged).unwrap_or_default();
        let left = sent.into_iter().chain(self.outbox.lanes.drain());
        let messages: Vec<_> = left.filter(|stanza| id_of_message(stanza).is_some()).collect();
        if !messages.is_empty() {
            self.outbox.tell(Input::Undelivered(messages)).await;
        }
    }

    /// Goes around the circle until there is a reason to stop.
    async fn stay_connected(&mut self) -> StopReason {
        self.management = None;
        self.backoff = Backoff::new(self.timings);
        self.outbox.lanes = Lanes::default();
        loop {
            self.tell(engine::Session::Connecting).await;
            let why = match self.connect_and_serve().await {
                Ok(Loss::Retry(why)) => why,
                Ok(Loss::Restart(why)) => {
                    self.management.iter_mut().for_each(Management::forget);
                    why
                }
                // Whoever has our name now would lose it to us, and we again to them.
                Ok(Loss::Stop(StopReason::Conflict)) if self.berth.rename(entropy::random()) => {
                    self.management.iter_mut().for_each(Management::forget);
                    "another program took our resource, and we take another".to_owned()
                }
                Ok(Loss::Stop(why)) | Err(Leaving(why)) => return why,
            };
            let retry_in = self.backoff.next(entropy::fraction());
            tracing::info!(why, ?retry_in, "offline");
            self.tell(engine::Session::Offline { why, retry_in }).await;
            if let Err(Leaving(why)) = self.outbox.pause(retry_in).await {
                return why;
            }
        }
    }

    /// One connection from beginning to end.
    async fn connect_and_serve(&mut self) -> Result<Loss, Leaving> {
        let preferred = self.management.as_ref().and_then(Management::location).map(str::to_owned);
        let mut login = Login { proves: self.habit.proves(), ..Login::default() };
        let connecting = Box::pin(connect(&self.account, &self.timings, preferred.as_deref(), &mut login));
        let connected = self.outbox.unless_leaving(connecting).await?;
        if connected.is_ok() && login.sasl.as_ref().is_some_and(Sasl::proves) {
            self.habit.proved();
        }
        self.outbox.tell(Input::Login(Box::new(login))).await;
        match connected {
            Ok(connected) => self.serve(connected).await,
            Err(loss) => Ok(loss),
        }
    }

    async fn serve(&mut self, connected: Connected) -> Result<Loss, Leaving> {
        let Connected { mut xml, features, security, local } = connected;
        self.berth.enter();
        let mut acknowledged = Vec::new();
        let establishing = establish(&mut xml, &features, self.berth.name(), &mut self.management, &mut acknowledged);
        let in_time = timeout(self.timings.login, establishing);
        let established = self.outbox.unless_leaving(in_time).await;
        self.outbox.acknowledged(acknowledged).await;
        let established = match established? {
            Ok(Ok(established)) => established,
            Ok(Err(loss)) => return Ok(loss),
            Err(_) => return Ok(Loss::Retry("the server did not begin a session in time".to_owned())),
        };
        let began = clock::now().instant;
        self.management = established.management;
        self.outbox.largest = features.largest_stanza.unwrap_or(LARGEST_STANZA);
        let resumed = established.bound.is_none();
        self.jid = established.bound.or(self.jid.take());
        let Some(jid) = self.jid.clone() else {
            return Ok(Loss::Restart("a stream was resumed that never began".to_owned()));
        };
        let (largest_stanza, client_state) = (self.outbox.largest, features.client_state);
        let roster_versions = features.roster_versions;
        tracing::info!(%jid, resumed, security, "online");
        // Before the session is told: what was lost was written before whatever waits for it.
        if !resumed {
            let waiting = self.outbox.lanes.drain();
            let lost: Vec<_> = established.lost.into_iter().chain(waiting).collect();
            if !lost.is_empty() {
                self.outbox.tell(Input::Undelivered(lost)).await;
            }
        }
        self.tell(engine::Session::Online {
            jid,
            resumed,
            security,
            local,
            largest_stanza,
            client_state,
            roster_versions,
        })
        .await;
        for stanza in established.early {
            self.outbox.tell(Input::Stanza(stanza)).await;
        }
        let exchange = Exchange::new(&mut xml, &mut self.outbox, &mut self.management, &self.timings);
        let ending = exchange.run().await;
        self.backoff.lasted(clock::now().instant.saturating_duration_since(began));
        match ending {
            Ending::Left(why, farewell) => {
                if farewell == Farewell::Heard {
                    self.berth.leave();
                }
                Err(Leaving(why))
            }
            Ending::Lost(loss) => Ok(loss),
        }
    }

    async fn tell(&self, session: engine::Session) {
        self.outbox.tell(Input::Session(session)).await;
    }
}
