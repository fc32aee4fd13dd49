//! From an account to a stream that is logged in: where the server is, TCP, TLS, SASL.
//!
//! Every place where the server may be is tried in order. The first that logs us in is it; a refused password ends the
//! search, because the next place would be asked with the same one.

use std::net::SocketAddr;
use std::time::Duration;

use minidom::Element;
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::Loss;
use super::features::{Features, TLS};
use super::login::log_in;
use super::srv::{DIRECT_PORT, Lookup, PORT, Route, Security, look_up};
use super::stream::{self, Xml};
use super::tls::{Secured, secure};
use super::transport::QuickTcp;
use crate::client::dial;
use crate::client::timings::Timings;
use crate::engine::event::StopReason;
use crate::engine::login::Login;
use crate::store::account::{Account, Tls};
use crate::xep::stanza::element;

/// How long DNS may take; after that the domain itself is tried.
const LOOK_UP: Duration = Duration::from_secs(10);

/// Offers of a server that are told; servers make a dozen.
const MOST_OFFERED: usize = 64;

/// Places tried in vain that are told.
const MOST_TOLD: usize = 8;

/// A stream that is logged in, and not yet bound.
pub(super) struct Connected {
    /// The stream.
    pub(super) xml: Xml,
    /// What the server offers on it.
    pub(super) features: Features,
    /// How it is protected, in words.
    pub(super) security: String,
    /// Our side of the connection.
    pub(super) local: Option<SocketAddr>,
}

/// Connects and logs in. `preferred` is where the server wants a stream to be resumed; how far it came is in `login`.
pub(super) async fn connect(
    account: &Account,
    timings: &Timings,
    preferred: Option<&str>,
    login: &mut Login,
) -> Result<Connected, Loss> {
    let connected = connect_somewhere(account, timings, preferred, login).await;
    login.fault = connected.as_ref().err().map(Loss::words);
    connected
}

async fn connect_somewhere(
    account: &Account,
    timings: &Timings,
    preferred: Option<&str>,
    login: &mut Login,
) -> Result<Connected, Loss> {
    let mut verdict = Loss::Retry("the server is nowhere".to_owned());
    for route in routes(account, preferred, login).await? {
        tracing::debug!(?route, "trying");
        let place = format!("{}:{}", route.host, route.port);
        let Login { directions, in_vain, proves, .. } = std::mem::take(login);
        *login = Login { directions, in_vain, proves, place: Some(place.clone()), ..Login::default() };
        match attempt(&route, account, timings, login).await {
            Ok(connected) => return Ok(connected),
            Err(loss @ Loss::Stop(StopReason::Login(_) | StopReason::PasswordWanted { .. } | StopReason::Conflict)) => {
                return Err(loss);
            }
            Err(loss) => {
                tracing::debug!(?route, ?loss, "not there");
                if login.in_vain.len() < MOST_TOLD {
                    login.in_vain.push((place, loss.words()));
                }
                // A certificate that is not to be trusted is worth telling even if other places are merely dead.
                if !matches!(verdict, Loss::Stop(_)) {
                    verdict = loss;
                }
            }
        }
    }
    Err(verdict)
}

/// Where the server may be, the likeliest first.
async fn routes(account: &Account, preferred: Option<&str>, login: &mut Login) -> Result<Vec<Route>, Loss> {
    let security = security_of(account.tls);
    let mut routes = Vec::new();
    if let Some((host, port)) = preferred.and_then(|location| location.rsplit_once(':'))
        && let (Ok(port), None) = (port.parse(), &account.server)
    {
        routes.push(Route { host: host.to_owned(), port, security });
    }
    if let Some(server) = &account.server {
        "the configuration says where the server is".clone_into(&mut login.directions);
        return Ok(vec![Route { host: server.host.clone(), port: server.port, security }]);
    }
    let domain = ascii_domain(account);
    let asked: &[Security] = match account.tls {
        Tls::Auto => &[Security::StartTls, Security::Direct],
        Tls::StartTls => &[Security::StartTls],
        Tls::Direct => &[Security::Direct],
        Tls::None => &[],
    };
    match timeout(LOOK_UP, look_up(&domain, asked)).await.unwrap_or(Lookup::Nothing) {
        Lookup::Routes(found) => {
            login.directions = format!("SRV records of {domain}: {}", places(&found));
            routes.extend(found);
        }
        Lookup::NotOffered => {
            return Err(Loss::Stop(StopReason::Other(format!("{domain} says that it has no XMPP server"))));
        }
        Lookup::Nothing => {
            login.directions = format!("no SRV records, so {domain} itself");
            let port = if security == Security::Direct { DIRECT_PORT } else { PORT };
            routes.push(Route { host: domain, port, security });
        }
    }
    Ok(routes)
}

fn places(routes: &[Route]) -> String {
    let words = |route: &Route| {
        let direct = if route.security == Security::Direct { " (direct TLS)" } else { "" };
        format!("{}:{}{direct}", route.host, route.port)
    };
    routes.iter().take(MOST_TOLD).map(words).collect::<Vec<_>>().join(", ")
}

/// How a connection begins where no record says so.
fn security_of(tls: Tls) -> Security {
    match tls {
        Tls::Auto | Tls::StartTls => Security::StartTls,
        Tls::Direct => Security::Direct,
        Tls::None => Security::None,
    }
}

/// The domain as DNS and certificates write it.
fn ascii_domain(account: &Account) -> String {
    let domain = account.jid.domain().as_str();
    let bare = domain.trim_matches(['[', ']']);
    idna::domain_to_ascii(bare).unwrap_or_else(|_| bare.to_owned())
}

async fn attempt(route: &Route, account: &Account, timings: &Timings, login: &mut Login) -> Result<Connected, Loss> {
    let place = format!("{}:{}", route.host, route.port);
    let tcp = reach(route, timings).await?;
    let local = tcp.local_addr().ok();
    login.address = tcp.peer_addr().ok();
    let tcp = QuickTcp::new(tcp).map_err(|why| Loss::Retry(format!("{place}: {why}")))?;
    let logging_in = negotiate(tcp, route.security, account, timings, login);
    let negotiated = timeout(timings.login, logging_in).await;
    let (xml, features, security) =
        negotiated.unwrap_or_else(|_| Err(Loss::Retry(format!("{place} did not answer in time"))))?;
    Ok(Connected { xml, features, security, local })
}

/// Connects; without TLS only to this machine.
async fn reach(route: &Route, timings: &Timings) -> Result<TcpStream, Loss> {
    let unreachable =
        |why: std::io::Error| Loss::Retry(format!("cannot reach {}:{}: {}", route.host, route.port, dial::words(&why)));
    let addresses = dial::resolve(&route.host, route.port).await.map_err(unreachable)?;
    if route.security == Security::None && !addresses.iter().all(|address| address.ip().is_loopback()) {
        let why = format!("without TLS Balcony talks to this machine only, and {} is another", route.host);
        return Err(Loss::Stop(StopReason::Other(why)));
    }
    dial::dial_any(addresses, timings.connect).await.map_err(unreachable)
}

async fn negotiate(
    tcp: QuickTcp,
    security: Security,
    account: &Account,
    timings: &Timings,
    login: &mut Login,
) -> Result<(Xml, Features, String), Loss> {
    let domain = account.jid.domain().as_str();
    let Secured { transport, security: words, exporter } = match security {
        Security::None => plaintext(tcp),
        Security::Direct => secure(tcp, &ascii_domain(account), account, security, login).await?,
        Security::StartTls => {
            let tcp = start_tls(tcp, domain, timings, login).await?;
            secure(tcp, &ascii_domain(account), account, security, login).await?
        }
    };
    let (offered, xml) = stream::open(transport, domain, timings).await?;
    let is_private = security != Security::None;
    note(&offered, login);
    let (features, xml) = log_in(xml, &Features::read(&offered), account, exporter, is_private, login).await?;
    note(&features, login);
    Ok((xml, Features::read(&features), words))
}

/// What the server offers is worth telling, known or not.
fn note(features: &Element, login: &mut Login) {
    let room = MOST_OFFERED.saturating_sub(login.offered.len());
    login.offered.extend(features.children().map(Element::ns).take(room));
}

fn plaintext(tcp: QuickTcp) -> Secured {
    Secured { transport: Box::new(tcp), security: "no TLS".to_owned(), exporter: None }
}

/// Agrees on TLS (RFC 6120 §5); what the server sent beyond that is thrown away, it came unprotected.
async fn start_tls(tcp: QuickTcp, domain: &str, timings: &Timings, login: &mut Login) -> Result<QuickTcp, Loss> {
    let (features, mut xml) = stream::open(tcp, domain, timings).await?;
    note(&features, login);
    if !Features::read(&features).starttls {
        let is_here = login.address.is_some_and(|address| address.ip().is_loopback());
        let allowed =
            if is_here { "; to a server on this machine, tls = \"none\" lets Balcony log in without" } else { "" };
        let why = format!("the server of {domain} offers no StartTLS, and without it nothing is sent{allowed}");
        return Err(Loss::Stop(StopReason::Other(why)));
    }
    stream::send(&mut xml, &element("starttls", TLS)).await?;
    let answer = stream::receive(&mut xml).await?;
    if answer.is("proceed", TLS) {
        Ok(xml.into_inner().into_inner())
    } else {
        Err(Loss::Retry(format!("the server of {domain} refuses StartTLS")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::account::{HostPort, Secret};

    fn account(domain: &str, server: Option<HostPort>, tls: Tls) -> Account {
        Account {
            name: "test".to_owned(),
            jid: format!("juliet@{domain}").parse().unwrap(),
            password: Secret::new("pencil"),
            server,
            tls,
            pin: None,
            extra_ca: None,
        }
    }

    fn route(host: &str, port: u16, security: Security) -> Route {
        Route { host: host.to_owned(), port, security }
    }

    #[tokio::test]
    async fn a_domain_without_records_is_its_own_server() {
        for (tls, port, security) in [
            (Tls::Auto, 5222, Security::StartTls),
            (Tls::StartTls, 5222, Security::StartTls),
            (Tls::Direct, 5223, Security::Direct),
            (Tls::None, 5222, Security::None),
        ] {
            let routes = routes(&account("localhost", None, tls), None, &mut Login::default()).await;
            assert_eq!(routes, Ok(vec![route("localhost", port, security)]));
        }
    }

    #[tokio::test]
    async fn a_configured_server_is_the_only_one() {
        let server = HostPort { host: "192.0.2.1".to_owned(), port: 443 };
        let account = account("capulet.lit", Some(server), Tls::Direct);
        let routes = routes(&account, Some("other:1"), &mut Login::default()).await;
        assert_eq!(routes, Ok(vec![route("192.0.2.1", 443, Security::Direct)]));
    }

    #[tokio::test]
    async fn where_the_server_wants_a_stream_resumed_comes_first() {
        let account = account("localhost", None, Tls::StartTls);
        let expected =
            vec![route("[2001:db8::1]", 9222, Security::StartTls), route("localhost", 5222, Security::StartTls)];
        let routes = routes(&account, Some("[2001:db8::1]:9222"), &mut Login::default()).await;
        assert_eq!(routes, Ok(expected));
    }

    #[test]
    fn a_domain_is_written_as_dns_and_certificates_do() {
        assert_eq!(ascii_domain(&account("b\u{fc}cher.example", None, Tls::Auto)), "xn--bcher-kva.example");
        assert_eq!(ascii_domain(&account("[::1]", None, Tls::Auto)), "::1");
    }
}
