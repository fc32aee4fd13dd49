//! What is done about messages passes between Balcony and slixmpp, whose plugins other people wrote from the same pages:
//! answers (XEP-0461), corrections (0308), reactions (0444), retractions (0424) and markers (0333), both ways.

use super::support::balcony::Balcony;
use super::support::contact::Contact;
use super::support::daemon::{Kind, Server};
use super::support::terminal::has_line;

/// Whoever tells what was seen has been asked to.
const TELLING: &str = "listen = \"127.0.0.1:0\"\nadvertise = [\"127.0.0.1\"]\n[chat]\nsend_markers = true\n";

#[tokio::test]
async fn what_is_done_about_messages_is_understood_between_balcony_and_slixmpp() {
    let couple = Server::shared(Kind::Prosody).couple();
    let balcony = Balcony::with(&couple.juliet, TELLING);
    let terminal = balcony.sit_down();
    terminal.until_line(&["● ", "online"]).await;
    terminal.say(&format!("/query {}", couple.romeo.jid));
    let mut romeo = Contact::who_chats(&couple.romeo, balcony.jid());

    // What he says, and does about it.
    terminal.until_line(&["What light? (edited)"]).await;
    terminal.until_line(&["(message retracted)"]).await;
    assert!(!terminal.screen().contains("slip"), "{}", terminal.screen());
    assert_eq!(romeo.hears("displayed")["of"], "slix-1");

    // What he does about hers.
    terminal.say("It is the east");
    assert_eq!(romeo.hears("message")["body"], "It is the east");
    terminal.until_line(&["It is the east", "✓✓"]).await;
    terminal.until_line(&["🎉"]).await;
    terminal.until_line(&["╭ me: It is the east"]).await;
    terminal.until_line(&["I take thee"]).await;
    assert!(!has_line(&terminal.screen(), &["> It is the east"]), "{}", terminal.screen());

    // What she does about his, and about her own. He may hear of it before it stands on her screen, where keys go.
    terminal.press("Up");
    terminal.write("r");
    terminal.say("Aye");
    let answer = romeo.hears("answer");
    assert_eq!((&answer["to"], &answer["body"]), (&"slix-4".into(), &"Aye".into()));
    assert!(answer["quoted"].as_str().is_some_and(|quoted| quoted.contains("I take thee")), "{answer}");
    terminal.until_line(&["me ", "Aye"]).await;
    terminal.press("Up");
    terminal.write("e");
    terminal.say("!");
    let correction = romeo.hears("correction");
    assert_eq!(correction["of"], answer["id"]);
    assert!(correction["body"].as_str().is_some_and(|body| body.ends_with("Aye!")), "{correction}");
    terminal.until_line(&["me ", "Aye!"]).await;
    terminal.press("Up");
    terminal.press("Up");
    terminal.write("+");
    terminal.say("tada");
    let reactions = romeo.hears("reactions");
    assert_eq!((&reactions["to"], &reactions["emoji"]), (&"slix-4".into(), &["🎉"].into()));
    terminal.until("both reactions", |screen| screen.matches('🎉').count() == 2).await;
    terminal.press("Down");
    terminal.write("d");
    terminal.until_line(&["Take this message back?"]).await;
    terminal.press("Enter");
    assert_eq!(romeo.hears("retraction")["of"], answer["id"]);
    terminal.until("both to be taken back", |screen| screen.matches("(message retracted)").count() == 2).await;
}
