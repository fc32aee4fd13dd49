//! One session: stanzas between a client's stream and the hub, kept and sent again when the connection breaks
//! (XEP-0198).

use std::io;
use std::time::Duration;

use futures::{SinkExt, StreamExt};
use jid::Jid;
use minidom::Element;
use tokio::sync::mpsc;
use tokio_xmpp::xmlstream::ReadError;

use super::hub::{Bound, Hub};
use super::ledger::{Insolvent, Ledger, SM};
use super::login::Stream;
use crate::xep::ns;
use crate::xep::stanza::{Iq, IqKind, element, set};

/// How long a session without a connection waits to be resumed.
const RESUMABLE: Duration = Duration::from_mins(1);

/// How long a client may take to read what it is sent.
const WRITE_PATIENCE: Duration = Duration::from_secs(30);

/// How many stanzas go out before they are flushed: enough to fill segments, few enough to keep reading.
const BATCH: usize = 32;

const STREAM_ERRORS: &str = "urn:ietf:params:xml:ns:xmpp-streams";

/// What a session is told.
pub(super) enum Mail {
    /// Send this.
    Stanza(Element),
    /// The connection is to change.
    Turn(Turn),
}

/// What becomes of a session's connection.
pub(super) enum Turn {
    /// Go on with this stream; the client handled so many stanzas of the old one.
    Resume { stream: Box<Stream>, handled: u32 },
    /// Another session has the address.
    Replaced,
    /// Break the connection.
    Cut,
}

/// A session, bound.
pub(super) struct Session {
    bound: Bound,
    hub: Hub,
    ledger: Option<Ledger>,
    /// An acknowledgement was asked for and has not come.
    asked: bool,
}

/// How a session and its stream parted.
enum Parted {
    /// For good.
    Over,
    /// The connection broke.
    Lost,
    /// Another connection takes over, whose client handled so many stanzas.
    Moved(Box<Stream>, u32),
}

impl Session {
    pub(super) fn new(bound: Bound, hub: Hub) -> Self {
        Session { bound, hub, ledger: None, asked: false }
    }

    /// Runs it until it is over, over as many connections as it takes.
    pub(super) async fn run(mut self, mut stream: Stream, mut mailbox: mpsc::Receiver<Mail>) {
        loop {
            let parted = self.converse(&mut stream, &mut mailbox).await.unwrap_or(Parted::Lost);
            drop(stream);
            let moved = match parted {
                Parted::Moved(next, handled) => Some((next, handled)),
                Parted::Lost if self.ledger.is_some() => self.wait_for_resumption(&mut mailbox).await,
                Parted::Lost | Parted::Over => None,
            };
            let Some((next, handled)) = moved else { break };
            stream = *next;
            if self.resume(&mut stream, handled).await.is_err() {
                break;
            }
        }
        self.hub.left(self.bound.id).await;
    }

    /// Carries stanzas both ways over one connection.
    async fn converse(&mut self, stream: &mut Stream, mailbox: &mut mpsc::Receiver<Mail>) -> io::Result<Parted> {
        loop {
            tokio::select! {
                said = stream.next() => match said {
                    Some(Ok(element)) => self.hear(stream, element).await?,
                    Some(Err(ReadError::SoftTimeout)) => self.probe(stream).await?,
                    Some(Err(ReadError::StreamFooterReceived)) => {
                        let _ = stream.shutdown().await;
                        return Ok(Parted::Over);
                    }
                    Some(Err(ReadError::HardError(why))) => return Err(why),
                    Some(Err(ReadError::ParseError(_))) => return self.end(stream, "not-well-formed").await,
                    None => return Ok(Parted::Lost),
                },
                mail = mailbox.recv() => match mail {
                    Some(Mail::Stanza(stanza)) => {
                        if let Some(parted) = self.deliver(stream, stanza, mailbox).await? {
                            return Ok(parted);
                        }
                    }
                    Some(Mail::Turn(turn)) => return self.part(stream, turn).await,
                    None => return self.end(stream, "policy-violation").await,
                },
            }
        }
    }

    async fn part(&mut self, stream: &mut Stream, turn: Turn) -> io::Result<Parted> {
        match turn {
            Turn::Resume { stream, handled } => Ok(Parted::Moved(stream, handled)),
            Turn::Replaced => self.end(stream, "conflict").await,
            Turn::Cut => Ok(Parted::Lost),
        }
    }

    /// Sends a stanza and what waits behind it.
    async fn deliver(
        &mut self,
        stream: &mut Stream,
        first: Element,
        mailbox: &mut mpsc::Receiver<Mail>,
    ) -> io::Result<Option<Parted>> {
        self.feed(stream, &first).await?;
        for _ in 1..BATCH {
            match mailbox.try_recv() {
                Ok(Mail::Stanza(stanza)) => self.feed(stream, &stanza).await?,
                Ok(Mail::Turn(turn)) => return self.part(stream, turn).await.map(Some),
                Err(_) => break,
            }
        }
        if self.ledger.is_some() && !self.asked {
            self.asked = true;
            write(stream, &element("r", SM)).await?;
        }
        flush(stream).await?;
        Ok(None)
    }

    async fn feed(&mut self, stream: &mut Stream, stanza: &Element) -> io::Result<()> {
        if let Some(ledger) = &mut self.ledger {
            ledger.sent(stanza).map_err(insolvent)?;
        }
        write(stream, stanza).await
    }

    /// The client said something.
    async fn hear(&mut self, stream: &mut Stream, element: Element) -> io::Result<()> {
        if !element.has_ns(SM) {
            if let Some(ledger) = &mut self.ledger {
                ledger.received();
            }
            self.hub.stanza(self.bound.id, element).await;
            return Ok(());
        }
        match (element.name(), &mut self.ledger) {
            ("enable", None) => self.enable(stream).await,
            ("r", Some(ledger)) => {
                write(stream, &ledger.count("a")).await?;
                flush(stream).await
            }
            ("a", Some(ledger)) => {
                self.asked = false;
                ledger.acknowledge(handled(&element)).map_err(insolvent)
            }
            _ => Ok(()),
        }
    }

    async fn enable(&mut self, stream: &mut Stream) -> io::Result<()> {
        self.ledger = Some(Ledger::default());
        let mut enabled = element("enabled", SM);
        set(&mut enabled, "id", &self.bound.token);
        set(&mut enabled, "resume", "true");
        write(stream, &enabled).await?;
        flush(stream).await
    }

    /// Greets the connection that goes on, and sends again what the old one may have lost.
    async fn resume(&mut self, stream: &mut Stream, handled: u32) -> io::Result<()> {
        let Some(ledger) = &mut self.ledger else { return Err(io::ErrorKind::Unsupported.into()) };
        ledger.acknowledge(handled).map_err(insolvent)?;
        let mut resumed = ledger.count("resumed");
        set(&mut resumed, "previd", &self.bound.token);
        write(stream, &resumed).await?;
        for stanza in ledger.unacknowledged() {
            write(stream, stanza).await?;
        }
        self.asked = true;
        write(stream, &element("r", SM)).await?;
        flush(stream).await
    }

    /// Keeps what arrives for a client that may come back.
    async fn wait_for_resumption(&mut self, mailbox: &mut mpsc::Receiver<Mail>) -> Option<(Box<Stream>, u32)> {
        let comes_back = async {
            loop {
                match mailbox.recv().await? {
                    Mail::Stanza(stanza) => self.ledger.as_mut()?.sent(&stanza).ok()?,
                    Mail::Turn(Turn::Resume { stream, handled }) => return Some((stream, handled)),
                    Mail::Turn(Turn::Replaced) => return None,
                    Mail::Turn(Turn::Cut) => {}
                }
            }
        };
        tokio::time::timeout(RESUMABLE, comes_back).await.ok().flatten()
    }

    /// Asks a silent client whether it is there; whatever it answers will do.
    async fn probe(&self, stream: &mut Stream) -> io::Result<()> {
        let question = if self.ledger.is_some() { element("r", SM) } else { self.ping() };
        write(stream, &question).await?;
        flush(stream).await
    }

    fn ping(&self) -> Element {
        let domain = Jid::from_parts(None, self.bound.address.domain(), None);
        let ping = IqKind::Get(element("ping", ns::PING));
        Iq { from: Some(domain), to: None, id: "probe".to_owned(), kind: ping }.write()
    }

    async fn end(&self, stream: &mut Stream, condition: &str) -> io::Result<Parted> {
        let mut error = element("error", "http://etherx.jabber.org/streams");
        error.append_child(element(condition, STREAM_ERRORS));
        write(stream, &error).await?;
        let _ = tokio::time::timeout(WRITE_PATIENCE, stream.shutdown()).await;
        Ok(Parted::Over)
    }
}

fn handled(acknowledgement: &Element) -> u32 {
    acknowledgement.attr("h").and_then(|h| h.parse().ok()).unwrap_or(0)
}

fn insolvent(_: Insolvent) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "acknowledgements that make no sense")
}

async fn write(stream: &mut Stream, element: &Element) -> io::Result<()> {
    tokio::time::timeout(WRITE_PATIENCE, stream.feed(element)).await?
}

async fn flush(stream: &mut Stream) -> io::Result<()> {
    let flush = <Stream as SinkExt<&Element>>::flush(stream);
    tokio::time::timeout(WRITE_PATIENCE, flush).await?
}
