//! What we published, for whom, and who may have it how often.

use std::collections::{BTreeMap, VecDeque};
use std::path::PathBuf;
use std::time::{Duration, Instant, SystemTime};

use jid::{BareJid, Jid};

use super::too_many;
use crate::engine::amount;
use crate::engine::appointments::Promise;
use crate::engine::context::Context;
use crate::engine::event::Event;
use crate::engine::feature::IqRequest;
use crate::engine::{FileError, FileEvent, FileId, FileOrder, Partial};
use crate::xep::StreamId;
use crate::xep::si_file::File;
use crate::xep::sipub::{Published, read_start};
use crate::xep::stanza::{Message, MessageKind, StanzaError};

/// More than anybody publishes in an evening; the oldest makes room.
const MOST: usize = 64;

/// How often one contact may start something within [`STARTS_PERIOD`]: every file of a holiday, not a disk kept busy.
const MOST_STARTS: usize = 64;

/// How often all contacts together may.
const MOST_STARTS_OF_ALL: usize = 512;

const STARTS_PERIOD: Duration = Duration::from_mins(10);

/// Transfers count their files from one; the files that are only looked at have the other half of the numbers.
const FIRST_FILE: u64 = 1 << 63;

/// A file that can be asked for.
#[derive(Debug)]
struct Publication {
    id: String,
    path: PathBuf,
    name: String,
    /// For whom; any contact if for nobody in particular.
    to: Option<BareJid>,
}

impl Publication {
    fn is_for(&self, who: &BareJid, cx: &Context) -> bool {
        self.to.as_ref().map_or_else(|| cx.is_known(&who.clone().into()), |to| to == who)
    }
}

/// Everything that is published.
#[derive(Debug, Default)]
pub(super) struct Publications {
    opened: u64,
    /// Files that are looked at, to say how long they are.
    opening: BTreeMap<FileId, (Option<BareJid>, PathBuf)>,
    listed: VecDeque<Publication>,
    starts: VecDeque<(Instant, BareJid)>,
}

impl Publications {
    /// Has a look at the file before it is published.
    pub(super) fn open(&mut self, to: Option<BareJid>, path: PathBuf, cx: &mut Context) {
        let file = FileId(FIRST_FILE + self.opened);
        self.opened += 1;
        cx.file(file, FileOrder::Open { path: path.clone() });
        self.opening.insert(file, (to, path));
    }

    /// What the look at a file has found.
    pub(super) fn file(&mut self, file: FileId, event: FileEvent, cx: &mut Context) -> Option<FileEvent> {
        let Some((to, path)) = self.opening.remove(&file) else { return Some(event) };
        cx.file(file, FileOrder::Close { partial: Partial::Keep });
        let shown = path.display();
        match event {
            FileEvent::Opened { size, modified } => self.publish(to, path, size, modified, cx),
            FileEvent::Failed(FileError::Unreadable(why)) => {
                cx.emit(Event::Notice(format!("{shown} cannot be published: {why}")));
            }
            FileEvent::Packed(_) => {
                cx.emit(Event::Notice(format!("{shown} cannot be published: it is a folder; /send offers those")));
            }
            FileEvent::Failed(_)
            | FileEvent::Block { .. }
            | FileEvent::Created { .. }
            | FileEvent::Reopened { .. }
            | FileEvent::Written { .. }
            | FileEvent::Found { .. }
            | FileEvent::Fetched(_)
            | FileEvent::Unpacking { .. }
            | FileEvent::Renamed { .. }
            | FileEvent::Committed { .. }
            | FileEvent::Digested(_) => {}
        }
        None
    }

    fn publish(&mut self, to: Option<BareJid>, path: PathBuf, size: u64, date: Option<SystemTime>, cx: &mut Context) {
        let Some(me) = cx.me().cloned() else { return };
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let published = Published {
            owner: Some(me.clone().into()),
            id: cx.fresh_id(),
            mime_type: mime_guess::from_path(&path).first_raw().map(str::to_owned),
            file: File { name: Some(name.clone()), size: Some(size), date, ..File::default() },
        };
        let uri = published.write_uri(&me.into());
        if let Some(to) = &to {
            announce(to, &published, &format!("{name} ({}) can be fetched: {uri}", amount::bytes(size)), cx);
        }
        if self.listed.len() >= MOST
            && let Some(oldest) = self.listed.pop_front()
        {
            cx.emit(Event::Notice(format!("{} is published no longer: {MOST} newer files are", oldest.name)));
        }
        cx.emit(Event::Published { to: to.clone(), name: name.clone(), uri });
        self.listed.push_back(Publication { id: published.id, path, name, to });
    }

    /// Somebody asks for something: what they will be offered, or why nothing. Who is a stranger to everything learns
    /// nothing about what is there.
    pub(super) fn start(&mut self, request: &IqRequest, cx: &mut Context) -> Result<Promise, Box<StanzaError>> {
        let refuse = |condition| Box::new(StanzaError::new(condition));
        let from = request.from.as_ref().and_then(|from| from.try_as_full().ok());
        let to = from.cloned().ok_or_else(|| refuse("forbidden"))?;
        let who = to.to_bare();
        let is_stranger = !cx.is_known(&who.clone().into());
        if is_stranger && !self.listed.iter().any(|publication| publication.is_for(&who, cx)) {
            return Err(refuse("forbidden"));
        }
        let id = read_start(&request.payload).map_err(|_| refuse("bad-request"))?;
        let found = self.listed.iter().find(|publication| publication.id == id);
        let publication = found.ok_or_else(|| refuse("not-acceptable"))?;
        if !publication.is_for(&who, cx) {
            return Err(refuse("forbidden"));
        }
        let path = publication.path.clone();
        if !self.allows_another(who, cx.now().instant) {
            return Err(Box::new(too_many()));
        }
        Ok(Promise { to, path, sid: StreamId(cx.fresh_id()) })
    }

    fn allows_another(&mut self, who: BareJid, now: Instant) -> bool {
        while self.starts.front().is_some_and(|(at, _)| *at + STARTS_PERIOD <= now) {
            self.starts.pop_front();
        }
        let of_one = self.starts.iter().filter(|(_, other)| *other == who).count();
        let is_allowed = of_one < MOST_STARTS && self.starts.len() < MOST_STARTS_OF_ALL;
        if is_allowed {
            self.starts.push_back((now, who));
        }
        is_allowed
    }
}

/// Says so to somebody; in words too, for programs that know nothing of it.
fn announce(to: &BareJid, published: &Published, words: &str, cx: &mut Context) {
    let message = Message {
        to: Some(Jid::from(to.clone())),
        id: Some(cx.fresh_id()),
        kind: MessageKind::Chat,
        body: Some(words.to_owned()),
        payloads: vec![published.write()],
        ..Message::default()
    };
    cx.send_message(&message);
}
