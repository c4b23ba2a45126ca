//! The driver against real sockets and files, with endpoints that do one thing each.

use std::io::ErrorKind;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use portolan_protocol::call::Caller;
use portolan_protocol::endpoint::{
    ConnId, FromPort, HandleId, ListenerId, OpId, OpenHow, Patience, Ports, StoreAnswer, StoreRequest,
};
use portolan_protocol::tree::{EntryKind, TreePath};
use portolan_wire::report::{ConnectError, ListenError, Outcome, Purpose, StoreError, Trouble};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use core::net::SocketAddr;

use super::*;

const CONN: ConnId = ConnId::opened(0);
const LISTENER: ListenerId = ListenerId(0);

/// An endpoint whose every answer the test gives.
struct Probe<F> {
    answer: F,
    outputs: VecDeque<Output>,
}

impl<F: FnMut(Input) -> Vec<Output>> Endpoint for Probe<F> {
    fn handle_input(&mut self, _now: Instant, input: Input) {
        self.outputs.extend((self.answer)(input));
    }

    fn poll_output(&mut self) -> Output {
        self.outputs.pop_front().unwrap_or(Output::Timeout(None))
    }
}

/// Runs a probe that is given one action, until it says [`done`].
async fn probe(answer: impl FnMut(Input) -> Vec<Output>) {
    let directory = Directory::new();
    probe_in(&directory, answer).await;
}

async fn probe_in(directory: &Directory, answer: impl FnMut(Input) -> Vec<Output>) {
    let outputs = VecDeque::new();
    let endpoint = Probe { answer, outputs };
    let run = Driver::new(endpoint, directory.files(), list([Action::Quit]), |_, _, _| {}).run();
    let run = tokio::time::timeout(Duration::from_secs(20), run);
    run.await.map(drop).expect("the probe did not come to its end");
}

fn list(actions: impl IntoIterator<Item = Action>) -> mpsc::Receiver<Action> {
    let (sender, receiver) = mpsc::channel(MOST_ACTIONS);
    for action in actions {
        sender.try_send(action).unwrap();
    }
    receiver
}

fn done() -> Output {
    let report = Report::Finished {
        action: 1,
        outcome: Outcome::Done,
    };
    Output::Event { conn: None, report }
}

fn connect(from_port: FromPort, to: SocketAddr) -> Output {
    Output::Connect {
        conn: CONN,
        purpose: Purpose::Data,
        from_port,
        to,
    }
}

fn listen(ports: Ports) -> Output {
    Output::Listen {
        listener: LISTENER,
        purpose: Purpose::Data,
        address: localhost().ip(),
        ports,
    }
}

fn localhost() -> SocketAddr {
    "127.0.0.1:0".parse().unwrap()
}

/// A directory for one test.
struct Directory(tempfile::TempDir);

impl Directory {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn files(&self) -> Files {
        Files::new(self.0.path()).unwrap()
    }
}

#[tokio::test]
async fn a_half_closed_connection_is_read_to_its_end() {
    let server = TcpListener::bind(localhost()).await.unwrap();
    let to = server.local_addr().unwrap();
    let peer = async {
        let (mut stream, _) = server.accept().await.unwrap();
        let mut heard = Vec::new();
        stream.read_to_end(&mut heard).await.unwrap();
        assert_eq!(heard, b"all I have to say");
        stream.write_all(b"and the answer").await.unwrap();
    };
    let mut heard = Vec::new();
    let client = probe(|input| match input {
        Input::Act { .. } => vec![connect(FromPort::Any, to)],
        Input::Writable { .. } if heard.is_empty() => vec![
            Output::Send {
                conn: CONN,
                bytes: b"all I have to say".to_vec(),
            },
            Output::Shutdown { conn: CONN },
            Output::Read {
                conn: CONN,
                credit: 100,
            },
        ],
        Input::Received { bytes, .. } => {
            heard.extend(bytes);
            Vec::new()
        }
        Input::Eof { .. } => vec![done()],
        _ => Vec::new(),
    });
    tokio::join!(peer, client);
    assert_eq!(heard, b"and the answer");
}

#[tokio::test]
async fn credit_holds_both_ways() {
    const GREETING: usize = 5_000;
    let server = TcpListener::bind(localhost()).await.unwrap();
    let to = server.local_addr().unwrap();
    let (tell, told) = tokio::sync::oneshot::channel::<()>();
    let mut tell = Some(tell);
    let peer = async {
        let (mut stream, _) = server.accept().await.unwrap();
        stream.write_all(&[7; GREETING]).await.unwrap();
        // Nothing is read until the endpoint has heard all, so what it may send is what the kernel takes and no more.
        told.await.unwrap();
        let mut rest = Vec::new();
        stream.read_to_end(&mut rest).await.unwrap();
        rest.len()
    };
    let (mut granted, mut credit, mut heard) = (0, 0, 0);
    let client = probe(|input| match input {
        Input::Act { .. } => vec![connect(FromPort::Any, to)],
        Input::Connected { .. } => {
            credit = 10;
            vec![Output::Read { conn: CONN, credit }]
        }
        Input::Writable { bytes, .. } if heard < GREETING => {
            granted += bytes;
            let bytes = vec![1; bytes];
            vec![Output::Send { conn: CONN, bytes }]
        }
        Input::Received { bytes, .. } => {
            assert!(bytes.len() <= credit, "{} bytes for a credit of {credit}", bytes.len());
            credit -= bytes.len();
            heard += bytes.len();
            if heard == GREETING {
                tell.take().unwrap().send(()).unwrap();
                return vec![Output::Shutdown { conn: CONN }];
            }
            credit += 10;
            vec![Output::Read { conn: CONN, credit: 10 }]
        }
        Input::Eof { .. } => vec![done()],
        _ => Vec::new(),
    });
    let (read, ()) = tokio::join!(peer, client);
    assert_eq!(read, granted);
    assert!(granted >= 256 * 1024);
    assert!(
        granted < 64 * 1024 * 1024,
        "{granted} bytes were granted to a peer that reads nothing"
    );
}

#[tokio::test]
async fn an_end_is_seen_without_credit() {
    let server = TcpListener::bind(localhost()).await.unwrap();
    let to = server.local_addr().unwrap();
    let peer = async { drop(server.accept().await.unwrap()) };
    let client = probe(|input| match input {
        Input::Act { .. } => vec![connect(FromPort::Any, to)],
        Input::Eof { .. } => vec![Output::Shutdown { conn: CONN }, done()],
        _ => Vec::new(),
    });
    tokio::join!(peer, client);
}

#[tokio::test]
async fn an_abort_is_a_reset() {
    let server = TcpListener::bind(localhost()).await.unwrap();
    let to = server.local_addr().unwrap();
    let peer = async {
        let (mut stream, _) = server.accept().await.unwrap();
        let error = stream.read(&mut [0; 10]).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ConnectionReset);
    };
    let client = probe(|input| match input {
        Input::Act { .. } => vec![connect(FromPort::Any, to)],
        Input::Connected { .. } => vec![Output::Abort { conn: CONN }, done()],
        _ => Vec::new(),
    });
    tokio::join!(peer, client);
}

#[tokio::test]
async fn a_reset_is_told() {
    let server = TcpListener::bind(localhost()).await.unwrap();
    let to = server.local_addr().unwrap();
    let peer = async {
        let (stream, _) = server.accept().await.unwrap();
        stream.set_zero_linger().unwrap();
    };
    let client = probe(|input| match input {
        Input::Act { .. } => vec![connect(FromPort::Any, to)],
        Input::Reset { .. } => vec![done()],
        Input::Eof { .. } => panic!("this was no end in order"),
        _ => Vec::new(),
    });
    tokio::join!(peer, client);
}

#[tokio::test]
async fn a_session_is_over_when_its_client_ended_first() {
    let listener = TcpListener::bind(localhost()).await.unwrap();
    let peer = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
    let (stream, _) = listener.accept().await.unwrap();
    drop(peer);
    let conn = ConnId::accepted(0);
    let answer = |input| match input {
        Input::Begin => vec![Output::Read { conn, credit: 9 }],
        Input::Eof { .. } => vec![Output::Shutdown { conn }],
        _ => Vec::new(),
    };
    let (directory, outputs) = (Directory::new(), VecDeque::new());
    let run = Driver::serving(Probe { answer, outputs }, stream, directory.files(), |_, _, _| {}).run();
    let run = tokio::time::timeout(Duration::from_secs(20), run).await;
    run.map(drop).expect("the session goes on without anybody");
}

/// A port that nobody uses at the moment.
async fn free_port() -> u16 {
    let socket = TcpListener::bind(localhost()).await.unwrap();
    socket.local_addr().unwrap().port()
}

#[tokio::test]
async fn the_port_asked_for_is_the_port_called_from() {
    let server = TcpListener::bind(localhost()).await.unwrap();
    let to = server.local_addr().unwrap();
    let port = free_port().await;
    let peer = async {
        let (_stream, peer) = server.accept().await.unwrap();
        assert_eq!(peer.port(), port);
    };
    let client = probe(|input| match input {
        Input::Act { .. } => vec![connect(FromPort::Exactly(port), to)],
        Input::Connected { local, .. } => {
            assert_eq!(local.port(), port);
            vec![done()]
        }
        Input::ConnectFailed { why, .. } => panic!("{why:?}"),
        _ => Vec::new(),
    });
    tokio::join!(peer, client);
}

#[tokio::test]
async fn a_port_that_is_taken_is_named_as_the_reason() {
    let server = TcpListener::bind(localhost()).await.unwrap();
    let to = server.local_addr().unwrap();
    let taken = TcpListener::bind(localhost()).await.unwrap();
    let port = taken.local_addr().unwrap().port();
    probe(|input| match input {
        Input::Act { .. } => vec![connect(FromPort::Exactly(port), to)],
        Input::ConnectFailed { why, .. } => {
            assert_eq!(why, ConnectError::LocalPort);
            vec![done()]
        }
        _ => Vec::new(),
    })
    .await;
}

#[tokio::test]
async fn a_range_of_ports_is_kept_to_and_runs_out() {
    let port = free_port().await;
    let ports = Ports::Range {
        first: port,
        last: port,
    };
    let mut again = false;
    probe(|input| match input {
        Input::Act { .. } => vec![listen(ports)],
        Input::Listening { local, .. } => {
            assert!(!again, "the port was free twice");
            assert_eq!(local.port(), port);
            again = true;
            vec![Output::Listen {
                listener: ListenerId(1),
                purpose: Purpose::Data,
                address: localhost().ip(),
                ports,
            }]
        }
        Input::ListenFailed { why, .. } => {
            assert!(again);
            assert_eq!(why, ListenError::Exhausted);
            vec![done()]
        }
        _ => Vec::new(),
    })
    .await;
    let nowhere = "192.0.2.1".parse().unwrap();
    probe(|input| match input {
        Input::Act { .. } => vec![Output::Listen {
            listener: LISTENER,
            purpose: Purpose::Data,
            address: nowhere,
            ports: Ports::Any,
        }],
        Input::ListenFailed { why, .. } => {
            assert_eq!(why, ListenError::NoSuchAddress);
            vec![done()]
        }
        _ => Vec::new(),
    })
    .await;
}

#[tokio::test]
async fn a_listener_takes_callers_until_it_is_closed() {
    let (tell, told) = tokio::sync::oneshot::channel();
    let mut tell = Some(tell);
    let mut callers = Vec::new();
    let client = probe(|input| match input {
        Input::Act { .. } => vec![listen(Ports::Any)],
        Input::Listening { local, .. } => {
            tell.take().unwrap().send(local).unwrap();
            Vec::new()
        }
        Input::Accepted { conn, local, peer, .. } => {
            callers.push(conn);
            assert!(local.ip().is_loopback() && peer.ip().is_loopback());
            if callers.len() == 2 {
                vec![Output::StopListening { listener: LISTENER }, done()]
            } else {
                Vec::new()
            }
        }
        _ => Vec::new(),
    });
    let peers = async {
        let to = told.await.unwrap();
        let _first = TcpStream::connect(to).await.unwrap();
        let _second = TcpStream::connect(to).await.unwrap();
        to
    };
    let ((), to) = tokio::join!(client, peers);
    assert_eq!(callers, [ConnId::accepted(0), ConnId::accepted(1)]);
    let error = TcpStream::connect(to).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
}

#[tokio::test]
async fn a_tick_comes_when_it_is_due_and_not_before() {
    struct Waiter {
        due: Option<Instant>,
    }
    impl Endpoint for Waiter {
        fn handle_input(&mut self, now: Instant, input: Input) {
            match input {
                Input::Act { .. } => self.due = Some(now + portolan_wire::Duration::from_millis(30)),
                Input::Tick => {
                    assert!(self.due.is_some_and(|due| due <= now), "too early");
                    self.due = Some(Instant::ZERO);
                }
                _ => {}
            }
        }

        fn poll_output(&mut self) -> Output {
            match self.due {
                Some(Instant::ZERO) => {
                    self.due = None;
                    done()
                }
                due => Output::Timeout(due),
            }
        }
    }
    let directory = Directory::new();
    let run = Driver::new(
        Waiter { due: None },
        directory.files(),
        list([Action::Quit]),
        |_, _, _| {},
    )
    .run();
    let (waiter, _) = tokio::time::timeout(Duration::from_secs(20), run).await.unwrap();
    assert_eq!(waiter.due, None);
}

#[tokio::test]
async fn a_caller_hears_a_greeting_and_is_refused() {
    let server = TcpListener::bind(localhost()).await.unwrap();
    let to = server.local_addr().unwrap();
    let peer = async {
        let (mut stream, _) = server.accept().await.unwrap();
        stream.write_all(b"220 hello\r\n").await.unwrap();
        let mut rest = Vec::new();
        stream.read_to_end(&mut rest).await.unwrap();
        assert_eq!(rest, b"", "a caller says nothing");
        drop(server);
    };
    let actions = list([
        Action::Call {
            host: None,
            port: to.port(),
        },
        Action::Call {
            host: None,
            port: free_port().await,
        },
    ]);
    let reports = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&reports);
    let hook = move |_, _, report| log.lock().unwrap().push(report);
    let directory = Directory::new();
    let caller = Caller::new(to, Patience::default());
    let client = async { drop(Driver::new(caller, directory.files(), actions, hook).run().await) };
    tokio::join!(peer, client);
    let reports = reports.lock().unwrap();
    let text = "220 hello".to_owned();
    assert!(reports.contains(&Report::Greeting { text }));
    let outcomes: Vec<_> = reports
        .iter()
        .filter_map(|report| match report {
            Report::Finished { action, outcome } => Some((*action, outcome.clone())),
            _ => None,
        })
        .collect();
    let trouble = Trouble::ControlConnect {
        why: ConnectError::Refused,
    };
    assert_eq!(outcomes, [(1, Outcome::Done), (2, Outcome::Failed { trouble })]);
}

/// Asks one request after the other; what the store answers to each.
async fn ask(directory: &Directory, requests: Vec<StoreRequest>) -> Vec<Result<StoreAnswer, StoreError>> {
    let mut requests = VecDeque::from(requests);
    let mut answers = Vec::new();
    let mut op = 0;
    probe_in(directory, |input| {
        match input {
            Input::Act { .. } => {}
            Input::Stored { result, .. } => answers.push(result),
            _ => return Vec::new(),
        }
        op += 1;
        vec![match requests.pop_front() {
            Some(request) => Output::Store { op: OpId(op), request },
            None => done(),
        }]
    })
    .await;
    answers
}

fn path(text: &str) -> TreePath {
    TreePath::root().join(text)
}

fn open(text: &str, how: OpenHow) -> StoreRequest {
    StoreRequest::Open { path: path(text), how }
}

#[tokio::test]
async fn files_are_written_read_and_listed() {
    let directory = Directory::new();
    let handle = HandleId(0);
    let write = |offset, bytes: &[u8]| StoreRequest::WriteAt {
        handle,
        offset,
        bytes: bytes.to_vec(),
    };
    let close = |handle| StoreRequest::Close { handle, complete: true };
    let answers = ask(
        &directory,
        vec![
            open("new.txt", OpenHow::Replace),
            write(5, b"world"),
            write(0, b"hello"),
            close(handle),
            close(handle),
        ],
    )
    .await;
    let opened = |size| Ok(StoreAnswer::Opened { handle, size });
    let done = || Ok(StoreAnswer::Done);
    assert_eq!(answers, [opened(0), done(), done(), done(), Err(StoreError::Failed)]);
    let read = |offset, length| StoreRequest::ReadAt { handle, offset, length };
    let answers = ask(
        &directory,
        vec![
            open("new.txt", OpenHow::Read),
            read(3, 4),
            read(8, 10),
            read(99, 1),
            close(handle),
        ],
    )
    .await;
    let data = |bytes: &[u8]| Ok(StoreAnswer::Data(bytes.to_vec()));
    assert_eq!(answers, [opened(10), data(b"lowo"), data(b"ld"), data(b""), done()]);
    std::fs::create_dir(directory.0.path().join("a-directory")).unwrap();
    std::fs::write(directory.0.path().join("zzz"), b"").unwrap();
    let page = |after: Option<&str>| StoreRequest::List {
        path: TreePath::root(),
        after: after.map(str::to_owned),
        limit: 2,
    };
    let mut pages = ask(&directory, vec![page(None), page(Some("new.txt"))])
        .await
        .into_iter();
    let Some(Ok(StoreAnswer::Page { entries, more: true })) = pages.next() else {
        panic!("no first page");
    };
    let shown: Vec<_> = entries
        .iter()
        .map(|entry| (entry.name.as_str(), entry.kind, entry.size))
        .collect();
    assert_eq!(
        shown,
        [
            ("a-directory", EntryKind::Directory, 0),
            ("new.txt", EntryKind::File, 10)
        ]
    );
    assert!(matches!(pages.next(), Some(Ok(StoreAnswer::Page { entries, more: false })) if entries.len() == 1));
}

#[cfg(unix)]
#[tokio::test]
async fn no_name_leads_out_of_the_directory() {
    let outside = Directory::new();
    std::fs::write(outside.0.path().join("secret"), b"secret").unwrap();
    let directory = Directory::new();
    let root = directory.0.path();
    std::fs::create_dir(root.join("inside")).unwrap();
    std::fs::write(root.join("inside/file"), b"fine").unwrap();
    std::os::unix::fs::symlink(outside.0.path(), root.join("out")).unwrap();
    std::os::unix::fs::symlink(outside.0.path().join("new"), root.join("dangling")).unwrap();
    std::os::unix::fs::symlink("inside", root.join("in")).unwrap();
    let requests = vec![
        open("in/file", OpenHow::Read),
        open("out/secret", OpenHow::Read),
        open("out/new", OpenHow::Replace),
        open("dangling", OpenHow::Replace),
        open("inside", OpenHow::Read),
        open("missing", OpenHow::Read),
        open("missing/x", OpenHow::Replace),
        open("x\0y", OpenHow::Replace),
        StoreRequest::Stat { path: path("out") },
        StoreRequest::List {
            path: path("out"),
            after: None,
            limit: 9,
        },
    ];
    let answers = ask(&directory, requests).await;
    assert!(matches!(answers[0], Ok(StoreAnswer::Opened { size: 4, .. })));
    let errors: Vec<_> = answers[1..].iter().map(|answer| answer.clone().unwrap_err()).collect();
    use StoreError::{Denied, NotFound, WrongKind};
    assert_eq!(
        errors,
        [
            Denied, Denied, Denied, WrongKind, NotFound, NotFound, Denied, Denied, Denied
        ]
    );
    assert!(!outside.0.path().join("new").exists());
}

#[tokio::test]
async fn dropping_the_future_closes_everything() {
    let server = TcpListener::bind(localhost()).await.unwrap();
    let to = server.local_addr().unwrap();
    let mut run = Box::pin(probe(|input| match input {
        Input::Act { .. } => vec![connect(FromPort::Any, to)],
        _ => Vec::new(),
    }));
    let (mut stream, _) = tokio::select! {
        accepted = server.accept() => accepted.unwrap(),
        () = &mut run => panic!("it has nothing to end for"),
    };
    drop(run);
    let mut rest = Vec::new();
    let ended = tokio::time::timeout(Duration::from_secs(20), stream.read_to_end(&mut rest)).await;
    ended.expect("the connection is still open").unwrap();
}
