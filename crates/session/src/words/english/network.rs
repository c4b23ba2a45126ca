//! What happens on the network.

use portolan_wire::dissect::TcpFlags;
use portolan_wire::report::{Purpose, TransferKind};

use super::super::tools::{plural, short, size};
use super::{object, port_of, subject};
use crate::event::DropReason;
use crate::view::{Call, Caption, Gist, PacketFate, Who};

pub(super) fn caption(caption: &Caption) -> String {
    match caption {
        Caption::Listening { who, ports } => listening(who, ports),
        Caption::StoppedListening { who, port } => format!("{} no longer listens on port {port}.", subject(who)),
        Caption::Calls(call) => format!("{}.", calls(call)),
        Caption::Connected(call) => connected(call),
        Caption::Refused(call) => format!(
            "{} gets a RST from {}: no program listens there. That is a refusal.",
            subject(&call.caller),
            port_of(&call.called, call.to.port())
        ),
        Caption::Silence(call) => format!(
            "{} hears nothing from {} and gives up. Silence is not a refusal.",
            subject(&call.caller),
            port_of(&call.called, call.to.port())
        ),
        Caption::Unreachable(call) => format!(
            "{} is told that no way leads to {}.",
            subject(&call.caller),
            port_of(&call.called, call.to.port())
        ),
        Caption::CallDropped { call, at, by } => dropped(call, at, *by),
        Caption::CallLost(call) => format!(
            "{} called {}, but the SYN was lost on the way. It will try again.",
            subject(&call.caller),
            port_of(&call.called, call.to.port())
        ),
        Caption::Greeting { who, port, text } => {
            format!("{} answers on port {port}: {}", subject(who), quoted(text, 8))
        }
        Caption::Bulk {
            receiver,
            kind,
            bytes,
            packets,
            ..
        } => bulk(receiver, *kind, *bytes, *packets),
        Caption::NoMoreBytes { sender, kind, .. } => {
            format!(
                "{} has no more bytes. In stream mode, that ends the {}.",
                subject(sender),
                content(*kind)
            )
        }
        Caption::Closed { purpose, caller } => closed(*purpose, caller),
        Caption::Reset { purpose, by } => {
            format!("{} ends the {} at once, with a RST.", subject(by), connection(*purpose))
        }
        Caption::Packet {
            sender,
            from,
            to,
            gist,
            fate,
        } => packet(sender, (*from, *to), *gist, fate.as_ref()),
        _ => String::new(),
    }
}

/// The ports that matter to a listener, at most four.
fn listening(who: &Who, ports: &[(u16, String)]) -> String {
    let named = ports.iter().take(4).map(|(port, service)| match service.as_str() {
        "" => port.to_string(),
        service => format!("{port} ({})", short(service, 1)),
    });
    let named: Vec<String> = named.collect();
    let more = if ports.len() > named.len() { " and others" } else { "" };
    let (noun, them) = if ports.len() == 1 {
        ("port", "it")
    } else {
        ("ports", "them")
    };
    let list = match named.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, before)) if more.is_empty() => format!("{} and {last}", before.join(", ")),
        _ => named.join(", "),
    };
    format!(
        "{} listens on {noun} {list}{more}. Nobody has called {them}.",
        subject(who)
    )
}

/// Who calls whom. Without a full stop: some sentences go on.
fn calls(call: &Call) -> String {
    let called = port_of(&call.called, call.to.port());
    format!(
        "{} calls {called} from its own port {}",
        subject(&call.caller),
        call.from.port()
    )
}

fn connected(call: &Call) -> String {
    let what = match call.purpose {
        Purpose::Control => "That is the control connection.",
        Purpose::Data => "That is a data connection.",
        Purpose::Other => "They are connected.",
    };
    format!("{}. {} answers. {what}", calls(call), subject(&call.called))
}

fn dropped(call: &Call, at: &Who, by: DropReason) -> String {
    let (caller, port) = (object(&call.caller), call.to.port());
    let place = object(at);
    match by {
        DropReason::Firewall => {
            let firewall = match at {
                Who::Client => "The client's firewall".to_owned(),
                Who::Server => "The server's firewall".to_owned(),
                Who::Named(_) => format!("The firewall at {place}"),
            };
            format!("{firewall} drops the call to port {port}. It says nothing, so {caller} cannot know.")
        }
        DropReason::NoRoute => format!("No way leads on from {place}. The call to port {port} is dropped there."),
        DropReason::Expired => format!("The call to port {port} has run out of hops and is dropped at {place}."),
        DropReason::QueueFull => format!("A queue at {place} is full. The call to port {port} is dropped there."),
    }
}

fn bulk(receiver: &Who, kind: Option<TransferKind>, bytes: u64, packets: u32) -> String {
    let of = match kind {
        Some(kind) => format!(" of the {}", content(Some(kind))),
        None => String::new(),
    };
    let packets = match packets {
        0 => String::new(),
        packets => format!(", in {}", plural(u64::from(packets), "packet", "packets")),
    };
    format!(
        "{} has received {}{of} over the data connection{packets}.",
        subject(receiver),
        size(bytes)
    )
}

const fn content(kind: Option<TransferKind>) -> &'static str {
    match kind {
        Some(TransferKind::Listing) => "listing",
        Some(TransferKind::Download | TransferKind::Upload) => "file",
        None => "transfer",
    }
}

pub(super) const fn connection(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Control => "control connection",
        Purpose::Data => "data connection",
        Purpose::Other => "connection",
    }
}

fn closed(purpose: Purpose, caller: &Who) -> String {
    match purpose {
        Purpose::Control => "Client and server have closed the control connection. The session is over.".into(),
        Purpose::Data => "Client and server have closed the data connection. The control connection stays.".into(),
        Purpose::Other => format!("{} hangs up. The connection is closed on both sides.", subject(caller)),
    }
}

fn packet(sender: &Who, (from, to): (u16, u16), gist: Gist, fate: Option<&PacketFate>) -> String {
    let what = match gist {
        Gist::Syn => "SYN: it calls".to_owned(),
        Gist::SynAck => "SYN and ACK: it answers the call".to_owned(),
        Gist::Ack => "ACK: it has received everything so far".to_owned(),
        Gist::Data { bytes, fin: false } => plural(u64::from(bytes), "byte", "bytes"),
        Gist::Data { bytes, fin: true } => {
            format!(
                "{}, then FIN: no more will come",
                plural(u64::from(bytes), "byte", "bytes")
            )
        }
        Gist::Fin => "FIN: it has no more bytes".to_owned(),
        Gist::Rst => "RST: refusal, or an abrupt end".to_owned(),
        Gist::IcmpUnreachable => "an ICMP message: there is no way".to_owned(),
        Gist::Icmp => "an ICMP message".to_owned(),
        Gist::Other => "a packet".to_owned(),
    };
    let way = if from == 0 && to == 0 {
        String::new()
    } else {
        format!(" from port {from} to {to}")
    };
    let fate = match fate {
        None => ".".to_owned(),
        Some(PacketFate::Lost) => ". It is lost.".to_owned(),
        Some(PacketFate::Dropped { at, .. }) => format!(". It is dropped at {}.", object(at)),
    };
    format!("{} sends{way} {what}{fate}", subject(sender))
}

/// A packet beside its line: `PSH, ACK 24 bytes, seq 1, ack 79`.
pub(super) fn packet_label(gist: Gist, flags: Option<TcpFlags>, length: u32, seq: u32, ack: u32) -> String {
    let Some(flags) = flags else {
        return if gist == Gist::IcmpUnreachable {
            "ICMP: no way there".into()
        } else {
            "ICMP or other".into()
        };
    };
    let mut label = flags.to_string();
    if length > 0 {
        label.push_str(&format!(" {}", plural(u64::from(length), "byte", "bytes")));
    }
    label.push_str(&format!(", seq {seq}"));
    if flags.contains(TcpFlags::ACK) {
        label.push_str(&format!(", ack {ack}"));
    }
    label
}

fn quoted(text: &str, words: usize) -> String {
    format!("\"{}\"", short(text, words))
}
