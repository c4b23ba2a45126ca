//! `portolan sandbox` before clients of the world.

mod curl;
mod lftp;
mod tls;

use std::io::{BufRead as _, BufReader, Read as _};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::thread::JoinHandle;

use tempfile::TempDir;

use crate::files::has;
use crate::program;
use crate::server::PASSWORD;

/// A sandbox. Ended when it is dropped; then what it said is searched for the password.
struct Sandbox {
    child: Child,
    address: SocketAddr,
    /// Where TLS begins before the first word.
    implicit: SocketAddr,
    /// Reads what it says, so that it never waits for us.
    said: Option<JoinHandle<Vec<u8>>>,
    /// What it serves, where it does not serve from memory.
    directory: Option<TempDir>,
}

/// Where a sandbox's files are.
#[derive(Clone, Copy, Debug)]
enum Place {
    Memory,
    Directory,
}

impl Place {
    const BOTH: [Self; 2] = [Self::Memory, Self::Directory];
}

impl Sandbox {
    fn start(place: Place) -> Self {
        Self::at(place, Ipv4Addr::LOCALHOST.into())
    }

    fn at(place: Place, address: IpAddr) -> Self {
        Self::with(place, address, &[])
    }

    fn with(place: Place, address: IpAddr, arguments: &[&str]) -> Self {
        let directory = match place {
            Place::Memory => None,
            Place::Directory => Some(tempfile::tempdir().unwrap()),
        };
        let mut sandbox = Command::new(program::portolan());
        sandbox
            .args(["sandbox", "--user", &format!("anna:{PASSWORD}"), "--ftp"])
            .arg(SocketAddr::new(address, 0).to_string())
            .arg("--ftps")
            .arg(SocketAddr::new(address, 0).to_string())
            .args(arguments);
        if let Some(directory) = &directory {
            sandbox.arg("--dir").arg(directory.path());
        }
        let mut child = sandbox.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
        let mut said = BufReader::new(child.stdout.take().unwrap());
        let mut greeting = String::new();
        said.read_line(&mut greeting).unwrap();
        said.read_line(&mut greeting).unwrap();
        let found = |scheme: &str| {
            let (_, rest) = greeting.split_once(scheme).expect("a URL in the greeting");
            let (_, rest) = rest.split_once('@').expect("a user in the URL");
            rest.split('/').next().unwrap().parse().unwrap()
        };
        let (address, implicit) = (found("ready: ftp://"), found("ftps://"));
        let read = move || {
            let mut all = greeting.into_bytes();
            said.read_to_end(&mut all).unwrap();
            all
        };
        Self {
            child,
            address,
            implicit,
            said: Some(std::thread::spawn(read)),
            directory,
        }
    }

    /// Where a file lies on the disk, if it does.
    fn file(&self, path: &str) -> Option<PathBuf> {
        Some(self.directory.as_ref()?.path().join(path))
    }

    /// A URL; odd characters of the path are encoded.
    fn url(&self, path: &str) -> String {
        let mut url = format!("ftp://anna:{PASSWORD}@{}/", self.address);
        for byte in path.bytes() {
            if byte.is_ascii_alphanumeric() || b"/.-_".contains(&byte) {
                url.push(char::from(byte));
            } else {
                url += &format!("%{byte:02X}");
            }
        }
        url
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        let _ended = self.child.kill();
        let _ended = self.child.wait();
        let said = self.said.take().and_then(|said| said.join().ok()).unwrap_or_default();
        if !std::thread::panicking() {
            assert!(!has(&said, PASSWORD), "the sandbox says the password");
            assert!(has(&said, "PASS ********"), "the sandbox does not tell of its sessions");
        }
    }
}

/// Runs a client in a folder; what it printed, if all went well.
#[track_caller]
fn done(client: &mut Command, folder: &Path) -> String {
    let output = ran(client, folder);
    assert!(
        output.status.success(),
        "{client:?}: {}\n{}\n{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

fn ran(client: &mut Command, folder: &Path) -> Output {
    client
        .current_dir(folder)
        // Nobody's own settings, and letters of all languages.
        .env("HOME", folder)
        .env("LC_ALL", "C.UTF-8")
        .stdin(Stdio::null())
        .output()
        .unwrap()
}
