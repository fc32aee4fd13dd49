//! Frames of a screen as one SVG that moves by itself: no script, nothing from elsewhere, as GitHub demands of a picture.
//!
//! A row that looks the same for several frames is written once and shown while it does (SMIL's `visibility`); the whole
//! begins again at its end. What cannot animate shows the last frame. Runs of one style are placed by their column and
//! stretched to their width, so that every monospaced font keeps the boxes together.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use balcony::tui::{Model, draw};
use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier};
use unicode_width::UnicodeWidthStr;

/// A cell of the terminal, in the picture's units.
const CELL: (u32, u32) = (8, 16);

/// Around everything.
const MARGIN: u32 = 12;

/// From the top of a cell to the line that letters stand on.
const BASE: u32 = 12;

const BEHIND: &str = "#14161b";

/// What letters have that nothing colours.
const LETTERS: &str = "#e4e4e4";

/// Frames of that size, each with how long it is seen.
pub(super) struct Film {
    size: (u16, u16),
    frames: Vec<(Buffer, Duration)>,
}

/// A row as it is written, and in which frames it is so.
type Rows = BTreeMap<(u16, String), Vec<usize>>;

impl Film {
    /// Without a frame.
    pub(super) fn of(size: (u16, u16)) -> Self {
        Film { size, frames: Vec::new() }
    }

    /// One more frame.
    pub(super) fn take(&mut self, model: &Model, lasts: Duration) {
        let mut buffer = Buffer::empty(Rect::new(0, 0, self.size.0, self.size.1));
        draw(model, &mut buffer);
        self.frames.push((buffer, lasts));
    }

    pub(super) fn to_svg(&self) -> String {
        let (width, height) = (u32::from(self.size.0) * CELL.0, u32::from(self.size.1) * CELL.1);
        let (whole_width, whole_height) = (width + 2 * MARGIN, height + 2 * MARGIN);
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {whole_width} {whole_height}\" \
             width=\"{whole_width}\" height=\"{whole_height}\" font-size=\"13.3\" \
             font-family=\"'DejaVu Sans Mono',Menlo,Consolas,'Liberation Mono',monospace\" fill=\"{LETTERS}\">\n\
             <title>An evening with Balcony: chat, an offer, two ways that fail, a third that brings the file</title>\n\
             <rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"{BEHIND}\"/>\n\
             <g transform=\"translate({MARGIN} {MARGIN})\" xml:space=\"preserve\">\n"
        );
        for ((_, row), frames) in self.rows() {
            let _ = writeln!(svg, "{}", self.shown(&row, &frames));
        }
        svg + "</g>\n</svg>\n"
    }

    fn rows(&self) -> Rows {
        let mut rows = Rows::new();
        for (number, (frame, _)) in self.frames.iter().enumerate() {
            for y in 0..frame.area.height {
                let row = written(frame, y);
                if !row.is_empty() {
                    rows.entry((y, row)).or_default().push(number);
                }
            }
        }
        rows
    }

    /// A row that is seen in these frames alone.
    fn shown(&self, row: &str, frames: &[usize]) -> String {
        if frames.len() == self.frames.len() {
            return format!("<g>{row}</g>");
        }
        let (mut times, mut values) = (Vec::new(), Vec::new());
        for number in 0..self.frames.len() {
            let value = if frames.contains(&number) { "visible" } else { "hidden" };
            if values.last() != Some(&value) {
                times.push(self.begin_of(number));
                values.push(value);
            }
        }
        let at_last = values.last().expect("there is a frame");
        format!(
            "<g visibility=\"{at_last}\">{row}<animate attributeName=\"visibility\" calcMode=\"discrete\" \
             dur=\"{:.2}s\" repeatCount=\"indefinite\" values=\"{}\" keyTimes=\"{}\"/></g>",
            self.lasts(self.frames.len()).as_secs_f64(),
            values.join(";"),
            times.join(";")
        )
    }

    /// When a frame begins, as a part of the whole.
    fn begin_of(&self, frame: usize) -> String {
        let part = self.lasts(frame).as_secs_f64() / self.lasts(self.frames.len()).as_secs_f64();
        format!("{part:.4}").trim_end_matches('0').trim_end_matches('.').to_owned()
    }

    /// How long so many frames take.
    fn lasts(&self, frames: usize) -> Duration {
        self.frames[..frames].iter().map(|(_, lasts)| *lasts).sum()
    }
}

/// Neighbours of one style.
struct Run {
    x: u16,
    columns: u16,
    text: String,
    style: Look,
}

/// What a cell looks like.
#[derive(Clone, PartialEq, Eq)]
struct Look {
    letters: String,
    behind: Option<String>,
    is_bold: bool,
    is_underlined: bool,
}

/// A row of a frame in SVG; nothing, if nothing is there.
fn written(frame: &Buffer, y: u16) -> String {
    let top = u32::from(y) * CELL.1;
    let mut row = String::new();
    for run in runs(frame, y) {
        let (x, width) = (u32::from(run.x) * CELL.0, u32::from(run.columns) * CELL.0);
        if let Some(behind) = &run.style.behind {
            let height = CELL.1;
            let _ =
                write!(row, "<rect x=\"{x}\" y=\"{top}\" width=\"{width}\" height=\"{height}\" fill=\"{behind}\"/>");
        }
        if !run.text.trim().is_empty() {
            let (base, attributes, text) = (top + BASE, run.style.attributes(), escaped(&run.text));
            let _ = write!(row, "<text x=\"{x}\" y=\"{base}\" textLength=\"{width}\"{attributes}>{text}</text>");
        }
    }
    row
}

fn runs(frame: &Buffer, y: u16) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    let mut x = 0;
    while x < frame.area.width {
        let cell = &frame[(x, y)];
        let columns = u16::try_from(cell.symbol().width()).unwrap().max(1);
        let style = Look::of(cell);
        match runs.last_mut().filter(|run| run.style == style) {
            Some(run) => {
                run.text.push_str(cell.symbol());
                run.columns += columns;
            }
            None => runs.push(Run { x, columns, text: cell.symbol().to_owned(), style }),
        }
        x += columns;
    }
    runs.into_iter().flat_map(Run::trimmed).collect()
}

impl Run {
    /// Without the blanks around it and long ones in it, where there is nothing behind them.
    fn trimmed(self) -> Vec<Run> {
        if self.style.behind.is_some() {
            return vec![self];
        }
        let mut parts = Vec::new();
        let mut x = self.x;
        for piece in self.text.split_inclusive("   ") {
            let columns = u16::try_from(piece.width()).unwrap();
            let (start, text) = (piece.len() - piece.trim_start().len(), piece.trim());
            if !text.is_empty() {
                let begins = x + u16::try_from(start).unwrap();
                let columns = u16::try_from(text.width()).unwrap();
                parts.push(Run { x: begins, columns, text: text.to_owned(), style: self.style.clone() });
            }
            x += columns;
        }
        parts
    }
}

impl Look {
    fn of(cell: &Cell) -> Look {
        let (letters, behind) = (colour(cell.fg), colour(cell.bg));
        let is_reversed = cell.modifier.contains(Modifier::REVERSED);
        let (letters, behind) = if is_reversed {
            (behind.or(Some(BEHIND.to_owned())), letters.or(Some(LETTERS.to_owned())))
        } else {
            (letters, behind)
        };
        Look {
            letters: letters.unwrap_or_else(|| LETTERS.to_owned()),
            behind,
            is_bold: cell.modifier.contains(Modifier::BOLD),
            is_underlined: cell.modifier.contains(Modifier::UNDERLINED),
        }
    }

    fn attributes(&self) -> String {
        let mut attributes = String::new();
        if self.letters != LETTERS {
            let _ = write!(attributes, " fill=\"{}\"", self.letters);
        }
        if self.is_bold {
            attributes.push_str(" font-weight=\"bold\"");
        }
        if self.is_underlined {
            attributes.push_str(" text-decoration=\"underline\"");
        }
        attributes
    }
}

/// Of a theme of ours, which has true colours alone.
fn colour(colour: Color) -> Option<String> {
    match colour {
        Color::Rgb(red, green, blue) => Some(format!("#{red:02x}{green:02x}{blue:02x}")),
        _ => None,
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
