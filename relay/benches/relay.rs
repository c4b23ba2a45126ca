//! The relay's speed: `cargo xtask bench` runs this and makes a table of it.
//!
//! Each line is what was measured: its name, its unit and its value, with tabs between. The relay is the program itself,
//! in a process of its own; what it is compared with runs in this one, over the same loopback.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a benchmark that cannot run has nothing better to do than stop"
)]

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;

/// How often a transfer is timed; the best counts.
const RUNS: usize = 3;

/// The sandbox's large file, in bytes.
const LARGE: u64 = 1 << 30;

const VIEWERS: usize = 500;

/// Actions that the viewers watch, one after the other.
const WATCHED: u32 = 100;

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        for _ in 0..RUNS {
            say("relay, 1 GiB to a reader", "MB/s", through_the_relay().await);
            say("plain copy, 1 GiB to a reader", "MB/s", through_a_copy().await);
        }
        say("relay, click to first event", "ms", first_event().await);
        let fan_out = fan_out().await;
        say("relay, 500 viewers, p50", "ms", fan_out.median);
        say("relay, 500 viewers, p99", "ms", fan_out.late);
        say("relay, memory per viewer", "KiB", fan_out.memory);
    });
}

fn say(name: &str, unit: &str, value: f64) {
    println!("{name}\t{unit}\t{value}");
}

/// The program, with its sandbox.
struct Relay {
    child: Child,
    address: SocketAddr,
}

impl Relay {
    fn start() -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_portolan"))
            .args(["serve", "--listen", "127.0.0.1:0", "--quiet"])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let address = line.trim_end().rsplit_once("http://").unwrap().1.parse().unwrap();
        Self { child, address }
    }

    /// What it holds of memory now, in KiB.
    fn memory(&self) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        line.trim().trim_end_matches(" kB").parse().unwrap()
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A page's socket.
struct Page {
    socket: tokio_tungstenite::WebSocketStream<TcpStream>,
}

impl Page {
    async fn call(relay: SocketAddr) -> Self {
        let mut request = format!("ws://{relay}/relay").into_client_request().unwrap();
        let origin = format!("http://{relay}").parse().unwrap();
        request.headers_mut().insert("Origin", origin);
        let stream = TcpStream::connect(relay).await.unwrap();
        let (socket, _) = tokio_tungstenite::client_async(request, stream).await.unwrap();
        let mut page = Self { socket };
        page.say(json!({"say": "hello", "version": 1})).await;
        page.until("welcome").await;
        page
    }

    async fn say(&mut self, what: Value) {
        self.socket.send(Message::text(what.to_string())).await.unwrap();
    }

    /// The next message's text.
    async fn hear(&mut self) -> String {
        loop {
            match self.socket.next().await.unwrap().unwrap() {
                Message::Text(text) => return text.to_string(),
                Message::Close(_) => panic!("the relay hung up"),
                _ => {}
            }
        }
    }

    async fn until(&mut self, kind: &str) -> Value {
        loop {
            let text = self.hear().await;
            let message: Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
            if message["say"] == kind {
                return message;
            }
        }
    }

    /// Hears until an action has finished.
    async fn until_finished(&mut self, number: u32) {
        let wanted = format!("\"report\":\"finished\",\"action\":{number},");
        while !self.hear().await.contains(&wanted) {}
    }

    /// Opens a session with the sandbox and logs in. Gives its name and its watch key.
    async fn drive(&mut self) -> (String, String) {
        self.say(json!({"say": "open", "server": {"server": "offered", "name": "sandbox"}}))
            .await;
        let opened = self.until("opened").await;
        self.say(json!({"say": "act", "number": 1, "what": {"do": "connect"}}))
            .await;
        self.say(json!({"say": "log-in", "number": 2})).await;
        self.until_finished(2).await;
        let field = |name: &str| opened[name].as_str().unwrap().to_owned();
        (field("session"), field("watch"))
    }
}

/// Reads to the end; tells how many bytes came.
async fn read_all(stream: &mut TcpStream) -> u64 {
    let mut block = vec![0; 256 * 1024];
    let mut bytes = 0;
    loop {
        match stream.read(&mut block).await.unwrap() {
            0 => return bytes,
            read => bytes += read as u64,
        }
    }
}

fn speed(began: Instant) -> f64 {
    LARGE as f64 / 1e6 / began.elapsed().as_secs_f64()
}

/// A server's gibibyte over FTP, the relay and HTTP to a reader.
async fn through_the_relay() -> f64 {
    let relay = Relay::start();
    let mut page = Page::call(relay.address).await;
    page.drive().await;
    page.say(json!({"say": "act", "number": 3, "what": {"do": "get", "remote": "pub/large.bin"}}))
        .await;
    let file = page.until("file").await;
    let began = Instant::now();
    let mut stream = TcpStream::connect(relay.address).await.unwrap();
    let request = format!(
        "GET /relay/file/{} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n",
        file["ticket"].as_str().unwrap(),
        relay.address
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    // The page goes on reading its log, as pages do.
    let log = tokio::spawn(async move { while page.socket.next().await.is_some() {} });
    let bytes = read_all(&mut stream).await;
    let speed = speed(began);
    log.abort();
    assert!(bytes > LARGE, "only {bytes} bytes came");
    speed
}

/// A gibibyte from a socket through `tokio::io::copy` to a reader.
async fn through_a_copy() -> f64 {
    let source = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let relay = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (from, through) = (source.local_addr().unwrap(), relay.local_addr().unwrap());
    tokio::spawn(async move {
        let (mut stream, _) = source.accept().await.unwrap();
        let block = vec![7; 64 * 1024];
        for _ in 0..LARGE / 65_536 {
            stream.write_all(&block).await.unwrap();
        }
    });
    tokio::spawn(async move {
        let (mut to, _) = relay.accept().await.unwrap();
        let mut stream = TcpStream::connect(from).await.unwrap();
        tokio::io::copy(&mut stream, &mut to).await.unwrap();
    });
    let began = Instant::now();
    let mut stream = TcpStream::connect(through).await.unwrap();
    let bytes = read_all(&mut stream).await;
    let speed = speed(began);
    assert_eq!(bytes, LARGE);
    speed
}

/// From the click on "Connect sandbox" to the first event on the page's side: the median of fifty, in milliseconds.
async fn first_event() -> f64 {
    let relay = Relay::start();
    let mut times = Vec::new();
    for _ in 0..50 {
        let began = Instant::now();
        let mut page = Page::call(relay.address).await;
        page.say(json!({"say": "open", "server": {"server": "offered", "name": "sandbox"}}))
            .await;
        page.say(json!({"say": "act", "number": 1, "what": {"do": "connect"}}))
            .await;
        page.until("events").await;
        times.push(began.elapsed());
        page.say(json!({"say": "end"})).await;
        page.until("ended").await;
    }
    part(&mut times, 50)
}

struct FanOut {
    median: f64,
    late: f64,
    memory: f64,
}

/// From an action's being sent by the driver to its end's being read by each of 500 viewers.
async fn fan_out() -> FanOut {
    let relay = Relay::start();
    let mut driver = Page::call(relay.address).await;
    let (session, watch) = driver.drive().await;
    let before = relay.memory();
    let (heard, mut hears) = tokio::sync::mpsc::unbounded_channel();
    for _ in 0..VIEWERS {
        let mut viewer = Page::call(relay.address).await;
        viewer
            .say(json!({"say": "attach", "session": session, "key": watch, "after": 0}))
            .await;
        viewer.until_finished(2).await;
        let heard = heard.clone();
        tokio::spawn(async move {
            for number in 3..3 + WATCHED {
                viewer.until_finished(number).await;
                let _ = heard.send(Instant::now());
            }
            // The socket stays until all have been measured.
            std::future::pending::<()>().await;
        });
    }
    let memory = (relay.memory() - before) / VIEWERS as f64;
    let mut times = Vec::new();
    for number in 3..3 + WATCHED {
        let sent = Instant::now();
        driver
            .say(json!({"say": "act", "number": number, "what": {"do": "working-directory"}}))
            .await;
        for _ in 0..VIEWERS {
            times.push(hears.recv().await.unwrap() - sent);
        }
    }
    FanOut {
        median: part(&mut times, 50),
        late: part(&mut times, 99),
        memory,
    }
}

/// The time that so many in a hundred keep to, in milliseconds.
fn part(times: &mut [Duration], percent: usize) -> f64 {
    times.sort();
    let place = (times.len() * percent / 100).min(times.len() - 1);
    times[place].as_secs_f64() * 1e3
}
