//! A session that stands: stanzas go out while others come in, neither waits for the other.
//!
//! One poll writes what the connection takes and no more, so that what waits can still be overtaken by a chat message;
//! then it looks for an order, then for something to read. Nothing here awaits a write.

use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures::{Sink, SinkExt, StreamExt};
use minidom::Element;
use tokio::time::{Sleep, sleep, timeout};
use tokio_xmpp::xmlstream::ReadError;

use super::management::{self, Management, Overcount, id_of_message};
use super::outbox::Outbox;
use super::sketch::Sketch;
use super::stream::{Received, Xml, broken, received};
use super::{Loss, Order};
use crate::client::timings::Timings;
use crate::engine::Input;
use crate::engine::event::StopReason;
use crate::xep::ns;
use crate::xep::stanza::{Iq, IqKind, Presence, PresenceKind, element};

/// A standing session.
pub(super) struct Exchange<'a> {
    xml: &'a mut Xml,
    outbox: &'a mut Outbox,
    management: &'a mut Option<Management>,
    timings: &'a Timings,
    /// What goes out before any lane: what is repeated after a resumption, and what is no stanza.
    first: VecDeque<Element>,
    /// Messages that were written on a stream on which the server acknowledges nothing.
    written: Vec<String>,
    /// When the server is asked what it got.
    asking: Option<Pin<Box<Sleep>>>,
    probes: u64,
}

/// How a session ended.
pub(super) enum Ending {
    /// We left, for this reason.
    Left(StopReason, Farewell),
    /// The connection is gone.
    Lost(Loss),
}

/// What became of our goodbye.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Farewell {
    /// The server closed the session.
    Heard,
    /// Nobody knows whether the server noticed.
    Lost,
}

/// One thing that happens in a session.
enum Happening {
    Order(Order),
    Read(Option<Result<Element, ReadError>>),
    Written(Vec<String>),
    Unwritable(io::Error),
    TimeToAsk,
}

impl<'a> Exchange<'a> {
    /// The session on `xml`. What a resumed stream left unacknowledged is sent again first.
    pub(super) fn new(
        xml: &'a mut Xml,
        outbox: &'a mut Outbox,
        management: &'a mut Option<Management>,
        timings: &'a Timings,
    ) -> Self {
        let first = management.iter().flat_map(Management::unacknowledged).cloned().collect();
        Exchange { xml, outbox, management, timings, first, written: Vec::new(), asking: None, probes: 0 }
    }

    /// Goes on until the connection breaks or the user leaves.
    pub(super) async fn run(mut self) -> Ending {
        loop {
            let outcome = match std::future::poll_fn(|cx| self.poll(cx)).await {
                Happening::Order(Order::Disconnect { why }) => {
                    return Ending::Left(why, self.say_goodbye().await);
                }
                Happening::Order(Order::Connect | Order::TellPassword) => Ok(()),
                Happening::Order(Order::Send { stanza, lane }) => {
                    self.outbox.admit(stanza, lane).await;
                    Ok(())
                }
                Happening::Read(item) => match received(item) {
                    Ok(Received::Element(element)) => self.take_in(element).await,
                    Ok(Received::Silence) => {
                        self.probe();
                        Ok(())
                    }
                    Err(loss) => Err(loss),
                },
                Happening::Written(ids) => {
                    self.outbox.acknowledged(ids).await;
                    Ok(())
                }
                Happening::Unwritable(why) => Err(broken(&why)),
                Happening::TimeToAsk => {
                    self.asking = None;
                    self.first.extend(self.management.as_mut().and_then(Management::ask));
                    Ok(())
                }
            };
            if let Err(loss) = outcome {
                self.outbox.acknowledged(self.written).await;
                return Ending::Lost(loss);
            }
        }
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Happening> {
        if let Err(why) = self.poll_write(cx) {
            return Poll::Ready(Happening::Unwritable(why));
        }
        if !self.written.is_empty() {
            return Poll::Ready(Happening::Written(std::mem::take(&mut self.written)));
        }
        if let Poll::Ready(order) = self.outbox.orders.poll_recv(cx) {
            // Nobody to give orders any more is an order to leave.
            return Poll::Ready(Happening::Order(order.unwrap_or(Order::Disconnect { why: StopReason::Requested })));
        }
        if let Poll::Ready(item) = self.xml.poll_next_unpin(cx) {
            return Poll::Ready(Happening::Read(item));
        }
        if let Some(asking) = &mut self.asking
            && asking.as_mut().poll(cx).is_ready()
        {
            return Poll::Ready(Happening::TimeToAsk);
        }
        Poll::Pending
    }

    /// Writes until nothing is left or the connection takes no more.
    fn poll_write(&mut self, cx: &mut Context<'_>) -> io::Result<()> {
        loop {
            match Sink::<&Element>::poll_ready(Pin::new(&mut *self.xml), cx)? {
                Poll::Pending => return Ok(()),
                Poll::Ready(()) => {}
            }
            if let Some(repeated) = self.first.pop_front() {
                self.start_send(&repeated)?;
            } else if let Some(stanza) = self.outbox.lanes.pop() {
                self.start_send(&stanza)?;
                self.follow(stanza);
            } else {
                let _ = Sink::<&Element>::poll_flush(Pin::new(&mut *self.xml), cx)?;
                return Ok(());
            }
        }
    }

    fn start_send(&mut self, element: &Element) -> io::Result<()> {
        tracing::trace!(stanza = %Sketch(element), "sent");
        Sink::<&Element>::start_send(Pin::new(&mut *self.xml), element)
    }

    /// Remembers a stanza until the server says that it has it; what is none, neither side counts. Where the server never
    /// says so, what was written is all that can be known.
    fn follow(&mut self, stanza: Element) {
        if !is_stanza(&stanza) {
            return;
        }
        let Some(management) = self.management.as_mut() else {
            self.written.extend(id_of_message(&stanza));
            return;
        };
        self.first.extend(management.sent(stanza));
        let after = self.timings.acknowledgement;
        self.asking.get_or_insert_with(|| Box::pin(sleep(after)));
    }

    async fn take_in(&mut self, element: Element) -> Result<(), Loss> {
        tracing::trace!(stanza = %Sketch(&element), "received");
        if is_stanza(&element) {
            if let Some(management) = self.management {
                management.received();
            }
            self.outbox.tell(Input::Stanza(element)).await;
            return Ok(());
        }
        let Some(management) = self.management else { return Ok(()) };
        if element.is("r", management::NAMESPACE) {
            self.first.push_back(management.answer());
        } else if element.is("a", management::NAMESPACE) {
            let impossible = |Overcount| Loss::Restart("the server counts more than was sent".to_owned());
            let ids = management.acknowledge(&element).map_err(impossible)?;
            self.outbox.acknowledged(ids).await;
        }
        Ok(())
    }

    /// Asks the server whether it is there; any answer will do. If none comes, reading ends with a time-out.
    fn probe(&mut self) {
        let probe = if self.management.is_some() {
            element("r", management::NAMESPACE)
        } else {
            self.probes += 1;
            let kind = IqKind::Get(element("ping", ns::PING));
            Iq { from: None, to: None, id: format!("alive-{}", self.probes), kind }.write()
        };
        self.first.push_back(probe);
    }

    /// Says goodbye, for as long as somebody may wait who quits. What the server has not got by then is handed back.
    async fn say_goodbye(mut self) -> Farewell {
        let farewell = match timeout(self.timings.farewell, self.log_out()).await {
            Ok(Ok(())) => Farewell::Heard,
            Ok(Err(why)) => {
                tracing::debug!(%why, "the connection broke while logging out");
                Farewell::Lost
            }
            Err(_) => {
                tracing::debug!("the server did not close in time");
                Farewell::Lost
            }
        };
        self.outbox.acknowledged(self.written).await;
        farewell
    }

    /// Sends what waits, says that we are gone, and waits for the server to close its side.
    async fn log_out(&mut self) -> io::Result<()> {
        while let Some(repeated) = self.first.pop_front() {
            self.xml.feed(&repeated).await?;
        }
        let gone = Presence { kind: PresenceKind::Unavailable, ..Presence::default() }.write();
        for stanza in std::iter::from_fn(|| self.outbox.lanes.pop()).chain([gone]).collect::<Vec<_>>() {
            self.xml.feed(&stanza).await?;
            self.follow(stanza);
        }
        if let Some(management) = self.management.as_ref() {
            self.xml.feed(&element("r", management::NAMESPACE)).await?;
            // What the server knows to have arrived it does not send elsewhere.
            self.xml.feed(&management.answer()).await?;
        }
        self.xml.shutdown().await?;
        loop {
            match received(self.xml.next().await) {
                Ok(Received::Element(element)) if element.is("a", management::NAMESPACE) => {
                    let ids = self.management.as_mut().and_then(|management| management.acknowledge(&element).ok());
                    self.written.extend(ids.into_iter().flatten());
                }
                Ok(Received::Element(_) | Received::Silence) => {}
                Err(_) => return Ok(()),
            }
        }
    }
}

fn is_stanza(element: &Element) -> bool {
    element.has_ns(ns::CLIENT) && matches!(element.name(), "iq" | "message" | "presence")
}
