//! From views to what the page draws: here facts become sentences, in English. Another language would be a parameter of
//! these functions.

use portolan_session::view::{self, Caption, Gist, What};
use portolan_session::words;

use crate::sheet::{Gap, Ladder, Line, Milestone, Row, Rung, Said, Shape, Stage};

/// The most letters of a word on a packet.
const LABEL: usize = 8;

pub fn milestone(milestone: view::Milestone) -> Milestone {
    let caption = milestone.caption;
    Milestone {
        seq: milestone.seq,
        at: milestone.at,
        sentence: words::caption(&caption),
        calls: matches!(caption, Caption::Calls(_) | Caption::Connected(_)),
        announces: matches!(caption, Caption::Reply { address: Some(_), .. }),
        chapter: milestone.chapter,
        stop: milestone.stop,
    }
}

pub fn row(row: view::Row) -> Row {
    let (said, mut more) = said(row.said);
    more.extend(row.certificate.iter().flat_map(words::certificate));
    Row {
        seq: row.seq,
        at: row.at,
        conn: row.conn,
        locked: row.locked,
        from: row.from,
        said,
        more,
    }
}

/// What is said, and what belongs to it.
fn said(said: view::Said) -> (Said, Vec<String>) {
    let told = match said {
        view::Said::Command { verb, argument } => Said::Command { verb, argument },
        view::Said::Reply { code, lines } => Said::Reply {
            code,
            text: lines.join(" / "),
        },
        view::Said::Listed { lines } => return (Said::Listing, lines),
        view::Said::Records { .. } => {
            let told = words::said(&said);
            let mut lines = told.lines().map(str::to_owned);
            let text = lines.next().unwrap_or_default();
            return (Said::Event { text, failed: false }, lines.collect());
        }
        view::Said::Explained => Said::Explained,
        other => Said::Event {
            text: words::said(&other),
            failed: matches!(
                other,
                view::Said::Refused(_) | view::Said::Silence(_) | view::Said::Unreachable(_) | view::Said::Dropped(_)
            ),
        },
    };
    (told, Vec::new())
}

pub fn ladder(ladder: view::Ladder) -> Ladder {
    let gap = |gap: view::Gap| Gap {
        before: gap.before,
        span: words::span(gap.span),
    };
    Ladder {
        hosts: ladder.hosts,
        total: ladder.total,
        first: ladder.first,
        rows: ladder.rows.iter().map(rung).collect(),
        gaps: ladder.gaps.into_iter().map(gap).collect(),
    }
}

fn rung(row: &view::Rung) -> Rung {
    Rung {
        seq: row.seq,
        sent: row.sent,
        sent_at: row.sent_at,
        arrived_at: row.arrived_at,
        until: row.until,
        from: row.from,
        to: row.to,
        lane: row.lane,
        conn: row.conn,
        locked: row.locked,
        inferred: !row.evidence.is_observed(),
        shape: shape(&row.what),
        text: words::rung(row),
        label: label(&row.what),
    }
}

const fn shape(what: &What) -> Shape {
    match what {
        What::Connects { .. } => Shape::Answered,
        What::Refused { .. } => Shape::Refused,
        What::Unreachable { .. } => Shape::Unreachable,
        What::Silent { .. } | What::Packet { ended: Some(_), .. } => Shape::Lost,
        What::Bulk { .. } => Shape::Bulk,
        What::Resets => Shape::Reset,
        _ => Shape::Arrow,
    }
}

fn label(what: &What) -> String {
    let word = match what {
        What::Connects { .. } | What::Calls { .. } | What::Silent { .. } | What::Unreachable { .. } => "SYN",
        What::Refused { .. } | What::Resets => "RST",
        What::Command { verb, .. } => return verb.chars().take(LABEL).collect(),
        What::Reply { code, .. } => return code.to_string(),
        What::Greeting { .. } => "hello",
        What::Records { .. } => "TLS",
        What::Bulk { bytes, .. } => return format!("{bytes} B"),
        What::Closes => "FIN",
        What::Packet { gist, .. } => match gist {
            Gist::Syn => "SYN",
            Gist::SynAck => "SYN ACK",
            Gist::Ack => "ACK",
            Gist::Data { bytes, .. } => return format!("{bytes} B"),
            Gist::Fin => "FIN",
            Gist::Rst => "RST",
            Gist::IcmpUnreachable | Gist::Icmp => "ICMP",
            Gist::Other => "IP",
        },
    };
    word.to_owned()
}

pub fn stage(stage: view::Stage) -> Stage {
    Stage {
        seq: stage.seq,
        hosts: stage.hosts,
        lines: stage.lines.into_iter().map(line).collect(),
    }
}

fn line(line: view::Line) -> Line {
    Line {
        secured: line.is_secured(),
        conn: line.conn,
        purpose: line.purpose,
        nth: line.nth,
        caller: line.caller,
        called: line.called,
        state: line.state,
        dropped_at: line.dropped_at,
        content: line.content,
    }
}

#[cfg(test)]
mod tests;
