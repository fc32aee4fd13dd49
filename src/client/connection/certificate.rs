//! What a person wants to know of a server's certificate: for which names and until when (RFC 5280 §4.1).
//!
//! It is told, never relied on: whether a certificate is to be trusted is decided by webpki alone. So this reads of DER
//! what it needs, and what it cannot read it leaves out.

use std::net::IpAddr;
use std::time::SystemTime;

use crate::engine::login::Certificate;
use crate::store::account::Pin;
use crate::xep::date;

const SEQUENCE: u8 = 0x30;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;
const OCTETS: u8 = 0x04;
const OBJECT: u8 = 0x06;
const VERSION: u8 = 0xa0;
const EXTENSIONS: u8 = 0xa3;
const DNS_NAME: u8 = 0x82;
const IP_ADDRESS: u8 = 0x87;

/// id-ce-subjectAltName, 2.5.29.17.
const SUBJECT_ALT_NAME: &[u8] = &[0x55, 0x1d, 0x11];

/// Names that are told; certificates of large hosts have hundreds.
const MOST_NAMES: usize = 16;

/// What can be read of a certificate with that fingerprint.
pub(super) fn read(der: &[u8], fingerprint: [u8; 32]) -> Certificate {
    let fields = fields(der).unwrap_or_default();
    let validity = fields.iter().find_map(|(tag, value)| (*tag == SEQUENCE).then(|| validity(value))?);
    let extensions = fields.iter().find(|(tag, _)| *tag == EXTENSIONS).map(|(_, value)| *value);
    let names = extensions.and_then(names).unwrap_or_default();
    Certificate { fingerprint: Pin(fingerprint).to_string(), names, validity }
}

/// One element of DER: its tag and its value; and what follows it.
fn element(der: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&[tag, length], rest) = der.split_first_chunk::<2>()?;
    let (length, rest) = if length < 0x80 {
        (usize::from(length), rest)
    } else {
        let (digits, rest) = rest.split_at_checked(usize::from(length & 0x7f))?;
        // Nobody's certificate needs more than four.
        let is_sane = (1..=4).contains(&digits.len());
        let length = digits.iter().fold(0_usize, |length, digit| length << 8 | usize::from(*digit));
        (Some(length).filter(|_| is_sane)?, rest)
    };
    let (value, rest) = rest.split_at_checked(length)?;
    Some((tag, value, rest))
}

/// The elements of a value, as far as they can be read.
fn elements(mut der: &[u8]) -> Vec<(u8, &[u8])> {
    let mut found = Vec::new();
    while let Some((tag, value, rest)) = element(der) {
        found.push((tag, value));
        der = rest;
    }
    found
}

/// The fields of what was signed, but for its version.
fn fields(der: &[u8]) -> Option<Vec<(u8, &[u8])>> {
    let (_, certificate, _) = element(der)?;
    let (_, signed, _) = element(certificate)?;
    Some(elements(signed).into_iter().filter(|(tag, _)| *tag != VERSION).collect())
}

/// Two times, if that is what it holds.
fn validity(value: &[u8]) -> Option<(SystemTime, SystemTime)> {
    match elements(value).as_slice() {
        [from, until] => Some((time(*from)?, time(*until)?)),
        _ => None,
    }
}

/// `YYMMDDhhmmssZ`, or with a century: two digits from 50 on are of the last one (RFC 5280 §4.1.2.5.1).
fn time((tag, value): (u8, &[u8])) -> Option<SystemTime> {
    let text = std::str::from_utf8(value).ok()?;
    let full = match tag {
        UTC_TIME if text.as_bytes().first()? >= &b'5' => format!("19{text}"),
        UTC_TIME => format!("20{text}"),
        GENERALIZED_TIME => text.to_owned(),
        _ => return None,
    };
    let (day, time) = full.split_at_checked(8)?;
    let (hour, rest) = time.split_at_checked(2)?;
    let (minute, rest) = rest.split_at_checked(2)?;
    date::read(&format!("{day}T{hour}:{minute}:{rest}"))
}

/// The hosts that it is for.
fn names(extensions: &[u8]) -> Option<Vec<String>> {
    let (_, list, _) = element(extensions)?;
    let parts = elements(list).into_iter().map(|(_, extension)| elements(extension));
    let alternatives = parts.filter(|parts| parts.first() == Some(&(OBJECT, SUBJECT_ALT_NAME))).find_map(|parts| {
        let (_, value) = parts.iter().find(|(tag, _)| *tag == OCTETS)?;
        Some(element(value)?.1)
    })?;
    Some(elements(alternatives).into_iter().filter_map(name).take(MOST_NAMES).collect())
}

/// A host, by its name or its address; mailboxes and whatever else there is are none.
fn name((tag, value): (u8, &[u8])) -> Option<String> {
    match tag {
        DNS_NAME => Some(String::from_utf8_lossy(value).into_owned()),
        IP_ADDRESS => {
            let (v4, v6) =
                (<[u8; 4]>::try_from(value).map(IpAddr::from), <[u8; 16]>::try_from(value).map(IpAddr::from));
            Some(v4.or(v6).ok()?.to_string())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, KeyPair, date_time_ymd};

    use super::*;

    fn certificate() -> Vec<u8> {
        let names = ["capulet.lit", "xmpp.capulet.lit", "192.0.2.1", "2001:db8::1"].map(str::to_owned);
        let mut params = CertificateParams::new(names).unwrap();
        (params.not_before, params.not_after) = (date_time_ymd(1999, 2, 3), date_time_ymd(2051, 12, 31));
        params.self_signed(&KeyPair::generate().unwrap()).unwrap().der().to_vec()
    }

    #[test]
    fn names_and_times_are_read() {
        let read = read(&certificate(), [1; 32]);
        assert_eq!(read.names, ["capulet.lit", "xmpp.capulet.lit", "192.0.2.1", "2001:db8::1"]);
        let (from, until) = read.validity.unwrap();
        assert_eq!(date::write(from).unwrap(), "1999-02-03T00:00:00Z");
        assert_eq!(date::write(until).unwrap(), "2051-12-31T00:00:00Z");
        assert!(read.fingerprint.starts_with("sha256:0101"));
    }

    #[test]
    fn no_damage_does_any() {
        let whole = certificate();
        for length in 0..whole.len() {
            read(&whole[..length], [0; 32]);
        }
        for at in 0..whole.len() {
            for byte in [0x00, 0x7f, 0x80, 0x84, 0xff] {
                let mut damaged = whole.clone();
                damaged[at] = byte;
                read(&damaged, [0; 32]);
            }
        }
    }
}
