//! `portolan serve`: the page, for this machine only.
//!
//! Nothing here dials anybody. A browser's request is answered only if its `Host` is one of the addresses this program
//! listens on, so that a page from elsewhere cannot reach it under a name of its own (DNS rebinding).

mod answer;
mod host;
mod page;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};

pub use crate::cli::Serve;
use crate::{Trouble, output};
use host::Hosts;

/// Connections at once. A browser opens about six.
const CONNECTIONS: usize = 256;

/// How long a request's head may take to come.
const HEAD: Duration = Duration::from_secs(10);

/// The most bytes of a request's head.
const HEAD_BYTES: usize = 16 * 1024;

/// How long connections may take to end after Ctrl-C.
const GOODBYE: Duration = Duration::from_secs(2);

/// Listens, says where, and serves until Ctrl-C.
pub(crate) fn run(asked: &Serve) -> Result<(), Trouble> {
    if !asked.listen.ip().is_loopback() {
        return Err(Trouble::Wrong(format!(
            "{} is no loopback address: this program serves its own machine only, as on 127.0.0.1 or [::1]",
            asked.listen
        )));
    }
    crate::runtime()?.block_on(async {
        let listener = TcpListener::bind(asked.listen)
            .await
            .map_err(|error| not_bound(asked.listen, &error))?;
        let local = listener.local_addr().map_err(|error| not_bound(asked.listen, &error))?;
        output::print(format!("Portolan is ready: http://{local}\n").as_bytes())?;
        serve(listener, local, told_to_end()).await;
        Ok(())
    })
}

/// Answers whoever calls `listener` until `end`, then lets what is under way come to its end.
pub async fn serve(listener: TcpListener, local: SocketAddr, end: impl Future<Output = ()>) {
    let router = answer::router(Hosts::of(local));
    let room = Arc::new(Semaphore::new(CONNECTIONS));
    let (ending, ended) = watch::channel(());
    let mut end = std::pin::pin!(end);
    loop {
        // A permit first: a caller beyond the last one waits in the system's queue.
        let Ok(permit) = Arc::clone(&room).acquire_owned().await else {
            break;
        };
        let stream = tokio::select! {
            () = &mut end => break,
            accepted = listener.accept() => accepted,
        };
        match stream {
            Ok((stream, _)) => {
                let (router, ended) = (router.clone(), ended.clone());
                tokio::spawn(async move {
                    one(stream, router, ended).await;
                    drop(permit);
                });
            }
            // Out of file descriptors, or a caller that has gone again: neither gets better by trying at once.
            Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
        }
    }
    drop(ended);
    let _ = ending.send(());
    let _ = tokio::time::timeout(GOODBYE, ending.closed()).await;
}

/// Serves one connection.
async fn one(stream: TcpStream, router: Router, mut ended: watch::Receiver<()>) {
    let connection = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD)
        .max_buf_size(HEAD_BYTES)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router));
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
