//! The plain bytes of what all else is made of.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use super::{Plain, Reader};
use crate::ordered::Set;
use crate::{Argument, Duration, Instant};

/// Writes a number.
fn put_number(mut number: u64, to: &mut Vec<u8>) {
    while number > 0x7F {
        to.push(number as u8 | 0x80);
        number >>= 7;
    }
    to.push(number as u8);
}

macro_rules! numbers {
    ($($number:ty)*) => {$(
        impl Plain for $number {
            fn put(&self, to: &mut Vec<u8>) {
                put_number(*self as u64, to);
            }

            fn take(from: &mut Reader<'_>) -> Self {
                from.number(Self::MAX as u64) as Self
            }
        }
    )*};
}

numbers! { u16 u32 u64 usize }

impl Plain for u8 {
    fn put(&self, to: &mut Vec<u8>) {
        to.push(*self);
    }

    fn take(from: &mut Reader<'_>) -> Self {
        from.byte()
    }
}

impl Plain for bool {
    fn put(&self, to: &mut Vec<u8>) {
        to.push(u8::from(*self));
    }

    fn take(from: &mut Reader<'_>) -> Self {
        from.variant(1) == 1
    }
}

impl Plain for String {
    fn put(&self, to: &mut Vec<u8>) {
        put_number(self.len() as u64, to);
        to.extend_from_slice(self.as_bytes());
    }

    fn take(from: &mut Reader<'_>) -> Self {
        let length = from.length();
        match Self::from_utf8(from.bytes(length).to_vec()) {
            Ok(text) => text,
            Err(_) => {
                from.spoil();
                Self::new()
            }
        }
    }
}

impl<T: Plain> Plain for Vec<T> {
    fn put(&self, to: &mut Vec<u8>) {
        put_number(self.len() as u64, to);
        for each in self {
            each.put(to);
        }
    }

    fn take(from: &mut Reader<'_>) -> Self {
        let length = from.length();
        let mut list = Self::new();
        // Room is not made beforehand: a member may be many times as large as its bytes.
        while list.len() < length && !from.is_spoilt() {
            list.push(T::take(from));
        }
        list
    }
}

impl<T: Plain + Ord> Plain for Set<T> {
    fn put(&self, to: &mut Vec<u8>) {
        put_number(self.len() as u64, to);
        for each in self {
            each.put(to);
        }
    }

    fn take(from: &mut Reader<'_>) -> Self {
        Vec::take(from).into_iter().collect()
    }
}

impl<T: Plain> Plain for Option<T> {
    fn put(&self, to: &mut Vec<u8>) {
        self.is_some().put(to);
        if let Some(value) = self {
            value.put(to);
        }
    }

    fn take(from: &mut Reader<'_>) -> Self {
        bool::take(from).then(|| T::take(from))
    }
}

impl<T: Plain> Plain for Box<T> {
    fn put(&self, to: &mut Vec<u8>) {
        T::put(self, to);
    }

    fn take(from: &mut Reader<'_>) -> Self {
        Self::new(T::take(from))
    }
}

impl<A: Plain, B: Plain> Plain for (A, B) {
    fn put(&self, to: &mut Vec<u8>) {
        self.0.put(to);
        self.1.put(to);
    }

    fn take(from: &mut Reader<'_>) -> Self {
        (A::take(from), B::take(from))
    }
}

impl<T: Plain, const N: usize> Plain for [T; N] {
    fn put(&self, to: &mut Vec<u8>) {
        for each in self {
            each.put(to);
        }
    }

    fn take(from: &mut Reader<'_>) -> Self {
        core::array::from_fn(|_| T::take(from))
    }
}

impl Plain for IpAddr {
    fn put(&self, to: &mut Vec<u8>) {
        match self {
            Self::V4(address) => {
                false.put(to);
                address.octets().put(to);
            }
            Self::V6(address) => {
                true.put(to);
                address.octets().put(to);
            }
        }
    }

    fn take(from: &mut Reader<'_>) -> Self {
        if bool::take(from) {
            Self::V6(Ipv6Addr::from(<[u8; 16]>::take(from)))
        } else {
            Self::V4(Ipv4Addr::from(<[u8; 4]>::take(from)))
        }
    }
}

/// Without scope and flow label, which no simulated host has.
impl Plain for SocketAddr {
    fn put(&self, to: &mut Vec<u8>) {
        self.ip().put(to);
        self.port().put(to);
    }

    fn take(from: &mut Reader<'_>) -> Self {
        Self::new(IpAddr::take(from), u16::take(from))
    }
}

/// Checked again: bytes are bytes.
impl Plain for Argument {
    fn put(&self, to: &mut Vec<u8>) {
        put_number(self.as_str().len() as u64, to);
        to.extend_from_slice(self.as_str().as_bytes());
    }

    fn take(from: &mut Reader<'_>) -> Self {
        match Self::new(String::take(from)) {
            Ok(argument) => argument,
            Err(_) => {
                from.spoil();
                Self::known_good(String::new())
            }
        }
    }
}

impl Plain for Instant {
    fn put(&self, to: &mut Vec<u8>) {
        self.as_micros().put(to);
    }

    fn take(from: &mut Reader<'_>) -> Self {
        Self::from_micros(u64::take(from))
    }
}

impl Plain for Duration {
    fn put(&self, to: &mut Vec<u8>) {
        self.as_micros().put(to);
    }

    fn take(from: &mut Reader<'_>) -> Self {
        Self::from_micros(u64::take(from))
    }
}
