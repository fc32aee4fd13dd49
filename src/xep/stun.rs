//! STUN (RFC 8489), as much of it as tells us our address as others see it: one request, one answer.
//!
//! It is no XML, but a value on the wire like the others. The request has no attributes; of the answer, only the mapped
//! address counts.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// What ties an answer to its request.
pub type TransactionId = [u8; 12];

const BINDING_REQUEST: u16 = 0x0001;
const BINDING_SUCCESS: u16 = 0x0101;
const MAGIC_COOKIE: u32 = 0x2112_a442;
const HEADER: usize = 20;
const MAPPED_ADDRESS: u16 = 0x0001;
const XOR_MAPPED_ADDRESS: u16 = 0x0020;

/// Which address do you see?
pub fn binding_request(id: TransactionId) -> [u8; HEADER] {
    let mut request = [0; HEADER];
    request[..2].copy_from_slice(&BINDING_REQUEST.to_be_bytes());
    request[4..8].copy_from_slice(&MAGIC_COOKIE.to_be_bytes());
    request[8..].copy_from_slice(&id);
    request
}

/// The address that an answer to that request states; none if it is no such answer. Old servers (RFC 3489) write the
/// address as it is, others in a way that helpful routers do not rewrite; the latter is believed first.
pub fn read_binding(answer: &[u8], id: TransactionId) -> Option<SocketAddr> {
    let (header, attributes) = answer.split_at_checked(HEADER)?;
    let is_answer = header.starts_with(&BINDING_SUCCESS.to_be_bytes())
        && header[4..8] == MAGIC_COOKIE.to_be_bytes()
        && header[8..] == id;
    let attributes = attributes.get(..usize::from(number(&header[2..])?))?;
    if !is_answer {
        return None;
    }
    let hidden = find(attributes, XOR_MAPPED_ADDRESS).and_then(|value| reveal(value, id));
    hidden.or_else(|| find(attributes, MAPPED_ADDRESS).and_then(read_address))
}

/// The value of the first attribute of that kind. Values are padded to four bytes.
fn find(mut attributes: &[u8], wanted: u16) -> Option<&[u8]> {
    loop {
        let kind = number(attributes)?;
        let length = usize::from(number(attributes.get(2..)?)?);
        let value = attributes.get(4..4 + length)?;
        if kind == wanted {
            return Some(value);
        }
        attributes = attributes.get(4 + length.next_multiple_of(4)..)?;
    }
}

fn reveal(value: &[u8], id: TransactionId) -> Option<SocketAddr> {
    let mut plain = value.to_vec();
    let cookie = MAGIC_COOKIE.to_be_bytes();
    for (byte, mask) in plain.iter_mut().skip(2).zip(cookie[..2].iter().chain(cookie.iter()).chain(&id)) {
        *byte ^= mask;
    }
    read_address(&plain)
}

fn read_address(value: &[u8]) -> Option<SocketAddr> {
    let port = number(value.get(2..)?)?;
    let ip: IpAddr = match (value.get(1)?, value.get(4..)?) {
        (1, bytes) => Ipv4Addr::from(<[u8; 4]>::try_from(bytes).ok()?).into(),
        (2, bytes) => Ipv6Addr::from(<[u8; 16]>::try_from(bytes).ok()?).into(),
        _ => return None,
    };
    Some(SocketAddr::new(ip, port))
}

fn number(bytes: &[u8]) -> Option<u16> {
    Some(u16::from_be_bytes(*bytes.first_chunk()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The samples of RFC 5769 §2.2 and §2.3, without what proves who sent them.
    const ID: TransactionId = [0xb7, 0xe7, 0xa7, 0x01, 0xbc, 0x34, 0xd6, 0x86, 0xfa, 0x87, 0xdf, 0xae];
    const V4: &[u8] = &[0, 0x20, 0, 8, 0, 1, 0xa1, 0x47, 0xe1, 0x12, 0xa6, 0x43];
    const V6: &[u8] = &[
        0, 0x20, 0, 20, 0, 2, 0xa1, 0x47, 0x01, 0x13, 0xa9, 0xfa, 0xa5, 0xd3, 0xf1, 0x79, 0xbc, 0x25, 0xf4, 0xb5, 0xbe,
        0xd2, 0xb9, 0xd9,
    ];
    const SOFTWARE: &[u8] = b"\x80\x22\0\x0btest vector ";
    const PLAIN: &[u8] = &[0, 1, 0, 8, 0, 1, 0x0d, 0x96, 192, 0, 2, 7];

    fn answer(attributes: &[&[u8]]) -> Vec<u8> {
        let attributes = attributes.concat();
        let length = u16::try_from(attributes.len()).unwrap();
        let header = [&[1, 1], &length.to_be_bytes()[..], &MAGIC_COOKIE.to_be_bytes(), &ID].concat();
        [header, attributes].concat()
    }

    fn check(attributes: &[&[u8]], expected: Option<&str>) {
        let expected = expected.map(|address| address.parse().unwrap());
        assert_eq!(read_binding(&answer(attributes), ID), expected, "{attributes:?}");
    }

    #[test]
    fn the_addresses_of_the_specification_are_read() {
        check(&[SOFTWARE, V4], Some("192.0.2.1:32853"));
        check(&[SOFTWARE, V6], Some("[2001:db8:1234:5678:11:2233:4455:6677]:32853"));
        check(&[PLAIN], Some("192.0.2.7:3478"));
        check(&[PLAIN, V4], Some("192.0.2.1:32853"));
        check(&[SOFTWARE], None);
        check(&[], None);
    }

    #[test]
    fn an_answer_to_another_request_is_none() {
        assert_eq!(read_binding(&answer(&[V4]), [0; 12]), None);
        assert_eq!(read_binding(&binding_request(ID), ID), None);
    }

    #[test]
    fn no_answer_makes_us_panic_however_it_is_cut() {
        let whole = answer(&[SOFTWARE, V4]);
        for end in 0..whole.len() {
            assert_eq!(read_binding(&whole[..end], ID), None);
        }
        for place in 0..whole.len() {
            let mut odd = whole.clone();
            odd[place] = 0xff;
            let _ = read_binding(&odd, ID);
        }
    }
}
