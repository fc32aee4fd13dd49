//! Notifications on the desktop (freedesktop.org), told by a thread of its own: whoever has to be asked there may be slow,
//! or not there at all.

use std::collections::VecDeque;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use notify_rust::{Hint, Notification, NotificationHandle, get_capabilities};
use tokio::sync::mpsc::UnboundedSender;

use super::effect::Note;
use super::msg::Msg;
use super::notify::Desktop as Wish;
use super::widget::text;

/// What may wait for a desktop that is slow; there is one every two seconds at most.
const MOST_WAITING: usize = 8;

/// So many conversations' notifications are remembered, to be replaced instead of piled up.
const MOST_SHOWN: usize = 50;

/// The desktop, from the first notification on.
#[derive(Debug)]
pub(super) struct Desktop {
    notes: Option<SyncSender<Note>>,
    answer: UnboundedSender<Msg>,
}

impl Desktop {
    pub(super) fn new(answer: UnboundedSender<Msg>) -> Self {
        Desktop { notes: None, answer }
    }

    /// Has it shown, soon. What a desktop that is too slow cannot show is dropped: the next says more.
    pub(super) fn show(&mut self, note: Note, wish: Wish) {
        let answer = self.answer.clone();
        let notes = self.notes.get_or_insert_with(|| {
            let (notes, received) = sync_channel(MOST_WAITING);
            thread::spawn(move || tell(&received, wish, &answer));
            notes
        });
        let _ = notes.try_send(note);
    }
}

fn tell(notes: &Receiver<Note>, wish: Wish, answer: &UnboundedSender<Msg>) {
    // The connections of those that are shown: some desktops forget what came from one that is gone.
    let mut shown: VecDeque<(String, NotificationHandle)> = VecDeque::new();
    let mut complaint = Some(wish).filter(|wish| *wish == Wish::Surely);
    let markup = get_capabilities().is_ok_and(|can| can.iter().any(|word| word == "body-markup"));
    while let Ok(note) = notes.recv() {
        let before = shown.iter().position(|(about, _)| *about == note.about).and_then(|at| shown.remove(at));
        match notification(&note, markup, before.as_ref().map(|(_, handle)| handle.id())).show() {
            Ok(handle) => shown.push_back((note.about, handle)),
            Err(why) => {
                tracing::debug!(%why, "the desktop shows no notification");
                if complaint.take().is_some() {
                    let text =
                        format!("The desktop shows no notifications: {why}; [notifications] desktop turns them off");
                    let _ = answer.send(Msg::Complaint(text));
                }
            }
        }
        if shown.len() > MOST_SHOWN {
            shown.pop_front();
        }
    }
}

fn notification(note: &Note, markup: bool, replaces: Option<u32>) -> Notification {
    let body: Vec<String> = text::visible_lines(&note.body).collect();
    let body = body.join("\n");
    let mut notification = Notification::new();
    notification.appname("Balcony").summary(&note.title).body(&if markup { escaped(&body) } else { body });
    notification.hint(Hint::Category("im.received".to_owned()));
    if let Some(id) = replaces {
        notification.id(id);
    }
    notification
}

/// As the specification wants text that is no markup.
fn escaped(body: &str) -> String {
    body.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_somebody_wrote_is_no_markup() {
        let note =
            Note { about: String::new(), title: "a <b>".to_owned(), body: "<b>R&J</b>\x1b[2J\n\u{202e}x".to_owned() };
        let shown = notification(&note, true, Some(7));
        assert_eq!(shown.body, "&lt;b&gt;R&amp;J&lt;/b&gt;^[[2J\n&lt;U+202E&gt;x");
        assert_eq!(shown.summary, "a <b>", "a summary has no markup");
        assert_eq!(notification(&note, false, None).body, "<b>R&J</b>^[[2J\n<U+202E>x");
    }
}
