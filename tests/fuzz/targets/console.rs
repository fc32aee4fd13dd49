//! Stanzas that the user writes, and that pass while the console is open: what is sent is one stanza and the one that
//! was written, and what is shown is harmless and without passwords.

use balcony::engine::command::Command;
use balcony::engine::event::Event;
use balcony::engine::watch::read;
use balcony::xep::ns;
use minidom::Element;

use super::home::Home;
use super::window::Window;

/// A password that no stanza has by chance.
const SECRET: &str = "correct horse battery";

/// As many lines as are gone through: more would show nothing new, and each is drawn.
const MOST_LINES: usize = 64;

/// Writes each line, and lets it come in as well. `SECRET` is a password.
pub(super) fn run(input: &[u8]) {
    let text = String::from_utf8_lossy(input).replace("SECRET", SECRET);
    check_reader(&text);
    let mut window = Window::new();
    window.home.command(Command::WatchStanzas(true));
    window.paste("/xml");
    window.key("Enter");
    for line in text.lines().take(MOST_LINES) {
        check_secrets(line);
        window.home.receive(line);
        window.news();
        window.look();
        window.key("i");
        window.paste(line);
        window.key("Enter");
        window.home.command(Command::SendRaw(line.to_owned()));
        window.news();
        window.look();
    }
}

/// What is taken for a stanza is one, also once it is written.
fn check_reader(text: &str) {
    if let Ok(stanza) = read(text) {
        assert!(stanza.has_ns(ns::CLIENT));
        let written = String::from(&stanza);
        assert!(written.parse::<Element>().is_ok_and(|again| again == stanza), "{written}");
    }
}

/// The content of what is called a password is shown to nobody.
fn check_secrets(line: &str) {
    let Ok(stanza) = Element::from_reader_with_prefixes(line.as_bytes(), ns::CLIENT.to_owned()) else { return };
    if !hides(&stanza) {
        return;
    }
    let mut home = Home::online();
    home.news.clear();
    home.command(Command::WatchStanzas(true));
    home.receive(line);
    for event in &home.news {
        if let Event::Stanza { xml, .. } = event {
            assert!(!xml.contains(SECRET), "{xml} tells a password");
        }
    }
}

/// Whether the secret stands nowhere but where passwords stand.
fn hides(element: &Element) -> bool {
    let is_hidden = matches!(element.name(), "password" | "digest");
    let in_text = !is_hidden && element.text().contains(SECRET);
    let in_attribute =
        element.attrs().iter().any(|((_, name), value)| name.as_str() != "password" && value.contains(SECRET));
    !in_text && !in_attribute && (is_hidden || element.children().all(hides))
}
