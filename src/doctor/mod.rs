//! What is wrong, and what to do about it: `balcony doctor` prints the report that `/doctor` shows.
//!
//! Whoever asks brings what the client told ([`account`]) and has the machine looked at ([`machine`]); here it becomes
//! sentences. The report is made to be pasted where strangers read it: passwords never get here, and unless the user
//! wants all of it, names of accounts, the home folder and the addresses of this network's outside are left out.

use std::cmp::Reverse;
use std::fmt;
use std::path::Path;

pub mod account;
pub mod machine;

/// Everything that was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// An account each, then the machine.
    pub sections: Vec<Section>,
}

/// What was found about one thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// Which thing.
    pub title: String,
    /// In the order in which a session comes about.
    pub findings: Vec<Finding>,
}

/// One thing that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Whether that is as it should be.
    pub verdict: Verdict,
    /// What it is about, in a word.
    pub about: &'static str,
    /// What was found.
    pub says: String,
    /// What to do about it.
    pub advice: Option<String>,
}

/// Whether something is as it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is.
    Good,
    /// It is worth knowing.
    Known,
    /// It is not.
    Wrong,
}

/// What a report tells of people and places.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// As little as helps: it will be pasted somewhere.
    ToPaste,
    /// All of it.
    Full,
}

impl Verdict {
    /// How a line begins.
    pub fn mark(self) -> &'static str {
        match self {
            Verdict::Good => "ok",
            Verdict::Known => "--",
            Verdict::Wrong => "!!",
        }
    }
}

impl Finding {
    pub(crate) fn good(about: &'static str, says: impl Into<String>) -> Self {
        Finding { verdict: Verdict::Good, about, says: says.into(), advice: None }
    }

    pub(crate) fn known(about: &'static str, says: impl Into<String>) -> Self {
        Finding { verdict: Verdict::Known, about, says: says.into(), advice: None }
    }

    pub(crate) fn wrong(about: &'static str, says: impl Into<String>, advice: impl Into<String>) -> Self {
        Finding { verdict: Verdict::Wrong, about, says: says.into(), advice: Some(advice.into()) }
    }

    pub(crate) fn but(mut self, advice: impl Into<String>) -> Self {
        self.advice = Some(advice.into());
        self
    }
}

impl Report {
    /// How many findings want something done.
    pub fn wrongs(&self) -> usize {
        let findings = self.sections.iter().flat_map(|section| &section.findings);
        findings.filter(|finding| finding.verdict == Verdict::Wrong).count()
    }

    /// The sentence that sums it up.
    pub fn sum(&self) -> String {
        match self.wrongs() {
            0 => "nothing is wrong".to_owned(),
            1 => "one thing is wrong".to_owned(),
            many => format!("{many} things are wrong"),
        }
    }

    /// The same without what `words` are, each replaced by what stands for it.
    #[must_use]
    pub fn without(mut self, words: &Private) -> Self {
        let words = words.all();
        let without =
            |text: &str| words.iter().fold(text.to_owned(), |text, (word, stands)| text.replace(word, stands));
        for section in &mut self.sections {
            section.title = without(&section.title);
            for finding in &mut section.findings {
                finding.says = without(&finding.says);
                finding.advice = finding.advice.as_deref().map(without);
            }
        }
        self
    }
}

/// Words that a report to paste does not have, and what stands for them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Private {
    accounts: Vec<jid::BareJid>,
    words: Vec<(String, String)>,
}

impl Private {
    /// Leaves out whose account it is, but not at which server, nor which of several there.
    pub fn account(&mut self, jid: &jid::BareJid) {
        if jid.node().is_some() && !self.accounts.contains(jid) {
            self.accounts.push(jid.clone());
        }
    }

    /// Leaves out whose home it is.
    pub fn home(&mut self, home: &Path) {
        self.word(&home.display().to_string(), "~");
    }

    /// Leaves out a word.
    pub fn word(&mut self, word: &str, stands: &str) {
        if word.len() > 1 {
            self.words.push((word.to_owned(), stands.to_owned()));
        }
    }

    /// Every word with what stands for it, in the order in which they are left out.
    fn all(&self) -> Vec<(String, String)> {
        let accounts = self.accounts.iter().map(|jid| {
            let there: Vec<_> = self.accounts.iter().filter(|other| other.domain() == jid.domain()).collect();
            let number = there.iter().take_while(|other| **other != jid).count() + 1;
            let which = if there.len() > 1 { format!(" {number} of {}", there.len()) } else { String::new() };
            (jid.to_string(), format!("(account{which})@{}", jid.domain()))
        });
        let mut words: Vec<(String, String)> = accounts.chain(self.words.iter().cloned()).collect();
        // One address may end as another one does: romeo@ and o@ the same server.
        words.sort_by_key(|(word, _)| Reverse(word.len()));
        words
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "Balcony {}", env!("CARGO_PKG_VERSION"))?;
        for section in &self.sections {
            writeln!(f, "\n{}", section.title)?;
            for Finding { verdict, about, says, advice } in &section.findings {
                writeln!(f, "  {} {about:<12} {says}", verdict.mark())?;
                if let Some(advice) = advice {
                    writeln!(f, "     {:<12} -> {advice}", "")?;
                }
            }
        }
        write!(f, "\n{}", self.sum())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_to_paste_tells_neither_account_nor_home() {
        let findings = vec![
            Finding::wrong("login", "wrong password for juliet@capulet.lit", "look into /home/juliet/config.toml"),
            Finding::good("clock", "right"),
        ];
        let report = Report { sections: vec![Section { title: "juliet@capulet.lit".to_owned(), findings }] };
        let mut private = Private::default();
        private.account(&"juliet@capulet.lit".parse().unwrap());
        private.home(Path::new("/home/juliet"));
        let told = report.without(&private).to_string();
        assert!(!told.contains("juliet") && told.contains("(account)@capulet.lit"), "{told}");
        assert!(told.contains("  !! login        wrong password for (account)@capulet.lit\n"), "{told}");
        assert!(told.contains("-> look into ~/config.toml\n") && told.ends_with("\none thing is wrong"), "{told}");
    }

    #[test]
    fn several_accounts_are_told_from_each_other_without_being_told() {
        let jids = ["o@montague.lit", "romeo@montague.lit"];
        let section = |jid: &str| Section { title: jid.to_owned(), findings: Vec::new() };
        let mut private = Private::default();
        for jid in jids {
            private.account(&jid.parse().unwrap());
        }
        let told = Report { sections: jids.map(section).into() }.without(&private).to_string();
        let titles = "\n\n(account 1 of 2)@montague.lit\n\n(account 2 of 2)@montague.lit\n";
        assert!(told.contains(titles), "{told}");
    }
}
