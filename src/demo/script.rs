//! The play: who is on stage, over which network, what they do of themselves, and what they answer. Data, and the two
//! pure functions that read it.

use std::io::Write as _;
use std::num::NonZeroU32;
use std::time::Duration;

use super::link::Pace;
use crate::engine::event::{Outcome, Side};

/// Who watches the play.
pub const JULIET: &str = "juliet@capulet.lit";

/// In the roster, and never there.
pub const PARIS: &str = "paris@verona.lit";

/// A proxy that works, for the Montagues.
pub const GOOD_PROXY: &str = "proxy.montague.lit";

/// A proxy that says nothing, for the Capulets.
pub const SILENT_PROXY: &str = "proxy.capulet.lit";

/// The line from the Capulets' house, in bytes a second: the nurse's ballad takes about ten seconds in-band.
pub const THIN_LINE: Pace = NonZeroU32::new(420_000).expect("the literal is not 0");

/// How long Romeo waits for an answer to his offer before the nurse comes.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// Somebody on stage.
pub struct Part {
    /// Their address.
    pub jid: &'static str,
    /// Their program.
    pub resource: &'static str,
    /// What Juliet calls them.
    pub name: &'static str,
    /// Where she lists them; who is in no group is not in her roster.
    pub group: Option<&'static str>,
    /// Their presence, in their words.
    pub status: &'static str,
    /// How they are reached.
    pub network: Network,
    /// What they do with a file that is offered to them.
    pub manner: Manner,
    /// What they do of themselves.
    pub lines: &'static [Line],
    /// What they answer, the first that fits.
    pub replies: &'static [Reply],
    /// What they answer to everything else, in turn.
    pub otherwise: &'static [&'static str],
    /// What they have to give.
    pub prop: Option<&'static Prop>,
}

/// How somebody is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Network {
    /// Everything works.
    Healthy,
    /// Nobody listens where they say they do, their proxy is silent, and their line is thin.
    Broken,
}

/// What somebody does with a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// Takes it.
    Accepts,
    /// Wants none.
    Declines,
}

/// Something that somebody does of themselves, after what comes before.
#[derive(Debug, Clone, Copy)]
pub enum Line {
    /// Waits until Juliet is there.
    AwaitJuliet,
    /// Waits.
    Pause(Duration),
    /// Says something to Juliet.
    Say(&'static str),
    /// Offers her what they have.
    Offer,
    /// Waits until she has decided about it, but no longer than [`PATIENCE`].
    AwaitDecision,
    /// Lets the others know that the second act begins.
    BeginSecondAct,
    /// Waits for that.
    AwaitSecondAct,
    /// Asks to see when she is there.
    AskToSee,
}

/// An answer.
pub struct Reply {
    /// To a message with one of these words in it.
    pub to: &'static [&'static str],
    /// In these words.
    pub say: &'static str,
    /// And with this deed.
    pub then: Then,
}

/// What somebody does after an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Then {
    /// Nothing.
    Wait,
    /// Offers what they have, once more.
    Offer,
}

/// A file that somebody has.
#[derive(Debug)]
pub struct Prop {
    /// Its name.
    pub name: &'static str,
    /// What it is, in its owner's words.
    pub description: &'static str,
    /// The verse it consists of.
    pub verse: &'static str,
    /// In bytes.
    pub size: usize,
}

/// What asks for a file.
const ASKS: &[&str] = &["again", "send", "file", "once more", "give"];

/// What greets.
const GREETS: &[&str] = &["hello", "hi", "good morrow", "hey", "hallo"];

/// Everybody, in the order in which they enter.
pub static CAST: &[Part] = &[
    Part {
        jid: "romeo@montague.lit",
        resource: "orchard",
        name: "Romeo",
        group: Some("Friends"),
        status: "under a window",
        network: Network::Healthy,
        manner: Manner::Accepts,
        lines: &[
            Line::AwaitJuliet,
            Line::Pause(Duration::from_secs(1)),
            Line::Say("But soft! What light through yonder window breaks?"),
            Line::Pause(Duration::from_secs(1)),
            Line::Say("I have written thee a few verses. F3 takes them, F4 leaves them to the wind."),
            Line::Offer,
            Line::AwaitDecision,
            Line::BeginSecondAct,
        ],
        replies: &[
            Reply { to: ASKS, say: "As often as thou wilt.", then: Then::Offer },
            Reply { to: GREETS, say: "She speaks! O, speak again, bright angel.", then: Then::Wait },
            Reply { to: &["wherefore"], say: "Call me but love, and I'll be new baptized.", then: Then::Wait },
            Reply { to: &["night"], say: "A thousand times the worse, to want thy light.", then: Then::Wait },
            Reply { to: &["love"], say: "By yonder blessed moon I swear it.", then: Then::Wait },
        ],
        otherwise: &[
            "Shall I hear more, or shall I speak at this?",
            "I take thee at thy word.",
            "With love's light wings did I o'erperch these walls.",
            "My life were better ended by their hate than by thy silence.",
        ],
        prop: Some(&Prop {
            name: "sonnets.txt",
            description: "a few verses, written in the orchard",
            verse: "It is the east, and Juliet is the sun.",
            size: 12 * 1024 * 1024,
        }),
    },
    Part {
        jid: "nurse@capulet.lit",
        resource: "house",
        name: "Nurse",
        group: Some("Family"),
        status: "where is the girl?",
        network: Network::Broken,
        manner: Manner::Accepts,
        lines: &[
            Line::AwaitSecondAct,
            Line::AwaitJuliet,
            Line::Pause(Duration::from_secs(2)),
            Line::Say(
                "Madam! Here is the ballad from the market. The gate is barred and the porter asleep: watch it find another way.",
            ),
            Line::Offer,
        ],
        replies: &[
            Reply { to: ASKS, say: "Fie, how my bones ache! Here it comes.", then: Then::Offer },
            Reply { to: GREETS, say: "I am aweary, give me leave awhile.", then: Then::Wait },
            Reply {
                to: &["romeo"],
                say: "O, he is a courteous and a kind and a handsome gentleman.",
                then: Then::Wait,
            },
        ],
        otherwise: &[
            "Do you not see that I am out of breath?",
            "Anon, anon!",
            "I'll to my rest; commend me to thy mother.",
        ],
        prop: Some(&Prop {
            name: "ballad.txt",
            description: "the ballad that everybody sings",
            verse: "Where is my mother? Why, she is within.",
            size: 3 * 1024 * 1024,
        }),
    },
    Part {
        jid: "tybalt@capulet.lit",
        resource: "street",
        name: "Tybalt",
        group: Some("Family"),
        status: "looking for a quarrel",
        network: Network::Healthy,
        manner: Manner::Declines,
        lines: &[],
        replies: &[
            Reply { to: &["peace"], say: "Peace? I hate the word.", then: Then::Wait },
            Reply { to: &["romeo", "montague"], say: "What, a Montague? Fetch me my rapier, boy!", then: Then::Wait },
        ],
        otherwise: &["Turn, and say that again.", "I am for you.", "Be brief, cousin."],
        prop: None,
    },
    Part {
        jid: "mercutio@verona.lit",
        resource: "square",
        name: "Mercutio",
        group: Some("Friends"),
        status: "dreaming of Queen Mab",
        network: Network::Healthy,
        manner: Manner::Accepts,
        lines: &[
            Line::AwaitSecondAct,
            Line::AwaitJuliet,
            Line::Pause(Duration::from_secs(25)),
            Line::Say(
                "Hast thou nothing for me? /send FILE, and I take it. Then offer it to Tybalt, and mark his manners.",
            ),
        ],
        replies: &[
            Reply { to: GREETS, say: "Good den, fair gentlewoman.", then: Then::Wait },
            Reply { to: &["tybalt"], say: "More than prince of cats, I can tell you.", then: Then::Wait },
            Reply {
                to: &["dream", "mab"],
                say: "True, I talk of dreams, which are the children of an idle brain.",
                then: Then::Wait,
            },
        ],
        otherwise: &[
            "If love be rough with you, be rough with love.",
            "A plague o' both your houses!",
            "Ask for me tomorrow.",
        ],
        prop: None,
    },
    Part {
        jid: "laurence@verona.lit",
        resource: "cell",
        name: "Friar Laurence",
        group: None,
        status: "gathering herbs",
        network: Network::Healthy,
        manner: Manner::Accepts,
        lines: &[
            Line::AwaitSecondAct,
            Line::AskToSee,
            Line::AwaitJuliet,
            Line::Say("Good morrow, daughter. What early tongue so sweet saluteth me?"),
        ],
        replies: &[Reply { to: GREETS, say: "Benedicite!", then: Then::Wait }],
        otherwise: &["Wisely and slow; they stumble that run fast.", "These violent delights have violent ends."],
        prop: None,
    },
];

impl Part {
    /// What they answer to a message, the `nth` that nothing else fits.
    pub fn reply(&self, heard: &str, nth: usize) -> (&'static str, Then) {
        let words: Vec<String> = words(heard);
        let heard = words.join(" ");
        let fits = |reply: &&Reply| reply.to.iter().any(|to| has_phrase(&heard, to));
        match self.replies.iter().find(fits) {
            Some(reply) => (reply.say, reply.then),
            None => (self.otherwise[nth % self.otherwise.len()], Then::Wait),
        }
    }

    /// What they say when a transfer with Juliet ended.
    pub fn comment(&self, outcome: &Outcome) -> Option<&'static str> {
        match outcome {
            Outcome::Completed { path: None, .. } if self.network == Network::Broken => {
                Some("It is there! Through the keyhole, word by word. Say \"again\" and I send it once more.")
            }
            Outcome::Completed { path: None, .. } => Some("It is thine. Say \"again\" and I send it once more."),
            Outcome::Completed { path: Some(_), .. } => Some("I have it, and thank thee."),
            Outcome::Declined { by: Side::Peer } => Some("Thou wilt not? Say \"send\" if thou think'st better of it."),
            Outcome::Declined { by: Side::Us } => Some("I'll none of it."),
            Outcome::Cancelled { .. } | Outcome::Failed(_) => Some("It is lost. Say \"again\" and I try once more."),
        }
    }
}

impl Prop {
    /// The file: numbered lines, so that a piece missing in the middle would be seen.
    pub fn content(&self) -> Vec<u8> {
        let mut content = Vec::with_capacity(self.size + 80);
        for number in 1.. {
            if content.len() >= self.size {
                break;
            }
            // Nothing can go wrong where there is memory.
            let _ = writeln!(content, "{number:>6}  {}", self.verse);
        }
        content.truncate(self.size);
        content
    }
}

fn words(text: &str) -> Vec<String> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_lowercase).collect()
}

/// Whether whole words of `heard`, which are separated by single spaces, are those of `phrase`.
fn has_phrase(heard: &str, phrase: &str) -> bool {
    format!(" {heard} ").contains(&format!(" {phrase} "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(name: &str) -> &'static Part {
        CAST.iter().find(|part| part.name == name).unwrap()
    }

    #[test]
    fn a_reply_goes_by_whole_words() {
        assert_eq!(part("Romeo").reply("Hello?", 0).0, "She speaks! O, speak again, bright angel.");
        assert_ne!(part("Romeo").reply("This is the night", 0), part("Romeo").reply("hi", 0));
        assert_eq!(part("Nurse").reply("Once more, please!", 0).1, Then::Offer);
    }

    #[test]
    fn what_nothing_fits_is_answered_in_turn() {
        let tybalt = part("Tybalt");
        let answers: Vec<_> = (0..4).map(|nth| tybalt.reply("…", nth).0).collect();
        assert_eq!(answers[0], answers[3]);
        assert_ne!(answers[0], answers[1]);
    }

    #[test]
    fn whoever_offers_has_something_to_give() {
        for part in CAST {
            let offers = part.lines.iter().any(|line| matches!(line, Line::Offer))
                || part.replies.iter().any(|reply| reply.then == Then::Offer);
            assert!(!offers || part.prop.is_some(), "{}", part.name);
            assert!(!part.otherwise.is_empty(), "{}", part.name);
        }
    }

    #[test]
    fn a_prop_is_as_long_as_it_says() {
        let prop = Prop { name: "x", description: "", verse: "Anon!", size: 100 };
        assert_eq!(prop.content().len(), 100);
        assert!(prop.content().starts_with(b"     1  Anon!\n     2  Anon!\n"));
    }
}
