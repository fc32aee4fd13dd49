//! Other programs, as tests run them: read line by line, never waited for without a limit, ended with their test.
//!
//! A program may take as long as it needs while it says something; what ends a wait is its silence.

use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead, BufReader, ErrorKind, Read};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::Duration;

/// The longest silence of a program that works: a peer's own clocks (libpurple tries a silent streamhost for 5 s, and
/// our side of a SOCKS5 step may last longer) on a machine that is busy with other tests.
const PATIENCE: Duration = Duration::from_secs(90);

/// Debian's libfaketime, for any architecture.
const FAKETIME: &str = "faketime/libfaketime.so.1";

/// A program that runs.
pub(crate) struct Process {
    name: String,
    child: Child,
    input: Option<ChildStdin>,
    ending: Ending,
    lines: Receiver<Line>,
    transcript: String,
}

/// One line, without its end.
enum Line {
    Out(String),
    Err(String),
}

/// How a program comes to its end when its test is through with it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ending {
    /// It is killed.
    Kill,
    /// The end of its input tells it.
    EndOfInput,
}

impl Process {
    /// Starts a program that is killed when this is dropped. Its standard input stays open until then.
    pub(crate) fn start(name: &str, command: Command) -> Self {
        Self::spawn(name, command, Ending::Kill)
    }

    /// Starts a program that outlives the test that started it, but never this process: a shell kills it as soon as the
    /// pipe between the two breaks, however this process ends.
    pub(crate) fn start_leashed(name: &str, command: &Command) -> Self {
        const LEASH: &str = r#""$@" & cat >/dev/null; kill "$!" 2>/dev/null; wait "$!""#;
        let mut leash = Command::new("sh");
        leash.args(["-c", LEASH, "leash"]).arg(command.get_program()).args(command.get_args());
        leash.envs(command.get_envs().filter_map(|(key, value)| Some((key, value?))));
        if let Some(folder) = command.get_current_dir() {
            leash.current_dir(folder);
        }
        Self::spawn(name, leash, Ending::EndOfInput)
    }

    fn spawn(name: &str, mut command: Command, ending: Ending) -> Self {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap_or_else(|why| match why.kind() {
            ErrorKind::NotFound => panic!("{name} is not installed; tests/run installs everything that the tests need"),
            _ => panic!("{name} does not start: {why}"),
        });
        let (sender, lines) = channel();
        forward(child.stdout.take().unwrap(), sender.clone(), Line::Out);
        forward(child.stderr.take().unwrap(), sender, Line::Err);
        let input = child.stdin.take();
        Process { name: name.to_owned(), child, input, ending, lines, transcript: String::new() }
    }

    /// Waits for the first line on standard output of which `wanted` makes something.
    pub(crate) fn wait_for<T>(&mut self, what: &str, mut wanted: impl FnMut(&str) -> Option<T>) -> T {
        self.wait_for_line(what, |line| match line {
            Line::Out(line) => wanted(line),
            Line::Err(_) => None,
        })
    }

    /// The same, on standard error.
    pub(crate) fn wait_for_error<T>(&mut self, what: &str, mut wanted: impl FnMut(&str) -> Option<T>) -> T {
        self.wait_for_line(what, |line| match line {
            Line::Out(_) => None,
            Line::Err(line) => wanted(line),
        })
    }

    fn wait_for_line<T>(&mut self, what: &str, mut wanted: impl FnMut(&Line) -> Option<T>) -> T {
        loop {
            match self.next_line() {
                Ok(line) => {
                    if let Some(found) = wanted(&line) {
                        return found;
                    }
                }
                Err(RecvTimeoutError::Timeout) => self.fail(&format!("is silent and never said {what}")),
                Err(RecvTimeoutError::Disconnected) => self.fail(&format!("ended without {what}")),
            }
        }
    }

    /// Waits until it ends by itself.
    pub(crate) fn wait(&mut self) -> ExitStatus {
        loop {
            match self.next_line() {
                Ok(_) => {}
                Err(RecvTimeoutError::Timeout) => self.fail("is silent and does not end"),
                Err(RecvTimeoutError::Disconnected) => return self.child.wait().unwrap(),
            }
        }
    }

    /// Whether it has come to its end.
    pub(crate) fn has_ended(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }

    /// Its number, as the system knows it.
    #[allow(dead_code, reason = "only benchmarks look at it from outside")]
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Kills it on the spot, and waits until it is gone.
    pub(crate) fn die(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Stops the test, with everything that the program said.
    pub(crate) fn fail(&self, what: &str) -> ! {
        panic!("{} {what}; it said:\n{}", self.name, self.transcript);
    }

    fn next_line(&mut self) -> Result<Line, RecvTimeoutError> {
        let line = self.lines.recv_timeout(PATIENCE)?;
        match &line {
            Line::Out(text) => writeln!(self.transcript, "  {text}").unwrap(),
            Line::Err(text) => writeln!(self.transcript, "! {text}").unwrap(),
        }
        Ok(line)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.input.take());
        if self.ending == Ending::Kill {
            // It may have ended already, which is as good.
            let _ = self.child.kill();
        }
        let _ = self.child.wait();
    }
}

/// Sends a signal, by its short name, to the process with that id.
pub(crate) fn send_signal(signal: &str, process: &str) {
    let status = Command::new("kill").args([&format!("-{signal}"), process]).status().unwrap();
    assert!(status.success(), "process {process} cannot be sent SIG{signal}");
}

/// Passes on the lines of one of the program's outputs until it ends.
fn forward(output: impl Read + Send + 'static, lines: Sender<Line>, kind: fn(String) -> Line) {
    thread::spawn(move || {
        for line in BufReader::new(output).split(b'\n').map_while(Result::ok) {
            if lines.send(kind(String::from_utf8_lossy(&line).into_owned())).is_err() {
                break;
            }
        }
    });
}

/// What stands before a program whose clock is moved by what a file says. Only the time of the day moves: the clock that
/// measures how long something takes cannot be set.
pub(crate) fn by_another_clock(offset: &Path) -> Vec<String> {
    let library = fs::read_dir("/usr/lib").unwrap().flatten().map(|entry| entry.path().join(FAKETIME));
    let library = library.into_iter().find(|path| path.exists());
    let library = library.expect("libfaketime is not installed; tests/run installs everything that the tests need");
    let offset = offset.display();
    let settings = ["FAKETIME_NO_CACHE=1".to_owned(), "FAKETIME_DONT_FAKE_MONOTONIC=1".to_owned()];
    let from_file = [format!("FAKETIME_TIMESTAMP_FILE={offset}"), format!("LD_PRELOAD={}", library.display())];
    [vec!["env".to_owned()], settings.into(), from_file.into()].concat()
}
