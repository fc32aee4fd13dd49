//! Whether a proxy that was found can be connected to: a TCP connection that is closed as soon as it is made.
//!
//! Nothing is said on it, so a proxy takes it for somebody who changed their mind. Until there is a verdict, and when
//! there is no room for one more question, the proxy counts as alive.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::close_words;
use super::streamhosts::{Place, place};
use crate::engine::context::Context;
use crate::engine::reach::Finding;
use crate::engine::{NamedBy, SocketEvent, SocketId, SocketOrder};
use crate::xep::bytestreams::StreamHost;

/// Two retransmissions of a SYN; a proxy that needs longer is too slow for slow peers' patience too.
const PATIENCE: Duration = Duration::from_secs(4);

/// Questions under way: one for each address of a handful of proxies.
const MOST_AT_ONCE: usize = 16;

/// Verdicts that are kept: the proxies of a session's servers.
const MOST_VERDICTS: usize = 128;

/// Everybody who is asked, and what came of it.
#[derive(Debug, Default)]
pub(super) struct Probes {
    under_way: BTreeMap<SocketId, Probe>,
    verdicts: BTreeMap<Place, Result<(), String>>,
}

#[derive(Debug)]
struct Probe {
    place: Place,
    until: Instant,
}

impl Probes {
    /// Tries to connect to each; an earlier verdict counts until there is a new one. `dialled` names the connections.
    pub(super) fn begin(&mut self, hosts: Vec<StreamHost>, named_by: NamedBy, dialled: &mut u64, cx: &mut Context) {
        for host in hosts {
            let place = place(&host);
            let is_asked = self.under_way.values().any(|probe| probe.place == place);
            if is_asked || self.under_way.len() >= MOST_AT_ONCE {
                continue;
            }
            *dialled += 1;
            let socket = SocketId::Dialled(*dialled);
            cx.socket(SocketOrder::Dial { socket, host: host.host, port: host.port, named_by });
            self.under_way.insert(socket, Probe { place, until: cx.after(PATIENCE) });
        }
    }

    /// Takes what is about one of its connections.
    pub(super) fn socket(&mut self, event: SocketEvent, cx: &mut Context) -> Option<SocketEvent> {
        match &event {
            SocketEvent::Connected { socket } if self.under_way.contains_key(socket) => {
                cx.socket(SocketOrder::Close { socket: *socket });
                self.decide(*socket, Ok(()));
                None
            }
            SocketEvent::Closed { socket, why } if self.under_way.contains_key(socket) => {
                self.decide(*socket, Err(close_words(why).to_owned()));
                None
            }
            SocketEvent::Listening { .. }
            | SocketEvent::ListenFailed { .. }
            | SocketEvent::Accepted { .. }
            | SocketEvent::Connected { .. }
            | SocketEvent::Sealed { .. }
            | SocketEvent::Data { .. }
            | SocketEvent::Progress { .. }
            | SocketEvent::Pumped { .. }
            | SocketEvent::Closed { .. }
            | SocketEvent::FileFailed { .. } => Some(event),
        }
    }

    fn decide(&mut self, socket: SocketId, verdict: Result<(), String>) {
        let Some(probe) = self.under_way.remove(&socket) else { return };
        if self.verdicts.len() < MOST_VERDICTS || self.verdicts.contains_key(&probe.place) {
            self.verdicts.insert(probe.place, verdict);
        }
    }

    /// Why it is known that nobody is there, if it is.
    pub(super) fn why_dead(&self, host: &StreamHost) -> Option<&str> {
        self.verdicts.get(&place(host))?.as_ref().err().map(String::as_str)
    }

    /// What is known of it.
    pub(super) fn state(&self, host: &StreamHost) -> Finding<()> {
        match self.verdicts.get(&place(host)) {
            None => Finding::Pending,
            Some(Ok(())) => Finding::Found(()),
            Some(Err(why)) => Finding::Missing(why.clone()),
        }
    }

    /// When [`Probes::timeout`] wants to be called.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.under_way.values().map(|probe| probe.until).min()
    }

    /// The deadline was reached.
    pub(super) fn timeout(&mut self, cx: &mut Context) {
        let now = cx.now().instant;
        let is_late = |probe: &Probe| probe.until <= now;
        let late: Vec<SocketId> =
            self.under_way.iter().filter(|(_, probe)| is_late(probe)).map(|(socket, _)| *socket).collect();
        for socket in late {
            cx.socket(SocketOrder::Close { socket });
            self.decide(socket, Err("no answer".to_owned()));
        }
    }

    /// Gives up what is under way.
    pub(super) fn close(&mut self, cx: &mut Context) {
        for socket in std::mem::take(&mut self.under_way).into_keys() {
            cx.socket(SocketOrder::Close { socket });
        }
    }
}
