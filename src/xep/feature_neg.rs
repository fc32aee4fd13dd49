//! XEP-0020 feature negotiation, as far as stream initiation uses it: one form with one field that lists methods.

use minidom::Element;

use super::stanza::{element, set, text_element};
use super::{Malformed, ns};

/// The most methods that are kept of one list. Half a dozen were ever defined; the longest list seen has three.
const MOST_METHODS: usize = 16;

/// The field's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// `stream-method` of XEP-0095.
    StreamMethod,
    /// `file-transfer-method` of XEP-0087.
    FileTransferMethod,
}

/// What a form says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Methods {
    /// Under which name.
    pub field: Field,
    /// The options of an offer in their order, or the one value of an answer.
    pub values: Vec<String>,
}

impl Field {
    const ALL: [Field; 2] = [Field::StreamMethod, Field::FileTransferMethod];

    fn var(self) -> &'static str {
        match self {
            Field::StreamMethod => "stream-method",
            Field::FileTransferMethod => "file-transfer-method",
        }
    }
}

/// Reads `<feature/>`: the values of a form that is submitted, the options of any other; what is there if only one of
/// them is. No trimming inside `<value/>`.
pub fn read(feature: &Element) -> Result<Methods, Malformed> {
    let form =
        feature.get_child("x", ns::DATA_FORMS).ok_or_else(|| Malformed::new("a <feature/> without a data form"))?;
    let (name, field) = Field::ALL
        .into_iter()
        .find_map(|name| form.children().find(|child| child.attr("var") == Some(name.var())).map(|field| (name, field)))
        .ok_or_else(|| Malformed::new("a <feature/> that negotiates no stream method"))?;
    let chosen = bounded(values(field));
    let offered = bounded(field.children().filter(|child| child.is("option", ns::DATA_FORMS)).flat_map(values));
    let is_submitted = form.attr("type") == Some("submit");
    let values = if offered.is_empty() || is_submitted && !chosen.is_empty() { chosen } else { offered };
    Ok(Methods { field: name, values })
}

/// Writes the form of an offer: `type='form'`, a `list-single` with an option for each method.
pub fn write_options(field: Field, methods: &[String]) -> Element {
    let mut list = form_field(field);
    set(&mut list, "type", "list-single");
    for method in methods {
        let mut option = element("option", ns::DATA_FORMS);
        option.append_child(value(method));
        list.append_child(option);
    }
    feature("form", list)
}

/// Writes the form of an answer: `type='submit'` with the one value.
pub fn write_choice(field: Field, method: &str) -> Element {
    let mut choice = form_field(field);
    choice.append_child(value(method));
    feature("submit", choice)
}

/// A peer's list of methods without what is empty or said twice, and no longer than anybody needs.
pub(super) fn bounded(methods: impl Iterator<Item = String>) -> Vec<String> {
    let mut kept = Vec::new();
    for method in methods.filter(|method| !method.is_empty()).take(MOST_METHODS) {
        if !kept.contains(&method) {
            kept.push(method);
        }
    }
    kept
}

fn values(parent: &Element) -> impl Iterator<Item = String> {
    parent.children().filter(|child| child.is("value", ns::DATA_FORMS)).map(Element::text)
}

fn feature(form_type: &str, field: Element) -> Element {
    let mut form = element("x", ns::DATA_FORMS);
    set(&mut form, "type", form_type);
    form.append_child(field);
    let mut feature = element("feature", ns::FEATURE_NEG);
    feature.append_child(form);
    feature
}

fn form_field(field: Field) -> Element {
    let mut element = element("field", ns::DATA_FORMS);
    set(&mut element, "var", field.var());
    element
}

fn value(method: &str) -> Element {
    text_element("value", ns::DATA_FORMS, method)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offered(field: &str) -> Vec<String> {
        let feature = format!(
            "<feature xmlns='http://jabber.org/protocol/feature-neg'>
               <x xmlns='jabber:x:data'> <title>Methods</title> {field} </x>
             </feature>"
        );
        read(&feature.parse().unwrap()).unwrap().values
    }

    #[test]
    fn white_space_inside_a_value_is_part_of_it_and_between_elements_is_not() {
        let field =
            "<field var='stream-method'>\n <option> <value>a</value>\n</option> <option><value> b\n</value></option>
                     </field>";
        assert_eq!(offered(field), ["a", " b\n"]);
    }

    #[test]
    fn an_empty_value_and_a_repeated_one_are_no_methods() {
        let options = "<option label='ibb'><value>a</value></option><option><value>a</value></option><value/>";
        assert_eq!(offered(&format!("<field var='stream-method'>{options}</field>")), ["a"]);
    }

    #[test]
    fn other_fields_and_other_features_are_passed_over() {
        assert_eq!(
            offered("<field var='a'><value>b</value></field><field var='stream-method'><value>c</value></field>"),
            ["c"]
        );
        for form in ["", "<x xmlns='jabber:x:data'/>", "<x xmlns='jabber:x:data'><field var='a'/></x>"] {
            let feature = format!("<feature xmlns='http://jabber.org/protocol/feature-neg'>{form}</feature>");
            assert!(read(&feature.parse().unwrap()).is_err(), "{form}");
        }
    }
}
