//! SASL (RFC 6120 §6): the strongest mechanism that both sides really have, never weaker than the connection allows.
//!
//! In order: SCRAM bound to the TLS connection, SCRAM, and PLAIN only inside TLS and only where the server offers no
//! SCRAM at all, nor ever did: whoever stands in its place with a certificate that is trusted would be told the password
//! that way. Anything else, anonymous above all, is no way to log in with a password.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use minidom::Element;

use super::Loss;
use super::features::{Features, SASL};
use super::scram::{Binding, Fault, First, Hash, prepared};
use super::stream::{self, Xml};
use crate::engine::event::StopReason;
use crate::engine::login::{Login, Sasl};
use crate::store::account::Account;
use crate::xep::stanza::{element, set, text_element};

/// How to log in.
#[derive(Debug, PartialEq, Eq)]
enum Mechanism {
    Scram { name: &'static str, hash: Hash, binding: Binding },
    Plain,
}

impl Mechanism {
    fn name(&self) -> &'static str {
        match self {
            Mechanism::Scram { name, .. } => name,
            Mechanism::Plain => "PLAIN",
        }
    }

    fn is_bound(&self) -> bool {
        matches!(self, Mechanism::Scram { binding: Binding::Exporter(_), .. })
    }
}

/// SCRAM mechanisms, the strongest first: with and without channel binding.
const SCRAMS: &[(&str, &str, Hash)] =
    &[("SCRAM-SHA-256-PLUS", "SCRAM-SHA-256", Hash::Sha256), ("SCRAM-SHA-1-PLUS", "SCRAM-SHA-1", Hash::Sha1)];

/// Logs in; returns the stream that was opened anew, and what the server offers on it. `exporter` is what binds the login
/// to the connection; `is_private` says whether anybody could be listening; what was chosen is `told`.
pub(super) async fn log_in(
    mut xml: Xml,
    offered: &Features,
    account: &Account,
    exporter: Option<Vec<u8>>,
    is_private: bool,
    told: &mut Login,
) -> Result<(Element, Xml), Loss> {
    let user = account.jid.node().map_or("", |node| node.as_str());
    if user.is_empty() {
        return Err(stop(format!("{} names no account, only a server", account.jid)));
    }
    told.sasl = Some(Sasl { offered: offered.mechanisms.clone(), ..Sasl::default() });
    let mechanism = choose(offered, exporter, is_private)?;
    if mechanism == Mechanism::Plain && told.proves {
        return Err(Loss::Stop(StopReason::PasswordWanted { domain: account.jid.domain().to_string() }));
    }
    let sasl = told.sasl.get_or_insert_default();
    sasl.chosen = Some(mechanism.name().to_owned());
    sasl.bound = mechanism.is_bound();
    match mechanism {
        Mechanism::Plain => plain(&mut xml, user, account).await?,
        Mechanism::Scram { name, hash, binding } => {
            let first =
                First::new(hash, user, account.password.reveal(), binding).map_err(|why| stop(why.to_string()))?;
            scram(&mut xml, name, first, account).await?;
        }
    }
    stream::reopen(xml, account.jid.domain().as_str()).await
}

fn choose(offered: &Features, exporter: Option<Vec<u8>>, is_private: bool) -> Result<Mechanism, Loss> {
    let offers = |name: &str| offered.mechanisms.iter().any(|mechanism| mechanism == name);
    if let (Some(exporter), true) = (exporter, offered.tls_exporter)
        && let Some((name, _, hash)) = SCRAMS.iter().find(|(bound, ..)| offers(bound))
    {
        return Ok(Mechanism::Scram { name, hash: *hash, binding: Binding::Exporter(exporter) });
    }
    if let Some((_, name, hash)) = SCRAMS.iter().find(|(_, unbound, _)| offers(unbound)) {
        let any_bound = offered.mechanisms.iter().any(|mechanism| mechanism.ends_with("-PLUS"));
        let binding = if any_bound { Binding::Impossible } else { Binding::NotOffered };
        return Ok(Mechanism::Scram { name, hash: *hash, binding });
    }
    if offers("PLAIN") && is_private {
        return Ok(Mechanism::Plain);
    }
    let list = offered.mechanisms.join(", ");
    Err(stop(match (offers("PLAIN"), list.is_empty()) {
        (true, _) => "the server wants the password unprotected, without TLS".to_owned(),
        (false, true) if offered.starttls => {
            "the server lets nobody log in without TLS; leave tls = \"none\" out".to_owned()
        }
        (false, true) => "the server offers no way to log in".to_owned(),
        (false, false) => format!("the server offers no way to log in with a password that is safe, only {list}"),
    }))
}

async fn plain(xml: &mut Xml, user: &str, account: &Account) -> Result<(), Loss> {
    let forbidden = |why: Fault| stop(why.to_string());
    let user = prepared(user).map_err(forbidden)?;
    let password = prepared(account.password.reveal()).map_err(forbidden)?;
    send(xml, "auth", Some("PLAIN"), format!("\0{user}\0{password}").as_bytes()).await?;
    match receive(xml, account).await? {
        Answer::Success(_) => Ok(()),
        Answer::Challenge(_) => Err(stop("the server asks for more than a password".to_owned())),
    }
}

async fn scram(xml: &mut Xml, name: &str, first: First, account: &Account) -> Result<(), Loss> {
    let untrusted = |why: Fault| stop(format!("the server is not to be trusted with this login: {why}"));
    send(xml, "auth", Some(name), &first.message()).await?;
    let Answer::Challenge(challenge) = receive(xml, account).await? else {
        return Err(untrusted(Fault::WrongProof));
    };
    let computing = tokio::task::spawn_blocking(move || first.answer(&challenge));
    let computed = computing.await.map_err(|why| Loss::Retry(why.to_string()))?;
    let (answer, last) = computed.map_err(untrusted)?;
    send(xml, "response", None, &answer).await?;
    match receive(xml, account).await? {
        Answer::Success(proof) => last.check(&proof).map_err(untrusted),
        Answer::Challenge(proof) => {
            // Some servers prove themselves in a challenge of its own (RFC 6120 §6.3.10).
            last.check(&proof).map_err(untrusted)?;
            send(xml, "response", None, b"").await?;
            match receive(xml, account).await? {
                Answer::Success(_) => Ok(()),
                Answer::Challenge(_) => Err(untrusted(Fault::Unreadable)),
            }
        }
    }
}

/// What a server answers, unless it refuses.
enum Answer {
    Challenge(Vec<u8>),
    Success(Vec<u8>),
}

async fn send(xml: &mut Xml, name: &str, mechanism: Option<&str>, data: &[u8]) -> Result<(), Loss> {
    let mut message = match data {
        [] => element(name, SASL),
        data => text_element(name, SASL, BASE64.encode(data)),
    };
    if let Some(mechanism) = mechanism {
        set(&mut message, "mechanism", mechanism);
    }
    stream::send(xml, &message).await
}

async fn receive(xml: &mut Xml, account: &Account) -> Result<Answer, Loss> {
    let answer = stream::receive(xml).await?;
    let data = || {
        let text: String = answer.text().split_whitespace().collect();
        // RFC 6120 §6.4.2: a single equals sign is data of no length.
        if text == "=" { Ok(Vec::new()) } else { BASE64.decode(text) }
    };
    let unreadable = |_| stop("the server's part of the login cannot be read".to_owned());
    match answer.name() {
        "challenge" => data().map(Answer::Challenge).map_err(unreadable),
        "success" => data().map(Answer::Success).map_err(unreadable),
        "failure" => Err(refusal(&answer, account)),
        other => Err(Loss::Retry(format!("the server sent <{other}/> in the middle of the login"))),
    }
}

/// Why the server refuses (RFC 6120 §6.5).
fn refusal(failure: &Element, account: &Account) -> Loss {
    let condition = failure.children().find(|child| child.name() != "text").map_or("not-authorized", Element::name);
    let text = failure.get_child("text", SASL).map(Element::text).filter(|text| !text.is_empty());
    let said = text.map(|text| format!(": {}", text.trim_end_matches('.'))).unwrap_or_default();
    let who = account.jid.to_bare();
    match condition {
        // What servers add is about their arithmetic.
        "not-authorized" => stop(format!("wrong password for {who}")),
        "account-disabled" => stop(format!("{who} is disabled{said}")),
        "credentials-expired" => stop(format!("the password of {who} has expired{said}")),
        "temporary-auth-failure" => Loss::Retry(format!("the server cannot log anybody in at present{said}")),
        other => stop(format!("the server refuses the login of {who} ({other}){said}")),
    }
}

fn stop(why: String) -> Loss {
    Loss::Stop(StopReason::Login(why))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offering(mechanisms: &[&str], tls_exporter: bool) -> Features {
        let mechanisms = mechanisms.iter().map(|name| (*name).to_owned()).collect();
        Features { mechanisms, tls_exporter, ..Features::default() }
    }

    fn scram(name: &'static str, hash: Hash, binding: Binding) -> Mechanism {
        Mechanism::Scram { name, hash, binding }
    }

    fn chosen(offered: &Features, exporter: Option<Vec<u8>>) -> Mechanism {
        choose(offered, exporter, true).unwrap()
    }

    #[test]
    fn the_strongest_offered_mechanism_is_taken() {
        let all = ["PLAIN", "SCRAM-SHA-1", "SCRAM-SHA-256", "SCRAM-SHA-1-PLUS", "SCRAM-SHA-256-PLUS", "ANONYMOUS"];
        let exporter = || Some(vec![7]);
        let bound = Binding::Exporter(vec![7]);
        let taken = chosen(&offering(&all, true), exporter());
        assert_eq!(taken, scram("SCRAM-SHA-256-PLUS", Hash::Sha256, bound));
        let taken = chosen(&offering(&all[..3], true), exporter());
        assert_eq!(taken, scram("SCRAM-SHA-256", Hash::Sha256, Binding::NotOffered));
        let taken = chosen(&offering(&["PLAIN", "SCRAM-SHA-1"], false), None);
        assert_eq!(taken, scram("SCRAM-SHA-1", Hash::Sha1, Binding::NotOffered));
    }

    #[test]
    fn binding_that_the_server_does_in_another_way_is_admitted_as_impossible() {
        let offered = offering(&["SCRAM-SHA-256", "SCRAM-SHA-256-PLUS"], false);
        assert_eq!(chosen(&offered, Some(vec![7])), scram("SCRAM-SHA-256", Hash::Sha256, Binding::Impossible));
        let offered = offering(&["SCRAM-SHA-256", "SCRAM-SHA-256-PLUS"], true);
        assert_eq!(chosen(&offered, None), scram("SCRAM-SHA-256", Hash::Sha256, Binding::Impossible));
    }

    #[test]
    fn plain_is_the_last_resort_and_only_in_private() {
        assert_eq!(choose(&offering(&["PLAIN", "X-OAUTH2"], false), None, true), Ok(Mechanism::Plain));
        assert!(choose(&offering(&["PLAIN"], false), None, false).is_err());
    }

    #[test]
    fn nobody_is_logged_in_anonymously() {
        assert!(choose(&offering(&["ANONYMOUS"], false), None, true).is_err());
        assert!(choose(&offering(&[], false), None, true).is_err());
        let only_tls = Features { starttls: true, ..Features::default() };
        assert!(format!("{:?}", choose(&only_tls, None, true)).contains("without TLS"));
    }
}
