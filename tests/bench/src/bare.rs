//! The stack alone: two stacks of `smoltcp`, a queue between them, and nothing else. What is in the queue is handed over
//! all at once. It tells what a TCP/IP stack costs; what a network costs, `network.rs` tells.

use std::collections::VecDeque;

use smoltcp::iface::{Config, Interface, SocketHandle, SocketSet};
use smoltcp::phy::{Checksum, ChecksumCapabilities, Device, DeviceCapabilities, Medium, RxToken, TxToken};
use smoltcp::socket::tcp;
use smoltcp::time::{Duration, Instant};
use smoltcp::wire::{HardwareAddress, IpAddress, IpCidr, Ipv4Address};

use crate::Moved;

pub const CLIENT: Ipv4Address = Ipv4Address::new(198, 51, 100, 25);
pub const SERVER: Ipv4Address = Ipv4Address::new(203, 0, 113, 10);
pub const PORT: u16 = 20_000;
/// A round trip is 10 ms, as in the simulator's run.
const ONE_WAY: Duration = Duration::from_millis(5);
/// The buffers of the simulator's data connections.
pub const BUFFER: usize = 256 * 1024;
/// What the program sends at once.
pub const BLOCK: usize = 64 * 1024;

/// As in the simulator: checksums are made and not checked, since nothing damages packets.
pub fn checksums() -> ChecksumCapabilities {
    let mut checksums = ChecksumCapabilities::default();
    checksums.ipv4 = Checksum::Tx;
    checksums.tcp = Checksum::Tx;
    checksums
}

/// Carries this many bytes from one host to the other.
pub fn transfer(bytes: u64) -> Moved {
    let mut server = Host::new(SERVER, CLIENT);
    let mut client = Host::new(CLIENT, SERVER);
    server.socket().listen(PORT).expect("a new socket listens");
    client.connect();

    let block = vec![0x5a; BLOCK];
    let (mut sent, mut received, mut packets) = (0_u64, 0_u64, 0_u64);
    let mut now = Instant::ZERO;
    while received < bytes {
        server.poll(now);
        client.poll(now);
        while sent < bytes && server.socket().can_send() {
            let left = usize::try_from(bytes - sent).unwrap_or(usize::MAX).min(block.len());
            sent += server.socket().send_slice(&block[..left]).expect("it may send") as u64;
        }
        while client.socket().can_recv() {
            received += client
                .socket()
                .recv(|data| (data.len(), data.len()))
                .expect("it may receive") as u64;
        }
        server.poll(now);
        client.poll(now);
        packets += server.hand_over(now, &mut client) + client.hand_over(now, &mut server);
        now = server.next(now).min(client.next(now));
    }
    Moved {
        bytes: received,
        packets,
    }
}

struct Host {
    iface: Interface,
    sockets: SocketSet<'static>,
    handle: SocketHandle,
    card: Card,
    /// Packets on their way here, and when they arrive.
    coming: VecDeque<(Instant, Vec<u8>)>,
}

impl Host {
    fn new(address: Ipv4Address, peer: Ipv4Address) -> Self {
        let mut card = Card::default();
        let mut iface = Interface::new(Config::new(HardwareAddress::Ip), &mut card, Instant::ZERO);
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
            card,
            coming: VecDeque::new(),
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

    /// Takes in what has arrived and lets the stack work.
    fn poll(&mut self, now: Instant) {
        while self.coming.front().is_some_and(|(at, _)| *at <= now) {
            self.card
                .arrived
                .extend(self.coming.pop_front().map(|(_, packet)| packet));
        }
        self.iface.poll(now, &mut self.card, &mut self.sockets);
    }

    /// Puts what the stack sent on its way to the other host; tells how many packets that were.
    fn hand_over(&mut self, now: Instant, to: &mut Self) -> u64 {
        let packets = self.card.left.len();
        to.coming
            .extend(self.card.left.drain(..).map(|packet| (now + ONE_WAY, packet)));
        packets as u64
    }

    /// When there is something to do again.
    fn next(&mut self, now: Instant) -> Instant {
        let arrival = self.coming.front().map(|(at, _)| *at);
        let timer = self.iface.poll_at(now, &self.sockets);
        arrival
            .into_iter()
            .chain(timer)
            .min()
            .unwrap_or(now + Duration::from_secs(1))
            .max(now)
    }
}

/// A network card that is two queues.
#[derive(Default)]
struct Card {
    arrived: VecDeque<Vec<u8>>,
    left: Vec<Vec<u8>>,
}

impl Device for Card {
    type RxToken<'a> = Reading;
    type TxToken<'a> = Writing<'a>;

    fn receive(&mut self, _: Instant) -> Option<(Reading, Writing<'_>)> {
        let packet = self.arrived.pop_front()?;
        Some((Reading(packet), Writing(&mut self.left)))
    }

    fn transmit(&mut self, _: Instant) -> Option<Writing<'_>> {
        Some(Writing(&mut self.left))
    }

    fn capabilities(&self) -> DeviceCapabilities {
        let mut capabilities = DeviceCapabilities::default();
        capabilities.medium = Medium::Ip;
        capabilities.max_transmission_unit = 1_500;
        capabilities.checksum = checksums();
        capabilities
    }
}

struct Reading(Vec<u8>);

struct Writing<'a>(&'a mut Vec<Vec<u8>>);

impl RxToken for Reading {
    fn consume<R, F: FnOnce(&[u8]) -> R>(self, read: F) -> R {
        read(&self.0)
    }
}

impl TxToken for Writing<'_> {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, length: usize, write: F) -> R {
        let mut packet = vec![0; length];
        let result = write(&mut packet);
        self.0.push(packet);
        result
    }
}
