//! What proves that a file arrived as it was sent.
//!
//! # Theory of operation
//!
//! Two hashes can speak for a file. The MD5 of XEP-0096 stands in the offer, where the sender knows it beforehand. Between
//! Balconies a SHA-256 follows: each side hashes the bytes as it reads or writes them, so that nobody waits for a file to
//! be read twice, and after the last byte the sender states what it sent ([`crate::xep::checksum`]). The receiver, all
//! bytes in its `.part` and their digest at hand, compares; only what fits gets its name, anything else is kept aside and
//! called corrupt. The answer tells the sender, whose outcome is as honest.
//!
//! Who promises a checksum and who awaits one say so in offer and answer, so nobody waits for what will not come; and
//! nobody waits long: what arrived is whole by its size, and a word that is lost costs the proof, never the file. The
//! statement is a request, whatever moved the bytes: it is answered once, and it may overtake them, in which case the
//! receiver keeps it until they are there. It names the part of the file that was hashed; one that speaks of another part
//! than arrived proves nothing.

use std::time::Duration;

use crate::engine::event::Verified;
use crate::engine::feature::Xep;
use crate::engine::{Digest, Digests};
use crate::xep::checksum::Checksum;
use crate::xep::hashes::{Hash, SHA_256};
use crate::xep::{StreamId, ns};

/// Where it is specified.
pub(crate) const XEP: Xep =
    Xep { number: "0300", title: "Use of Cryptographic Hash Functions in XMPP", version: "1.0.0" };

/// What it adds to our disco#info.
pub(crate) const ADVERTISES: [&str; 3] = [ns::CHECKSUM, ns::HASHES, ns::HASH_SHA256];

/// How long a sender waits for the verdict at least: a slow disk writes tens of megabytes for good before it is given.
const VERDICT_PATIENCE: Duration = Duration::from_mins(1);

/// What a slow disk copies in a second: a folder is unpacked before the verdict.
const SLOW_DISK: u64 = 16 * 1024 * 1024;

/// How long a sender of so many bytes waits for the verdict.
pub(crate) fn verdict_patience(length: u64) -> Duration {
    VERDICT_PATIENCE + Duration::from_secs(length / SLOW_DISK)
}

/// How long a receiver that has every byte waits for the statement: a sender whose proxy does not pass on that we closed
/// lingers for ten seconds first, and a lost session is found again, or its program started again, within some more.
pub(crate) const STATEMENT_PATIENCE: Duration = Duration::from_mins(1);

/// What arrived is not what was sent; both in hexadecimal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mismatch {
    /// What was stated.
    pub(crate) expected: String,
    /// What arrived.
    pub(crate) found: String,
}

/// Which digests a receiver needs, given what the offer says. By its SHA-256 what has arrived is known again after a break.
pub(crate) fn wanted(md5: Option<&String>) -> Vec<Digest> {
    let md5 = md5.map(|_| Digest::Md5);
    md5.into_iter().chain([Digest::Sha256]).collect()
}

/// What a sender states; nothing if it was not hashed.
pub(crate) fn state(sid: &StreamId, sent: &Digests) -> Option<Checksum> {
    let hashes = vec![Hash::sha_256(sent.by(Digest::Sha256)?)];
    Some(Checksum { sid: sid.clone(), offset: sent.offset, length: sent.length, hashes })
}

/// Compares what was stated with what arrived. Every hash must fit; the strongest that was compared is the proof.
pub(crate) fn judge(md5: Option<&String>, stated: Option<&Checksum>, arrived: &Digests) -> Result<Verified, Mismatch> {
    let mut verified = Verified::No;
    if let (Some(expected), Some(found)) = (md5, arrived.by(Digest::Md5)) {
        compare(expected, &hexadecimal(found))?;
        verified = Verified::Md5;
    }
    let stated = stated.filter(|stated| (stated.offset, stated.length) == (arrived.offset, arrived.length));
    let stated = stated.and_then(|stated| stated.by(SHA_256));
    if let (Some(expected), Some(found)) = (stated, arrived.by(Digest::Sha256)) {
        compare(&hexadecimal(expected), &hexadecimal(found))?;
        verified = Verified::Sha256;
    }
    Ok(verified)
}

fn compare(expected: &str, found: &str) -> Result<(), Mismatch> {
    if expected == found {
        return Ok(());
    }
    Err(Mismatch { expected: expected.to_owned(), found: found.to_owned() })
}

/// As people and XEP-0096 write it.
pub(crate) fn hexadecimal(digest: &[u8]) -> String {
    digest.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arrived() -> Digests {
        Digests { offset: 0, length: 3, found: vec![(Digest::Md5, vec![5; 16]), (Digest::Sha256, vec![2; 32])] }
    }

    fn stating(length: u64, value: u8) -> Checksum {
        let hashes = vec![Hash::sha_256(&[value; 32])];
        Checksum { sid: StreamId("s".to_owned()), offset: 0, length, hashes }
    }

    #[test]
    fn the_strongest_hash_is_the_proof_and_every_hash_must_fit() {
        let (right, wrong) = ("05".repeat(16), "06".repeat(16));
        let check = |md5: Option<&String>, stated: Option<Checksum>, expected: Option<Verified>| {
            assert_eq!(judge(md5, stated.as_ref(), &arrived()).ok(), expected, "{md5:?} {stated:?}");
        };
        check(None, None, Some(Verified::No));
        check(Some(&right), None, Some(Verified::Md5));
        check(None, Some(stating(3, 2)), Some(Verified::Sha256));
        check(Some(&right), Some(stating(3, 2)), Some(Verified::Sha256));
        check(Some(&wrong), Some(stating(3, 2)), None);
        check(Some(&right), Some(stating(3, 9)), None);
    }

    #[test]
    fn a_statement_about_another_part_or_by_another_function_proves_nothing() {
        assert_eq!(judge(None, Some(&stating(2, 9)), &arrived()), Ok(Verified::No));
        let other = Hash { algorithm: "sha3-256".to_owned(), value: vec![9; 32] };
        let stated = Checksum { hashes: vec![other], ..stating(3, 2) };
        assert_eq!(judge(None, Some(&stated), &arrived()), Ok(Verified::No));
    }

    #[test]
    fn what_was_hashed_is_what_is_stated() {
        let sid = StreamId("s".to_owned());
        assert_eq!(state(&sid, &arrived()), Some(stating(3, 2)));
        assert_eq!(state(&sid, &Digests::default()), None);
    }
}
