//! XEP-0363: what a service that takes uploads says of itself. Nothing is uploaded by this program.

use super::disco::Info;
use super::ns;

/// Whether somebody takes uploads.
pub fn is_offered(info: &Info) -> bool {
    info.features.iter().any(|feature| feature == ns::UPLOAD)
}

/// The largest file it takes, in bytes, if it says so.
pub fn largest(info: &Info) -> Option<u64> {
    let fields = info.forms.iter().flat_map(|form| form.children());
    let mut limits = fields.filter(|field| field.attr("var") == Some("max-file-size"));
    let value = limits.next()?.get_child("value", ns::DATA_FORMS)?;
    value.text().trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_is_read_where_one_is_told() {
        let told = "<query xmlns='http://jabber.org/protocol/disco#info'><feature var='urn:xmpp:http:upload:0'/>\
             <x xmlns='jabber:x:data' type='result'><field var='FORM_TYPE'><value>urn:xmpp:http:upload:0</value></field>\
             <field var='max-file-size'><value>5242880</value></field></x></query>";
        let info = Info::read(&told.parse().unwrap());
        assert!(is_offered(&info));
        assert_eq!(largest(&info), Some(5_242_880));
        let silent = "<query xmlns='http://jabber.org/protocol/disco#info'/>";
        let info = Info::read(&silent.parse().unwrap());
        assert!(!is_offered(&info));
        assert_eq!(largest(&info), None);
    }
}
