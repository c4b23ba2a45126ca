//! TLS for the hosts of a scenario: an authority, certificates that are worth what the scenario says, and keys that the seed
//! decides.

use std::sync::Arc;

use portolan_ciphers::{Authority, Identity, Subject, Validity, provider};
use portolan_protocol::ftp::{client, server};
use portolan_protocol::tls::{Client, ClientConfig, Keys, Server, ServerConfig, Trust, Versions};
use portolan_wire::Duration;
use portolan_wire::ftp::ReplyCode;
use portolan_wire::security::TlsFault;
use rustls::pki_types::ServerName;

use crate::file::{Certificate, Scenario, Security, Tls, TlsBegin, TlsVersion};
use crate::setup::EPOCH;

/// A day, in seconds.
const DAY: u64 = 86_400;

/// When certificates of the simulation are good, if they are.
const GOOD: Validity = Validity {
    from: EPOCH - 30 * DAY,
    to: EPOCH + 335 * DAY,
};

/// When one was good that is no longer.
const OVER: Validity = Validity {
    from: EPOCH - 396 * DAY,
    to: EPOCH - 31 * DAY,
};

/// Whom the other certificate is for.
const OTHER: &str = "www.harbour.example";

/// How long a handshake may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// Whose randomness it is. No two have the same.
#[derive(Clone, Copy)]
enum Whose {
    Authority,
    Certificate,
    Client,
    Session(u64),
}

impl Whose {
    /// A seed of its own, in a run with this `seed`.
    fn seed(self, seed: u64) -> [u8; 32] {
        let (kind, number) = match self {
            Self::Authority => (1, 0),
            Self::Certificate => (2, 0),
            Self::Client => (3, 0),
            Self::Session(number) => (4, number),
        };
        let mut bytes = [0; 32];
        let parts = [seed, kind, number].into_iter().flat_map(u64::to_be_bytes);
        bytes.iter_mut().zip(parts).for_each(|(byte, part)| *byte = part);
        bytes
    }
}

/// The client's side, if the scenario has it secure anything.
pub(crate) fn client(scenario: &Scenario, seed: u64, keys: &Keys) -> Option<Client> {
    if scenario.security == Security::Never {
        return None;
    }
    let services = scenario.server().into_iter().flat_map(|server| &server.ftp);
    let hostname = services
        .filter_map(|ftp| ftp.tls.as_ref())
        .map(|tls| &*tls.hostname)
        .next();
    // A server without TLS has no name to be looked for; that it has none is what the client finds out.
    let name = ServerName::try_from(hostname.unwrap_or(OTHER).to_owned()).ok()?;
    Client::new(ClientConfig {
        provider: Arc::new(provider(Whose::Client.seed(seed))),
        trust: Trust::Authorities(vec![authority(seed).root().clone()]),
        versions: Versions::Both,
        resumes: scenario.resumes,
        name,
        epoch: EPOCH,
        patience: PATIENCE,
        keys: Some(keys.clone()),
    })
    .ok()
}

/// What a client of the scenario does about security.
pub(crate) const fn when(security: Security) -> client::Security {
    match security {
        Security::Never => client::Security::Never,
        Security::WhenAsked => client::Security::WhenAsked,
        Security::Explicit => client::Security::Explicit,
        Security::Implicit => client::Security::Implicit,
    }
}

/// What a server says to AUTH.
pub(crate) fn terms(tls: Option<&Tls>) -> server::Security {
    let Some(tls) = tls else {
        return server::Security::Unknown;
    };
    server::Security::Offered(server::Terms {
        begin: match tls.begin {
            TlsBegin::Explicit => server::TlsBegins::WhenAsked,
            TlsBegin::Implicit => server::TlsBegins::AtOnce,
        },
        login_secured: tls.login_secured,
        data_secured: tls.data_secured,
        reuse: tls.reuse_required.then_some(ReplyCode::PROTOCOL_NOT_SUPPORTED),
        may_clear: true,
    })
}

/// Makes the server's side for each of its sessions.
pub(crate) struct Servers {
    identity: Identity,
    versions: Versions,
    seed: u64,
}

impl Servers {
    pub(crate) fn new(tls: &Tls, seed: u64) -> Self {
        let subject = |host: &str| Subject {
            name: host.to_owned(),
            hosts: vec![host.to_owned()],
            addresses: Vec::new(),
        };
        let key = Whose::Certificate.seed(seed);
        let own = subject(&tls.hostname);
        Self {
            identity: match tls.certificate {
                Certificate::Trusted => authority(seed).issue(&own, key, GOOD),
                Certificate::SelfSigned => Identity::self_signed(&own, key, GOOD),
                Certificate::Expired => authority(seed).issue(&own, key, OVER),
                Certificate::WrongName => authority(seed).issue(&subject(OTHER), key, GOOD),
            },
            versions: match tls.version {
                TlsVersion::V12 => Versions::Only12,
                TlsVersion::V13 => Versions::Only13,
            },
            seed,
        }
    }

    /// One session's, which has this `number` of its own.
    pub(crate) fn session(&self, number: u64) -> Result<Server, TlsFault> {
        Server::new(ServerConfig {
            provider: Arc::new(provider(Whose::Session(number).seed(self.seed))),
            identity: self.identity.certified(),
            versions: self.versions,
            epoch: EPOCH,
            patience: PATIENCE,
            keys: None,
        })
    }
}

fn authority(seed: u64) -> Authority {
    Authority::new("Portolan Harbour Authority", Whose::Authority.seed(seed), GOOD)
}
