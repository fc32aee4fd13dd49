//! `balcony doctor` with a real server, and without one.

use crate::support::balcony::Balcony;
use crate::support::daemon::{Account, Kind, Server};
use crate::support::process::by_another_clock;

fn config(account: &Account, password: &str) -> String {
    let (port, pin) = (account.server.port(), account.server.pin());
    format!(
        "[accounts.home]\njid = \"{}\"\npassword = \"{password}\"\nserver = \"127.0.0.1:{port}\"\ntls = \"starttls\"\n\
         pin = \"{pin}\"\n[transfers]\nlisten = \"127.0.0.1:0\"\n",
        account.jid
    )
}

fn localpart(account: &Account) -> &str {
    account.jid.split_once('@').unwrap().0
}

#[test]
fn where_all_is_well_it_tells_every_step_and_no_names() {
    let couple = Server::shared(Kind::Prosody).couple();
    let (code, told) = Balcony::of(&couple.juliet).doctor(&[]);
    for expected in [
        "the configuration says where the server is",
        "ok tcp ",
        "TLS 1.3, trusting the pinned certificate alone",
        couple.juliet.server.pin(),
        "SCRAM-SHA-256, not bound to TLS; offered: ",
        "stream management (0198), client state (0352), roster versions (RFC 6121); not there: Bind 2 (0386), SASL2 (0388)",
        "carbons (0280), blocking (0191)",
        "archive (0313)",
        "clock        agrees with the server's",
        "ok proxy ",
        "nothing is wrong",
    ] {
        assert!(told.contains(expected), "{expected}:\n{told}");
    }
    assert_eq!(code, Some(0), "{told}");
    assert!(!told.contains(localpart(&couple.juliet)) && !told.contains(&couple.juliet.password), "{told}");
    let (_, told) = Balcony::of(&couple.juliet).doctor(&["--full"]);
    assert!(told.contains(&couple.juliet.jid) && !told.contains(&couple.juliet.password), "{told}");
}

#[test]
fn ejabberd_is_understood_too() {
    let couple = Server::shared(Kind::Ejabberd).couple();
    let (code, told) = Balcony::of(&couple.juliet).doctor(&[]);
    assert!(told.contains("ok sasl") || told.contains("-- sasl"), "{told}");
    assert!(told.contains("ok session      logged in") && told.contains("carbons (0280)"), "{told}");
    assert_eq!(code, Some(0), "{told}");
}

#[test]
fn a_wrong_password_is_told_with_all_that_worked_before() {
    let couple = Server::shared(Kind::Prosody).couple();
    let balcony = Balcony::new(&couple.juliet.jid, &config(&couple.juliet, "wherefore"), &[]);
    let (code, told) = balcony.doctor(&[]);
    assert_eq!(code, Some(1), "{told}");
    assert!(told.contains("ok tls ") && told.contains("!! session      wrong password for (account)@"), "{told}");
    assert!(told.contains("-> check jid and password in the configuration"), "{told}");
    assert!(!told.contains("wherefore") && told.ends_with("\none thing is wrong\n"), "{told}");
}

#[test]
fn a_certificate_that_nobody_signed_is_told_with_the_pin_that_would_do() {
    let couple = Server::shared(Kind::Prosody).couple();
    let (code, told) = Balcony::trusting_nobody(&couple.juliet).doctor(&[]);
    assert_eq!(code, Some(1), "{told}");
    let advice = format!("put pin = \"{}\" under the account", couple.juliet.server.pin());
    assert!(told.contains("-- certificate  for ") && told.contains(&advice), "{told}");
    assert!(!told.contains(" sasl "), "nothing is told of what was not tried: {told}");
}

#[test]
fn no_account_is_wrong_and_the_way_to_one_is_told() {
    let (code, told) = Balcony::new("juliet@capulet.lit", "", &[]).doctor(&[]);
    assert!(told.contains("!! account      none is configured") && told.contains("start `balcony`"), "{told}");
    assert_eq!(code, Some(1), "{told}");
}

#[test]
fn a_server_that_is_nowhere_is_told_and_so_is_an_account_without_a_password() {
    let config = "[accounts.lost]\njid = \"juliet@capulet.lit\"\npassword = \"x\"\nserver = \"nowhere.invalid:5222\"\n\
         [accounts.locked]\njid = \"romeo@montague.lit\"\npassword_command = \"false\"\n";
    let (code, told) = Balcony::new("juliet@capulet.lit", config, &[]).doctor(&[]);
    assert_eq!(code, Some(1), "{told}");
    assert!(told.contains("!! tcp          nowhere.invalid:5222 does not answer"), "{told}");
    assert!(told.contains("(account)@montague.lit\n  !! session"), "{told}");
    assert!(told.contains("\nFiles\n  ok config"), "{told}");
}

#[test]
fn a_clock_that_is_ten_days_off_is_told() {
    let couple = Server::shared(Kind::Prosody).couple();
    let offset = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(offset.path(), "+10d").unwrap();
    let elsewhen = by_another_clock(offset.path());
    let balcony = Balcony::new(&couple.juliet.jid, &config(&couple.juliet, &couple.juliet.password), &elsewhen);
    let (code, told) = balcony.doctor(&[]);
    assert_eq!(code, Some(1), "{told}");
    assert!(told.contains("!! clock") && told.contains("ahead of the server's"), "{told}");
    assert!(told.contains("timedatectl set-ntp true"), "{told}");
}
