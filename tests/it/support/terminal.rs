//! A terminal with a program in it: tmux is the terminal, and what a person would see is read from its screen.

use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command, ExitStatus, Output};
use std::time::Duration;

use tempfile::TempDir;
use tokio::time::{interval, timeout};

use super::process::send_signal;

/// How long anything may take before a test gives up: no measure of speed, only the end of a wait for what never comes.
const PATIENCE: Duration = Duration::from_mins(1);

/// How often the screen is looked at: a person blinks more slowly.
const GLANCE: Duration = Duration::from_millis(50);

/// A terminal of 100 × 30, in a tmux of its own.
pub(crate) struct Terminal {
    /// Where its tmux listens.
    room: TempDir,
}

impl Terminal {
    /// Runs the program in it, with nothing of our environment but what the command says and where programs are.
    pub(crate) fn start(command: &Command) -> Terminal {
        let terminal = Terminal { room: tempfile::tempdir().unwrap() };
        // What it exits with is to be seen, so tmux keeps its pane when it is dead.
        let mut arguments: Vec<String> =
            ["start-server", ";", "set-option", "-g", "remain-on-exit", "on", ";"].map(str::to_owned).to_vec();
        arguments.extend(["new-session", "-d", "-x", "100", "-y", "30", "env", "-i"].map(str::to_owned));
        arguments.extend(["PATH=/usr/bin:/bin", "TERM=tmux-256color"].map(str::to_owned));
        let set =
            command.get_envs().filter_map(|(name, value)| Some(format!("{}={}", name.to_str()?, value?.to_str()?)));
        arguments.extend(set);
        let program = [command.get_program()].into_iter().chain(command.get_args());
        arguments.extend(program.map(|word| word.to_str().unwrap().to_owned()));
        terminal.tmux(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
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

    pub(crate) fn screen(&self) -> String {
        self.tmux(&["capture-pane", "-p"])
    }

    /// The screen, and what has left it at the top.
    pub(crate) fn everything(&self) -> String {
        self.tmux(&["capture-pane", "-p", "-S", "-"])
    }

    /// Presses a key, by its name in tmux.
    pub(crate) fn press(&self, key: &str) {
        self.tmux(&["send-keys", key]);
    }

    /// Types text.
    pub(crate) fn write(&self, text: &str) {
        self.tmux(&["send-keys", "-l", text]);
    }

    /// Types a line and sends it.
    pub(crate) fn say(&self, text: &str) {
        self.write(text);
        self.press("Enter");
    }

    /// Types a line and sends it, without what may have been typed before.
    pub(crate) fn say_alone(&self, text: &str) {
        self.press("C-u");
        self.say(text);
    }

    /// Begins a page without what was said and done so far, and lets go of files that are finished.
    pub(crate) fn tidy(&self) {
        self.say_alone("/clear");
        // Without a transfer there is no pane to go to, and what is pressed would be written.
        if has_line(&self.screen(), &["├ Transfers"]) {
            for key in ["C-t", "p", "Escape"] {
                self.press(key);
            }
        }
    }

    /// What tmux knows of the terminal, in a format of its own.
    pub(crate) fn ask(&self, format: &str) -> String {
        self.tmux(&["display-message", "-p", format]).trim().to_owned()
    }

    /// Has everything that the program writes from here on put into a file, sequences included.
    pub(crate) fn record(&self, file: &Path) {
        self.tmux(&["pipe-pane", &format!("cat >> {}", file.display())]);
    }

    /// Looks at the screen until it is as `wanted`.
    pub(crate) async fn until(&self, what: &str, mut wanted: impl FnMut(&str) -> bool) {
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
    pub(crate) async fn until_line(&self, words: &[&str]) {
        self.until(&format!("{words:?}"), |screen| has_line(screen, words)).await;
    }

    /// Waits until the program is gone; it exited with that code. What tmux writes over the pane of a dead program may be
    /// overwritten by the last that the program wrote, so tmux itself is asked; and the kernel, when tmux has missed that
    /// its child is gone.
    pub(crate) async fn until_exit(&self, code: &str) {
        self.until("the end of the program", |_| {
            let Some(status) = self.exit_code() else { return false };
            assert_eq!(status, code, "the program failed");
            true
        })
        .await;
    }

    /// Kills the program on the spot, and waits until it is gone. The kernel is asked: tmux may overwrite what it says.
    pub(crate) async fn kill(&self) {
        let process = self.process();
        send_signal("KILL", &process);
        self.until("the end of the program", |_| is_gone(&process)).await;
    }

    /// The program's exit code, once it has ended.
    pub(crate) fn exit_code(&self) -> Option<String> {
        let pane = self.ask("#{pane_dead} #{pane_pid} #{pane_dead_status}");
        let mut words = pane.split_whitespace();
        let (Some("1"), Some(pid)) = (words.next(), words.next()) else { return None };
        words.next().map(str::to_owned).or_else(|| exit_code_of_unburied(pid))
    }

    /// Waits for the offer of a file and answers it. A key that comes right after an offer has appeared does nothing,
    /// by design, so it is pressed again.
    pub(crate) async fn answer_offer(&self, name: &str, key: &str) {
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

    /// Takes the terminal away from the program.
    pub(crate) fn close(&self) {
        self.tmux(&["kill-server"]);
    }

    /// The program's id; it replaced whatever led to it.
    pub(crate) fn process(&self) -> String {
        self.tmux(&["display-message", "-p", "#{pane_pid}"]).trim().to_owned()
    }

    /// How much processor time the program has used, in the kernel's ticks of 10 ms.
    pub(crate) fn processor_time(&self) -> u64 {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.process())).unwrap();
        let (_, after_name) = stat.rsplit_once(')').unwrap();
        after_name.split_whitespace().skip(11).take(2).map(|ticks| ticks.parse::<u64>().unwrap()).sum()
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.try_tmux(&["kill-server"]);
    }
}

/// Whether one line of the screen has all of these words.
pub(crate) fn has_line(screen: &str, words: &[&str]) -> bool {
    screen.lines().any(|line| words.iter().all(|word| line.contains(word)))
}

/// Whether a process runs no more, though its parent may not have asked about it. Of one that was killed the first thread
/// may be gone while another is still on its way out, and until that is, the locks and connections of all are held.
pub(crate) fn is_gone(pid: &str) -> bool {
    let is_over = |stat: String| stat.contains(") Z ");
    let threads = || fs::read_dir(format!("/proc/{pid}/task")).map_or(0, Iterator::count);
    fs::read_to_string(format!("/proc/{pid}/stat")).map_or(true, is_over) && threads() <= 1
}

/// With which code a process ended that its parent has not asked about: the last field of proc(5)'s `stat`.
fn exit_code_of_unburied(pid: &str) -> Option<String> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, fields) = stat.rsplit_once(") ")?;
    let status: i32 = fields.split_whitespace().next_back()?.parse().ok()?;
    let code = ExitStatus::from_raw(status).code()?;
    fields.starts_with('Z').then(|| code.to_string())
}
