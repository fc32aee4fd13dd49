//! Which of a contact's programs is offered a file, by what is known of each; pure.

use jid::{BareJid, Jid};

use crate::engine::context::Context;
use crate::engine::disco::Knowledge;
use crate::engine::event::{PeerFault, Subscription};
use crate::engine::sentence::INSTEAD;
use crate::xep::ns;
use crate::xep::si::Dialect;

/// Whom to ask.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Choice {
    /// This one, in this form.
    Offer(Jid, Dialect),
    /// That is not known yet.
    Wait,
    /// Nobody; why.
    Nobody(PeerFault),
}

/// Whether there is still time to wait for what is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Time {
    /// There is.
    Left,
    /// There is none.
    Over,
}

/// The likeliest program that says it takes files; if none does, the likeliest that says nothing at all.
pub(super) fn choose<'k>(programs: &[Jid], time: Time, known: impl Fn(&Jid) -> Option<&'k Knowledge>) -> Choice {
    let mut silent = None;
    for program in programs {
        match known(program) {
            Some(Knowledge::Unanswered) => silent = silent.or(Some(program)),
            Some(knowledge) => {
                if let Some(dialect) = knowledge.file_dialect() {
                    return Choice::Offer(program.clone(), dialect);
                }
            }
            None if time == Time::Left => return Choice::Wait,
            None => silent = silent.or(Some(program)),
        }
    }
    match silent {
        Some(program) => Choice::Offer(program.clone(), Dialect::Si),
        None if programs.is_empty() => Choice::Nobody(PeerFault::Gone),
        None => Choice::Nobody(PeerFault::Incompatible(nobody(programs, known))),
    }
}

/// How many programs a sentence names.
const MOST_NAMED: usize = 3;

/// What Jingle's file transfer is called in every version, without the number.
const JINGLE_FILES: &str = "urn:xmpp:jingle:apps:file-transfer:";

/// That none of the programs takes files, what each does, and what would do instead.
fn nobody<'k>(programs: &[Jid], known: impl Fn(&Jid) -> Option<&'k Knowledge>) -> String {
    let speaks_jingle = |program: &Jid| match known(program) {
        Some(Knowledge::Features(features)) => features.iter().any(|feature| feature.starts_with(JINGLE_FILES)),
        Some(Knowledge::Unanswered) | None => false,
    };
    let told = |program: &Jid| {
        let name = program.resource().map_or_else(|| program.to_string(), ToString::to_string);
        format!("{name} takes {}", if speaks_jingle(program) { "them by Jingle alone" } else { "none" })
    };
    let named: Vec<String> = programs.iter().take(MOST_NAMED).map(told).collect();
    let more = if programs.len() > MOST_NAMED { " and so on" } else { "" };
    format!("{}{more}; {INSTEAD}", named.join(", "))
}

/// A contact's available programs, the likeliest first.
pub(super) fn programs(contact: &BareJid, cx: &Context) -> Vec<Jid> {
    let contact = cx.contacts.find(contact);
    contact.into_iter().flat_map(|contact| &contact.resources).map(|resource| resource.jid.clone().into()).collect()
}

/// Whether we see any program of a contact.
pub(crate) fn is_anybody_there(contact: &BareJid, cx: &Context) -> bool {
    !programs(contact, cx).is_empty()
}

/// Whether a contact is there by other programs only, or not at all; of a stranger that is not known.
pub(super) fn is_away(program: &Jid, cx: &Context) -> bool {
    let contact = program.to_bare();
    cx.contacts.find(&contact).is_some() && !programs(&contact, cx).contains(program)
}

/// Whether we would see a program of a contact, or for a bare address any of theirs, if it were there, and do not.
pub(crate) fn is_seen_away(program: &Jid, cx: &Context) -> bool {
    let contact = program.to_bare();
    let is_nobody_there = || programs(&contact, cx).is_empty();
    shows_presence(&contact, cx) && if program.resource().is_some() { is_away(program, cx) } else { is_nobody_there() }
}

/// Whether a contact lets us see when they are there.
pub(super) fn shows_presence(contact: &BareJid, cx: &Context) -> bool {
    let contact = cx.contacts.find(contact);
    contact.is_some_and(|contact| matches!(contact.subscription, Subscription::To | Subscription::Both))
}

/// Whether somebody may be there whom we do not see.
pub(super) fn is_hidden(contact: &BareJid, cx: &Context) -> bool {
    !shows_presence(contact, cx) && *contact != cx.settings().account
}

/// Whom to ask about a transfer by its name: who agreed to it last, unless we see that this program is gone, or is another
/// one by now; then one that says that it knows names. Nobody else is told such a thing.
pub(crate) fn holder(last: &Jid, cx: &Context) -> Option<Jid> {
    let programs = programs(&last.to_bare(), cx);
    let is_there = programs.contains(last) || (last.resource().is_some() && !is_seen_away(last, cx));
    if is_there && may_know_names(last, cx) {
        return Some(last.clone());
    }
    programs.into_iter().find(|program| knows_names(program, cx) == Some(true))
}

/// Finds out what a contact's programs can, as far as that is not known.
pub(crate) fn learn(contact: &BareJid, cx: &mut Context) {
    for program in programs(contact, cx) {
        cx.peers.learn(&program);
    }
}

/// Whether a program may know a transfer by its name: it says so, or has not said what it can.
pub(super) fn may_know_names(program: &Jid, cx: &Context) -> bool {
    knows_names(program, cx) != Some(false)
}

fn knows_names(program: &Jid, cx: &Context) -> Option<bool> {
    match cx.peers.features_of(program)? {
        Knowledge::Features(features) => Some(features.contains(ns::RECOVERY)),
        Knowledge::Unanswered => None,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::Arc;

    use super::*;
    use crate::xep::{ns, si_legacy};

    /// What each program says: `+` takes files, `o` takes them in the old form, `-` does not, `0` never answers, `?` is
    /// not known yet.
    fn check(said: &str, time: Time, expected: Option<usize>) {
        let program = |at: usize| Jid::new(&format!("juliet@capulet.lit/{at}")).unwrap();
        let programs: Vec<Jid> = (0..said.len()).map(program).collect();
        let knowledge: BTreeMap<Jid, Knowledge> = programs
            .iter()
            .zip(said.chars())
            .filter_map(|(program, said)| {
                let features = match said {
                    '+' => Knowledge::Features(Arc::new([ns::SI_FILE.to_owned()].into())),
                    'o' => {
                        Knowledge::Features(Arc::new([ns::SI.to_owned(), si_legacy::FILE_PROFILE.to_owned()].into()))
                    }
                    '-' => Knowledge::Features(Arc::new(["urn:xmpp:jingle:apps:file-transfer:5".to_owned()].into())),
                    '0' => Knowledge::Unanswered,
                    _ => return None,
                };
                Some((program.clone(), features))
            })
            .collect();
        let choice = choose(&programs, time, |program| knowledge.get(program));
        let dialect = |at: usize| if said.chars().nth(at) == Some('o') { Dialect::Legacy } else { Dialect::Si };
        let offered = expected.map(|at| Choice::Offer(program(at), dialect(at)));
        match offered {
            Some(offered) => assert_eq!(choice, offered, "{said}"),
            None => assert!(!matches!(choice, Choice::Offer(..)), "{said}: {choice:?}"),
        }
    }

    #[test]
    fn the_likeliest_that_takes_files_is_chosen() {
        check("++", Time::Left, Some(0));
        check("-+", Time::Left, Some(1));
        check("0+", Time::Left, Some(1));
    }

    #[test]
    fn a_likelier_one_is_waited_for_as_long_as_there_is_time() {
        check("?+", Time::Left, None);
        check("?+", Time::Over, Some(1));
        check("+?", Time::Left, Some(0));
    }

    #[test]
    fn one_that_never_says_anything_is_tried_where_nobody_better_is_there() {
        check("-0", Time::Left, Some(1));
        check("-?", Time::Over, Some(1));
    }

    #[test]
    fn nobody_is_chosen_where_nobody_takes_files() {
        check("", Time::Left, None);
        check("--", Time::Left, None);
    }

    #[test]
    fn one_that_speaks_the_old_form_alone_is_offered_it() {
        check("o", Time::Left, Some(0));
        check("-o", Time::Left, Some(1));
    }

    #[test]
    fn that_nobody_takes_files_is_said_with_what_they_do_instead() {
        let program = |name: &str| Jid::new(&format!("juliet@capulet.lit/{name}")).unwrap();
        let jingle = Knowledge::Features(Arc::new([format!("{JINGLE_FILES}5")].into()));
        let chat = Knowledge::Features(Arc::new(["urn:xmpp:receipts".to_owned()].into()));
        let knows = |jid: &Jid| if *jid == program("phone") { Some(&jingle) } else { Some(&chat) };
        let told = nobody(&[program("phone"), program("watch")], knows);
        assert!(told.starts_with("phone takes them by Jingle alone, watch takes none; send a link"), "{told}");
    }
}
