//! A configuration that cannot be used is told by everybody who reads it in the same words.

use super::home::Home;

/// Whatever reads the configuration before it does anything else; the first is the screen.
const READERS: &[&[&str]] = &[
    &[],
    &["doctor"],
    &["log"],
    &["rules"],
    &["export", "romeo@montague.lit"],
    &["send", "sonnet.pdf", "romeo@montague.lit"],
    &["receive"],
];

#[test]
fn whoever_reads_a_configuration_comes_to_the_same_verdict() {
    for (text, told) in [
        (
            "[keys]\nqiut = [\"F10\"]\n",
            "2:1: \"qiut\" is nothing that a key could do; did you mean quit? `balcony man` lists what there is",
        ),
        (
            "[keys]\nquit = [\"Hyper-X\"]\n",
            "2:9: \"Hyper-X\" is no key; keys are written like Ctrl-O, Alt-Enter, F3, a, Ctrl-X Ctrl-E",
        ),
        ("[ui]\ntheme = \"dusk\"\n", "2:9: there is no theme \"dusk\"; there are terminal, dark, light, high-contrast"),
        ("[ui]\nbel = true\n", "2:1: no key is called bel here; did you mean bell?"),
    ] {
        let home = Home::new();
        home.configure(text);
        let file = home.path().join(".config/balcony/config.toml");
        for reader in READERS {
            let ran = home.run(reader);
            assert_eq!(ran.stderr, format!("balcony: {}:{told}\n", file.display()), "{reader:?}");
            assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{reader:?}");
        }
    }
}
