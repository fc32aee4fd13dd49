//! A message in rows: what it answers, its words with their styling, what became of it, who reacted.

use std::ops::Range;

use jid::BareJid;
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};

use crate::engine::amount;
use crate::engine::history::{self, Fate, Quote};
use crate::tui::keymap::{Action, Context};
use crate::tui::model::message::{Message, beginning};
use crate::tui::model::{Model, Page};
use crate::tui::theme::Theme;
use crate::tui::widget::line::{plain, row};
use crate::tui::widget::styling::{Marks, Run, styled};
use crate::tui::widget::{calendar, text};

/// Longer names are cut, so that what is said has room.
const LONGEST_NICK: usize = 12;

/// Below this width lines below the first begin under the time, not under the text.
const NARROW: usize = 50;

/// At the right of the first row, with a space before it.
const MARK: usize = 3;

/// A message begins so that says what its author does (XEP-0245).
const ACTION: &str = "/me ";

/// What a message is to the user at the moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    Plain,
    /// It was looked for.
    Found,
    /// The user is about to do something with it.
    Selected,
}

/// The rows of a message.
pub(crate) fn rows(model: &Model, message: &Message, width: usize, standing: Standing) -> Vec<Line<'static>> {
    let theme = &model.look.theme;
    let head = Head::of(model, message, width, standing);
    let mut rows: Vec<Line<'static>> = answered(model, message, &head, width).into_iter().collect();
    rows.extend(words(model, message, &head, width));
    if let Fate::Failed(why) = &message.line.fate {
        let told = text::visible(&format!("{} not delivered: {why}", model.look.symbols.failed));
        rows.extend(below(&told, theme.bad, &head, width));
    }
    if !message.line.reactions.is_empty() {
        rows.extend(below(&reactions(model, &message.line), theme.dim, &head, width));
    }
    if standing == Standing::Selected {
        let reversed = |span: &mut Span<'static>| span.style = span.style.patch(theme.selected);
        rows.iter_mut().flat_map(|row| row.spans.iter_mut()).for_each(reversed);
    }
    rows
}

/// What stands before the words: the time and the name.
struct Head {
    spans: Vec<Span<'static>>,
    width: usize,
    /// Where the other rows begin.
    indent: usize,
}

impl Head {
    fn of(model: &Model, message: &Message, width: usize, standing: Standing) -> Head {
        let theme = &model.look.theme;
        let style = if message.is_ours() { theme.mine } else { theme.theirs };
        let marker = match standing {
            Standing::Plain => " ",
            Standing::Found | Standing::Selected => model.look.symbols.marker,
        };
        let time_style = if standing == Standing::Found { theme.unread } else { theme.dim };
        let time = format!("{}{marker}", calendar::time_of_day(message.line.at, &model.look.zone));
        let nick = name(model, message.line.speaker().as_ref());
        let name = if is_action(message) { format!("* {nick} ") } else { nick_column(model, &nick, width) };
        let spans = vec![plain(time, time_style), plain(name, style)];
        let wide = spans.iter().map(|span| text::width(&span.content)).sum();
        let indent = if width < NARROW || is_action(message) { 6 } else { wide };
        Head { spans, width: wide, indent }
    }
}

fn is_action(message: &Message) -> bool {
    message.line.body.as_deref().is_some_and(|body| body.starts_with(ACTION))
}

/// One row about the message that this one answers.
fn answered(model: &Model, message: &Message, head: &Head, width: usize) -> Option<Line<'static>> {
    message.line.reply_to.as_ref()?;
    let symbols = model.look.symbols;
    let quote =
        message.line.quote.as_ref().map_or_else(|| "an earlier message".to_owned(), |quote| quoted(model, quote));
    let told = text::cut(&format!("{} {quote}", symbols.answer), width.saturating_sub(head.indent), symbols.more);
    Some(row(vec![Span::raw(" ".repeat(head.indent)), plain(told, model.look.theme.dim)], Vec::new(), width, ""))
}

/// A message on one line, for where another answers it. Where that is not here, there is only what the answer says of it,
/// which may be anything.
pub(crate) fn quoted(model: &Model, quote: &Quote) -> String {
    let said = match &quote.body {
        Some(body) => text::visible(&text::said(body.lines().find(|line| !line.trim().is_empty()).unwrap_or_default())),
        None => history::Line::RETRACTED.to_owned(),
    };
    let name = quote.author.as_ref().map(|author| name(model, author.speaker().as_ref()));
    match (name, said.strip_prefix(ACTION)) {
        (Some(name), Some(does)) => format!("* {name} {does}"),
        (Some(name), None) => format!("{name}: {said}"),
        (None, _) => format!("in their words: \"{said}\""),
    }
}

/// What was said, with what became of it at the right of the first row.
fn words(model: &Model, message: &Message, head: &Head, width: usize) -> Vec<Line<'static>> {
    let theme = &model.look.theme;
    let base = if is_action(message) { theme.plain.add_modifier(Modifier::ITALIC) } else { theme.plain };
    let mark = mark(model, message);
    let room = width.saturating_sub(mark.iter().map(Span::width).sum::<usize>().max(MARK));
    let mut rows = Vec::new();
    for line in pieces(model, message, base) {
        for piece in wrap_after(&line.text, room, head, rows.is_empty()) {
            let is_first = rows.is_empty();
            let mut spans = if is_first { head.spans.clone() } else { vec![Span::raw(" ".repeat(head.indent))] };
            spans.extend(line.spans(&piece));
            let mark = if is_first { mark.clone() } else { Vec::new() };
            rows.push(row(spans, mark, width, ""));
        }
    }
    rows
}

/// A line of a message, made harmless, with the styles of its parts.
struct Piece {
    text: String,
    parts: Vec<(Range<usize>, Style)>,
}

impl Piece {
    /// The part of the line that fits on a row.
    fn spans(&self, row: &Range<usize>) -> Vec<Span<'static>> {
        let inside = self.parts.iter().filter_map(|(part, style)| {
            let (start, end) = (part.start.max(row.start), part.end.min(row.end));
            (start < end).then(|| plain(&self.text[start..end], *style))
        });
        inside.collect()
    }

    fn push(&mut self, more: &str, style: Style) {
        let start = self.text.len();
        self.text.push_str(more);
        self.parts.push((start..self.text.len(), style));
    }
}

fn pieces(model: &Model, message: &Message, base: Style) -> Vec<Piece> {
    let theme = &model.look.theme;
    let Some(body) = &message.line.body else {
        let mut retracted = Piece { text: String::new(), parts: Vec::new() };
        retracted.push(history::Line::RETRACTED, theme.dim);
        return vec![retracted];
    };
    let (body, left_out) = beginning(body.strip_prefix(ACTION).unwrap_or(body));
    let lines: Vec<String> = text::visible_lines(&text::said(body)).collect();
    let runs = if message.line.hints.unstyled { unstyled(&lines) } else { styled(&lines) };
    let part = |run: Run| (run.range, styles(theme, base, run.marks));
    let piece = |(text, runs): (String, Vec<Run>)| Piece { text, parts: runs.into_iter().map(part).collect() };
    let mut pieces: Vec<Piece> = lines.into_iter().zip(runs).map(piece).collect();
    if left_out > 0 {
        let mut end = Piece { text: String::new(), parts: Vec::new() };
        end.push(&rest(model, left_out), theme.dim);
        pieces.push(end);
    }
    if message.line.is_corrected
        && let Some(last) = pieces.last_mut()
    {
        last.push(&format!(" {}", history::Line::EDITED), theme.dim);
    }
    pieces
}

/// What stands in place of the end of a long message.
pub(crate) fn rest(model: &Model, left_out: usize) -> String {
    let key = model.keymap.key(Context::Messages, Action::Open).unwrap_or_default();
    let more = amount::bytes(u64::try_from(left_out).unwrap_or(u64::MAX));
    format!("{} {more} more: {key} on it shows all", model.look.symbols.waiting)
}

fn unstyled(lines: &[String]) -> Vec<Vec<Run>> {
    lines.iter().map(|line| vec![Run { range: 0..line.len(), marks: Marks::default() }]).collect()
}

/// How styled text looks; each says by its directives too what it is.
fn styles(theme: &Theme, base: Style, marks: Marks) -> Style {
    let looks = [
        (Marks::QUOTED, theme.dim),
        (Marks::CODE, theme.code),
        (Marks::STRONG, Style::new().add_modifier(Modifier::BOLD)),
        (Marks::EMPHASIS, Style::new().add_modifier(Modifier::ITALIC)),
        (Marks::STRUCK, Style::new().add_modifier(Modifier::CROSSED_OUT)),
    ];
    looks.iter().filter(|(mark, _)| marks.has(*mark)).fold(base, |style, (_, look)| style.patch(*look))
}

/// Where a line breaks whose first row may begin further right than the others.
fn wrap_after(line: &str, width: usize, head: &Head, is_first: bool) -> Vec<Range<usize>> {
    let room = width.saturating_sub(head.indent).max(2);
    let first_room = width.saturating_sub(head.width).max(2);
    if !is_first || head.width == head.indent {
        return ranges(line, text::wrap(line, room));
    }
    let mut pieces = text::wrap(line, first_room);
    pieces.truncate(1);
    let rest = pieces.first().and_then(|piece| line.strip_prefix(piece.as_str())).unwrap_or_default().trim_start();
    if !rest.is_empty() {
        pieces.extend(text::wrap(rest, room));
    }
    ranges(line, pieces)
}

/// Where the pieces of a line are in it; only white space stands between them.
fn ranges(line: &str, pieces: Vec<String>) -> Vec<Range<usize>> {
    let mut end = 0;
    let place = |piece: String| {
        let start = line[end..].find(&piece).map_or(end, |found| end + found);
        end = start + piece.len();
        start..end
    };
    pieces.into_iter().map(place).collect()
}

/// Something about the message, below its words.
fn below(told: &str, style: Style, head: &Head, width: usize) -> Vec<Line<'static>> {
    let pieces = text::wrap(told, width.saturating_sub(head.indent).max(1)).into_iter();
    let indented = |piece| row(vec![Span::raw(" ".repeat(head.indent)), plain(piece, style)], Vec::new(), width, "");
    pieces.map(indented).collect()
}

/// Each reaction with those who had it: `❤ Romeo, me`.
pub(crate) fn reactions(model: &Model, line: &history::Line) -> String {
    let one = |(emoji, who): (&String, &Vec<Option<BareJid>>)| {
        let names: Vec<String> = who.iter().map(|who| name(model, who.as_ref())).collect();
        text::visible(&format!("{emoji} {}", names.join(", ")))
    };
    line.reactions.iter().map(one).collect::<Vec<_>>().join("  ")
}

/// What somebody in the conversation on the screen is called; we are nobody.
pub(crate) fn name(model: &Model, who: Option<&BareJid>) -> String {
    name_on(model, &model.page, who)
}

/// What somebody in a conversation is called by now; we are nobody.
pub(crate) fn name_on(model: &Model, page: &Page, who: Option<&BareJid>) -> String {
    let account = match page {
        Page::With(id) => Some(id.account),
        Page::Home => None,
    };
    match (account, who) {
        (Some(account), Some(jid)) => text::visible(&model.name_of(account, jid)),
        (None, Some(jid)) => text::visible(jid.as_str()),
        (_, None) => "me".to_owned(),
    }
}

/// The name, as wide as the names of a conversation are; on a narrow screen as wide as it is.
fn nick_column(model: &Model, nick: &str, width: usize) -> String {
    let more = model.look.symbols.more;
    if width < NARROW {
        return format!("{} ", text::cut(nick, LONGEST_NICK, more));
    }
    let theirs = match &model.page {
        Page::With(id) => text::width(&text::visible(&model.name_of(id.account, id.peer.jid()))),
        Page::Home => 2,
    };
    format!("{}  ", text::pad(nick, theirs.clamp(2, LONGEST_NICK), more))
}

fn mark(model: &Model, message: &Message) -> Vec<Span<'static>> {
    let (theme, symbols) = (&model.look.theme, model.look.symbols);
    if message.line.body.is_none() {
        return Vec::new();
    }
    match message.line.fate {
        Fate::OnItsWay => vec![plain(symbols.on_its_way, theme.dim)],
        Fate::Unknown => Vec::new(),
        Fate::Arrived => vec![plain(symbols.arrived, theme.good)],
        Fate::Displayed => vec![plain(symbols.seen, theme.good)],
        Fate::Failed(_) => vec![plain(symbols.failed, theme.bad)],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pieces_of_a_line_are_found_where_they_are() {
        let line = "aa aa  aa";
        let pieces = ranges(line, text::wrap(line, 4));
        assert_eq!(pieces.iter().map(|range| &line[range.clone()]).collect::<Vec<_>>(), ["aa", "aa", "aa"]);
        assert_eq!(pieces[2], 7..9);
    }
}
