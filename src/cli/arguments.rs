//! The command line. Help, completions, the man page and the README's table are all made from these definitions.

use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser, ValueParser};
use clap::{Args, Parser, Subcommand};
use clap_complete::Shell;
use jid::{BareJid, Jid};

use crate::engine::command::{Link, Via};
use crate::store::config::Size;

/// Terminal XMPP chat client whose files arrive
#[derive(Debug, Parser)]
#[command(name = "balcony", version, disable_help_subcommand = true)]
#[command(after_help = "Without a command, Balcony opens its screen. `balcony man` prints the whole manual.")]
pub(super) struct Arguments {
    /// Read this file instead of the usual config.toml
    #[arg(long, global = true, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
    /// Append the log to this file instead of the usual one; `BALCONY_LOG` filters it
    #[arg(long, global = true, value_name = "FILE")]
    pub(super) log: Option<PathBuf>,
    /// Say everything in lines of text instead of drawing a screen, for screen readers
    #[arg(long)]
    pub(super) screen_reader: bool,
    #[command(subcommand)]
    pub(super) subcommand: Option<Command>,
}

/// Every subcommand.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Try Balcony without an account: a server and contacts inside this process
    Demo,
    /// Open the screen at what a link is about, such as `xmpp:romeo@montague.lit`
    Open {
        /// The link; nothing is sent before you press Enter. Without one it is the screen alone, as menus start it
        #[arg(value_name = "LINK", value_parser = Link::read)]
        link: Option<Link>,
    },
    /// Send files to somebody and wait until they have arrived
    Send(SendArguments),
    /// Receive files, those of contacts or of the named people alone
    Receive(ReceiveArguments),
    /// Show the rules that answer offers, or what becomes of an offer by them
    Rules(RulesArguments),
    /// Tell what was transferred: who, what, when, by which attempts, and where it lies
    Log(LogArguments),
    /// Print a conversation from its beginning, as it was kept
    Export(ExportArguments),
    /// Say what is wrong with accounts, network, files and terminal, and what to do about it
    Doctor(DoctorArguments),
    /// Print the manual, as `man -l -` reads it
    Man,
    /// Print completions for a shell
    Completions {
        /// The shell that will read them
        shell: Shell,
    },
}

#[derive(Debug, Args)]
pub(super) struct SendArguments {
    /// Log in with this account instead of the first one configured
    #[arg(long, value_name = "ACCOUNT")]
    pub(super) account: Option<String>,
    /// Use this method alone, or these in this order if given several times
    #[arg(long, value_name = "METHOD", value_parser = method())]
    pub(super) via: Vec<Via>,
    /// Print one JSON object a line
    #[arg(long)]
    pub(super) json: bool,
    /// Offer several files one after the other instead of all in one transfer
    #[arg(long)]
    pub(super) apart: bool,
    /// Fail when the stream breaks, instead of going on when both are back; go on with nothing that broke earlier
    #[arg(long)]
    pub(super) no_resume: bool,
    /// Give up what was interrupted and stands still for so many minutes; sent again later, it goes on from there
    #[arg(long, value_name = "MINUTES", default_value_t = 120)]
    pub(super) wait: u64,
    /// The files, folders, or patterns such as '*.jpg'; `-` is standard input
    #[arg(required = true, value_name = "FILE")]
    pub(super) files: Vec<PathBuf>,
    /// Whom to send to; without a resource, the one that can receive
    #[arg(required = true, value_name = "JID")]
    pub(super) to: Jid,
}

#[derive(Debug, Args)]
pub(super) struct ReceiveArguments {
    /// Log in with this account instead of the first one configured
    #[arg(long, value_name = "ACCOUNT")]
    pub(super) account: Option<String>,
    /// Take offers of this address alone, contact or not; may be given several times
    #[arg(long, value_name = "JID")]
    pub(super) from: Vec<Jid>,
    /// Put the files into this folder
    #[arg(long, value_name = "DIR")]
    pub(super) dir: Option<PathBuf>,
    /// End with the first file, with its exit code
    #[arg(long)]
    pub(super) once: bool,
    /// Decline what would be accepted
    #[arg(long)]
    pub(super) decline: bool,
    /// Print one JSON object a line
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, Args)]
pub(super) struct RulesArguments {
    #[command(subcommand)]
    pub(super) subcommand: Option<RulesCommand>,
}

#[derive(Debug, Subcommand)]
pub(super) enum RulesCommand {
    /// Show which rule an offer fits and why the others do not; nothing is sent and nobody is asked
    Test(RulesTestArguments),
}

#[derive(Debug, Args)]
pub(super) struct RulesTestArguments {
    /// Who would offer the file
    #[arg(long, value_name = "JID")]
    pub(super) from: Jid,
    /// The file's name
    #[arg(long, default_value = "file")]
    pub(super) name: String,
    /// How large it is, such as 3MB; without, nobody said
    #[arg(long)]
    pub(super) size: Option<Size>,
    /// The MIME type that the sender states
    #[arg(long = "type", value_name = "MIME")]
    pub(super) mime_type: Option<String>,
    /// A group of the roster that they are in; may be given several times
    #[arg(long, value_name = "GROUP", conflicts_with = "stranger")]
    pub(super) group: Vec<String>,
    /// They are not in the roster
    #[arg(long)]
    pub(super) stranger: bool,
    /// As if so much space were free, instead of what is
    #[arg(long, value_name = "SIZE")]
    pub(super) free: Option<Size>,
    /// Print a JSON object
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, Args)]
pub(super) struct LogArguments {
    /// Tell of this account alone
    #[arg(long, value_name = "ACCOUNT")]
    pub(super) account: Option<String>,
    /// Tell of transfers with this address alone
    #[arg(long, value_name = "JID")]
    pub(super) with: Option<Jid>,
    /// Tell of so many, the latest, the newest last
    #[arg(short = 'n', long = "number", value_name = "N", default_value_t = 50)]
    pub(super) number: u32,
    /// Tell of those alone that did not arrive
    #[arg(long)]
    pub(super) failed: bool,
    /// Print one JSON object a line
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, Args)]
pub(super) struct ExportArguments {
    /// Print what this account said instead of the first one configured
    #[arg(long, value_name = "ACCOUNT")]
    pub(super) account: Option<String>,
    /// Print one JSON object a line
    #[arg(long)]
    pub(super) json: bool,
    /// Whom the conversation is with
    #[arg(value_name = "JID")]
    pub(super) with: BareJid,
}

#[derive(Debug, Args)]
pub(super) struct DoctorArguments {
    /// Log in with this account alone instead of all that are configured
    #[arg(long, value_name = "ACCOUNT")]
    pub(super) account: Option<String>,
    /// Tell names of accounts, the home folder and public addresses too: not for pasting
    #[arg(long)]
    pub(super) full: bool,
}

/// Methods by their words, which completions offer too.
fn method() -> ValueParser {
    PossibleValuesParser::new(Via::ALL.map(Via::word)).try_map(|word| word.parse::<Via>()).into()
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    fn parse(line: &str) -> Result<Arguments, clap::Error> {
        Arguments::try_parse_from(line.split(' '))
    }

    #[test]
    fn the_definitions_hold_together() {
        Arguments::command().debug_assert();
    }

    /// A desktop leaves `%u` out where nobody has followed a link.
    #[test]
    fn what_a_desktop_starts_is_a_command_with_a_link_and_without() {
        let desktop = include_str!("../../assets/balcony.desktop");
        let line = desktop.lines().find_map(|line| line.strip_prefix("Exec=")).unwrap();
        for (link, is_given) in [(" xmpp:romeo@montague.lit", true), ("", false)] {
            let Some(Command::Open { link }) = parse(&line.replace(" %u", link)).unwrap().subcommand else {
                panic!("another command")
            };
            assert_eq!(link.is_some(), is_given);
        }
    }

    #[test]
    fn the_last_word_of_send_is_whom_to_send_to() {
        let Some(Command::Send(send)) = parse("balcony send --json a b romeo@montague.lit").unwrap().subcommand else {
            panic!("another command")
        };
        assert_eq!(send.files, [PathBuf::from("a"), PathBuf::from("b")]);
        assert_eq!(send.to, Jid::new("romeo@montague.lit").unwrap());
        assert!(parse("balcony send romeo@montague.lit").is_err());
        assert!(parse("balcony send file @montague.lit").is_err());
    }

    #[test]
    fn methods_keep_the_order_in_which_they_are_given() {
        let line = "balcony send --via in-band --via socks5-proxy f romeo@montague.lit";
        let Some(Command::Send(send)) = parse(line).unwrap().subcommand else { panic!("another command") };
        assert_eq!(send.via, [Via::InBand, Via::Socks5Proxy]);
        assert!(parse("balcony send --via smoke f romeo@montague.lit").is_err());
    }

    #[test]
    fn global_options_stand_anywhere() {
        let arguments = parse("balcony receive --config c --log l").unwrap();
        assert_eq!((arguments.config, arguments.log), (Some("c".into()), Some("l".into())));
    }
}
