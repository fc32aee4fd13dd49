//! Which of a contact's programs is offered a file, by what is known of each; pure.

use jid::{BareJid, Jid};

use crate::engine::context::Context;
use crate::engine::disco::Knowledge;
use crate::engine::event::PeerFault;

/// Whom to ask.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Choice {
    /// This one.
    Offer(Jid),
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
pub(super) fn choose<'k>(
    programs: &[Jid],
    feature: &str,
    time: Time,
    known: impl Fn(&Jid) -> Option<&'k Knowledge>,
) -> Choice {
    let mut silent = None;
    for program in programs {
        match known(program) {
            Some(Knowledge::Features(features)) if features.contains(feature) => return Choice::Offer(program.clone()),
            Some(Knowledge::Features(_)) => {}
            None if time == Time::Left => return Choice::Wait,
            Some(Knowledge::Unanswered) | None => silent = silent.or(Some(program)),
        }
    }
    match silent {
        Some(program) => Choice::Offer(program.clone()),
        None if programs.is_empty() => Choice::Nobody(PeerFault::Gone),
        None => {
            let why = "none of their programs takes files by stream initiation (XEP-0096)";
            Choice::Nobody(PeerFault::Incompatible(why.to_owned()))
        }
    }
}

/// A contact's available programs, the likeliest first.
pub(super) fn programs(contact: &BareJid, cx: &Context) -> Vec<Jid> {
    let contact = cx.contacts.find(contact);
    contact.into_iter().flat_map(|contact| &contact.resources).map(|resource| resource.jid.clone().into()).collect()
}

/// Whether a contact is there by other programs only, or not at all; of a stranger that is not known.
pub(super) fn is_away(program: &Jid, cx: &Context) -> bool {
    let contact = program.to_bare();
    cx.contacts.find(&contact).is_some() && !programs(&contact, cx).contains(program)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    /// What each program says: `+` takes files, `-` does not, `0` never answers, `?` is not known yet.
    fn check(said: &str, time: Time, expected: Option<usize>) {
        let program = |at: usize| Jid::new(&format!("juliet@capulet.lit/{at}")).unwrap();
        let programs: Vec<Jid> = (0..said.len()).map(program).collect();
        let knowledge: BTreeMap<Jid, Knowledge> = programs
            .iter()
            .zip(said.chars())
            .filter_map(|(program, said)| {
                let features = match said {
                    '+' => Knowledge::Features(["files".to_owned()].into()),
                    '-' => Knowledge::Features(["chat".to_owned()].into()),
                    '0' => Knowledge::Unanswered,
                    _ => return None,
                };
                Some((program.clone(), features))
            })
            .collect();
        let choice = choose(&programs, "files", time, |program| knowledge.get(program));
        let offered = expected.map(|at| Choice::Offer(program(at)));
        match offered {
            Some(offered) => assert_eq!(choice, offered, "{said}"),
            None => assert!(!matches!(choice, Choice::Offer(_)), "{said}: {choice:?}"),
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
}
