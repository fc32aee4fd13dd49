//! Servers that die, freeze, or come back as somebody else.

use super::scene::{DIRECT, Scene};
use crate::support::sample::MIB;

#[tokio::test]
async fn the_server_dies_and_comes_back() {
    let mut scene = Scene::new().await;
    scene.prosody.die();
    scene.romeo.sees(&["romeo1@capulet.lit ○ offline"]).await;
    scene.romeo.screen.say("Is anybody there?");
    scene.romeo.sees_undelivered("Is anybody there?").await;
    scene.prosody.come_back();
    scene.juliet.sees(&["Is anybody there?"]).await;
    scene.romeo.sees(&["Is anybody there?", "✓"]).await;
    scene.all_is_well(MIB, DIRECT).await;
}

#[tokio::test]
async fn the_server_freezes_and_thaws() {
    let scene = Scene::new().await;
    scene.prosody.signal("STOP");
    scene.romeo.screen.say("Is it frozen?");
    scene.romeo.sees_undelivered("Is it frozen?").await;
    scene.prosody.signal("CONT");
    scene.juliet.sees(&["Is it frozen?"]).await;
    scene.all_is_well(MIB, DIRECT).await;
}

#[tokio::test]
async fn the_server_comes_back_with_another_certificate() {
    let mut scene = Scene::new().await;
    scene.prosody.die();
    scene.prosody.change_certificate();
    scene.prosody.come_back();
    for person in [&scene.juliet, &scene.romeo] {
        person.sees(&["stopped: the certificate of capulet.lit CHANGED"]).await;
        person.sees(&["would read your password"]).await;
    }
}
