//! The plan of a scenario file: [`Action`]s in a form that reads well in TOML.

use core::fmt;

use portolan_wire::Argument;
use portolan_wire::action::{Action, FileType, PutHow, TransferMode};
use portolan_wire::plain::Plain;
use portolan_wire::report::Outcome;
use portolan_wire::security::Protection;
use serde::{Deserialize, Serialize};

use super::units::Span;

/// One step: an action, how long to wait before it, and how it is expected to end.
///
/// In TOML: `do = "get"` with the keys of that action beside it. A key that the action has no use for is refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Plain)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Step {
    /// Which action.
    #[serde(rename = "do")]
    pub verb: Verb,
    /// Virtual time between the end of the step before it (or the start) and this one.
    #[serde(default)]
    pub pause: Span,
    /// How it may end for the run to count as a success.
    #[serde(default)]
    pub expect: Expected,
    /// `call`, `connect`: whom, a host's name or address; without it, the scenario's server.
    #[serde(default)]
    pub host: Option<Argument>,
    /// `call`, `connect`: the port called.
    #[serde(default)]
    pub port: Option<u16>,
    /// `log-in`: the user's name.
    #[serde(default)]
    pub user: Option<Argument>,
    /// `log-in`: the password.
    #[serde(default)]
    pub password: Option<Argument>,
    /// `log-in`: what ACCT says, where it is asked for.
    #[serde(default)]
    pub account: Option<Argument>,
    /// `list`, `names`, `inspect`, `delete`, `make-directory`, `remove-directory`, `change-directory`: which.
    #[serde(default)]
    pub path: Option<Argument>,
    /// `get`, `put`: the file on the server.
    #[serde(default)]
    pub remote: Option<Argument>,
    /// `get`, `put`: the file on the client.
    #[serde(default)]
    pub local: Option<Argument>,
    /// `get`: keep what is there and fetch what is missing.
    #[serde(default)]
    pub resume: Option<bool>,
    /// `put`: what becomes of a file that is there.
    #[serde(default)]
    pub how: Option<PutHow>,
    /// `rename`: the name now.
    #[serde(default)]
    pub from: Option<Argument>,
    /// `rename`: the name then.
    #[serde(default)]
    pub to: Option<Argument>,
    /// `type`: the new representation.
    #[serde(default)]
    pub representation: Option<FileType>,
    /// `protect`: what data connections are protected by.
    #[serde(default)]
    pub level: Option<Protection>,
    /// `mode`: the new mode.
    #[serde(default)]
    pub mode: Option<TransferMode>,
    /// `raw`: the command line as typed.
    #[serde(default)]
    pub line: Option<Argument>,
}

/// The actions a plan may hold. (`abort` is not one of them: steps run one after the other, so nothing would be running
/// that could be aborted.)
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Plain)]
#[serde(rename_all = "kebab-case")]
pub enum Verb {
    /// [`Action::Call`].
    Call,
    /// [`Action::Connect`].
    Connect,
    /// [`Action::LogIn`].
    LogIn,
    /// [`Action::Secure`].
    Secure,
    /// [`Action::Protect`].
    Protect,
    /// [`Action::ClearControl`].
    ClearControl,
    /// [`Action::Features`].
    Features,
    /// [`Action::List`].
    List,
    /// [`Action::Names`].
    Names,
    /// [`Action::Inspect`].
    Inspect,
    /// [`Action::Get`].
    Get,
    /// [`Action::Put`].
    Put,
    /// [`Action::Delete`].
    Delete,
    /// [`Action::Rename`].
    Rename,
    /// [`Action::MakeDirectory`].
    MakeDirectory,
    /// [`Action::RemoveDirectory`].
    RemoveDirectory,
    /// [`Action::WorkingDirectory`].
    WorkingDirectory,
    /// [`Action::ChangeDirectory`].
    ChangeDirectory,
    /// [`Action::Type`].
    Type,
    /// [`Action::Mode`].
    Mode,
    /// [`Action::Quit`].
    Quit,
    /// [`Action::Raw`].
    Raw,
}

/// How a step is expected to end. A step that ends as [`Outcome::Done`] is always right: a failure that a scenario
/// shows may be taken away by a setting.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Plain)]
#[serde(rename_all = "kebab-case")]
pub enum Expected {
    /// As asked.
    #[default]
    Done,
    /// The server answers no, with a 4xx or 5xx.
    Denied,
    /// The network or the peer fails: nobody listens, nothing comes back.
    Failed,
}

impl Expected {
    /// Whether nothing but success is expected.
    #[must_use]
    pub const fn is_done(&self) -> bool {
        matches!(self, Self::Done)
    }

    /// Whether `outcome` is as expected.
    #[must_use]
    pub const fn allows(self, outcome: &Outcome) -> bool {
        match outcome {
            Outcome::Done => true,
            Outcome::Denied { .. } => matches!(self, Self::Denied),
            Outcome::Failed { .. } => matches!(self, Self::Failed),
            Outcome::Refused { .. } | Outcome::Aborted => false,
        }
    }
}

/// Why a step is no action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepError {
    /// A key that the action needs is missing.
    Missing {
        /// The action.
        verb: Verb,
        /// The key.
        key: &'static str,
    },
    /// A key stands there that the action has no use for.
    Foreign {
        /// The action.
        verb: Verb,
        /// The key.
        key: &'static str,
        /// The keys that it has a use for.
        known: &'static [&'static str],
    },
}

impl StepError {
    /// The key it is about, if that key stands in the file.
    #[must_use]
    pub const fn key(&self) -> Option<&'static str> {
        match self {
            Self::Missing { .. } => None,
            Self::Foreign { key, .. } => Some(key),
        }
    }
}

impl Step {
    /// One that needs nothing but its verb.
    #[must_use]
    pub const fn new(verb: Verb, pause: Span) -> Self {
        Self {
            verb,
            pause,
            expect: Expected::Done,
            host: None,
            port: None,
            user: None,
            password: None,
            account: None,
            path: None,
            remote: None,
            local: None,
            resume: None,
            how: None,
            from: None,
            to: None,
            representation: None,
            level: None,
            mode: None,
            line: None,
        }
    }

    /// The action.
    ///
    /// # Errors
    /// When a key is missing, or one stands there that does not belong to the action.
    pub fn action(&self) -> Result<Action, StepError> {
        let verb = self.verb;
        let known = verb.keys();
        if let Some(key) = self.keys().into_iter().find(|key| !known.contains(key)) {
            return Err(StepError::Foreign { verb, key, known });
        }
        let missing = |key| StepError::Missing { verb, key };
        let argument = |value: &Option<Argument>, key| value.clone().ok_or(missing(key));
        Ok(match verb {
            Verb::Call => Action::Call {
                host: self.host.clone(),
                port: self.port.ok_or(missing("port"))?,
            },
            Verb::Connect => Action::Connect {
                host: self.host.clone(),
                port: self.port,
            },
            Verb::LogIn => Action::LogIn {
                user: argument(&self.user, "user")?,
                password: argument(&self.password, "password")?,
                account: self.account.clone(),
            },
            Verb::Secure => Action::Secure,
            Verb::Protect => Action::Protect {
                level: self.level.ok_or(missing("level"))?,
            },
            Verb::ClearControl => Action::ClearControl,
            Verb::Features => Action::Features,
            Verb::List => Action::List {
                path: self.path.clone(),
            },
            Verb::Names => Action::Names {
                path: self.path.clone(),
            },
            Verb::Inspect => Action::Inspect {
                path: argument(&self.path, "path")?,
            },
            Verb::Get => Action::Get {
                remote: argument(&self.remote, "remote")?,
                local: self.local.clone(),
                resume: self.resume.unwrap_or_default(),
            },
            Verb::Put => Action::Put {
                local: argument(&self.local, "local")?,
                remote: self.remote.clone(),
                how: self.how.unwrap_or_default(),
            },
            Verb::Delete => Action::Delete {
                path: argument(&self.path, "path")?,
            },
            Verb::Rename => Action::Rename {
                from: argument(&self.from, "from")?,
                to: argument(&self.to, "to")?,
            },
            Verb::MakeDirectory => Action::MakeDirectory {
                path: argument(&self.path, "path")?,
            },
            Verb::RemoveDirectory => Action::RemoveDirectory {
                path: argument(&self.path, "path")?,
            },
            Verb::WorkingDirectory => Action::WorkingDirectory,
            Verb::ChangeDirectory => Action::ChangeDirectory {
                path: argument(&self.path, "path")?,
            },
            Verb::Type => Action::Type {
                representation: self.representation.ok_or(missing("representation"))?,
            },
            Verb::Mode => Action::Mode {
                mode: self.mode.ok_or(missing("mode"))?,
            },
            Verb::Quit => Action::Quit,
            Verb::Raw => Action::Raw {
                line: argument(&self.line, "line")?,
            },
        })
    }

    /// The keys that are given.
    fn keys(&self) -> Vec<&'static str> {
        let given = [
            ("host", self.host.is_some()),
            ("port", self.port.is_some()),
            ("user", self.user.is_some()),
            ("password", self.password.is_some()),
            ("path", self.path.is_some()),
            ("remote", self.remote.is_some()),
            ("local", self.local.is_some()),
            ("account", self.account.is_some()),
            ("resume", self.resume.is_some()),
            ("how", self.how.is_some()),
            ("from", self.from.is_some()),
            ("to", self.to.is_some()),
            ("representation", self.representation.is_some()),
            ("level", self.level.is_some()),
            ("mode", self.mode.is_some()),
            ("line", self.line.is_some()),
        ];
        given
            .into_iter()
            .filter(|(_, given)| *given)
            .map(|(key, _)| key)
            .collect()
    }
}

impl Verb {
    /// The keys that stand beside it, besides `pause` and `expect`.
    const fn keys(self) -> &'static [&'static str] {
        match self {
            Self::Call | Self::Connect => &["host", "port"],
            Self::LogIn => &["user", "password", "account"],
            Self::List
            | Self::Names
            | Self::Inspect
            | Self::Delete
            | Self::MakeDirectory
            | Self::RemoveDirectory
            | Self::ChangeDirectory => &["path"],
            Self::Get => &["remote", "local", "resume"],
            Self::Put => &["remote", "local", "how"],
            Self::Rename => &["from", "to"],
            Self::Type => &["representation"],
            Self::Protect => &["level"],
            Self::Mode => &["mode"],
            Self::Secure | Self::ClearControl | Self::Features | Self::WorkingDirectory | Self::Quit => &[],
            Self::Raw => &["line"],
        }
    }
}

impl fmt::Display for Verb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Call => "call",
            Self::Connect => "connect",
            Self::LogIn => "log-in",
            Self::Secure => "secure",
            Self::Protect => "protect",
            Self::ClearControl => "clear-control",
            Self::Features => "features",
            Self::List => "list",
            Self::Names => "names",
            Self::Inspect => "inspect",
            Self::Get => "get",
            Self::Put => "put",
            Self::Delete => "delete",
            Self::Rename => "rename",
            Self::MakeDirectory => "make-directory",
            Self::RemoveDirectory => "remove-directory",
            Self::WorkingDirectory => "working-directory",
            Self::Type => "type",
            Self::ChangeDirectory => "change-directory",
            Self::Mode => "mode",
            Self::Quit => "quit",
            Self::Raw => "raw",
        })
    }
}

impl fmt::Display for StepError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing { verb, key } => write!(f, "a step that does `{verb}` needs the key `{key}`"),
            Self::Foreign { verb, key, known: [] } => {
                write!(
                    f,
                    "`{key}` does not belong to a step that does `{verb}`; it takes no keys"
                )
            }
            Self::Foreign { verb, key, known } => {
                let known = known.join("`, `");
                write!(
                    f,
                    "`{key}` does not belong to a step that does `{verb}`; it takes `{known}`"
                )
            }
        }
    }
}

impl core::error::Error for StepError {}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(json: &str) -> Step {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn a_plan_can_secure_a_session() {
        let action = |json: &str| step(json).action();
        assert_eq!(action(r#"{"do": "secure"}"#), Ok(Action::Secure));
        assert_eq!(action(r#"{"do": "clear-control"}"#), Ok(Action::ClearControl));
        for (word, level) in [("clear", Protection::Clear), ("private", Protection::Private)] {
            let protect = format!(r#"{{"do": "protect", "level": "{word}"}}"#);
            assert_eq!(action(&protect), Ok(Action::Protect { level }));
        }
        let error = action(r#"{"do": "protect"}"#).unwrap_err();
        assert_eq!(error.to_string(), "a step that does `protect` needs the key `level`");
        let error = action(r#"{"do": "secure", "level": "private"}"#).unwrap_err();
        assert!(error.to_string().starts_with("`level` does not belong"), "{error}");
    }

    #[test]
    fn a_step_takes_the_keys_of_its_action_and_no_others() {
        let get = step(r#"{"do": "get", "remote": "a.txt"}"#);
        let remote = Argument::new("a.txt").unwrap();
        let (local, resume) = (None, false);
        assert_eq!(get.action(), Ok(Action::Get { remote, local, resume }));

        let rename = step(r#"{"do": "rename", "from": "a", "to": "b"}"#);
        let [from, to] = ["a", "b"].map(|name| Argument::new(name).unwrap());
        assert_eq!(rename.action(), Ok(Action::Rename { from, to }));

        let error = step(r#"{"do": "list", "remote": "a.txt"}"#).action().unwrap_err();
        assert_eq!(error.key(), Some("remote"));
        assert_eq!(
            error.to_string(),
            "`remote` does not belong to a step that does `list`; it takes `path`"
        );

        let error = step(r#"{"do": "put"}"#).action().unwrap_err();
        assert_eq!(error.to_string(), "a step that does `put` needs the key `local`");
    }

    #[test]
    fn success_is_always_as_expected() {
        let denied = Outcome::Denied {
            code: 425,
            text: String::new(),
        };
        assert!(Expected::Denied.allows(&Outcome::Done));
        assert!(Expected::Denied.allows(&denied));
        assert!(!Expected::Failed.allows(&denied));
        assert!(!Expected::Done.allows(&denied));
        assert!(!Expected::Failed.allows(&Outcome::Aborted));
    }
}
