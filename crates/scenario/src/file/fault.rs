//! What can be wrong with a scenario, as values; the sentences are their `Display`.

use core::fmt;

use super::plan::StepError;

/// Something wrong with a scenario: where, and what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The way to the value, from the top of the file.
    pub at: Vec<At>,
    /// What is wrong with it.
    pub fault: Fault,
}

/// One step of the way to a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At {
    /// Under this key.
    Key(&'static str),
    /// The element of this number, from 0.
    Index(usize),
}

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// A name with other characters than small letters, digits and hyphens, or none at all, or too long.
    Name {
        /// As it stands.
        name: String,
        /// The most characters.
        most: usize,
    },
    /// Two things have one name.
    Twice {
        /// The name.
        name: String,
    },
    /// Nothing stands where something must.
    Empty {
        /// What is missing: `a plan needs at least one step`.
        needs: &'static str,
    },
    /// Too many or too much.
    TooMany {
        /// What is counted: `hosts`, `bytes of files`.
        what: &'static str,
        /// How many there are.
        count: u64,
        /// How many there may be.
        most: u64,
    },
    /// A text is too long.
    TooLong {
        /// Its length, in characters or words.
        count: usize,
        /// How long it may be.
        most: usize,
        /// `characters` or `words`.
        unit: &'static str,
    },
    /// A number below 2^53 is wanted, so that every JSON reader keeps it whole.
    NumberTooLarge,
    /// A value outside what is allowed.
    OutOfRange {
        /// As it stands.
        value: String,
        /// The lowest.
        least: String,
        /// The highest.
        most: String,
    },
    /// Port 0.
    PortZero,
    /// One port is listened on twice.
    PortTaken {
        /// Which.
        port: u16,
    },
    /// A pinned port lies outside every range that ports are taken from.
    PinnedOutside {
        /// Which.
        port: u16,
    },
    /// There is not exactly one client.
    Clients {
        /// How many there are.
        count: usize,
    },
    /// There is no server.
    NoServer,
    /// There is no host of this name, nor with this address.
    UnknownHost {
        /// As it stands.
        name: String,
        /// The hosts that there are.
        known: String,
    },
    /// Two hosts have one address.
    AddressTaken {
        /// The address.
        address: String,
        /// The host that has it.
        by: String,
    },
    /// An address that no host can have: unspecified, loopback, multicast, broadcast.
    AddressKind {
        /// The address.
        address: String,
    },
    /// The host has no address of the IP version in use.
    NoAddress {
        /// Its name.
        host: String,
        /// 4 or 6.
        ip: u8,
    },
    /// Only hosts of this role can have this.
    WrongRole {
        /// What, and who may have it: `only a server runs services`.
        rule: &'static str,
    },
    /// A link from a host to itself.
    LinkToSelf,
    /// A client or a server with more than one link.
    Links {
        /// Its name.
        host: String,
        /// How many it has.
        count: usize,
    },
    /// No way leads from the client to this host.
    NoWay {
        /// Its name.
        host: String,
    },
    /// A path that does not begin with `/`, ends with it, or holds an empty name, `.` or `..`.
    Path {
        /// As it stands.
        path: String,
    },
    /// A file whose content is given not at all, or more than once.
    Content,
    /// Something else than hexadecimal digits, or an odd number of them.
    Hex,
    /// A step that is no action.
    Step(StepError),
    /// A text that may not hold control characters does.
    ControlCharacter,
    /// A question with fewer than two or more than four answers.
    Answers {
        /// How many.
        count: usize,
    },
    /// Two answers with the same claim or the same words: both would be right, or neither.
    SameAnswers,
    /// A chapter's moment names an action that the plan does not have.
    NoSuchAction {
        /// Its number.
        number: u32,
        /// How many the plan has.
        steps: usize,
    },
}

/// `world.hosts[1].addresses: …`
impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (nth, at) in self.at.iter().enumerate() {
            match at {
                At::Key(key) if nth == 0 => write!(f, "{key}")?,
                At::Key(key) => write!(f, ".{key}")?,
                At::Index(index) => write!(f, "[{index}]")?,
            }
        }
        if !self.at.is_empty() {
            f.write_str(": ")?;
        }
        self.fault.fmt(f)
    }
}

impl core::error::Error for Problem {}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name { name, most } => write!(
                f,
                "`{}` is no name: use 1 to {most} small letters, digits and hyphens",
                portolan_wire::visible(name)
            ),
            Self::Twice { name } => write!(f, "`{name}` stands here twice"),
            Self::Empty { needs } => f.write_str(needs),
            Self::TooMany { what, count, most } => write!(f, "{count} {what} are too many (at most {most})"),
            Self::TooLong { count, most, unit } => write!(f, "{count} {unit} are too long (at most {most})"),
            Self::NumberTooLarge => write!(f, "numbers must stay below 9007199254740992 (2 to the 53rd)"),
            Self::OutOfRange { value, least, most } => write!(f, "{value} is not allowed: from {least} to {most}"),
            Self::PortZero => f.write_str("port 0 is reserved and never a real endpoint; use 1 to 65535"),
            Self::PortTaken { port } => write!(f, "port {port} is listened on twice on this host"),
            Self::PinnedOutside { port } => {
                write!(
                    f,
                    "port {port} is pinned but lies in none of the host's ranges, `ephemeral` and `passive`"
                )
            }
            Self::Clients { count } => write!(f, "one host must have the role `client`; {count} have it"),
            Self::NoServer => f.write_str("at least one host must have the role `server`"),
            Self::UnknownHost { name, known } => {
                write!(
                    f,
                    "there is no host `{}`; there are {known}",
                    portolan_wire::visible(name)
                )
            }
            Self::AddressTaken { address, by } => write!(f, "the address {address} is already that of `{by}`"),
            Self::AddressKind { address } => write!(f, "no host can have the address {address}"),
            Self::NoAddress { host, ip } => write!(f, "`{host}` has no IPv{ip} address"),
            Self::WrongRole { rule } => f.write_str(rule),
            Self::LinkToSelf => f.write_str("a link needs two different hosts"),
            Self::Links { host, count } => {
                write!(
                    f,
                    "`{host}` has {count} links; clients and servers have one, routers have several"
                )
            }
            Self::NoWay { host } => write!(f, "no links lead from the client to `{host}`"),
            Self::Path { path } => write!(
                f,
                "`{}` is no path of a file: it begins with / and holds no empty name, `.` or `..`",
                portolan_wire::visible(path)
            ),
            Self::Content => f.write_str("say exactly once what is in the file: `text`, `hex` or `generated`"),
            Self::Hex => f.write_str("`hex` holds two hexadecimal digits for every byte and nothing else"),
            Self::Step(error) => error.fmt(f),
            Self::ControlCharacter => f.write_str("this text may not hold line ends or other control characters"),
            Self::Answers { count } => write!(f, "a question has two to four answers; this one has {count}"),
            Self::SameAnswers => f.write_str("two answers say the same: at most one of them could be right"),
            Self::NoSuchAction { number, steps } => {
                write!(f, "there is no action {number}: the plan has {steps}, counted from 0")
            }
        }
    }
}
