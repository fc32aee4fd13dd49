//! Being there in words: how available somebody is, since when nobody touched their program, when they were here last.

use std::time::{Duration, SystemTime};

use crate::engine::event::Show;

/// Less than this is a look out of the window.
const SHORTEST: Duration = Duration::from_mins(1);

/// How available somebody is.
pub(crate) fn shown(show: Show) -> &'static str {
    match show {
        Show::Chat => "online, eager to chat",
        Show::Available => "online",
        Show::Away => "away",
        Show::ExtendedAway => "away for long",
        Show::DoNotDisturb => "busy",
    }
}

/// `idle 12 min`.
pub(crate) fn idle(now: SystemTime, since: SystemTime) -> Option<String> {
    let span = now.duration_since(since).ok().filter(|span| *span >= SHORTEST)?;
    Some(format!("idle {}", rounded(span)))
}

/// `last seen 3 h ago`.
pub(crate) fn last_seen(now: SystemTime, at: SystemTime) -> String {
    match now.duration_since(at) {
        Ok(span) if span >= SHORTEST => format!("last seen {} ago", rounded(span)),
        Ok(_) | Err(_) => "last seen a moment ago".to_owned(),
    }
}

fn rounded(span: Duration) -> String {
    let seconds = span.as_secs();
    match seconds {
        0..3600 => format!("{} min", seconds / 60),
        3600..172_800 => format!("{} h", seconds / 3600),
        _ => format!("{} days", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_told_as_people_do() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_hours(10_000);
        let ago = |seconds| now - Duration::from_secs(seconds);
        assert_eq!(idle(now, ago(59)), None);
        assert_eq!(idle(now, ago(750)).as_deref(), Some("idle 12 min"));
        assert_eq!(idle(now, ago(3 * 3600 + 1)).as_deref(), Some("idle 3 h"));
        assert_eq!(last_seen(now, ago(3)), "last seen a moment ago");
        assert_eq!(last_seen(now, ago(5 * 86_400)), "last seen 5 days ago");
        assert_eq!(last_seen(ago(60), now), "last seen a moment ago");
    }
}
