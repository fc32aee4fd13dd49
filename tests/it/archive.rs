//! Juliet has two Balconies, Romeo has profanity, and the server keeps an archive: whoever of them was offline, killed or
//! away, in the end all three show the same conversation, each message once and in order.

use super::support::balcony::Balcony;
use super::support::daemon::{Couple, Kind, Server};
use super::support::process::send_signal;
use super::support::profanity::Profanity;
use super::support::terminal::Terminal;

#[tokio::test]
async fn three_programs_agree_with_the_archive_of_prosody() {
    agree(&Server::shared(Kind::Prosody).couple()).await;
}

#[tokio::test]
async fn three_programs_agree_with_the_archive_of_ejabberd() {
    agree(&Server::shared(Kind::Ejabberd).couple()).await;
}

/// Juliet sits down at one of her Balconies, and looks at what Romeo says.
async fn sit_down(balcony: &Balcony, romeo: &str) -> Terminal {
    let terminal = balcony.sit_down();
    terminal.until_line(&["● ", "online"]).await;
    terminal.say(&format!("/query {romeo}"));
    terminal
}

/// The program is killed on the spot.
async fn kill(terminal: &Terminal) {
    send_signal("KILL", &terminal.process());
    terminal.until("the end of the program", |screen| screen.contains("Pane is dead")).await;
}

/// Each screen shows these words once, one below the other.
async fn show(screens: &[&Terminal], words: &[&str]) {
    for screen in screens {
        screen
            .until(&format!("{words:?}, each once and in order"), |screen| {
                let places: Vec<usize> = words.iter().filter_map(|word| screen.find(word)).collect();
                let is_once = words.iter().all(|word| screen.matches(word).count() == 1);
                places.len() == words.len() && places.is_sorted() && is_once
            })
            .await;
    }
}

async fn agree(couple: &Couple) {
    let (romeo, juliet) = (couple.romeo.jid.as_str(), couple.juliet.jid.as_str());
    let desk = Balcony::beside(&couple.juliet, "desk");
    let sofa = Balcony::beside(&couple.juliet, "sofa");
    let profanity = Profanity::sit_down(&couple.romeo).await;
    let (at_desk, on_sofa) = (sit_down(&desk, romeo).await, sit_down(&sofa, romeo).await);

    // Everybody is there: live, a carbon, a receipt.
    profanity.say(&format!("/msg {juliet} first light"));
    show(&[&at_desk, &on_sofa], &["first light"]).await;
    at_desk.say("second thoughts");
    at_desk.until_line(&["second thoughts", "✓"]).await;
    show(&[&on_sofa, &profanity], &["first light", "second thoughts"]).await;

    // One of Juliet's is killed, and the others go on.
    kill(&on_sofa).await;
    profanity.say("thrid man");
    show(&[&at_desk], &["second thoughts", "thrid man"]).await;
    profanity.say("/correct third man");
    show(&[&at_desk], &["second thoughts", "third man"]).await;
    at_desk.say("fourth wall");
    show(&[&at_desk, &profanity], &["first light", "second thoughts", "third man", "fourth wall"]).await;
    let on_sofa = sit_down(&sofa, romeo).await;
    show(&[&on_sofa], &["first light", "second thoughts", "third man", "fourth wall"]).await;

    // The other one is offline for a while, and comes back.
    at_desk.say("/disconnect");
    at_desk.until_line(&["/connect"]).await;
    profanity.say("fifth column");
    show(&[&on_sofa], &["fourth wall", "fifth column"]).await;
    on_sofa.say("sixth sense");
    show(&[&profanity], &["fifth column", "sixth sense"]).await;
    at_desk.say("/connect");
    show(&[&at_desk], &["third man", "fourth wall", "fifth column", "sixth sense"]).await;

    // Romeo is away.
    profanity.disconnect().await;
    at_desk.say("seventh heaven");
    show(&[&on_sofa], &["sixth sense", "seventh heaven"]).await;
    kill(&at_desk).await;
    // What profanity was told meanwhile stands in a window of its own.
    profanity.connect().await;
    profanity.say(&format!("/msg {juliet}"));
    show(&[&profanity], &["seventh heaven"]).await;
    profanity.say("eighth wonder");
    show(&[&profanity], &["seventh heaven", "eighth wonder"]).await;
    show(&[&on_sofa], &["sixth sense", "seventh heaven", "eighth wonder"]).await;
    let at_desk = sit_down(&desk, romeo).await;
    show(&[&at_desk, &on_sofa], &["sixth sense", "seventh heaven", "eighth wonder"]).await;

    same_export(&desk, &sofa, romeo);
}

/// What both have kept is the same, in the same order.
fn same_export(one: &Balcony, other: &Balcony, with: &str) {
    let said = |balcony: &Balcony| -> Vec<(String, bool)> {
        let lines = balcony.export(with);
        let word = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
        lines.iter().map(|line| (word(&line["body"]), word(&line["from"]).starts_with(with))).collect()
    };
    assert_eq!(said(one), said(other));
    let expected = [
        ("first light", true),
        ("second thoughts", false),
        ("third man", true),
        ("fourth wall", false),
        ("fifth column", true),
        ("sixth sense", false),
        ("seventh heaven", false),
        ("eighth wonder", true),
    ];
    assert_eq!(said(one), expected.map(|(body, is_theirs)| (body.to_owned(), is_theirs)));
}
