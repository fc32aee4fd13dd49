//! The players' clients: each a real one, with its own engine and its own connection to the embedded server.

use tokio::sync::watch;

use super::player::{Next, Player};
use super::script::Part;
use crate::client::{self, Options, clock};
use crate::engine::command::{Command, Show};

/// Which act the play is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Act {
    /// Romeo's.
    First,
    /// The nurse's.
    Second,
}

/// Plays a part until dropped, and longer than its client never.
pub(super) async fn play(part: &'static Part, options: Options, mut player: Player, act: watch::Sender<Act>) {
    let mut acts = act.subscribe();
    let (handle, mut events) = client::start(options);
    handle.send(Command::SetPresence { show: Show::Available, status: Some(part.status.to_owned()) });
    handle.send(Command::Connect);
    loop {
        let until = match player.next(clock::now().instant) {
            Next::Command(command) => {
                handle.send(command);
                continue;
            }
            Next::BeginSecondAct => {
                act.send_replace(Act::Second);
                continue;
            }
            Next::At(then) => Some(then),
            Next::Nothing => None,
        };
        tokio::select! {
            event = events.recv() => match event {
                Some(event) => player.hear(&event),
                None => return,
            },
            Ok(()) = acts.changed() => {
                if *acts.borrow_and_update() == Act::Second {
                    player.begin_second_act();
                }
            }
            () = sleep_until(until) => {}
        }
    }
}

/// Until then; for ever, if there is no then.
async fn sleep_until(then: Option<std::time::Instant>) {
    match then {
        Some(then) => tokio::time::sleep_until(then.into()).await,
        None => std::future::pending().await,
    }
}
