//! A line between two namespaces that has habits which a cable does not have: what kernels do with `netem`, for those
//! that lack it.

use std::process::Command;

use super::Namespace;
use crate::support::process::Process;

/// What happens to packets on their way, either way.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Habits {
    /// How late each comes.
    pub(crate) milliseconds: u32,
    /// How much later still it may come: those sent after it may overtake it.
    pub(crate) jitter: u32,
    /// How many of a hundred are lost.
    pub(crate) lost: u32,
    /// How many of a hundred come twice.
    pub(crate) doubled: u32,
}

/// The program that carries the packets from one end to the other.
pub(crate) struct Line {
    _process: Process,
}

impl Line {
    /// Lays one: an interface of that name here, another there, both up.
    pub(crate) fn lay(here: &Namespace, interface: &str, there: &Namespace, other: &str, habits: &Habits) -> Self {
        let Habits { milliseconds, jitter, lost, doubled } = *habits;
        let mut command: Command = here.command("python3");
        command.args(["-c", include_str!("line.py"), interface, other]);
        command.args([milliseconds, jitter, lost, doubled].map(|habit| habit.to_string()));
        let mut process = Process::start("a line between namespaces", command);
        process.wait_for("that it is there", |line| (line == "ready").then_some(()));
        here.run(&format!("ip link set dev {other} netns {}; ip link set dev {interface} up", there.name));
        there.run(&format!("ip link set dev {other} up"));
        Line { _process: process }
    }
}
