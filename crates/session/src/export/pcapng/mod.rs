//! Captures: a log's packets in pcapng (draft-ietf-opsawg-pcapng), which Wireshark, tshark and tcpdump read.
//!
//! # Whose packets
//! A capture is what a capture program on *one host* would have written ([`Vantage`]); it is the client's unless
//! asked otherwise. A capture of all hosts holds each packet once for every host that saw it, and a reader who does not
//! keep the interfaces apart takes the second sight of a packet for a retransmission. So it is not the default.
//!
//! A host sees what it sends and what reaches it. As on a real system the capture sits between the network and the
//! firewall: a packet that the host's own firewall drops on arrival is in the capture (and says so in a comment),
//! and a packet that it drops before it leaves is not. What was lost on a link, its receiver never saw. A router sees
//! what it passes on, as it leaves.
//!
//! Behind each router the time to live is one less, and the header's checksum is mended, as on the wire.
//!
//! # Time
//! A simulation's virtual zero is shown as 2000-01-01T00:00:00Z ([`EPOCH`]): a valid date in every tool, and so round
//! that nobody takes it for the day of a measurement. A live log has a beginning of its own.
//!
//! # Secrets
//! Where the keys of TLS connections are known and may be known to all who read the capture, they lie in it
//! ([`write_with_keys`]): of simulations, and of real sessions with the relay's own sandbox. Of others there are none to write.
//!
//! # Cut packets
//! Of long transfers the log keeps the first bytes only (see [`crate::log::Limits`]). Such packets keep their length on
//! the wire beside the bytes that are left, as after `tcpdump -s`.

mod blocks;

use core::fmt;

use portolan_wire::Instant;

use crate::event::{DropReason, Event, Evidence, Host, HostId, Kind, PacketId, Role, Seen, Source};
use crate::log::{Log, PacketRecord};
use blocks::{Blocks, Capture};

/// What the virtual zero of a simulation is called: 2000-01-01T00:00:00Z, in microseconds since 1970-01-01 UTC.
pub const EPOCH: u64 = 946_684_800_000_000;

/// Where the packets were captured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Vantage {
    /// At the first host whose part is the client's.
    #[default]
    Client,
    /// At this host.
    Host(HostId),
    /// At all hosts, each an interface of its own, in the header's order.
    All,
}

/// There is no such host in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoSuchHost {
    /// Which was asked for.
    pub vantage: Vantage,
}

/// Writes the packets seen at `vantage`, in the order of the log.
///
/// # Errors
/// When the log has no such host.
pub fn write(log: &Log, vantage: Vantage) -> Result<Vec<u8>, NoSuchHost> {
    write_with_keys(log, vantage, "")
}

/// The same, with what decrypts its TLS connections, unless that is empty: lines of NSS's key log
/// (draft-ietf-tls-keylogfile), in a Decryption Secrets Block.
///
/// # Errors
/// When the log has no such host.
pub fn write_with_keys(log: &Log, vantage: Vantage, key_log: &str) -> Result<Vec<u8>, NoSuchHost> {
    let hosts = captured(log, vantage)?;
    let mut blocks = Blocks::new();
    blocks.section(
        concat!("Portolan ", env!("CARGO_PKG_VERSION")),
        &provenance(&log.header().source),
    );
    for host in &hosts {
        blocks.interface(&host.name, &description(host));
    }
    // A reader wants it before the packets that it decrypts.
    if !key_log.is_empty() {
        blocks.secrets(key_log);
    }
    let mut sights = Sights::of(log);
    for event in log.events() {
        let Kind::Packet { packet, seen } = event.kind else {
            continue;
        };
        let interface = hosts.iter().position(|host| host.id == event.host);
        if let (Some(sight), Some(interface)) = (sights.next(event, packet, seen), interface) {
            blocks.packet(&Capture {
                interface: interface as u32,
                at: shown(&log.header().source, event.at),
                bytes: &sight.bytes,
                length: sight.record.length,
                comment: comment(event, seen),
            });
        }
    }
    Ok(blocks.into_bytes())
}

/// The hosts with an interface.
fn captured(log: &Log, vantage: Vantage) -> Result<Vec<&Host>, NoSuchHost> {
    let hosts = &log.header().hosts;
    let one = match vantage {
        Vantage::All => return Ok(hosts.iter().collect()),
        Vantage::Client => hosts.iter().find(|host| host.role == Role::Client),
        Vantage::Host(id) => log.host(id),
    };
    one.map(|host| vec![host]).ok_or(NoSuchHost { vantage })
}

/// What befell packets so far, as far as it changes what is seen of them next.
struct Sights<'a> {
    log: &'a Log,
    /// By packet: how many routers it has passed, and whether it never leaves its sender.
    passed: Vec<u8>,
    kept_in: Vec<bool>,
}

/// A packet at one host.
struct Sight<'a> {
    record: PacketRecord<'a>,
    bytes: Vec<u8>,
}

impl<'a> Sights<'a> {
    fn of(log: &'a Log) -> Self {
        let packets = log.packets() as usize;
        let mut kept_in = vec![false; packets];
        for event in log.events() {
            if let Kind::Packet { packet, seen } = event.kind
                && matches!(seen, Seen::Dropped { .. })
                && log.packet(packet).is_some_and(|record| record.host == event.host)
                && let Some(kept_in) = kept_in.get_mut(packet.0 as usize)
            {
                *kept_in = true;
            }
        }
        Self {
            log,
            passed: vec![0; packets],
            kept_in,
        }
    }

    /// What a capture at the event's host has of the packet, if anything. Wants every packet event, in order.
    fn next(&mut self, event: &Event, packet: PacketId, seen: Seen) -> Option<Sight<'a>> {
        let record = self.log.packet(packet)?;
        let number = packet.0 as usize;
        let at_sender = record.host == event.host;
        let captured = match seen {
            Seen::Sent => !self.kept_in.get(number).copied().unwrap_or_default(),
            // What a host sends to itself it sees once.
            Seen::Delivered => !at_sender,
            Seen::Forwarded => {
                let passed = self.passed.get_mut(number)?;
                *passed = passed.saturating_add(1);
                true
            }
            Seen::Lost => false,
            // A queue that is full is one in front of the link: the packet came no further.
            Seen::Dropped { by, .. } => !at_sender && by != DropReason::QueueFull,
        };
        captured.then(|| Sight {
            record,
            bytes: after_hops(record.bytes, self.passed.get(number).copied().unwrap_or_default()),
        })
    }
}

/// A packet behind `hops` routers: its time to live is that much less. The checksum of an IPv4 header is mended, not
/// summed anew (RFC 1624), so that one that was wrong stays wrong.
fn after_hops(bytes: &[u8], hops: u8) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    match bytes.first().map(|first| first >> 4) {
        Some(4) => {
            if let Some([.., ttl, _, high, low]) = bytes.first_chunk_mut::<12>() {
                let taken = hops.min(*ttl);
                *ttl -= taken;
                // The sum is kept as its complement: what the header loses, it gains.
                let sum = u32::from(u16::from_be_bytes([*high, *low])) + (u32::from(taken) << 8);
                let folded = (sum & 0xffff) + (sum >> 16);
                [*high, *low] = [(folded >> 8) as u8, folded as u8];
            }
        }
        Some(6) => {
            if let Some([.., hop_limit]) = bytes.first_chunk_mut::<8>() {
                *hop_limit = hop_limit.saturating_sub(hops);
            }
        }
        _ => {}
    }
    bytes
}

/// A moment of the log as a date, in microseconds since 1970-01-01 UTC.
const fn shown(source: &Source, at: Instant) -> u64 {
    let zero = match source {
        Source::Simulation { .. } => EPOCH,
        Source::Live { began } => *began,
    };
    zero.saturating_add(at.as_micros())
}

/// What the file is, for whoever opens it without having made it.
fn provenance(source: &Source) -> String {
    match source {
        Source::Simulation {
            scenario,
            seed,
            settings,
        } => {
            let mut text = format!(
                "A simulation by Portolan: no real network carried these packets. Scenario {scenario}, seed {seed}"
            );
            for (name, value) in settings {
                text += &format!(", {name} = {value}");
            }
            text + ". Virtual time began at 2000-01-01T00:00:00Z."
        }
        Source::Live { .. } => {
            "A live session through Portolan. Its sockets were observed, its packets were not: they are made up to \
             show what the sockets did."
                .into()
        }
    }
}

fn description(host: &Host) -> String {
    let role = match host.role {
        Role::Client => "client",
        Role::Server => "server",
        Role::Router => "router",
        Role::Other => "other",
    };
    let mut text = host.name.clone();
    if text != role {
        text += &format!(" ({role})");
    }
    for (nth, address) in host.addresses.iter().enumerate() {
        text += if nth == 0 { ": " } else { ", " };
        text += &address.to_string();
    }
    text
}

/// What a packet's bytes don't say.
fn comment(event: &Event, seen: Seen) -> Option<String> {
    let fate = match seen {
        Seen::Dropped { by, rule } => Some(dropped(by, rule)),
        Seen::Sent | Seen::Forwarded | Seen::Delivered | Seen::Lost => None,
    };
    let doubt = match event.evidence {
        Evidence::Observed => None,
        Evidence::Inferred => Some("Not observed: it must have been so."),
        Evidence::Synthesised => Some("Not observed: made up from what the sockets did."),
    };
    match (fate, doubt) {
        (Some(fate), Some(doubt)) => Some(format!("{fate} {doubt}")),
        (Some(fate), None) => Some(fate),
        (None, doubt) => doubt.map(str::to_owned),
    }
}

fn dropped(by: DropReason, rule: Option<u16>) -> String {
    match (by, rule) {
        (DropReason::Firewall, Some(rule)) => format!("Dropped here, by rule {} of the firewall.", rule + 1),
        (DropReason::Firewall, None) => "Dropped here, by the firewall.".into(),
        (DropReason::NoRoute, _) => "Dropped here: no way to its destination.".into(),
        (DropReason::Expired, _) => "Dropped here: its time to live ran out.".into(),
        (DropReason::QueueFull, _) => "Dropped here: a queue was full.".into(),
    }
}

impl fmt::Display for NoSuchHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.vantage {
            Vantage::Host(HostId(id)) => write!(f, "the log has no host of the number {id}"),
            Vantage::Client | Vantage::All => f.write_str("no host in the log is a client"),
        }
    }
}

impl core::error::Error for NoSuchHost {}

#[cfg(test)]
mod tests;
