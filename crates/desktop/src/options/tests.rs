use super::*;

fn parse(args: &[&str]) -> Result<Options, OptionsError> {
    Options::parse(args.iter().map(OsString::from))
}

#[test]
fn what_a_template_says_is_read() {
    let options = parse(&[
        "--port",
        "6080",
        "--title",
        "Büro – 1",
        "--resolution",
        "1920x1080",
        "--keyboard",
        "us(intl)",
        "--locale",
        "ca_ES.UTF-8@valencia",
    ])
    .unwrap();
    assert_eq!(options.port, 6080);
    assert_eq!(options.title, "Büro – 1");
    assert_eq!(
        options.resolution,
        Resolution::Fixed {
            width: 1920,
            height: 1080
        }
    );
    assert_eq!(options.keyboard, "us(intl)");
    assert_eq!(options.locale, "ca_ES.UTF-8@valencia");
    let plain = parse(&["--port", "1", "--resolution", "follow"]).unwrap();
    assert_eq!(plain.resolution, Resolution::Follow);
    assert_eq!(plain.locale, "C.UTF-8");
}

#[test]
fn what_is_no_value_is_refused_with_an_example() {
    for (option, value) in [
        ("--title", ""),
        ("--title", "two\nlines"),
        ("--resolution", "100x100"),
        ("--resolution", "1920x"),
        ("--resolution", "+1920x1080"),
        ("--resolution", "9999x9999"),
        ("--keyboard", "-option"),
        ("--keyboard", "us(intl"),
        ("--keyboard", "us;reboot"),
        ("--keyboard", ""),
        ("--locale", "../../etc"),
        ("--locale", "de_DE"),
        ("--locale", "de_DE.ISO-8859-1"),
        ("--locale", "de_DE.UTF-8@"),
    ] {
        let error = parse(&["--port", "6080", option, value]).unwrap_err();
        assert!(
            matches!(error, OptionsError::Value(named, _) if named == option),
            "{option} {value:?}: {error}"
        );
    }
    assert_eq!(
        parse(&["--port", "0"]).unwrap_err().to_string(),
        "the option --port needs a port such as 6080"
    );
    assert!(matches!(
        parse(&["--shell", "x"]).unwrap_err(),
        OptionsError::Unknown(_)
    ));
}
