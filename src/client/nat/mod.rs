//! What the shell does so that others can reach us: a port of the router, held as long as it is wanted, and our address
//! as a STUN server sees it.
//!
//! Nobody is asked unless the engine says so, which does it behind a router and with the user's leave. Then the router
//! alone is spoken to, at the address of the default route by PCP and NAT-PMP, and whoever answers the search of UPnP
//! on this network; and the STUN server that our own server names.

use std::net::{IpAddr, SocketAddr};

use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;

use crate::engine::Input;
use crate::engine::reach::{ReachEvent, ReachOrder};

mod keeping;
mod lease;
mod route;
mod stun;

#[cfg(test)]
mod tests;

/// Where UPnP looks for routers (UPnP Device Architecture §1.3.2).
const SSDP: ([u8; 4], u16) = ([239, 255, 255, 250], 1900);

/// Where the routers of this network are asked.
#[derive(Debug, Clone, Copy)]
struct Routers {
    /// The one that the default route leads to, by PCP and NAT-PMP.
    gateway: Option<IpAddr>,
    /// All, by UPnP.
    search: SocketAddr,
}

impl Routers {
    fn of_this_network() -> Self {
        Routers { gateway: route::default_gateway(), search: SSDP.into() }
    }
}

/// The one port that is held, or wanted.
pub(super) struct Nat {
    holding: Option<oneshot::Sender<()>>,
    inputs: mpsc::Sender<Input>,
}

impl Nat {
    /// None is wanted.
    pub(super) fn new(inputs: mpsc::Sender<Input>) -> Self {
        Nat { holding: None, inputs }
    }

    /// Does as it is told. Letting go of this gives the port back as [`ReachOrder::Unmap`] does.
    pub(super) fn perform(&mut self, order: ReachOrder, tasks: &mut JoinSet<()>) {
        let teller = Teller(self.inputs.clone());
        match order {
            ReachOrder::Map { local, port } => {
                let (holding, given_up) = oneshot::channel();
                self.holding = Some(holding);
                let local = SocketAddr::new(local, port);
                tasks.spawn(keeping::keep(Routers::of_this_network(), local, given_up, teller));
            }
            ReachOrder::Unmap => self.holding = None,
            ReachOrder::AskPublic { host, port } => {
                tasks.spawn(async move {
                    teller
                        .tell(match stun::ask(&host, port).await {
                            Ok(address) => ReachEvent::Public(address.ip()),
                            Err(why) => ReachEvent::PublicUnknown { why: format!("{host} {why}") },
                        })
                        .await;
                });
            }
        }
    }
}

/// The way back to the engine.
struct Teller(mpsc::Sender<Input>);

impl Teller {
    async fn tell(&self, event: ReachEvent) {
        tracing::info!(?event, "reach");
        // Nobody listens any more when the driver has ended, and then nobody cares.
        let _ = self.0.send(Input::Reach(event)).await;
    }
}
