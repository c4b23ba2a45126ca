//! One WebSocket to a relay, and what came over it.

use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use serde_json::{Value, json};
use tungstenite::client::IntoClientRequest as _;
use tungstenite::{Message, WebSocket};

/// A socket, and everything it heard.
pub(crate) struct Speaker {
    socket: WebSocket<TcpStream>,
    /// The last action's number.
    pub(crate) given: u32,
    /// Messages, beats and viewers' counts aside.
    pub(crate) heard: Vec<Value>,
    /// The log so far, from the first event that came.
    pub(crate) events: Vec<Value>,
    first: u64,
    /// All that came, to be searched.
    pub(crate) text: String,
    pub(crate) session: String,
    pub(crate) drive: String,
    pub(crate) watch: String,
}

/// The relay closed the socket.
#[derive(Debug)]
pub(crate) struct Closed;

impl Speaker {
    /// Calls the relay from a page of this origin. The error is the status with which it refused.
    pub(crate) fn call(relay: SocketAddr, origin: &str) -> Result<Self, u16> {
        Self::call_as(relay, &relay.to_string(), Some(origin))
    }

    /// The same under another name, or from nowhere.
    pub(crate) fn call_as(relay: SocketAddr, host: &str, origin: Option<&str>) -> Result<Self, u16> {
        let mut request = format!("ws://{relay}/relay").into_client_request().unwrap();
        let headers = request.headers_mut();
        headers.insert("Host", host.parse().unwrap());
        if let Some(origin) = origin {
            headers.insert("Origin", origin.parse().unwrap());
        }
        let stream = TcpStream::connect(relay).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        match tungstenite::client(request, stream) {
            Ok((socket, _)) => Ok(Self {
                socket,
                given: 0,
                heard: Vec::new(),
                events: Vec::new(),
                first: 0,
                text: String::new(),
                session: String::new(),
                drive: String::new(),
                watch: String::new(),
            }),
            Err(tungstenite::HandshakeError::Failure(tungstenite::Error::Http(answer))) => {
                Err(answer.status().as_u16())
            }
            Err(error) => panic!("{error}"),
        }
    }

    pub(crate) fn say(&mut self, what: &Value) {
        self.say_text(&what.to_string());
    }

    pub(crate) fn say_text(&mut self, text: &str) {
        // A relay that has closed already is noticed when something is to be heard.
        let _closed = self.socket.send(Message::text(text));
    }

    pub(crate) fn say_bytes(&mut self, bytes: Vec<u8>) {
        let _closed = self.socket.send(Message::binary(bytes));
    }

    pub(crate) fn hello(&mut self, token: Option<&str>) -> Value {
        self.say(&json!({"say": "hello", "version": 1, "token": token}));
        self.hear().unwrap()
    }

    /// Opens a session with the sandbox.
    pub(crate) fn open_sandbox(&mut self) {
        self.open(&json!({"server": "offered", "name": "sandbox"}));
        self.until(|heard| heard["say"] == "attached");
    }

    /// Asks for a session.
    pub(crate) fn open(&mut self, server: &Value) {
        self.say(&json!({"say": "open", "server": server}));
    }

    /// Asks for a session under TLS, with whom has this certificate if one is named.
    pub(crate) fn open_tls(&mut self, server: &Value, tls: &str, pin: Option<&str>) {
        let mut open = json!({"say": "open", "server": server, "tls": tls});
        if let Some(pin) = pin {
            open["pin"] = pin.into();
        }
        self.say(&open);
    }

    /// Gives the next action, and tells its number.
    pub(crate) fn act(&mut self, what: Value) -> u32 {
        self.given += 1;
        let number = self.given;
        self.say(&json!({"say": "act", "number": number, "what": what}));
        number
    }

    /// The next message that is no beat. Events come into the log.
    pub(crate) fn hear(&mut self) -> Result<Value, Closed> {
        loop {
            let text = match self.socket.read() {
                Ok(Message::Text(text)) => text,
                Ok(Message::Close(_)) | Err(tungstenite::Error::ConnectionClosed) => return Err(Closed),
                Ok(_) => continue,
                Err(tungstenite::Error::Io(error)) if error.kind() == std::io::ErrorKind::WouldBlock => {
                    panic!("nothing was heard for too long; last: {:?}", self.heard.last())
                }
                Err(_) => return Err(Closed),
            };
            self.text.push_str(&text);
            let mut lines = text.lines();
            let message: Value = serde_json::from_str(lines.next().unwrap()).unwrap();
            match message["say"].as_str().unwrap() {
                "beat" | "viewers" => continue,
                "events" => {
                    let before = self.events.len();
                    if before == 0 {
                        self.first = message["from"].as_u64().unwrap();
                    }
                    assert_eq!(message["from"], self.first + before as u64, "a hole in the log");
                    self.events
                        .extend(lines.map(|line| serde_json::from_str::<Value>(line).unwrap()));
                    assert_eq!(message["count"], self.events.len() - before);
                }
                "opened" => {
                    let field = |name: &str| message[name].as_str().unwrap().to_owned();
                    (self.session, self.drive, self.watch) = (field("session"), field("drive"), field("watch"));
                }
                _ => {}
            }
            self.heard.push(message.clone());
            return Ok(message);
        }
    }

    /// Hears until a message is as wanted, and gives it.
    pub(crate) fn until(&mut self, is_wanted: impl Fn(&Value) -> bool) -> Value {
        loop {
            let heard = self
                .hear()
                .unwrap_or_else(|Closed| panic!("closed: {:?}", self.heard.last()));
            if is_wanted(&heard) {
                return heard;
            }
        }
    }

    /// Hears until an event is as wanted, and gives it.
    pub(crate) fn until_event(&mut self, is_wanted: impl Fn(&Value) -> bool) -> Value {
        let mut seen = 0;
        loop {
            if let Some(event) = self.events.iter().skip(seen).find(|event| is_wanted(event)) {
                return event.clone();
            }
            seen = self.events.len();
            self.hear()
                .unwrap_or_else(|Closed| panic!("closed: {:?}", self.heard.last()));
        }
    }

    /// Hears until an action has finished, and gives its outcome.
    pub(crate) fn until_finished(&mut self, number: u32) -> Value {
        let event = self.until_event(|event| event["report"] == "finished" && event["action"] == number);
        event["outcome"].clone()
    }

    /// Hears until the relay closes, and gives the reason.
    pub(crate) fn until_bye(&mut self) -> Value {
        let bye = self.until(|heard| heard["say"] == "bye");
        while self.hear().is_ok() {}
        bye["why"].clone()
    }

    /// The socket itself, for what no honest page does.
    pub(crate) fn stream(&mut self) -> &mut TcpStream {
        self.socket.get_mut()
    }
}
