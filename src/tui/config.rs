//! `config.toml` as everybody reads it who goes by it: what it says, and whether the keys in it are keys, which only the
//! user interface knows. So nobody calls a file good that the screen would refuse.

use std::path::Path;

use super::keymap;
use crate::store::config::{Config, ConfigError};

/// Reads the file; one that does not exist is no error but `None`.
pub fn load(path: &Path) -> Result<Option<Config>, ConfigError> {
    let config = Config::load(path)?;
    let keys = config.as_ref().map(|config| config.keys.as_slice()).unwrap_or_default();
    let wrong =
        |(at, why): (_, keymap::KeymapError)| ConfigError::Wrong { path: path.to_owned(), at, what: why.to_string() };
    keymap::check(keys).map_err(wrong)?;
    Ok(config)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_key_that_does_something_else_there_is_told_where_it_stands() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.toml");
        for (text, told) in [
            ("offers = [\"F2\", \"Ctrl-T\"]", "2:17: Ctrl-T is the key of transfers already (go to the transfers);"),
            ("offers = [\"F6\"]\ntransfers = [\"F6\"]", "3:14: F6 is the key of offers already"),
        ] {
            fs::write(&path, format!("[keys]\n{text}\n")).unwrap();
            let fault = load(&path).unwrap_err().to_string();
            assert!(fault.starts_with(&format!("{}:{told}", path.display())), "{fault}");
        }
        for text in [
            "offers = [\"Ctrl-T\"]\ntransfers = [\"Ctrl-O\"]",
            "offers = [\"Ctrl-T\", \"Ctrl-T\"]\ntransfers = []",
            "answer = [\"Ctrl-T\"]",
        ] {
            fs::write(&path, format!("[keys]\n{text}\n")).unwrap();
            assert!(load(&path).unwrap().is_some(), "{text}");
        }
    }

    #[test]
    fn a_key_that_is_none_is_told_where_it_stands() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.toml");
        assert!(load(&path).unwrap().is_none());
        for (text, told) in [
            ("[keys]\nqiut = [\"F10\"]\n", "2:1: \"qiut\" is nothing that a key could do; did you mean quit?"),
            ("[keys]\nquit = [\"F10\", \"Hyper-X\"]\n", "2:16: \"Hyper-X\" is no key"),
        ] {
            fs::write(&path, text).unwrap();
            let fault = load(&path).unwrap_err().to_string();
            assert!(fault.starts_with(&format!("{}:{told}", path.display())), "{fault}");
        }
        fs::write(&path, "[keys]\nquit = [\"F10\"]\n").unwrap();
        assert!(load(&path).unwrap().is_some());
    }
}
