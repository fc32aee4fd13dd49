//! Disks that are full or must not be written to.

use super::scene::{Scene, with_juliet_by_way_of};
use crate::support::sample::{MIB, Sample};

#[tokio::test]
async fn the_disk_is_too_small() {
    let scene = with_downloads_on("-o size=1m").await;
    has_no_place_at_juliets(&scene, "not enough space: 2.0 MiB needed").await;
    let sample = Sample::of(MIB / 2);
    scene.send(&sample).await;
    scene.juliet.sees(&[sample.name(), "✓"]).await;
    scene.romeo.sees(&[sample.name(), "✓"]).await;
}

/// It would fit, but not beside the archive as which it comes.
#[tokio::test]
async fn the_disk_is_too_small_for_what_is_packed() {
    let folder = tempfile::tempdir().unwrap();
    let photos = folder.path().join("photos");
    std::fs::create_dir(&photos).unwrap();
    for number in 0..300 {
        std::fs::write(photos.join(format!("{number}.jpg")), "x").unwrap();
    }
    let scene = with_downloads_on("-o size=1m").await;
    scene.romeo.screen.say(&format!("/send {}", photos.display()));
    scene.juliet.screen.answer_offer("photos", "F3").await;
    scene.juliet.sees(&["photos", "✗ not unpacked: it needs 1.1 MiB beside the archive"]).await;
    scene.juliet.sees(&["~/downloads/photos.tar"]).await;
    scene.they_talk().await;
}

#[tokio::test]
async fn the_folder_must_not_be_written_to() {
    let scene = with_downloads_on("-o ro").await;
    has_no_place_at_juliets(&scene, "the file cannot be written").await;
}

/// A file of two mebibytes has no place: Juliet sees why and can still answer, and Romeo hears nothing before she does. They
/// go on talking.
async fn has_no_place_at_juliets(scene: &Scene, why: &str) {
    let sample = Sample::of(2 * MIB);
    scene.send(&sample).await;
    scene.juliet.sees(&[sample.name(), why]).await;
    scene.juliet.sees(&["it is still offered"]).await;
    scene.romeo.sees(&[sample.name(), "waiting for juliet1 to accept"]).await;
    scene.juliet.screen.answer_offer(sample.name(), "F4").await;
    scene.juliet.sees(&[sample.name(), "declined by you"]).await;
    scene.romeo.sees(&[sample.name(), "declined by juliet1"]).await;
    scene.they_talk().await;
}

/// Juliet's downloads are a file system of their own, mounted with these options, that she alone sees.
async fn with_downloads_on(options: &str) -> Scene {
    let script =
        format!(r#"mkdir -p "$HOME/downloads"; mount -t tmpfs {options} none "$HOME/downloads"; exec "$0" "$@""#);
    with_juliet_by_way_of(&["unshare", "--mount", "sh", "-e", "-c", &script]).await
}
