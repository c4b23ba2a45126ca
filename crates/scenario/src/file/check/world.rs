//! Checks of hosts, services, files and links.

use core::net::IpAddr;

use portolan_wire::ordered::{Map, Set};

use super::super::fault::{At, Fault, Problem};
use super::super::layout::{File, FtpService, Host, HostRole, Layout, Link};
use super::super::units::{Loss, PortRange, Rate};
use super::{at_most, limits, name, problem, span, text, unknown_host};

/// The way to the hosts.
const HOSTS: [At; 2] = [At::Key("world"), At::Key("hosts")];

/// The way to the links.
const LINKS: [At; 2] = [At::Key("world"), At::Key("links")];

/// Checks the world.
pub(super) fn check(world: &Layout) -> Result<(), Problem> {
    at_most("hosts", world.hosts.len(), limits::HOSTS, &HOSTS)?;
    at_most("links", world.links.len(), limits::LINKS, &LINKS)?;
    let mut names = Set::new();
    let mut addresses = Map::new();
    for (nth, host) in world.hosts.iter().enumerate() {
        let here = Here { nth };
        name(&host.name, &here.at("name"))?;
        if !names.insert(host.name.as_str()) {
            let name = host.name.clone();
            return problem(Fault::Twice { name }, &here.at("name"));
        }
        check_addresses(host, world, here, &mut addresses)?;
        check_ports(host, here)?;
        check_services(host, here)?;
        check_files(&host.files, here)?;
        at_most("rules", host.firewall.len(), limits::RULES, &here.at("firewall"))?;
        if host.role == HostRole::Router && !host.firewall.is_empty() {
            let rule = "a firewall stands on a client or a server here, not on a router";
            return problem(Fault::WrongRole { rule }, &here.at("firewall"));
        }
    }
    let count = world.hosts.iter().filter(|host| host.role == HostRole::Client).count();
    if count != 1 {
        return problem(Fault::Clients { count }, &HOSTS);
    }
    if !world.hosts.iter().any(|host| host.role == HostRole::Server) {
        return problem(Fault::NoServer, &HOSTS);
    }
    for (nth, link) in world.links.iter().enumerate() {
        check_link(link, world, nth)?;
    }
    check_ways(world)
}

/// Which host is being checked.
#[derive(Clone, Copy)]
struct Here {
    nth: usize,
}

impl Here {
    fn at(self, key: &'static str) -> Vec<At> {
        [&HOSTS[..], &[At::Index(self.nth), At::Key(key)]].concat()
    }

    fn in_list(self, key: &'static str, nth: usize) -> Vec<At> {
        [self.at(key), vec![At::Index(nth)]].concat()
    }

    fn of(self, key: &'static str, nth: usize, inner: &'static str) -> Vec<At> {
        [self.in_list(key, nth), vec![At::Key(inner)]].concat()
    }
}

fn check_addresses<'a>(
    host: &'a Host,
    world: &Layout,
    here: Here,
    taken: &mut Map<IpAddr, &'a str>,
) -> Result<(), Problem> {
    at_most(
        "addresses",
        host.addresses.len(),
        limits::ADDRESSES,
        &here.at("addresses"),
    )?;
    for (nth, address) in host.addresses.iter().enumerate() {
        let here = here.in_list("addresses", nth);
        let broadcast = matches!(address, IpAddr::V4(address) if address.is_broadcast());
        if broadcast || address.is_unspecified() || address.is_loopback() || address.is_multicast() {
            let address = address.to_string();
            return problem(Fault::AddressKind { address }, &here);
        }
        if let Some(by) = taken.insert(*address, &host.name) {
            let (address, by) = (address.to_string(), by.to_owned());
            return problem(Fault::AddressTaken { address, by }, &here);
        }
    }
    if !host.addresses.iter().any(|address| world.ip.has(address)) {
        let fault = Fault::NoAddress {
            host: host.name.clone(),
            ip: world.ip.into(),
        };
        return problem(fault, &here.at("addresses"));
    }
    Ok(())
}

fn check_ports(host: &Host, here: Here) -> Result<(), Problem> {
    let ephemeral = host.ephemeral.unwrap_or(PortRange::DYNAMIC);
    above_system(ephemeral, &here.at("ephemeral"))?;
    at_most(
        "pinned ports",
        host.pinned_ports.len(),
        limits::PINNED,
        &here.at("pinned-ports"),
    )?;
    let mut seen = Set::new();
    for (nth, port) in host.pinned_ports.iter().enumerate() {
        let here = here.in_list("pinned-ports", nth);
        let mut ranges = host.ftp.iter().map(|ftp| ftp.passive).chain([ephemeral]);
        if !ranges.any(|range| range.contains(*port)) {
            return problem(Fault::PinnedOutside { port: *port }, &here);
        }
        if !seen.insert(port) {
            let name = port.to_string();
            return problem(Fault::Twice { name }, &here);
        }
    }
    Ok(())
}

fn above_system(range: PortRange, at: &[At]) -> Result<(), Problem> {
    if range.first() < limits::FIRST_DYNAMIC {
        let fault = Fault::OutOfRange {
            value: range.to_string(),
            least: limits::FIRST_DYNAMIC.to_string(),
            most: u16::MAX.to_string(),
        };
        return problem(fault, at);
    }
    Ok(())
}

fn check_services(host: &Host, here: Here) -> Result<(), Problem> {
    let count = host.ftp.len().saturating_add(host.greeters.len());
    at_most("services", count, limits::SERVICES, &here.at("ftp"))?;
    if count > 0 && host.role != HostRole::Server {
        let rule = "only a host with the role `server` runs services";
        let key = if host.ftp.is_empty() { "greeters" } else { "ftp" };
        return problem(Fault::WrongRole { rule }, &here.at(key));
    }
    let mut taken = Set::new();
    for (nth, ftp) in host.ftp.iter().enumerate() {
        port(ftp.port, &mut taken, &here.of("ftp", nth, "port"))?;
        check_ftp(ftp, here, nth)?;
    }
    for (nth, greeter) in host.greeters.iter().enumerate() {
        port(greeter.port, &mut taken, &here.of("greeters", nth, "port"))?;
        text(&greeter.service, limits::NAME, &here.of("greeters", nth, "service"))?;
        if let Some(says) = &greeter.says {
            text(says, limits::TITLE, &here.of("greeters", nth, "says"))?;
        }
    }
    Ok(())
}

fn port(port: u16, taken: &mut Set<u16>, at: &[At]) -> Result<(), Problem> {
    if port == 0 {
        return problem(Fault::PortZero, at);
    }
    if !taken.insert(port) {
        return problem(Fault::PortTaken { port }, at);
    }
    Ok(())
}

fn check_ftp(ftp: &FtpService, here: Here, nth: usize) -> Result<(), Problem> {
    above_system(ftp.passive, &here.of("ftp", nth, "passive"))?;
    if let Some(greeting) = &ftp.greeting {
        text(greeting, limits::TITLE, &here.of("ftp", nth, "greeting"))?;
    }
    if let Some(tls) = &ftp.tls {
        text(&tls.hostname, limits::NAME, &here.of("ftp", nth, "tls"))?;
    }
    let at = here.of("ftp", nth, "users");
    if ftp.users.is_empty() {
        let needs = "an FTP server needs at least one user";
        return problem(Fault::Empty { needs }, &at);
    }
    at_most("users", ftp.users.len(), limits::USERS, &at)?;
    let mut names = Set::new();
    for (user, known) in ftp.users.iter().enumerate() {
        let at = [at.clone(), vec![At::Index(user)]].concat();
        text(&known.name, limits::NAME, &at)?;
        text(&known.password, limits::TITLE, &at)?;
        if !names.insert(&known.name) {
            let name = known.name.clone();
            return problem(Fault::Twice { name }, &at);
        }
    }
    Ok(())
}

fn check_files(files: &[File], here: Here) -> Result<(), Problem> {
    at_most("files", files.len(), limits::FILES, &here.at("files"))?;
    let mut paths: Set<&str> = Set::new();
    for (nth, file) in files.iter().enumerate() {
        let at = |key| here.of("files", nth, key);
        let path = file.path.strip_prefix('/').unwrap_or_default();
        let bad = |name: &str| matches!(name, "" | "." | "..") || name.chars().any(char::is_control);
        if path.split('/').any(bad) || file.path.len() > limits::TITLE {
            let path = file.path.chars().take(limits::TITLE).collect();
            return problem(Fault::Path { path }, &at("path"));
        }
        let above = |other: &str, path: &str| path.strip_prefix(other).is_some_and(|rest| rest.starts_with('/'));
        if let Some(other) = paths
            .iter()
            .find(|other| above(other, &file.path) || above(&file.path, other))
        {
            // A name cannot be a file and a directory at once.
            let name = (*other).to_owned();
            return problem(Fault::Twice { name }, &at("path"));
        }
        if !paths.insert(&file.path) {
            let name = file.path.clone();
            return problem(Fault::Twice { name }, &at("path"));
        }
        let given = [file.text.is_some(), file.hex.is_some(), file.generated.is_some()];
        if given.into_iter().filter(|given| *given).count() != 1 {
            return problem(Fault::Content, &here.in_list("files", nth));
        }
        if file.hex.is_some() && file.bytes().is_none() {
            return problem(Fault::Hex, &at("hex"));
        }
        if let Some(generated) = file.generated {
            check_generated(generated.size, generated.seed, &at("generated"))?;
        }
    }
    Ok(())
}

fn check_generated(size: u64, seed: u64, at: &[At]) -> Result<(), Problem> {
    if size > limits::GENERATED {
        let fault = Fault::TooMany {
            what: "bytes of a generated file",
            count: size,
            most: limits::GENERATED,
        };
        return problem(fault, at);
    }
    if seed >= 1 << 53 {
        return problem(Fault::NumberTooLarge, at);
    }
    Ok(())
}

fn check_link(link: &Link, world: &Layout, nth: usize) -> Result<(), Problem> {
    let here = |key| [&LINKS[..], &[At::Index(nth), At::Key(key)]].concat();
    for name in &link.between {
        if !world.hosts.iter().any(|host| host.name == *name) {
            return problem(unknown_host(name, world), &here("between"));
        }
    }
    let [one, other] = &link.between;
    if one == other {
        return problem(Fault::LinkToSelf, &here("between"));
    }
    let same = |earlier: &Link| {
        let [a, b] = &earlier.between;
        (a == one && b == other) || (a == other && b == one)
    };
    if world.links.iter().take(nth).any(same) {
        let name = format!("{one} - {other}");
        return problem(Fault::Twice { name }, &here("between"));
    }
    span(link.latency.0, limits::LATENCY, &here("latency"))?;
    if !(limits::SLOWEST..=limits::FASTEST).contains(&link.bandwidth.0) {
        let fault = Fault::OutOfRange {
            value: link.bandwidth.to_string(),
            least: Rate(limits::SLOWEST).to_string(),
            most: Rate(limits::FASTEST).to_string(),
        };
        return problem(fault, &here("bandwidth"));
    }
    if link.loss.0 > limits::LOSS {
        let fault = Fault::OutOfRange {
            value: link.loss.to_string(),
            least: Loss(0).to_string(),
            most: Loss(limits::LOSS).to_string(),
        };
        return problem(fault, &here("loss"));
    }
    Ok(())
}

/// Every host has one link, and can be reached from the client through routers.
fn check_ways(world: &Layout) -> Result<(), Problem> {
    for host in world.hosts.iter().filter(|host| host.role != HostRole::Router) {
        let count = world
            .links
            .iter()
            .filter(|link| link.between.contains(&host.name))
            .count();
        if count > 1 {
            let host = host.name.clone();
            return problem(Fault::Links { host, count }, &LINKS);
        }
    }
    let client = world.hosts.iter().find(|host| host.role == HostRole::Client);
    let mut reached: Set<&str> = client.map(|host| host.name.as_str()).into_iter().collect();
    let is_router = |name: &str| {
        world
            .hosts
            .iter()
            .any(|host| host.name == name && host.role == HostRole::Router)
    };
    let passes = |reached: &Set<&str>, name: &str| {
        reached.contains(name) && (is_router(name) || client.is_some_and(|client| client.name == name))
    };
    loop {
        let before = reached.len();
        for link in &world.links {
            let [one, other] = &link.between;
            if passes(&reached, one) {
                reached.insert(other);
            }
            if passes(&reached, other) {
                reached.insert(one);
            }
        }
        if reached.len() == before {
            break;
        }
    }
    match world.hosts.iter().find(|host| !reached.contains(host.name.as_str())) {
        Some(host) => problem(
            Fault::NoWay {
                host: host.name.clone(),
            },
            &LINKS,
        ),
        None => Ok(()),
    }
}
