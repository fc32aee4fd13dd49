//! What the server's proxy lets through at most: two bare sockets that it joins (XEP-0065 §6.3).

use std::io::{Read, Write};
use std::net::TcpStream;

use balcony::client::Timings;
use balcony::client::connection::{Order, Session};
use balcony::engine::{self, Input, Lane};
use balcony::xep::bytestreams::{Activate, StreamHost, address_request, destination_address, read_addresses};
use balcony::xep::{StreamId, ns};
use jid::Jid;
use minidom::Element;
use tokio::sync::mpsc;
use tokio::task::AbortHandle;

use crate::harness::town::account_of;
use crate::support::daemon::Account;

/// A requester who has a session and nothing else, and who is the target as well.
pub(crate) struct Relay {
    me: Jid,
    orders: mpsc::UnboundedSender<Order>,
    inputs: mpsc::Receiver<Input>,
    proxy: Option<StreamHost>,
    streams: u32,
    session: AbortHandle,
}

impl Relay {
    /// Logs in and asks where the proxy is.
    pub(crate) async fn of(who: &Account) -> Self {
        let (orders, todo) = mpsc::unbounded_channel();
        let (teller, inputs) = mpsc::channel(64);
        let account = account_of(who);
        let me = account.jid.clone();
        let session = tokio::spawn(Session::new(account, Timings::default(), todo, teller).run()).abort_handle();
        orders.send(Order::Connect).unwrap();
        let mut relay = Relay { me, orders, inputs, proxy: None, streams: 0, session };
        while !matches!(relay.inputs.recv().await.unwrap(), Input::Session(engine::Session::Online { .. })) {}
        let answer = relay.ask("get", address_request()).await;
        relay.proxy = read_addresses(answer.get_child("query", ns::BYTESTREAMS).unwrap()).pop();
        relay
    }

    /// Two sockets that are joined: one to read from, one to write to.
    pub(crate) async fn join(&mut self) -> (TcpStream, TcpStream) {
        self.streams += 1;
        let sid = StreamId(format!("bare-{}", self.streams));
        let destination = destination_address(&sid, &self.me, &self.me);
        let target = self.connect(&destination);
        let requester = self.connect(&destination);
        let joined = self.ask("set", Activate { sid, target: self.me.clone() }.write()).await;
        assert_eq!(joined.attr("type"), Some("result"), "the proxy does not join: {joined:?}");
        (target, requester)
    }

    fn connect(&self, destination: &str) -> TcpStream {
        let StreamHost { host, port, .. } = self.proxy.as_ref().unwrap();
        let mut stream = TcpStream::connect((host.as_str(), *port)).unwrap();
        stream.write_all(&[5, 1, 0]).unwrap();
        stream.read_exact(&mut [0; 2]).unwrap();
        let length = u8::try_from(destination.len()).unwrap();
        stream.write_all(&[&[5, 1, 0, 3, length], destination.as_bytes(), &[0, 0]].concat()).unwrap();
        let mut reply = vec![0; destination.len() + 7];
        stream.read_exact(&mut reply).unwrap();
        assert_eq!(reply[..2], [5, 0], "the proxy refuses");
        stream
    }

    /// Asks the proxy, and waits for its answer.
    async fn ask(&mut self, kind: &str, payload: Element) -> Element {
        let proxy = format!("proxy.{}", self.me.domain());
        let id = format!("{kind}-{}", self.streams);
        let request = format!("<iq xmlns='jabber:client' type='{kind}' id='{id}' to='{proxy}'/>");
        let mut stanza: Element = request.parse().unwrap();
        stanza.append_child(payload);
        self.orders.send(Order::Send { stanza, lane: Lane::Chat }).unwrap();
        loop {
            match self.inputs.recv().await.unwrap() {
                Input::Stanza(answer) if answer.attr("id") == Some(id.as_str()) => return answer,
                _ => {}
            }
        }
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.session.abort();
    }
}
