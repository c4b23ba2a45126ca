//! Two layers back to back, and one against what is no TLS.

mod chaos;
mod clearing;
mod conversation;
mod faults;
mod resumption;
mod shell;
mod splits;
mod trust;

use std::sync::Arc;

use portolan_ciphers::{Authority, Identity, Subject, Validity, provider};
use portolan_wire::security::{CertificateFault, Secured, TlsFault};
use portolan_wire::{Duration, Instant};
use rustls::pki_types::ServerName;

use super::*;

const EPOCH: u64 = 1_777_000_000;
const GOOD: Validity = Validity {
    from: EPOCH - 1000,
    to: EPOCH + 100_000,
};
const NAME: &str = "ftp.example.net";

fn authority() -> Authority {
    Authority::new("Portolan Test Authority", [1; 32], GOOD)
}

fn subject(name: &str) -> Subject {
    Subject {
        name: "FTP Server".to_owned(),
        hosts: vec![name.to_owned()],
        addresses: Vec::new(),
    }
}

fn identity() -> Identity {
    authority().issue(&subject(NAME), [2; 32], GOOD)
}

fn client(versions: Versions, seed: u8) -> Client {
    let trust = Trust::Authorities(vec![authority().root().clone()]);
    client_who_trusts(trust, versions, seed)
}

fn client_who_trusts(trust: Trust, versions: Versions, seed: u8) -> Client {
    Client::new(ClientConfig {
        provider: Arc::new(provider([seed; 32])),
        trust,
        versions,
        resumes: true,
        name: ServerName::try_from(NAME).unwrap(),
        epoch: EPOCH,
        patience: Duration::from_secs(10),
        keys: None,
    })
    .unwrap()
}

fn server(versions: Versions, seed: u8, identity: &Identity) -> Server {
    Server::new(ServerConfig {
        provider: Arc::new(provider([seed; 32])),
        identity: identity.certified(),
        versions,
        epoch: EPOCH,
        patience: Duration::from_secs(10),
        keys: None,
    })
    .unwrap()
}

/// Two ends of a connection and what they came to.
struct Pair {
    client: End,
    server: End,
    now: Instant,
    /// Where the streams are cut: the next pieces' lengths, over and over.
    cuts: Vec<usize>,
    turn: usize,
}

/// One end.
#[derive(Default)]
struct End {
    layer: Layer,
    heard: Vec<u8>,
    events: Vec<Event>,
    sent: Vec<u8>,
    /// On its way from here, and not yet there.
    flying: Vec<u8>,
}

impl End {
    fn say(&mut self, mut words: &[u8]) {
        while !words.is_empty() {
            let taken = self.layer.write(words);
            assert!(taken > 0, "the layer takes no words");
            words = &words[taken..];
            self.send();
        }
    }

    fn send(&mut self) {
        let bytes = self.layer.take_wire(usize::MAX);
        self.sent.extend_from_slice(&bytes);
        self.flying.extend(bytes);
    }

    fn look(&mut self) {
        self.heard.extend(self.layer.take_plain());
        self.events.extend(std::iter::from_fn(|| self.layer.poll_event()));
        self.send();
    }

    fn heard(&mut self) -> String {
        String::from_utf8(std::mem::take(&mut self.heard)).unwrap()
    }

    fn secured(&self) -> &Secured {
        let secured = self.events.iter().find_map(|event| match event {
            Event::Secured(secured) => Some(secured),
            _ => None,
        });
        secured.unwrap_or_else(|| panic!("not secured: {:?}", self.events))
    }

    fn fault(&self) -> &TlsFault {
        match self.events.last() {
            Some(Event::Broken(fault)) => fault,
            other => panic!("no fault: {other:?}"),
        }
    }
}

impl Pair {
    fn new() -> Self {
        Self {
            client: End::default(),
            server: End::default(),
            now: Instant::ZERO,
            cuts: vec![usize::MAX],
            turn: 0,
        }
    }

    /// A pair whose handshake is done.
    fn secured(client: &Client, server: &Server) -> Self {
        let mut pair = Self::new();
        pair.begin(client, server);
        pair.run();
        pair.client.secured();
        pair.server.secured();
        pair
    }

    fn begin(&mut self, client: &Client, server: &Server) {
        self.client.layer.begin_client(self.now, client).unwrap();
        self.server.layer.begin_server(self.now, server).unwrap();
    }

    /// Carries bytes to and fro until none fly.
    fn run(&mut self) {
        self.client.look();
        self.server.look();
        while !(self.client.flying.is_empty() && self.server.flying.is_empty()) {
            let cut = self.cuts[self.turn % self.cuts.len()].max(1);
            self.turn += 1;
            carry(self.now, &mut self.client, &mut self.server, cut);
            carry(self.now, &mut self.server, &mut self.client, cut);
        }
    }
}

fn carry(now: Instant, from: &mut End, to: &mut End, cut: usize) {
    let cut = cut.min(from.flying.len());
    let bytes: Vec<u8> = from.flying.drain(..cut).collect();
    if !bytes.is_empty() {
        to.layer.handle_wire(now, &bytes);
        to.look();
    }
}
