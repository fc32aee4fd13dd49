//! The real program with two accounts on a real server, and with what happens to its configuration and its state.

use std::fs;

use crate::support::balcony::Balcony;
use crate::support::daemon::{Account, Couple, Kind, Server};
use crate::support::sample::{MIB, Sample};

/// The table of an account.
fn table(name: &str, account: &Account, password: &str) -> String {
    let (port, pin) = (account.server.port(), account.server.pin());
    format!(
        "[accounts.{name}]\njid = \"{}\"\npassword = \"{password}\"\nserver = \"127.0.0.1:{port}\"\ntls = \"starttls\"\n\
         pin = \"{pin}\"\n",
        account.jid
    )
}

const TRANSFERS: &str =
    "[transfers]\ndownloads = \"~/downloads\"\nlisten = \"127.0.0.1:0\"\nadvertise = [\"127.0.0.1\"]\n";

/// Juliet's account as `home` and Romeo's as `work`, which has this password.
fn both(couple: &Couple, password: &str) -> String {
    let Couple { juliet, romeo } = couple;
    format!("{}{}{TRANSFERS}", table("home", juliet, &juliet.password), table("work", romeo, password))
}

#[tokio::test]
async fn one_account_works_while_the_other_has_a_wrong_password_until_that_is_put_right() {
    let couple = Server::shared(Kind::Prosody).couple();
    let balcony = Balcony::new(&couple.juliet.jid, &both(&couple, "wherefore"), &[]);
    let screen = balcony.sit_down();
    screen.until_line(&["home ●", "work ✗"]).await;
    screen.until_line(&[&couple.romeo.jid, "login failed"]).await;
    balcony.reconfigure(&both(&couple, &couple.romeo.password));
    screen.until_line(&["Account work has changed and tries again"]).await;
    screen.until_line(&["home ●", "work ●"]).await;
    screen.press("C-q");
    screen.until_exit("0").await;
}

#[tokio::test]
async fn two_accounts_in_one_balcony_talk_to_each_other_and_send_files() {
    let couple = Server::shared(Kind::Prosody).couple();
    let balcony = Balcony::new(&couple.juliet.jid, &both(&couple, &couple.romeo.password), &[]);
    let screen = balcony.sit_down();
    let (romeo, _) = couple.romeo.jid.split_once('@').unwrap();
    screen.until_line(&["Contacts", &format!("{romeo} is online")]).await;
    screen.say(&format!("/query {}", couple.romeo.jid));
    screen.until_line(&[&couple.romeo.jid, "[home]", "●"]).await;
    screen.say("Good morrow to myself");
    screen.until_line(&["me", "Good morrow to myself", "✓"]).await;
    let sample = Sample::of(MIB);
    screen.say(&format!("/send {}", sample.path().display()));
    screen.answer_offer(sample.name(), "F3").await;
    for arrow in ["↑", "↓"] {
        screen.until_line(&[arrow, sample.name(), "✓", "SOCKS5 direct"]).await;
    }
    sample.assert_same(&balcony.downloads().join(sample.name()));
    screen.say(&format!("/query {}", couple.juliet.jid));
    screen.until_line(&[&couple.juliet.jid, "[work]"]).await;
    let (juliet, _) = couple.juliet.jid.split_once('@').unwrap();
    screen.until_line(&[&format!("{juliet}  Good morrow to myself")]).await;
}

#[tokio::test]
async fn an_account_that_the_file_gains_connects_and_one_is_removed_by_a_command() {
    let couple = Server::shared(Kind::Prosody).couple();
    let alone = format!("{}{TRANSFERS}", table("home", &couple.juliet, &couple.juliet.password));
    let balcony = Balcony::new(&couple.juliet.jid, &alone, &[]);
    let screen = balcony.sit_down();
    screen.until_line(&[&couple.juliet.jid, "●", "online"]).await;
    balcony.reconfigure(&both(&couple, &couple.romeo.password));
    screen.until_line(&["home ●", "work ●"]).await;
    screen.say("/account remove work");
    screen.until_line(&["Remove account work?"]).await;
    screen.press("Enter");
    screen.until_line(&["Account work is gone from here"]).await;
    screen.until_line(&[&couple.juliet.jid, "●", "online"]).await;
    assert_eq!(fs::read_to_string(balcony.config()).unwrap(), alone);
}

#[tokio::test]
async fn a_configuration_that_is_saved_while_balcony_runs_holds_or_is_told_to_be_wrong() {
    let couple = Server::shared(Kind::Prosody).couple();
    let alone = format!("{}{TRANSFERS}", table("home", &couple.juliet, &couple.juliet.password));
    let balcony = Balcony::new(&couple.juliet.jid, &alone, &[]);
    let screen = balcony.sit_down();
    screen.until_line(&[&couple.juliet.jid, "●", "online"]).await;
    balcony.reconfigure(&format!("{alone}[ui]\nsymbls = \"ascii\"\n"));
    let line = alone.lines().count() + 2;
    let place = format!("config.toml:{line}:1");
    screen.until("the place of the mistake", |screen| screen.contains(&place)).await;
    balcony.reconfigure(&format!("{alone}[ui]\nsymbols = \"ascii\"\n"));
    screen.until("a screen without anything but ASCII", str::is_ascii).await;
    screen.say("/set ui.symbols unicode");
    screen.until_line(&["┌", "Roster"]).await;
}

#[tokio::test]
async fn two_balconies_of_one_account_and_one_state_folder_both_work_and_keep_what_was_said_once() {
    let couple = Server::shared(Kind::Prosody).couple();
    let alone = format!("{}{TRANSFERS}", table("home", &couple.juliet, &couple.juliet.password));
    let juliet = Balcony::new(&couple.juliet.jid, &alone, &[]);
    let romeo = Balcony::of(&couple.romeo);
    let screens = [juliet.sit_down(), juliet.sit_down()];
    for screen in &screens {
        screen.until_line(&[&couple.juliet.jid, "●", "online"]).await;
        screen.say(&format!("/query {}", couple.romeo.jid));
    }
    let other = romeo.sit_down();
    other.until_line(&[&couple.romeo.jid, "●", "online"]).await;
    other.say(&format!("/msg {} But soft!", couple.juliet.jid));
    for screen in &screens {
        screen.until_line(&["But soft!"]).await;
    }
    screens[1].say("Ay me");
    for screen in &screens {
        screen.until_line(&["Ay me"]).await;
    }
    other.until_line(&["Ay me"]).await;
    for screen in &screens {
        screen.press("C-q");
        screen.until_exit("0").await;
    }
    let again = juliet.sit_down();
    again.until_line(&[&couple.juliet.jid, "●", "online"]).await;
    again.say(&format!("/query {}", couple.romeo.jid));
    again
        .until("the conversation, everything once", |screen| {
            ["But soft!", "Ay me"].iter().all(|said| screen.matches(said).count() == 1)
        })
        .await;
}

#[tokio::test]
async fn what_was_written_without_a_connection_goes_once_there_is_one_though_balcony_was_killed_or_quit() {
    let couple = Server::shared(Kind::Prosody).couple();
    let alone = format!("{}{TRANSFERS}", table("home", &couple.juliet, &couple.juliet.password));
    let juliet = Balcony::new(&couple.juliet.jid, &alone, &[]);
    let romeo = Balcony::of(&couple.romeo);
    let other = romeo.sit_down();
    other.until_line(&[&couple.romeo.jid, "●", "online"]).await;
    other.say(&format!("/query {}", couple.juliet.jid));
    for (words, is_killed) in [("Parting is such sweet sorrow", true), ("that I shall say good night", false)] {
        let screen = juliet.sit_down();
        screen.until_line(&[&couple.juliet.jid, "●", "online"]).await;
        screen.say("/disconnect");
        screen.until_line(&["/connect"]).await;
        screen.say(&format!("/query {}", couple.romeo.jid));
        screen.say(words);
        screen.until_line(&["me", words]).await;
        let with = couple.romeo.jid.as_str();
        screen.until("it to be kept", |_| juliet.export(with).iter().any(|line| line["body"] == words)).await;
        if is_killed {
            screen.kill().await;
        } else {
            screen.press("C-q");
            screen.until_exit("0").await;
        }
        assert!(!other.screen().contains(words));
        let again = juliet.sit_down();
        other.until_line(&[words]).await;
        again.say(&format!("/query {}", couple.romeo.jid));
        again.until_line(&["me", words, "✓"]).await;
        again.press("C-q");
        again.until_exit("0").await;
    }
}

#[tokio::test]
async fn a_state_folder_that_must_not_be_written_to_is_told_and_balcony_works_without() {
    with_state_on("-o ro", &["Read-only file system"]).await;
}

#[tokio::test]
async fn a_disk_that_is_full_is_told_and_balcony_works_without() {
    with_state_on("-o size=16k", &["no space is left"]).await;
}

/// The state folder is a file system of its own, mounted with these options, that this Balcony alone sees. What it
/// cannot keep is said in these words, and it goes on talking.
async fn with_state_on(options: &str, words: &[&str]) {
    let couple = Server::shared(Kind::Prosody).couple();
    let alone = format!("{}{TRANSFERS}", table("home", &couple.juliet, &couple.juliet.password));
    let script = format!(
        r#"mkdir -p "$XDG_STATE_HOME/balcony"; mount -t tmpfs {options} none "$XDG_STATE_HOME/balcony"; exec "$0" "$@""#
    );
    let way = ["unshare", "--mount", "sh", "-e", "-c", &script].map(str::to_owned);
    let juliet = Balcony::new(&couple.juliet.jid, &alone, &way);
    let screen = juliet.sit_down();
    screen.until_line(&[&couple.juliet.jid, "●", "online"]).await;
    screen.until(&format!("{words:?}"), |screen| words.iter().all(|word| screen.contains(word))).await;
    let balcony = Balcony::of(&couple.romeo);
    let romeo = balcony.sit_down();
    romeo.until_line(&[&couple.romeo.jid, "●", "online"]).await;
    romeo.say(&format!("/msg {} But soft!", couple.juliet.jid));
    screen.say(&format!("/query {}", couple.romeo.jid));
    screen.until_line(&["But soft!"]).await;
}
