//! Somebody who has a session and nothing else: stanzas go out as they are written, and answers come in.

use balcony::client::Timings;
use balcony::client::connection::{Order, Session};
use balcony::engine::{self, Input, Lane};
use balcony::store::berth::Berth;
use balcony::store::habit::Habit;
use jid::Jid;
use minidom::Element;
use tokio::sync::mpsc;
use tokio::task::AbortHandle;

use crate::harness::town::account_of;
use crate::support::daemon::Account;

/// A session that is online.
pub(crate) struct Wire {
    pub(crate) me: Jid,
    orders: mpsc::UnboundedSender<Order>,
    inputs: mpsc::Receiver<Input>,
    asked: u32,
    session: AbortHandle,
}

impl Wire {
    /// Logs in.
    pub(crate) async fn of(who: &Account) -> Self {
        let (orders, todo) = mpsc::unbounded_channel();
        let (teller, mut inputs) = mpsc::channel(64);
        let account = account_of(who);
        let me = account.jid.clone();
        let berth = Berth::take(None, &account.jid, 0);
        let habit = Habit::of(None, &account.jid.to_bare());
        let session = Session::new(account, berth, habit, Timings::default(), todo, teller);
        let session = tokio::spawn(session.run()).abort_handle();
        orders.send(Order::Connect).unwrap();
        while !matches!(inputs.recv().await.unwrap(), Input::Session(engine::Session::Online { .. })) {}
        Wire { me, orders, inputs, asked: 0, session }
    }

    /// Sends a stanza.
    pub(crate) fn say(&self, stanza: &str) {
        let stanza = stanza.parse().unwrap();
        self.orders.send(Order::Send { stanza, lane: Lane::Chat }).unwrap();
    }

    /// Asks somebody, and waits for the answer.
    pub(crate) async fn ask(&mut self, kind: &str, to: &Jid, payload: Element) -> Element {
        self.asked += 1;
        let id = format!("{kind}-{}", self.asked);
        let request = format!("<iq xmlns='jabber:client' type='{kind}' id='{id}' to='{to}'/>");
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

impl Drop for Wire {
    fn drop(&mut self) {
        self.session.abort();
    }
}
