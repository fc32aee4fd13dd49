//! Whose turn it is: how many files move at a time, which wait, which the user paused.
//!
//! # Theory of operation
//!
//! A transfer of ours waits at the door, before anybody is asked, while as many others are on their way to the same person
//! as may move at a time: nobody is shown twenty offers at once, and who is away holds up nobody else. Once bytes can
//! move, by whatever stream and in whichever direction, it waits for one of the places that the account has. It keeps
//! its stream meanwhile: its file is [held](crate::engine::FileOrder::Hold), which no peer notices but by the speed. Higher
//! priority goes first, then whoever was there earlier; a paused transfer takes no place.
//!
//! What they notice is told to them as well, where they understand it: that it is paused here, or waits for others.
//!
//! Nothing here acts. [`Queue::arrange`] is told where every transfer stands and says what has to change.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use jid::BareJid;

use crate::engine::command::{Priority, TransferId};
use crate::engine::event::{TheirTurn, Turn};

/// Where a transfer stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Stage {
    /// Nobody was asked yet.
    AtTheDoor(BareJid),
    /// Neither at the door nor moving; with the one it is sent to.
    Between(Option<BareJid>),
    /// Its stream is there, or is being made.
    Moving(Option<BareJid>),
}

/// What has to change about a transfer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Change {
    /// It begins.
    Begin,
    /// Its file is held.
    Hold,
    /// Its file is held no longer.
    Release,
    /// The user is told.
    Tell(Turn, Priority),
    /// The other side is told.
    TellThem(TheirTurn),
}

/// Everybody's place.
#[derive(Debug, Default)]
pub(crate) struct Queue {
    tickets: BTreeMap<TransferId, Ticket>,
    moved: u64,
}

/// What the user wants of a transfer's turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Preference {
    /// It waits until the user lets it go on.
    pub(crate) is_paused: bool,
    /// Before whom it goes.
    pub(crate) priority: Priority,
}

#[derive(Debug)]
struct Ticket {
    stage: Stage,
    wanted: Preference,
    /// Counts those that came to move before it.
    since: u64,
    hold: Hold,
    told: (Turn, Priority),
    told_them: TheirTurn,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hold {
    Free,
    Held,
}

impl Ticket {
    fn new(stage: Stage) -> Self {
        let told = (Turn::Now, Priority::Normal);
        let told_them = TheirTurn::Now;
        Ticket { stage, wanted: Preference::default(), since: 0, hold: Hold::Free, told, told_them }
    }
}

impl Queue {
    /// The user stops that transfer for a while.
    pub(crate) fn pause(&mut self, id: TransferId) {
        self.with(id, |wanted| wanted.is_paused = true);
    }

    /// The user lets it go on.
    pub(crate) fn go_on(&mut self, id: TransferId) {
        self.with(id, |wanted| wanted.is_paused = false);
    }

    /// The user moves it in the queue.
    pub(crate) fn prefer(&mut self, id: TransferId, priority: Priority) {
        self.with(id, |wanted| wanted.priority = priority);
    }

    /// It has not been here before, and that is wanted of it.
    pub(crate) fn enter(&mut self, id: TransferId, stage: Stage, wanted: Preference) {
        self.tickets.insert(id, Ticket { wanted, ..Ticket::new(stage) });
    }

    /// What is wanted of that transfer's turn.
    pub(crate) fn wanted(&self, id: TransferId) -> Preference {
        self.tickets.get(&id).map_or_else(Preference::default, |ticket| ticket.wanted)
    }

    /// What the other sides were told last, where that is not what they would think by themselves.
    pub(crate) fn told_them(&self) -> impl Iterator<Item = (TransferId, TheirTurn)> {
        let held = self.tickets.iter().filter(|(_, ticket)| ticket.told_them != TheirTurn::Now);
        held.map(|(id, ticket)| (*id, ticket.told_them))
    }

    fn with(&mut self, id: TransferId, change: impl FnOnce(&mut Preference)) {
        if let Some(ticket) = self.tickets.get_mut(&id) {
            change(&mut ticket.wanted);
        }
    }

    /// Takes in where every transfer stands; those that are not named are over. Says what has to change, if `most` may
    /// move at a time.
    pub(crate) fn arrange(&mut self, stages: BTreeMap<TransferId, Stage>, most: usize) -> Vec<(TransferId, Change)> {
        self.tickets.retain(|id, _| stages.contains_key(id));
        for (id, stage) in stages {
            let ticket = self.tickets.entry(id).or_insert_with(|| Ticket::new(stage.clone()));
            let comes_to_move = matches!(stage, Stage::Moving(_)) && !matches!(ticket.stage, Stage::Moving(_));
            if comes_to_move || ticket.since == 0 {
                self.moved += 1;
                ticket.since = self.moved;
            }
            ticket.stage = stage;
        }
        let turns = self.turns(most);
        turns.into_iter().flat_map(|(id, turn)| self.follow(id, turn)).collect()
    }

    fn turns(&self, most: usize) -> Vec<(TransferId, Turn)> {
        let mut order: Vec<(&TransferId, &Ticket)> = self.tickets.iter().collect();
        order.sort_by_key(|(id, ticket)| {
            let is_at_the_door = matches!(ticket.stage, Stage::AtTheDoor(_));
            (is_at_the_door, Reverse(ticket.wanted.priority), ticket.since, **id)
        });
        let mut on_the_way = self.on_the_way();
        let (mut moving, mut waiting) = (0, 0);
        let turn = |(id, ticket): (&TransferId, &Ticket)| {
            if ticket.wanted.is_paused {
                return (*id, Turn::Paused);
            }
            let goes = match &ticket.stage {
                Stage::Between(_) => true,
                Stage::Moving(_) => take(&mut moving, most),
                Stage::AtTheDoor(to) => take(on_the_way.entry(to.clone()).or_default(), most),
            };
            if goes {
                return (*id, Turn::Now);
            }
            waiting += 1;
            (*id, Turn::Waits { place: waiting })
        };
        order.into_iter().map(turn).collect()
    }

    /// How many are on their way to whom.
    fn on_the_way(&self) -> BTreeMap<BareJid, usize> {
        let mut count = BTreeMap::new();
        for ticket in self.tickets.values() {
            if let Stage::Between(Some(to)) | Stage::Moving(Some(to)) = &ticket.stage {
                *count.entry(to.clone()).or_default() += 1;
            }
        }
        count
    }

    fn follow(&mut self, id: TransferId, turn: Turn) -> Vec<(TransferId, Change)> {
        let Some(ticket) = self.tickets.get_mut(&id) else { return Vec::new() };
        let mut changes = Vec::new();
        let is_moving = matches!(ticket.stage, Stage::Moving(_));
        let hold = if is_moving && turn != Turn::Now { Hold::Held } else { Hold::Free };
        match (ticket.hold, hold) {
            (Hold::Free, Hold::Held) => changes.push(Change::Hold),
            (Hold::Held, Hold::Free) => changes.push(Change::Release),
            (Hold::Free, Hold::Free) | (Hold::Held, Hold::Held) => {}
        }
        ticket.hold = hold;
        let for_them = match (hold, turn) {
            (Hold::Free, _) => TheirTurn::Now,
            (Hold::Held, Turn::Paused) => TheirTurn::Paused,
            (Hold::Held, Turn::Waits { .. } | Turn::Now) => TheirTurn::Waits,
        };
        if ticket.told_them != for_them {
            ticket.told_them = for_them;
            changes.push(Change::TellThem(for_them));
        }
        let news = (turn, ticket.wanted.priority);
        if ticket.told != news {
            ticket.told = news;
            changes.push(Change::Tell(turn, ticket.wanted.priority));
        }
        if turn == Turn::Now && matches!(ticket.stage, Stage::AtTheDoor(_)) {
            changes.push(Change::Begin);
        }
        changes.into_iter().map(|change| (id, change)).collect()
    }
}

/// Takes one of `most` places, if one is free.
fn take(taken: &mut usize, most: usize) -> bool {
    let goes = *taken < most;
    *taken += usize::from(goes);
    goes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn romeo() -> BareJid {
        BareJid::new("romeo@montague.lit").unwrap()
    }

    fn nurse() -> BareJid {
        BareJid::new("nurse@capulet.lit").unwrap()
    }

    fn moving() -> Stage {
        Stage::Moving(None)
    }

    /// What changes for transfers 0, 1, 2…, of which two may move at a time.
    fn arrange(queue: &mut Queue, stages: &[Stage]) -> Vec<(u64, Change)> {
        let stages = stages.iter().enumerate().map(|(id, stage)| (TransferId(id as u64), stage.clone()));
        queue.arrange(stages.collect(), 2).into_iter().map(|(id, change)| (id.0, change)).collect()
    }

    fn tell(turn: Turn) -> Change {
        Change::Tell(turn, Priority::Normal)
    }

    fn waits(place: usize) -> Change {
        tell(Turn::Waits { place })
    }

    #[test]
    fn as_many_move_as_may_and_the_next_in_line_follows() {
        let mut queue = Queue::default();
        assert_eq!(arrange(&mut queue, &[moving(), moving()]), []);
        assert_eq!(
            arrange(&mut queue, &[moving(), moving(), moving(), moving()]),
            [
                (2, Change::Hold),
                (2, Change::TellThem(TheirTurn::Waits)),
                (2, waits(1)),
                (3, Change::Hold),
                (3, Change::TellThem(TheirTurn::Waits)),
                (3, waits(2)),
            ]
        );
        let after = [moving(), Stage::Between(None), moving(), moving()];
        let goes_on = Change::TellThem(TheirTurn::Now);
        assert_eq!(
            arrange(&mut queue, &after),
            [(2, Change::Release), (2, goes_on), (2, tell(Turn::Now)), (3, waits(1))]
        );
        assert_eq!(arrange(&mut queue, &after), [], "what was told is not told again");
    }

    #[test]
    fn a_paused_transfer_gives_its_place_away_and_waits_for_another_when_it_goes_on() {
        let mut queue = Queue::default();
        let three = [moving(), moving(), moving()];
        arrange(&mut queue, &three);
        queue.pause(TransferId(0));
        let changes = arrange(&mut queue, &three);
        assert!(changes.contains(&(0, Change::Hold)) && changes.contains(&(0, tell(Turn::Paused))));
        assert!(changes.contains(&(2, Change::Release)));
        queue.go_on(TransferId(0));
        let changes = arrange(&mut queue, &three);
        assert!(changes.contains(&(0, Change::Release)) && changes.contains(&(2, waits(1))), "it came first");
    }

    #[test]
    fn higher_priority_goes_first_and_lower_gives_way() {
        let mut queue = Queue::default();
        let three = [moving(), moving(), moving()];
        arrange(&mut queue, &three);
        queue.prefer(TransferId(2), Priority::High);
        assert_eq!(
            arrange(&mut queue, &three),
            [
                (2, Change::Release),
                (2, Change::TellThem(TheirTurn::Now)),
                (2, Change::Tell(Turn::Now, Priority::High)),
                (1, Change::Hold),
                (1, Change::TellThem(TheirTurn::Waits)),
                (1, waits(1)),
            ]
        );
        queue.prefer(TransferId(0), Priority::Low);
        let changes = arrange(&mut queue, &three);
        assert!(changes.contains(&(1, Change::Release)) && changes.contains(&(0, Change::Hold)));
    }

    #[test]
    fn nobody_is_asked_for_more_at_a_time_than_may_move_and_nobody_waits_for_somebody_else() {
        let mut queue = Queue::default();
        let door = Stage::AtTheDoor(romeo());
        let asked = Stage::Between(Some(romeo()));
        let changes = arrange(&mut queue, &[door.clone(), door.clone(), door.clone(), Stage::AtTheDoor(nurse())]);
        assert_eq!(changes, [(0, Change::Begin), (1, Change::Begin), (2, waits(1)), (3, Change::Begin)]);
        let later = [asked.clone(), asked.clone(), door.clone()];
        assert_eq!(arrange(&mut queue, &later), []);
        let stages = BTreeMap::from([(TransferId(1), asked), (TransferId(2), door)]);
        assert_eq!(queue.arrange(stages, 2), [(TransferId(2), tell(Turn::Now)), (TransferId(2), Change::Begin)]);
    }

    #[test]
    fn what_is_paused_at_the_door_stays_there_and_before_it_moves_is_told() {
        let mut queue = Queue::default();
        let stages = [Stage::Between(None), Stage::AtTheDoor(romeo())];
        arrange(&mut queue, &stages);
        queue.pause(TransferId(0));
        queue.pause(TransferId(1));
        assert_eq!(arrange(&mut queue, &stages), [(0, tell(Turn::Paused)), (1, tell(Turn::Paused))]);
        let paused = [(0, Change::Hold), (0, Change::TellThem(TheirTurn::Paused))];
        assert_eq!(arrange(&mut queue, &[moving(), Stage::AtTheDoor(romeo())]), paused);
    }
}
