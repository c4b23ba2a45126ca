//! Whom a session under TLS trusts, and the file of servers that are known.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use portolan_protocol::ftp::client::Security;
use portolan_protocol::tls::{Client, Versions};
use portolan_wire::hex;
use portolan_wire::security::ShownCertificate;

use super::url::Url;
use crate::Trouble;
use crate::cli::{Connect, TlsVersion};
use crate::output;
use crate::tls::{self, Whom};

/// What stands at the beginning of a new file.
const HEAD: &str = "# Servers that portolan connect has taken as they were: host, port, the certificate's SHA-256.\n";

/// How a session's server is trusted.
pub(super) struct Trust {
    host: String,
    port: u16,
    versions: Versions,
    how: How,
}

enum How {
    /// There is no TLS.
    Plain,
    /// As it stands.
    Fixed(Whom),
    /// The system's, or who is in this file. One that is in neither is taken, once.
    OnFirstUse { file: PathBuf, pinned: Option<[u8; 32]> },
}

impl Trust {
    pub(super) fn of(asked: &Connect, url: &Url) -> Result<Self, Trouble> {
        let is_plain = url.security == Security::Never;
        let wants_tls = asked.pin.is_some()
            || asked.insecure
            || asked.known_servers.is_some()
            || asked.tls.is_some()
            || asked.clear_data
            || asked.clear_control;
        if is_plain && wants_tls {
            return Err(Trouble::Wrong(
                "ftp:// has no TLS: --pin, --known-servers, --insecure, --tls, --clear-data and --clear-control go with \
                 ftpes:// and ftps://"
                    .to_owned(),
            ));
        }
        let how = match (&asked.pin, &asked.known_servers) {
            _ if is_plain => How::Plain,
            (Some(sha256), _) => How::Fixed(Whom::Pinned(*sha256)),
            (None, Some(file)) => How::OnFirstUse {
                pinned: known(file, &url.host, url.port)?,
                file: file.clone(),
            },
            (None, None) if asked.insecure => How::Fixed(Whom::Anybody),
            (None, None) => How::Fixed(Whom::System),
        };
        if asked.insecure {
            output::complain(
                "--insecure: nobody looks at the server's certificate; whoever sits between can read everything",
            );
        }
        Ok(Self {
            host: url.host.clone(),
            port: url.port,
            versions: match asked.tls {
                None => Versions::Both,
                Some(TlsVersion::V12) => Versions::Only12,
                Some(TlsVersion::V13) => Versions::Only13,
            },
            how,
        })
    }

    /// The TLS side of the next attempt.
    pub(super) fn client(&self) -> Result<Option<Client>, Trouble> {
        let whom = match &self.how {
            How::Plain => return Ok(None),
            How::Fixed(whom) => whom.clone(),
            How::OnFirstUse { pinned: None, .. } => Whom::System,
            How::OnFirstUse {
                pinned: Some(sha256), ..
            } => Whom::Pinned(*sha256),
        };
        tls::client(&self.host, &whom, self.versions)
            .map(Some)
            .map_err(Trouble::Failed)
    }

    /// Whether the certificate that was refused is taken all the same, this first time.
    pub(super) fn takes(&mut self, refused: Option<&ShownCertificate>) -> Result<bool, Trouble> {
        let (
            How::OnFirstUse {
                file,
                pinned: pinned @ None,
            },
            Some(shown),
        ) = (&mut self.how, refused)
        else {
            return Ok(false);
        };
        let name = format!("{} {}", self.host, self.port);
        add(file, &name, &shown.sha256)?;
        output::complain(&format!(
            "{}:{} is new: its certificate's SHA-256 is {}, written to {}",
            self.host,
            self.port,
            shown.fingerprint(),
            file.display()
        ));
        *pinned = Some(shown.sha256);
        Ok(true)
    }
}

/// The SHA-256 that a server is known by.
fn known(file: &Path, host: &str, port: u16) -> Result<Option<[u8; 32]>, Trouble> {
    let text = match fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Trouble::Wrong(format!("{} cannot be read: {error}", file.display()))),
    };
    for (number, line) in (1..).zip(text.lines()) {
        let words: Vec<&str> = line.split_ascii_whitespace().collect();
        let known = match words[..] {
            [] => continue,
            [first, ..] if first.starts_with('#') => continue,
            [known, at, sha256] => tls::parse_fingerprint(sha256).ok().map(|sha256| (known, at, sha256)),
            _ => None,
        };
        let Some((known, at, sha256)) = known else {
            return Err(Trouble::Wrong(format!(
                "{}, line {number}: a line is a host, a port and the certificate's SHA-256",
                file.display()
            )));
        };
        if known.eq_ignore_ascii_case(host) && at == port.to_string() {
            return Ok(Some(sha256));
        }
    }
    Ok(None)
}

fn add(file: &Path, name: &str, sha256: &[u8; 32]) -> Result<(), Trouble> {
    let failed = |error: io::Error| Trouble::Failed(format!("{} cannot be written: {error}", file.display()));
    let mut text = match fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => HEAD.to_owned(),
        Err(error) => return Err(failed(error)),
    };
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    text.push_str(&format!("{name} {}\n", hex::digits(sha256)));
    // In the place of the old file all at once: one that was half written would forget servers.
    let aside = file.with_extension("new");
    fs::write(&aside, text).map_err(failed)?;
    fs::rename(&aside, file).map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_are_known_again() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("known");
        assert_eq!(known(&file, "ftp.example.org", 21).unwrap(), None);
        add(&file, "ftp.example.org 21", &[7; 32]).unwrap();
        add(&file, "ftp.example.org 990", &[8; 32]).unwrap();
        assert_eq!(known(&file, "FTP.example.org", 21).unwrap(), Some([7; 32]));
        assert_eq!(known(&file, "ftp.example.org", 990).unwrap(), Some([8; 32]));
        assert_eq!(known(&file, "ftp.example.org", 2121).unwrap(), None);
        fs::write(&file, "ftp.example.org 21 what").unwrap();
        let Err(Trouble::Wrong(why)) = known(&file, "ftp.example.org", 21) else {
            panic!("nonsense is no line");
        };
        assert!(why.contains("line 1"), "{why}");
    }
}
