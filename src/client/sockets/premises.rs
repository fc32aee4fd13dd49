//! Connections to places that others name: whatever a name turns out to be, only where they may have us connect
//! ([`premises`]) is tried.

use std::io;
use std::net::IpAddr;
use std::time::Duration;

use if_addrs::IfAddr;
use tokio::net::TcpStream;

use crate::client::dial::{dial_any, resolve};
use crate::engine::premises::{self, Network};

/// Why nobody tried to connect.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct NotTried(pub(super) &'static str);

/// Connects to the first address of `host` that may be tried and answers; `local` is our side of the connection to our
/// server.
pub(super) async fn dial(host: &str, port: u16, local: Option<IpAddr>, patience: Duration) -> io::Result<TcpStream> {
    let networks = networks();
    let mut barred = None;
    let mut places = resolve(host, port).await?;
    places.retain(|place| match premises::may_dial(*place, local, &networks) {
        Ok(()) => true,
        Err(why) => {
            barred.get_or_insert(why);
            false
        }
    });
    match barred {
        Some(why) if places.is_empty() => Err(io::Error::other(NotTried(why))),
        Some(_) | None => dial_any(places, patience).await,
    }
}

/// The networks that this machine is in.
fn networks() -> Vec<Network> {
    let interfaces = if_addrs::get_if_addrs().unwrap_or_else(|why| {
        tracing::warn!(%why, "the networks of this machine are not known");
        Vec::new()
    });
    let network = |address: &IfAddr| match address {
        IfAddr::V4(v4) => Network { address: v4.ip.into(), prefix: v4.prefixlen },
        IfAddr::V6(v6) => Network { address: v6.ip.into(), prefix: v6.prefixlen },
    };
    interfaces.iter().map(|interface| network(&interface.addr)).collect()
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;
    use tokio::net::TcpListener;

    use super::*;

    const PATIENCE: Duration = Duration::from_secs(5);

    #[tokio::test]
    async fn a_name_that_leads_to_this_machine_is_followed_only_where_everybody_is_on_it() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        for host in ["localhost", "127.0.0.1", "[::ffff:127.0.0.1]"] {
            let elsewhere = Some("192.0.2.1".parse().unwrap());
            let why = dial(host, port, elsewhere, PATIENCE).await.unwrap_err();
            assert!(why.get_ref().unwrap().is::<NotTried>(), "{host}: {why}");
        }
        assert!(listener.accept().now_or_never().is_none(), "nobody has come");
        let here = Some("127.0.0.1".parse().unwrap());
        dial("localhost", port, here, PATIENCE).await.unwrap();
    }

    #[test]
    fn this_machine_is_in_a_network_of_its_own() {
        assert!(networks().iter().any(|network| network.contains("127.3.4.5".parse().unwrap())));
    }
}
