//! What comes from the web: who may name an address, and what becomes of it in the table of transfers.

use jid::Jid;
use minidom::Element;

use super::method::Scope;
use super::method::oob::read;
use super::offer::FileOffer;
use super::phase::fetching::{Fetching, Wanted};
use super::phase::{Role, Transfer};
use super::record::Record;
use super::{Transfers, fresh_file};
use crate::engine::appointments::Errand;
use crate::engine::command::{Encryption, TransferId};
use crate::engine::context::Context;
use crate::engine::event::Event;
use crate::engine::feature::IqRequest;
use crate::engine::journal::{Course, Entry, WebSource};
use crate::engine::{Chosen, FileId};
use crate::xep::ns;
use crate::xep::oob::OutOfBand;
use crate::xep::stanza::StanzaError;

/// Whether a set's payload names an address that belongs to no stream.
pub(super) fn is_address(payload: &Element) -> bool {
    payload.is("query", ns::IQ_OOB) && payload.attr("sid").is_none()
}

impl Transfers {
    /// Somebody names an address: it is offered like a file, and answered when that is here.
    pub(super) fn pointed(&mut self, request: IqRequest, cx: &mut Context) {
        let Some(peer) = request.from.clone() else {
            return cx.refuse(&request, &StanzaError::new("bad-request"));
        };
        let OutOfBand { address, description, .. } = match read(&request.payload, cx) {
            Ok(oob) => oob,
            Err(malformed) => {
                return cx.refuse(&request, &StanzaError::new("not-acceptable").with_text(malformed.to_string()));
            }
        };
        if !self.admits(&peer, cx) {
            let error = StanzaError::new("resource-constraint").with_text("too many offers wait already");
            return cx.refuse(&request, &error);
        }
        let wanted = Wanted { request: Some(request.into()), ..Wanted::of(peer, address, Chosen::Shown, description) };
        self.begin_fetching(wanted, Fetching::offered, cx);
    }

    /// Fetches what the user wants.
    pub(super) fn run(&mut self, errand: Errand, cx: &mut Context) {
        let Errand { peer, address, chosen, description } = errand;
        if cx.settings().encryption == Encryption::Required && !address.is_https() {
            return cx.emit(Event::Notice(format!(
                "{address} is not fetched: your configuration wants everything encrypted"
            )));
        }
        let wanted = Wanted::of(peer.into(), address, chosen, description);
        self.begin_fetching(wanted, Fetching::asked_for, cx);
        self.arrange(cx);
    }

    fn begin_fetching(&mut self, wanted: Wanted, begin: fn(Wanted, FileId, &mut Scope) -> Fetching, cx: &mut Context) {
        let id = self.fresh_id();
        let file = fresh_file(&mut self.files);
        let mut record = Record::new(id);
        let role =
            Role::Fetching(begin(wanted, file, &mut Scope { cx, shared: &mut self.shared, record: &mut record }));
        self.table.insert(id, Transfer { record, role });
    }

    /// A stream that was agreed on turned out to lead to the web.
    pub(super) fn follow_pointer(&mut self, id: TransferId, cx: &mut Context) {
        let Some(Transfer { record, role }) = self.table.get_mut(&id) else { return };
        let Role::Receiving(receiving) = role else { return };
        if let Some(fetching) = receiving.led_elsewhere(&mut Scope { cx, shared: &mut self.shared, record }) {
            *role = Role::Fetching(fetching);
            self.arrange(cx);
        }
    }

    /// Goes on with what an earlier run began to fetch.
    pub(super) fn restore_fetch(&mut self, entry: Entry, source: WebSource, cx: &mut Context) {
        let id = self.fresh_id();
        let file = fresh_file(&mut self.files);
        let wanted = wanted(&entry, &source);
        let left = match &entry.course {
            Course::Receiving { landing } => landing.clone(),
            Course::Sending { .. } => None,
        };
        let mut record = Record::restored(id, entry, cx);
        let mut scope = Scope { cx, shared: &mut self.shared, record: &mut record };
        let role = Role::Fetching(Fetching::restored(wanted, source.validator, left, file, &mut scope));
        self.table.insert(id, Transfer { record, role });
        self.take_place(id, cx);
    }
}

fn wanted(entry: &Entry, source: &WebSource) -> Wanted {
    let facts = &entry.file;
    let file = FileOffer {
        size: facts.size,
        date: facts.date,
        mime_type: facts.mime_type.clone(),
        description: facts.description.clone(),
        hash: facts.hash.clone(),
        ..FileOffer::from_stranger(&facts.name)
    };
    let peer: Jid = entry.peer.clone();
    Wanted { peer, address: source.address.clone(), chosen: source.chosen, file, request: None }
}
