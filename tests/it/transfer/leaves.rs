//! What stays of files that do not arrive, and of the streams by which they were to, is bounded.

use balcony::engine::command::{Command, TransferId};
use balcony::engine::event::{Event, Outcome, TransferChange};
use balcony::engine::{Digest, Digests, FileEvent, FileId, FileOrder, Input, Output, Partial};
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;

use crate::support::engine::Subject;

const IBB: &str = "http://jabber.org/protocol/ibb";
const SI: &str = "http://jabber.org/protocol/si";
const TYBALT: &str = "tybalt@capulet.lit/sword";

/// As many files as one contact may leave.
const MOST: usize = 64;

/// That element with the name of Tybalt's transfer.
fn name(element: &str) -> String {
    format!("<{element} xmlns='urn:x-balcony:recovery:0' id='0123456789abcdef0123456789abcdef'/>")
}

/// Juliet, who takes whatever Tybalt offers, and what she was told.
struct House {
    juliet: Subject,
    begun: u64,
    kept: usize,
    removed: usize,
    notices: Vec<String>,
    failed: usize,
}

impl House {
    fn new() -> Self {
        let mut juliet = Subject::online("<item jid='tybalt@capulet.lit' subscription='both'/>");
        juliet.receive(&format!("<presence from='{TYBALT}'/>"));
        juliet.look();
        House { juliet, begun: 0, kept: 0, removed: 0, notices: Vec::new(), failed: 0 }
    }

    fn ask(&mut self, payload: &str) {
        self.juliet.receive(&format!("<iq type='set' id='q' from='{TYBALT}'>{payload}</iq>"));
    }

    /// Tybalt offers a file, it is taken, and so many bytes of it come.
    fn begin(&mut self, bytes: usize) {
        self.begun += 1;
        self.offer(&format!("rapier-{}", self.begun), "");
        self.juliet.command(Command::AcceptOffer { transfer: TransferId(self.begun), save_as: None });
        self.juliet.create_file(self.begun);
        self.open();
        if bytes > 0 {
            self.block(0, bytes);
            self.written(bytes);
        }
    }

    fn offer(&mut self, name: &str, besides: &str) {
        let sid = format!("s{}", self.begun);
        self.ask(&format!(
            "<si xmlns='{SI}' id='{sid}' profile='{SI}/profile/file-transfer'>\
             <file xmlns='{SI}/profile/file-transfer' name='{name}' size='1000'>\
             <range/></file>\
             <feature xmlns='http://jabber.org/protocol/feature-neg'><x xmlns='jabber:x:data' type='form'>\
             <field var='stream-method' type='list-single'><option><value>{IBB}</value></option></field>\
             </x></feature>{besides}</si>"
        ));
    }

    /// Tybalt offers a file under a name for what becomes of it, and it is taken.
    fn begin_by_name(&mut self) {
        self.begun += 1;
        self.offer("rapier", &name("recovery"));
        self.juliet.command(Command::AcceptOffer { transfer: TransferId(self.begun), save_as: None });
        self.juliet.create_file(self.begun);
    }

    fn open(&mut self) {
        self.ask(&format!("<open xmlns='{IBB}' sid='s{}' block-size='4096'/>", self.begun));
    }

    /// The file is so long now.
    fn written(&mut self, total: usize) {
        let total = u64::try_from(total).unwrap();
        self.juliet.feed(Input::File(FileId(self.begun), FileEvent::Written { total }));
    }

    fn block(&mut self, seq: u16, bytes: usize) {
        let (sid, content) = (self.begun, BASE64.encode(vec![b'x'; bytes]));
        self.ask(&format!("<data xmlns='{IBB}' sid='s{sid}' seq='{seq}'>{content}</data>"));
    }

    /// What Juliet's program did with files, and told her.
    fn look(&mut self) {
        for output in self.juliet.others() {
            match output {
                Output::File(_, FileOrder::Close { partial: Partial::Keep }) => self.kept += 1,
                Output::File(_, FileOrder::Close { partial: Partial::Remove }) => self.removed += 1,
                _ => {}
            }
        }
        for event in self.juliet.events() {
            match event {
                Event::Notice(words) => self.notices.push(words),
                Event::Transfer { change: TransferChange::Ended(Outcome::Failed(_)), .. } => self.failed += 1,
                _ => {}
            }
        }
    }
}

#[test]
fn of_files_that_are_broken_off_by_a_wrong_block_a_few_dozen_stay() {
    let mut house = House::new();
    for _ in 0..200 {
        house.begin(5);
        house.block(7, 5);
    }
    house.look();
    assert_eq!((house.kept, house.removed, house.failed), (200, 200 - MOST, 200));
    let [notice] = house.notices.as_slice() else { panic!("{:?}", house.notices) };
    assert!(notice.starts_with("tybalt@capulet.lit breaks off more files than are kept"), "{notice}");
}

#[test]
fn of_files_that_stand_still_because_their_sender_left_a_few_dozen_stay_and_the_smallest_go() {
    let mut house = House::new();
    for number in 0..100 {
        house.begin(if number < 10 { 3 } else { 900 });
        house.juliet.receive(&format!("<presence type='unavailable' from='{TYBALT}'/>"));
        house.juliet.receive(&format!("<presence from='{TYBALT}'/>"));
    }
    house.look();
    assert_eq!((house.removed, house.failed, house.notices.len()), (100 - MOST, 100 - MOST, 1));
}

#[test]
fn a_file_of_which_nothing_came_leaves_nothing() {
    let mut house = House::new();
    house.begin(0);
    house.block(7, 5);
    house.look();
    assert_eq!((house.kept, house.removed, house.failed), (0, 1, 1));
}

#[test]
fn blocks_without_a_byte_are_refused_too_once_too_many_wait_for_the_disk() {
    let mut house = House::new();
    house.begin(0);
    for seq in 0..20_000 {
        house.block(seq, 0);
    }
    let orders = house.juliet.others();
    let waiting = orders.iter().filter(|order| matches!(order, Output::File(_, FileOrder::Append { .. }))).count();
    assert!((1000..10_000).contains(&waiting), "{waiting} blocks wait");
    house.look();
    assert_eq!(house.failed, 1);
}

#[test]
fn of_streams_that_break_again_and_again_the_last_are_written_down() {
    let mut house = House::new();
    house.begin_by_name();
    for length in 1..=300 {
        house.open();
        house.block(0, 1);
        house.written(length);
        house.ask(&format!("<close xmlns='{IBB}' sid='s{}'/>", house.begun));
        house.begun += 1;
        house.offer("rapier", &name("recovery"));
        let length = u64::try_from(length).unwrap();
        house.juliet.feed(Input::File(FileId(house.begun), FileEvent::Reopened { length }));
    }
    let orders = house.juliet.others();
    let tries =
        orders.iter().filter_map(|order| if let Output::Journal(it) = order { Some(&it.attempts) } else { None });
    let tries: Vec<_> = tries.collect();
    let most = tries.iter().map(|tries| tries.len()).max();
    assert!(most.is_some_and(|most| (50..200).contains(&most)), "{most:?}");
    let last = tries.last().and_then(|tries| tries.last()).map(|attempt| attempt.index);
    assert_eq!(last, Some(299), "the last ones are");
}

#[test]
fn who_gives_up_a_file_that_is_about_to_get_its_name_comes_too_late() {
    let mut house = House::new();
    house.begin_by_name();
    house.open();
    house.block(0, 1000);
    house.written(1000);
    house.ask(&format!("<close xmlns='{IBB}' sid='s1'/>"));
    let found = vec![(Digest::Sha256, vec![0; 32])];
    house.juliet.feed(Input::File(FileId(1), FileEvent::Digested(Digests { offset: 0, length: 1000, found })));
    house.look();
    house.ask(&name("forget"));
    house.look();
    assert_eq!(house.removed, 0);
    house.juliet.feed(Input::File(FileId(1), FileEvent::Committed { path: "/downloads/rapier".into() }));
    let is_here =
        |event| matches!(event, Event::Transfer { change: TransferChange::Ended(Outcome::Completed { .. }), .. });
    assert!(house.juliet.events().into_iter().any(is_here));
}
