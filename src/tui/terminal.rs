//! The terminal: raw mode, the alternate screen, mouse and paste, and all of it back again, whatever happens. For screen
//! readers there is no alternate screen and no mouse: lines follow each other, as they do without Balcony.
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
use crossterm::terminal::{
    Clear, ClearType, EnterAlternateScreen, LeaveAlternateScreen, SetTitle, disable_raw_mode, enable_raw_mode,
};
use crossterm::{execute, queue};
use ratatui::backend::CrosstermBackend;
use tokio::sync::Notify;

use super::disputed::Disputed;
use super::draw;
use super::linear::Lines;
use super::model::Model;
use crate::store::config::Shown;

/// xterm's stack of titles: keep the one there is, and bring it back.
const PUSH_TITLE: &str = "\x1b[22;0t";
const POP_TITLE: &str = "\x1b[23;0t";

type Hook = Box<dyn Fn(&PanicHookInfo<'_>) + Send + Sync>;

/// What is drawn on.
enum Screen {
    Panes(Box<ratatui::Terminal<CrosstermBackend<Stdout>>>, Disputed),
    Lines(Box<Lines>),
}

impl Screen {
    fn new(shown: Shown) -> io::Result<Screen> {
        Ok(match shown {
            Shown::Panes => {
                let screen = ratatui::Terminal::new(CrosstermBackend::new(io::stdout()))?;
                Screen::Panes(Box::new(screen), Disputed::default())
            }
            Shown::Lines => Screen::Lines(Box::default()),
        })
    }
}

/// A terminal that is ours as long as this lives.
pub(super) struct Terminal {
    screen: Screen,
    shown: Shown,
    title: String,
    mouse: bool,
    /// Rings when some task panicked.
    pub(super) alarm: Arc<Notify>,
    hook_before: Arc<Hook>,
}

impl Terminal {
    /// Takes the terminal over.
    pub(super) fn enter(mouse: bool, shown: Shown) -> io::Result<Terminal> {
        let screen = Screen::new(shown)?;
        enable_raw_mode()?;
        let alarm = Arc::new(Notify::new());
        let hook_before: Arc<Hook> = Arc::new(panic::take_hook());
        let (rings, before) = (Arc::clone(&alarm), Arc::clone(&hook_before));
        panic::set_hook(Box::new(move |info| {
            restore(shown);
            before(info);
            rings.notify_one();
        }));
        let terminal = Terminal { screen, shown, title: String::new(), mouse, alarm, hook_before };
        terminal.take()?;
        Ok(terminal)
    }

    fn take(&self) -> io::Result<()> {
        execute!(io::stdout(), Print(PUSH_TITLE))?;
        self.set_modes()
    }

    fn set_modes(&self) -> io::Result<()> {
        execute!(io::stdout(), EnableBracketedPaste, EnableFocusChange)?;
        if self.shown == Shown::Panes {
            // Whoever was killed has left the terminal there, with what it had drawn.
            execute!(io::stdout(), EnterAlternateScreen, Clear(ClearType::All))?;
        }
        if self.mouse && self.shown == Shown::Panes {
            execute!(io::stdout(), EnableMouseCapture)?;
        }
        Ok(())
    }

    /// Gives the terminal to another program for a while.
    pub(super) fn lend(&mut self) {
        self.end_lines();
        restore(self.shown);
        self.title.clear();
    }

    /// Has it back from there.
    pub(super) fn regain(&mut self) -> io::Result<()> {
        if self.shown == Shown::Panes {
            self.screen = Screen::new(self.shown)?;
        }
        enable_raw_mode()?;
        self.take()
    }

    /// Others may have used it meanwhile, for we were stopped by what nobody can hear: all of it is set up once more.
    pub(super) fn renew(&mut self) -> io::Result<()> {
        self.end_lines();
        self.title.clear();
        if self.shown == Shown::Panes {
            self.screen = Screen::new(self.shown)?;
        }
        // For crossterm it is raw still, whatever a shell made of it.
        disable_raw_mode()?;
        enable_raw_mode()?;
        self.set_modes()
    }

    /// What follows begins on a line of its own.
    fn end_lines(&mut self) {
        if let Screen::Lines(lines) = &mut self.screen {
            lines.leave_prompt();
            // A terminal that is gone needs no line.
            let _ = execute!(io::stdout(), Print("\r\n"));
        }
    }

    #[expect(clippy::unused_self, reason = "it is this terminal's")]
    pub(super) fn size(&self) -> io::Result<(u16, u16)> {
        crossterm::terminal::size()
    }

    /// Draws what changed. If the terminal was resized meanwhile, nothing: the message about that is on its way.
    pub(super) fn draw(&mut self, model: &Model) -> io::Result<()> {
        match &mut self.screen {
            Screen::Panes(screen, disputed) => {
                screen.draw(|frame| {
                    if frame.area().as_size() != model.size {
                        return;
                    }
                    if let Some(cursor) = draw::draw_live(model, frame.buffer_mut()) {
                        frame.set_cursor_position(cursor);
                    }
                    disputed.write_whole(frame.buffer_mut());
                })?;
            }
            Screen::Lines(lines) => lines.draw(model, &mut io::stdout())?,
        }
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
        if self.shown == Shown::Lines {
            return Ok(());
        }
        match (std::mem::replace(&mut self.mouse, mouse), mouse) {
            (false, true) => execute!(io::stdout(), EnableMouseCapture),
            (true, false) => execute!(io::stdout(), DisableMouseCapture),
            (true, true) | (false, false) => Ok(()),
        }
    }

    /// Forgets what is on the screen, so that all of it is drawn again.
    pub(super) fn forget(&mut self) -> io::Result<()> {
        match &mut self.screen {
            Screen::Panes(screen, _) => screen.clear(),
            Screen::Lines(lines) => {
                lines.leave_prompt();
                execute!(io::stdout(), Print("\r\n"))
            }
        }
    }

    #[expect(clippy::unused_self, reason = "it is this terminal's")]
    pub(super) fn ring(&self) -> io::Result<()> {
        execute!(io::stdout(), Print('\x07'))
    }

    /// Writes a sequence that leaves the screen and the cursor as they are.
    #[expect(clippy::unused_self, reason = "it is this terminal's")]
    pub(super) fn escape(&self, sequence: &str) -> io::Result<()> {
        execute!(io::stdout(), Print(sequence))
    }

    /// Through the terminal (OSC 52), so that it works from afar too.
    #[expect(clippy::unused_self, reason = "it is this terminal's")]
    pub(super) fn copy(&self, text: &str) -> io::Result<()> {
        execute!(io::stdout(), CopyToClipboard::to_clipboard_from(text))
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        self.end_lines();
        restore(self.shown);
        // A thread that panics must not touch the hook.
        if !std::thread::panicking() {
            let before = Arc::clone(&self.hook_before);
            panic::set_hook(Box::new(move |info| before(info)));
        }
    }
}

/// Gives the terminal back. What fails cannot be helped; the rest is still done.
fn restore(shown: Shown) {
    let mut out = io::stdout();
    let _ = queue!(out, DisableFocusChange, DisableBracketedPaste, Show);
    if shown == Shown::Panes {
        let _ = queue!(out, DisableMouseCapture, LeaveAlternateScreen);
    }
    let _ = queue!(out, Print(POP_TITLE));
    let _ = out.flush();
    let _ = disable_raw_mode();
}
