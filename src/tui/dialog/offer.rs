//! Everything about an offer, before it is answered.

use ratatui::text::Line;

use super::{Drawing, dismiss, last_scroll};
use crate::engine::amount;
use crate::engine::event::{Checksum, OfferInfo, Via, WebPlace};
use crate::tui::effect::Effects;
use crate::tui::keymap::{Action, Context};
use crate::tui::layers::{self, Layer};
use crate::tui::model::Model;
use crate::tui::model::transfer::{Transfer, TransferKey};
use crate::tui::update::offers;
use crate::tui::widget::{calendar, link, text};

/// Where what is known of it begins, beside the names.
const COLUMN: usize = 13;

/// Which offer; it stays this one, whatever the bar shows.
#[derive(Debug)]
pub(crate) struct OfferDetails {
    key: TransferKey,
    scroll: usize,
    /// Bytes left where files go, once measured.
    pub(crate) free: Option<u64>,
}

impl OfferDetails {
    pub(crate) fn new(key: TransferKey) -> Self {
        OfferDetails { key, scroll: 0, free: None }
    }
}

pub(crate) fn act(model: &mut Model, action: Action) -> Effects {
    let Some(Layer::Offer(details)) = model.layers.last() else { return Effects::new() };
    let key = details.key;
    if matches!(action, Action::Accept | Action::AcceptAs | Action::Decline | Action::Trust) {
        layers::close(model);
        return offers::answer(model, key, action);
    }
    if action == Action::Dismiss || action == Action::Confirm {
        return layers::close(model);
    }
    let lines = drawing(model, details).lines.len();
    let last = last_scroll(model, lines);
    if let Some(Layer::Offer(details)) = model.layers.last_mut() {
        let down = matches!(action, Action::Down | Action::ScrollDown);
        details.scroll = if down { (details.scroll + 1).min(last) } else { details.scroll.saturating_sub(1) };
    }
    Effects::new()
}

pub(crate) fn drawing(model: &Model, details: &OfferDetails) -> Drawing {
    let mut keys = vec![
        (Context::OfferDetails, Action::Accept, "accept"),
        (Context::OfferDetails, Action::AcceptAs, "save as"),
        (Context::OfferDetails, Action::Decline, "decline"),
        (Context::OfferDetails, Action::Trust, "trust"),
        dismiss("close"),
    ];
    let mut lines = Vec::new();
    match model.transfers.get(details.key) {
        Some(transfer) => {
            if !transfer.waits_for_us() {
                field(model, "State", "this offer does not wait for an answer any more", &mut lines);
                keys = vec![dismiss("close")];
            }
            describe(model, details, transfer, &mut lines);
        }
        None => field(model, "State", "this offer is gone", &mut lines),
    }
    Drawing { title: "Offer".to_owned(), lines, scroll: details.scroll, cursor: None, keys }
}

fn describe(model: &Model, details: &OfferDetails, transfer: &Transfer, lines: &mut Vec<Line<'static>>) {
    let info = &transfer.info;
    let me = model.accounts.get(&details.key.account).and_then(|account| account.me.as_ref());
    let known = match info.is_contact {
        true if me.is_some_and(|me| me.to_bare() == info.peer.to_bare()) => "another device of yours",
        true => "in your roster",
        false => "NOT in your roster",
    };
    field(model, "From", &format!("{} ({known})", text::address(info.peer.as_str())), lines);
    if let Some(web) = &info.web {
        field(model, "Address", web.address.as_str(), lines);
        field(model, "Protected", protection(web), lines);
    }
    if let Some(host) = info.web.as_ref().and_then(|web| web.led_by.as_ref()) {
        field(model, "Led by", &format!("{host}, which you accepted, says that it is there"), lines);
    }
    field(model, "Name", &info.name, lines);
    if let Some(offered) = &info.offered_name {
        field(model, "Offered as", offered, lines);
    }
    field(model, "Size", &size(info, details.free), lines);
    if info.contradicts_itself() {
        let doubt = "what is said to be in it does not fit what comes: if there is more, it is not unpacked";
        field(model, "Doubtful", doubt, lines);
    }
    if let Some(continues) = crate::tui::words::continues(info) {
        field(model, "Here already", &format!("{}: {continues}", amount::bytes(info.continues_at.unwrap_or(0))), lines);
    }
    field(model, "Goes to", &model.look.short_path(&model.look.downloads), lines);
    if let Some(mime_type) = &info.mime_type {
        field(model, "Type", mime_type, lines);
    }
    if let Some(date) = info.date {
        field(model, "Date", &calendar::date_and_time(date, &model.look.zone), lines);
    }
    if let Some(description) = &info.description {
        field(model, "Says", description, lines);
        for address in link::all(description) {
            if let Some(place) = link::leads_to(&address) {
                field(model, "BEWARE", &format!("{address} really leads to {place}"), lines);
            }
        }
    }
    field(model, "Hash", hash(info), lines);
    if info.web.is_some() {
        return;
    }
    field(model, "Methods", &methods(&info.methods, ", "), lines);
    let (several, tried) = if info.si_multiple {
        ("yes: they can be agreed on together", methods(&info.methods, ", then "))
    } else {
        ("no: one of them is chosen", methods(info.methods.get(..1).unwrap_or_default(), ""))
    };
    field(model, "si-multiple", several, lines);
    field(model, "Tried", &tried, lines);
}

fn hash(info: &OfferInfo) -> &str {
    match &info.checksum {
        Checksum::Md5(stated) => stated,
        Checksum::Follows => "a SHA-256 follows the last byte: what arrives is verified",
        Checksum::None => "none given: what arrives cannot be verified",
    }
}

fn protection(web: &WebPlace) -> &'static str {
    if web.address.is_https() {
        "yes, by TLS; its server learns your address"
    } else {
        "NO: whoever is on the way can read and change it; its server learns your address"
    }
}

fn methods(methods: &[Via], between: &str) -> String {
    if methods.is_empty() {
        return "none that we know".to_owned();
    }
    methods.iter().map(|via| via.title()).collect::<Vec<_>>().join(between)
}

fn size(info: &OfferInfo, free: Option<u64>) -> String {
    let size = crate::tui::words::size(info);
    let exact = info.size.filter(|bytes| *bytes >= 1024).map(|bytes| format!(" ({bytes} bytes)")).unwrap_or_default();
    match (free, info.weight()) {
        (Some(free), Some(bytes)) if bytes > free => {
            format!("{size}{exact}: TOO LARGE, {} are free", amount::bytes(free))
        }
        (Some(free), _) => format!("{size}{exact}, {} are free", amount::bytes(free)),
        (None, _) => format!("{size}{exact}"),
    }
}

fn field(model: &Model, name: &str, value: &str, lines: &mut Vec<Line<'static>>) {
    super::field(model, COLUMN, (name, value), lines);
}
