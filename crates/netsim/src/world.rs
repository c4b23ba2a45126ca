//! The world: hosts, routers, links, endpoints, and one virtual clock.

use core::any::Any;
use std::collections::VecDeque;

use portolan_protocol::endpoint::Endpoint;
use portolan_session::event::{Header, HostId, Kind};
use portolan_session::log::{Log, Recorder};
use portolan_wire::action::Action;
use portolan_wire::report::Outcome;
use portolan_wire::{Duration, Instant};

use crate::app::{App, AppId, AppKind, Apps};
use crate::clock::{Clock, Order, Work};
use crate::device::Device;
use crate::host::{Host, Owner};
use crate::links::Links;
use crate::plan::{PlanError, Topology};
use crate::router::{Router, Stage};
use crate::service::{PlaceError, Service};
use crate::shared::Shared;
use crate::store::{Store, StoreId};

/// A small internet that runs in virtual time.
///
/// Build it, give its clients actions, and [`World::step`] it until it is quiet. The same plan, seed and actions give
/// the same log, byte for byte, however the steps are cut.
pub struct World {
    pub(crate) shared: Shared,
    pub(crate) nodes: Vec<Node>,
    pub(crate) apps: Apps,
    pub(crate) services: Vec<Served>,
    pub(crate) stores: Vec<Held>,
    /// Actions that ended and were not told yet.
    pub(crate) finished: VecDeque<(AppId, u32, Outcome)>,
    pub(crate) seed: u64,
}

/// A host or a router.
pub(crate) enum Node {
    Host(Box<Host>),
    Router(Router),
}

/// A service that was put on a host.
pub(crate) struct Served {
    pub(crate) service: Service,
    /// The label of its sessions' random numbers.
    pub(crate) label: String,
    /// Sessions that are open, and all there were.
    pub(crate) open: usize,
    pub(crate) begun: u32,
}

/// A store, and how long its answers take.
pub(crate) struct Held {
    pub(crate) store: Box<dyn Store>,
    pub(crate) latency: Duration,
}

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
        Self::with_recorder(topology, seed, Recorder::new(header))
    }

    /// As [`World::new`], recording with a recorder of one's own: one that keeps more payload, say.
    ///
    /// # Errors
    /// When the plan cannot be built.
    pub fn with_recorder(topology: &Topology, seed: u64, recorder: Recorder) -> Result<Self, PlanError> {
        topology.check()?;
        let mut shared = Shared {
            now: Instant::ZERO,
            order: Order::default(),
            clock: Clock::default(),
            links: Links::default(),
            device: Device::default(),
            recorder,
        };
        let nodes = crate::build::nodes(topology, seed, &mut shared);
        Ok(Self {
            shared,
            nodes,
            apps: Apps::default(),
            services: Vec::new(),
            stores: Vec::new(),
            finished: VecDeque::new(),
            seed,
        })
    }

    /// Adds a store whose answers take `latency` of virtual time.
    pub fn add_store(&mut self, store: impl Store, latency: Duration) -> StoreId {
        let store = Box::new(store);
        self.stores.push(Held { store, latency });
        StoreId(self.stores.len().saturating_sub(1))
    }

    /// A store, to look into it or to change it between steps; nothing if it is of another type.
    pub fn store<S: Store>(&mut self, id: StoreId) -> Option<&mut S> {
        let held = self.stores.get_mut(id.0)?;
        let store: &mut dyn Any = held.store.as_mut();
        store.downcast_mut()
    }

    /// Listens on a port from now on.
    ///
    /// # Errors
    /// When there is no such host, or the port is zero or taken.
    pub fn serve(&mut self, host: HostId, service: Service) -> Result<(), PlaceError> {
        let number = self.services.len();
        let purpose = service.purpose;
        let place = self.host_mut(host).ok_or(PlaceError::NoSuchHost)?;
        let local = place
            .listen_on(service.port, purpose, Owner::Service(number))
            .map_err(PlaceError::Port)?;
        let kind = Kind::listen_opened(local, purpose, service.name.clone());
        self.shared.note(host, None, kind);
        self.services.push(Served {
            label: format!("session/{}/{}", host.0, service.port),
            service,
            open: 0,
            begun: 0,
        });
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
        self.host_mut(host).ok_or(PlaceError::NoSuchHost)?;
        let app = self
            .apps
            .add(App::new(host, "client".to_owned(), client, AppKind::Client, store));
        self.shared.schedule(self.shared.now, Work::Begin(app));
        Ok(app)
    }

    /// Names a client's program, for people: the log tells it with the ports it listens on. `client` unless named.
    pub fn name_client(&mut self, app: AppId, name: impl Into<String>) {
        if let Some(app) = self.apps.get_mut(app) {
            app.name = name.into();
        }
    }

    /// Puts a stage behind those that a router has.
    ///
    /// # Errors
    /// When there is no such router.
    pub fn add_stage(&mut self, router: HostId, stage: Box<dyn Stage>) -> Result<(), PlaceError> {
        match self.nodes.get_mut(usize::from(router.0)) {
            Some(Node::Router(router)) => {
                router.stages.push(stage);
                Ok(())
            }
            Some(Node::Host(_)) | None => Err(PlaceError::NoSuchHost),
        }
    }

    /// Gives a client an action at `at`, or now if that is past. `number` comes back in its reports.
    pub fn act(&mut self, at: Instant, app: AppId, number: u32, what: Action) {
        let what = Box::new(what);
        self.shared.schedule(at, Work::Act { app, number, what });
    }

    /// Lets things happen, at most `budget` of them (packets that arrive, timers, actions).
    pub fn step(&mut self, budget: u32) -> Progress {
        for left in (0..=budget).rev() {
            if let Some((app, action, outcome)) = self.finished.pop_front() {
                return Progress::Finished { app, action, outcome };
            }
            if left > 0 && !self.happen() {
                return Progress::Quiet;
            }
        }
        Progress::More
    }

    /// The virtual time.
    #[must_use]
    pub const fn now(&self) -> Instant {
        self.shared.now
    }

    /// The log so far.
    #[must_use]
    pub const fn log(&self) -> &Log {
        self.shared.recorder.log()
    }

    /// Writes the log's last event. Call it once, and let nothing happen afterwards.
    ///
    /// It stands at the time of the event before it: timers that ran on without anybody noticing (TIME-WAIT, say) are
    /// no part of the story.
    pub fn end(&mut self) {
        let recorder = &mut self.shared.recorder;
        let at = recorder.log().events().last().map_or(Instant::ZERO, |event| event.at);
        recorder.event(at, HostId(0), None, Kind::Ended);
    }

    /// The log, taken out as it is.
    #[must_use]
    pub fn into_log(self) -> Log {
        self.shared.recorder.into_log()
    }

    /// Ends the world: the log gets its last event, and that is all.
    #[must_use]
    pub fn finish(mut self) -> Log {
        self.end();
        self.into_log()
    }

    pub(crate) fn host_mut(&mut self, id: HostId) -> Option<&mut Host> {
        match self.nodes.get_mut(usize::from(id.0))? {
            Node::Host(host) => Some(host),
            Node::Router(_) => None,
        }
    }
}
