//! Rules on the screen: what they answer, what they leave to the user, how they are changed; and strangers, held back.

use std::path::PathBuf;

use balcony::engine::command::Command;
use balcony::engine::event::{Direction, OfferInfo, Outcome, Side, TransferChange, TransferId};
use balcony::store::rules::{Action, Rule, Whose};
use balcony::tui::effect::{Effect, RulesWish};
use balcony::tui::msg::{Msg, RulesAnswer};

use crate::support::screen::{Screen, offer};

const MIB: u64 = 1024 * 1024;

fn family(action: Action) -> Rule {
    Rule { whose: Whose { groups: vec!["Family".to_owned()], ..Whose::default() }, ..Rule::new(action) }
}

/// What a rule does.
fn accept(id: u64, save_as: Option<&str>) -> Command {
    Command::AcceptOffer { transfer: TransferId(id), save_as: save_as.map(PathBuf::from) }
}

/// What the user does.
fn accept_by_hand(id: u64) -> Command {
    Command::AcceptByHand { transfer: TransferId(id), save_as: None }
}

#[test]
fn a_rule_accepts_without_a_bell_and_says_that_it_did() {
    let mut screen = Screen::online(100, 30);
    screen.rules(vec![Rule { folder: Some("/home/juliet/Poems".into()), ..family(Action::Accept) }]);
    screen.keys("/query romeo<Enter>");
    screen.caused();
    screen.offered(1, "sonnet.pdf", MIB);
    assert_eq!(screen.caused(), [Effect::Command(screen.account, accept(1, Some("/home/juliet/Poems/sonnet.pdf")))]);
    let picture = screen.picture();
    assert!(picture.contains("rule 1 accepts sonnet.pdf: accept from group Family"), "{picture}");
    assert!(!picture.contains("F3 accept"), "it waits for nobody: {picture}");
}

#[test]
fn a_rule_declines_and_another_asks_whatever_stands_before() {
    let mut screen = Screen::online(100, 30);
    let large = Rule { at_least: Some(10 * MIB), ..family(Action::Ask) };
    screen.rules(vec![family(Action::Decline), large]);
    screen.offered(1, "small.pdf", MIB);
    assert_eq!(screen.caused(), [Effect::Command(screen.account, Command::DeclineOffer { transfer: TransferId(1) })]);
    screen.offered(2, "large.pdf", 20 * MIB);
    assert_eq!(screen.caused(), [Effect::Bell]);
    assert!(screen.picture().contains("large.pdf"));
}

#[test]
fn space_is_measured_before_a_rule_that_keeps_some_free_is_asked() {
    let mut screen = Screen::online(100, 30);
    screen.rules(vec![Rule { keep_free: Some(10 * MIB), ..family(Action::Accept) }]);
    let downloads = PathBuf::from("/home/juliet/Downloads");
    let measure = |id| Effect::MeasureForRules(balcony::tui::AccountId(0), TransferId(id), vec![downloads.clone()]);
    screen.offered(1, "a.pdf", MIB).offered(2, "b.pdf", MIB);
    assert_eq!(screen.caused(), [measure(1), measure(2)]);
    screen.msg(Msg::SpaceForRules(screen.account, TransferId(1), vec![(downloads.clone(), Some(11 * MIB))]));
    assert_eq!(screen.commands(), [accept(1, None)]);
    screen.msg(Msg::SpaceForRules(screen.account, TransferId(2), vec![(downloads.clone(), Some(11 * MIB - 1))]));
    assert_eq!(screen.caused(), [Effect::Bell], "what the rule does not fit is asked");
    screen.msg(Msg::SpaceForRules(screen.account, TransferId(3), Vec::new()));
    assert!(screen.caused().is_empty(), "an offer that is gone is judged by nobody");
}

#[test]
fn what_strangers_offer_is_counted_and_neither_rings_nor_shows_until_asked_for() {
    let mut screen = Screen::online(100, 30);
    screen.rules(vec![Rule::new(Action::Accept)]);
    screen.stranger_offers(1, "first.exe").stranger_offers(2, "second.exe");
    assert!(screen.caused().is_empty(), "no bell, no answer: rules are not about strangers");
    let picture = screen.picture();
    assert!(picture.contains("2 offers from strangers"), "{picture}");
    assert!(!picture.contains("first.exe") && !picture.contains("stranger1"), "{picture}");
    screen.keys("<F3><F4>");
    assert!(screen.commands().is_empty(), "keys for the shown offer do not reach what is not shown");
    screen.keys("<Ctrl-O>").keys("d");
    assert_eq!(screen.commands(), [Command::DeclineOffer { transfer: TransferId(1) }]);
    assert!(screen.picture().contains("second.exe"));
}

#[test]
fn an_offer_of_a_contact_goes_before_those_of_strangers() {
    let mut screen = Screen::online(100, 30);
    screen.stranger_offers(1, "first.exe").offered(2, "sonnet.pdf", MIB);
    let picture = screen.picture();
    assert!(picture.contains("Offers 1") && picture.contains("1 offer from strangers"), "{picture}");
    screen.keys("<Ctrl-O>");
    assert!(!screen.picture().contains("first.exe"));
    screen.keys("s");
    assert!(screen.picture().contains("first.exe"));
}

#[test]
fn a_strangers_offer_that_nobody_saw_leaves_no_trace() {
    let mut screen = Screen::online(100, 30);
    let before = screen.picture();
    screen.stranger_offers(1, "first.exe").ended(1, Outcome::Cancelled { by: Side::Peer });
    assert_eq!(screen.picture(), before);
}

#[test]
fn a_stranger_can_be_accepted_by_name_and_a_rule_may_ask_about_them() {
    let mut screen = Screen::online(100, 30);
    screen.stranger_offers(1, "x").keys("/accept stranger1@verona.lit<Enter>");
    assert_eq!(screen.commands(), [accept_by_hand(1)]);
    let strangers = Rule { whose: Whose { strangers: true, ..Whose::default() }, ..Rule::new(Action::Ask) };
    screen.rules(vec![strangers]).stranger_offers(2, "wanted.pdf");
    assert_eq!(screen.caused(), [Effect::Bell]);
    assert!(screen.picture().contains("wanted.pdf"));
}

#[test]
fn the_t_key_shows_the_rule_asks_and_accepts() {
    let mut screen = Screen::online(100, 30);
    screen.rules(Vec::new()).offered(1, "sonnet.pdf", MIB).keys("<Ctrl-O>t");
    assert!(screen.commands().is_empty());
    let picture = screen.picture();
    assert!(picture.contains("[[rules]]") && picture.contains("from = [\"romeo@montague.lit\"]"), "{picture}");
    screen.keys("<Enter>");
    let rule = Rule {
        whose: Whose::of("romeo@montague.lit".parse().unwrap()),
        keep_free: Some(1_000_000_000),
        ..Rule::new(Action::Accept)
    };
    let file = PathBuf::from("/home/juliet/.config/balcony/config.toml");
    let caused = screen.caused();
    assert!(caused.contains(&Effect::Rules(file, RulesWish::Add(Box::new(rule.clone())))), "{caused:?}");
    assert!(caused.contains(&Effect::Command(screen.account, accept_by_hand(1))), "{caused:?}");
    screen.msg(Msg::Rules(RulesAnswer::Are(vec![rule])));
    assert!(screen.picture().contains("Rule 1: accept from romeo@montague.lit"));
}

#[test]
fn trust_is_for_the_account_and_not_for_what_a_resource_calls_itself() {
    let mut screen = Screen::online(100, 30);
    let peer = "stranger@verona.lit/romeo@montague.lit".parse().unwrap();
    let info = OfferInfo { peer, is_contact: false, ..offer(Direction::Receiving, "x", 1) };
    screen.rules(Vec::new()).transfer(1, TransferChange::Offered(Box::new(info)));
    screen.keys("<Ctrl-O>").keys("t");
    let picture = screen.picture();
    assert!(picture.contains("from = [\"stranger@verona.lit\"]"), "{picture}");
    assert!(picture.contains("NOT in your roster"), "{picture}");
    screen.keys("<Esc>");
    assert!(screen.caused().iter().all(|effect| !matches!(effect, Effect::Rules(..))));
}

#[test]
fn rules_are_added_by_command_with_the_words_of_the_configuration() {
    let mut screen = Screen::online(100, 30);
    screen.rules(Vec::new());
    screen
        .keys("/rules add accept --from romeo --group Family --type image/* --at-most 10MB --folder ~/Pictures<Enter>");
    let wanted = Rule {
        whose: Whose { groups: vec!["Family".to_owned()], ..Whose::of("romeo@montague.lit".parse().unwrap()) },
        types: vec!["image/*".parse().unwrap()],
        at_most: Some(10_000_000),
        folder: Some("/home/juliet/Pictures".into()),
        ..Rule::new(Action::Accept)
    };
    let caused = screen.caused();
    assert!(
        caused.iter().any(|effect| matches!(effect, Effect::Rules(_, RulesWish::Add(rule)) if **rule == wanted)),
        "{caused:?}"
    );
    screen.keys("/rules add accept --at-least 1.5 kB --at-most 5 MB --keep-free 1GiB<Enter>");
    let sizes =
        Rule { at_least: Some(1500), at_most: Some(5_000_000), keep_free: Some(1 << 30), ..Rule::new(Action::Accept) };
    let caused = screen.caused();
    assert!(
        caused.iter().any(|effect| matches!(effect, Effect::Rules(_, RulesWish::Add(rule)) if **rule == sizes)),
        "a unit may be a word of its own: {caused:?}"
    );
    for wrong in [
        "add drop",
        "add ask --folder ~/x",
        "add accept --at-most big",
        "add accept --at-most 5 apples",
        "add accept --from nobody",
        "remove 1",
    ] {
        screen.keys(&format!("/rules {wrong}<Enter>"));
        assert!(screen.caused().iter().all(|effect| !matches!(effect, Effect::Rules(..))), "{wrong}");
    }
}

#[test]
fn a_rule_is_removed_after_its_lines_were_shown() {
    let mut screen = Screen::online(100, 30);
    screen.rules(vec![family(Action::Accept)]).keys("/rules remove 1<Enter>");
    let file = PathBuf::from("/home/juliet/.config/balcony/config.toml");
    assert!(screen.caused().contains(&Effect::Rules(file.clone(), RulesWish::Show(1))));
    let lines = "[[rules]]\naction = \"accept\" # \u{1b}[2J\n".to_owned();
    screen.msg(Msg::Rules(RulesAnswer::Stands(1, Some(lines.clone()))));
    let picture = screen.picture();
    assert!(picture.contains("action = \"accept\"") && !picture.contains('\u{1b}'), "{picture}");
    screen.keys("y");
    assert!(screen.caused().contains(&Effect::Rules(file, RulesWish::Remove(1, lines))));
    screen.msg(Msg::Rules(RulesAnswer::Failed("the file has changed meanwhile".to_owned())));
    assert!(screen.picture().contains("the file has changed meanwhile"));
}
