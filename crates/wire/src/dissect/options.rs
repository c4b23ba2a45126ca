//! TCP options (RFC 9293 section 3.1, RFC 7323, RFC 2018).

use core::ops::Range;

use super::bytes::{array, be8, be16, be32};

/// One option of a TCP header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TcpOption {
    /// 0: the list ends here.
    End,
    /// 1: padding.
    NoOperation,
    /// 2: the largest segment that this side takes.
    MaximumSegmentSize(u16),
    /// 3: shift the window by so many bits (RFC 7323 section 2).
    WindowScale(u8),
    /// 4: selective acknowledgments may be sent (RFC 2018 section 2).
    SackPermitted,
    /// 5: what arrived beyond a gap, at most four blocks of (first byte, byte behind the last) (RFC 2018 section 3).
    Sack {
        /// The blocks.
        blocks: [(u32, u32); 4],
        /// How many of them count.
        count: u8,
    },
    /// 8: timestamps (RFC 7323 section 3).
    Timestamps {
        /// The sender's clock.
        value: u32,
        /// The other side's clock, as it was last heard.
        echo: u32,
    },
    /// Another kind, or a known one of a length that it can't have.
    Other {
        /// Its number.
        kind: u8,
    },
}

/// The options of a header, and where each stands. Ends early where a length makes no sense.
#[derive(Clone, Debug)]
pub struct TcpOptions<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> TcpOptions<'a> {
    /// Reads the bytes between a header's first twenty and its end.
    #[must_use]
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// What could not be read: empty at the end of a sound list.
    #[must_use]
    pub fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    fn option(kind: u8, body: &[u8]) -> TcpOption {
        let known = match (kind, body.len()) {
            (2, 2) => be16(body, 0).map(TcpOption::MaximumSegmentSize),
            (3, 1) => be8(body, 0).map(TcpOption::WindowScale),
            (4, 0) => Some(TcpOption::SackPermitted),
            (5, 8 | 16 | 24 | 32) => Some(Self::sack(body)),
            (8, 8) => be32(body, 0)
                .zip(be32(body, 4))
                .map(|(value, echo)| TcpOption::Timestamps { value, echo }),
            _ => None,
        };
        known.unwrap_or(TcpOption::Other { kind })
    }

    fn sack(body: &[u8]) -> TcpOption {
        let mut blocks = [(0, 0); 4];
        let mut count = 0;
        for (block, bytes) in blocks.iter_mut().zip(body.chunks_exact(8)) {
            if let (Some(first), Some(behind)) = (be32(bytes, 0), be32(bytes, 4)) {
                *block = (first, behind);
                count += 1;
            }
        }
        TcpOption::Sack { blocks, count }
    }
}

impl Iterator for TcpOptions<'_> {
    type Item = (TcpOption, Range<usize>);

    fn next(&mut self) -> Option<Self::Item> {
        let start = self.at;
        let (option, length) = match be8(self.bytes, start)? {
            0 => (TcpOption::End, 1),
            1 => (TcpOption::NoOperation, 1),
            kind => {
                let [_, length]: [u8; 2] = array(self.bytes, start)?;
                let length = usize::from(length);
                // A length counts its own two bytes. With less, the range is none, and the list ends here.
                let body = self.bytes.get(start + 2..start + length)?;
                (Self::option(kind, body), length)
            }
        };
        self.at = start + length;
        if option == TcpOption::End {
            // What stands behind is padding.
            self.bytes = self.bytes.get(..self.at).unwrap_or_default();
        }
        Some((option, start..start + length))
    }
}
