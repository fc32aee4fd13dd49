//! Offers against rules, as tables.

use super::*;

/// The downloads folder has 10 GiB left, `/small` 1 MiB; of others nothing is known.
fn space(folder: Option<&Path>) -> Option<u64> {
    match folder {
        None => Some(10 << 30),
        Some(folder) if folder == Path::new("/small") => Some(1 << 20),
        Some(_) => None,
    }
}

fn rule(action: Action) -> Rule {
    Rule::new(action)
}

fn from(jids: &[&str]) -> Whose {
    Whose { from: jids.iter().map(|jid| Jid::new(jid).unwrap()).collect(), ..Whose::default() }
}

fn group(name: &str) -> Whose {
    Whose { groups: vec![name.to_owned()], ..Whose::default() }
}

fn strangers() -> Whose {
    Whose { strangers: true, ..Whose::default() }
}

/// Who offers: a contact in the group Family, or nobody we know.
fn judge(rules: &[Rule], from: &str, is_contact: bool, name: &str, size: Option<u64>) -> Option<(usize, Action)> {
    let from = Jid::new(from).unwrap();
    let groups: Vec<String> = is_contact.then(|| "Family".to_owned()).into_iter().collect();
    let offered = Offered {
        from: &from,
        is_contact,
        groups: &groups,
        name,
        size,
        room: size,
        mime_type: None,
        is_elsewhere: false,
    };
    decide(rules, &offered, &space).by.map(|(number, rule)| (number, rule.action))
}

#[test]
fn whose_offers_a_rule_is_about() {
    let romeo = "romeo@montague.lit/orchard";
    let table: &[(Whose, &str, bool, bool)] = &[
        (Whose::default(), romeo, true, true),
        (Whose::default(), romeo, false, false),
        (from(&["romeo@montague.lit"]), romeo, true, true),
        (from(&["romeo@montague.lit"]), romeo, false, true),
        (from(&[romeo]), romeo, true, true),
        (from(&["romeo@montague.lit/tomb"]), romeo, true, false),
        (from(&["montague.lit"]), romeo, true, false),
        (group("Family"), romeo, true, true),
        (group("Family"), romeo, false, false),
        (group("family"), romeo, true, false),
        (group(""), romeo, true, false),
        (strangers(), romeo, false, true),
        (strangers(), romeo, true, false),
        (Whose { strangers: true, ..group("Family") }, romeo, true, true),
        (Whose { strangers: true, ..group("Family") }, "paris@verona.lit/x", false, true),
    ];
    for (whose, from, is_contact, expected) in table {
        let rules = [Rule { whose: whose.clone(), ..rule(Action::Accept) }];
        let fits = judge(&rules, from, *is_contact, "x", Some(1)).is_some();
        assert_eq!(fits, *expected, "{whose} against {from}, contact: {is_contact}");
    }
}

#[test]
fn nobody_passes_for_a_contact_by_a_resource_or_a_similar_address() {
    let rules = [Rule { whose: from(&["romeo@montague.lit"]), ..rule(Action::Accept) }];
    for spoofed in [
        "paris@verona.lit/romeo@montague.lit",
        "romeo@montague.lit.verona.lit/orchard",
        "montague.lit/romeo",
        "romeo\\40montague.lit@verona.lit/x",
        "room@conference.montague.lit/romeo",
    ] {
        assert_eq!(judge(&rules, spoofed, true, "x", Some(1)), None, "{spoofed}");
    }
    assert_eq!(judge(&rules, "ROMEO@montague.lit/any", true, "x", Some(1)), Some((1, Action::Accept)));
}

#[test]
fn sizes_have_two_ends_and_an_unknown_one_fits_neither() {
    let sized = |at_least, at_most| [Rule { at_least, at_most, ..rule(Action::Accept) }];
    for (at_least, at_most, size, expected) in [
        (None, None, None, true),
        (None, Some(10), Some(10), true),
        (None, Some(10), Some(11), false),
        (None, Some(10), None, false),
        (Some(10), None, Some(10), true),
        (Some(10), None, Some(9), false),
        (Some(10), None, None, false),
        (Some(5), Some(10), Some(7), true),
        (None, Some(u64::MAX), Some(u64::MAX), true),
    ] {
        let fits = judge(&sized(at_least, at_most), "a@b/c", true, "x", size).is_some();
        assert_eq!(fits, expected, "{at_least:?}..{at_most:?} against {size:?}");
    }
}

#[test]
fn space_stays_free_where_the_file_goes() {
    let in_folder = |folder: Option<&str>, keep_free| {
        [Rule { keep_free: Some(keep_free), folder: folder.map(PathBuf::from), ..rule(Action::Accept) }]
    };
    let table: &[(Option<&str>, u64, Option<u64>, bool)] = &[
        (None, 9 << 30, Some(1 << 30), true),
        (None, 9 << 30, Some((1 << 30) + 1), false),
        (None, 0, Some(u64::MAX), false),
        (None, 1, None, false),
        (Some("/small"), 1, Some(1 << 20), false),
        (Some("/small"), 0, Some(1 << 20), true),
        (Some("/unknown"), 0, Some(1), false),
    ];
    for (folder, keep_free, size, expected) in table {
        let fits = judge(&in_folder(*folder, *keep_free), "a@b/c", true, "x", *size).is_some();
        assert_eq!(fits, *expected, "{folder:?} keeps {keep_free} with {size:?}");
    }
}

#[test]
fn a_program_that_calls_itself_a_picture_is_not_accepted_but_declined() {
    let pictures = |action| [Rule { types: vec!["image/*".parse().unwrap()], ..rule(action) }];
    let judged = |action, name, mime_type| {
        let from = Jid::new("romeo@montague.lit/orchard").unwrap();
        let offered = Offered {
            from: &from,
            is_contact: true,
            groups: &[],
            name,
            size: None,
            room: None,
            mime_type,
            is_elsewhere: false,
        };
        decide(&pictures(action), &offered, &space).by.is_some()
    };
    assert!(judged(Action::Accept, "a.png", Some("image/png")));
    assert!(!judged(Action::Accept, "a.exe", Some("image/png")));
    assert!(!judged(Action::Accept, "a.png", Some("application/x-sh")));
    assert!(!judged(Action::Accept, "nameless", None));
    assert!(judged(Action::Decline, "a.exe", Some("image/png")));
    assert!(judged(Action::Decline, "a.png", Some("application/x-sh")));
}

#[test]
fn the_last_rule_that_fits_decides_and_the_others_say_why_not() {
    let rules = [
        rule(Action::Accept),
        Rule { whose: from(&["tybalt@capulet.lit"]), ..rule(Action::Decline) },
        Rule { at_least: Some(1 << 30), ..rule(Action::Ask) },
    ];
    assert_eq!(judge(&rules, "romeo@montague.lit/x", true, "x", Some(1)), Some((1, Action::Accept)));
    assert_eq!(judge(&rules, "tybalt@capulet.lit/x", true, "x", Some(1)), Some((2, Action::Decline)));
    assert_eq!(judge(&rules, "romeo@montague.lit/x", true, "x", Some(2 << 30)), Some((3, Action::Ask)));
    assert_eq!(judge(&rules, "paris@verona.lit/x", false, "x", Some(1)), None);
    let from = Jid::new("romeo@montague.lit/x").unwrap();
    let offered = Offered {
        from: &from,
        is_contact: true,
        groups: &[],
        name: "x",
        size: Some(1),
        room: Some(1),
        mime_type: None,
        is_elsewhere: false,
    };
    let passed_over = decide(&rules, &offered, &space).passed_over;
    let told: Vec<String> = passed_over.iter().map(|(number, misfit)| format!("{number}: {misfit}")).collect();
    assert_eq!(told, ["3: the file is smaller than 1 GiB", "2: it is about others"]);
}

#[test]
fn a_rule_is_told_in_one_line() {
    let full = Rule {
        whose: Whose { strangers: true, groups: vec!["Family".to_owned()], ..from(&["romeo@montague.lit"]) },
        at_least: Some(1024),
        at_most: Some(10 << 20),
        types: vec![".pdf".parse().unwrap(), "image/*".parse().unwrap()],
        keep_free: Some(1 << 30),
        folder: Some("/tmp/x".into()),
        ..rule(Action::Accept)
    };
    assert_eq!(
        full.to_string(),
        "accept from romeo@montague.lit or group Family or strangers, .pdf or image/*, at least 1 KiB, \
         at most 10 MiB, if 1 GiB stay free, into /tmp/x"
    );
    assert_eq!(rule(Action::Ask).to_string(), "ask from every contact");
}

#[test]
fn only_folders_that_a_rule_keeps_free_are_measured() {
    let keeps =
        |folder: Option<&str>| Rule { keep_free: Some(1), folder: folder.map(PathBuf::from), ..rule(Action::Accept) };
    let rules = [rule(Action::Accept), keeps(None), keeps(Some("/a")), keeps(None)];
    assert_eq!(folders_to_measure(&rules), [None, Some(PathBuf::from("/a"))]);
}

#[test]
fn no_rule_accepts_an_address_and_any_may_decline_it() {
    let romeo = Jid::new("romeo@montague.lit/x").unwrap();
    let (name, size, mime_type) = ("x", Some(1), None);
    let offered =
        Offered { from: &romeo, is_contact: true, groups: &[], name, size, room: size, mime_type, is_elsewhere: true };
    let by = |rules: &[Rule]| decide(rules, &offered, &space).by.map(|(number, _)| number);
    assert_eq!(
        by(&[rule(Action::Accept), Rule { whose: from(&["romeo@montague.lit"]), ..rule(Action::Accept) }]),
        None
    );
    assert_eq!(by(&[rule(Action::Decline), rule(Action::Accept)]), Some(1));
}
