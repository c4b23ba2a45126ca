//! `portolan serve`: the page, and the relay that holds real sessions for it.
//!
//! A browser's request is answered only if its `Host` is one under which this program is known, so that a page from
//! elsewhere cannot reach it under a name of its own (DNS rebinding); a WebSocket and an upload need an `Origin` from the
//! same list besides. Closed until opened: it binds loopback, and sessions are with its own sandbox alone.

mod answer;
mod config;
mod host;
mod page;
mod room;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use portolan_wire::Argument;
use portolan_wire::relay::Tls;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use crate::cli::Policy;
pub use crate::cli::Serve;
use crate::guard::{Host, Sandbox, Target};
use crate::hub::{Hub, Journal, Key, NoRandomness, OnOffer, Setting};
use crate::sandbox::Own;
use crate::{Trouble, output};
use answer::Desk;
use config::{File, SANDBOX, Settings};
use host::{Hosts, Origin};
use room::{Busy, Place, Room};

/// Where it listens unless something else is said.
const LISTEN: ([u8; 4], u16) = ([127, 0, 0, 1], 8021);

/// How long a request's head may take to come.
const HEAD: Duration = Duration::from_secs(10);

/// The most bytes of a request's head.
const HEAD_BYTES: usize = 16 * 1024;

/// How long connections may take to end after Ctrl-C.
const GOODBYE: Duration = Duration::from_secs(2);

/// Tells whether a target is allowed, and by which rule.
pub(crate) fn policy(asked: &Policy) -> Result<(), Trouble> {
    let Settings { guard, .. } = File::read(&asked.reach)?.settings(&asked.reach)?;
    let target: Target = (asked.target.parse())
        .map_err(|why| Trouble::Wrong(format!("`{}`: {why}", portolan_wire::visible(&asked.target))))?;
    let permit = crate::runtime()?.block_on(guard.permit(&target.host.to_string(), target.port));
    match permit {
        Ok(permit) => {
            let addresses: Vec<String> = permit.addresses().iter().map(SocketAddr::to_string).collect();
            let text = format!(
                "{target} is allowed: {}. Dialled at {}.\n",
                permit.rule(),
                addresses.join(" or ")
            );
            output::print(text.as_bytes())
        }
        Err(denied) => Err(Trouble::Failed(denied.to_string())),
    }
}

/// Listens, says where, and serves until Ctrl-C.
pub(crate) fn run(asked: &Serve) -> Result<(), Trouble> {
    let file = File::read(&asked.reach)?;
    let settings = file.settings(&asked.reach)?;
    let listen = asked.listen.or(file.listen).unwrap_or(LISTEN.into());
    let origins = origins(asked, &file)?;
    let is_open = origins.iter().any(|origin| !origin.is_local());
    if !listen.ip().is_loopback() && !is_open {
        return Err(Trouble::Wrong(format!(
            "{listen} can be reached from other machines: say with --origin under which address browsers will, as in \
             --origin https://portolan.example.org"
        )));
    }
    let token = token(asked, &file, is_open)?;
    let _asked = raise_the_limit_of_files();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Trouble::Failed(format!("the program could not begin: {error}")))?;
    let journal = if asked.quiet {
        Journal::silent()
    } else {
        Journal::to_stderr()
    };
    runtime.block_on(async {
        let listener = TcpListener::bind(listen)
            .await
            .map_err(|error| not_bound(listen, &error))?;
        let local = listener.local_addr().map_err(|error| not_bound(listen, &error))?;
        let with_sandbox = !asked.no_sandbox && file.sandbox.unwrap_or(true);
        let own = if with_sandbox { Some(Own::listen().await?) } else { None };
        output::print(announcement(local, &origins, token.as_ref()).as_bytes())?;
        let hub = hub(settings, local, own.as_ref(), token, journal)?;
        let hosts = Hosts::new(local, &origins);
        let desk = Desk {
            hosts: Arc::new(hosts),
            hub: Arc::clone(&hub.relay),
        };
        let end = told_to_end();
        serve_all(listener, desk, own, hub.own_ports, end).await;
        Ok(())
    })
}

/// A relay, and the ports that its sandbox must not call.
struct Made {
    relay: Arc<Hub>,
    own_ports: Vec<u16>,
}

fn hub(
    settings: Settings,
    local: SocketAddr,
    own: Option<&Own>,
    token: Option<Key>,
    journal: Journal,
) -> Result<Made, Trouble> {
    let Settings {
        mut guard,
        mut servers,
        limits,
        bounds,
    } = settings;
    guard.listens(local);
    if let Some(own) = own {
        for address in [own.address, own.implicit] {
            let passive = own.passive;
            guard.runs(Sandbox { address, passive });
        }
        let argument = |text: &str| Argument::new(text).map_err(|error| Trouble::Failed(error.to_string()));
        let target = |address: SocketAddr| Target {
            host: Host::Address(address.ip()),
            port: address.port(),
        };
        servers.insert(
            0,
            OnOffer {
                name: SANDBOX.to_owned(),
                target: target(own.address),
                implicit: Some(target(own.implicit)),
                tls: Tls::ALL.to_vec(),
                pin: Some(own.certificate.sha256),
                sandbox: Some(own.certificate.clone()),
                credentials: Some((argument(&own.user)?, argument(&own.password)?)),
            },
        );
    }
    let own_ports = guard.own_ports();
    let setting = Setting {
        guard,
        servers,
        limits,
        bounds,
        token,
        journal,
    };
    let relay = Hub::new(setting);
    Ok(Made { relay, own_ports })
}

fn origins(asked: &Serve, file: &File) -> Result<Vec<Origin>, Trouble> {
    let texts = file.origins.iter().chain(&asked.origin);
    texts.map(|text| Origin::new(text)).collect()
}

/// What browsers have to show: nothing on this machine alone.
fn token(asked: &Serve, file: &File, is_open: bool) -> Result<Option<Key>, Trouble> {
    /// The fewest characters of a token that somebody thought of.
    const SHORTEST: usize = 16;
    match asked.token_file.as_ref().or(file.token_file.as_ref()) {
        Some(path) => {
            let text = config::read_text(path)?.trim().to_owned();
            if text.len() < SHORTEST || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
                let path = path.display();
                return Err(Trouble::Wrong(format!(
                    "{path} holds no token: one has at least {SHORTEST} characters and no blank"
                )));
            }
            Ok(Some(Key::chosen(text)))
        }
        None if is_open => {
            let none = |NoRandomness| Trouble::Failed("the system gave no random numbers for a token".to_owned());
            Key::random().map(Some).map_err(none)
        }
        None => Ok(None),
    }
}

/// Where the page is. A token stands behind the `#`, which browsers keep to themselves.
fn announcement(local: SocketAddr, origins: &[Origin], token: Option<&Key>) -> String {
    let mut places: Vec<String> = origins.iter().map(|origin| origin.text().to_owned()).collect();
    if local.ip().is_loopback() {
        places.insert(0, format!("http://{local}"));
    }
    let token = token
        .map(|token| format!("/#token={}", token.show()))
        .unwrap_or_default();
    let places: Vec<String> = places.into_iter().map(|place| place + &token).collect();
    format!("Portolan is ready: {}\n", places.join(" and "))
}

/// Asks the system for as many open files as it lets this user have: many give 1,024 unless one asks, and each socket is
/// one.
#[cfg(unix)]
fn raise_the_limit_of_files() -> rustix::io::Result<()> {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    setrlimit(Resource::Nofile, limit)
}

#[cfg(not(unix))]
fn raise_the_limit_of_files() {}

/// Serves until `end`, then lets what is under way come to its end.
async fn serve_all(
    listener: TcpListener,
    desk: Desk,
    own: Option<Own>,
    own_ports: Vec<u16>,
    end: impl Future<Output = ()>,
) {
    let hub = Arc::clone(&desk.hub);
    let (ending, ended) = watch::channel(());
    let sandbox = async {
        let ended = ended.clone();
        if let Some(own) = own {
            let end = || {
                let mut ended = ended.clone();
                async move {
                    let _ending = ended.changed().await;
                }
            };
            own.serve(own_ports, end).await;
        }
    };
    let page = async {
        accept(listener, answer::router(desk), ended.clone(), end).await;
        let _timely = tokio::time::timeout(GOODBYE, hub.close()).await;
        ending.send_replace(());
    };
    tokio::join!(sandbox, page);
    drop(ended);
    let _timely = tokio::time::timeout(GOODBYE, ending.closed()).await;
}

/// Answers whoever calls `listener` until `end`.
async fn accept(listener: TcpListener, router: Router, ended: watch::Receiver<()>, end: impl Future<Output = ()>) {
    let room = Room::default();
    let mut end = std::pin::pin!(end);
    loop {
        let stream = tokio::select! {
            () = &mut end => return,
            accepted = listener.accept() => accepted,
        };
        match stream {
            Ok((stream, _)) => {
                // Messages are short, and the next one is not to wait for the last one's acknowledgement.
                let _slower = stream.set_nodelay(true);
                let (router, ended) = (router.clone(), ended.clone());
                room.enter(|place| one(stream, router, ended, place));
            }
            // Out of file descriptors, or a caller that has gone again: neither gets better by trying at once.
            Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
        }
    }
}

/// Serves one connection.
async fn one(stream: TcpStream, router: Router, mut ended: watch::Receiver<()>, place: Place) {
    let (place, router) = (Arc::new(place), TowerToHyperService::new(router));
    let answer = service_fn(move |request| {
        place.is_busy(true);
        let (answer, place) = (router.call(request), Arc::clone(&place));
        async move { answer.await.map(|answer| answer.map(|body| Busy { body, place })) }
    });
    let connection = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD)
        .max_buf_size(HEAD_BYTES)
        .serve_connection(TokioIo::new(stream), answer)
        .with_upgrades();
    let mut connection = std::pin::pin!(connection);
    tokio::select! {
        // What goes wrong with a connection is the caller's affair.
        _ = connection.as_mut() => return,
        _ = ended.changed() => {}
    }
    connection.as_mut().graceful_shutdown();
    let _ = connection.await;
}

fn not_bound(address: SocketAddr, error: &io::Error) -> Trouble {
    Trouble::Wrong(match error.kind() {
        io::ErrorKind::AddrInUse => format!(
            "port {} is taken: another program listens on {address}; end it, or choose another with --listen",
            address.port()
        ),
        io::ErrorKind::PermissionDenied => {
            format!("this user may not listen on {address}; ports below 1024 often need a privilege")
        }
        _ => format!("cannot listen on {address}: {error}"),
    })
}

/// Waits for Ctrl-C, or for a polite request to end.
pub(crate) async fn told_to_end() {
    let interrupted = async {
        // Without a handler Ctrl-C ends the program at once, which will do as well.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    #[cfg(unix)]
    let terminated = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(_) => std::future::pending().await,
        }
    };
    #[cfg(not(unix))]
    let terminated = std::future::pending::<()>();
    tokio::select! {
        () = interrupted => {}
        () = terminated => {}
    }
}
