//! What the page and the reader say to each other. The reader is the web worker that holds a log from a relay or from a
//! file, and that has the conversation with the relay.
//!
//! What is *asked about* the log is the same as of an engine ([`crate::Request::Ask`], [`Reply::Told`]), so that all views
//! are the same. What the user *does* there goes up as the fields of a form, as a browser would send them, files among
//! them; what can be done comes down as a [`Panel`]. So the page draws forms and knows nothing of what they are for, and
//! all that is known of relays is in the worker, which a visitor without one never loads.
//!
//! # Rules
//! * What goes up is either bytes ([`crate::Request`]) or a list of pairs, name and value. The pair [`DEED`] says what is to
//!   be done. The first list is that of [`ENTER`], once for every time that the page comes to the Live tab.
//! * [`Reply::Opened`] comes whenever another log is shown, under the run's number that the page entered with;
//!   [`Reply::Running`] whenever it has grown.

use portolan_wire::plain::Plain;

use crate::Reply;

/// The name of the pair that says what is to be done.
pub const DEED: &str = "do";

/// The page has come to the Live tab. Further pairs: `run`; `fragment`, that of the page's address; `kept`, what
/// [`FromReader::Keep`] said last.
pub const ENTER: &str = "enter";

/// What the reader says.
#[derive(Clone, Debug, PartialEq, Eq, Plain)]
pub enum FromReader {
    /// The same as an engine says about a log.
    Log(Reply),
    /// What the Live tab shows beside the views, whenever that has changed.
    Panel(Box<Panel>),
    /// The browser is to save what is at this address, under this name.
    Fetch {
        /// Relative to the page.
        href: String,
        /// The file's name.
        name: String,
    },
    /// To be kept for as long as the browser's tab is open, and given back at the next [`ENTER`].
    Keep(String),
    /// The nearest scenario is wanted.
    Simulate {
        /// Its name in the catalogue.
        scenario: String,
    },
}

/// What the Live tab shows beside the views.
#[derive(Clone, Debug, Default, PartialEq, Eq, Plain)]
pub struct Panel {
    /// What this is, in a few words.
    pub title: String,
    /// One sentence, where no moment of a log says one.
    pub sentence: String,
    /// What the user must know now; stands before any other sentence while the page follows the end.
    pub notice: Option<String>,
    /// What can be done about it.
    pub deeds: Vec<Deed>,
    /// Where the chart will be.
    pub about: String,
    /// What lies before the first host on the chart: who asks it, where that is not the browser itself.
    pub route: Option<String>,
    /// How the ladder's times are known, where they were not all measured.
    pub badge: Option<String>,
    /// The forms.
    pub groups: Vec<Group>,
    /// Whether there is a log to be asked about.
    pub log: bool,
    /// Whether the log grows: then who stands at its end stays there.
    pub follows: bool,
    /// Whether the log has packets to show.
    pub packets: bool,
}

/// Fields and buttons that belong together.
#[derive(Clone, Debug, PartialEq, Eq, Plain)]
pub struct Group {
    /// Tells it from others for as long as it is there.
    pub name: String,
    /// Its heading.
    pub title: String,
    /// What is in it, in order.
    pub parts: Vec<Part>,
}

/// A part of a form.
#[derive(Clone, Debug, PartialEq, Eq, Plain)]
pub enum Part {
    /// Something to read.
    Text(String),
    /// Something to type or to copy.
    Field {
        /// Its pair's name.
        name: String,
        /// What stands beside it.
        label: String,
        /// What stands in it at first.
        value: String,
        /// What it is for.
        kind: FieldKind,
    },
    /// One of several, chosen at once: a deed, with the choice as a pair of the same name.
    Choice {
        /// The deed.
        deed: String,
        /// What stands beside it.
        label: String,
        /// Values, and what is shown for each.
        options: Vec<(String, String)>,
        /// The value that holds now.
        chosen: String,
    },
    /// A file of the user's: a deed, with the file in the pair `file`.
    File {
        /// The deed.
        deed: String,
        /// What stands on it.
        label: String,
    },
    /// A button.
    Deed(Deed),
    /// Names; choosing one puts its path into the field `path`.
    Names(Vec<(String, String)>),
    /// What was done, the newest last.
    Steps(Vec<Step>),
}

/// What a field is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Plain)]
pub enum FieldKind {
    /// Text.
    Text,
    /// A password.
    Secret,
    /// Nothing is typed: it is there to be copied.
    Shown,
}

/// Something that can be done.
#[derive(Clone, Debug, PartialEq, Eq, Plain)]
pub struct Deed {
    /// The value of its pair [`DEED`].
    pub name: String,
    /// What stands on the button.
    pub label: String,
    /// Whether it is the one to do here.
    pub main: bool,
}

/// Something that was done.
#[derive(Clone, Debug, PartialEq, Eq, Plain)]
pub struct Step {
    /// What, and what came of it.
    pub text: String,
    /// How it stands.
    pub mark: Mark,
}

/// How something stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Plain)]
pub enum Mark {
    /// Its turn has not come.
    Waits,
    /// It is being done; of how many thousandths of it that is known.
    Runs(Option<u16>),
    /// It is done.
    Done,
    /// It could not be done.
    Failed,
}
