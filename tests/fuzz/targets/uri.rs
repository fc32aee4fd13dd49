//! Text that stands for something: links of XMPP, addresses of the web, published files, names of files, dates, and what
//! a STUN server answers.

use balcony::engine::transfer::safe_name;
use balcony::xep::oob::WebAddress;
use balcony::xep::sipub::{Published, find_uris};
use balcony::xep::stun::{binding_request, read_binding};
use balcony::xep::uri::Link;
use balcony::xep::{date, si_file::File};

use super::home::shell::is_safe;

/// Reads the input as each of them.
pub(super) fn run(input: &[u8]) {
    let _ = read_binding(input, [7; 12]);
    assert_eq!(read_binding(&binding_request([7; 12]), [7; 12]), None, "a question is taken for an answer");
    let text = String::from_utf8_lossy(input);
    let name = safe_name(&text);
    assert!(is_safe(&name), "{name:?} is no safe name for {text:?}");
    for line in text.lines() {
        check(line);
    }
    for uri in find_uris(&text) {
        assert!(text.contains(uri), "{uri} does not stand there");
        let _ = Published::read_uri(uri);
    }
}

fn check(text: &str) {
    let _ = Link::read(text);
    if let Ok(published) = Published::read_uri(text) {
        let owner = published.owner.clone().expect("a URI names an owner");
        let again = Published::read_uri(&published.write_uri(&owner));
        assert_eq!(again.map(known), Ok(known(published)), "{text}");
    }
    if let Some(time) = date::read(text) {
        assert_eq!(date::write(time).as_deref().and_then(date::read), Some(time), "{text}");
    }
    if let Ok(address) = WebAddress::read(text) {
        check_address(&address);
        for location in ["/x", "../y", "//z", text, "http://a.example", "file:///etc/passwd"] {
            if let Ok(next) = address.join(location) {
                check_address(&next);
            }
        }
    }
}

/// What is said of a file in a URI.
fn known(published: Published) -> (Option<jid::Jid>, String, File) {
    (published.owner, published.id, published.file)
}

/// An address of the web is of the web, on one line, and names a file that is safe.
fn check_address(address: &WebAddress) {
    let text = address.as_str();
    assert!(text.starts_with("http://") || text.starts_with("https://"), "{text} is of no web");
    assert!(!text.contains(char::is_control), "{text:?} is no line");
    assert_eq!(WebAddress::read(text).as_ref(), Ok(address), "{text} is another address when it is read again");
    assert!(is_safe(&safe_name(&address.file_name())), "{text}");
    let _ = (address.host(), address.authority(), address.is_https());
}
