//! A progress bar and a sparkline, as text.

/// What a bar is drawn with.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BarSymbols {
    /// Filled cell, last: empty cell; between them the parts of a cell, ascending.
    pub(crate) full: &'static str,
    /// Parts of a filled cell, ascending.
    pub(crate) parts: &'static [&'static str],
    /// Empty cell.
    pub(crate) empty: &'static str,
    /// Heights of a sparkline, ascending.
    pub(crate) heights: &'static [&'static str],
}

/// A bar of `width` cells, `part` of `whole` filled; full only when all is there.
pub(crate) fn progress(part: u64, whole: u64, width: usize, symbols: BarSymbols) -> String {
    let steps = symbols.parts.len() + 1;
    let total = (width * steps) as u128;
    let filled = (u128::from(part.min(whole)) * total).checked_div(u128::from(whole)).unwrap_or(total);
    let filled = usize::try_from(filled).unwrap_or(usize::MAX);
    let mut bar = symbols.full.repeat(filled / steps);
    let mut drawn = filled / steps;
    if let Some(part) = (filled % steps).checked_sub(1).and_then(|part| symbols.parts.get(part)) {
        bar.push_str(part);
        drawn += 1;
    }
    bar.push_str(&symbols.empty.repeat(width.saturating_sub(drawn)));
    bar
}

/// The last `width` values, each against the highest of them.
pub(crate) fn sparkline<'a>(
    values: impl DoubleEndedIterator<Item = &'a u64>,
    width: usize,
    symbols: BarSymbols,
) -> String {
    let mut shown: Vec<u64> = values.rev().take(width).copied().collect();
    shown.reverse();
    let highest = shown.iter().copied().max().unwrap_or(0).max(1);
    let top = symbols.heights.len().saturating_sub(1);
    shown
        .iter()
        .map(|&value| {
            let height = u128::from(value) * top as u128 / u128::from(highest);
            usize::try_from(height).ok().and_then(|height| symbols.heights.get(height)).copied().unwrap_or(" ")
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::theme::{Glyphs, Symbols};

    #[test]
    fn a_bar_is_full_only_when_all_is_there() {
        assert_eq!(progress(0, 100, 4, Symbols::of(Glyphs::Unicode).bar), "░░░░");
        assert_eq!(progress(62, 100, 4, Symbols::of(Glyphs::Unicode).bar), "██▍░");
        assert_eq!(progress(99, 100, 4, Symbols::of(Glyphs::Unicode).bar), "███▉");
        assert_eq!(progress(100, 100, 4, Symbols::of(Glyphs::Unicode).bar), "████");
        assert_eq!(progress(0, 0, 2, Symbols::of(Glyphs::Unicode).bar), "██");
        assert_eq!(progress(u64::MAX, 1, 2, Symbols::of(Glyphs::Ascii).bar), "##");
        assert_eq!(progress(50, 100, 4, Symbols::of(Glyphs::Ascii).bar), "##--");
    }

    #[test]
    fn a_sparkline_shows_the_latest_values() {
        assert_eq!(sparkline([9, 0, 5, 10].iter(), 3, Symbols::of(Glyphs::Unicode).bar), "▁▄█");
        assert_eq!(sparkline([].iter(), 3, Symbols::of(Glyphs::Unicode).bar), "");
        assert_eq!(sparkline([u64::MAX, 0].iter(), 9, Symbols::of(Glyphs::Unicode).bar), "█▁");
    }
}
