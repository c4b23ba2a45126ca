//! Peers that keep no rules, over real loopback sockets: scripted servers before `portolan connect`, scripted clients
//! before `portolan sandbox`. The endpoints themselves are tried against far more of them, without sockets, by the
//! properties in `crates/protocol`; here it is the whole program that must end, say why, and stay small.

mod clients;
mod script;
mod servers;

use std::io::Read;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// No case takes as long; one that does hangs.
const TOO_LONG: Duration = Duration::from_secs(60);

/// What came of a run of the program.
struct Ran {
    status: Option<i32>,
    stdout: String,
    stderr: String,
}

/// Runs a command to its end, which must come.
fn watched(mut command: Command) -> Ran {
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let stdout = reader(child.stdout.take().unwrap());
    let stderr = reader(child.stderr.take().unwrap());
    let deadline = Instant::now() + TOO_LONG;
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if Instant::now() > deadline {
            child.kill().unwrap();
            child.wait().unwrap();
            break Default::default();
        }
        thread::sleep(Duration::from_millis(5));
    };
    assert!(Instant::now() < deadline, "the program hangs");
    Ran {
        status: status.code(),
        stdout: stdout.join().unwrap(),
        stderr: stderr.join().unwrap(),
    }
}

fn reader(mut from: impl Read + Send + 'static) -> thread::JoinHandle<String> {
    thread::spawn(move || {
        let mut all = String::new();
        from.read_to_string(&mut all).unwrap();
        all
    })
}
