//! Scenarios: a world, a plan of actions, a lesson; the built-in catalogue; and a [`Run`] of one.
//!
//! * [`Scenario`] is the model of a scenario file; [`check`] says what it must keep. With the feature `toml`,
//!   [`parse`] reads the written form and names the line of whatever is wrong.
//! * [`catalogue`] are the built-in ones, compiled in: no TOML parser is needed for them.
//! * [`Settings`] are what a user may change about a scenario.
//! * [`Run`] builds the simulated network, lets the client act, and records the session log.

mod catalogue;
mod file;
mod greeter;
#[cfg(feature = "toml")]
mod parse;
mod run;
mod settings;
mod setup;
mod tls;

pub use catalogue::{built_in, catalogue};
pub use file::{
    At, Certificate, Expected, Fault, File, FtpService, Generated, Greeter, Host, HostRole, Ip, Layout, Link, Loss,
    PortRange, Problem, Rate, Rule, Scenario, Security, Span, Step, StepError, Tls, TlsBegin, TlsVersion, Traffic,
    UnitError, User, Verb, Verdict, check, limits,
};
#[cfg(feature = "toml")]
pub use parse::{FileError, Wrong, parse};
pub use run::{Advance, Ending, Order, Run, RunError};
pub use settings::{Key, SettingError, Settings};
