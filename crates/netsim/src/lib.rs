//! A small internet in virtual time.
//!
//! A [`Topology`] names hosts, routers and links. A [`World`] built from it runs: hosts have a real TCP/IP stack
//! (`smoltcp`), the endpoints of `portolan_protocol` speak over it, and everything that happens is recorded in one
//! session log.

mod firewall;
mod plan;
mod service;
mod store;
mod world;

pub use firewall::{Direction, FlowState, Rule, Verdict};
pub use plan::{HostPlan, LinkPlan, PlanError, RouterPlan, Topology};
pub use service::{PlaceError, Service, Session, Start};
pub use store::{Store, StoreId};
pub use world::{AppId, Progress, World};
