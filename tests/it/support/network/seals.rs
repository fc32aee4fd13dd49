//! TLS of the simulated world, as far as it matters here: each side shows its key, and looks at the other's.

use balcony::engine::{CloseReason, Fingerprint, Input, Seal, SocketEvent, TlsEnd};

use super::connections::{End, Holder};
use super::{Who, World};

/// A side that waits for the other's key.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sealing {
    end: TlsEnd,
    theirs: Fingerprint,
}

impl World {
    /// One end begins, or waits for the other to begin.
    pub(super) fn seal(&mut self, who: Who, Seal { socket, end, theirs }: Seal) {
        let Some(at) = self.end_of(who, socket) else { return };
        if let Some(side) = self.sides.get_mut(&at) {
            side.reading = None;
            side.sealing = Some(Sealing { end, theirs });
        }
        if end == TlsEnd::Client {
            self.show_key(who, at);
        }
        self.serve(at);
    }

    fn show_key(&mut self, who: Who, at: End) {
        let key = self.nodes[who].key.expect("only who has a key seals");
        self.write(at, vec![key.0.to_vec()]);
    }

    /// What has arrived at an end that waits for a key.
    pub(super) fn serve_seal(&mut self, at: End, sealing: Sealing) {
        let Some(side) = self.sides.get_mut(&at) else { return };
        let Holder::Node(who, socket) = side.holder else { return };
        if let Some(why) = side.end.clone() {
            side.is_closed = true;
            return self.input(who, Input::Socket(SocketEvent::Closed { socket, why }));
        }
        if side.arrived.len() < 32 {
            return;
        }
        side.sealing = None;
        let shown: Vec<u8> = side.arrived.drain(..32).collect();
        if shown == sealing.theirs.0 {
            if sealing.end == TlsEnd::Server {
                self.show_key(who, at);
            }
            self.input(who, Input::Socket(SocketEvent::Sealed { socket }));
        } else {
            self.close(at, CloseReason::ByPeer);
            let why = CloseReason::NotSealed("another key".to_owned());
            self.input(who, Input::Socket(SocketEvent::Closed { socket, why }));
        }
    }
}
