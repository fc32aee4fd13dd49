//! One row of a text around what was found in it, with that marked.

use std::ops::Range;

use ratatui::style::Style;
use ratatui::text::Span;
use unicode_segmentation::UnicodeSegmentation;

use super::line::{plain, written};
use super::text;

/// The part of a text that shows its first mark, cut before it if it stands far behind. What is too long is left to
/// whoever makes a row of it.
pub(crate) fn spans(
    body: &str,
    marks: &[Range<usize>],
    width: usize,
    more: &'static str,
    style: Style,
    marked: Style,
) -> Vec<Span<'static>> {
    // As long as before, so that the marks still fit.
    let line = body.replace(['\n', '\r', '\t'], " ");
    let start = start(&line, marks.first(), width);
    let mut spans = if start > 0 { vec![plain(more, style)] } else { Vec::new() };
    let mut at = start;
    for mark in marks.iter().filter(|mark| mark.start >= start) {
        let (Some(before), Some(found)) = (line.get(at..mark.start), line.get(mark.clone())) else { break };
        spans.extend([written(&text::said(before), style), written(&text::said(found), marked)]);
        at = mark.end;
    }
    spans.push(written(&text::said(line.get(at..).unwrap_or_default()), style));
    spans
}

/// Where to begin so that a third of the row stands before the first mark.
fn start(line: &str, mark: Option<&Range<usize>>, width: usize) -> usize {
    let Some((before, whole)) = mark.and_then(|mark| Some((line.get(..mark.start)?, line.get(..mark.end)?))) else {
        return 0;
    };
    if text::width(&text::visible(&text::said(whole))) <= width * 2 / 3 {
        return 0;
    }
    let mut room = width / 3;
    let mut start = before.len();
    for (at, grapheme) in before.grapheme_indices(true).rev() {
        let wide = text::width(&text::visible(&text::said(grapheme)));
        if wide > room {
            break;
        }
        room -= wide;
        start = at;
    }
    start
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(body: &str, mark: Option<Range<usize>>, width: usize) -> String {
        let marks: Vec<_> = mark.into_iter().collect();
        let marked = Style::new().bold();
        let spans = spans(body, &marks, width, "…", Style::new(), marked);
        spans
            .iter()
            .map(|span| if span.style == marked { format!("[{}]", span.content) } else { span.content.to_string() })
            .collect()
    }

    #[test]
    fn what_was_found_is_in_view_with_some_words_before_it() {
        assert_eq!(drawn("soft light", Some(5..10), 40), "soft [light]");
        let far = "But soft! what light through yonder window breaks?";
        assert_eq!(drawn(far, Some(36..42), 30), "…gh yonder [window] breaks?");
        assert_eq!(drawn("東京都庁に行く", Some(9..12), 6), "…都[庁]に行く");
        assert_eq!(drawn("two\nlines\there", Some(4..9), 40), "two [lines] here");
    }

    #[test]
    fn marks_that_fit_nothing_mark_nothing() {
        assert_eq!(drawn("é", Some(1..2), 40), "é");
        assert_eq!(drawn("soft", Some(7..9), 40), "soft");
        assert_eq!(drawn("", None, 40), "");
    }
}
