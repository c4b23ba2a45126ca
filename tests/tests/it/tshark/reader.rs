//! Captures as tshark reads them.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use tempfile::TempDir;

use crate::program;

/// The fields asked for.
const FIELDS: [&str; 26] = [
    "frame.number",
    "ip.src",
    "ipv6.src",
    "ip.dst",
    "ipv6.dst",
    "tcp.srcport",
    "tcp.dstport",
    "tcp.stream",
    "tcp.flags.syn",
    "tcp.flags.ack",
    "ip.checksum.status",
    "tcp.checksum.status",
    "_ws.malformed",
    "_ws.expert.severity",
    "_ws.expert.message",
    "ftp.request.command",
    "ftp.request.arg",
    "ftp.active.port",
    "ftp.eprt.port",
    "ftp.passive.port",
    "ftp.epsv.port",
    "ftp.response.code",
    "ftp-data.command",
    "frame.comment",
    "tls.app_data",
    "_ws.col.Protocol",
];

/// Between values of one field: no text of ours holds it.
const BETWEEN: char = '\u{1f}';

/// tshark, and a capture it can read.
pub struct Capture {
    tshark: PathBuf,
    folder: TempDir,
    /// Which port's connections are FTP's control connections, beside 21.
    control: Option<u16>,
}

/// One packet, as tshark shows it: each field's values.
pub struct Packet(BTreeMap<&'static str, Vec<String>>);

/// A remark of tshark's, with its severity.
pub struct Remark {
    pub severity: u32,
    pub message: String,
}

impl Remark {
    /// Worth a look; what lies below is chat and the comments that we wrote.
    pub const NOTE: u32 = 0x0040_0000;
}

impl Capture {
    /// Nothing where there is no tshark; that is said then.
    pub fn of(pcapng: &[u8]) -> Option<Self> {
        let tshark = program::find("tshark")?;
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("capture.pcapng"), pcapng).unwrap();
        let control = None;
        Some(Self {
            tshark,
            folder,
            control,
        })
    }

    /// The same, of a server that does not listen on port 21.
    pub fn of_server(pcapng: &[u8], control: u16) -> Option<Self> {
        let capture = Self::of(pcapng)?;
        let control = Some(control);
        Some(Self { control, ..capture })
    }

    /// All packets, with every checksum checked.
    pub fn packets(&self) -> Vec<Packet> {
        let mut tshark = self.tshark();
        tshark.args(["-T", "fields", "-E", "separator=/t", "-E", "occurrence=a"]);
        tshark.arg("-E").arg(format!("aggregator={BETWEEN}"));
        for field in FIELDS {
            tshark.args(["-e", field]);
        }
        output(&mut tshark).lines().map(Packet::of).collect()
    }

    /// The bytes of one TCP stream, joined: what its caller sent, and what came back.
    pub fn stream(&self, number: &str) -> (Vec<u8>, Vec<u8>) {
        self.follow("tcp", number)
    }

    /// What was under TLS, as far as it can be decrypted: of whoever spoke first, and of the other.
    pub fn decrypted(&self, number: &str) -> (Vec<u8>, Vec<u8>) {
        self.follow("tls", number)
    }

    fn follow(&self, what: &str, number: &str) -> (Vec<u8>, Vec<u8>) {
        let follow = format!("follow,{what},raw,{number}");
        let text = output(self.tshark().arg("-q").arg("-z").arg(follow));
        let (mut sent, mut received) = (Vec::new(), Vec::new());
        let rows = text.lines().skip_while(|line| !line.starts_with("Node 1: ")).skip(1);
        for row in rows.take_while(|line| !line.starts_with('=')) {
            match row.strip_prefix('\t') {
                Some(digits) => received.extend(bytes(digits)),
                None => sent.extend(bytes(row)),
            }
        }
        (sent, received)
    }

    fn tshark(&self) -> Command {
        let mut tshark = Command::new(&self.tshark);
        tshark
            // Nobody's own settings: they may name other ports, or columns, or leave dissectors out.
            .env("HOME", self.folder.path())
            .env("XDG_CONFIG_HOME", self.folder.path())
            .args([
                "-n",
                "-o",
                "ip.check_checksum:TRUE",
                "-o",
                "tcp.check_checksum:TRUE",
                "-r",
            ])
            .arg(self.folder.path().join("capture.pcapng"));
        if let Some(port) = self.control {
            tshark.arg("-d").arg(format!("tcp.port=={port},ftp"));
        }
        tshark
    }
}

impl Packet {
    fn of(row: &str) -> Self {
        let values = row.split('\t').map(|text| {
            text.split(BETWEEN)
                .filter(|value| !value.is_empty())
                .map(str::to_owned)
                .collect()
        });
        Self(FIELDS.into_iter().zip(values).collect())
    }

    /// A field's values.
    pub fn all(&self, field: &str) -> &[String] {
        self.0.get(field).unwrap_or_else(|| panic!("{field} is not asked for"))
    }

    /// A field's first value, or nothing at all.
    pub fn one(&self, field: &str) -> &str {
        self.all(field).first().map_or("", String::as_str)
    }

    /// What stands for `true`.
    pub fn has(&self, flag: &str) -> bool {
        matches!(self.one(flag), "1" | "True")
    }

    /// Whether a checksum is right.
    pub fn is_good(&self, status: &str) -> bool {
        matches!(self.one(status), "1" | "Good")
    }

    /// Sender and receiver, as `address:port`.
    pub fn way(&self) -> (String, String) {
        let end = |four, six, port| {
            let address = [self.one(four), self.one(six)].concat();
            format!("{address} {}", self.one(port))
        };
        (
            end("ip.src", "ipv6.src", "tcp.srcport"),
            end("ip.dst", "ipv6.dst", "tcp.dstport"),
        )
    }

    /// What tshark has to say about it.
    pub fn remarks(&self) -> Vec<Remark> {
        let severities = self.all("_ws.expert.severity");
        let messages = self.all("_ws.expert.message");
        assert_eq!(severities.len(), messages.len(), "{messages:?}");
        let remarks = severities.iter().zip(messages).map(|(severity, message)| Remark {
            severity: severity.parse().unwrap(),
            message: message.clone(),
        });
        remarks.collect()
    }
}

fn output(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {complaint}");
    String::from_utf8(output.stdout).unwrap()
}

fn bytes(digits: &str) -> Vec<u8> {
    let digits = digits.trim();
    (0..digits.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap())
        .collect()
}
