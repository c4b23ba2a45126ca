//! Runs every fuzz body over a small corpus, mutations of it, and arbitrary bytes.

use proptest::prelude::*;

use super::ALL;
use crate::dissect::fixtures;

/// Inputs with something in them for every parser. The first four bytes are lengths of pieces for some bodies.
fn corpus() -> Vec<Vec<u8>> {
    let texts: [&[u8]; 35] = [
        b"\x03\x00\x01\x09USER anonymous\r\nPASS guest@\r\n",
        b"PORT 192,168,1,2,200,10\r\nEPRT |2|2001:db8::7|51234|\r\n",
        b"192,168,1,2,200,10",
        b"|1|192.0.2.7|51234|",
        b":2:2001:db8::7:51234:",
        b"227 Entering Passive Mode (192,168,1,2,200,10).\r\n",
        b"229 Entering Extended Passive Mode (|||60000|)\r\n",
        b"\x01\x02\x03\x04211-Features:\r\n UTF8\r\n 211 not yet\r\n2119\r\n211-x\r\n211 End\r\n",
        b"\x00\x00\x07\x05220 \xff\xff hello\r\n\xff\xf4\xff\xf2ABOR\r\n\xff\xfb\x01NOOP\n",
        b"\xff\xfa\x01\xff\xff\n\xff\xf0QUIT\r\n\xff\rX\r\n",
        b"AUTH TLS\r\n234 go\r\n\x16\x03\x01\x02\x00",
        b"234 go\r\n\x16\x03\x01\x02\x00",
        b"-rw-r--r--    1 ftp      ftp          1234 Nov 22 14:59 notes.txt\r\n",
        b"drwxr-xr-x+   2 1000     1000         4096 Jan  1  2025  two  names\r\ntotal 12\r\n",
        b"lrwxrwxrwx    1 ftp      ftp             9 Feb 29 00:00 a -> b -> c\n",
        b"brw-rw---- 1 root disk 8, 0 2026-11-22 14:59 sda\n",
        b"11-22-26  02:59PM       <DIR>          My Files\r\n11-22-2026  14:59  1,234 a\r\n",
        b"\"/a \"\"b\"\"\" is the directory",
        b"\"",
        b"type=file;size=12;modify=20261122113000.25; notes.txt",
        b"  Type=OS.unix=slink:/x;Perm=adfr; a = b; c",
        b"type*;size;modify*;",
        b"211-Features:\r\n MLST type*;size*;\r\n REST STREAM\r\nUTF8\r\n211 End\r\n",
        // What servers in use list: vsftpd, ProFTPD.
        b"211-Features:\r\n EPRT\r\n EPSV\r\n MDTM\r\n PASV\r\n REST STREAM\r\n SIZE\r\n TVFS\r\n211 End\r\n",
        b"211-Features:\r\n LANG en-US*\r\n MFF modify;UNIX.group;UNIX.mode;\r\n MLST modify*;perm*;size*;type*;unique*;UNIX.group*;UNIX.mode*;\r\n UTF8\r\n211 End\r\n",
        b"modify=20261122230645;perm=fle;type=cdir;unique=FE00UD1A04F;UNIX.group=0;UNIX.groupname=65534;UNIX.mode=0755;UNIX.owner=0;UNIX.ownername=anna; .",
        b"drwxr-xr-x   3 anna     anna         4096 Nov 22 23:06 pub\r\n-rw-r--r--   1 0        0               6 Nov 22 23:06 f\r\n",
        // And IIS, in both of its forms.
        b"09-30-19  12:05AM             18446744073709551615 a\r\n02-29-2024  11:59PM       <DIR>          b  c\r\n",
        b"-r-xr-xr-x   1 owner    group        18446744073709551616 Feb 29  2024 too large\r\n",
        b"20000229235960.9999999",
        b"A N",
        b"L 8",
        b"RETR caf\xe9 \xee\xbe\x80 \xc3\xa9",
        b"\x02\x04\x05\xb4\x04\x02\x01\x03\x03\x07\x08\x0a\0\0\0\x01\0\0\0\x02\x05\x0a\0\0\0\x05\0\0\0\x09\0\0",
        b"\x02\x00\x01\x01\x02\xff\x08\x01",
    ];
    texts
        .iter()
        .map(|text| text.to_vec())
        .chain(fixtures::ALL.iter().map(|hex| fixtures::bytes(hex)))
        .chain(flights())
        .chain([include_bytes!("dissect/certificate/fixtures/rsa.der").to_vec()])
        .collect()
}

/// What a client and a server of TLS 1.2 say first; `dissect::tls::tests` tells how the file is made up.
fn flights() -> impl Iterator<Item = Vec<u8>> {
    let mut rest: &[u8] = include_bytes!("dissect/tls/fixtures/tls12-full.bin");
    (0..2).map(move |_| {
        let length = usize::from(u16::from_be_bytes([rest[1], rest[2]]));
        let (flight, behind) = rest[3..].split_at(length);
        rest = behind;
        [&[3, 1, 60, 200], flight].concat()
    })
}

fn run_all(data: &[u8]) {
    for (_, body) in ALL {
        body(data);
    }
}

#[test]
fn the_corpus_and_all_its_beginnings() {
    for input in corpus() {
        for end in 0..=input.len() {
            run_all(&input[..end]);
        }
    }
}

#[test]
fn the_corpus_with_each_byte_changed() {
    for input in corpus() {
        for at in 0..input.len() {
            for change in [0x01, 0x04, 0x10, 0x80, 0xff] {
                let mut changed = input.clone();
                changed[at] ^= change;
                run_all(&changed);
            }
        }
    }
}

proptest! {
    #[test]
    fn arbitrary_bytes(data in proptest::collection::vec(any::<u8>(), 0..300)) {
        run_all(&data);
    }

    /// Bytes that grammars are made of get further than arbitrary ones.
    #[test]
    fn bytes_of_the_grammars(
        data in proptest::collection::vec(
            proptest::sample::select(&b"\r\r\n\n\xff\xff\xfb\xf4\xfa\xf0\x00\x16 --123,,||()\"\"AUTHPORTEPRT227229234"[..]),
            0..200,
        )
    ) {
        run_all(&data);
    }

    /// Two inputs spliced: a parser's state at the end of one meets the beginning of another.
    #[test]
    fn spliced(
        one in proptest::sample::select(corpus()),
        other in proptest::sample::select(corpus()),
        at in any::<proptest::sample::Index>(),
        from in any::<proptest::sample::Index>(),
    ) {
        let mut data = one[..at.index(one.len() + 1)].to_vec();
        data.extend_from_slice(&other[from.index(other.len())..]);
        run_all(&data);
    }
}
