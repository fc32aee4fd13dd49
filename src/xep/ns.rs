//! The XML namespaces that Balcony speaks.

/// RFC 6120 stanzas of a client.
pub const CLIENT: &str = "jabber:client";
/// What `xml:lang` is in.
pub const XML: &str = "http://www.w3.org/XML/1998/namespace";
/// RFC 6120 stanza error conditions.
pub const STANZAS: &str = "urn:ietf:params:xml:ns:xmpp-stanzas";
/// RFC 6121 roster.
pub const ROSTER: &str = "jabber:iq:roster";
/// RFC 6121 §2.6 versions of rosters.
pub const ROSTER_VERSIONS: &str = "urn:xmpp:features:rosterver";
/// XEP-0012 last activity.
pub const LAST: &str = "jabber:iq:last";
/// XEP-0004 data forms.
pub const DATA_FORMS: &str = "jabber:x:data";
/// XEP-0020 feature negotiation.
pub const FEATURE_NEG: &str = "http://jabber.org/protocol/feature-neg";
/// XEP-0030 service discovery, information.
pub const DISCO_INFO: &str = "http://jabber.org/protocol/disco#info";
/// XEP-0030 service discovery, items.
pub const DISCO_ITEMS: &str = "http://jabber.org/protocol/disco#items";
/// XEP-0047 in-band bytestreams.
pub const IBB: &str = "http://jabber.org/protocol/ibb";
/// XEP-0054 what somebody says of themselves.
pub const VCARD: &str = "vcard-temp";
/// XEP-0060 publishing.
pub const PUBSUB: &str = "http://jabber.org/protocol/pubsub";
/// XEP-0060, what was published.
pub const PUBSUB_EVENT: &str = "http://jabber.org/protocol/pubsub#event";
/// XEP-0065 SOCKS5 bytestreams.
pub const BYTESTREAMS: &str = "http://jabber.org/protocol/bytestreams";
/// XEP-0066 an address to fetch a file from, in a request; also the stream method.
pub const IQ_OOB: &str = "jabber:iq:oob";
/// XEP-0066 an address, in a message.
pub const X_OOB: &str = "jabber:x:oob";
/// XEP-0085 chat states.
pub const CHAT_STATES: &str = "http://jabber.org/protocol/chatstates";
/// XEP-0092 software version.
pub const VERSION: &str = "jabber:iq:version";
/// XEP-0095 stream initiation.
pub const SI: &str = "http://jabber.org/protocol/si";
/// XEP-0096 the file transfer profile of stream initiation.
pub const SI_FILE: &str = "http://jabber.org/protocol/si/profile/file-transfer";
/// The Telepathy extension of XEP-0095: several methods in one answer.
pub const SI_MULTIPLE: &str = "http://telepathy.freedesktop.org/xmpp/si-multiple";
/// XEP-0115 entity capabilities.
pub const CAPS: &str = "http://jabber.org/protocol/caps";
/// XEP-0137 publishing stream initiation requests.
pub const SIPUB: &str = "http://jabber.org/protocol/sipub";
/// XEP-0172 nicknames.
pub const NICK: &str = "http://jabber.org/protocol/nick";
/// XEP-0172: we want to be told of them (XEP-0163).
pub const NICK_NOTIFY: &str = "http://jabber.org/protocol/nick+notify";
/// XEP-0184 delivery receipts.
pub const RECEIPTS: &str = "urn:xmpp:receipts";
/// XEP-0191 blocking.
pub const BLOCKING: &str = "urn:xmpp:blocking";
/// XEP-0191 what a server says of what is sent to somebody blocked (§3.5).
pub const BLOCKING_ERRORS: &str = "urn:xmpp:blocking:errors";
/// XEP-0199 ping.
pub const PING: &str = "urn:xmpp:ping";
/// XEP-0203 delayed delivery.
pub const DELAY: &str = "urn:xmpp:delay";
/// XEP-0091 legacy delayed delivery.
pub const LEGACY_DELAY: &str = "jabber:x:delay";
/// XEP-0215 external services.
pub const EXTERNAL_SERVICES: &str = "urn:xmpp:extdisco:2";
/// XEP-0202 entity time.
pub const TIME: &str = "urn:xmpp:time";
/// XEP-0363 uploads.
pub const UPLOAD: &str = "urn:xmpp:http:upload:0";
/// XEP-0280 message carbons.
pub const CARBONS: &str = "urn:xmpp:carbons:2";
/// XEP-0292 what somebody says of themselves, as it is today.
pub const VCARD4: &str = "urn:ietf:params:xml:ns:vcard-4.0";
/// XEP-0292, where it is published.
pub const VCARD4_NODE: &str = "urn:xmpp:vcard4";
/// XEP-0059 result sets in pages.
pub const RSM: &str = "http://jabber.org/protocol/rsm";
/// XEP-0313 message archives.
pub const MAM: &str = "urn:xmpp:mam:2";
/// XEP-0352 whether anybody looks.
pub const CLIENT_STATE: &str = "urn:xmpp:csi:0";
/// XEP-0359 names of messages.
pub const STANZA_IDS: &str = "urn:xmpp:sid:0";
/// XEP-0319 since when nobody has touched a program.
pub const IDLE: &str = "urn:xmpp:idle:1";
/// XEP-0377 reporting.
pub const REPORTING: &str = "urn:xmpp:reporting:1";
/// XEP-0490 how far conversations were read.
pub const DISPLAYED: &str = "urn:xmpp:mds:displayed:0";
/// That one wants to be told of it.
pub const DISPLAYED_NOTIFY: &str = "urn:xmpp:mds:displayed:0+notify";
/// XEP-0060: what is published is kept as its publisher wants it.
pub const PUBLISH_OPTIONS: &str = "http://jabber.org/protocol/pubsub#publish-options";
/// XEP-0060: as much of it as the server can keep.
pub const PUBSUB_MAX: &str = "http://jabber.org/protocol/pubsub#config-node-max";
/// XEP-0297 stanza forwarding.
pub const FORWARD: &str = "urn:xmpp:forward:0";
/// XEP-0300 hash functions.
pub const HASHES: &str = "urn:xmpp:hashes:2";
/// XEP-0300, the one hash function that is stated and checked.
pub const HASH_SHA256: &str = "urn:xmpp:hash-function-text-names:sha-256";
/// Balcony's own: a checksum that is stated after the last byte.
pub const CHECKSUM: &str = "urn:x-balcony:checksum:0";
/// Balcony's own: what is offered is a folder, packed with tar.
pub const FOLDER: &str = "urn:x-balcony:folder:0";
/// Balcony's own: a transfer has a name that outlives its stream.
pub const RECOVERY: &str = "urn:x-balcony:recovery:0";
/// Ours: bytestreams that pass through TLS.
pub const SEAL: &str = "urn:x-balcony:seal:0";
/// Ours: the receiver says on the bytestream how much has arrived.
pub const TALLY: &str = "urn:x-balcony:tally:0";
/// XEP-0308 corrections of messages.
pub const CORRECTION: &str = "urn:xmpp:message-correct:0";
/// XEP-0333 chat markers.
pub const MARKERS: &str = "urn:xmpp:chat-markers:0";
/// XEP-0334 what servers should do with a message.
pub const HINTS: &str = "urn:xmpp:hints";
/// XEP-0393 styling of messages.
pub const STYLING: &str = "urn:xmpp:styling:0";
/// XEP-0424 retraction of messages.
pub const RETRACTION: &str = "urn:xmpp:message-retract:1";
/// XEP-0424 as it was until version 0.3, in something fastened.
pub const FASTENED_RETRACTION: &str = "urn:xmpp:message-retract:0";
/// XEP-0422.
pub const FASTENING: &str = "urn:xmpp:fasten:0";
/// XEP-0428 what of a body is there for older programs only.
pub const FALLBACK: &str = "urn:xmpp:fallback:0";
/// XEP-0428 before it was accepted.
pub const OLD_FALLBACK: &str = "urn:xmpp:feature-fallback:0";
/// XEP-0444 reactions to messages.
pub const REACTIONS: &str = "urn:xmpp:reactions:0";
/// XEP-0461 replies to messages.
pub const REPLY: &str = "urn:xmpp:reply:0";
