//! The user's own editor: a text goes out into a file that nobody else can read, and comes back as it was written.

use std::env;
use std::io::{self, Read, Write};
use std::process::ExitStatus;

use tokio::process::Command;

/// What every system has.
const USUAL: &str = "vi";

/// More than a message can hold.
const LONGEST: u64 = 1024 * 1024;

/// Why nothing was written.
#[derive(Debug, thiserror::Error)]
pub(super) enum NotWritten {
    /// The file could not be made, or not read again.
    #[error("the text could not be kept in a file: {0}")]
    File(#[from] io::Error),
    /// The editor said so, or could not be started.
    #[error("the editor that $VISUAL or $EDITOR names ended with {0}; what you wrote before is still here")]
    Editor(ExitStatus),
}

/// Has the user write in the editor of their choice, beginning with `text`.
pub(super) async fn edit(text: &str) -> Result<String, NotWritten> {
    let mut file = tempfile::Builder::new().prefix("balcony-").suffix(".txt").tempfile()?;
    file.write_all(text.as_bytes())?;
    file.flush()?;
    let ended = editor().arg(file.path()).kill_on_drop(true).status().await?;
    if !ended.success() {
        return Err(NotWritten::Editor(ended));
    }
    // Editors like to replace a file instead of writing into it.
    let written = std::fs::File::open(file.path())?;
    let mut bytes = Vec::new();
    written.take(LONGEST).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// `$VISUAL`, else `$EDITOR`: a command line for the shell, as git and others take it.
fn editor() -> Command {
    let named = ["VISUAL", "EDITOR"].into_iter().filter_map(|name| env::var(name).ok());
    let line = named.into_iter().find(|line| !line.trim().is_empty()).unwrap_or_else(|| USUAL.to_owned());
    let mut shell = Command::new("sh");
    shell.args(["-c", &format!("{line} \"$1\""), "sh"]);
    shell
}
