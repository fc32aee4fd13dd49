//! What happens to a program: signals, the end of its terminal, and a clock that is set.

use std::fs;

use super::scene::{DIRECT, Scene, with_juliet_by_way_of};
use crate::support::process::{by_another_clock, send_signal};
use crate::support::sample::MIB;
use crate::support::terminal::is_gone;

#[tokio::test]
async fn a_signal_that_asks_for_the_end_gets_it_and_the_others_see_it() {
    for signal in ["TERM", "HUP"] {
        let scene = Scene::new().await;
        send_signal(signal, &scene.juliet.screen.process());
        scene.juliet.screen.until_exit("0").await;
        scene.romeo.sees(&["juliet1@capulet.lit ○"]).await;
    }
}

#[tokio::test]
async fn a_terminal_that_is_gone_ends_the_program_in_good_order() {
    let scene = Scene::new().await;
    let process = scene.juliet.screen.process();
    scene.juliet.screen.close();
    scene.romeo.sees(&["juliet1@capulet.lit ○"]).await;
    scene.romeo.screen.until("the end of the program", |_| is_gone(&process)).await;
}

#[tokio::test]
async fn a_terminal_that_is_gone_ends_the_program_also_where_no_signal_tells_of_it() {
    // Of those in another session nobody is told that the terminal hangs up.
    let scene = with_juliet_by_way_of(&["setsid", "--wait"]).await;
    let process = child_of(&scene.juliet.screen.process());
    scene.juliet.screen.close();
    scene.romeo.sees(&["juliet1@capulet.lit ○"]).await;
    scene.romeo.screen.until("the end of the program", |_| is_gone(&process)).await;
}

/// The only process that it started.
fn child_of(process: &str) -> String {
    let children = fs::read_to_string(format!("/proc/{process}/task/{process}/children")).unwrap();
    children.trim().to_owned()
}

#[tokio::test]
async fn who_was_stopped_goes_on() {
    // tmux wakes what stops in it, but not what runs below that.
    let scene = with_juliet_by_way_of(&["sh", "-c", r#""$0" "$@"; exit"#]).await;
    let juliet = child_of(&scene.juliet.screen.process());
    send_signal("STOP", &juliet);
    scene.romeo.screen.say("Wherefore art thou silent?");
    scene.romeo.sees_undelivered("Wherefore art thou silent?").await;
    send_signal("CONT", &juliet);
    scene.juliet.sees(&["Wherefore art thou silent?"]).await;
    scene.all_is_well(MIB, DIRECT).await;
}

#[tokio::test]
async fn the_clock_is_set_by_a_year_and_back() {
    let clock = tempfile::NamedTempFile::new().unwrap();
    let set = |offset: &str| fs::write(clock.path(), offset).unwrap();
    set("+0");
    let by_way_of = by_another_clock(clock.path());
    let scene = with_juliet_by_way_of(&by_way_of.iter().map(String::as_str).collect::<Vec<_>>()).await;
    for offset in ["+365d", "-365d", "+0"] {
        set(offset);
        scene.all_is_well(MIB, DIRECT).await;
        scene.clear().await;
    }
}
