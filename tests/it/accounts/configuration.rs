//! The configuration is saved while Balcony runs, and `/set`.

use balcony::client::Limits;
use balcony::engine::command::{Command, Encryption, Preferences, Via};
use balcony::store::config::ThemeWish;
use balcony::tui::effect::Effect;
use balcony::tui::msg::Msg;

use super::{BOTH, both_online, config, configured, online, stopped};
use crate::support::screen::Screen;

fn saved(screen: &mut Screen, more: &str) {
    let config = config(&format!("{BOTH}{more}"));
    screen.msg(Msg::Configured(Ok(Box::new(config))));
}

fn preferences() -> Preferences {
    Preferences {
        methods: Via::ALL.to_vec(),
        advertise: Vec::new(),
        encryption: Encryption::default(),
        parallel: 3,
        downloads: "/home/juliet/Downloads".into(),
    }
}

#[test]
fn what_can_hold_at_once_does_and_that_is_said() {
    let (mut screen, _, _) = both_online(200, 50);
    saved(&mut screen, "[ui]\nsymbols = \"ascii\"\n[transfers]\nlimit_up = \"500k\"\n");
    let limits = Limits { up: Some(512_000), down: None };
    assert!(screen.caused().contains(&Effect::Limit(limits)));
    let picture = screen.picture();
    assert!(picture.is_ascii(), "{picture}");
    assert!(picture.contains("was read again: transfers.limit_up = \"500 KiB/s\", at once"), "{picture}");
}

#[test]
fn a_file_that_says_nothing_new_is_not_worth_a_word() {
    let (mut screen, _, _) = both_online(200, 50);
    let before = screen.picture();
    saved(&mut screen, "# a thought\n");
    assert_eq!(screen.picture(), before);
    assert_eq!(screen.caused(), []);
}

#[test]
fn methods_hold_for_the_next_transfer_of_every_account() {
    let (mut screen, home, work) = both_online(200, 50);
    saved(&mut screen, "[transfers]\nmethods = [\"in-band\"]\nparallel = 1\n");
    let wanted = Command::Prefer(Preferences { methods: vec![Via::InBand], parallel: 1, ..preferences() });
    assert_eq!(screen.caused(), [home, work].map(|id| Effect::Command(id, wanted.clone())));
}

#[test]
fn what_belongs_to_the_connection_waits_for_the_next_one() {
    let (mut screen, home, _) = both_online(200, 50);
    saved(&mut screen, "[transfers]\nlisten = \"127.0.0.1:7777\"\n");
    assert_eq!(screen.caused(), []);
    assert!(screen.picture().contains("after /connect"));
    screen.keys("/connect home<Enter>");
    let is_start = |effect: &Effect| matches!(effect, Effect::Start(id, _) if *id == home);
    assert!(screen.caused().iter().any(is_start), "a client that listens there");
    screen.msg(Msg::Started(home));
    screen.caused();
    screen.keys("/connect home<Enter>");
    assert_eq!(screen.commands(), [Command::Connect], "nothing has changed since");
}

#[test]
fn keys_and_rules_hold_at_once() {
    let (mut screen, _, _) = both_online(200, 50);
    saved(&mut screen, "[keys]\nquit = [\"F10\"]\n[[rules]]\naction = \"decline\"\n");
    screen.caused();
    screen.keys("<Ctrl-Q>");
    assert_eq!(screen.caused(), []);
    screen.keys("/rules<Enter>");
    assert!(screen.picture().contains("1: decline"), "{}", screen.picture());
    screen.keys("<F10>");
    assert_eq!(screen.caused(), [Effect::Quit]);
}

#[test]
fn for_whom_it_may_ring_holds_at_once() {
    let (mut screen, _, _) = both_online(200, 50);
    let rings = |screen: &mut Screen| {
        screen.wait(10_000).romeo("hey");
        screen.caused().contains(&Effect::Bell)
    };
    assert!(rings(&mut screen));
    saved(&mut screen, "[notifications.contacts]\n\"romeo@montague.lit\" = \"never\"\n");
    assert!(screen.picture().contains("was read again: for whom it may ring, at once"), "{}", screen.picture());
    assert!(!rings(&mut screen));
    saved(&mut screen, "");
    assert!(rings(&mut screen));
}

#[test]
fn a_file_that_is_wrong_is_told_with_its_place_and_changes_nothing() {
    let (mut screen, _, _) = both_online(200, 50);
    saved(&mut screen, "[ui]\nsymbols = \"ascii\"\n");
    let why = "config.toml:9:1: no key is called symbls here; did you mean symbols?";
    screen.msg(Msg::Configured(Err(why.to_owned())));
    let picture = screen.picture();
    assert!(picture.contains(why) && picture.contains("what held before goes on to hold"), "{picture}");
    assert!(picture.is_ascii(), "the symbols of the last file that was right");
    screen.caused();
    saved(&mut screen, "[ui]\nsymbols = \"ascii\"\n");
    assert!(screen.picture().contains("nothing is wrong with it any more"));
}

#[test]
fn accounts_come_change_and_go_with_the_file() {
    let (mut screen, ids) = configured(200, 50, BOTH);
    screen.event_of(ids[0], online("juliet@capulet.lit")).event_of(ids[1], stopped("the password is wrong"));
    let new = config(
        "[accounts.home]\njid = \"juliet@capulet.lit\"\npassword = \"new\"\n\
         [accounts.work]\njid = \"j.capulet@verona.lit\"\npassword = \"right\"\n\
         [accounts.mantua]\njid = \"juliet@mantua.lit\"\npassword = \"z\"\n",
    );
    screen.msg(Msg::Configured(Ok(Box::new(new.clone()))));
    let picture = screen.picture();
    assert!(picture.contains("Account home has changed: /connect home logs in as it is written now"), "{picture}");
    assert!(picture.contains("Account work has changed and tries again"), "{picture}");
    assert!(picture.contains("Account mantua is new and connects"), "{picture}");
    let starts = |account: usize| new.accounts[account].name.clone();
    let started = screen.caused().into_iter().filter_map(|effect| match effect {
        Effect::Start(_, account) => Some(account.name),
        _ => None,
    });
    assert_eq!(started.collect::<Vec<_>>(), [starts(1), starts(2)]);
    screen.msg(Msg::Configured(Ok(Box::new(config(BOTH)))));
    let picture = screen.picture();
    assert!(picture.contains("/account remove mantua lets it go"), "{picture}");
    screen.keys("/account remove mantua<Enter>");
    assert!(screen.caused().iter().any(|effect| matches!(effect, Effect::Forget(_))));
}

#[test]
fn set_changes_something_for_this_run_and_says_how_to_keep_it() {
    let (mut screen, home, work) = both_online(200, 50);
    screen.keys("/set ui.bell off<Enter>");
    let kept = "to keep it, put bell = false under [ui] in ~/.config/balcony/config.toml";
    assert!(screen.picture().contains(kept), "{}", screen.picture());
    screen.caused();
    screen.keys("/set methods in-band<Enter>");
    let wanted = Command::Prefer(Preferences { methods: vec![Via::InBand], ..preferences() });
    assert_eq!(screen.commands().len(), 2);
    screen.keys("/set methods in-band<Enter>");
    let told = screen.caused().into_iter().filter(|effect| matches!(effect, Effect::Command(_, Command::Prefer(_))));
    assert_eq!(told.collect::<Vec<_>>(), [home, work].map(|id| Effect::Command(id, wanted.clone())));
    screen.romeo("Hist!");
    assert!(!screen.caused().contains(&Effect::Bell));
}

#[test]
fn set_explains_a_key_and_lists_all() {
    let (mut screen, _, _) = both_online(200, 50);
    screen.keys("/set parallel 1<Enter>/set parallel<Enter>");
    let picture = screen.picture();
    assert!(picture.contains("transfers.parallel = 1 (until you quit); the default is 3."), "{picture}");
    assert!(picture.contains("How many files move at a time"), "{picture}");
    screen.keys("/clear<Enter>/set<Enter>");
    let picture = screen.picture();
    assert!(
        picture.contains("┌ Settings ─") && picture.contains("transfers.parallel = 1 (until you quit)"),
        "{picture}"
    );
    screen.keys("<PgDn><PgDn>");
    assert!(screen.picture().contains("ui.bell = true"), "{}", screen.picture());
    screen.keys("<Esc>");
    assert!(!screen.picture().contains("transfers.parallel"), "the conversation stays as it was");
}

#[test]
fn what_a_key_does_not_take_is_said() {
    let (mut screen, _, _) = both_online(200, 50);
    for typed in ["bell loud", "colour red", "ui.bogus 1", "ui.colour red", "keys.quit F10", "symbols emoji"] {
        screen.keys("<Ctrl-U>/set ").keys(typed).keys("<Enter>");
    }
    let picture = screen.picture();
    for says in [
        "\"loud\" is neither true nor false",
        "No key is called \"colour\"; did you mean colours? /set lists them",
        "No key is called \"ui.bogus\"; /set lists them",
        "No key is called \"ui.colour\"; did you mean ui.colours? /set lists them",
        "keys.quit is a table of its own",
        "\"emoji\" are no symbols; there are unicode and ascii",
    ] {
        assert!(picture.contains(says), "{says}\n{picture}");
    }
}

#[test]
fn what_was_set_stays_until_the_file_says_otherwise() {
    let (mut screen, _, _) = both_online(200, 50);
    screen.keys("/set symbols ascii<Enter>");
    saved(&mut screen, "[ui]\nbell = false\n");
    assert!(screen.picture().is_ascii(), "the file has nothing to say about symbols");
    saved(&mut screen, "[ui]\nbell = false\nsymbols = \"ascii\"\n");
    saved(&mut screen, "[ui]\nbell = false\nsymbols = \"unicode\"\n");
    assert!(!screen.picture().is_ascii());
}

#[test]
fn keys_of_the_configuration_and_what_they_take_are_completed() {
    let (mut screen, _, _) = both_online(200, 50);
    screen.keys("/set ui.b<Tab>f<Tab>");
    assert!(screen.picture().contains("/set ui.bell false "), "{}", screen.picture());
    screen.keys("<Ctrl-U>/set transfers.methods in<Tab>socks5-d<Tab>");
    assert!(screen.picture().contains("/set transfers.methods in-band socks5-direct "), "{}", screen.picture());
}

#[test]
fn the_speed_limit_that_a_key_sets_is_the_one_that_set_shows() {
    let (mut screen, _, _) = both_online(200, 50);
    screen.keys("/limit up 500k<Enter>/set limit_up<Enter>");
    assert!(screen.picture().contains("transfers.limit_up = \"500 KiB/s\" (until you quit)"), "{}", screen.picture());
}

#[test]
fn a_theme_that_there_is_not_is_refused_in_one_sentence_and_nothing_is_set() {
    let (mut screen, _, _) = both_online(200, 50);
    screen.caused();
    screen.keys("/set ui.theme pink<Enter>");
    let picture = screen.picture();
    assert!(
        picture.contains("There is no theme \"pink\"; there are terminal, dark, light, high-contrast"),
        "{picture}"
    );
    assert!(!picture.contains("holds") && !picture.contains("to keep it"), "{picture}");
    assert!(!screen.caused().iter().any(|effect| matches!(effect, Effect::Paint(_))), "nothing is drawn anew");
    screen.keys("<Ctrl-U>/set theme<Enter>");
    assert!(screen.picture().contains("ui.theme = \"auto\"; the default"), "{}", screen.picture());
    screen.keys("/set theme light<Enter>");
    assert!(screen.picture().contains("put theme = \"light\" under [ui]"), "{}", screen.picture());
}

#[test]
fn a_theme_that_is_gone_before_it_is_drawn_with_does_not_hold() {
    let (mut screen, _, _) = both_online(200, 50);
    screen.keys("/set theme dark<Enter>");
    let why = "there is no theme \"dark\"".to_owned();
    screen.msg(Msg::Unpainted { theme: ThemeWish::Auto, why });
    assert!(screen.picture().contains("There is no theme \"dark\"; so the theme stays as it was"));
    screen.keys("/set theme<Enter>");
    assert!(screen.picture().contains("ui.theme = \"auto\"; the default"), "{}", screen.picture());
}

#[test]
fn a_fault_that_ends_with_a_question_is_followed_by_a_sentence() {
    let (mut screen, _, _) = both_online(200, 50);
    screen.msg(Msg::Configured(Err("config.toml:2:1: no key is called bel here; did you mean bell?".to_owned())));
    assert!(screen.picture().contains("did you mean bell? Until that is put right"), "{}", screen.picture());
    screen.keys("/set bel off<Enter>");
    assert!(screen.picture().contains("No key is called \"bel\"; did you mean bell? /set lists them"));
}
