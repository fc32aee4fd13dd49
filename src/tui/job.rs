//! The job that Balcony is in the shell that started it: it can be stopped, and told to go on.
//!
//! While it is stopped nothing of it runs: sockets stay open, and nobody serves them. What the others make of that is what
//! they make of any machine that sleeps for a while, and what breaks by it goes on afterwards.

use std::io;

use rustix::process::{Signal, getpgrp, getpid, getsid, kill_current_process_group, kill_process};

/// What stops a program unless it takes that into its own hands: Ctrl-Z of a terminal that is not in raw mode.
pub(super) const STOP: i32 = Signal::TSTP.as_raw();

/// What has a program go on that was stopped, by whatever.
pub(super) const CONTINUE: i32 = Signal::CONT.as_raw();

/// Who is stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Whom {
    /// Everything in the job, as by a terminal: a script around Balcony would else keep its shell waiting.
    All,
    /// This program, for it alone was asked to stop.
    Alone,
}

/// Whether somebody waits who can have it go on: a shell with jobs gives each a process group of its own, and what was
/// started by anything else is in the group that its session began with.
pub(super) fn has_shell() -> bool {
    getsid(None).is_ok_and(|session| session != getpgrp())
}

/// Stops until [`CONTINUE`] comes, which may be heard a moment before this returns or a moment after.
pub(super) fn stop(whom: Whom) -> io::Result<()> {
    match whom {
        Whom::All => kill_current_process_group(Signal::STOP)?,
        Whom::Alone => kill_process(getpid(), Signal::STOP)?,
    }
    Ok(())
}
