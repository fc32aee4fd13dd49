//! What comes from outside of the program: what the terminal tells, and the signals that ask to end.

use std::future::pending;
use std::io;

use crossterm::event::{Event as Input, EventStream, KeyEventKind, MouseButton, MouseEventKind};
use futures::StreamExt;
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::msg::{Mouse, Msg};

/// What the terminal tells next; nothing while it is lent.
pub(super) async fn next(keys: &mut Option<EventStream>) -> Option<io::Result<Input>> {
    match keys {
        Some(keys) => keys.next().await,
        None => pending().await,
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

/// The signals that ask a program to end.
pub(super) struct Signals {
    terminate: Signal,
    hang_up: Signal,
    interrupt: Signal,
}

impl Signals {
    pub(super) fn new() -> io::Result<Signals> {
        Ok(Signals {
            terminate: signal(SignalKind::terminate())?,
            hang_up: signal(SignalKind::hangup())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    /// Waits for the first of them.
    pub(super) async fn end(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.hang_up.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}
