use super::*;

fn ports(first: u16, last: u16) -> PortRange {
    PortRange { first, last }
}

fn guard(allowed: &[&str]) -> Guard {
    let allowed = allowed.iter().map(|text| text.parse().unwrap()).collect();
    let mut guard = Guard::new(allowed, Vec::new());
    guard.listens("127.0.0.1:8021".parse().unwrap());
    for address in ["127.0.0.1:2121", "127.0.0.1:2990"] {
        guard.runs(Sandbox {
            address: address.parse().unwrap(),
            passive: ports(60000, 60099),
        });
    }
    guard
}

fn addresses(texts: &[&str]) -> Vec<IpAddr> {
    texts.iter().map(|text| text.parse().unwrap()).collect()
}

/// What becomes of a name that has these addresses.
fn resolved(guard: &Guard, host: &str, port: u16, found: &[&str]) -> Result<Permit, Denied> {
    guard.admit(guard.wanted(host, port)?, &addresses(found))
}

/// What becomes of an address.
fn literal(guard: &Guard, host: &str, port: u16) -> Result<Permit, Denied> {
    let wanted = guard.wanted(host, port)?;
    let Host::Address(address) = wanted.target.host else {
        panic!("{host} is a name");
    };
    guard.admit(wanted, &[address])
}

#[test]
fn a_closed_relay_reaches_its_sandbox_and_nobody_else() {
    let guard = guard(&[]);
    for spelling in ["127.0.0.1", "[::ffff:127.0.0.1]", "64:ff9b::7f00:1", "::127.0.0.1"] {
        for port in [2121, 2990] {
            let permit = literal(&guard, spelling, port).unwrap();
            assert_eq!(permit.rule(), &Rule::Sandbox, "{spelling}");
            assert_eq!(permit.addresses(), [([127, 0, 0, 1], port).into()], "{spelling}");
        }
    }
    for host in [
        "127.0.0.1",
        "127.0.0.2",
        "10.0.0.1",
        "169.254.169.254",
        "8.8.8.8",
        "::1",
        "0.0.0.0",
    ] {
        let denied = literal(&guard, host, 21).unwrap_err();
        assert!(matches!(denied, Denied::NotAllowed(_)), "{host}: {denied}");
    }
    for host in ["2130706433", "0x7f.0.0.1", "0177.0.0.1", "127.1"] {
        let denied = guard.wanted(host, 2121).err().unwrap();
        assert!(matches!(denied, Denied::NotAHost { .. }), "{host}: {denied}");
    }
    let denied = guard.wanted("ftp.example.org", 21).err().unwrap();
    assert_eq!(
        denied.to_string(),
        "This relay may not connect to ftp.example.org:21. Its operator can allow it with --allow ftp.example.org:21."
    );
}

#[test]
fn host_and_port_are_allowed_together() {
    let guard = guard(&["ftp.example.org:21"]);
    assert!(resolved(&guard, "FTP.example.org.", 21, &["8.8.8.8"]).is_ok());
    assert!(resolved(&guard, "ftp.example.org", 2121, &["8.8.8.8"]).is_err());
    assert!(resolved(&guard, "evil.ftp.example.org", 21, &["8.8.8.8"]).is_err());
    // The name is allowed, its address is not.
    assert!(literal(&guard, "8.8.8.8", 21).is_err());
}

#[test]
fn a_name_that_leads_inside_is_refused_unless_the_address_is_allowed_itself() {
    let closed = guard(&["ftp.example.org:21"]);
    for inside in [
        "127.0.0.1",
        "10.1.2.3",
        "192.168.0.1",
        "169.254.169.254",
        "100.64.1.1",
        "::1",
        "fd00:ec2::254",
        "fe80::1",
        "::ffff:10.1.2.3",
        "64:ff9b::a01:203",
        "2002:a01:203::",
    ] {
        let denied = resolved(&closed, "ftp.example.org", 21, &["8.8.8.8", inside]);
        let denied = denied.unwrap_err();
        assert!(matches!(denied, Denied::Space { .. }), "{inside}: {denied}");
    }
    for nowhere in [
        "0.0.0.0",
        "::",
        "::ffff:0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
        "ff02::1",
    ] {
        let denied = resolved(&closed, "ftp.example.org", 21, &[nowhere]).unwrap_err();
        assert!(matches!(denied, Denied::Never { .. }), "{nowhere}: {denied}");
    }
    let opened = guard(&["ftp.example.org:21", "10.1.2.3:21"]);
    let permit = resolved(&opened, "ftp.example.org", 21, &["::ffff:10.1.2.3", "8.8.8.8"]).unwrap();
    let expected: Vec<SocketAddr> = ["10.1.2.3:21", "8.8.8.8:21"].map(|text| text.parse().unwrap()).into();
    assert_eq!(permit.addresses(), expected);
    assert!(resolved(&opened, "ftp.example.org", 21, &["10.1.2.4"]).is_err());
}

#[test]
fn behind_nat64_the_address_is_checked_as_ipv4_and_dialled_as_told() {
    let guard = guard(&["ftp.example.org:21"]);
    let permit = resolved(&guard, "ftp.example.org", 21, &["64:ff9b::808:808"]).unwrap();
    assert_eq!(permit.addresses(), ["[64:ff9b::808:808]:21".parse().unwrap()]);
}

#[test]
fn the_relay_never_calls_itself() {
    let guard = guard(&["127.0.0.1:8021", "127.0.0.2:8021", "relay.example.org:8021"]);
    for host in ["127.0.0.1", "127.0.0.2"] {
        assert!(matches!(literal(&guard, host, 8021), Err(Denied::Own(_))), "{host}");
    }
    let denied = resolved(&guard, "relay.example.org", 8021, &["127.0.0.1"]).unwrap_err();
    assert!(matches!(denied, Denied::Own(_)), "{denied}");
}

#[track_caller]
fn data(permit: &Permit, control: &str, to: &str) -> bool {
    permit.may_call_for_data(control.parse().unwrap(), to.parse().unwrap())
}

#[test]
fn the_sandbox_is_called_for_data_at_its_passive_ports_only() {
    for port in [2121, 2990] {
        its_passive_ports_only(port);
    }
}

#[track_caller]
fn its_passive_ports_only(port: u16) {
    let permit = literal(&guard(&[]), "127.0.0.1", port).unwrap();
    let control = &format!("127.0.0.1:{port}");
    assert!(data(&permit, control, "127.0.0.1:60000"));
    assert!(data(&permit, control, "[::ffff:127.0.0.1]:60099"));
    for to in [
        "127.0.0.1:60100",
        "127.0.0.1:59999",
        "127.0.0.1:22",
        "127.0.0.1:8021",
        "127.0.0.1:2121",
        "127.0.0.1:2990",
        "127.0.0.2:60000",
        "10.0.0.1:60000",
        "8.8.8.8:60000",
    ] {
        assert!(!data(&permit, control, to), "{to}");
    }
    assert!(!data(&permit, "8.8.8.8:2121", "8.8.8.8:60000"));
}

#[test]
fn elsewhere_data_goes_to_the_same_address_and_not_to_the_ports_of_services() {
    let permit = resolved(
        &guard(&["ftp.example.org:21"]),
        "ftp.example.org",
        21,
        &["8.8.8.8", "9.9.9.9"],
    )
    .unwrap();
    let control = "8.8.8.8:21";
    assert!(data(&permit, control, "8.8.8.8:1024"));
    assert!(data(&permit, control, "8.8.8.8:8021"));
    for to in [
        "8.8.8.8:25",
        "8.8.8.8:1023",
        "9.9.9.9:60000",
        "10.0.0.1:60000",
        "127.0.0.1:60000",
    ] {
        assert!(!data(&permit, control, to), "{to}");
    }
}

#[test]
fn on_this_machine_data_ports_are_allowed_one_by_one() {
    let mut opened = guard(&["127.0.0.1:21", "127.0.0.2:21"]);
    opened.data = vec![("127.0.0.1".parse().unwrap(), ports(8000, 62000))];
    let permit = literal(&opened, "127.0.0.1", 21).unwrap();
    let control = "127.0.0.1:21";
    assert!(data(&permit, control, "127.0.0.1:61000"));
    assert!(!data(&permit, control, "127.0.0.1:62001"));
    // A range that holds the relay's own ports does not open them.
    assert!(!data(&permit, control, "127.0.0.1:8021"));
    let other = literal(&opened, "127.0.0.2", 21).unwrap();
    assert!(!data(&other, "127.0.0.2:21", "127.0.0.2:61000"));
}

#[test]
fn who_listens_does_so_where_the_control_connection_ends() {
    let local = "192.168.1.5".parse().unwrap();
    assert!(Permit::may_listen(local, local));
    assert!(Permit::may_listen(local, "::ffff:192.168.1.5".parse().unwrap()));
    assert!(!Permit::may_listen(local, "0.0.0.0".parse().unwrap()));
    assert!(!Permit::may_listen(local, "127.0.0.1".parse().unwrap()));
}

#[test]
fn a_name_is_resolved_by_the_system_and_once() {
    let runtime = crate::runtime().unwrap();
    let guard = guard(&["localhost:21"]);
    let denied = runtime.block_on(guard.permit("localhost", 21)).unwrap_err();
    assert!(
        matches!(
            &denied,
            Denied::Space {
                space: Space::Loopback,
                ..
            }
        ),
        "{denied}"
    );
}
