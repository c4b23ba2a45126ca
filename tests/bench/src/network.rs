//! What a network that does the simulator's work could reach at best: two stacks of `smoltcp`, a router between them,
//! links on which packets take their time, and one heap that says what happens next. No log, no endpoints, no files.
//!
//! The simulator's floor is against this and not against `bare.rs`. There, a window's worth of packets is handed over at
//! once and acknowledged by one packet; a network in which packets arrive one by one has half as many acknowledgements as
//! it has segments, every packet crosses two links and a router, and each of those crossings has a time and an order.
//! That is the price of being a network. What the simulator asks on top of it is what it can be blamed for.
//!
//! Written for speed, and apart from the simulator on purpose: it uses none of its code.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use smoltcp::iface::{Config, Interface, PollResult, SocketHandle, SocketSet};
use smoltcp::phy::{Device, DeviceCapabilities, Medium, RxToken, TxToken};
use smoltcp::socket::tcp;
use smoltcp::time::Instant;
use smoltcp::wire::{HardwareAddress, IpAddress, IpCidr, Ipv4Address, Ipv4Packet};

use crate::Moved;
use crate::bare::{BLOCK, BUFFER, CLIENT, PORT, SERVER, checksums};

/// As in the simulator's run: four times this is a round trip of 10 ms.
const LATENCY_NS: u64 = 2_500_000;
/// As in the simulator's run: 10 Gbit/s.
const BITS_PER_NS: u64 = 10;

/// Carries this many bytes from one host to the other.
pub fn transfer(bytes: u64) -> Moved {
    let mut net = Net::default();
    let mut client = Host::new(CLIENT, SERVER, &mut net.card);
    let mut server = Host::new(SERVER, CLIENT, &mut net.card);
    server.socket().listen(PORT).expect("a new socket listens");
    client.connect();
    client.flush(&mut net, Lane::ClientToRouter);

    let block = vec![0x5a; BLOCK];
    let (mut sent, mut received) = (0, 0);
    while received < bytes {
        let timer = client.deadline.min(server.deadline);
        match net.next_arrival(timer) {
            Some((packet, Lane::ClientToRouter)) => net.forward(packet, Lane::RouterToServer),
            Some((packet, Lane::ServerToRouter)) => net.forward(packet, Lane::RouterToClient),
            Some((packet, Lane::RouterToServer)) => server.take(&mut net, packet),
            Some((packet, Lane::RouterToClient)) => client.take(&mut net, packet),
            None => {
                net.now = timer;
                client.awake |= client.deadline <= timer;
                server.awake |= server.deadline <= timer;
            }
        }
        if server.awake {
            sent += server.send(&block, bytes - sent);
            server.flush(&mut net, Lane::ServerToRouter);
        }
        if client.awake {
            received += client.receive();
            client.flush(&mut net, Lane::ClientToRouter);
        }
    }
    Moved {
        bytes: received,
        packets: net.packets,
    }
}

/// One direction of a link.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Lane {
    ClientToRouter,
    RouterToServer,
    ServerToRouter,
    RouterToClient,
}

/// When a packet arrives, its place among those of that time, and which it is: its bytes and its lane.
type Arrival = (u64, u64, Vec<u8>, Lane);

/// Time, the packets that are on their way, and the card that both hosts use: only one is busy at a time.
#[derive(Default)]
struct Net {
    /// In microseconds.
    now: u64,
    heap: BinaryHeap<Reverse<Arrival>>,
    order: u64,
    /// When each lane has sent all that it was given, in nanoseconds.
    free: [u64; 4],
    card: Card,
    packets: u64,
}

impl Net {
    /// The packet that arrives next, unless a timer comes before it.
    fn next_arrival(&mut self, timer: u64) -> Option<(Vec<u8>, Lane)> {
        self.heap.peek().filter(|Reverse(first)| first.0 <= timer)?;
        let Reverse((at, _, packet, lane)) = self.heap.pop()?;
        self.now = at;
        Some((packet, lane))
    }

    /// Puts a packet on a lane: it waits for those before it, is sent, and travels.
    fn send(&mut self, packet: Vec<u8>, lane: Lane) {
        let free = &mut self.free[lane as usize];
        *free = (self.now * 1_000).max(*free) + (packet.len() as u64 * 8).div_ceil(BITS_PER_NS);
        let at = (*free + LATENCY_NS).div_ceil(1_000);
        self.order += 1;
        self.heap.push(Reverse((at, self.order, packet, lane)));
    }

    /// A router: one hop less to go, and a checksum that says so.
    fn forward(&mut self, mut packet: Vec<u8>, lane: Lane) {
        let mut header = Ipv4Packet::new_unchecked(&mut packet);
        let to = if lane == Lane::RouterToServer { SERVER } else { CLIENT };
        assert!(
            header.hop_limit() > 1 && header.dst_addr() == to,
            "the router knows two hosts"
        );
        header.set_hop_limit(header.hop_limit() - 1);
        // RFC 1624: the field that holds the hop limit lost 0x0100, so its complement sum gains that.
        let (sum, carry) = header.checksum().overflowing_add(0x0100);
        header.set_checksum(sum + u16::from(carry));
        self.send(packet, lane);
    }
}

struct Host {
    iface: Interface,
    sockets: SocketSet<'static>,
    handle: SocketHandle,
    /// When its stack wants to be asked again, in microseconds.
    deadline: u64,
    /// Whether something has happened that its program and its stack have to look at.
    awake: bool,
}

impl Host {
    fn new(address: Ipv4Address, peer: Ipv4Address, card: &mut Card) -> Self {
        let mut iface = Interface::new(Config::new(HardwareAddress::Ip), card, Instant::ZERO);
        iface.update_ip_addrs(|list| {
            list.push(IpCidr::new(IpAddress::Ipv4(address), 32))
                .expect("there is room for one")
        });
        iface
            .routes_mut()
            .add_default_ipv4_route(peer)
            .expect("there is room for one");
        let buffer = || tcp::SocketBuffer::new(vec![0; BUFFER]);
        let mut sockets = SocketSet::new(Vec::new());
        let handle = sockets.add(tcp::Socket::new(buffer(), buffer()));
        Self {
            iface,
            sockets,
            handle,
            deadline: u64::MAX,
            awake: false,
        }
    }

    fn socket(&mut self) -> &mut tcp::Socket<'static> {
        self.sockets.get_mut(self.handle)
    }

    fn connect(&mut self) {
        let socket = self.sockets.get_mut::<tcp::Socket<'_>>(self.handle);
        socket
            .connect(self.iface.context(), (SERVER, PORT), (CLIENT, 50_123))
            .expect("both ends are named");
    }

    /// Takes a packet that has arrived.
    fn take(&mut self, net: &mut Net, packet: Vec<u8>) {
        net.card.put(packet);
        self.iface
            .poll_ingress_single(time(net.now), &mut net.card, &mut self.sockets);
        net.card.clear();
        self.awake = true;
    }

    /// Its program sends what there is room for.
    fn send(&mut self, block: &[u8], left: u64) -> u64 {
        let mut sent = 0;
        while sent < left && self.socket().can_send() {
            let next = usize::try_from(left - sent).map_or(block.len(), |left| left.min(block.len()));
            sent += self.socket().send_slice(&block[..next]).expect("it may send") as u64;
        }
        sent
    }

    /// Its program takes what has come.
    fn receive(&mut self) -> u64 {
        let mut received = 0;
        while self.socket().can_recv() {
            let piece = self.socket().recv(|data| (data.len(), data.len()));
            received += piece.expect("it may receive") as u64;
        }
        received
    }

    /// Sends what its stack wants sent.
    fn flush(&mut self, net: &mut Net, lane: Lane) {
        let now = time(net.now);
        while self.iface.poll_egress(now, &mut net.card, &mut self.sockets) != PollResult::None {}
        let mut left = std::mem::take(&mut net.card.left);
        net.packets += left.len() as u64;
        left.drain(..).for_each(|packet| net.send(packet, lane));
        // Keeps its room for the next time.
        net.card.left = left;
        let deadline = self.iface.poll_at(now, &self.sockets);
        self.deadline = deadline.map_or(u64::MAX, |at| {
            net.now.max(u64::try_from(at.total_micros()).unwrap_or(0))
        });
        self.awake = false;
    }
}

fn time(micros: u64) -> Instant {
    Instant::from_micros(i64::try_from(micros).unwrap_or(i64::MAX))
}

/// A network card: a packet in, packets out, and the buffers of those that have arrived for the next ones.
#[derive(Default)]
struct Card {
    arrived: Option<Vec<u8>>,
    /// Whether the stack has seen it.
    seen: bool,
    left: Vec<Vec<u8>>,
    /// Short ones and long ones: so a buffer is of the right length already.
    spare: [Vec<Vec<u8>>; 2],
}

impl Card {
    fn put(&mut self, packet: Vec<u8>) {
        self.arrived = Some(packet);
        self.seen = false;
    }

    fn clear(&mut self) {
        if let Some(packet) = self.arrived.take() {
            self.spare[kind(packet.len())].push(packet);
        }
    }
}

fn kind(length: usize) -> usize {
    usize::from(length > 128)
}

impl Device for Card {
    type RxToken<'a> = Reading<'a>;
    type TxToken<'a> = Writing<'a>;

    fn receive(&mut self, _: Instant) -> Option<(Reading<'_>, Writing<'_>)> {
        let Self {
            arrived,
            seen,
            left,
            spare,
        } = self;
        let packet = arrived.as_ref().filter(|_| !*seen)?;
        *seen = true;
        Some((Reading(packet), Writing { left, spare }))
    }

    fn transmit(&mut self, _: Instant) -> Option<Writing<'_>> {
        let Self { left, spare, .. } = self;
        Some(Writing { left, spare })
    }

    fn capabilities(&self) -> DeviceCapabilities {
        let mut capabilities = DeviceCapabilities::default();
        capabilities.medium = Medium::Ip;
        capabilities.max_transmission_unit = 1_500;
        capabilities.checksum = checksums();
        capabilities
    }
}

struct Reading<'a>(&'a [u8]);

struct Writing<'a> {
    left: &'a mut Vec<Vec<u8>>,
    spare: &'a mut [Vec<Vec<u8>>; 2],
}

impl RxToken for Reading<'_> {
    fn consume<R, F: FnOnce(&[u8]) -> R>(self, read: F) -> R {
        read(self.0)
    }
}

impl TxToken for Writing<'_> {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, length: usize, write: F) -> R {
        let mut packet = self.spare[kind(length)].pop().unwrap_or_default();
        packet.resize(length, 0);
        let result = write(&mut packet);
        self.left.push(packet);
        result
    }
}
