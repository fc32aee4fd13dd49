//! Names of files and of what is in folders, chosen to lead elsewhere: everything lands in the folder for it, under a
//! name that hides nothing, and what was there stays as it was.

use std::fs;
use std::os::unix::fs::symlink;

use super::scene::Scene;
use super::streams::{close, data, is_granted, offer, offer_with, open};

const TYBALT: &str = "tybalt/sword";

/// Names as they stand in the XML of an offer.
const NAMES: [&str; 26] = [
    "../evil",
    "../../../../../../../tmp/evil",
    "/tmp/evil",
    "/etc/passwd",
    "..",
    ".",
    "/",
    "",
    "   ",
    ".bashrc",
    "...hidden",
    ".ssh/authorized_keys",
    "..\\..\\evil",
    "C:\\Windows\\system.ini",
    "-rf",
    "--help",
    "trailing...",
    "trailing   ",
    "CON",
    "NUL.txt",
    "a&#x202e;txt.exe",
    "a&#x85;b&#x9b;31mc",
    "&#x2066;invoice&#x2069;.pdf&#x200b;",
    "$(touch evil)`touch evil`;touch evil",
    "~/evil",
    "%2e%2e%2fevil",
];

#[tokio::test]
async fn whatever_a_file_is_called_it_lands_in_its_folder_under_an_honest_name() {
    let mut scene = Scene::trusting().await;
    let downloads = scene.balcony.downloads();
    fs::create_dir_all(&downloads).unwrap();
    let home = downloads.parent().unwrap().to_owned();
    fs::write(home.join("mine"), "mine").unwrap();
    // What is there already is neither followed nor replaced.
    symlink(home.join("mine"), downloads.join("link.txt")).unwrap();
    symlink(home.join("nowhere"), downloads.join("dangling.txt")).unwrap();
    fs::write(downloads.join("mine.txt"), "mine").unwrap();
    let long = ["x".repeat(300), "ü".repeat(300), format!("a.{}", "b".repeat(400))];
    let mut names: Vec<&str> = NAMES.into_iter().chain(long.iter().map(String::as_str)).collect();
    names.extend(["link.txt", "dangling.txt", "mine.txt", "mine.txt.part"]);
    let before = scene.used();
    for (number, name) in names.iter().enumerate() {
        let (sid, content) = (format!("n{number}"), format!("{number:04}"));
        assert!(is_granted(&scene.foreign.ask(TYBALT, "set", &offer(&sid, name, "4", ""))), "{name} is taken");
        assert!(is_granted(&scene.foreign.ask(TYBALT, "set", &open(&sid))));
        assert!(is_granted(&scene.foreign.ask(TYBALT, "set", &data(&sid, 0, content.as_bytes()))));
        assert!(is_granted(&scene.foreign.ask(TYBALT, "set", &close(&sid))));
    }
    let count = names.len() + 3;
    let are_there = |_: &str| fs::read_dir(&downloads).unwrap().count() == count;
    scene.screen.until(&format!("{count} files"), are_there).await;
    scene.a_friend_is_heard_and_answered().await;
    let files = scene.files();
    assert_eq!(files.iter().filter(|name| !name.starts_with("downloads/")).collect::<Vec<_>>(), ["mine"]);
    for name in files.iter().filter_map(|path| path.strip_prefix("downloads/")) {
        let is_honest = |c: char| !c.is_control() && !matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{2069}');
        assert!(name.chars().all(is_honest) && !name.starts_with('.') && !name.contains(['/', '\\']), "{name:?}");
    }
    for (place, content) in [(home.join("mine"), "mine"), (downloads.join("mine.txt"), "mine")] {
        assert_eq!(fs::read_to_string(place).unwrap(), content);
    }
    assert!(!home.join("nowhere").exists());
    scene.uses_little_more_than(&before, 32).await;
}

#[tokio::test]
async fn a_folder_with_members_that_climb_or_link_or_are_more_than_was_said_stays_packed() {
    let mut scene = Scene::trusting().await;
    let downloads = scene.balcony.downloads();
    let hostile = [
        ("climbs", member("climbs/../../evil", b'0', "", b"evil")),
        ("absolute", member("/tmp/balcony-evil", b'0', "", b"evil")),
        ("symbolic", [member("symbolic/a", b'2', "/tmp", b""), member("symbolic/a/evil", b'0', "", b"evil")].concat()),
        ("hard", member("hard/a", b'1', "/etc/passwd", b"")),
        ("device", member("device/a", b'3', "", b"")),
        ("pipe", member("pipe/a", b'6', "", b"")),
        (
            "deep",
            (0..60).flat_map(|file| member(&format!("deep/{file}{}/a", "/b".repeat(40)), b'0', "", b"")).collect(),
        ),
        ("more", [member("more/a", b'0', "", b"ab"), member("more/b", b'0', "", b"cd")].concat()),
    ];
    for (name, members) in &hostile {
        send_folder(&mut scene, name, members);
        let packed = downloads.join(format!("{name}.tar"));
        scene.screen.until(&format!("{name}, packed"), |_| packed.is_file()).await;
    }
    let honest = member("honest/.bashrc", b'0', "", b"evil");
    send_folder(&mut scene, "honest", &honest);
    scene.screen.until("honest, unpacked", |_| downloads.join("honest/bashrc").is_file()).await;
    scene.a_friend_is_heard_and_answered().await;
    let mut expected: Vec<String> = hostile.iter().map(|(name, _)| format!("downloads/{name}.tar")).collect();
    expected.push("downloads/honest/bashrc".to_owned());
    expected.sort();
    assert_eq!(scene.files(), expected);
}

fn send_folder(scene: &mut Scene, name: &str, members: &[u8]) {
    let archive = [members, &[0; 1024]].concat();
    let folder = "<folder xmlns='urn:x-balcony:folder:0' files='1' bytes='4'/>";
    let offer = offer_with(name, &format!("{name}.tar"), &archive.len().to_string(), "", folder);
    assert!(is_granted(&scene.foreign.ask(TYBALT, "set", &offer)), "{name} is taken");
    assert!(is_granted(&scene.foreign.ask(TYBALT, "set", &open(name))));
    for (seq, block) in (0..).zip(archive.chunks(4096)) {
        assert!(is_granted(&scene.foreign.ask(TYBALT, "set", &data(name, seq, block))));
    }
    assert!(is_granted(&scene.foreign.ask(TYBALT, "set", &close(name))));
}

/// One member of a tar archive (POSIX.1-1988): its header, and its content in whole blocks.
fn member(path: &str, kind: u8, link: &str, content: &[u8]) -> Vec<u8> {
    let mut header = vec![0; 512];
    let mut put = |at: usize, text: &str| header[at..at + text.len()].copy_from_slice(text.as_bytes());
    put(0, path);
    put(100, "0000644\0");
    put(124, &format!("{:011o}\0", content.len()));
    put(148, "        ");
    put(157, link);
    put(257, "ustar\x0000");
    header[156] = kind;
    let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    let padding = vec![0; content.len().next_multiple_of(512) - content.len()];
    [&header, content, &padding].concat()
}
