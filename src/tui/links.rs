//! Addresses on the screen can be clicked, also those that are wrapped: OSC 8 around each of their parts.
//!
//! A pass over the chat when it has been drawn. It finds where an address begins, asks the conversation for the whole of
//! it, and follows it down the rows as long as they show the rest. What stands of it on a row is put into the first of its
//! cells, with the sequence around it and its width without that, and the other cells are left out: so nothing moves, and
//! what is drawn anew of a link is drawn with all of its part. Terminals that do not know the sequence ignore it; those
//! known to stumble over it get none.

use std::ffi::OsStr;
use std::fmt::Write;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::num::NonZeroU16;

use ratatui::buffer::{Buffer, CellDiffOption};
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::model::conversation::Entry;
use super::model::{Look, Model};
use super::widget::{link, text};

/// Each part carries all of it, and terminals (VTE first) take about so much; longer ones stay text.
const LONGEST: usize = 2000;

/// An address that is not whole on its row is looked for in so many entries.
const ENTRIES: usize = 400;

/// Terminals that show the sequence instead of obeying or ignoring it.
const AFRAID: [&str; 5] = ["linux", "dumb", "vt1", "vt2", "eterm"];

/// The first libvte that knows it; older ones crash.
const VTE: u32 = 5000;

/// Whether the environment is that of a terminal which bears links.
pub(crate) fn are_borne<T: AsRef<OsStr>>(variable: impl Fn(&str) -> Option<T>) -> bool {
    let word = |name| variable(name).and_then(|value| value.as_ref().to_str().map(str::to_lowercase));
    let term = word("TERM").unwrap_or_default();
    let vte = word("VTE_VERSION").and_then(|version| version.parse::<u32>().ok());
    !AFRAID.iter().any(|afraid| term.starts_with(afraid)) && vte.is_none_or(|version| version >= VTE)
}

/// Makes links of the addresses in the chat.
pub(crate) fn mark(model: &Model, area: Rect, buf: &mut Buffer) {
    mark_all(&model.look, area, &|start| longer(model, start), buf);
}

/// The addresses in the conversation that begin so.
fn longer(model: &Model, start: &str) -> Vec<String> {
    let conversation = model.current();
    let numbers = (conversation.start()..conversation.end()).rev().take(ENTRIES);
    let texts = numbers.filter_map(|number| conversation.entry(number)).map(|entry| match entry {
        Entry::Message(message) => message.line.body.as_deref().unwrap_or_default(),
        Entry::Notice { text, .. } => text.as_str(),
        Entry::File { text, .. } => text.as_str(),
    });
    let words = texts.filter(|text| text.contains(start)).flat_map(str::split_whitespace);
    words.filter_map(|word| word.find(start).map(|at| link::trimmed(&word[at..]).to_owned())).collect()
}

fn mark_all(look: &Look, area: Rect, longer: &dyn Fn(&str) -> Vec<String>, buf: &mut Buffer) {
    for y in area.y..area.bottom() {
        let mut x = area.x;
        while let Some((start, word)) = next_address(buf, area, x, y) {
            x = start + cells_of(&word);
            if let Some(shown) = word.strip_suffix(look.symbols.more).filter(|_| longer(&word).is_empty()) {
                link_cut(look, area, (start, y), shown, &longer(shown), buf);
                continue;
            }
            let is_whole = !row_after(buf, area, x, y).is_empty();
            let candidates = if is_whole { Vec::new() } else { longer(&word) };
            let goes_on = |candidate: &&String| {
                candidate.strip_prefix(word.as_str()).is_some_and(|rest| continues(buf, area, y + 1, rest))
            };
            let address = candidates.iter().find(goes_on).map_or(link::trimmed(&word), String::as_str).to_owned();
            follow(look, area, (start, y), &address, &link::whole(&address), buf);
        }
    }
}

/// What is cut leads where the whole of it does, if the conversation has one that begins so.
fn link_cut(look: &Look, area: Rect, at: (u16, u16), shown: &str, candidates: &[String], buf: &mut Buffer) {
    if let Some(address) = candidates.first().filter(|first| candidates.iter().all(|other| other == *first)) {
        follow(look, area, at, shown, &link::whole(address), buf);
    }
}

/// Whether a row shows what comes next of an address; nobody knows of one below the last.
fn continues(buf: &Buffer, area: Rect, y: u16, rest: &str) -> bool {
    if rest.is_empty() || y >= area.bottom() {
        return !rest.is_empty();
    }
    let word = first_on(buf, area, y).map(|x| word_at(buf, area, x, y)).unwrap_or_default();
    !word.is_empty() && (rest.starts_with(&word) || word.starts_with(rest))
}

/// Where the text of a row begins.
fn first_on(buf: &Buffer, area: Rect, y: u16) -> Option<u16> {
    (area.x..area.right()).find(|x| !buf[(*x, y)].symbol().trim().is_empty())
}

/// The next word on a row that begins with an address, and where it begins.
fn next_address(buf: &Buffer, area: Rect, from: u16, y: u16) -> Option<(u16, String)> {
    (from..area.right()).find_map(|x| {
        let before = (x > area.x).then(|| buf[(x - 1, y)].symbol().chars().next_back()).flatten();
        let is_start = |start: &&str| begins_with(buf, area, x, y, start) && link::may_begin(start, before);
        let starts = link::STARTS.iter().any(is_start);
        let word = if starts { word_at(buf, area, x, y) } else { String::new() };
        link::is_address(link::trimmed(&word)).then_some((x, word))
    })
}

fn begins_with(buf: &Buffer, area: Rect, x: u16, y: u16, scheme: &str) -> bool {
    let letters = scheme.chars().zip(x..area.right());
    let same = letters.filter(|(letter, x)| buf[(*x, y)].symbol().starts_with(*letter)).count();
    same == scheme.len()
}

/// What stands there up to the next space.
fn word_at(buf: &Buffer, area: Rect, x: u16, y: u16) -> String {
    let mut word = String::new();
    let mut x = x;
    while x < area.right() && !buf[(x, y)].symbol().trim().is_empty() {
        word.push_str(buf[(x, y)].symbol());
        x += text::cells(buf[(x, y)].symbol()).max(1);
    }
    word
}

/// What stands between there and the mark at the end of a row.
fn row_after(buf: &Buffer, area: Rect, x: u16, y: u16) -> String {
    let end = area.right().saturating_sub(MARK);
    let rest: String = (x..end).map(|x| buf[(x, y)].symbol()).collect();
    rest.trim().to_owned()
}

/// What a message's fate has at the end of its row.
const MARK: u16 = 2;

fn cells_of(shown: &str) -> u16 {
    u16::try_from(text::width(shown)).unwrap_or(u16::MAX)
}

/// Links what is shown of an address from where it begins, down the rows that show the rest of it.
fn follow(look: &Look, area: Rect, (mut x, mut y): (u16, u16), shown: &str, address: &str, buf: &mut Buffer) {
    if address.len() > LONGEST {
        return;
    }
    let open = opening(address);
    let mut rest = shown;
    loop {
        let left = rest.len();
        while let Some((text, width)) = part(buf, area, (x, y), rest) {
            link_part(look.theme.link, (x, y), (&text, width), &open, buf);
            rest = &rest[text.len()..];
            x += width.get();
        }
        y += 1;
        if rest.is_empty() || rest.len() == left || y >= area.bottom() {
            return;
        }
        let Some(first) = first_on(buf, area, y) else { return };
        x = first;
    }
}

/// How much of an address stands there, in how many cells. A wide character ends a part: terminals disagree about those,
/// and what follows is to stand in its place all the same.
fn part(buf: &Buffer, area: Rect, (x, y): (u16, u16), address: &str) -> Option<(String, NonZeroU16)> {
    let (mut text, mut width) = (String::new(), 0);
    while x + width < area.right() {
        let symbol = buf[(x + width, y)].symbol();
        if symbol.is_empty() || !address[text.len()..].starts_with(symbol) {
            break;
        }
        text.push_str(symbol);
        let wide = text::cells(symbol).max(1);
        width += wide;
        if wide > 1 {
            break;
        }
    }
    NonZeroU16::new(width).map(|width| (text, width))
}

/// Puts a part of an address into its first cell, as a link; the others draw nothing.
fn link_part(style: Style, (x, y): (u16, u16), (text, width): (&str, NonZeroU16), open: &str, buf: &mut Buffer) {
    for behind in x + 1..x + width.get() {
        buf[(behind, y)].set_symbol(" ").set_diff_option(CellDiffOption::Skip);
    }
    let first = &mut buf[(x, y)];
    first.set_symbol(&format!("{open}{text}\x1b]8;;\x1b\\"));
    first.set_style(style).set_diff_option(CellDiffOption::ForcedWidth(width));
}

/// What begins the link. The same address has the same id, so that its parts belong together.
fn opening(address: &str) -> String {
    let mut hasher = DefaultHasher::new();
    address.hash(&mut hasher);
    format!("\x1b]8;id={:x};{}\x1b\\", hasher.finish(), encoded(address))
}

/// As an address is written in ASCII, without anything that could end the sequence.
fn encoded(address: &str) -> String {
    let mut out = String::new();
    for byte in address.bytes() {
        if byte.is_ascii_graphic() {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::client::clock;
    use crate::tui::Appearance;
    use crate::tui::model::Model;

    const LONG: &str = "https://capulet.lit/a/very/long/way/to/the/orchard?wall=high";

    /// The rows with each link in `[…]`, and the addresses of the links.
    fn marked(rows: &[&str], said: Option<&str>) -> (Vec<String>, Vec<String>) {
        let area = Rect::new(0, 0, 30, u16::try_from(rows.len()).unwrap());
        let mut buf = Buffer::with_lines(rows.iter().map(|row| text::pad(row, 30, "")));
        let model = Model::new(Appearance::default(), (80, 24), clock::now()).unwrap();
        let longer = |start: &str| said.filter(|said| said.contains(start)).map(str::to_owned).into_iter().collect();
        mark_all(&model.look, area, &longer, &mut buf);
        let mut addresses = Vec::new();
        let shown = (0..area.height).map(|y| {
            let mut row = String::new();
            let mut x = 0;
            while x < area.width {
                let symbol = buf[(x, y)].symbol();
                let link = symbol.strip_prefix("\x1b]8;").and_then(|link| link.split_once("\x1b\\"));
                let shown = link.map_or(symbol, |(target, shown)| {
                    addresses.push(target.split_once(';').unwrap().1.to_owned());
                    shown.strip_suffix("\x1b]8;;\x1b\\").unwrap()
                });
                let (before, after) = if link.is_some() { ("[", "]") } else { ("", "") };
                row.extend([before, shown, after]);
                let wide = text::width(shown);
                x += u16::try_from(wide.max(1)).unwrap();
            }
            row.replace("][", "").trim_end().to_owned()
        });
        let shown = shown.collect();
        addresses.dedup();
        (shown, addresses)
    }

    /// A row after the addresses in it were made links.
    fn linked(row: &str) -> Buffer {
        let mut buf = Buffer::with_lines([row]);
        let model = Model::new(Appearance::default(), (80, 24), clock::now()).unwrap();
        mark_all(&model.look, buf.area, &|_| Vec::new(), &mut buf);
        buf
    }

    #[test]
    fn a_link_is_opened_and_closed_once_on_a_row_and_drawn_in_one_piece() {
        let row = "see https://a.lit/x or not";
        let drawn = Buffer::empty(linked(row).area);
        let written: String = drawn.diff(&linked(row)).iter().map(|(_, _, cell)| cell.symbol()).collect();
        assert_eq!((written.matches("\x1b]8;id=").count(), written.matches("\x1b]8;;\x1b").count()), (1, 1));
        assert!(written.contains("\x1b\\https://a.lit/x\x1b]8;;"), "{written:?}");
    }

    #[test]
    fn where_a_link_was_every_cell_is_drawn_anew() {
        let row = "see https://a.lit/x or not";
        let before = linked(row);
        let mut plain = Buffer::with_lines([row]);
        plain.set_style(Rect { x: 4, width: 15, ..plain.area }, before[(4, 0)].style());
        let drawn: Vec<u16> = before.diff(&plain).iter().map(|(x, _, _)| *x).collect();
        assert_eq!(drawn, (4..19).collect::<Vec<u16>>());
        assert!(before.diff(&linked(row)).is_empty());
    }

    #[test]
    fn an_address_is_a_link_without_what_follows_it() {
        let (rows, links) = marked(&["see https://a.lit/x_(y). Or no", "(xmpp:r@m.lit?message), so"], None);
        assert_eq!(rows, ["see [https://a.lit/x_(y)]. Or no", "([xmpp:r@m.lit?message]), so"]);
        assert_eq!(links, ["https://a.lit/x_(y)", "xmpp:r@m.lit?message"]);
    }

    #[test]
    fn a_wrapped_address_is_one_link() {
        let rows = [
            "12:01 me  https://capulet.lit",
            "          /a/very/long/way/t",
            "          o/the/orchard?wall",
            "          =high and on",
        ];
        let (rows, links) = marked(&rows, Some(LONG));
        assert_eq!(rows[0], "12:01 me  [https://capulet.lit]");
        assert_eq!(rows[1], "          [/a/very/long/way/t]");
        assert_eq!(rows[3], "          [=high] and on");
        assert_eq!(links, [LONG]);
    }

    #[test]
    fn an_address_that_is_cut_leads_where_the_whole_of_it_does_or_nowhere() {
        let rows = ["> me: https://capulet.lit/a/v…", "12:02 and this"];
        let (shown, links) = marked(&rows, Some(LONG));
        assert_eq!(shown[0], "> me: [https://capulet.lit/a/v]…");
        assert_eq!(links, [LONG]);
        assert_eq!(marked(&rows, None).1, Vec::<String>::new());
        assert_eq!(marked(&rows, Some("https://capulet.lit/a/v…")).1, ["https://capulet.lit/a/v%E2%80%A6"]);
    }

    #[test]
    fn what_comes_below_another_address_is_none_of_it() {
        let (rows, links) = marked(&["https://capulet.lit/orchard/w", "nobody said more"], None);
        assert_eq!(rows[1], "nobody said more");
        assert_eq!(links, ["https://capulet.lit/orchard/w"]);
    }

    #[test]
    fn a_longer_address_elsewhere_changes_none() {
        let (_, links) = marked(&["https://capulet.lit", "and so on"], Some(LONG));
        assert_eq!(links, ["https://capulet.lit"]);
    }

    #[test]
    fn nothing_else_is_opened_by_a_click() {
        for text in ["file:///etc/passwd", "javascript:alert(1)", "https://", "xhttp://a.lit", "www.", "@www.a.lit"] {
            assert_eq!(marked(&[text], None).1, Vec::<String>::new(), "{text}");
        }
    }

    #[test]
    fn an_address_without_a_scheme_leads_to_the_web() {
        let (rows, links) = marked(&["see (www.a.lit/x), or", "www.b.lit; no.www.c.lit"], None);
        assert_eq!(rows, ["see ([www.a.lit/x]), or", "[www.b.lit]; no.www.c.lit"]);
        assert_eq!(links, ["https://www.a.lit/x", "https://www.b.lit"]);
    }

    #[test]
    fn an_address_in_other_letters_is_encoded_and_as_wide_as_it_was() {
        let (rows, links) = marked(&["https://東京.lit/é x"], None);
        assert_eq!(rows, ["[https://東京.lit/é] x"]);
        assert_eq!(links, ["https://%E6%9D%B1%E4%BA%AC.lit/%C3%A9"]);
    }

    #[test]
    fn some_terminals_get_none() {
        let borne = |variables: &[(&str, &str)]| {
            let variables: BTreeMap<_, _> = variables.iter().copied().collect();
            are_borne(|name| variables.get(name).copied())
        };
        assert!(borne(&[("TERM", "xterm-256color")]));
        assert!(borne(&[("TERM", "xterm-256color"), ("VTE_VERSION", "7006")]));
        assert!(!borne(&[("TERM", "xterm-256color"), ("VTE_VERSION", "4602")]));
        assert!(!borne(&[("TERM", "linux")]));
    }
}
