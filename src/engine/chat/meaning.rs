//! What a message says, as a fact of its conversation: something new, other words for something said before (XEP-0308),
//! that it is taken back (XEP-0424), reactions to it (XEP-0444), that it was seen (XEP-0333).
//!
//! It is the same whichever way the message came, and for what we send ourselves: what is kept of a message is read out
//! of its stanza. Of an answer (XEP-0461) only what its author wrote counts, without the quotation for older programs.
//! The words that such programs are to show instead of a retraction or of reactions are not the user's.

use crate::engine::event::{Author, Reply};
use crate::engine::history::{Hints, What};
use crate::xep::reactions::Reactions;
use crate::xep::stanza::Message;
use crate::xep::{correction, fallback, markers, ns, reply, retraction};

/// What a message of this author says; none if it says nothing that is kept.
pub(super) fn read(message: &Message, author: &Author) -> Option<What> {
    if let Some(of) = retraction::read(&message.payloads) {
        return Some(What::Retraction { of });
    }
    if let Some(Reactions { to, emoji }) = reactions(message) {
        return Some(What::Reactions { to, emoji });
    }
    let Some(body) = text(message) else { return markers::read(&message.payloads).map(|of| What::Displayed { of }) };
    let hints = hints(message, author);
    match correction::read(&message.payloads) {
        Some(of) => Some(What::Correction { of, body, hints }),
        None => Some(What::Message { body, reply_to: answered(message).map(|reply| reply.to), hints }),
    }
}

/// Which message this one answers.
pub(super) fn answered(message: &Message) -> Option<Reply> {
    let reply = reply::Reply::read(&message.payloads)?;
    let body = message.body.as_deref().unwrap_or_default();
    Some(Reply { to: reply.id, quoted: reply::part(body, &message.payloads).quoted })
}

/// Reactions beside words that do not stand in for them are lost, for the words would be otherwise.
fn reactions(message: &Message) -> Option<Reactions> {
    let reactions = Reactions::read(&message.payloads)?;
    let body = message.body.as_deref().unwrap_or_default();
    let stands_in = fallback::read(&message.payloads, ns::REACTIONS, body).is_some();
    (body.is_empty() || stands_in).then_some(reactions)
}

/// What its author wrote.
fn text(message: &Message) -> Option<String> {
    let body = message.body.as_deref().filter(|body| !body.is_empty())?;
    let is_answer = reply::Reply::read(&message.payloads).is_some();
    Some(if is_answer { reply::part(body, &message.payloads).text } else { body.to_owned() })
}

/// Nobody is told that we saw what we wrote.
fn hints(message: &Message, author: &Author) -> Hints {
    Hints {
        unstyled: message.payload("unstyled", ns::STYLING).is_some(),
        markable: author.speaker().is_some() && message.payload("markable", ns::MARKERS).is_some(),
    }
}

#[cfg(test)]
mod tests {
    use jid::Jid;
    use minidom::Element;

    use super::*;
    use crate::xep::stanza::Stanza;

    fn meaning(children: &str) -> Option<What> {
        let xml = format!("<message xmlns='jabber:client' type='chat' id='x'>{children}</message>");
        let Ok(Stanza::Message(message)) = Stanza::read(&xml.parse::<Element>().unwrap()) else { panic!("{xml}") };
        read(&message, &Author::Contact(Jid::new("romeo@montague.lit/orchard").unwrap()))
    }

    fn message(body: &str, reply_to: Option<&str>, hints: Hints) -> What {
        What::Message { body: body.to_owned(), reply_to: reply_to.map(str::to_owned), hints }
    }

    #[test]
    fn an_answer_is_what_its_author_wrote() {
        let answer = "<body>&gt; Who's there?\nNay, answer me</body><reply xmlns='urn:xmpp:reply:0' id='a'/>";
        let range = |range: &str| {
            format!("{answer}<fallback xmlns='urn:xmpp:fallback:0' for='urn:xmpp:reply:0'><body {range}/></fallback>")
        };
        let plain = Hints::default();
        assert_eq!(meaning(&range("start='0' end='15'")), Some(message("Nay, answer me", Some("a"), plain)));
        let whole = "> Who's there?\nNay, answer me";
        for hostile in ["start='0' end='500'", "start='9' end='3'", "start='0' end='29'", ""] {
            assert_eq!(meaning(&range(hostile)), Some(message(whole, Some("a"), plain)), "{hostile}");
        }
    }

    #[test]
    fn what_older_programs_are_told_instead_is_not_what_was_said() {
        let retracted = "<retract xmlns='urn:xmpp:message-retract:1' id='a'/><body>taken back</body>";
        assert_eq!(meaning(retracted), Some(What::Retraction { of: "a".to_owned() }));
        let reactions = "<reactions xmlns='urn:xmpp:reactions:0' id='a'><reaction>❤</reaction></reactions>";
        let reacted = Some(What::Reactions { to: "a".to_owned(), emoji: vec!["❤".to_owned()] });
        assert_eq!(meaning(reactions), reacted);
        let told = "<body>❤</body><fallback xmlns='urn:xmpp:fallback:0' for='urn:xmpp:reactions:0'/>";
        assert_eq!(meaning(&format!("{reactions}{told}")), reacted);
        assert_eq!(meaning(&format!("{reactions}<body>O</body>")), Some(message("O", None, Hints::default())));
    }

    #[test]
    fn wishes_go_with_a_message_and_a_mark_stands_alone() {
        let asks = "<body>O</body><unstyled xmlns='urn:xmpp:styling:0'/><markable xmlns='urn:xmpp:chat-markers:0'/>";
        assert_eq!(meaning(asks), Some(message("O", None, Hints { unstyled: true, markable: true })));
        let mark = "<displayed xmlns='urn:xmpp:chat-markers:0' id='a'/>";
        assert_eq!(meaning(mark), Some(What::Displayed { of: "a".to_owned() }));
        assert_eq!(meaning(&format!("<body>O</body>{mark}")), Some(message("O", None, Hints::default())));
        assert_eq!(meaning("<replace xmlns='urn:xmpp:message-correct:0' id='a'/>"), None);
    }
}
