//! The network card between smoltcp and the world: one packet in, any number out.

use core::mem;

use smoltcp::phy::{self, Checksum, ChecksumCapabilities, DeviceCapabilities, Medium};
use smoltcp::time::Instant;

/// Bytes of an IP packet at most, as on Ethernet.
pub(crate) const MTU: usize = 1_500;

/// How many used buffers are kept for the next packets.
const SPARE: usize = 512;

/// One card for all hosts, since only one is busy at a time. It owns the buffers that packets are built in: a packet
/// that has arrived leaves its buffer here for the next one.
#[derive(Debug, Default)]
pub(crate) struct Device {
    arrived: Arrived,
    /// Packets that the stack wants sent, in order.
    pub(crate) out: Vec<Vec<u8>>,
    spare: Vec<Vec<u8>>,
}

/// The packet that came in last.
#[derive(Debug, Default)]
enum Arrived {
    /// There is none.
    #[default]
    Nothing,
    /// The stack has not seen it.
    New(Vec<u8>),
    /// The stack has seen it.
    Seen(Vec<u8>),
}

impl Device {
    /// The packet that the stack finds next. The one before it leaves its buffer.
    pub(crate) fn load(&mut self, bytes: Vec<u8>) {
        if let Arrived::New(old) | Arrived::Seen(old) = mem::replace(&mut self.arrived, Arrived::New(bytes)) {
            self.recycle(old);
        }
    }

    /// Takes a buffer that is no longer used.
    pub(crate) fn recycle(&mut self, bytes: Vec<u8>) {
        if self.spare.len() < SPARE {
            self.spare.push(bytes);
        }
    }
}

/// What checksums are made and checked. Nothing here damages packets, so checking each one again would cost a tenth of
/// the time and find nothing; every packet that is sent has right ones, and captures show them.
pub(crate) fn capabilities() -> DeviceCapabilities {
    let mut checksum = ChecksumCapabilities::default();
    checksum.ipv4 = Checksum::Tx;
    checksum.tcp = Checksum::Tx;
    checksum.icmpv4 = Checksum::Tx;
    checksum.icmpv6 = Checksum::Tx;
    let mut capabilities = DeviceCapabilities::default();
    capabilities.medium = Medium::Ip;
    capabilities.max_transmission_unit = MTU;
    capabilities.checksum = checksum;
    capabilities
}

impl phy::Device for Device {
    type RxToken<'a> = Reading<'a>;
    type TxToken<'a> = Writing<'a>;

    fn receive(&mut self, _: Instant) -> Option<(Reading<'_>, Writing<'_>)> {
        self.arrived = match mem::take(&mut self.arrived) {
            Arrived::New(bytes) => Arrived::Seen(bytes),
            other => {
                self.arrived = other;
                return None;
            }
        };
        let Self { arrived, out, spare } = self;
        match arrived {
            Arrived::Seen(bytes) => Some((Reading(bytes), Writing { out, spare })),
            Arrived::Nothing | Arrived::New(_) => None,
        }
    }

    fn transmit(&mut self, _: Instant) -> Option<Writing<'_>> {
        let Self { out, spare, .. } = self;
        Some(Writing { out, spare })
    }

    fn capabilities(&self) -> DeviceCapabilities {
        capabilities()
    }
}

/// A packet for the stack to read.
#[derive(Debug)]
pub(crate) struct Reading<'a>(&'a [u8]);

/// Room for a packet of the stack's.
#[derive(Debug)]
pub(crate) struct Writing<'a> {
    out: &'a mut Vec<Vec<u8>>,
    spare: &'a mut Vec<Vec<u8>>,
}

impl phy::RxToken for Reading<'_> {
    fn consume<R, F: FnOnce(&[u8]) -> R>(self, read: F) -> R {
        read(self.0)
    }
}

impl phy::TxToken for Writing<'_> {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, length: usize, write: F) -> R {
        let mut bytes = self.spare.pop().unwrap_or_default();
        // smoltcp leaves fields alone that it takes to be zero.
        bytes.clear();
        bytes.resize(length, 0);
        let result = write(&mut bytes);
        self.out.push(bytes);
        result
    }
}
