//! The exact list of hosts under which this program answers.

use std::net::SocketAddr;

/// The values of `Host` that are taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Hosts {
    known: Vec<String>,
}

impl Hosts {
    /// Those of a program that listens on `local`: the address itself and `localhost`, with the port. Browsers leave
    /// port 80 away.
    pub(super) fn of(local: SocketAddr) -> Self {
        let port = local.port();
        let mut known = vec![local.to_string(), format!("localhost:{port}")];
        if port == 80 {
            known.extend([SocketAddr::new(local.ip(), 80)
                .to_string()
                .trim_end_matches(":80")
                .to_owned()]);
            known.push("localhost".to_owned());
        }
        Self { known }
    }

    /// Whether `host` is one of them. Names do not care for capitals.
    pub(super) fn know(&self, host: &str) -> bool {
        self.known.iter().any(|known| known.eq_ignore_ascii_case(host))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_own_names_are_known() {
        let hosts = Hosts::of("127.0.0.1:8021".parse().unwrap());
        for known in ["127.0.0.1:8021", "localhost:8021", "LocalHost:8021"] {
            assert!(hosts.know(known), "{known}");
        }
        for unknown in [
            "",
            "127.0.0.1",
            "localhost",
            "127.0.0.1:80",
            "evil.example:8021",
            "127.0.0.1:8021.evil.example",
        ] {
            assert!(!hosts.know(unknown), "{unknown}");
        }
        let six = Hosts::of("[::1]:80".parse().unwrap());
        assert!(six.know("[::1]:80") && six.know("[::1]") && six.know("localhost"));
    }
}
