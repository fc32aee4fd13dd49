//! One port of the router, from the first question until it is given back: asked for, renewed at half its time, asked
//! for anew when it is lost.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::{sleep, timeout};

use super::lease::Lease;
use super::{Routers, Teller};
use crate::engine::reach::ReachEvent;

/// Some routers grant seconds; nobody is asked more often than this.
const SHORTEST_TERM: Duration = Duration::from_secs(30);

/// Who quits does not wait longer for a router; the port ends by itself then.
const FAREWELL: Duration = Duration::from_secs(1);

/// Holds a port until `given_up` says so, by its end, or there is none to be had.
pub(super) async fn keep(routers: Routers, local: SocketAddr, given_up: oneshot::Receiver<()>, teller: Teller) {
    let mut held = None;
    tokio::select! {
        why = hold(routers, local, &mut held, &teller) => teller.tell(ReachEvent::MapFailed { why }).await,
        _ = given_up => {}
    }
    if let Some(lease) = held
        && timeout(FAREWELL, lease.give_back()).await.is_err()
    {
        tracing::info!("the router did not take its port back in time");
    }
}

/// Holds a port, or another if the first is lost; why there is none any more.
async fn hold(routers: Routers, local: SocketAddr, held: &mut Option<Lease>, teller: &Teller) -> String {
    loop {
        match Lease::obtain(routers, local).await {
            Ok(lease) => renew(held.insert(lease), teller).await,
            Err(why) => return why,
        }
        *held = None;
    }
}

/// Tells of it, and renews it, until that fails.
async fn renew(lease: &mut Lease, teller: &Teller) {
    loop {
        let known = lease.mapping();
        teller.tell(ReachEvent::Mapped(known)).await;
        while lease.mapping() == known {
            sleep((lease.term() / 2).max(SHORTEST_TERM)).await;
            if let Err(why) = lease.renew().await {
                tracing::info!(why, "the router does not renew the port");
                return;
            }
        }
    }
}
