//! What is said of TLS.

use std::collections::BTreeSet;

use portolan_wire::action::Action;
use portolan_wire::report::{LooksLike, Outcome, Purpose, Trouble};
use portolan_wire::security::{CertificateFault, SecurityCommand, ShownCertificate, TlsFault};

use super::*;
use crate::view::{Fault, Insecurity};

/// 2026-11-23 09:30:00 UTC.
const SECOND: u64 = 1_795_426_200;

/// Everything that can be wrong with TLS, around some text.
pub(super) fn insecurities(text: &str) -> Vec<Insecurity> {
    let (text, shown) = (|| text.to_owned(), || Some(fingerprint()));
    let mut faults = vec![
        Fault::Plaintext { what: text() },
        Fault::Expired {
            last: Some(SECOND),
            shown: shown(),
        },
        Fault::Expired {
            last: None,
            shown: None,
        },
        Fault::NotYetValid {
            first: Some(SECOND),
            shown: shown(),
        },
        Fault::NotYetValid {
            first: None,
            shown: None,
        },
        Fault::WrongName {
            holds_for: vec![text(), text()],
            shown: shown(),
        },
        Fault::WrongName {
            holds_for: Vec::new(),
            shown: None,
        },
        Fault::UnknownIssuer { shown: shown() },
        Fault::NotPinned { shown: shown() },
        Fault::BadSignature { shown: shown() },
        Fault::Unusable {
            what: text(),
            shown: shown(),
        },
        Fault::NothingInCommon,
        Fault::BadRecord,
        Fault::Misbehaved { what: text() },
        Fault::Stalled,
        Fault::Unfinished,
        Fault::CutShort,
        Fault::Setup { what: text() },
    ];
    faults.extend([0, 40, 255].map(|description| Fault::Alert { description }));
    let on = |purpose| {
        faults.iter().map(move |why| Insecurity::Tls {
            purpose,
            why: why.clone(),
        })
    };
    let mut all: Vec<Insecurity> = on(Purpose::Control).chain(on(Purpose::Data)).collect();
    all.extend([Insecurity::Untold, Insecurity::NoGreeting, Insecurity::NotResumed]);
    let commands = [
        SecurityCommand::Auth,
        SecurityCommand::Pbsz,
        SecurityCommand::Prot,
        SecurityCommand::Ccc,
    ];
    all.extend(commands.map(|command| Insecurity::Refused {
        command,
        code: 534,
        text: text(),
    }));
    all
}

fn fingerprint() -> String {
    shown().fingerprint()
}

fn shown() -> ShownCertificate {
    ShownCertificate {
        der: Vec::new(),
        sha256: [0xa5; 32],
    }
}

/// As `portolan connect` says it.
fn failure_of(trouble: Trouble) -> String {
    failure(&Action::Secure, &Outcome::Failed { trouble }).unwrap()
}

fn tls(purpose: Purpose, why: TlsFault) -> String {
    failure_of(Trouble::Tls { purpose, why })
}

fn certificate(why: CertificateFault) -> String {
    let shown = Some(shown());
    tls(Purpose::Control, TlsFault::Certificate { why, shown })
}

#[test]
fn each_problem_says_something_different() {
    let everything = insecurities("ftp.example.net");
    let brief: BTreeSet<String> = everything
        .iter()
        .cloned()
        .map(|why| problem(&Problem::Insecure(why)))
        .collect();
    let request = Request::Secure;
    let full = everything.iter().cloned().map(|why| {
        English.cause(&Cause::Failed {
            request: request.clone(),
            problem: Problem::Insecure(why),
        })
    });
    let full: BTreeSet<String> = full.collect();
    // What is wrong with a certificate, a side's setup or its manners is the same on any connection. What came in the clear,
    // was changed or ended too early is not: five faults name the connection.
    let of_each_connection = everything
        .iter()
        .filter(|why| matches!(why, Insecurity::Tls { .. }))
        .count()
        / 2;
    let same_on_both = of_each_connection - 5;
    assert_eq!(brief.len(), everything.len() - same_on_both, "{brief:#?}");
    assert_eq!(full.len(), everything.len() - same_on_both, "{full:#?}");
    for told in full {
        assert!(
            told.starts_with("The client could not secure the connection. "),
            "{told}"
        );
        assert!(told.ends_with('.') && !told.contains("  "), "{told}");
    }
}

#[test]
fn a_student_learns_which_scheme_to_use() {
    let silent = failure_of(Trouble::NoGreeting);
    assert!(
        silent.contains("said nothing") && silent.contains("use ftps://."),
        "{silent}"
    );
    let what = "220 Ready\u{7}".to_owned();
    let clear = tls(Purpose::Control, TlsFault::Plaintext { what });
    assert!(
        clear.contains("\"220 Ready␇\"") && clear.contains("use ftpes://."),
        "{clear}"
    );
    let looks_like = LooksLike::Tls;
    let implicit = failure_of(Trouble::WrongProtocol { looks_like });
    assert!(
        implicit.contains("implicit FTPS") && implicit.contains("ftps://"),
        "{implicit}"
    );
    let refused = failure_of(Trouble::Insecure {
        command: SecurityCommand::Auth,
        code: 534,
        text: "Not today.".into(),
    });
    assert!(
        refused.contains("534 Not today.") && refused.contains("Neither name nor password was sent"),
        "{refused}"
    );
}

#[test]
fn a_certificate_that_will_not_do_is_named_by_its_fingerprint() {
    let faults = [
        (
            CertificateFault::Expired { last: Some(SECOND) },
            "ended on 2026-11-23 09:30 UTC",
        ),
        (
            CertificateFault::NotYetValid { first: Some(SECOND) },
            "begins only on 2026-11-23 09:30 UTC",
        ),
        (
            CertificateFault::WrongName {
                holds_for: vec!["ftp.example.net".into(), "x\u{1b}[2J".into()],
            },
            "It holds for ftp.example.net, x␛[2J.",
        ),
        (CertificateFault::UnknownIssuer, "vouches"),
        (CertificateFault::NotPinned, "not the one that was trusted before"),
        (CertificateFault::BadSignature, "signature"),
        (CertificateFault::Unusable { what: "Odd.".into() }, "unusable: Odd."),
    ];
    for (why, says) in faults {
        let told = certificate(why);
        assert!(told.contains(says), "{told}");
        assert!(told.ends_with(&format!("fingerprint is {}.", fingerprint())), "{told}");
    }
}

#[test]
fn a_refusal_that_speaks_of_sessions_is_explained() {
    let refused = |code, text: &str| {
        let outcome = Outcome::Denied {
            code,
            text: text.into(),
        };
        failure(&Action::List { path: None }, &outcome).unwrap()
    };
    let says = "resume the control connection's TLS session";
    for (code, text) in [
        (522, "SSL connection failed; session reuse required"),
        (
            425,
            "Unable to build data connection: TLS session of data connection not resumed.",
        ),
    ] {
        assert!(refused(code, text).contains(says), "{code} {text}");
    }
    for (code, text) in [
        (522, "Network protocol not supported, use (1)"),
        (425, "Can't open data connection."),
        (550, "Session reuse required"),
    ] {
        assert!(!refused(code, text).contains(says), "{code} {text}");
    }
    let demanded = failure_of(Trouble::NotResumed);
    assert!(demanded.contains("demands"), "{demanded}");
}

#[test]
fn numbers_without_a_name_are_told_as_numbers() {
    let alert = tls(Purpose::Control, TlsFault::Alert { description: 40 });
    assert!(alert.contains("handshake_failure"), "{alert}");
    let alert = tls(Purpose::Control, TlsFault::Alert { description: 255 });
    assert!(alert.contains("alert 255"), "{alert}");
    let secured = |version, resumed| {
        caption(&Caption::Secured {
            purpose: Purpose::Data,
            version,
            resumed,
        })
    };
    assert!(
        secured(0x0303, true).contains("TLS 1.2 too, and resumes"),
        "{}",
        secured(0x0303, true)
    );
    assert!(
        secured(0x7f1c, false).contains("TLS version 7f1c"),
        "{}",
        secured(0x7f1c, false)
    );
}
