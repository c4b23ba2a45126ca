//! The blocks of pcapng (draft-ietf-opsawg-pcapng), as far as we write them. Little endian throughout.

/// Section Header Block.
const SECTION: u32 = 0x0a0d_0d0a;
/// Interface Description Block.
const INTERFACE: u32 = 1;
/// Enhanced Packet Block.
const PACKET: u32 = 6;
/// Decryption Secrets Block.
const SECRETS: u32 = 10;

/// What kind of secrets: those of TLS, in NSS's format ("TLSK").
const TLS_KEY_LOG: u32 = 0x544c_534b;

/// Says in which order the bytes of all numbers stand.
const BYTE_ORDER: u32 = 0x1a2b_3c4d;
/// The section's length is not told.
const LENGTH_UNKNOWN: u64 = u64::MAX;

/// Raw IP: no link layer, IPv4 and IPv6 told apart by their first four bits.
const RAW_IP: u16 = 101;
/// The longest packet an interface promises to capture: what tcpdump says. An IP packet is never longer.
const SNAP_LENGTH: u32 = 262_144;

/// Codes of options. A code means different things in different blocks.
mod option {
    pub(super) const END: u16 = 0;
    pub(super) const COMMENT: u16 = 1;
    /// Section: the program that wrote it.
    pub(super) const APPLICATION: u16 = 4;
    /// Interface.
    pub(super) const NAME: u16 = 2;
    /// Interface.
    pub(super) const DESCRIPTION: u16 = 3;
    /// Interface: the unit of its timestamps, as a negative power of ten.
    pub(super) const RESOLUTION: u16 = 9;
}

/// Microseconds.
const RESOLUTION: u8 = 6;

/// One packet as an interface saw it.
pub(super) struct Capture<'a> {
    pub(super) interface: u32,
    /// Microseconds since 1970-01-01 UTC.
    pub(super) at: u64,
    /// The bytes that were kept.
    pub(super) bytes: &'a [u8],
    /// The length on the wire.
    pub(super) length: u32,
    /// What a person should know of it.
    pub(super) comment: Option<String>,
}

/// Writes blocks, one behind the other.
pub(super) struct Blocks {
    out: Vec<u8>,
}

impl Blocks {
    pub(super) const fn new() -> Self {
        Self { out: Vec::new() }
    }

    /// The section's header, which comes first.
    pub(super) fn section(&mut self, application: &str, comment: &str) {
        self.block(SECTION, |out| {
            put_u32(out, BYTE_ORDER);
            put_u16(out, 1);
            put_u16(out, 0);
            out.extend_from_slice(&LENGTH_UNKNOWN.to_le_bytes());
            put_option(out, option::COMMENT, comment.as_bytes());
            put_option(out, option::APPLICATION, application.as_bytes());
            put_option(out, option::END, &[]);
        });
    }

    /// An interface. They are numbered from 0 in the order in which they are written.
    pub(super) fn interface(&mut self, name: &str, description: &str) {
        self.block(INTERFACE, |out| {
            put_u16(out, RAW_IP);
            put_u16(out, 0);
            put_u32(out, SNAP_LENGTH);
            put_option(out, option::NAME, name.as_bytes());
            put_option(out, option::DESCRIPTION, description.as_bytes());
            put_option(out, option::RESOLUTION, &[RESOLUTION]);
            put_option(out, option::END, &[]);
        });
    }

    /// What decrypts TLS in the packets that follow: lines of NSS's key log.
    pub(super) fn secrets(&mut self, key_log: &str) {
        self.block(SECRETS, |out| {
            put_u32(out, TLS_KEY_LOG);
            put_u32(out, key_log.len() as u32);
            put_padded(out, key_log.as_bytes());
        });
    }

    /// A packet.
    pub(super) fn packet(&mut self, capture: &Capture<'_>) {
        self.block(PACKET, |out| {
            put_u32(out, capture.interface);
            put_u32(out, (capture.at >> 32) as u32);
            put_u32(out, capture.at as u32);
            put_u32(out, capture.bytes.len() as u32);
            put_u32(out, capture.length);
            put_padded(out, capture.bytes);
            if let Some(comment) = &capture.comment {
                put_option(out, option::COMMENT, comment.as_bytes());
                put_option(out, option::END, &[]);
            }
        });
    }

    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.out
    }

    /// A block around `body`: its length stands before and behind it.
    fn block(&mut self, kind: u32, body: impl FnOnce(&mut Vec<u8>)) {
        let start = self.out.len();
        put_u32(&mut self.out, kind);
        put_u32(&mut self.out, 0);
        body(&mut self.out);
        let length = (self.out.len() - start + 4) as u32;
        put_u32(&mut self.out, length);
        if let Some(place) = self.out.get_mut(start + 4..start + 8) {
            place.copy_from_slice(&length.to_le_bytes());
        }
    }
}

fn put_u16(out: &mut Vec<u8>, number: u16) {
    out.extend_from_slice(&number.to_le_bytes());
}

fn put_u32(out: &mut Vec<u8>, number: u32) {
    out.extend_from_slice(&number.to_le_bytes());
}

/// Bytes, and zeros up to the next multiple of four.
fn put_padded(out: &mut Vec<u8>, bytes: &[u8]) {
    out.extend_from_slice(bytes);
    out.resize(out.len() + bytes.len().next_multiple_of(4) - bytes.len(), 0);
}

/// An option. What is too long for its length field is cut, between characters.
fn put_option(out: &mut Vec<u8>, code: u16, value: &[u8]) {
    let most = value.len().min(usize::from(u16::MAX));
    let value = value.get(..most).unwrap_or(value);
    let end = match core::str::from_utf8(value) {
        Err(error) if error.error_len().is_none() => error.valid_up_to(),
        _ => value.len(),
    };
    let value = value.get(..end).unwrap_or(value);
    put_u16(out, code);
    put_u16(out, value.len() as u16);
    put_padded(out, value);
}
