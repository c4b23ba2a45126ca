//! What a scenario must keep besides its form. A checked scenario can be run; what then happens is the lesson.

mod lesson;
mod world;

use portolan_wire::Duration;

use super::fault::{At, Fault, Problem};
#[cfg(test)]
use super::layout::HostRole;
use super::plan::Step;
use super::{Layout, Scenario};

/// The limits of a scenario, each far above what a lesson needs. They bound what a file from a stranger can cost.
pub mod limits {
    use portolan_wire::Duration;

    /// Bytes of a scenario file.
    pub const FILE: usize = 1024 * 1024;
    /// Characters of a name.
    pub const NAME: usize = 40;
    /// Characters of a title, a greeting, a banner.
    pub const TITLE: usize = 120;
    /// Characters of a summary, a goal, a question, an answer's explanation.
    pub const SENTENCES: usize = 600;
    /// Words of a caption (UI text that stands alone on one line).
    pub const CAPTION_WORDS: usize = 22;
    /// Hosts.
    pub const HOSTS: usize = 16;
    /// Links.
    pub const LINKS: usize = 32;
    /// Addresses of a host.
    pub const ADDRESSES: usize = 8;
    /// FTP servers and greeters of a host together.
    pub const SERVICES: usize = 16;
    /// Users of an FTP server.
    pub const USERS: usize = 16;
    /// Pinned ports of a host.
    pub const PINNED: usize = 64;
    /// Rules of a firewall.
    pub const RULES: usize = 32;
    /// Files of a host.
    pub const FILES: usize = 256;
    /// Bytes of one generated file: about 100,000 packets.
    pub const GENERATED: u64 = 128 * 1024 * 1024;
    /// Steps of a plan.
    pub const STEPS: usize = 200;
    /// Chapters of a lesson.
    pub const CHAPTERS: usize = 100;
    /// The longest pause before a step.
    pub const PAUSE: Duration = Duration::from_secs(3_600);
    /// The longest way over one link.
    pub const LATENCY: Duration = Duration::from_secs(5);
    /// The slowest link, in bits per second.
    pub const SLOWEST: u64 = 8_000;
    /// The fastest link, in bits per second.
    pub const FASTEST: u64 = 100_000_000_000;
    /// The most packets a link may lose, of a million. With more, TCP gives up and nothing can be learnt.
    pub const LOSS: u32 = 500_000;
    /// The lowest port of a range that ports are taken from: below are the system ports (RFC 6335).
    pub const FIRST_DYNAMIC: u16 = 1_024;
}

/// Checks everything that the form alone does not.
///
/// # Errors
/// The first problem found, in the order of the file.
pub fn check(scenario: &Scenario) -> Result<(), Problem> {
    name(&scenario.name, &[At::Key("name")])?;
    text(&scenario.title, limits::TITLE, &[At::Key("title")])?;
    text(&scenario.summary, limits::SENTENCES, &[At::Key("summary")])?;
    if scenario.seed >= 1 << 53 {
        return problem(Fault::NumberTooLarge, &[At::Key("seed")]);
    }
    world::check(&scenario.world)?;
    plan(&scenario.plan, &scenario.world)?;
    match &scenario.lesson {
        Some(lesson) => lesson::check(lesson, scenario),
        None => Ok(()),
    }
}

fn plan(steps: &[Step], world: &Layout) -> Result<(), Problem> {
    let at = At::Key("plan");
    if steps.is_empty() {
        let needs = "a plan needs at least one step, such as do = \"connect\"";
        return problem(Fault::Empty { needs }, &[at]);
    }
    at_most("steps", steps.len(), limits::STEPS, &[at])?;
    for (nth, step) in steps.iter().enumerate() {
        let here = |key| [at, At::Index(nth), At::Key(key)];
        span(step.pause.0, limits::PAUSE, &here("pause"))?;
        if let Err(error) = step.action() {
            let key = error.key();
            return problem(Fault::Step(error), &here(key.unwrap_or("do")));
        }
        if step.port == Some(0) {
            return problem(Fault::PortZero, &here("port"));
        }
        if let Some(host) = &step.host
            && !world.hosts.iter().any(|known| known.is_called(host.as_str()))
        {
            return problem(unknown_host(host.as_str(), world), &here("host"));
        }
    }
    Ok(())
}

fn unknown_host(name: &str, world: &Layout) -> Fault {
    let names: Vec<String> = world.hosts.iter().map(|host| format!("`{}`", host.name)).collect();
    Fault::UnknownHost {
        name: name.to_owned(),
        known: names.join(", "),
    }
}

fn problem<T>(fault: Fault, at: &[At]) -> Result<T, Problem> {
    Err(Problem { at: at.to_vec(), fault })
}

fn name(name: &str, at: &[At]) -> Result<(), Problem> {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if name.is_empty() || name.len() > limits::NAME || !name.chars().all(fits) {
        let fault = Fault::Name {
            name: name.chars().take(limits::NAME).collect(),
            most: limits::NAME,
        };
        return problem(fault, at);
    }
    Ok(())
}

/// A text for people, on one line.
fn text(text: &str, most: usize, at: &[At]) -> Result<(), Problem> {
    let count = text.chars().count();
    if text.trim().is_empty() {
        return problem(
            Fault::Empty {
                needs: "a text is missing",
            },
            at,
        );
    }
    if count > most {
        let unit = "characters";
        return problem(Fault::TooLong { count, most, unit }, at);
    }
    if text.chars().any(char::is_control) {
        return problem(Fault::ControlCharacter, at);
    }
    Ok(())
}

fn at_most(what: &'static str, count: usize, most: usize, at: &[At]) -> Result<(), Problem> {
    if count > most {
        let (count, most) = (count as u64, most as u64);
        return problem(Fault::TooMany { what, count, most }, at);
    }
    Ok(())
}

fn span(span: Duration, most: Duration, at: &[At]) -> Result<(), Problem> {
    if span > most {
        let fault = Fault::OutOfRange {
            value: super::Span(span).to_string(),
            least: super::Span(Duration::ZERO).to_string(),
            most: super::Span(most).to_string(),
        };
        return problem(fault, at);
    }
    Ok(())
}

#[cfg(test)]
mod tests;
