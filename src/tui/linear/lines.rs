//! Lines on a terminal, and the prompt below them: everything is written once, and only the prompt is written anew.

use std::io::{self, Write};

use crossterm::cursor::{MoveToColumn, MoveUp};
use crossterm::queue;
use crossterm::style::Print;
use crossterm::terminal::{Clear, ClearType};

use super::{Prompt, Reader, prompt};
use crate::tui::model::Model;

/// Where lines are written.
#[derive(Debug, Default)]
pub(in crate::tui) struct Lines {
    reader: Reader,
    prompt: Prompt,
}

impl Lines {
    /// Says what is new, and shows what is being written.
    pub(in crate::tui) fn draw(&mut self, model: &Model, out: &mut impl Write) -> io::Result<()> {
        let news = self.reader.news(model);
        let prompt = prompt(model);
        if news.is_empty() && prompt == self.prompt {
            return Ok(());
        }
        self.erase_prompt(out)?;
        for line in news {
            queue!(out, Print(line), Print("\r\n"))?;
        }
        queue!(out, Print(prompt.rows.join("\r\n")))?;
        let below = prompt.rows.len().saturating_sub(1 + prompt.cursor.0);
        go_up(below, out)?;
        queue!(out, MoveToColumn(u16::try_from(prompt.cursor.1).unwrap_or(u16::MAX)))?;
        self.prompt = prompt;
        out.flush()
    }

    fn erase_prompt(&self, out: &mut impl Write) -> io::Result<()> {
        go_up(self.prompt.cursor.0, out)?;
        queue!(out, MoveToColumn(0), Clear(ClearType::FromCursorDown))
    }

    /// From here on the prompt is written on a line of its own: somebody else had the terminal, or the end has come.
    pub(in crate::tui) fn leave_prompt(&mut self) {
        self.prompt = Prompt::default();
    }
}

fn go_up(rows: usize, out: &mut impl Write) -> io::Result<()> {
    match u16::try_from(rows) {
        Ok(0) | Err(_) => Ok(()),
        Ok(rows) => queue!(out, MoveUp(rows)),
    }
}
