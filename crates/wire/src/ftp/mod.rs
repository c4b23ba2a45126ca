//! FTP on the wire: one codec per grammar, parse and emit together, used by client, server and dissectors alike.
//!
//! * [`lines`]: the lines of a control connection, and the Telnet in them (RFC 959 section 2.3, RFC 1123 4.1.2.12).
//! * [`command`]: verbs and commands (RFC 959 section 5.3, registry: RFC 5797).
//! * [`reply`]: codes and replies (RFC 959 section 4.2).
//! * [`host_port`]: the addresses inside PORT, 227, EPRT and 229 (RFC 959, RFC 1123 4.1.2.6, RFC 2428).
//! * [`listing`]: what LIST sends, which no RFC ever fixed.
//! * [`path`]: the quoted path of a 257 reply (RFC 959 appendix II).
//! * [`representation`]: the argument of TYPE (RFC 959 section 3.1.1).
//! * [`features`]: what FEAT lists (RFC 2389).
//! * [`facts`]: what MLST and MLSD tell (RFC 3659 section 7).
//! * [`time_val`]: the time of MDTM and `modify=` (RFC 3659 section 2.3).
//! * [`count`]: a number of bytes: SIZE, REST (RFC 3659 sections 4 and 5).
//! * [`octets`]: how bytes that are no UTF-8 become text and come back unharmed.

pub mod command;
pub mod count;
pub mod facts;
pub mod features;
pub mod host_port;
pub mod lines;
pub mod listing;
pub mod octets;
pub mod path;
pub mod reply;
pub mod representation;
pub mod time_val;

pub use command::{Command, CommandError, Verb};
pub use facts::{FactKind, FactLine, FactSelection, Facts, FactsError};
pub use features::{Feature, Features};
pub use host_port::{ExtendedHostPort, ExtendedPort, HostPort, HostPortError};
pub use lines::{Line, LineSplitter, LineTooLong};
pub use reply::{Received, Reply, ReplyClass, ReplyCode, ReplyError, ReplyParser, ReplyReader};
pub use representation::{Representation, RepresentationError};
pub use time_val::{Date, TimeVal, TimeValError};
