//! Packets that a Linux kernel (6.x) wrote to a TUN device, checksums and all: second opinions for the tests.

/// A call to port 21 over IPv4: maximum segment size, SACK permitted, timestamps, window scale.
pub(crate) const SYN_V4: &str = "4500003c6d82400040064931c0000201c0000207a64e00152aed367f00000000a002faf04bc10000\
                                 020405b40402080af8527d1f000000000103030a";
/// The same over IPv6.
pub(crate) const SYN_V6: &str = "6007e3c70028064020010db800000000000000000000000120010db8000000000000000000000007\
                                 ed5e0015c1c2b26700000000a002fd20b64f0000020405a00402080a025ed52a000000000103030a";
/// The answer to a call at port 21.
pub(crate) const SYN_ACK: &str = "45000030000040004006b6bfc0000201c000020700159c40210e70ae000003e97012faf0d21a0000\
                                  020405b401010402";
/// A 227 in one segment.
pub(crate) const REPLY_227: &str = "4500005741e04000400674b8c0000201c000020700159c40210e70af000003e95018faf0ba7f0000\
                                    32323720456e746572696e672050617373697665204d6f646520283139322c302c322c312c323334\
                                    2c3936292e0d0a";
/// An acknowledgment with a gap: selective acknowledgment of 1101 to 1121.
pub(crate) const SACK: &str = "4500003441e14000400674dac0000201c000020700159c40210e70de000003e98010faf0bfea0000\
                               0101050a0000044d00000461";
/// Port unreachable, about a UDP datagram.
pub(crate) const UNREACHABLE_V4: &str = "45c0003d4e0100004001a7f6c0000201c000020703038e2500000000\
                                         45000021000100004011f6c2c0000207c000020113881770000d000068656c6c6f";
/// The same in ICMPv6.
pub(crate) const UNREACHABLE_V6: &str = "60006444003d3a4020010db800000000000000000000000120010db8000000000000000000000007\
                                         010431db0000000060000000000d114020010db800000000000000000000000720010db800000000\
                                         000000000000000113881770000d359068656c6c6f";

/// All of them.
pub(crate) const ALL: [&str; 7] = [SYN_V4, SYN_V6, SYN_ACK, REPLY_227, SACK, UNREACHABLE_V4, UNREACHABLE_V6];

/// The bytes that hexadecimal digits stand for.
pub(crate) fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap())
        .collect()
}
