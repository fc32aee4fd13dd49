//! XEP-0444: all the reactions that somebody has to a message.

use minidom::Element;

use super::ns;
use super::stanza::{element, set, text_element};

/// More than anybody feels at a time.
const MOST: usize = 16;

/// In bytes: longer than the longest emoji sequence.
const LONGEST: usize = 48;

/// All reactions of one person to one message; none takes earlier ones back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reactions {
    /// Which message.
    pub to: String,
    /// Each once.
    pub emoji: Vec<String>,
}

impl Reactions {
    /// The reactions among these payloads. What cannot be one is left out.
    pub fn read<'a>(payloads: impl IntoIterator<Item = &'a Element>) -> Option<Reactions> {
        let reactions = payloads.into_iter().find(|payload| payload.is("reactions", ns::REACTIONS))?;
        let to = reactions.attr("id").filter(|id| !id.is_empty())?.to_owned();
        let children = reactions.children().filter(|child| child.is("reaction", ns::REACTIONS));
        let mut emoji: Vec<String> = Vec::new();
        for one in children.map(Element::text).filter(|one| is_reaction(one)) {
            if emoji.len() < MOST && !emoji.contains(&one) {
                emoji.push(one);
            }
        }
        Some(Reactions { to, emoji })
    }

    /// The XML of it.
    pub fn write(&self) -> Element {
        let mut reactions = element("reactions", ns::REACTIONS);
        set(&mut reactions, "id", &self.to);
        for one in &self.emoji {
            reactions.append_child(text_element("reaction", ns::REACTIONS, one));
        }
        reactions
    }
}

/// Something short and in one piece; which emoji there are changes every year.
fn is_reaction(text: &str) -> bool {
    let is_odd = |c: char| c.is_whitespace() || c.is_control();
    !text.is_empty() && text.len() <= LONGEST && !text.contains(is_odd)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(xml: &str) -> Option<Reactions> {
        Reactions::read([&xml.parse().unwrap()])
    }

    #[test]
    fn reactions_read_as_they_were_written() {
        for emoji in [vec!["👋".to_owned(), "🐢".to_owned()], Vec::new()] {
            let reactions = Reactions { to: "744f6e18".to_owned(), emoji };
            assert_eq!(Reactions::read([&reactions.write()]), Some(reactions));
        }
    }

    #[test]
    fn each_counts_once_and_what_is_none_is_left_out() {
        let long = "x".repeat(LONGEST + 1);
        let xml = format!(
            "<reactions xmlns='urn:xmpp:reactions:0' id='a'><reaction>👋</reaction><reaction>👋</reaction>\
             <reaction/><reaction>two words</reaction><reaction>{long}</reaction></reactions>"
        );
        assert_eq!(read(&xml).unwrap().emoji, ["👋"]);
        let many = (0..100).map(|n| format!("<reaction>{n}</reaction>")).collect::<Vec<_>>().concat();
        let xml = format!("<reactions xmlns='urn:xmpp:reactions:0' id='a'>{many}</reactions>");
        assert_eq!(read(&xml).unwrap().emoji.len(), MOST);
        assert_eq!(read("<reactions xmlns='urn:xmpp:reactions:0'/>"), None);
    }
}
