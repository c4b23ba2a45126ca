//! The network's eye: what bytes alone tell somebody who stands beside the wire.
//!
//! Nothing in here knows what an endpoint meant. A firewall, a NAT's helper and an eavesdropper are built on it, so they
//! see what real ones see and no more.
//!
//! * [`Summary`]: a packet in a glance, without allocation: for whoever records every packet.
//! * [`packet`]: a packet field by field, for an inspector.
//! * [`ControlDissector`]: the commands, replies and announced addresses in the two byte streams of a control
//!   connection, for as long as they can be read.
//! * [`TlsDissector`]: the records of a TLS connection, and of its handshake what is in the clear.
//! * [`Certificate`]: what an X.509 certificate says.
//!
//! Required reading: RFC 791 and RFC 8200 (IP), RFC 792 and RFC 4443 (ICMP), RFC 9293 (TCP), RFC 8446 and RFC 5246 (TLS),
//! RFC 5280 (certificates).

mod bytes;
mod certificate;
mod checksum;
mod field;
#[cfg(test)]
pub(crate) mod fixtures;
mod ftp;
mod icmp;
mod ip;
mod options;
mod summary;
mod tcp;
mod tls;
mod tree;

pub use certificate::{Certificate, Key, LONGEST_NAME, MOST_NAMES, NoCertificate};
pub use checksum::{Checksums, checksums, internet_checksum};
pub use field::Field;
pub use ftp::{ControlDissector, Direction, Sighting, Unreadable, What};
pub use icmp::{IcmpKind, IcmpMeaning, IcmpSummary, Quoted};
pub use ip::{DissectError, Layer};
pub use options::{TcpOption, TcpOptions};
pub use summary::{Summary, Transport};
pub use tcp::{TcpFlags, TcpSummary};
pub use tls::{
    ClientHello, ContentType, LONGEST_MESSAGE, ServerHello, TlsDissector, TlsSighting, TlsWhat, alert_name,
    handshake_name, suite_name, version_name,
};
pub use tree::packet;

/// Protocol numbers of the IP header (IANA).
pub mod protocol {
    /// ICMP, RFC 792.
    pub const ICMP: u8 = 1;
    /// TCP, RFC 9293.
    pub const TCP: u8 = 6;
    /// UDP, RFC 768.
    pub const UDP: u8 = 17;
    /// ICMPv6, RFC 4443.
    pub const ICMPV6: u8 = 58;
}
