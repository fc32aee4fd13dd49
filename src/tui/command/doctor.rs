//! What is wrong: /doctor.

use super::refusal::misuse;
use super::{Completes, SlashCommand};
use crate::doctor::Detail;
use crate::tui::dialog::doctor;

pub(super) static DOCTOR: SlashCommand = SlashCommand {
    name: "doctor",
    aliases: &[],
    arguments: "[full]",
    help: "what is wrong with accounts, network, files, terminal; a report to paste",
    completes: Completes::Words(&["full"]),
    run: |model, arguments| match arguments {
        "" => Ok(doctor::open(model, Detail::ToPaste)),
        "full" => Ok(doctor::open(model, Detail::Full)),
        other => Err(misuse(format!("{other:?} is not for the doctor"))),
    },
};
