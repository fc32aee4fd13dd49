//! One player: what was heard, what is to be said, when. Plain state, told the time.
//!
//! What a player does is decided by the script; what comes of it (which methods are tried, what they die of) is decided
//! by the engines on both sides. Nothing about a transfer is played.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use jid::BareJid;

use super::script::{Line, Manner, PATIENCE, Part, Then};
use crate::engine::command::{ChatState, Command, SubscriptionAnswer};
use crate::engine::event::{Author, Direction, Event, TransferChange, TransferId};

/// How long anybody thinks before writing.
const THOUGHT: Duration = Duration::from_millis(600);

/// How long a character takes to write: a quick hand, so that a demo of a minute holds a conversation.
const PER_CHARACTER: Duration = Duration::from_millis(25);

/// The longest that anybody writes.
const LONGEST_WRITING: Duration = Duration::from_millis(2500);

/// How long anybody looks at an offer before deciding.
const LOOK: Duration = Duration::from_secs(1);

/// The most things that wait to be done; Juliet may talk faster than anybody can answer.
const MOST_DEEDS: usize = 64;

/// A player on stage.
pub(super) struct Player {
    part: &'static Part,
    juliet: BareJid,
    /// The file that the part offers.
    prop: Option<PathBuf>,
    script: &'static [Line],
    deeds: VecDeque<Deed>,
    resting_until: Instant,
    /// Since when the script waits for a decision.
    waiting_since: Option<Instant>,
    juliet_is_here: bool,
    second_act: bool,
    /// An offer to Juliet that she has not decided about.
    offer_is_open: bool,
    /// How many messages nothing in the script fitted.
    answered: usize,
}

/// Something that waits to be done.
enum Deed {
    Rest(Duration),
    Command(Command),
    BeginSecondAct,
}

/// What comes next.
#[derive(Debug, PartialEq)]
pub(super) enum Next {
    /// What a user could do, at once.
    Command(Command),
    /// Letting the others know that the second act begins.
    BeginSecondAct,
    /// Something, then.
    At(Instant),
    /// Nothing, until something happens.
    Nothing,
}

impl Player {
    pub(super) fn new(part: &'static Part, juliet: BareJid, prop: Option<PathBuf>, now: Instant) -> Self {
        Player {
            part,
            juliet,
            prop,
            script: part.lines,
            deeds: VecDeque::new(),
            resting_until: now,
            waiting_since: None,
            juliet_is_here: false,
            second_act: false,
            offer_is_open: false,
            answered: 0,
        }
    }

    /// The second act begins.
    pub(super) fn begin_second_act(&mut self) {
        self.second_act = true;
    }

    /// The client tells something.
    pub(super) fn hear(&mut self, event: &Event) {
        match event {
            Event::Contact(contact) if contact.jid == self.juliet => {
                self.juliet_is_here = !contact.resources.is_empty();
            }
            Event::Message(message) if matches!(message.author, Author::Contact(_)) => self.answer(&message.body),
            Event::SubscriptionRequest { from, .. } => {
                let answer = SubscriptionAnswer::Approve;
                self.command(Command::AnswerSubscription { contact: from.clone(), answer });
            }
            Event::Transfer { id, change } => self.follow(*id, change),
            Event::Contact(_)
            | Event::Message(_)
            | Event::Session(_)
            | Event::RosterComplete
            | Event::ContactRemoved(_)
            | Event::MessageSent { .. }
            | Event::Receipt { .. }
            | Event::Blocked(_)
            | Event::Card { .. }
            | Event::Program { .. }
            | Event::Amended(_)
            | Event::MessageFailed { .. }
            | Event::Conversations(_)
            | Event::History { .. }
            | Event::ReadElsewhere { .. }
            | Event::Archive(_)
            | Event::FoundInArchive { .. }
            | Event::HistoryAround { .. }
            | Event::Found { .. }
            | Event::ChatState { .. }
            | Event::Announced(_)
            | Event::Linked(_)
            | Event::Published { .. }
            | Event::Reachability(_)
            | Event::Login(_)
            | Event::Examined(_)
            | Event::Stanza { .. }
            | Event::Headline { .. }
            | Event::Notice(_) => {}
        }
    }

    /// What comes next. What was begun comes before what the script says.
    pub(super) fn next(&mut self, now: Instant) -> Next {
        loop {
            if now < self.resting_until {
                return Next::At(self.resting_until);
            }
            match self.deeds.pop_front() {
                Some(Deed::Rest(pause)) => self.resting_until = now + pause,
                Some(Deed::Command(command)) => return Next::Command(command),
                Some(Deed::BeginSecondAct) => return Next::BeginSecondAct,
                None => match self.script.split_first() {
                    None => return Next::Nothing,
                    Some((line, rest)) => match self.read(*line, now) {
                        Read::Done => self.script = rest,
                        Read::Waits(next) => return next,
                    },
                },
            }
        }
    }

    /// Does what a line of the script says, unless it is not the time.
    fn read(&mut self, line: Line, now: Instant) -> Read {
        match line {
            Line::AwaitJuliet if !self.juliet_is_here => return Read::Waits(Next::Nothing),
            Line::AwaitSecondAct if !self.second_act => return Read::Waits(Next::Nothing),
            Line::AwaitDecision if self.offer_is_open => {
                let until = *self.waiting_since.get_or_insert(now) + PATIENCE;
                if now < until {
                    return Read::Waits(Next::At(until));
                }
            }
            Line::AwaitJuliet | Line::AwaitSecondAct | Line::AwaitDecision => {}
            Line::Pause(pause) => self.deeds.push_back(Deed::Rest(pause)),
            Line::Say(words) => self.say(words),
            Line::Offer => self.offer(),
            Line::BeginSecondAct => self.deeds.push_back(Deed::BeginSecondAct),
            Line::AskToSee => {
                let (contact, name) = (self.juliet.clone(), None);
                self.command(Command::AddContact { contact, name, groups: Vec::new() });
            }
        }
        Read::Done
    }

    fn answer(&mut self, heard: &str) {
        let (words, then) = self.part.reply(heard, self.answered);
        self.answered += 1;
        if self.deeds.len() > MOST_DEEDS {
            return;
        }
        self.say(words);
        match then {
            Then::Offer => self.offer(),
            Then::Wait => {}
        }
    }

    /// A transfer with Juliet began, went on or ended.
    fn follow(&mut self, id: TransferId, change: &TransferChange) {
        match change {
            TransferChange::Offered(offer) if offer.direction == Direction::Receiving => {
                self.deeds.push_back(Deed::Rest(LOOK));
                self.command(match self.part.manner {
                    Manner::Accepts => Command::AcceptOffer { transfer: id, save_as: None },
                    Manner::Declines => Command::DeclineOffer { transfer: id },
                });
            }
            TransferChange::Answered { path: None, .. } => self.offer_is_open = false,
            TransferChange::Ended(outcome) => {
                self.offer_is_open = false;
                if let Some(words) = self.part.comment(outcome) {
                    self.say(words);
                }
            }
            TransferChange::Offered(_)
            | TransferChange::Answered { .. }
            | TransferChange::Attempt(_)
            | TransferChange::Remark(_)
            | TransferChange::Unplaced(_)
            | TransferChange::Kept(_)
            | TransferChange::Progress(_)
            | TransferChange::Turn { .. }
            | TransferChange::TheirTurn(_)
            | TransferChange::Finishing(_)
            | TransferChange::Interrupted(_) => {}
        }
    }

    /// Thinks, writes for as long as the words take, says them.
    fn say(&mut self, words: &'static str) {
        let characters = u32::try_from(words.chars().count()).unwrap_or(u32::MAX);
        let writing = PER_CHARACTER.saturating_mul(characters).min(LONGEST_WRITING);
        self.deeds.push_back(Deed::Rest(THOUGHT));
        self.command(Command::SetChatState { to: self.juliet.clone(), state: ChatState::Composing });
        self.deeds.push_back(Deed::Rest(writing));
        self.command(Command::SendMessage { to: self.juliet.clone().into(), body: words.to_owned() });
    }

    fn offer(&mut self) {
        let (Some(prop), Some(path)) = (self.part.prop, self.prop.clone()) else { return };
        self.offer_is_open = true;
        self.waiting_since = None;
        self.command(Command::OfferFile {
            to: self.juliet.clone().into(),
            path,
            description: Some(prop.description.to_owned()),
            via: Vec::new(),
        });
    }

    fn command(&mut self, command: Command) {
        self.deeds.push_back(Deed::Command(command));
    }
}

/// What became of a line.
enum Read {
    Done,
    Waits(Next),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::clock;
    use crate::demo::script::{CAST, JULIET};
    use crate::engine::command::Show;
    use crate::engine::event::{ChatMessage, Contact, Outcome, Resource, Side, Subscription};
    use crate::engine::history::Hints;
    use jid::FullJid;
    use std::time::SystemTime;

    /// A player with a clock that jumps to when something happens.
    struct Rehearsal {
        player: Player,
        start: Instant,
        now: Instant,
    }

    impl Rehearsal {
        fn of(name: &str) -> Self {
            let part = CAST.iter().find(|part| part.name == name).unwrap();
            let start = clock::now().instant;
            let prop = part.prop.map(|prop| PathBuf::from(prop.name));
            let player = Player::new(part, BareJid::new(JULIET).unwrap(), prop, start);
            Rehearsal { player, start, now: start }
        }

        fn juliet_enters(mut self) -> Self {
            let jid = FullJid::new("juliet@capulet.lit/balcony").unwrap();
            let there = Resource {
                jid,
                show: Show::Available,
                status: None,
                priority: 0,
                since: SystemTime::UNIX_EPOCH,
                idle_since: None,
                takes_files: Some(true),
            };
            self.player.hear(&Event::Contact(Contact {
                jid: BareJid::new(JULIET).unwrap(),
                name: None,
                groups: Vec::new(),
                subscription: Subscription::Both,
                asked: false,
                nick: None,
                last_seen: None,
                resources: vec![there],
            }));
            self
        }

        /// What is done until nothing is left or `until` seconds have passed, each with the second it is done in.
        fn until(&mut self, until: u64) -> Vec<(u64, String)> {
            let mut done = Vec::new();
            loop {
                match self.player.next(self.now) {
                    Next::Command(Command::SendMessage { .. }) => done.push((self.seconds(), "says".into())),
                    Next::Command(Command::SetChatState { .. }) => done.push((self.seconds(), "writes".into())),
                    Next::Command(Command::OfferFile { .. }) => done.push((self.seconds(), "offers".into())),
                    other @ (Next::Command(_) | Next::BeginSecondAct) => {
                        done.push((self.seconds(), format!("{other:?}")));
                    }
                    Next::At(then) if then <= self.start + Duration::from_secs(until) => self.now = then,
                    Next::At(_) | Next::Nothing => return done,
                }
            }
        }

        fn seconds(&self) -> u64 {
            (self.now - self.start).as_secs()
        }

        fn told(&mut self, change: TransferChange) {
            self.player.hear(&Event::Transfer { id: TransferId(1), change });
        }
    }

    fn words(done: &[(u64, String)]) -> Vec<&str> {
        done.iter().map(|(_, what)| what.as_str()).collect()
    }

    #[test]
    fn romeo_waits_for_juliet_and_has_offered_within_ten_seconds() {
        assert!(Rehearsal::of("Romeo").until(60).is_empty());
        let done = Rehearsal::of("Romeo").juliet_enters().until(60);
        assert_eq!(words(&done)[..5], ["writes", "says", "writes", "says", "offers"]);
        assert!(done[4].0 < 10, "{done:?}");
    }

    #[test]
    fn the_second_act_begins_when_juliet_has_decided_or_after_a_while() {
        let mut romeo = Rehearsal::of("Romeo").juliet_enters();
        assert_eq!(romeo.until(10).last().unwrap().1, "offers");
        romeo.told(TransferChange::Ended(Outcome::Declined { by: Side::Peer }));
        assert!(words(&romeo.until(15)).contains(&"BeginSecondAct"));

        let mut ignored = Rehearsal::of("Romeo").juliet_enters();
        let done = ignored.until(60);
        assert_eq!(done.last().unwrap().1, "BeginSecondAct");
        assert!((20..30).contains(&done.last().unwrap().0), "{done:?}");
    }

    #[test]
    fn the_nurse_comes_in_the_second_act() {
        let mut nurse = Rehearsal::of("Nurse").juliet_enters();
        assert!(nurse.until(60).is_empty());
        nurse.player.begin_second_act();
        assert_eq!(words(&nurse.until(60)), ["writes", "says", "offers"]);
    }

    #[test]
    fn an_answer_comes_also_while_the_script_waits() {
        let mut romeo = Rehearsal::of("Romeo").juliet_enters();
        romeo.until(10);
        let jid = jid::Jid::new("juliet@capulet.lit/balcony").unwrap();
        romeo.player.hear(&Event::Message(ChatMessage {
            with: BareJid::new(JULIET).unwrap(),
            author: Author::Contact(jid),
            id: None,
            body: "Good night".to_owned(),
            at: clock::now().wall,
            delayed: false,
            reply: None,
            hints: Hints::default(),
        }));
        assert_eq!(words(&romeo.until(15)), ["writes", "says"]);
    }

    #[test]
    fn the_friar_asks_before_he_speaks() {
        let mut friar = Rehearsal::of("Friar Laurence");
        friar.player.begin_second_act();
        let asked = friar.until(60);
        assert!(asked[0].1.contains("AddContact"), "{asked:?}");
        assert_eq!(asked.len(), 1);
        assert_eq!(words(&friar.juliet_enters().until(60)), ["writes", "says"]);
    }
}
