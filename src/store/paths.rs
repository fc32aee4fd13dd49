//! Where things are, by the XDG rules.
