use proptest::prelude::*;

use super::*;
use crate::dns::zone::Workspace;

const WEB: Ipv4Addr = Ipv4Addr::new(10, 213, 0, 2);
const DB: Ipv4Addr = Ipv4Addr::new(10, 213, 0, 3);

fn network() -> Network {
    let workspace = |name: &str, address, forward| Workspace {
        name: name.to_owned(),
        address,
        forward,
    };
    Network {
        bridge: "t1a2b3cb0".to_owned(),
        gateway: Ipv4Addr::new(10, 213, 0, 1),
        owner: "ada".to_owned(),
        workspaces: vec![workspace("web", WEB, true), workspace("db", DB, false)],
    }
}

fn pool() -> Ipv4Net {
    "10.213.0.0/16".parse().unwrap()
}

fn query(name: &str, kind: RecordType) -> Message {
    let mut message = Message::new(7, MessageType::Query, OpCode::Query);
    message.metadata.recursion_desired = true;
    message.add_query(Query::query(Name::from_ascii(name).unwrap(), kind));
    message
}

fn ask(message: &Message, client: Ipv4Addr) -> Decision {
    decide(&message.to_vec().unwrap(), client, &network(), Some(pool()))
}

fn replied(decision: Decision) -> Message {
    let Decision::Reply(bytes) = decision else {
        panic!("no reply: {decision:?}")
    };
    let message = Message::from_vec(&bytes).unwrap();
    assert_eq!(
        (message.metadata.id, message.metadata.message_type),
        (7, MessageType::Response)
    );
    message
}

fn code(name: &str, kind: RecordType) -> ResponseCode {
    replied(ask(&query(name, kind), WEB)).metadata.response_code
}

fn forwarded(name: &str) -> Question {
    match ask(&query(name, RecordType::A), WEB) {
        Decision::Forward(question) => question,
        other => panic!("not forwarded: {other:?}"),
    }
}

#[test]
fn own_names_have_addresses() {
    for name in ["db.ada.toft.internal.", "DB.Ada.toft.INTERNAL.", "db."] {
        let reply = replied(ask(&query(name, RecordType::A), WEB));
        assert_eq!(reply.answers.len(), 1, "{name}");
        assert_eq!(reply.answers[0].data, RData::A(A(DB)));
        assert!(reply.metadata.authoritative);
    }
}

#[test]
fn what_is_not_there_says_so_and_for_how_long() {
    let reply = replied(ask(&query("db.ada.toft.internal.", RecordType::AAAA), WEB));
    assert_eq!(
        (
            reply.metadata.response_code,
            reply.answers.len(),
            reply.authorities.len()
        ),
        (ResponseCode::NoError, 0, 1)
    );
    for name in [
        "x.ada.toft.internal.",
        "db.eve.toft.internal.",
        "x.db.ada.toft.internal.",
        "eve.toft.internal.",
    ] {
        assert_eq!(code(name, RecordType::A), ResponseCode::NXDomain, "{name}");
    }
    assert_eq!(code("ada.toft.internal.", RecordType::A), ResponseCode::NoError);
}

#[test]
fn reverse_names_of_the_pool_stay_here() {
    let reply = replied(ask(&query("3.0.213.10.in-addr.arpa.", RecordType::PTR), WEB));
    assert_eq!(reply.answers[0].data.to_string(), "db.ada.toft.internal.");
    assert_eq!(
        code("9.9.213.10.in-addr.arpa.", RecordType::PTR),
        ResponseCode::NXDomain
    );
    assert_eq!(forwarded("8.8.8.8.in-addr.arpa.").id, 7);
}

#[test]
fn the_rest_is_passed_on_for_those_who_may() {
    let question = forwarded("example.com.");
    assert_eq!((question.id, question.room), (7, 512));
    assert_eq!(
        replied(ask(&query("example.com.", RecordType::A), DB))
            .metadata
            .response_code,
        ResponseCode::Refused
    );
    let stranger = Ipv4Addr::new(10, 213, 0, 9);
    assert_eq!(
        replied(ask(&query("db.", RecordType::A), stranger))
            .metadata
            .response_code,
        ResponseCode::Refused
    );
}

#[test]
fn odd_questions_are_refused_or_ignored() {
    let mut message = query("db.", RecordType::A);
    message.metadata.message_type = MessageType::Response;
    assert_eq!(ask(&message, WEB), Decision::Ignore);
    assert_eq!(decide(&[0; 11], WEB, &network(), Some(pool())), Decision::Ignore);
    let mut two = query("db.", RecordType::A);
    two.add_query(two.queries[0].clone());
    assert_eq!(
        replied(ask(&two, WEB)).metadata.response_code,
        ResponseCode::FormErr
    );
    let mut update = query("db.", RecordType::A);
    update.metadata.op_code = OpCode::Notify;
    assert_eq!(
        replied(ask(&update, WEB)).metadata.response_code,
        ResponseCode::NotImp
    );
    assert_eq!(code("example.com.", RecordType::AXFR), ResponseCode::Refused);
    let mut chaos = query("version.bind.", RecordType::TXT);
    chaos.queries[0].query_class = DNSClass::CH;
    assert_eq!(
        replied(ask(&chaos, WEB)).metadata.response_code,
        ResponseCode::Refused
    );
}

#[test]
fn only_the_answer_to_the_question_is_relayed() {
    let question = forwarded("example.com.");
    let answer = |id, name: &str, many| {
        let mut message = Message::response(id, OpCode::Query);
        message.add_query(Query::query(Name::from_ascii(name).unwrap(), RecordType::A));
        for _ in 0..many {
            message.add_answer(Record::from_rdata(
                Name::from_ascii(name).unwrap(),
                60,
                RData::A(A(DB)),
            ));
        }
        message.to_vec().unwrap()
    };
    let relayed = relay(&question, 99, answer(99, "example.com.", 1), true).unwrap();
    assert_eq!(Message::from_vec(&relayed).unwrap().metadata.id, 7);
    assert_eq!(relay(&question, 99, answer(98, "example.com.", 1), true), None);
    assert_eq!(relay(&question, 99, answer(99, "example.org.", 1), true), None);
    assert_eq!(relay(&question, 99, vec![0; 5], true), None);
    let long = relay(&question, 99, answer(99, "example.com.", 100), true).unwrap();
    assert!(is_truncated(&long) && long.len() <= 512);
    assert!(
        relay(&question, 99, answer(99, "example.com.", 100), false)
            .unwrap()
            .len()
            > 512
    );
}

proptest! {
    #[test]
    fn no_bytes_break_it(bytes in prop::collection::vec(any::<u8>(), 0..300), forged in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = decide(&bytes, WEB, &network(), Some(pool()));
        let _ = relay(&forwarded("example.com."), 1, forged, true);
    }

    #[test]
    fn bent_questions_break_nothing(at in 0usize..35, with in any::<u8>()) {
        let mut bytes = query("web.ada.toft.internal.", RecordType::A).to_vec().unwrap();
        let at = at % bytes.len();
        bytes[at] ^= with;
        if let Decision::Reply(reply) = decide(&bytes, WEB, &network(), Some(pool())) {
            prop_assert!(Message::from_vec(&reply).is_ok());
        }
    }
}
