//! What passes the filter, and what it makes of what must not, however the bytes come.

use super::*;

const STREAM: &str = "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>";

/// What comes out, whole or byte by byte.
fn filtered(input: &str) -> String {
    let whole = run(input.as_bytes(), input.len());
    assert_eq!(whole, run(input.as_bytes(), 1), "the filter must not depend on how the bytes come");
    whole
}

fn run(input: &[u8], step: usize) -> String {
    let mut filter = Filter::default();
    let mut clean = Vec::new();
    for chunk in input.chunks(step.max(1)) {
        filter.pass(chunk, &mut clean);
    }
    String::from_utf8(clean).unwrap()
}

fn in_stream(stanzas: &str) -> String {
    let all = filtered(&format!("{STREAM}{stanzas}"));
    all.strip_prefix(STREAM).unwrap().to_owned()
}

#[test]
fn ordinary_xml_passes_unchanged() {
    for stanzas in [
        "<message to='a' from=\"b\"><body>1 &lt; 2 &amp;&#x1F600; ü</body></message><presence/>\n",
        "<iq a='>' b=\"'/>\"><query xmlns='x'/></iq><r xmlns='urn:xmpp:sm:3'/></stream:stream>",
        "<message><body><![CDATA[<a></b> ]] > ]]]]></body></message>",
        "<stream:features><mechanisms/></stream:features>",
        "<!DOCTYPE a><!-- b --><![CDX[>",
    ] {
        assert_eq!(in_stream(stanzas), stanzas);
    }
}

#[test]
fn deep_nesting_is_cut_where_it_is_deep() {
    let nested = |depth: usize| format!("{}x{}", "<a>".repeat(depth), "</a>".repeat(depth));
    let deepest = DEEPEST - STANZA_DEPTH;
    let fine = format!("<iq>{}</iq><message/>", nested(deepest));
    assert_eq!(in_stream(&fine), fine);
    let cut = format!("<iq>{}{}</iq><message/>", "<a>".repeat(deepest), "</a>".repeat(deepest));
    assert_eq!(in_stream(&format!("<iq>{}</iq><message/>", nested(30_000))), cut);
}

#[test]
fn an_element_with_an_endless_attribute_is_dropped_alone() {
    let long = "x".repeat(LONGEST_TAG);
    let poisoned = format!("<message id='1'><a/><img src='{long}'><b/>t</img><img src='{long}'/><c/></message><r/>");
    assert_eq!(in_stream(&poisoned), "<message id='1'><a/><c/></message><r/>");
    let endless_name = format!("<message><{long}>t</{long}><c/></message><r/>");
    assert_eq!(in_stream(&endless_name), "<message><c/></message><r/>");
}

#[test]
fn a_stanza_with_an_endless_attribute_still_counts_as_one() {
    let long = "x".repeat(LONGEST_TAG);
    assert_eq!(in_stream(&format!("<message id='{long}'><a>t</a></message><r/>")), "<message></message><r/>");
    assert_eq!(in_stream(&format!("<message id='{long}'/><r><a>t</a></r>")), "<message/><r><a>t</a></r>");
}

#[test]
fn endless_text_is_cut_between_characters_and_references() {
    for (unit, step) in [("x", 1), ("ü", 2), ("&amp;", 5), ("😀&lt;", 4)] {
        let text = unit.repeat(LARGEST_STANZA / unit.len() + 100);
        let input = format!("{STREAM}<message><body>{text}</body><a/></message><presence/>");
        let output = run(input.as_bytes(), 4096);
        let kept = output.strip_prefix(&format!("{STREAM}<message><body>")).unwrap();
        let kept = kept.strip_suffix("</body></message><presence/>").unwrap();
        assert!(kept.len() <= LARGEST_STANZA && kept.len() + 1000 > LARGEST_STANZA);
        assert!(text.starts_with(kept) && kept.len() % step == 0);
    }
}

#[test]
fn an_ampersand_that_begins_no_reference_holds_nothing_open() {
    let cut = |step: usize| {
        let (mut filter, mut clean) = (Filter::of_stanzas_up_to(64), Vec::new());
        let input = format!("{STREAM}<message>{}&{}</message>", "x".repeat(40), "x".repeat(40));
        input.as_bytes().chunks(step).for_each(|chunk| filter.pass(chunk, &mut clean));
        clean
    };
    assert_eq!(cut(1), cut(1000));
}

#[test]
fn endless_cdata_is_cut_and_ended() {
    let text = "]".repeat(LARGEST_STANZA + 100);
    let input = format!("{STREAM}<message><body><![CDATA[{text}x{text}x]]></body></message><presence/>");
    let output = run(input.as_bytes(), 4096);
    assert!(output.ends_with("x]]></body></message><presence/>"));
    assert!(output.len() < LARGEST_STANZA + 1000);
}

#[test]
fn endless_children_are_dropped_until_the_stanza_ends() {
    let children = "<a><b/></a>".repeat(LARGEST_STANZA / 11 + 100);
    let input = format!("{STREAM}<message>{children}</message><presence><a/></presence>");
    let output = run(input.as_bytes(), 4096);
    assert!(output.len() < LARGEST_STANZA + 1000);
    assert!(output.ends_with("</a></message><presence><a/></presence>"));
}

#[test]
fn a_stream_that_starts_again_counts_from_the_beginning() {
    let restarted = format!("<success/><?xml version='1.0'?>{STREAM}").repeat(3);
    let nested = |depth: usize| format!("<iq>{}{}</iq>", "<a>".repeat(depth), "</a>".repeat(depth));
    let deepest = nested(DEEPEST - STANZA_DEPTH);
    assert_eq!(in_stream(&format!("{restarted}{deepest}")), format!("{restarted}{deepest}"));
}

#[test]
fn a_peer_cannot_pretend_that_the_stream_starts_again() {
    let input = format!("<message>{}</message>", "<stream:stream>".repeat(1000));
    assert!(in_stream(&input).matches("<stream:stream>").count() <= DEEPEST);
}
