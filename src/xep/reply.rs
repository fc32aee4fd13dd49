//! XEP-0461: a message answers an earlier one.
//!
//! For programs that do not know this the answer begins with what it answers, quoted as people do (`> `), and
//! [`super::fallback`] says which part of the body that is.

use jid::Jid;
use minidom::Element;

use super::stanza::{element, set};
use super::{fallback, ns};

/// The longest quotation that goes with an answer, in lines and in characters a line: enough to know it again.
const QUOTED_LINES: usize = 4;
const QUOTED_LENGTH: usize = 200;

/// Which message is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// Its id.
    pub id: String,
    /// Who wrote it.
    pub to: Option<Jid>,
}

/// What the body of an answer consists of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// What its author wrote.
    pub text: String,
    /// What they quoted for older programs.
    pub quoted: Option<String>,
}

impl Reply {
    /// What the message with these payloads answers.
    pub fn read<'a>(payloads: impl IntoIterator<Item = &'a Element>) -> Option<Reply> {
        let reply = payloads.into_iter().find(|payload| payload.is("reply", ns::REPLY))?;
        let id = reply.attr("id").filter(|id| !id.is_empty())?.to_owned();
        Some(Reply { id, to: reply.attr("to").and_then(|to| Jid::new(to).ok()) })
    }

    /// The XML of it.
    pub fn write(&self) -> Element {
        let mut reply = element("reply", ns::REPLY);
        set(&mut reply, "id", &self.id);
        if let Some(to) = &self.to {
            set(&mut reply, "to", to.as_str());
        }
        reply
    }
}

/// Parts an answer from its quotation. A quotation that would leave nothing is none.
pub fn part(body: &str, payloads: &[Element]) -> Answer {
    let whole = || Answer { text: body.to_owned(), quoted: None };
    let Some(range) = fallback::read(payloads, ns::REPLY, body) else { return whole() };
    let text = format!("{}{}", &body[..range.start], &body[range.end..]);
    if text.trim().is_empty() {
        return whole();
    }
    let quoted = body[range].lines().map(|line| line.strip_prefix('>').map_or(line, str::trim_start));
    Answer { text, quoted: Some(quoted.collect::<Vec<_>>().join("\n")) }
}

/// The body of an answer as older programs show it, and what says so; `to` is who wrote what is quoted.
pub fn write(reply: &Reply, quoted: &str, text: &str) -> (String, Vec<Element>) {
    let quotation = quotation(quoted);
    let fallback = fallback::write(ns::REPLY, Some(quotation.chars().count()));
    (format!("{quotation}{text}"), vec![reply.write(), fallback])
}

/// The beginning of a text with a `>` before each line, ended by a line break; its own quotations are left out.
pub fn quotation(text: &str) -> String {
    let own = text.lines().filter(|line| !line.starts_with('>') && !line.trim().is_empty());
    let cut = |line: &str| {
        let end = line.char_indices().nth(QUOTED_LENGTH).map(|(end, _)| end);
        end.map_or_else(|| line.to_owned(), |end| format!("{}…", &line[..end]))
    };
    own.take(QUOTED_LINES).flat_map(|line| ["> ".to_owned(), cut(line), "\n".to_owned()]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn anna() -> Reply {
        Reply { id: "message-id1".to_owned(), to: Some(Jid::new("anna@example.com/laptop").unwrap()) }
    }

    #[test]
    fn an_answer_reads_as_it_was_written() {
        let (body, payloads) = write(&anna(), "We should bake a cake 🎂", "Great idea!");
        assert_eq!(body, "> We should bake a cake 🎂\nGreat idea!");
        assert_eq!(Reply::read(&payloads), Some(anna()));
        let quoted = Some("We should bake a cake 🎂".to_owned());
        assert_eq!(part(&body, &payloads), Answer { text: "Great idea!".to_owned(), quoted });
    }

    #[test]
    fn what_is_quoted_is_short_and_quotes_nobody() {
        assert_eq!(quotation("> Who's there?\nNay, answer me"), "> Nay, answer me\n");
        assert_eq!(quotation("a\nb\n\nc\nd\ne").lines().count(), QUOTED_LINES);
        assert_eq!(quotation(&"東".repeat(1000)).chars().count(), QUOTED_LENGTH + 4);
        assert_eq!(quotation(""), "");
    }

    #[test]
    fn a_quotation_that_is_everything_is_what_was_said() {
        let all = [fallback::write(ns::REPLY, None)];
        assert_eq!(part("Great idea!", &all), Answer { text: "Great idea!".to_owned(), quoted: None });
    }
}
