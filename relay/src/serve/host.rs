//! The exact lists of hosts and origins under which this program answers.

use std::net::SocketAddr;

use crate::Trouble;
use crate::guard::Host;

/// The values of `Host` and `Origin` that are taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Hosts {
    hosts: Vec<String>,
    origins: Vec<Origin>,
}

/// An origin (RFC 6454): a scheme, a host, and a port unless it is the scheme's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Origin {
    text: String,
    secure: bool,
    local: bool,
}

impl Hosts {
    /// Those of a program that listens on `local`, and those that its operator named. A loopback address is known as
    /// itself and as `localhost`, with the port; browsers leave port 80 away.
    pub(super) fn new(local: SocketAddr, named: &[Origin]) -> Self {
        let mut hosts = Vec::new();
        if local.ip().is_loopback() {
            let port = local.port();
            hosts.extend([local.to_string(), format!("localhost:{port}")]);
            if port == 80 {
                let bare = SocketAddr::new(local.ip(), 80).to_string();
                hosts.extend([bare.trim_end_matches(":80").to_owned(), "localhost".to_owned()]);
            }
        }
        let mut origins: Vec<Origin> = hosts.iter().map(|host| Origin::plain(host)).collect();
        hosts.extend(named.iter().map(|origin| origin.host().to_owned()));
        origins.extend_from_slice(named);
        Self { hosts, origins }
    }

    /// Whether `host` is one of them. Names do not care for capitals.
    pub(super) fn know(&self, host: &str) -> bool {
        self.hosts.iter().any(|known| known.eq_ignore_ascii_case(host))
    }

    /// The origin that a browser says, if it is one of them.
    pub(super) fn origin(&self, origin: &str) -> Option<&Origin> {
        self.origins.iter().find(|known| known.text == origin)
    }
}

impl Origin {
    /// Reads what the operator wrote.
    pub(super) fn new(text: &str) -> Result<Self, Trouble> {
        let shown = portolan_wire::visible(text);
        let wrong = || {
            Trouble::Wrong(format!(
                "`{shown}` is no origin: one is a scheme, a host and perhaps a port, as in https://portolan.example.org"
            ))
        };
        let (scheme, host) = text.split_once("://").ok_or_else(wrong)?;
        let secure = match scheme {
            "https" => true,
            "http" => false,
            _ => return Err(wrong()),
        };
        let (name, port) = match host.rsplit_once(':') {
            Some((name, port)) if !port.ends_with(']') => (name, Some(port)),
            _ => (host, None),
        };
        if port.is_some_and(|port| port.parse::<u16>().is_err()) {
            return Err(wrong());
        }
        let name = Host::new(name).map_err(|_| wrong())?;
        let own = if secure { "443" } else { "80" };
        let port = port.filter(|port| *port != own).map(|port| format!(":{port}"));
        Ok(Self {
            text: format!("{scheme}://{name}{}", port.unwrap_or_default()),
            secure,
            local: name.is_localhost(),
        })
    }

    /// That of a page that comes from `host` on this machine.
    fn plain(host: &str) -> Self {
        Self {
            text: format!("http://{host}"),
            secure: false,
            local: true,
        }
    }

    /// As the operator writes it.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Whether it is this machine's own.
    pub(super) const fn is_local(&self) -> bool {
        self.local
    }

    /// Whether nobody on the way reads along.
    pub(super) const fn is_private(&self) -> bool {
        self.secure || self.local
    }

    fn host(&self) -> &str {
        self.text.split_once("://").map_or("", |(_, host)| host)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hosts(local: &str) -> Hosts {
        Hosts::new(local.parse().unwrap(), &[])
    }

    #[test]
    fn only_the_own_names_are_known() {
        let own = hosts("127.0.0.1:8021");
        for known in ["127.0.0.1:8021", "localhost:8021", "LocalHost:8021"] {
            assert!(own.know(known), "{known}");
        }
        for unknown in [
            "",
            "127.0.0.1",
            "localhost",
            "127.0.0.1:80",
            "evil.example:8021",
            "127.0.0.1:8021.evil.example",
        ] {
            assert!(!own.know(unknown), "{unknown}");
        }
        let six = hosts("[::1]:80");
        assert!(six.know("[::1]:80") && six.know("[::1]") && six.know("localhost"));
    }

    #[test]
    fn origins_are_taken_to_the_letter() {
        let own = hosts("127.0.0.1:8021");
        assert!(own.origin("http://127.0.0.1:8021").is_some_and(Origin::is_private));
        assert!(own.origin("http://localhost:8021").is_some());
        for foreign in [
            "null",
            "",
            "http://127.0.0.1",
            "https://127.0.0.1:8021",
            "http://127.0.0.1:8021/",
            "http://127.0.0.1:80210",
            "http://evil.example",
            "http://localhost:8021.evil.example",
        ] {
            assert!(own.origin(foreign).is_none(), "{foreign}");
        }
    }

    #[test]
    fn beyond_loopback_only_what_was_named_is_known() {
        let named = [
            Origin::new("https://Portolan.Example.org:443").unwrap(),
            Origin::new("http://10.1.2.3:8021").unwrap(),
        ];
        let hosts = Hosts::new("0.0.0.0:8021".parse().unwrap(), &named);
        assert!(hosts.know("portolan.example.org") && hosts.know("10.1.2.3:8021"));
        assert!(!hosts.know("0.0.0.0:8021") && !hosts.know("localhost:8021"));
        assert!(
            hosts
                .origin("https://portolan.example.org")
                .is_some_and(Origin::is_private)
        );
        assert!(
            hosts
                .origin("http://10.1.2.3:8021")
                .is_some_and(|origin| !origin.is_private())
        );
        assert!(hosts.origin("http://portolan.example.org").is_none());
    }

    #[test]
    fn what_is_no_origin_is_refused() {
        for text in [
            "portolan.example.org",
            "ftp://a.example",
            "https://",
            "https://a.example/x",
            "https://a:b",
            "*",
        ] {
            assert!(Origin::new(text).is_err(), "{text}");
        }
    }
}
