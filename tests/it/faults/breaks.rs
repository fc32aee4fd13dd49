//! Files whose stream breaks half-way, as the two see it at their screens: what stands there is true, and the file arrives.

use super::scene::{DIRECT, IN_BAND, Person, Scene};
use crate::support::process::send_signal;
use crate::support::sample::{MIB, Sample};
use crate::support::terminal::has_line;

/// Some seconds for the file.
const SLOW: &str = "tc qdisc add dev wan root tbf rate 8mbit burst 64kb latency 400ms";
const FAST: &str = "tc qdisc del dev wan root";

const SIZE: usize = 6 * MIB;

#[tokio::test]
async fn a_network_that_changes_is_noticed_and_the_file_goes_on() {
    let scene = Scene::new().await;
    let sample = half_way(&scene, "socks5-direct").await;
    scene.juliet.host.move_elsewhere(&scene.internet);
    scene.juliet.sees(&[sample.name(), "interrupted at"]).await;
    scene.romeo.sees(&[sample.name(), "interrupted at"]).await;
    arrives(&scene, &sample, DIRECT).await;
}

#[tokio::test]
async fn who_quits_and_starts_again_at_once_goes_on_with_the_file_whichever_side_that_is() {
    for is_sender in [false, true] {
        for quits in ["C-q", "HUP"] {
            let mut scene = Scene::new().await;
            let sample = half_way(&scene, "socks5-direct").await;
            let (person, other) =
                if is_sender { (&mut scene.romeo, &scene.juliet) } else { (&mut scene.juliet, &scene.romeo) };
            match quits {
                "C-q" => person.leave_in_the_middle().await,
                signal => send_signal(signal, &person.screen.process()),
            }
            let _old = person.start_again();
            other.sees(&[sample.name(), "interrupted at"]).await;
            person.sees(&[person.balcony.jid(), "●", "online"]).await;
            person.screen.say(&format!("/query {}", other.balcony.jid()));
            arrives(&scene, &sample, DIRECT).await;
            assert_eq!(scene.juliet.balcony.downloaded(), [scene.juliet.downloaded(&sample)], "it came twice");
        }
    }
}

#[tokio::test]
async fn a_direct_file_goes_on_with_who_was_killed() {
    whoever_is_killed_comes_back_to_it("socks5-direct", DIRECT).await;
}

#[tokio::test]
async fn a_file_by_proxy_goes_on_with_who_was_killed() {
    whoever_is_killed_comes_back_to_it("socks5-proxy", "SOCKS5 proxy").await;
}

#[tokio::test]
async fn a_file_in_band_goes_on_with_who_was_killed() {
    whoever_is_killed_comes_back_to_it("in-band", IN_BAND).await;
}

/// First it is her who receives, then him who sends.
async fn whoever_is_killed_comes_back_to_it(method: &str, via: &str) {
    let mut scene = Scene::new().await;
    let sample = half_way(&scene, method).await;
    scene.juliet.dies().await;
    scene.romeo.sees_it_stand_still(&sample).await;
    scene.juliet.comes_back();
    arrives(&scene, &sample, via).await;
    scene.clear().await;
    let sample = half_way(&scene, method).await;
    scene.romeo.dies().await;
    scene.juliet.sees_it_stand_still(&sample).await;
    scene.romeo.comes_back();
    arrives(&scene, &sample, via).await;
}

impl Person {
    /// Reads that it broke off; or, where only a server could say so and still waits for who died, that nothing comes.
    async fn sees_it_stand_still(&self, sample: &Sample) {
        let is_told = |screen: &str| {
            has_line(screen, &[sample.name(), "interrupted at"]) || has_line(screen, &["in-band", "nothing for"])
        };
        self.screen.until("that the file stands still", is_told).await;
    }
}

/// Romeo sends a file by that method, and some of it has arrived.
async fn half_way(scene: &Scene, method: &str) -> Sample {
    let sample = Sample::of(SIZE);
    scene.romeo.host.place.run(SLOW);
    scene.romeo.screen.say(&format!("/send --via {method} {}", sample.path().display()));
    scene.juliet.screen.answer_offer(sample.name(), "F3").await;
    scene.juliet.sees(&[sample.name(), "%", "/s"]).await;
    sample
}

/// It goes on, and is proven to be whole.
async fn arrives(scene: &Scene, sample: &Sample, via: &str) {
    scene.romeo.host.place.run(FAST);
    for person in [&scene.juliet, &scene.romeo] {
        person.sees(&[sample.name(), "✓", via, "verified"]).await;
    }
    sample.assert_same(&scene.juliet.downloaded(sample));
}
