//! Names that strangers give to files: whatever they are, the place that is asked for is one safe component.

use std::path::{Component, Path};

use balcony::engine::command::{Command, TransferId};
use balcony::engine::event::{Event, TransferChange};
use balcony::engine::{FileOrder, Input, Output, Place};
use balcony::xep::si::{Dialect, Offer};
use balcony::xep::si_file::File;
use balcony::xep::stanza::{Iq, IqKind};
use balcony::xep::{StreamId, ns, si_legacy};
use minidom::Element;
use proptest::prelude::*;

use crate::support::engine::Subject;

/// Stands for the name until the stanza is made, for no writer of ours would write what hostile ones do.
const NAME: &str = "NAME";

fn rename(element: &mut Element, name: &str) {
    element.attrs_mut().values_mut().filter(|value| *value == NAME).for_each(|value| name.clone_into(value));
    element.texts_mut().filter(|text| *text == NAME).for_each(|text| name.clone_into(text));
    element.children_mut().for_each(|child| rename(child, name));
}

/// What is made of an offer of that name, in either dialect: the name shown, and the place asked for.
fn place(dialect: Dialect, name: &str, save_as: Option<&str>) -> (String, Place) {
    let file = File { name: Some(NAME.to_owned()), size: Some(1), ..File::default() };
    let offer = Offer {
        sid: StreamId("a0".to_owned()),
        profile: ns::SI_FILE.to_owned(),
        mime_type: None,
        methods: vec![ns::IBB.to_owned()],
        multiple: false,
        dialect,
        profile_data: if dialect == Dialect::Si { vec![file.write()] } else { Vec::new() },
        headers: if dialect == Dialect::Legacy { si_legacy::write_file(&file) } else { Vec::new() },
    };
    let from = Some("romeo@montague.lit/orchard".parse().unwrap());
    let mut offer = Iq { from, to: None, id: "offer".to_owned(), kind: IqKind::Set(offer.write()) }.write();
    rename(&mut offer, name);
    let mut juliet = Subject::online("");
    juliet.feed(Input::Stanza(offer));
    let shown = juliet.events().into_iter().find_map(|event| match event {
        Event::Transfer { change: TransferChange::Offered(info), .. } => Some(info.name),
        _ => None,
    });
    let save_as = save_as.map(Into::into);
    juliet.command(Command::AcceptOffer { transfer: TransferId(1), save_as });
    let place = juliet.others().into_iter().find_map(|output| match output {
        Output::File(_, FileOrder::Create { place, .. }) => Some(place),
        _ => None,
    });
    (shown.unwrap(), place.unwrap())
}

/// Whether that is one component that hides nothing, is not hidden, and leaves room for an ending.
fn is_safe(name: &str) -> bool {
    let components: Vec<_> = Path::new(name).components().collect();
    let is_one = matches!(components[..], [Component::Normal(only)] if only == name);
    let is_visible = !name.chars().any(|c| c.is_control() || ('\u{202a}'..='\u{202e}').contains(&c));
    is_one && is_visible && !name.starts_with('.') && !name.contains('\\') && name.len() <= 240
}

#[track_caller]
fn check(name: &str) -> String {
    for dialect in [Dialect::Si, Dialect::Legacy] {
        let (shown, place) = place(dialect, name, None);
        assert!(is_safe(&shown), "{name:?} is shown as {shown:?}");
        assert_eq!(place, Place::Downloads { name: shown.clone() });
        let (_, chosen) = self::place(dialect, name, Some("/home/juliet/here"));
        assert_eq!(chosen, Place::Chosen { path: "/home/juliet/here".into(), name: shown });
    }
    place(Dialect::Si, name, None).0
}

#[test]
fn a_path_asks_for_its_last_component_alone() {
    assert_eq!(check("../../x"), "x");
    assert_eq!(check("/etc/passwd"), "passwd");
    assert_eq!(check("C:\\Windows\\system.ini"), "system.ini");
    assert_eq!(check("a/../.."), "file");
    assert_eq!(check("/"), "file");
}

#[test]
fn a_hidden_file_is_not_asked_for() {
    assert_eq!(check(".bashrc"), "bashrc");
    assert_eq!(check("...ssh/.authorized_keys"), "authorized_keys");
}

#[test]
fn a_name_that_is_empty_or_endless_becomes_one_that_a_disk_takes() {
    assert_eq!(check(""), "file");
    assert_eq!(check(" \t "), "file");
    assert!(check(&"a".repeat(10_000)).len() > 100);
    assert_eq!(check(&format!("{}.pdf", "ü".repeat(5_000))), format!("{}.pdf", "ü".repeat(98)));
}

#[test]
fn characters_that_act_on_a_terminal_or_deceive_the_eye_are_left_out() {
    assert_eq!(check("\u{1b}[31mred\u{7}.txt"), "[31mred.txt");
    assert_eq!(check("a\u{9b}2Jb"), "a2Jb");
    assert_eq!(check("invoice\u{202e}fdp.exe"), "invoicefdp.exe");
    assert_eq!(check("a\nb\rc"), "abc");
}

/// XML cannot carry it; but a parser may be kinder than it should.
#[test]
fn a_nul_ends_no_name() {
    assert_eq!(check("a.pdf\0.exe"), "a.pdf.exe");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn whatever_the_name_the_place_is_one_safe_component(name in ".{0,300}|[./\\\\\u{202e}\0a~ ]{0,12}") {
        check(&name);
    }
}
