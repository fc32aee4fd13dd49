//! Addresses in running text that can be opened, by a key or a click. What is no address of these kinds is none,
//! whatever it looks like.

/// What an address that may be opened begins with.
pub(crate) const SCHEMES: [&str; 4] = ["https://", "http://", "xmpp:", "mailto:"];

/// More are not offered; nobody chooses among so many.
const MOST: usize = 30;

/// Longer ones are no honest addresses.
const LONGEST: usize = 2000;

/// What ends a sentence, not an address.
const AFTER: [char; 15] = ['.', ',', ';', ':', '!', '?', '\'', '"', '*', '_', '>', '}', '»', '”', '’'];

/// The addresses in a text, each once.
pub(crate) fn all(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for word in text.split(|c: char| c.is_whitespace() || c.is_control() || matches!(c, '<' | '>')) {
        let Some(address) = SCHEMES.iter().filter_map(|scheme| word.find(scheme)).min().map(|at| trimmed(&word[at..]))
        else {
            continue;
        };
        if is_address(address)
            && address.len() <= LONGEST
            && found.len() < MOST
            && !found.iter().any(|known| known == address)
        {
            found.push(address.to_owned());
        }
    }
    found
}

/// Whether it is one as a whole: more than what each of its kind begins with.
pub(crate) fn is_address(text: &str) -> bool {
    SCHEMES.iter().any(|scheme| text.len() > scheme.len() && text.starts_with(scheme))
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
