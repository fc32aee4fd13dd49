//! XEP-0313 message archives, paged by XEP-0059: a query, one of its results, and what says that a page is over.

use std::time::SystemTime;

use jid::BareJid;
use minidom::Element;

use super::stanza::{Message, Stanza, element, set, text_element};
use super::{date, delay, ns};

/// Which page of which messages.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Query {
    /// The name under which the results come.
    pub id: String,
    /// With whom; everybody if nobody is named.
    pub with: Option<BareJid>,
    /// Archived at that time or later.
    pub start: Option<SystemTime>,
    /// Archived at that time or earlier.
    pub end: Option<SystemTime>,
    /// Whose text fits, in an archive that can search: by the field of that name.
    pub text: Option<(String, String)>,
    /// From where on.
    pub page: Page,
    /// How many at most.
    pub most: u32,
}

/// The fields by which archives search texts: XEP-0431's, and the older one of some servers.
const TEXT_FIELDS: [&str; 2] = ["{urn:xmpp:fulltext:0}fulltext", "withtext"];

/// Where a page begins or ends.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Page {
    /// It ends with the newest message.
    #[default]
    Last,
    /// It begins with the oldest message.
    First,
    /// It ends right before that one.
    Before(String),
    /// It begins right after that one.
    After(String),
}

/// A message out of an archive.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// The query it belongs to.
    pub query: Option<String>,
    /// The archive's name for it.
    pub id: String,
    /// When the archive took it in.
    pub at: Option<SystemTime>,
    /// As it was sent.
    pub message: Message,
}

/// What ends a page.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Fin {
    /// Nothing lies beyond it in the direction of the query.
    pub is_complete: bool,
    /// The archive's name for the first message of the page.
    pub first: Option<String>,
    /// And for the last.
    pub last: Option<String>,
}

impl Query {
    /// The XML of it.
    pub fn write(&self) -> Element {
        let mut query = element("query", ns::MAM);
        set(&mut query, "queryid", &self.id);
        if let Some(form) = form(&self.filters()) {
            query.append_child(form);
        }
        let mut page = element("set", ns::RSM);
        page.append_child(text_element("max", ns::RSM, self.most.to_string()));
        match &self.page {
            Page::First => {}
            Page::Last => drop(page.append_child(element("before", ns::RSM))),
            Page::Before(id) => drop(page.append_child(text_element("before", ns::RSM, id))),
            Page::After(id) => drop(page.append_child(text_element("after", ns::RSM, id))),
        }
        query.append_child(page);
        query
    }

    /// What narrows it down: fields and their values.
    fn filters(&self) -> Vec<(&str, String)> {
        let time = |name: &'static str, at: Option<SystemTime>| Some((name, date::write(at?)?));
        let with = self.with.as_ref().map(|with| ("with", with.to_string()));
        let text = self.text.as_ref().map(|(field, words)| (field.as_str(), words.clone()));
        [with, time("start", self.start), time("end", self.end), text].into_iter().flatten().collect()
    }
}

/// The question which fields a query may have.
pub fn form_query() -> Element {
    element("query", ns::MAM)
}

/// The field by which the archive that answers so searches texts, if it does.
pub fn read_text_field(answer: &Element) -> Option<&'static str> {
    let form = answer.get_child("x", ns::DATA_FORMS)?;
    let has = |name: &&str| form.children().any(|field| field.attr("var") == Some(*name));
    TEXT_FIELDS.into_iter().find(has)
}

fn form(filters: &[(&str, String)]) -> Option<Element> {
    let field = |var: &str, value: &str| {
        let mut field = element("field", ns::DATA_FORMS);
        set(&mut field, "var", var);
        field.append_child(text_element("value", ns::DATA_FORMS, value));
        field
    };
    let mut kind = field("FORM_TYPE", ns::MAM);
    set(&mut kind, "type", "hidden");
    let mut form = element("x", ns::DATA_FORMS);
    set(&mut form, "type", "submit");
    form.append_child(kind);
    for (var, value) in filters {
        form.append_child(field(var, value));
    }
    (!filters.is_empty()).then_some(form)
}

/// Reads a `<result/>`; none if there is no message in it that can be read.
pub fn read_result(result: &Element) -> Option<Found> {
    let forwarded = result.get_child("forwarded", ns::FORWARD)?;
    let Ok(Stanza::Message(message)) = Stanza::read(forwarded.get_child("message", ns::CLIENT)?) else { return None };
    Some(Found {
        query: result.attr("queryid").map(str::to_owned),
        id: result.attr("id").filter(|id| !id.is_empty())?.to_owned(),
        at: delay::read(forwarded.children()),
        message,
    })
}

/// Reads the `<fin/>` of an answer; an answer without one ends everything.
pub fn read_fin(payload: Option<&Element>) -> Fin {
    let Some(fin) = payload.filter(|payload| payload.is("fin", ns::MAM)) else {
        return Fin { is_complete: true, ..Fin::default() };
    };
    let page = fin.get_child("set", ns::RSM);
    let named = |name: &str| page?.get_child(name, ns::RSM).map(Element::text).filter(|id| !id.is_empty());
    Fin { is_complete: fin.attr("complete") == Some("true"), first: named("first"), last: named("last") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_names_its_page_and_whom_it_is_about() {
        let with = Some(BareJid::new("juliet@capulet.lit").unwrap());
        let page = Page::After("28482-98726".to_owned());
        let query = Query { id: "q1".to_owned(), with, page, most: 50, ..Query::default() };
        let written = String::from(&query.write());
        assert!(written.contains("<value>juliet@capulet.lit</value>"), "{written}");
        assert!(written.contains("<max>50</max><after>28482-98726</after>"), "{written}");
        assert!(String::from(&Query::default().write()).contains("<before/>"));
    }

    #[test]
    fn a_query_can_be_of_a_time_and_of_words() {
        let start = Some(SystemTime::UNIX_EPOCH);
        let text = Some(("withtext".to_owned(), "nightingale".to_owned()));
        let written = String::from(&Query { start, text, page: Page::First, most: 5, ..Query::default() }.write());
        assert!(written.contains("var='start'><value>1970-01-01T00:00:00Z</value>"), "{written}");
        assert!(written.contains("var='withtext'><value>nightingale</value>"), "{written}");
        assert!(written.contains("<max>5</max></set>"), "{written}");
    }

    #[test]
    fn an_archive_says_whether_it_searches_texts() {
        let offers = |fields: &str| {
            let form = format!("<query xmlns='{}'><x xmlns='jabber:x:data' type='form'>{fields}</x></query>", ns::MAM);
            read_text_field(&form.parse().unwrap())
        };
        assert_eq!(offers("<field var='with'/>"), None);
        assert_eq!(offers("<field var='with'/><field var='withtext'/>"), Some("withtext"));
    }

    #[test]
    fn a_result_is_the_message_with_the_archives_name_and_time() {
        let result: Element = "<result xmlns='urn:xmpp:mam:2' queryid='q1' id='28482-98726'>
              <forwarded xmlns='urn:xmpp:forward:0'>
                <delay xmlns='urn:xmpp:delay' stamp='2010-07-10T23:08:25Z'/>
                <message xmlns='jabber:client' from='romeo@montague.lit/orchard' to='juliet@capulet.lit' id='1'>
                  <body>Call me but love</body>
                </message>
              </forwarded>
            </result>"
            .parse()
            .unwrap();
        let found = read_result(&result).unwrap();
        assert_eq!((found.id.as_str(), found.query.as_deref()), ("28482-98726", Some("q1")));
        assert_eq!(found.message.body.as_deref(), Some("Call me but love"));
        assert!(found.at.is_some());
        assert_eq!(read_result(&"<result xmlns='urn:xmpp:mam:2' id='1'/>".parse().unwrap()), None);
    }

    #[test]
    fn the_end_of_a_page_says_where_the_next_begins() {
        let fin: Element = "<fin xmlns='urn:xmpp:mam:2'><set xmlns='http://jabber.org/protocol/rsm'>
              <first index='0'>a</first><last>b</last></set></fin>"
            .parse()
            .unwrap();
        let expected = Fin { is_complete: false, first: Some("a".to_owned()), last: Some("b".to_owned()) };
        assert_eq!(read_fin(Some(&fin)), expected);
        assert!(read_fin(None).is_complete);
    }
}
