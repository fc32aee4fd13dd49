//! Networks that lose, delay, reorder, throttle or swallow packets, or know half of the addresses.

use super::scene::{DIRECT, IN_BAND, Person, SOMEHOW, Scene};
use crate::support::daemon::own::OwnProsody;
use crate::support::netns::internet::{Families, Internet};
use crate::support::netns::line::Habits;
use crate::support::sample::{MIB, Sample};

#[tokio::test]
async fn one_packet_in_twenty_is_lost() {
    let scene = Scene::new().await;
    scene.internet.filter("numgen random mod 100 < 5 drop");
    // Where the lost ones are those that open a connection, giving up on it in time is as right as having it.
    scene.all_is_well(MIB, SOMEHOW).await;
}

#[tokio::test]
async fn everything_takes_a_third_of_a_second() {
    on_a_line(&Habits { milliseconds: 160, ..Habits::default() }).await;
}

#[tokio::test]
async fn packets_overtake_each_other_come_twice_or_never() {
    on_a_line(&Habits { milliseconds: 5, jitter: 30, lost: 1, doubled: 3 }).await;
}

#[tokio::test]
async fn a_line_carries_a_megabit_a_second() {
    let scene = Scene::new().await;
    let slow = "root tbf rate 1mbit burst 16kb latency 500ms";
    scene.internet.middle.run(&format!("tc qdisc add dev {} {slow}", scene.juliet.host.interface));
    scene.juliet.host.place.run(&format!("tc qdisc add dev wan {slow}"));
    let sample = Sample::of(MIB / 2);
    scene.send(&sample).await;
    scene.they_talk().await;
    scene.arrives(&sample, DIRECT).await;
}

/// Whatever is longer is lost between the two, and nobody tells them so: what is agreed on passes, and not a byte of
/// the file.
#[tokio::test]
async fn a_hop_between_them_takes_only_short_packets_and_does_not_say_so() {
    let scene = Scene::new().await;
    let (juliet, romeo) = (&scene.juliet.host.interface, &scene.romeo.host.interface);
    for (from, to) in [(juliet, romeo), (romeo, juliet)] {
        scene.internet.filter(&format!("iifname {from} oifname {to} meta length > 1280 drop"));
    }
    let sample = Sample::of(MIB);
    scene.send(&sample).await;
    scene.they_talk().await;
    scene.arrives(&sample, SOMEHOW).await;
}

#[tokio::test]
async fn there_is_no_ipv4() {
    on_addresses(Families::V6, Families::V6, Families::V6, DIRECT).await;
}

#[tokio::test]
async fn there_is_no_ipv6() {
    on_addresses(Families::V4, Families::V4, Families::V4, DIRECT).await;
}

#[tokio::test]
async fn both_have_ipv4_alone_and_the_server_ipv6_too() {
    on_addresses(Families::Both, Families::V4, Families::V4, DIRECT).await;
}

#[tokio::test]
async fn one_of_them_has_ipv4_alone_and_the_other_ipv6() {
    on_addresses(Families::Both, Families::V4, Families::V6, IN_BAND).await;
}

#[tokio::test]
async fn a_line_that_was_dead_for_a_while_delivers_what_was_said_meanwhile() {
    let scene = Scene::new().await;
    scene.juliet.host.unplug(&scene.internet);
    both_speak(&scene);
    both_are_heard_once_the_line_is_back(&scene).await;
}

fn both_speak(scene: &Scene) {
    scene.romeo.screen.say("Are you there?");
    scene.juliet.screen.say("Do you hear me?");
}

async fn both_are_heard_once_the_line_is_back(scene: &Scene) {
    scene.romeo.sees_undelivered("Are you there?").await;
    scene.juliet.sees_undelivered("Do you hear me?").await;
    scene.internet.stop_filtering();
    scene.juliet.sees(&["Are you there?"]).await;
    scene.romeo.sees(&["Do you hear me?"]).await;
    scene.all_is_well(MIB, DIRECT).await;
}

/// Who hears and is not heard, or is heard and does not hear, has no way to know but by what never comes.
#[tokio::test]
async fn a_line_that_was_dead_in_one_direction_is_noticed_and_delivers_what_was_said_meanwhile() {
    for dead in ["iifname", "oifname"] {
        let scene = Scene::new().await;
        scene.internet.filter(&format!("{dead} {} drop", scene.juliet.host.interface));
        both_speak(&scene);
        scene.juliet.sees(&["juliet1@capulet.lit ○ offline"]).await;
        both_are_heard_once_the_line_is_back(&scene).await;
        assert_eq!(scene.romeo.screen.screen().matches("Do you hear me?").count(), 1);
    }
}

/// Juliet has a line with these habits.
async fn on_a_line(habits: &Habits) {
    let internet = Internet::new();
    let (juliet, romeo) = (internet.host_on_line("juliet", habits), internet.host("romeo"));
    Scene::with(internet, juliet, romeo, &[]).await.all_is_well(MIB, DIRECT).await;
}

/// The server, Juliet and Romeo have addresses of these families.
async fn on_addresses(server: Families, juliet: Families, romeo: Families, via: &str) {
    let internet = Internet::new();
    let server = internet.host_with("server", server);
    let prosody = OwnProsody::start(&server.place, server.addresses());
    let of = |families: Families| match families {
        Families::V4 | Families::Both => server.addresses()[0],
        Families::V6 => *server.addresses().last().unwrap(),
    };
    let [from_juliet, from_romeo] = [of(juliet), of(romeo)];
    let (juliet, romeo) = (internet.host_with("juliet", juliet), internet.host_with("romeo", romeo));
    let juliet = Person::sit_down("juliet", juliet, &prosody, from_juliet, &[]).await;
    let romeo = Person::sit_down("romeo", romeo, &prosody, from_romeo, &[]).await;
    Scene { juliet, romeo, prosody, _server: server, internet }.open().await.all_is_well(MIB, via).await;
}
