//! Files whose stream breaks half-way, as the two see it at their screens: what stands there is true, and the file arrives.

use super::scene::{DIRECT, Scene};
use crate::support::sample::{MIB, Sample};

/// Some seconds for the file.
const SLOW: &str = "tc qdisc add dev wan root tbf rate 8mbit burst 64kb latency 400ms";
const FAST: &str = "tc qdisc del dev wan root";

const SIZE: usize = 6 * MIB;

#[tokio::test]
async fn a_network_that_changes_is_noticed_and_the_file_goes_on() {
    let scene = Scene::new().await;
    let sample = half_way(&scene).await;
    scene.juliet.host.move_elsewhere(&scene.internet);
    scene.juliet.sees(&[sample.name(), "interrupted at"]).await;
    scene.romeo.sees(&[sample.name(), "interrupted at"]).await;
    arrives(&scene, &sample).await;
}

/// Romeo sends a file, and some of it has arrived.
async fn half_way(scene: &Scene) -> Sample {
    let sample = Sample::of(SIZE);
    scene.romeo.host.place.run(SLOW);
    scene.romeo.screen.say(&format!("/send --via socks5-direct {}", sample.path().display()));
    scene.juliet.screen.answer_offer(sample.name(), "F3").await;
    scene.juliet.sees(&[sample.name(), "%", "/s"]).await;
    sample
}

/// It goes on, and is proven to be whole.
async fn arrives(scene: &Scene, sample: &Sample) {
    scene.romeo.host.place.run(FAST);
    for person in [&scene.juliet, &scene.romeo] {
        person.sees(&[sample.name(), "✓", DIRECT, "verified"]).await;
    }
    sample.assert_same(&scene.juliet.downloaded(sample));
}
