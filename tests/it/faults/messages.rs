//! What somebody said, and whether it arrives once when everything goes wrong at the same time: the line is dead, and the
//! program is killed before anybody has noticed.

use super::scene::Scene;
use crate::support::daemon::own::jid;

const WORDS: &str = "O happy dagger";

/// Juliet says something into a line that is broken so, and her Balcony is killed. It starts again when all is well.
async fn killed_after_saying_it(broken: impl FnOnce(&Scene)) -> Scene {
    let mut scene = Scene::new().await;
    scene.they_talk().await;
    broken(&scene);
    scene.juliet.screen.say(WORDS);
    scene.juliet.sees(&["me", WORDS, "…"]).await;
    let romeo = jid("romeo");
    let is_kept = |line: &serde_json::Value| line["body"] == WORDS && line["state"] == "waiting";
    scene
        .juliet
        .screen
        .until("it to be written down", |_| scene.juliet.balcony.export(&romeo).iter().any(is_kept))
        .await;
    scene.juliet.dies().await;
    scene.internet.stop_filtering();
    scene.juliet.comes_back();
    scene.juliet.sees(&[&jid("juliet"), "●", "online"]).await;
    scene.juliet.screen.say(&format!("/query {romeo}"));
    scene
}

/// Both see it once, in its place, and go on.
async fn arrives_once(scene: &Scene) {
    scene.romeo.sees(&[WORDS]).await;
    scene.juliet.sees(&["me", WORDS, "✓"]).await;
    scene.juliet.screen.say("This is thy sheath");
    scene.romeo.sees(&["This is thy sheath"]).await;
    scene.juliet.sees(&["me", "This is thy sheath", "✓"]).await;
    for person in [&scene.juliet, &scene.romeo] {
        let screen = person.screen.screen();
        assert_eq!(screen.matches(WORDS).count(), 1, "{screen}");
        assert!(screen.find(WORDS) < screen.find("This is thy sheath"), "{screen}");
    }
}

#[tokio::test]
async fn what_the_server_never_got_arrives_once() {
    let scene = killed_after_saying_it(|scene| scene.juliet.host.unplug(&scene.internet)).await;
    arrives_once(&scene).await;
}

#[tokio::test]
async fn what_the_server_got_unnoticed_arrives_once() {
    let scene = killed_after_saying_it(|scene| {
        let nothing_comes_back = format!("oifname {} drop", scene.juliet.host.interface);
        scene.internet.filter(&nothing_comes_back);
    })
    .await;
    arrives_once(&scene).await;
}
