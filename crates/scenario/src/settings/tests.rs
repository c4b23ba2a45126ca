use super::*;
use crate::catalogue;

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
        ("tls", "1.2"),
        ("prot", "C"),
        ("certificate", "self-signed"),
        ("ccc", "true"),
    ];
    let settings = Settings::read(pairs).unwrap();
    assert_eq!(Settings::read(settings.texts()).unwrap(), settings);
}

#[test]
fn what_settings_make_of_a_scenario_has_passed_its_checks() {
    let borders = [
        ("mode", ["active", "extended-passive"]),
        ("ip", ["4", "6"]),
        ("latency", ["0ms", "5s"]),
        ("bandwidth", ["8kbit/s", "100Gbit/s"]),
        ("loss", ["0%", "50%"]),
        ("ephemeral", ["1024-1024", "65535-65535"]),
        ("passive", ["1024-1024", "65535-65535"]),
        ("client-blocks-incoming", ["true", "false"]),
        ("file-size", ["0", "134217728"]),
        ("tls", ["1.2", "1.3"]),
        ("prot", ["C", "P"]),
        ("ccc", ["true", "false"]),
        ("reuse-required", ["true", "false"]),
        ("client-resumes", ["true", "false"]),
        ("certificate", ["trusted", "wrong-name"]),
    ];
    assert!(borders.iter().map(|(key, _)| *key).eq(Key::ALL.map(Key::name)));
    let mut applied = 0;
    for scenario in catalogue() {
        for (key, value) in borders
            .iter()
            .flat_map(|(key, values)| values.map(|value| (*key, value)))
        {
            match Settings::read([(key, value)]).unwrap().apply(scenario.clone()) {
                Ok(changed) => {
                    assert_eq!(check(&changed), Ok(()), "{}: {key}={value}", scenario.name);
                    applied += 1;
                }
                Err(SettingError::Useless { .. } | SettingError::NoAddress { .. }) => {}
                Err(error) => panic!("{}: {key}={value}: {error}", scenario.name),
            }
        }
    }
    assert!(applied > 12 * catalogue().len());
}

#[test]
fn a_host_without_an_address_of_the_chosen_version_is_named() {
    let mut scenario = crate::built_in("ftp-passive").unwrap();
    scenario.world.hosts[2].addresses.retain(core::net::IpAddr::is_ipv4);
    let error = Settings::read([("ip", "6")])
        .unwrap()
        .apply(scenario.clone())
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("`{}` has no IPv6 address", scenario.world.hosts[2].name)
    );
}
