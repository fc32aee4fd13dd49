//! Whatever a peer sends, in whatever order: what is written down of a transfer, what the screen is told of it and what the
//! engine holds for it have bounds.
//!
//! Romeo is a contact whose every offer is accepted. He says what was generated, as often as he likes and in words as long
//! as he likes. The shell is as bad as it may be: a disk that stands still writes nothing, and nobody can be connected to.

mod home;
mod shell;

use std::time::Duration;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use home::Home;

/// What is written down of one transfer, and what one event tells of it, in bytes as they are printed. Most of it are its
/// last 128 tries, each with a host's name and a sentence of a kilobyte at most.
const MOST_WORDS: usize = 256 * 1024;

/// How many tries that are.
const MOST_TRIES: usize = 128;

/// What the engine holds of one transfer in memory: its tries, twice, and little else.
const MOST_HELD: i64 = 512 * 1024;

/// How many blocks of a transfer may be on their way to the disk.
const MOST_BLOCKS: usize = 8192;

/// What it holds of each: the name of its request, of a kilobyte at most.
const MOST_OF_A_BLOCK: i64 = 2048;

/// What it holds besides: of whoever is there, and its queue of what is to be done, in which there was room once for the answers
/// to all of those blocks.
const MOST_BESIDES: i64 = 4 * 1024 * 1024;

/// How long a word of Romeo's is: as is usual, and as nobody needs it. Servers let more than the last of these through.
const LENGTHS: &[usize] = &[0, 1, 12, 250, 1000, 5000, 300_000];

/// One thing that Romeo does, or that happens to him. Streams are told apart by their numbers.
#[derive(Debug, Clone)]
enum Deed {
    /// He offers a file, by a name that outlives the stream if he gives it one.
    Offer { stream: usize, lasting: Option<usize>, file: usize, word: usize, methods: usize },
    /// He names so many places to connect to.
    Streamhosts { stream: usize, hosts: usize, word: usize },
    /// He opens a stream in-band.
    Open { stream: usize },
    /// He sends so many blocks of so many bytes, and waits for no acknowledgement.
    Blocks { stream: usize, blocks: usize, bytes: usize },
    /// He closes a stream.
    Close { stream: usize },
    /// He states what a file hashes to.
    State { stream: usize, word: usize },
    /// He says something about a transfer that has a lasting name.
    Speak { what: &'static str, lasting: usize, word: usize },
    /// He answers what was asked of him, with an error or with something else.
    Answer { with: &'static str, word: usize },
    /// He offers a file again and again, and each time breaks it off in this way.
    BreakOff { times: usize, how: usize, word: usize },
    /// He sends about as many blocks of so many bytes, in a new stream and by requests of such names, as may wait for a disk
    /// that stands still.
    Flood { blocks: usize, bytes: usize, name: usize },
    /// Juliet offers him a file, which he accepts, and then refuses every stream for it.
    Refuse { word: usize },
    /// The names of his requests are so long from now on.
    Name(usize),
    /// He goes, or comes.
    IsThere(bool),
    /// The disk stands still, or goes on.
    DiskWorks(bool),
    /// Juliet offers him a file.
    Wish,
    /// So many seconds pass.
    Pass(u64),
}

fn deed() -> impl Strategy<Value = Deed> {
    let (stream, lasting, word) = (|| 0..3_usize, || 0..2_usize, || select(LENGTHS));
    prop_oneof![
        6 => (stream(), prop::option::of(lasting()), 0..3_usize, word(), 1..4_usize)
            .prop_map(|(stream, lasting, file, word, methods)| Deed::Offer { stream, lasting, file, word, methods }),
        4 => (stream(), 0..40_usize, word()).prop_map(|(stream, hosts, word)| Deed::Streamhosts { stream, hosts, word }),
        4 => stream().prop_map(|stream| Deed::Open { stream }),
        4 => (stream(), select(&[1, 5, 60][..]), select(&[0, 1, 4096][..]))
            .prop_map(|(stream, blocks, bytes)| Deed::Blocks { stream, blocks, bytes }),
        2 => stream().prop_map(|stream| Deed::Close { stream }),
        2 => (stream(), word()).prop_map(|(stream, word)| Deed::State { stream, word }),
        2 => (select(home::WORDS), lasting(), word()).prop_map(|(what, lasting, word)| Deed::Speak { what, lasting, word }),
        4 => (select(home::ANSWERS), word()).prop_map(|(with, word)| Deed::Answer { with, word }),
        3 => (1..60_usize, 0..home::BREAKS, word()).prop_map(|(times, how, word)| Deed::BreakOff { times, how, word }),
        1 => (select(&[8000, 9000][..]), select(&[0, 1, 512][..]), select(&[12, 5000][..]))
            .prop_map(|(blocks, bytes, name)| Deed::Flood { blocks, bytes, name }),
        2 => word().prop_map(|word| Deed::Refuse { word }),
        2 => select(&LENGTHS[..6]).prop_map(Deed::Name),
        1 => any::<bool>().prop_map(Deed::IsThere),
        2 => any::<bool>().prop_map(Deed::DiskWorks),
        2 => Just(Deed::Wish),
        3 => prop_oneof![0..3_u64, 60..400_u64].prop_map(Deed::Pass),
    ]
}

fn act(home: &mut Home, deed: &Deed) {
    match deed {
        Deed::Offer { stream, lasting, file, word, methods } => home.offer(*stream, *lasting, *file, *word, *methods),
        Deed::Streamhosts { stream, hosts, word } => home.streamhosts(*stream, *hosts, *word),
        Deed::Open { stream } => home.open(*stream),
        Deed::Blocks { stream, blocks, bytes } => home.blocks(*stream, *blocks, *bytes),
        Deed::Close { stream } => home.close(*stream),
        Deed::State { stream, word } => home.state(*stream, *word),
        Deed::Speak { what, lasting, word } => home.speak(what, *lasting, *word),
        Deed::Answer { with, word } => home.answer(with, *word),
        Deed::BreakOff { times, how, word } => {
            for _ in 0..*times {
                home.break_off(*how, *word);
            }
        }
        Deed::Flood { blocks, bytes, name } => home.flood(*blocks, *bytes, *name),
        Deed::Refuse { word } => home.refuse(*word),
        Deed::Name(length) => home.name_requests(*length),
        Deed::IsThere(is_there) => home.romeo_is_there(*is_there),
        Deed::DiskWorks(works) => home.disk_works(*works),
        Deed::Wish => home.wish(),
        Deed::Pass(seconds) => home.pass(Duration::from_secs(*seconds)),
    }
}

/// What was the most so far is within its bounds.
fn check(home: &Home) {
    let seen = home.seen();
    assert!(seen.written <= MOST_WORDS, "{} bytes are written down of one transfer", seen.written);
    assert!(seen.tries <= MOST_TRIES, "{} tries are written down of one transfer", seen.tries);
    assert!(seen.told <= MOST_WORDS, "{} bytes are told of one transfer at once", seen.told);
    assert!(seen.waiting <= MOST_BLOCKS, "{} blocks of one transfer wait for the disk", seen.waiting);
    let [transfers, blocks] = [home.transfers(), home.blocks_that_wait()].map(|count| i64::try_from(count).unwrap());
    let held = home.held();
    assert!(
        held <= MOST_BESIDES + transfers * MOST_HELD + blocks * MOST_OF_A_BLOCK,
        "{held} bytes are held for {transfers} transfers with {blocks} blocks that wait for the disk"
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, ..ProptestConfig::default() })]

    #[test]
    fn whatever_a_peer_sends_what_is_kept_told_and_held_of_a_transfer_has_bounds(deeds in vec(deed(), 1..20)) {
        let mut home = Home::new();
        for deed in &deeds {
            act(&mut home, deed);
            check(&home);
        }
    }
}
