//! SCRAM (RFC 5802, RFC 7677): both sides prove that they know the password, and neither shows it.
//!
//! The exchange is written here, on the primitives of the `sasl` crate, because all of it matters: the server's nonce
//! must begin with ours, its work factor must be bearable, its own proof must be right, names and passwords are prepared
//! (RFC 4013) and escaped.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use sasl::common::Password;
use sasl::common::scram::{ScramProvider, Sha1, Sha256};

use crate::client::entropy;

/// The most rounds a server may ask for: a second on a slow machine, and ten times what any server uses. The fewest are
/// what RFC 5802 §5.1 demands of servers; a smaller number is a way to make guessing cheap.
const ROUNDS: std::ops::RangeInclusive<u32> = 4096..=1_000_000;

/// Which hash function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hash {
    /// SCRAM-SHA-1.
    Sha1,
    /// SCRAM-SHA-256.
    Sha256,
}

/// Whether the login is bound to the TLS connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Binding {
    /// By this exporter (RFC 9266).
    Exporter(Vec<u8>),
    /// We could, but the server does not offer it; if it did, somebody between us took the offer out, and it notices.
    NotOffered,
    /// The server offers it in a way that we cannot.
    Impossible,
}

/// A login that has not been answered.
pub(super) struct First {
    hash: Hash,
    header: String,
    bound: Vec<u8>,
    bare: String,
    nonce: String,
    password: String,
}

/// A login that is to be confirmed.
pub(super) struct Final {
    server_signature: Vec<u8>,
}

/// What a server does wrong in a login.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Fault {
    /// Its message cannot be understood.
    #[error("it sent what is no SCRAM message")]
    Unreadable,
    /// Its nonce is not made of ours: a message recorded earlier.
    #[error("it answered another login")]
    WrongNonce,
    /// It asks for too little or too much work.
    #[error("it asks for {0} rounds of hashing")]
    Rounds(u32),
    /// It does not know the password.
    #[error("it does not know the password itself")]
    WrongProof,
    /// The name or the password has characters that SASL forbids.
    #[error("the name or the password has characters that no login may have")]
    Forbidden,
}

impl First {
    /// Begins a login.
    pub(super) fn new(hash: Hash, user: &str, password: &str, binding: Binding) -> Result<Self, Fault> {
        let nonce = format!("{:016x}{:016x}", entropy::random(), entropy::random());
        First::with_nonce(hash, user, password, binding, nonce)
    }

    fn with_nonce(hash: Hash, user: &str, password: &str, binding: Binding, nonce: String) -> Result<Self, Fault> {
        let user = prepared(user)?.replace('=', "=3D").replace(',', "=2C");
        let (header, bound) = match binding {
            Binding::Exporter(data) => ("p=tls-exporter,,", data),
            Binding::NotOffered => ("y,,", Vec::new()),
            Binding::Impossible => ("n,,", Vec::new()),
        };
        let bare = format!("n={user},r={nonce}");
        Ok(First { hash, header: header.to_owned(), bound, bare, nonce, password: prepared(password)? })
    }

    /// The first message.
    pub(super) fn message(&self) -> Vec<u8> {
        format!("{}{}", self.header, self.bare).into_bytes()
    }

    /// Answers the server's challenge. Takes as long as the server wants: not for the async threads.
    pub(super) fn answer(self, challenge: &[u8]) -> Result<(Vec<u8>, Final), Fault> {
        let challenge = std::str::from_utf8(challenge).map_err(|_| Fault::Unreadable)?;
        let nonce = field(challenge, "r=")?;
        let salt = BASE64.decode(field(challenge, "s=")?).map_err(|_| Fault::Unreadable)?;
        let rounds = field(challenge, "i=")?.parse().map_err(|_| Fault::Unreadable)?;
        if !nonce.starts_with(&self.nonce) || nonce.len() == self.nonce.len() {
            return Err(Fault::WrongNonce);
        }
        if !ROUNDS.contains(&rounds) {
            return Err(Fault::Rounds(rounds));
        }
        let bound = BASE64.encode([self.header.as_bytes(), &self.bound].concat());
        let unproven = format!("c={bound},r={nonce}");
        let signed = format!("{},{challenge},{unproven}", self.bare);
        let (proof, server_signature) = match self.hash {
            Hash::Sha1 => prove::<Sha1>(self.password, &salt, rounds, &signed),
            Hash::Sha256 => prove::<Sha256>(self.password, &salt, rounds, &signed),
        }?;
        let message = format!("{unproven},p={}", BASE64.encode(proof));
        Ok((message.into_bytes(), Final { server_signature }))
    }
}

impl Final {
    /// Checks the server's own proof, which comes with its confirmation.
    pub(super) fn check(&self, confirmation: &[u8]) -> Result<(), Fault> {
        let confirmation = std::str::from_utf8(confirmation).map_err(|_| Fault::Unreadable)?;
        let signature = BASE64.decode(field(confirmation, "v=")?).map_err(|_| Fault::Unreadable)?;
        if signature == self.server_signature { Ok(()) } else { Err(Fault::WrongProof) }
    }
}

/// The client's proof and the server's signature (RFC 5802 §3).
fn prove<S: ScramProvider>(
    password: String,
    salt: &[u8],
    rounds: u32,
    signed: &str,
) -> Result<(Vec<u8>, Vec<u8>), Fault> {
    let unreadable = |_| Fault::Unreadable;
    let salted = S::derive(&Password::Plain(password), salt, rounds).map_err(|_| Fault::Unreadable)?;
    let client_key = S::hmac(b"Client Key", &salted).map_err(unreadable)?;
    let server_key = S::hmac(b"Server Key", &salted).map_err(unreadable)?;
    let client_signature = S::hmac(signed.as_bytes(), &S::hash(&client_key)).map_err(unreadable)?;
    let server_signature = S::hmac(signed.as_bytes(), &server_key).map_err(unreadable)?;
    let proof = client_key.iter().zip(&client_signature).map(|(key, signature)| key ^ signature).collect();
    Ok((proof, server_signature))
}

/// A name or password as servers compare it.
pub(super) fn prepared(text: &str) -> Result<String, Fault> {
    stringprep::saslprep(text).map(std::borrow::Cow::into_owned).map_err(|_| Fault::Forbidden)
}

fn field<'a>(message: &'a str, name: &str) -> Result<&'a str, Fault> {
    message.split(',').find_map(|field| field.strip_prefix(name)).ok_or(Fault::Unreadable)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first(hash: Hash, nonce: &str) -> First {
        First::with_nonce(hash, "user", "pencil", Binding::Impossible, nonce.to_owned()).unwrap()
    }

    #[test]
    fn the_example_of_rfc_5802_comes_out() {
        let first = first(Hash::Sha1, "fyko+d2lbbFgONRv9qkxdawL");
        assert_eq!(first.message(), b"n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL");
        let challenge = b"r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096";
        let (answer, last) = first.answer(challenge).unwrap();
        let expected = "c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=";
        assert_eq!(String::from_utf8(answer).unwrap(), expected);
        assert_eq!(last.check(b"v=rmF9pqV8S7suAoZWja4dJRkFsKQ="), Ok(()));
        assert_eq!(last.check(b"v=AAAA"), Err(Fault::WrongProof));
        assert_eq!(last.check(b""), Err(Fault::Unreadable));
    }

    #[test]
    fn the_example_of_rfc_7677_comes_out() {
        let challenge = b"r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";
        let (answer, last) = first(Hash::Sha256, "rOprNGfwEbeRWgbNEkqO").answer(challenge).unwrap();
        let answer = String::from_utf8(answer).unwrap();
        assert!(answer.ends_with("p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="), "{answer}");
        assert_eq!(last.check(b"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="), Ok(()));
    }

    #[test]
    fn a_server_that_cheats_is_noticed() {
        let fault = |challenge: &str| first(Hash::Sha1, "abc").answer(challenge.as_bytes()).err().unwrap();
        assert_eq!(fault("r=xyz,s=AAAA,i=4096"), Fault::WrongNonce);
        assert_eq!(fault("r=abc,s=AAAA,i=4096"), Fault::WrongNonce);
        assert_eq!(fault("r=abcd,s=AAAA,i=1"), Fault::Rounds(1));
        assert_eq!(fault("r=abcd,s=AAAA,i=4000000000"), Fault::Rounds(4_000_000_000));
        assert_eq!(fault("r=abcd,s=AAAA,i=99999999999"), Fault::Unreadable);
        assert_eq!(fault("r=abcd,s=?,i=4096"), Fault::Unreadable);
        assert_eq!(fault("nonsense"), Fault::Unreadable);
        assert!(matches!(first(Hash::Sha1, "abc").answer(&[0xff]), Err(Fault::Unreadable)));
    }

    #[test]
    fn names_are_escaped_and_prepared() {
        let first = First::new(Hash::Sha1, "a=b,c\u{ad}", "x", Binding::NotOffered).unwrap();
        assert!(first.message().starts_with(b"y,,n=a=3Db=2Cc,r="));
        assert!(First::new(Hash::Sha1, "a\u{7}", "x", Binding::NotOffered).is_err());
        assert_eq!(prepared("\u{2168}").unwrap(), "IX");
    }

    #[test]
    fn a_bound_login_says_so_and_carries_the_exporter() {
        let binding = Binding::Exporter(vec![1, 2, 3]);
        let first = First::with_nonce(Hash::Sha256, "u", "p", binding, "abc".to_owned()).unwrap();
        assert!(first.message().starts_with(b"p=tls-exporter,,"));
        let (answer, _) = first.answer(b"r=abcd,s=AAAA,i=4096").unwrap();
        let expected = BASE64.encode(b"p=tls-exporter,,\x01\x02\x03");
        assert!(String::from_utf8(answer).unwrap().starts_with(&format!("c={expected},")));
    }
}
