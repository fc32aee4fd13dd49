//! What the server's proxy lets through at most: two bare sockets that it joins (XEP-0065 §6.3).

use std::io::{Read, Write};
use std::net::TcpStream;

use balcony::xep::bytestreams::{Activate, StreamHost, address_request, destination_address, read_addresses};
use balcony::xep::{StreamId, ns};
use jid::Jid;

use super::wire::Wire;
use crate::support::daemon::Account;

/// A requester who is the target as well.
pub(crate) struct Relay {
    wire: Wire,
    proxy: StreamHost,
    streams: u32,
}

impl Relay {
    /// Logs in and asks where the proxy is.
    pub(crate) async fn of(who: &Account) -> Self {
        let mut wire = Wire::of(who).await;
        let proxy = Jid::new(&format!("proxy.{}", wire.me.domain())).unwrap();
        let answer = wire.ask("get", &proxy, address_request()).await;
        let proxy = read_addresses(answer.get_child("query", ns::BYTESTREAMS).unwrap()).pop().unwrap();
        Relay { wire, proxy, streams: 0 }
    }

    /// Two sockets that are joined: one to read from, one to write to.
    pub(crate) async fn join(&mut self) -> (TcpStream, TcpStream) {
        self.streams += 1;
        let (sid, me) = (StreamId(format!("bare-{}", self.streams)), self.wire.me.clone());
        let destination = destination_address(&sid, &me, &me);
        let target = self.connect(&destination);
        let requester = self.connect(&destination);
        let joined = self.wire.ask("set", &self.proxy.jid, Activate { sid, target: me }.write()).await;
        assert_eq!(joined.attr("type"), Some("result"), "the proxy does not join: {joined:?}");
        (target, requester)
    }

    fn connect(&self, destination: &str) -> TcpStream {
        let mut stream = TcpStream::connect((self.proxy.host.as_str(), self.proxy.port)).unwrap();
        stream.write_all(&[5, 1, 0]).unwrap();
        stream.read_exact(&mut [0; 2]).unwrap();
        let length = u8::try_from(destination.len()).unwrap();
        stream.write_all(&[&[5, 1, 0, 3, length], destination.as_bytes(), &[0, 0]].concat()).unwrap();
        let mut reply = vec![0; destination.len() + 7];
        stream.read_exact(&mut reply).unwrap();
        assert_eq!(reply[..2], [5, 0], "the proxy refuses");
        stream
    }
}
