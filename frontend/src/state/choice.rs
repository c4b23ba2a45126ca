//! What a user can choose.

use portolan_link::Order;
use portolan_wire::action::Action;

use crate::words;

/// Somewhere to go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// The first screen: ports are called one by one.
    Calls,
    /// A scenario of the catalogue, as it stands there.
    Scenario(String),
    /// The last of the six steps: active mode, and the client's firewall drops calls or does not.
    Blocking(bool),
}

/// What was given to a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Given {
    /// One of its answers.
    Chosen(usize),
    /// None: the answer was asked for.
    Revealed,
}

/// A pane, where there is room for one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tab {
    /// Commands and replies.
    #[default]
    Conversation,
    /// What was sent when.
    Ladder,
    /// What can be done in a live session.
    Console,
}

/// The colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// As the system has it.
    #[default]
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

impl Theme {
    /// Its name in the document and in storage; none for the system's.
    #[must_use]
    pub const fn name(self) -> Option<&'static str> {
        match self {
            Self::System => None,
            Self::Light => Some("light"),
            Self::Dark => Some("dark"),
        }
    }

    /// The theme of that name.
    #[must_use]
    pub fn named(name: &str) -> Self {
        match name {
            "light" => Self::Light,
            "dark" => Self::Dark,
            _ => Self::System,
        }
    }
}

/// What a place runs.
#[must_use]
pub fn place_order(place: Place) -> Order {
    match place {
        Place::Calls => Order {
            scenario: "call-a-port".to_owned(),
            actions: Some(Vec::new()),
            ..Order::default()
        },
        Place::Scenario(scenario) => Order {
            scenario,
            ..Order::default()
        },
        Place::Blocking(blocks) => Order {
            scenario: "ftp-active".to_owned(),
            settings: if blocks {
                vec![("client-blocks-incoming".to_owned(), "true".to_owned())]
            } else {
                Vec::new()
            },
            ..Order::default()
        },
    }
}

/// The ports that an order calls.
pub fn calls(order: &Order) -> impl Iterator<Item = u16> + '_ {
    order.actions.iter().flatten().filter_map(|action| match action {
        Action::Call { port, .. } => Some(*port),
        _ => None,
    })
}

/// The port that was typed.
///
/// # Errors
/// A sentence that says what a port is, where it is none.
pub fn port_of(typed: &str) -> Result<u16, &'static str> {
    let typed = typed.trim();
    if typed.is_empty() {
        return Err(words::PORT_EMPTY);
    }
    if !typed.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(words::PORT_NONSENSE);
    }
    match typed.parse::<u16>() {
        Ok(0) => Err(words::PORT_ZERO),
        Ok(port) => Ok(port),
        Err(_) => Err(words::PORT_NONSENSE),
    }
}
