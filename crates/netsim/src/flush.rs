//! What a host sends, and when it wants to be woken.

use portolan_protocol::endpoint::Input;
use portolan_session::event::{Conn, DropReason, Kind, Seen};
use portolan_wire::dissect::TcpFlags;
use portolan_wire::report::ConnectError;
use portolan_wire::{Duration, Instant};
use smoltcp::socket::tcp::State;

use crate::app::Apps;
use crate::clock::Work;
use crate::connection::Phase;
use crate::firewall::{Direction, Verdict};
use crate::host::{Host, moment, ticks};
use crate::packet::{Carries, Head, IcmpError, Packet, icmp_error};
use crate::shared::Shared;

/// smoltcp may say "now" and then find nothing to do; asked again at once it would say so for ever.
const LATER: Duration = Duration::from_millis(1);

impl Host {
    /// Sends what the connections that were touched have to send, and asks to be woken for the rest.
    pub(crate) fn flush(&mut self, shared: &mut Shared) {
        let mut pending = core::mem::take(&mut self.pending);
        for slot in pending.drain(..) {
            let Some(conn) = self.conns.get_mut(slot) else {
                continue;
            };
            conn.pending = false;
            self.send_all(shared, slot);
            self.schedule(shared, slot);
        }
        // Keeps its room for the next time.
        self.pending = pending;
    }

    /// Looks after a connection whose time has come.
    pub(crate) fn wake(&mut self, shared: &mut Shared, apps: &mut Apps, slot: usize, number: Conn) {
        let now = shared.now;
        let Some(conn) = self.conns.get_mut(slot).filter(|conn| conn.number == number) else {
            return;
        };
        if conn.scheduled != Some(now) {
            return;
        }
        conn.scheduled = None;
        let hopeless = conn.is_hopeless(now);
        match conn.phase {
            Phase::Calling { until } if until <= now => self.give_up(shared, apps, slot, ConnectError::TimedOut),
            Phase::Answering { until, .. } if until <= now => self.remove(slot),
            Phase::Over => {}
            Phase::Open { .. } if hopeless => {
                conn.socket().abort();
                if let Some(user) = conn.user.take() {
                    apps.deliver(user.app, Input::Reset { conn: user.id });
                    if let Some(app) = apps.get_mut(user.app) {
                        app.let_go(user.id);
                    }
                }
                self.touch(slot);
            }
            Phase::Calling { .. } | Phase::Answering { .. } | Phase::Open { .. } => self.touch(slot),
        }
    }

    /// Everything that the connection in `slot` may send now.
    fn send_all(&mut self, shared: &mut Shared, slot: usize) {
        loop {
            let Some(conn) = self.conns.get_mut(slot) else {
                return;
            };
            if conn.farewell.is_some() && conn.state() == State::TimeWait {
                // All is said. smoltcp would empty the buffers after ten seconds, read or not.
                break;
            }
            let number = conn.number;
            self.iface
                .poll_egress(ticks(shared.now), &mut shared.device, &mut conn.sockets);
            if shared.device.out.is_empty() {
                break;
            }
            self.post(shared, Some(number), slot);
        }
        if let Some(conn) = self.conns.get_mut(slot)
            && conn.state() == State::Closed
            && conn.user.is_none()
        {
            // It was aborted, or is over and was read to its end.
            self.remove(slot);
        } else if self.conns.get_mut(slot).is_some_and(|conn| conn.is_done())
            && let Some(conn) = self.conns.remove(slot)
        {
            let farewell = conn.farewell.unwrap_or_default();
            self.lingering.add(shared.now, conn.flow, farewell);
        }
    }

    /// Sends the packets that the stack has made for the connection in `slot`, and notes what they mean.
    pub(crate) fn post(&mut self, shared: &mut Shared, number: Option<Conn>, slot: usize) {
        if shared.device.out.is_empty() {
            return;
        }
        let mut out = core::mem::take(&mut shared.device.out);
        for bytes in out.drain(..) {
            let packet = shared.sent(self.id, number, bytes);
            let head = packet.head();
            // Looked at where it is: it is large, and there is one for every packet.
            let Some(head) = &head else {
                continue;
            };
            if let Carries::Tcp { flags, data } = head.carries {
                if flags.contains(TcpFlags::FIN) || flags.contains(TcpFlags::RST) {
                    self.note_end(shared, slot, flags);
                } else if !data {
                    self.note_farewell(slot, &packet);
                }
            }
            self.dispatch(shared, packet, head);
        }
        shared.device.out = out;
    }

    /// A FIN or a RST of a connection's leaves.
    fn note_end(&mut self, shared: &mut Shared, slot: usize, flags: TcpFlags) {
        let Some(conn) = self.conns.get_mut(slot) else {
            return;
        };
        let Phase::Open { fin_sent, fin_received } = conn.phase else {
            return;
        };
        let number = Some(conn.number);
        if flags.contains(TcpFlags::RST) && conn.state() == State::Closed {
            conn.phase = Phase::Over;
            shared.note(self.id, number, Kind::Reset { sent: true });
        } else if flags.contains(TcpFlags::FIN) && !fin_sent {
            let fin_sent = true;
            conn.phase = Phase::Open { fin_sent, fin_received };
            shared.note(self.id, number, Kind::FinSent);
        }
    }

    /// A bare acknowledgement leaves. If both FINs have passed, it may be wanted again.
    fn note_farewell(&mut self, slot: usize, packet: &Packet) {
        if let Some(conn) = self.conns.get_mut(slot)
            && matches!(
                conn.phase,
                Phase::Over
                    | Phase::Open {
                        fin_sent: true,
                        fin_received: true
                    }
            )
        {
            conn.farewell = Some(packet.bytes.clone());
        }
    }

    /// Puts a packet of this host's on its way, if the firewall lets it.
    pub(crate) fn dispatch(&mut self, shared: &mut Shared, packet: Packet, head: &Head) {
        let to = head.destination.ip();
        let lane = if self.addresses.contains(&to) {
            self.loopback
        } else {
            self.lane
        };
        let (verdict, rule) = self.guard.inspect(&packet, head, Direction::Out);
        if verdict == Verdict::Pass {
            return shared.put(self.id, lane, packet);
        }
        let by = DropReason::Firewall;
        shared.seen(self.id, &packet, Seen::Dropped { by, rule });
        if verdict == Verdict::Reject
            && let Some(bytes) = icmp_error(head.source.ip(), &packet.bytes, IcmpError::Prohibited)
        {
            // The host tells itself, as its own router would.
            let answer = shared.sent(self.id, packet.conn, bytes);
            shared.put(self.id, self.loopback, answer);
        }
        shared.device.recycle(packet.bytes);
    }

    /// Asks the clock to wake the connection in `slot` when it has something to do. TIME-WAIT needs no clock.
    fn schedule(&mut self, shared: &mut Shared, slot: usize) {
        let Some(conn) = self.conns.get_mut(slot) else {
            return;
        };
        let until = match conn.phase {
            Phase::Calling { until } | Phase::Answering { until, .. } => Some(until),
            Phase::Open { .. } => None,
            Phase::Over => return,
        };
        let stack = self.iface.poll_at(ticks(shared.now), &conn.sockets).map(|at| {
            let at = moment(at);
            if at > shared.now { at } else { shared.now + LATER }
        });
        let Some(at) = [until, stack].into_iter().flatten().min() else {
            return;
        };
        // A wake that comes too early only asks again; what moves with every packet need not be pushed every time.
        if conn.scheduled.is_none_or(|scheduled: Instant| at < scheduled) {
            conn.scheduled = Some(at);
            let (host, number) = (self.id, conn.number);
            shared.schedule(at, Work::Wake { host, slot, number });
        }
    }
}
