//! The world: hosts, routers, links, endpoints, and one virtual clock.

use core::any::Any;

use portolan_protocol::endpoint::Endpoint;
use portolan_session::event::{Header, HostId};
use portolan_wire::action::Action;
use portolan_wire::report::{ListenError, Outcome};
use portolan_wire::{Duration, Instant};

use crate::plan::{PlanError, Topology};
use crate::service::{PlaceError, Service};
use crate::store::{Store, StoreId};

/// A small internet that runs in virtual time.
///
/// Build it, give its clients actions, and [`World::step`] it until it is quiet. The same plan, seed and actions give
/// the same log, byte for byte, however the steps are cut.
pub struct World {
    now: Instant,
    header: Header,
    topology: Topology,
    stores: Vec<(Box<dyn Store>, Duration)>,
    services: Vec<(HostId, Service)>,
    clients: Vec<(HostId, Box<dyn Endpoint>, Option<StoreId>)>,
    seed: u64,
}

/// A running program within one world: a client that was added, or a server's session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct AppId(pub(crate) u32);

/// How far a step came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress {
    /// An action of a client ended. Call [`World::act`] for the next one, or go on.
    Finished {
        /// Whose.
        app: AppId,
        /// Its number, as given to [`World::act`].
        action: u32,
        /// How.
        outcome: Outcome,
    },
    /// The budget is used up.
    More,
    /// Nothing will happen any more, unless somebody acts.
    Quiet,
}

impl World {
    /// Builds a plan. The header is the log's, made by [`Topology::header`].
    ///
    /// # Errors
    /// When the plan cannot be built.
    pub fn new(topology: &Topology, seed: u64, header: Header) -> Result<Self, PlanError> {
        topology.check()?;
        Ok(Self {
            now: Instant::ZERO,
            header,
            topology: topology.clone(),
            stores: Vec::new(),
            services: Vec::new(),
            clients: Vec::new(),
            seed,
        })
    }

    /// Adds a store whose answers take `latency` of virtual time.
    pub fn add_store(&mut self, store: impl Store, latency: Duration) -> StoreId {
        self.stores.push((Box::new(store), latency));
        StoreId(self.stores.len().saturating_sub(1))
    }

    /// A store, to look into it or to change it between steps.
    pub fn store<S: Store>(&mut self, id: StoreId) -> Option<&mut S> {
        let (store, _) = self.stores.get_mut(id.0)?;
        let store: &mut dyn Any = store.as_mut();
        store.downcast_mut()
    }

    /// Listens on a port from now on.
    ///
    /// # Errors
    /// When there is no such host, or the port is taken.
    pub fn serve(&mut self, host: HostId, service: Service) -> Result<(), PlaceError> {
        self.topology.host_plan(host).ok_or(PlaceError::NoSuchHost)?;
        if service.port == 0 {
            return Err(PlaceError::Port(ListenError::NotAllowed));
        }
        self.services.push((host, service));
        Ok(())
    }

    /// Puts a client on a host. Its files are in `store`; without one, every storage request fails.
    ///
    /// # Errors
    /// When there is no such host.
    pub fn add_client(
        &mut self,
        host: HostId,
        client: Box<dyn Endpoint>,
        store: Option<StoreId>,
    ) -> Result<AppId, PlaceError> {
        self.topology.host_plan(host).ok_or(PlaceError::NoSuchHost)?;
        let id = AppId(u32::try_from(self.clients.len()).unwrap_or(u32::MAX));
        self.clients.push((host, client, store));
        Ok(id)
    }

    /// Gives a client an action at `at`, or now if that is past. `number` comes back in its reports.
    pub fn act(&mut self, _at: Instant, _app: AppId, _number: u32, _what: Action) {}

    /// Lets things happen, at most `budget` of them (packets that arrive, timers, actions).
    pub fn step(&mut self, _budget: u32) -> Progress {
        Progress::Quiet
    }

    /// The virtual time.
    #[must_use]
    pub const fn now(&self) -> Instant {
        self.now
    }

    /// The seed it runs from.
    #[must_use]
    pub const fn seed(&self) -> u64 {
        self.seed
    }

    /// The log's header.
    #[must_use]
    pub const fn header(&self) -> &Header {
        &self.header
    }
}
