//! Our client against vsftpd, over real sockets.
//!
//! vsftpd is started as inetd would: the test listens, and each session's server has the accepted socket for its
//! standard input. So there is no port to guess and nothing to wait for, and a server is gone when its session is.

use std::fs;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};
use std::os::fd::OwnedFd;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread::JoinHandle;

use portolan_protocol::ftp::client::Config;
use portolan_wire::action::{Action, TransferMode};
use portolan_wire::ftp::listing::{Entry, ListingLine};
use portolan_wire::report::{ConnectError, Outcome, Report, TransferKind, Trouble};
use tempfile::TempDir;

mod verbs;

use crate::program;
use crate::session::{Session, argument, connect, get, list, log_in, put};

/// A running vsftpd with anonymous access: `pub` to read from, `incoming` to write to.
struct Vsftpd {
    address: SocketAddr,
    folder: TempDir,
    /// Told when the test is over.
    stop: mpsc::Sender<()>,
    serving: Option<JoinHandle<()>>,
}

impl Vsftpd {
    /// Nothing where it cannot run; that is said then.
    fn start(address: SocketAddr) -> Option<Self> {
        let program = program::find("vsftpd")?;
        if !program::is_root("vsftpd lets nobody log in unless root starts it") {
            return None;
        }
        let listener = TcpListener::bind(address).ok()?;
        let address = listener.local_addr().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let config = lay_out(folder.path());
        let (stop, stopped) = mpsc::channel();
        let serving = Some(std::thread::spawn(move || {
            serve(&listener, &program, &config, &stopped)
        }));
        Some(Self {
            address,
            folder,
            stop,
            serving,
        })
    }

    fn on_ipv4() -> Option<Self> {
        Self::start((Ipv4Addr::LOCALHOST, 0).into())
    }

    fn root(&self) -> PathBuf {
        self.folder.path().join("root")
    }

    fn config(&self, mode: TransferMode) -> Config {
        Config {
            mode,
            ..Config::new(self.address)
        }
    }
}

impl Drop for Vsftpd {
    fn drop(&mut self) {
        // The thread waits in accept: tell it first, then call once more.
        let _told = self.stop.send(());
        let _woken = std::net::TcpStream::connect(self.address);
        if let Some(serving) = self.serving.take() {
            let served = serving.join();
            assert!(served.is_ok() || std::thread::panicking(), "the server's thread failed");
        }
    }
}

fn serve(listener: &TcpListener, program: &Path, config: &Path, stopped: &mpsc::Receiver<()>) {
    let mut sessions: Vec<Child> = Vec::new();
    for stream in listener.incoming() {
        if stopped.try_recv().is_ok() {
            break;
        }
        let stream = OwnedFd::from(stream.unwrap());
        let session = Command::new(program)
            .arg(config)
            .stdin(Stdio::from(stream.try_clone().unwrap()))
            .stdout(Stdio::from(stream))
            .stderr(Stdio::null())
            .spawn();
        sessions.push(session.unwrap());
    }
    for mut session in sessions {
        // Its client is gone, and so it goes too; its own time limits see to that. Killed, it could not wait for its
        // own child.
        session.wait().unwrap();
    }
}

/// The files to be served, and the configuration that serves them.
fn lay_out(folder: &Path) -> PathBuf {
    let root = folder.join("root");
    let incoming = root.join("incoming");
    let chroot = folder.join("empty");
    for directory in [&root.join("pub"), &incoming, &chroot] {
        fs::create_dir_all(directory).unwrap();
    }
    for directory in [folder, &root] {
        fs::set_permissions(directory, fs::Permissions::from_mode(0o755)).unwrap();
    }
    let (user, group) = ids_of("ftp");
    chown(&incoming, Some(user), Some(group)).unwrap();
    for (name, content) in contents() {
        fs::write(root.join("pub").join(name), content).unwrap();
    }
    let config = folder.join("vsftpd.conf");
    let text = format!(
        "listen=NO\nlisten_ipv6=NO\nbackground=NO\nseccomp_sandbox=NO\nisolate=NO\nisolate_network=NO\n\
         secure_chroot_dir={}\nanon_root={}\nanonymous_enable=YES\nlocal_enable=NO\nno_anon_password=NO\n\
         write_enable=YES\nanon_upload_enable=YES\nanon_umask=022\nconnect_from_port_20=NO\nxferlog_enable=NO\n\
         anon_mkdir_write_enable=YES\nanon_other_write_enable=YES\n\
         ascii_upload_enable=YES\nascii_download_enable=YES\n\
         idle_session_timeout=30\ndata_connection_timeout=30\naccept_timeout=30\nconnect_timeout=30\n",
        chroot.display(),
        root.display(),
    );
    fs::write(&config, text).unwrap();
    config
}

fn ids_of(name: &str) -> (u32, u32) {
    let users = fs::read_to_string("/etc/passwd").unwrap();
    let user = users.lines().find(|line| line.split(':').next() == Some(name));
    let fields: Vec<&str> = user.expect("vsftpd's user").split(':').collect();
    (fields[2].parse().unwrap(), fields[3].parse().unwrap())
}

/// An empty file, a small one and one of many blocks, with every byte in it: line ends too.
fn contents() -> [(&'static str, Vec<u8>); 3] {
    let large = (0..3_000_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8);
    [
        ("empty", Vec::new()),
        ("small.txt", b"line\nline\r\nno end".to_vec()),
        ("large.bin", large.collect()),
    ]
}

/// Lists, downloads and uploads everything, and compares.
fn everything(server: &Vsftpd, mode: TransferMode) {
    let local = tempfile::tempdir().unwrap();
    let mut actions = vec![connect(), log_in("anonymous", "guest@example.org"), list("pub")];
    for (name, _) in contents() {
        actions.push(get(&format!("pub/{name}")));
    }
    for (name, _) in contents() {
        actions.push(put(name, &format!("incoming/{mode:?}-{name}")));
    }
    actions.push(Action::ChangeDirectory {
        path: argument("incoming"),
    });
    actions.push(Action::Quit);
    let session = Session::run(server.config(mode), local.path(), actions);
    assert_eq!(
        session.outcomes(),
        vec![Outcome::Done; 11],
        "{mode:?}: {:#?}",
        session.reports
    );
    for (name, content) in contents() {
        let down = fs::read(local.path().join(name)).unwrap();
        let up = fs::read(server.root().join(format!("incoming/{mode:?}-{name}"))).unwrap();
        assert!(down == content, "{mode:?}: {name} came down otherwise");
        assert!(up == content, "{mode:?}: {name} went up otherwise");
    }
    let mut listed = entries(&session);
    listed.sort();
    let wanted = [("empty", 0), ("large.bin", 3_000_000), ("small.txt", 17)];
    assert_eq!(listed, wanted.map(|(name, size)| (name.to_owned(), Some(size))));
    let verb = match mode {
        TransferMode::Active => "PORT",
        TransferMode::Passive => "PASV",
        TransferMode::ExtendedActive => "EPRT",
        TransferMode::ExtendedPassive => "EPSV",
    };
    let said = session.verbs();
    assert_eq!(said.iter().filter(|said| **said == verb).count(), 7, "{said:?}");
    let transfers = session.reports.iter().filter_map(|(conn, report)| match report {
        Report::Transfer { kind, .. } => Some((*conn, *kind)),
        _ => None,
    });
    let transfers: Vec<_> = transfers.collect();
    assert_eq!(
        transfers
            .iter()
            .filter(|(_, kind)| *kind == TransferKind::Listing)
            .count(),
        1
    );
    let mut conns: Vec<_> = transfers.iter().map(|(conn, _)| conn.unwrap()).collect();
    conns.dedup();
    assert_eq!(conns.len(), 7, "each transfer has a data connection of its own");
}

fn entries(session: &Session) -> Vec<(String, Option<u64>)> {
    let entries = session
        .listed()
        .into_iter()
        .map(|line| match ListingLine::parse(&line) {
            ListingLine::Entry(Entry { name, size, .. }) => (name, size),
            ListingLine::Other(other) => panic!("not understood: {other}"),
        });
    entries.collect()
}

#[test]
fn all_four_modes_list_download_and_upload() {
    let Some(server) = Vsftpd::on_ipv4() else { return };
    for mode in TransferMode::ALL {
        everything(&server, mode);
    }
}

#[test]
fn the_extended_modes_work_over_ipv6() {
    let Some(server) = Vsftpd::start((Ipv6Addr::LOCALHOST, 0).into()) else {
        eprintln!("skipped: this machine has no IPv6 loopback");
        return;
    };
    everything(&server, TransferMode::ExtendedActive);
    everything(&server, TransferMode::ExtendedPassive);
}

#[test]
fn a_no_is_an_answer_and_the_session_goes_on() {
    let Some(server) = Vsftpd::on_ipv4() else { return };
    for mode in TransferMode::ALL {
        let local = tempfile::tempdir().unwrap();
        fs::write(local.path().join("mine"), b"mine").unwrap();
        let actions = vec![
            connect(),
            log_in("root", "not-the-password"),
            log_in("anonymous", "guest@example.org"),
            get("pub/missing"),
            put("mine", "pub/not-here"),
            list("pub"),
            Action::ChangeDirectory {
                path: argument("nowhere"),
            },
            get("pub/small.txt"),
            Action::Raw { line: argument("WHAT") },
            Action::Quit,
        ];
        let session = Session::run(server.config(mode), local.path(), actions);
        let codes: Vec<u16> = session
            .outcomes()
            .iter()
            .map(|outcome| match outcome {
                Outcome::Done => 0,
                Outcome::Denied { code, .. } => *code,
                other => panic!("{mode:?}: {other:?}"),
            })
            .collect();
        assert_eq!(codes, [0, 530, 0, 550, 553, 0, 550, 0, 500, 0], "{mode:?}");
        assert!(!local.path().join("missing").exists());
        assert_eq!(entries(&session).len(), 3);
    }
}

/// Large enough that no transfer of it ends before it can be aborted.
const HUGE: u64 = 1 << 30;

#[test]
fn an_abort_stops_a_transfer_and_not_the_session() {
    let Some(server) = Vsftpd::on_ipv4() else { return };
    let huge = |at: PathBuf| fs::File::create(at).unwrap().set_len(HUGE).unwrap();
    huge(server.root().join("pub/huge"));
    for mode in TransferMode::ALL {
        for upload in [false, true] {
            let local = tempfile::tempdir().unwrap();
            if upload {
                huge(local.path().join("huge"));
            }
            let transfer = if upload {
                put("huge", &format!("incoming/{mode:?}-huge"))
            } else {
                get("pub/huge")
            };
            let actions = vec![connect(), log_in("anonymous", "guest@example.org"), transfer];
            let session = Session::run_and_react(server.config(mode), local.path(), actions, |report, sender| {
                if matches!(report, Report::Progress { .. })
                    && let Some(sender) = sender.take()
                {
                    for action in [Action::Abort, list("pub"), Action::Quit] {
                        sender.try_send(action).unwrap();
                    }
                }
            });
            use Outcome::{Aborted, Done};
            assert_eq!(
                session.outcomes(),
                [Done, Done, Aborted, Done, Done, Done],
                "{mode:?}: {:#?}",
                session.reports
            );
            assert_eq!(entries(&session).len(), 4);
            let moved = if upload {
                fs::metadata(server.root().join(format!("incoming/{mode:?}-huge")))
            } else {
                fs::metadata(local.path().join("huge"))
            };
            assert!(moved.unwrap().len() < HUGE);
        }
    }
}

#[test]
fn nobody_there_is_a_refusal() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let nobody = listener.local_addr().unwrap();
    drop(listener);
    let local = tempfile::tempdir().unwrap();
    let session = Session::run(Config::new(nobody), local.path(), vec![connect()]);
    let trouble = Trouble::ControlConnect {
        why: ConnectError::Refused,
    };
    assert_eq!(session.outcomes(), [Outcome::Failed { trouble }]);
}
