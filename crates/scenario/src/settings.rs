//! Settings: what a user may change about a scenario without writing one. `--set latency=20ms`.

use core::fmt;

use portolan_wire::Duration;
use portolan_wire::action::TransferMode;
use portolan_wire::ordered::Map;
use portolan_wire::security::Protection;

use crate::file::{
    Certificate, File, Generated, Host, HostRole, Ip, Loss, PortRange, Rate, Rule, Scenario, Security, Span, Step, Tls,
    TlsVersion, Traffic, UnitError, Verb, Verdict, check, limits,
};

/// Settings that differ from a scenario's own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    chosen: Map<Key, Setting>,
}

/// One setting with its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Setting {
    Mode(TransferMode),
    Ip(Ip),
    Latency(Span),
    Bandwidth(Rate),
    Loss(Loss),
    Ephemeral(PortRange),
    Passive(PortRange),
    ClientBlocksIncoming(bool),
    FileSize(u64),
    Tls(TlsVersion),
    Prot(Protection),
    Ccc(bool),
    ReuseRequired(bool),
    ClientResumes(bool),
    Certificate(Certificate),
}

/// The settings there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Key {
    /// `mode`: how the client makes data connections at first. A step of the plan that does `mode` still has its say.
    Mode,
    /// `ip`: which version of IP is in use.
    Ip,
    /// `latency`: how long a packet takes over each link, one way.
    Latency,
    /// `bandwidth`: what each link carries, each way.
    Bandwidth,
    /// `loss`: how many packets each link loses.
    Loss,
    /// `ephemeral`: the ports that the client's system takes for outgoing calls.
    Ephemeral,
    /// `passive`: the ports that FTP servers listen on for passive data connections.
    Passive,
    /// `client-blocks-incoming`: whether the client's firewall drops incoming calls.
    ClientBlocksIncoming,
    /// `file-size`: the size of the file that the plan downloads first; its content is generated.
    FileSize,
    /// `tls`: the version of TLS.
    Tls,
    /// `prot`: what data connections are protected by at first.
    Prot,
    /// `ccc`: whether the control connection is cleared behind the login.
    Ccc,
    /// `reuse-required`: whether servers demand that data connections resume the control connection's session.
    ReuseRequired,
    /// `client-resumes`: whether the client's data connections do.
    ClientResumes,
    /// `certificate`: what the servers' certificate is worth.
    Certificate,
}

/// Why a setting is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SettingError {
    /// Not `KEY=VALUE`.
    Form {
        /// As it stands.
        text: String,
    },
    /// There is no such setting.
    Unknown {
        /// The key as it stands.
        key: String,
    },
    /// The setting stands there twice.
    Twice {
        /// Which.
        key: Key,
    },
    /// The value is not one that the setting can have.
    Value {
        /// Which setting.
        key: Key,
        /// The value as it stands.
        value: String,
    },
    /// The scenario has nothing that this setting could change.
    Useless {
        /// Which setting.
        key: Key,
    },
    /// A host has no address of the version of IP that was chosen.
    NoAddress {
        /// The host's name.
        host: String,
        /// The version.
        ip: Ip,
    },
}

impl Key {
    /// All of them.
    pub const ALL: [Self; 15] = [
        Self::Mode,
        Self::Ip,
        Self::Latency,
        Self::Bandwidth,
        Self::Loss,
        Self::Ephemeral,
        Self::Passive,
        Self::ClientBlocksIncoming,
        Self::FileSize,
        Self::Tls,
        Self::Prot,
        Self::Ccc,
        Self::ReuseRequired,
        Self::ClientResumes,
        Self::Certificate,
    ];

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Mode => "mode",
            Self::Ip => "ip",
            Self::Latency => "latency",
            Self::Bandwidth => "bandwidth",
            Self::Loss => "loss",
            Self::Ephemeral => "ephemeral",
            Self::Passive => "passive",
            Self::ClientBlocksIncoming => "client-blocks-incoming",
            Self::FileSize => "file-size",
            Self::Tls => "tls",
            Self::Prot => "prot",
            Self::Ccc => "ccc",
            Self::ReuseRequired => "reuse-required",
            Self::ClientResumes => "client-resumes",
            Self::Certificate => "certificate",
        }
    }

    /// What it changes, in words.
    #[must_use]
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Mode => "how the client makes data connections at first",
            Self::Ip => "the version of IP in use",
            Self::Latency => "how long a packet takes over each link, one way",
            Self::Bandwidth => "what each link carries, each way",
            Self::Loss => "how many packets each link loses, each way",
            Self::Ephemeral => "the ports that the client's system takes for outgoing calls",
            Self::Passive => "the ports that the FTP server listens on for passive data connections",
            Self::ClientBlocksIncoming => "whether the client's firewall drops incoming calls",
            Self::FileSize => "the size in bytes of the file that is downloaded first",
            Self::Tls => "the version of TLS",
            Self::Prot => "what data connections are protected by at first",
            Self::Ccc => "whether the control connection is readable again behind the login",
            Self::ReuseRequired => "whether data connections have to resume the control connection's TLS session",
            Self::ClientResumes => "whether the client's data connections resume the control connection's TLS session",
            Self::Certificate => "what the server's certificate is worth",
        }
    }

    /// Which values it can have, in words.
    #[must_use]
    pub const fn allowed(self) -> &'static str {
        match self {
            Self::Mode => "active, passive, extended-active or extended-passive",
            Self::Ip => "4 or 6",
            Self::Latency => "a time from 0ms to 5s, as in 20ms",
            Self::Bandwidth => "a rate from 8kbit/s to 100Gbit/s, as in 100Mbit/s",
            Self::Loss => "a share from 0% to 50%, as in 1% or 0.5%",
            Self::Ephemeral => "two ports from 1024 to 65535, as in 32768-60999",
            Self::Passive => "two ports from 1024 to 65535, as in 60000-65535",
            Self::ClientBlocksIncoming => "true or false",
            Self::FileSize => "a whole number of bytes from 0 to 134217728",
            Self::Tls => "1.2 or 1.3",
            Self::Prot => "C or P",
            Self::Ccc | Self::ReuseRequired | Self::ClientResumes => "true or false",
            Self::Certificate => "trusted, self-signed, expired or wrong-name",
        }
    }

    /// The value that `text` means.
    fn read(self, text: &str) -> Option<Setting> {
        Some(match self {
            Self::Mode => Setting::Mode(TransferMode::ALL.into_iter().find(|mode| mode_name(*mode) == text)?),
            Self::Ip => Setting::Ip(text.parse().ok().and_then(|number: u8| Ip::try_from(number).ok())?),
            Self::Latency => Setting::Latency(within(text, Span(Duration::ZERO), Span(limits::LATENCY))?),
            Self::Bandwidth => Setting::Bandwidth(within(text, Rate(limits::SLOWEST), Rate(limits::FASTEST))?),
            Self::Loss => Setting::Loss(within(text, Loss(0), Loss(limits::LOSS))?),
            Self::Ephemeral => Setting::Ephemeral(dynamic(text)?),
            Self::Passive => Setting::Passive(dynamic(text)?),
            Self::ClientBlocksIncoming => Setting::ClientBlocksIncoming(text.parse().ok()?),
            Self::FileSize => Setting::FileSize(text.parse().ok().filter(|size| *size <= limits::GENERATED)?),
            Self::Tls => Setting::Tls(match text {
                "1.2" => TlsVersion::V12,
                "1.3" => TlsVersion::V13,
                _ => return None,
            }),
            Self::Prot => Setting::Prot(Protection::ALL.into_iter().find(|level| level.letter() == text)?),
            Self::Ccc => Setting::Ccc(text.parse().ok()?),
            Self::ReuseRequired => Setting::ReuseRequired(text.parse().ok()?),
            Self::ClientResumes => Setting::ClientResumes(text.parse().ok()?),
            Self::Certificate => Setting::Certificate(Certificate::ALL.into_iter().find(|worth| worth.name() == text)?),
        })
    }
}

impl Settings {
    /// None: everything as the scenario has it.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads settings, each a key and a value.
    ///
    /// # Errors
    /// When a key is unknown or given twice, or a value is not one that the setting can have.
    pub fn read<K: AsRef<str>, V: AsRef<str>>(pairs: impl IntoIterator<Item = (K, V)>) -> Result<Self, SettingError> {
        let mut settings = Self::new();
        for (key, value) in pairs {
            settings.add(key.as_ref(), value.as_ref())?;
        }
        Ok(settings)
    }

    /// Adds one that is written `KEY=VALUE`.
    ///
    /// # Errors
    /// As [`Settings::read`], and when there is no `=`.
    pub fn add_text(&mut self, text: &str) -> Result<(), SettingError> {
        let (key, value) = text
            .split_once('=')
            .ok_or_else(|| SettingError::Form { text: text.to_owned() })?;
        self.add(key.trim(), value.trim())
    }

    fn add(&mut self, key: &str, value: &str) -> Result<(), SettingError> {
        let Some(known) = Key::ALL.into_iter().find(|known| known.name() == key) else {
            return Err(SettingError::Unknown { key: key.to_owned() });
        };
        let setting = known.read(value).ok_or_else(|| SettingError::Value {
            key: known,
            value: value.to_owned(),
        })?;
        match self.chosen.insert(known, setting) {
            Some(_) => Err(SettingError::Twice { key: known }),
            None => Ok(()),
        }
    }

    /// Keys and values as text, in their one form: what the log's header holds, and what [`Settings::read`] reads.
    #[must_use]
    pub fn texts(&self) -> Map<String, String> {
        self.chosen
            .iter()
            .map(|(key, setting)| (key.name().to_owned(), setting.to_string()))
            .collect()
    }

    /// The scenario with these settings.
    ///
    /// # Errors
    /// When the scenario has nothing that a setting could change, or no addresses of the version of IP that was chosen.
    pub fn apply(&self, mut scenario: Scenario) -> Result<Scenario, SettingError> {
        for (key, setting) in &self.chosen {
            if !setting.apply(&mut scenario) {
                return Err(SettingError::Useless { key: *key });
            }
        }
        let ip = scenario.world.ip;
        let has_address = |host: &&Host| host.addresses.iter().any(|address| ip.has(address));
        if let Some(host) = scenario.world.hosts.iter().find(|host| !has_address(host)) {
            let host = host.name.clone();
            return Err(SettingError::NoAddress { host, ip });
        }
        debug_assert_eq!(check(&scenario), Ok(()), "no other setting spoils a scenario");
        Ok(scenario)
    }
}

impl Setting {
    /// Changes the scenario. Says whether there was anything to change.
    fn apply(self, scenario: &mut Scenario) -> bool {
        let world = &mut scenario.world;
        match self {
            Self::Mode(mode) => scenario.mode = mode,
            Self::Ip(ip) => world.ip = ip,
            Self::Latency(latency) => world.links.iter_mut().for_each(|link| link.latency = latency),
            Self::Bandwidth(rate) => world.links.iter_mut().for_each(|link| link.bandwidth = rate),
            Self::Loss(loss) => world.links.iter_mut().for_each(|link| link.loss = loss),
            Self::Ephemeral(range) => {
                for host in clients(scenario) {
                    let old = host.ephemeral.replace(range).unwrap_or(PortRange::DYNAMIC);
                    host.pinned_ports
                        .retain(|port| !old.contains(*port) || range.contains(*port));
                }
            }
            Self::Passive(range) => {
                let with_ftp = world.hosts.iter_mut().filter(|host| !host.ftp.is_empty());
                let mut any = false;
                for host in with_ftp {
                    any = true;
                    // The user's range goes before the story's ports.
                    for ftp in &mut host.ftp {
                        let old = core::mem::replace(&mut ftp.passive, range);
                        host.pinned_ports
                            .retain(|port| !old.contains(*port) || range.contains(*port));
                    }
                }
                return any;
            }
            Self::ClientBlocksIncoming(blocks) => {
                let rule = Rule {
                    traffic: Traffic::IncomingCalls,
                    ports: None,
                    verdict: Verdict::Drop,
                };
                for host in clients(scenario) {
                    host.firewall.retain(|rule| rule.traffic != Traffic::IncomingCalls);
                    host.firewall.extend(blocks.then_some(rule));
                }
            }
            Self::FileSize(size) => return resize(scenario, size),
            Self::Tls(version) => return each_tls(scenario, |tls| tls.version = version),
            Self::ReuseRequired(required) => return each_tls(scenario, |tls| tls.reuse_required = required),
            Self::Certificate(worth) => return each_tls(scenario, |tls| tls.certificate = worth),
            Self::Prot(_) | Self::Ccc(_) | Self::ClientResumes(_) if scenario.security == Security::Never => {
                return false;
            }
            Self::Prot(level) => scenario.protection = level,
            Self::ClientResumes(resumes) => scenario.resumes = resumes,
            Self::Ccc(clears) => clear_control(scenario, clears),
        }
        true
    }
}

fn clients(scenario: &mut Scenario) -> impl Iterator<Item = &mut Host> {
    scenario
        .world
        .hosts
        .iter_mut()
        .filter(|host| host.role == HostRole::Client)
}

/// Changes what every server says of TLS. False if none speaks it.
fn each_tls(scenario: &mut Scenario, mut change: impl FnMut(&mut Tls)) -> bool {
    let services = scenario.world.hosts.iter_mut().flat_map(|host| &mut host.ftp);
    let mut any = false;
    for tls in services.filter_map(|ftp| ftp.tls.as_mut()) {
        change(tls);
        any = true;
    }
    any
}

/// Has the plan clear the control connection behind each login, or never.
fn clear_control(scenario: &mut Scenario, clears: bool) {
    scenario.plan.retain(|step| step.verb != Verb::ClearControl);
    if clears {
        let plan = core::mem::take(&mut scenario.plan);
        for step in plan {
            let is_login = step.verb == Verb::LogIn;
            let pause = step.pause;
            scenario.plan.push(step);
            if is_login {
                let step = Step::new(Verb::ClearControl, pause);
                scenario.plan.push(step);
            }
        }
    }
}

/// Gives the file that the plan downloads first another size.
fn resize(scenario: &mut Scenario, size: u64) -> bool {
    let Some(remote) = scenario
        .plan
        .iter()
        .find(|step| step.verb == Verb::Get)
        .and_then(|step| step.remote.as_ref())
    else {
        return false;
    };
    // The plan's name may be relative to where the client stands; the last part tells which file is meant.
    let wanted = remote.as_str();
    let is_it = |file: &File| {
        file.path == wanted
            || file
                .path
                .strip_suffix(wanted)
                .is_some_and(|directory| directory.ends_with('/'))
    };
    let servers = scenario
        .world
        .hosts
        .iter_mut()
        .filter(|host| host.role == HostRole::Server);
    for file in servers.flat_map(|host| host.files.iter_mut()) {
        if is_it(file) {
            let seed = file.generated.map_or(0, |generated| generated.seed);
            *file = File {
                path: file.path.clone(),
                text: None,
                hex: None,
                generated: Some(Generated { size, seed }),
            };
            return true;
        }
    }
    false
}

fn within<T: core::str::FromStr<Err = UnitError> + PartialOrd>(text: &str, least: T, most: T) -> Option<T> {
    text.parse().ok().filter(|value| least <= *value && *value <= most)
}

fn dynamic(text: &str) -> Option<PortRange> {
    text.parse()
        .ok()
        .filter(|range: &PortRange| range.first() >= limits::FIRST_DYNAMIC)
}

/// The mode's name on the command line.
pub(crate) const fn mode_name(mode: TransferMode) -> &'static str {
    match mode {
        TransferMode::Active => "active",
        TransferMode::Passive => "passive",
        TransferMode::ExtendedActive => "extended-active",
        TransferMode::ExtendedPassive => "extended-passive",
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The value alone, as it is written.
impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Mode(mode) => f.write_str(mode_name(*mode)),
            Self::Ip(ip) => write!(f, "{}", u8::from(*ip)),
            Self::Latency(span) => span.fmt(f),
            Self::Bandwidth(rate) => rate.fmt(f),
            Self::Loss(loss) => loss.fmt(f),
            Self::Ephemeral(range) | Self::Passive(range) => range.fmt(f),
            Self::ClientBlocksIncoming(blocks) => blocks.fmt(f),
            Self::FileSize(size) => size.fmt(f),
            Self::Tls(TlsVersion::V12) => f.write_str("1.2"),
            Self::Tls(TlsVersion::V13) => f.write_str("1.3"),
            Self::Prot(level) => f.write_str(level.letter()),
            Self::Ccc(is) | Self::ReuseRequired(is) | Self::ClientResumes(is) => is.fmt(f),
            Self::Certificate(worth) => f.write_str(worth.name()),
        }
    }
}

impl fmt::Display for SettingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = portolan_wire::visible;
        match self {
            Self::Form { text } => write!(
                f,
                "`{}` is no setting: write KEY=VALUE, as in latency=20ms",
                shown(text)
            ),
            Self::Unknown { key } => {
                let known: Vec<&str> = Key::ALL.into_iter().map(Key::name).collect();
                write!(
                    f,
                    "there is no setting `{}`; there are {}",
                    shown(key),
                    known.join(", ")
                )
            }
            Self::Twice { key } => write!(f, "the setting `{key}` is given twice"),
            Self::Value { key, value } => {
                write!(
                    f,
                    "`{}` is no value for `{key}`: it takes {}",
                    shown(value),
                    key.allowed()
                )
            }
            Self::Useless { key } => {
                write!(
                    f,
                    "this scenario has nothing that `{key}` could change ({})",
                    key.meaning()
                )
            }
            Self::NoAddress { host, ip } => write!(f, "`{host}` has no IPv{} address", u8::from(*ip)),
        }
    }
}

impl core::error::Error for SettingError {}

#[cfg(test)]
mod tests;
