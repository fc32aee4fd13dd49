//! The first run: two questions, and how it goes, in words. Where the address does not lead to a server, a third.

use jid::{BareJid, DomainPart, DomainRef};
use ratatui::style::Style;
use ratatui::text::Line;

use super::{Drawing, Hint, confirm as go_on, dismiss};
use crate::engine::event::{SessionEvent, StopReason};
use crate::store::account::{HostPort, NoHostPort, Secret};
use crate::tui::effect::{Effect, Effects, NewAccount};
use crate::tui::keymap::{Action, Context};
use crate::tui::layers::{self, Layer};
use crate::tui::model::{AccountId, Model};
use crate::tui::widget::editor::Editor;
use crate::tui::widget::line::plain;
use crate::tui::widget::text;

/// How wide the names of the fields are, with a gap.
const LABEL: usize = 10;

/// The same, with the server among them.
const LONG_LABEL: usize = 20;

/// The answers, and how far it is.
#[derive(Debug, Default)]
pub(crate) struct Setup {
    address: Editor,
    password: Editor,
    /// Where the server is; asked once the address does not lead there.
    server: Option<Editor>,
    field: Field,
    stage: Stage,
    /// The account made of an earlier try.
    account: Option<AccountId>,
    accepted: Option<Accepted>,
    purpose: Purpose,
}

/// A certificate that the user accepted in this dialog, for the server that showed it and no other.
#[derive(Debug)]
struct Accepted {
    domain: DomainPart,
    server: Option<HostPort>,
    fingerprint: String,
}

/// What the account is for.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Purpose {
    /// Without it there is none.
    #[default]
    First,
    /// There are others.
    Further,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Field {
    #[default]
    Address,
    Password,
    Server,
}

#[derive(Debug, Default, PartialEq, Eq)]
enum Stage {
    #[default]
    Asking,
    /// It did not work, and why.
    Again(String),
    /// The server does not let that password in, or nobody, and why.
    Refused(String),
    /// The answers are being tried.
    Trying(String),
    /// The server's certificate is unknown; the user decides.
    Certificate { why: String, fingerprint: String },
    /// It is another one than the user accepted.
    OtherCertificate { fingerprint: String },
}

impl Stage {
    /// Whether the fields wait for answers.
    fn is_asking(&self) -> bool {
        match self {
            Stage::Asking | Stage::Again(_) | Stage::Refused(_) => true,
            Stage::Trying(_) | Stage::Certificate { .. } | Stage::OtherCertificate { .. } => false,
        }
    }
}

impl Setup {
    /// For one more account, perhaps of that address.
    pub(crate) fn further(address: &str) -> Self {
        let mut setup = Setup { purpose: Purpose::Further, ..Setup::default() };
        if !address.is_empty() {
            setup.address.insert(address);
            setup.field = Field::Password;
        }
        setup
    }

    /// The field that text goes into.
    pub(crate) fn field(&mut self) -> Option<&mut Editor> {
        if !self.stage.is_asking() {
            return None;
        }
        match self.field {
            Field::Address => Some(&mut self.address),
            Field::Password => Some(&mut self.password),
            Field::Server => self.server.as_mut(),
        }
    }

    /// Whose keys answer it. What Enter must not do by habit has keys of its own.
    pub(crate) fn contexts(&self) -> &'static [Context] {
        match self.stage {
            Stage::Certificate { .. } | Stage::OtherCertificate { .. } => &[Context::Alarm],
            Stage::Asking | Stage::Again(_) | Stage::Refused(_) | Stage::Trying(_) => {
                &[Context::Dialog, Context::Editing]
            }
        }
    }

    /// Whether that is the account which the answers are tried with.
    pub(crate) fn tries(&self, account: AccountId) -> bool {
        self.account == Some(account)
    }

    /// The certificate that the user accepted for the server at that place.
    fn accepted(&self, domain: &DomainRef, server: Option<&HostPort>) -> Option<String> {
        let is_there = |accepted: &&Accepted| *accepted.domain == *domain && accepted.server.as_ref() == server;
        self.accepted.as_ref().filter(is_there).map(|accepted| accepted.fingerprint.clone())
    }

    /// The field so many further down, or up; after the last comes the first.
    fn neighbour(&self, by: isize) -> Field {
        let fields = [Field::Address, Field::Password, Field::Server];
        let count = if self.server.is_some() { 3 } else { 2 };
        let here = fields.iter().position(|field| *field == self.field).unwrap_or(0);
        let there = here.checked_add_signed(by).unwrap_or(count - 1) % count;
        fields[there]
    }

    /// Where the user says that the server is; nothing, where the domain is to say it.
    fn place(&self) -> Result<Option<HostPort>, NoHostPort> {
        let typed = self.server.as_ref().map(|server| server.text().trim()).filter(|typed| !typed.is_empty());
        typed.map(str::parse).transpose()
    }

    pub(crate) fn started(&mut self, account: AccountId) {
        self.account = Some(account);
    }

    pub(crate) fn failed(&mut self, why: String) {
        self.stage = Stage::Again(why);
    }

    /// Follows the session; `true` once it is online.
    pub(crate) fn progress(&mut self, account: AccountId, change: &SessionEvent) -> bool {
        if !self.tries(account) {
            return false;
        }
        if self.stage.is_asking() {
            // It is tried again in the background as well.
            return matches!(change, SessionEvent::Online { .. });
        }
        self.stage = match change {
            SessionEvent::Online { .. } => return true,
            SessionEvent::Connecting => Stage::Trying("connecting…".to_owned()),
            SessionEvent::Offline { why, .. } => {
                self.server.get_or_insert_default();
                self.field = Field::Server;
                Stage::Again(why.clone())
            }
            SessionEvent::Stopped { why: StopReason::Certificate { why, fingerprint } } => {
                Stage::Certificate { why: why.clone(), fingerprint: fingerprint.clone() }
            }
            SessionEvent::Stopped { why: StopReason::CertificateChanged { shown, .. } } => {
                Stage::OtherCertificate { fingerprint: shown.clone() }
            }
            SessionEvent::Stopped { why: StopReason::Login(why) } => {
                self.field = Field::Password;
                Stage::Refused(why.clone())
            }
            SessionEvent::Stopped { why } => Stage::Again(why.to_string()),
        };
        false
    }
}

pub(crate) fn act(model: &mut Model, action: Action) -> Effects {
    let Some(Layer::Setup(setup)) = model.layers.last_mut() else { return Effects::new() };
    let asking = setup.stage.is_asking();
    if action == Action::Confirm {
        return confirm(model);
    }
    if action == Action::Dismiss {
        if asking {
            return match setup.purpose {
                Purpose::First => vec![Effect::Quit],
                Purpose::Further => give_up(model),
            };
        }
        setup.stage = Stage::Asking;
        return forget(model);
    }
    if matches!(action, Action::NextField | Action::Up | Action::Down) {
        setup.field = setup.neighbour(if action == Action::Up { -1 } else { 1 });
        return Effects::new();
    }
    layers::edit(model, action)
}

/// Leaves nothing of what was tried.
fn give_up(model: &mut Model) -> Effects {
    let mut effects = forget(model);
    effects.extend(layers::close(model));
    effects
}

/// Ends the client of an earlier try.
fn forget(model: &mut Model) -> Effects {
    let Some(Layer::Setup(setup)) = model.layers.last_mut() else { return Effects::new() };
    let Some(account) = setup.account.take() else { return Effects::new() };
    model.drop_account(account);
    vec![Effect::Forget(account)]
}

fn confirm(model: &mut Model) -> Effects {
    let Some(Layer::Setup(setup)) = model.layers.last_mut() else { return Effects::new() };
    let accepts = match &setup.stage {
        Stage::Trying(_) => return Effects::new(),
        Stage::Certificate { fingerprint, .. } | Stage::OtherCertificate { fingerprint } => Some(fingerprint.clone()),
        Stage::Asking | Stage::Again(_) | Stage::Refused(_) => None,
    };
    if setup.field == Field::Address && setup.password.is_empty() && accepts.is_none() {
        setup.field = Field::Password;
        return Effects::new();
    }
    let jid = match BareJid::new(setup.address.text().trim()) {
        Ok(jid) if jid.node().is_some() => jid,
        Ok(_) | Err(_) => {
            setup.field = Field::Address;
            setup.stage = Stage::Again("That is no address like juliet@capulet.lit".to_owned());
            return Effects::new();
        }
    };
    if setup.password.is_empty() {
        setup.field = Field::Password;
        setup.stage = Stage::Again("A password is needed".to_owned());
        return Effects::new();
    }
    let server = match setup.place() {
        Ok(server) => server,
        Err(why) => {
            setup.field = Field::Server;
            setup.stage = Stage::Again(why.to_string());
            return Effects::new();
        }
    };
    if let Some(fingerprint) = accepts {
        let domain = jid.domain().to_owned();
        setup.accepted = Some(Accepted { domain, server: server.clone(), fingerprint });
    }
    let pin = setup.accepted(jid.domain(), server.as_ref());
    let place = server.as_ref().map_or_else(|| jid.domain().to_string(), |server| server.host.clone());
    setup.stage = Stage::Trying(format!("looking for {place}…"));
    let account = NewAccount { jid, password: Secret::new(setup.password.text()), server, pin };
    let mut effects = forget(model);
    effects.push(Effect::SetUp(account));
    effects
}

pub(crate) fn drawing(model: &Model, setup: &Setup) -> Drawing {
    let width = super::width(model);
    let mut lines = Vec::new();
    let mut cursor = None;
    if !matches!(setup.stage, Stage::Certificate { .. } | Stage::OtherCertificate { .. }) {
        let asks = match setup.purpose {
            Purpose::First => "Welcome to Balcony. Which account do you have?",
            Purpose::Further => "Which account do you have besides?",
        };
        lines.extend(text::wrap(asks, width).into_iter().map(Line::from));
        lines.push(Line::default());
        cursor = fields(model, setup, &mut lines);
        lines.push(Line::default());
    }
    let (says, keys, style) = stage(model, setup);
    lines.extend(text::wrap(&text::visible(&says), width).into_iter().map(|line| Line::from(plain(line, style))));
    let title = match setup.purpose {
        Purpose::First => "First steps",
        Purpose::Further => "Another account",
    };
    Drawing { title: title.to_owned(), lines, scroll: 0, cursor, keys }
}

/// Draws the answers; says where the cursor is.
fn fields(model: &Model, setup: &Setup, lines: &mut Vec<Line<'static>>) -> Option<(usize, usize)> {
    let theme = &model.look.theme;
    let label = if setup.server.is_some() { LONG_LABEL } else { LABEL };
    let room = super::width(model).saturating_sub(label).max(4);
    let asking = setup.stage.is_asking();
    let mut cursor = None;
    let server = setup.server.as_ref().map(|server| (Field::Server, "Server (host:port)", server.drawn(room)));
    let asked = [
        (Field::Address, "Address", setup.address.drawn(room)),
        (Field::Password, "Password", setup.password.masked(room, model.look.symbols.mask)),
    ];
    for (field, name, drawn) in asked.into_iter().chain(server) {
        if setup.field == field && asking {
            cursor = Some((lines.len() + drawn.cursor.0, label + drawn.cursor.1));
        }
        for (index, row) in drawn.rows.into_iter().enumerate() {
            let head = text::pad(if index == 0 { name } else { "" }, label, "");
            lines.push(Line::from(vec![plain(head, theme.dim), plain(row, theme.strong)]));
        }
    }
    cursor
}

/// How far it is, and the keys that go on from there.
fn stage(model: &Model, setup: &Setup) -> (String, Vec<Hint>, Style) {
    let theme = &model.look.theme;
    let leaves = match setup.purpose {
        Purpose::First => "quits",
        Purpose::Further => "back",
    };
    let other_field = (Context::Dialog, Action::NextField, "other field");
    match &setup.stage {
        Stage::Asking => {
            let says = "Nobody is contacted but the server of that address.";
            (says.to_owned(), vec![go_on("goes on"), other_field, dismiss(leaves)], theme.dim)
        }
        Stage::Again(why) => (why.clone(), vec![go_on("tries again"), other_field, dismiss(leaves)], theme.bad),
        Stage::Refused(why) => {
            let empties = model.keymap.key(Context::Editing, Action::KillToStart).unwrap_or_default();
            let says = format!("login failed: {why}. {empties} empties the field for another one.");
            (says, vec![go_on("tries again"), other_field, dismiss(leaves)], theme.bad)
        }
        Stage::Trying(doing) => (model.look.symbols.spell(doing), vec![dismiss("back")], theme.busy),
        Stage::Certificate { why, fingerprint } => {
            let says = format!(
                "The server's certificate is not known: {why}. Its fingerprint is {fingerprint}. Accept exactly this \
                 one, now and later?"
            );
            (says, accepting("accepts it"), theme.bad)
        }
        Stage::OtherCertificate { fingerprint } => {
            let says = format!(
                "The server does not show the certificate that you accepted. Either there are several of it, or \
                 somebody stands between you and the server, and would read your password and all that you write. The \
                 fingerprint of this one is {fingerprint}. Accept it only if whoever runs the server knows it."
            );
            (says, accepting("accepts this one"), theme.bad)
        }
    }
}

fn accepting(what: &'static str) -> Vec<Hint> {
    vec![(Context::Alarm, Action::Confirm, what), (Context::Alarm, Action::Dismiss, "back")]
}
