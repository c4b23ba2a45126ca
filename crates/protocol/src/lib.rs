//! Portolan's endpoints: clients and servers of file transfer as state machines without input or output of their own.
//!
//! The contract between an endpoint and whoever drives it stands in [`endpoint`]; the simulated network and the relay's
//! real sockets drive the very same machines through [`drive()`].

pub mod call;
mod drive;
pub mod endpoint;
pub mod ftp;
#[cfg(any(test, feature = "testing"))]
#[doc(hidden)]
pub mod fuzzing;
mod shown;
pub mod speaker;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
#[cfg(any(test, feature = "tls"))]
pub mod tls;
pub mod tree;

pub use drive::{Effects, drive};
