//! The few bytes of SOCKS5 (RFC 1928) that XEP-0065 §5.3.2 and §6.3.2 use: a byte machine for each end.
//!
//! Neither end knows what the other is for; they know one name of 40 hexadecimal digits, the destination address. Both
//! take bytes as they dribble in and give back what came behind the handshake. What they write, they write at once:
//! proxies and clients exist that drop a message split in two.
//!
//! The reply's bound address is read in every form, and ignored: XEP-0065 wants the destination address repeated, but
//! libpurple sends its own IP address as a domain, others an IPv4 address, old ejabberds six bytes.

const VERSION: u8 = 5;
const NO_AUTHENTICATION: u8 = 0;
const NOTHING_ACCEPTABLE: u8 = 0xff;
const CONNECT: u8 = 1;
const ATYP_NONE: u8 = 0;
const ATYP_IPV4: u8 = 1;
const ATYP_DOMAIN: u8 = 3;
const ATYP_IPV6: u8 = 4;

/// A destination address: 40 digits; other lengths are read too, and never known to anybody.
pub(crate) type Address = String;

/// What a machine wants after it was fed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Wants<T> {
    /// More bytes.
    More,
    /// These bytes written, then more bytes.
    Write(Vec<u8>),
    /// Nothing: this is the result, and these bytes came behind it.
    Done(T, Vec<u8>),
    /// To stop: the other side does not speak as it should, in words.
    Stop(String),
}

/// The end that connects.
#[derive(Debug)]
pub(crate) struct Dialler {
    address: Address,
    buffer: Vec<u8>,
    is_greeted: bool,
}

impl Dialler {
    /// One that will ask for that address.
    pub(crate) fn new(address: Address) -> Self {
        Dialler { address, buffer: Vec::new(), is_greeted: false }
    }

    /// What to write once connected: no authentication is known.
    pub(crate) fn greeting() -> Vec<u8> {
        vec![VERSION, 1, NO_AUTHENTICATION]
    }

    /// Takes what came.
    pub(crate) fn feed(&mut self, bytes: &[u8]) -> Wants<()> {
        self.buffer.extend_from_slice(bytes);
        if self.is_greeted {
            return self.reply();
        }
        match self.buffer.as_slice() {
            [] | [VERSION] => Wants::More,
            [VERSION, NO_AUTHENTICATION, ..] => {
                self.buffer.drain(..2);
                self.is_greeted = true;
                Wants::Write(message(CONNECT, &self.address))
            }
            [VERSION, ..] => Wants::Stop("wants a password".to_owned()),
            _ => Wants::Stop("no SOCKS5".to_owned()),
        }
    }

    fn reply(&mut self) -> Wants<()> {
        match self.buffer.as_slice() {
            [] | [VERSION] => Wants::More,
            [VERSION, 0, ..] => match reply_length(&self.buffer) {
                None => Wants::Stop("no SOCKS5".to_owned()),
                Some(length) if self.buffer.len() < length => Wants::More,
                Some(length) => Wants::Done((), self.buffer.split_off(length)),
            },
            [VERSION, code, ..] => Wants::Stop(reply_words(*code).to_owned()),
            _ => Wants::Stop("no SOCKS5".to_owned()),
        }
    }
}

/// How long a reply is, or will at least be, by what is there of it; none if its address is of no known form.
fn reply_length(reply: &[u8]) -> Option<usize> {
    let (header, port) = (4, 2);
    match reply.get(3) {
        None => Some(header),
        Some(&ATYP_NONE) => Some(header + port),
        Some(&ATYP_IPV4) => Some(header + 4 + port),
        Some(&ATYP_IPV6) => Some(header + 16 + port),
        Some(&ATYP_DOMAIN) => {
            let length = reply.get(4).map_or(0, |length| usize::from(*length));
            Some(header + 1 + length + port)
        }
        Some(_) => None,
    }
}

fn reply_words(code: u8) -> &'static str {
    match code {
        1 => "refused by the streamhost",
        2 => "not allowed by the streamhost",
        3 | 4 => "unreachable",
        5 => "refused",
        6 => "expired",
        _ => "refused with an unknown code",
    }
}

/// The end that is connected to.
#[derive(Debug, Default)]
pub(crate) struct Host {
    buffer: Vec<u8>,
    is_greeted: bool,
}

impl Host {
    /// Takes what came. Done is told the address that is asked for, to be answered by [`accept`] or [`refuse`].
    pub(crate) fn feed(&mut self, bytes: &[u8]) -> Wants<Address> {
        self.buffer.extend_from_slice(bytes);
        if self.is_greeted { self.request() } else { self.greeting() }
    }

    fn greeting(&mut self) -> Wants<Address> {
        match self.buffer.as_slice() {
            [] | [VERSION] => Wants::More,
            [VERSION, count, methods @ ..] if methods.len() < usize::from(*count) => Wants::More,
            [VERSION, count, methods @ ..] => {
                let count = usize::from(*count);
                if !methods[..count].contains(&NO_AUTHENTICATION) {
                    return Wants::Stop("knows no way without a password".to_owned());
                }
                self.buffer.drain(..2 + count);
                self.is_greeted = true;
                Wants::Write(vec![VERSION, NO_AUTHENTICATION])
            }
            _ => Wants::Stop("no SOCKS5".to_owned()),
        }
    }

    fn request(&mut self) -> Wants<Address> {
        match self.buffer.as_slice() {
            [VERSION, CONNECT, _, ATYP_DOMAIN, length, rest @ ..] => {
                let length = usize::from(*length);
                let port = 2;
                let Some(address) = rest.get(..length).filter(|_| rest.len() >= length + port) else {
                    return Wants::More;
                };
                let address = String::from_utf8_lossy(address).to_ascii_lowercase();
                let behind = rest[length + port..].to_vec();
                Wants::Done(address, behind)
            }
            request if VERSION_CONNECT_DOMAIN.iter().zip(request).all(|(want, got)| want.is_none_or(|w| w == *got)) => {
                Wants::More
            }
            _ => Wants::Stop("asks for something else".to_owned()),
        }
    }
}

/// How every request begins that is understood; the third byte is reserved.
const VERSION_CONNECT_DOMAIN: [Option<u8>; 4] = [Some(VERSION), Some(CONNECT), None, Some(ATYP_DOMAIN)];

/// What a host writes to one whose address it knows: the address repeated, as XEP-0065 wants and Dino insists.
pub(crate) fn accept(address: &Address) -> Vec<u8> {
    message(0, address)
}

/// What a host writes to one whose address it does not know: `connection not allowed by ruleset`.
pub(crate) fn refuse(address: &Address) -> Vec<u8> {
    message(2, address)
}

/// What a host writes to one who offers no acceptable method.
pub(crate) fn refuse_greeting() -> Vec<u8> {
    vec![VERSION, NOTHING_ACCEPTABLE]
}

/// A request or a reply: version, command or code, the address as a domain, port 0.
fn message(code: u8, address: &str) -> Vec<u8> {
    let length = u8::try_from(address.len()).unwrap_or(u8::MAX);
    let mut message = vec![VERSION, code, 0, ATYP_DOMAIN, length];
    message.extend(address.bytes().take(usize::from(length)));
    message.extend([0, 0]);
    message
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADDRESS: &str = "972b7bf47291ca609517f67f86b5081086052dad";

    fn greeted() -> Dialler {
        let mut dialler = Dialler::new(ADDRESS.to_owned());
        assert!(matches!(dialler.feed(&[5, 0]), Wants::Write(request) if request.len() == 47));
        dialler
    }

    fn check_reply(reply: &[u8], expected: &Wants<()>) {
        assert_eq!(greeted().feed(reply), *expected, "{reply:?}");
        let mut dribbled = greeted();
        let last = reply.iter().map(|byte| dribbled.feed(&[*byte])).last().unwrap();
        if let Wants::Done((), behind) = expected
            && behind.is_empty()
        {
            assert_eq!(last, *expected, "{reply:?} one by one");
        }
    }

    #[test]
    fn the_two_ends_understand_each_other_byte_by_byte() {
        let (mut dialler, mut host) = (Dialler::new(ADDRESS.to_owned()), Host::default());
        let mut to_dialler = Vec::new();
        for byte in Dialler::greeting() {
            if let Wants::Write(bytes) = host.feed(&[byte]) {
                to_dialler = bytes;
            }
        }
        let mut request = Vec::new();
        for byte in to_dialler {
            if let Wants::Write(bytes) = dialler.feed(&[byte]) {
                request = bytes;
            }
        }
        let (last, all_but_last) = request.split_last().unwrap();
        assert_eq!(host.feed(all_but_last), Wants::More);
        assert_eq!(host.feed(&[*last]), Wants::Done(ADDRESS.to_owned(), Vec::new()));
        assert_eq!(dialler.feed(&accept(&ADDRESS.to_owned())), Wants::Done((), Vec::new()));
    }

    #[test]
    fn the_request_is_the_one_of_the_specification() {
        let Wants::Write(request) = Dialler::new(ADDRESS.to_owned()).feed(&[5, 0]) else { panic!("no request") };
        assert_eq!(request, [&[5, 1, 0, 3, 40], ADDRESS.as_bytes(), &[0, 0]].concat());
    }

    #[test]
    fn a_reply_with_any_form_of_address_is_taken() {
        let done = Wants::Done((), Vec::new());
        check_reply(&accept(&ADDRESS.to_owned()), &done);
        check_reply(&[&[5, 0, 0, 3, 9][..], b"10.15.5.1", &[0, 0]].concat(), &done);
        check_reply(&[5, 0, 0, 3, 0, 0, 0], &done);
        check_reply(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0], &done);
        check_reply(&[&[5, 0, 0, 4][..], &[0; 18]].concat(), &done);
        check_reply(&[5, 0, 0, 0, 0, 0], &done);
    }

    #[test]
    fn what_comes_behind_a_reply_is_given_back() {
        let reply = [&accept(&ADDRESS.to_owned())[..], b"payload"].concat();
        assert_eq!(greeted().feed(&reply), Wants::Done((), b"payload".to_vec()));
        assert_eq!(greeted().feed(b"\x05\0\0\0\0\0payload"), Wants::Done((), b"payload".to_vec()));
    }

    #[test]
    fn a_refusal_is_known_by_its_second_byte() {
        assert_eq!(greeted().feed(&[5, 5]), Wants::Stop("refused".to_owned()));
        assert_eq!(greeted().feed(&[5, 2, 0]), Wants::Stop("not allowed by the streamhost".to_owned()));
    }

    #[test]
    fn garbage_stops_either_end() {
        assert!(matches!(Dialler::new(ADDRESS.to_owned()).feed(b"HTTP/1.1 400"), Wants::Stop(_)));
        assert!(matches!(Dialler::new(ADDRESS.to_owned()).feed(&[5, 2]), Wants::Stop(_)));
        assert!(matches!(greeted().feed(&[5, 0, 0, 9]), Wants::Stop(_)));
        assert!(matches!(Host::default().feed(b"GET / HTTP"), Wants::Stop(_)));
        assert!(matches!(Host::default().feed(&[5, 1, 2]), Wants::Stop(_)));
        let mut host = Host::default();
        assert!(matches!(host.feed(&[5, 1, 0]), Wants::Write(_)));
        assert!(matches!(host.feed(&[5, 1, 0, 1]), Wants::Stop(_)));
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_either_end_panic(pieces: Vec<Vec<u8>>) {
            let (mut dialler, mut host, mut greeted) = (Dialler::new(ADDRESS.to_owned()), Host::default(), greeted());
            for piece in &pieces {
                let _ = (dialler.feed(piece), host.feed(piece), greeted.feed(piece));
            }
        }
    }
}
