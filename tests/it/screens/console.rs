//! What stanzas look like as they pass.

use balcony::engine::event::{Event, Way};
use balcony::tui::msg::Msg;

use super::looks_right;
use crate::support::screen::Screen;

fn passes(screen: &mut Screen, way: Way, xml: &str) {
    screen.event(Event::Stanza { way, xml: xml.to_owned() });
}

/// A question and its answer, and a hostile message.
pub(crate) fn watching(width: u16, height: u16) -> Screen {
    let mut screen = Screen::online(width, height);
    screen.keys("/xml<Enter>");
    passes(&mut screen, Way::Out, "<iq xmlns='jabber:client' type='get' id='1'><ping xmlns='urn:xmpp:ping'/></iq>");
    passes(&mut screen, Way::In, "<iq xmlns='jabber:client' type='result' id='1'/>");
    let hostile = "<message xmlns='jabber:client' from='romeo@montague.lit/\u{202e}x'><body>\u{1b}]0;owned\u{7}\u{1b}[2J \
         and a line that is longer than any screen is wide, so that it has to go on in the next one, and then some more \
         of the same kind until it does</body></message>";
    passes(&mut screen, Way::In, hostile);
    screen
}

#[test]
fn stanzas_as_they_pass() {
    looks_right("xml", watching);
    looks_right("xml-filter", |width, height| {
        let mut screen = watching(width, height);
        screen.keys("/PING");
        screen
    });
    looks_right("xml-send", |width, height| {
        let mut screen = watching(width, height);
        screen.keys("s").msg(Msg::Paste("<auth/>".to_owned())).keys("<Enter>");
        screen
    });
}
