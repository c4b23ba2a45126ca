//! What is known before anything happens: hosts, links, the lesson's questions.

use core::net::IpAddr;

use portolan_wire::Duration;
use portolan_wire::plain::Plain;

use crate::event::{Header, Host, HostId, Link, Role, Source};
use crate::lesson::Chapter;

/// The log's header, as far as a picture wants it. It tells no answer of a question.
#[derive(Clone, Debug, PartialEq, Eq, Plain)]
pub struct Overview {
    /// A title for people.
    pub title: String,
    /// Where the log came from.
    pub source: Provenance,
    /// The hosts, in the order in which they are drawn.
    pub hosts: Vec<HostCard>,
    /// The links between them.
    pub links: Vec<LinkCard>,
    /// One sentence: what one learns here; empty without a lesson.
    pub goal: String,
    /// The lesson's chapters.
    pub chapters: Vec<ChapterView>,
}

/// Where a log came from.
#[derive(Clone, Debug, PartialEq, Eq, Plain)]
pub enum Provenance {
    /// The simulated network.
    Simulation {
        /// The scenario's name.
        scenario: String,
        /// The seed.
        seed: u64,
        /// Settings that differ from the scenario's own.
        settings: Vec<(String, String)>,
    },
    /// Real sockets.
    Live {
        /// When it began, in microseconds since 1970-01-01 UTC.
        began: u64,
    },
}

/// A host, as it is before anything happens.
#[derive(Clone, Debug, PartialEq, Eq, Plain)]
pub struct HostCard {
    /// Its number.
    pub id: HostId,
    /// Its name.
    pub name: String,
    /// Its part.
    pub role: Role,
    /// Its addresses.
    pub addresses: Vec<IpAddr>,
    /// The ports its system chooses from: lowest and highest.
    pub ephemeral: Option<(u16, u16)>,
    /// The ports its FTP server offers for passive data connections: lowest and highest.
    pub passive: Option<(u16, u16)>,
    /// Its firewall's rules in words, first match wins.
    pub firewall: Vec<String>,
}

/// A link.
#[derive(Clone, Debug, PartialEq, Eq, Plain)]
pub struct LinkCard {
    /// Its ends.
    pub between: (HostId, HostId),
    /// One way.
    pub latency: Duration,
    /// Bits per second, each way.
    pub bandwidth: u64,
    /// Packets lost of a million, each way.
    pub loss_ppm: u32,
}

/// A chapter.
#[derive(Clone, Debug, PartialEq, Eq, Plain)]
pub struct ChapterView {
    /// A few words.
    pub title: String,
    /// Whether autoplay halts here.
    pub stop: bool,
    /// The question to answer before going on.
    pub question: Option<QuestionView>,
}

/// A question. Which answers are true, and why, is asked of the lesson.
#[derive(Clone, Debug, PartialEq, Eq, Plain)]
pub struct QuestionView {
    /// What is asked.
    pub ask: String,
    /// The answers to choose from.
    pub answers: Vec<String>,
}

/// What a log's header tells a picture.
#[must_use]
pub fn overview(header: &Header) -> Overview {
    let lesson = header.lesson.as_ref();
    Overview {
        title: header.title.clone(),
        source: provenance(&header.source),
        hosts: header.hosts.iter().map(card).collect(),
        links: header.links.iter().map(link).collect(),
        goal: lesson.map(|lesson| lesson.goal.clone()).unwrap_or_default(),
        chapters: lesson
            .map(|lesson| lesson.chapters.iter().map(chapter).collect())
            .unwrap_or_default(),
    }
}

fn provenance(source: &Source) -> Provenance {
    match source {
        Source::Simulation {
            scenario,
            seed,
            settings,
        } => Provenance::Simulation {
            scenario: scenario.clone(),
            seed: *seed,
            settings: settings
                .iter()
                .map(|(key, value)| (key.clone(), value.clone()))
                .collect(),
        },
        Source::Live { began } => Provenance::Live { began: *began },
    }
}

fn card(host: &Host) -> HostCard {
    HostCard {
        id: host.id,
        name: host.name.clone(),
        role: host.role,
        addresses: host.addresses.clone(),
        ephemeral: host.ephemeral,
        passive: host.passive,
        firewall: host.firewall.clone(),
    }
}

const fn link(link: &Link) -> LinkCard {
    LinkCard {
        between: link.between,
        latency: link.latency,
        bandwidth: link.bandwidth,
        loss_ppm: link.loss_ppm,
    }
}

fn chapter(chapter: &Chapter) -> ChapterView {
    ChapterView {
        title: chapter.title.clone(),
        stop: chapter.stop || chapter.question.is_some(),
        question: chapter.question.as_ref().map(|question| QuestionView {
            ask: question.ask.clone(),
            answers: question.answers.iter().map(|answer| answer.text.clone()).collect(),
        }),
    }
}
