//! Which account is meant, and what one of them can do without the others.

use balcony::engine::command::{Command, Show};
use balcony::engine::event::{ChatMessage, Event, SessionEvent, Side, StopReason};
use balcony::engine::history::{Found, Query, Term};
use balcony::store::account::Secret;
use balcony::tui::AccountId;
use balcony::tui::effect::{AccountWish, Effect};
use balcony::tui::msg::{AccountAnswer, Msg};

use super::{BOTH, both_online, config, configured, online, stopped, untrusted};
use crate::support::screen::Screen;

/// What goes to the clients, with the account that it is for, but for what only tells of typing and looking.
fn told(screen: &mut Screen) -> Vec<(AccountId, Command)> {
    let told = screen.caused().into_iter().filter_map(|effect| match effect {
        Effect::Command(_, Command::LoadHistory { .. } | Command::MarkRead { .. } | Command::KeepDraft { .. }) => None,
        Effect::Command(account, command) => Some((account, command)),
        _ => None,
    });
    told.collect()
}

fn message(to: &str, body: &str) -> Command {
    Command::SendMessage { to: to.parse().unwrap(), body: body.to_owned() }
}

#[test]
fn who_is_known_to_one_account_is_reached_with_that() {
    let (mut screen, _, work) = both_online(200, 50);
    screen.keys("/msg friar Good morrow<Enter>");
    assert_eq!(told(&mut screen), [(work, message("friar@verona.lit", "Good morrow"))]);
}

#[test]
fn who_is_known_to_several_is_asked_about_until_one_is_chosen() {
    let (mut screen, home, work) = both_online(200, 50);
    screen.keys("/msg romeo Hist!<Enter>");
    assert_eq!(told(&mut screen), []);
    let picture = screen.picture();
    assert!(picture.contains("Several accounts know romeo: which one, home or work?"), "{picture}");
    screen.keys("<Ctrl-U>/account work<Enter>/msg romeo Hist!<Enter>");
    assert_eq!(told(&mut screen), [(work, message("romeo@montague.lit", "Hist!"))]);
    screen.keys("/msg nurse Nurse!<Enter>");
    assert_eq!(told(&mut screen), [(home, message("nurse@capulet.lit", "Nurse!"))]);
    screen.keys("/msg romeo Anon!<Enter>");
    assert_eq!(told(&mut screen), [(home, message("romeo@montague.lit", "Anon!"))], "the conversation's account");
}

#[test]
fn who_is_known_to_nobody_is_reached_with_the_account_that_is_meant() {
    let (mut screen, home, _) = both_online(200, 50);
    screen.keys("/msg tybalt@capulet.lit Peace<Enter>");
    assert_eq!(told(&mut screen), []);
    assert!(screen.picture().contains("Which account, home or work? /account NAME chooses one"));
    screen.keys("<Ctrl-U>/account home<Enter>/msg tybalt@capulet.lit Peace<Enter>");
    assert_eq!(told(&mut screen), [(home, message("tybalt@capulet.lit", "Peace"))]);
}

#[test]
fn the_same_contact_of_two_accounts_has_two_conversations() {
    let (mut screen, home, work) = both_online(200, 50);
    for (id, body) in [(home, "At home"), (work, "At work")] {
        let message = ChatMessage { ..screen.message("romeo@montague.lit/orchard", body) };
        screen.event_of(id, Event::Message(message));
    }
    screen.keys("<Alt-1>");
    let at_home = screen.picture();
    assert!(at_home.contains("romeo@montague.lit [home]") && at_home.contains("At home"), "{at_home}");
    assert!(!at_home.contains("At work"));
    screen.keys("draft for home<Alt-2>");
    let at_work = screen.picture();
    assert!(at_work.contains("romeo@montague.lit [work]") && at_work.contains("At work"), "{at_work}");
    assert!(!at_work.contains("draft for home"));
    screen.caused();
    screen.keys("Anon<Enter>");
    let said: Vec<_> =
        told(&mut screen).into_iter().filter(|(_, it)| matches!(it, Command::SendMessage { .. })).collect();
    assert_eq!(said, [(work, message("romeo@montague.lit", "Anon"))]);
}

#[test]
fn each_account_connects_and_disconnects_by_itself_or_all_do() {
    let (mut screen, home, work) = both_online(200, 50);
    screen.keys("/disconnect work<Enter>");
    assert_eq!(told(&mut screen), [(work, Command::Disconnect)]);
    screen.keys("/connect work<Enter>");
    assert_eq!(told(&mut screen), [(work, Command::Connect)]);
    screen.keys("/disconnect<Enter>");
    assert_eq!(told(&mut screen), [(home, Command::Disconnect), (work, Command::Disconnect)]);
    screen.keys("/account connect home<Enter>");
    assert_eq!(told(&mut screen), [(home, Command::Connect)]);
    screen.keys("/connect wrok<Enter>");
    assert!(screen.picture().contains("No account is called \"wrok\"; there are: home or work"));
}

#[test]
fn who_goes_away_is_away_from_every_account_and_reads_that() {
    let (mut screen, home, work) = both_online(200, 50);
    screen.keys("/account home<Enter>/away at church<Enter>");
    let away = Command::SetPresence { show: Show::Away, status: Some("at church".to_owned()) };
    assert_eq!(told(&mut screen), [(home, away.clone()), (work, away)]);
    assert!(screen.picture().contains("You are away on every account now: home, work"), "{}", screen.picture());
    screen.keys("/status dnd<Enter>");
    assert!(screen.picture().contains("You are busy on every account now: home, work"), "{}", screen.picture());
    screen.keys("/help status<Enter>");
    assert!(screen.picture().contains("say how available you are, on every account"), "{}", screen.picture());
}

#[test]
fn one_account_that_cannot_log_in_keeps_no_other_from_its_work() {
    let (mut screen, ids) = configured(200, 50, BOTH);
    screen.event_of(ids[0], online("juliet@capulet.lit")).event_of(ids[1], stopped("the password is wrong"));
    let picture = screen.picture();
    let first = picture.lines().next().unwrap();
    assert!(first.contains("home ●") && first.contains("work ✗"), "{first}");
    assert!(picture.contains("login failed: the password is wrong"), "{picture}");
    screen.keys("/account<Enter>");
    let picture = screen.picture();
    assert!(picture.contains("home juliet@capulet.lit: online, TLS 1.3"), "{picture}");
    assert!(picture.contains("work j.capulet@verona.lit: login failed: the password is wrong"), "{picture}");
}

#[test]
fn an_account_that_does_not_connect_by_itself_waits_for_the_user() {
    let (mut screen, _) = configured(200, 50, "");
    let config = config(&format!("{BOTH}autoconnect = false\n"));
    screen.msg(Msg::Configured(Ok(Box::new(config.clone()))));
    let started: Vec<_> = screen.caused().into_iter().filter(|effect| matches!(effect, Effect::Start(..))).collect();
    assert_eq!(started, [Effect::Start(AccountId(0), Box::new(config.accounts[0].clone()))]);
    screen.keys("/connect work<Enter>");
    let start = Effect::Start(AccountId(1), Box::new(config.accounts[1].clone()));
    assert!(screen.caused().contains(&start));
    screen.keys("/connect work<Enter>");
    assert!(!screen.caused().contains(&start), "it is on its way");
    screen.msg(Msg::Unstartable(AccountId(1), "password_command of account work failed".to_owned()));
    screen.keys("/connect work<Enter>");
    assert!(screen.caused().contains(&start), "another try");
}

#[test]
fn an_account_is_removed_after_its_lines_were_shown_without_the_password() {
    let (mut screen, home, work) = both_online(200, 50);
    let file = std::path::PathBuf::from("/home/juliet/.config/balcony/config.toml");
    screen.keys("/account remove work<Enter>");
    assert!(screen.caused().contains(&Effect::Account(file.clone(), AccountWish::Show("work".to_owned()))));
    let lines = "[accounts.work]\njid = \"j.capulet@verona.lit\"\npassword = \"y\"\n".to_owned();
    screen.msg(Msg::Account(AccountAnswer::Stands("work".to_owned(), Some(lines.clone()))));
    let picture = screen.picture();
    assert!(picture.contains("Remove account work?") && picture.contains("password = …"), "{picture}");
    screen.keys("y");
    assert!(screen.caused().contains(&Effect::Account(file, AccountWish::Remove("work".to_owned(), lines))));
    let left = config("[accounts.home]\njid = \"juliet@capulet.lit\"\npassword = \"x\"\n");
    screen.msg(Msg::Account(AccountAnswer::Removed("work".to_owned(), Box::new(left.clone()))));
    assert_eq!(screen.caused(), [Effect::Forget(work)]);
    screen.msg(Msg::Configured(Ok(Box::new(left))));
    assert_eq!(screen.caused(), [], "the file says nothing new");
    screen.keys("/msg romeo Hist!<Enter>");
    assert_eq!(told(&mut screen), [(home, message("romeo@montague.lit", "Hist!"))], "there is only one left");
}

#[test]
fn what_became_of_an_account_that_was_to_be_added_stands_in_its_dialog_alone() {
    let (mut screen, _, _) = both_online(100, 30);
    screen.keys("/query nurse@capulet.lit<Enter>").caused();
    let before = screen.picture();
    screen.keys("/account add juliet@mantua.lit<Enter>secret<Enter>").caused();
    let tried = screen.model.add_account("juliet@mantua.lit");
    screen.msg(Msg::SetUp(tried)).event_of(tried, untrusted("sha256:77"));
    assert!(screen.picture().contains("sha256:77"), "{}", screen.picture());
    screen.keys("<Esc>");
    assert_eq!(screen.caused(), [Effect::Forget(tried)]);
    screen.keys("<Enter>").caused();
    let tried = screen.model.add_account("juliet@mantua.lit");
    screen.msg(Msg::SetUp(tried)).event_of(tried, stopped("the password is wrong"));
    screen.keys("<Esc>");
    assert_eq!(screen.caused(), [Effect::Forget(tried)], "what was tried is not kept");
    assert_eq!(screen.picture(), before);
}

#[test]
fn a_certificate_that_changed_is_an_alarm_and_enter_does_not_accept_it() {
    let (pinned, shown) = (format!("sha256:{}", "0".repeat(64)), format!("sha256:{}", "1".repeat(64)));
    let alarmed = || {
        let (mut screen, _, work) = both_online(200, 50);
        screen.caused();
        let domain = "montague.lit".to_owned();
        let why = StopReason::CertificateChanged { domain, pinned: pinned.clone(), shown: shown.clone() };
        screen.event_of(work, Event::Session(SessionEvent::Stopped { why }));
        assert_eq!(screen.caused(), [Effect::Bell]);
        let picture = screen.picture();
        assert!(picture.contains("the certificate of montague.lit CHANGED"), "{picture}");
        screen.keys("/connect work<Enter>");
        let picture = screen.picture();
        assert!(
            picture.contains("THE CERTIFICATE CHANGED") && picture.contains("would read your password"),
            "{picture}"
        );
        assert!(picture.contains(&pinned) && picture.contains(&shown), "{picture}");
        (screen, work)
    };
    let (mut screen, work) = alarmed();
    screen.keys("<Enter>");
    assert_eq!(told(&mut screen), [(work, Command::Connect)], "it may show the pinned one again by now");

    let (mut screen, _) = alarmed();
    screen.caused();
    screen.keys("y");
    let file = std::path::PathBuf::from("/home/juliet/.config/balcony/config.toml");
    assert_eq!(screen.caused(), [Effect::Account(file, AccountWish::Pin("work".to_owned(), shown.clone()))]);
}

#[test]
fn an_alarm_that_a_small_screen_cuts_is_seen_whole_before_it_is_accepted() {
    let (pinned, shown) = (format!("sha256:{}", "0".repeat(64)), format!("sha256:{}", "1".repeat(64)));
    let (mut screen, _, work) = both_online(40, 12);
    let why = StopReason::CertificateChanged { domain: "montague.lit".to_owned(), pinned, shown: shown.clone() };
    screen.event_of(work, Event::Session(SessionEvent::Stopped { why })).keys("/connect work<Enter>");
    screen.caused();
    let mut pages = vec![screen.picture()];
    while pages.last().unwrap().contains("y more") {
        assert_eq!(screen.keys("y").caused(), [], "there is more to be read");
        pages.push(screen.picture());
    }
    let seen = pages.concat();
    assert!(seen.contains("11111111") && seen.contains("Only if it is the second"), "{seen}");
    screen.keys("y");
    let file = std::path::PathBuf::from("/home/juliet/.config/balcony/config.toml");
    assert_eq!(screen.caused(), [Effect::Account(file, AccountWish::Pin("work".to_owned(), shown))]);
}

#[test]
fn a_server_that_wants_the_password_itself_is_an_alarm_and_enter_does_not_tell_it() {
    let alarmed = || {
        let (mut screen, _, work) = both_online(200, 50);
        screen.caused();
        let why = StopReason::PasswordWanted { domain: "montague.lit".to_owned() };
        screen.event_of(work, Event::Session(SessionEvent::Stopped { why }));
        assert_eq!(screen.caused(), [Effect::Bell]);
        let picture = screen.picture();
        assert!(picture.contains("montague.lit WANTS YOUR PASSWORD itself"), "{picture}");
        screen.keys("/connect work<Enter>");
        let picture = screen.picture();
        assert!(picture.contains("THE SERVER WANTS YOUR PASSWORD") && picture.contains("(SCRAM)"), "{picture}");
        (screen, work)
    };
    let (mut screen, work) = alarmed();
    screen.keys("<Enter>");
    assert_eq!(told(&mut screen), [(work, Command::Connect)], "it may be content with less by now");

    let (mut screen, work) = alarmed();
    screen.keys("y");
    assert_eq!(told(&mut screen), [(work, Command::TellPassword), (work, Command::Connect)]);
}

#[test]
fn a_certificate_that_nobody_knows_is_asked_about_when_the_user_connects_and_not_before() {
    let fingerprint = format!("sha256:{}", "0123456789abcdef".repeat(4));
    let refused = || {
        let (mut screen, home, work) = both_online(200, 50);
        screen.event_of(work, untrusted(&fingerprint));
        screen.caused();
        (screen, home, work)
    };
    let (mut screen, _, work) = refused();
    let picture = screen.picture();
    assert!(!picture.contains("Accept this certificate?") && picture.contains("/connect asks"), "{picture}");
    screen.keys("/connect work<Enter>");
    assert_eq!(told(&mut screen), []);
    let picture = screen.picture();
    assert!(picture.contains("Accept this certificate?") && picture.contains(&fingerprint), "{picture}");
    screen.keys("y");
    let file = std::path::PathBuf::from("/home/juliet/.config/balcony/config.toml");
    let pin = AccountWish::Pin("work".to_owned(), fingerprint.clone());
    assert_eq!(screen.caused(), [Effect::Account(file, pin)]);
    let pinned = config(&format!("{BOTH}pin = \"{fingerprint}\"\n"));
    screen.msg(Msg::Account(AccountAnswer::Pinned("work".to_owned(), Box::new(pinned.clone()))));
    assert_eq!(screen.caused(), [Effect::Start(work, Box::new(pinned.accounts[1].clone()))]);
    screen.msg(Msg::Configured(Ok(Box::new(pinned))));
    assert_eq!(screen.caused(), [], "the file says nothing new");

    for no in ["<Esc>", "<Enter>"] {
        let (mut screen, _, work) = refused();
        screen.keys("/connect work<Enter>").keys(no);
        assert_eq!(told(&mut screen), [(work, Command::Connect)], "it may have been set right meanwhile");
    }
}

#[test]
fn one_more_account_is_asked_for_like_the_first_and_escape_goes_back() {
    let (mut screen, _, _) = both_online(200, 50);
    screen.keys("/account add juliet@mantua.lit<Enter>");
    assert!(screen.picture().contains("Which account do you have besides?"));
    screen.keys("secret<Enter>");
    let wanted = screen.caused().into_iter().find_map(|effect| match effect {
        Effect::SetUp(account) => Some(account),
        _ => None,
    });
    let wanted = wanted.unwrap();
    assert_eq!((wanted.jid.as_str(), wanted.password), ("juliet@mantua.lit", Secret::new("secret")));
    screen.keys("<Esc><Esc>");
    assert!(!screen.caused().contains(&Effect::Quit));
    assert!(!screen.picture().contains("besides"));
}

#[test]
fn names_of_accounts_are_completed() {
    let (mut screen, _, _) = both_online(200, 50);
    screen.keys("/connect w<Tab>");
    assert!(screen.picture().contains("/connect work "));
    screen.keys("<Ctrl-U>/account rem<Tab>ho<Tab>");
    assert!(screen.picture().contains("/account remove home "));
}

#[test]
fn a_search_for_somebody_asks_every_account_that_knows_them() {
    let light = |with: &str| Query {
        terms: vec![Term::Word("light".to_owned())],
        with: Some(with.parse().unwrap()),
        ..Query::default()
    };
    let search = |query: Query| Command::SearchHistory { query: Box::new(query), after: None, most: 50 };
    for page in ["", "/account work<Enter>", "/account home<Enter>/query nurse<Enter>"] {
        let (mut screen, home, work) = both_online(200, 50);
        screen.keys(page);
        screen.caused();
        screen.keys("/search with:friar light<Enter>");
        assert_eq!(told(&mut screen), [(work, search(light("friar@verona.lit")))], "{page}");
        screen.keys("<Esc>/search from:romeo light<Enter>");
        let wanted = Query { from: Some(Side::Peer), ..light("romeo@montague.lit") };
        assert_eq!(told(&mut screen), [(home, search(wanted.clone())), (work, search(wanted.clone()))], "{page}");
        for account in [home, work] {
            let found = Ok(Found { among: 6, ..Found::default() });
            screen.event_of(account, Event::Found { query: Box::new(wanted.clone()), after: None, found });
        }
        let says = "nothing like that in 12 messages with romeo@montague.lit";
        assert!(screen.picture().contains(says), "{}", screen.picture());
        screen.keys("<Esc>/search with:tybalt@capulet.lit light<Enter>");
        let wanted = light("tybalt@capulet.lit");
        assert_eq!(told(&mut screen), [(home, search(wanted.clone())), (work, search(wanted))], "whoever knew him");
    }
}
