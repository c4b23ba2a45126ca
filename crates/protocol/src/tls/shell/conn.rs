//! One connection of a [`super::Shell`].

use core::mem;
use std::collections::VecDeque;

use portolan_wire::{Duration, Instant};

use super::super::layer::{Cleared, Event, Layer};
use super::super::queue::take;
use super::WINDOW;
use crate::endpoint::{ConnId, Input, Output};
use crate::speaker::Heard;

/// How long a connection that is over for the speaker may take to end.
const LINGER: Duration = Duration::from_secs(2);

/// A connection. Its credits are counted from the start, because it may be secured at any time.
#[derive(Debug, Default)]
pub(super) struct Conn {
    /// Bytes that the driver lets this side send.
    writable: usize,
    /// Bytes of plaintext that the speaker may still send.
    offered: usize,
    /// Bytes that the driver may still deliver.
    granted: usize,
    /// Bytes of plaintext that the speaker still wants.
    wanted: usize,
    way: Way,
}

/// How its bytes go.
#[derive(Debug, Default)]
enum Way {
    /// Through, as they are.
    #[default]
    Plain,
    /// Through TLS.
    Tls(Box<Tls>),
    /// Nowhere: it is over for the speaker, and not yet for the driver, until this moment.
    Dying {
        layer: Box<Layer>,
        peer_has_ended: bool,
        has_ended: bool,
        until: Instant,
    },
    /// It is over for both.
    Over,
}

#[derive(Debug)]
struct Tls {
    layer: Layer,
    /// The speaker's words, behind those that the layer has.
    unsent: VecDeque<u8>,
    /// The peer's words, for which the speaker has not asked.
    held: VecDeque<u8>,
    own: Own,
    peer: Peer,
    /// The driver says that the peer will send no more.
    peer_has_ended: bool,
    clearing: Clearing,
    /// Tickets wait for the speaker's first words, or for a goodbye of either side. A client that only sends, as one of an
    /// upload does, may close behind its last byte without reading them: to a system that is a reset, and takes away what
    /// this side had not read of the file yet.
    holds_tickets: bool,
}

/// As it stands on the wire: in TLS 1.3 tickets come behind the handshake.
const TLS_13: u16 = 0x0304;

/// Whether the connection is to be in the clear again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Clearing {
    No,
    /// The speaker wants it, behind what waits.
    Asked,
    /// The goodbyes are on their way.
    Leaving,
    Done(Cleared),
}

/// This side's direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Own {
    Open,
    /// The speaker wants it ended behind what waits.
    Asked,
    /// The goodbye is on its way.
    Leaving,
    Ended,
}

/// The peer's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Peer {
    Open,
    /// It said goodbye.
    Left,
    /// And the speaker knows.
    Told,
}

impl Conn {
    const fn is_plain(&self) -> bool {
        matches!(self.way, Way::Plain)
    }

    /// How much further behind on the wire than among the words a word lies that the net can read; nothing where it can't.
    pub(super) const fn overhead(&self, sent: bool) -> Option<u64> {
        match &self.way {
            Way::Plain => Some(0),
            Way::Tls(tls) => match tls.clearing {
                Clearing::Done(cleared) if sent => Some(cleared.sent),
                Clearing::Done(cleared) => Some(cleared.received),
                _ => None,
            },
            Way::Dying { .. } | Way::Over => None,
        }
    }

    /// Whether the speaker may name it.
    pub(super) const fn is_known(&self) -> bool {
        matches!(self.way, Way::Plain | Way::Tls(_))
    }

    pub(super) const fn is_over(&self) -> bool {
        matches!(self.way, Way::Over)
    }

    pub(super) const fn deadline(&self) -> Option<Instant> {
        match &self.way {
            Way::Tls(tls) => tls.layer.deadline(),
            Way::Dying { until, .. } => Some(*until),
            Way::Plain | Way::Over => None,
        }
    }

    pub(super) fn handle_time(&mut self, now: Instant) {
        if let Way::Tls(tls) = &mut self.way {
            tls.layer.handle_time(now);
        }
    }

    /// What its bytes are to go through: of one that was secured before and cleared since, what they went through then,
    /// because that has counted them. What was said in the clear since is on its way then.
    pub(super) fn take_layer(&mut self) -> Layer {
        match &mut self.way {
            Way::Tls(tls) if matches!(tls.clearing, Clearing::Done(_)) => {
                tls.layer.write_in_the_clear(tls.unsent.make_contiguous());
                mem::take(&mut tls.layer)
            }
            _ => Layer::new(),
        }
    }

    /// From now on its bytes go through `layer`.
    pub(super) fn secure(&mut self, layer: Layer) {
        let is_cleared = matches!(&self.way, Way::Tls(tls) if matches!(tls.clearing, Clearing::Done(_)));
        if self.is_plain() || is_cleared {
            self.way = Way::Tls(Box::new(Tls {
                layer,
                unsent: VecDeque::new(),
                held: VecDeque::new(),
                own: Own::Open,
                peer: Peer::Open,
                peer_has_ended: false,
                clearing: Clearing::No,
                holds_tickets: false,
            }));
        }
    }

    /// Its bytes are to go in the clear again, behind those that wait.
    pub(super) const fn clear(&mut self) {
        if let Way::Tls(tls) = &mut self.way
            && matches!(tls.clearing, Clearing::No)
        {
            tls.clearing = Clearing::Asked;
        }
    }

    /// It can't be secured.
    pub(super) fn give_up(&mut self, now: Instant) {
        self.way = Way::Dying {
            layer: Box::default(),
            peer_has_ended: false,
            has_ended: false,
            until: now + LINGER,
        };
    }

    /// Bytes came; says whether the speaker gets them as they are.
    pub(super) fn handle_received(&mut self, now: Instant, bytes: &[u8]) -> bool {
        self.granted = self.granted.saturating_sub(bytes.len());
        match &mut self.way {
            Way::Plain => {
                self.wanted = self.wanted.saturating_sub(bytes.len());
                true
            }
            Way::Tls(tls) => {
                tls.layer.handle_wire(now, bytes);
                false
            }
            Way::Dying { .. } | Way::Over => false,
        }
    }

    /// More may be sent; says whether the speaker may send as much.
    pub(super) const fn handle_writable(&mut self, bytes: usize) -> bool {
        self.writable = self.writable.saturating_add(bytes);
        let is_plain = self.is_plain();
        if is_plain {
            self.offered = self.offered.saturating_add(bytes);
        }
        is_plain
    }

    /// The peer will send no more; says whether that is the speaker's to know.
    pub(super) fn handle_eof(&mut self) -> bool {
        match &mut self.way {
            Way::Plain => true,
            Way::Tls(tls) => {
                tls.peer_has_ended = true;
                tls.layer.handle_eof();
                false
            }
            Way::Dying { peer_has_ended, .. } => {
                *peer_has_ended = true;
                false
            }
            Way::Over => false,
        }
    }

    /// The speaker sends; says whether that goes out as it is.
    pub(super) fn send(&mut self, bytes: &[u8]) -> bool {
        self.offered = self.offered.saturating_sub(bytes.len());
        match &mut self.way {
            Way::Plain => {
                self.writable = self.writable.saturating_sub(bytes.len());
                true
            }
            Way::Tls(tls) => {
                tls.unsent.extend(bytes);
                false
            }
            Way::Dying { .. } | Way::Over => false,
        }
    }

    /// The speaker reads; says whether the driver is to know.
    pub(super) const fn read(&mut self, credit: usize) -> bool {
        self.wanted = self.wanted.saturating_add(credit);
        let is_plain = self.is_plain();
        if is_plain {
            self.granted = self.granted.saturating_add(credit);
        }
        is_plain
    }

    /// The speaker ends its direction; says whether the driver is to know now.
    pub(super) fn shut_down(&mut self) -> bool {
        match &mut self.way {
            Way::Plain => true,
            Way::Tls(tls) => {
                tls.own = Own::Asked;
                false
            }
            Way::Dying { .. } | Way::Over => false,
        }
    }

    /// Does all that can be done.
    pub(super) fn go_on(
        &mut self,
        conn: ConnId,
        now: Instant,
        out: &mut VecDeque<Output>,
        heard: &mut VecDeque<Heard>,
    ) {
        // First, because what was understood decides whether tickets are sent now; and again, because a goodbye that was sent
        // may be the second of two, and clear the connection.
        for sends in [false, true] {
            if sends {
                self.send_waiting(conn, out);
            }
            if self.understand(conn, heard) {
                self.die(now);
            }
        }
        self.grant(conn, out);
        self.offer(conn, heard);
        self.end(conn, now, out);
    }

    /// Moves the speaker's words through the layer to the wire.
    fn send_waiting(&mut self, conn: ConnId, out: &mut VecDeque<Output>) {
        loop {
            let (layer, written) = match &mut self.way {
                Way::Tls(tls) => {
                    let written = tls.layer.write(tls.unsent.make_contiguous());
                    tls.unsent.drain(..written);
                    if tls.clearing == Clearing::Asked && tls.unsent.is_empty() && tls.layer.deadline().is_none() {
                        tls.clearing = Clearing::Leaving;
                        tls.layer.clear();
                    }
                    if tls.own == Own::Asked && tls.unsent.is_empty() && tls.layer.deadline().is_none() {
                        tls.own = Own::Leaving;
                        tls.layer.close();
                    }
                    tls.holds_tickets &= written == 0 && tls.own == Own::Open && tls.peer == Peer::Open;
                    if tls.holds_tickets {
                        return;
                    }
                    (&mut tls.layer, written)
                }
                Way::Dying { layer, .. } => (&mut **layer, 0),
                Way::Plain | Way::Over => return,
            };
            let bytes = layer.take_wire(self.writable);
            self.writable -= bytes.len();
            if bytes.is_empty() && written == 0 {
                return;
            }
            if !bytes.is_empty() {
                out.push_back(Output::Send { conn, bytes });
            }
        }
    }

    /// Hands on what the layer understood. True when it can't go on.
    fn understand(&mut self, conn: ConnId, heard: &mut VecDeque<Heard>) -> bool {
        let Way::Tls(tls) = &mut self.way else { return false };
        let plain = tls.layer.take_plain();
        if tls.held.is_empty() {
            // What is handed on at once is not copied.
            tls.held = plain.into();
        } else {
            tls.held.extend(plain);
        }
        let mut fault = None;
        while let Some(event) = tls.layer.poll_event() {
            match event {
                Event::Secured(secured) => {
                    // A server's knows of no tickets.
                    tls.holds_tickets = secured.version == TLS_13 && secured.tickets.is_none();
                    heard.push_back(Heard::Secured { conn, secured });
                }
                Event::Tickets { left } => heard.push_back(Heard::Tickets { conn, left }),
                Event::Goodbye => tls.peer = Peer::Left,
                Event::Cleared(cleared) => {
                    // It was no goodbye for good.
                    tls.peer = Peer::Open;
                    tls.clearing = Clearing::Done(cleared);
                    heard.push_back(Heard::Cleared { conn });
                }
                Event::Broken(why) => fault = Some(why),
            }
        }
        let length = self.wanted.min(tls.held.len());
        if length > 0 {
            self.wanted -= length;
            let bytes = take(&mut tls.held, length);
            heard.push_back(Heard::Plain(Input::Received { conn, bytes }));
        }
        if tls.peer_has_ended && tls.layer.is_plain() && tls.peer == Peer::Open {
            tls.peer = Peer::Left;
        }
        let may_clear = matches!(tls.clearing, Clearing::Asked | Clearing::Leaving);
        // What came before the goodbye is heard first: it may make the speaker clear the connection.
        if tls.peer == Peer::Left && tls.held.is_empty() && heard.is_empty() && !may_clear {
            tls.peer = Peer::Told;
            heard.push_back(Heard::Plain(Input::Eof { conn }));
        }
        let Some(fault) = fault else { return false };
        heard.push_back(Heard::Broken { conn, fault });
        true
    }

    /// It is over for the speaker: the layer's last words still go out.
    fn die(&mut self, now: Instant) {
        if let Way::Tls(tls) = mem::take(&mut self.way) {
            self.way = Way::Dying {
                layer: Box::new(tls.layer),
                peer_has_ended: tls.peer_has_ended,
                has_ended: tls.own == Own::Ended,
                until: now + LINGER,
            };
        }
    }

    /// Lets the driver deliver more, while nothing waits for the speaker.
    fn grant(&mut self, conn: ConnId, out: &mut VecDeque<Output>) {
        let may_come = match &self.way {
            Way::Tls(tls) => tls.held.is_empty() && tls.peer == Peer::Open && !tls.peer_has_ended,
            // What comes is thrown away, so that the end behind it is seen.
            Way::Dying { peer_has_ended, .. } => !*peer_has_ended,
            Way::Plain | Way::Over => false,
        };
        // Half of it is more than a whole record.
        if may_come && self.granted < WINDOW / 2 {
            let credit = WINDOW - self.granted;
            self.granted = WINDOW;
            out.push_back(Output::Read { conn, credit });
        }
    }

    /// Lets the speaker send more, once it is secured and little waits.
    fn offer(&mut self, conn: ConnId, heard: &mut VecDeque<Heard>) {
        let Way::Tls(tls) = &self.way else { return };
        let waiting = self.offered + tls.unsent.len();
        if tls.own == Own::Open && tls.layer.deadline().is_none() && waiting < WINDOW / 2 {
            let bytes = WINDOW - waiting;
            self.offered += bytes;
            heard.push_back(Heard::Plain(Input::Writable { conn, bytes }));
        }
    }

    /// Ends what has come to its end.
    fn end(&mut self, conn: ConnId, now: Instant, out: &mut VecDeque<Output>) {
        match &mut self.way {
            Way::Tls(tls) => {
                if tls.own == Own::Leaving && tls.layer.waiting() == 0 {
                    tls.own = Own::Ended;
                    out.push_back(Output::Shutdown { conn });
                }
                if tls.own == Own::Ended && tls.peer == Peer::Told {
                    // The speaker has done with it; the peer's end on the wire may still be to come.
                    self.die(now);
                    self.end(conn, now, out);
                }
            }
            Way::Dying {
                layer,
                peer_has_ended,
                has_ended,
                until,
            } => {
                if !*has_ended && layer.waiting() == 0 {
                    *has_ended = true;
                    out.push_back(Output::Shutdown { conn });
                }
                let is_over = *has_ended && *peer_has_ended;
                let is_late = *until <= now;
                if is_late && !is_over {
                    out.push_back(Output::Abort { conn });
                }
                if is_late || is_over {
                    self.way = Way::Over;
                }
            }
            Way::Plain | Way::Over => {}
        }
    }
}
