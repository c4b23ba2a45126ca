use super::*;

#[test]
fn the_limits_in_words_are_the_limits() {
    assert!(Key::Latency.allowed().contains(&Span(limits::LATENCY).to_string()));
    assert!(Key::Bandwidth.allowed().contains(&Rate(limits::SLOWEST).to_string()));
    assert!(Key::Bandwidth.allowed().contains(&Rate(limits::FASTEST).to_string()));
    assert!(Key::Loss.allowed().contains(&Loss(limits::LOSS).to_string()));
    assert!(Key::FileSize.allowed().contains(&limits::GENERATED.to_string()));
    assert!(Key::Ephemeral.allowed().contains(&limits::FIRST_DYNAMIC.to_string()));
}

#[test]
fn every_error_names_the_key_and_what_is_allowed() {
    for key in Key::ALL {
        let error = Settings::read([(key.name(), "nonsense")]).unwrap_err().to_string();
        assert!(error.contains(key.name()) && error.contains(key.allowed()), "{error}");
    }
    let error = Settings::read([("latencee", "1ms")]).unwrap_err().to_string();
    assert!(
        error.contains("`latencee`") && error.contains("client-blocks-incoming"),
        "{error}"
    );
    let mut settings = Settings::new();
    assert!(matches!(settings.add_text("latency"), Err(SettingError::Form { .. })));
    settings.add_text("latency=20ms").unwrap();
    assert_eq!(
        settings.add_text("latency=20ms"),
        Err(SettingError::Twice { key: Key::Latency })
    );
}

#[test]
fn values_outside_their_range_are_refused() {
    let out = [
        ("latency", "6s"),
        ("bandwidth", "7kbit/s"),
        ("bandwidth", "101Gbit/s"),
        ("loss", "51%"),
        ("ephemeral", "1000-2000"),
        ("passive", "0-5"),
        ("passive", "65535-60000"),
        ("file-size", "134217729"),
        ("file-size", "-1"),
        ("ip", "5"),
        ("client-blocks-incoming", "yes"),
    ];
    for (key, value) in out {
        assert!(
            matches!(Settings::read([(key, value)]), Err(SettingError::Value { .. })),
            "{key}={value}"
        );
    }
}

#[test]
fn texts_are_read_again() {
    let pairs = [
        ("mode", "extended-active"),
        ("loss", "0.5%"),
        ("ephemeral", "32768-60999"),
        ("ip", "6"),
    ];
    let settings = Settings::read(pairs).unwrap();
    assert_eq!(Settings::read(settings.texts()).unwrap(), settings);
}
