//! What a side of TLS is told before it begins.

use std::sync::Arc;

use portolan_wire::security::{ShownCertificate, TlsFault, Trusted};
use portolan_wire::{Duration, Instant};
use rustls::client::Resumption;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::ServerName;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::version::{TLS12, TLS13};
use rustls::{ClientConnection, Connection, ServerConnection, SupportedProtocolVersion};

use super::fault;
use super::keys::Keys;
use super::memory::{Clock, Sessions, Tickets};
use super::trust::{Seen, Trust};

/// What a server calls its protocol (RFC 7301; IANA's registry has `ftp`, and FileZilla says the other on data connections). A
/// client that names only others has been sent here by somebody in the net, as a browser can be (the ALPACA attack).
const ALPN: [&[u8]; 2] = [b"ftp", b"ftp-data"];

/// Which versions of TLS may be spoken. Older ones are not known here (RFC 8996).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Versions {
    /// TLS 1.2 alone.
    Only12,
    /// TLS 1.3 alone.
    Only13,
    /// Both, TLS 1.3 rather than TLS 1.2.
    #[default]
    Both,
}

/// What clients are told.
#[derive(Clone, Debug)]
pub struct ClientConfig {
    /// The mathematics, and the randomness for it.
    pub provider: Arc<CryptoProvider>,
    /// Whom to trust.
    pub trust: Trust,
    /// Which versions to offer.
    pub versions: Versions,
    /// Whether to resume sessions, as everybody does; who does not shows what servers think of it.
    pub resumes: bool,
    /// The server's name, or its address: what its certificate must hold for. A name is told to everybody (SNI), an
    /// address is not.
    pub name: ServerName<'static>,
    /// The date at [`Instant::ZERO`], in seconds since 1970-01-01 UTC: certificates have their time.
    pub epoch: u64,
    /// How long a handshake may take.
    pub patience: Duration,
    /// Who gets the keys: nobody, unless everybody may have them.
    pub keys: Option<Keys>,
}

/// What servers are told.
#[derive(Clone, Debug)]
pub struct ServerConfig {
    /// The mathematics, and the randomness for it.
    pub provider: Arc<CryptoProvider>,
    /// The certificate, and the key that goes with it.
    pub identity: Arc<CertifiedKey>,
    /// Which versions to accept.
    pub versions: Versions,
    /// The date at [`Instant::ZERO`], in seconds since 1970-01-01 UTC.
    pub epoch: u64,
    /// How long a handshake may take.
    pub patience: Duration,
    /// Who gets the keys: nobody, unless everybody may have them.
    pub keys: Option<Keys>,
}

/// The TLS client of one control connection and of its data connections, which resume its sessions.
#[derive(Clone, Debug)]
pub struct Client {
    config: Arc<rustls::ClientConfig>,
    name: ServerName<'static>,
    tickets: Arc<Tickets>,
    seen: Arc<Seen>,
    clock: Arc<Clock>,
    patience: Duration,
}

/// The TLS server of one control connection and of its data connections, whose sessions it remembers.
#[derive(Clone, Debug)]
pub struct Server {
    config: Arc<rustls::ServerConfig>,
    clock: Arc<Clock>,
    patience: Duration,
}

/// One connection's TLS, and what it shares with others.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) tls: Connection,
    clock: Arc<Clock>,
    /// Of a client.
    memory: Option<(Arc<Tickets>, Arc<Seen>)>,
}

impl Client {
    /// A client that has no session yet.
    ///
    /// # Errors
    /// [`TlsFault::Setup`] when the provider has no suite for the versions, or no authority is left to trust.
    pub fn new(config: ClientConfig) -> Result<Self, TlsFault> {
        let clock = Arc::new(Clock::new(config.epoch));
        let tickets = Arc::new(Tickets::default());
        let seen = config.trust.to_verifier(&config.provider)?;
        let mut inner = rustls::ClientConfig::builder_with_details(config.provider, Arc::clone(&clock) as _)
            .with_protocol_versions(&config.versions.all())
            .map_err(|error| fault::of_setup(&error))?
            .dangerous()
            .with_custom_certificate_verifier(Arc::clone(&seen) as _)
            .with_no_client_auth();
        inner.alpn_protocols = vec![b"ftp".to_vec()];
        inner.resumption = match config.resumes {
            true => Resumption::store(Arc::clone(&tickets) as _),
            false => Resumption::disabled(),
        };
        if let Some(keys) = config.keys {
            inner.key_log = Arc::new(keys);
        }
        Ok(Self {
            config: Arc::new(inner),
            name: config.name,
            tickets,
            seen,
            clock,
            patience: config.patience,
        })
    }

    /// How many tickets of TLS 1.3 are left: so many more connections can resume before new ones come.
    #[must_use]
    pub fn tickets_left(&self) -> u32 {
        self.tickets.left()
    }

    pub(super) fn begin(&self, now: Instant) -> Result<(Session, Instant), TlsFault> {
        self.clock.set(now);
        let tls = ClientConnection::new(Arc::clone(&self.config), self.name.clone());
        let session = Session {
            tls: tls.map_err(|error| fault::of_setup(&error))?.into(),
            clock: Arc::clone(&self.clock),
            memory: Some((Arc::clone(&self.tickets), Arc::clone(&self.seen))),
        };
        Ok((session, now + self.patience))
    }
}

impl Server {
    /// A server that remembers nothing yet.
    ///
    /// # Errors
    /// [`TlsFault::Setup`] when the provider has no suite for the versions.
    pub fn new(config: ServerConfig) -> Result<Self, TlsFault> {
        let clock = Arc::new(Clock::new(config.epoch));
        let mut inner = rustls::ServerConfig::builder_with_details(config.provider, Arc::clone(&clock) as _)
            .with_protocol_versions(&config.versions.all())
            .map_err(|error| fault::of_setup(&error))?
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(Always(config.identity)));
        inner.alpn_protocols = ALPN.map(<[u8]>::to_vec).to_vec();
        inner.session_storage = Arc::new(Sessions::default());
        if let Some(keys) = config.keys {
            inner.key_log = Arc::new(keys);
        }
        Ok(Self {
            config: Arc::new(inner),
            clock,
            patience: config.patience,
        })
    }

    pub(super) fn begin(&self, now: Instant) -> Result<(Session, Instant), TlsFault> {
        self.clock.set(now);
        let tls = ServerConnection::new(Arc::clone(&self.config));
        let session = Session {
            tls: tls.map_err(|error| fault::of_setup(&error))?.into(),
            clock: Arc::clone(&self.clock),
            memory: None,
        };
        Ok((session, now + self.patience))
    }
}

impl Session {
    pub(super) fn set_time(&self, now: Instant) {
        self.clock.set(now);
    }

    /// Of a client: how many tickets are left.
    pub(super) fn tickets_left(&self) -> Option<u32> {
        self.memory.as_ref().map(|(tickets, _)| tickets.left())
    }

    /// Of a client: why it took the server's certificate.
    pub(super) fn trusted(&self) -> Option<Trusted> {
        self.memory.as_ref().map(|(_, seen)| seen.trusted)
    }

    /// Of a client: the server's certificate.
    pub(super) fn certificate(&self) -> Option<ShownCertificate> {
        let (_, seen) = self.memory.as_ref()?;
        let certificate = self.tls.peer_certificates()?.first()?;
        Some(seen.look_at(certificate))
    }

    /// Of a client: the certificate that was just refused.
    pub(super) fn refused(&self) -> Option<ShownCertificate> {
        self.memory.as_ref().and_then(|(_, seen)| seen.take())
    }
}

impl Versions {
    fn all(self) -> Vec<&'static SupportedProtocolVersion> {
        match self {
            Self::Only12 => vec![&TLS12],
            Self::Only13 => vec![&TLS13],
            Self::Both => vec![&TLS13, &TLS12],
        }
    }
}

/// One certificate, whichever name is asked for.
#[derive(Debug)]
struct Always(Arc<CertifiedKey>);

impl ResolvesServerCert for Always {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0))
    }
}
