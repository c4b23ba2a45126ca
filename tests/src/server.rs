//! FTP servers of the world: vsftpd and ProFTPD.
//!
//! They are started as inetd would: the test listens, and each session's server has the accepted socket for its
//! standard input. So there is no port to guess and nothing to wait for, and a server is gone when its session is.

use std::fs;
use std::net::{IpAddr, SocketAddr, TcpListener};
use std::os::fd::OwnedFd;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread::JoinHandle;

use tempfile::TempDir;

use crate::program;

/// What a user says for a password.
pub const PASSWORD: &str = "seagull-4711";

/// The same as `openssl passwd -6 -salt portolan` has it.
const HASH: &str = "$6$portolan$.d2on0xkFQVBVQ82DMaKYuc98C32EDOiapbVxn/KujcvQUjMzRTVVwog7NIKSc9uxiX1olSttztlhsu5Gbssw.";

/// A running server: `pub` to read from, `incoming` to write to.
pub struct Server {
    /// Where it listens.
    pub address: SocketAddr,
    /// Who may log in.
    pub user: &'static str,
    folder: TempDir,
    /// How it speaks TLS, and the SHA-256 of its certificate.
    tls: Option<(Tls, String)>,
    /// Told when the test is over.
    stop: mpsc::Sender<()>,
    serving: Option<JoinHandle<()>>,
}

/// How a server speaks TLS.
#[derive(Clone, Copy, Debug)]
pub struct Tls {
    /// Before the first word; otherwise when AUTH asks for it.
    pub implicit: bool,
    /// Whether a data connection has to resume a session of its control connection's.
    pub reuse: bool,
    /// What is spoken, `1.2` or `1.3`; the newest, where nothing is said. The client is told, as vsftpd 3.0.3 has no such choice.
    pub version: &'static str,
}

impl Tls {
    /// With AUTH, both versions of TLS, and nothing demanded but that data be protected.
    pub const EXPLICIT: Self = Self {
        implicit: false,
        reuse: false,
        version: "",
    };
}

/// What tells servers apart.
struct Make {
    program: &'static str,
    /// What stands before the configuration's path on the command line.
    arguments: &'static [&'static str],
    /// Who may log in.
    user: &'static str,
    /// The user of the machine that `incoming` belongs to.
    owner: &'static str,
    /// The configuration, in a folder.
    config: fn(&Path) -> String,
    /// What it says besides of TLS.
    tls: fn(&Path, Tls) -> String,
}

const VSFTPD: Make = Make {
    program: "vsftpd",
    arguments: &[],
    user: "anonymous",
    owner: "ftp",
    config: vsftpd,
    tls: vsftpd_tls,
};

const PROFTPD: Make = Make {
    program: "proftpd",
    arguments: &["--nodaemon", "--config"],
    user: "anna",
    owner: "nobody",
    config: proftpd,
    tls: proftpd_tls,
};

impl Server {
    /// vsftpd, with anonymous access. Nothing where it cannot run; that is said then.
    #[must_use]
    pub fn vsftpd(address: IpAddr) -> Option<Self> {
        Self::start(&VSFTPD, address, None)
    }

    /// The same with TLS.
    #[must_use]
    pub fn vsftpd_tls(address: IpAddr, tls: Tls) -> Option<Self> {
        Self::start(&VSFTPD, address, Some(tls))
    }

    /// ProFTPD, with a user and a password. Nothing where it cannot run; that is said then.
    #[must_use]
    pub fn proftpd(address: IpAddr) -> Option<Self> {
        Self::start(&PROFTPD, address, None)
    }

    /// The same with TLS.
    #[must_use]
    pub fn proftpd_tls(address: IpAddr, tls: Tls) -> Option<Self> {
        if !Path::new(MOD_TLS).exists() {
            program::skip("ProFTPD's mod_tls is missing");
            return None;
        }
        Self::start(&PROFTPD, address, Some(tls))
    }

    fn start(make: &'static Make, address: IpAddr, tls: Option<Tls>) -> Option<Self> {
        let program = program::find(make.program)?;
        if !program::is_root("FTP servers let nobody log in unless root starts them") {
            return None;
        }
        let Ok(listener) = TcpListener::bind((address, 0)) else {
            program::skip(&format!("nobody can listen on {address} here"));
            return None;
        };
        let address = listener.local_addr().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let config = lay_out(folder.path(), make);
        let tls = tls.map(|tls| {
            let mut text = fs::read_to_string(&config).unwrap();
            text.push_str(&(make.tls)(folder.path(), tls));
            fs::write(&config, text).unwrap();
            (tls, certificate(folder.path()))
        });
        let (stop, stopped) = mpsc::channel();
        let serving = Some(std::thread::spawn(move || {
            let session = || {
                let mut session = Command::new(&program);
                session.args(make.arguments).arg(&config);
                session
            };
            serve(&listener, session, &stopped);
        }));
        Some(Self {
            address,
            user: make.user,
            folder,
            tls,
            stop,
            serving,
        })
    }

    /// What lies there as `/`.
    #[must_use]
    pub fn root(&self) -> PathBuf {
        self.folder.path().join("root")
    }

    /// A URL that lets one in.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        let scheme = match &self.tls {
            None => "ftp",
            Some((Tls { implicit: false, .. }, _)) => "ftpes",
            Some((Tls { implicit: true, .. }, _)) => "ftps",
        };
        format!("{scheme}://{}:{PASSWORD}@{}/{path}", self.user, self.address)
    }

    /// What tells `portolan connect` whom to trust.
    #[must_use]
    pub fn trust(&self) -> Vec<String> {
        match &self.tls {
            None => Vec::new(),
            Some((Tls { version: "", .. }, sha256)) => vec!["--pin".to_owned(), sha256.clone()],
            Some((Tls { version, .. }, sha256)) => ["--pin", sha256, "--tls", version].map(str::to_owned).to_vec(),
        }
    }

    /// When it speaks TLS, as the relay's conversation has it.
    #[must_use]
    pub fn tls(&self) -> Option<&'static str> {
        let (tls, _) = self.tls.as_ref()?;
        Some(if tls.implicit { "implicit" } else { "explicit" })
    }

    /// The SHA-256 of its certificate.
    #[must_use]
    pub fn fingerprint(&self) -> Option<&str> {
        self.tls.as_ref().map(|(_, sha256)| sha256.as_str())
    }

    /// Where the certificate lies: it vouches for itself.
    #[must_use]
    pub fn certificate(&self) -> PathBuf {
        self.folder.path().join("certificate.pem")
    }

    /// Puts a file there that its user may change if it lies in `incoming`.
    pub fn put(&self, path: &str, content: &[u8]) {
        use std::os::unix::fs::MetadataExt;
        let file = self.root().join(path);
        fs::write(&file, content).unwrap();
        let about = fs::metadata(file.parent().unwrap()).unwrap();
        chown(&file, Some(about.uid()), Some(about.gid())).unwrap();
    }
}

impl Drop for Server {
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

fn serve(listener: &TcpListener, session: impl Fn() -> Command, stopped: &mpsc::Receiver<()>) {
    let mut sessions: Vec<Child> = Vec::new();
    for stream in listener.incoming() {
        if stopped.try_recv().is_ok() {
            break;
        }
        let stream = OwnedFd::from(stream.unwrap());
        let session = session()
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
fn lay_out(folder: &Path, make: &Make) -> PathBuf {
    let root = folder.join("root");
    let incoming = root.join("incoming");
    let chroot = folder.join("empty");
    for directory in [&root.join("pub"), &incoming, &chroot] {
        fs::create_dir_all(directory).unwrap();
    }
    for directory in [folder, &root] {
        fs::set_permissions(directory, fs::Permissions::from_mode(0o755)).unwrap();
    }
    let (user, group) = ids_of(make.owner);
    chown(&incoming, Some(user), Some(group)).unwrap();
    for (name, content) in contents() {
        fs::write(root.join("pub").join(name), content).unwrap();
    }
    let config = folder.join("server.conf");
    fs::write(&config, (make.config)(folder)).unwrap();
    config
}

fn vsftpd(folder: &Path) -> String {
    format!(
        "listen=NO\nlisten_ipv6=NO\nbackground=NO\nseccomp_sandbox=NO\nisolate=NO\nisolate_network=NO\n\
         secure_chroot_dir={folder}/empty\nanon_root={folder}/root\nanonymous_enable=YES\nlocal_enable=NO\n\
         no_anon_password=NO\nwrite_enable=YES\nanon_upload_enable=YES\nanon_mkdir_write_enable=YES\n\
         anon_other_write_enable=YES\nascii_upload_enable=YES\nascii_download_enable=YES\nanon_umask=022\nutf8_filesystem=YES\nconnect_from_port_20=NO\n\
         xferlog_enable=NO\nidle_session_timeout=30\ndata_connection_timeout=30\naccept_timeout=30\n\
         connect_timeout=30\n",
        folder = folder.display(),
    )
}

fn proftpd(folder: &Path) -> String {
    let (user, group) = ids_of(PROFTPD.owner);
    let users = folder.join("users");
    let (name, place) = (PROFTPD.user, folder.display());
    fs::write(
        &users,
        format!("{name}:{HASH}:{user}:{group}::{place}/root:/bin/false\n"),
    )
    .unwrap();
    // It refuses a file that others may read.
    fs::set_permissions(&users, fs::Permissions::from_mode(0o600)).unwrap();
    format!(
        "ServerName world\nServerType inetd\nDefaultServer on\nUseIPv6 on\nUseReverseDNS off\n\
         User nobody\nGroup nogroup\nUmask 022\nAllowOverwrite on\nAllowStoreRestart on\nAllowRetrieveRestart on\n\
         PassivePorts 49152 65535\nRequireValidShell off\nAuthPAM off\nAuthOrder mod_auth_file.c\n\
         AuthUserFile {place}/users\nDefaultRoot ~\nScoreboardFile {place}/scores\nSystemLog {place}/log\n\
         TransferLog none\nWtmpLog off\nDelayEngine off\nTimeoutIdle 30\nTimeoutNoTransfer 30\nTimeoutStalled 30\n"
    )
}

fn vsftpd_tls(folder: &Path, tls: Tls) -> String {
    let yes = |is: bool| if is { "YES" } else { "NO" };
    let place = folder.display();
    format!(
        "ssl_enable=YES\nallow_anon_ssl=YES\nforce_anon_logins_ssl=YES\nforce_anon_data_ssl=NO\n\
         rsa_cert_file={place}/certificate.pem\nrsa_private_key_file={place}/key.pem\nssl_ciphers=HIGH\n\
         implicit_ssl={}\nrequire_ssl_reuse={}\n",
        yes(tls.implicit),
        yes(tls.reuse),
    )
}

/// Where ProFTPD's TLS is, which is a package of its own.
const MOD_TLS: &str = "/usr/local/lib/proftpd/mod_tls.so";

fn proftpd_tls(folder: &Path, tls: Tls) -> String {
    let place = folder.display();
    // Without the first option it demands that data connections resume.
    let mut options = Vec::new();
    if !tls.reuse {
        options.push("NoSessionReuseRequired");
    }
    if tls.implicit {
        options.push("UseImplicitSSL");
    }
    let options = match options.is_empty() {
        true => String::new(),
        false => format!("TLSOptions {}\n", options.join(" ")),
    };
    format!(
        "ModulePath /usr/local/lib/proftpd\nLoadModule mod_tls.c\nTLSEngine on\nTLSLog {place}/tls.log\n\
         TLSProtocol TLSv1.2 TLSv1.3\nTLSRSACertificateFile {place}/certificate.pem\n\
         TLSRSACertificateKeyFile {place}/key.pem\nTLSVerifyClient off\nTLSRequired auth+data\n{options}"
    )
}

/// Makes a certificate for this machine's loopback, and its key; says its SHA-256.
fn certificate(folder: &Path) -> String {
    use std::fmt::Write as _;

    use sha2::{Digest, Sha256};

    // What every server's OpenSSL takes under the name of RSA too.
    let key = rcgen::KeyPair::generate().unwrap();
    let names = ["localhost", "127.0.0.1", "::1"].map(str::to_owned);
    let params = rcgen::CertificateParams::new(names).unwrap();
    let certificate = params.self_signed(&key).unwrap();
    fs::write(folder.join("certificate.pem"), certificate.pem()).unwrap();
    fs::write(folder.join("key.pem"), key.serialize_pem()).unwrap();
    fs::set_permissions(folder.join("key.pem"), fs::Permissions::from_mode(0o600)).unwrap();
    let mut digits = String::new();
    for byte in Sha256::digest(certificate.der()) {
        write!(digits, "{byte:02x}").unwrap();
    }
    digits
}

fn ids_of(name: &str) -> (u32, u32) {
    let users = fs::read_to_string("/etc/passwd").unwrap();
    let user = users.lines().find(|line| line.split(':').next() == Some(name));
    let fields: Vec<&str> = user.expect("the server's user").split(':').collect();
    (fields[2].parse().unwrap(), fields[3].parse().unwrap())
}

/// What lies in `pub`: an empty file, a small one and one of many blocks, with every byte in it: line ends too.
#[must_use]
pub fn contents() -> [(&'static str, Vec<u8>); 3] {
    let large = (0..3_000_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8);
    [
        ("empty", Vec::new()),
        ("small.txt", b"line\nline\r\nno end".to_vec()),
        ("large.bin", large.collect()),
    ]
}
