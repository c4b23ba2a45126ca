//! What somebody beside the wire makes of a connection under TLS: records, and of the handshake what is in the clear.
//!
//! It reads packets as they leave their senders, where their bytes are in order: what is sent again is skipped by TCP's
//! sequence numbers. What it saw is told where the rest of the conversation is told, at the client: what the client sends
//! when it leaves, what the server sends when it has come.

use std::collections::VecDeque;

use portolan_wire::dissect::{ContentType, Direction, TcpFlags, TcpSummary, TlsDissector, TlsSighting, TlsWhat};
use portolan_wire::visible;

use crate::view::{Carries, CertificateText, Glimpse};

/// The most parts of a flight that are told; a handshake of TLS has far fewer.
const MOST_GLIMPSES: usize = 64;

/// TLS 1.3: behind the hellos all is encrypted, the Finished too.
const TLS13: u16 = 0x0304;

/// A connection, as it is listened to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tap {
    /// What the caller sends.
    forth: Ear,
    /// What the one who was called sends.
    back: Ear,
    tls: Option<Session>,
    /// What the packet showed that was sent last, and the event of its sending.
    now: Option<(u64, Sight)>,
    /// The flight that is being told.
    told: Option<(u32, Vec<Glimpse>)>,
}

/// What was seen in a packet, or in several that were told together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sight {
    pub(crate) glimpses: Vec<Glimpse>,
    /// Where it belongs to the handshake: the number of the flight.
    pub(crate) flight: Option<u32>,
}

/// One direction.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Ear {
    /// The sequence number of the next byte that is new.
    next: Option<u32>,
    /// Bytes sent so far.
    heard: u64,
    /// Whether bytes are missing: they were cut off, and nothing behind them can be read.
    deaf: bool,
    /// Where the handshake's bytes end, once they have.
    content_from: Option<u64>,
    /// Packets behind that that have arrived.
    content_packets: u32,
    /// What was seen and has not arrived, and where it ends.
    waiting: VecDeque<(u64, Sight)>,
}

/// A TLS connection.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Session {
    dissector: TlsDissector,
    /// Whether who began the handshake is who called.
    client_calls: bool,
    /// The number of the handshake's flight, and whose it is.
    flight: (u32, Direction),
}

impl Tap {
    /// Whether TLS was seen, and goes on.
    pub(crate) const fn is_tls(&self) -> bool {
        self.tls.is_some()
    }

    /// What the packet shows whose sending is the event `seq`.
    pub(crate) fn sight(&self, seq: u64) -> Option<&Sight> {
        self.now.as_ref().filter(|(at, _)| *at == seq).map(|(_, sight)| sight)
    }

    /// A packet left its sender with the event `seq`. `anywhere`: whether TLS may begin behind other bytes, as it does after
    /// AUTH.
    pub(super) fn sent(
        &mut self,
        seq: u64,
        by_caller: bool,
        tcp: &TcpSummary,
        payload: &[u8],
        anywhere: bool,
    ) -> Option<Sight> {
        let ear = if by_caller { &mut self.forth } else { &mut self.back };
        if tcp.flags.contains(TcpFlags::SYN) {
            ear.next = Some(tcp.seq.wrapping_add(1));
            return None;
        }
        let start = ear.heard;
        let bytes = ear.fresh(tcp, payload)?;
        if self.tls.is_none() {
            if !(is_client_hello(bytes) && (anywhere || start == 0)) {
                return None;
            }
            let other = if by_caller { self.back.heard } else { self.forth.heard };
            self.begin(by_caller, start, other);
        }
        let sight = self.read(by_caller, bytes)?;
        self.now = Some((seq, sight.clone()));
        Some(sight)
    }

    /// What was just sent is to be told when it has arrived.
    pub(super) fn wait(&mut self, by_caller: bool, sight: Sight) {
        let ear = self.ear(by_caller);
        ear.waiting.push_back((ear.heard, sight));
    }

    /// So many bytes of a direction have arrived: what was waiting for that.
    pub(super) fn arrived(&mut self, by_caller: bool, bytes: u64) -> Option<Sight> {
        let ear = self.ear(by_caller);
        let mut all: Option<Sight> = None;
        while let Some((_, sight)) = ear.waiting.pop_front_if(|(end, _)| *end <= bytes) {
            match &mut all {
                Some(all) => {
                    all.glimpses.extend(sight.glimpses);
                    all.flight = sight.flight;
                }
                None => all = Some(sight),
            }
        }
        all
    }

    /// What is to be told of a sight: of a handshake's flight all that was seen of it.
    pub(super) fn tell(&mut self, sight: Sight) -> Sight {
        let Some(number) = sight.flight else {
            return sight;
        };
        let told = match &mut self.told {
            Some((same, glimpses)) if *same == number => {
                glimpses.extend(sight.glimpses);
                glimpses.truncate(MOST_GLIMPSES);
                glimpses.clone()
            }
            other => other.insert((number, sight.glimpses)).1.clone(),
        };
        Sight {
            glimpses: told,
            flight: sight.flight,
        }
    }

    /// Of the bytes that have arrived in a direction those behind its handshake; nothing where the other direction has more
    /// of them, which is then what the connection is for.
    pub(super) fn content(&mut self, by_caller: bool, bytes: u64, other_bytes: u64) -> Option<(u64, u32)> {
        let other = self.ear(!by_caller).behind(other_bytes);
        let ear = self.ear(by_caller);
        let content = ear.behind(bytes);
        if content == 0 {
            return None;
        }
        ear.content_packets = ear.content_packets.saturating_add(1);
        (content >= other).then_some((content, ear.content_packets))
    }

    /// Bytes of the handshake that went in a direction.
    pub(crate) fn handshake(&self, by_caller: bool) -> Option<u64> {
        let ear = if by_caller { &self.forth } else { &self.back };
        ear.content_from.filter(|_| self.is_tls())
    }

    const fn ear(&mut self, by_caller: bool) -> &mut Ear {
        if by_caller { &mut self.forth } else { &mut self.back }
    }

    fn begin(&mut self, client_calls: bool, client: u64, server: u64) {
        self.forth.content_from = None;
        self.back.content_from = None;
        self.tls = Some(Session {
            dissector: TlsDissector::at(client, server),
            client_calls,
            flight: (
                self.told.as_ref().map_or(0, |(number, _)| number + 1),
                Direction::ToServer,
            ),
        });
    }

    fn read(&mut self, by_caller: bool, bytes: &[u8]) -> Option<Sight> {
        let session = self.tls.as_mut()?;
        let direction = if by_caller == session.client_calls {
            Direction::ToServer
        } else {
            Direction::ToClient
        };
        let sightings = session.dissector.feed(direction, bytes);
        let tls13 = session.dissector.version().is_some_and(|version| version >= TLS13);
        let mut glimpses = Vec::new();
        let (mut handshake, mut over) = (false, false);
        for sighting in sightings {
            let was_open = self.ear(by_caller).content_from.is_none();
            if self.finishes(&sighting, direction, tls13) {
                self.ear(by_caller).content_from.get_or_insert(sighting.end);
                if tls13 {
                    // What the server sends from now on comes after it: its own Finished came before.
                    let other = self.ear(!by_caller);
                    other.content_from.get_or_insert(other.heard);
                }
            }
            over |= sighting.what == TlsWhat::NotTls;
            if let Some(glimpse) = glimpse(sighting.what, self.tls.as_ref()?.dissector.resumes()) {
                handshake |= was_open;
                glimpses.push(glimpse);
            }
        }
        if over {
            self.tls = None;
        }
        if glimpses.is_empty() {
            return None;
        }
        let flight = if handshake { Some(self.flight(direction)) } else { None };
        Some(Sight { glimpses, flight })
    }

    /// Whether the handshake is over for a direction with what was seen.
    fn finishes(&self, sighting: &TlsSighting, direction: Direction, tls13: bool) -> bool {
        let TlsWhat::Record {
            opaque: true, content, ..
        } = sighting.what
        else {
            return false;
        };
        if tls13 {
            direction == Direction::ToServer
        } else {
            content == ContentType::Handshake
        }
    }

    fn flight(&mut self, direction: Direction) -> u32 {
        let Some(session) = &mut self.tls else { return 0 };
        let (number, last) = session.flight;
        if last != direction {
            session.flight = (number + 1, direction);
        }
        session.flight.0
    }
}

impl Ear {
    /// The bytes of a packet that were not sent before.
    fn fresh<'a>(&mut self, tcp: &TcpSummary, payload: &'a [u8]) -> Option<&'a [u8]> {
        let next = *self.next.get_or_insert(tcp.seq);
        let end = tcp.seq.wrapping_add(tcp.payload_len);
        let ahead = end.wrapping_sub(next);
        if ahead == 0 || ahead >= 1 << 31 {
            return None;
        }
        self.next = Some(end);
        self.heard += u64::from(ahead);
        let missing = ahead > tcp.payload_len || payload.len() < tcp.payload_len as usize;
        let was_deaf = self.deaf;
        self.deaf |= missing;
        if was_deaf {
            return None;
        }
        payload.get(tcp.payload_len.saturating_sub(ahead) as usize..)
    }

    fn behind(&self, bytes: u64) -> u64 {
        self.content_from.map_or(0, |from| bytes.saturating_sub(from))
    }
}

/// Whether a handshake record with a ClientHello begins here (RFC 8446 sections 4 and 5.1).
const fn is_client_hello(bytes: &[u8]) -> bool {
    matches!(bytes, [22, 3, 0..=4, _, _, 1, ..])
}

fn glimpse(what: TlsWhat, resumes: Option<bool>) -> Option<Glimpse> {
    Some(match what {
        TlsWhat::Record {
            opaque: true,
            content,
            length,
            version: _,
        } => Glimpse::Opaque {
            carries: Carries::of(content),
            bytes: Some(length.into()),
        },
        TlsWhat::Record { .. } | TlsWhat::NotTls => return None,
        TlsWhat::ClientHello(hello) => Glimpse::ClientHello {
            suites: u16::try_from(hello.suites.len()).unwrap_or(u16::MAX),
            server_name: hello.server_name.as_deref().map(visible),
            resumes: hello.ticket,
            versions: hello.versions,
        },
        TlsWhat::ServerHello(hello) if hello.retry => Glimpse::Handshake { kind: RETRY },
        TlsWhat::ServerHello(hello) => Glimpse::ServerHello {
            version: hello.version,
            suite: hello.suite,
            resumes: resumes.unwrap_or(false),
        },
        TlsWhat::Certificates { own, .. } => {
            Glimpse::Certificate(own.map(|certificate| CertificateText::from(*certificate)))
        }
        TlsWhat::Handshake { kind, .. } => Glimpse::Handshake { kind },
        TlsWhat::ChangeCipherSpec => Glimpse::ChangeCipherSpec,
        TlsWhat::Alert { description, .. } => Glimpse::Alert { description },
    })
}

/// The type of a HelloRetryRequest, before it became a kind of ServerHello (RFC 8446 section 4).
const RETRY: u8 = 6;
