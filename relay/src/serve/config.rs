//! What an operator has set: the command line, and a file in TOML that holds the same and more.

use std::fs;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

use portolan_wire::Argument;
use portolan_wire::relay::{Limits, Tls};
use serde::Deserialize;

use crate::Trouble;
use crate::cli::{PortRange, Reach};
use crate::guard::{Guard, Target};
use crate::hub::{Bounds, OnOffer};
use crate::tls;

/// The file. Unknown keys are refused by name and line.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct File {
    /// As `--listen`.
    pub(super) listen: Option<SocketAddr>,
    /// As `--origin`.
    #[serde(default)]
    pub(super) origins: Vec<String>,
    /// As `--token-file`.
    pub(super) token_file: Option<PathBuf>,
    /// As `--allow`.
    #[serde(default)]
    allow: Vec<String>,
    /// As `--allow-data`.
    #[serde(default)]
    allow_data: Vec<String>,
    /// Whether the sandbox servers run; they do if nothing is said.
    pub(super) sandbox: Option<bool>,
    #[serde(default)]
    limits: LimitsOf,
    /// Servers on offer. What is on offer is allowed.
    #[serde(default, rename = "target")]
    targets: Vec<Named>,
}

/// The limits that can be set.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
struct LimitsOf {
    /// Sessions at once.
    sessions: usize,
    /// Sockets at once.
    sockets: usize,
    /// The longest file, in bytes.
    file_bytes: u64,
    /// The longest log of a session, in bytes.
    log_bytes: u64,
    /// A session in which nobody acts ends after so many seconds.
    idle_seconds: u32,
    /// A session whose driver is gone ends after so many seconds.
    away_seconds: u32,
}

/// A server on offer.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Named {
    name: String,
    address: String,
    /// What sessions with it are opened with.
    #[serde(default)]
    tls: Tls,
    /// The certificate that it has to show, whoever vouches for it.
    certificate_sha256: Option<String>,
    user: Option<String>,
    password: Option<String>,
    password_file: Option<PathBuf>,
}

impl Default for LimitsOf {
    fn default() -> Self {
        Self {
            sessions: 64,
            sockets: 1024,
            file_bytes: 1 << 30,
            log_bytes: 16 << 20,
            idle_seconds: 900,
            away_seconds: 120,
        }
    }
}

/// Who may be reached, and what is kept to.
pub(super) struct Settings {
    pub(super) guard: Guard,
    pub(super) servers: Vec<OnOffer>,
    pub(super) limits: Limits,
    pub(super) bounds: Bounds,
}

impl File {
    /// Reads the file that `reach` names, if it names one.
    pub(super) fn read(reach: &Reach) -> Result<Self, Trouble> {
        let Some(path) = &reach.config else {
            return Ok(Self::default());
        };
        let text = read_text(path)?;
        toml::from_str(&text).map_err(|error| Trouble::Wrong(format!("{}: {error}", path.display())))
    }

    /// Puts the file and the command line together.
    pub(super) fn settings(&self, reach: &Reach) -> Result<Settings, Trouble> {
        let mut allowed = Vec::new();
        for text in self.allow.iter().chain(&reach.allow) {
            allowed.push(target(text)?);
        }
        let mut data = Vec::new();
        for text in self.allow_data.iter().chain(&reach.allow_data) {
            data.push(data_ports(text)?);
        }
        let mut servers = Vec::new();
        for named in &self.targets {
            let server = named.on_offer()?;
            if server.name == SANDBOX || servers.iter().any(|other: &OnOffer| other.name == server.name) {
                return Err(Trouble::Wrong(format!("two targets have the name \"{}\"", server.name)));
            }
            allowed.push(server.target.clone());
            servers.push(server);
        }
        let limits = &self.limits;
        Ok(Settings {
            guard: Guard::new(allowed, data),
            servers,
            limits: Limits {
                file: limits.file_bytes,
                log: limits.log_bytes,
                idle: limits.idle_seconds,
                away: limits.away_seconds,
            },
            bounds: Bounds {
                sessions: limits.sessions,
                sockets: limits.sockets,
            },
        })
    }
}

/// The name of the relay's own sandbox among the servers on offer.
pub(super) const SANDBOX: &str = "sandbox";

impl Named {
    fn on_offer(&self) -> Result<OnOffer, Trouble> {
        let wrong = |why: &str| Trouble::Wrong(format!("target \"{}\": {why}", self.name));
        let password = match (&self.password, &self.password_file) {
            (Some(_), Some(_)) => return Err(wrong("either password or password-file")),
            (Some(password), None) => Some(password.clone()),
            (None, Some(path)) => Some(read_text(path)?.trim_end_matches(['\r', '\n']).to_owned()),
            (None, None) => None,
        };
        let argument = |text: &str, what: &str| {
            Argument::new(text).map_err(|_| wrong(&format!("the {what} holds a line end or a NUL, or is too long")))
        };
        let credentials = match (&self.user, password) {
            (Some(user), Some(password)) => Some((argument(user, "user")?, argument(&password, "password")?)),
            (None, None) => None,
            _ => return Err(wrong("a user and a password belong together")),
        };
        let pin = self.certificate_sha256.as_deref().map(tls::parse_fingerprint);
        let pin = pin.transpose();
        Ok(OnOffer {
            name: self.name.clone(),
            target: target(&self.address)?,
            implicit: None,
            tls: vec![self.tls],
            pin: pin.map_err(|why| wrong(&format!("certificate-sha256: {why}")))?,
            sandbox: None,
            credentials,
        })
    }
}

/// A secret's file, or another short one.
pub(super) fn read_text(path: &Path) -> Result<String, Trouble> {
    fs::read_to_string(path).map_err(|error| Trouble::Wrong(format!("{} cannot be read: {error}", path.display())))
}

fn target(text: &str) -> Result<Target, Trouble> {
    let shown = portolan_wire::visible(text);
    text.parse().map_err(|why| Trouble::Wrong(format!("`{shown}`: {why}")))
}

/// ADDRESS:FIRST-LAST.
fn data_ports(text: &str) -> Result<(IpAddr, PortRange), Trouble> {
    let shown = portolan_wire::visible(text);
    let wrong = |why: &str| Trouble::Wrong(format!("`{shown}`: {why}"));
    let shape = "data ports are ADDRESS:FIRST-LAST, as in 127.0.0.1:60000-60099 or [::1]:60000-60099";
    let (address, ports) = text.rsplit_once(':').ok_or_else(|| wrong(shape))?;
    let bare = address.strip_prefix('[').and_then(|text| text.strip_suffix(']'));
    let address = bare.unwrap_or(address).parse().map_err(|_| wrong(shape))?;
    Ok((address, ports.parse().map_err(|why: String| wrong(&why))?))
}

/// A password is no text for messages about mistakes.
impl core::fmt::Debug for Named {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Named")
            .field("name", &self.name)
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<File, String> {
        toml::from_str(text).map_err(|error| error.to_string())
    }

    fn why(text: &str) -> String {
        match read(text).unwrap().settings(&Reach::default()) {
            Err(Trouble::Wrong(why)) => why,
            _ => panic!("{text} is taken"),
        }
    }

    #[test]
    fn a_file_says_all_that_can_be_said() {
        let file = read(
            r#"
            listen = "127.0.0.1:9000"
            origins = ["https://portolan.example.org"]
            token-file = "/etc/portolan/token"
            allow = ["ftp.example.org:21"]
            allow-data = ["127.0.0.1:60000-60099"]
            sandbox = false
            [limits]
            sessions = 3
            file-bytes = 1000
            [[target]]
            name = "class"
            address = "ftp.example.net:21"
            tls = "explicit"
            certificate-sha256 = "0707070707070707070707070707070707070707070707070707070707070707"
            user = "anna"
            password = "secret"
            "#,
        )
        .unwrap();
        let shown = format!("{file:?}");
        assert!(!shown.contains("secret"), "{shown}");
        let settings = file.settings(&Reach::default()).unwrap();
        assert_eq!(settings.bounds.sessions, 3);
        assert_eq!((settings.limits.file, settings.limits.idle), (1000, 900));
        assert_eq!(settings.servers.len(), 1);
        assert_eq!(settings.servers[0].tls, [Tls::Explicit]);
        assert_eq!(settings.servers[0].pin, Some([7; 32]));
        assert!(settings.guard.allows_some());
    }

    #[test]
    fn unknown_keys_are_refused_by_name_and_line() {
        let error = read("listen = \"127.0.0.1:1\"\nallow-all = true\n").unwrap_err();
        assert!(error.contains("allow-all") && error.contains("line 2"), "{error}");
        let error = read("[limits]\nsessions = 1\nfile = 3\n").unwrap_err();
        assert!(error.contains("`file`") && error.contains("line 3"), "{error}");
        let error = read("[[target]]\nname = \"a\"\naddress = \"b:1\"\nsecret = 1\n").unwrap_err();
        assert!(error.contains("`secret`") && error.contains("line 4"), "{error}");
    }

    #[test]
    fn what_makes_no_sense_is_said_so() {
        assert!(why("allow = [\"ftp.example.org\"]").contains("HOST:PORT"));
        assert!(why("allow = [\"0x7f.1:21\"]").contains("four decimal numbers"));
        assert!(why("allow-data = [\"127.0.0.1:5\"]").contains("FIRST-LAST"));
        let named = |rest: &str| format!("[[target]]\nname = \"a\"\naddress = \"b.example:21\"\n{rest}");
        assert!(why(&named("user = \"x\"")).contains("belong together"));
        assert!(why(&named("certificate-sha256 = \"abc\"")).contains("64 hexadecimal digits"));
        assert!(read(&named("tls = \"perhaps\"")).unwrap_err().contains("`perhaps`"));
        let crlf = why(&named("user = \"x\"\npassword = \"hush\\r\\nDELE\""));
        assert!(crlf.contains("line end") && !crlf.contains("hush"), "{crlf}");
        assert!(why(&format!("{}{}", named(""), named(""))).contains("two targets"));
    }
}
