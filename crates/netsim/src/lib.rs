//! A small internet in virtual time.
//!
//! A [`Topology`] names hosts, routers and links. A [`World`] built from it runs: hosts have a real TCP/IP stack
//! (`smoltcp`), the endpoints of `portolan_protocol` speak over it, and everything that happens is recorded in one
//! session log.

mod app;
#[cfg(any(test, feature = "bench"))]
pub mod bench;
mod build;
mod clock;
mod connection;
mod device;
mod firewall;
mod flush;
mod hands;
mod host;
mod lingering;
mod links;
mod packet;
mod plan;
mod ports;
mod random;
mod receive;
mod router;
mod run;
mod service;
mod shared;
mod store;
mod world;

pub use app::AppId;
pub use firewall::{Direction, FlowState, Rule, Verdict};
pub use plan::{HostPlan, LinkPlan, PlanError, RouterPlan, Topology};
pub use router::Stage;
pub use service::{PlaceError, Service, Session, Start};
pub use store::{Store, StoreId};
pub use world::{Progress, World};

#[cfg(test)]
mod tests;
