//! XEP-0393: which parts of a text are strong, emphasised, struck, code or quoted.
//!
//! The directives stay in the text and look like what they enclose, as the specification recommends: what is styled reads
//! the same where nothing can be. A text is taken line by line; no span leaves its line.

use std::ops::Range;

/// Deeper quotations are drawn like this one.
const DEEPEST: usize = 8;

/// What encloses spans.
const DIRECTIVES: [(char, Marks); 4] =
    [('*', Marks::STRONG), ('_', Marks::EMPHASIS), ('~', Marks::STRUCK), ('`', Marks::CODE)];

/// What a block of code begins with, and ends with.
const FENCE: &str = "```";

/// A part of a line, in bytes, and how it is marked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) range: Range<usize>,
    pub(crate) marks: Marks,
}

/// How a part of a text is marked; several at a time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Marks(u8);

impl Marks {
    pub(crate) const STRONG: Marks = Marks(1);
    pub(crate) const EMPHASIS: Marks = Marks(2);
    pub(crate) const STRUCK: Marks = Marks(4);
    pub(crate) const CODE: Marks = Marks(8);
    pub(crate) const QUOTED: Marks = Marks(16);

    pub(crate) fn has(self, other: Marks) -> bool {
        self.0 & other.0 != 0
    }

    fn and(self, other: Marks) -> Marks {
        Marks(self.0 | other.0)
    }
}

/// The runs of each line, in order and without gaps.
pub(crate) fn styled(lines: &[String]) -> Vec<Vec<Run>> {
    let mut text = Text { lines, runs: vec![Vec::new(); lines.len()] };
    text.block(0..lines.len(), &vec![0; lines.len()], Marks::default(), 0);
    text.runs
}

/// The text while it is read.
struct Text<'a> {
    lines: &'a [String],
    runs: Vec<Vec<Run>>,
}

impl Text<'_> {
    /// Reads lines, each from where the block begins in it.
    fn block(&mut self, lines: Range<usize>, starts: &[usize], marks: Marks, depth: usize) {
        let mut number = lines.start;
        while number < lines.end {
            let rest = |number: usize| &self.lines[number][starts[number]..];
            if rest(number).starts_with(FENCE) {
                let closes = |number: &usize| rest(*number).trim_end() == FENCE;
                let end = (number + 1..lines.end).find(closes).map_or(lines.end, |last| last + 1);
                (number..end).for_each(|number| self.push(number, starts[number], marks.and(Marks::CODE)));
                number = end;
            } else if rest(number).starts_with('>') && depth < DEEPEST {
                let end = (number..lines.end).find(|number| !rest(*number).starts_with('>')).unwrap_or(lines.end);
                self.quotation(number..end, starts, marks.and(Marks::QUOTED), depth);
                number = end;
            } else {
                self.spans(number, starts[number]..self.lines[number].len(), marks);
                number += 1;
            }
        }
    }

    fn quotation(&mut self, lines: Range<usize>, starts: &[usize], marks: Marks, depth: usize) {
        let mut inside = starts.to_vec();
        for number in lines.clone() {
            let quoted = &self.lines[number][starts[number] + 1..];
            let blank = quoted.chars().next().filter(|first| first.is_whitespace()).map_or(0, char::len_utf8);
            inside[number] = starts[number] + 1 + blank;
            self.run(number, starts[number]..inside[number], marks);
        }
        self.block(lines, &inside, marks, depth + 1);
    }

    /// Reads the spans of a part of a line. A directive that was looked for in vain is not looked for again.
    fn spans(&mut self, number: usize, part: Range<usize>, marks: Marks) {
        let lines = self.lines;
        let text = &lines[number][part.clone()];
        let mut vain = Marks::default();
        let (mut plain, mut at) = (0, 0);
        let mut before = None;
        while let Some(c) = text[at..].chars().next() {
            let opens = DIRECTIVES
                .iter()
                .find(|(directive, _)| *directive == c)
                .filter(|(_, mark)| !vain.has(*mark) && before.is_none_or(char::is_whitespace));
            let closed = opens.map(|&(directive, mark)| (mark, closing(&text[at + 1..], directive)));
            if let Some((mark, Close::At(length))) = closed {
                let end = at + 1 + length + 1;
                self.run(number, part.start + plain..part.start + at, marks);
                self.span(number, part.start + at..part.start + end, marks.and(mark));
                (plain, at, before) = (end, end, Some(c));
                continue;
            }
            if let Some((mark, Close::Nowhere)) = closed {
                vain = vain.and(mark);
            }
            (at, before) = (at + c.len_utf8(), Some(c));
        }
        self.run(number, part.start + plain..part.end, marks);
    }

    /// A span with its directives, each of one byte. In code nothing is styled.
    fn span(&mut self, number: usize, whole: Range<usize>, marks: Marks) {
        if marks.has(Marks::CODE) {
            return self.run(number, whole, marks);
        }
        self.run(number, whole.start..whole.start + 1, marks);
        self.spans(number, whole.start + 1..whole.end - 1, marks);
        self.run(number, whole.end - 1..whole.end, marks);
    }

    /// The rest of a line looks like this.
    fn push(&mut self, number: usize, start: usize, marks: Marks) {
        self.run(number, start..self.lines[number].len(), marks);
    }

    fn run(&mut self, number: usize, range: Range<usize>, marks: Marks) {
        if range.is_empty() {
            return;
        }
        match self.runs[number].last_mut() {
            Some(last) if last.marks == marks => last.range.end = range.end,
            Some(_) | None => self.runs[number].push(Run { range, marks }),
        }
    }
}

/// Where a span ends.
enum Close {
    /// After so many bytes.
    At(usize),
    /// Not here: there is nothing in it.
    Empty,
    /// There is no directive that could close it.
    Nowhere,
}

/// Where a span ends whose opening directive stands before this text.
fn closing(text: &str, directive: char) -> Close {
    let Some(first) = text.chars().next() else { return Close::Nowhere };
    if first == directive || first.is_whitespace() {
        return Close::Empty;
    }
    let mut before = first;
    for (at, c) in text.char_indices().skip(1) {
        if c == directive && !before.is_whitespace() {
            return Close::At(at);
        }
        before = c;
    }
    Close::Nowhere
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is marked so in a text, each piece by itself.
    fn marked(text: &str, marks: Marks) -> Vec<String> {
        let lines: Vec<String> = text.lines().map(str::to_owned).collect();
        let runs = styled(&lines);
        let mut pieces = Vec::new();
        for (line, runs) in lines.iter().zip(runs) {
            assert_eq!(runs.iter().map(|run| &line[run.range.clone()]).collect::<String>(), *line, "nothing is lost");
            let mut piece = String::new();
            for run in runs {
                if run.marks.has(marks) {
                    piece.push_str(&line[run.range]);
                } else if !piece.is_empty() {
                    pieces.push(std::mem::take(&mut piece));
                }
            }
            pieces.extend((!piece.is_empty()).then_some(piece));
        }
        pieces
    }

    #[test]
    fn spans_of_the_specification_are_styled() {
        for (text, strong) in [
            ("*strong*", vec!["*strong*"]),
            ("plain *strong* plain", vec!["*strong*"]),
            ("*strong* plain *strong*", vec!["*strong*", "*strong*"]),
            ("*strong*plain*", vec!["*strong*"]),
            ("* plain *strong*", vec!["*strong*"]),
            ("(Two spans, both )(*alike in dignity*)", vec![]),
            ("most _people_ *shorten* it", vec!["*shorten*"]),
        ] {
            assert_eq!(marked(text, Marks::STRONG), strong, "{text}");
        }
    }

    #[test]
    fn what_the_specification_leaves_alone_is_left_alone() {
        for text in
            ["not strong*", "*not strong", "*not \n strong*", "*not *strong", "**", "***", "****", "* a *", "a*b*c"]
        {
            assert_eq!(marked(text, Marks::STRONG), Vec::<String>::new(), "{text}");
        }
        let text = "(There are three blocks in this body marked by parens,)\n(but there is no *formatting)\n\
                    (as spans* may not escape blocks.)";
        assert_eq!(marked(text, Marks::STRONG), Vec::<String>::new());
    }

    #[test]
    fn emphasis_and_what_is_struck() {
        let title = "The full title is _Twelfth Night, or What You Will_ but\n_most_ people shorten it.";
        assert_eq!(marked(title, Marks::EMPHASIS), ["_Twelfth Night, or What You Will_", "_most_"]);
        assert_eq!(marked("Everyone ~dis~likes cake.", Marks::STRUCK), ["~dis~"]);
        assert_eq!(marked("snake_case_names and 2*3*4", Marks::EMPHASIS), Vec::<String>::new());
    }

    #[test]
    fn spans_stand_in_spans_but_not_in_code() {
        assert_eq!(marked("*_both_*", Marks::EMPHASIS), ["_both_"]);
        assert_eq!(marked("*_both_*", Marks::STRONG), ["*_both_*"]);
        assert_eq!(marked("This is `*monospace*`", Marks::STRONG), Vec::<String>::new());
        assert_eq!(marked("This is `*monospace*`", Marks::CODE), ["`*monospace*`"]);
        assert_eq!(marked("This is *`monospace and bold`*", Marks::CODE), ["`monospace and bold`"]);
        assert_eq!(marked("This is *`monospace and bold`*", Marks::STRONG), ["*`monospace and bold`*"]);
    }

    #[test]
    fn a_block_of_code_ends_with_its_fence_or_with_what_it_stands_in() {
        let text = "```ignored\n(println \"Hello, *world*!\")\n```\n\nThis is plain";
        assert_eq!(marked(text, Marks::CODE), ["```ignored", "(println \"Hello, *world*!\")", "```"]);
        assert_eq!(marked(text, Marks::STRONG), Vec::<String>::new());
        let quoted = "> ```\n> (println \"Hello, world!\")\n\nThe entire blockquote is preformatted, but this line\nis plaintext!";
        assert_eq!(marked(quoted, Marks::CODE), ["```", "(println \"Hello, world!\")"]);
        assert_eq!(marked("```\nnever *closed*", Marks::CODE).len(), 2);
    }

    #[test]
    fn quotations_hold_what_stands_in_them() {
        assert_eq!(marked("> That that is, is.\n\nSaid the old hermit.", Marks::QUOTED), ["> That that is, is."]);
        let nested = ">> That that is, is.\n> Said the old *hermit* of Prague.\n\nWho?";
        assert_eq!(marked(nested, Marks::QUOTED).len(), 2);
        assert_eq!(marked(nested, Marks::STRONG), ["*hermit*"]);
    }

    #[test]
    fn whatever_is_written_is_read_in_time() {
        for hostile in [
            "*a ".repeat(20_000),
            ">".repeat(50_000),
            "_*~`".repeat(10_000),
            ">\n".repeat(10_000),
            "*a* ".repeat(9_000),
        ] {
            marked(&hostile, Marks::STRONG);
        }
    }
}
