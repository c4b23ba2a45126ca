//! The network's eye: what the bytes of a packet tell somebody who only sees packets.
