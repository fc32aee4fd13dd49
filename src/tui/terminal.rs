//! The terminal: raw mode, the alternate screen, mouse and paste, and all of it back again, whatever happens.
//!
//! It is restored when [`Terminal`] is dropped, and by a panic hook before the panic's message is written: in whichever
//! task that happens, nobody is left with a dead terminal, and the loop is told to end.

use std::io::{self, Stdout, Write};
use std::panic::{self, PanicHookInfo};
use std::sync::Arc;

use crossterm::clipboard::CopyToClipboard;
use crossterm::cursor::Show;
use crossterm::event::{
    DisableBracketedPaste, DisableFocusChange, DisableMouseCapture, EnableBracketedPaste, EnableFocusChange,
    EnableMouseCapture,
};
use crossterm::style::Print;
use crossterm::terminal::{EnterAlternateScreen, LeaveAlternateScreen, SetTitle, disable_raw_mode, enable_raw_mode};
use crossterm::{execute, queue};
use ratatui::backend::CrosstermBackend;
use tokio::sync::Notify;

use super::draw;
use super::model::Model;

/// xterm's stack of titles: keep the one there is, and bring it back.
const PUSH_TITLE: &str = "\x1b[22;0t";
const POP_TITLE: &str = "\x1b[23;0t";

type Hook = Box<dyn Fn(&PanicHookInfo<'_>) + Send + Sync>;

/// A terminal that is ours as long as this lives.
pub(super) struct Terminal {
    screen: ratatui::Terminal<CrosstermBackend<Stdout>>,
    title: String,
    mouse: bool,
    /// Rings when some task panicked.
    pub(super) alarm: Arc<Notify>,
    hook_before: Arc<Hook>,
}

impl Terminal {
    /// Takes the terminal over.
    pub(super) fn enter(mouse: bool) -> io::Result<Terminal> {
        let screen = ratatui::Terminal::new(CrosstermBackend::new(io::stdout()))?;
        enable_raw_mode()?;
        let alarm = Arc::new(Notify::new());
        let hook_before: Arc<Hook> = Arc::new(panic::take_hook());
        let (rings, before) = (Arc::clone(&alarm), Arc::clone(&hook_before));
        panic::set_hook(Box::new(move |info| {
            restore();
            before(info);
            rings.notify_one();
        }));
        let terminal = Terminal { screen, title: String::new(), mouse, alarm, hook_before };
        terminal.take()?;
        Ok(terminal)
    }

    fn take(&self) -> io::Result<()> {
        execute!(io::stdout(), Print(PUSH_TITLE), EnterAlternateScreen, EnableBracketedPaste, EnableFocusChange)?;
        if self.mouse {
            execute!(io::stdout(), EnableMouseCapture)?;
        }
        Ok(())
    }

    /// Gives the terminal to another program for a while.
    pub(super) fn lend(&mut self) {
        restore();
        self.title.clear();
    }

    /// Has it back from there.
    pub(super) fn regain(&mut self) -> io::Result<()> {
        self.screen = ratatui::Terminal::new(CrosstermBackend::new(io::stdout()))?;
        enable_raw_mode()?;
        self.take()
    }

    pub(super) fn size(&self) -> io::Result<(u16, u16)> {
        let size = self.screen.size()?;
        Ok((size.width, size.height))
    }

    /// Draws what changed. If the terminal was resized meanwhile, nothing: the message about that is on its way.
    pub(super) fn draw(&mut self, model: &Model) -> io::Result<()> {
        self.screen.draw(|frame| {
            if frame.area().as_size() == model.size
                && let Some(cursor) = draw::draw_live(model, frame.buffer_mut())
            {
                frame.set_cursor_position(cursor);
            }
        })?;
        let unread = model.unread();
        let title = if unread > 0 { format!("({unread}) Balcony") } else { "Balcony".to_owned() };
        if title != self.title {
            execute!(io::stdout(), SetTitle(&title))?;
            self.title = title;
        }
        Ok(())
    }

    /// Takes the mouse, or leaves it to the terminal.
    pub(super) fn take_mouse(&mut self, mouse: bool) -> io::Result<()> {
        match (std::mem::replace(&mut self.mouse, mouse), mouse) {
            (false, true) => execute!(io::stdout(), EnableMouseCapture),
            (true, false) => execute!(io::stdout(), DisableMouseCapture),
            (true, true) | (false, false) => Ok(()),
        }
    }

    /// Forgets what is on the screen, so that all of it is drawn again.
    pub(super) fn forget(&mut self) -> io::Result<()> {
        self.screen.clear()
    }

    pub(super) fn ring(&mut self) -> io::Result<()> {
        execute!(self.screen.backend_mut(), Print('\x07'))
    }

    /// Writes a sequence that leaves the screen and the cursor as they are.
    pub(super) fn escape(&mut self, sequence: &str) -> io::Result<()> {
        execute!(self.screen.backend_mut(), Print(sequence))
    }

    /// Through the terminal (OSC 52), so that it works from afar too.
    pub(super) fn copy(&mut self, text: &str) -> io::Result<()> {
        execute!(self.screen.backend_mut(), CopyToClipboard::to_clipboard_from(text))
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        restore();
        // A thread that panics must not touch the hook.
        if !std::thread::panicking() {
            let before = Arc::clone(&self.hook_before);
            panic::set_hook(Box::new(move |info| before(info)));
        }
    }
}

/// Gives the terminal back. What fails cannot be helped; the rest is still done.
fn restore() {
    let mut out = io::stdout();
    let _ = queue!(
        out,
        DisableMouseCapture,
        DisableFocusChange,
        DisableBracketedPaste,
        LeaveAlternateScreen,
        Show,
        Print(POP_TITLE)
    );
    let _ = out.flush();
    let _ = disable_raw_mode();
}
