//! Everything that others say, drawn: a [script](super::script) whose every line is looked at on the screen. Lines that
//! begin with `key`, `type`, `paste` and `size` are the user's.

use super::script::play;
use super::window::Window;

/// Lets a script happen to a client whose screen is looked at.
pub(super) fn run(input: &[u8]) {
    let script = String::from_utf8_lossy(input);
    let mut window = Window::new();
    window.look();
    for line in script.lines() {
        play(&mut window.home, line, |_, _| {});
        window.news();
        act(&mut window, line);
        window.look();
    }
}

/// What the user does with the window.
fn act(window: &mut Window, line: &str) {
    let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
    match word {
        "key" => window.key(rest),
        "type" => rest.chars().for_each(|letter| window.letter(letter)),
        "paste" => window.paste(rest),
        "size" => {
            let mut sides = rest.split(' ').map(|side| side.parse().unwrap_or(0));
            window.resize(sides.next().unwrap_or(0), sides.next().unwrap_or(0));
        }
        _ => {}
    }
}
