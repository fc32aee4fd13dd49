//! What somebody says of themselves: XEP-0054, and XEP-0292 for those who publish the newer form.
//!
//! Only what a person would read is taken: pictures, sounds and keys are left where they are.

use minidom::Element;

use super::ns;
use super::stanza::element;

/// A line of a card: what it is about, and what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// What it is about.
    pub about: About,
    /// What it says, as it was written.
    pub text: String,
}

/// What a line of a card is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum About {
    /// The whole name.
    Name,
    /// What they like to be called.
    Nickname,
    /// When they were born.
    Birthday,
    /// Whom they work for.
    Organization,
    /// As what.
    Title,
    /// What they do there.
    Role,
    /// Where they live.
    Place,
    /// A telephone number.
    Telephone,
    /// A mail address.
    Mail,
    /// A page.
    Page,
    /// Anything else they want to say.
    Note,
}

/// More than any honest card has.
const MOST_LINES: usize = 32;

/// The element that a line is in, where in it the text may be, and what it is about.
type Place = (&'static str, &'static [&'static str], About);

/// XEP-0054.
const OLDER: &[Place] = &[
    ("FN", &[], About::Name),
    ("NICKNAME", &[], About::Nickname),
    ("BDAY", &[], About::Birthday),
    ("ORG", &["ORGNAME", "ORGUNIT"], About::Organization),
    ("TITLE", &[], About::Title),
    ("ROLE", &[], About::Role),
    ("ADR", &["STREET", "PCODE", "LOCALITY", "REGION", "CTRY"], About::Place),
    ("TEL", &["NUMBER"], About::Telephone),
    ("EMAIL", &["USERID"], About::Mail),
    ("URL", &[], About::Page),
    ("DESC", &[], About::Note),
];

/// XEP-0292, RFC 6351.
const NEWER: &[Place] = &[
    ("fn", &["text"], About::Name),
    ("nickname", &["text"], About::Nickname),
    ("bday", &["date", "date-time", "text"], About::Birthday),
    ("org", &["text"], About::Organization),
    ("title", &["text"], About::Title),
    ("role", &["text"], About::Role),
    ("adr", &["street", "code", "locality", "region", "country"], About::Place),
    ("tel", &["uri", "text"], About::Telephone),
    ("email", &["text"], About::Mail),
    ("url", &["uri"], About::Page),
    ("note", &["text"], About::Note),
];

/// The question for the older form.
pub fn query() -> Element {
    element("vCard", ns::VCARD)
}

/// The lines of a card of either form, in the order of [`About`]; empty ones are left out.
pub fn read(card: &Element) -> Vec<Line> {
    let places = match (card.name(), card.ns().as_str()) {
        ("vCard", ns::VCARD) => OLDER,
        ("vcard", ns::VCARD4) => NEWER,
        _ => return Vec::new(),
    };
    let lines = places.iter().flat_map(|(name, inside, about)| {
        let found = card.children().filter(move |child| child.name() == *name);
        found.map(move |child| Line { about: *about, text: text_of(child, inside) })
    });
    lines.filter(|line| !line.text.is_empty()).take(MOST_LINES).collect()
}

fn text_of(element: &Element, inside: &[&str]) -> String {
    if inside.is_empty() {
        return element.text().trim().to_owned();
    }
    let parts = inside.iter().filter_map(|name| element.children().find(|child| child.name() == *name));
    let texts: Vec<String> = parts.map(|part| part.text().trim().to_owned()).filter(|text| !text.is_empty()).collect();
    texts.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(xml: &str) -> Vec<(About, String)> {
        read(&xml.parse().unwrap()).into_iter().map(|line| (line.about, line.text)).collect()
    }

    #[test]
    fn the_older_form_is_read_without_its_picture() {
        let read = lines(
            "<vCard xmlns='vcard-temp'><N><FAMILY>Montague</FAMILY></N><FN> Romeo Montague </FN>
               <PHOTO><BINVAL>AAAA</BINVAL></PHOTO><NICKNAME/><TEL><HOME/><NUMBER>303-555-1212</NUMBER></TEL>
               <ADR><LOCALITY>Verona</LOCALITY><CTRY>Italy</CTRY></ADR></vCard>",
        );
        let wanted =
            [(About::Name, "Romeo Montague"), (About::Place, "Verona, Italy"), (About::Telephone, "303-555-1212")];
        assert_eq!(read, wanted.map(|(about, text)| (about, text.to_owned())));
    }

    #[test]
    fn the_newer_form_is_read_too() {
        let read = lines(
            "<vcard xmlns='urn:ietf:params:xml:ns:vcard-4.0'><fn><text>Romeo</text></fn>
               <url><uri>https://montague.lit</uri></url></vcard>",
        );
        let wanted = [(About::Name, "Romeo"), (About::Page, "https://montague.lit")];
        assert_eq!(read, wanted.map(|(about, text)| (about, text.to_owned())));
        assert_eq!(lines("<vcard xmlns='of:somebody'><fn><text>Romeo</text></fn></vcard>"), []);
    }

    #[test]
    fn a_card_without_end_is_cut() {
        let notes = "<DESC>x</DESC>".repeat(1000);
        assert_eq!(lines(&format!("<vCard xmlns='vcard-temp'>{notes}</vCard>")).len(), MOST_LINES);
    }
}
