//! The server's half of SCRAM (RFC 5802), without channel binding.
//!
//! The `sasl` crate's server half takes only clients that would have liked to bind a channel (`y,,`), and the clients
//! of a connection without TLS say `n,,`. Its hash functions are used; the exchange is written here.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use sasl::common::Password;
use sasl::common::scram::{ScramProvider, Sha1, Sha256};

/// How often the password is hashed: the least RFC 5802 allows, for there is nothing here to protect.
const ITERATIONS: u32 = 4096;

/// A mechanism: its name and its hash function.
pub(super) struct Mechanism {
    /// Its name in SASL.
    pub(super) name: &'static str,
    hash: fn(&[u8]) -> Vec<u8>,
    hmac: fn(&[u8], &[u8]) -> Option<Vec<u8>>,
    derive: fn(&str, &[u8]) -> Option<Vec<u8>>,
}

/// Every mechanism.
pub(super) static MECHANISMS: &[Mechanism] = &[
    Mechanism {
        name: "SCRAM-SHA-256",
        hash: Sha256::hash,
        hmac: |data, key| Sha256::hmac(data, key).ok(),
        derive: |password, salt| Sha256::derive(&Password::Plain(password.to_owned()), salt, ITERATIONS).ok(),
    },
    Mechanism {
        name: "SCRAM-SHA-1",
        hash: Sha1::hash,
        hmac: |data, key| Sha1::hmac(data, key).ok(),
        derive: |password, salt| Sha1::derive(&Password::Plain(password.to_owned()), salt, ITERATIONS).ok(),
    },
];

/// What a client starts with: `n,,n=juliet,r=…`.
pub(super) struct ClientFirst {
    gs2_header: String,
    bare: String,
    nonce: String,
    /// Who wants to log in: the part before the `@`.
    pub(super) username: String,
}

/// An exchange that waits for the client's proof.
pub(super) struct Exchange {
    mechanism: &'static Mechanism,
    first: ClientFirst,
    nonce: String,
    challenge: String,
    salted_password: Vec<u8>,
}

impl ClientFirst {
    /// Reads it; nothing, if it is not one or wants to bind a channel.
    pub(super) fn read(message: &[u8]) -> Option<Self> {
        let message = std::str::from_utf8(message).ok()?;
        let mut parts = message.splitn(3, ',');
        let (flag, authzid, bare) = (parts.next()?, parts.next()?, parts.next()?);
        if !matches!(flag, "n" | "y") {
            return None;
        }
        Some(ClientFirst {
            gs2_header: format!("{flag},{authzid},"),
            bare: bare.to_owned(),
            nonce: attribute(bare, "r=")?.to_owned(),
            username: attribute(bare, "n=")?.replace("=2C", ",").replace("=3D", "="),
        })
    }
}

impl Exchange {
    /// Begins; `fresh` is the server's nonce, and serves as the salt too.
    pub(super) fn begin(
        mechanism: &'static Mechanism,
        first: ClientFirst,
        password: &str,
        fresh: &str,
    ) -> Option<Exchange> {
        let salt = fresh.as_bytes().to_vec();
        let salted_password = (mechanism.derive)(password, &salt)?;
        let nonce = format!("{}{fresh}", first.nonce);
        let challenge = format!("r={nonce},s={},i={ITERATIONS}", BASE64.encode(&salt));
        Some(Exchange { mechanism, first, nonce, challenge, salted_password })
    }

    /// What to send to the client.
    pub(super) fn challenge(&self) -> &str {
        &self.challenge
    }

    /// The server's own proof, if the client's is right.
    pub(super) fn finish(self, message: &[u8]) -> Option<String> {
        let message = std::str::from_utf8(message).ok()?;
        let (without_proof, proof) = message.rsplit_once(",p=")?;
        let expected = format!("c={},r={}", BASE64.encode(&self.first.gs2_header), self.nonce);
        if without_proof != expected {
            return None;
        }
        let Mechanism { hash, hmac, .. } = self.mechanism;
        let signed = format!("{},{},{without_proof}", self.first.bare, self.challenge);
        let client_key = hmac(b"Client Key", &self.salted_password)?;
        let signature = hmac(signed.as_bytes(), &hash(&client_key))?;
        let right: Vec<u8> = client_key.iter().zip(&signature).map(|(key, signature)| key ^ signature).collect();
        if BASE64.decode(proof).ok()? != right {
            return None;
        }
        let server_key = hmac(b"Server Key", &self.salted_password)?;
        Some(format!("v={}", BASE64.encode(hmac(signed.as_bytes(), &server_key)?)))
    }
}

fn attribute<'a>(message: &'a str, name: &str) -> Option<&'a str> {
    message.split(',').find_map(|part| part.strip_prefix(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The exchange of RFC 7677 §3 cannot be replayed, for the server's nonce is its salt here; the client half of the
    /// `sasl` crate is the judge instead.
    fn log_in<S: ScramProvider>(mechanism: &'static Mechanism, password: &str) -> Option<()> {
        use sasl::client::Mechanism as _;
        let credentials = sasl::common::Credentials::default().with_username("juliet").with_password(password);
        let mut client = sasl::client::mechanisms::Scram::<S>::from_credentials(credentials).unwrap();
        let first = ClientFirst::read(&client.initial()).unwrap();
        assert_eq!(first.username, "juliet");
        let exchange = Exchange::begin(mechanism, first, "wherefore", "nonce").unwrap();
        let answer = client.response(exchange.challenge().as_bytes()).unwrap();
        client.success(exchange.finish(&answer)?.as_bytes()).unwrap();
        Some(())
    }

    #[test]
    fn a_client_and_the_server_convince_each_other() {
        log_in::<Sha256>(&MECHANISMS[0], "wherefore").unwrap();
        log_in::<Sha1>(&MECHANISMS[1], "wherefore").unwrap();
    }

    #[test]
    fn a_wrong_password_gets_no_proof() {
        assert_eq!(log_in::<Sha256>(&MECHANISMS[0], "therefore"), None);
    }

    #[test]
    fn a_client_that_binds_a_channel_is_not_understood() {
        assert!(ClientFirst::read(b"p=tls-exporter,,n=juliet,r=abc").is_none());
        assert!(ClientFirst::read(b"n,,n=juliet").is_none());
        assert!(ClientFirst::read(b"\xff").is_none());
    }
}
