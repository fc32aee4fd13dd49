//! XEP-0066: addresses of files that are to be fetched from elsewhere, `jabber:iq:oob` and `jabber:x:oob`.

use minidom::Element;
use url::{Host, Url};

use super::percent::decode;
use super::{Malformed, StreamId};

/// Servers take no longer ones, and nobody reads as much.
const LONGEST_ADDRESS: usize = 2048;

/// Where a file is on the web: http or https, a host, no password. As text it is what is really asked: the host in its
/// ASCII form, everything odd escaped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebAddress(Url);

impl WebAddress {
    /// Reads an address.
    pub fn read(address: &str) -> Result<Self, Malformed> {
        let url = Url::parse(address.trim()).map_err(|why| Malformed::new(format!("no web address: {why}")))?;
        WebAddress::of(url)
    }

    /// What an address means where this one has led.
    pub fn join(&self, location: &str) -> Result<Self, Malformed> {
        let url = self.0.join(location).map_err(|why| Malformed::new(format!("no web address: {why}")))?;
        WebAddress::of(url)
    }

    fn of(mut url: Url) -> Result<Self, Malformed> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err(Malformed::new(format!("{} is not fetched, only http and https are", url.scheme())));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Malformed::new("an address with a user name in it"));
        }
        if url.host_str().is_none_or(str::is_empty) || url.as_str().len() > LONGEST_ADDRESS {
            return Err(Malformed::new("no web address"));
        }
        url.set_fragment(None);
        Ok(WebAddress(url))
    }

    /// All of it, in ASCII.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// Whether the way there is encrypted.
    pub fn is_https(&self) -> bool {
        self.0.scheme() == "https"
    }

    /// The host; a number in any notation is an address.
    pub fn host(&self) -> Host<&str> {
        self.0.host().unwrap_or(Host::Domain(""))
    }

    /// The host in ASCII, and the port unless it is the usual one.
    pub fn authority(&self) -> String {
        let host = self.0.host_str().unwrap_or_default();
        self.0.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
    }

    /// What the file is called there: hostile, and often nothing.
    pub fn file_name(&self) -> String {
        let last = self.0.path_segments().and_then(|mut segments| segments.next_back()).unwrap_or_default();
        decode(last).unwrap_or_else(|_| last.to_owned())
    }
}

impl std::fmt::Display for WebAddress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// `<query/>` or `<x/>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutOfBand {
    /// Where the file is.
    pub address: WebAddress,
    /// Words about it.
    pub description: Option<String>,
    /// The stream that it stands for, if it was negotiated by stream initiation.
    pub sid: Option<StreamId>,
}

impl OutOfBand {
    /// Reads either.
    pub fn read(oob: &Element) -> Result<Self, Malformed> {
        let namespace = oob.ns();
        let text = |name: &str| oob.get_child(name, namespace.as_str()).map(Element::text);
        let url = text("url").ok_or_else(|| Malformed::new(format!("<{}/> without <url/>", oob.name())))?;
        Ok(OutOfBand {
            address: WebAddress::read(&url)?,
            description: text("desc").filter(|words| !words.trim().is_empty()),
            sid: StreamId::read(oob, "sid").ok(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> WebAddress {
        WebAddress::read(text).unwrap()
    }

    #[test]
    fn an_address_is_shown_as_it_is_really_asked() {
        assert_eq!(
            address("https://Bücher.example/ä b?q=1#top").as_str(),
            "https://xn--bcher-kva.example/%C3%A4%20b?q=1"
        );
        assert_eq!(address("http://a/\u{202e}x").as_str(), "http://a/%E2%80%AEx");
        assert_eq!(address("http://2130706433/").authority(), "127.0.0.1");
        assert_eq!(address("http://0x7f.1:8080/").authority(), "127.0.0.1:8080");
        assert_eq!(address("https://a.example:443/").authority(), "a.example");
    }

    #[test]
    fn only_the_web_is_fetched_and_never_with_a_password() {
        for odd in [
            "",
            "a.txt",
            "/a.txt",
            "ftp://a/b",
            "file:///etc/passwd",
            "callto:romeo",
            "javascript:1",
            "data:,x",
            "http://",
            "http://user@a/",
            "http://user:secret@a/",
            "http://:secret@a/",
        ] {
            assert!(WebAddress::read(odd).is_err(), "{odd}");
        }
        assert!(WebAddress::read(&format!("http://a/{}", "x".repeat(LONGEST_ADDRESS))).is_err());
    }

    #[test]
    fn a_name_is_the_last_part_of_the_path_decoded() {
        assert_eq!(address("http://a/b/psa%20license.jpg?x=/y").file_name(), "psa license.jpg");
        assert_eq!(address("http://a/").file_name(), "");
        assert_eq!(address("http://a/..%2f..%2fx").file_name(), "../../x");
        assert_eq!(address("http://a/%ff").file_name(), "%ff");
    }

    #[test]
    fn an_element_is_read_in_either_namespace_with_a_stream_or_without() {
        let inner = "<url>http://www.jabber.org/images/psa-license.jpg</url><desc>A license</desc>";
        let x = OutOfBand::read(&format!("<x xmlns='jabber:x:oob'>{inner}</x>").parse().unwrap()).unwrap();
        assert_eq!((x.description.as_deref(), x.sid), (Some("A license"), None));
        let query = format!("<query xmlns='jabber:iq:oob' sid='a0'>{inner}</query>");
        let query = OutOfBand::read(&query.parse().unwrap()).unwrap();
        assert_eq!((query.address, query.sid), (x.address, Some(StreamId("a0".to_owned()))));
        assert!(OutOfBand::read(&"<x xmlns='jabber:x:oob'/>".parse().unwrap()).is_err());
    }

    proptest::proptest! {
        #[test]
        fn whatever_is_read_is_plain_ascii_without_a_password(address in "\\PC*|https?://[a-zäß.@:%/0-9\u{202e}]*") {
            if let Ok(address) = WebAddress::read(&address) {
                proptest::prop_assert!(address.as_str().is_ascii() && !address.as_str().contains(char::is_whitespace));
                proptest::prop_assert!(!address.authority().contains('@'));
                proptest::prop_assert_eq!(WebAddress::read(address.as_str()), Ok(address));
            }
        }
    }
}
