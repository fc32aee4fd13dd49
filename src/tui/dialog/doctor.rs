//! What is wrong, and what to do about it: the report of `balcony doctor`, growing while accounts answer.

use ratatui::text::Line;

use super::{Drawing, dismiss, scrolled};
use crate::doctor::machine::{Places, Screen};
use crate::doctor::{Detail, Finding, Private, Report, Section, Verdict, account};
use crate::engine::command::Command;
use crate::tui::effect::{Effect, Effects};
use crate::tui::keymap::{Action, Context};
use crate::tui::layers::{self, Layer};
use crate::tui::model::Model;
use crate::tui::model::account::Account;
use crate::tui::widget::line::{plain, written};
use crate::tui::widget::text;

/// How wide the words are that findings are about, with a space behind them.
const ABOUT: usize = 12;

/// How far it is scrolled, and what is there beside what the accounts know.
#[derive(Debug)]
pub(crate) struct Doctor {
    detail: Detail,
    scroll: usize,
    /// Files and terminal, once they were looked at.
    pub(crate) machine: Option<Vec<Section>>,
}

/// Opens the report, and has everybody asked.
pub(crate) fn open(model: &mut Model, detail: Detail) -> Effects {
    model.layers.push(Layer::Doctor(Doctor { detail, scroll: 0, machine: None }));
    ask(model)
}

fn ask(model: &mut Model) -> Effects {
    for account in model.accounts.values_mut() {
        account.examined = None;
    }
    let places =
        Places { config: model.configuration.file.clone(), database: None, downloads: model.look.downloads.clone() };
    let screen = Screen { colours: model.look.colours.to_string(), size: Some((model.size.width, model.size.height)) };
    let online = model.accounts.iter().filter(|(_, account)| account.is_online());
    let asked = online.map(|(id, _)| Effect::Command(*id, Command::Examine));
    asked.chain([Effect::LookAtMachine(Box::new(places), screen)]).collect()
}

pub(crate) fn act(model: &mut Model, action: Action) -> Effects {
    let Some(Layer::Doctor(doctor)) = model.layers.last() else { return Effects::new() };
    let report = report(model, doctor);
    let there = scrolled(model, doctor.scroll, lines(model, &report).len(), action);
    if action == Action::CopyPath {
        model.flash("Copied the report");
        return vec![Effect::Copy(report.to_string())];
    }
    if action == Action::Retry {
        return ask(model);
    }
    if matches!(action, Action::Dismiss | Action::Confirm) {
        return layers::close(model);
    }
    let Some(Layer::Doctor(doctor)) = model.layers.last_mut() else { return Effects::new() };
    doctor.scroll = there.unwrap_or(doctor.scroll);
    if action == Action::Details {
        doctor.detail = match doctor.detail {
            Detail::ToPaste => Detail::Full,
            Detail::Full => Detail::ToPaste,
        };
    }
    Effects::new()
}

fn report(model: &Model, doctor: &Doctor) -> Report {
    let news: Vec<_> = model.accounts.values().map(Account::news).collect();
    let accounts = news.iter().map(|news| account::section(news, model.now.wall));
    let machine = doctor.machine.iter().flatten().cloned();
    let report = Report { sections: accounts.chain(machine).collect() };
    if doctor.detail == Detail::Full {
        return report;
    }
    let mut private = Private::default();
    for news in &news {
        account::private(news, &mut private);
    }
    if let Some(home) = &model.look.home {
        private.home(home);
    }
    report.without(&private)
}

pub(crate) fn drawing(model: &Model, doctor: &Doctor) -> Drawing {
    let report = report(model, doctor);
    let here = |action, word| (Context::Doctor, action, word);
    let names = match doctor.detail {
        Detail::ToPaste => "shows names",
        Detail::Full => "hides names",
    };
    let keys = vec![
        here(Action::CopyPath, "copies"),
        here(Action::Details, names),
        here(Action::Retry, "looks again"),
        dismiss("closes"),
    ];
    let title = format!("Doctor: {}", report.sum());
    Drawing { title, lines: lines(model, &report), scroll: doctor.scroll, cursor: None, keys }
}

fn lines(model: &Model, report: &Report) -> Vec<Line<'static>> {
    let mut lines = Vec::new();
    for section in &report.sections {
        if !lines.is_empty() {
            lines.push(Line::default());
        }
        lines.push(Line::from(written(&section.title, model.look.theme.strong)));
        for finding in &section.findings {
            describe(model, finding, &mut lines);
        }
    }
    lines
}

/// The mark and what it is about, and what was found beside it.
fn describe(model: &Model, finding: &Finding, lines: &mut Vec<Line<'static>>) {
    let theme = &model.look.theme;
    let style = match finding.verdict {
        Verdict::Good => theme.good,
        Verdict::Known => theme.dim,
        Verdict::Wrong => theme.bad,
    };
    let mut head = format!("{} {}", finding.verdict.mark(), text::pad(finding.about, ABOUT, ""));
    let indent = text::width(&head);
    let room = super::width(model).saturating_sub(indent).max(10);
    let says = text::wrap(&text::visible(&finding.says), room).into_iter().map(|piece| (piece, theme.plain));
    let advice = finding.advice.iter().map(|advice| format!("{} {}", model.look.symbols.to, text::visible(advice)));
    let advice: Vec<_> =
        advice.flat_map(|advice| text::wrap(&advice, room)).map(|piece| (piece, theme.strong)).collect();
    for (piece, piece_style) in says.chain(advice) {
        let left = text::pad(&std::mem::take(&mut head), indent, "");
        lines.push(Line::from(vec![plain(left, style), plain(piece, piece_style)]));
    }
}
