use super::*;

fn parse(args: &[&str]) -> Result<Options, OptionsError> {
    Options::parse(args.iter().map(OsString::from))
}

#[test]
fn defaults_to_the_socket_that_runtimes_hand_down() {
    assert_eq!(
        parse(&[]),
        Ok(Options {
            fd: 3,
            user: None,
            beside: false,
            init: false,
        })
    );
}

#[test]
fn takes_every_option() {
    let options = parse(&["--fd", "7", "--user", "ada", "--beside"]);
    assert_eq!(
        options,
        Ok(Options {
            fd: 7,
            user: Some("ada".into()),
            beside: true,
            init: false,
        })
    );
}

#[test]
fn refuses_what_it_does_not_know() {
    assert_eq!(
        parse(&["--port", "1"]),
        Err(OptionsError::Unknown("--port".into()))
    );
    assert!(matches!(
        parse(&["--fd", "-1"]),
        Err(OptionsError::Value("--fd", _))
    ));
    assert!(matches!(
        parse(&["--user"]),
        Err(OptionsError::Value("--user", _))
    ));
}
