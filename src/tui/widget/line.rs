//! One row of the screen: something at its left, something at its right, cut where they would meet.

use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::text;

/// A piece of text that others wrote, made harmless.
pub(crate) fn written(content: &str, style: Style) -> Span<'static> {
    Span::styled(text::visible(content), style)
}

/// A piece of text of our own.
pub(crate) fn plain(content: impl Into<String>, style: Style) -> Span<'static> {
    Span::styled(content.into(), style)
}

/// A row of exactly `width` cells. The right side stays whole if it fits at all; the left is cut with `more`.
pub(crate) fn row(left: Vec<Span<'static>>, right: Vec<Span<'static>>, width: usize, more: &str) -> Line<'static> {
    let wanted: usize = right.iter().map(span_width).sum();
    let right = if wanted > width { Vec::new() } else { right };
    let reserved: usize = right.iter().map(span_width).sum();
    let room = width - reserved;
    let gap = usize::from(reserved > 0 && room > 0);
    let mut spans = cut_spans(left, room - gap, more);
    let taken: usize = spans.iter().map(span_width).sum();
    spans.push(Span::raw(" ".repeat(room - taken)));
    spans.extend(right);
    Line::from(spans)
}

fn cut_spans(spans: Vec<Span<'static>>, width: usize, more: &str) -> Vec<Span<'static>> {
    let mut room = width;
    let total: usize = spans.iter().map(span_width).sum();
    if total <= width {
        return spans;
    }
    let mut kept = Vec::new();
    for span in spans {
        let wide = span_width(&span);
        if wide < room {
            room -= wide;
            kept.push(span);
        } else {
            let mut end = text::head(&span.content, room.saturating_sub(text::width(more))).to_owned();
            if text::width(&end) + text::width(more) <= room {
                end.push_str(more);
            }
            kept.push(Span::styled(end, span.style));
            break;
        }
    }
    kept
}

fn span_width(span: &Span<'_>) -> usize {
    text::width(&span.content)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(left: &str, right: &str, width: usize) -> String {
        let line = row(vec![written(left, Style::new())], vec![written(right, Style::new())], width, "…");
        line.spans.iter().map(|span| span.content.as_ref()).collect()
    }

    #[test]
    fn the_left_gives_way_to_the_right() {
        assert_eq!(drawn("romeo", "2", 9), "romeo   2");
        assert_eq!(drawn("romeo montague", "2", 9), "romeo … 2");
        assert_eq!(drawn("東京東京", "12", 8), "東京… 12");
        assert_eq!(drawn("romeo", "far too long", 4), "rom…");
        assert_eq!(drawn("romeo", "2", 1), "2");
        assert_eq!(drawn("romeo", "2", 0), "");
    }
}
