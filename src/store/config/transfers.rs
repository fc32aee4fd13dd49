//! `[transfers]`: where files go and which ways they may take.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use jid::Jid;
use serde::Deserialize;
use toml::Spanned;

use super::document::{Word, read, read_all_as, read_as};
use super::fault::Fault;
use super::size::Rate;
use crate::engine::command::{Encryption, USUAL_PARALLEL, Via};
use crate::store::paths::expand_home;

/// Where the listener binds, in words.
const PLACE: &str = "ADDRESS:PORT like 0.0.0.0:0 or [::]:7777; a port is a number up to 65535, and 0 takes a free one";

/// The table as it is written.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TransfersTable {
    downloads: Option<PathBuf>,
    methods: Option<Spanned<Vec<Word>>>,
    proxies: Option<Vec<Word>>,
    listen: Option<Word>,
    advertise: Option<Vec<Word>>,
    parallel: Option<Spanned<u16>>,
    map_ports: Option<bool>,
    encryption: Option<Word>,
    limit_up: Option<Word>,
    limit_down: Option<Word>,
    journal_days: Option<u16>,
}

/// How files travel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransfersConfig {
    /// Where received files go instead of the user's downloads folder.
    pub downloads: Option<PathBuf>,
    /// Methods in order of preference, each at most once, at least one.
    pub methods: Vec<Via>,
    /// Proxies besides those that the server names.
    pub proxies: Vec<Jid>,
    /// Where the SOCKS5 listener binds.
    pub listen: SocketAddr,
    /// Addresses to offer instead of those that the machine has.
    pub advertise: Vec<IpAddr>,
    /// How many files of an account move at a time.
    pub parallel: usize,
    /// Whether a router is asked to pass connections on to the listener. It is on this network and nobody else's; what
    /// it opens leads to a listener that knows only those whom a file was offered to.
    pub map_ports: bool,
    /// Whether SOCKS5 streams pass through TLS.
    pub encryption: Encryption,
    /// How many bytes a second may go up, all files together.
    pub limit_up: Option<u64>,
    /// How many may come down.
    pub limit_down: Option<u64>,
    /// How long the journal keeps what is finished.
    pub journal: Duration,
}

impl Default for TransfersConfig {
    fn default() -> Self {
        TransfersConfig {
            downloads: None,
            methods: Via::ALL.to_vec(),
            proxies: Vec::new(),
            listen: SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0),
            advertise: Vec::new(),
            parallel: USUAL_PARALLEL,
            map_ports: true,
            encryption: Encryption::default(),
            limit_up: None,
            limit_down: None,
            journal: days(365),
        }
    }
}

impl TransfersTable {
    pub(super) fn check(self, folder: &Path) -> Result<TransfersConfig, Fault> {
        let default = TransfersConfig::default();
        Ok(TransfersConfig {
            downloads: self.downloads.map(|path| folder.join(expand_home(&path))),
            methods: self.methods.as_ref().map_or(Ok(default.methods), check_methods)?,
            proxies: read_all_as(&self.proxies.unwrap_or_default(), "address like proxy.capulet.lit")?,
            listen: self.listen.as_ref().map_or(Ok(default.listen), |place| read_as(place, PLACE))?,
            advertise: read_all_as(&self.advertise.unwrap_or_default(), "IP address like 192.0.2.1 or 2001:db8::1")?,
            parallel: self.parallel.as_ref().map_or(Ok(default.parallel), check_parallel)?,
            map_ports: self.map_ports.unwrap_or(default.map_ports),
            encryption: self.encryption.as_ref().map_or(Ok(default.encryption), read)?,
            limit_up: limit(self.limit_up.as_ref())?,
            limit_down: limit(self.limit_down.as_ref())?,
            journal: self.journal_days.map_or(default.journal, days),
        })
    }
}

fn days(number: u16) -> Duration {
    Duration::from_hours(24 * u64::from(number))
}

fn check_parallel(number: &Spanned<u16>) -> Result<usize, Fault> {
    match *number.get_ref() {
        0 => Err(Fault::new(number.span(), "with 0 at a time no file would ever move; 1 is one after the other")),
        several => Ok(several.into()),
    }
}

fn limit(word: Option<&Word>) -> Result<Option<u64>, Fault> {
    let rate = word.map(read::<Rate>).transpose()?;
    Ok(rate.and_then(|Rate(limit)| limit))
}

fn check_methods(words: &Spanned<Vec<Word>>) -> Result<Vec<Via>, Fault> {
    let mut methods = Vec::new();
    for word in words.get_ref() {
        let via: Via = read(word)?;
        if methods.contains(&via) {
            return Err(Fault::new(word.span(), format!("{} stands here twice; once is enough", via.word())));
        }
        methods.push(via);
    }
    if methods.is_empty() {
        return Err(Fault::new(words.span(), "without a method no file can travel; name one, or leave methods out"));
    }
    Ok(methods)
}

#[cfg(test)]
mod tests {
    use super::super::{Config, Others};
    use super::*;

    fn transfers(keys: &str) -> Result<TransfersConfig, String> {
        let text = format!("[transfers]\n{keys}");
        let config = Config::parse(&text, Path::new("/etc"), Others::Read);
        config.map(|config| config.transfers).map_err(|fault| fault.place(Path::new("c"), &text).to_string())
    }

    #[test]
    fn methods_keep_their_order_and_one_left_out_is_off() {
        let methods = transfers("methods = [\"in-band\", \"socks5-direct\"]").unwrap().methods;
        assert_eq!(methods, [Via::InBand, Via::Socks5Direct]);
    }

    #[test]
    fn a_list_of_methods_makes_sense() {
        let told = transfers("methods = [\"in-band\", \"in-band\"]").unwrap_err();
        assert_eq!(told, "c:2:23: in-band stands here twice; once is enough");
        assert!(transfers("methods = []").unwrap_err().starts_with("c:2:11: without a method"));
        assert!(transfers("methods = [\"smoke\"]").unwrap_err().starts_with("c:2:12: \"smoke\" is no method"));
    }

    #[test]
    fn the_journal_keeps_a_year_unless_told_otherwise() {
        assert_eq!(transfers("").unwrap().journal, days(365));
        assert_eq!(transfers("journal_days = 0").unwrap().journal, Duration::ZERO);
        assert!(transfers("journal_days = -1").is_err());
    }

    #[test]
    fn at_least_one_file_moves_at_a_time() {
        assert_eq!(transfers("parallel = 1").unwrap().parallel, 1);
        assert!(transfers("parallel = 0").unwrap_err().starts_with("c:2:12: with 0 at a time"));
    }

    #[test]
    fn limits_are_sizes_in_a_second_or_off() {
        let read = transfers("limit_up = \"500k\"\nlimit_down = \"off\"").unwrap();
        assert_eq!((read.limit_up, read.limit_down), (Some(512_000), None));
        assert!(transfers("limit_up = \"500\"").unwrap_err().starts_with("c:2:12: \"500\" is no rate"));
    }

    #[test]
    fn the_router_is_asked_unless_that_is_turned_off() {
        assert!(transfers("").unwrap().map_ports);
        assert!(!transfers("map_ports = false").unwrap().map_ports);
    }

    #[test]
    fn addresses_are_addresses() {
        let read = transfers(
            "proxies = [\"proxy.capulet.lit\"]\nlisten = \"[::]:7777\"\nadvertise = [\"192.0.2.1\", \"2001:db8::1\"]",
        )
        .unwrap();
        assert_eq!(read.proxies, [Jid::new("proxy.capulet.lit").unwrap()]);
        assert_eq!(read.listen, "[::]:7777".parse().unwrap());
        assert_eq!(read.advertise.len(), 2);
        assert_eq!(
            transfers("listen = \"0.0.0.0:99999\"").unwrap_err(),
            "c:2:10: \"0.0.0.0:99999\" is no ADDRESS:PORT like 0.0.0.0:0 or [::]:7777; a port is a number up to 65535, \
             and 0 takes a free one"
        );
        assert!(transfers("listen = \"7777\"").unwrap_err().starts_with("c:2:10: \"7777\" is no ADDRESS:PORT"));
        assert_eq!(
            transfers("advertise = [\"home\"]").unwrap_err(),
            "c:2:14: \"home\" is no IP address like 192.0.2.1 or 2001:db8::1"
        );
        assert_eq!(
            transfers("proxies = [\"a@@b\"]").unwrap_err(),
            "c:2:12: \"a@@b\" is no address like proxy.capulet.lit"
        );
    }
}
