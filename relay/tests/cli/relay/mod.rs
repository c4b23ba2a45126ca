//! The relay of `portolan serve`, as a browser speaks to it and as an attacker does.

mod attacks;
mod captures;
mod files;
mod sessions;
mod speaker;

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Stdio};
use std::time::Duration;

use super::portolan;
pub(crate) use speaker::Speaker;

/// A program that serves. Ended when it is dropped.
pub(crate) struct Relay {
    child: Child,
    pub(crate) address: SocketAddr,
    /// What stands behind the `#` of the address it printed.
    pub(crate) token: Option<String>,
}

impl Relay {
    /// On a loopback port of the system's choice, with these options besides.
    pub(crate) fn start(options: &[&str]) -> Self {
        let options = [&["serve", "--listen", "127.0.0.1:0", "--quiet"], options].concat();
        let mut child = portolan(&options).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let place = line.split_whitespace().find_map(|word| word.strip_prefix("http://"));
        let place = place.unwrap_or_else(|| panic!("no address: {line:?}"));
        let (address, token) = match place.split_once("/#token=") {
            Some((address, token)) => (address, Some(token.to_owned())),
            None => (place, None),
        };
        Self {
            child,
            address: address.parse().unwrap(),
            token,
        }
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Its own page's origin.
    pub(crate) fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    /// A viewer that has said hello.
    pub(crate) fn viewer(&self) -> Speaker {
        let mut speaker = Speaker::call(self.address, &self.origin()).unwrap();
        let welcome = speaker.hello(None);
        assert_eq!(welcome["say"], "welcome", "{welcome}");
        speaker
    }

    /// A viewer that drives a session with the sandbox, and is logged in.
    pub(crate) fn driver(&self) -> Speaker {
        let mut speaker = self.viewer();
        speaker.open_sandbox();
        speaker.act(serde_json::json!({"do": "connect"}));
        speaker.say(&serde_json::json!({"say": "log-in", "number": 2}));
        speaker.given = 2;
        speaker.until_finished(2);
        speaker
    }

    /// As Ctrl-C does.
    pub(crate) fn interrupt(&self) {
        let pid = self.pid().to_string();
        let status = std::process::Command::new("kill").args(["-INT", &pid]).status();
        assert!(status.unwrap().success());
    }

    /// Its exit status, when it has ended.
    pub(crate) fn wait(&mut self) -> Option<i32> {
        self.child.wait().unwrap().code()
    }

    /// A request's answer, as it came.
    pub(crate) fn ask(&self, request: &[u8]) -> Vec<u8> {
        let mut stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        stream.write_all(request).unwrap();
        let mut answer = Vec::new();
        let _reset = stream.read_to_end(&mut answer);
        answer
    }

    /// The most memory the program has held, in bytes.
    pub(crate) fn peak_memory(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
