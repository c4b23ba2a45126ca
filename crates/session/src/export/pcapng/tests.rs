//! What we write, as `pcap-parser` reads it.

use pcap_parser::pcapng::{Block, OptionCode, PcapNGOption};
use pcap_parser::traits::{PcapNGPacketBlock as _, PcapReaderIterator as _};
use pcap_parser::{Linktype, PcapBlockOwned, PcapError, PcapNGReader};
use portolan_wire::dissect::checksums;

use super::*;
use crate::export::sample::{self, CLIENT, ROUTER, SERVER};

/// A packet as read.
#[derive(Debug, PartialEq, Eq)]
struct Read {
    interface: u32,
    at: u64,
    bytes: Vec<u8>,
    length: u32,
    comment: Option<String>,
}

#[derive(Debug, Default)]
struct File {
    section: Vec<(u16, String)>,
    interfaces: Vec<(String, String)>,
    /// What decrypts the packets, and how many came before it.
    secrets: Vec<(String, usize)>,
    packets: Vec<Read>,
}

fn texts(options: &[PcapNGOption<'_>]) -> Vec<(u16, String)> {
    options
        .iter()
        .filter(|option| option.code != OptionCode::EndOfOpt)
        .map(|option| {
            (
                option.code.0,
                String::from_utf8_lossy(option.as_bytes().unwrap()).into(),
            )
        })
        .collect()
}

fn read(file: &[u8]) -> File {
    let mut read = File::default();
    let mut reader = PcapNGReader::new(1 << 20, file).unwrap();
    loop {
        match reader.next() {
            Ok((offset, block)) => {
                match block {
                    PcapBlockOwned::NG(Block::SectionHeader(block)) => read.section = texts(&block.options),
                    PcapBlockOwned::NG(Block::InterfaceDescription(block)) => {
                        assert_eq!(block.linktype, Linktype::RAW);
                        assert_eq!((block.if_tsresol, block.ts_resolution()), (6, Some(1_000_000)));
                        let options = texts(&block.options);
                        read.interfaces.push((options[0].1.clone(), options[1].1.clone()));
                    }
                    PcapBlockOwned::NG(Block::DecryptionSecrets(block)) => {
                        assert_eq!(block.secrets_type.0, 0x544c_534b, "TLSK");
                        let text = String::from_utf8(block.data[..block.secrets_len as usize].to_vec());
                        read.secrets.push((text.unwrap(), read.packets.len()));
                    }
                    PcapBlockOwned::NG(Block::EnhancedPacket(block)) => read.packets.push(Read {
                        interface: block.if_id,
                        at: u64::from(block.ts_high) << 32 | u64::from(block.ts_low),
                        bytes: block.packet_data().to_vec(),
                        length: block.origlen,
                        comment: texts(&block.options).into_iter().map(|(_, text)| text).next(),
                    }),
                    PcapBlockOwned::NG(other) => panic!("{other:?}"),
                    _ => panic!("a block of the older format"),
                }
                reader.consume(offset);
            }
            Err(PcapError::Eof) => return read,
            Err(PcapError::Incomplete(_)) => reader.refill().unwrap(),
            Err(error) => panic!("{error:?}"),
        }
    }
}

/// (interface, microseconds, length, bytes kept, hop limit, comment).
type Glance<'a> = (u32, u64, u32, usize, u8, &'a str);

fn glances(file: &File) -> Vec<Glance<'_>> {
    file.packets
        .iter()
        .map(|packet| {
            (
                packet.interface,
                packet.at - EPOCH,
                packet.length,
                packet.bytes.len(),
                packet.bytes[8],
                packet.comment.as_deref().unwrap_or_default(),
            )
        })
        .collect()
}

const BY_RULE: &str = "Dropped here, by rule 3 of the firewall.";
const MADE_UP: &str = "Not observed: made up from what the sockets did.";

#[test]
fn the_client_s_capture_holds_what_it_sent_and_what_reached_it() {
    let log = sample::log();
    let file = read(&write(&log, Vantage::default()).unwrap());
    assert_eq!(
        file.interfaces,
        [("client".to_owned(), "client: 198.51.100.25".to_owned())]
    );
    assert_eq!(
        glances(&file),
        [
            (0, 10, 100, 100, 64, ""),
            (0, 25, 101, 80, 64, ""),
            (0, 40, 40, 40, 64, ""),
            (0, 50, 40, 40, 64, ""),
            (0, 1 << 32, 41, 40, 64, MADE_UP),
        ]
    );
    assert_eq!(file.packets[0].bytes, sample::segment(60));
    assert_eq!(file.packets[1].bytes, sample::segment(61)[..80]);
    assert_eq!(write(&log, Vantage::Client), write(&log, Vantage::Host(CLIENT)));
}

#[test]
fn keys_stand_before_the_packets_and_only_where_there_are_some() {
    let log = sample::log();
    for key_log in ["CLIENT_RANDOM 00 11\n", "CLIENT_RANDOM 00 1122\nCLIENT_RANDOM 33 44\n"] {
        let file = read(&write_with_keys(&log, Vantage::All, key_log).unwrap());
        assert_eq!(file.secrets, [(key_log.to_owned(), 0)]);
        assert!(!file.packets.is_empty());
    }
    assert_eq!(read(&write(&log, Vantage::All).unwrap()).secrets, []);
}

#[test]
fn a_packet_has_come_further_at_every_host_behind_a_router() {
    let log = sample::log();
    let server = read(&write(&log, Vantage::Host(SERVER)).unwrap());
    assert_eq!(
        glances(&server),
        [
            (0, 30, 100, 100, 63, ""),
            (0, 31, 40, 40, 64, ""),
            (0, 45, 101, 80, 63, BY_RULE),
        ]
    );
    for packet in &server.packets {
        assert_eq!(checksums(&packet.bytes).unwrap().header, Some(true), "{packet:?}");
    }
    let all = read(&write(&log, Vantage::All).unwrap());
    let names: Vec<_> = all.interfaces.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["client", "router", "server"]);
    assert_eq!(
        glances(&all)
            .iter()
            .map(|glance| (glance.0, glance.1))
            .collect::<Vec<_>>(),
        [
            (0, 10),
            (1, 20),
            (0, 25),
            (2, 30),
            (2, 31),
            (1, 33),
            (0, 40),
            (2, 45),
            (0, 50),
            (0, 1 << 32)
        ]
    );
    let router = read(&write(&log, Vantage::Host(ROUTER)).unwrap());
    assert_eq!(router.packets.len(), 2);
}

#[test]
fn a_capture_says_what_it_is() {
    let file = read(&write(&sample::log(), Vantage::Client).unwrap());
    assert_eq!(
        file.section,
        [
            (
                1,
                "A simulation by Portolan: no real network carried these packets. Scenario sample, seed 7, \
                 latency = 10ms. Virtual time began at 2000-01-01T00:00:00Z."
                    .to_owned()
            ),
            (4, format!("Portolan {}", env!("CARGO_PKG_VERSION"))),
        ]
    );
}

#[test]
fn a_live_log_keeps_its_own_time() {
    let mut header = sample::header();
    header.source = Source::Live {
        began: 1_700_000_000_000_000,
    };
    let mut recorder = crate::log::Recorder::new(header);
    recorder.sent(Instant::from_micros(5), CLIENT, None, &sample::segment(0));
    let file = read(&write(recorder.log(), Vantage::Client).unwrap());
    assert_eq!(file.packets[0].at, 1_700_000_000_000_005);
    assert!(file.section[0].1.starts_with("A live session"));
}

#[test]
fn a_host_that_is_not_there_has_no_capture() {
    let log = sample::log();
    let error = write(&log, Vantage::Host(HostId(9))).unwrap_err();
    assert_eq!(error.to_string(), "the log has no host of the number 9");
    let mut header = sample::header();
    header.hosts.clear();
    let error = write(&Log::new(header), Vantage::Client).unwrap_err();
    assert_eq!(error.to_string(), "no host in the log is a client");
}

#[test]
fn a_packet_s_last_hop_and_ipv6() {
    let mut packet = sample::segment(0);
    packet[8] = 1;
    assert_eq!(after_hops(&packet, 9)[8], 0);
    let mut six = vec![0x60, 0, 0, 0, 0, 0, 6, 64];
    six.resize(40, 0);
    assert_eq!(after_hops(&six, 2)[7], 62);
    for odd in [&[][..], &[0x45], &[0x60, 1], &[0xff; 20]] {
        assert_eq!(after_hops(odd, 3), odd);
    }
}

#[test]
fn a_long_option_is_cut_between_characters() {
    let mut header = sample::header();
    header.hosts[0].name = "é".repeat(40_000);
    let file = read(&write(&Log::new(header), Vantage::Client).unwrap());
    let (name, _) = &file.interfaces[0];
    assert_eq!((name.len(), name.chars().all(|c| c == 'é')), (65_534, true));
}
