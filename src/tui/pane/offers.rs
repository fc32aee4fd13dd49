//! The offers bar: who offers what, where it would go, who asks to see us, and the keys that work now. It never takes the focus by itself.

use jid::BareJid;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};

use super::{draw_lines, mark};
use crate::engine::event::OfferInfo;
use crate::tui::keymap::{Action, Context};
use crate::tui::model::transfer::{Transfer, TransferKey};
use crate::tui::model::{AccountId, Focus, Model, Prompt};
use crate::tui::update::requests;
use crate::tui::widget::line::{plain, row, written};
use crate::tui::widget::text;
use crate::tui::words;

pub(crate) fn title(model: &Model) -> String {
    let (waiting, held) = (model.transfers.offers().len(), model.transfers.held().len());
    let asking = model.prompts().iter().filter(|prompt| prompt.is_about_seeing()).count();
    let offers = if waiting == 0 { "Offers".to_owned() } else { format!("Offers {waiting}") };
    let mut parts = Vec::from_iter(Some(offers).filter(|_| waiting > 0 || asking == 0));
    parts.extend((asking > 0).then(|| format!("Requests {asking}")));
    parts.extend((held > 0 && waiting + asking > 0).then(|| from_strangers(held)));
    parts.join(&format!(" {} ", model.look.symbols.between))
}

/// `2 offers from strangers`.
pub(crate) fn from_strangers(count: usize) -> String {
    let offers = if count == 1 { "offer" } else { "offers" };
    format!("{count} {offers} from strangers")
}

pub(crate) fn draw(model: &Model, area: Rect, buf: &mut Buffer) {
    let rows = rows(model);
    if rows.is_empty() {
        return draw_lines([held(model, usize::from(area.width))], area, buf);
    }
    let shown = rows.iter().position(|prompt| Some(prompt) == model.offers.shown.as_ref()).unwrap_or(0);
    let (width, height) = (usize::from(area.width), usize::from(area.height));
    let top = shown.min(rows.len().saturating_sub(height));
    let visible = rows.iter().enumerate().skip(top).take(height);
    // What is there alone needs no mark: its keys are others while the bar has the focus.
    let chooses = model.focus == Focus::Offers && rows.len() > 1;
    let lines = visible.filter_map(|(index, prompt)| {
        let line = match prompt {
            Prompt::Offer(key) => offer(model, *key, model.transfers.get(*key)?, index == shown, width),
            Prompt::Request(account, who) => request(model, *account, who, index == shown, width),
            Prompt::Return(_, who) => unreturned(model, who, index == shown, width),
        };
        Some(if index == shown && chooses { line.patch_style(model.look.theme.selected) } else { line })
    });
    draw_lines(lines.collect::<Vec<_>>(), area, buf);
    if chooses && height > 1 {
        mark(model, area, shown - top, buf);
    }
}

/// A row for each offer, and one for all that is about seeing each other.
fn rows(model: &Model) -> Vec<Prompt> {
    let mut rows: Vec<Prompt> = model.transfers.offers().into_iter().map(Prompt::Offer).collect();
    let shown = model.offers.shown.clone().filter(Prompt::is_about_seeing);
    let first = || model.prompts().into_iter().find(Prompt::is_about_seeing);
    rows.extend(shown.or_else(first));
    rows
}

/// Who asks to see us, in their words; and how many others do.
fn request(model: &Model, account: AccountId, who: &BareJid, shown: bool, width: usize) -> Line<'static> {
    let theme = &model.look.theme;
    let request = model.accounts.get(&account).and_then(|account| account.requests.get(who));
    let own = request.and_then(|request| request.nick.as_ref()).map(|nick| format!("~{nick} ")).unwrap_or_default();
    let others = requests::waiting(model).len().saturating_sub(1);
    let more = if others > 0 { format!(" (and {others} more)") } else { String::new() };
    let words = request.and_then(|request| request.text.as_ref()).map(|text| format!(": {text}")).unwrap_or_default();
    let left = vec![
        written(&own, theme.offer),
        written(&text::address(who.as_str()), theme.offer),
        plain(more, theme.strong),
        plain(if width >= 90 { " asks to see when you are online" } else { " asks to see you" }, theme.plain),
        written(&words, theme.dim),
    ];
    let right = if shown { keys(model, REQUEST_KEYS, width) } else { Vec::new() };
    row(left, right, width, model.look.symbols.more)
}

/// Who sees us by now, and whether we want to see them.
fn unreturned(model: &Model, who: &BareJid, shown: bool, width: usize) -> Line<'static> {
    let theme = &model.look.theme;
    let asks = if width >= 90 { " sees when you are online. See them too?" } else { ": see them too?" };
    let left = vec![written(&text::address(who.as_str()), theme.offer), plain(asks, theme.plain)];
    let right = if shown { keys(model, RETURN_KEYS, width) } else { Vec::new() };
    row(left, right, width, model.look.symbols.more)
}

/// That strangers offer something, and the key that shows what.
fn held(model: &Model, width: usize) -> Line<'static> {
    let theme = &model.look.theme;
    let key = model.keymap.key(Context::Everywhere, Action::FocusOffers).unwrap_or_default();
    let right = vec![plain("  ", theme.plain), plain(key, theme.key), plain(" shows", theme.plain)];
    let left = vec![plain(from_strangers(model.transfers.held().len()), theme.dim)];
    row(left, right, width, model.look.symbols.more)
}

/// A name is cut to this at most, so that its size stays in view.
const SHORTEST_NAME: usize = 8;

/// Who offers what; where it would go and by which program, if there is room for all of that.
fn offer(model: &Model, key: TransferKey, transfer: &Transfer, shown: bool, width: usize) -> Line<'static> {
    let (theme, symbols) = (&model.look.theme, model.look.symbols);
    let info = &transfer.info;
    let who = model.label_of(key.account, &info.peer.to_bare());
    let right = if shown { keys(model, OFFER_KEYS, width) } else { Vec::new() };
    let continues = words::continues(info).map(|says| format!(", {says}")).unwrap_or_default();
    let mut left = vec![
        written(&who, theme.offer),
        plain(if width >= 60 { " offers " } else { ": " }, theme.plain),
        written(&format!("  {}{continues}", what(info)), theme.plain),
    ];
    let taken: usize = left.iter().chain(&right).map(Span::width).sum();
    let mut room = width.saturating_sub(taken + 1);
    let name =
        written(&text::cut_name(&text::visible(&info.name), room.max(SHORTEST_NAME), symbols.more), theme.strong);
    room = room.saturating_sub(name.width());
    left.insert(2, name);
    let folder = if let Some(why) = &transfer.unplaced {
        Some(written(&text::cut(&format!("  {why}"), room, symbols.more), theme.bad))
    } else {
        let folder = format!("  {} {}", symbols.to, model.look.short_path(&model.look.downloads));
        Some(written(&folder, theme.dim)).filter(|folder| folder.width() <= room)
    };
    room -= folder.as_ref().map_or(0, Span::width);
    left.extend(folder);
    let resource = info.peer.resource().map(|resource| written(&format!(" ({resource})"), theme.dim));
    if let Some(resource) = resource.filter(|resource| resource.width() <= room) {
        left.insert(1, resource);
    }
    row(left, right, width, symbols.more)
}

/// How large it is; of an address the host, for that is what matters.
fn what(info: &OfferInfo) -> String {
    info.web.as_ref().map_or_else(|| words::size(info), |web| format!("at {}", web.address.authority()))
}

/// The keys that answer an offer, while the bar has the focus.
const OFFER_KEYS: &[(Action, &str)] = &[
    (Action::Accept, "accept"),
    (Action::Decline, "decline"),
    (Action::AcceptAs, "save as"),
    (Action::Details, "view"),
    (Action::Trust, "trust"),
];

/// The keys that answer a request, likewise.
const REQUEST_KEYS: &[(Action, &str)] = &[
    (Action::Accept, "let see"),
    (Action::Decline, "deny"),
    (Action::AcceptAs, "and add"),
    (Action::Block, "block"),
    (Action::Details, "view"),
];

/// The keys that answer whether we want to see somebody.
const RETURN_KEYS: &[(Action, &str)] =
    &[(Action::Accept, "ask them"), (Action::Decline, "leave it"), (Action::Block, "block"), (Action::Details, "view")];

/// The keys that answer what is asked there, while the bar has the focus.
pub(crate) fn answers(prompt: &Prompt) -> &'static [(Action, &'static str)] {
    match prompt {
        Prompt::Offer(_) => OFFER_KEYS,
        Prompt::Request(..) => REQUEST_KEYS,
        Prompt::Return(..) => RETURN_KEYS,
    }
}

/// What a click does there: the keys that are shown are buttons, too.
pub(crate) fn action_at(model: &Model, area: Rect, at: Position) -> Option<Action> {
    let rows = rows(model);
    let shown = rows.iter().position(|prompt| Some(prompt) == model.offers.shown.as_ref())?;
    let top = shown.min(rows.len().saturating_sub(usize::from(area.height)));
    if usize::from(at.y.checked_sub(area.y)?) + top != shown {
        return None;
    }
    let listed = answers(rows.get(shown)?);
    let mut right = usize::from(area.right());
    buttons(model, listed, usize::from(area.width)).iter().rev().find_map(|(action, spans)| {
        right = right.saturating_sub(spans.iter().map(Span::width).sum());
        (usize::from(at.x) > right + 1).then_some(*action)
    })
}

fn keys(model: &Model, focused: &'static [(Action, &'static str)], width: usize) -> Vec<Span<'static>> {
    buttons(model, focused, width).into_iter().flat_map(|(_, spans)| spans).collect()
}

/// The keys that work: other ones while the bar has the focus.
fn buttons(
    model: &Model,
    focused: &'static [(Action, &'static str)],
    width: usize,
) -> Vec<(Action, [Span<'static>; 3])> {
    let theme = &model.look.theme;
    let elsewhere =
        [(Action::AcceptShown, focused[0].1), (Action::DeclineShown, focused[1].1), (Action::FocusOffers, "more")];
    let (context, listed) =
        if model.focus == Focus::Offers { (Context::Offers, focused) } else { (Context::Everywhere, &elsewhere[..]) };
    let listed = match width {
        ..70 => &listed[..2],
        70..90 => &listed[..listed.len().min(4)],
        _ => listed,
    };
    let named = listed.iter().filter_map(|(action, word)| Some((*action, model.keymap.key(context, *action)?, *word)));
    named
        .zip(["yes", "no"].into_iter().chain(std::iter::repeat("")))
        .map(|((action, key, word), short)| {
            let word = if width < 50 { short } else { word };
            (action, [plain("  ", theme.plain), plain(key, theme.key), plain(format!(" {word}"), theme.plain)])
        })
        .collect()
}
