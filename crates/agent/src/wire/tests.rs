use super::*;

#[test]
fn an_unknown_operation_is_told_the_known_ones() {
    let refusal = parse_hello(br#"{"v":1,"op":"teleport","to":"mars"}"#).unwrap_err();
    assert_eq!(refusal.code, Code::Unsupported);
    let supported = refusal.supported.unwrap();
    assert_eq!(supported.versions, [1]);
    assert!(supported.ops.contains(&"terminal".to_owned()));
}

#[test]
fn an_unknown_version_is_told_the_known_ones() {
    let refusal = parse_hello(br#"{"v":2,"op":"info"}"#).unwrap_err();
    assert_eq!(refusal.code, Code::Unsupported);
    assert!(refusal.message.contains("version 2"));
}

#[test]
fn a_malformed_request_is_invalid() {
    for bytes in [
        &b""[..],
        b"[]",
        b"{}",
        br#"{"v":1}"#,
        br#"{"v":1,"op":"connect"}"#,
        br#"{"v":1,"op":"connect","port":70000}"#,
    ] {
        assert_eq!(parse_hello(bytes).unwrap_err().code, Code::Invalid);
    }
}

#[test]
fn fields_of_later_versions_are_ignored_and_missing_ones_have_defaults() {
    let Op::Terminal(request) = parse_hello(br#"{"v":1,"op":"terminal","theme":"dark"}"#).unwrap() else {
        panic!("another operation")
    };
    assert_eq!((request.cols, request.command.len()), (0, 0));
    let reply: Reply<Info> = serde_json::from_str(
        r#"{"ok":{"version":"9","protocols":[1,2],"instance":"a","pid":1,"uptime_s":0,"user":"u","home":"/","mood":"fine"}}"#,
    )
    .unwrap();
    assert!(matches!(reply, Reply::Ok(info) if info.version == "9"));
    let event: FromTerminal = serde_json::from_str(r#"{"type":"hologram","depth":3}"#).unwrap();
    assert_eq!(event, FromTerminal::Unknown);
    let refusal: Refusal = serde_json::from_str(r#"{"code":"tired","message":"m"}"#).unwrap();
    assert_eq!(refusal.code, Code::Failed);
}

#[test]
fn every_operation_is_in_the_list() {
    for name in OPS {
        let known = parse_hello(format!(r#"{{"v":1,"op":"{name}"}}"#).as_bytes());
        let unsupported = matches!(
            known,
            Err(Refusal {
                code: Code::Unsupported,
                ..
            })
        );
        assert!(!unsupported, "{name}");
        if let Err(refusal) = known {
            assert!(
                refusal.message.contains("missing field"),
                "{name}: {}",
                refusal.message
            );
        }
    }
}

#[test]
fn signals_have_names_and_numbers() {
    for name in ["INT", "int", "SIGINT", "2"] {
        assert_eq!(Signal::parse(name), Some(Signal::Int));
    }
    assert_eq!(Signal::parse("SIGNOTHING"), None);
    assert_eq!(serde_json::to_string(&Signal::Usr1).unwrap(), "\"USR1\"");
}
