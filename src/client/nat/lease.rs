//! A port that a router lends us: obtained by PCP, else NAT-PMP, else UPnP, whichever it speaks.
//!
//! The crates speak the protocols; here are the order, the patience, and the words for what went wrong.

use std::net::{IpAddr, SocketAddr};
use std::num::NonZeroU16;
use std::time::Duration;

use crab_nat::{
    GatewayAddress, InternetProtocol, MappingFailure, PortMapping, PortMappingOptions, PortMappingType, TimeoutConfig,
    natpmp, pcp,
};
use igd_next::aio::{Gateway, tokio as upnp};
use igd_next::{PortMappingProtocol, SearchOptions};
use tokio::time::timeout;

use super::Routers;
use crate::client::dial::words;
use crate::engine::reach::{Mapper, Mapping};

/// How long a port is lent. Half of it is what a port outlives a crash by on average.
const TERM: Duration = Duration::from_hours(1);

/// A router answers within milliseconds; three questions in a little over a second are more than one that speaks the
/// protocol misses.
const TIMES: TimeoutConfig =
    TimeoutConfig { initial_timeout: Duration::from_millis(250), max_retries: 2, max_retry_timeout: None };

/// Routers answer a search of UPnP at random within three seconds.
const SEARCH: Duration = Duration::from_secs(4);

/// Small routers take their time for an answer over HTTP.
const CONTROL: Duration = Duration::from_secs(4);

/// What the router shows its owner of who wanted the port.
const DESCRIPTION: &str = "Balcony file transfer";

/// A port that is ours for a while.
pub(super) enum Lease {
    /// By PCP or NAT-PMP; the latter tells the address by itself.
    Pcp { mapping: PortMapping, address: Option<IpAddr> },
    /// By UPnP.
    Upnp { gateway: Gateway<upnp::Tokio>, local: SocketAddr, port: u16, address: Option<IpAddr> },
}

impl Lease {
    /// Asks in every way for a port that leads to `local`; why none works, if so.
    pub(super) async fn obtain(routers: Routers, local: SocketAddr) -> Result<Self, String> {
        let by_pcp = match routers.gateway {
            Some(gateway) => Self::by_pcp(gateway, local).await,
            None => Err("there is no default route".to_owned()),
        };
        let why_not_pcp = match by_pcp {
            Ok(lease) => return Ok(lease),
            Err(why) => why,
        };
        let why_not_upnp = match Self::by_upnp(routers.search, local).await {
            Ok(lease) => return Ok(lease),
            Err(why) => why,
        };
        Err(format!("PCP and NAT-PMP: {why_not_pcp}; UPnP: {why_not_upnp}"))
    }

    async fn by_pcp(gateway: IpAddr, local: SocketAddr) -> Result<Self, String> {
        let gateway = GatewayAddress::from(gateway);
        let port = NonZeroU16::new(local.port()).ok_or("the listener has no port")?;
        let options = PortMappingOptions {
            external_port: Some(port),
            lifetime_seconds: u32::try_from(TERM.as_secs()).ok(),
            timeout_config: Some(TIMES),
        };
        let mapped = match PortMapping::new(gateway, local.ip(), InternetProtocol::Tcp, port, options).await {
            // Old routers drop what they do not know instead of saying so.
            Err(MappingFailure::Pcp(_)) => {
                natpmp::port_mapping(gateway, InternetProtocol::Tcp, port, options).await.map_err(Into::into)
            }
            mapped => mapped,
        };
        let mapping = mapped.map_err(|why: MappingFailure| pcp_words(&why))?;
        let address = match mapping.mapping_type() {
            PortMappingType::Pcp { external_ip, .. } => Some(external_ip),
            PortMappingType::NatPmp => natpmp::external_address(gateway, Some(TIMES)).await.ok().map(IpAddr::from),
        };
        Ok(Lease::Pcp { mapping, address: address.filter(|ip| !ip.is_unspecified()) })
    }

    async fn by_upnp(search: SocketAddr, local: SocketAddr) -> Result<Self, String> {
        let mut options = SearchOptions::default();
        options.bind_addr = SocketAddr::new(local.ip(), 0);
        options.broadcast_address = search;
        options.timeout = Some(SEARCH);
        // Whoever answers may speak for itself alone; one that was asked by its own address, even on this machine.
        options.allowed_gateway_ips = vec![search.ip()];
        let gateway = upnp::search_gateway(options).await.map_err(|why| upnp_words(&why))?;
        let port =
            in_time(gateway.add_any_port(PortMappingProtocol::TCP, local, term_in_seconds(), DESCRIPTION)).await?;
        let address = in_time(gateway.get_external_ip()).await.ok();
        let address = address.filter(|ip| !ip.is_unspecified());
        Ok(Lease::Upnp { gateway, local, port, address })
    }

    /// What it is.
    pub(super) fn mapping(&self) -> Mapping {
        match self {
            Lease::Pcp { mapping, address } => {
                let by = match mapping.mapping_type() {
                    PortMappingType::NatPmp => Mapper::NatPmp,
                    PortMappingType::Pcp { .. } => Mapper::Pcp,
                };
                Mapping { address: *address, port: mapping.external_port().get(), by }
            }
            Lease::Upnp { port, address, .. } => Mapping { address: *address, port: *port, by: Mapper::UpnpIgd },
        }
    }

    /// For how long.
    pub(super) fn term(&self) -> Duration {
        match self {
            Lease::Pcp { mapping, .. } => Duration::from_secs(mapping.lifetime().into()),
            Lease::Upnp { .. } => TERM,
        }
    }

    /// For as long again; the router may have changed its mind about the port, or its address.
    pub(super) async fn renew(&mut self) -> Result<(), String> {
        match self {
            Lease::Pcp { mapping, address } => {
                mapping.renew().await.map_err(|why| pcp_words(&why))?;
                if let PortMappingType::Pcp { external_ip, .. } = mapping.mapping_type() {
                    *address = Some(external_ip).filter(|ip| !ip.is_unspecified());
                }
                Ok(())
            }
            Lease::Upnp { gateway, local, port, address } => {
                let added = gateway.add_port(PortMappingProtocol::TCP, *port, *local, term_in_seconds(), DESCRIPTION);
                in_time(added).await?;
                *address = in_time(gateway.get_external_ip()).await.ok().filter(|ip| !ip.is_unspecified());
                Ok(())
            }
        }
    }

    /// Nobody needs it any more.
    pub(super) async fn give_back(self) {
        let failed = match self {
            Lease::Pcp { mapping, .. } => mapping.try_drop().await.err().map(|(why, _)| pcp_words(&why)),
            Lease::Upnp { gateway, port, .. } => {
                gateway.remove_port(PortMappingProtocol::TCP, port).await.err().map(|why| upnp_words(&why))
            }
        };
        if let Some(why) = failed {
            tracing::info!(why, "the router did not take its port back");
        }
    }
}

fn term_in_seconds() -> u32 {
    u32::try_from(TERM.as_secs()).unwrap_or(u32::MAX)
}

async fn in_time<T, E: std::fmt::Display>(answer: impl Future<Output = Result<T, E>>) -> Result<T, String> {
    match timeout(CONTROL, answer).await {
        Ok(answer) => answer.map_err(|why| upnp_words(&why)),
        Err(_) => Err("the router did not answer in time".to_owned()),
    }
}

/// The crate's words are good for what a router said; where nobody spoke, there are ours.
fn pcp_words(why: &MappingFailure) -> String {
    if let MappingFailure::NatPmp(natpmp::Failure::Socket(why)) | MappingFailure::Pcp(pcp::Failure::Socket(why)) = why {
        return words(why);
    }
    if let MappingFailure::NatPmp(natpmp::Failure::Timeout) | MappingFailure::Pcp(pcp::Failure::Timeout) = why {
        return "no answer".to_owned();
    }
    match why {
        MappingFailure::NatPmp(why) => why.to_string(),
        MappingFailure::Pcp(why) => why.to_string(),
    }
}

fn upnp_words(why: &impl std::fmt::Display) -> String {
    why.to_string()
}
