//! What others published, as far as they told us: a numbered list to start from.

use std::collections::VecDeque;

use jid::{BareJid, Jid};

use crate::engine::command::Wanted;
use crate::engine::context::Context;
use crate::engine::event::{Announcement, Event};
use crate::engine::sentence::choices;
use crate::engine::transfer::safe_name;
use crate::xep::ns;
use crate::xep::sipub::{Published, find_uris};
use crate::xep::stanza::{Message, MessageKind};

/// How many are remembered; more than anybody scrolls back to. The URI of an older one can still be typed.
const MOST: usize = 256;

/// How many one message can announce: a person sends a handful.
const MOST_IN_ONE: usize = 8;

/// What we ask somebody for.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Asked {
    /// Whom.
    pub(super) owner: Jid,
    /// What for.
    pub(super) id: String,
    /// Its name, made safe.
    pub(super) name: Option<String>,
    /// In bytes.
    pub(super) size: Option<u64>,
}

impl Asked {
    fn new(owner: Jid, published: Published) -> Self {
        let name = published.file.name.as_deref().map(safe_name);
        Asked { owner, id: published.id, name, size: published.file.size }
    }

    /// What it is called in sentences.
    pub(super) fn title(&self) -> &str {
        self.name.as_deref().unwrap_or("the file")
    }
}

/// The list.
#[derive(Debug, Default)]
pub(super) struct Announced {
    count: u64,
    listed: VecDeque<(u64, Asked)>,
    untold: Vec<Announcement>,
}

impl Announced {
    /// Takes note of what a message announces.
    pub(super) fn read(&mut self, message: &Message, cx: &Context) {
        let Some(from) = message.from.as_ref().filter(|from| cx.is_known(from)) else { return };
        if !matches!(message.kind, MessageKind::Chat | MessageKind::Normal) {
            return;
        }
        let elements = message.payloads.iter().filter(|payload| payload.is("sipub", ns::SIPUB));
        let uris = message.body.iter().flat_map(|body| find_uris(body));
        let published = elements.map(Published::read).chain(uris.map(Published::read_uri));
        for published in published.filter_map(Result::ok).take(MOST_IN_ONE) {
            let owner = published.owner.clone().unwrap_or_else(|| from.clone());
            if owner.to_bare() == from.to_bare() {
                self.add(Asked::new(owner, published));
            }
        }
    }

    fn add(&mut self, asked: Asked) {
        let is_same =
            |(_, known): &(u64, Asked)| known.id == asked.id && known.owner.to_bare() == asked.owner.to_bare();
        if self.listed.iter().any(is_same) {
            return;
        }
        self.count += 1;
        self.untold.push(Announcement {
            number: self.count,
            owner: asked.owner.clone(),
            name: asked.name.clone(),
            size: asked.size,
        });
        self.listed.push_back((self.count, asked));
        if self.listed.len() > MOST {
            self.listed.pop_front();
        }
    }

    /// Tells the user what is new.
    pub(super) fn tell(&mut self, cx: &mut Context) {
        for announcement in self.untold.drain(..) {
            cx.emit(Event::Announced(announcement));
        }
    }

    fn choices(&self) -> String {
        let told = |(number, asked): &(u64, Asked)| (*number, format!("{} ({})", asked.title(), asked.owner.to_bare()));
        choices(self.listed.iter().map(told))
    }

    /// What the user means, and which of its owner's programs to ask; or why there is nobody to ask.
    pub(super) fn find(&self, wanted: &Wanted, cx: &Context) -> Result<Asked, String> {
        let asked = match wanted {
            Wanted::Only => match self.listed.as_slices() {
                ([(_, only)], []) | ([], [(_, only)]) => only.clone(),
                ([], []) => return Err("nobody has announced a file; xmpp:…?recvfile;sid=… names one".to_owned()),
                _ => return Err(format!("several files were announced: name the number of one{}", self.choices())),
            },
            Wanted::Number(number) => {
                let found = self.listed.iter().find(|(known, _)| known == number);
                let nothing = || format!("no file of number {number} was announced{}", self.choices());
                found.map(|(_, asked)| asked.clone()).ok_or_else(nothing)?
            }
            Wanted::Uri(uri) => {
                let published = Published::read_uri(uri).map_err(|malformed| malformed.to_string())?;
                let owner = published.owner.clone().ok_or("the address names nobody")?;
                Asked::new(owner, published)
            }
        };
        Ok(Asked { owner: program_of(&asked.owner, cx)?, ..asked })
    }
}

/// A program can be asked, an account cannot: its server would answer.
fn program_of(owner: &Jid, cx: &Context) -> Result<Jid, String> {
    if owner.resource().is_some() {
        return Ok(owner.clone());
    }
    let bare: BareJid = owner.to_bare();
    let likeliest = cx.contacts.find(&bare).and_then(|contact| contact.resources.first());
    likeliest.map(|resource| resource.jid.clone().into()).ok_or_else(|| format!("{bare} is not there to be asked"))
}
