//! Which port a host takes when it may choose: for a call, or for a listener with a range.

use core::ops::RangeInclusive;

use crate::random::Stream;

/// How often a random port is tried before the range is searched in order.
const TRIES: u32 = 32;

/// Chooses ports. Never two in a row that are neighbours, unless nothing else is left: neighbouring numbers suggest
/// that ports are counted up, and real systems choose at random (RFC 6056).
#[derive(Debug)]
pub(crate) struct PortChooser {
    stream: Stream,
    /// Taken before any other, first come first served.
    pinned: Vec<u16>,
    last: Option<u16>,
}

impl PortChooser {
    pub(crate) const fn new(stream: Stream, pinned: Vec<u16>) -> Self {
        Self {
            stream,
            pinned,
            last: None,
        }
    }

    /// A port of `range` that is `free`; nothing when none is.
    pub(crate) fn choose(&mut self, range: &RangeInclusive<u16>, free: impl Fn(u16) -> bool) -> Option<u16> {
        let port = self.pick(range, free)?;
        self.last = Some(port);
        Some(port)
    }

    fn pick(&mut self, range: &RangeInclusive<u16>, free: impl Fn(u16) -> bool) -> Option<u16> {
        let pinned = self.pinned.iter().position(|port| range.contains(port) && free(*port));
        if let Some(place) = pinned {
            return Some(self.pinned.remove(place));
        }
        let size = u32::from(range.end().checked_sub(*range.start())?) + 1;
        let nth = |n: u32| u16::try_from(u32::from(*range.start()) + n % size).ok();
        let good = |port: &u16| *port != 0 && free(*port);
        let before = self.last;
        let apart = |port: &u16| before.is_none_or(|last| last.abs_diff(*port) > 1);
        for _ in 0..TRIES {
            let port = nth(self.stream.below(size)).filter(|port| good(port) && apart(port));
            if port.is_some() {
                return port;
            }
        }
        let start = self.stream.below(size);
        let all = || (0..size).filter_map(|n| nth(start + n)).filter(good);
        all().find(apart).or_else(|| all().next())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use portolan_wire::ordered::Set;

    fn chooser(seed: u64) -> PortChooser {
        PortChooser::new(Stream::new(seed, "test"), vec![50_123, 60_523, 51_890])
    }

    #[test]
    fn pinned_ports_go_first_to_whoever_asks_for_their_range() {
        let mut ports = chooser(1);
        let calls = 49_152..=59_999;
        assert_eq!(ports.choose(&calls, |_| true), Some(50_123));
        assert_eq!(ports.choose(&calls, |_| true), Some(51_890));
        assert_eq!(ports.choose(&(60_000..=65_535), |_| true), Some(60_523));
        assert!(ports.choose(&calls, |_| true).is_some_and(|port| calls.contains(&port)));
        let mut taken = chooser(1);
        assert_eq!(taken.choose(&calls, |port| port != 50_123), Some(51_890));
    }

    #[test]
    fn neighbours_come_only_when_nothing_else_is_left() {
        let mut ports = PortChooser::new(Stream::new(3, "test"), Vec::new());
        let mut before: Option<u16> = None;
        for _ in 0..2_000 {
            let port = ports.choose(&(1_000..=1_009), |_| true).unwrap();
            assert!(before.is_none_or(|last| last.abs_diff(port) > 1));
            before = Some(port);
        }
        assert_eq!(ports.choose(&(7..=7), |_| true), Some(7));
        assert_eq!(ports.choose(&(8..=8), |_| true), Some(8));
    }

    #[test]
    fn every_free_port_is_found_and_then_no_more() {
        let mut ports = PortChooser::new(Stream::new(9, "test"), Vec::new());
        let mut taken = Set::new();
        for _ in 0..100 {
            let port = ports.choose(&(60_000..=60_099), |port| !taken.contains(&port)).unwrap();
            assert!(taken.insert(port));
        }
        assert_eq!(ports.choose(&(60_000..=60_099), |port| !taken.contains(&port)), None);
        let (first, last) = (9, 8);
        assert_eq!(ports.choose(&(first..=last), |_| true), None, "an empty range");
    }

    #[test]
    fn another_seed_chooses_other_ports() {
        let draw = |seed| {
            let mut ports = PortChooser::new(Stream::new(seed, "test"), Vec::new());
            (0..4)
                .map(|_| ports.choose(&(49_152..=65_535), |_| true))
                .collect::<Vec<_>>()
        };
        assert_eq!(draw(1), draw(1));
        assert_ne!(draw(1), draw(2));
    }
}
