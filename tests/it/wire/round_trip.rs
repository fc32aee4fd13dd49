//! Whatever Balcony writes, it reads back the same: through the text of the XML, as a peer would.

use std::time::{Duration, UNIX_EPOCH};

use balcony::xep::bytestreams::{
    Activate, Mode, StreamHost, StreamhostUsed, Streamhosts, read_addresses, write_addresses,
};
use balcony::xep::feature_neg::{self, Field};
use balcony::xep::ibb::{Carrier, Close, Data, Open};
use balcony::xep::si::{Answer, Dialect, Offer, Refusal, bad_profile, declined, no_valid_streams, read_refusal};
use balcony::xep::si_file::{File, Range};
use balcony::xep::stanza::{
    ErrorKind, Iq, IqKind, Message, MessageKind, Presence, PresenceKind, Show, Stanza, StanzaError, element,
};
use balcony::xep::{StreamId, ns, si_legacy};
use jid::Jid;
use minidom::Element;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use super::xml;

proptest! {
    #[test]
    fn offers(offer in offer()) {
        prop_assert_eq!(Offer::read(&received(&offer.write())), Ok(offer));
    }

    #[test]
    fn answers(answer in answer()) {
        prop_assert_eq!(Answer::read(&received(&answer.write())), Ok(answer));
    }

    #[test]
    fn forms(field in select(&[Field::StreamMethod, Field::FileTransferMethod]), methods in methods()) {
        let offered = feature_neg::read(&received(&feature_neg::write_options(field, &methods))).unwrap();
        prop_assert_eq!((offered.field, &offered.values), (field, &methods));
        let chosen = feature_neg::read(&received(&feature_neg::write_choice(field, &methods[0]))).unwrap();
        prop_assert_eq!((chosen.field, &chosen.values[..]), (field, &methods[..1]));
    }

    #[test]
    fn files(file in file()) {
        prop_assert_eq!(File::read(&received(&file.write())), Ok(file.clone()));
        let in_headers = File { mime_type: None, range: None, ..file };
        prop_assert_eq!(si_legacy::read_file(&si_legacy::write_file(&in_headers)), in_headers);
    }

    #[test]
    fn streamhost_lists(sid in sid(), mode in select(&[Mode::Tcp, Mode::Udp]), hosts in streamhosts()) {
        prop_assert_eq!(&read_addresses(&received(&write_addresses(&hosts))), &hosts);
        let streamhosts = Streamhosts { sid, mode, hosts };
        prop_assert_eq!(Streamhosts::read(&received(&streamhosts.write())), Ok(streamhosts));
    }

    #[test]
    fn streamhosts_used_and_activated(sid in sid(), jid in jid()) {
        let used = StreamhostUsed { jid: jid.clone() };
        prop_assert_eq!(StreamhostUsed::read(&received(&used.write(&sid))), Ok(used));
        let activate = Activate { sid, target: jid };
        prop_assert_eq!(Activate::read(&received(&activate.write())), Ok(activate));
    }

    #[test]
    fn in_band_bytestreams(sid in sid(), block_size in 1..=u16::MAX, seq: u16, bytes in vec(any::<u8>(), 0..300)) {
        for carrier in [Carrier::Iq, Carrier::Message] {
            let open = Open { sid: sid.clone(), block_size, carrier };
            prop_assert_eq!(Open::read(&received(&open.write())), Ok(open));
        }
        let data = Data { sid: sid.clone(), seq, bytes };
        prop_assert_eq!(Data::read(&received(&data.write())), Ok(data));
        let close = Close { sid };
        prop_assert_eq!(Close::read(&received(&close.write())), Ok(close));
    }

    #[test]
    fn stanzas(stanza in stanza()) {
        let written = match &stanza {
            Stanza::Iq(iq) => iq.clone().write(),
            Stanza::Message(message) => message.write(),
            Stanza::Presence(presence) => presence.write(),
        };
        prop_assert_eq!(Stanza::read(&received(&written)), Ok(stanza));
    }

    #[test]
    fn what_xml_cannot_carry_is_replaced_rather_than_ending_the_stream(name: String) {
        let file = File { name: Some(name.clone()), ..File::default() };
        let read = File::read(&received(&file.write())).unwrap();
        prop_assert_eq!(read.name.unwrap().chars().count(), name.chars().count());
    }
}

#[test]
fn ways_of_saying_no() {
    for (error, meaning) in [
        (declined(), Refusal::Declined),
        (bad_profile(), Refusal::BadProfile),
        (no_valid_streams(Dialect::Si), Refusal::NoValidStreams),
        (no_valid_streams(Dialect::Legacy), Refusal::NoValidStreams),
    ] {
        let read = StanzaError::read(&received(&error.write()));
        assert_eq!(read, error);
        assert_eq!(read_refusal(&read), meaning);
    }
}

fn received(sent: &Element) -> Element {
    xml(&String::from(sent))
}

/// What XML can carry, and much of what it has to escape.
fn text() -> impl Strategy<Value = String> {
    "[ -~\t\n\ré漢🦀]{0,12}"
}

fn some_text() -> impl Strategy<Value = String> {
    text().prop_map(|text| format!("{text}."))
}

fn sid() -> impl Strategy<Value = StreamId> {
    some_text().prop_map(StreamId)
}

fn jid() -> impl Strategy<Value = Jid> {
    select(&["a@b", "a@b/c d", "proxy.example", "proxy.example/70306884", "é@ü.example/漢"])
        .prop_map(|jid| Jid::new(jid).unwrap())
}

fn methods() -> impl Strategy<Value = Vec<String>> {
    let lists: &[&[&str]] =
        &[&[ns::BYTESTREAMS], &[ns::IBB, ns::BYTESTREAMS], &["jabber:iq:oob", ns::IBB], &["a", " a", "a ", "<a>"]];
    select(lists).prop_map(|methods| methods.iter().map(|method| (*method).to_owned()).collect())
}

fn dialect() -> impl Strategy<Value = Dialect> {
    select(&[Dialect::Si, Dialect::Legacy])
}

fn profile_data() -> impl Strategy<Value = Vec<Element>> {
    vec(file().prop_map(|file| file.write()), 0..3)
}

fn offer() -> impl Strategy<Value = Offer> {
    let headers = vec((text(), text()), 0..3);
    (sid(), some_text(), option::of(text()), methods(), any::<bool>(), dialect(), profile_data(), headers).prop_map(
        |(sid, profile, mime_type, methods, multiple, dialect, profile_data, headers)| Offer {
            sid,
            profile,
            mime_type,
            methods,
            multiple,
            dialect,
            profile_data,
            headers,
        },
    )
}

fn answer() -> impl Strategy<Value = Answer> {
    let plain = (dialect(), methods()).prop_map(|(dialect, methods)| (false, dialect, methods[..1].to_vec()));
    let several = methods().prop_map(|methods| (true, Dialect::Si, methods));
    (option::of(sid()), prop_oneof![plain, several], profile_data()).prop_map(
        |(sid, (multiple, dialect, methods), profile_data)| Answer { sid, methods, multiple, dialect, profile_data },
    )
}

fn file() -> impl Strategy<Value = File> {
    let range =
        (option::of(any::<u64>()), option::of(any::<u64>())).prop_map(|(offset, length)| Range { offset, length });
    let date = (0..4_000_000_000_u64).prop_map(|seconds| UNIX_EPOCH + Duration::from_secs(seconds));
    let description = option::of(some_text());
    (
        option::of(text()),
        option::of(any::<u64>()),
        option::of("[0-9a-f]{32}"),
        option::of(date),
        description,
        option::of(text()),
        option::of(range),
    )
        .prop_map(|(name, size, hash, date, description, mime_type, range)| File {
            name,
            size,
            hash,
            date,
            description,
            mime_type,
            range,
        })
}

/// Places that differ: of two equal ones, one is kept.
fn streamhosts() -> impl Strategy<Value = Vec<StreamHost>> {
    proptest::collection::btree_map(1..=u16::MAX, (jid(), select(&["10.0.0.1", "::1", "host.example"])), 0..5).prop_map(
        |places| {
            let host = |(port, (jid, host)): (u16, (Jid, &str))| StreamHost { jid, host: host.to_owned(), port };
            places.into_iter().map(host).collect()
        },
    )
}

fn error() -> impl Strategy<Value = StanzaError> {
    let kinds = [ErrorKind::Auth, ErrorKind::Cancel, ErrorKind::Continue, ErrorKind::Modify, ErrorKind::Wait];
    let own = option::of(Just(element("no-valid-streams", ns::SI)));
    (
        prop::sample::select(kinds.to_vec()),
        select(&["bad-request", "forbidden", "item-not-found", "remote-server-timeout"]),
        option::of(some_text()),
        own,
    )
        .prop_map(|(kind, condition, text, application)| StanzaError {
            kind,
            condition: condition.to_owned(),
            text,
            application,
        })
}

fn stanza() -> impl Strategy<Value = Stanza> {
    prop_oneof![iq().prop_map(Stanza::Iq), message().prop_map(Stanza::Message), presence().prop_map(Stanza::Presence)]
}

fn iq() -> impl Strategy<Value = Iq> {
    let payload = || offer().prop_map(|offer| offer.write());
    let kind = prop_oneof![
        payload().prop_map(IqKind::Get),
        payload().prop_map(IqKind::Set),
        option::of(payload()).prop_map(IqKind::Result),
        error().prop_map(IqKind::Error),
    ];
    (option::of(jid()), option::of(jid()), some_text(), kind).prop_map(|(from, to, id, kind)| Iq { from, to, id, kind })
}

fn message() -> impl Strategy<Value = Message> {
    let kinds =
        [MessageKind::Chat, MessageKind::Error, MessageKind::Groupchat, MessageKind::Headline, MessageKind::Normal];
    (
        option::of(jid()),
        option::of(jid()),
        option::of(text()),
        select(kinds.to_vec()),
        option::of(text()),
        option::of(error()),
        profile_data(),
    )
        .prop_map(|(from, to, id, kind, body, error, payloads)| Message {
            from,
            to,
            id,
            kind,
            body,
            error,
            payloads,
        })
}

fn presence() -> impl Strategy<Value = Presence> {
    let kinds = [
        PresenceKind::Available,
        PresenceKind::Unavailable,
        PresenceKind::Subscribe,
        PresenceKind::Subscribed,
        PresenceKind::Unsubscribe,
        PresenceKind::Unsubscribed,
        PresenceKind::Probe,
        PresenceKind::Error,
    ];
    let shows = [Show::Chat, Show::Available, Show::Away, Show::ExtendedAway, Show::DoNotDisturb];
    (
        option::of(jid()),
        option::of(jid()),
        option::of(text()),
        select(kinds.to_vec()),
        select(shows.to_vec()),
        option::of(some_text()),
        any::<i8>(),
        option::of(error()),
        profile_data(),
    )
        .prop_map(|(from, to, id, kind, show, status, priority, error, payloads)| Presence {
            from,
            to,
            id,
            kind,
            show,
            status,
            priority,
            error,
            payloads,
        })
}
