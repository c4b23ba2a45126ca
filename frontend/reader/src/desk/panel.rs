//! What the Live tab shows, worked out from what the desk knows.

use portolan_link::live::{Deed, FieldKind, Group, Panel, Part};
use portolan_wire::action::{FileType, TransferMode};
use portolan_wire::relay::{Offered, Refusal, Tls};
use portolan_wire::security::Protection;

use super::asked::Control;
use super::phone::Phone;
use super::session::Session;
use super::{Desk, Opened, Reading, Welcome};
use crate::words;

/// The Live tab as it stands.
pub fn panel(desk: &Desk) -> Panel {
    let mut panel = match (&desk.file, &desk.session) {
        (Some(file), _) => of_file(desk, file),
        (None, Some(session)) => of_session(desk, session),
        (None, None) => of_nothing(desk),
    };
    if panel.notice.is_none() {
        panel.notice = desk.notice.clone();
    }
    let log = desk.shown().and_then(crate::folio::Folio::log);
    panel.log = log.is_some();
    panel.packets = log.is_some_and(|log| log.packets() > 0);
    if desk.shown().is_some_and(crate::folio::Folio::is_live) {
        panel.route = Some(words::ROUTE.to_owned());
        panel.badge = Some(words::BADGE.to_owned());
    }
    panel
}

fn of_nothing(desk: &Desk) -> Panel {
    let mut panel = Panel {
        title: words::TITLE.to_owned(),
        about: words::ABOUT.to_owned(),
        ..Panel::default()
    };
    match &desk.phone {
        Phone::Idle | Phone::Dialling { .. } | Phone::Greeting { .. } if desk.lost.is_none() => {
            words::DIALLING.clone_into(&mut panel.sentence);
        }
        Phone::Nobody => {
            words::NO_RELAY.clone_into(&mut panel.sentence);
            panel.groups.push(group(
                "none",
                words::NO_RELAY_TITLE,
                vec![
                    text(words::NO_RELAY_HOW),
                    field("command", words::COMMAND, words::NO_RELAY_COMMAND, FieldKind::Shown),
                    deed("dial", words::TRY_AGAIN),
                ],
            ));
        }
        Phone::Barred { why, text } => barred(&mut panel, *why, text),
        Phone::Up { .. } => {
            words::EMPTY.clone_into(&mut panel.sentence);
            if let Some(welcome) = &desk.welcome {
                servers(&mut panel, welcome);
            }
        }
        _ => lost(&mut panel, desk),
    }
    panel.groups.push(open_group());
    panel
}

fn barred(panel: &mut Panel, why: Refusal, text: &str) {
    panel.notice = Some(text.to_owned());
    if why == Refusal::Token {
        panel.groups.push(group(
            "token",
            words::TOKEN_TITLE,
            vec![
                self::text(words::TOKEN_HOW),
                field("token", words::TOKEN, "", FieldKind::Secret),
                main_deed("token", words::TOKEN_GO),
            ],
        ));
    } else {
        panel.deeds.push(deed_of("dial", words::RECONNECT, true));
    }
}

/// The relay is away: it is dialled again, and one may do so at once.
fn lost(panel: &mut Panel, desk: &Desk) {
    panel.notice = desk.lost.as_deref().map(words::lost);
    panel.deeds.push(deed_of("dial", words::RECONNECT, true));
}

fn servers(panel: &mut Panel, welcome: &Welcome) {
    for (nth, server) in welcome.servers.iter().enumerate() {
        if server.sandbox {
            panel.deeds.push(deed_of("offered", words::CONNECT_SANDBOX, true));
        }
        panel.groups.push(offered(nth, server));
    }
    let mut parts = Vec::new();
    if welcome.typed {
        parts.extend([
            text(words::OTHER_HOW),
            field("host", words::HOST, "", FieldKind::Text),
            field("port", words::PORT, "", FieldKind::Text),
            ways(&Tls::ALL),
            field("pin", words::PIN, "", FieldKind::Text),
        ]);
        if welcome.credentials {
            parts.extend([
                field("user", words::USER, "", FieldKind::Text),
                field("password", words::PASSWORD, "", FieldKind::Secret),
            ]);
        } else {
            parts.push(text(words::NO_CREDENTIALS));
        }
        parts.push(deed("typed", words::CONNECT));
    } else {
        parts.push(text(words::OTHER_NEVER));
    }
    panel.groups.push(group("other", words::OTHER, parts));
}

fn offered(nth: usize, server: &Offered) -> Group {
    let mut parts = Vec::new();
    if server.sandbox {
        parts.push(text(words::SANDBOX_HOW));
    }
    parts.push(field("server", words::HOST, &server.name, FieldKind::Shown));
    parts.push(field("address", words::ADDRESS, &server.address, FieldKind::Shown));
    if server.tls != [Tls::None] {
        parts.push(ways(&server.tls));
    }
    match (&server.user, &server.password) {
        (Some(user), Some(password)) => parts.extend([
            field("user", words::USER, user, FieldKind::Text),
            // It is no secret from those the sandbox is for, and to see it is half of the lesson.
            field("password", words::PASSWORD, password, FieldKind::Text),
        ]),
        (Some(user), None) => {
            parts.push(text(words::SET_BY_OPERATOR));
            parts.push(field("user", words::USER, user, FieldKind::Shown));
        }
        (None, _) => {}
    }
    parts.push(deed("offered", words::CONNECT));
    let title = if server.sandbox { words::SANDBOX } else { &server.name };
    group(&format!("server-{nth}"), title, parts)
}

/// How a session can be opened; the choice goes with the form.
fn ways(ways: &[Tls]) -> Part {
    Part::Choice {
        deed: "tls".to_owned(),
        label: words::TLS.to_owned(),
        options: ways.iter().map(|tls| pair(words::tls(*tls))).collect(),
        chosen: ways.first().map_or("", |tls| tls.name()).to_owned(),
    }
}

fn open_group() -> Group {
    let open = Part::File {
        deed: "open".to_owned(),
        label: words::OPEN.to_owned(),
    };
    group("open", words::OPEN_TITLE, vec![text(words::OPEN_HOW), open])
}

fn of_file(desk: &Desk, file: &Opened) -> Panel {
    let mut panel = Panel {
        title: file.name.clone(),
        about: words::OPEN_HOW.to_owned(),
        ..Panel::default()
    };
    panel.sentence = match &file.state {
        Reading::Reads => words::reading(&file.name, file.read * 100 / file.size.max(1)),
        Reading::Done => words::file(&file.name, file.folio.count()),
        Reading::Failed(why) => {
            let why = words::no_log(&file.name, why);
            panel.notice = Some(why.clone());
            why
        }
    };
    let mut parts = vec![text(&panel.sentence)];
    parts.push(deed("close", words::CLOSE));
    panel.groups = vec![group("file", words::OPEN_TITLE, parts)];
    if desk.session.is_none() {
        panel.groups.push(open_group());
    }
    panel
}

fn of_session(desk: &Desk, session: &Session) -> Panel {
    let mut panel = Panel {
        title: title(session),
        sentence: words::DIALLING.to_owned(),
        about: words::ABOUT.to_owned(),
        follows: true,
        ..Panel::default()
    };
    let is_up = desk.phone.is_up();
    let simulate = || deed_of("simulate", words::SIMULATE, false);
    match (&session.over, &desk.phone) {
        (Some(why), _) => {
            panel.notice = Some(why.clone());
            panel.deeds = vec![deed_of("leave", words::NEW_SESSION, true), simulate()];
        }
        (None, Phone::Barred { why, text }) => {
            barred(&mut panel, *why, text);
            panel.deeds.push(simulate());
        }
        (None, _) if desk.lost.is_some() => {
            lost(&mut panel, desk);
            panel.deeds.push(simulate());
        }
        (None, _) => {}
    }
    if let Some(sha256) = &session.asked.certificate
        && is_up
    {
        let can_pin = session.pinned().is_some();
        panel.notice = Some(words::certificate(sha256, can_pin));
        if can_pin {
            panel.deeds.insert(0, deed_of("pin", words::TRUST, true));
        }
    }
    if session.over.is_none() && session.driving {
        if is_up {
            panel.groups.push(console(session, desk.welcome.as_ref()));
        }
    } else if session.over.is_none() && session.folio.log().is_some() {
        panel
            .groups
            .push(group("watching", words::CONSOLE, vec![text(words::WATCHING)]));
    }
    let steps = session.asked.steps();
    if !steps.is_empty() {
        panel
            .groups
            .push(group("steps", words::STEPS, vec![Part::Steps(steps)]));
    }
    panel.groups.push(about(desk, session));
    panel
}

fn title(session: &Session) -> String {
    let Some(log) = session.folio.log() else {
        return words::TITLE.to_owned();
    };
    let hosts = &log.header().hosts;
    let server = hosts
        .iter()
        .find(|host| host.role == portolan_session::event::Role::Server);
    server.map_or_else(
        || words::TITLE.to_owned(),
        |server| {
            let address = server.addresses.first().map(ToString::to_string).unwrap_or_default();
            words::with(
                &portolan_wire::visible(session.name.as_ref().unwrap_or(&server.name)),
                &address,
            )
        },
    )
}

fn console(session: &Session, welcome: Option<&Welcome>) -> Group {
    let asked = &session.asked;
    let mut parts = Vec::new();
    // What was asked last, where it is seen without scrolling.
    if let Some(last) = asked.steps().pop() {
        parts.push(Part::Steps(vec![last]));
    }
    parts.extend([
        Part::Choice {
            deed: "mode".to_owned(),
            label: words::MODE.to_owned(),
            options: [
                TransferMode::Passive,
                TransferMode::Active,
                TransferMode::ExtendedPassive,
                TransferMode::ExtendedActive,
            ]
            .map(|mode| pair(words::mode(mode)))
            .into(),
            chosen: words::mode(asked.mode).0.to_owned(),
        },
        Part::Choice {
            deed: "type".to_owned(),
            label: words::TYPE.to_owned(),
            options: vec![pair(("image", words::TYPE_IMAGE)), pair(("ascii", words::TYPE_ASCII))],
            chosen: match asked.representation {
                FileType::Image => "image",
                FileType::Ascii => "ascii",
            }
            .to_owned(),
        },
        field("path", words::PATH, "", FieldKind::Text),
    ]);
    if !asked.names.is_empty() {
        parts.push(Part::Names(asked.names.clone()));
    }
    parts.extend(words::ACTIONS.map(|(name, label)| deed(name, label)));
    parts.push(field("to", words::NEW_NAME, "", FieldKind::Text));
    parts.push(deed("rename", words::RENAME));
    parts.push(Part::File {
        deed: "put".to_owned(),
        label: words::UPLOAD.to_owned(),
    });
    if let Some(welcome) = welcome {
        parts.push(text(&words::file_limit(welcome.limits.file)));
    }
    match asked.control {
        Control::Plain => parts.push(deed("secure", words::SECURE)),
        Control::Secured => parts.extend([
            Part::Choice {
                deed: "protect".to_owned(),
                label: words::PROTECT.to_owned(),
                options: Protection::ALL.map(|level| pair(words::protection(level))).into(),
                chosen: words::protection(asked.protection).0.to_owned(),
            },
            deed("clear-control", words::CLEAR_CONTROL),
        ]),
        Control::Cleared => {}
    }
    parts.push(deed("abort", words::ABORT));
    parts.push(deed("quit", words::QUIT));
    group("console", words::CONSOLE, parts)
}

fn about(desk: &Desk, session: &Session) -> Group {
    let mut parts = Vec::new();
    if session.over.is_none() {
        parts.push(text(&words::viewers(session.viewers)));
        if let Some(fragment) = session.watch_fragment() {
            let link = format!("{}?live{fragment}", desk.page);
            parts.push(field("watch", words::WATCH_LINK, &link, FieldKind::Shown));
        }
    }
    parts.push(deed("save", words::SAVE));
    let servers = desk.welcome.iter().flat_map(|welcome| &welcome.servers);
    let mut sandboxes = servers.filter(|server| server.sandbox);
    // Who looks on has no key for it.
    if session.watch.is_some() && sandboxes.any(|server| session.name.as_ref() == Some(&server.name)) {
        parts.push(deed("capture", words::SAVE_CAPTURE));
    }
    parts.push(deed("simulate", words::SIMULATE));
    parts.push(if session.can_act() && desk.phone.is_up() {
        deed("end", words::END)
    } else {
        deed("leave", words::LEAVE)
    });
    group("session", words::SESSION, parts)
}

fn group(name: &str, title: &str, parts: Vec<Part>) -> Group {
    Group {
        name: name.to_owned(),
        title: title.to_owned(),
        parts,
    }
}

fn text(text: &str) -> Part {
    Part::Text(text.to_owned())
}

fn field(name: &str, label: &str, value: &str, kind: FieldKind) -> Part {
    Part::Field {
        name: name.to_owned(),
        label: label.to_owned(),
        value: value.to_owned(),
        kind,
    }
}

fn pair((value, shown): (&str, &str)) -> (String, String) {
    (value.to_owned(), shown.to_owned())
}

fn deed_of(name: &str, label: &str, main: bool) -> Deed {
    Deed {
        name: name.to_owned(),
        label: label.to_owned(),
        main,
    }
}

fn deed(name: &str, label: &str) -> Part {
    Part::Deed(deed_of(name, label, false))
}

fn main_deed(name: &str, label: &str) -> Part {
    Part::Deed(deed_of(name, label, true))
}
