//! `portolan connect`: a real session, on the command line.
//!
//! The client endpoint is the one that the simulator runs. It dials what its user typed, and for data connections what
//! `--passive-address` allows. Afterwards the session is told as a simulated one is; while long transfers run, a line
//! on standard error says how far they are.

mod keep;
mod progress;
mod session;
mod trust;
mod url;

use std::io::IsTerminal as _;
use std::path::Path;

use portolan_protocol::endpoint::{Patience, Ports};
use portolan_protocol::ftp::client::{Config, PassiveAddress, Security};
use portolan_protocol::tree::TreePath;
use portolan_session::pcapng::Vantage;
use portolan_session::{pcapng, transcript};
use portolan_wire::action::{Action, FileType, PutHow, TransferMode};
use portolan_wire::ftp::octets;
use portolan_wire::security::Protection;
use portolan_wire::{Argument, Duration};

use crate::cli::{self, Connect, Mode, Step};
use crate::live::Recorded;
use crate::{Trouble, output};
use session::{Finished, Order};
use trust::Trust;
use url::Url;

/// The password, where it is not in the URL.
const PASSWORD: &str = "PORTOLAN_PASSWORD";

/// What an anonymous user says for a password (RFC 1635 suggests an address, and nobody wants one any more).
const GUEST: &str = "guest@";

/// Holds the session.
pub(crate) fn run(asked: &Connect) -> Result<(), Trouble> {
    let url = Url::parse(&asked.url).map_err(Trouble::Wrong)?;
    let actions = actions(asked, &url)?;
    let log_file = asked.log.clone().filter(|path| path != Path::new("-"));
    let is_log_printed = asked.json || (asked.log.is_some() && log_file.is_none());
    let mut trust = Trust::of(asked, &url)?;
    let finished = loop {
        let order = Order {
            what: match url.security {
                Security::Never | Security::WhenAsked => "FTP",
                Security::Explicit => "FTPS (explicit)",
                Security::Implicit => "FTPS (implicit)",
            },
            host: url.host.clone(),
            port: url.port,
            actions: actions.clone(),
            capture: asked.pcapng.is_some(),
            log: log_file.clone(),
            whole: is_log_printed || !asked.quiet,
            progress: !asked.quiet && std::io::stderr().is_terminal(),
        };
        let tls = trust.client()?;
        let finished = crate::runtime()?.block_on(session::hold(order, tls, |server| config(asked, &url, server)))?;
        // Nothing was said to a server that is not trusted but a greeting and AUTH: it can be called anew.
        let shown = finished.failure.as_ref().and_then(session::Failure::certificate);
        if !trust.takes(shown)? {
            break finished;
        }
    };
    write_capture(asked, &finished.recorded)?;
    if is_log_printed {
        output::print(&output::log_bytes(&finished.recorded.log)?)?;
    } else if !asked.quiet {
        output::print(transcript::explained(&finished.recorded.log).as_bytes())?;
    }
    match finished {
        Finished { failure: None, .. } => Ok(()),
        Finished {
            failure: Some(failure),
            recorded,
        } => Err(Trouble::Failed(failure.sentence(&recorded.log))),
    }
}

fn config(asked: &Connect, url: &Url, server: std::net::SocketAddr) -> Config {
    let reply = Duration::from_millis(asked.patience.saturating_mul(1_000));
    Config {
        mode: mode(asked.mode),
        security: url.security,
        protection: if asked.clear_data {
            Protection::Clear
        } else {
            Protection::Private
        },
        patience: Patience {
            reply,
            connect: reply.min(Patience::default().connect),
            data: reply.min(Patience::default().data),
            idle: stall(reply),
        },
        passive_address: match asked.passive_address {
            cli::PassiveAddress::Control => PassiveAddress::Control,
            cli::PassiveAddress::AsTold => PassiveAddress::AsTold,
            cli::PassiveAddress::IfUnroutable => PassiveAddress::IfUnroutable,
        },
        active_address: asked.active_address,
        active_ports: asked.active_ports.map_or(Ports::Any, |ports| Ports::Range {
            first: ports.first,
            last: ports.last,
        }),
        file_type: if asked.ascii { FileType::Ascii } else { FileType::Image },
        discover: true,
        machine_listings: asked.machine_listings,
        local: here(),
        ..Config::new(server)
    }
}

/// How long a transfer may stand still: a reply is short and its server only has to think; a file comes over all that
/// lies between.
fn stall(reply: Duration) -> Duration {
    let longer = Duration::from_micros(reply.as_micros().saturating_mul(5));
    longer.min(Patience::default().idle)
}

const fn mode(mode: Mode) -> TransferMode {
    match mode {
        Mode::Active => TransferMode::Active,
        Mode::Passive => TransferMode::Passive,
        Mode::ExtendedActive => TransferMode::ExtendedActive,
        Mode::ExtendedPassive => TransferMode::ExtendedPassive,
    }
}

/// The working directory, from the root on: names on this side are meant from here.
fn here() -> TreePath {
    let here = std::env::current_dir().unwrap_or_default();
    TreePath::root().join(&octets::decode(here.as_os_str().as_encoded_bytes()))
}

/// Everything that is to be done between connecting and leaving.
fn actions(asked: &Connect, url: &Url) -> Result<Vec<Action>, Trouble> {
    let mut actions = vec![log_in(url)?];
    if asked.clear_control {
        actions.push(Action::ClearControl);
    }
    for step in &asked.steps.0 {
        actions.push(action(step, asked.resume)?);
    }
    if asked.steps.0.is_empty() {
        let path = argument(&url.path)?;
        actions.push(match url.path.as_str() {
            "" => Action::List { path: None },
            directory if directory.ends_with('/') => Action::List { path: Some(path) },
            _ => Action::Get {
                remote: path,
                local: None,
                resume: asked.resume,
            },
        });
    }
    Ok(actions)
}

fn action(step: &Step, resume: bool) -> Result<Action, Trouble> {
    let mut values = step.values.iter();
    let mut next = || values.next().map(|value| argument(value)).transpose();
    let (first, second) = (next()?, next()?);
    let directory = first.clone().filter(|path| !path.as_str().is_empty());
    let missing = || Trouble::Wrong(format!("--{} wants a path", step.option));
    let needed = || first.clone().ok_or_else(missing);
    Ok(match step.option {
        "list" => Action::List { path: directory },
        "names" => Action::Names { path: directory },
        "inspect" => Action::Inspect { path: needed()? },
        "get" => Action::Get {
            remote: needed()?,
            local: second,
            resume,
        },
        "put" | "append" => Action::Put {
            local: needed()?,
            remote: second,
            how: match (step.option, resume) {
                ("append", _) => PutHow::Append,
                (_, true) => PutHow::Resume,
                (_, false) => PutHow::Replace,
            },
        },
        "delete" => Action::Delete { path: needed()? },
        "rename" => Action::Rename {
            from: needed()?,
            to: second.clone().ok_or_else(missing)?,
        },
        "make-directory" => Action::MakeDirectory { path: needed()? },
        "remove-directory" => Action::RemoveDirectory { path: needed()? },
        "change-directory" => Action::ChangeDirectory { path: needed()? },
        other => return Err(Trouble::Wrong(format!("there is no action --{other}"))),
    })
}

fn log_in(url: &Url) -> Result<Action, Trouble> {
    let (user, password) = match (&url.user, &url.password) {
        (None, _) => ("anonymous".to_owned(), GUEST.to_owned()),
        (Some(user), Some(password)) => (user.clone(), password.clone()),
        (Some(user), None) => (user.clone(), ask_password(user, &url.host)?),
    };
    Ok(Action::LogIn {
        user: argument(&user)?,
        // What is wrong with a password is not said with the password.
        password: Argument::new(password)
            .map_err(|_| Trouble::Wrong("the password holds a line end or a NUL".to_owned()))?,
        account: None,
    })
}

fn ask_password(user: &str, host: &str) -> Result<String, Trouble> {
    if let Ok(password) = std::env::var(PASSWORD) {
        return Ok(password);
    }
    if !std::io::stdin().is_terminal() {
        return Err(Trouble::Wrong(format!(
            "a password is needed for {user}: in the URL, in {PASSWORD}, or typed at a terminal"
        )));
    }
    rpassword::prompt_password(format!("Password of {user} at {host}: "))
        .map_err(|error| Trouble::Wrong(format!("the password could not be read: {error}")))
}

fn argument(text: &str) -> Result<Argument, Trouble> {
    Argument::new(text).map_err(|error| Trouble::Wrong(format!("`{}`: {error}", portolan_wire::visible(text))))
}

fn write_capture(asked: &Connect, recorded: &Recorded) -> Result<(), Trouble> {
    if let (Some(path), Some(capture)) = (&asked.pcapng, &recorded.capture) {
        let bytes = pcapng::write(capture, Vantage::Client);
        output::write(path, &bytes.map_err(|error| Trouble::Failed(error.to_string()))?)?;
    }
    Ok(())
}
