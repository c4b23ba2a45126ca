//! What the views tell of TLS.

use portolan_wire::plain;
use portolan_wire::report::{Outcome, Purpose, Report, Trouble};
use portolan_wire::security::{CertificateFault, ShownCertificate, TlsFault, Trusted};

use super::*;
use crate::event::{HostId, Kind};
use crate::log::Log;
use crate::testing::{self, CLIENT, SERVER, Script};
use crate::words;

/// Where a host reports what `which` looks for.
fn moments(log: &Log, host: HostId, which: impl Fn(&Report) -> bool) -> Vec<u64> {
    let found = log.events().iter().filter(|event| match &event.kind {
        Kind::Endpoint { report } => event.host == host && which(report),
        _ => false,
    });
    found.map(|event| event.seq).collect()
}

fn secured(log: &Log, host: HostId) -> [u64; 2] {
    moments(log, host, |report| matches!(report, Report::Secured(_)))
        .try_into()
        .unwrap()
}

fn security(log: &Log, moment: u64, purpose: Purpose) -> Option<Security> {
    let lines = stage(log, moment, Depth::Story).lines;
    let line = lines.iter().find(|line| line.purpose == purpose).unwrap();
    assert_eq!(
        line.is_secured(),
        line.security.is_some_and(|security| !security.cleared)
    );
    line.security
}

#[test]
fn a_line_knows_its_security_at_each_moment() {
    let log = testing::secured();
    let [control, data] = secured(&log, CLIENT);
    let [tickets] = moments(&log, CLIENT, |report| matches!(report, Report::Tickets { .. }))[..] else {
        panic!("tickets came once")
    };
    let [cleared] = moments(&log, CLIENT, |report| *report == Report::Cleared)[..] else {
        panic!("it was cleared once")
    };
    let at_first = Security {
        seq: control,
        version: 0x0304,
        suite: 0x1303,
        resumed: false,
        trusted: Some(Trusted::Pinned),
        tickets: Some(0),
        cleared: false,
    };
    let with_tickets = Security {
        tickets: Some(2),
        ..at_first
    };
    assert_eq!(security(&log, control - 1, Purpose::Control), None);
    assert_eq!(security(&log, control, Purpose::Control), Some(at_first));
    assert_eq!(security(&log, tickets, Purpose::Control), Some(with_tickets));
    assert_eq!(security(&log, cleared - 1, Purpose::Control), Some(with_tickets));
    let after = Security {
        cleared: true,
        ..with_tickets
    };
    assert_eq!(security(&log, cleared, Purpose::Control), Some(after));

    assert_eq!(security(&log, data - 1, Purpose::Data), None);
    let of_data = Security {
        seq: data,
        resumed: true,
        ..at_first
    };
    assert_eq!(security(&log, u64::MAX, Purpose::Data), Some(of_data));
}

#[test]
fn the_conversation_tells_it_once_and_at_the_client() {
    let log = testing::secured();
    let rows = transcript(&log, Eye::Endpoint, u64::MAX);
    let told = |row: &&Row| matches!(row.said, Said::Secured { .. } | Said::Cleared);
    let told: Vec<_> = rows
        .iter()
        .filter(told)
        .map(|row| (row.host, words::said(&row.said), words::caption(&row.explains)))
        .collect();
    let row = |said: &str, explains: &str| (CLIENT, said.to_owned(), explains.to_owned());
    assert_eq!(
        told,
        [
            row(
                "control connection under TLS 1.3",
                "From here on the control connection is TLS 1.3: whoever looks on sees sizes and times, no commands."
            ),
            row(
                "data connection under TLS 1.3, session resumed",
                "The data connection is TLS 1.3 too, and resumes the control connection's session: both have one owner."
            ),
            row(
                "control connection in the clear again",
                "The control connection is readable again; data connections stay as they were."
            ),
        ]
    );
}

#[test]
fn a_user_name_is_hidden_for_as_long_as_there_is_tls() {
    let rows = transcript(&testing::secured(), Eye::Endpoint, u64::MAX);
    let explained = rows.iter().filter_map(|row| match &row.said {
        Said::Command { verb, .. } if verb == "USER" => Some(words::caption(&row.explains)),
        _ => None,
    });
    let [hidden, readable] = explained.collect::<Vec<_>>().try_into().unwrap();
    assert!(hidden.contains("within TLS"), "{hidden}");
    assert!(readable.contains("readable text"), "{readable}");
}

#[test]
fn a_certificate_can_be_looked_at_where_it_was_shown() {
    let log = testing::secured();
    let [control, data] = secured(&log, CLIENT);
    let view = certificate(&log, control).unwrap();
    assert_eq!(view.fingerprint, ["A5"; 32].join(":"));
    let says = view.says.as_ref().unwrap();
    assert_eq!(says.subject.as_deref(), Some("ftp.example.net"));
    assert_eq!(says.issuer, says.subject);
    assert!(says.self_issued);
    assert_eq!(says.names.first().map(String::as_str), Some("ftp.example.net"));
    assert_eq!((says.from, says.to), (1_795_411_928, 2_110_771_928));
    assert_eq!(says.key, "RSA, 2048 bits");
    assert_eq!(plain::read(&plain::write(&view)), Some(view.clone()));
    assert_eq!(certificate(&log, data), Some(view));
    for other in secured(&log, SERVER).into_iter().chain([0, control - 1, u64::MAX]) {
        assert_eq!(certificate(&log, other), None, "{other}");
    }
}

#[test]
fn so_can_one_that_was_not_taken() {
    let mut script = Script::new();
    let trouble = Trouble::Tls {
        purpose: Purpose::Control,
        why: TlsFault::Certificate {
            why: CertificateFault::UnknownIssuer,
            shown: Some(ShownCertificate {
                der: b"none".to_vec(),
                sha256: [1; 32],
            }),
        },
    };
    script.starts(0, portolan_wire::action::Action::Secure);
    let outcome = Outcome::Failed { trouble };
    script.report(CLIENT, None, Report::Finished { action: 0, outcome });
    let expected = CertificateView {
        fingerprint: ["01"; 32].join(":"),
        says: None,
    };
    assert_eq!(certificate(&script.log(), 1), Some(expected));
}

#[test]
fn where_no_packet_is_seen_the_network_knows_that_something_passed_and_no_more() {
    let whole = testing::secured();
    let mut recorder = crate::log::Recorder::new(whole.header().clone());
    for event in whole.events() {
        if !matches!(event.kind, Kind::Packet { .. }) {
            recorder.event(event.at, event.host, event.conn, event.kind.clone());
        }
    }
    let log = recorder.into_log();
    let [control, data] = secured(&log, CLIENT);
    let cleared = moments(&log, CLIENT, |report| *report == Report::Cleared)[0];
    let hidden = |seq: u64| (control..cleared).contains(&seq);
    let unmeasured = vec![Glimpse::Opaque {
        carries: Carries::Data,
        bytes: None,
    }];
    let mut veiled = 0;
    for row in transcript(&log, Eye::Network, u64::MAX) {
        let words = matches!(row.said, Said::Command { .. } | Said::Reply { .. });
        assert!(!(words && hidden(row.seq)), "{row:?}");
        assert!(!matches!(row.said, Said::Listed { .. }) || row.seq < data, "{row:?}");
        if let Said::Records { seen } = row.said {
            assert_eq!(seen, unmeasured);
            veiled += 1;
        }
    }
    let meant = transcript(&log, Eye::Endpoint, u64::MAX);
    let talk = |row: &&Row| matches!(row.said, Said::Command { .. } | Said::Reply { .. }) && hidden(row.seq);
    assert!(veiled >= meant.iter().filter(talk).count() && veiled > 0);
    let network = Lens {
        depth: Depth::Story,
        eye: Eye::Network,
    };
    for rung in ladder(&log, network, Rows::All, u64::MAX).rows {
        let words = matches!(rung.what, What::Command { .. } | What::Reply { .. });
        assert!(!(words && hidden(rung.sent)), "{rung:?}");
    }
    for line in stage(&log, u64::MAX, network).lines {
        assert!(line.content.is_none());
        assert!(
            line.security
                .is_none_or(|security| security.trusted.is_none() && security.tickets.is_none())
        );
    }
}
