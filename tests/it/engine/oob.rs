//! XEP-0066, stanza by stanza and answer by answer of the web: which host is asked what, and who had to say so before.

use std::time::Duration;

use balcony::engine::command::{Command, Encryption, KeepPartial, WantedLink};
use balcony::engine::context::Settings;
use balcony::engine::event::{
    Event, Failure, Interruption, OfferInfo, Outcome, Protection, Side, TransferChange, TransferId, Verified, Via,
    Waits,
};
use balcony::engine::journal::{Entry, State};
use balcony::engine::{
    Chosen, Digest, Digests, Fetch, FetchError, FileError, FileEvent, FileId, FileIdentity, FileOrder, Input, Output,
    Partial,
};
use jid::BareJid;
use minidom::Element;

use crate::support::engine::Subject;

const ROMEO: &str = "<item jid='romeo@montague.lit' subscription='both'/>";
pub(super) const ADDRESS: &str = "https://a.example/b/sonnet.pdf";
const MARK: &str = "\"x1\"";
const FIRST: TransferId = TransferId(1);

/// Juliet, with Romeo in her roster.
pub(super) fn juliet() -> Subject {
    Subject::online(ROMEO)
}

/// Romeo names an address in a request.
fn offer(from: &str, address: &str) -> String {
    format!(
        "<iq type='set' id='oob1' from='{from}'><query xmlns='jabber:iq:oob'><url>{address}</url>\
         <desc>The second quarto</desc></query></iq>"
    )
}

/// Juliet was offered an address and accepted it; a file was made, and the server is asked.
fn asking() -> Subject {
    let mut juliet = juliet();
    juliet.receive(&offer("romeo@montague.lit/orchard", ADDRESS));
    accept(&mut juliet);
    juliet.create_file(1);
    juliet
}

/// The server had it, and so many bytes of 100 are here.
fn halfway(mark: Option<&str>) -> Subject {
    let mut juliet = asking();
    found(&mut juliet, Some(100), mark);
    file(&mut juliet, FileEvent::Written { total: 50 });
    juliet.look();
    juliet
}

pub(super) fn accept(juliet: &mut Subject) {
    juliet.command(Command::AcceptOffer { transfer: FIRST, save_as: None });
}

fn file(juliet: &mut Subject, event: FileEvent) {
    juliet.feed(Input::File(FileId(1), event));
}

pub(super) fn found(juliet: &mut Subject, size: Option<u64>, mark: Option<&str>) {
    file(juliet, FileEvent::Found { size, validator: mark.map(str::to_owned) });
}

/// All 100 bytes come, and the file gets its name.
pub(super) fn completes(juliet: &mut Subject) {
    file(juliet, FileEvent::Written { total: 100 });
    file(juliet, FileEvent::Fetched(Ok(())));
    file(juliet, FileEvent::Digested(digests(100)));
    file(juliet, FileEvent::Committed { path: "/downloads/sonnet.pdf".into() });
}

pub(super) fn ends(juliet: &mut Subject, why: FetchError) {
    file(juliet, FileEvent::Fetched(Err(why)));
}

fn broken() -> FetchError {
    FetchError::Broken("the connection was reset".to_owned())
}

pub(super) fn led(location: &str) -> FetchError {
    FetchError::Led { location: Some(location.to_owned()) }
}

/// What is to be fetched since the last look.
pub(super) fn fetches(juliet: &mut Subject) -> Vec<Fetch> {
    let orders = juliet.others().into_iter();
    let fetches = orders.filter_map(|order| match order {
        Output::File(_, FileOrder::Fetch(fetch)) => Some(*fetch),
        _ => None,
    });
    fetches.collect()
}

/// Whether a file was closed and removed since the last look.
fn removed(juliet: &mut Subject) -> bool {
    let closed = |output: &Output| matches!(output, Output::File(_, FileOrder::Close { partial: Partial::Remove }));
    juliet.others().iter().any(closed)
}

pub(super) fn changes(juliet: &mut Subject) -> Vec<TransferChange> {
    let events = juliet.events().into_iter();
    let changes = events.filter_map(|event| match event {
        Event::Transfer { change, .. } => Some(change),
        _ => None,
    });
    changes.collect()
}

pub(super) fn offered(changes: &[TransferChange]) -> Option<&OfferInfo> {
    changes.iter().find_map(|change| if let TransferChange::Offered(info) = change { Some(&**info) } else { None })
}

fn interrupted(changes: &[TransferChange]) -> Option<&Interruption> {
    changes.iter().find_map(|change| if let TransferChange::Interrupted(it) = change { Some(it) } else { None })
}

#[track_caller]
fn outcome(juliet: &mut Subject) -> Outcome {
    let changes = changes(juliet);
    let ended = changes.iter().find_map(|change| match change {
        TransferChange::Ended(outcome) => Some(outcome.clone()),
        _ => None,
    });
    ended.unwrap_or_else(|| panic!("it goes on: {changes:?}"))
}

/// The condition of the only answer since the last look; none of a result.
#[track_caller]
pub(super) fn answer(juliet: &mut Subject) -> Option<String> {
    let answer: Element = juliet.sent_one();
    assert_eq!((answer.attr("id"), answer.attr("to")), (Some("oob1"), Some("romeo@montague.lit/orchard")));
    let error = answer.get_child("error", "jabber:client")?;
    error.children().next().map(|condition| condition.name().to_owned())
}

fn digests(length: u64) -> Digests {
    Digests { offset: 0, length, found: vec![(Digest::Sha256, vec![7; 32])] }
}

#[test]
fn an_address_is_shown_whole_and_nothing_is_asked_before_the_user_says_so() {
    let mut juliet = juliet();
    juliet.receive(&offer("romeo@montague.lit/orchard", "http://Bücher.example/a%20b.txt"));
    let changes = changes(&mut juliet);
    let info = offered(&changes).unwrap();
    let web = info.web.as_ref().unwrap();
    assert_eq!(web.address.as_str(), "http://xn--bcher-kva.example/a%20b.txt");
    assert_eq!((info.name.as_str(), info.size, info.is_contact), ("a b.txt", None, true));
    assert_eq!((info.description.as_deref(), &info.methods[..]), (Some("The second quarto"), &[Via::Http][..]));
    assert!(!juliet.others().iter().any(|output| matches!(output, Output::File(..))));
    assert!(juliet.sent().is_empty(), "the answer comes when the file is here");
}

#[test]
fn what_is_no_address_of_the_web_is_refused_at_once() {
    for odd in ["file:///etc/passwd", "ftp://a.example/b", "http://user:secret@a.example/", "sonnet.pdf", ""] {
        let mut juliet = juliet();
        juliet.receive(&offer("romeo@montague.lit/orchard", odd));
        assert_eq!(answer(&mut juliet).as_deref(), Some("not-acceptable"), "{odd}");
        assert!(juliet.events().is_empty());
    }
}

#[test]
fn what_was_fetched_is_answered_with_a_result_and_what_was_declined_with_406() {
    let mut juliet = asking();
    let fetch = fetches(&mut juliet).remove(0);
    assert_eq!((fetch.address.as_str(), fetch.chosen, fetch.rest), (ADDRESS, Chosen::Shown, None));
    found(&mut juliet, Some(100), None);
    assert!(juliet.sent().is_empty());
    completes(&mut juliet);
    assert_eq!(answer(&mut juliet), None);
    let expected = Outcome::Completed {
        via: Via::Http,
        bytes: 100,
        took: Duration::ZERO,
        path: Some("/downloads/sonnet.pdf".into()),
        verified: Verified::No,
    };
    assert_eq!(outcome(&mut juliet), expected);

    let mut juliet = self::juliet();
    juliet.receive(&offer("romeo@montague.lit/orchard", ADDRESS));
    juliet.command(Command::DeclineOffer { transfer: FIRST });
    assert_eq!(answer(&mut juliet).as_deref(), Some("not-acceptable"));
    assert_eq!(outcome(&mut juliet), Outcome::Declined { by: Side::Us });
}

#[test]
fn what_cannot_be_fetched_is_answered_with_404_and_told_with_the_host() {
    let mut juliet = asking();
    ends(&mut juliet, FetchError::Refused("404 Not Found".to_owned()));
    assert_eq!(answer(&mut juliet).as_deref(), Some("item-not-found"));
    let Outcome::Failed(failure @ Failure::Unreachable { .. }) = outcome(&mut juliet) else {
        panic!("it did not fail")
    };
    assert_eq!(failure.to_string(), "could not be fetched: HTTP a.example 404 Not Found (0 ms)");
    assert!(removed(&mut juliet), "an empty file is not kept");
}

#[test]
fn a_redirect_within_the_host_is_followed_and_one_to_another_is_asked_about() {
    let mut juliet = asking();
    juliet.look();
    ends(&mut juliet, led("/c/d.pdf"));
    assert_eq!(fetches(&mut juliet).remove(0).address.as_str(), "https://a.example/c/d.pdf");
    juliet.look();
    ends(&mut juliet, led("https://cdn.example/e"));
    assert!(fetches(&mut juliet).is_empty(), "another host is not asked");
    let told = changes(&mut juliet);
    let web = offered(&told).unwrap().web.clone().unwrap();
    assert_eq!((web.address.as_str(), web.led_by.as_deref()), ("https://cdn.example/e", Some("a.example")));
    accept(&mut juliet);
    assert_eq!(fetches(&mut juliet).remove(0).address.as_str(), "https://cdn.example/e");
}

#[test]
fn another_host_is_not_asked_by_the_next_run_either_before_the_user_has_agreed_to_it() {
    let address = |entry: &Entry| entry.web.as_ref().unwrap().address.as_str().to_owned();
    let mut juliet = asking();
    ends(&mut juliet, led("https://cdn.example/e"));
    let undecided = written(&mut juliet);
    assert_eq!(address(&undecided), ADDRESS);
    let mut next = self::juliet();
    next.feed(Input::Remembered { left: vec![undecided], elsewhere: Vec::new() });
    next.pass(Duration::from_secs(2));
    file(&mut next, FileEvent::Reopened { length: 0 });
    assert_eq!(fetches(&mut next).remove(0).address.as_str(), ADDRESS);

    accept(&mut juliet);
    assert_eq!(address(&written(&mut juliet)), "https://cdn.example/e");
}

#[test]
fn a_redirect_that_is_declined_leaves_nothing_and_one_that_is_none_fails() {
    let mut juliet = asking();
    ends(&mut juliet, led("//cdn.example/e"));
    juliet.look();
    juliet.command(Command::DeclineOffer { transfer: FIRST });
    assert_eq!(answer(&mut juliet).as_deref(), Some("not-acceptable"));
    assert!(removed(&mut juliet));
    for odd in ["http://a.example/", "ftp://a.example/", "https://u:p@a.example/"] {
        let mut juliet = asking();
        ends(&mut juliet, led(odd));
        assert_eq!(answer(&mut juliet).as_deref(), Some("item-not-found"), "{odd}");
    }
}

#[test]
fn what_breaks_is_gone_on_with_by_the_mark_of_the_server() {
    let mut juliet = halfway(Some(MARK));
    ends(&mut juliet, broken());
    let told = changes(&mut juliet);
    let Some(Interruption { bytes: 50, waits: Waits::Time(pause), .. }) = interrupted(&told) else {
        panic!("{told:?}")
    };
    assert!(fetches(&mut juliet).is_empty());
    juliet.pass(*pause);
    let rest = fetches(&mut juliet).remove(0).rest.unwrap();
    assert_eq!((rest.offset, rest.validator.as_str()), (50, MARK));
    found(&mut juliet, Some(100), Some(MARK));
    completes(&mut juliet);
    assert!(matches!(outcome(&mut juliet), Outcome::Completed { bytes: 100, .. }));
}

#[test]
fn without_a_mark_and_with_another_file_there_it_begins_anew_and_never_splices() {
    for (mark, second) in [(None, None), (Some(MARK), Some(FetchError::NotTheSame))] {
        let mut juliet = halfway(mark);
        ends(&mut juliet, broken());
        juliet.pass(Duration::from_secs(2));
        if let Some(why) = second {
            juliet.look();
            ends(&mut juliet, why);
        }
        let orders = juliet.others();
        let is = |wanted: fn(&FileOrder) -> bool| {
            orders.iter().any(|output| matches!(output, Output::File(_, order) if wanted(order)))
        };
        assert!(is(|order| matches!(order, FileOrder::Close { partial: Partial::Remove })), "{mark:?}");
        assert!(is(|order| matches!(order, FileOrder::Create { .. })), "{mark:?}");
        file(&mut juliet, FileEvent::Created { path: "/downloads/sonnet.pdf".into(), identity: FileIdentity(2) });
        assert_eq!(fetches(&mut juliet).remove(0).rest, None, "{mark:?}");
    }
}

#[test]
fn a_server_that_breaks_again_and_again_is_asked_for_hours_and_then_when_the_user_says_so() {
    let mut juliet = halfway(Some(MARK));
    let mut asked = 0;
    loop {
        ends(&mut juliet, broken());
        let told = changes(&mut juliet);
        match interrupted(&told).unwrap().waits {
            Waits::Time(pause) => juliet.pass(pause),
            Waits::User => break,
            other => panic!("{other:?}"),
        }
        asked += fetches(&mut juliet).len();
        assert!(asked < 100);
    }
    juliet.look();
    juliet.pass(Duration::from_hours(24));
    assert!(fetches(&mut juliet).is_empty());
    juliet.command(Command::RetryTransfer { transfer: FIRST });
    assert_eq!(fetches(&mut juliet).len(), 1);
}

#[test]
fn a_file_of_another_length_than_was_said_is_not_taken() {
    let mut juliet = halfway(Some(MARK));
    ends(&mut juliet, broken());
    juliet.pass(Duration::from_secs(2));
    juliet.look();
    found(&mut juliet, Some(99), None);
    assert!(matches!(outcome(&mut juliet), Outcome::Failed(Failure::Peer(_))));
    assert_eq!(answer(&mut juliet).as_deref(), Some("item-not-found"));
}

#[test]
fn a_disk_that_an_endless_file_has_filled_gets_its_space_back() {
    let mut juliet = asking();
    found(&mut juliet, None, None);
    file(&mut juliet, FileEvent::Written { total: 1 << 40 });
    juliet.look();
    file(&mut juliet, FileEvent::Failed(FileError::Full { needed: 0, free: 0 }));
    assert!(removed(&mut juliet));
}

#[test]
fn neither_a_lost_session_nor_a_peer_that_leaves_stops_a_fetch() {
    let mut juliet = halfway(None);
    juliet.receive("<presence type='unavailable' from='romeo@montague.lit/orchard'/>");
    juliet.lose_connection();
    juliet.log_in();
    completes(&mut juliet);
    assert!(matches!(outcome(&mut juliet), Outcome::Completed { .. }));
}

#[test]
fn a_cancelled_fetch_lets_go_of_its_file_and_is_answered() {
    let mut juliet = halfway(None);
    juliet.command(Command::CancelTransfer { transfer: FIRST, partial: KeepPartial::No });
    assert_eq!(answer(&mut juliet).as_deref(), Some("not-acceptable"));
    assert!(removed(&mut juliet));
}

#[test]
fn the_next_run_goes_on_with_what_this_one_began() {
    let mut juliet = halfway(Some(MARK));
    file(&mut juliet, FileEvent::Digested(digests(50)));
    juliet.command(Command::LeaveTransfer { transfer: FIRST });
    let entry = written(&mut juliet);
    let mut next = self::juliet();
    next.feed(Input::Remembered { left: vec![entry], elsewhere: Vec::new() });
    let told = changes(&mut next);
    assert_eq!(offered(&told).unwrap().web.as_ref().unwrap().address.as_str(), ADDRESS);
    assert!(matches!(interrupted(&told), Some(Interruption { bytes: 50, waits: Waits::Time(_), .. })));
    next.pass(Duration::from_secs(2));
    let reopens = |output: &Output| matches!(output, Output::File(_, FileOrder::Reopen { .. }));
    assert!(next.others().iter().any(reopens));
    file(&mut next, FileEvent::Reopened { length: 50 });
    assert_eq!(fetches(&mut next).remove(0).rest.unwrap().offset, 50);
}

#[test]
fn what_nobody_had_agreed_to_is_not_said_to_be_fetched_by_the_user_in_the_next_run() {
    let mut juliet = juliet();
    juliet.receive(&offer("romeo@montague.lit/orchard", ADDRESS));
    let entry = written(&mut juliet);
    assert!(!entry.offer().is_asked_for);
    let mut next = self::juliet();
    next.feed(Input::Remembered { left: vec![entry], elsewhere: Vec::new() });
    let lost = written(&mut next);
    assert!(matches!(lost.state, State::Ended(_)) && !lost.offer().is_asked_for, "{lost:?}");

    let mut juliet = asking();
    ends(&mut juliet, FetchError::Refused("410".to_owned()));
    let failed = written(&mut juliet);
    assert!(matches!(failed.state, State::Ended(_)) && failed.offer().is_asked_for, "{failed:?}");
}

/// What was written down last.
fn written(juliet: &mut Subject) -> Entry {
    let written = juliet.others().into_iter().filter_map(|output| match output {
        Output::Journal(entry) => Some(*entry),
        _ => None,
    });
    written.last().unwrap()
}

#[test]
fn strangers_fill_only_the_places_that_strangers_have() {
    let mut juliet = juliet();
    for number in 0..20 {
        juliet.receive(&offer(&format!("mallory{number}@verona.lit/x"), ADDRESS));
    }
    let told = changes(&mut juliet);
    let offers = told.iter().filter(|change| matches!(change, TransferChange::Offered(info) if !info.is_contact));
    assert_eq!(offers.count(), 16);
    assert_eq!(juliet.sent().len(), 4);
}

#[test]
fn nothing_is_fetched_in_clear_where_everything_must_be_encrypted() {
    let encryption = Encryption::Required;
    let mut juliet =
        Subject::new(Settings { encryption, ..Settings::new(BareJid::new("juliet@capulet.lit").unwrap()) });
    juliet.log_in();
    juliet.look();
    juliet.receive(&offer("romeo@montague.lit/orchard", "http://a.example/b"));
    assert_eq!(answer(&mut juliet).as_deref(), Some("not-acceptable"));
    juliet.command(Command::Fetch(WantedLink::Address("http://a.example/b".to_owned())));
    assert!(matches!(juliet.event(), Event::Notice(said) if said.contains("wants everything encrypted")));
    assert!(juliet.others().iter().all(|output| !matches!(output, Output::File(..))));
}

#[test]
fn whether_the_server_was_asked_in_clear_is_marked() {
    for (scheme, expected) in [("https", Protection::Encrypted), ("http", Protection::Clear)] {
        let mut juliet = juliet();
        juliet.receive(&offer("romeo@montague.lit/orchard", &format!("{scheme}://a.example/b")));
        accept(&mut juliet);
        juliet.create_file(1);
        found(&mut juliet, Some(100), None);
        let told = changes(&mut juliet);
        let marked = told.iter().find_map(|change| match change {
            TransferChange::Attempt(attempt) => attempt.protection(),
            _ => None,
        });
        assert_eq!(marked, Some(expected));
    }
}

#[test]
fn it_is_advertised_and_never_offered_by_us() {
    let mut juliet = juliet();
    juliet.receive(
        "<iq type='get' id='d' from='romeo@montague.lit/orchard'>\
         <query xmlns='http://jabber.org/protocol/disco#info'/></iq>",
    );
    let info = String::from(&juliet.sent_one());
    assert!(info.contains("jabber:iq:oob") && info.contains("jabber:x:oob"), "{info}");
    let settings = Settings::new(BareJid::new("juliet@capulet.lit").unwrap());
    assert!(!settings.methods.contains(&Via::Http));
}
