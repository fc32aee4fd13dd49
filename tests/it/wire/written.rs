//! What Balcony writes, to the letter: the one form that every client among the fixtures takes.
//!
//! The form of an offer says `type='form'`, its first field is a `list-single`; that of an answer says `submit` (`BitlBee`
//! and Iris insist); no white space stands inside a value; an error carries its legacy code (ruby-xmpp4r looks at
//! nothing else); base64 is one line (gloox and slixmpp insist).

use std::time::{Duration, UNIX_EPOCH};

use balcony::xep::bytestreams::{Activate, Mode, StreamHost, StreamhostUsed, Streamhosts, address_request};
use balcony::xep::checksum::Checksum;
use balcony::xep::hashes::Hash;
use balcony::xep::ibb::{Carrier, Close, Data, Open};
use balcony::xep::si::{Answer, Dialect, Offer, bad_profile, declined, no_valid_streams};
use balcony::xep::si_file::{File, Range};
use balcony::xep::{StreamId, ns, si_legacy};
use jid::Jid;
use minidom::Element;

/// Compares with `expected`, whose line breaks and indentation are only for the reader.
#[track_caller]
fn check(written: &Element, expected: &str) {
    assert_eq!(String::from(written), expected.lines().map(str::trim).collect::<String>());
}

fn sid() -> StreamId {
    StreamId("b4lc0ny".to_owned())
}

fn both_methods() -> Vec<String> {
    vec![ns::BYTESTREAMS.to_owned(), ns::IBB.to_owned()]
}

fn film() -> File {
    File {
        name: Some("été & <film>.mkv".to_owned()),
        size: Some(734_003_200),
        hash: Some("552da749930852c69ae5d2141d3766b1".to_owned()),
        date: Some(UNIX_EPOCH + Duration::from_secs(1_700_000_000)),
        description: Some("as promised".to_owned()),
        mime_type: None,
        range: Some(Range::default()),
    }
}

fn offer() -> Offer {
    Offer {
        sid: sid(),
        profile: ns::SI_FILE.to_owned(),
        mime_type: Some("video/x-matroska".to_owned()),
        methods: both_methods(),
        multiple: true,
        dialect: Dialect::Si,
        profile_data: vec![film().write()],
        headers: Vec::new(),
    }
}

#[test]
fn an_offer_of_several_methods() {
    check(
        &offer().write(),
        "<si xmlns='http://jabber.org/protocol/si' id='b4lc0ny' mime-type='video/x-matroska' \
           profile='http://jabber.org/protocol/si/profile/file-transfer'>
           <file xmlns='http://jabber.org/protocol/si/profile/file-transfer' date='2023-11-14T22:13:20Z' \
             hash='552da749930852c69ae5d2141d3766b1' name='été &amp; &lt;film&gt;.mkv' size='734003200'>
             <desc>as promised</desc>
             <range/>
           </file>
           <feature xmlns='http://jabber.org/protocol/feature-neg'>
             <x xmlns='jabber:x:data' type='form'>
               <field type='list-single' var='stream-method'>
                 <option><value>http://jabber.org/protocol/bytestreams</value></option>
                 <option><value>http://jabber.org/protocol/ibb</value></option>
               </field>
             </x>
           </feature>
           <si-multiple xmlns='http://telepathy.freedesktop.org/xmpp/si-multiple'/>
         </si>",
    );
}

#[test]
fn an_offer_in_the_form_of_xep_0087() {
    let legacy = Offer {
        dialect: Dialect::Legacy,
        multiple: false,
        profile_data: Vec::new(),
        headers: si_legacy::write_file(&film()),
        ..offer()
    };
    check(
        &legacy.write(),
        "<si xmlns='http://jabber.org/protocol/si' id='b4lc0ny' mime-type='video/x-matroska' \
           profile='http://jabber.org/protocol/si/profile/file-transfer'>
           <header name='name'>été &amp; &lt;film&gt;.mkv</header>
           <header name='size'>734003200</header>
           <header name='hash'>552da749930852c69ae5d2141d3766b1</header>
           <header name='date'>2023-11-14T22:13:20Z</header>
           <header name='desc'>as promised</header>
           <feature xmlns='http://jabber.org/protocol/feature-neg'>
             <x xmlns='jabber:x:data' type='form'>
               <field type='list-single' var='file-transfer-method'>
                 <option><value>s5b</value></option>
                 <option><value>ibb</value></option>
               </field>
             </x>
           </feature>
         </si>",
    );
}

#[test]
fn answers() {
    let resumed = File { range: Some(Range { offset: Some(1000), length: None }), ..File::default() };
    let several = Answer {
        sid: None,
        methods: both_methods(),
        multiple: true,
        dialect: Dialect::Si,
        profile_data: vec![resumed.write()],
    };
    check(
        &several.write(),
        "<si xmlns='http://jabber.org/protocol/si'>
           <si-multiple xmlns='http://telepathy.freedesktop.org/xmpp/si-multiple'>
             <value>http://jabber.org/protocol/bytestreams</value>
             <value>http://jabber.org/protocol/ibb</value>
           </si-multiple>
           <file xmlns='http://jabber.org/protocol/si/profile/file-transfer'><range offset='1000'/></file>
         </si>",
    );
    let one = Answer { methods: vec![ns::IBB.to_owned()], multiple: false, profile_data: Vec::new(), ..several };
    check(
        &one.write(),
        "<si xmlns='http://jabber.org/protocol/si'>
           <feature xmlns='http://jabber.org/protocol/feature-neg'>
             <x xmlns='jabber:x:data' type='submit'>
               <field var='stream-method'><value>http://jabber.org/protocol/ibb</value></field>
             </x>
           </feature>
         </si>",
    );
    check(
        &Answer { sid: Some(sid()), dialect: Dialect::Legacy, ..one }.write(),
        "<si xmlns='http://jabber.org/protocol/si' id='b4lc0ny'>
           <feature xmlns='http://jabber.org/protocol/feature-neg'>
             <x xmlns='jabber:x:data' type='submit'>
               <field var='file-transfer-method'><value>ibb</value></field>
             </x>
           </feature>
         </si>",
    );
}

#[test]
fn ways_of_saying_no() {
    check(
        &declined().write(),
        "<error xmlns='jabber:client' code='403' type='cancel'>
           <forbidden xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>
           <text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'>Offer Declined</text>
         </error>",
    );
    check(
        &no_valid_streams(Dialect::Si).write(),
        "<error xmlns='jabber:client' code='400' type='cancel'>
           <bad-request xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>
           <no-valid-streams xmlns='http://jabber.org/protocol/si'/>
         </error>",
    );
    check(
        &no_valid_streams(Dialect::Legacy).write(),
        "<error xmlns='jabber:client' code='406' type='cancel'>
           <not-acceptable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>
           <text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'>No Valid Streams</text>
         </error>",
    );
    check(
        &bad_profile().write(),
        "<error xmlns='jabber:client' code='400' type='modify'>
           <bad-request xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>
           <bad-profile xmlns='http://jabber.org/protocol/si'/>
         </error>",
    );
}

#[test]
fn socks5_bytestreams() {
    let host = |jid: &str, host: &str| StreamHost { jid: Jid::new(jid).unwrap(), host: host.to_owned(), port: 5086 };
    let hosts = vec![host("romeo@montague.lit/Home", "192.0.2.1"), host("proxy.montague.lit", "2001:db8::1")];
    check(
        &Streamhosts { sid: sid(), mode: Mode::Tcp, hosts }.write(),
        "<query xmlns='http://jabber.org/protocol/bytestreams' mode='tcp' sid='b4lc0ny'>
           <streamhost host='192.0.2.1' jid='romeo@montague.lit/Home' port='5086'/>
           <streamhost host='2001:db8::1' jid='proxy.montague.lit' port='5086'/>
         </query>",
    );
    check(
        &StreamhostUsed { jid: Jid::new("proxy.montague.lit").unwrap() }.write(&sid()),
        "<query xmlns='http://jabber.org/protocol/bytestreams' sid='b4lc0ny'>
           <streamhost-used jid='proxy.montague.lit'/>
         </query>",
    );
    check(
        &Activate { sid: sid(), target: Jid::new("juliet@capulet.lit/Balcony").unwrap() }.write(),
        "<query xmlns='http://jabber.org/protocol/bytestreams' sid='b4lc0ny'>
           <activate>juliet@capulet.lit/Balcony</activate>
         </query>",
    );
    check(&address_request(), "<query xmlns='http://jabber.org/protocol/bytestreams'/>");
}

#[test]
fn in_band_bytestreams() {
    check(
        &Open { sid: sid(), block_size: 4096, carrier: Carrier::Iq }.write(),
        "<open xmlns='http://jabber.org/protocol/ibb' block-size='4096' sid='b4lc0ny' stanza='iq'/>",
    );
    check(
        &Data { sid: sid(), seq: 65535, bytes: vec![0xff; 100] }.write(),
        &format!(
            "<data xmlns='http://jabber.org/protocol/ibb' seq='65535' sid='b4lc0ny'>{}w==</data>",
            "/".repeat(133)
        ),
    );
    check(&Close { sid: sid() }.write(), "<close xmlns='http://jabber.org/protocol/ibb' sid='b4lc0ny'/>");
}

#[test]
fn a_checksum() {
    let checksum = Checksum {
        sid: sid(),
        offset: 0,
        length: 734_003_200,
        hashes: vec![Hash::sha_256(b"thirty-two bytes of no import...")],
    };
    check(
        &checksum.write(),
        "<checksum xmlns='urn:x-balcony:checksum:0' length='734003200' offset='0' sid='b4lc0ny'>
           <hash xmlns='urn:xmpp:hashes:2' algo='sha-256'>dGhpcnR5LXR3byBieXRlcyBvZiBubyBpbXBvcnQuLi4=</hash>
         </checksum>",
    );
}
