//! An X.509 certificate, as far as somebody reads it who asks: whose is it, who says so, for which names, until when?
//!
//! It is shown, and nothing is decided by it: whether a certificate will do is for the TLS library to say. So what can't be
//! read of a name or a key is left out, and only what is no certificate at all is an error.
//!
//! Required reading: RFC 5280 section 4 (the fields), X.690 (DER), RFC 9525 (names of services).

mod der;
#[cfg(test)]
mod tests;

use core::net::{Ipv4Addr, Ipv6Addr};

use super::bytes::array;
use crate::ftp::TimeVal;
use crate::text::visible;
use der::{Reader, Value};

/// The most alternative names that are read. Those of large networks have a hundred.
pub const MOST_NAMES: usize = 200;

/// The most characters of a name that are read. A name of the DNS has at most 253 (RFC 1035 section 2.3.4).
pub const LONGEST_NAME: usize = 300;

/// The most bytes of a serial number that are read: RFC 5280 section 4.1.2.2 allows 20.
const LONGEST_SERIAL: usize = 20;

/// A certificate. Texts in it are made visible: see [`visible`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// Whose it is: the common name, or else the organisation.
    pub subject: Option<String>,
    /// Who signed it, likewise.
    pub issuer: Option<String>,
    /// Whether it names itself as its issuer. That is a claim like all others; the signature is not looked at.
    pub self_issued: bool,
    /// Its number at the issuer's, without leading zeros.
    pub serial: Vec<u8>,
    /// The hosts it holds for: names of the DNS, perhaps with `*` for their first part, and addresses.
    pub names: Vec<String>,
    /// Its first second, since 1970-01-01 UTC; 0 for all that is before.
    pub from: u64,
    /// Its last second, likewise. The year 9999 says that there is none (RFC 5280 section 4.1.2.5).
    pub to: u64,
    /// What its key is for.
    pub key: Key,
}

/// A public key's kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// RSA (RFC 8017).
    Rsa {
        /// The modulus's length.
        bits: usize,
    },
    /// A curve of NIST's (RFC 5480): P-256, P-384 or P-521.
    Ec {
        /// The number in its name.
        bits: usize,
    },
    /// Ed25519 (RFC 8410).
    Ed25519,
    /// Another.
    Other,
}

/// What was read is no certificate: not DER, or not of this form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoCertificate {
    /// The byte where it stopped making sense.
    pub at: usize,
}

impl core::fmt::Display for NoCertificate {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "this is no certificate: byte {} makes no sense", self.at)
    }
}

impl core::error::Error for NoCertificate {}

impl Certificate {
    /// Reads one, as TLS carries it and as it stands in a `.der` file. What follows it is ignored.
    ///
    /// # Errors
    /// When it is none.
    pub fn read(der: &[u8]) -> Result<Self, NoCertificate> {
        let mut outer = Reader::new(der);
        let mut certificate = outer.inside(der::SEQUENCE)?;
        let mut fields = certificate.inside(der::SEQUENCE)?;
        // The version; without one it is the first.
        fields.optional(der::context(0))?;
        let serial = fields.value(der::INTEGER)?;
        // How it was signed, which stands outside once more.
        fields.value(der::SEQUENCE)?;
        let issuer = fields.value(der::SEQUENCE)?;
        let mut validity = fields.inside(der::SEQUENCE)?;
        let (from, to) = (time(&mut validity)?, time(&mut validity)?);
        let subject = fields.value(der::SEQUENCE)?;
        let key = key(fields.inside(der::SEQUENCE)?)?;
        fields.optional(der::context_primitive(1))?;
        fields.optional(der::context_primitive(2))?;
        let names = match fields.optional(der::context(3))? {
            Some(extensions) => alternative_names(extensions)?,
            None => Vec::new(),
        };
        let leading = serial.content.iter().take_while(|byte| **byte == 0).count();
        let digits = serial.content.iter().skip(leading).take(LONGEST_SERIAL);
        Ok(Self {
            subject: name(&subject)?,
            issuer: name(&issuer)?,
            self_issued: subject.content == issuer.content,
            serial: digits.copied().collect(),
            names,
            from,
            to,
            key,
        })
    }
}

/// The common name in a distinguished one, or else the organisation. The last of several is the most particular.
fn name(value: &Value<'_>) -> Result<Option<String>, NoCertificate> {
    const COMMON_NAME: &[u8] = &[0x55, 0x04, 0x03];
    const ORGANISATION: &[u8] = &[0x55, 0x04, 0x0a];

    let (mut common, mut organisation) = (None, None);
    let mut parts = value.reader();
    while !parts.is_empty() {
        let mut set = parts.inside(der::SET)?;
        while !set.is_empty() {
            let mut pair = set.inside(der::SEQUENCE)?;
            let kind = pair.value(der::OBJECT)?;
            let text = pair.any()?;
            match kind.content {
                COMMON_NAME => common = text.text(),
                ORGANISATION => organisation = text.text(),
                _ => {}
            }
        }
    }
    Ok(common.or(organisation).map(|text| shown(&text)))
}

fn shown(text: &str) -> String {
    visible(text).chars().take(LONGEST_NAME).collect()
}

/// A UTCTime or a GeneralizedTime (RFC 5280 section 4.1.2.5).
fn time(fields: &mut Reader<'_>) -> Result<u64, NoCertificate> {
    let value = fields.any()?;
    let text = || core::str::from_utf8(value.content).ok()?.strip_suffix('Z');
    let whole = match (value.tag, text()) {
        (der::UTC_TIME, Some(text)) => {
            // Two digits of the year: those from 50 on were of the last century.
            let century = if text.as_bytes().first() >= Some(&b'5') {
                "19"
            } else {
                "20"
            };
            format!("{century}{text}")
        }
        (der::GENERALIZED_TIME, Some(text)) => text.to_owned(),
        _ => return Err(value.nonsense()),
    };
    match TimeVal::parse(&whole) {
        Ok(time) => Ok(time.seconds()),
        Err(crate::ftp::TimeValError::TooEarly) => Ok(0),
        Err(_) => Err(value.nonsense()),
    }
}

/// What a key is for (RFC 3279 section 2.3, RFC 5480 section 2.1, RFC 8410 section 3).
fn key(mut info: Reader<'_>) -> Result<Key, NoCertificate> {
    const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
    const EC: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
    const ED25519: &[u8] = &[0x2b, 0x65, 0x70];
    const P256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
    const P384: &[u8] = &[0x2b, 0x81, 0x04, 0x00, 0x22];
    const P521: &[u8] = &[0x2b, 0x81, 0x04, 0x00, 0x23];

    let mut algorithm = info.inside(der::SEQUENCE)?;
    let bits = info.value(der::BIT_STRING)?;
    Ok(match algorithm.value(der::OBJECT)?.content {
        RSA => Key::Rsa {
            bits: rsa_bits(&bits).ok_or_else(|| bits.nonsense())?,
        },
        EC => match algorithm.optional(der::OBJECT)?.map(|curve| curve.content) {
            Some(P256) => Key::Ec { bits: 256 },
            Some(P384) => Key::Ec { bits: 384 },
            Some(P521) => Key::Ec { bits: 521 },
            _ => Key::Other,
        },
        ED25519 => Key::Ed25519,
        _ => Key::Other,
    })
}

/// The length of an RSA key's modulus, the first of the numbers in it.
fn rsa_bits(bits: &Value<'_>) -> Option<usize> {
    // The first byte says how many bits of the last are not used: none.
    let inner = bits.content.get(1..)?;
    let modulus = Reader::new(inner)
        .inside(der::SEQUENCE)
        .ok()?
        .value(der::INTEGER)
        .ok()?;
    let digits = modulus
        .content
        .iter()
        .skip_while(|byte| **byte == 0)
        .collect::<Vec<_>>();
    let unused = digits.first()?.leading_zeros() as usize;
    Some(digits.len() * 8 - unused)
}

/// The names and addresses of hosts among the alternative names (RFC 5280 section 4.2.1.6).
fn alternative_names(extensions: Value<'_>) -> Result<Vec<String>, NoCertificate> {
    const ALTERNATIVE_NAMES: &[u8] = &[0x55, 0x1d, 0x11];

    let mut names = Vec::new();
    let mut list = extensions.reader().inside(der::SEQUENCE)?;
    while !list.is_empty() {
        let mut extension = list.inside(der::SEQUENCE)?;
        let kind = extension.value(der::OBJECT)?;
        // Whether it is critical.
        extension.optional(der::BOOLEAN)?;
        let content = extension.value(der::OCTET_STRING)?;
        if kind.content != ALTERNATIVE_NAMES {
            continue;
        }
        let mut general = content.reader().inside(der::SEQUENCE)?;
        while !general.is_empty() && names.len() < MOST_NAMES {
            let one = general.any()?;
            names.extend(match one.tag {
                der::DNS_NAME => Some(shown(&String::from_utf8_lossy(one.content))),
                der::IP_ADDRESS => address(one.content),
                _ => None,
            });
        }
    }
    Ok(names)
}

fn address(octets: &[u8]) -> Option<String> {
    match octets.len() {
        4 => array(octets, 0).map(|octets: [u8; 4]| Ipv4Addr::from(octets).to_string()),
        16 => array(octets, 0).map(|octets: [u8; 16]| Ipv6Addr::from(octets).to_string()),
        _ => None,
    }
}
