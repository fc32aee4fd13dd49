//! Addresses in running text that can be opened, by a key or a click. What is no address of these kinds is none,
//! whatever it looks like.

use std::borrow::Cow;

use url::Url;

use super::text;
use crate::engine::command::Link;

/// What an address that may be opened begins with.
const SCHEMES: [&str; 4] = ["https://", "http://", "xmpp:", "mailto:"];

/// What one begins with that people write without its scheme.
const BARE: &str = "www.";

/// Where an address begins.
pub(crate) const STARTS: [&str; 5] = [SCHEMES[0], SCHEMES[1], SCHEMES[2], SCHEMES[3], BARE];

/// What a bare address may stand behind, besides a space.
const BEFORE: [char; 4] = ['(', '[', '{', '<'];

/// More are not offered; nobody chooses among so many.
const MOST: usize = 30;

/// Longer ones are no honest addresses.
const LONGEST: usize = 2000;

/// What ends a sentence, not an address.
const AFTER: [char; 15] = ['.', ',', ';', ':', '!', '?', '\'', '"', '*', '_', '>', '}', '»', '”', '’'];

/// What is said of an address that leads to no place and to nobody.
const NOWHERE: &str = "nowhere that can be understood";

/// Where an address really leads, if that is another place than it seems to be, or somebody else.
pub(crate) fn leads_to(address: &str) -> Option<String> {
    let scheme = SCHEMES.iter().find(|scheme| address.starts_with(**scheme))?;
    match *scheme {
        "xmpp:" => leads_to_whom(address),
        "mailto:" => {
            let (seems, whom) = (&address[scheme.len()..], text::address(&address[scheme.len()..]));
            (seems != whom).then_some(whom)
        }
        _ => leads_to_place(address, scheme),
    }
}

/// Letters of other alphabets look like ours, and what is escaped, or stands before the last stroke, is somebody else.
fn leads_to_whom(address: &str) -> Option<String> {
    let Ok(link) = Link::read(address) else { return Some(NOWHERE.to_owned()) };
    let whom = text::address(link.to.to_bare().as_str());
    let seems = address.strip_prefix("xmpp:")?.split(['?', '#']).next()?;
    let seems = if seems.starts_with("//") { seems } else { seems.split('/').next()? };
    (seems.to_lowercase() != whom.to_lowercase()).then_some(whom)
}

/// Letters of other alphabets look like ours, strokes look like the one that ends a host, and what stands before an `@`
/// is no host at all.
fn leads_to_place(address: &str, scheme: &str) -> Option<String> {
    let seems = address.get(scheme.len()..)?.split(['/', '?', '#', '\\']).next()?;
    let Ok(url) = Url::parse(address) else { return Some(NOWHERE.to_owned()) };
    let host = url.host_str().unwrap_or_default();
    let place = url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
    if url.username().is_empty() && url.password().is_none() {
        let is_usual = |port: &str| url.port().is_none() && Some(port) == default_port(scheme);
        let seems = seems.rsplit_once(':').filter(|(_, port)| is_usual(port)).map_or(seems, |(host, _)| host);
        return (!seems.eq_ignore_ascii_case(&place)).then_some(place);
    }
    let before = seems.rsplit_once('@').map_or("", |(before, _)| before);
    Some(format!("{place}, which is told “{before}”"))
}

fn default_port(scheme: &str) -> Option<&'static str> {
    match scheme {
        "https://" => Some("443"),
        "http://" => Some("80"),
        _ => None,
    }
}

/// The addresses in a text, each once.
pub(crate) fn all(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for word in text.split(|c: char| c.is_whitespace() || c.is_control() || matches!(c, '<' | '>')) {
        let starts = STARTS.iter().filter_map(|start| {
            let at = word.find(start)?;
            (*start != BARE || may_begin(start, word[..at].chars().next_back())).then_some(at)
        });
        let Some(address) = starts.min().map(|at| trimmed(&word[at..])).filter(|address| is_address(address)) else {
            continue;
        };
        let address = whole(address);
        if address.len() <= LONGEST && found.len() < MOST && !found.iter().any(|known| *known == address) {
            found.push(address.into_owned());
        }
    }
    found
}

/// Whether an address can begin behind that character, if there is one. A bare one that is a part of something else is
/// none.
pub(crate) fn may_begin(start: &str, before: Option<char>) -> bool {
    before.is_none_or(|before| match start {
        BARE => before.is_whitespace() || BEFORE.contains(&before),
        _ => !before.is_alphanumeric(),
    })
}

/// Whether it is one as a whole: more than what each of its kind begins with. A bare one names a host, with a domain.
pub(crate) fn is_address(text: &str) -> bool {
    let is_named = |host: &str| host.split('.').count() > 1 && host.split('.').all(|label| !label.is_empty());
    let bare = text.strip_prefix(BARE).and_then(|rest| rest.split(['/', '?', '#', ':', '@']).next());
    bare.is_some_and(is_named) || SCHEMES.iter().any(|scheme| text.len() > scheme.len() && text.starts_with(scheme))
}

/// An address with its scheme.
pub(crate) fn whole(address: &str) -> Cow<'_, str> {
    if address.starts_with(BARE) { format!("https://{address}").into() } else { address.into() }
}

/// Without what the sentence around it adds. A bracket that was opened in the address belongs to it.
pub(crate) fn trimmed(mut address: &str) -> &str {
    loop {
        let before = address;
        address = address.trim_end_matches(AFTER);
        for (open, close) in [('(', ')'), ('[', ']')] {
            if address.ends_with(close) && address.matches(open).count() < address.matches(close).count() {
                address = &address[..address.len() - close.len_utf8()];
            }
        }
        if address == before {
            return address;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_found_without_what_the_sentence_adds() {
        let text = "See <https://a.example/x?y=1&z=(2)>, (http://b.example/) or xmpp:romeo@montague.lit?message.\n\
                    Again https://a.example/x?y=1&z=(2)!";
        let found = ["https://a.example/x?y=1&z=(2)", "http://b.example/", "xmpp:romeo@montague.lit?message"];
        assert_eq!(all(text), found);
    }

    #[test]
    fn an_address_without_a_scheme_is_one_where_it_stands_by_itself() {
        let found = ["https://www.a.example/x?y=1", "https://www.b.example:8080", "https://www.c.example"];
        assert_eq!(all("www.a.example/x?y=1, (www.b.example:8080) [www.c.example]. https://www.c.example"), found);
        for text in ["www.", "www.a", "www..", "www.a..b", "me@www.a.example", "xwww.a.example", "a/www.a.example"] {
            assert_eq!(all(text), Vec::<String>::new(), "{text}");
        }
        assert_eq!(all("https://a.example/www.b.example"), ["https://a.example/www.b.example"]);
    }

    #[test]
    fn an_address_that_leads_elsewhere_than_it_seems_to_says_where() {
        let check =
            |address: &str, expected: Option<&str>| assert_eq!(leads_to(address).as_deref(), expected, "{address}");
        for honest in [
            "https://capulet.example",
            "https://Capulet.Example:443/a@b?c=d",
            "http://capulet.example:8080/\u{430}",
            "http://192.0.2.1/",
            "https://[2001:db8::1]:8443/",
            "xmpp:Romeo@Montague.lit/orchard?message;body=c\u{430}pulet",
            "xmpp:\u{440}\u{43e}\u{43c}\u{435}\u{43e}@montague.lit",
            "mailto:a@b.example?subject=c",
        ] {
            check(honest, None);
        }
        check("https://c\u{430}pulet.example/a", Some("xn--cpulet-3nf.example"));
        check("https://paypal.com@evil.example/", Some("evil.example, which is told “paypal.com”"));
        check("https://paypal.com:443@evil.example:444", Some("evil.example:444, which is told “paypal.com:443”"));
        check("http://2130706433:81/", Some("127.0.0.1:81"));
        check("http://0x7f.1/", Some("127.0.0.1"));
        check("https://capulet%2eexample/", Some("capulet.example"));
        for stroke in ['\u{2044}', '\u{2215}', '\u{ff0f}', '\u{29f8}'] {
            let elsewhere = leads_to(&format!("https://capulet.example{stroke}a.evil.example/"));
            assert!(elsewhere.as_ref().is_some_and(|it| it.is_ascii()), "{stroke}: {elsewhere:?}");
        }
        check("https://a b/", Some(NOWHERE));
        check("https://capulet\u{202e}.example/", Some(NOWHERE));
    }

    #[test]
    fn a_link_to_somebody_else_than_it_seems_to_says_to_whom() {
        let check =
            |address: &str, expected: &str| assert_eq!(leads_to(address).as_deref(), Some(expected), "{address}");
        check("xmpp:r\u{43e}meo@montague.lit?message", "r<U+043E>meo@montague.lit");
        check("xmpp:romeo@m\u{43e}ntague.lit", "romeo@m<U+043E>ntague.lit");
        check("xmpp:r%D0%BEmeo@montague.lit", "r<U+043E>meo@montague.lit");
        check("xmpp://juliet@capulet.lit/tybalt@capulet.lit", "tybalt@capulet.lit");
        check("xmpp:romeo\u{202e}@montague.lit", NOWHERE);
        check("xmpp:romeo@montague.lit@capulet.lit", NOWHERE);
        check("mailto:r\u{43e}meo@montague.lit", "r<U+043E>meo@montague.lit");
        check("mailto:romeo@\u{202e}montague.lit", "romeo@<U+202E>montague.lit");
    }

    #[test]
    fn what_would_do_something_else_is_no_address() {
        for text in
            ["file:///etc/passwd", "javascript:alert(1)", "data:text/html,x", "--help", "http://", "ssh://host", ""]
        {
            assert_eq!(all(text), Vec::<String>::new(), "{text}");
        }
        assert_eq!(all("vnc:http://a"), ["http://a"]);
        assert_eq!(all("https://a/\u{1b}]0;x"), ["https://a/"], "control characters end it");
    }
}
