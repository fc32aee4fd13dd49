//! RFC 5122 and XEP-0147: what `xmpp:` links ask for.
//!
//! A link is what somebody else wrote: it says what the user may want, never what is done. Query types that are not in
//! use here are read as a link to the address alone.

use jid::Jid;

use super::Malformed;
use super::percent::decode;
use super::sipub::Published;
use super::stanza::read_address;

const SCHEME: &str = "xmpp:";

/// Texts in links are for a line or two; longer ones are cut.
const LONGEST_TEXT: usize = 4096;

/// What a link asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// Whom it is about.
    pub to: Jid,
    /// What should be done.
    pub wish: LinkWish,
}

/// What should be done with the address of a link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LinkWish {
    /// Talk to them, perhaps with these words.
    Talk(Option<String>),
    /// Put them into the roster, perhaps by this name.
    Add(Option<String>),
    /// Ask for the file that they published; the whole link says which.
    Fetch(String),
    /// Enter the room.
    Join,
}

impl Link {
    /// Reads `xmpp:[//account/]romeo@montague.lit[?type[;key=value]…][#…]`.
    pub fn read(uri: &str) -> Result<Self, Malformed> {
        let wrong = || Malformed::new("no link of the form xmpp:somebody@example.org");
        let (scheme, rest) = uri.split_at_checked(SCHEME.len()).ok_or_else(wrong)?;
        if !scheme.eq_ignore_ascii_case(SCHEME) {
            return Err(wrong());
        }
        let rest = rest.split('#').next().unwrap_or(rest);
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        let address = match path.strip_prefix("//") {
            Some(with_account) => with_account.split_once('/').ok_or_else(wrong)?.1,
            None => path,
        };
        let to = read_address(&decode(address)?).ok_or_else(wrong)?;
        let mut parameters = query.split(';');
        let kind = parameters.next().unwrap_or_default();
        let text = |key| find_text(parameters, key);
        let wish = match kind {
            "roster" | "subscribe" => LinkWish::Add(text("name")?),
            "recvfile" => Published::read_uri(uri).map(|_| LinkWish::Fetch(uri.to_owned()))?,
            "join" => LinkWish::Join,
            "message" => LinkWish::Talk(text("body")?),
            _ => LinkWish::Talk(None),
        };
        Ok(Link { to, wish })
    }
}

fn find_text<'a>(mut parameters: impl Iterator<Item = &'a str>, key: &str) -> Result<Option<String>, Malformed> {
    let value = parameters.find_map(|parameter| parameter.split_once('=').filter(|(name, _)| *name == key));
    let text = value.map(|(_, value)| decode(value)).transpose()?;
    Ok(text.map(|text| text.chars().take(LONGEST_TEXT).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wish(uri: &str) -> LinkWish {
        let link = Link::read(uri).unwrap();
        assert_eq!(link.to.to_string(), "romeo@montague.lit", "{uri}");
        link.wish
    }

    #[test]
    fn links_are_about_somebody_and_may_bring_words() {
        assert_eq!(wish("xmpp:romeo@montague.lit"), LinkWish::Talk(None));
        assert_eq!(wish("XMPP:romeo@montague.lit?message"), LinkWish::Talk(None));
        let body = LinkWish::Talk(Some("it is the east; and Juliet".to_owned()));
        assert_eq!(wish("xmpp:romeo@montague.lit?message;body=it%20is%20the%20east%3B%20and%20Juliet"), body);
        assert_eq!(wish("xmpp://juliet@capulet.lit/romeo@montague.lit?subscribe#x"), LinkWish::Add(None));
        assert_eq!(
            wish("xmpp:romeo@montague.lit?roster;group=Family;name=Romeo"),
            LinkWish::Add(Some("Romeo".to_owned()))
        );
        assert_eq!(wish("xmpp:romeo@montague.lit?join"), LinkWish::Join);
        assert_eq!(wish("xmpp:romeo@montague.lit?vcard"), LinkWish::Talk(None));
    }

    #[test]
    fn a_published_file_is_asked_for_by_the_whole_link() {
        let uri = "xmpp:romeo@montague.lit?recvfile;sid=pub234;name=reply.txt";
        assert_eq!(wish(uri), LinkWish::Fetch(uri.to_owned()));
        assert!(Link::read("xmpp:romeo@montague.lit?recvfile;name=reply.txt").is_err());
    }

    #[test]
    fn what_is_no_link_is_refused() {
        for uri in
            ["", "xmpp", "xmpp:", "mailto:romeo@montague.lit", "xmpp://romeo@montague.lit", "xmpp:a@b@c", "xmpp:%zz"]
        {
            assert!(Link::read(uri).is_err(), "{uri}");
        }
    }

    #[test]
    fn words_are_bounded() {
        let long = format!("xmpp:romeo@montague.lit?message;body={}", "é".repeat(2 * LONGEST_TEXT));
        let LinkWish::Talk(Some(body)) = wish(&long) else { panic!("no words") };
        assert_eq!(body.chars().count(), LONGEST_TEXT);
    }
}
