//! The network card between smoltcp and the world: one packet in, any number out.

use core::mem;

use smoltcp::phy::{self, Checksum, ChecksumCapabilities, DeviceCapabilities, Medium};
use smoltcp::time::Instant;

use crate::packet::put_tcp_checksum;

/// Bytes of an IP packet at most, as on Ethernet.
pub(crate) const MTU: usize = 1_500;

/// Bytes of the longest headers that the stack writes.
const HEADERS: usize = 100;

/// A packet of no more bytes is small.
const SMALL: usize = 128;

/// How many used buffers of a kind are kept for the next packets.
const SPARE: usize = 512;

/// One card for all hosts, since only one is busy at a time. It owns the buffers that packets are built in: a packet
/// that has arrived leaves its buffer here for the next one.
#[derive(Debug, Default)]
pub(crate) struct Device {
    arrived: Arrived,
    /// Packets that the stack wants sent, in order.
    pub(crate) out: Vec<Vec<u8>>,
    spare: Spare,
}

/// Used buffers, large and small apart: so a buffer is nearly always of the right length already.
#[derive(Debug, Default)]
struct Spare {
    large: Vec<Vec<u8>>,
    small: Vec<Vec<u8>>,
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

impl Spare {
    const fn of(&mut self, length: usize) -> &mut Vec<Vec<u8>> {
        if length > SMALL {
            &mut self.large
        } else {
            &mut self.small
        }
    }
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
        let spare = self.spare.of(bytes.len());
        if spare.len() < SPARE {
            spare.push(bytes);
        }
    }
}

/// What checksums the stack makes and checks. Nothing here damages packets, so checking each one again would cost a tenth of
/// the time and find nothing; every packet that is sent has right ones, and captures show them. Those of TCP are put in by
/// [`Writing`]: the stack adds two bytes at a time, which in WebAssembly was a tenth of the time.
pub(crate) fn capabilities() -> DeviceCapabilities {
    let mut checksum = ChecksumCapabilities::default();
    checksum.ipv4 = Checksum::Tx;
    checksum.tcp = Checksum::None;
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
    spare: &'a mut Spare,
}

impl phy::RxToken for Reading<'_> {
    fn consume<R, F: FnOnce(&[u8]) -> R>(self, read: F) -> R {
        read(self.0)
    }
}

impl phy::TxToken for Writing<'_> {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, length: usize, write: F) -> R {
        let mut bytes = self.spare.of(length).pop().unwrap_or_default();
        bytes.resize(length, 0);
        // smoltcp fills in every field; this is for those that it might take to be zero one day.
        match bytes.first_chunk_mut::<HEADERS>() {
            Some(headers) => *headers = [0; HEADERS],
            None => bytes.fill(0),
        }
        let result = write(&mut bytes);
        put_tcp_checksum(&mut bytes);
        self.out.push(bytes);
        result
    }
}
