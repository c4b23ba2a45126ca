//! A host's firewall: ordered rules, the first that fits decides.
//!
//! It is stateful the way every desktop's is: a packet belongs to a *known* flow if the flow was let through before, in
//! either direction. A call that comes in for the first time is *new*, and a rule may drop it while replies to the
//! host's own calls pass. That one rule is what breaks FTP's active mode.

use core::fmt;
use core::net::IpAddr;
use core::ops::RangeInclusive;

use portolan_wire::ordered::Set;

use crate::packet::{Carries, Flow, Head, Packet};

/// What becomes of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It goes on.
    Pass,
    /// It is thrown away without a word.
    Drop,
    /// It is thrown away, and its sender is told by ICMP (administratively prohibited).
    Reject,
}

/// One rule of a firewall.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Which way it looks.
    pub direction: Direction,
    /// Whether only new calls, only known flows, or both.
    pub flow: FlowState,
    /// The ports called (destination ports) it is about; all without a range.
    pub ports: Option<RangeInclusive<u16>>,
    /// The other side it is about; everybody without one.
    pub peer: Option<IpAddr>,
    /// What becomes of a packet that fits.
    pub verdict: Verdict,
}

/// Which way a rule looks, as seen from the host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Packets that reach the host.
    In,
    /// Packets that leave it.
    Out,
}

/// Whether a packet belongs to a flow that was let through before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FlowState {
    /// Either.
    Any,
    /// It begins something new.
    New,
    /// It belongs to a flow that was let through before, in either direction.
    Known,
}

impl Rule {
    /// The rule of a desktop's firewall: calls from outside are dropped, replies to the host's own calls are not.
    #[must_use]
    pub const fn drop_incoming_calls() -> Self {
        Self {
            direction: Direction::In,
            flow: FlowState::New,
            ports: None,
            peer: None,
            verdict: Verdict::Drop,
        }
    }

    /// Lets calls to these ports in.
    #[must_use]
    pub const fn allow_incoming(ports: RangeInclusive<u16>) -> Self {
        Self {
            direction: Direction::In,
            flow: FlowState::New,
            ports: Some(ports),
            peer: None,
            verdict: Verdict::Pass,
        }
    }

    /// Drops everything to these ports.
    #[must_use]
    pub const fn drop_port(direction: Direction, ports: RangeInclusive<u16>) -> Self {
        Self {
            direction,
            flow: FlowState::Any,
            ports: Some(ports),
            peer: None,
            verdict: Verdict::Drop,
        }
    }

    /// Whether it fits a packet to port `called` (nothing for one without ports) whose other side is `peer`.
    fn fits(&self, direction: Direction, known: bool, called: Option<u16>, peer: IpAddr) -> bool {
        self.direction == direction
            && match self.flow {
                FlowState::Any => true,
                FlowState::New => !known,
                FlowState::Known => known,
            }
            && match &self.ports {
                None => true,
                Some(ports) => called.is_some_and(|port| ports.contains(&port)),
            }
            && self.peer.is_none_or(|other| other == peer)
    }
}

/// The rule in words: `drop new calls coming in to port 20`.
impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.verdict {
            Verdict::Pass => "let through",
            Verdict::Drop => "drop",
            Verdict::Reject => "reject",
        })?;
        f.write_str(match self.flow {
            FlowState::Any => " everything",
            FlowState::New => " new calls",
            FlowState::Known => " what belongs to known connections",
        })?;
        f.write_str(match self.direction {
            Direction::In => " coming in",
            Direction::Out => " going out",
        })?;
        match &self.ports {
            None => {}
            Some(ports) if ports.start() == ports.end() => write!(f, " to port {}", ports.start())?,
            Some(ports) => write!(f, " to ports {}-{}", ports.start(), ports.end())?,
        }
        match (self.peer, self.direction) {
            (None, _) => Ok(()),
            (Some(peer), Direction::In) => write!(f, " from {peer}"),
            (Some(peer), Direction::Out) => write!(f, " to {peer}"),
        }
    }
}

/// A host's firewall at work: its rules, and what it has let through.
#[derive(Debug)]
pub(crate) struct Guard {
    rules: Vec<Rule>,
    /// Flows that were let through. Not kept where there are no rules.
    known: Set<Flow>,
}

impl Guard {
    pub(crate) const fn new(rules: Vec<Rule>) -> Self {
        Self {
            rules,
            known: Set::new(),
        }
    }

    /// What becomes of a packet, and by which rule. One that passes makes its flow known.
    pub(crate) fn inspect(&mut self, packet: &Packet, head: &Head, direction: Direction) -> (Verdict, Option<u16>) {
        if self.rules.is_empty() {
            return (Verdict::Pass, None);
        }
        let (local, peer) = match direction {
            Direction::In => (head.destination, head.source),
            Direction::Out => (head.source, head.destination),
        };
        let flow = Flow { local, peer };
        let (known, called) = match head.carries {
            // An ICMP error belongs to the flow that it is about ("related").
            Carries::Icmp => (packet.about().is_some_and(|about| self.known.contains(&about)), None),
            // A SYN always asks for something new, also where the same four numbers were used before.
            Carries::Tcp { flags, .. } => (
                !flags.is_call() && self.known.contains(&flow),
                Some(head.destination.port()),
            ),
            Carries::Other => (self.known.contains(&flow), None),
        };
        let said = verdict(&self.rules, direction, known, called, peer.ip());
        if said.0 == Verdict::Pass && !known && head.carries != Carries::Icmp {
            self.known.insert(flow);
        }
        said
    }
}

/// What the first rule that fits says, and its number, from 0. A packet that no rule fits passes.
fn verdict(
    rules: &[Rule],
    direction: Direction,
    known: bool,
    called: Option<u16>,
    peer: IpAddr,
) -> (Verdict, Option<u16>) {
    (0_u16..)
        .zip(rules)
        .find(|(_, rule)| rule.fits(direction, known, called, peer))
        .map_or((Verdict::Pass, None), |(number, rule)| (rule.verdict, Some(number)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::net::Ipv4Addr;

    const PEER: IpAddr = IpAddr::V4(Ipv4Addr::new(198, 51, 100, 7));

    #[test]
    fn the_first_rule_that_fits_decides() {
        let rules = [
            Rule::allow_incoming(51_000..=51_010),
            Rule::drop_incoming_calls(),
            Rule::allow_incoming(0..=65_535),
        ];
        let ask = |known, port| verdict(&rules, Direction::In, known, Some(port), PEER);
        assert_eq!(ask(false, 51_005), (Verdict::Pass, Some(0)));
        assert_eq!(ask(false, 51_011), (Verdict::Drop, Some(1)));
        assert_eq!(ask(true, 51_011), (Verdict::Pass, None));
        let out = verdict(&rules, Direction::Out, false, Some(21), PEER);
        assert_eq!(out, (Verdict::Pass, None));
    }

    #[test]
    fn rules_can_be_read() {
        assert_eq!(Rule::drop_incoming_calls().to_string(), "drop new calls coming in");
        let mut rule = Rule::drop_port(Direction::Out, 20..=20);
        rule.peer = Some(PEER);
        assert_eq!(rule.to_string(), "drop everything going out to port 20 to 198.51.100.7");
        assert_eq!(
            Rule::allow_incoming(60_000..=65_535).to_string(),
            "let through new calls coming in to ports 60000-65535"
        );
    }
}
