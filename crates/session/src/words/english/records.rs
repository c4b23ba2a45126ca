//! TLS records, as somebody without keys sees them.

use portolan_wire::dissect::{alert_name, handshake_name, suite_name, version_name};
use portolan_wire::report::Purpose;

use super::super::tools::{plural, short, size};
use super::security::date;
use super::subject;
use crate::view::{Carries, CertificateText, CertificateView, Glimpse, Who};

/// What happens, in one breath: the most telling part of what is seen.
pub(super) fn caption(sender: &Who, purpose: Purpose, seen: &[Glimpse]) -> String {
    let who = subject(sender);
    let find = |wanted: fn(&Glimpse) -> bool| seen.iter().find(|glimpse| wanted(glimpse));
    let telling = find(|glimpse| matches!(glimpse, Glimpse::Alert { .. }))
        .or_else(|| find(|glimpse| matches!(glimpse, Glimpse::ClientHello { .. } | Glimpse::ServerHello { .. })))
        .or_else(|| find(|glimpse| matches!(glimpse, Glimpse::ChangeCipherSpec)));
    match telling {
        Some(Glimpse::Alert { description }) => {
            format!(
                "{who} breaks off TLS, and says why where all can read it: {}.",
                alert(*description)
            )
        }
        Some(Glimpse::ClientHello {
            versions, server_name, ..
        }) => {
            let named = server_name.as_deref().map_or_else(
                || "names no server".to_owned(),
                |name| format!("names the server it wants: {}", short(name, 1)),
            );
            format!("{who} offers {} and {named}. Anybody can read this.", listed(versions))
        }
        Some(Glimpse::ServerHello { version, resumes, .. }) => {
            let resumes = if *resumes { " and resumes a session" } else { "" };
            let rest = match certificate(seen) {
                Some(_) => "Its certificate is readable too.",
                None => "What follows is encrypted.",
            };
            format!("{who} chooses {}{resumes}. {rest}", self::version(*version))
        }
        Some(_) => format!("{who} changes to the keys that both have agreed on. Nobody else can read what comes now."),
        None => opaque(&who, purpose, seen),
    }
}

fn opaque(who: &str, purpose: Purpose, seen: &[Glimpse]) -> String {
    let what = if purpose == Purpose::Control {
        "Whoever looks on learns size and time, no word."
    } else {
        "Nobody on the way can tell what they are."
    };
    match sum(seen) {
        (_, None) => format!("{who} sends something under TLS. Its size was not recorded."),
        (records, Some(bytes)) => {
            format!(
                "{who} sends {}, {}. {what}",
                plural(records, "TLS record", "TLS records"),
                size(bytes)
            )
        }
    }
}

/// A row of the conversation: all that is seen.
pub(super) fn said(seen: &[Glimpse]) -> String {
    let mut parts: Vec<String> = seen.iter().filter_map(part).collect();
    parts.extend(encrypted(seen));
    parts.join("\n")
}

/// A few words beside a row of the ladder.
pub(super) fn rung(seen: &[Glimpse]) -> String {
    let is_named = |glimpse: &Glimpse| !matches!(glimpse, Glimpse::ChangeCipherSpec | Glimpse::Opaque { .. });
    // There is room for the telling ones.
    let few = seen.iter().any(is_named);
    let told = seen.iter().filter(|glimpse| !few || is_named(glimpse));
    let mut parts: Vec<String> = told.filter_map(name).collect();
    parts.extend(encrypted(seen));
    parts.join(", ")
}

fn part(glimpse: &Glimpse) -> Option<String> {
    Some(match glimpse {
        Glimpse::ClientHello {
            versions,
            suites,
            server_name,
            resumes,
        } => {
            let mut told = format!(
                "ClientHello: {}; {}",
                listed(versions),
                plural(u64::from(*suites), "cipher suite", "cipher suites")
            );
            if let Some(name) = server_name {
                told.push_str(&format!("; server name {name}"));
            }
            if *resumes {
                told.push_str("; has a ticket");
            }
            told
        }
        Glimpse::ServerHello {
            version,
            suite,
            resumes,
        } => {
            let resumes = if *resumes { "; session resumed" } else { "" };
            let suite = suite_name(*suite).map_or_else(|| format!("suite {suite:04x}"), str::to_owned);
            format!("ServerHello: {}; {suite}{resumes}", self::version(*version))
        }
        Glimpse::Certificate(Some(text)) => {
            let mut told = "Certificate, in the clear".to_owned();
            for line in says(text) {
                told.push_str(&format!("\n  {line}"));
            }
            told
        }
        other => name(other)?,
    })
}

fn name(glimpse: &Glimpse) -> Option<String> {
    Some(match glimpse {
        Glimpse::ClientHello { .. } => "ClientHello".into(),
        Glimpse::ServerHello { .. } => "ServerHello".into(),
        Glimpse::Certificate(_) => "Certificate".into(),
        Glimpse::Handshake { kind } => {
            handshake_name(*kind).map_or_else(|| format!("handshake message {kind}"), str::to_owned)
        }
        Glimpse::ChangeCipherSpec => "ChangeCipherSpec".into(),
        Glimpse::Alert { description } => format!("alert {}", alert(*description)),
        Glimpse::Opaque { .. } => return None,
    })
}

/// The encrypted records together: `2 encrypted records, 53 bytes`.
fn encrypted(seen: &[Glimpse]) -> Option<String> {
    let one = |wanted: Carries| {
        let mut all = seen.iter().filter_map(|glimpse| match glimpse {
            Glimpse::Opaque { carries, .. } => Some(*carries),
            _ => None,
        });
        all.next() == Some(wanted) && all.next().is_none()
    };
    match sum(seen) {
        (0, _) => None,
        (_, None) => Some("encrypted".into()),
        (_, Some(bytes)) if one(Carries::Handshake) => Some(format!("encrypted handshake message, {}", size(bytes))),
        (_, Some(bytes)) if one(Carries::Alert) => Some(format!("encrypted alert, {}", size(bytes))),
        (records, Some(bytes)) => Some(format!(
            "{}, {}",
            plural(records, "encrypted record", "encrypted records"),
            size(bytes)
        )),
    }
}

/// How many encrypted records there are, and their bytes; none where one was not measured.
fn sum(seen: &[Glimpse]) -> (u64, Option<u64>) {
    let mut all = (0, Some(0));
    for glimpse in seen {
        if let Glimpse::Opaque { bytes, .. } = glimpse {
            all.0 += 1;
            all.1 = all.1.zip(*bytes).map(|(sum, bytes)| sum + u64::from(bytes));
        }
    }
    all
}

fn certificate(seen: &[Glimpse]) -> Option<&CertificateText> {
    seen.iter().find_map(|glimpse| match glimpse {
        Glimpse::Certificate(text) => text.as_ref(),
        _ => None,
    })
}

/// A certificate in lines: whose it is, who vouches for it, for which hosts and how long it holds, its key, its fingerprint.
pub(super) fn certificate_lines(certificate: &CertificateView) -> Vec<String> {
    let mut lines = certificate.says.as_ref().map(says).unwrap_or_default();
    lines.push(format!("SHA-256 {}", certificate.fingerprint));
    lines
}

fn says(text: &CertificateText) -> Vec<String> {
    let name = |name: &Option<String>| name.clone().unwrap_or_else(|| "nobody".into());
    let issuer = if text.self_issued {
        "itself".to_owned()
    } else {
        name(&text.issuer)
    };
    let mut lines = vec![
        format!("Certificate of {}", name(&text.subject)),
        format!("signed by {issuer}"),
    ];
    if !text.names.is_empty() {
        lines.push(format!("holds for {}", text.names.join(", ")));
    }
    lines.push(format!("valid {} to {}", date(text.from), date(text.to)));
    lines.push(format!("key {}", text.key));
    lines
}

/// `TLS 1.3 and TLS 1.2`.
fn listed(versions: &[u16]) -> String {
    let names: Vec<String> = versions.iter().take(3).map(|number| version(*number)).collect();
    match names.as_slice() {
        [] => "no version".into(),
        [one] => one.clone(),
        [before @ .., last] => format!("{} and {last}", before.join(", ")),
    }
}

fn version(version: u16) -> String {
    version_name(version).map_or_else(|| format!("TLS version {version:04x}"), str::to_owned)
}

fn alert(description: u8) -> String {
    alert_name(description).map_or_else(|| format!("alert {description}"), str::to_owned)
}
