//! Who a session's server has to be, and when its control connection is secured.

use portolan_protocol::ftp::client::Security;
use portolan_protocol::tls::{Client, Keys, Versions};
use portolan_wire::Argument;
use portolan_wire::relay::{Refusal, Server, Tls};

use super::session::NotTaken;
use super::{OnOffer, refused};
use crate::guard::{Host, Target};
use crate::tls::{self, Own, Whom};

/// What a browser asked for, as far as the relay's own servers decide it.
pub(super) struct Wanted {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) credentials: Option<(Argument, Argument)>,
    pub(super) trust: Trust,
}

/// Whom a session trusts. There is no word for "anybody".
#[derive(Debug)]
pub(super) struct Trust {
    when: Tls,
    pin: Option<[u8; 32]>,
    /// If it is the relay's own sandbox.
    own: Option<Own>,
}

/// The TLS of a session that has not begun.
pub(super) struct Secured {
    /// When the control connection is secured.
    pub(super) when: Tls,
    client: Option<Client>,
    /// Of a session with the relay's own sandbox.
    pub(super) keys: Option<Keys>,
}

/// Looks up what was asked for. Whose certificate is taken is the user's to say for a server that was typed, and the
/// operator's for one on offer: whoever could choose there could have the operator's password sent to himself.
pub(super) fn wanted(servers: &[OnOffer], server: &Server, when: Tls, pin: Option<&str>) -> Result<Wanted, NotTaken> {
    let name = match server {
        Server::Typed { host, port } => {
            let pin = pin.map(tls::parse_fingerprint).transpose();
            let pin = pin.map_err(|why| refused(Refusal::Malformed, &format!("This is no pin: {why}.")))?;
            return Ok(Wanted {
                host: host.as_str().to_owned(),
                port: *port,
                credentials: None,
                trust: Trust { when, pin, own: None },
            });
        }
        Server::Offered { name } => name,
    };
    let Some(server) = servers.iter().find(|server| server.name == *name) else {
        return Err(refused(Refusal::Target, "This relay has no such server on offer."));
    };
    if pin.is_some() {
        let text = "Which certificate a server on offer has to show is set by the relay's operator.";
        return Err(refused(Refusal::Malformed, text));
    }
    if !server.tls.contains(&when) {
        let ways: Vec<&str> = server.tls.iter().map(|tls| tls.name()).collect();
        let text = format!(
            "This server is not on offer with the TLS \"{}\", but with: {}.",
            when.name(),
            ways.join(", ")
        );
        return Err(refused(Refusal::Target, &text));
    }
    let elsewhere = server.implicit.as_ref().filter(|_| when == Tls::Implicit);
    let target = elsewhere.unwrap_or(&server.target);
    Ok(Wanted {
        host: target.host.to_string(),
        port: target.port,
        credentials: server.credentials.clone(),
        trust: Trust {
            when,
            pin: server.pin,
            own: server.sandbox.clone(),
        },
    })
}

impl Trust {
    /// The TLS side of a session with `target`, or a sentence that says why there can be none.
    pub(super) async fn client(self, target: &Target) -> Result<Secured, String> {
        let Self { when, pin, own } = self;
        let name = match &target.host {
            Host::Name(name) => name.clone(),
            // A certificate holds for an address without brackets.
            Host::Address(address) => address.to_string(),
        };
        let whom = pin.map_or(Whom::System, Whom::Pinned);
        // The system's authorities are many small files.
        let made = tokio::task::spawn_blocking(move || match own {
            Some(own) => own.client(&name).map(|(client, keys)| (client, Some(keys))),
            None => tls::client(&name, &whom, Versions::Both).map(|client| (client, None)),
        });
        let made = made.await;
        let made = made.unwrap_or_else(|error| Err(format!("TLS could not be set up: {error}")));
        match (when, made) {
            (_, Ok((client, keys))) => Ok(Secured {
                when,
                client: Some(client),
                keys,
            }),
            // It was not asked for, and is not there when it is.
            (Tls::None, Err(_)) => Ok(Secured {
                when,
                client: None,
                keys: None,
            }),
            (_, Err(why)) => Err(format!("No session under TLS with {target}: {why}.")),
        }
    }
}

impl Secured {
    /// What is spoken, for a title.
    pub(super) const fn title(&self) -> &'static str {
        match self.when {
            Tls::None => "FTP",
            Tls::Explicit => "FTPS (explicit)",
            Tls::Implicit => "FTPS (implicit)",
        }
    }

    /// For the endpoint: when, and with what.
    pub(super) fn into_parts(self) -> (Security, Option<Client>) {
        let when = match (self.when, &self.client) {
            (_, None) => Security::Never,
            (Tls::None, Some(_)) => Security::WhenAsked,
            (Tls::Explicit, Some(_)) => Security::Explicit,
            (Tls::Implicit, Some(_)) => Security::Implicit,
        };
        (when, self.client)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offered(name: &str, tls: &[Tls]) -> OnOffer {
        OnOffer {
            name: name.to_owned(),
            target: "127.0.0.1:2121".parse().unwrap(),
            implicit: Some("127.0.0.1:2990".parse().unwrap()),
            tls: tls.to_vec(),
            pin: Some([7; 32]),
            sandbox: None,
            credentials: None,
        }
    }

    fn ask(server: &Server, when: Tls, pin: Option<&str>) -> Result<Wanted, Refusal> {
        let servers = [offered("all", &Tls::ALL), offered("explicit", &[Tls::Explicit])];
        wanted(&servers, server, when, pin).map_err(|not| not.why)
    }

    #[test]
    fn a_server_on_offer_is_who_its_operator_says() {
        let named = |name: &str| Server::Offered { name: name.to_owned() };
        for (when, port) in [(Tls::None, 2121), (Tls::Explicit, 2121), (Tls::Implicit, 2990)] {
            let wanted = ask(&named("all"), when, None).unwrap();
            assert_eq!((wanted.port, wanted.trust.pin), (port, Some([7; 32])));
        }
        let pin = "07".repeat(32);
        assert_eq!(
            ask(&named("all"), Tls::Explicit, Some(&pin)).err(),
            Some(Refusal::Malformed)
        );
        // What is to be secured is not opened without.
        assert_eq!(ask(&named("explicit"), Tls::None, None).err(), Some(Refusal::Target));
        assert_eq!(
            ask(&named("explicit"), Tls::Implicit, None).err(),
            Some(Refusal::Target)
        );
        assert!(ask(&named("explicit"), Tls::Explicit, None).is_ok());
        assert_eq!(ask(&named("nobody"), Tls::None, None).err(), Some(Refusal::Target));
    }

    #[test]
    fn a_typed_server_is_who_the_user_says_or_who_the_system_trusts() {
        let host = Argument::new("ftp.example.org").unwrap();
        let typed = Server::Typed { host, port: 21 };
        assert_eq!(ask(&typed, Tls::Explicit, None).unwrap().trust.pin, None);
        let pin = ["AB"; 32].join(":");
        let wanted = ask(&typed, Tls::Explicit, Some(&pin)).unwrap();
        assert_eq!(wanted.trust.pin, Some([0xab; 32]));
        for wrong in ["", "ab", "anybody", &"ab".repeat(33)] {
            assert_eq!(
                ask(&typed, Tls::None, Some(wrong)).err(),
                Some(Refusal::Malformed),
                "{wrong}"
            );
        }
    }
}
