//! XEP-0163, as far as clients need it: what an account publishes of itself is told to those who want to know, and is
//! there to be asked for (XEP-0060).

use minidom::Element;

use super::ns;
use super::stanza::{element, set, text_element};

/// The items that these payloads of a message say were published at a node; none if it is about something else.
pub fn read_event<'a>(payloads: impl IntoIterator<Item = &'a Element>, node: &str) -> Option<&'a Element> {
    let mut events = payloads.into_iter().filter(|payload| payload.is("event", ns::PUBSUB_EVENT));
    events.find_map(|event| items_of(event, ns::PUBSUB_EVENT, node))
}

/// The items of a node, in the answer to [`items_query`].
pub fn read_items<'a>(answer: &'a Element, node: &str) -> Option<&'a Element> {
    items_of(answer, ns::PUBSUB, node)
}

/// The payload of the newest item.
pub fn newest(items: &Element) -> Option<&Element> {
    items.children().filter(|child| child.name() == "item").last()?.children().next()
}

fn items_of<'a>(parent: &'a Element, namespace: &str, node: &str) -> Option<&'a Element> {
    parent.children().find(|child| child.is("items", namespace) && child.attr("node") == Some(node))
}

/// The request for the newest item of a node.
pub fn items_query(node: &str) -> Element {
    let mut items = items(node);
    set(&mut items, "max_items", "1");
    wrapped(items)
}

/// The request for all items of a node.
pub fn all_items_query(node: &str) -> Element {
    wrapped(items(node))
}

fn items(node: &str) -> Element {
    let mut items = element("items", ns::PUBSUB);
    set(&mut items, "node", node);
    items
}

/// The request to publish something at a node of our own, in place of what was there.
pub fn publish(node: &str, payload: Element) -> Element {
    wrapped(publication(node, "current", payload))
}

/// The request to publish something at a node of our own under a name, with options that the node must have.
pub fn publish_item(node: &str, name: &str, payload: Element, options: &[(&str, &str)]) -> Element {
    let mut pubsub = wrapped(publication(node, name, payload));
    let mut wanted = element("publish-options", ns::PUBSUB);
    wanted.append_child(form(options));
    pubsub.append_child(wanted);
    pubsub
}

fn publication(node: &str, name: &str, payload: Element) -> Element {
    let mut item = element("item", ns::PUBSUB);
    set(&mut item, "id", name);
    item.append_child(payload);
    let mut publish = element("publish", ns::PUBSUB);
    set(&mut publish, "node", node);
    publish.append_child(item);
    publish
}

fn form(options: &[(&str, &str)]) -> Element {
    let mut form = element("x", ns::DATA_FORMS);
    set(&mut form, "type", "submit");
    let mut kind = field("FORM_TYPE", ns::PUBLISH_OPTIONS);
    set(&mut kind, "type", "hidden");
    form.append_child(kind);
    for (var, value) in options {
        form.append_child(field(var, value));
    }
    form
}

fn field(var: &str, value: &str) -> Element {
    let mut field = element("field", ns::DATA_FORMS);
    set(&mut field, "var", var);
    field.append_child(text_element("value", ns::DATA_FORMS, value));
    field
}

fn wrapped(child: Element) -> Element {
    let mut pubsub = element("pubsub", ns::PUBSUB);
    pubsub.append_child(child);
    pubsub
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_read_for_the_node_that_is_asked_about() {
        let event: Element = "<event xmlns='http://jabber.org/protocol/pubsub#event'><items node='a'>
            <item id='1'><x xmlns='y'/></item></items></event>"
            .parse()
            .unwrap();
        assert!(newest(read_event([&event], "a").unwrap()).unwrap().is("x", "y"));
        assert_eq!(read_event([&event], "b"), None);
    }
}
