//! Where a domain's server is: SRV records (RFC 6120 §3.2.1, RFC 2782), with direct TLS mixed in (XEP-0368).
//!
//! Records of both services are one list: the lowest priority first, within one priority at random by weight. A target
//! of `.` says that the service is not offered. Only a domain without any record is tried at its own address.

use std::net::IpAddr;

use hickory_resolver::TokioResolver;
use hickory_resolver::proto::rr::RData;
use hickory_resolver::proto::rr::rdata::SRV;

use crate::client::entropy;

/// The registered port of client connections that begin without TLS.
pub(super) const PORT: u16 = 5222;

/// The usual port of client connections that begin with TLS.
pub(super) const DIRECT_PORT: u16 = 5223;

/// The most records that are followed.
const MOST_RECORDS: usize = 32;

/// How a connection begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Security {
    /// StartTLS (RFC 6120 §5).
    StartTls,
    /// TLS from the first byte (XEP-0368).
    Direct,
    /// No TLS at all.
    None,
}

/// One place where the server may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Route {
    /// A host name or an address.
    pub(super) host: String,
    /// A port.
    pub(super) port: u16,
    /// How the connection begins.
    pub(super) security: Security,
}

/// One SRV record of one service.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Record {
    priority: u16,
    weight: u16,
    route: Route,
}

/// What the domain's records say.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Lookup {
    /// There are no records; the domain itself may be the server.
    Nothing,
    /// The service is not offered.
    NotOffered,
    /// Try these, in this order.
    Routes(Vec<Route>),
}

/// Asks for the records of `domain` for each of `securities`.
pub(super) async fn look_up(domain: &str, securities: &[Security]) -> Lookup {
    // An address has no records, and `localhost` is never asked for outside (RFC 6761).
    if domain == "localhost" || domain.trim_matches(['[', ']']).parse::<IpAddr>().is_ok() {
        return Lookup::Nothing;
    }
    let resolver = match TokioResolver::builder_tokio().and_then(hickory_resolver::ResolverBuilder::build) {
        Ok(resolver) => resolver,
        Err(why) => {
            tracing::warn!(%why, "no name server is configured");
            return Lookup::Nothing;
        }
    };
    let asking = securities.iter().map(|&security| records(&resolver, domain, security));
    let found = futures::future::join_all(asking).await.concat();
    decide(found, entropy::fraction)
}

async fn records(resolver: &TokioResolver, domain: &str, security: Security) -> Vec<Record> {
    let service = match security {
        Security::StartTls => "_xmpp-client",
        Security::Direct => "_xmpps-client",
        Security::None => return Vec::new(),
    };
    // The dot keeps the search domains of the network out of it.
    match resolver.srv_lookup(format!("{service}._tcp.{domain}.")).await {
        Ok(answer) => {
            answer.answers().iter().filter_map(|record| srv_of(&record.data)).map(|srv| record(srv, security)).collect()
        }
        Err(why) => {
            tracing::debug!(service, domain, %why, "no SRV records");
            Vec::new()
        }
    }
}

fn srv_of(data: &RData) -> Option<&SRV> {
    if let RData::SRV(srv) = data { Some(srv) } else { None }
}

fn record(srv: &SRV, security: Security) -> Record {
    let host = srv.target.to_utf8();
    let host = host.strip_suffix('.').unwrap_or(&host).to_owned();
    Record { priority: srv.priority, weight: srv.weight, route: Route { host, port: srv.port, security } }
}

fn decide(records: Vec<Record>, random: impl FnMut() -> f64) -> Lookup {
    if records.is_empty() {
        return Lookup::Nothing;
    }
    let offered: Vec<_> =
        records.into_iter().filter(|record| !record.route.host.is_empty()).take(MOST_RECORDS).collect();
    if offered.is_empty() { Lookup::NotOffered } else { Lookup::Routes(in_order(offered, random)) }
}

/// RFC 2782: by priority, and within one priority each next one at random, the heavier the likelier.
fn in_order(mut records: Vec<Record>, mut random: impl FnMut() -> f64) -> Vec<Route> {
    records.sort_by_key(|record| (record.priority, record.weight));
    let mut routes = Vec::new();
    while let Some(first) = records.first() {
        let rivals = records.iter().take_while(|record| record.priority == first.priority).count();
        let sum: u32 = records[..rivals].iter().map(|record| u32::from(record.weight)).sum();
        let mut left = random() * f64::from(sum);
        let chosen = records[..rivals].iter().position(|record| {
            left -= f64::from(record.weight);
            left <= 0.0
        });
        routes.push(records.remove(chosen.unwrap_or(rivals - 1)).route);
    }
    routes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(priority: u16, weight: u16, host: &str, security: Security) -> Record {
        Record { priority, weight, route: Route { host: host.to_owned(), port: PORT, security } }
    }

    fn hosts(lookup: Lookup) -> Vec<String> {
        match lookup {
            Lookup::Routes(routes) => routes.into_iter().map(|route| route.host).collect(),
            Lookup::Nothing | Lookup::NotOffered => Vec::new(),
        }
    }

    #[test]
    fn both_services_are_one_list_by_priority() {
        let records = vec![
            record(20, 0, "c", Security::StartTls),
            record(5, 0, "a", Security::StartTls),
            record(10, 0, "b", Security::Direct),
        ];
        assert_eq!(hosts(decide(records, || 0.5)), ["a", "b", "c"]);
    }

    #[test]
    fn within_a_priority_the_weight_decides_how_often_one_is_first() {
        let first = |random: f64| {
            let records = vec![
                record(1, 90, "heavy", Security::Direct),
                record(1, 10, "light", Security::StartTls),
                record(1, 0, "never, almost", Security::StartTls),
            ];
            hosts(decide(records, || random)).remove(0)
        };
        assert_eq!(first(0.0), "never, almost");
        assert_eq!(first(0.05), "light");
        assert_eq!(first(0.11), "heavy");
        assert_eq!(first(1.0), "heavy");
    }

    #[test]
    fn every_record_is_tried_once() {
        let records: Vec<_> = (0..9).map(|n| record(n / 3, n * 7, &n.to_string(), Security::StartTls)).collect();
        let mut seen = hosts(decide(records, || 0.3));
        assert_eq!(seen.len(), 9);
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), 9);
    }

    #[test]
    fn a_dot_says_that_the_service_is_not_offered() {
        assert_eq!(decide(vec![record(0, 0, "", Security::StartTls)], || 0.0), Lookup::NotOffered);
        let other = vec![record(0, 0, "", Security::StartTls), record(1, 0, "a", Security::Direct)];
        assert_eq!(hosts(decide(other, || 0.0)), ["a"]);
        assert_eq!(decide(Vec::new(), || 0.0), Lookup::Nothing);
    }

    #[tokio::test]
    async fn addresses_and_localhost_are_not_looked_up() {
        for domain in ["localhost", "127.0.0.1", "::1", "[::1]"] {
            assert_eq!(look_up(domain, &[Security::StartTls, Security::Direct]).await, Lookup::Nothing);
        }
    }
}
