//! The journal for a person: a line for each transfer, and below it every attempt and where the file lies.

use std::io::{self, Write};

use jiff::tz::TimeZone;

use crate::cli::words::{completed, not_completed};
use crate::engine::amount;
use crate::engine::event::{Attempt, Direction};
use crate::engine::sentence::SOMEBODY;
use crate::store::journal::{Past, Standing};
use crate::tui::widget::calendar;
use crate::tui::widget::text::visible;

/// Writes one transfer; whose it was, if there are several accounts.
pub(super) fn write(past: &Past, zone: &TimeZone, several: bool, out: &mut dyn Write) -> io::Result<()> {
    let entry = &past.entry;
    let whose = if several { format!("{}: ", entry.account) } else { String::new() };
    let when = calendar::sortable(entry.began, zone);
    writeln!(out, "{}", visible(&format!("{when}  {whose}{}", what(past))))?;
    for attempt in &entry.attempts {
        writeln!(out, "    {}", visible(&tried(past, attempt)))?;
    }
    let is_told = past.arrival().is_some() && entry.direction() == Direction::Receiving;
    match past.place().filter(|_| !is_told) {
        Some(path) => writeln!(out, "    {}", visible(&path.display().to_string())),
        None => Ok(()),
    }
}

fn what(past: &Past) -> String {
    let entry = &past.entry;
    let (name, peer, direction) = (&entry.file.name, entry.peer.as_str(), entry.direction());
    let far = || entry.file.size.map_or_else(|| amount::bytes(entry.bytes), |size| amount::bytes_of(entry.bytes, size));
    match (past.standing(), direction) {
        (Standing::Offered, Direction::Sending) => format!("offering {name} to {peer}"),
        (Standing::Offered, Direction::Receiving) => format!("{peer} offers {name}"),
        (Standing::Moving, Direction::Sending) => format!("sending {name} to {peer}: {} so far", far()),
        (Standing::Moving, Direction::Receiving) => format!("receiving {name} from {peer}: {} so far", far()),
        (Standing::Interrupted(why), Direction::Sending) => format!("interrupted: {name} to {peer}, {}: {why}", far()),
        (Standing::Interrupted(why), Direction::Receiving) => {
            format!("interrupted: {name} from {peer}, {}: {why}", far())
        }
        (Standing::Ended(_), _) => match past.arrival() {
            Some(outcome) => completed(direction, name, peer, &outcome),
            None => not_completed(direction, name, peer, &past.reason_told_of(SOMEBODY).unwrap_or_default()),
        },
    }
}

/// `SOCKS5 direct 192.0.2.7:5086 refused (0.1 s)`.
fn tried(past: &Past, attempt: &Attempt) -> String {
    let streamhost = attempt.streamhost.as_ref().map(|streamhost| format!(" {streamhost}")).unwrap_or_default();
    format!("{}{streamhost} {} ({})", attempt.via.title(), past.verdict(attempt), amount::span(attempt.took))
}
