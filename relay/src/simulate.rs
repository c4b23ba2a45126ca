//! `portolan simulate`: runs a scenario and prints what happens.

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use portolan_scenario::{Order, Run, Scenario, Settings, built_in, catalogue, limits, parse};
use portolan_session::pcapng::Vantage;
use portolan_session::{Log, pcapng, transcript};
use portolan_wire::visible;

use crate::cli::Simulate;
use crate::{Trouble, failure, output};

/// Runs the scenario.
pub(crate) fn run(asked: &Simulate) -> Result<(), Trouble> {
    let main = main_output(asked)?;
    let scenario = scenario(&asked.scenario)?;
    let mut settings = Settings::new();
    for text in &asked.set {
        settings
            .add_text(text)
            .map_err(|error| Trouble::Wrong(error.to_string()))?;
    }
    let order = Order {
        seed: asked.seed,
        settings,
        actions: None,
    };
    let mut run = Run::new(scenario, &order).map_err(|error| Trouble::Wrong(error.to_string()))?;
    run.finish();
    // In a simulation everybody may read what went under TLS.
    let keys = run.take_keys();
    write_files(asked, run.log(), &keys)?;
    match main {
        Main::Transcript if asked.eavesdrop => output::print(transcript::overheard(run.log()).as_bytes())?,
        Main::Transcript => output::print(transcript::explained(run.log()).as_bytes())?,
        Main::Log => output::print(&output::log_bytes(run.log())?)?,
        Main::Capture => output::print(&capture_bytes(run.log(), &keys)?)?,
    }
    match run.failure() {
        None => Ok(()),
        Some(ending) => Err(Trouble::Failed(failure::sentence(
            &ending.action,
            ending.number,
            ending.outcome.as_ref(),
            run.log(),
        ))),
    }
}

/// What goes to standard output.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Main {
    Transcript,
    Log,
    Capture,
}

fn main_output(asked: &Simulate) -> Result<Main, Trouble> {
    let dash = |path: &Option<PathBuf>| path.as_deref() == Some(Path::new("-"));
    match (asked.json || dash(&asked.log), dash(&asked.pcapng)) {
        (true, true) => {
            let why = "standard output can take the log or the capture, not both; give one of them a file";
            Err(Trouble::Wrong(why.to_owned()))
        }
        (true, false) | (false, true) if asked.eavesdrop => {
            let why =
                "--eavesdrop tells the session in words, and standard output takes something else; give that a file";
            Err(Trouble::Wrong(why.to_owned()))
        }
        (true, false) => Ok(Main::Log),
        (false, true) => Ok(Main::Capture),
        (false, false) => Ok(Main::Transcript),
    }
}

fn write_files(asked: &Simulate, log: &Log, keys: &str) -> Result<(), Trouble> {
    let file = |path: &Option<PathBuf>| path.clone().filter(|path| path != Path::new("-"));
    if let Some(path) = file(&asked.log) {
        output::write(&path, &output::log_bytes(log)?)?;
    }
    if let Some(path) = file(&asked.pcapng) {
        output::write(&path, &capture_bytes(log, keys)?)?;
    }
    Ok(())
}

/// A built-in scenario, or the one in a file.
fn scenario(name: &str) -> Result<Scenario, Trouble> {
    if let Some(scenario) = built_in(name) {
        return Ok(scenario);
    }
    let path = Path::new(name);
    if !path.exists() {
        let names: Vec<String> = catalogue().into_iter().map(|scenario| scenario.name).collect();
        return Err(Trouble::Wrong(format!(
            "there is no built-in scenario and no file `{}`; built in are {}",
            visible(name),
            names.join(", ")
        )));
    }
    let cannot = |why: String| Trouble::Wrong(format!("{}: {why}", visible(name)));
    let mut text = String::new();
    // One byte more than a scenario may have is enough to know; a path may also name a pipe that never ends.
    let most = limits::FILE as u64 + 1;
    let read = fs::File::open(path).and_then(|file| file.take(most).read_to_string(&mut text));
    read.map_err(|error| cannot(error.to_string()))?;
    parse(&text).map_err(|error| cannot(error.to_string()))
}

fn capture_bytes(log: &Log, keys: &str) -> Result<Vec<u8>, Trouble> {
    // Only a scenario without a client has no such host, and that is none.
    pcapng::write_with_keys(log, Vantage::Client, keys).map_err(|_| Trouble::Failed("the log has no client".to_owned()))
}
