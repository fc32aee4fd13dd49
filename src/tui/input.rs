//! What comes from outside of the program: what the terminal tells, and the signals that ask to end, to stop, to go on.

use std::future::{pending, poll_fn};
use std::io;
use std::task::Poll;

use crossterm::event::{Event as Input, EventStream, KeyEventKind, MouseButton, MouseEventKind};
use futures::{FutureExt, StreamExt, poll};
use rustix::io::{Errno, ioctl_fionread};
use rustix::termios::{OptionalActions, tcgetattr, tcsetattr};
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::job::{self, Whom};
use super::msg::{Mouse, Msg};

/// What the terminal tells next; nothing while it is lent.
pub(super) async fn next(keys: &mut Option<EventStream>) -> Option<io::Result<Input>> {
    let Some(keys) = keys else { return pending().await };
    let mut told = poll_fn(|cx| if is_gone() { Poll::Ready(None) } else { keys.poll_next_unpin(cx) });
    if let Poll::Ready(input) = poll!(&mut told) {
        return input;
    }
    have_the_rest_read();
    told.await
}

/// Whether the terminal was closed. crossterm must not be asked then: it would read nothing from it, again and again, and
/// never come back to where signals are heard.
fn is_gone() -> bool {
    tcgetattr(io::stdin()).is_err_and(|why| why == Errno::IO)
}

/// crossterm is woken when something comes, and reads a kilobyte of it: of a text that was typed faster than by hand, the
/// rest would lie there until the next key. Settings that are made once more, as they are, have Linux say anew that
/// there is something.
fn have_the_rest_read() {
    let terminal = io::stdin();
    if ioctl_fionread(&terminal).is_ok_and(|left| left > 0)
        && let Ok(settings) = tcgetattr(&terminal)
        && let Err(why) = tcsetattr(&terminal, OptionalActions::Now, &settings)
    {
        tracing::debug!(%why, "what was typed waits for the next key");
    }
}

/// What the terminal tells, as far as it means something.
pub(super) fn translate(input: Input) -> Option<Msg> {
    match input {
        Input::Key(key) if key.kind != KeyEventKind::Release => Some(Msg::Key(key.into())),
        Input::Paste(text) => Some(Msg::Paste(text)),
        Input::Resize(width, height) => Some(Msg::Resize(width, height)),
        Input::Mouse(mouse) => {
            let at = (mouse.column, mouse.row);
            let mouse = if mouse.kind == MouseEventKind::Down(MouseButton::Left) {
                Mouse::Click(at.0, at.1)
            } else if mouse.kind == MouseEventKind::ScrollUp {
                Mouse::WheelUp(at.0, at.1)
            } else if mouse.kind == MouseEventKind::ScrollDown {
                Mouse::WheelDown(at.0, at.1)
            } else {
                return None;
            };
            Some(Msg::Mouse(mouse))
        }
        Input::FocusGained => Some(Msg::FocusGained),
        Input::FocusLost => Some(Msg::FocusLost),
        Input::Key(_) => None,
    }
}

/// The signals that are no accident.
pub(super) struct Signals {
    terminate: Signal,
    hang_up: Signal,
    interrupt: Signal,
    stop: Signal,
    go_on: Signal,
}

/// What a signal asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    /// To end.
    End,
    /// To stop until it is asked to go on.
    Stop,
    /// To go on; whoever asks may have stopped it by what nobody can hear.
    GoOn,
}

impl Signals {
    pub(super) fn new() -> io::Result<Signals> {
        Ok(Signals {
            terminate: signal(SignalKind::terminate())?,
            hang_up: signal(SignalKind::hangup())?,
            interrupt: signal(SignalKind::interrupt())?,
            stop: signal(SignalKind::from_raw(job::STOP))?,
            go_on: signal(SignalKind::from_raw(job::CONTINUE))?,
        })
    }

    /// Waits for the first of them.
    pub(super) async fn next(&mut self) -> Asked {
        tokio::select! {
            _ = self.terminate.recv() => Asked::End,
            _ = self.hang_up.recv() => Asked::End,
            _ = self.interrupt.recv() => Asked::End,
            _ = self.stop.recv() => Asked::Stop,
            _ = self.go_on.recv() => Asked::GoOn,
        }
    }

    /// Stops until this is asked to go on, or says why that cannot be.
    pub(super) async fn stop(&mut self, whom: Whom) -> io::Result<()> {
        // What was asked before is not about this.
        let _ = self.go_on.recv().now_or_never();
        job::stop(whom)?;
        self.go_on.recv().await;
        Ok(())
    }
}
