//! What is to be sent, on its way from the engine to whatever connection there is.

use std::time::Duration;

use minidom::Element;
use tokio::sync::mpsc;
use tokio::time::sleep;

use super::Order;
use super::lanes::Lanes;
use super::outgoing::{self, Instead, Refusal};
use crate::engine::event::StopReason;
use crate::engine::{Input, Lane};

/// The orders, and the stanzas among them that wait.
pub(super) struct Outbox {
    /// What the session is told to do.
    pub(super) orders: mpsc::UnboundedReceiver<Order>,
    /// What waits to be sent.
    pub(super) lanes: Lanes,
    /// The largest stanza that the server takes.
    pub(super) largest: usize,
    inputs: mpsc::Sender<Input>,
}

/// The session is to end, for this reason.
#[derive(Debug)]
pub(super) struct Leaving(pub(super) StopReason);

impl Outbox {
    /// An empty one.
    pub(super) fn new(orders: mpsc::UnboundedReceiver<Order>, inputs: mpsc::Sender<Input>) -> Self {
        Outbox { orders, lanes: Lanes::default(), largest: outgoing::LARGEST_STANZA, inputs }
    }

    /// Takes a stanza on, or returns it.
    pub(super) async fn admit(&mut self, stanza: Element, lane: Lane) {
        let refused = match outgoing::check(&stanza, self.largest) {
            Ok(()) => self.lanes.push(stanza, lane).map_err(|stanza| (stanza, Refusal::TooMany)),
            Err(why) => Err((stanza, why)),
        };
        let Err((stanza, why)) = refused else { return };
        tracing::warn!(name = stanza.name(), %why, "a stanza is not sent");
        match outgoing::instead_of(&stanza, &why) {
            Instead::Return(error) => self.tell(Input::Stanza(error)).await,
            Instead::Send(answer) => {
                // No room for the answer either means that the other side waits in vain among thousands.
                let _ = self.lanes.push(answer, lane);
            }
            Instead::Nothing => {}
        }
    }

    /// Tells the engine.
    pub(super) async fn tell(&self, input: Input) {
        // Without a driver nobody is there to care.
        let _ = self.inputs.send(input).await;
    }

    /// Tells the engine that the server has these messages.
    pub(super) async fn acknowledged(&self, ids: Vec<String>) {
        if !ids.is_empty() {
            self.tell(Input::Acknowledged(ids)).await;
        }
    }

    /// Does `work`, unless the user leaves before it is done. What is to be sent meanwhile waits.
    pub(super) async fn unless_leaving<T>(&mut self, work: impl Future<Output = T>) -> Result<T, Leaving> {
        tokio::pin!(work);
        loop {
            tokio::select! {
                done = &mut work => return Ok(done),
                order = self.orders.recv() => match order {
                    Some(Order::Send { stanza, lane }) => self.admit(stanza, lane).await,
                    Some(Order::Connect | Order::TellPassword) => {}
                    Some(Order::Disconnect { why }) => return Err(Leaving(why)),
                    None => return Err(Leaving(StopReason::Requested)),
                },
            }
        }
    }

    /// Waits, unless the user leaves or wants to connect now.
    pub(super) async fn pause(&mut self, time: Duration) -> Result<(), Leaving> {
        let pause = sleep(time);
        tokio::pin!(pause);
        loop {
            tokio::select! {
                () = &mut pause => return Ok(()),
                order = self.orders.recv() => match order {
                    Some(Order::Send { stanza, lane }) => self.admit(stanza, lane).await,
                    Some(Order::TellPassword) => {}
                    Some(Order::Connect) => return Ok(()),
                    Some(Order::Disconnect { why }) => return Err(Leaving(why)),
                    None => return Err(Leaving(StopReason::Requested)),
                },
            }
        }
    }
}
