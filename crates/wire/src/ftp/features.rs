//! What FEAT lists (RFC 2389 section 3.2): one feature a line, a space before it, perhaps parameters behind it.

use super::reply::{Reply, ReplyCode};

/// One feature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Feature {
    /// Its name, in upper case: often a verb, not always (`UTF8`, `TVFS`).
    pub name: String,
    /// Everything behind the name and a space; what it means, the feature's own document says.
    pub parameters: Option<String>,
}

/// A list of features.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Features(Vec<Feature>);

impl Feature {
    /// A feature without parameters, or with them.
    #[must_use]
    pub fn new(name: &str, parameters: Option<&str>) -> Self {
        Self {
            name: name.to_ascii_uppercase(),
            parameters: parameters.filter(|text| !text.is_empty()).map(str::to_owned),
        }
    }

    /// Reads a line of FEAT's answer. Servers that put no space before a feature, or several, are understood.
    /// Nothing for a line of nothing.
    #[must_use]
    pub fn parse(line: &str) -> Option<Self> {
        let line = line.trim_matches(' ');
        let (name, parameters) = match line.split_once(' ') {
            Some((name, parameters)) => (name, Some(parameters)),
            None => (line, None),
        };
        (!name.is_empty()).then(|| Self::new(name, parameters))
    }

    /// The line, with the space before it.
    #[must_use]
    pub fn to_line(&self) -> String {
        match &self.parameters {
            Some(parameters) => format!(" {} {parameters}", self.name),
            None => format!(" {}", self.name),
        }
    }
}

impl Features {
    /// The features of a 211: its first and last line are not features. A 211 of one line lists none (section 3.2).
    #[must_use]
    pub fn parse(reply: &Reply) -> Self {
        let middle = reply.lines.split_last().and_then(|(_, lines)| lines.get(1..));
        middle
            .unwrap_or_default()
            .iter()
            .filter_map(|line| Feature::parse(line))
            .collect()
    }

    /// The 211 that lists them.
    #[must_use]
    pub fn to_reply(&self) -> Reply {
        let first = core::iter::once("Extensions supported:".to_owned());
        let last = core::iter::once("End".to_owned());
        Reply::with_lines(
            ReplyCode::SYSTEM_STATUS,
            first.chain(self.0.iter().map(Feature::to_line)).chain(last),
        )
    }

    /// The feature with that name, in any case.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<&Feature> {
        self.0.iter().find(|feature| feature.name.eq_ignore_ascii_case(name))
    }

    /// Whether there is a feature with that name, in any case.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.find(name).is_some()
    }

    /// Whether there are parameters behind `name` and `parameter` is their first word: `REST STREAM`.
    #[must_use]
    pub fn has_with(&self, name: &str, parameter: &str) -> bool {
        let parameters = self.find(name).and_then(|feature| feature.parameters.as_deref());
        let first = parameters.and_then(|text| text.split(' ').next());
        first.is_some_and(|first| first.eq_ignore_ascii_case(parameter))
    }

    /// All of them, in the server's order.
    pub fn iter(&self) -> core::slice::Iter<'_, Feature> {
        self.0.iter()
    }
}

impl<'a> IntoIterator for &'a Features {
    type Item = &'a Feature;
    type IntoIter = core::slice::Iter<'a, Feature>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl FromIterator<Feature> for Features {
    fn from_iter<T: IntoIterator<Item = Feature>>(features: T) -> Self {
        Self(features.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::ftp::ReplyReader;

    #[test]
    fn a_list_as_rfc_2389_wants_it() {
        let features: Features = [
            Feature::new("mdtm", None),
            Feature::new("REST", Some("STREAM")),
            Feature::new("MLST", Some("type*;size*;")),
        ]
        .into_iter()
        .collect();
        let bytes = features.to_reply().emit();
        let expected = "211-Extensions supported:\r\n MDTM\r\n REST STREAM\r\n MLST type*;size*;\r\n211 End\r\n";
        assert_eq!(String::from_utf8_lossy(&bytes), expected);
        assert!(features.has("Mdtm") && !features.has("SIZE"));
        assert!(features.has_with("rest", "stream") && !features.has_with("MDTM", "stream"));
    }

    #[test]
    fn lists_of_other_servers() {
        let mut bytes = &b"211-Features:\r\nUTF8\r\n211-EPSV\r\n   Mlst Type*;\r\n \r\n211 end\r\n"[..];
        let received = ReplyReader::new().next_reply(&mut bytes).unwrap().unwrap();
        let names: Vec<String> = Features::parse(&received.reply)
            .iter()
            .map(|f| f.name.clone())
            .collect();
        assert_eq!(names, ["UTF8", "EPSV", "MLST"]);
        assert_eq!(
            Features::parse(&Reply::new(ReplyCode::SYSTEM_STATUS, "None")),
            Features::default()
        );
    }

    proptest! {
        #[test]
        fn each_list_comes_back(features in proptest::collection::vec(("[A-Z][A-Z0-9]{0,6}", "([a-z*;]{1,9}( [a-z]{1,3})?)?"), 0..9)) {
            let features: Features = features.iter().map(|(name, parameters)| Feature::new(name, Some(parameters))).collect();
            let bytes = features.to_reply().emit();
            let received = ReplyReader::new().next_reply(&mut bytes.as_slice()).unwrap().unwrap();
            prop_assert_eq!(Features::parse(&received.reply), features);
        }
    }
}
