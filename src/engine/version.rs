//! Software version (XEP-0092): which program this is.
//!
//! Told to contacts, our server and our other devices. A stranger gets the error that a program without this feature
//! sends (section 5): a version is what somebody looks for before an attack. The operating system is not told at all.

use super::context::{Context, Settings};
use super::feature::{Feature, FeatureEntry, Handled, IqRequest, Xep};
use crate::xep::ns;
use crate::xep::stanza::{element, text_element};

/// The line of software version in the registry.
pub(super) const FEATURE: FeatureEntry = FeatureEntry {
    name: "software version",
    xeps: &[Xep { number: "0092", title: "Software Version", version: "1.1" }],
    advertises: &[ns::VERSION],
    new: |_: &Settings| Box::new(Version),
};

struct Version;

impl Feature for Version {
    fn request(&mut self, request: IqRequest, cx: &mut Context) -> Handled {
        let asked = !request.is_set && request.payload.is("query", ns::VERSION);
        if !asked || !cx.is_trusted(request.from.as_ref()) {
            return Handled::NotMine(request);
        }
        let mut version = element("query", ns::VERSION);
        version.append_child(text_element("name", ns::VERSION, "Balcony"));
        version.append_child(text_element("version", ns::VERSION, env!("CARGO_PKG_VERSION")));
        cx.answer(&request, Some(version));
        Handled::Yes
    }
}
