//! `portolan connect` against servers of the world. Every session's screen, log and capture is searched for the
//! password.

mod errors;
mod proftpd;
mod tls;
mod vsftpd;

use std::fs;
use std::path::Path;
use std::process::Output;

use portolan_session::event::Kind;
use portolan_session::{Log, jsonl};
use portolan_wire::report::Report;

use crate::files::{LARGE, MODES, SAMPLES, content, has, holds, write_samples};
use crate::program;
use crate::server::{PASSWORD, Server};

/// What came of a session of the program.
pub struct Ran {
    pub output: Output,
    /// Nothing where none was written.
    pub log: Option<Log>,
    /// The capture's bytes; none where none was written.
    pub capture: Vec<u8>,
}

impl Ran {
    /// Runs `portolan connect` in a folder.
    #[track_caller]
    pub fn connect(folder: &Path, arguments: &[&str]) -> Self {
        let records = tempfile::tempdir().unwrap();
        let (log, capture) = (records.path().join("log"), records.path().join("capture"));
        let output = program::bounded(program::portolan())
            .arg("connect")
            .args(arguments)
            .arg("--log")
            .arg(&log)
            .arg("--pcapng")
            .arg(&capture)
            .current_dir(folder)
            .env_remove("PORTOLAN_PASSWORD")
            .output()
            .unwrap();
        let (log, capture) = (fs::read(log).ok(), fs::read(capture).unwrap_or_default());
        let places = [
            &output.stdout,
            &output.stderr,
            &capture,
            log.as_ref().unwrap_or(&capture),
        ];
        for (nth, place) in places.into_iter().enumerate() {
            assert!(!has(place, PASSWORD), "the password is in place {nth}: {arguments:?}");
        }
        let log = log.map(|log| jsonl::read(&log).unwrap());
        Self { output, log, capture }
    }

    /// It did what it was asked, and had nothing to complain about.
    #[track_caller]
    pub fn is_done(&self) -> &Self {
        assert_eq!((self.output.status.code(), self.err()), (Some(0), ""), "{}", self.out());
        self
    }

    /// It failed, and said why in one line.
    #[track_caller]
    pub fn failed(&self, why: &str) -> &Self {
        assert_eq!(self.output.status.code(), Some(1), "{}\n{}", self.err(), self.out());
        assert!(
            self.err().starts_with("portolan: ") && self.err().contains(why) && self.err().lines().count() == 1,
            "no `{why}` in: {}",
            self.err()
        );
        self
    }

    pub fn out(&self) -> &str {
        std::str::from_utf8(&self.output.stdout).unwrap()
    }

    pub fn err(&self) -> &str {
        std::str::from_utf8(&self.output.stderr).unwrap()
    }

    /// What the client reported.
    pub fn reports(&self) -> impl Iterator<Item = &Report> {
        let events = self.log.as_ref().unwrap().events().iter();
        events.filter_map(|event| match &event.kind {
            Kind::Endpoint { report } => Some(&**report),
            _ => None,
        })
    }

    /// The commands said.
    pub fn commands(&self) -> Vec<String> {
        let commands = self.reports().filter_map(|report| match report {
            Report::Command { verb, argument, .. } => {
                Some(format!("{verb} {}", argument.as_deref().unwrap_or_default()))
            }
            _ => None,
        });
        commands.map(|command| command.trim_end().to_owned()).collect()
    }

    /// How many commands begin so.
    pub fn count(&self, beginning: &str) -> usize {
        let commands = self.commands();
        commands.iter().filter(|command| command.starts_with(beginning)).count()
    }

    /// The lines of all listings.
    pub fn listed(&self) -> Vec<&str> {
        let lines = self.reports().filter_map(|report| match report {
            Report::Listed { lines, .. } => Some(lines),
            _ => None,
        });
        lines.flatten().map(String::as_str).collect()
    }
}

/// The command line of one session, put together.
pub struct Line(Vec<String>);

impl Line {
    pub fn to(server: &Server, mode: &str) -> Self {
        let mut line = Self(vec![server.url(""), "--mode".to_owned(), mode.to_owned()]);
        line.0.extend(server.trust());
        line
    }

    pub fn add(&mut self, arguments: &[&str]) {
        self.0.extend(arguments.iter().map(ToString::to_string));
    }

    #[track_caller]
    pub fn run(&self, folder: &Path) -> Ran {
        let arguments: Vec<&str> = self.0.iter().map(String::as_str).collect();
        Ran::connect(folder, &arguments)
    }
}

/// All of it, in each of these modes.
fn conforms(server: &Server, modes: &[(&str, &str)]) {
    for (name, length) in SAMPLES {
        server.put(&format!("pub/{name}"), &content(length));
    }
    for (mode, verb) in modes {
        to_and_fro(server, mode, verb);
        resumes(server, mode);
        changes(server, mode);
    }
}

/// Lists, downloads and uploads every sample, and compares.
fn to_and_fro(server: &Server, mode: &str, verb: &str) {
    let folder = tempfile::tempdir().unwrap();
    write_samples(folder.path());
    let mut line = Line::to(server, mode);
    line.add(&["--list", "pub", "--names", "pub"]);
    for (name, _) in SAMPLES {
        line.add(&["--get", &format!("pub/{name}"), &format!("back {name}")]);
        line.add(&["--put", name, &format!("incoming/{mode} {name}")]);
    }
    let ran = line.run(folder.path());
    ran.is_done();
    for (name, length) in SAMPLES {
        let content = content(length);
        holds(&folder.path().join(format!("back {name}")), &content);
        holds(&server.root().join(format!("incoming/{mode} {name}")), &content);
        let lines = ran.listed();
        let named = lines.iter().filter(|line| line.ends_with(name)).count();
        assert_eq!(named, 2, "{mode}: {name} in {lines:#?}");
        let sized = |line: &&str| line.ends_with(name) && line.contains(&length.to_string());
        assert!(lines.iter().any(sized), "{mode}: {name} without its size in {lines:#?}");
        assert!(ran.out().contains(name), "{mode}: {name} is not told of");
    }
    assert_eq!(ran.count(verb), 2 + 2 * SAMPLES.len(), "{mode}: {:#?}", ran.commands());
    let others = MODES.iter().filter(|(_, other)| other != &verb);
    assert_eq!(others.map(|(_, other)| ran.count(other)).sum::<usize>(), 0, "{mode}");
}

/// Goes on where a download and an upload stopped, and finds nothing to do the second time.
fn resumes(server: &Server, mode: &str) {
    let folder = tempfile::tempdir().unwrap();
    let (whole, half) = (content(200_000), &content(200_000)[..70_000]);
    let name = format!("half of {mode} – половина");
    server.put("pub/whole", &whole);
    server.put(&format!("incoming/{name}"), half);
    fs::write(folder.path().join("down"), half).unwrap();
    fs::write(folder.path().join("up"), &whole).unwrap();
    let mut line = Line::to(server, mode);
    let up = format!("incoming/{name}");
    line.add(&["--resume", "--get", "pub/whole", "down", "--put", "up", &up]);
    for time in 0..2 {
        let ran = line.run(folder.path());
        ran.is_done();
        holds(&folder.path().join("down"), &whole);
        holds(&server.root().join(&up), &whole);
        let rests = ran.count("REST 70000");
        assert!(time > 0 || rests > 0, "{mode}: {:#?}", ran.commands());
    }
}

/// Makes a directory, a file in it that grows and gets another name, and takes all of it away again.
fn changes(server: &Server, mode: &str) {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("more"), content(100)).unwrap();
    let made = format!("incoming/neu {mode} – новый");
    let (old, new) = (format!("{made}/old é"), format!("{made}/new 海"));
    let mut line = Line::to(server, mode);
    line.add(&[
        "--make-directory",
        &made,
        "--put",
        "more",
        &old,
        "--append",
        "more",
        &old,
    ]);
    line.add(&["--rename", &old, &new, "--change-directory", &made, "--list", ""]);
    let ran = line.run(folder.path());
    ran.is_done();
    let twice = [content(100), content(100)].concat();
    holds(&server.root().join(&new), &twice);
    assert!(!server.root().join(&old).exists());
    assert!(
        ran.listed().iter().any(|line| line.ends_with("new 海")),
        "{:#?}",
        ran.listed()
    );
    let mut line = Line::to(server, mode);
    line.add(&["--inspect", &new, "--delete", &new, "--remove-directory", &made]);
    line.run(folder.path()).is_done();
    assert!(!server.root().join(&made).exists());
}

/// 50 MB down and up.
fn carries_much(server: &Server) {
    let folder = tempfile::tempdir().unwrap();
    let much = content(LARGE);
    server.put("pub/much", &much);
    let mut line = Line::to(server, "extended-passive");
    line.add(&["--quiet", "--get", "pub/much", "down", "--put", "down", "incoming/up"]);
    let ran = line.run(folder.path());
    assert_eq!(ran.is_done().out(), "");
    holds(&folder.path().join("down"), &much);
    holds(&server.root().join("incoming/up"), &much);
}
