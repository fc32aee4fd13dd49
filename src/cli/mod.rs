//! Subcommands: the same client without a screen.
