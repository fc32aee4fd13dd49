//! The embedded server's sockets: XML streams on loopback around the [`Router`], and its proxies.
//!
//! [`Server::start`] listens on free ports of 127.0.0.1 and nowhere else. Dropping the [`Server`] ends every task.

use std::collections::BTreeMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::SystemTime;

use jid::FullJid;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::task::{AbortHandle, JoinSet};

use super::plan::{Manner, Plan};
use super::server::Router;
use crate::client::{clock, entropy};

mod hub;
mod ledger;
mod login;
mod pace;
mod relay;
mod scram;
mod session;
#[cfg(test)]
mod tests;

use hub::{Hub, Town};
pub use pace::Pace;
use pace::Paced;

/// The most connections to one listener.
const MOST_CONNECTIONS: usize = 256;

/// A server at work.
pub struct Server {
    address: SocketAddr,
    hub: Hub,
    tasks: Vec<AbortHandle>,
}

impl Server {
    /// Starts one on the current tokio runtime.
    pub async fn start(plan: &Plan) -> io::Result<Server> {
        let mut tasks = Vec::new();
        let (mut addresses, mut relays) = (BTreeMap::new(), BTreeMap::new());
        for proxy in &plan.proxies {
            let listener = listen().await?;
            addresses.insert(proxy.jid.clone(), listener.local_addr()?);
            if let Some(relay) = start_proxy(listener, proxy.manner, &mut tasks) {
                relays.insert(proxy.jid.clone(), relay);
            }
        }
        let town = Town::new(Router::new(plan, addresses, now()), relays);
        let hub = town.hub();
        tasks.push(tokio::spawn(town.run()).abort_handle());
        let listener = listen().await?;
        let address = listener.local_addr()?;
        let mut server = Server { address, hub, tasks };
        server.accept(listener, None);
        Ok(server)
    }

    /// Where clients connect.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Another place to connect, where clients send only so fast.
    pub async fn slow_address(&mut self, pace: Pace) -> io::Result<SocketAddr> {
        let listener = listen().await?;
        let address = listener.local_addr()?;
        self.accept(listener, Some(pace));
        Ok(address)
    }

    /// Breaks the connection of a session, as a bad network would. The session can be resumed.
    pub async fn cut(&self, session: &FullJid) {
        self.hub.cut(session.clone()).await;
    }

    fn accept(&mut self, listener: TcpListener, pace: Option<Pace>) {
        let hub = self.hub.clone();
        let accepting = async move {
            let mut connections = JoinSet::new();
            loop {
                tokio::select! {
                    Ok((connection, _)) = listener.accept(), if connections.len() < MOST_CONNECTIONS => {
                        let _ = connection.set_nodelay(true);
                        connections.spawn(login::serve(Paced::new(connection, pace), hub.clone()));
                    }
                    Some(_) = connections.join_next() => {}
                }
            }
        };
        self.tasks.push(tokio::spawn(accepting).abort_handle());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.tasks.iter().for_each(AbortHandle::abort);
    }
}

async fn listen() -> io::Result<TcpListener> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await
}

/// Puts a proxy to work; one that relays can be told to.
fn start_proxy(
    listener: TcpListener,
    manner: Manner,
    tasks: &mut Vec<AbortHandle>,
) -> Option<mpsc::Sender<relay::RelayMail>> {
    let (mails, mailbox) = mpsc::channel(64);
    let (task, relay) = match manner {
        Manner::Relays => (tokio::spawn(relay::relay(listener, mails.clone(), mailbox)), Some(mails)),
        Manner::Silent => (tokio::spawn(relay::silent(listener)), None),
    };
    tasks.push(task.abort_handle());
    relay
}

fn now() -> SystemTime {
    clock::now().wall
}

/// A name nobody can guess.
fn fresh_token() -> String {
    format!("{:016x}", entropy::entropy()())
}
