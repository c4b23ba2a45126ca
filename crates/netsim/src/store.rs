//! Where files are kept: what answers an endpoint's storage requests.

use core::any::Any;

use portolan_protocol::endpoint::{StoreAnswer, StoreRequest};
use portolan_protocol::tree::Tree;
use portolan_wire::Instant;
use portolan_wire::report::StoreError;

/// Answers storage requests at once. How long an answer takes in virtual time is the world's business.
pub trait Store: Any {
    /// Answers one request.
    ///
    /// # Errors
    /// As the request deserves.
    fn answer(&mut self, now: Instant, request: StoreRequest) -> Result<StoreAnswer, StoreError>;
}

/// A tree in memory. It keeps the time it was told last ([`Tree::set_time`]): a scenario knows which day it plays on,
/// the virtual clock does not.
impl Store for Tree {
    fn answer(&mut self, _now: Instant, request: StoreRequest) -> Result<StoreAnswer, StoreError> {
        Self::answer(self, request)
    }
}

/// A store within one world.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct StoreId(pub(crate) usize);
