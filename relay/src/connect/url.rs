//! The URL of a session (RFC 1738 section 3.2, RFC 3986).

use axum::http::Uri;
use portolan_protocol::ftp::client::Security;

/// A session's address.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Url {
    pub(super) security: Security,
    pub(super) user: Option<String>,
    pub(super) password: Option<String>,
    /// A name, or an address without brackets.
    pub(super) host: String,
    pub(super) port: u16,
    /// Relative to where the login leads, as RFC 1738 has it; `//` at the beginning makes it absolute.
    pub(super) path: String,
}

impl Url {
    /// # Errors
    /// A sentence that says what is wrong, without the password.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let uri: Uri = text.parse().map_err(|_| {
            "this is no URL: one looks like ftp://user@host:21/path, and % stands before odd characters".to_owned()
        })?;
        let security = match uri.scheme_str() {
            Some("ftp") => Security::Never,
            Some("ftpes") => Security::Explicit,
            Some("ftps") => Security::Implicit,
            Some(other) => {
                return Err(format!(
                    "{other}:// is not known here; what is known is ftp://, ftpes:// (TLS when asked for) and ftps:// \
                     (TLS from the start)"
                ));
            }
            None => return Err("the URL does not begin with ftp://, ftpes:// or ftps://".to_owned()),
        };
        let authority = uri.authority().ok_or("the URL names no host")?;
        let (user, password) = match authority.as_str().rsplit_once('@') {
            None => (None, None),
            Some((who, _)) => match who.split_once(':') {
                None => (Some(decode(who)?), None),
                Some((user, password)) => (Some(decode(user)?), Some(decode(password)?)),
            },
        };
        let host = authority.host();
        let host = host
            .strip_prefix('[')
            .and_then(|host| host.strip_suffix(']'))
            .unwrap_or(host);
        if host.is_empty() {
            return Err("the URL names no host".to_owned());
        }
        if user.as_deref() == Some("") {
            return Err("the URL names an empty user".to_owned());
        }
        let port = match authority.as_str().rsplit_once(':') {
            Some((_, digits)) if !digits.contains([']', '@']) => port(digits)?,
            _ if security == Security::Implicit => 990,
            _ => 21,
        };
        Ok(Self {
            security,
            user,
            password,
            host: host.to_owned(),
            port,
            path: decode(uri.path().strip_prefix('/').unwrap_or_default())?,
        })
    }
}

fn port(digits: &str) -> Result<u16, String> {
    match digits.parse() {
        Ok(0) => Err("port 0 is reserved and never a real endpoint".to_owned()),
        Ok(port) => Ok(port),
        Err(_) => Err("the URL's port is no number from 1 to 65535".to_owned()),
    }
}

/// Undoes %-encoding (RFC 3986 section 2.1).
fn decode(text: &str) -> Result<String, String> {
    let wrong = || format!("`%` stands before two hexadecimal digits, which is not so in `{text}`");
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let mut digit = || {
            rest.next()
                .and_then(|digit| char::from(digit).to_digit(16))
                .ok_or_else(wrong)
        };
        let value = digit()? * 16 + digit()?;
        bytes.push(u8::try_from(value).unwrap_or_default());
    }
    Ok(portolan_wire::ftp::octets::decode(&bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_taken_apart() {
        let url = Url::parse("ftp://anna:sea%40gull@example.org:2121/pub/two%20words.txt").unwrap();
        assert_eq!(url.user.as_deref(), Some("anna"));
        assert_eq!(url.password.as_deref(), Some("sea@gull"));
        assert_eq!((url.host.as_str(), url.port), ("example.org", 2121));
        assert_eq!(url.path, "pub/two words.txt");
        let url = Url::parse("ftp://[2001:db8::1]//etc/").unwrap();
        assert_eq!((url.host.as_str(), url.port), ("2001:db8::1", 21));
        assert_eq!((url.user, url.path.as_str()), (None, "/etc/"));
        for (text, security, port) in [
            ("ftp://example.org", Security::Never, 21),
            ("ftpes://example.org", Security::Explicit, 21),
            ("ftps://example.org", Security::Implicit, 990),
            ("ftps://example.org:2990", Security::Implicit, 2990),
        ] {
            let url = Url::parse(text).unwrap();
            assert!(url.security == security && url.port == port, "{text}");
        }
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (text, why) in [
            ("example.org", "begin with ftp://"),
            ("http://example.org/", "http://"),
            ("ftp://anna@/", "host"),
            ("ftp://@example.org/", "user"),
            ("ftp://example.org:0/", "reserved"),
            ("ftp://example.org:70000/", "65535"),
            ("ftp://example.org/100%", "%"),
            ("ftp://example org/", "URL"),
        ] {
            let error = Url::parse(text).map(|url| url.host).unwrap_err();
            assert!(error.contains(why), "{text}: {error}");
        }
    }
}
