//! The real program on a real terminal: tmux is the terminal, and what a person would see is read from its screen.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};
use std::time::Duration;

use balcony::demo::script::CAST;
use tempfile::TempDir;
use tokio::time::{interval, timeout};

/// How long anything may take before a test gives up: no measure of speed, only the end of a wait for what never comes.
const PATIENCE: Duration = Duration::from_mins(1);

/// How often the screen is looked at: a person blinks more slowly.
const GLANCE: Duration = Duration::from_millis(50);

/// Some seconds of work for any machine; the file to be sent has holes, only what arrives of it takes space.
const VAST: u64 = 4 << 30;

/// A terminal of 100 × 30 with the demo in it, in a tmux of its own.
struct Terminal {
    /// Where its tmux listens.
    room: TempDir,
    home: TempDir,
}

impl Terminal {
    fn with_demo() -> Terminal {
        let terminal = Terminal { room: tempfile::tempdir().unwrap(), home: tempfile::tempdir().unwrap() };
        let home = terminal.home.path().display();
        let balcony = env!("CARGO_BIN_EXE_balcony");
        let environment = format!("HOME={home} TMPDIR={home} PATH=/usr/bin:/bin LANG=C.UTF-8 TERM=tmux-256color");
        // What it exits with is to be seen, so tmux keeps its pane when it is dead.
        let options = ["set-option", "-g", "remain-on-exit", "on", ";"];
        let program = format!("exec env -i {environment} '{balcony}' demo");
        let session = ["new-session", "-d", "-x", "100", "-y", "30", &program];
        terminal.tmux(&[&["start-server", ";"], &options[..], &session[..]].concat());
        terminal
    }

    /// Has this terminal's tmux do something; what it said.
    fn tmux(&self, arguments: &[&str]) -> String {
        let output = self.try_tmux(arguments);
        assert!(output.status.success(), "tmux {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    fn try_tmux(&self, arguments: &[&str]) -> Output {
        let mut tmux = Command::new("tmux");
        tmux.args(["-u", "-f", "/dev/null", "-S"])
            .arg(self.room.path().join("tmux"))
            .args(arguments)
            .env_remove("TMUX");
        tmux.output().unwrap_or_else(|why| {
            panic!("this test needs tmux ({why}): apt-get install tmux, or run tests/run, which does that")
        })
    }

    fn screen(&self) -> String {
        self.tmux(&["capture-pane", "-p"])
    }

    /// Presses a key, by its name in tmux.
    fn press(&self, key: &str) {
        self.tmux(&["send-keys", key]);
    }

    /// Types text.
    fn write(&self, text: &str) {
        self.tmux(&["send-keys", "-l", text]);
    }

    /// Types a line and sends it.
    fn say(&self, text: &str) {
        self.write(text);
        self.press("Enter");
    }

    /// Looks at the screen until it is as `wanted`.
    async fn until(&self, what: &str, mut wanted: impl FnMut(&str) -> bool) {
        let mut glances = interval(GLANCE);
        let looking = async {
            loop {
                glances.tick().await;
                if wanted(&self.screen()) {
                    return;
                }
            }
        };
        let seen = timeout(PATIENCE, looking).await;
        seen.unwrap_or_else(|_| panic!("waited in vain for {what}; the screen is\n{}", self.screen()));
    }

    /// Looks at the screen until one line of it has all of these words.
    async fn until_line(&self, words: &[&str]) {
        self.until(&format!("{words:?}"), |screen| has_line(screen, words)).await;
    }

    /// Waits until the program is gone; it exited with that code. What tmux writes over the pane of a dead program may be
    /// overwritten by the last that the program wrote, so tmux itself is asked.
    async fn until_exit(&self, code: &str) {
        self.until("the end of the program", |_| {
            let pane = self.tmux(&["display-message", "-p", "#{pane_dead} #{pane_dead_status}"]);
            let Some(status) = pane.trim().strip_prefix("1 ") else { return false };
            assert_eq!(status, code, "the program failed");
            true
        })
        .await;
    }

    /// Waits for the offer of a file and answers it. A key that comes right after an offer has appeared does nothing,
    /// by design, so it is pressed again.
    async fn answer_offer(&self, name: &str, key: &str) {
        let is_shown = |screen: &str| has_line(screen, &["offers", name, "F3 accept"]);
        self.until(&format!("the offer of {name}"), is_shown).await;
        let mut glance = 0;
        self.until("the offer to be answered", |screen| {
            if glance % 10 == 0 && is_shown(screen) {
                self.press(key);
            }
            glance += 1;
            !is_shown(screen)
        })
        .await;
    }

    /// How much processor time the program has used, in the kernel's ticks of 10 ms.
    fn processor_time(&self) -> u64 {
        let process = self.tmux(&["display-message", "-p", "#{pane_pid}"]);
        let stat = fs::read_to_string(format!("/proc/{}/stat", process.trim())).unwrap();
        let (_, after_name) = stat.rsplit_once(')').unwrap();
        after_name.split_whitespace().skip(11).take(2).map(|ticks| ticks.parse::<u64>().unwrap()).sum()
    }

    /// The names of what is in the home and temporary folder.
    fn left(&self) -> impl Iterator<Item = String> {
        let entries = fs::read_dir(self.home.path()).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap())
    }

    /// A file that was received.
    fn received(&self, name: &str) -> Option<Vec<u8>> {
        let places = self.left().map(|folder| self.home.path().join(folder).join(name));
        let found: Option<PathBuf> = places.into_iter().find(|path| path.is_file());
        found.map(|path| fs::read(path).unwrap())
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.try_tmux(&["kill-server"]);
    }
}

fn has_line(screen: &str, words: &[&str]) -> bool {
    screen.lines().any(|line| words.iter().all(|word| line.contains(word)))
}

/// How many files move through the conversation.
fn moving_in_band(screen: &str) -> usize {
    screen.lines().filter(|line| ["ballad", "%", "iB/s", "in-band"].iter().all(|word| line.contains(word))).count()
}

/// How many files move over connections, at whatever speed this machine has.
fn moving_directly(screen: &str) -> usize {
    screen.lines().filter(|line| ["vast", "%", "iB/s", "SOCKS5 direct"].iter().all(|word| line.contains(word))).count()
}

fn content_of(name: &str) -> Vec<u8> {
    CAST.iter().filter_map(|part| part.prop).find(|prop| prop.name == name).unwrap().content()
}

#[tokio::test]
async fn a_person_chats_takes_a_file_and_sees_the_next_one_fall_back() {
    let terminal = Terminal::with_demo();
    terminal.until_line(&["juliet@capulet.lit", "online"]).await;
    terminal.until_line(&["Romeo", "offers", "sonnets.txt"]).await;
    terminal.press("M-a");
    terminal.until_line(&["Romeo", "But soft!"]).await;
    terminal.say("It is not yet near day.");
    terminal.until_line(&["me", "It is not yet near day."]).await;
    terminal.until_line(&["Romeo", "Shall I hear more"]).await;
    terminal.answer_offer("sonnets.txt", "F3").await;
    terminal.until_line(&["sonnets.txt", "✓", "12.0 MiB", "SOCKS5 direct"]).await;

    terminal.answer_offer("ballad.txt", "F3").await;
    terminal.until_line(&["✗ SOCKS5 direct", "127.0.0.2:", "refused"]).await;
    terminal.until_line(&["… SOCKS5 proxy", "127.0.0.1:", " s of "]).await;
    let falls_back = |screen: &str| {
        has_line(screen, &["✗ SOCKS5 direct", "127.0.0.2:", "refused"])
            && has_line(screen, &["✗ SOCKS5 proxy", "127.0.0.1:", "no answer"])
            && has_line(screen, &["▶ in-band", "active"])
            && moving_in_band(screen) == 1
    };
    terminal.until("the fallback", falls_back).await;
    terminal.until_line(&["ballad.txt", "✓", "3.0 MiB", "in-band"]).await;

    terminal.press("C-q");
    terminal.until_exit("0").await;
    for name in ["sonnets.txt", "ballad.txt"] {
        assert!(terminal.received(name) == Some(content_of(name)), "{name} is not what was sent");
    }
    let left: Vec<_> = terminal.left().collect();
    assert!(left.len() == 1 && left[0].starts_with("balcony-demo-"), "more than the received files is left: {left:?}");
}

#[tokio::test]
async fn a_keystroke_shows_while_two_files_move() {
    let terminal = Terminal::with_demo();
    terminal.until_line(&["Nurse"]).await;
    terminal.say("/msg nurse@capulet.lit Send it, good nurse");
    terminal.answer_offer("ballad", "F3").await;
    terminal.say("/msg nurse@capulet.lit Once more, please");
    terminal.until("another offer", |screen| has_line(screen, &["offers", "ballad", "F3 accept"])).await;
    terminal
        .until("both files to move", |screen| {
            if has_line(screen, &["F3 accept"]) {
                terminal.press("F3");
            }
            moving_in_band(screen) == 2
        })
        .await;
    terminal.write("Come, gentle night");
    let shows = |screen: &str| moving_in_band(screen) == 2 && screen.contains("Come, gentle night");
    terminal.until("what was typed, while both files move", shows).await;
}

#[tokio::test]
async fn a_keystroke_shows_while_two_files_move_at_full_speed() {
    let terminal = Terminal::with_demo();
    terminal.until_line(&["Mercutio"]).await;
    for name in ["vast-one", "vast-two"] {
        let path = terminal.home.path().join(name);
        fs::File::create(&path).unwrap().set_len(VAST).unwrap();
        terminal.say(&format!("/send {} --to mercutio@verona.lit", path.display()));
    }
    terminal.until("both files to move", |screen| moving_directly(screen) == 2).await;
    terminal.write("Come, gentle night");
    let shows = |screen: &str| moving_directly(screen) == 2 && screen.contains("Come, gentle night");
    terminal.until("what was typed, while both files move", shows).await;
}

#[tokio::test]
async fn a_screen_on_which_nothing_happens_uses_no_processor_time() {
    let terminal = Terminal::with_demo();
    for name in ["sonnets.txt", "ballad.txt"] {
        terminal.answer_offer(name, "F4").await;
    }
    // Somebody may still have something to say; then the next seconds are quiet.
    let mut measurements = interval(Duration::from_secs(3));
    measurements.tick().await;
    let mut before = terminal.processor_time();
    for _ in 0..12 {
        measurements.tick().await;
        let after = terminal.processor_time();
        if after - before <= 1 {
            return;
        }
        before = after;
    }
    panic!("there was no moment without work; the screen is\n{}", terminal.screen());
}
