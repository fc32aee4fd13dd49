//! How the process ended, as a number that scripts rely on.

use std::process::ExitCode;

/// An exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// What was asked for is done.
    Done = 0,
    /// Something went wrong that no other code tells.
    Failed = 1,
    /// The command line or the configuration is wrong.
    Usage = 2,
    /// Somebody said no.
    Declined = 3,
    /// Nobody is there who takes files this way, or no method works between the two.
    Unreachable = 4,
    /// There is no session with the server.
    Login = 5,
    /// What arrived is not what was sent.
    Corrupt = 6,
    /// Stopped from outside.
    Interrupted = 130,
}

/// Every exit code and its meaning, for the man page and the README.
pub static EXITS: &[(Exit, &str)] = &[
    (Exit::Done, "done: every file arrived"),
    (Exit::Failed, "failed; the last line on stderr says why"),
    (Exit::Usage, "the command line or the configuration is wrong"),
    (Exit::Declined, "the file was declined"),
    (
        Exit::Unreachable,
        "the other side could not be reached: it is offline, takes no files this way, or no method works",
    ),
    (Exit::Login, "no session: server out of reach, certificate not trusted, or login refused"),
    (Exit::Corrupt, "what arrived is not what was sent"),
    (
        Exit::Interrupted,
        "interrupted by a signal; what had arrived is kept as .part (the screen leaves in good order then, with 0)",
    ),
];

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(exit as u8)
    }
}

/// Why a subcommand cannot go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stop {
    /// What the process says with its exit code.
    pub(super) exit: Exit,
    /// What it says in words: what happened, why, and what to do next.
    pub(super) why: String,
}

impl Stop {
    pub(super) fn new(exit: Exit, why: impl Into<String>) -> Self {
        Stop { exit, why: why.into() }
    }
}
