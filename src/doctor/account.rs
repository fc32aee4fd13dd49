//! What the client found out about one account, in the order in which a session comes about.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::{Duration, SystemTime};

use super::{Finding, Private, Section};
use crate::engine::amount;
use crate::engine::checkup::{Clock, Examined};
use crate::engine::event::StopReason;
use crate::engine::login::{Certificate, Login, Sasl, Tls};
use crate::engine::reach::{self, Reachability};
use crate::xep::{date, ns};

/// From when on a certificate's end is worth a word: who renews by hand has two weeks.
const SOON: Duration = Duration::from_hours(14 * 24);

/// A clock that is further off makes the order of messages wrong for a person; TLS bears more.
const CLOCK_TOLERANCE: Duration = Duration::from_secs(30);

/// What is known about an account.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct News {
    /// Its address.
    pub jid: Option<jid::BareJid>,
    /// How it stands.
    pub standing: Standing,
    /// How the last login went.
    pub login: Option<Box<Login>>,
    /// How others can reach us.
    pub reachability: Option<Box<Reachability>>,
    /// What the server can.
    pub examined: Option<Box<Examined>>,
}

/// How an account's session stands.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum Standing {
    /// Nobody has tried.
    #[default]
    Idle,
    /// Logged in.
    Online,
    /// Not, and it will be tried again; why.
    Offline(String),
    /// Not, and it will not be tried again.
    Stopped(StopReason),
    /// It could not even be tried; why.
    Locked(String),
}

/// What stream features are called, and what is lost without them; those without a loss Balcony does not use.
const STREAM: &[(&str, &str)] = &[
    ("urn:xmpp:sm:3", "stream management (0198)"),
    ("urn:xmpp:csi:0", "client state (0352)"),
    (ns::ROSTER_VERSIONS, "roster versions (RFC 6121)"),
    ("urn:xmpp:bind:0", "Bind 2 (0386)"),
    ("urn:xmpp:sasl:2", "SASL2 (0388)"),
    ("urn:xmpp:fast:0", "FAST (0484)"),
];

/// What servers can.
const SERVER: &[(&str, &str)] = &[(ns::CARBONS, "carbons (0280)"), ("urn:xmpp:blocking", "blocking (0191)")];

/// What is offered to an account.
const ACCOUNT: &[(&str, &str)] =
    &[(ns::MAM, "archive (0313)"), (ns::PUBLISH_OPTIONS, "personal events (0163) with options")];

/// The account's part of the report.
pub fn section(news: &News, now: SystemTime) -> Section {
    let mut findings = Vec::new();
    if let Some(login) = &news.login {
        way(login, &mut findings);
        findings.extend(login.tls.iter().flat_map(|tls| secured(tls, now)));
        findings.extend(login.sasl.as_ref().map(proven));
    }
    findings.push(standing(&news.standing, now));
    if news.standing == Standing::Online {
        findings.extend(news.login.iter().map(|login| stream(login)));
        match &news.examined {
            Some(examined) => server(examined, &mut findings),
            None => findings.push(Finding::known("server", "has not told yet what it can")),
        }
        findings.extend(news.reachability.iter().flat_map(|reachability| reached(reachability)));
    }
    let title = news.jid.as_ref().map_or_else(|| "Account".to_owned(), ToString::to_string);
    Section { title, findings }
}

/// What is told where there is no account.
pub fn absent(config: &Path) -> Section {
    let advice = format!("start `balcony`, which asks for one, or write one into {}", config.display());
    let findings = vec![Finding::wrong("account", "none is configured", advice)];
    Section { title: "Account".to_owned(), findings }
}

/// What of it is not for everybody to read.
pub fn private(news: &News, private: &mut Private) {
    if let Some(jid) = &news.jid {
        private.account(jid);
    }
    let Some(reachability) = &news.reachability else { return };
    let mapped = reachability.mapping.found().and_then(|mapping| mapping.address);
    for address in reachability.public.found().copied().into_iter().chain(mapped) {
        private.word(&address.to_string(), "(public address)");
    }
}

fn way(login: &Login, findings: &mut Vec<Finding>) {
    if !login.directions.is_empty() {
        findings.push(Finding::known("dns", login.directions.clone()));
    }
    let is_last = |place: &str| login.place.as_deref() == Some(place) && login.address.is_none();
    for (place, why) in login.in_vain.iter().filter(|(place, _)| !is_last(place)) {
        findings.push(Finding::known("dns", format!("{place} was tried in vain: {why}")));
    }
    if let (Some(place), Some(address)) = (&login.place, login.address) {
        findings.push(Finding::good("tcp", format!("{place} answers at {address}")));
    } else if let Some(place) = &login.place {
        let advice = "see whether server and port are right, and whether this network lets them through";
        findings.push(Finding::wrong("tcp", format!("{place} does not answer"), advice));
    }
}

fn secured(tls: &Tls, now: SystemTime) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let Some(version) = &tls.version {
        findings.push(Finding::good("tls", format!("{version}, trusting {}", tls.trust)));
    } else {
        findings.push(Finding::known("tls", format!("did not come about; trusted would be {}", tls.trust)));
    }
    findings.extend(tls.certificate.as_ref().map(|shown| certificate(shown, tls.version.is_some(), now)));
    findings
}

fn certificate(shown: &Certificate, is_trusted: bool, now: SystemTime) -> Finding {
    let names = if shown.names.is_empty() { "no host".to_owned() } else { shown.names.join(", ") };
    let day = |time| date::write(time).map_or_else(|| "?".to_owned(), |text| text.chars().take(10).collect());
    let Some((from, until)) = shown.validity else {
        return Finding::known("certificate", format!("for {names}; {}", shown.fingerprint));
    };
    let says = format!("for {names}, from {} until {}; {}", day(from), day(until), shown.fingerprint);
    let clock =
        format!("ask who runs the server to renew it; or this machine's clock is wrong, which says {}", day(now));
    if (now < from || now > until) && is_trusted {
        return Finding::known("certificate", format!("{says}; it is out of date, but pinned"));
    }
    if now < from || now > until {
        return Finding::wrong("certificate", says, clock);
    }
    if until.duration_since(now).is_ok_and(|left| left < SOON) && is_trusted {
        return Finding::wrong("certificate", says, "it expires soon: tell whoever runs the server");
    }
    if is_trusted { Finding::good("certificate", says) } else { Finding::known("certificate", says) }
}

fn proven(sasl: &Sasl) -> Finding {
    let offered = if sasl.offered.is_empty() { "nothing".to_owned() } else { sasl.offered.join(", ") };
    match (&sasl.chosen, sasl.bound) {
        (Some(chosen), true) => {
            Finding::good("sasl", format!("{chosen}, bound to the TLS connection; offered: {offered}"))
        }
        (Some(chosen), false) if chosen == "PLAIN" => Finding::known("sasl", format!("PLAIN; offered: {offered}"))
            .but("the server sees the password at every login; ask for SCRAM"),
        (Some(chosen), false) => Finding::known("sasl", format!("{chosen}, not bound to TLS; offered: {offered}")),
        (None, _) => Finding::known("sasl", format!("none of what is offered will do: {offered}")),
    }
}

fn standing(standing: &Standing, now: SystemTime) -> Finding {
    match standing {
        Standing::Idle => Finding::known("session", "nobody has tried to log in"),
        Standing::Online => Finding::good("session", "logged in"),
        Standing::Offline(why) => {
            let advice = "it is tried again by itself while Balcony runs; see whether the network is there";
            Finding::wrong("session", why.clone(), advice)
        }
        Standing::Locked(why) => Finding::wrong("session", why.clone(), "mend that in the configuration"),
        Standing::Stopped(StopReason::Requested) => Finding::known("session", "logged out, as you wanted"),
        Standing::Stopped(why) => Finding::wrong("session", why.to_string(), advice(why, now)),
    }
}

/// What helps against the end of a session.
fn advice(why: &StopReason, now: SystemTime) -> String {
    match why {
        StopReason::Requested | StopReason::Other(_) => "mend that, in the configuration or at the server".to_owned(),
        StopReason::Login(_) => "check jid and password in the configuration".to_owned(),
        StopReason::Certificate { fingerprint, .. } => {
            let clock = date::write(now).unwrap_or_default();
            format!(
                "if this is your server's certificate, put pin = \"{fingerprint}\" under the account; \
                 see also whether this clock is right: {clock}"
            )
        }
        StopReason::CertificateChanged { .. } => {
            "ask whoever runs the server for its fingerprint before you change pin".to_owned()
        }
        StopReason::PasswordWanted { .. } => {
            "ask whoever runs the server whether it is meant to know passwords; then /connect on the screen accepts it"
                .to_owned()
        }
        StopReason::Conflict => "give the account's jid another resource, or none".to_owned(),
    }
}

fn stream(login: &Login) -> Finding {
    Finding::known("stream", there_and_not(STREAM, &login.offered))
}

fn there_and_not(known: &[(&str, &str)], offered: &BTreeSet<String>) -> String {
    let (there, not): (Vec<_>, Vec<_>) = known.iter().partition(|(namespace, _)| offered.contains(*namespace));
    let words = |list: Vec<&(&str, &str)>| list.iter().map(|(_, title)| *title).collect::<Vec<_>>().join(", ");
    match (there.is_empty(), not.is_empty()) {
        (_, true) => words(there),
        (true, false) => format!("not there: {}", words(not)),
        (false, false) => format!("{}; not there: {}", words(there), words(not)),
    }
}

fn server(examined: &Examined, findings: &mut Vec<Finding>) {
    let silent = || "does not tell what it can".to_owned();
    let says = examined.server.as_ref().map_or_else(silent, |features| there_and_not(SERVER, features));
    findings.push(Finding::known("server", says));
    let says = examined.account.as_ref().map_or_else(silent, |features| there_and_not(ACCOUNT, features));
    findings.push(Finding::known("account", says));
    let upload = match &examined.upload {
        None => "the server takes none (0363)".to_owned(),
        Some(upload) => match upload.largest {
            None => format!("{} takes files of any size; Balcony does not upload", upload.service),
            Some(largest) => {
                format!("{} takes up to {}; Balcony does not upload", upload.service, amount::bytes(largest))
            }
        },
    };
    findings.push(Finding::known("upload", upload));
    let largest = amount::bytes(u64::try_from(examined.largest_stanza).unwrap_or(u64::MAX));
    findings.push(Finding::known("in-band", format!("a stanza may have {largest}")));
    findings.push(clock(examined.clock));
}

fn clock(clock: Option<Clock>) -> Finding {
    let Some(clock) = clock else { return Finding::known("clock", "the server does not tell its time (0202)") };
    let (off, way) = match clock {
        Clock::Ahead(off) => (off, "ahead of"),
        Clock::Behind(off) => (off, "behind"),
    };
    if off <= CLOCK_TOLERANCE {
        return Finding::good("clock", "agrees with the server's");
    }
    let says = format!("this machine's clock is {} {way} the server's", amount::whole_span(off));
    Finding::wrong("clock", says, "set it (`timedatectl set-ntp true`): dates are wrong, and certificates may seem so")
}

fn reached(reachability: &Reachability) -> Vec<Finding> {
    let mut findings = vec![nat(reachability)];
    if reachability.proxies.is_empty() {
        let advice = "without one, files between two networks go in-band, which is slow; `proxies` can name some";
        findings.push(Finding::known("proxy", "the server names none").but(advice));
    }
    for proxy in &reachability.proxies {
        let says = |how: &str| format!("{} at {}: {how}", proxy.jid, proxy.place);
        findings.push(match &proxy.state {
            reach::Finding::Found(()) => Finding::good("proxy", says("reachable")),
            reach::Finding::Missing(why) => {
                let advice =
                    "it is left out of offers; tell whoever runs it, or see whether this network lets it through";
                Finding::wrong("proxy", says(why), advice)
            }
            reach::Finding::Pending => Finding::known("proxy", says("being tried")),
            reach::Finding::Needless(why) => Finding::known("proxy", says(why)),
        });
    }
    findings
}

/// The lines about the router and what is beyond it.
fn nat(reachability: &Reachability) -> Finding {
    let without = Reachability { proxies: Vec::new(), ..reachability.clone() };
    let says = without.to_string().replace('\n', "; ");
    let is_shut = matches!(reachability.mapping, reach::Finding::Missing(_));
    let finding = Finding::known("nat", says);
    if !is_shut {
        return finding;
    }
    finding.but("nobody outside can connect to you: files go by a proxy, or forward a port and set `listen` to it")
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;
    use crate::doctor::{Report, Verdict};

    fn now() -> SystemTime {
        UNIX_EPOCH + Duration::from_hours(24 * 20_000)
    }

    fn told(news: &News) -> String {
        Report { sections: vec![section(news, now())] }.to_string()
    }

    fn shown(from: i64, until: i64) -> Certificate {
        let day = |days: i64| {
            let off = Duration::from_hours(24 * days.unsigned_abs());
            if days < 0 { now() - off } else { now() + off }
        };
        let names = vec!["capulet.lit".to_owned()];
        Certificate { fingerprint: "sha256:00".to_owned(), names, validity: Some((day(from), day(until))) }
    }

    #[test]
    fn a_failed_login_tells_how_far_it_came_and_what_to_do() {
        let login = Login {
            directions: "no SRV records, so capulet.lit itself".to_owned(),
            place: Some("capulet.lit:5222".to_owned()),
            in_vain: vec![("capulet.lit:5222".to_owned(), "refused".to_owned())],
            ..Login::default()
        };
        let standing = Standing::Offline("cannot reach capulet.lit:5222: refused".to_owned());
        let told = told(&News { login: Some(Box::new(login)), standing, ..News::default() });
        assert!(told.contains("-- dns          no SRV records") && told.contains("!! tcp"), "{told}");
        assert!(told.contains("!! session") && told.ends_with("2 things are wrong"), "{told}");
        assert!(!told.contains("server  ") && !told.contains("clock"), "nothing is told of what was not seen: {told}");
    }

    #[test]
    fn a_certificate_is_wrong_when_it_is_out_of_date_and_soon_will_be() {
        let verdict = |from, until, trusted| certificate(&shown(from, until), trusted, now()).verdict;
        assert_eq!(verdict(-90, 90, true), Verdict::Good);
        assert_eq!(verdict(-90, 7, true), Verdict::Wrong);
        assert_eq!(verdict(-90, -1, false), Verdict::Wrong);
        assert_eq!(verdict(1, 90, false), Verdict::Wrong);
        assert_eq!(verdict(-90, -1, true), Verdict::Known, "it is pinned");
    }

    #[test]
    fn a_clock_that_is_off_says_by_how_much_and_which_way() {
        assert_eq!(clock(Some(Clock::Ahead(Duration::from_secs(2)))).verdict, Verdict::Good);
        let ahead = clock(Some(Clock::Ahead(Duration::from_hours(240))));
        assert_eq!(ahead.verdict, Verdict::Wrong);
        assert!(ahead.says.contains("ahead of the server's"), "{}", ahead.says);
        assert!(clock(Some(Clock::Behind(Duration::from_mins(5)))).says.contains("behind the server's"));
        assert_eq!(clock(None).verdict, Verdict::Known);
    }

    #[test]
    fn what_the_outside_sees_is_private() {
        let reachability =
            Reachability { public: reach::Finding::Found("203.0.113.7".parse().unwrap()), ..Reachability::default() };
        let jid = "juliet@capulet.lit".parse().ok();
        let news =
            News { jid, standing: Standing::Online, reachability: Some(Box::new(reachability)), ..News::default() };
        let mut hidden = Private::default();
        private(&news, &mut hidden);
        let report = Report { sections: vec![section(&news, now())] };
        assert!(report.to_string().contains("203.0.113.7"));
        let told = report.without(&hidden).to_string();
        assert!(!told.contains("203.0.113.7") && !told.contains("juliet"), "{told}");
    }
}
