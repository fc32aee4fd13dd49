//! Ping (XEP-0199): whether somebody is there.
//!
//! Pings are answered whoever sends them: an error would tell as much. The session sees by itself whether the server is
//! there, so none are sent from here.

use super::context::{Context, Settings};
use super::feature::{Feature, FeatureEntry, Handled, IqRequest, Xep};
use crate::xep::ns;

/// The line of ping in the registry.
pub(super) const FEATURE: FeatureEntry = FeatureEntry {
    name: "ping",
    xeps: &[Xep { number: "0199", title: "XMPP Ping", version: "2.0.1" }],
    advertises: &[ns::PING],
    new: |_: &Settings| Box::new(Ping),
};

struct Ping;

impl Feature for Ping {
    fn request(&mut self, request: IqRequest, cx: &mut Context) -> Handled {
        if request.is_set || !request.payload.is("ping", ns::PING) {
            return Handled::NotMine(request);
        }
        cx.answer(&request, None);
        Handled::Yes
    }
}
