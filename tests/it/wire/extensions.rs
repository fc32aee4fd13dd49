//! Balcony's own elements, as `assets/extensions.md` says them.

use balcony::xep::checksum::{Checksum, is_checksum, read_corrupt};
use balcony::xep::folder::Folder;
use balcony::xep::hashes::Hash;
use balcony::xep::recovery::{Word, read_promise, read_reason, read_word};
use balcony::xep::seal::{self, Fingerprint};
use balcony::xep::si::Offer;
use balcony::xep::stanza::StanzaError;
use balcony::xep::tally::is_tally;
use balcony::xep::{StreamId, ns};
use minidom::Element;

const DOCUMENT: &str = include_str!("../../../assets/extensions.md");

const README: &str = include_str!("../../../README.md");

const NAMESPACES: [&str; 5] = [ns::SEAL, ns::CHECKSUM, ns::RECOVERY, ns::TALLY, ns::FOLDER];

const KEY: Fingerprint = Fingerprint([0x11; 32]);

const FOLDER: Folder = Folder { files: 12, bytes: 345_678 };

fn examples() -> Vec<Element> {
    let blocks = DOCUMENT.split("```xml\n").skip(1);
    blocks.map(|block| block.split("```").next().unwrap().trim().parse().unwrap()).collect()
}

/// The first example of that name.
fn example(name: &str) -> Element {
    examples().into_iter().find(|element| element.name() == name).unwrap_or_else(|| panic!("no example of {name}"))
}

#[test]
fn every_namespace_of_ours_is_in_the_document_that_specifies_it_and_in_the_readme() {
    for namespace in NAMESPACES {
        assert!(examples().iter().any(|element| element.has_ns(namespace)), "{namespace} has no example");
        assert!(README.contains(&format!("`{namespace}`")), "the README is silent about {namespace}");
    }
}

#[test]
fn the_elements_of_the_document_are_read_for_what_it_says() {
    assert_eq!(seal::read(&example("seal")), Some(KEY));
    assert!(is_tally(&example("tally")));
    assert_eq!(Folder::find(&[example("folder")]), Some(FOLDER));
    assert!(read_promise(&example("recovery")).is_some());
    let hashes = vec![Hash::sha_256(&[0x11; 32])];
    let stated = Checksum { sid: StreamId("b4lc0ny".to_owned()), offset: 0, length: 358_400, hashes };
    assert_eq!(Checksum::read(&example("checksum")), Ok(stated));
    let corrupt = StanzaError::new("not-acceptable").with_application(example("corrupt"));
    assert_eq!(read_corrupt(&corrupt), Some(Hash::sha_256(&[0x22; 32])));
}

#[test]
fn the_words_of_the_document_about_a_transfer_are_said_of_the_one_it_names() {
    let named = read_promise(&example("recovery")).unwrap();
    for (name, word) in [
        ("resume", Word::Resume),
        ("forget", Word::Forget),
        ("paused", Word::Paused),
        ("waits", Word::Waits),
        ("moves", Word::Moves),
    ] {
        assert_eq!(read_word(&example(name)), Some((word, named.clone())));
    }
    assert_eq!(read_reason(&example("forget")).as_deref(), Some("no space is left here"));
}

#[test]
fn the_offer_of_the_document_has_all_of_them() {
    let data = Offer::read(&example("si")).unwrap().profile_data;
    assert!(data.iter().any(is_checksum) && data.iter().any(is_tally));
    assert_eq!(data.iter().find_map(seal::read), Some(KEY));
    assert_eq!(data.iter().find_map(read_promise), read_promise(&example("recovery")));
    assert_eq!(Folder::find(&data), Some(FOLDER));
}
