//! Folders and several files travel as one, unpacked by those who know how.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use balcony::engine::command::{Command, Via};
use balcony::engine::event::{FolderInfo, Outcome, Verified};
use balcony::xep::ns;
use balcony::xep::si_file::File;

use crate::support::network::Way;
use crate::support::pair::{JULIET, Pair, ROMEO, content};

/// Romeo offers two files in one, by these methods.
fn offer_two(pair: &mut Pair, via: &[Via]) {
    for (name, size) in [("/one", 3000), ("/two", 5000)] {
        pair.world.nodes[ROMEO].disk.insert(name.into(), content(size));
    }
    let to = "juliet@capulet.lit".parse().unwrap();
    let paths = vec!["/one".into(), "/two".into()];
    pair.world.command(ROMEO, Command::OfferTogether { to, paths, via: via.to_vec() });
    pair.pass(Duration::from_secs(2));
}

#[test]
fn two_files_are_one_offer_and_arrive_by_every_method() {
    for via in [Via::Socks5Direct, Via::InBand] {
        let mut pair = Pair::new();
        offer_two(&mut pair, &[via]);
        let info = pair.info(JULIET);
        let folder = FolderInfo { files: 2, bytes: 8000, left_out: 0, hidden: 0, is_unpacked: Some(true) };
        assert_eq!((info.name.as_str(), info.folder, info.description), ("sonnets", Some(folder), None));
        assert_eq!(pair.info(ROMEO).folder.and_then(|folder| folder.is_unpacked), Some(true));
        pair.finish();
        for who in [ROMEO, JULIET] {
            assert!(matches!(pair.outcome(who), Outcome::Completed { .. }), "{:?}", pair.outcome(who));
        }
        assert_eq!(pair.disk(), [std::path::PathBuf::from("/downloads/sonnets")]);
        pair.assert_tidy();
    }
}

#[test]
fn whoever_does_not_know_folders_is_offered_a_tar_with_a_word_about_it() {
    let mut pair = Pair::new();
    let seen = Rc::new(RefCell::new(None));
    let heard = Rc::clone(&seen);
    pair.world.nodes[JULIET].quirk = Some(Box::new(move |way, mut stanza| {
        if way == Way::In
            && let Some(file) = stanza.get_child("si", ns::SI).and_then(|si| si.get_child("file", ns::SI_FILE))
        {
            *heard.borrow_mut() = Some(File::read(file).unwrap());
        }
        if way == Way::Out
            && let Some(info) = stanza.get_child_mut("query", ns::DISCO_INFO)
        {
            let others =
                info.children().filter(|child| child.attr("var") != Some(ns::FOLDER)).cloned().collect::<Vec<_>>();
            while info.remove_child("feature", ns::DISCO_INFO).is_some() {}
            for feature in others.into_iter().filter(|child| child.name() == "feature") {
                info.append_child(feature);
            }
        }
        vec![(way, stanza)]
    }));
    offer_two(&mut pair, &[Via::InBand]);
    let file = seen.borrow_mut().take().unwrap();
    assert_eq!(file.name.as_deref(), Some("sonnets.tar"));
    assert_eq!(file.description.as_deref(), Some("2 files, packed with tar"));
    let info = pair.info(ROMEO);
    assert_eq!(info.folder.as_ref().and_then(|folder| folder.is_unpacked), Some(false));
    assert_eq!(info.remarks(), ["as sonnets.tar, which their program does not unpack"]);
}

#[test]
fn two_files_in_one_go_on_as_both_whoever_was_killed() {
    for via in [Via::Socks5Direct, Via::InBand] {
        for who in [ROMEO, JULIET] {
            let mut pair = Pair::new();
            for (name, size) in [("/one", 200_000), ("/two", 300_000)] {
                pair.world.nodes[ROMEO].disk.insert(name.into(), content(size));
            }
            let to = "juliet@capulet.lit".parse().unwrap();
            let paths = vec!["/one".into(), "/two".into()];
            pair.world.command(ROMEO, Command::OfferTogether { to, paths, via: vec![via] });
            pair.pass(Duration::from_secs(1));
            pair.accept();
            pair.pass(Duration::from_millis(300));
            assert!(pair.outcomes(ROMEO).is_empty(), "{via:?}: it is over already");
            pair.world.kill(who);
            pair.pass(Duration::from_secs(5));
            pair.world.restart(who);
            pair.pass(Duration::from_mins(1));
            for who in [ROMEO, JULIET] {
                let outcomes = pair.outcomes(who);
                let is_whole = matches!(outcomes.last(), Some(Outcome::Completed { verified: Verified::Sha256, .. }));
                assert!(is_whole, "{via:?}: {outcomes:#?}");
            }
            assert_eq!(pair.disk(), [std::path::PathBuf::from("/downloads/sonnets")]);
        }
    }
}
