//! The schemas of the document: its stanzas and those of two Balconies are valid by them, and what is not is found.
//!
//! The validator is libxml2's `xmllint`, one program that Debian has: nothing else of the tests reads a schema.

use std::cell::RefCell;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::rc::Rc;

use minidom::Element;
use tempfile::TempDir;

use super::{headed_stanzas, section, stanzas};
use crate::support::pair::{JULIET, Pair, ROMEO};

/// What the document says of a stanza that no schema admits.
const INVALID: &str = "(not valid: ";

#[test]
fn the_stanzas_of_the_document_are_valid_by_its_schemas_but_for_those_that_are_said_not_to_be() {
    let schemas = Schemas::of_the_document();
    let mut invalid = 0;
    for (head, xml) in headed_stanzas() {
        let wrong = schemas.wrong_with(xml);
        if head.contains(INVALID) {
            assert!(wrong.is_some(), "{head} is valid");
            invalid += 1;
        } else {
            assert_eq!(wrong, None, "{head}");
        }
    }
    assert!(invalid > 1, "the document has lost what is not valid");
}

#[test]
fn what_two_balconies_say_to_each_other_is_valid_by_the_schemas_of_the_document() {
    let mut pair = Pair::new();
    let said = Rc::new(RefCell::new(Vec::new()));
    for who in [ROMEO, JULIET] {
        let said = Rc::clone(&said);
        pair.world.nodes[who].quirk = Some(Box::new(move |way, stanza| {
            said.borrow_mut().push(stanza.clone());
            vec![(way, stanza)]
        }));
    }
    pair.offer(5000);
    pair.finish();
    let is_negotiation = |stanza: &&Element| stanza.children().any(|payload| payload.name() == "si");
    let schemas = Schemas::of_the_document();
    let said = said.borrow();
    let negotiation: Vec<&Element> = said.iter().filter(is_negotiation).collect();
    assert!(negotiation.len() > 1, "nobody has offered or answered anything");
    for stanza in negotiation {
        let xml = String::from(stanza);
        assert_eq!(schemas.wrong_with(&xml), None, "{xml}");
    }
}

/// A stanza of the document, what of it is replaced by what, and what is wrong then.
const DAMAGE: &[(&str, &str, &str, &str)] = &[
    ("answer", "value>", "method>", "an element of the extension that there is not"),
    ("answer", "<value>", "<value xmlns='urn:example'>", "a value of another namespace"),
    ("answer", "<value>", "<value first='1'>", "an attribute that there is not"),
    ("answer", "<si-multiple", "words <si-multiple", "words between the elements"),
    ("answer", "protocol/ibb", "protocol/bytestreams", "a method twice"),
    ("answer", "http://jabber.org/protocol/ibb", "", "a method without a name"),
    ("answer-range", "'4999'", "'-1'", "a negative offset"),
    ("answer-range", "offset", "begin", "a range of something else"),
    ("answer-range", "<range", "<range/><range", "two ranges"),
    ("offer", "'5000'", "'4.9 kB'", "a size in words"),
    ("offer", "size=", "date='yesterday' size=", "a date in words"),
    ("offer", "size=", "hash='552da749930852c69ae5d2141d3766b' size=", "half a digit of a hash"),
    ("offer", "size=", "length=", "an attribute that a file does not have"),
    ("offer", "option>", "choice>", "something else than options"),
    ("offer", "'form'", "'question'", "a form of no known type"),
    ("offer", " var=", " name=", "a field without a name"),
    ("answer-plain", "</value>", "</value><value>more</value>", "two values of one field"),
    ("no-valid-streams", "protocol/si'/>", "protocol/si'>words</no-valid-streams>", "words in a condition"),
];

#[test]
fn what_is_damaged_is_not_valid_by_the_schemas_of_the_document() {
    let (schemas, stanzas) = (Schemas::of_the_document(), stanzas());
    for (name, what, by, damage) in DAMAGE {
        let sound = stanzas[name];
        let damaged = sound.replace(what, by);
        assert_ne!(sound, damaged, "{damage}: {name} has no {what}");
        assert!(schemas.wrong_with(&damaged).is_some(), "{damage} is found to be valid:\n{damaged}");
    }
}

/// The schemas of the document as files, and one that lets them stand in a stanza.
struct Schemas {
    folder: TempDir,
}

impl Schemas {
    fn of_the_document() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut imports = String::new();
        for (number, schema) in section("## 13. Schema", "## 14.").split("```xml\n").skip(1).enumerate() {
            let (schema, _) = schema.split_once("```").expect("every block ends");
            let (_, rest) = schema.split_once("targetNamespace='").expect("a schema is of a namespace");
            let (namespace, _) = rest.split_once('\'').expect("an attribute ends");
            fs::write(folder.path().join(format!("{number}.xsd")), schema).unwrap();
            write!(imports, "<xs:import namespace='{namespace}' schemaLocation='{number}.xsd'/>").unwrap();
        }
        assert!(imports.contains("xmpp/si-multiple'"), "the document has lost its schema");
        let stanza = format!(
            "<xs:schema xmlns:xs='http://www.w3.org/2001/XMLSchema' targetNamespace='jabber:client'>{imports}\
             <xs:element name='iq'><xs:complexType>\
             <xs:sequence><xs:any processContents='lax' minOccurs='0'/></xs:sequence>\
             <xs:anyAttribute processContents='lax'/></xs:complexType></xs:element></xs:schema>"
        );
        fs::write(folder.path().join("stanza.xsd"), stanza).unwrap();
        Schemas { folder }
    }

    /// What is wrong with a stanza, if anything is.
    fn wrong_with(&self, xml: &str) -> Option<String> {
        let file = self.folder.path().join("stanza.xml");
        let named = if xml.contains("xmlns='jabber:client'") || xml.contains("xmlns=\"jabber:client\"") {
            xml.to_owned()
        } else {
            xml.replacen("<iq", "<iq xmlns='jabber:client'", 1)
        };
        fs::write(&file, named).unwrap();
        validate(&self.folder.path().join("stanza.xsd"), &file)
    }
}

/// What the validator says against a file. Its other complaints, of a schema or a file that it cannot read, are failures
/// of the test.
fn validate(schema: &Path, file: &Path) -> Option<String> {
    const IS_VALID: i32 = 0;
    const IS_INVALID: i32 = 3;
    let mut xmllint = Command::new("xmllint");
    xmllint.args(["--noout", "--nonet", "--schema"]).arg(schema).arg(file).stdin(Stdio::null());
    let output = xmllint.output().unwrap_or_else(|why| {
        panic!("xmllint does not start ({why}): it is in Debian's libxml2-utils, which tests/run installs")
    });
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    match output.status.code() {
        Some(IS_VALID) => None,
        Some(IS_INVALID) => Some(said),
        _ => panic!("xmllint cannot validate {}: {said}", file.display()),
    }
}
