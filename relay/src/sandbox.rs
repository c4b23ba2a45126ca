//! `portolan sandbox`: FTP servers to try things on, for this machine only.
//!
//! Each session is one server endpoint with a driver of its own, over a directory or over a tree in memory that all
//! sessions share. Nobody gets in without the password, which is random unless one is given; nothing beyond loopback
//! reaches it; and a session can neither leave its directory nor call anybody but its own client.

mod files;
mod report;

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use portolan_protocol::endpoint::{ConnId, Ports};
use portolan_protocol::ftp::server::{Account, Config, LoginDelay, Password, Security, Server, Terms, TurnAway};
use portolan_protocol::tls::shell::{Shell, Side};
use portolan_wire::ftp::ReplyCode;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use crate::cli::{PortRange, Sandbox};
use crate::drive::{Driver, Gate};
use crate::hub::{NoRandomness, letters};
use crate::{Trouble, output, tls};
use files::Place;
use report::Reporter;

/// How long sessions may take to end after Ctrl-C.
const GOODBYE: Duration = Duration::from_secs(2);

/// Characters of a random password, five bits each.
const PASSWORD: usize = 16;

/// Listens, says where and for whom, and serves until Ctrl-C.
pub(crate) fn run(asked: &Sandbox) -> Result<(), Trouble> {
    for address in [Some(asked.ftp), asked.ftps].into_iter().flatten() {
        if !address.ip().is_loopback() {
            return Err(Trouble::Wrong(format!(
                "{address} is no loopback address: the sandbox serves its own machine only, as on 127.0.0.1 or [::1]"
            )));
        }
    }
    let (user, password, is_random) = account(asked)?;
    let place = Place::new(asked.dir.as_deref(), asked.read_only)?;
    crate::runtime()?.block_on(async {
        let own = tls::Own::new().map_err(Trouble::Failed)?;
        let explicit = bind(asked.ftp).await?;
        let implicit = match asked.ftps {
            Some(address) => Some(bind(address).await?),
            None => None,
        };
        let shown = if is_random {
            format!(", password {password}")
        } else {
            String::new()
        };
        let (listener, local) = explicit;
        let mut text = format!("The sandbox is ready: ftp://{user}@{local}/{shown}\n");
        text.push_str(&format!("With TLS: ftpes://{user}@{local}/"));
        if let Some((_, local)) = &implicit {
            text.push_str(&format!(" and ftps://{user}@{local}/"));
        }
        text.push_str(&format!(
            "\nIts certificate's SHA-256: {}\nFiles: {place}. Passive ports: {}. Ctrl-C ends it.\n",
            own.fingerprint(),
            asked.passive_ports
        ));
        output::print(text.as_bytes())?;
        let config = config(asked, user, password);
        let limits = Limits {
            sessions: asked.sessions,
            of_address: asked.sessions_of_address,
        };
        let guests = Guests::default();
        let sandbox = |terms: Terms| FtpSandbox {
            config: Arc::new(Config {
                security: Security::Offered(demands(terms, asked.require_tls)),
                ..config.clone()
            }),
            own: own.clone(),
            place: place.clone(),
            limits,
            guests: Guests::clone(&guests),
            never: Vec::new(),
            quiet: asked.quiet,
        };
        let explicit = sandbox(Terms::EXPLICIT).serve(listener, crate::serve::told_to_end());
        match implicit {
            Some((listener, _)) => {
                let implicit = sandbox(Terms::IMPLICIT).serve(listener, crate::serve::told_to_end());
                tokio::join!(explicit, implicit);
            }
            None => explicit.await,
        }
        Ok(())
    })
}

async fn bind(address: SocketAddr) -> Result<(TcpListener, SocketAddr), Trouble> {
    let not_bound = |error| Trouble::Failed(format!("{address} cannot be listened on: {error}"));
    let listener = TcpListener::bind(address).await.map_err(not_bound)?;
    let local = listener.local_addr().map_err(not_bound)?;
    Ok((listener, local))
}

/// The terms of a server that demands all there is to be demanded, if it `demands`.
fn demands(terms: Terms, demands: bool) -> Terms {
    match demands {
        false => terms,
        true => Terms {
            login_secured: true,
            data_secured: true,
            reuse: Some(ReplyCode::PROTOCOL_NOT_SUPPORTED),
            ..terms
        },
    }
}

/// An FTP server with everything its sessions share.
struct FtpSandbox {
    config: Arc<Config>,
    own: tls::Own,
    place: Place,
    limits: Limits,
    guests: Guests,
    /// Ports that no session calls, whatever its client says.
    never: Vec<u16>,
    quiet: bool,
}

/// The sandbox that belongs to a relay: on this machine, for its sessions, with files of their own for each.
pub(crate) struct Own {
    /// Where it listens.
    pub(crate) address: SocketAddr,
    /// Where it listens for those who speak TLS before the first word.
    pub(crate) implicit: SocketAddr,
    /// Its certificate.
    pub(crate) certificate: tls::Own,
    /// Its passive ports.
    pub(crate) passive: PortRange,
    /// Who logs in.
    pub(crate) user: String,
    /// With which password.
    pub(crate) password: String,
    listeners: [(TcpListener, FtpSandbox); 2],
}

/// Where the relay's sandbox listens for implicit FTPS, if nobody else does: where `portolan sandbox --ftps` would.
const IMPLICIT: u16 = 2990;

impl Own {
    /// Listens: on the ports that `portolan sandbox` has, if they are free, else on any.
    pub(crate) async fn listen() -> Result<Self, Trouble> {
        let asked = Sandbox::usual().map_err(|error| Trouble::Failed(error.to_string()))?;
        let (user, password, _) = account(&asked)?;
        let (explicit, address) = bind_or_any(asked.ftp).await?;
        let (implicit, implicit_address) = bind_or_any(SocketAddr::new(asked.ftp.ip(), IMPLICIT)).await?;
        let own = tls::Own::new().map_err(Trouble::Failed)?;
        let guests = Guests::default();
        let sandbox = |terms: Terms| FtpSandbox {
            config: Arc::new(Config {
                security: Security::Offered(terms),
                ..config(&asked, user.clone(), password.clone())
            }),
            own: own.clone(),
            place: Place::Each,
            limits: Limits {
                sessions: asked.sessions,
                of_address: asked.sessions_of_address,
            },
            guests: Guests::clone(&guests),
            never: Vec::new(),
            quiet: true,
        };
        Ok(Self {
            address,
            implicit: implicit_address,
            certificate: own.clone(),
            passive: asked.passive_ports,
            listeners: [
                (explicit, sandbox(Terms::EXPLICIT)),
                (implicit, sandbox(Terms::IMPLICIT)),
            ],
            user,
            password,
        })
    }

    /// Serves until `end`. Its sessions call none of the ports `never`.
    pub(crate) async fn serve<E: Future<Output = ()>>(self, never: Vec<u16>, end: impl Fn() -> E) {
        let [explicit, implicit] = self.listeners.map(|(listener, mut sandbox)| {
            sandbox.never.clone_from(&never);
            sandbox.serve(listener, end())
        });
        tokio::join!(explicit, implicit);
    }
}

/// Listens there, or on any port if somebody else does.
async fn bind_or_any(address: SocketAddr) -> Result<(TcpListener, SocketAddr), Trouble> {
    match bind(address).await {
        Ok(bound) => Ok(bound),
        Err(_) => bind(SocketAddr::new(address.ip(), 0)).await,
    }
}

/// How many sessions there may be.
#[derive(Clone, Copy)]
struct Limits {
    /// At once.
    sessions: u32,
    /// At once of one address.
    of_address: u32,
}

/// Sessions that are under way, by their address.
type Guests = Arc<Mutex<BTreeMap<IpAddr, u32>>>;

/// A session's place among the guests, given back when it is dropped.
struct Seat {
    guests: Guests,
    address: IpAddr,
}

impl FtpSandbox {
    /// Serves until `end`, and then lets what is under way come to its end for a moment.
    async fn serve(self, listener: TcpListener, end: impl Future<Output = ()>) {
        let mut sessions = JoinSet::new();
        let mut count = 0_u64;
        let mut end = std::pin::pin!(end);
        loop {
            let accepted = tokio::select! {
                () = &mut end => break,
                accepted = listener.accept() => accepted,
                Some(_) = sessions.join_next(), if !sessions.is_empty() => continue,
            };
            let Ok((stream, peer)) = accepted else {
                // No file descriptor is left, most likely; some will be when a session ends.
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            };
            count += 1;
            let seat = self.limits.seat(&self.guests, peer.ip());
            if let Some(session) = self.session(stream, Reporter::new(count, peer, self.quiet), seat) {
                sessions.spawn(session);
            }
        }
        let _timely = tokio::time::timeout(GOODBYE, async { while sessions.join_next().await.is_some() {} }).await;
    }

    /// One session from its greeting, or from the word that it is one too many, to its end.
    fn session(
        &self,
        stream: TcpStream,
        mut reporter: Reporter,
        seat: Result<Seat, TurnAway>,
    ) -> Option<impl Future<Output = ()> + Send + 'static> {
        // A client that is gone already has no session.
        let (local, peer) = (stream.local_addr().ok()?, stream.peer_addr().ok()?);
        reporter.say("connected");
        let mut config = Config::clone(&self.config);
        config.turn_away = seat.as_ref().err().copied();
        let server = Server::new(config, ConnId::accepted(0), local, peer);
        let gate = Gate::Client {
            peer: peer.ip(),
            never: self.never.clone(),
        };
        let side = match self.own.server() {
            Ok(side) => Side::Server(side),
            Err(why) => {
                reporter.say(&why);
                return None;
            }
        };
        let shell = Shell::new(server, side).with_connection(ConnId::accepted(0));
        let driver = Driver::serving(shell, stream, self.place.store(), reporter.clone()).behind(gate);
        Some(async move {
            driver.run().await;
            reporter.say("disconnected");
            drop(seat);
        })
    }
}

impl Limits {
    fn seat(self, guests: &Guests, address: IpAddr) -> Result<Seat, TurnAway> {
        let mut seated = guests.lock().unwrap_or_else(PoisonError::into_inner);
        if seated.values().sum::<u32>() >= self.sessions {
            return Err(TurnAway::Sessions(self.sessions));
        }
        let of_address = seated.entry(address).or_default();
        if *of_address >= self.of_address {
            return Err(TurnAway::SessionsOfAddress(self.of_address));
        }
        *of_address += 1;
        let guests = Arc::clone(guests);
        Ok(Seat { guests, address })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut seated = self.guests.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = seated.get_mut(&self.address) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                seated.remove(&self.address);
            }
        }
    }
}

fn config(asked: &Sandbox, user: String, password: String) -> Config {
    let mut accounts = vec![Account {
        user,
        password: Password::Exactly(password),
        account: None,
    }];
    if asked.anonymous {
        accounts.extend(["anonymous", "ftp"].map(|user| Account {
            user: user.to_owned(),
            password: Password::Any,
            account: None,
        }));
    }
    let most = portolan_wire::Duration::from_millis(asked.login_delay.saturating_mul(1_000));
    Config {
        greeting: "Portolan sandbox".to_owned(),
        accounts,
        login_delay: LoginDelay {
            first: LoginDelay::default().first.min(most),
            most,
        },
        passive_ports: Ports::Range {
            first: asked.passive_ports.first,
            last: asked.passive_ports.last,
        },
        epoch: files::now(),
        hang_up_on_other_protocols: true,
        ..Config::default()
    }
}

/// Who may log in, with which password, and whether that was made up.
fn account(asked: &Sandbox) -> Result<(String, String, bool), Trouble> {
    match &asked.user {
        Some(given) => {
            let (user, password) = given.split_once(':').unwrap_or((given, ""));
            if user.is_empty() || password.is_empty() {
                return Err(Trouble::Wrong(
                    "--user wants NAME:PASSWORD, neither of them empty".to_owned(),
                ));
            }
            Ok((user.to_owned(), password.to_owned(), false))
        }
        None => Ok(("portolan".to_owned(), random_password()?, true)),
    }
}

fn random_password() -> Result<String, Trouble> {
    let none = |NoRandomness| Trouble::Failed("the system gave no random numbers for a password".to_owned());
    letters(PASSWORD).map_err(none)
}
