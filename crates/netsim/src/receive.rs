//! What a host does with a packet that reaches it.

use portolan_protocol::endpoint::Input;
use portolan_session::event::{Conn, DropReason, HostId, Kind, Seen};
use portolan_wire::dissect::TcpFlags;
use portolan_wire::report::ConnectError;
use smoltcp::socket::tcp::State;

use crate::app::Apps;
use crate::connection::{Connection, Phase};
use crate::firewall::{Direction, Verdict};
use crate::host::{Answer, Host, ticks};
use crate::lingering::Late;
use crate::packet::{Carries, Flow, Head, IcmpError, Packet, icmp_error};
use crate::shared::Shared;

/// What follows from a packet, beyond its host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Upshot {
    /// Nothing.
    Nothing,
    /// A connection in this slot was accepted; it needs an owner.
    Accepted {
        slot: usize,
        /// The listening port.
        port: u16,
    },
}

impl Host {
    /// Takes a packet that has arrived. `lost`: it has not, this is only when it would have.
    pub(crate) fn receive(&mut self, shared: &mut Shared, apps: &mut Apps, packet: Packet, lost: bool) -> Upshot {
        if lost {
            shared.seen(self.id, &packet, Seen::Lost);
            shared.device.recycle(packet.bytes);
            return Upshot::Nothing;
        }
        self.lingering.expire(shared.now);
        let head = packet.head();
        // Looked at where it is: it is large, and there is one for every packet.
        let head = match &head {
            Some(head) if self.addresses.contains(&head.destination.ip()) => head,
            _ => {
                shared.discard(self.id, packet, DropReason::NoRoute, None);
                return Upshot::Nothing;
            }
        };
        let (verdict, rule) = self.guard.inspect(&packet, head, Direction::In);
        if verdict != Verdict::Pass {
            if verdict == Verdict::Reject {
                self.complain(shared, &packet, head);
            }
            shared.discard(self.id, packet, DropReason::Firewall, rule);
            return Upshot::Nothing;
        }
        match head.carries {
            Carries::Tcp { flags, data } => self.receive_tcp(shared, apps, packet, head, (flags, data)),
            Carries::Icmp => {
                shared.seen(self.id, &packet, Seen::Delivered);
                if let Some(about) = packet.about() {
                    self.receive_error(shared, apps, about);
                }
                self.answer_as_nobody(shared, packet);
                Upshot::Nothing
            }
            Carries::Other => {
                shared.seen(self.id, &packet, Seen::Delivered);
                self.answer_as_nobody(shared, packet);
                Upshot::Nothing
            }
        }
    }

    fn receive_tcp(
        &mut self,
        shared: &mut Shared,
        apps: &mut Apps,
        packet: Packet,
        head: &Head,
        (flags, data): (TcpFlags, bool),
    ) -> Upshot {
        let flow = Flow {
            local: head.destination,
            peer: head.source,
        };
        let found = self.conns.find_again(&flow);
        if found.is_none() {
            match self.lingering.take(shared.now, &flow, flags, data) {
                Late::Unknown | Late::CalledAnew => {}
                Late::Ignored => {
                    shared.seen(self.id, &packet, Seen::Delivered);
                    return Upshot::Nothing;
                }
                Late::Again(farewell) => {
                    shared.seen(self.id, &packet, Seen::Delivered);
                    self.send(shared, packet.conn, farewell);
                    return Upshot::Nothing;
                }
            }
        }
        let slot = match found {
            Some(slot) => Some(slot),
            None if flags.is_call() => {
                let number = packet.conn.unwrap_or_else(|| shared.recorder.open_conn());
                match self.answer(shared, flow, number) {
                    Answer::Opening(slot) => Some(slot),
                    Answer::Nobody => None,
                    Answer::Full => {
                        shared.discard(self.id, packet, DropReason::QueueFull, None);
                        return Upshot::Nothing;
                    }
                }
            }
            None => None,
        };
        shared.seen(self.id, &packet, Seen::Delivered);
        let Some(slot) = slot else {
            self.answer_as_nobody(shared, packet);
            return Upshot::Nothing;
        };
        self.give(shared, apps, slot, packet, flags, data)
    }

    /// Gives a packet to the connection in `slot`, and notes what that changed.
    fn give(
        &mut self,
        shared: &mut Shared,
        apps: &mut Apps,
        slot: usize,
        packet: Packet,
        flags: TcpFlags,
        data: bool,
    ) -> Upshot {
        let Some(conn) = self.conns.get_mut(slot) else {
            return Upshot::Nothing;
        };
        let before = conn.state();
        shared.device.load(packet.bytes);
        self.iface
            .poll_ingress_single(ticks(shared.now), &mut shared.device, &mut conn.sockets);
        conn.note_packet(shared.now, data);
        let after = conn.state();
        let number = conn.number;
        if before == State::Listen && after == State::Listen {
            // A SYN that the stack could make nothing of opens nothing.
            self.remove(slot);
            return Upshot::Nothing;
        }
        self.post(shared, Some(number), slot);
        self.touch(slot);
        if before == after {
            return Upshot::Nothing;
        }
        let reset = flags.contains(TcpFlags::RST);
        self.follow(shared, apps, slot, (before, after), reset)
    }

    /// What a connection's new state means to the log and to its program.
    fn follow(
        &mut self,
        shared: &mut Shared,
        apps: &mut Apps,
        slot: usize,
        (before, after): (State, State),
        reset: bool,
    ) -> Upshot {
        let Some(conn) = self.conns.get_mut(slot) else {
            return Upshot::Nothing;
        };
        if matches!(after, State::Closed | State::Listen) && reset {
            self.fall(shared, apps, slot);
            return Upshot::Nothing;
        }
        let mut upshot = Upshot::Nothing;
        if matches!(before, State::SynSent | State::SynReceived | State::Listen)
            && !matches!(after, State::SynReceived | State::Listen | State::Closed)
        {
            upshot = establish(self.id, shared, apps, slot, conn);
        }
        let received = matches!(
            before,
            State::SynSent | State::SynReceived | State::Established | State::FinWait1 | State::FinWait2
        ) && matches!(after, State::CloseWait | State::Closing | State::TimeWait);
        if received && let Phase::Open { fin_sent, .. } = conn.phase {
            let fin_received = true;
            conn.phase = Phase::Open { fin_sent, fin_received };
            shared.note(self.id, Some(conn.number), Kind::FinReceived);
        }
        let over = match after {
            State::TimeWait => before != State::TimeWait,
            State::Closed => before == State::LastAck,
            _ => false,
        };
        if over {
            conn.phase = Phase::Over;
            shared.note(self.id, Some(conn.number), Kind::Closed);
        }
        if let Upshot::Accepted { port, .. } = upshot {
            self.leave_backlog(port);
        }
        upshot
    }

    /// A RST has ended the connection in `slot`.
    fn fall(&mut self, shared: &mut Shared, apps: &mut Apps, slot: usize) {
        let Some(conn) = self.conns.get_mut(slot) else {
            return;
        };
        let number = conn.number;
        let kind = match conn.phase {
            Phase::Calling { .. } => Some(Kind::Refused),
            Phase::Open { .. } => Some(Kind::Reset { sent: false }),
            // A half-open connection was nobody's yet; one that was over stays over.
            Phase::Answering { .. } | Phase::Over => None,
        };
        if let Some(kind) = kind {
            shared.note(self.id, Some(number), kind);
        }
        if let Some(user) = conn.user.take() {
            let input = match conn.phase {
                Phase::Calling { .. } => Input::ConnectFailed {
                    conn: user.id,
                    why: ConnectError::Refused,
                },
                _ => Input::Reset { conn: user.id },
            };
            apps.deliver(user.app, input);
            if let Some(app) = apps.get_mut(user.app) {
                app.let_go(user.id);
            }
        }
        self.remove(slot);
    }

    /// An attempt to connect has come to nothing, without a RST.
    pub(crate) fn give_up(&mut self, shared: &mut Shared, apps: &mut Apps, slot: usize, why: ConnectError) {
        let Some(conn) = self.conns.get_mut(slot) else {
            return;
        };
        let kind = match why {
            ConnectError::Unreachable => Kind::Unreachable,
            _ => Kind::TimedOut,
        };
        shared.note(self.id, Some(conn.number), kind);
        if let Some(user) = conn.user.take() {
            let conn = user.id;
            apps.deliver(user.app, Input::ConnectFailed { conn, why });
            if let Some(app) = apps.get_mut(user.app) {
                app.let_go(conn);
            }
        }
        // Not through smoltcp, which would send a RST to somebody who never answered.
        self.remove(slot);
    }

    /// An ICMP error about a SYN of ours ends the attempt. About an established connection it means nothing: that is a
    /// soft error, and TCP goes on trying (RFC 1122 section 4.2.3.9, RFC 5927).
    fn receive_error(&mut self, shared: &mut Shared, apps: &mut Apps, about: Flow) {
        if let Some(slot) = self.conns.find(&about)
            && let Some(conn) = self.conns.get_mut(slot)
            && matches!(conn.phase, Phase::Calling { .. })
        {
            self.give_up(shared, apps, slot, ConnectError::Unreachable);
        }
    }

    /// The stack answers a packet that belongs to no connection: a RST to a segment, a reply to a ping.
    fn answer_as_nobody(&mut self, shared: &mut Shared, packet: Packet) {
        let conn = packet.conn;
        shared.device.load(packet.bytes);
        self.iface
            .poll_ingress_single(ticks(shared.now), &mut shared.device, &mut self.nobody);
        for bytes in core::mem::take(&mut shared.device.out) {
            self.send(shared, conn, bytes);
        }
    }

    /// Tells the sender of a packet that a rule forbids it.
    fn complain(&mut self, shared: &mut Shared, about: &Packet, head: &Head) {
        if about.is_icmp_error() {
            return;
        }
        let answer = icmp_error(head.destination.ip(), &about.bytes, IcmpError::Prohibited);
        if let Some(bytes) = answer {
            self.send(shared, about.conn, bytes);
        }
    }

    /// Sends a packet that belongs to no connection of this host's.
    fn send(&mut self, shared: &mut Shared, conn: Option<Conn>, bytes: Vec<u8>) {
        let packet = shared.sent(self.id, conn, bytes);
        if let Some(head) = packet.head() {
            self.dispatch(shared, packet, &head);
        }
    }
}

/// The handshake is complete, in this host's view.
fn establish(host: HostId, shared: &mut Shared, apps: &mut Apps, slot: usize, conn: &mut Connection) -> Upshot {
    let (caller, port) = match conn.phase {
        Phase::Calling { .. } => (true, None),
        Phase::Answering { port, .. } => (false, Some(port)),
        Phase::Open { .. } | Phase::Over => return Upshot::Nothing,
    };
    conn.phase = Phase::Open {
        fin_sent: false,
        fin_received: false,
    };
    let Flow { local, peer } = conn.flow;
    let number: Conn = conn.number;
    let kind = Kind::established(local, peer, caller, conn.purpose);
    shared.note(host, Some(number), kind);
    if let Some(user) = conn.user {
        let conn = user.id;
        apps.deliver(user.app, Input::Connected { conn, local, peer });
    }
    port.map_or(Upshot::Nothing, |port| Upshot::Accepted { slot, port })
}
