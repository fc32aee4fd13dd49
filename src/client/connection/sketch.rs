//! What of a stanza goes into the log: who, whom, which and what kind, never what it says.

use std::fmt;

use minidom::Element;

/// A stanza for the log.
pub(super) struct Sketch<'a>(pub(super) &'a Element);

impl fmt::Display for Sketch<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{}", self.0.name())?;
        for attribute in ["type", "id", "from", "to", "h"] {
            if let Some(value) = self.0.attr(attribute) {
                write!(f, " {attribute}={value:?}")?;
            }
        }
        write!(f, ">")?;
        for child in self.0.children() {
            write!(f, "<{} xmlns={:?}>", child.name(), child.ns())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_stays_out() {
        let xml = "<message xmlns='jabber:client' to='romeo@montague.lit' type='chat'><body>secret</body></message>";
        let stanza: Element = xml.parse().unwrap();
        let sketch = Sketch(&stanza).to_string();
        assert_eq!(sketch, r#"<message type="chat" to="romeo@montague.lit"><body xmlns="jabber:client">"#);
    }
}
